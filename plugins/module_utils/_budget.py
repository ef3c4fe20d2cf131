# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A budget in one form, and what its notifications must become.  Private to the collection.

AWS Budgets knows notifications by all that they are, so one whose threshold changes is another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._compare import given

Document = dict[str, Any]
Address = tuple[str, str, str, float]

COST_TYPES = {
    "include_credit": True,
    "include_discount": True,
    "include_other_subscription": True,
    "include_recurring": True,
    "include_refund": True,
    "include_subscription": True,
    "include_support": True,
    "include_tax": True,
    "include_upfront": True,
    "use_amortized": False,
    "use_blended": False,
}
"""What counts, with what AWS does when it is told nothing."""
MOST = 10
"""Notifications of a budget, and addresses of a notification."""
TAGGED = "TagKeyValue"
"""The filter that holds tags, as `user:<key>$<value>`."""


def camel(name: str) -> str:
    """Return AWS's name of an option."""
    return "".join(word.capitalize() for word in name.split("_"))


def number(text: Any) -> str:
    """Return an amount as AWS takes it: without needless zeros."""
    return f"{float(text):.10f}".rstrip("0").rstrip(".")


def filters(options: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the cost filters of the options in AWS's form, their values sorted."""
    result = {key: sorted(map(str, _listed(value))) for key, value in (options["cost_filters"] or {}).items()}
    tags = [f"user:{key}${each}" for key, value in (options["tags_counted"] or {}).items() for each in _listed(value)]
    if tags:
        result[TAGGED] = sorted({*result.get(TAGGED, []), *tags})
    return result


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def wanted(options: Mapping[str, Any]) -> Document:
    """Return what the options say of the budget itself; what they do not mention is left out."""
    types = options["cost_types"]
    asked = options["cost_filters"] is not None or options["tags_counted"] is not None
    return given(
        {
            "amount": None if options["amount"] is None else number(options["amount"]),
            "unit": options["unit"],
            "budget_type": options["budget_type"],
            "time_unit": options["time_unit"],
            "cost_filters": filters(options) if asked else None,
            "cost_types": None if types is None else {**COST_TYPES, **given(types)},
        }
    )


def document(budget: Mapping[str, Any], notifications: Sequence[Mapping[str, Any]], tags: Mapping[str, str]) -> Document:
    """Return a budget of DescribeBudget as the module returns it."""
    limit = budget.get("BudgetLimit") or {"Amount": "0", "Unit": ""}
    types = budget.get("CostTypes") or {}
    return {
        "name": budget["BudgetName"],
        "amount": number(limit["Amount"]),
        "unit": limit["Unit"],
        "budget_type": budget["BudgetType"],
        "time_unit": budget["TimeUnit"],
        "cost_filters": {key: sorted(values) for key, values in (budget.get("CostFilters") or {}).items()},
        "cost_types": {name: types.get(camel(name), default) for name, default in COST_TYPES.items()},
        "notifications": sorted(map(dict, notifications), key=address),
        "tags": dict(tags),
    }


def request(name: str, budget: Mapping[str, Any], kept: Mapping[str, Any]) -> Document:
    """Return the budget as CreateBudget and UpdateBudget take it; `kept` is what there is beside the options."""
    return {
        **{key: value for key, value in kept.items() if key not in ("CalculatedSpend", "LastUpdatedTime", "HealthStatus")},
        "BudgetName": name,
        "BudgetLimit": {"Amount": budget["amount"], "Unit": budget["unit"]},
        "BudgetType": budget["budget_type"],
        "TimeUnit": budget["time_unit"],
        "CostFilters": budget.get("cost_filters") or {},
        **({"CostTypes": {camel(key): value for key, value in budget["cost_types"].items()}} if budget.get("cost_types") else {}),
    }


def notification(options: Mapping[str, Any]) -> Document:
    """Return a notification of the options in the form that the module returns."""
    return {
        "percent": float(options["percent"]),
        "type": options["type"],
        "comparison": options["comparison"],
        "threshold_type": options["threshold_type"],
        "emails": sorted(options["emails"] or []),
        "topic_arn": options["topic_arn"] or "",
    }


def found(details: Mapping[str, Any], subscribers: Sequence[Mapping[str, str]]) -> Document:
    """Return a notification as AWS describes it, in the form that the module returns."""
    topics = [item["Address"] for item in subscribers if item["SubscriptionType"] == "SNS"]
    return {
        "percent": float(details["Threshold"]),
        "type": details["NotificationType"],
        "comparison": details["ComparisonOperator"],
        "threshold_type": details.get("ThresholdType", "PERCENTAGE"),
        "emails": sorted(item["Address"] for item in subscribers if item["SubscriptionType"] == "EMAIL"),
        "topic_arn": topics[0] if topics else "",
    }


def address(item: Mapping[str, Any]) -> Address:
    """Return what tells one notification of a budget from another."""
    return item["type"], item["comparison"], item["threshold_type"], item["percent"]


def details(item: Mapping[str, Any]) -> Document:
    """Return a notification as AWS takes it, without its subscribers."""
    return {
        "NotificationType": item["type"],
        "ComparisonOperator": item["comparison"],
        "Threshold": item["percent"],
        "ThresholdType": item["threshold_type"],
    }


def subscribers(item: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return who is told by a notification, as AWS takes it."""
    mails = [{"SubscriptionType": "EMAIL", "Address": address} for address in item["emails"]]
    return mails + ([{"SubscriptionType": "SNS", "Address": item["topic_arn"]}] if item["topic_arn"] else [])


def moves(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Document]]:
    """Return the calls that make those who are told by a notification those who are to be.

    With its last subscriber a notification goes, and there is room for one topic and ten addresses only: so one
    replaces another where that can be.
    """
    gone = [item for item in subscribers(old) if item not in subscribers(new)]
    come = [item for item in subscribers(new) if item not in subscribers(old)]
    replaced: list[tuple[str, Document]] = []
    for kind in ("EMAIL", "SNS"):
        before, after = ([item for item in items if item["SubscriptionType"] == kind] for items in (gone, come))
        pairs = [*zip(before, after, strict=False)]
        replaced += [("update_subscriber", {"OldSubscriber": one, "NewSubscriber": other}) for one, other in pairs]
        gone = [item for item in gone if item not in before[: len(pairs)]]
        come = [item for item in come if item not in after[: len(pairs)]]
    created: list[tuple[str, Document]] = [("create_subscriber", {"Subscriber": item}) for item in come]
    return [*replaced, *created, *(("delete_subscriber", {"Subscriber": item}) for item in gone)]


def budget_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return the keys of the document that differ, with their new values; tags are not among them."""
    changes = {key: value for key, value in wanted(options).items() if current[key] != value}
    if options["notifications"] is not None:
        asked = sorted(map(notification, options["notifications"]), key=address)
        if asked != current["notifications"]:
            changes["notifications"] = asked
    return changes


def faults(options: Mapping[str, Any]) -> list[str]:
    """Return what AWS would refuse, in words."""
    asked = [notification(item) for item in options["notifications"] or []]
    result = [f"the notification at {item['percent']:g} tells nobody: give it emails or a topic" for item in asked if not subscribers(item)]
    result += [
        f"the notification at {item['percent']:g} has {len(item['emails'])} addresses, ten at most"
        for item in asked
        if len(item["emails"]) > 10
    ]
    if len({address(item) for item in asked}) < len(asked):
        result.append("two notifications are the same but for whom they tell: make them one")
    if len(asked) > MOST:
        result.append("a budget has ten notifications at most")
    return result
