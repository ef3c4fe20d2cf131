# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replication group through its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "elasticache_replication_group"
TOKEN = "a-token-for-this-test-only"
SMALL: dict[str, Any] = {
    "replication_group_id": "Speckle-redis",
    "engine": "redis",
    "engine_version": "7.1",
    "node_type": "cache.t3.micro",
    "num_cache_clusters": 1,
    "automatic_failover": False,
    "snapshot_retention_limit": 1,
    "snapshot_window": "03:00-04:00",
    "maintenance_window": "Sun:05:00-Sun:06:00",
    "at_rest_encryption": True,
    "transit_encryption": False,
    "apply_immediately": True,
    "tags": {"Environment": "prod"},
}
LARGE: dict[str, Any] = {
    **SMALL,
    "num_cache_clusters": 2,
    "automatic_failover": True,
    "multi_az": True,
    "transit_encryption": True,
    "transit_encryption_mode": "required",
    "auth_token": TOKEN,
}
GONE = {"replication_group_id": "speckle-redis", "state": "absent"}


def described(account: Any) -> dict[str, Any]:
    (group,) = account.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    return dict(group)


def test_check_mode_creates_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, LARGE, check=True)
    assert result.changed, result.msg
    assert result["replication_group"]["replication_group_id"] == "speckle-redis"
    assert result["replication_group"]["auth_token_enabled"] is True
    assert TOKEN not in str(result)
    assert account.client("elasticache").describe_replication_groups()["ReplicationGroups"] == []


@pytest.mark.parametrize("options", [SMALL, LARGE])
def test_the_second_run_changes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    first = run_module(MODULE, options)
    assert first.changed, first.msg
    group = first["replication_group"]
    assert group["status"] == "available"
    assert group["engine_version"] == "7.1.0"
    assert len(group["member_clusters"]) == options["num_cache_clusters"]
    assert group["primary_endpoint"]["port"] == 6379
    assert group["tags"] == {"Environment": "prod"}
    for check in (True, False):
        second = run_module(MODULE, options, check=check)
        assert not second.changed, second
        assert second["replication_group"] == group


def test_options_that_are_not_given_are_left_alone(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, LARGE)
    assert not run_module(MODULE, {"replication_group_id": "speckle-redis"}).changed


def test_settings_change_and_check_mode_says_so(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, SMALL)
    wanted = {**SMALL, "snapshot_retention_limit": 7, "node_type": "cache.t3.small", "tags": {"Owner": "platform"}}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"]["before"] == {"node_type": "cache.t3.micro", "snapshot_retention_limit": 1, "tags": {"Environment": "prod"}}
    assert described(account)["SnapshotRetentionLimit"] == 1
    changed = run_module(MODULE, wanted)
    assert changed.changed, changed.msg
    assert changed["replication_group"]["node_type"] == "cache.t3.small"
    assert changed["replication_group"]["tags"] == {"Owner": "platform"}
    assert not run_module(MODULE, wanted).changed


def test_it_grows_to_failover_and_shrinks_again(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, SMALL)
    grown = {**SMALL, "num_cache_clusters": 3, "automatic_failover": True, "multi_az": True}
    result = run_module(MODULE, grown)
    assert result.changed, result.msg
    assert result["replication_group"]["num_cache_clusters"] == 3
    assert result["replication_group"]["multi_az"] is True
    assert not run_module(MODULE, grown).changed
    shrunk = {**SMALL, "multi_az": False}
    result = run_module(MODULE, shrunk)
    assert result.changed, result.msg
    assert len(described(account)["MemberClusters"]) == 1
    assert not run_module(MODULE, shrunk).changed


def test_a_token_is_replaced_on_request(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, LARGE)
    other = {**LARGE, "auth_token": "another-token-of-this-test"}
    assert not run_module(MODULE, other).changed
    rotated = run_module(MODULE, {**other, "update_auth_token": True, "auth_token_strategy": "rotate"})
    assert rotated.changed, rotated.msg
    assert list(rotated["diff"]["after"]) == ["auth_token_last_modified"]


def test_logs_are_delivered_and_stopped(account: Any, run_module: RunModule) -> None:
    account.client("logs").create_log_group(logGroupName="/cache/slow")
    logged = {**SMALL, "log_delivery": [{"log_type": "slow-log", "destination": "/cache/slow"}]}
    assert run_module(MODULE, logged)["replication_group"]["log_delivery"][0]["destination"] == "/cache/slow"
    assert not run_module(MODULE, logged).changed
    assert run_module(MODULE, {**SMALL, "log_delivery": []})["replication_group"]["log_delivery"] == []
    assert not run_module(MODULE, {**SMALL, "log_delivery": []}).changed


def test_what_cannot_change_fails(account: Any, run_module: RunModule) -> None:
    fixed = {**SMALL, "auto_minor_version_upgrade": False}
    run_module(MODULE, fixed)
    for change in ({"port": 6380}, {"at_rest_encryption": False}, {"engine_version": "7.0"}):
        result = run_module(MODULE, {**fixed, **change})
        assert result.failed, change
        assert "cannot" in result.msg


def test_absent_makes_a_last_snapshot(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, SMALL)
    gone = {**GONE, "final_snapshot_id": "speckle-redis-final"}
    assert run_module(MODULE, gone, check=True).changed
    assert described(account)["Status"] == "available"
    result = run_module(MODULE, gone)
    assert result.changed, result.msg
    client = account.client("elasticache")
    assert client.describe_replication_groups()["ReplicationGroups"] == []
    assert [item["SnapshotName"] for item in client.describe_snapshots()["Snapshots"]] == ["speckle-redis-final"]
    assert not run_module(MODULE, gone).changed


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({**SMALL, "automatic_failover": True}, "needs at least two nodes"),
        ({**LARGE, "auth_token": "short"}, "16 to 128 characters"),
        ({"replication_group_id": "x"}, "a new group needs node_type"),
        ({**SMALL, "parameter_group": "no-such-group"}, "Create the parameter group first"),
    ],
)
def test_bad_input(account: Any, run_module: RunModule, options: dict[str, Any], message: str) -> None:
    result = run_module(MODULE, options)
    assert result.failed
    assert message in result.msg
