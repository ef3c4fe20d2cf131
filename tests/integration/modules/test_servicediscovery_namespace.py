# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A private DNS namespace of Cloud Map over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "servicediscovery_namespace"


@pytest.fixture
def options(account: Any) -> dict[str, Any]:
    vpc = account.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return {"name": "shop.internal", "vpc_id": vpc, "description": "Services", "tags": {"stratum:stack": "shop", "Project": "shop"}}


def namespaces(account: Any) -> list[Any]:
    return list(account.client("servicediscovery").list_namespaces()["Namespaces"])


def test_through_its_life(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    assert run_module(MODULE, options, check=True).changed
    assert namespaces(account) == []
    first = run_module(MODULE, options)
    assert first.changed, first
    zone = account.client("route53").get_hosted_zone(Id=first["namespace"]["hosted_zone_id"])
    assert zone["HostedZone"]["Name"] == "shop.internal."
    assert [each["VPCId"] for each in zone["VPCs"]] == [options["vpc_id"]]
    again = run_module(MODULE, options)
    assert not again.changed, again
    other = {**options, "description": "All services", "tags": {"stratum:stack": "shop"}}
    planned = run_module(MODULE, other, check=True, diff=True)
    assert planned["diff"]["after"] == {"description": "All services", "tags": {"stratum:stack": "shop"}}
    changed = run_module(MODULE, other)
    assert changed.changed, changed
    assert changed["namespace"]["id"] == first["namespace"]["id"]
    assert changed["namespace"]["hosted_zone_id"] == first["namespace"]["hosted_zone_id"]
    assert not run_module(MODULE, other).changed
    gone = {"name": "shop.internal", "tags": {"stratum:stack": "shop"}, "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    assert namespaces(account) == account.client("route53").list_hosted_zones()["HostedZones"] == []


def test_another_stack_has_its_own(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    vpc = account.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    result = run_module(MODULE, {**options, "vpc_id": vpc, "tags": {"stratum:stack": "store"}})
    assert result.changed, result
    assert len(namespaces(account)) == 2


def test_errors_name_the_cure(run_module: RunModule, options: dict[str, Any]) -> None:
    assert "Set vpc_id to make it." in run_module(MODULE, {"name": "shop.internal"}).msg
    assert "Check the name and the VPC." in run_module(MODULE, {**options, "vpc_id": "vpc-0"}).msg
