# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQS: attributes are checked, encryption is of one kind, and a deleted name has to wait."""

from __future__ import annotations

import json

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator

from .parts import refused

pytestmark = pytest.mark.integration


def redrive(arn: str, count: int = 3) -> dict[str, str]:
    return {"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})}


def test_a_redrive_policy_names_a_queue_of_the_same_kind(account: Emulator) -> None:
    sqs = account.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    ordered = sqs.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn, other = (sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["QueueArn"] for url in (dead, ordered))
    with refused("InvalidParameterValue", "does not exist"):
        sqs.create_queue(QueueName="work", Attributes=redrive(f"{arn}-missing"))
    with refused("InvalidParameterValue", "same type"):
        sqs.create_queue(QueueName="work", Attributes=redrive(other))
    with refused("InvalidParameterValue", "1 to 1000"):
        sqs.create_queue(QueueName="work", Attributes=redrive(arn, 0))
    url = sqs.create_queue(QueueName="work", Attributes=redrive(arn))["QueueUrl"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]


def test_attributes_have_limits_and_keep_each_other(account: Emulator) -> None:
    sqs = account.client("sqs")
    with refused("InvalidAttributeValue"):
        sqs.create_queue(QueueName="work", Attributes={"MessageRetentionPeriod": "59"})
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    url = sqs.create_queue(QueueName="work", Attributes={"Policy": policy}, tags={"stratum:stack": "aa"})["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (attributes["Policy"], attributes["VisibilityTimeout"]) == (policy, "60")
    found = account.client("resourcegroupstaggingapi").get_resources()["ResourceTagMappingList"]
    assert [entry["ResourceARN"] for entry in found] == [attributes["QueueArn"]]


def test_one_kind_of_encryption_at_a_time(account: Emulator) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName="work")["QueueUrl"]

    def encryption() -> tuple[str, str | None]:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
        return attributes["SqsManagedSseEnabled"].lower(), attributes.get("KmsMasterKeyId")

    assert encryption() == ("true", None)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    assert encryption() == ("false", "alias/aws/sqs")
    with refused("InvalidAttributeValue"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/aws/sqs", "SqsManagedSseEnabled": "true"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"SqsManagedSseEnabled": "true"})
    assert encryption() == ("true", None)


def test_a_deleted_name_has_to_wait_as_long_as_on_aws(start_emulator: StartEmulator) -> None:
    sqs = start_emulator(delays="real").client("sqs")
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="work")["QueueUrl"])
    with refused("AWS.SimpleQueueService.QueueDeletedRecently"):
        sqs.create_queue(QueueName="work")


def test_without_delays_a_deleted_name_is_free(account: Emulator) -> None:
    sqs = account.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.create_queue(QueueName="work")["QueueUrl"])
    sqs.create_queue(QueueName="work")
