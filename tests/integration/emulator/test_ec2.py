# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2: NAT gateways, addresses, tags, launch templates."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.fixtures import Emulator, StartEmulator

TAGS = [{"Key": "Name", "Value": "one"}]


def network(ec2: Any) -> tuple[str, str, str]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": TAGS}])
    return vpc, subnet, address["AllocationId"]


def nat_gateway(ec2: Any, subnet: str, allocation: str) -> Any:
    return ec2.create_nat_gateway(
        SubnetId=subnet, AllocationId=allocation, TagSpecifications=[{"ResourceType": "natgateway", "Tags": TAGS}]
    )["NatGateway"]


def code_of(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


def test_tags_read_back_with_their_resource_types(account: Emulator) -> None:
    ec2 = account.client("ec2")
    _unused, subnet, allocation = network(ec2)
    gateway = nat_gateway(ec2, subnet, allocation)["NatGatewayId"]
    assert ec2.describe_addresses(AllocationIds=[allocation])["Addresses"][0]["Tags"] == TAGS
    assert ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]["Tags"] == TAGS
    assert ec2.describe_nat_gateways(Filters=[{"Name": "tag:Name", "Values": ["two"]}])["NatGateways"] == []
    for identifier, kind in ((allocation, "elastic-ip"), (gateway, "natgateway")):
        tags = ec2.describe_tags(Filters=[{"Name": "resource-id", "Values": [identifier]}])["Tags"]
        assert [(tag["ResourceType"], tag["Value"]) for tag in tags] == [(kind, "one")]
        assert ec2.describe_tags(Filters=[{"Name": "resource-type", "Values": [kind]}])["Tags"] == tags
    found = account.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    assert {entry["ResourceARN"].split(":")[5].split("/")[0] for entry in found} == {"elastic-ip", "natgateway"}


def test_a_nat_gateway_takes_its_time_and_holds_what_it_uses(start_emulator: StartEmulator) -> None:
    emulator = start_emulator(delays="fast")
    ec2 = emulator.client("ec2")
    vpc, subnet, allocation = network(ec2)
    internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    gateway = nat_gateway(ec2, subnet, allocation)
    identifier = gateway["NatGatewayId"]
    assert gateway["State"] == "pending"
    assert ec2.describe_nat_gateways(NatGatewayIds=[identifier])["NatGateways"][0]["State"] == "pending"
    ec2.get_waiter("nat_gateway_available").wait(NatGatewayIds=[identifier], WaiterConfig={"Delay": 1, "MaxAttempts": 5})

    ec2.delete_nat_gateway(NatGatewayId=identifier)
    assert ec2.describe_nat_gateways(NatGatewayIds=[identifier])["NatGateways"][0]["State"] == "deleting"
    assert code_of(ec2.release_address, AllocationId=allocation) == "InvalidIPAddress.InUse"
    assert code_of(ec2.detach_internet_gateway, InternetGatewayId=internet, VpcId=vpc) == "DependencyViolation"
    assert code_of(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[identifier], WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    ec2.release_address(AllocationId=allocation)
    ec2.detach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
    ec2.delete_subnet(SubnetId=subnet)


def test_an_unknown_nat_gateway_is_an_error(account: Emulator) -> None:
    ec2 = account.client("ec2")
    missing = "nat-0123456789abcdef0"
    assert code_of(ec2.describe_nat_gateways, NatGatewayIds=[missing]) == "NatGatewayNotFound"
    assert code_of(ec2.delete_nat_gateway, NatGatewayId=missing) == "NatGatewayNotFound"


def test_group_names_like_ids_are_refused(account: Emulator) -> None:
    ec2 = account.client("ec2")
    vpc, _unused, _unused = network(ec2)
    assert code_of(ec2.create_security_group, GroupName="sg-web", Description="d", VpcId=vpc) == "InvalidParameterValue"


def test_launch_template_versions_inherit_and_can_be_deleted(account: Emulator) -> None:
    ec2 = account.client("ec2")
    specification = [{"ResourceType": "launch-template", "Tags": TAGS}]
    ec2.create_launch_template(LaunchTemplateName="web", LaunchTemplateData={"InstanceType": "t3.micro"}, TagSpecifications=specification)
    first = ec2.describe_launch_template_versions(LaunchTemplateName="web")["LaunchTemplateVersions"][0]
    assert first["LaunchTemplateData"] == {"InstanceType": "t3.micro"}
    assert ec2.describe_launch_templates(LaunchTemplateNames=["web"])["LaunchTemplates"][0]["Tags"] == TAGS

    data = {"ImageId": "ami-12345678"}
    second = ec2.create_launch_template_version(LaunchTemplateName="web", SourceVersion="1", LaunchTemplateData=data)
    assert second["LaunchTemplateVersion"]["LaunchTemplateData"] == {"InstanceType": "t3.micro", "ImageId": "ami-12345678"}
    answer = ec2.delete_launch_template_versions(LaunchTemplateName="web", Versions=["1", "2"])
    assert [item["VersionNumber"] for item in answer["SuccessfullyDeletedLaunchTemplateVersions"]] == [2]
    assert answer["UnsuccessfullyDeletedLaunchTemplateVersions"][0]["ResponseError"]["Code"] == "operationNotPermitted"
    third = ec2.create_launch_template_version(LaunchTemplateName="web", LaunchTemplateData=data)
    assert third["LaunchTemplateVersion"]["VersionNumber"] == 3
