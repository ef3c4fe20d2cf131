# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a budget must become, and who is told in which order."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.filter.budget_notifications import budget_notifications
from ansible_collections.stratum.aws.plugins.module_utils import _budget as pure

OPTIONS: dict[str, Any] = {
    "amount": 500.0,
    "unit": "USD",
    "budget_type": "COST",
    "time_unit": "MONTHLY",
    "tags_counted": {"Project": "shop", "Environment": ["prod", "staging"]},
    "cost_filters": {"Service": ["b", "a"]},
    "cost_types": None,
    "notifications": None,
}
NOTIFICATION = {
    "percent": 120.0,
    "type": "ACTUAL",
    "comparison": "GREATER_THAN",
    "threshold_type": "PERCENTAGE",
    "emails": [],
    "topic_arn": None,
}


def notification(**changes: Any) -> dict[str, Any]:
    return {**NOTIFICATION, **changes}


@pytest.mark.parametrize(("amount", "text"), [(500, "500"), (20.5, "20.5"), ("100.0", "100"), (0.01, "0.01")])
def test_amounts_have_no_needless_zeros(amount: Any, text: str) -> None:
    assert pure.number(amount) == text


def test_tags_become_a_filter_and_filters_are_sorted() -> None:
    tags = ["user:Environment$prod", "user:Environment$staging", "user:Project$shop"]
    assert pure.filters(OPTIONS) == {"Service": ["a", "b"], "TagKeyValue": tags}


def test_what_is_not_mentioned_is_left_alone() -> None:
    current = pure.document(
        {"BudgetName": "x", "BudgetLimit": {"Amount": "500.0", "Unit": "USD"}, "BudgetType": "COST", "TimeUnit": "MONTHLY"}, [], {}
    )
    silent = {**OPTIONS, "amount": None, "tags_counted": None, "cost_filters": None}
    assert pure.budget_changes(current, silent) == {}
    assert pure.budget_changes(current, {**silent, "amount": 200}) == {"amount": "200"}
    assert pure.budget_changes(current, {**silent, "cost_filters": {}}) == {}
    assert pure.budget_changes(current, {**silent, "cost_types": {"include_tax": None}}) == {}
    assert pure.budget_changes(current, {**silent, "cost_types": {"include_tax": False}})["cost_types"]["include_tax"] is False
    assert set(pure.budget_changes(current, OPTIONS)) == {"cost_filters"}


def mail(name: str) -> dict[str, str]:
    return {"SubscriptionType": "EMAIL", "Address": name}


def test_one_replaces_another_so_that_nobody_is_never_left() -> None:
    old, new = {"emails": ["a", "b"], "topic_arn": "t1"}, {"emails": ["b", "c", "d"], "topic_arn": "t2"}
    assert pure.moves(old, new) == [
        ("update_subscriber", {"OldSubscriber": mail("a"), "NewSubscriber": mail("c")}),
        (
            "update_subscriber",
            {"OldSubscriber": {"SubscriptionType": "SNS", "Address": "t1"}, "NewSubscriber": {"SubscriptionType": "SNS", "Address": "t2"}},
        ),
        ("create_subscriber", {"Subscriber": mail("d")}),
    ]
    topic = {"Subscriber": {"SubscriptionType": "SNS", "Address": "t"}}
    moved = pure.moves({"emails": ["a"], "topic_arn": ""}, {"emails": [], "topic_arn": "t"})
    assert moved == [("create_subscriber", topic), ("delete_subscriber", {"Subscriber": mail("a")})]


@pytest.mark.parametrize(
    ("notifications", "words"),
    [
        ([notification()], "tells nobody"),
        ([notification(emails=[f"{number}@example.com" for number in range(11)])], "11 addresses"),
        ([notification(emails=["a@example.com"]), notification(emails=["b@example.com"])], "the same"),
        ([notification(percent=float(number), emails=["a@example.com"]) for number in range(1, 12)], "ten notifications"),
    ],
)
def test_what_aws_would_refuse_is_said_first(notifications: list[dict[str, Any]], words: str) -> None:
    assert words in "; ".join(pure.faults({"notifications": notifications}))


def test_notifications_are_completed() -> None:
    given = [{"percent": 120, "topic": "alerts"}, {"percent": 80, "emails": ["b"]}]
    assert budget_notifications(given, {"alerts": "arn"}, {"emails": ["a"]}) == [
        {"emails": ["a"], "percent": 120, "topic_arn": "arn"},
        {"emails": ["b"], "percent": 80},
    ]
    with pytest.raises(Exception, match="there is no topic 'other'; there are alerts"):
        budget_notifications([{"topic": "other"}], {"alerts": "arn"})
