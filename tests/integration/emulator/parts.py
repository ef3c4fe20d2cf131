# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of EKS, ElastiCache and RDS need around the thing they test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from tests.emulator.fixtures import Emulator


@dataclass(frozen=True)
class Network:
    """A VPC with one subnet in each of three zones and a security group."""

    vpc_id: str
    subnet_ids: list[str]
    group_id: str


def make_network(account: Emulator) -> Network:
    """Make a VPC of the account's own, because the default VPC has more in it."""
    ec2 = account.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:3]
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.20.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    group = ec2.create_security_group(GroupName="extra", Description="extra", VpcId=vpc_id)
    return Network(vpc_id, subnets, group["GroupId"])


def make_role(account: Emulator, name: str, service: str) -> str:
    """Make a role that `service` may assume, and return its ARN."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    }
    role = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
    return str(role["Role"]["Arn"])


@contextmanager
def refused(code: str, message: str = "") -> Iterator[None]:
    """Expect AWS's error `code`, with `message` somewhere in its text."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert (error["Code"], message in error["Message"]) == (code, True), error
