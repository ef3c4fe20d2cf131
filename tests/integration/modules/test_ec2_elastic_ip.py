# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Elastic IP address that is known by its name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "ec2_elastic_ip"
ADDRESS = {"name": "nat-a", "tags": {"Environment": "prod"}}


def attached(account: Any, allocation_id: str) -> str:
    """Return a new NAT gateway that has the address."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=allocation_id)["NatGateway"]
    return str(gateway["NatGatewayId"])


def instances(account: Any, count: int) -> list[str]:
    """Return the ids of new instances, which run."""
    ec2 = account.client("ec2")
    (image, *_others) = ec2.describe_images(Owners=["amazon"])["Images"]
    made = ec2.run_instances(ImageId=image["ImageId"], InstanceType="t3.micro", MinCount=count, MaxCount=count)["Instances"]
    ids = [str(instance["InstanceId"]) for instance in made]
    ec2.get_waiter("instance_running").wait(InstanceIds=ids, WaiterConfig={"Delay": 1})
    return ids


def test_check_mode_allocates_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, ADDRESS, check=True)
    assert result.changed, result.msg
    assert result["elastic_ip"] == {
        "name": "nat-a",
        "allocation_id": None,
        "public_ip": None,
        "domain": "vpc",
        "tags": {"Name": "nat-a", "Environment": "prod"},
    }
    assert account.client("ec2").describe_addresses()["Addresses"] == []


def test_the_second_run_finds_the_address(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, ADDRESS, diff=True)
    assert first.changed, first.msg
    assert first["diff"]["before"] == {}
    second = run_module(MODULE, ADDRESS)
    assert not second.changed
    assert second["elastic_ip"] == first["elastic_ip"]
    assert second["elastic_ip"]["public_ip"]


def test_an_address_of_a_nat_gateway_is_found(account: Any, run_module: RunModule) -> None:
    allocation = run_module(MODULE, ADDRESS)["elastic_ip"]["allocation_id"]
    attached(account, allocation)
    again = run_module(MODULE, ADDRESS)
    assert not again.changed
    assert again["elastic_ip"]["allocation_id"] == allocation


def test_tags_change_and_the_name_stays(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, ADDRESS)
    wanted = {"name": "nat-a", "tags": {"Owner": "platform"}}
    after = {"Name": "nat-a", "Owner": "platform"}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked.changed
    assert checked["diff"]["after"] == {"tags": after}
    assert run_module(MODULE, wanted)["elastic_ip"]["tags"] == after
    assert not run_module(MODULE, wanted).changed
    assert not run_module(MODULE, {"name": "nat-a"}).changed


def test_absent_releases_it_once(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, ADDRESS)
    gone = {"name": "nat-a", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(account.client("ec2").describe_addresses()["Addresses"]) == 1
    assert run_module(MODULE, gone).changed
    assert account.client("ec2").describe_addresses()["Addresses"] == []
    assert not run_module(MODULE, gone).changed


def test_an_address_in_use_is_not_released(account: Any, run_module: RunModule) -> None:
    attached(account, run_module(MODULE, ADDRESS)["elastic_ip"]["allocation_id"])
    result = run_module(MODULE, {"name": "nat-a", "state": "absent"})
    assert result.failed
    assert "still associated with" in result.msg
    assert len(account.client("ec2").describe_addresses()["Addresses"]) == 1


def test_two_addresses_of_one_name_are_an_error(account: Any, run_module: RunModule) -> None:
    tags = [{"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": "nat-a"}]}]
    for _unused in range(2):
        account.client("ec2").allocate_address(Domain="vpc", TagSpecifications=tags)
    result = run_module(MODULE, ADDRESS)
    assert result.failed
    assert "2 addresses have this Name tag" in result.msg


def test_a_name_tag_of_another_name_is_refused(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, {"name": "nat-a", "tags": {"Name": "nat-b"}})
    assert result.failed
    assert "Leave Name out of tags" in result.msg


def test_a_new_address_is_given_to_an_instance_once(account: Any, run_module: RunModule) -> None:
    (instance,) = instances(account, 1)
    given = {**ADDRESS, "instance_id": instance}
    first = run_module(MODULE, given)
    assert first.changed, first.msg
    assert first["elastic_ip"]["instance_id"] == instance
    assert first["elastic_ip"]["association_id"]
    assert not run_module(MODULE, given).changed
    described = account.client("ec2").describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    assert described["PublicIpAddress"] == first["elastic_ip"]["public_ip"]


def test_an_address_moves_to_another_instance_and_check_mode_says_so(account: Any, run_module: RunModule) -> None:
    old, new = instances(account, 2)
    allocated = run_module(MODULE, {**ADDRESS, "instance_id": old})["elastic_ip"]
    checked = run_module(MODULE, {**ADDRESS, "instance_id": new}, check=True, diff=True)
    assert checked.changed
    assert checked["diff"] == {"before": {"instance_id": old}, "after": {"instance_id": new}}
    assert account.client("ec2").describe_addresses()["Addresses"][0]["InstanceId"] == old
    moved = run_module(MODULE, {**ADDRESS, "instance_id": new})
    assert moved.changed, moved.msg
    assert moved["elastic_ip"]["instance_id"] == new
    assert moved["elastic_ip"]["allocation_id"] == allocated["allocation_id"]
    assert not run_module(MODULE, ADDRESS).changed


def test_absent_takes_an_address_from_the_named_instance_only(account: Any, run_module: RunModule) -> None:
    mine, other = instances(account, 2)
    run_module(MODULE, {**ADDRESS, "instance_id": mine})
    assert "still associated with instance" in run_module(MODULE, {"name": "nat-a", "state": "absent"}).msg
    assert run_module(MODULE, {"name": "nat-a", "state": "absent", "instance_id": other}).failed
    gone = {"name": "nat-a", "state": "absent", "instance_id": mine}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert account.client("ec2").describe_addresses()["Addresses"] == []
    assert not run_module(MODULE, gone).changed


def test_an_address_of_a_nat_gateway_is_not_given_away(account: Any, run_module: RunModule) -> None:
    attached(account, run_module(MODULE, ADDRESS)["elastic_ip"]["allocation_id"])
    result = run_module(MODULE, {**ADDRESS, "instance_id": instances(account, 1)[0]})
    assert result.failed
    assert "is no instance" in result.msg
