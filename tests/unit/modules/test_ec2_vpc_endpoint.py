# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a VPC endpoint has against what its user wants."""

from __future__ import annotations

from ansible_collections.stratum.aws.plugins.modules.ec2_managed_prefix_list_info import prefix_list_document
from ansible_collections.stratum.aws.plugins.modules.ec2_vpc_endpoint import endpoint_changes, endpoint_document, modifications

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
CURRENT = {
    "route_table_ids": ["rtb-1", "rtb-2"],
    "subnet_ids": [],
    "security_group_ids": [],
    "private_dns_enabled": False,
    "policy": POLICY,
}


def test_a_document_names_what_aws_calls_otherwise() -> None:
    document = endpoint_document(
        {
            "VpcEndpointId": "vpce-1",
            "ServiceName": "com.amazonaws.eu-west-1.s3",
            "VpcEndpointType": "Gateway",
            "State": "Available",
            "Groups": [{"GroupId": "sg-1", "GroupName": "x"}],
            "PolicyDocument": '{"Statement": []}',
            "Tags": [{"Key": "Name", "Value": "shop-s3"}],
        }
    )
    assert document == {
        "vpc_endpoint_id": "vpce-1",
        "name": "shop-s3",
        "service": "com.amazonaws.eu-west-1.s3",
        "type": "Gateway",
        "state": "available",
        "security_group_ids": ["sg-1"],
        "policy": {"Statement": []},
        "tags": {"Name": "shop-s3"},
    }


def test_the_order_of_route_tables_does_not_matter() -> None:
    assert endpoint_changes(CURRENT, {"route_table_ids": ["rtb-2", "rtb-1"]}) == {}


def test_what_the_user_does_not_say_stays() -> None:
    assert endpoint_changes(CURRENT, {}) == {}


def test_the_same_policy_in_other_words_is_no_change() -> None:
    (statement,) = POLICY["Statement"]
    same = {"Version": "2012-10-17", "Statement": [{**statement, "Action": ["s3:GetObject"]}]}  # type: ignore[dict-item]
    assert endpoint_changes(CURRENT, {"policy": same}) == {}
    assert "policy" in endpoint_changes(CURRENT, {"policy": {"Version": "2012-10-17", "Statement": []}})


def test_only_the_difference_is_sent() -> None:
    changes = endpoint_changes(CURRENT, {"route_table_ids": ["rtb-2", "rtb-3"], "private_dns_enabled": True})
    assert modifications(CURRENT, changes) == {"AddRouteTableIds": ["rtb-3"], "RemoveRouteTableIds": ["rtb-1"], "PrivateDnsEnabled": True}


def test_a_list_that_only_grows_removes_nothing() -> None:
    assert modifications(CURRENT, {"subnet_ids": ["subnet-1"]}) == {"AddSubnetIds": ["subnet-1"]}


def test_a_prefix_list_keeps_the_keys_of_its_tags() -> None:
    found = {"PrefixListId": "pl-1", "PrefixListName": "x", "Tags": [{"Key": "CostCenter", "Value": "y"}]}
    assert prefix_list_document(found) == {"prefix_list_id": "pl-1", "prefix_list_name": "x", "tags": {"CostCenter": "y"}}
