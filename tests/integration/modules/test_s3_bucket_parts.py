# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The parts of a bucket's configuration, each over its whole life."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

BUCKET = "example-files"
QUEUE = "arn:aws:sqs:ca-central-1:123456789012:example-uploads"


@dataclass
class Part:
    """One module, what it returns, options and other options, and how boto3 reads what it wrote."""

    module: str
    returns: str
    first: dict[str, Any]
    second: dict[str, Any]
    reads: str
    holds: str


PARTS = [
    Part(
        "s3_bucket_policy",
        "policy",
        {"statements": [{"Sid": "Read", "Principal": {"AWS": "123456789012"}, "Action": "s3:GetObject"}]},
        {"require_tls": True},
        "get_bucket_policy",
        "Policy",
    ),
    Part(
        "s3_bucket_lifecycle",
        "lifecycle",
        {
            "rules": [
                {
                    "id": "archive",
                    "transitions": [{"days": 90, "storage_class": "STANDARD_IA"}, {"days": 180, "storage_class": "GLACIER"}],
                    "noncurrent_transitions": [{"days": 30, "storage_class": "GLACIER"}],
                    "noncurrent_expiration_days": 365,
                    "abort_incomplete_multipart_upload_days": 7,
                },
                {"id": "temporary", "prefix": "tmp/", "tags": {"keep": "no", "a": "b"}, "expiration_days": 1},
                {"id": "tagged", "tags": {"keep": "no"}, "expiration_days": 2, "enabled": False},
            ]
        },
        {"rules": [{"id": "temporary", "prefix": "tmp/", "expiration_days": 2}]},
        "get_bucket_lifecycle_configuration",
        "Rules",
    ),
    Part(
        "s3_bucket_cors",
        "cors",
        {"rules": [{"allowed_origins": ["https://b.example.com", "https://a.example.com"], "allowed_methods": ["PUT", "GET"]}]},
        {"rules": [{"allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": ["*"], "max_age_seconds": 60}]},
        "get_bucket_cors",
        "CORSRules",
    ),
    Part(
        "s3_bucket_logging",
        "logging",
        {"target_bucket": "example-logs", "target_prefix": "files/"},
        {"target_bucket": "example-logs", "target_prefix": "other/"},
        "get_bucket_logging",
        "LoggingEnabled",
    ),
    Part(
        "s3_bucket_notifications",
        "notifications",
        {"notifications": [{"id": "pictures", "arn": QUEUE, "events": ["s3:ObjectCreated:*"], "suffix": ".jpg"}]},
        {"notifications": [{"id": "all", "arn": QUEUE, "events": ["s3:ObjectRemoved:*", "s3:ObjectCreated:*"]}]},
        "get_bucket_notification_configuration",
        "QueueConfigurations",
    ),
]
parts = pytest.mark.parametrize("part", PARTS, ids=lambda part: part.module)


@pytest.fixture
def buckets(account: Any) -> Any:
    """An account with a bucket, one for its log and a queue."""
    s3 = account.client("s3")
    for name in (BUCKET, "example-logs"):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::example-logs/*",
    }
    s3.put_bucket_policy(Bucket="example-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    account.client("sqs").create_queue(QueueName="example-uploads")
    return account


def stored(account: Any, part: Part) -> Any:
    """Return what S3 holds of the part, or None."""
    try:
        return getattr(account.client("s3"), part.reads)(Bucket=BUCKET).get(part.holds)
    except ClientError as error:
        if "NoSuch" in error.response["Error"]["Code"]:
            return None
        raise


@parts
def test_the_whole_life(buckets: Any, run_module: RunModule, part: Part) -> None:
    planned = run_module(part.module, {"bucket": BUCKET, **part.first}, check=True)
    assert planned.changed, planned
    assert stored(buckets, part) is None
    created = run_module(part.module, {"bucket": BUCKET, **part.first})
    assert created.changed, created
    assert stored(buckets, part) is not None
    again = run_module(part.module, {"bucket": BUCKET, **part.first})
    assert not again.failed, again
    assert not again.changed, again["diff"]
    before = stored(buckets, part)
    other = run_module(part.module, {"bucket": BUCKET, **part.second}, check=True, diff=True)
    assert other.changed, other
    assert other["diff"]["before"] != other["diff"]["after"]
    assert stored(buckets, part) == before
    assert run_module(part.module, {"bucket": BUCKET, **part.second}).changed
    assert stored(buckets, part) != before
    assert not run_module(part.module, {"bucket": BUCKET, **part.second}).changed
    gone = {"bucket": BUCKET, "state": "absent"}
    assert run_module(part.module, gone, check=True).changed
    assert stored(buckets, part) is not None
    absent = run_module(part.module, gone)
    assert absent.changed, absent
    assert absent[part.returns] is None
    assert stored(buckets, part) is None
    assert not run_module(part.module, gone).changed


@parts
def test_without_the_bucket(account: Any, run_module: RunModule, part: Part) -> None:
    nothing = run_module(part.module, {"bucket": BUCKET, "state": "absent"})
    assert not nothing.failed, nothing
    assert not nothing.changed
    assert run_module(part.module, {"bucket": BUCKET, **part.first}, check=True).changed


def test_the_policy_denies_requests_without_tls(buckets: Any, run_module: RunModule) -> None:
    run_module("s3_bucket_policy", {"bucket": BUCKET})
    policy = json.loads(buckets.client("s3").get_bucket_policy(Bucket=BUCKET)["Policy"])
    (statement,) = policy["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]
    # The emulator's own address counts as TLS, so the bucket can still be used.
    buckets.client("s3").put_object(Bucket=BUCKET, Key="a", Body=b"b")


def test_a_policy_without_statements_is_none(buckets: Any, run_module: RunModule) -> None:
    run_module("s3_bucket_policy", {"bucket": BUCKET})
    result = run_module("s3_bucket_policy", {"bucket": BUCKET, "require_tls": False})
    assert result.changed
    assert stored(buckets, PARTS[0]) is None


def test_event_bridge_beside_a_queue(buckets: Any, run_module: RunModule) -> None:
    options = {"bucket": BUCKET, "event_bridge": True, **PARTS[4].first}
    assert run_module("s3_bucket_notifications", options).changed
    again = run_module("s3_bucket_notifications", options)
    assert not again.changed, again
    assert again["notifications"]["event_bridge"]
    assert run_module("s3_bucket_notifications", {"bucket": BUCKET, **PARTS[4].first}).changed


def test_bad_input_is_refused(run_module: RunModule) -> None:
    rule = {"id": "x", "expiration_days": 1, "expired_object_delete_marker": True}
    assert run_module("s3_bucket_lifecycle", {"bucket": BUCKET, "rules": [rule]}).failed
    target = {"id": "x", "arn": "arn:aws:ec2:ca-central-1:123456789012:vpc/vpc-1", "events": ["s3:ObjectCreated:*"]}
    result = run_module("s3_bucket_notifications", {"bucket": BUCKET, "notifications": [target]})
    assert result.failed
    assert "no topic, queue or function" in result.msg


def test_a_missing_bucket_is_named_with_the_cure(account: Any, run_module: RunModule) -> None:
    result = run_module("s3_bucket_cors", {"bucket": BUCKET, **PARTS[2].first})
    assert result.failed
    assert result.msg.startswith(f"CORS rules of bucket {BUCKET}: PutBucketCors failed. Create the bucket first.")
