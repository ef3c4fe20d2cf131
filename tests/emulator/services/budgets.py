# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS Budgets, in place of moto's, which cannot update budgets, knows no subscribers and no tags, and checks next to nothing."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from moto.budgets import urls
from moto.budgets.models import BudgetsBackend, budgets_backends

from tests.emulator import wire
from tests.emulator.wire import Document, Operation, error, page

_FOREVER: Final = 3706473600.0  # 2087-06-15, where AWS ends a budget that has no end
_MOST: Final = 10
_ADDRESSES: Final = {"EMAIL": re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+"), "SNS": re.compile(r"arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+")}
_DEFAULT_COST_TYPES: Final = {
    **{
        f"Include{kind}": True
        for kind in ("Credit", "Discount", "OtherSubscription", "Recurring", "Refund", "Subscription", "Support", "Tax", "Upfront")
    },
    "UseAmortized": False,
    "UseBlended": False,
}


@dataclass
class Budget:
    """A budget, its notifications with their subscribers, and its tags."""

    data: Document
    notifications: list[tuple[Document, list[Document]]]
    tags: dict[str, str] = field(default_factory=dict)


class BudgetStore:
    """The budgets of one account."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.caller_arn = ""
        self.budgets: dict[str, Budget] = {}

    def settle(self) -> None:
        """Nothing here takes time."""

    def arn(self, name: str) -> str:
        """Return the ARN of a budget."""
        return f"arn:aws:budgets::{self.account_id}:budget/{name}"

    def budget(self, parameters: Document, verb: str = "get") -> Budget:
        """Return the budget that a request names, or fail as AWS does."""
        name = parameters["BudgetName"]
        if name not in self.budgets:
            raise error("NotFoundException", f"Unable to {verb} budget: {name} - the budget doesn't exist.")
        return self.budgets[name]

    def tags(self, parameters: Document) -> dict[str, str]:
        """Return the tags of the budget whose ARN a request names."""
        for name, budget in self.budgets.items():
            if self.arn(name) == parameters["ResourceARN"]:
                return budget.tags
        raise error("NotFoundException", f"Resource not found: {parameters['ResourceARN']}")


_open = wire.stores(budgets_backends, BudgetStore)


def open_store(account_id: str, _region: str = "") -> BudgetStore:
    """Return the budgets of an account, which has them in no region."""
    return _open(account_id, "aws")


def _invalid(message: str) -> Exception:
    return error("InvalidParameterException", message)


def _complete(budget: Document) -> Document:
    limit = budget.get("BudgetLimit")
    if limit is None and "PlannedBudgetLimits" not in budget and "AutoAdjustData" not in budget:
        raise _invalid(
            "Unable to create/update budget - please provide one of the followings: Budget Limit/ Planned Budget Limit/ Auto Adjust Data"
        )
    if limit is not None and float(limit["Amount"]) <= 0:
        raise _invalid("The amount of a budget must be greater than 0.")
    if ":" in budget["BudgetName"] or "\\" in budget["BudgetName"]:
        raise _invalid("Budget names cannot contain : or \\.")
    for value in (budget.get("CostFilters") or {}).get("TagKeyValue", []):
        if "$" not in value:
            raise _invalid(f"The tag filter {value} is not of the form key$value.")
    now = time.gmtime()
    start = float(int(time.mktime((now.tm_year, now.tm_mon, 1, 0, 0, 0, 0, 0, 0))))
    period = {"Start": start, "End": _FOREVER, **(budget.get("TimePeriod") or {})}
    spend = {"ActualSpend": {"Amount": "0.0", "Unit": (limit or {}).get("Unit", "USD")}}
    types = {**_DEFAULT_COST_TYPES, **(budget.get("CostTypes") or {})} if budget["BudgetType"] == "COST" else None
    whole = {**budget, "TimePeriod": period, "CalculatedSpend": spend, "LastUpdatedTime": time.time(), "CostTypes": types}
    return {key: value for key, value in whole.items() if value is not None}


def _notification(details: Document, subscribers: list[Document]) -> tuple[Document, list[Document]]:
    if not subscribers:
        raise _invalid("A notification needs at least one subscriber.")
    if details["Threshold"] <= 0:
        raise _invalid("The threshold of a notification must be greater than 0.")
    for subscriber in subscribers:
        _check_address(subscriber)
    people: list[Document] = []
    for subscriber in subscribers:
        _join(people, subscriber)
    return {"ThresholdType": "PERCENTAGE", **details, "NotificationState": "OK"}, people


def _check_address(subscriber: Document) -> None:
    if not _ADDRESSES[subscriber["SubscriptionType"]].fullmatch(subscriber["Address"]):
        raise _invalid(f"The address {subscriber['Address']} is not valid for {subscriber['SubscriptionType']}.")


def _join(people: list[Document], subscriber: Document) -> None:
    _check_address(subscriber)
    if subscriber in people:
        raise error("DuplicateRecordException", "Subscriber already exists")
    most = _MOST if subscriber["SubscriptionType"] == "EMAIL" else 1
    if sum(item["SubscriptionType"] == subscriber["SubscriptionType"] for item in people) >= most:
        raise error("CreationLimitExceededException", f"A notification has at most {most} {subscriber['SubscriptionType']} subscribers")
    people.append(subscriber)


def _address(details: Document) -> tuple[Any, ...]:
    kind = details.get("ThresholdType", "PERCENTAGE")
    return details["NotificationType"], details["ComparisonOperator"], float(details["Threshold"]), kind


def _find(budget: Budget, details: Document) -> tuple[Document, list[Document]]:
    for notification in budget.notifications:
        if _address(notification[0]) == _address(details):
            return notification
    raise error("NotFoundException", "Unable to find notification - the notification doesn't exist.")


def create_budget(store: BudgetStore, parameters: Document) -> None:
    """Create a budget with its notifications."""
    name = parameters["Budget"]["BudgetName"]
    if name in store.budgets:
        raise error("DuplicateRecordException", f"Error creating budget: {name} - the budget already exists.")
    asked = parameters.get("NotificationsWithSubscribers") or []
    if len(asked) > _MOST:
        raise error("CreationLimitExceededException", "A budget has at most 10 notifications")
    notifications = [_notification(item["Notification"], item["Subscribers"]) for item in asked]
    tags = {tag["Key"]: tag["Value"] for tag in parameters.get("ResourceTags") or []}
    store.budgets[name] = Budget(_complete(parameters["Budget"]), notifications, tags)


def update_budget(store: BudgetStore, parameters: Document) -> None:
    """Replace a budget; its notifications stay."""
    new = parameters["NewBudget"]
    budget = store.budget(new, "update")
    if new["BudgetType"] != budget.data["BudgetType"]:
        raise _invalid("The type of a budget cannot be changed.")
    budget.data = _complete({"TimePeriod": budget.data["TimePeriod"], **new})


def describe_budget(store: BudgetStore, parameters: Document) -> Document:
    """Return one budget."""
    return {"Budget": store.budget(parameters).data}


def describe_budgets(store: BudgetStore, parameters: Document) -> Document:
    """Return the budgets of the account."""
    return _paged("Budgets", [budget.data for budget in store.budgets.values()], parameters)


def delete_budget(store: BudgetStore, parameters: Document) -> None:
    """Delete a budget with its notifications."""
    store.budget(parameters, "delete")
    del store.budgets[parameters["BudgetName"]]


def _paged(key: str, items: list[Any], parameters: Document) -> Document:
    items, token = page(items, {"nextToken": parameters.get("NextToken"), "maxResults": parameters.get("MaxResults")})
    return {key: items, "NextToken": token}


def create_notification(store: BudgetStore, parameters: Document) -> None:
    """Add a notification to a budget."""
    budget, details = store.budget(parameters, "create notification for"), parameters["Notification"]
    if any(_address(known) == _address(details) for known, _people in budget.notifications):
        raise error("DuplicateRecordException", "The notification already exists.")
    if len(budget.notifications) >= _MOST:
        raise error("CreationLimitExceededException", "A budget has at most 10 notifications")
    budget.notifications.append(_notification(details, parameters["Subscribers"]))


def delete_notification(store: BudgetStore, parameters: Document) -> None:
    """Take a notification from a budget."""
    budget = store.budget(parameters)
    budget.notifications.remove(_find(budget, parameters["Notification"]))


def describe_notifications_for_budget(store: BudgetStore, parameters: Document) -> Document:
    """Return the notifications of a budget, without their subscribers."""
    return _paged("Notifications", [details for details, _people in store.budget(parameters).notifications], parameters)


def describe_subscribers_for_notification(store: BudgetStore, parameters: Document) -> Document:
    """Return who is told by a notification."""
    return _paged("Subscribers", _find(store.budget(parameters), parameters["Notification"])[1], parameters)


def create_subscriber(store: BudgetStore, parameters: Document) -> None:
    """Let somebody more be told by a notification."""
    _join(_find(store.budget(parameters), parameters["Notification"])[1], parameters["Subscriber"])


def update_subscriber(store: BudgetStore, parameters: Document) -> None:
    """Let somebody be told in the place of another."""
    people = _find(store.budget(parameters), parameters["Notification"])[1]
    if parameters["OldSubscriber"] not in people:
        raise error("NotFoundException", "Unable to find subscriber - the subscriber doesn't exist.")
    _check_address(parameters["NewSubscriber"])
    people[people.index(parameters["OldSubscriber"])] = parameters["NewSubscriber"]


def delete_subscriber(store: BudgetStore, parameters: Document) -> None:
    """Let somebody no longer be told; the notification goes with the last one."""
    budget = store.budget(parameters)
    notification = _find(budget, parameters["Notification"])
    if parameters["Subscriber"] not in notification[1]:
        raise error("NotFoundException", "Unable to find subscriber - the subscriber doesn't exist.")
    notification[1].remove(parameters["Subscriber"])
    if not notification[1]:
        budget.notifications.remove(notification)


def list_tags_for_resource(store: BudgetStore, parameters: Document) -> Document:
    """Return the tags of a budget."""
    return {"ResourceTags": [{"Key": key, "Value": value} for key, value in store.tags(parameters).items()]}


def tag_resource(store: BudgetStore, parameters: Document) -> None:
    """Tag a budget."""
    store.tags(parameters).update({tag["Key"]: tag["Value"] for tag in parameters["ResourceTags"]})


def untag_resource(store: BudgetStore, parameters: Document) -> None:
    """Take tags from a budget."""
    for key in parameters["ResourceTagKeys"]:
        store.tags(parameters).pop(key, None)


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateBudget": create_budget,
    "UpdateBudget": update_budget,
    "DescribeBudget": describe_budget,
    "DescribeBudgets": describe_budgets,
    "DeleteBudget": delete_budget,
    "CreateNotification": create_notification,
    "DeleteNotification": delete_notification,
    "DescribeNotificationsForBudget": describe_notifications_for_budget,
    "DescribeSubscribersForNotification": describe_subscribers_for_notification,
    "CreateSubscriber": create_subscriber,
    "UpdateSubscriber": update_subscriber,
    "DeleteSubscriber": delete_subscriber,
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}


class BudgetsResponse(wire.WireResponse):
    """Every operation of AWS Budgets that the emulator answers."""

    service = "budgets"

    @staticmethod
    def open_store(account_id: str, region: str) -> BudgetStore:
        """Return the budgets of the account."""
        return open_store(account_id, region)


def install() -> None:
    """Answer the requests to AWS Budgets with the operations of this file."""
    wire.respond(BudgetsResponse, OPERATIONS)
    wire.list_in_tagging_api(BudgetsBackend, "budgets", _tagged)
    urls.url_paths = {"{0}/$": BudgetsResponse.dispatch}


def _tagged(backend: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    store = open_store(backend.account_id)
    for name, budget in store.budgets.items():
        yield store.arn(name), "budget", budget.tags
