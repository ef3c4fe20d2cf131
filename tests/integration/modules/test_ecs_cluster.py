# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of ECS over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "ecs_cluster"
OPTIONS: dict[str, Any] = {
    "name": "shop",
    "container_insights": "enabled",
    "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
    "default_capacity_provider_strategy": [{"capacity_provider": "FARGATE", "weight": 1, "base": 1}],
    "tags": {"Project": "shop", "stratum:stack": "shop"},
}


def described(account: Any) -> dict[str, Any]:
    (cluster,) = account.client("ecs").describe_clusters(clusters=["shop"], include=["SETTINGS", "TAGS"])["clusters"]
    return dict(cluster)


def test_makes_a_cluster_and_then_changes_nothing(account: Any, run_module: RunModule) -> None:
    planned = run_module(MODULE, OPTIONS, check=True)
    assert planned.changed, planned
    assert account.client("ecs").list_clusters()["clusterArns"] == []
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first
    assert first["cluster"]["arn"] == "arn:aws:ecs:ca-central-1:123456789012:cluster/shop"
    cluster = described(account)
    assert cluster["settings"] == [{"name": "containerInsights", "value": "enabled"}]
    assert cluster["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    assert cluster["defaultCapacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}]
    assert {tag["key"]: tag["value"] for tag in cluster["tags"]} == OPTIONS["tags"]
    assert not run_module(MODULE, OPTIONS).changed
    assert not run_module(MODULE, {"name": "shop"}).changed
    # The tagging API knows it.
    listed = account.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "stratum:stack", "Values": ["shop"]}])
    assert [each["ResourceARN"] for each in listed["ResourceTagMappingList"]] == [first["cluster"]["arn"]]


def test_changes_settings_providers_and_tags(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    wanted = {**OPTIONS, "container_insights": "enhanced", "capacity_providers": ["FARGATE"], "tags": {"Project": "store"}}
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["before"] == {
        "container_insights": "enabled",
        "capacity_providers": ["FARGATE", "FARGATE_SPOT"],
        "tags": OPTIONS["tags"],
    }
    assert run_module(MODULE, wanted).changed
    cluster = described(account)
    assert cluster["settings"][0]["value"] == "enhanced"
    assert cluster["capacityProviders"] == ["FARGATE"]
    assert cluster["tags"] == [{"key": "Project", "value": "store"}]
    assert not run_module(MODULE, wanted).changed


def test_absent_and_absent_again_and_made_anew(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    gone = {"name": "shop", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert described(account)["status"] == "INACTIVE"
    assert not run_module(MODULE, gone).changed
    assert run_module(MODULE, OPTIONS).changed
    assert described(account)["status"] == "ACTIVE"


def test_an_error_names_the_cure(run_module: RunModule) -> None:
    result = run_module(MODULE, {**OPTIONS, "capacity_providers": ["FARGATE", "MOON"]})
    assert result.failed
    assert "ECS cluster shop: CreateCluster failed. Check the name and the capacity providers." in result.msg
