# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an EKS cluster needs around it, and a cluster itself, made by boto3 so that tests of other modules start from it."""

from __future__ import annotations

import json
from typing import Any


def make_role(account: Any, name: str, service: str) -> str:
    """Return the ARN of a new role that `service` can assume."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": ["sts:AssumeRole", "sts:TagSession"]}],
    }
    role = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
    return str(role["Role"]["Arn"])


def make_subnets(account: Any) -> list[str]:
    """Return the IDs of subnets in two zones of a new VPC."""
    ec2 = account.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]][:2]
    return [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]


def make_cluster(account: Any, name: str = "web", version: str = "1.34") -> dict[str, Any]:
    """Return a new cluster that reads access entries."""
    answer = account.client("eks").create_cluster(
        name=name,
        version=version,
        roleArn=make_role(account, f"{name}-cluster", "eks.amazonaws.com"),
        resourcesVpcConfig={"subnetIds": make_subnets(account)},
        accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
    )
    cluster: dict[str, Any] = answer["cluster"]
    return cluster
