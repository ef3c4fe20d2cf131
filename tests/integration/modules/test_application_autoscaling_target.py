# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A scalable target over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.ecs_stage import DEFINITION, network
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "application_autoscaling_target"
OPTIONS: dict[str, Any] = {"resource_id": "service/shop/api", "min_capacity": 2, "max_capacity": 10, "tags": {"Project": "shop"}}


@pytest.fixture
def _service(account: Any, run_module: RunModule) -> None:
    made = network(account)
    run_module("ecs_cluster", {"name": "shop"})
    definition = run_module("ecs_task_definition", DEFINITION)["task_definition"]["arn"]
    options = {"name": "api", "cluster": "shop", "task_definition": definition, "desired_count": 1, "subnets": made["subnets"]}
    assert run_module("ecs_service", options).changed


@pytest.mark.usefixtures("_service")
def test_through_its_life(account: Any, run_module: RunModule) -> None:
    client = account.client("application-autoscaling")
    assert run_module(MODULE, OPTIONS, check=True).changed
    assert client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first
    (target,) = client.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 10)
    assert client.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"] == {"Project": "shop"}
    # AWS heeds the limits at once.
    service = account.client("ecs").describe_services(cluster="shop", services=["api"])["services"][0]
    assert service["runningCount"] == 2
    assert not run_module(MODULE, OPTIONS).changed
    other = {**OPTIONS, "max_capacity": 5, "tags": {"Project": "store"}}
    assert run_module(MODULE, other, check=True, diff=True)["diff"]["before"] == {"max_capacity": 10, "tags": {"Project": "shop"}}
    assert run_module(MODULE, other).changed
    assert not run_module(MODULE, other).changed
    gone = {"resource_id": "service/shop/api", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed


def test_errors_name_the_cure(run_module: RunModule) -> None:
    assert "min_capacity must not be larger than max_capacity." in run_module(MODULE, {**OPTIONS, "min_capacity": 20}).msg
    assert "what is scaled has to exist." in run_module(MODULE, OPTIONS).msg
