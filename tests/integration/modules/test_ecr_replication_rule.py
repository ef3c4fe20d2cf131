# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rule of a registry's replication over its whole life."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

RULE: dict[str, Any] = {"prefix": "shop-", "regions": ["us-west-2"]}
OTHER = {
    "destinations": [{"region": "eu-west-1", "registryId": "123456789012"}],
    "repositoryFilters": [{"filter": "other-", "filterType": "PREFIX_MATCH"}],
}
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
    "config": {"digest": "sha256:0"},
    "layers": [],
}


def rules(account: Any) -> list[Any]:
    found: list[Any] = account.client("ecr").describe_registry()["replicationConfiguration"]["rules"]
    return found


def test_a_rule_beside_anothers(account: Any, run_module: RunModule) -> None:
    account.client("ecr").put_replication_configuration(replicationConfiguration={"rules": [OTHER]})
    assert run_module("ecr_replication_rule", RULE, check=True).changed
    assert rules(account) == [OTHER]
    created = run_module("ecr_replication_rule", RULE, diff=True)
    assert created.changed, created
    assert created["rule"]["destinations"] == [{"region": "us-west-2", "account": "123456789012"}]
    assert len(rules(account)) == 2
    again = run_module("ecr_replication_rule", RULE)
    assert not again.failed, again
    assert not again.changed, again
    both = {"prefix": "shop-", "destinations": [{"region": "us-west-2"}, {"region": "eu-west-1", "account": "210987654321"}]}
    planned = run_module("ecr_replication_rule", both, check=True, diff=True)
    assert [each["region"] for each in planned["diff"]["after"]["destinations"]] == ["eu-west-1", "us-west-2"]
    assert run_module("ecr_replication_rule", both).changed
    assert not run_module("ecr_replication_rule", {**both, "destinations": both["destinations"][::-1]}).changed
    gone = {"prefix": "shop-", "state": "absent"}
    assert run_module("ecr_replication_rule", gone, check=True).changed
    assert len(rules(account)) == 2
    assert run_module("ecr_replication_rule", gone).changed
    assert rules(account) == [OTHER]
    assert not run_module("ecr_replication_rule", gone).changed


def test_images_are_copied(account: Any, run_module: RunModule) -> None:
    here, there = account.client("ecr"), account.client("ecr", region="us-west-2")
    for name in ("shop-web", "else"):
        here.create_repository(repositoryName=name)
    run_module("ecr_replication_rule", RULE)
    for name in ("shop-web", "else"):
        here.put_image(repositoryName=name, imageManifest=json.dumps(MANIFEST), imageTag="1.0.0")
    assert [each["repositoryName"] for each in there.describe_repositories()["repositories"]] == ["shop-web"]
    assert there.describe_images(repositoryName="shop-web")["imageDetails"][0]["imageTags"] == ["1.0.0"]


def test_what_cannot_be(run_module: RunModule) -> None:
    here = run_module("ecr_replication_rule", {**RULE, "regions": ["ca-central-1"]})
    assert here.failed
    assert "images cannot be copied to the region where they are" in here.msg
    assert run_module("ecr_replication_rule", {**RULE, "regions": []}).failed
