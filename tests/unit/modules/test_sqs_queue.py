# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a queue differs, and the attributes that SQS is given for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.sqs_queue import (
    ENCRYPTION,
    FIFO,
    NUMBERS,
    attributes,
    described,
    queue_changes,
    queue_policy,
)

ARN = "arn:aws:sqs:us-east-1:123456789012:events"
DEAD = f"{ARN}-dlq"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234"
PLAIN: dict[str, str] = {"QueueArn": ARN, "VisibilityTimeout": "30", "DelaySeconds": "0", "SqsManagedSseEnabled": "true"}


def options(**given: Any) -> dict[str, Any]:
    names = (*NUMBERS, *FIFO, *ENCRYPTION, "dead_letter_arn")
    return {**dict.fromkeys(names), "max_receive_count": 5, **given}


def changed(current: dict[str, str], **given: Any) -> dict[str, str]:
    before = described(current)
    changes = queue_changes(before, options(**given), None)
    return attributes({**before, **changes}, list(changes))


def test_what_is_not_given_is_left_alone() -> None:
    assert changed({**PLAIN, "RedrivePolicy": json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": 3})}) == {}


def test_numbers_are_given_as_texts() -> None:
    assert changed(PLAIN, visibility_timeout=30, delay_seconds=5) == {"DelaySeconds": "5"}


@pytest.mark.parametrize(
    ("before", "given", "sent"),
    [
        # SQS encrypts with keys of its own.
        ({"SqsManagedSseEnabled": "true"}, {"encryption": "sqs"}, {}),
        # Not encrypted at all: somebody has switched it off.
        ({"SqsManagedSseEnabled": "false"}, {"encryption": "sqs"}, {"SqsManagedSseEnabled": "true"}),
        ({"SqsManagedSseEnabled": "false"}, {"encryption": "kms", "kms_master_key_id": KEY}, {"KmsMasterKeyId": KEY}),
        ({"KmsMasterKeyId": KEY}, {"encryption": "kms", "kms_master_key_id": "1234"}, {}),
        ({"KmsMasterKeyId": KEY}, {"encryption": "sqs"}, {"SqsManagedSseEnabled": "true", "KmsMasterKeyId": ""}),
        (
            {"KmsMasterKeyId": KEY, "KmsDataKeyReusePeriodSeconds": "300"},
            {"encryption": "kms", "kms_master_key_id": KEY, "kms_data_key_reuse_period_seconds": 600},
            {"KmsMasterKeyId": KEY, "KmsDataKeyReusePeriodSeconds": "600"},
        ),
    ],
)
def test_encryption(before: dict[str, str], given: dict[str, Any], sent: dict[str, str]) -> None:
    assert changed(before, **given) == sent


def test_a_dead_letter_queue_comes_changes_and_goes() -> None:
    there = {**PLAIN, "RedrivePolicy": json.dumps({"deadLetterTargetArn": DEAD, "maxReceiveCount": "5"})}
    wanted = {"deadLetterTargetArn": DEAD, "maxReceiveCount": 5}
    assert json.loads(changed(PLAIN, dead_letter_arn=DEAD)["RedrivePolicy"]) == wanted
    assert changed(there, dead_letter_arn=DEAD) == {}
    assert json.loads(changed(there, dead_letter_arn=DEAD, max_receive_count=3)["RedrivePolicy"])["maxReceiveCount"] == 3
    assert changed(there, dead_letter_arn="") == {"RedrivePolicy": ""}
    assert changed(PLAIN, dead_letter_arn="") == {}


def test_a_policy_denies_what_has_no_tls_and_completes_statements() -> None:
    policy = queue_policy(ARN, True, [{"Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}])
    deny, allow = policy["Statement"]
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert allow["Effect"] == "Allow"
    assert allow["Resource"] == ARN
    assert queue_policy(ARN, False, []) == {}


def test_a_policy_is_compared_by_what_it_says() -> None:
    policy = queue_policy(ARN, True, [])
    # AWS answers single values in lists and the other way round.
    answered = {**policy, "Statement": {**policy["Statement"][0], "Action": ["sqs:*"]}}
    before = described({**PLAIN, "Policy": json.dumps(answered)})
    assert queue_changes(before, options(), policy) == {}
    assert queue_changes(before, options(), {}) == {"policy": {}}
    assert attributes({**before, "policy": {}}, ["policy"]) == {"Policy": ""}
