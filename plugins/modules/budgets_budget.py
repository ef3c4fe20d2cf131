#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a budget of AWS Budgets, with its notifications and tags."""

from __future__ import annotations

DOCUMENTATION = r"""
module: budgets_budget
version_added: 0.5.0
short_description: Manage a budget of AWS Budgets
description:
  - Creates, changes and deletes a budget, with what counts towards it, its notifications and its tags.
  - What the options do not mention is left alone.
options:
  name:
    description: The name of the budget, unique in the account.
    type: str
    required: true
    aliases: [budget_name]
  amount:
    description: The limit for each O(time_unit), in O(unit). A new budget needs it.
    type: float
  unit:
    description: The currency of a cost budget; the unit of a usage budget, such as V(GB).
    type: str
    default: USD
  budget_type:
    description: What is measured. It cannot change.
    type: str
    choices: [COST, USAGE]
    default: COST
  time_unit:
    description: The time after which the budget starts anew.
    type: str
    choices: [DAILY, MONTHLY, QUARTERLY, ANNUALLY]
    default: MONTHLY
  tags_counted:
    description:
      - Which costs count, by tag, each with its value or a list of values.
      - The keys must be activated as cost allocation tags in the account.
    type: dict
  cost_filters:
    description: Which costs count beside O(tags_counted), as names of AWS Budgets with lists of values, such as V(Service).
    type: dict
  cost_types:
    description: Which kinds of costs count. What is left out is as AWS does it.
    type: dict
    suboptions:
      include_credit:
        description: Whether credits count. V(true) unless given.
        type: bool
      include_discount:
        description: Whether discounts count. V(true) unless given.
        type: bool
      include_other_subscription:
        description: Whether other subscriptions count. V(true) unless given.
        type: bool
      include_recurring:
        description: Whether recurring costs count. V(true) unless given.
        type: bool
      include_refund:
        description: Whether refunds count. V(true) unless given.
        type: bool
      include_subscription:
        description: Whether subscriptions count. V(true) unless given.
        type: bool
      include_support:
        description: Whether support counts. V(true) unless given.
        type: bool
      include_tax:
        description: Whether taxes count. V(true) unless given.
        type: bool
      include_upfront:
        description: Whether what was paid in advance counts. V(true) unless given.
        type: bool
      use_amortized:
        description: Whether what was paid in advance is spread over the time. V(false) unless given.
        type: bool
      use_blended:
        description: Whether blended rates count. V(false) unless given.
        type: bool
  notifications:
    description: All notifications of the budget, ten at most; others are removed.
    type: list
    elements: dict
    suboptions:
      percent:
        description: The threshold, in percent of O(amount) unless O(notifications[].threshold_type) says otherwise.
        type: float
        required: true
      threshold_type:
        description: Whether the threshold is a percentage or an amount.
        type: str
        choices: [PERCENTAGE, ABSOLUTE_VALUE]
        default: PERCENTAGE
      type:
        description: Whether what was spent counts, or what will have been spent by the end of the time.
        type: str
        choices: [ACTUAL, FORECASTED]
        default: ACTUAL
      comparison:
        description: How the costs are compared with the threshold.
        type: str
        choices: [GREATER_THAN, LESS_THAN, EQUAL_TO]
        default: GREATER_THAN
      emails:
        description: Who gets a mail, ten addresses at most.
        type: list
        elements: str
        default: []
      topic_arn:
        description: The ARN of the SNS topic that is told. Its policy must let V(budgets.amazonaws.com) publish.
        type: str
  state:
    description: Whether the budget exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws has a module for budgets.
  - AWS Budgets is global. Budgets belong to the account of the credentials.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Tell the team when a month costs a fifth more than it should
  stratum.aws.budgets_budget:
    name: shop-prod-monthly
    amount: 500
    tags_counted:
      Project: shop
      Environment: prod
    notifications:
      - percent: 100
        type: FORECASTED
        emails: [team@example.com]
      - percent: 120
        emails: [team@example.com]
        topic_arn: arn:aws:sns:us-east-1:123456789012:alerts
    tags:
      Project: shop

- name: Delete the budget
  stratum.aws.budgets_budget:
    name: shop-prod-monthly
    state: absent
"""

RETURN = r"""
budget:
  description: The budget, or null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-prod-monthly
    arn:
      description: Its ARN.
      returned: always
      type: str
      sample: arn:aws:budgets::123456789012:budget/shop-prod-monthly
    amount:
      description: The limit.
      returned: always
      type: str
      sample: "500"
    unit:
      description: The currency or the unit of the limit.
      returned: always
      type: str
      sample: USD
    budget_type:
      description: What is measured.
      returned: always
      type: str
      sample: COST
    time_unit:
      description: The time after which it starts anew.
      returned: always
      type: str
      sample: MONTHLY
    cost_filters:
      description: What counts, in AWS's words.
      returned: always
      type: dict
      sample: {"TagKeyValue": ["user:Project$shop"]}
    cost_types:
      description: Which kinds of costs count.
      returned: always
      type: dict
      sample: {"include_tax": true}
    notifications:
      description: When somebody is told, in the form of the options.
      returned: always
      type: list
      elements: dict
      sample: [{"percent": 120.0, "type": ACTUAL, "comparison": GREATER_THAN, "emails": [team@example.com], "topic_arn": ""}]
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {"Project": shop}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils import _budget as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags


class Budget(AwsResource):
    """A budget, known by its name."""

    service = "budgets"
    kind = "Budget"
    returns = "budget"
    missing = ("NotFoundException",)
    cures: ClassVar[Mapping[str, str]] = {
        "ValidationException": "Check the amount, which is more than 0, the name and the addresses.",
        "InvalidParameterException": "Check the amount, the filters and the addresses; a topic must let budgets.amazonaws.com publish.",
        "CreationLimitExceededException": "Delete notifications or budgets that are not used.",
        "DuplicateRecordException": "Another run makes the same: run again.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.account, partition = get_aws_account_info(module)
        self.arn = f"arn:{partition}:budgets::{self.account}:budget/{self.identity}"
        self._whole: Document = {}

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def _named(self) -> Document:
        return {"AccountId": self.account, "BudgetName": self.identity}

    def _describe(self) -> Document | None:
        answer = self.find("describe_budget", **self._named)
        if answer is None:
            return None
        self._whole = answer["Budget"]
        items = self.collect("describe_notifications_for_budget", "Notifications", **self._named)
        notifications = [pure.found(item, self._subscribers(item)) for item in items]
        tags = self.call("list_tags_for_resource", ResourceARN=self.arn).get("ResourceTags", [])
        return {"arn": self.arn, **pure.document(self._whole, notifications, boto3_tag_list_to_ansible_dict(tags))}

    def _subscribers(self, notification: Document) -> list[dict[str, str]]:
        named = {
            key: notification[key]
            for key in ("NotificationType", "ComparisonOperator", "Threshold", "ThresholdType")
            if key in notification
        }
        return self.collect("describe_subscribers_for_notification", "Subscribers", **self._named, Notification=named)

    def _changes(self, current: Document) -> Document:
        self._refuse()
        changes = pure.budget_changes(current, self.params)
        if "budget_type" in changes:
            self.fail(f"it is a budget of {current['budget_type']}, which cannot change. Delete it first, or take another name.")
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _refuse(self) -> None:
        if faults := pure.faults(self.params):
            self.fail(f"{'; '.join(faults)}.")

    def _predict(self) -> Document:
        self._refuse()
        if self.params["amount"] is None:
            self.fail("a new budget needs amount.")
        shown = {"cost_filters": {}, "cost_types": dict(pure.COST_TYPES), **pure.wanted(self.params)}
        notifications = sorted(map(pure.notification, self.params["notifications"] or []), key=pure.address)
        return {
            "arn": self.arn,
            "name": self.identity,
            **shown,
            "notifications": notifications,
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _create(self) -> None:
        new = self._predict()
        self.call(
            "create_budget",
            AccountId=self.account,
            Budget=pure.request(self.identity, new, {}),
            NotificationsWithSubscribers=[
                {"Notification": pure.details(item), "Subscribers": pure.subscribers(item)} for item in new["notifications"]
            ],
            ResourceTags=ansible_dict_to_boto3_tag_list(new["tags"]) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        if set(changes) - {"notifications", "tags"}:
            self.call("update_budget", AccountId=self.account, NewBudget=pure.request(self.identity, {**current, **changes}, self._whole))
        if "notifications" in changes:
            self._notify(current["notifications"], changes["notifications"])
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceARN=self.arn, ResourceTags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceARN=self.arn, ResourceTagKeys=keys),
        )

    def _notify(self, current: list[Document], wanted: list[Document]) -> None:
        there = {pure.address(item): item for item in current}
        asked = {pure.address(item): item for item in wanted}
        for key, item in there.items():
            if key not in asked:
                self.call("delete_notification", **self._named, Notification=pure.details(item))
        for key, item in asked.items():
            if key not in there:
                self.call("create_notification", **self._named, Notification=pure.details(item), Subscribers=pure.subscribers(item))
                continue
            named = {**self._named, "Notification": pure.details(item)}
            for operation, people in pure.moves(there[key], item):
                self.call(operation, **named, **people)

    def _delete(self, current: Document) -> None:
        self.find("delete_budget", **self._named)


def main() -> None:
    """Run the module."""
    notification: dict[str, dict[str, Any]] = {
        "percent": {"type": "float", "required": True},
        "threshold_type": {"choices": ["PERCENTAGE", "ABSOLUTE_VALUE"], "default": "PERCENTAGE"},
        "type": {"choices": ["ACTUAL", "FORECASTED"], "default": "ACTUAL"},
        "comparison": {"choices": ["GREATER_THAN", "LESS_THAN", "EQUAL_TO"], "default": "GREATER_THAN"},
        "emails": {"type": "list", "elements": "str", "default": []},
        "topic_arn": {},
    }
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["budget_name"]},
        "amount": {"type": "float"},
        "unit": {"type": "str", "default": "USD"},
        "budget_type": {"choices": ["COST", "USAGE"], "default": "COST"},
        "time_unit": {"choices": ["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"], "default": "MONTHLY"},
        "tags_counted": {"type": "dict"},
        "cost_filters": {"type": "dict"},
        "cost_types": {"type": "dict", "options": {name: {"type": "bool"} for name in pure.COST_TYPES}},
        "notifications": {"type": "list", "elements": "dict", "options": notification},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    Budget(module).run()


if __name__ == "__main__":
    main()
