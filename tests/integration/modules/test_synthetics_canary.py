# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A canary of CloudWatch Synthetics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "synthetics_canary"
ROLE = "arn:aws:iam::123456789012:role/canary"
CANARY: dict[str, Any] = {
    "name": "shop-prod",
    "script": "exports.handler = async () => {};",
    "handler": "canary.handler",
    "runtime": "syn-nodejs-puppeteer-10.0",
    "schedule": "rate(5 minutes)",
    "artifact_location": "s3://shop-canaries/shop-prod/",
    "role_arn": ROLE,
    "timeout_seconds": 60,
    "tracing": True,
    "environment": {"URL": "https://shop.example.com"},
    "success_retention_days": 7,
    "tags": {"Environment": "prod"},
}


@pytest.fixture(autouse=True)
def role(account: Any) -> None:
    """Make the role that the script runs as."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    account.client("iam").create_role(RoleName="canary", AssumeRolePolicyDocument=document)


def found(account: Any) -> dict[str, Any]:
    return {item["Name"]: item for item in account.client("synthetics").describe_canaries()["Canaries"]}


def left(account: Any) -> list[str]:
    """Return the functions and log groups that canaries have."""
    functions = [item["FunctionName"] for item in account.client("lambda").list_functions()["Functions"]]
    groups = [
        item["logGroupName"] for item in account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/cwsyn")["logGroups"]
    ]
    return [name for name in functions if name.startswith("cwsyn-")] + groups


def test_created_running_and_taken_away_with_what_it_made(account: Any, run_module: RunModule) -> None:
    checked = run_module(MODULE, CANARY, check=True)
    assert checked.changed, checked.msg
    assert found(account) == {}
    first = run_module(MODULE, CANARY)
    assert first.changed, first.msg
    assert first["canary"]["tags"] == checked["canary"]["tags"]
    there = found(account)["shop-prod"]
    assert there["Status"]["State"] == "RUNNING"
    assert there["Schedule"]["Expression"] == "rate(5 minutes)"
    assert there["ArtifactS3Location"] == "shop-canaries/shop-prod"
    assert (there["RunConfig"]["TimeoutInSeconds"], there["RunConfig"]["ActiveTracing"]) == (60, True)
    assert there["SuccessRetentionPeriodInDays"] == 7
    assert len(left(account)) == 2
    second = run_module(MODULE, CANARY)
    assert not second.changed, second["diff"]
    assert not run_module(MODULE, {"name": "shop-prod"}).changed
    listed = account.client("resourcegroupstaggingapi").get_resources(ResourceTypeFilters=["synthetics"])["ResourceTagMappingList"]
    assert [item["ResourceARN"] for item in listed] == [first["canary"]["arn"]]

    gone = {"name": "shop-prod", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert set(found(account)) == {"shop-prod"}
    assert run_module(MODULE, gone).changed
    assert found(account) == {}
    assert left(account) == []
    assert not run_module(MODULE, gone).changed


def test_script_schedule_and_state_change(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, CANARY)
    wanted = {
        **CANARY,
        "script": "exports.handler = async () => 1;",
        "schedule": "rate(1 hour)",
        "running": False,
        "tags": {"Owner": "team"},
    }
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert set(checked["diff"]["after"]) == {"schedule", "running", "tags"}
    assert not run_module(MODULE, CANARY).changed
    changed = run_module(MODULE, wanted)
    assert changed.changed, changed.msg
    there = found(account)["shop-prod"]
    assert (there["Status"]["State"], there["Schedule"]["Expression"]) == ("STOPPED", "rate(1 hour)")
    assert set(there["Tags"]) == {"Owner", "stratum:code"}
    assert there["Tags"]["stratum:code"] == checked["diff"]["after"]["tags"]["stratum:code"]
    assert not run_module(MODULE, wanted).changed
    assert run_module(MODULE, {**wanted, "environment": {"URL": "https://other.example.com"}}).changed


def test_bad_input(account: Any, run_module: RunModule) -> None:
    assert "a new canary needs script, handler" in run_module(MODULE, {"name": "shop-prod"}).msg
    assert "Check the name, the runtime" in run_module(MODULE, {**CANARY, "runtime": "syn-1"}).msg
    failed = run_module(MODULE, {**CANARY, "role_arn": f"{ROLE}-missing"})
    assert "cannot be assumed by Lambda" in failed.msg
    mended = run_module(MODULE, CANARY)
    assert mended.changed, mended.msg
    assert mended["canary"]["status"] == "RUNNING"
    assert not run_module(MODULE, CANARY).changed
