# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What deployments, builds and pipelines need of an account: roles, a service of ECS with its load balancer, a bucket."""

from __future__ import annotations

import json
from typing import Any


def role(account: Any, service: str) -> str:
    """Create a role that `service` of AWS may assume, and return its ARN."""
    statement = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    created = account.client("iam").create_role(RoleName=f"example-{service}", AssumeRolePolicyDocument=policy)
    return str(created["Role"]["Arn"])


def balanced_service(account: Any, name: str = "api", controller: str = "CODE_DEPLOY") -> dict[str, Any]:
    """Create a service of ECS behind a load balancer with two target groups; return what a deployment group needs of it."""
    ec2, elb, ecs = (account.client(service) for service in ("ec2", "elbv2", "ecs"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"][:2]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=zone)["Subnet"]["SubnetId"]
        for index, zone in enumerate(zones)
    ]
    balancer = elb.create_load_balancer(Name=name, Subnets=subnets, Scheme="internal")["LoadBalancers"][0]["LoadBalancerArn"]
    groups = []
    for colour in ("blue", "green"):
        options = {"Name": f"{name}-{colour}", "Protocol": "HTTP", "Port": 8080, "VpcId": vpc, "TargetType": "ip"}
        groups.append(elb.create_target_group(**options)["TargetGroups"][0]["TargetGroupArn"])
    listeners = [
        elb.create_listener(
            LoadBalancerArn=balancer, Port=port, Protocol="HTTP", DefaultActions=[{"Type": "forward", "TargetGroupArn": group}]
        )["Listeners"][0]["ListenerArn"]
        for port, group in zip((8080, 18080), groups, strict=True)
    ]
    ecs.create_cluster(clusterName="example")
    ecs.register_task_definition(
        family=name,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": name, "image": "example/api:1", "essential": True, "portMappings": [{"containerPort": 8080}]}],
    )
    ecs.create_service(
        cluster="example",
        serviceName=name,
        taskDefinition=name,
        desiredCount=0,
        launchType="FARGATE",
        deploymentController={"type": controller},
        loadBalancers=[{"targetGroupArn": groups[0], "containerName": name, "containerPort": 8080}],
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": []}},
    )
    return {
        "cluster": "example",
        "service": name,
        "target_groups": [f"{name}-blue", f"{name}-green"],
        "production_listener_arn": listeners[0],
        "test_listener_arn": listeners[1],
    }
