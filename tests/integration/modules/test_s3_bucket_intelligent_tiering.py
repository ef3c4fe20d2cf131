# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The intelligent tiering of a bucket over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

ARCHIVE: dict[str, Any] = {"id": "archive", "archive_days": 90, "deep_archive_days": 180}
TIERING: dict[str, Any] = {"bucket": "example-web", "configurations": [ARCHIVE]}


def configurations(account: Any) -> list[Any]:
    answer = account.client("s3").list_bucket_intelligent_tiering_configurations(Bucket="example-web")
    found: list[Any] = answer.get("IntelligentTieringConfigurationList", [])
    return found


def test_the_tiering_over_its_life(account: Any, run_module: RunModule) -> None:
    missing = run_module("s3_bucket_intelligent_tiering", TIERING)
    assert missing.failed
    account.client("s3").create_bucket(Bucket="example-web", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    assert run_module("s3_bucket_intelligent_tiering", TIERING, check=True).changed
    assert configurations(account) == []
    created = run_module("s3_bucket_intelligent_tiering", TIERING, diff=True)
    assert created.changed, created
    assert configurations(account) == [
        {
            "Id": "archive",
            "Status": "Enabled",
            "Tierings": [{"Days": 90, "AccessTier": "ARCHIVE_ACCESS"}, {"Days": 180, "AccessTier": "DEEP_ARCHIVE_ACCESS"}],
        }
    ]
    again = run_module("s3_bucket_intelligent_tiering", TIERING)
    assert not again.failed, again
    assert not again.changed, again
    logs = {"id": "logs", "prefix": "logs/", "tags": {"kind": "log"}, "deep_archive_days": 365, "enabled": False}
    other = {**TIERING, "configurations": [logs, {**ARCHIVE, "archive_days": 120, "tags": {"kind": "page"}}]}
    planned = run_module("s3_bucket_intelligent_tiering", other, check=True, diff=True)
    assert [each["id"] for each in planned["diff"]["after"]["configurations"]] == ["archive", "logs"]
    assert len(configurations(account)) == 1
    changed = run_module("s3_bucket_intelligent_tiering", other)
    assert changed.changed, changed
    assert {each["Id"]: each["Filter"] for each in configurations(account)} == {
        "archive": {"Tag": {"Key": "kind", "Value": "page"}},
        "logs": {"And": {"Prefix": "logs/", "Tags": [{"Key": "kind", "Value": "log"}]}},
    }
    assert not run_module("s3_bucket_intelligent_tiering", other).changed
    assert run_module("s3_bucket_intelligent_tiering", TIERING).changed
    assert [each["Id"] for each in configurations(account)] == ["archive"]
    gone = {"bucket": "example-web", "state": "absent"}
    assert run_module("s3_bucket_intelligent_tiering", gone, check=True).changed
    assert len(configurations(account)) == 1
    assert run_module("s3_bucket_intelligent_tiering", gone).changed
    assert configurations(account) == []
    assert [each["Name"] for each in account.client("s3").list_buckets()["Buckets"]] == ["example-web"]
    assert not run_module("s3_bucket_intelligent_tiering", gone).changed
    assert not run_module("s3_bucket_intelligent_tiering", {**gone, "bucket": "missing"}).changed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"archive_days": 30}, "from 90 to 730"),
        ({"deep_archive_days": 90}, "from 180 to 730"),
        ({"archive_days": 200}, "more than its archive_days"),
        ({"archive_days": None, "deep_archive_days": None}, "needs archive_days"),
    ],
)
def test_what_cannot_be(run_module: RunModule, wrong: dict[str, Any], said: str) -> None:
    result = run_module("s3_bucket_intelligent_tiering", {**TIERING, "configurations": [{**ARCHIVE, **wrong}]})
    assert result.failed
    assert said in result.msg
    assert run_module("s3_bucket_intelligent_tiering", {**TIERING, "configurations": []}).failed
