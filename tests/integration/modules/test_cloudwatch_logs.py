# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A log group and a metric filter over their whole lives."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

NAME = "/aws/rds/instance/example/postgresql"
GROUP = {"name": NAME, "retention_days": 30, "tags": {"team": "platform"}}
FILTER = {
    "name": "failures",
    "log_group": NAME,
    "pattern": "{ $.status = 401 }",
    "metric_namespace": "Example",
    "metric_name": "Failures",
    "default_value": 0,
}


def groups(account: Any) -> list[Any]:
    listed: list[Any] = account.client("logs").describe_log_groups()["logGroups"]
    return listed


def filters(account: Any) -> list[Any]:
    listed: list[Any] = account.client("logs").describe_metric_filters()["metricFilters"]
    return listed


def test_a_log_group(account: Any, run_module: RunModule) -> None:
    assert run_module("cloudwatch_log_group", GROUP, check=True).changed
    assert groups(account) == []
    created = run_module("cloudwatch_log_group", GROUP)
    assert created.changed, created
    assert created["log_group"]["arn"].endswith(NAME)
    assert groups(account)[0]["retentionInDays"] == 30
    again = run_module("cloudwatch_log_group", GROUP)
    assert not again.failed, again
    assert not again.changed, again
    assert again["log_group"] == created["log_group"]


def test_a_log_group_that_a_service_made(account: Any, run_module: RunModule) -> None:
    account.client("logs").create_log_group(logGroupName=NAME)
    account.client("logs").create_log_group(logGroupName=f"{NAME}-other")
    planned = run_module("cloudwatch_log_group", GROUP, check=True, diff=True)
    assert planned["diff"]["before"] == {"retention_days": 0, "tags": {}}
    assert "retentionInDays" not in groups(account)[0]
    result = run_module("cloudwatch_log_group", GROUP)
    assert result["log_group"] == planned["log_group"]
    assert result["log_group"]["tags"] == {"team": "platform"}
    for_ever = run_module("cloudwatch_log_group", {**GROUP, "retention_days": 0})
    assert for_ever.changed
    assert "retentionInDays" not in groups(account)[0]


def test_the_key_of_a_log_group(account: Any, run_module: RunModule) -> None:
    arn = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    run_module("cloudwatch_log_group", GROUP)
    assert run_module("cloudwatch_log_group", {**GROUP, "kms_key_arn": arn}).changed
    assert groups(account)[0]["kmsKeyId"] == arn
    assert not run_module("cloudwatch_log_group", {**GROUP, "kms_key_arn": arn}).changed
    assert not run_module("cloudwatch_log_group", GROUP).changed
    assert run_module("cloudwatch_log_group", {**GROUP, "kms_key_arn": ""}).changed
    assert "kmsKeyId" not in groups(account)[0]


def test_a_log_group_goes(account: Any, run_module: RunModule) -> None:
    run_module("cloudwatch_log_group", GROUP)
    gone = {"name": NAME, "state": "absent"}
    assert run_module("cloudwatch_log_group", gone, check=True).changed
    assert len(groups(account)) == 1
    assert run_module("cloudwatch_log_group", gone).changed
    assert groups(account) == []
    assert not run_module("cloudwatch_log_group", gone).changed


def test_a_wrong_retention_deletes_nothing(account: Any, run_module: RunModule) -> None:
    run_module("cloudwatch_log_group", GROUP)
    assert run_module("cloudwatch_log_group", {**GROUP, "retention_days": 10}).failed
    assert len(groups(account)) == 1


def test_a_metric_filter(account: Any, run_module: RunModule) -> None:
    assert run_module("cloudwatch_metric_filter", FILTER, check=True).changed
    result = run_module("cloudwatch_metric_filter", FILTER)
    assert result.failed
    assert "Create the log group first" in result.msg
    run_module("cloudwatch_log_group", GROUP)
    created = run_module("cloudwatch_metric_filter", FILTER)
    assert created.changed, created
    again = run_module("cloudwatch_metric_filter", FILTER)
    assert not again.failed, again
    assert not again.changed, again
    # A longer name that begins the same is another filter.
    assert run_module("cloudwatch_metric_filter", {**FILTER, "name": "failures-by-service"}).changed
    assert not run_module("cloudwatch_metric_filter", FILTER).changed
    other = {key: value for key, value in FILTER.items() if key != "default_value"} | {"dimensions": {"Service": "$.service"}}
    assert run_module("cloudwatch_metric_filter", other, check=True)["diff"]["before"]["dimensions"] == {}
    assert run_module("cloudwatch_metric_filter", other).changed
    assert not run_module("cloudwatch_metric_filter", other).changed
    (changed,) = [found for found in filters(account) if found["filterName"] == "failures"]
    assert changed["metricTransformations"][0]["dimensions"] == {"Service": "$.service"}


def test_a_metric_filter_goes(account: Any, run_module: RunModule) -> None:
    gone = {"name": "failures", "log_group": NAME, "state": "absent"}
    nothing = run_module("cloudwatch_metric_filter", gone)
    assert not nothing.failed, nothing
    assert not nothing.changed
    run_module("cloudwatch_log_group", GROUP)
    run_module("cloudwatch_metric_filter", FILTER)
    assert run_module("cloudwatch_metric_filter", gone, check=True).changed
    assert run_module("cloudwatch_metric_filter", gone).changed
    assert filters(account) == []
