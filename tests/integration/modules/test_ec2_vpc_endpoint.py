# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VPC endpoints that are known by their names, and the prefix lists of a region."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "ec2_vpc_endpoint"


class Network:
    """A VPC with two route tables, two subnets and a security group."""

    def __init__(self, account: Any) -> None:
        self.ec2 = account.client("ec2")
        region = self.ec2.meta.region_name
        self.vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.tables = [self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"] for _unused in range(2)]
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{region}{'ab'[number]}")["Subnet"][
                "SubnetId"
            ]
            for number in range(2)
        ]
        self.group = self.ec2.create_security_group(GroupName="endpoints", Description="endpoints", VpcId=self.vpc)["GroupId"]
        self.gateway = {"name": "shop-s3", "vpc_id": self.vpc, "service": f"com.amazonaws.{region}.s3", "tags": {"Environment": "prod"}}
        self.interface = {"name": "shop-ssm", "vpc_id": self.vpc, "service": f"com.amazonaws.{region}.ssm", "type": "Interface"}

    def endpoints(self) -> list[dict[str, Any]]:
        """Return the endpoints that there are."""
        return [item for item in self.ec2.describe_vpc_endpoints()["VpcEndpoints"] if item["State"] != "deleted"]

    def routes_to_endpoints(self, table: str) -> int:
        """Return how many routes of a table lead to endpoints."""
        routes = self.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return len([route for route in routes if route.get("GatewayId", "").startswith("vpce-")])


@pytest.fixture
def network(account: Any) -> Network:
    """Return a network to put endpoints in."""
    return Network(account)


def test_check_mode_creates_nothing(network: Network, run_module: RunModule) -> None:
    result = run_module(MODULE, network.gateway, check=True)
    assert result.changed, result.msg
    assert result["vpc_endpoint"]["tags"] == {"Name": "shop-s3", "Environment": "prod"}
    assert network.endpoints() == []


def test_a_gateway_endpoint_follows_its_route_tables(network: Network, run_module: RunModule) -> None:
    first = run_module(MODULE, {**network.gateway, "route_table_ids": network.tables[:1]}, diff=True)
    assert first.changed, first.msg
    assert first["diff"]["before"] == {}
    assert not run_module(MODULE, {**network.gateway, "route_table_ids": network.tables[:1]}).changed
    moved = {**network.gateway, "route_table_ids": network.tables[1:]}
    checked = run_module(MODULE, moved, check=True, diff=True)
    assert checked["diff"]["after"] == {"route_table_ids": network.tables[1:]}
    after = run_module(MODULE, moved)
    assert after.changed
    assert after["vpc_endpoint"]["vpc_endpoint_id"] == first["vpc_endpoint"]["vpc_endpoint_id"]
    assert [network.routes_to_endpoints(table) for table in network.tables] == [0, 1]
    assert not run_module(MODULE, moved).changed


def test_an_interface_endpoint_changes_all_but_its_service(network: Network, run_module: RunModule) -> None:
    wanted = {**network.interface, "subnet_ids": network.subnets[:1], "security_group_ids": [network.group]}
    assert run_module(MODULE, wanted).changed
    assert not run_module(MODULE, {**wanted, "private_dns_enabled": True}).changed
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ssm:GetParameter", "Resource": "*"}]}
    grown = {**wanted, "subnet_ids": network.subnets, "private_dns_enabled": False, "policy": policy, "tags": {"Owner": "platform"}}
    assert run_module(MODULE, grown).changed
    again = run_module(MODULE, grown)
    assert not again.changed
    document = again["vpc_endpoint"]
    assert sorted(document["subnet_ids"]) == sorted(network.subnets)
    assert document["policy"] == policy
    assert document["private_dns_enabled"] is False
    assert document["tags"] == {"Name": "shop-ssm", "Owner": "platform"}


def test_another_service_needs_another_name(network: Network, run_module: RunModule) -> None:
    run_module(MODULE, network.gateway)
    result = run_module(MODULE, {**network.gateway, "service": "com.amazonaws.eu-west-1.dynamodb"})
    assert result.failed
    assert "Use another name" in result.msg


def test_without_a_service_there_is_nothing_to_create(network: Network, run_module: RunModule) -> None:
    result = run_module(MODULE, {"name": "shop-s3", "vpc_id": network.vpc})
    assert result.failed
    assert "Give the service" in result.msg


def test_absent_deletes_it_once(network: Network, run_module: RunModule) -> None:
    run_module(MODULE, {**network.gateway, "route_table_ids": network.tables})
    gone = {"name": "shop-s3", "vpc_id": network.vpc, "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(network.endpoints()) == 1
    assert run_module(MODULE, gone).changed
    assert network.endpoints() == []
    assert not run_module(MODULE, gone).changed


def test_prefix_lists_are_found_by_name(account: Any, run_module: RunModule) -> None:
    name = f"com.amazonaws.{account.client('ec2').meta.region_name}.s3"
    (found,) = run_module("ec2_managed_prefix_list_info", {"names": [name]})["prefix_lists"]
    assert found["prefix_list_name"] == name
    assert found["prefix_list_id"].startswith("pl-")
    assert len(run_module("ec2_managed_prefix_list_info", {})["prefix_lists"]) > 1
    assert run_module("ec2_managed_prefix_list_info", {"names": ["nobody"]}).failed
