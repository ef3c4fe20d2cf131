# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table of DynamoDB over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

TABLE: dict[str, Any] = {
    "name": "example-audit",
    "hash_key": {"name": "id"},
    "range_key": {"name": "timestamp"},
    "billing_mode": "on_demand",
    "global_indexes": [
        {"name": "by-user", "hash_key": {"name": "user"}, "range_key": {"name": "timestamp"}},
        {"name": "by-action", "hash_key": {"name": "action"}, "projection": "include", "include": ["user", "result"]},
    ],
    "local_indexes": [{"name": "by-size", "range_key": {"name": "size", "type": "number"}, "projection": "keys_only"}],
    "encryption": "aws_managed",
    "point_in_time_recovery_days": 35,
    "deletion_protection": True,
    "stream": "new_image",
    "ttl_attribute": "expires",
    "contributor_insights": True,
    "tags": {"Environment": "test"},
}


def described(account: Any) -> dict[str, Any]:
    table: dict[str, Any] = account.client("dynamodb").describe_table(TableName="example-audit")["Table"]
    return table


def test_a_table_is_made_and_stays(account: Any, run_module: RunModule) -> None:
    assert run_module("dynamodb_table", TABLE, check=True).changed
    assert account.client("dynamodb").list_tables()["TableNames"] == []
    created = run_module("dynamodb_table", TABLE, diff=True)
    assert created.changed, created
    assert created["diff"]["before"] == {}
    assert created["table"]["status"] == "ACTIVE"
    table = described(account)
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [("id", "HASH"), ("timestamp", "RANGE")]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert table["DeletionProtectionEnabled"]
    assert created["table"]["id"] == table["TableId"]
    assert created["table"]["encryption"] == "aws_managed"
    assert created["table"]["stream_arn"] == table["LatestStreamArn"]
    recovery = account.client("dynamodb").describe_continuous_backups(TableName="example-audit")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 35
    assert (
        account.client("dynamodb").describe_time_to_live(TableName="example-audit")["TimeToLiveDescription"]["AttributeName"] == "expires"
    )
    again = run_module("dynamodb_table", TABLE)
    assert not again.failed, again
    assert not again.changed, again
    bare = {"name": "example-audit", "hash_key": {"name": "id"}}
    assert not run_module("dynamodb_table", bare).changed
    assert not run_module("dynamodb_table", {**TABLE, "global_indexes": TABLE["global_indexes"][::-1]}, check=True).changed


def test_a_table_is_changed(account: Any, run_module: RunModule) -> None:
    run_module("dynamodb_table", TABLE)
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    first, second = TABLE["global_indexes"]
    wanted = {
        **TABLE,
        "global_indexes": [{**first, "projection": "keys_only"}, {"name": "by-day", "hash_key": {"name": "day", "type": "number"}}],
        "encryption": "customer",
        "kms_key_arn": key,
        "point_in_time_recovery_days": 7,
        "deletion_protection": False,
        "stream": "new_and_old_images",
        "table_class": "standard_infrequent_access",
        "contributor_insights": False,
        "tags": {"Environment": "prod"},
    }
    planned = run_module("dynamodb_table", wanted, check=True, diff=True)
    different = {
        "global_indexes",
        "encryption",
        "kms_key_arn",
        "point_in_time_recovery_days",
        "deletion_protection",
        "stream",
        "table_class",
    }
    assert set(planned["diff"]["after"]) == {*different, "contributor_insights", "tags"}
    assert described(account)["DeletionProtectionEnabled"]
    changed = run_module("dynamodb_table", wanted)
    assert changed.changed, changed
    assert changed["table"]["kms_key_arn"] == key
    assert [index["name"] for index in changed["table"]["global_indexes"]] == ["by-day", "by-user"]
    assert changed["table"]["point_in_time_recovery_days"] == 7
    assert not run_module("dynamodb_table", wanted).changed
    off = {**wanted, "point_in_time_recovery_days": 0, "stream": "off", "ttl_attribute": "", "encryption": "aws_owned", "kms_key_arn": None}
    switched = run_module("dynamodb_table", off)
    assert switched.changed, switched
    assert (switched["table"]["stream_arn"], switched["table"]["kms_key_arn"], switched["table"]["ttl_attribute"]) == (None, None, "")
    assert not run_module("dynamodb_table", off).changed
    assert second["name"] not in str(described(account))


def test_capacity_is_bought_and_given_back(account: Any, run_module: RunModule) -> None:
    bought: dict[str, Any] = {
        "name": "example-audit",
        "hash_key": {"name": "id"},
        "billing_mode": "provisioned",
        "read_capacity": 5,
        "write_capacity": 2,
        "global_indexes": [{"name": "by-user", "hash_key": {"name": "user"}, "read_capacity": 3, "write_capacity": 1}],
    }
    created = run_module("dynamodb_table", bought)
    assert (created["table"]["read_capacity"], created["table"]["write_capacity"]) == (5, 2), created
    assert not run_module("dynamodb_table", bought).changed
    more = {**bought, "read_capacity": 8, "global_indexes": [{**bought["global_indexes"][0], "read_capacity": 4}]}
    raised = run_module("dynamodb_table", more)
    assert raised["table"]["global_indexes"][0]["read_capacity"] == 4, raised
    assert not run_module("dynamodb_table", more).changed
    given_back = {**more, "billing_mode": "on_demand"}
    assert run_module("dynamodb_table", given_back)["table"]["billing_mode"] == "on_demand"
    assert not run_module("dynamodb_table", given_back).changed
    assert run_module("dynamodb_table", more)["table"]["read_capacity"] == 8
    assert not run_module("dynamodb_table", more).changed


def test_a_table_goes(account: Any, run_module: RunModule) -> None:
    run_module("dynamodb_table", TABLE)
    gone = {"name": "example-audit", "state": "absent"}
    protected = run_module("dynamodb_table", gone)
    assert protected.failed
    assert "deletion_protection" in protected.msg
    run_module("dynamodb_table", {"name": "example-audit", "deletion_protection": False})
    assert run_module("dynamodb_table", gone, check=True).changed
    assert described(account)["TableStatus"] == "ACTIVE"
    assert run_module("dynamodb_table", gone).changed
    assert account.client("dynamodb").list_tables()["TableNames"] == []
    assert not run_module("dynamodb_table", gone).changed


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"point_in_time_recovery_days": 36}, "from 1 to 35"),
        ({"encryption": "customer"}, "needs kms_key_arn"),
        ({"global_indexes": [{"name": "x", "hash_key": {"name": "id"}, "include": ["a"]}]}, "projection=include"),
        ({"hash_key": None}, "needs hash_key"),
    ],
)
def test_what_cannot_be(run_module: RunModule, wrong: dict[str, Any], said: str) -> None:
    result = run_module("dynamodb_table", {"name": "example-audit", "hash_key": {"name": "id"}, **wrong})
    assert result.failed
    assert said in result.msg


def test_keys_stay(account: Any, run_module: RunModule) -> None:
    run_module("dynamodb_table", {"name": "example-audit", "hash_key": {"name": "id"}})
    result = run_module("dynamodb_table", {"name": "example-audit", "hash_key": {"name": "user"}})
    assert result.failed
    assert "hash_key" in result.msg
    assert "another name" in result.msg


def test_states_are_waited_for(start_emulator: Any) -> None:
    from tests.integration.modules.running import run

    slow = start_emulator(delays="fast")
    small = {**TABLE, "global_indexes": TABLE["global_indexes"][:1], "contributor_insights": None, "deletion_protection": False}
    created = run("dynamodb_table", small, slow.environment, False, False)
    assert created["table"]["status"] == "ACTIVE", created
    changed = run("dynamodb_table", {**small, "global_indexes": [], "stream": "keys_only"}, slow.environment, False, False)
    assert changed["table"]["global_indexes"] == [], changed
    assert run("dynamodb_table", {"name": "example-audit", "state": "absent"}, slow.environment, False, False).changed
