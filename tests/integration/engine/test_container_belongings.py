# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs, serves, deploys and keeps data is found by its tags, known to the graph that made it, and removed as an orphan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _arns, _orphans
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._orphans import Managed

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import run

from .test_removal import refused, remove_orphans
from .test_tagged import REGION, TAGS, TRUST, find

pytestmark = pytest.mark.integration

ROLE = "arn:aws:iam::123456789012:role/shop"
KINDS = {
    "application-autoscaling:scalable-target",
    "codebuild:project",
    "codeconnections:connection",
    "codedeploy:application",
    "codepipeline:pipeline",
    "dynamodb:table",
    "ecs:cluster",
    "ecs:service",
    "ecs:task-definition",
    "elasticfilesystem:access-point",
    "elasticfilesystem:file-system",
    "elasticloadbalancing:listener",
    "elasticloadbalancing:listener-rule",
    "elasticloadbalancing:loadbalancer",
    "elasticloadbalancing:targetgroup",
    "es:domain",
    "lambda:function",
    "servicediscovery:namespace",
    "servicediscovery:service",
    "ssm:parameter",
    "wafv2:webacl",
}

Make = Callable[..., dict[str, Any]]


@pytest.fixture
def network(account: Emulator) -> dict[str, Any]:
    """A VPC with two subnets and a role, without tags."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{'ab'[number]}")["Subnet"]["SubnetId"]
        for number in (0, 1)
    ]
    group = ec2.create_security_group(GroupName="shop", Description="shop", VpcId=vpc)["GroupId"]
    document = TRUST.replace('"ec2.amazonaws.com"', '["lambda.amazonaws.com", "codebuild.amazonaws.com", "codepipeline.amazonaws.com"]')
    account.client("iam").create_role(RoleName="shop", AssumeRolePolicyDocument=document)
    account.client("s3").create_bucket(Bucket="shop-artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    return {"vpc": vpc, "subnets": subnets, "group": group}


def make_all(make: Make, network: dict[str, Any], folder: Any) -> None:
    """Make one of each kind with the modules that layers use."""
    target = make("elbv2_target_group", name="shop", port=80, vpc_id=network["vpc"], target_type="ip")["target_group"]["target_group_arn"]
    balancer = make("elbv2_load_balancer", name="shop", subnets=network["subnets"], scheme="internal")["load_balancer"]["load_balancer_arn"]
    to_target = [{"target_group_arn": target}]
    listener = make("elbv2_listener", load_balancer_arn=balancer, port=80, protocol="HTTP", forward=to_target)["listener"]["listener_arn"]
    make("elbv2_listener_rule", listener_arn=listener, priority=10, paths=["/a"], forward=to_target)
    make("ecs_cluster", name="shop")
    container = {"name": "api", "image": "example/api:1", "portMappings": [{"containerPort": 80}]}
    task = make("ecs_task_definition", family="shop", cpu=256, memory=512, container_definitions=[container])["task_definition"]["arn"]
    placed = {"subnets": network["subnets"], "security_groups": [network["group"]]}
    make("ecs_service", name="api", cluster="shop", task_definition=task, desired_count=1, wait=False, **placed)
    make("application_autoscaling_target", resource_id="service/shop/api", min_capacity=1, max_capacity=2)
    namespace = make("servicediscovery_namespace", name="shop.internal", vpc_id=network["vpc"])["namespace"]["id"]
    make("servicediscovery_service", name="api", namespace_id=namespace, dns_records=[{"type": "A", "ttl": 10}])
    system = make("efs_file_system", name="shop")["file_system"]["file_system_id"]
    make("efs_access_point", file_system_id=system, name="shop", path="/shop", posix_user={"uid": 1, "gid": 1})
    make("dynamodb_table", name="shop", hash_key={"name": "id"}, billing_mode="on_demand")
    make("ssm_secure_parameter", name="/shop/token", initial_value="x")
    (folder / "index.py").write_text("def handler(event, context): return 1\n")
    make("lambda_function", name="shop", source_directory=str(folder), runtime="python3.12", handler="index.handler", role_arn=ROLE)
    make("codeconnections_connection", name="shop")
    make("codebuild_project", name="shop", role_arn=ROLE, environment={"image": "aws/codebuild/standard:7.0"})
    make("codedeploy_application", name="shop")
    source = {
        "name": "Source",
        "actions": [
            {
                "name": "Source",
                "category": "Source",
                "provider": "S3",
                "configuration": {"S3Bucket": "shop-artifacts", "S3ObjectKey": "source.zip"},
                "outputs": ["Source"],
            }
        ],
    }
    build = {
        "name": "Build",
        "actions": [
            {
                "name": "Image",
                "category": "Build",
                "provider": "CodeBuild",
                "configuration": {"ProjectName": "shop"},
                "inputs": ["Source"],
            }
        ],
    }
    make("codepipeline", name="shop", role_arn=ROLE, artifact_bucket="shop-artifacts", stages=[source, build])
    make(
        "community.aws.wafv2_web_acl",
        name="shop",
        scope="REGIONAL",
        default_action="Allow",
        cloudwatch_metrics=False,
        rules=[],
        state="present",
    )
    make(
        "opensearch_domain",
        name="shop",
        engine_version="OpenSearch_2.19",
        instance_type="t3.small.search",
        instance_count=1,
        volume={"size_gib": 10, "type": "gp3"},
        wait=False,
    )


def test_all_is_found_known_and_removed(account: Emulator, network: dict[str, Any], tmp_path: Any) -> None:
    managed: list[Managed] = []

    def make(module: str, **arguments: Any) -> dict[str, Any]:
        given = {**arguments, "tags": TAGS}
        result = run(module, given, account.environment, check=False, diff=False)
        assert not result.failed, f"{module}: {result.msg}"
        managed.append(Managed(module if "." in module else f"stratum.aws.{module}", given, result))
        return dict(result)

    make_all(make, network, tmp_path)
    found = find(account)
    assert {_arns.parse(each.arn).kind for each in found.values()} == KINDS
    assert len(found) == len(managed)
    assert _orphans.orphans(found.values(), managed) == []
    # Where a module failed, nothing of its is taken for an orphan.
    assert _orphans.orphans(found.values(), [Managed(each.module, each.args) for each in managed]) == []
    (kept,) = refused(remove_orphans(account)).items()
    assert kept[0] == "remove es:domain shop"
    assert "Take a snapshot into a bucket" in kept[1]
    account.client("opensearch").delete_domain(DomainName="shop")
    assert refused(remove_orphans(account)) == {}
    assert find(account) == {}
