# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of emulated EKS clusters need around them: a network, roles, a cluster with nodes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.emulator.fixtures import Emulator


@dataclass(frozen=True)
class Network:
    """A VPC with two public and two private subnets that bear the tags of their roles."""

    vpc_id: str
    public: list[str]
    private: list[str]


def make_network(account: Emulator, region: str = "ca-central-1") -> Network:
    """Make the network of a cluster."""
    ec2 = account.client("ec2", region)
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made: dict[str, list[str]] = {"elb": [], "internal-elb": []}
    for number, (role, zone) in enumerate(((role, zone) for role in made for zone in "ab"), start=1):
        tags = [{"ResourceType": "subnet", "Tags": [{"Key": f"kubernetes.io/role/{role}", "Value": "1"}]}]
        answer = ec2.create_subnet(
            VpcId=vpc_id, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{region}{zone}", TagSpecifications=tags
        )
        made[role].append(answer["Subnet"]["SubnetId"])
    return Network(vpc_id, made["elb"], made["internal-elb"])


def make_role(account: Emulator, name: str, service: str) -> str:
    """Make a role that a service can assume, unless it exists; return its ARN."""
    iam = account.client("iam")
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    try:
        return str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"])
    except iam.exceptions.EntityAlreadyExistsException:
        return str(iam.get_role(RoleName=name)["Role"]["Arn"])


def make_cluster(
    account: Emulator, network: Network, name: str = "web", region: str = "ca-central-1", *, mode: str = "API", **more: Any
) -> dict[str, Any]:
    """Make a cluster, wait until it is active, and return its description."""
    eks = account.client("eks", region)
    eks.create_cluster(
        name=name,
        roleArn=make_role(account, "cluster", "eks.amazonaws.com"),
        resourcesVpcConfig={"subnetIds": network.private},
        accessConfig={"authenticationMode": mode},
        **more,
    )
    eks.get_waiter("cluster_active").wait(name=name, WaiterConfig={"Delay": 1, "MaxAttempts": 240})
    described: dict[str, Any] = eks.describe_cluster(name=name)["cluster"]
    return described


def make_nodes(
    account: Emulator, network: Network, size: int = 2, cluster: str = "web", name: str = "nodes", region: str = "ca-central-1", **more: Any
) -> dict[str, Any]:
    """Make a node group, wait until it is active, and return its description."""
    eks = account.client("eks", region)
    eks.create_nodegroup(
        clusterName=cluster,
        nodegroupName=name,
        subnets=network.private,
        nodeRole=make_role(account, "nodes", "ec2.amazonaws.com"),
        scalingConfig={"minSize": 0, "maxSize": 10, "desiredSize": size},
        **more,
    )
    eks.get_waiter("nodegroup_active").wait(clusterName=cluster, nodegroupName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120})
    described: dict[str, Any] = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
    return described
