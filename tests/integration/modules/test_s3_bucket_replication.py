# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replication of a bucket."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "s3_bucket_replication"
ROLE = "arn:aws:iam::123456789012:role/replication"
OPTIONS: dict[str, Any] = {
    "bucket": "files",
    "role_arn": ROLE,
    "rules": [
        {"id": "everything", "destination_bucket": "copies", "storage_class": "STANDARD_IA", "delete_markers": True},
        {"id": "marked", "destination_bucket": "arn:aws:s3:::copies", "prefix": "a/", "tags": {"keep": "yes", "class": "a"}},
    ],
}
GONE = {"bucket": "files", "state": "absent"}


@pytest.fixture(autouse=True)
def buckets(account: Any) -> None:
    """Make two buckets with versioning."""
    client = account.client("s3")
    for name in ("files", "copies"):
        client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def rules(account: Any) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = account.client("s3").get_bucket_replication(Bucket="files")["ReplicationConfiguration"]["Rules"]
    except ClientError:
        return []
    return found


def test_check_mode_writes_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, OPTIONS, check=True)
    assert result.changed, result.msg
    assert [rule["priority"] for rule in result["replication"]["rules"]] == [2, 1]
    assert rules(account) == []


def test_the_second_run_changes_nothing(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, OPTIONS)
    assert first.changed, first.msg
    assert first["replication"] == run_module(MODULE, OPTIONS, check=True)["replication"]
    second = run_module(MODULE, OPTIONS)
    assert not second.changed, second["diff"]
    assert second["replication"] == first["replication"]


def test_rules_change_and_go(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    wanted = {**OPTIONS, "rules": [{**OPTIONS["rules"][0], "delete_markers": False, "prefix": "b/"}]}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert len(checked["diff"]["before"]["rules"]) == 2
    assert [rule["prefix"] for rule in checked["diff"]["after"]["rules"]] == ["b/"]
    assert len(rules(account)) == 2
    assert run_module(MODULE, wanted).changed
    (rule,) = rules(account)
    assert rule["DeleteMarkerReplication"]["Status"] == "Disabled"
    assert not run_module(MODULE, wanted).changed


def test_absent_removes_it_once(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, OPTIONS)
    assert run_module(MODULE, GONE, check=True).changed
    assert rules(account)
    assert run_module(MODULE, GONE).changed
    assert rules(account) == []
    assert not run_module(MODULE, GONE).changed
    assert not run_module(MODULE, {**GONE, "bucket": "no-such-bucket"}).changed


def test_bad_input(account: Any, run_module: RunModule) -> None:
    account.client("s3").put_bucket_versioning(Bucket="copies", VersioningConfiguration={"Status": "Suspended"})
    assert "Turn on versioning of both buckets" in run_module(MODULE, OPTIONS).msg
    both = {**OPTIONS["rules"][1], "delete_markers": True}
    assert "no delete markers in a rule with tags" in run_module(MODULE, {**OPTIONS, "rules": [both]}).msg
    assert "rules is empty" in run_module(MODULE, {**OPTIONS, "rules": []}).msg
