# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A target tracking policy over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.ecs_stage import DEFINITION, network
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "application_autoscaling_policy"
OPTIONS: dict[str, Any] = {
    "name": "cpu",
    "resource_id": "service/shop/api",
    "metric": "ECSServiceAverageCPUUtilization",
    "target_value": 70,
    "scale_in_cooldown": 300,
    "scale_out_cooldown": 60,
}


@pytest.fixture
def _target(account: Any, run_module: RunModule) -> None:
    made = network(account)
    run_module("ecs_cluster", {"name": "shop"})
    definition = run_module("ecs_task_definition", DEFINITION)["task_definition"]["arn"]
    options = {"name": "api", "cluster": "shop", "task_definition": definition, "desired_count": 1, "subnets": made["subnets"]}
    run_module("ecs_service", options)
    target = {"resource_id": "service/shop/api", "min_capacity": 1, "max_capacity": 5}
    assert run_module("application_autoscaling_target", target).changed


@pytest.mark.usefixtures("_target")
def test_through_its_life(account: Any, run_module: RunModule) -> None:
    client, cloudwatch = account.client("application-autoscaling"), account.client("cloudwatch")
    assert run_module(MODULE, OPTIONS, check=True).changed
    assert client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"] == []
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first
    (policy,) = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"] == {
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        "TargetValue": 70.0,
        "ScaleInCooldown": 300,
        "ScaleOutCooldown": 60,
    }
    assert len(first["policy"]["alarms"]) == 2
    assert not run_module(MODULE, OPTIONS).changed
    other = {**OPTIONS, "target_value": 50}
    assert run_module(MODULE, other, check=True, diff=True)["diff"] == {"before": {"target_value": 70.0}, "after": {"target_value": 50.0}}
    assert run_module(MODULE, other)["policy"]["arn"] == first["policy"]["arn"]
    assert len(cloudwatch.describe_alarms()["MetricAlarms"]) == 2
    gone = {"name": "cpu", "resource_id": "service/shop/api", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert run_module(MODULE, gone).changed
    assert not run_module(MODULE, gone).changed
    assert cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_errors_name_the_cure(run_module: RunModule) -> None:
    assert "Register the scalable target first." in run_module(MODULE, OPTIONS).msg
    assert "missing: metric, target_value" in run_module(MODULE, {"name": "cpu", "resource_id": "service/shop/api"}).msg
