# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service of ECS over its whole life."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.modules.ecs_stage import DEFINITION, network, target_group
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "ecs_service"
GONE = {"name": "api", "cluster": "shop", "state": "absent"}


@pytest.fixture
def stage(account: Any, run_module: RunModule) -> dict[str, Any]:
    """A cluster, a task definition and a network."""
    run_module("ecs_cluster", {"name": "shop"})
    definition = run_module("ecs_task_definition", DEFINITION)["task_definition"]["arn"]
    return {**network(account), "definition": definition}


def options(stage: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "api",
        "cluster": "shop",
        "task_definition": stage["definition"],
        "desired_count": 2,
        "subnets": stage["subnets"],
        "security_groups": [stage["group"]],
        "circuit_breaker": {"enable": True, "rollback": True},
        "minimum_healthy_percent": 100,
        "maximum_percent": 200,
        "propagate_tags": "SERVICE",
        "tags": {"Project": "shop"},
        **more,
    }


def balanced(stage: dict[str, Any], arn: str, **more: Any) -> dict[str, Any]:
    balancer = {"target_group_arn": arn, "container_name": "api", "container_port": 8080}
    return options(stage, load_balancers=[balancer], health_check_grace_seconds=60, **more)


def described(account: Any) -> dict[str, Any]:
    (service,) = account.client("ecs").describe_services(cluster="shop", services=["api"], include=["TAGS"])["services"]
    return dict(service)


def healthy(account: Any, arn: str) -> int:
    answer = account.client("elbv2").describe_target_health(TargetGroupArn=arn)
    return sum(each["TargetHealth"]["State"] == "healthy" for each in answer["TargetHealthDescriptions"])


def test_runs_tasks_and_then_changes_nothing(account: Any, run_module: RunModule, stage: dict[str, Any]) -> None:
    arn = target_group(account, stage, "api")
    wanted = balanced(stage, arn)
    assert run_module(MODULE, wanted, check=True).changed
    assert account.client("ecs").list_services(cluster="shop")["serviceArns"] == []
    first = run_module(MODULE, wanted)
    assert first.changed, first
    assert first["service"]["arn"] == "arn:aws:ecs:ca-central-1:123456789012:service/shop/api"
    service = described(account)
    assert (service["runningCount"], service["desiredCount"]) == (2, 2)
    assert service["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
    }
    assert service["healthCheckGracePeriodSeconds"] == 60
    assert service["events"][0]["message"] == "(service api) has reached a steady state."
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert healthy(account, arn) == 2
    ecs = account.client("ecs")
    tasks = ecs.describe_tasks(cluster="shop", tasks=ecs.list_tasks(cluster="shop", serviceName="api")["taskArns"], include=["TAGS"])
    assert {task["availabilityZone"] for task in tasks["tasks"]} == {"ca-central-1a", "ca-central-1b"}
    assert {"key": "Project", "value": "shop"} in tasks["tasks"][0]["tags"]
    again = run_module(MODULE, wanted)
    assert not again.changed, again
    assert not again.failed, again
    # A stopped task is replaced, and its subnet is in use.
    ecs.stop_task(cluster="shop", task=tasks["tasks"][0]["taskArn"])
    assert described(account)["runningCount"] == 2
    with pytest.raises(ClientError, match="DependencyViolation"):
        account.client("ec2").delete_subnet(SubnetId=stage["subnets"][0])


def test_changes_what_runs(account: Any, run_module: RunModule, stage: dict[str, Any]) -> None:
    run_module(MODULE, options(stage))
    definition = run_module("ecs_task_definition", {**DEFINITION, "memory": 1024})["task_definition"]["arn"]
    wanted = options(stage, task_definition=definition, desired_count=3, circuit_breaker={"enable": True, "rollback": False})
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["after"] == {
        "task_definition": definition,
        "desired_count": 3,
        "circuit_breaker": {"enable": True, "rollback": False},
    }
    assert run_module(MODULE, {**wanted, "tags": {"Project": "store"}}).changed
    service = described(account)
    assert (service["taskDefinition"], service["runningCount"]) == (definition, 3)
    assert service["tags"] == [{"key": "Project", "value": "store"}]
    assert not run_module(MODULE, {**wanted, "tags": {"Project": "store"}}).changed
    # What scaling has chosen stays.
    account.client("ecs").update_service(cluster="shop", service="api", desiredCount=7)
    assert not run_module(MODULE, {**wanted, "keep_desired_count": True, "purge_tags": False, "tags": {}}).changed


def test_hands_a_service_to_codedeploy_and_then_leaves_it_alone(account: Any, run_module: RunModule, stage: dict[str, Any]) -> None:
    run_module(MODULE, options(stage))
    arn = target_group(account, stage, "api")
    wanted = balanced(stage, arn, controller="CODE_DEPLOY")
    del wanted["circuit_breaker"]
    result = run_module(MODULE, wanted)
    assert result.changed, result
    service = described(account)
    assert service["deploymentController"] == {"type": "CODE_DEPLOY"}
    assert (service["runningCount"], service["deployments"]) == (2, [])
    assert service["taskSets"][0]["status"] == "PRIMARY"
    assert not run_module(MODULE, wanted).changed
    definition = run_module("ecs_task_definition", {**DEFINITION, "memory": 1024})["task_definition"]["arn"]
    left = run_module(MODULE, {**wanted, "task_definition": definition})
    assert not left.changed, left
    with pytest.raises(ClientError, match="Unable to update task definition on services with a CODE_DEPLOY deployment controller"):
        account.client("ecs").update_service(cluster="shop", service="api", taskDefinition=definition)
    assert run_module(MODULE, {**wanted, "desired_count": 4}).changed
    assert described(account)["runningCount"] == healthy(account, arn) == 4


def test_absent_and_absent_again(account: Any, run_module: RunModule, stage: dict[str, Any]) -> None:
    arn = target_group(account, stage, "api")
    run_module(MODULE, balanced(stage, arn))
    with pytest.raises(ClientError, match="ClusterContainsServicesException"):
        account.client("ecs").delete_cluster(cluster="shop")
    assert run_module(MODULE, GONE, check=True).changed
    assert run_module(MODULE, GONE).changed
    assert described(account)["status"] == "INACTIVE"
    assert healthy(account, arn) == 0
    assert (
        account.client("ec2").describe_network_interfaces(Filters=[{"Name": "subnet-id", "Values": stage["subnets"]}])["NetworkInterfaces"]
        == []
    )
    assert not run_module(MODULE, GONE).changed
    assert run_module(MODULE, balanced(stage, arn)).changed


def test_errors_say_what_is_wrong(account: Any, run_module: RunModule, stage: dict[str, Any]) -> None:
    for wanted, message in (
        (balanced(stage, target_group(account, stage, "alone", served=False)), "does not have an associated load balancer"),
        (
            options(stage, health_check_grace_seconds=60),
            "Health check grace period is only valid for services configured to use load balancers",
        ),
        (options(stage, controller="CODE_DEPLOY"), "The CODE_DEPLOY deployment controller requires a load balancer."),
        (options(stage, task_definition="shop-api:9"), "Unable to describe task definition."),
        (options(stage, cluster="store"), "Make the cluster first."),
        (options(stage, subnets=["subnet-0"]), "The subnet ID 'subnet-0' does not exist"),
    ):
        result = run_module(MODULE, wanted)
        assert result.failed
        assert message in result.msg
    run_module(MODULE, options(stage))
    result = run_module(MODULE, options(stage, launch_type="EC2"))
    assert "launch_type is FARGATE and cannot be changed." in result.msg


def test_what_a_deployment_has_taken_back_is_not_brought_anew(account: Any, run_module: RunModule, stage: dict[str, Any]) -> None:
    run_module(MODULE, options(stage))
    broken = {**DEFINITION["container_definitions"][0], "image": "123456789012.dkr.ecr.ca-central-1.amazonaws.com/shop/api:1.1.0"}
    deployed = run_module("ecs_task_definition", {**DEFINITION, "container_definitions": [broken]})
    assert deployed["task_definition"]["revision"] == 2
    # The service goes on with revision 1.
    kept = {**DEFINITION, "keep_image_tags": True, "running_in": {"cluster": "shop", "service": "api"}}
    found = run_module("ecs_task_definition", kept)
    assert not found.changed, found
    assert found["task_definition"]["arn"] == stage["definition"]
    planned = run_module("ecs_task_definition", {**kept, "memory": 1024}, check=True)
    assert planned["task_definition"]["revision"] == 3
    changed = run_module("ecs_task_definition", {**kept, "memory": 1024})
    assert changed["task_definition"]["revision"] == 3
    assert changed["task_definition"]["container_definitions"][0]["image"].endswith("/shop/api:1.0.0")
    assert not run_module("ecs_task_definition", {**kept, "running_in": {"cluster": "none", "service": "api"}, "memory": 1024}).changed
