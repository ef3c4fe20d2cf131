# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ECR: what a registry of phase 1 needs is refused and kept as on AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator

from .parts import refused

pytestmark = pytest.mark.integration


def rule(priority: int, **selection: Any) -> dict[str, Any]:
    counted = {"countType": "imageCountMoreThan", "countNumber": 3} | selection
    return {"rulePriority": priority, "selection": counted, "action": {"type": "expire"}}


def test_a_token_lasts_twelve_hours(account: Emulator) -> None:
    (data,) = account.client("ecr").get_authorization_token()["authorizationData"]
    assert timedelta(hours=11) < data["expiresAt"] - datetime.now(UTC) <= timedelta(hours=12)


@pytest.mark.parametrize(
    "rules",
    [
        [rule(1, tagStatus="tagged")],
        [rule(1, tagStatus="any"), rule(2, tagStatus="untagged")],
        [rule(1, tagStatus="untagged"), rule(1, tagStatus="any")],
        [rule(1, tagStatus="untagged", tagPatternList=["*"])],
    ],
)
def test_a_lifecycle_that_ecr_does_not_take_is_refused(account: Emulator, rules: list[dict[str, Any]]) -> None:
    ecr = account.client("ecr")
    ecr.create_repository(repositoryName="team/api")
    with refused("InvalidParameterException", "Lifecycle policy validation failure"):
        ecr.put_lifecycle_policy(repositoryName="team/api", lifecyclePolicyText=json.dumps({"rules": rules}))
    good = [rule(1, tagStatus="tagged", tagPatternList=["*"]), rule(2, tagStatus="any")]
    ecr.put_lifecycle_policy(repositoryName="team/api", lifecyclePolicyText=json.dumps({"rules": good}))
    assert json.loads(ecr.get_lifecycle_policy(repositoryName="team/api")["lifecyclePolicyText"])["rules"] == good


def test_a_repository_with_images_goes_only_by_force(account: Emulator) -> None:
    ecr = account.client("ecr")
    ecr.create_repository(repositoryName="team/api", imageTagMutability="IMMUTABLE", tags=[{"Key": "stratum:stack", "Value": "aa"}])
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = {
        "schemaVersion": 2,
        "mediaType": kind,
        "config": {"mediaType": "x", "size": 1, "digest": f"sha256:{'a' * 64}"},
        "layers": [],
    }
    ecr.put_image(repositoryName="team/api", imageManifest=json.dumps(manifest), imageTag="1.0.0")
    with refused("RepositoryNotEmptyException"):
        ecr.delete_repository(repositoryName="team/api")
    (listed,) = account.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["ecr:repository"])["ResourceTagMappingList"]
    assert listed["Tags"] == [{"Key": "stratum:stack", "Value": "aa"}]
    ecr.delete_repository(repositoryName="team/api", force=True)
