# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SNS topic with encryption, policies and subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "sns_topic"
ARN = "arn:aws:sns:ca-central-1:123456789012:alerts"
QUEUE = "arn:aws:sqs:ca-central-1:123456789012:alerts"
TOPIC: dict[str, Any] = {
    "name": "alerts",
    "display_name": "Alerts",
    "kms_master_key_id": "arn:aws:kms:ca-central-1:123456789012:key/1234",
    "policy": {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish", "Resource": ARN}],
    },
    "subscriptions": [
        {"protocol": "email", "endpoint": "on-call@example.com"},
        {"protocol": "sqs", "endpoint": QUEUE, "raw_message_delivery": True},
    ],
    "tags": {"Environment": "prod"},
}


@pytest.fixture(autouse=True)
def queue(account: Any) -> None:
    """Make the queue that subscribes."""
    account.client("sqs").create_queue(QueueName="alerts")


def topics(account: Any) -> list[str]:
    return [item["TopicArn"] for item in account.client("sns").list_topics()["Topics"]]


def endpoints(account: Any) -> set[str]:
    return {item["Endpoint"] for item in account.client("sns").list_subscriptions_by_topic(TopicArn=ARN)["Subscriptions"]}


def test_check_mode_creates_nothing_and_knows_the_arn(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, TOPIC, check=True)
    assert result.changed, result.msg
    assert result["topic"]["arn"] == ARN
    assert len(result["topic"]["subscriptions"]) == 2
    assert topics(account) == []


def test_the_second_run_changes_nothing(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, TOPIC)
    assert first.changed, first.msg
    assert first["topic"]["kms_master_key_id"] == TOPIC["kms_master_key_id"]
    assert first["topic"]["subscriptions"][0]["arn"] == "PendingConfirmation"
    assert first["topic"]["tags"] == {"Environment": "prod"}
    second = run_module(MODULE, TOPIC)
    assert not second.changed, second["diff"]
    assert second["topic"] == first["topic"]
    assert not run_module(MODULE, {"name": "alerts"}).changed


def test_attributes_and_tags_change(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, TOPIC)
    wanted = {"name": "alerts", "display_name": "Other", "kms_master_key_id": "", "tags": {"Owner": "platform"}}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"]["after"] == {"display_name": "Other", "kms_master_key_id": "", "tags": {"Owner": "platform"}}
    assert run_module(MODULE, wanted)["topic"]["display_name"] == "Other"
    assert not run_module(MODULE, wanted).changed


def test_subscriptions_change(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, TOPIC)
    envelope = {"protocol": "sqs", "endpoint": QUEUE, "raw_message_delivery": False, "filter_policy": {"kind": ["alarm"]}}
    wanted = {"name": "alerts", "subscriptions": [envelope]}
    changed = run_module(MODULE, wanted)
    assert changed.changed
    assert changed["topic"]["subscriptions"][1]["filter_policy"] == {"kind": ["alarm"]}
    assert not run_module(MODULE, wanted).changed
    assert not run_module(MODULE, {"name": "alerts", "subscriptions": [], "purge_subscriptions": False}).changed
    assert run_module(MODULE, {"name": "alerts", "subscriptions": []}).changed
    assert endpoints(account) == {"on-call@example.com"}


def test_a_fifo_topic_has_its_suffix(account: Any, run_module: RunModule) -> None:
    options = {"name": "events", "fifo": True, "content_based_deduplication": True}
    assert run_module(MODULE, options)["topic"]["name"] == "events.fifo"
    assert not run_module(MODULE, options).changed


def test_absent_deletes_it_once(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, TOPIC)
    gone = {"name": "alerts", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert topics(account) == [ARN]
    assert run_module(MODULE, gone).changed
    assert topics(account) == []
    assert not run_module(MODULE, gone).changed


def test_bad_input(account: Any, run_module: RunModule) -> None:
    assert "needs a FIFO topic" in run_module(MODULE, {"name": "x", "content_based_deduplication": True}).msg
    bad = run_module(MODULE, {"name": "not a name"})
    assert bad.failed
    assert "Check the name" in bad.msg
