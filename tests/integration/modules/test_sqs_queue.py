# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A queue over its whole life."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "sqs_queue"
ARN = "arn:aws:sqs:ca-central-1:123456789012:events"
KEY = "arn:aws:kms:ca-central-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef"
OPTIONS: dict[str, Any] = {
    "name": "events",
    "encryption": "sqs",
    "visibility_timeout": 60,
    "message_retention_period": 86400,
    "require_tls": True,
    "tags": {"Service": "video", "cost": 7},
}


def stored(account: Any, name: str = "events") -> dict[str, str]:
    sqs = account.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    answer: dict[str, str] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return answer


def names(account: Any) -> list[str]:
    return [url.rpartition("/")[2] for url in account.client("sqs").list_queues().get("QueueUrls", [])]


def test_creates_in_one_call_and_then_changes_nothing(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first
    queue = first["queue"]
    assert queue["arn"] == ARN
    assert queue["url"].endswith("/events")
    assert queue["encryption"] == "sqs"
    assert queue["tags"] == {"Service": "video", "cost": "7"}
    assert queue["policy"]["Statement"][0]["Resource"] == ARN
    assert stored(account)["VisibilityTimeout"] == "60"
    again = run_module(MODULE, OPTIONS)
    assert not again.changed, again
    assert again["queue"] == queue


def test_check_mode_says_what_would_be_and_writes_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, OPTIONS, check=True)
    assert result.changed, result
    assert result["queue"]["arn"] == ARN
    assert result["diff"]["before"] == {}
    assert names(account) == []


def test_changes_what_differs(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    wanted = {**OPTIONS, "visibility_timeout": 90, "encryption": "kms", "kms_master_key_id": KEY, "tags": {"Service": "search"}}
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["before"]["visibility_timeout"] == 60
    assert planned["diff"]["after"]["kms_master_key_id"] == KEY
    assert stored(account)["VisibilityTimeout"] == "60"
    result = run_module(MODULE, wanted)
    assert result.changed, result
    assert stored(account)["KmsMasterKeyId"] == KEY
    assert result["queue"]["tags"] == {"Service": "search"}
    # What the change did not name is still there.
    assert json.loads(stored(account)["Policy"])["Statement"][0]["Sid"] == "DenyRequestsWithoutTls"
    assert not run_module(MODULE, wanted).changed
    back = run_module(MODULE, {**wanted, "encryption": "sqs", "kms_master_key_id": None})
    assert back["queue"]["encryption"] == "sqs", back
    assert "KmsMasterKeyId" not in stored(account) or not stored(account)["KmsMasterKeyId"]


def test_a_dead_letter_queue(account: Any, run_module: RunModule) -> None:
    dead = run_module(MODULE, {"name": "events-dlq"})["queue"]["arn"]
    wanted = {"name": "events", "dead_letter_arn": dead, "max_receive_count": 3}
    assert run_module(MODULE, wanted).changed
    assert json.loads(stored(account)["RedrivePolicy"]) == {"deadLetterTargetArn": dead, "maxReceiveCount": 3}
    assert not run_module(MODULE, wanted).changed
    assert not run_module(MODULE, {"name": "events"}).changed
    result = run_module(MODULE, {"name": "events", "dead_letter_arn": ""})
    assert result.changed, result
    assert not stored(account).get("RedrivePolicy")


def test_a_fifo_queue(account: Any, run_module: RunModule) -> None:
    wanted = {"name": "orders", "fifo": True, "content_based_deduplication": True}
    first = run_module(MODULE, wanted)
    assert first.changed, first
    assert first["queue"]["name"] == "orders.fifo"
    assert stored(account, "orders.fifo")["ContentBasedDeduplication"] == "true"
    assert not run_module(MODULE, wanted).changed
    changed = run_module(MODULE, {**wanted, "content_based_deduplication": False})
    assert changed["queue"]["content_based_deduplication"] is False


def test_absent_and_absent_again(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    gone = {"name": "events", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert names(account) == ["events"]
    result = run_module(MODULE, gone)
    assert result.changed, result
    assert result["queue"] is None
    assert names(account) == []
    assert not run_module(MODULE, gone).changed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "events", "deduplication_scope": "queue"}, "need a FIFO queue"),
        ({"name": "events", "encryption": "kms"}, "kms_master_key_id"),
        ({"name": "no spaces"}, "Queue no spaces: "),
    ],
)
def test_bad_input(run_module: RunModule, options: dict[str, Any], message: str) -> None:
    result = run_module(MODULE, options)
    assert result.failed
    assert message in result.msg
