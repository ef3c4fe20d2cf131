# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a task definition of ECS needs another revision."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _ecs_task_definition as pure

CONTAINER: dict[str, Any] = {"name": "api", "image": "example/api:1"}
DESCRIBED: dict[str, Any] = {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/shop-api:3",
    "family": "shop-api",
    "revision": 3,
    "status": "ACTIVE",
    "cpu": "256",
    "memory": "512",
    "networkMode": "awsvpc",
    "requiresCompatibilities": ["FARGATE"],
    "executionRoleArn": "arn:execution",
    "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
    "volumes": [],
    "containerDefinitions": [
        {**CONTAINER, "cpu": 0, "essential": True, "environment": [], "mountPoints": [], "portMappings": [], "volumesFrom": []}
    ],
}


def options(**given: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(pure.OWN),
        "cpu": 256,
        "memory": 512,
        "network_mode": "awsvpc",
        "requires_compatibilities": ["FARGATE"],
        "execution_role_arn": "arn:execution",
        "architecture": "X86_64",
        "container_definitions": [CONTAINER],
        **given,
    }


def changes(**given: Any) -> dict[str, Any]:
    return pure.revision_changes(pure.document(DESCRIBED, {}), pure.wanted(options(**given)))


def test_what_ecs_fills_in_is_no_change() -> None:
    assert changes() == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"portMappings": [{"containerPort": 80}]}, {"portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]}),
        ({"healthCheck": {"command": ["true"]}}, {"healthCheck": {"command": ["true"], "interval": 30, "timeout": 5, "retries": 3}}),
        (
            {"environment": [{"name": "B", "value": "2"}, {"name": "A", "value": ""}]},
            {"environment": [{"name": "A", "value": ""}, {"name": "B", "value": "2"}]},
        ),
        (
            {"logConfiguration": {"logDriver": "awslogs", "options": {}}},
            {"logConfiguration": {"logDriver": "awslogs", "secretOptions": []}},
        ),
        ({}, {"readonlyRootFilesystem": False, "systemControls": []}),
    ],
)
def test_two_spellings_of_a_container_are_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert pure.container({**CONTAINER, **one}) == pure.container({**CONTAINER, **other})


def test_an_empty_value_of_a_variable_is_a_value() -> None:
    assert pure.container({**CONTAINER, "environment": [{"name": "A", "value": ""}]})["environment"] == [{"name": "A", "value": ""}]


def test_another_content_is_another_revision() -> None:
    found = changes(memory=1024)
    assert found == {"memory": 1024, "revision": 4, "arn": "arn:aws:ecs:us-east-1:123456789012:task-definition/shop-api:4"}
    assert "execution_role_arn" in changes(execution_role_arn=None)
    assert "task_role_arn" in changes(task_role_arn="arn:task")
    assert "container_definitions" in changes(container_definitions=[{**CONTAINER, "image": "example/api:2"}])


@pytest.mark.parametrize(
    ("image", "bare"),
    [
        ("example/api:1.2", "example/api"),
        ("api", "api"),
        ("registry.example.com:5000/api:1", "registry.example.com:5000/api"),
        ("registry.example.com:5000/api", "registry.example.com:5000/api"),
        ("example/api@sha256:1234", "example/api"),
    ],
)
def test_the_repository_of_an_image(image: str, bare: str) -> None:
    assert pure.repository(image) == bare


def test_a_tag_stays_in_the_same_repository_only() -> None:
    there = [{"name": "api", "image": "example/api:7"}, {"name": "daemon", "image": "example/daemon:1"}]
    wanted = [
        {"name": "api", "image": "example/api:1"},
        {"name": "daemon", "image": "other/daemon:2"},
        {"name": "new", "image": "example/new:1"},
    ]
    assert [each["image"] for each in pure.with_kept_tags(wanted, there)] == ["example/api:7", "other/daemon:2", "example/new:1"]


def test_a_request_has_sizes_as_texts() -> None:
    request = pure.request("shop-api", pure.wanted(options(ephemeral_storage_gib=40)))
    assert (request["cpu"], request["memory"]) == ("256", "512")
    assert request["ephemeralStorage"] == {"sizeInGiB": 40}
    assert request["runtimePlatform"] == {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}
