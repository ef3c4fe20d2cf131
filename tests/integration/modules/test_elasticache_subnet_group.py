# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cache subnet group over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "elasticache_subnet_group"


@pytest.fixture
def subnets(account: Any) -> list[str]:
    """Return three subnets of one VPC, sorted."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return sorted(ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24")["Subnet"]["SubnetId"] for index in range(3))


@pytest.fixture
def options(subnets: list[str]) -> dict[str, Any]:
    """Return the options of a group in the first two subnets."""
    return {"name": "Web-Cache", "description": "Private subnets", "subnet_ids": subnets[:2], "tags": {"team": "platform", "cost": 7}}


def groups(account: Any) -> list[Any]:
    found: list[Any] = account.client("elasticache").describe_cache_subnet_groups()["CacheSubnetGroups"]
    return [group for group in found if group["CacheSubnetGroupName"] != "default"]


def test_creates_and_then_changes_nothing(run_module: RunModule, options: dict[str, Any]) -> None:
    first = run_module(MODULE, options)
    assert first.changed, first
    group = first["subnet_group"]
    assert group["name"] == "web-cache"
    assert group["subnet_ids"] == options["subnet_ids"]
    assert group["tags"] == {"team": "platform", "cost": "7"}
    again = run_module(MODULE, options)
    assert not again.failed, again
    assert not again.changed
    assert again["subnet_group"] == group


def test_changes_what_differs(account: Any, run_module: RunModule, options: dict[str, Any], subnets: list[str]) -> None:
    run_module(MODULE, options)
    wanted = {**options, "description": "Other subnets", "subnet_ids": subnets[1:], "tags": {"team": "data"}}
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["before"]["description"] == "Private subnets"
    assert groups(account)[0]["CacheSubnetGroupDescription"] == "Private subnets"
    result = run_module(MODULE, wanted)
    assert result.changed, result
    assert result["subnet_group"] == planned["subnet_group"]
    assert not run_module(MODULE, wanted).changed
    assert not run_module(MODULE, {"name": "web-cache"}).changed


def test_check_mode_says_what_would_be_and_writes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    result = run_module(MODULE, options, check=True)
    assert result.changed, result
    assert result["subnet_group"]["name"] == "web-cache"
    assert groups(account) == []


def test_absent_and_absent_again(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    gone = {"name": "web-cache", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(groups(account)) == 1
    result = run_module(MODULE, gone)
    assert result.changed, result
    assert result["subnet_group"] is None
    assert groups(account) == []
    assert not run_module(MODULE, gone).changed


def test_errors_name_resource_and_cure(run_module: RunModule) -> None:
    result = run_module(MODULE, {"name": "web-cache"})
    assert result.failed
    assert result.msg == "cache subnet group web-cache: a new group needs at least one subnet. Set subnet_ids."
