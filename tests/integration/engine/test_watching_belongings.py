# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What watches a stack is found by its tags, known to the graph that made it, removed as an orphan, and told of by property."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _orphans
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._orphans import Managed
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import run

from .test_removal import refused, remove_orphans
from .test_tagged import REGION, TAGS, find

pytestmark = pytest.mark.integration

ROLE = "arn:aws:iam::123456789012:role/canary"
MODULES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("budgets_budget", {"name": "shop", "amount": 5, "notifications": [{"percent": 80, "emails": ["a@example.com"]}]}),
    ("cloudtrail_trail", {"name": "shop", "bucket": "shop-trail"}),
    ("eventbridge_rule", {"name": "shop", "schedule_expression": "rate(1 hour)", "targets": [{"id": "a", "arn": "arn:aws:sns:x:1:a"}]}),
    (
        "synthetics_canary",
        {
            "name": "shop",
            "script": "x",
            "handler": "canary.handler",
            "runtime": "syn-nodejs-puppeteer-10.0",
            "schedule": "rate(1 hour)",
            "artifact_location": "s3://shop-trail/canary",
            "role_arn": ROLE,
        },
    ),
    ("xray_group", {"name": "shop", "filter_expression": "fault = true"}),
    ("xray_sampling_rule", {"name": "shop", "priority": 5, "fixed_rate": 0.05}),
)


@pytest.fixture
def shop(account: Emulator) -> Emulator:
    """Make what the modules need, without tags."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="shop-trail", CreateBucketConfiguration={"LocationConstraint": REGION})
    principal = {"Service": "cloudtrail.amazonaws.com"}
    statements = [
        {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"} for action in ("s3:GetBucketAcl", "s3:PutObject")
    ]
    s3.put_bucket_policy(Bucket="shop-trail", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    account.client("iam").create_role(
        RoleName="canary", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    )
    return account


def make(account: Emulator) -> list[Managed]:
    managed = []
    for module, arguments in MODULES:
        given = {**arguments, "tags": TAGS}
        result = run(module, given, account.environment, check=False, diff=False)
        assert not result.failed, result.msg
        managed.append(Managed(f"stratum.aws.{module}", given, result))
    return managed


def test_all_is_found_known_and_removed(shop: Emulator) -> None:
    managed = make(shop)
    found = find(shop)
    assert len(found) == len(MODULES)
    assert _orphans.orphans(found.values(), managed) == []
    # By their names alone, too: where a module failed, nothing of its is taken for an orphan.
    assert _orphans.orphans(found.values(), [Managed(each.module, each.args) for each in managed]) == []
    assert refused(remove_orphans(shop)) == {}
    assert find(shop) == {}
    assert shop.client("lambda").list_functions()["Functions"] == []


def test_changes_are_told_by_property(shop: Emulator) -> None:
    make(shop)

    def told(service: str, operation: str, **parameters: Any) -> list[str]:
        changes = _current.changes(shop.client(service), operation, parameters) or []
        return sorted(str(change.as_dict()["property"]) for change in changes)

    budget = shop.client("budgets").describe_budget(AccountId="123456789012", BudgetName="shop")["Budget"]
    dearer = {**budget, "BudgetLimit": {"Amount": "7", "Unit": "USD"}}
    assert told("budgets", "UpdateBudget", AccountId="123456789012", NewBudget=dearer) == ["budget_limit.amount"]
    details = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
    person = {"SubscriptionType": "EMAIL", "Address": "b@example.com"}
    named = {"AccountId": "123456789012", "BudgetName": "shop", "Notification": details}
    assert told("budgets", "CreateSubscriber", **named, Subscriber=person) == ["notification ACTUAL GREATER_THAN 80 % by EMAIL"]
    assert told("cloudtrail", "UpdateTrail", Name="shop", IsMultiRegionTrail=True) == ["is_multi_region_trail"]
    assert told("cloudtrail", "StopLogging", Name="shop") == ["logging"]
    assert told("events", "PutRule", Name="shop", ScheduleExpression="rate(2 hours)", State="ENABLED") == ["schedule_expression"]
    assert told("events", "RemoveTargets", Rule="shop", Ids=["a"]) == ["target a"]
    assert told("synthetics", "UpdateCanary", Name="shop", SuccessRetentionPeriodInDays=7) == ["success_retention_period_in_days"]
    assert told("synthetics", "StopCanary", Name="shop") == ["status"]
    assert told("xray", "UpdateGroup", GroupName="shop", FilterExpression="ok = true") == ["filter_expression"]
    assert told("xray", "UpdateSamplingRule", SamplingRuleUpdate={"RuleName": "shop", "FixedRate": 0.5}) == ["fixed_rate"]
