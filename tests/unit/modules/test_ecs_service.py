# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs of a service of ECS, and what CreateService and UpdateService are asked for."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _ecs_service as pure

ARN = "arn:aws:ecs:us-east-1:123456789012:task-definition/shop-api"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/api-blue/1"
SERVICE: dict[str, Any] = {
    "serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/shop/api",
    "serviceName": "api",
    "clusterArn": "arn:aws:ecs:us-east-1:123456789012:cluster/shop",
    "status": "ACTIVE",
    "taskDefinition": f"{ARN}:3",
    "desiredCount": 2,
    "runningCount": 2,
    "launchType": "FARGATE",
    "platformVersion": "1.4.0",
    "networkConfiguration": {
        "awsvpcConfiguration": {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"], "assignPublicIp": "DISABLED"}
    },
    "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "api", "containerPort": 8080}],
    "serviceRegistries": [{"registryArn": "arn:registry"}],
    "deploymentController": {"type": "ECS"},
    "deploymentConfiguration": {
        "minimumHealthyPercent": 100,
        "maximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    },
    "healthCheckGracePeriodSeconds": 60,
    "propagateTags": "SERVICE",
    "enableECSManagedTags": True,
}
BALANCER = {"target_group_arn": GROUP, "container_name": "api", "container_port": 8080}


def options(**given: Any) -> dict[str, Any]:
    return {**dict.fromkeys(pure.OWN), "keep_desired_count": False, "launch_type": "FARGATE", **given}


def current(**given: Any) -> dict[str, Any]:
    return pure.document({**SERVICE, **given}, {})


def test_what_is_as_wanted_is_no_change() -> None:
    same = options(
        task_definition=f"{ARN}:3",
        desired_count=2,
        platform_version="LATEST",
        subnets=["subnet-2", "subnet-1"],
        security_groups=["sg-1"],
        assign_public_ip=False,
        load_balancers=[BALANCER],
        service_registries=[{"registry_arn": "arn:registry", "container_name": None, "container_port": None, "port": None}],
        controller="ECS",
        circuit_breaker={"enable": True, "rollback": True},
        health_check_grace_seconds=60,
        propagate_tags="SERVICE",
        managed_tags=True,
    )
    assert pure.service_changes(current(), same) == {}
    assert pure.service_changes(current(), options()) == {}
    assert pure.service_changes(current(), options(task_definition="shop-api:3")) == {}


@pytest.mark.parametrize(
    ("given", "parameters"),
    [
        ({"task_definition": f"{ARN}:4"}, {"taskDefinition": f"{ARN}:4"}),
        ({"desired_count": 0}, {"desiredCount": 0}),
        (
            {"assign_public_ip": True},
            {
                "networkConfiguration": {
                    "awsvpcConfiguration": {
                        "subnets": ["subnet-1", "subnet-2"],
                        "securityGroups": ["sg-1"],
                        "assignPublicIp": "ENABLED",
                    }
                }
            },
        ),
        (
            {"maximum_percent": 150},
            {
                "deploymentConfiguration": {
                    "minimumHealthyPercent": 100,
                    "maximumPercent": 150,
                    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
                }
            },
        ),
        ({"load_balancers": []}, {"loadBalancers": []}),
        ({"health_check_grace_seconds": 0}, {"healthCheckGracePeriodSeconds": 0}),
    ],
)
def test_a_change_asks_for_nothing_else(given: dict[str, Any], parameters: dict[str, Any]) -> None:
    changes = pure.service_changes(current(), options(**given))
    assert pure.update(current(), changes) == parameters


def test_what_scaling_has_chosen_stays() -> None:
    assert pure.service_changes(current(desiredCount=7), options(desired_count=2, keep_desired_count=True)) == {}


def test_what_codedeploy_decides_stays() -> None:
    serving = {
        "status": "PRIMARY",
        "taskDefinition": f"{ARN}:9",
        "networkConfiguration": SERVICE["networkConfiguration"],
        "loadBalancers": [{**SERVICE["loadBalancers"][0], "targetGroupArn": f"{GROUP}-green"}],
    }
    there = current(deploymentController={"type": "CODE_DEPLOY"}, taskSets=[{"status": "ACTIVE"}, serving])
    assert there["task_definition"] == f"{ARN}:9"
    wanted = options(
        task_definition=f"{ARN}:4",
        load_balancers=[BALANCER],
        subnets=["subnet-9"],
        controller="CODE_DEPLOY",
        circuit_breaker={"enable": False, "rollback": False},
        desired_count=5,
    )
    changes = pure.service_changes(there, wanted)
    assert changes == {"desired_count": 5}
    assert pure.update(there, changes) == {"desiredCount": 5}
    # Its deployment configuration has no circuit breaker.
    assert pure.update(there, {"maximum_percent": 150}) == {
        "deploymentConfiguration": {"minimumHealthyPercent": 100, "maximumPercent": 150}
    }


def test_a_service_that_is_handed_over_is_changed_as_one_of_ecs_before() -> None:
    changes = pure.service_changes(current(), options(task_definition=f"{ARN}:4", controller="CODE_DEPLOY"))
    assert changes == {"task_definition": f"{ARN}:4", "controller": "CODE_DEPLOY"}


def test_a_creation_for_codedeploy_has_no_circuit_breaker() -> None:
    wanted = options(
        controller="CODE_DEPLOY", maximum_percent=200, circuit_breaker={"enable": True, "rollback": True}, subnets=["subnet-1"]
    )
    created = pure.creation(wanted)
    assert created["deploymentConfiguration"] == {"maximumPercent": 200}
    assert created["deploymentController"] == {"type": "CODE_DEPLOY"}
    alarmed = pure.creation(options(alarms={"names": ["errors"], "enable": True, "rollback": True}))
    assert alarmed["deploymentConfiguration"] == {"alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True}}
