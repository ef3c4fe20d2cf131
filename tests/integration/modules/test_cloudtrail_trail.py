# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A trail of CloudTrail with what it records and where it writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "cloudtrail_trail"
ARN = "arn:aws:cloudtrail:ca-central-1:123456789012:trail/shop-prod"
OBJECTS = {"type": "AWS::S3::Object", "arns": ["arn:aws:s3:::uploads/"], "access": "WriteOnly"}


def service(effect: str, action: str, resource: str) -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": action, "Resource": resource}


@pytest.fixture
def trail(account: Any) -> dict[str, Any]:
    """Make what a trail needs, and return its options."""
    s3, logs, iam, kms = (account.client(name) for name in ("s3", "logs", "iam", "kms"))
    s3.create_bucket(Bucket="shop-audit", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    statements = [
        service("Allow", "s3:GetBucketAcl", "arn:aws:s3:::shop-audit"),
        service("Allow", "s3:PutObject", "arn:aws:s3:::shop-audit/AWSLogs/123456789012/*"),
    ]
    s3.put_bucket_policy(Bucket="shop-audit", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    logs.create_log_group(logGroupName="/shop/audit")
    trust = {"Version": "2012-10-17", "Statement": [{key: value for key, value in service("Allow", "sts:AssumeRole", "").items() if value}]}
    role = iam.create_role(RoleName="cloudtrail", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    write = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [write]})
    iam.put_role_policy(RoleName="cloudtrail", PolicyName="write", PolicyDocument=document)
    owner = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [owner, service("Allow", "kms:GenerateDataKey*", "*")]}
    key = kms.create_key(Policy=json.dumps(policy))["KeyMetadata"]["Arn"]
    return {
        "name": "shop-prod",
        "bucket": "shop-audit",
        "kms_key_arn": key,
        "log_group_arn": "arn:aws:logs:ca-central-1:123456789012:log-group:/shop/audit",
        "log_role_arn": role,
        "multi_region": True,
        "log_file_validation": True,
        "data_events": [OBJECTS],
        "insights": ["ApiCallRateInsight"],
        "tags": {"Environment": "prod"},
    }


def found(account: Any) -> list[dict[str, Any]]:
    trails: list[dict[str, Any]] = account.client("cloudtrail").describe_trails()["trailList"]
    return trails


def test_created_once_with_all_that_was_asked(account: Any, run_module: RunModule, trail: dict[str, Any]) -> None:
    checked = run_module(MODULE, trail, check=True)
    assert checked.changed, checked.msg
    assert found(account) == []
    first = run_module(MODULE, trail)
    assert first.changed, first.msg
    assert first["trail"] == checked["trail"]
    (there,) = found(account)
    assert (there["S3BucketName"], there["KmsKeyId"], there["TrailARN"]) == ("shop-audit", trail["kms_key_arn"], ARN)
    assert there["CloudWatchLogsLogGroupArn"] == f"{trail['log_group_arn']}:*"
    assert [there[key] for key in ("IsMultiRegionTrail", "LogFileValidationEnabled", "IncludeGlobalServiceEvents")] == [True, True, True]
    assert account.client("cloudtrail").get_trail_status(Name=ARN)["IsLogging"]
    selectors = account.client("cloudtrail").get_event_selectors(TrailName=ARN)["AdvancedEventSelectors"]
    assert [item["Name"] for item in selectors] == ["management", "AWS::S3::Object"]
    second = run_module(MODULE, trail)
    assert not second.changed, second["diff"]
    assert not run_module(MODULE, {"name": "shop-prod"}).changed
    listed = account.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["cloudtrail"])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in listed] == [ARN]


def test_changes_and_absent(account: Any, run_module: RunModule, trail: dict[str, Any]) -> None:
    run_module(MODULE, trail)
    less = {"log_group_arn": "", "log_role_arn": "", "kms_key_arn": "", "logging": False, "insights": [], "data_events": []}
    wanted = {**trail, **less, "prefix": "shop", "management_events": "WriteOnly", "tags": {"Owner": "team"}}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert set(checked["diff"]["after"]) == {*less, "prefix", "management_events", "tags"}
    assert not run_module(MODULE, trail).changed
    changed = run_module(MODULE, wanted)
    assert changed.changed, changed.msg
    (there,) = found(account)
    assert (there["S3KeyPrefix"], there.get("KmsKeyId"), there.get("CloudWatchLogsLogGroupArn")) == ("shop", None, None)
    assert not account.client("cloudtrail").get_trail_status(Name=ARN)["IsLogging"]
    assert changed["trail"]["tags"] == {"Owner": "team"}
    assert not run_module(MODULE, wanted).changed

    gone = {"name": "shop-prod", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(found(account)) == 1
    assert run_module(MODULE, gone).changed
    assert found(account) == []
    assert not run_module(MODULE, gone).changed


def test_bad_input(account: Any, run_module: RunModule, trail: dict[str, Any]) -> None:
    assert "a new trail needs bucket" in run_module(MODULE, {"name": "shop-prod"}).msg
    assert "Create the bucket first" in run_module(MODULE, {"name": "shop-prod", "bucket": "nowhere"}).msg
    assert "Let cloudtrail.amazonaws.com use the key" in run_module(MODULE, {**trail, "kms_key_arn": _other_key(account)}).msg
    assert found(account) == []


def _other_key(account: Any) -> str:
    arn: str = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    return arn
