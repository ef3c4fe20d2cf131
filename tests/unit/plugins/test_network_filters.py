# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where subnets, NAT gateways and routes go: the filters of the network layer."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.nat_plan import nat_plan
from ansible_collections.stratum.aws.plugins.filter.network_acl_rules import network_acl_rules
from ansible_collections.stratum.aws.plugins.filter.route_destinations import route_destinations
from ansible_collections.stratum.aws.plugins.filter.subnet_plan import subnet_plan

ZONES = ["us-east-1a", "us-east-1b", "us-east-1c"]


def tier(prefix: str, *azs: int) -> list[dict[str, Any]]:
    """Return a planned tier with a subnet in each of the zones."""
    return subnet_plan([{"cidr": f"10.0.{prefix}{number}.0/24", "az": az} for number, az in enumerate(azs)], ZONES, prefix + "-{number}")


def test_a_subnet_goes_to_the_zone_of_its_position() -> None:
    plan = subnet_plan([{"cidr": "10.0.1.0/24"}, {"cidr": "10.0.2.0/24"}], ZONES, "shop-{number}-{az}-{letter}", True, {"a": "1"})
    assert [subnet["name"] for subnet in plan] == ["shop-1-us-east-1a-a", "shop-2-us-east-1b-b"]
    assert all(subnet["map_public"] and subnet["tags"] == {"a": "1"} for subnet in plan)


def test_what_a_subnet_says_itself_wins() -> None:
    subnet = {"cidr": "10.0.1.0/24", "name": "mine", "az": "us-east-1f", "map_public": False, "tags": {"a": "2"}}
    assert subnet_plan([subnet], ZONES, "shop", True, {"a": "1", "b": "1"}) == [
        {"number": 1, "name": "mine", "cidr": "10.0.1.0/24", "az": "us-east-1f", "map_public": False, "tags": {"a": "2", "b": "1"}}
    ]


def test_more_subnets_than_zones_start_again() -> None:
    assert [subnet["az"] for subnet in subnet_plan([{"cidr": str(number)} for number in range(4)], ZONES, "x")][3] == ZONES[0]


def test_a_position_may_be_text() -> None:
    assert subnet_plan([{"cidr": "x", "az": "2"}], ZONES, "x")[0]["az"] == ZONES[2]


@pytest.mark.parametrize("az", [3, -1])
def test_a_zone_that_is_not_there_is_named(az: int) -> None:
    with pytest.raises(AnsibleFilterError, match=f"zone {az}"):
        subnet_plan([{"cidr": "x", "az": az}], ZONES, "x")


def test_without_zones_there_is_no_plan() -> None:
    assert subnet_plan([], [], "x") == []
    with pytest.raises(AnsibleFilterError, match="network_azs"):
        subnet_plan([{"cidr": "x"}], [], "x")


def test_one_gateway_per_zone_serves_its_zone() -> None:
    plan = nat_plan(tier("1", 0, 1), tier("2", 0, 1, 1), tier("3", 1, 0), one_per_az=True, names={"gateway": "nat-{number}-{letter}"})
    assert [entry["public"] for entry in plan] == ["10.0.10.0/24", "10.0.11.0/24"]
    assert [entry["private"] for entry in plan] == [["10.0.20.0/24"], ["10.0.21.0/24", "10.0.22.0/24"]]
    assert [entry["database"] for entry in plan] == [["10.0.31.0/24"], ["10.0.30.0/24"]]
    assert [entry["names"]["gateway"] for entry in plan] == ["nat-1-a", "nat-2-b"]


def test_a_single_gateway_serves_all() -> None:
    (entry,) = nat_plan(tier("1", 1, 0), tier("2", 0, 1, 2), tier("3", 2), single=True)
    assert entry["public"] == "10.0.10.0/24"
    assert len(entry["private"]) == 3
    assert entry["database"] == ["10.0.30.0/24"]


def test_there_is_a_gateway_per_private_subnet_otherwise() -> None:
    plan = nat_plan(tier("1", 0, 1), tier("2", 0, 0, 2))
    assert [entry["private"] for entry in plan] == [["10.0.20.0/24"], ["10.0.21.0/24"], ["10.0.22.0/24"]]
    # The third zone has no public subnet, so that gateway stands in another.
    assert [entry["public"] for entry in plan] == ["10.0.10.0/24", "10.0.10.0/24", "10.0.10.0/24"]


def test_without_public_subnets_there_are_tables_but_no_place_for_gateways() -> None:
    assert [entry["public"] for entry in nat_plan([], tier("2", 0, 1), one_per_az=True)] == ["", ""]


@pytest.mark.parametrize(("single", "one_per_az", "gateways"), [(True, False, 1), (False, True, 2), (False, False, 0)])
def test_public_subnets_alone(single: bool, one_per_az: bool, gateways: int) -> None:
    assert len(nat_plan(tier("1", 0, 1), [], [], single, one_per_az)) == gateways


def test_no_subnets_need_no_gateways() -> None:
    assert nat_plan([], [], single=True) == []


def test_rules_of_an_acl_are_ordered_lists() -> None:
    rules = [
        {"rule_number": 300, "protocol": "icmp", "cidr": "10.0.0.0/8"},
        {"rule_number": 200, "action": "deny", "protocol": None},
        {"rule_number": 100, "protocol": "tcp", "from_port": 443},
        {"rule_number": 150, "protocol": "udp"},
    ]
    assert network_acl_rules(rules) == [
        [100, "tcp", "allow", "0.0.0.0/0", None, None, 443, 443],
        [150, "udp", "allow", "0.0.0.0/0", None, None, 0, 65535],
        [200, "all", "deny", "0.0.0.0/0", None, None, None, None],
        [300, "icmp", "allow", "10.0.0.0/8", -1, -1],
    ]


def test_only_routes_that_were_created_lead_somewhere() -> None:
    routes = [
        {"destination_cidr_block": "10.0.0.0/16", "origin": "CreateRouteTable"},
        {"destination_cidr_block": "0.0.0.0/0", "origin": "CreateRoute"},
        {"destination_prefix_list_id": "pl-1", "origin": "CreateRoute"},
    ]
    assert route_destinations([{"tags": {"Name": "a"}, "routes": routes}, {"tags": {}, "routes": routes}]) == {"a": ["0.0.0.0/0"]}
