# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An alarm on a metric or on metric math."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "cloudwatch_alarm"
TOPIC = "arn:aws:sns:ca-central-1:123456789012:alerts"
CPU: dict[str, Any] = {
    "name": "db-cpu",
    "namespace": "AWS/RDS",
    "metric_name": "CPUUtilization",
    "dimensions": {"DBInstanceIdentifier": "db"},
    "statistic": "Average",
    "period": 300,
    "evaluation_periods": 3,
    "datapoints_to_alarm": 2,
    "comparison_operator": "GreaterThanThreshold",
    "threshold": 80,
    "treat_missing_data": "breaching",
    "alarm_actions": [TOPIC],
    "ok_actions": [TOPIC],
    "tags": {"Environment": "prod"},
}


def stat(name: str) -> dict[str, Any]:
    return {"metric": {"namespace": "AWS/ApiGateway", "metric_name": name, "dimensions": {"ApiName": "api"}}, "period": 60, "stat": "Sum"}


RATE: dict[str, Any] = {
    "name": "error-rate",
    "metrics": [
        {"id": "rate", "expression": "100 * errors / requests", "label": "Error rate"},
        {"id": "requests", "return_data": False, "metric_stat": stat("Count")},
        {"id": "errors", "return_data": False, "metric_stat": stat("5XXError")},
    ],
    "evaluation_periods": 5,
    "comparison_operator": "GreaterThanThreshold",
    "threshold": 1.5,
}


P95 = {**{key: value for key, value in CPU.items() if key != "statistic"}, "extended_statistic": "p95"}


def alarms(account: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    return found


def test_check_mode_creates_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, CPU, check=True)
    assert result.changed, result.msg
    assert result["alarm"]["threshold"] == 80
    assert alarms(account) == []


@pytest.mark.parametrize("options", [CPU, RATE, P95])
def test_the_second_run_changes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    first = run_module(MODULE, options)
    assert first.changed, first.msg
    second = run_module(MODULE, options)
    assert not second.changed, second["diff"]
    assert second["alarm"] == first["alarm"]
    assert second["alarm"]["tags"] == options.get("tags", {})


def test_a_change_keeps_what_is_not_mentioned(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, CPU)
    wanted = {"name": "db-cpu", "threshold": 90}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"] == {"before": {"threshold": 80.0}, "after": {"threshold": 90.0}}
    assert alarms(account)[0]["Threshold"] == 80
    assert run_module(MODULE, wanted).changed
    (alarm,) = alarms(account)
    assert (alarm["Threshold"], alarm["AlarmActions"], alarm["DatapointsToAlarm"]) == (90.0, [TOPIC], 2)
    assert not run_module(MODULE, wanted).changed


def test_a_changed_expression_is_noticed(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, RATE)
    metrics = [{**RATE["metrics"][0], "expression": "errors / requests"}, *RATE["metrics"][1:]]
    assert run_module(MODULE, {**RATE, "metrics": metrics}).changed
    assert not run_module(MODULE, {**RATE, "metrics": metrics}).changed


def test_an_alarm_moves_to_metric_math(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, CPU)
    wanted = {**RATE, "name": "db-cpu"}
    assert run_module(MODULE, wanted).changed
    assert alarms(account)[0].get("MetricName") is None
    assert not run_module(MODULE, wanted).changed


def test_tags_change_alone(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, CPU)
    added = run_module(MODULE, {"name": "db-cpu", "tags": {"Owner": "platform"}, "purge_tags": False})
    assert added["alarm"]["tags"] == {"Environment": "prod", "Owner": "platform"}
    assert run_module(MODULE, {"name": "db-cpu", "tags": {}})["alarm"]["tags"] == {}
    assert not run_module(MODULE, {"name": "db-cpu", "tags": {}}).changed


def test_absent_deletes_it_once(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, CPU)
    gone = {"name": "db-cpu", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(alarms(account)) == 1
    assert run_module(MODULE, gone).changed
    assert alarms(account) == []
    assert not run_module(MODULE, gone).changed


@pytest.mark.parametrize("check", [True, False])
def test_a_new_alarm_without_a_threshold_is_refused(account: Any, run_module: RunModule, check: bool) -> None:
    result = run_module(MODULE, {**CPU, "threshold": None}, check=check)
    assert result.failed
    assert "a new alarm needs threshold or threshold_metric_id" in result.msg


def test_metrics_and_a_metric_are_refused(account: Any, run_module: RunModule) -> None:
    assert "mutually exclusive" in run_module(MODULE, {**RATE, "metric_name": "x"}).msg
