# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the table of writes that is about what watches a stack: budgets, trails, rules of events, canaries and traces. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current_tags
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import ABSENT, PRESENT, Change, Manner, compare, words
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part, Row

Given = Mapping[str, Any]

_TRAIL: Final[dict[str, Any]] = {"read": "GetTrail", "ask": {"Name": "Name"}, "current": "Trail"}
_LOGGING: Final[dict[str, Any]] = {"name": "logging", "read": "GetTrailStatus", "ask": {"Name": "Name"}, "current": "IsLogging"}
_RUNS: Final[dict[str, Any]] = {"name": "status", "read": "GetCanary", "ask": {"Name": "Name"}, "current": "Canary.Status.State"}


def _budget(read: Reader, given: Given) -> Iterator[Change]:
    new = given["NewBudget"]
    current = read("DescribeBudget", AccountId=given["AccountId"], BudgetName=new["BudgetName"]).get("Budget", {})
    shape = read.shape("UpdateBudget", "NewBudget")
    for name, value in new.items():
        yield from compare(current.get(name, ABSENT), value, words(name), Manner(), shape.members[name])


def _notification(given: Given) -> str:
    it = given["Notification"]
    unit = "" if it.get("ThresholdType") == "ABSOLUTE_VALUE" else " %"
    return f"notification {it['NotificationType']} {it['ComparisonOperator']} {it['Threshold']:g}{unit}"


def _notified(read: Reader, given: Given) -> Iterator[Change]:
    # To AWS an address is a secret.
    number = len(given.get("Subscribers") or [])
    yield Change(_notification(given), ABSENT, f"to {number} subscriber{'' if number == 1 else 's'}")


def _no_longer_notified(_read: Reader, given: Given) -> Iterator[Change]:
    yield Change(_notification(given), PRESENT, ABSENT)


def _told(_read: Reader, given: Given) -> Iterator[Change]:
    yield Change(f"{_notification(given)} by {given['Subscriber']['SubscriptionType']}", ABSENT, given["Subscriber"]["Address"])


def _no_longer_told(_read: Reader, given: Given) -> Iterator[Change]:
    yield Change(f"{_notification(given)} by {given['Subscriber']['SubscriptionType']}", given["Subscriber"]["Address"], ABSENT)


def _told_instead(_read: Reader, given: Given) -> Iterator[Change]:
    old, new = given["OldSubscriber"], given["NewSubscriber"]
    yield Change(f"{_notification(given)} by {new['SubscriptionType']}", old["Address"], new["Address"])


def _targets(read: Reader, given: Given) -> Iterator[Change]:
    old = _targets_of(read, given)
    for target in given["Targets"]:
        yield from compare(old.get(target["Id"], ABSENT), target, f"target {target['Id']}", Manner())


def _targets_gone(read: Reader, given: Given) -> Iterator[Change]:
    old = _targets_of(read, given)
    for identifier in given["Ids"]:
        if identifier in old:
            yield Change(f"target {identifier}", old[identifier].get("Arn", PRESENT), ABSENT)


def _targets_of(read: Reader, given: Given) -> dict[str, Any]:
    named = {key: given[key] for key in ("Rule", "EventBusName") if key in given}
    return {target["Id"]: target for target in read("ListTargetsByRule", all_pages=True, **named).get("Targets") or []}


def _sampling(read: Reader, given: Given) -> Iterator[Change]:
    update = given["SamplingRuleUpdate"]
    records = read("GetSamplingRules", all_pages=True).get("SamplingRuleRecords") or []
    rules: list[dict[str, Any]] = [record["SamplingRule"] for record in records]
    current = next((rule for rule in rules if update.get("RuleName") == rule.get("RuleName")), {})
    for name, value in update.items():
        if name not in ("RuleName", "RuleARN") and current.get(name) != value:
            yield from compare(current.get(name, ABSENT), value, words(name), Manner())


def _selectors(read: Reader, given: Given) -> Iterator[Change]:
    answer = read("GetEventSelectors", TrailName=given["TrailName"])
    for name in ("AdvancedEventSelectors", "EventSelectors"):
        if name in given or answer.get(name):
            yield from compare(answer.get(name) or ABSENT, given.get(name, ABSENT), words(name), Manner())


def _insights(read: Reader, given: Given) -> Iterator[Change]:
    def kinds(selectors: Any) -> list[str]:
        return sorted(each["InsightType"] for each in selectors or [])

    old = kinds(read("GetInsightSelectors", TrailName=given["TrailName"]).get("InsightSelectors"))
    yield from compare(old, kinds(given["InsightSelectors"]), "insights", Manner())


def _trail_tags(gone: bool) -> Row:
    """Return the rule for tags of trails, which CloudTrail lists for several resources at once."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        listed = read("ListTags", ResourceIdList=[given["ResourceId"]]).get("ResourceTagList") or [{}]
        current = _current_tags.mapping(listed[0].get("TagsList"))
        if gone:
            yield from _current_tags.removed(current, _current_tags.keys(given["TagsList"]))
        else:
            yield from _current_tags.differing(current, _current_tags.mapping(given["TagsList"]))

    return rule


WATCHING: Final[dict[str, Row]] = {
    "budgets:CreateNotification": _notified,
    "budgets:CreateSubscriber": _told,
    "budgets:DeleteNotification": _no_longer_notified,
    "budgets:DeleteSubscriber": _no_longer_told,
    "budgets:UpdateBudget": _budget,
    "budgets:UpdateSubscriber": _told_instead,
    "cloudtrail:AddTags": _trail_tags(False),
    "cloudtrail:PutEventSelectors": _selectors,
    "cloudtrail:PutInsightSelectors": _insights,
    "cloudtrail:RemoveTags": _trail_tags(True),
    "cloudtrail:StartLogging": Part(**_LOGGING, new="`true`"),
    "cloudtrail:StopLogging": Part(**_LOGGING, new="`false`"),
    "cloudtrail:UpdateTrail": Fields(**_TRAIL, apart=frozenset({"Name"}), rename={"EnableLogFileValidation": "LogFileValidationEnabled"}),
    "events:PutRule": Fields(
        read="DescribeRule",
        ask={"Name": "Name", "EventBusName": "EventBusName"},
        apart=frozenset({"Name", "EventBusName", "Tags"}),
        whole=True,
        defaults={"Arn": ..., "State": "ENABLED", "CreatedBy": ..., "ManagedBy": ...},
    ),
    "events:PutTargets": _targets,
    "events:RemoveTargets": _targets_gone,
    "synthetics:StartCanary": Part(**_RUNS, new='`"RUNNING"`'),
    "synthetics:StopCanary": Part(**_RUNS, new='`"STOPPED"`'),
    "synthetics:UpdateCanary": Fields(
        read="GetCanary",
        ask={"Name": "Name"},
        current="Canary",
        apart=frozenset({"Name", "DryRunId", "AddReplicaLocations", "RemoveReplicaLocations", "VisualReferences"}),
    ),
    "xray:UpdateGroup": Fields(
        read="GetGroup",
        ask={"GroupName": "GroupName", "GroupARN": "GroupARN"},
        current="Group",
        apart=frozenset({"GroupName", "GroupARN"}),
    ),
    "xray:UpdateSamplingRule": _sampling,
}
"""One row per write, as in `_current_table.py`."""
