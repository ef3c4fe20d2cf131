# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a replication group has against what its user wants."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._elasticache_group import (
    API,
    contradictions,
    group_changes,
    group_document,
    impossible,
    is_older,
    log_document,
    log_request,
    request,
    same_version,
    token_changes,
    wanted_group,
)

GROUP: dict[str, Any] = {
    "ReplicationGroupId": "cache",
    "ARN": "arn:aws:elasticache:us-east-1:123456789012:replicationgroup:cache",
    "Status": "available",
    "Description": "d",
    "Engine": "redis",
    "CacheNodeType": "cache.t3.micro",
    "MemberClusters": ["cache-001", "cache-002"],
    "NodeGroups": [{"PrimaryEndpoint": {"Address": "master.example.com", "Port": 6379}}],
    "AutomaticFailover": "enabling",
    "MultiAZ": "disabled",
    "AtRestEncryptionEnabled": True,
    "KmsKeyId": "arn:aws:kms:us-east-1:123456789012:key/1234",
    "AutoMinorVersionUpgrade": False,
}
MEMBER: dict[str, Any] = {
    "EngineVersion": "7.1.0",
    "CacheParameterGroup": {"CacheParameterGroupName": "default.redis7"},
    "CacheSubnetGroupName": "private",
    "SecurityGroups": [{"SecurityGroupId": "sg-2"}, {"SecurityGroupId": "sg-1"}],
    "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
    "PendingModifiedValues": {"CacheNodeType": "cache.t3.small"},
}
CURRENT = group_document(GROUP, MEMBER, {})


@pytest.mark.parametrize(
    ("current", "wanted", "same"),
    [
        ("7.1.0", "7.1", True),
        ("7.1.0", "7.1.0", True),
        ("7.1", "7.1.0", True),
        ("6.2.6", "6.x", True),
        ("7.0.7", "7.1", False),
        ("7.0.7", "6.x", False),
        ("7.10.0", "7.1", False),
        (None, "7.1", False),
    ],
)
def test_versions_compare_as_far_as_both_say(current: str | None, wanted: str, same: bool) -> None:
    assert same_version(current, wanted) is same


def test_versions_are_ordered_by_their_numbers() -> None:
    assert is_older("7.2", "7.10.0")
    assert not is_older("7.1", "7.1.0")
    assert not is_older("6.x", "6.2.6")
    assert not is_older("latest", "7.1.0")


def test_a_group_as_wanted_differs_in_nothing() -> None:
    options = {
        "engine": "redis",
        "engine_version": "7.1",
        "replicas": 1,
        "security_group_ids": ["sg-1", "sg-2"],
        "maintenance_window": "Sun:05:00-Sun:06:00",
        "automatic_failover": True,
        "multi_az": False,
        "kms_key_id": "1234",
        "port": 6379,
        "snapshot_retention_limit": 0,
        "log_delivery": [],
        "notification_topic_arn": "",
    }
    assert group_changes(CURRENT, wanted_group(options), at_once=True) == {}


def test_what_waits_for_the_window_is_done_unless_wanted_at_once() -> None:
    wanted = {"node_type": "cache.t3.small"}
    assert group_changes(CURRENT, wanted, at_once=False) == {}
    assert group_changes(CURRENT, wanted, at_once=True) == wanted
    assert group_changes(CURRENT, {"node_type": "cache.t3.micro"}, at_once=False) == {"node_type": "cache.t3.micro"}


def test_failover_that_waits_brings_its_zones_with_it() -> None:
    waiting = group_document(
        {**GROUP, "AutomaticFailover": "disabled", "PendingModifiedValues": {"AutomaticFailoverStatus": "enabled"}}, None, {}
    )
    assert waiting["pending"] == {"automatic_failover": True}
    wanted = {"automatic_failover": True, "multi_az": True}
    assert group_changes({**waiting, "multi_az": False}, wanted, at_once=False) == {}
    assert group_changes({**waiting, "multi_az": False}, wanted, at_once=True) == wanted


def test_a_minor_version_that_aws_upgraded_stays() -> None:
    assert group_changes({**CURRENT, "auto_minor_version_upgrade": True}, {"engine_version": "7.0"}, at_once=True) == {}
    assert group_changes(CURRENT, {"engine_version": "7.0"}, at_once=True) == {"engine_version": "7.0"}


def test_what_only_nodes_report_is_unknown_without_them() -> None:
    new = group_document({**GROUP, "MemberClusters": []}, None, {})
    assert group_changes(new, {"subnet_group": "private", "engine_version": "7.1", "node_type": "cache.t3.micro"}, at_once=True) == {}


def test_some_changes_are_impossible() -> None:
    assert impossible(CURRENT, {"port": 6380}) == ["port is 6379 and cannot become 6380"]
    assert impossible(CURRENT, {"engine_version": "7.0"}) == ["engine_version is 7.1.0 and cannot go back to 7.0"]
    assert impossible(CURRENT, {"engine_version": "7.2"}) == []
    assert impossible(CURRENT, {"engine": "valkey", "engine_version": "7.0"}) == []


def test_contradictions_are_named() -> None:
    assert contradictions({"replicas": 0, "automatic_failover": True}) == [
        "automatic_failover needs at least two nodes: raise num_cache_clusters"
    ]
    assert contradictions({"auth_token": "short", "transit_encryption": False}) == [
        "auth_token needs transit_encryption",
        "auth_token must have 16 to 128 characters",
    ]
    assert contradictions({"multi_az": True, "automatic_failover": True, "num_cache_clusters": 2}) == []


def test_an_existing_token_is_replaced_on_request_only() -> None:
    token = {"auth_token": "x" * 16, "auth_token_strategy": "rotate"}
    enabled = {"auth_token_enabled": True}
    assert token_changes({"auth_token_enabled": False}, token) == enabled
    assert token_changes(enabled, token) == {}
    assert token_changes(enabled, {**token, "update_auth_token": True}) == {"auth_token_last_modified": None}
    assert token_changes(enabled, {"auth_token_strategy": "delete"}) == {"auth_token_enabled": False}
    assert token_changes({"auth_token_enabled": False}, {"auth_token_strategy": "delete"}) == {}


def test_logs_have_one_form() -> None:
    reported = {
        "LogType": "slow-log",
        "DestinationType": "cloudwatch-logs",
        "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/cache"}},
        "LogFormat": "json",
        "Status": "active",
    }
    document = [{"log_type": "slow-log", "destination_type": "cloudwatch-logs", "destination": "/cache", "log_format": "json"}]
    assert log_document([reported]) == document
    assert log_document([{**reported, "Status": "disabling"}]) == []
    (asked,) = log_request(document, [])
    assert asked == {**{key: reported[key] for key in reported if key != "Status"}, "Enabled": True}
    assert log_request([], document) == [{"LogType": "slow-log", "Enabled": False}]


def test_a_request_has_what_changes_under_the_names_of_aws() -> None:
    assert request({"multi_az": True, "port": 1, "log_delivery": []}, API, []) == {"MultiAZEnabled": True, "LogDeliveryConfigurations": []}
