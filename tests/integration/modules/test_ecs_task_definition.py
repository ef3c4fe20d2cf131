# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A family of task definitions over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.ecs_stage import CONTAINER, DEFINITION
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "ecs_task_definition"
ARN = "arn:aws:ecs:ca-central-1:123456789012:task-definition/shop-api"


def revisions(account: Any, status: str = "ACTIVE") -> list[str]:
    return list(account.client("ecs").list_task_definitions(familyPrefix="shop-api", status=status)["taskDefinitionArns"])


def test_registers_one_revision_and_then_none(account: Any, run_module: RunModule) -> None:
    planned = run_module(MODULE, DEFINITION, check=True)
    assert planned.changed, planned
    assert revisions(account) == []
    first = run_module(MODULE, DEFINITION)
    assert first.changed, first
    assert first["task_definition"]["arn"] == f"{ARN}:1"
    assert not run_module(MODULE, DEFINITION).changed
    # What ECS fills in is no change, and neither is the order of variables.
    spelled = {
        **CONTAINER,
        "essential": True,
        "cpu": 0,
        "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
        "healthCheck": {"command": ["CMD-SHELL", "true"], "interval": 30, "timeout": 5, "retries": 3},
        "mountPoints": [],
    }
    assert not run_module(MODULE, {**DEFINITION, "container_definitions": [spelled]}).changed
    assert revisions(account) == [f"{ARN}:1"]
    described = account.client("ecs").describe_task_definition(taskDefinition="shop-api", include=["TAGS"])
    assert described["taskDefinition"]["cpu"] == "256"
    assert described["taskDefinition"]["requiresCompatibilities"] == ["FARGATE"]
    assert described["tags"] == [{"key": "Project", "value": "shop"}]


def test_another_content_is_another_revision_and_other_tags_are_not(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, DEFINITION)
    larger = {**DEFINITION, "memory": 1024}
    planned = run_module(MODULE, larger, check=True, diff=True)
    assert planned["diff"]["before"] == {"memory": 512, "revision": 1, "arn": f"{ARN}:1"}
    assert planned["task_definition"]["arn"] == f"{ARN}:2"
    result = run_module(MODULE, larger)
    assert result.changed, result
    assert result["task_definition"]["revision"] == 2
    assert result["task_definition"]["tags"] == {"Project": "shop"}
    retagged = run_module(MODULE, {**larger, "tags": {"Project": "store"}})
    assert retagged.changed, retagged
    assert retagged["task_definition"]["revision"] == 2
    assert retagged["task_definition"]["tags"] == {"Project": "store"}
    assert revisions(account) == [f"{ARN}:1", f"{ARN}:2"]


def test_keeps_the_tag_that_a_deploy_brought(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, DEFINITION)
    image = CONTAINER["image"].replace("1.0.0", "1.7.3")
    deployed = run_module(MODULE, {**DEFINITION, "container_definitions": [{**CONTAINER, "image": image}]})
    assert deployed["task_definition"]["revision"] == 2
    kept = {**DEFINITION, "keep_image_tags": True}
    assert not run_module(MODULE, kept).changed
    changed = run_module(MODULE, {**kept, "cpu": 512, "memory": 1024})
    assert changed["task_definition"]["container_definitions"][0]["image"] == image
    elsewhere = run_module(MODULE, {**kept, "container_definitions": [{**CONTAINER, "image": "example/api:1.0.0"}]})
    assert elsewhere["task_definition"]["container_definitions"][0]["image"] == "example/api:1.0.0"


def test_absent_takes_all_revisions_and_no_other_family(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, DEFINITION)
    run_module(MODULE, {**DEFINITION, "memory": 1024})
    run_module(MODULE, {**DEFINITION, "family": "shop-api-worker"})
    gone = {"family": "shop-api", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    assert revisions(account) == revisions(account, "INACTIVE") == []
    assert len(account.client("ecs").list_task_definitions()["taskDefinitionArns"]) == 1
    assert run_module(MODULE, DEFINITION)["task_definition"]["revision"] == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"memory": 4096}, "No Fargate configuration exists for given values: 256 CPU, 4096 memory."),
        ({"execution_role_arn": None}, "Fargate requires task definition to have execution role ARN to support ECR images."),
        ({"container_definitions": None}, "state is present but all of the following are missing: container_definitions"),
    ],
)
def test_an_error_says_what_is_wrong(run_module: RunModule, change: dict[str, Any], message: str) -> None:
    result = run_module(MODULE, {key: value for key, value in {**DEFINITION, **change}.items() if value is not None})
    assert result.failed
    assert message in result.msg
