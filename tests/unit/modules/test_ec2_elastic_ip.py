# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an Elastic IP address has against what its user wants."""

from __future__ import annotations

from ansible_collections.stratum.aws.plugins.modules.ec2_elastic_ip import (
    address_document,
    association_changes,
    fixed_differences,
    holder,
)


def test_a_document_has_the_name_and_leaves_out_empty_values() -> None:
    address = {"AllocationId": "eipalloc-1", "InstanceId": "", "Tags": [{"Key": "Name", "Value": "nat"}]}
    assert address_document(address) == {"allocation_id": "eipalloc-1", "name": "nat", "tags": {"Name": "nat"}}


def test_tag_keys_are_left_as_they_are() -> None:
    assert address_document({"Tags": [{"Key": "CostCenter", "Value": "x"}]})["tags"] == {"CostCenter": "x"}


def test_another_pool_cannot_be_had() -> None:
    assert fixed_differences({"public_ipv4_pool": "amazon"}, {"public_ipv4_pool": "ipv4pool-ec2-1"}) == [
        "public_ipv4_pool is amazon, not ipv4pool-ec2-1"
    ]


def test_what_the_user_or_aws_does_not_say_is_no_difference() -> None:
    assert fixed_differences({"network_border_group": "us-east-1"}, {"network_border_group": None}) == []
    assert fixed_differences({}, {"network_border_group": "us-east-1"}) == []


def test_the_holder_is_the_instance_the_interface_or_the_association() -> None:
    assert holder({"instance_id": "i-1", "network_interface_id": "eni-1"}) == "instance i-1"
    assert holder({"network_interface_id": "eni-1"}) == "network interface eni-1"
    assert holder({"association_id": "eipassoc-1"}) == "eipassoc-1"
    assert holder({"allocation_id": "eipalloc-1"}) is None


def test_an_address_moves_only_to_an_instance_that_is_named_and_lacks_it() -> None:
    assert association_changes({"instance_id": "i-1"}, None) == {}
    assert association_changes({"instance_id": "i-1"}, "i-1") == {}
    assert association_changes({"instance_id": "i-1"}, "i-2") == {"instance_id": "i-2"}
    assert association_changes({}, "i-2") == {"instance_id": "i-2"}
