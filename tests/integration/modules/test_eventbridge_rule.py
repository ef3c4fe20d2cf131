# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules of EventBridge: schedules and patterns of events, with targets and tags."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "eventbridge_rule"
FUNCTION = "arn:aws:lambda:ca-central-1:123456789012:function:tidy:live"
TOPIC = "arn:aws:sns:ca-central-1:123456789012:alerts"
QUEUE = "arn:aws:sqs:ca-central-1:123456789012:dead"
RULE: dict[str, Any] = {
    "name": "tidy",
    "description": "Tidy up",
    "schedule_expression": "cron(0 3 * * ? *)",
    "targets": [
        {"id": "tidy", "arn": FUNCTION, "input": {"dry_run": False}, "dead_letter_arn": QUEUE, "maximum_attempts": 2},
        {"id": "alerts", "arn": TOPIC},
    ],
    "tags": {"Environment": "prod"},
}


def targets(account: Any) -> dict[str, Any]:
    return {target["Id"]: target for target in account.client("events").list_targets_by_rule(Rule="tidy")["Targets"]}


def names(account: Any) -> list[str]:
    return [rule["Name"] for rule in account.client("events").list_rules()["Rules"]]


def test_created_once_with_its_targets(account: Any, run_module: RunModule) -> None:
    checked = run_module(MODULE, RULE, check=True)
    assert checked.changed, checked.msg
    assert names(account) == []
    first = run_module(MODULE, RULE)
    assert first.changed, first.msg
    assert first["rule"] == checked["rule"]
    assert account.client("events").describe_rule(Name="tidy")["State"] == "ENABLED"
    assert targets(account)["tidy"] == {
        "Id": "tidy",
        "Arn": FUNCTION,
        "Input": '{"dry_run": false}',
        "DeadLetterConfig": {"Arn": QUEUE},
        "RetryPolicy": {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 86400},
    }
    second = run_module(MODULE, RULE)
    assert not second.changed, second["diff"]
    assert second["rule"] == first["rule"]
    assert not run_module(MODULE, {"name": "tidy"}).changed
    listed = account.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "Environment"}])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in listed] == [first["rule"]["arn"]]


def test_schedule_targets_and_tags_change(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, RULE)
    template = {"paths": {"state": "$.detail.state"}, "template": "now <state>"}
    asked = [{"id": "alerts", "arn": TOPIC, "input_transformer": template}]
    wanted = {
        **RULE,
        "description": "",
        "schedule_expression": "rate(1 hour)",
        "enabled": False,
        "targets": asked,
        "tags": {"Owner": "team"},
    }
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert set(checked["diff"]["before"]) == {"description", "schedule_expression", "enabled", "targets", "tags"}
    assert not run_module(MODULE, RULE).changed
    changed = run_module(MODULE, wanted)
    assert changed.changed, changed.msg
    found = account.client("events").describe_rule(Name="tidy")
    assert (found["State"], found["ScheduleExpression"], found.get("Description")) == ("DISABLED", "rate(1 hour)", None)
    assert list(targets(account)) == ["alerts"]
    assert changed["rule"]["tags"] == {"Owner": "team"}
    assert not run_module(MODULE, wanted).changed
    more = {"name": "tidy", "targets": [{"id": "more", "arn": QUEUE}], "purge_targets": False}
    assert run_module(MODULE, more).changed
    assert set(targets(account)) == {"alerts", "more"}


def test_a_pattern_is_compared_by_what_it_means(account: Any, run_module: RunModule) -> None:
    rule = {"name": "stopped", "event_pattern": {"source": ["aws.ec2"], "detail": {"state": ["stopped"]}}}
    assert run_module(MODULE, rule).changed
    assert not run_module(MODULE, {**rule, "event_pattern": {"detail": {"state": ["stopped"]}, "source": ["aws.ec2"]}}).changed


def test_absent_deletes_it_once_with_its_targets(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, RULE)
    gone = {"name": "tidy", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert names(account) == ["tidy"]
    assert run_module(MODULE, gone).changed
    assert names(account) == []
    assert not run_module(MODULE, gone).changed


def test_bad_input(account: Any, run_module: RunModule) -> None:
    assert "Set schedule_expression or event_pattern" in run_module(MODULE, {"name": "x"}).msg
    assert "Check the schedule" in run_module(MODULE, {"name": "x", "schedule_expression": "rate(1 minutes)"}).msg
    twice = [{"id": "a", "arn": TOPIC}, {"id": "a", "arn": QUEUE}]
    assert "the same id" in run_module(MODULE, {**RULE, "targets": twice}).msg
    assert names(account) == []
