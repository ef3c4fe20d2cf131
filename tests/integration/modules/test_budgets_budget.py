# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A budget with what counts, who is told, and tags."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "budgets_budget"
ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alerts"
BUDGET: dict[str, Any] = {
    "name": "shop-prod-monthly",
    "amount": 500,
    "tags_counted": {"Project": "shop", "Environment": ["prod"]},
    "notifications": [
        {"percent": 100, "type": "FORECASTED", "emails": ["team@example.com"]},
        {"percent": 120, "emails": ["team@example.com", "boss@example.com"], "topic_arn": TOPIC},
    ],
    "tags": {"Project": "shop"},
}


def told(account: Any) -> dict[tuple[str, float], set[str]]:
    """Return who is told, by kind and threshold."""
    client, named = account.client("budgets"), {"AccountId": ACCOUNT, "BudgetName": BUDGET["name"]}
    result = {}
    for item in client.describe_notifications_for_budget(**named)["Notifications"]:
        details = {key: item[key] for key in ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")}
        people = client.describe_subscribers_for_notification(**named, Notification=details)["Subscribers"]
        result[item["NotificationType"], item["Threshold"]] = {person["Address"] for person in people}
    return result


def names(account: Any) -> list[str]:
    return [item["BudgetName"] for item in account.client("budgets").describe_budgets(AccountId=ACCOUNT).get("Budgets", [])]


def test_created_once_with_all_that_was_asked(account: Any, run_module: RunModule) -> None:
    checked = run_module(MODULE, BUDGET, check=True, diff=True)
    assert checked.changed, checked.msg
    assert names(account) == []
    first = run_module(MODULE, BUDGET)
    assert first.changed, first.msg
    assert first["budget"] == {**checked["budget"], "arn": f"arn:aws:budgets::{ACCOUNT}:budget/shop-prod-monthly"}
    found = account.client("budgets").describe_budget(AccountId=ACCOUNT, BudgetName=BUDGET["name"])["Budget"]
    assert found["BudgetLimit"] == {"Amount": "500", "Unit": "USD"}
    assert (found["TimeUnit"], found["BudgetType"]) == ("MONTHLY", "COST")
    assert found["CostFilters"] == {"TagKeyValue": ["user:Environment$prod", "user:Project$shop"]}
    assert told(account) == {
        ("FORECASTED", 100.0): {"team@example.com"},
        ("ACTUAL", 120.0): {"team@example.com", "boss@example.com", TOPIC},
    }
    second = run_module(MODULE, BUDGET)
    assert not second.changed, second["diff"]
    assert second["budget"] == first["budget"]
    assert not run_module(MODULE, {"name": BUDGET["name"]}).changed


def test_amount_people_and_tags_change(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, BUDGET)
    other = f"arn:aws:sns:us-east-1:{ACCOUNT}:others"
    notifications = [{"percent": 120, "topic_arn": other}, {"percent": 80, "emails": ["team@example.com"]}]
    wanted = {**BUDGET, "amount": 200.5, "tags_counted": {"Project": "shop"}, "notifications": notifications, "tags": {"Owner": "team"}}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"]["after"]["amount"] == "200.5"
    assert set(checked["diff"]["before"]) == {"amount", "cost_filters", "notifications", "tags"}
    assert not run_module(MODULE, BUDGET).changed
    changed = run_module(MODULE, wanted)
    assert changed.changed, changed.msg
    assert told(account) == {("ACTUAL", 120.0): {other}, ("ACTUAL", 80.0): {"team@example.com"}}
    assert changed["budget"]["tags"] == {"Owner": "team"}
    assert not run_module(MODULE, wanted).changed
    # From a topic alone to an address alone: a notification never has nobody in between.
    alone = {**wanted, "notifications": [{"percent": 120, "emails": ["team@example.com"]}]}
    assert run_module(MODULE, alone).changed
    assert told(account) == {("ACTUAL", 120.0): {"team@example.com"}}


def test_absent_deletes_it_once(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, BUDGET)
    gone = {"name": BUDGET["name"], "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert names(account) == [BUDGET["name"]]
    assert run_module(MODULE, gone).changed
    assert names(account) == []
    assert not run_module(MODULE, gone).changed


def test_bad_input(account: Any, run_module: RunModule) -> None:
    assert "a new budget needs amount" in run_module(MODULE, {"name": "x"}).msg
    assert "tells nobody" in run_module(MODULE, {**BUDGET, "notifications": [{"percent": 10}]}).msg
    assert "Check the amount" in run_module(MODULE, {**BUDGET, "amount": -5}).msg
    run_module(MODULE, {"name": "usage", "amount": 5, "unit": "GB", "budget_type": "USAGE"})
    assert "cannot change" in run_module(MODULE, {"name": "usage", "amount": 5}).msg


def test_the_tagging_api_lists_it_in_one_region(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, BUDGET)
    listed = [
        item["ResourceARN"]
        for region in ("us-east-1", "us-west-2")
        for item in account.client("resourcegroupstaggingapi", region=region).get_resources()["ResourceTagMappingList"]
    ]
    assert listed == [f"arn:aws:budgets::{ACCOUNT}:budget/shop-prod-monthly"]
