# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A VPC, roles and load balancers for tests of what runs on ECS."""

from __future__ import annotations

from typing import Any

EXECUTION = "arn:aws:iam::123456789012:role/shop-api-execution"
CONTAINER: dict[str, Any] = {
    "name": "api",
    "image": "123456789012.dkr.ecr.ca-central-1.amazonaws.com/shop/api:1.0.0",
    "portMappings": [{"containerPort": 8080}],
    "environment": [{"name": "MODE", "value": "prod"}],
    "healthCheck": {"command": ["CMD-SHELL", "true"]},
}
DEFINITION: dict[str, Any] = {
    "family": "shop-api",
    "cpu": 256,
    "memory": 512,
    "execution_role_arn": EXECUTION,
    "container_definitions": [CONTAINER],
    "tags": {"Project": "shop"},
}


def network(account: Any) -> dict[str, Any]:
    """Make a VPC with two subnets and a security group, and return their ids."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"][:2]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for number, zone in enumerate(zones)
    ]
    group = ec2.create_security_group(VpcId=vpc, GroupName="api", Description="API")["GroupId"]
    return {"vpc": vpc, "subnets": subnets, "group": group}


def target_group(account: Any, made: dict[str, Any], name: str, served: bool = True) -> str:
    """Make a target group of addresses, with a load balancer before it if it is served, and return its ARN."""
    elb = account.client("elbv2")
    group = elb.create_target_group(Name=name, Protocol="HTTP", Port=8080, VpcId=made["vpc"], TargetType="ip")["TargetGroups"][0]
    if served:
        balancer = elb.create_load_balancer(Name=name, Subnets=made["subnets"], Type="application")["LoadBalancers"][0]
        action = {"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}
        elb.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[action])
    return str(group["TargetGroupArn"])
