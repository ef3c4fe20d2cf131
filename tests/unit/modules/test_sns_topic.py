# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a topic and its subscriptions have against what their user wants."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.sns_topic import address, attribute, subscriptions_after, topic_changes

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
MAIL: dict[str, Any] = {"protocol": "email", "endpoint": "a@example.com"}
QUEUE: dict[str, Any] = {"protocol": "sqs", "endpoint": "arn:aws:sqs:us-east-1:123456789012:q"}
CONFIRMED = {**QUEUE, "arn": "arn:aws:sns:us-east-1:123456789012:t:1"}
PENDING = {**MAIL, "arn": "PendingConfirmation"}


@pytest.mark.parametrize(("value", "text"), [(True, "true"), ({"a": 1}, '{"a": 1}'), ("x", "x")])
def test_attributes_are_texts(value: Any, text: str) -> None:
    assert attribute(value) == text


@pytest.mark.parametrize(
    ("current", "wanted", "changed"),
    [
        ("", KEY, True),
        (KEY, KEY, False),
        (KEY, "1234", False),
        (KEY, "", True),
        ("", "", False),
        ("", "alias/aws/sns", True),
        ("alias/aws/sns", "alias/aws/sns", False),
        (KEY, None, False),
    ],
)
def test_encryption_is_turned_on_changed_and_turned_off(current: str, wanted: str | None, changed: bool) -> None:
    found = topic_changes({"kms_master_key_id": current}, {"kms_master_key_id": wanted})
    assert found == ({"kms_master_key_id": wanted} if changed else {})


def test_policies_are_compared_by_what_they_mean() -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": ["sns:Publish"], "Resource": "*"}
    current = {"policy": {"Version": "2012-10-17", "Statement": [statement]}}
    same = {"policy": {"Version": "2012-10-17", "Statement": {**statement, "Action": "sns:Publish"}}}
    assert topic_changes(current, same) == {}
    other = {"policy": {"Version": "2012-10-17", "Statement": {**statement, "Effect": "Deny"}}}
    assert topic_changes(current, other) == other


def test_keys_of_the_delivery_policy_that_are_not_mentioned_stay() -> None:
    current = {"delivery_policy": {"http": {"disableSubscriptionOverrides": False, "defaultHealthyRetryPolicy": {"numRetries": 3}}}}
    assert topic_changes(current, {"delivery_policy": {"http": {"defaultHealthyRetryPolicy": {"numRetries": 3}}}}) == {}
    changes = topic_changes(current, {"delivery_policy": {"http": {"defaultHealthyRetryPolicy": {"numRetries": 9}}}})
    assert changes["delivery_policy"]["http"] == {"disableSubscriptionOverrides": False, "defaultHealthyRetryPolicy": {"numRetries": 9}}


def test_phone_numbers_are_bare() -> None:
    assert address({"protocol": "sms", "endpoint": "+1 (555) 0100"}) == ("sms", "+15550100")


def test_subscriptions_are_left_alone_or_as_wanted() -> None:
    assert subscriptions_after([CONFIRMED], None, purge=True) is None
    assert subscriptions_after([PENDING, CONFIRMED], [QUEUE, MAIL], purge=True) is None


def test_a_confirmed_subscription_is_purged_and_a_pending_one_is_not() -> None:
    assert subscriptions_after([PENDING, CONFIRMED], [], purge=True) == [PENDING]
    assert subscriptions_after([PENDING, CONFIRMED], [], purge=False) is None


def test_a_new_subscription_is_added() -> None:
    assert subscriptions_after([CONFIRMED], [QUEUE, MAIL], purge=True) == [MAIL, CONFIRMED]


def test_options_of_a_confirmed_subscription_change() -> None:
    current = {**CONFIRMED, "raw_message_delivery": False, "filter_policy": {}}
    assert subscriptions_after([current], [{**QUEUE, "raw_message_delivery": True}], purge=True) == [
        {**current, "raw_message_delivery": True}
    ]
    assert subscriptions_after([PENDING], [{**MAIL, "filter_policy": {"a": ["b"]}}], purge=True) is None
