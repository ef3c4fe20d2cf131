# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Groups and sampling rules of X-Ray."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

GROUP: dict[str, Any] = {"name": "shop-slow", "filter_expression": "responsetime > 1", "insights": True, "tags": {"Environment": "prod"}}
RULE: dict[str, Any] = {
    "name": "shop-prod",
    "priority": 100,
    "fixed_rate": 0.05,
    "service_name": "shop-*",
    "attributes": {"tier": "web"},
    "tags": {"Environment": "prod"},
}


def groups(account: Any) -> dict[str, Any]:
    return {item["GroupName"]: item for item in account.client("xray").get_groups()["Groups"]}


def rules(account: Any) -> dict[str, Any]:
    return {
        item["SamplingRule"]["RuleName"]: item["SamplingRule"]
        for item in account.client("xray").get_sampling_rules()["SamplingRuleRecords"]
    }


def test_a_group_lives(account: Any, run_module: RunModule) -> None:
    checked = run_module("xray_group", GROUP, check=True)
    assert checked.changed, checked.msg
    assert groups(account) == {}
    first = run_module("xray_group", GROUP)
    assert first.changed, first.msg
    assert first["group"] == {**checked["group"], "arn": first["group"]["arn"]}
    found = groups(account)["shop-slow"]
    assert found["FilterExpression"] == "responsetime > 1"
    assert found["InsightsConfiguration"] == {"InsightsEnabled": True, "NotificationsEnabled": False}
    assert not run_module("xray_group", GROUP).changed
    assert not run_module("xray_group", {"name": "shop-slow"}).changed

    wanted = {**GROUP, "filter_expression": "fault = true", "notifications": True, "tags": {"Owner": "team"}}
    planned = run_module("xray_group", wanted, check=True, diff=True)
    assert planned["diff"]["before"]["filter_expression"] == "responsetime > 1"
    assert not run_module("xray_group", GROUP).changed
    changed = run_module("xray_group", wanted)
    assert changed["group"]["notifications"], changed.msg
    assert changed["group"]["tags"] == {"Owner": "team"}
    assert not run_module("xray_group", wanted).changed

    gone = {"name": "shop-slow", "state": "absent"}
    assert run_module("xray_group", gone, check=True).changed
    assert set(groups(account)) == {"shop-slow"}
    assert run_module("xray_group", gone).changed
    assert groups(account) == {}
    assert not run_module("xray_group", gone).changed


def test_a_sampling_rule_lives(account: Any, run_module: RunModule) -> None:
    checked = run_module("xray_sampling_rule", RULE, check=True)
    assert checked.changed, checked.msg
    assert set(rules(account)) == {"Default"}
    first = run_module("xray_sampling_rule", RULE)
    assert first.changed, first.msg
    assert first["sampling_rule"] == {**checked["sampling_rule"], "arn": first["sampling_rule"]["arn"]}
    found = rules(account)["shop-prod"]
    assert (found["Priority"], found["FixedRate"], found["ReservoirSize"], found["ServiceName"]) == (100, 0.05, 1, "shop-*")
    assert not run_module("xray_sampling_rule", RULE).changed
    assert not run_module("xray_sampling_rule", {"name": "shop-prod"}).changed

    wanted = {**RULE, "fixed_rate": 0.5, "http_method": "GET", "attributes": {}, "tags": {"Owner": "team"}}
    planned = run_module("xray_sampling_rule", wanted, check=True, diff=True)
    assert planned["diff"]["before"] == {
        "fixed_rate": 0.05,
        "http_method": "*",
        "attributes": {"tier": "web"},
        "tags": {"Environment": "prod"},
    }
    assert not run_module("xray_sampling_rule", RULE).changed
    assert run_module("xray_sampling_rule", wanted)["sampling_rule"]["http_method"] == "GET"
    assert not run_module("xray_sampling_rule", wanted).changed

    gone = {"name": "shop-prod", "state": "absent"}
    assert run_module("xray_sampling_rule", gone, check=True).changed
    assert run_module("xray_sampling_rule", gone).changed
    assert set(rules(account)) == {"Default"}
    assert not run_module("xray_sampling_rule", gone).changed


def test_bad_input(account: Any, run_module: RunModule) -> None:
    assert "a new group needs filter_expression" in run_module("xray_group", {"name": "x"}).msg
    assert "notifications need insights" in run_module("xray_group", {**GROUP, "insights": False, "notifications": True}).msg
    assert "a new rule needs priority and fixed_rate" in run_module("xray_sampling_rule", {"name": "x"}).msg
    assert "Check that the priority" in run_module("xray_sampling_rule", {**RULE, "name": "x" * 33}).msg


def test_the_tagging_api_lists_both(account: Any, run_module: RunModule) -> None:
    made = [run_module("xray_group", GROUP)["group"]["arn"], run_module("xray_sampling_rule", RULE)["sampling_rule"]["arn"]]
    listed = account.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    assert sorted(item["ResourceARN"] for item in listed) == sorted(made)
