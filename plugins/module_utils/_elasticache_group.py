# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A replication group of ElastiCache in one form, and what differs from what its user wants.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key

Document = dict[str, Any]

API = {
    "description": "ReplicationGroupDescription",
    "engine": "Engine",
    "engine_version": "EngineVersion",
    "node_type": "CacheNodeType",
    "parameter_group": "CacheParameterGroupName",
    "security_group_ids": "SecurityGroupIds",
    "automatic_failover": "AutomaticFailoverEnabled",
    "multi_az": "MultiAZEnabled",
    "snapshot_retention_limit": "SnapshotRetentionLimit",
    "snapshot_window": "SnapshotWindow",
    "maintenance_window": "PreferredMaintenanceWindow",
    "auto_minor_version_upgrade": "AutoMinorVersionUpgrade",
    "notification_topic_arn": "NotificationTopicArn",
    "transit_encryption": "TransitEncryptionEnabled",
    "transit_encryption_mode": "TransitEncryptionMode",
    "log_delivery": "LogDeliveryConfigurations",
}
"""Our key -> the parameter of CreateReplicationGroup and ModifyReplicationGroup."""
API_CREATE = {
    "port": "Port",
    "subnet_group": "CacheSubnetGroupName",
    "at_rest_encryption": "AtRestEncryptionEnabled",
    "kms_key_id": "KmsKeyId",
    "num_cache_clusters": "NumCacheClusters",
}
"""Our key -> the parameter of CreateReplicationGroup alone."""
FIXED = ("port", "subnet_group", "at_rest_encryption", "kms_key_id")
OF_MEMBERS = ("engine_version", "parameter_group", "subnet_group", "security_group_ids", "maintenance_window", "notification_topic_arn")
"""What only the group's cache clusters report: unknown until the first of them exists."""
LOWER_CASE = ("parameter_group", "subnet_group", "maintenance_window")
LOG_TYPES = ("engine-log", "slow-log")
LOG_DETAILS = {"cloudwatch-logs": ("CloudWatchLogsDetails", "LogGroup"), "kinesis-firehose": ("KinesisFirehoseDetails", "DeliveryStream")}


def group_document(group: Mapping[str, Any], member: Mapping[str, Any] | None, tags: Mapping[str, str]) -> Document:
    """Return what AWS reports of a group and its first cache cluster, as the module returns it."""
    cluster = member or {}
    shard = (group.get("NodeGroups") or [{}])[0]
    primary, modified = shard.get("PrimaryEndpoint"), group.get("AuthTokenLastModifiedDate")
    waiting = cluster.get("PendingModifiedValues") or {}
    return {
        "arn": group.get("ARN"),
        "replication_group_id": group["ReplicationGroupId"],
        "status": group.get("Status"),
        "description": group.get("Description"),
        "engine": group.get("Engine") or cluster.get("Engine"),
        "engine_version": cluster.get("EngineVersion"),
        "node_type": group.get("CacheNodeType") or cluster.get("CacheNodeType"),
        "num_cache_clusters": len(group.get("MemberClusters") or []),
        "member_clusters": group.get("MemberClusters") or [],
        "port": (primary or group.get("ConfigurationEndpoint") or {}).get("Port"),
        "parameter_group": (cluster.get("CacheParameterGroup") or {}).get("CacheParameterGroupName"),
        "subnet_group": cluster.get("CacheSubnetGroupName"),
        "security_group_ids": sorted(item["SecurityGroupId"] for item in cluster.get("SecurityGroups") or []),
        "at_rest_encryption": bool(group.get("AtRestEncryptionEnabled")),
        "kms_key_id": group.get("KmsKeyId"),
        "transit_encryption": bool(group.get("TransitEncryptionEnabled")),
        "transit_encryption_mode": group.get("TransitEncryptionMode"),
        "auth_token_enabled": bool(group.get("AuthTokenEnabled")),
        "auth_token_last_modified": modified.isoformat() if modified else None,
        "automatic_failover": group.get("AutomaticFailover") in ("enabled", "enabling"),
        "multi_az": group.get("MultiAZ") == "enabled",
        "snapshot_retention_limit": group.get("SnapshotRetentionLimit") or 0,
        "snapshot_window": group.get("SnapshotWindow"),
        "maintenance_window": cluster.get("PreferredMaintenanceWindow"),
        "auto_minor_version_upgrade": group.get("AutoMinorVersionUpgrade", cluster.get("AutoMinorVersionUpgrade")),
        "notification_topic_arn": _topic(cluster.get("NotificationConfiguration") or {}),
        "log_delivery": log_document(group.get("LogDeliveryConfigurations") or []),
        "primary_endpoint": endpoint(primary),
        "reader_endpoint": endpoint(shard.get("ReaderEndpoint")),
        "configuration_endpoint": endpoint(group.get("ConfigurationEndpoint")),
        "pending": given(
            {
                "engine_version": waiting.get("EngineVersion"),
                "node_type": waiting.get("CacheNodeType"),
                "automatic_failover": {"enabled": True, "disabled": False}.get(
                    str((group.get("PendingModifiedValues") or {}).get("AutomaticFailoverStatus"))
                ),
            }
        ),
        "tags": dict(tags),
    }


def _topic(configuration: Mapping[str, Any]) -> str:
    return str(configuration.get("TopicArn") or "") if configuration.get("TopicStatus", "active") == "active" else ""


def endpoint(found: Mapping[str, Any] | None) -> Document | None:
    """Return an endpoint of AWS's, or None."""
    return {"address": found["Address"], "port": found["Port"]} if found and found.get("Address") else None


def log_document(configurations: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return where the logs go, sorted by the type of log."""
    found = []
    for item in configurations:
        details, name = LOG_DETAILS[item["DestinationType"]]
        if item.get("Status") != "disabling":
            destination = item.get("DestinationDetails", {}).get(details, {}).get(name)
            shape = {"destination_type": item["DestinationType"], "destination": destination, "log_format": item["LogFormat"]}
            found.append({"log_type": item["LogType"], **shape})
    return sorted(found, key=lambda item: str(item["log_type"]))


def log_request(wanted: Sequence[Mapping[str, Any]], current: Sequence[Mapping[str, Any]]) -> list[Document]:
    """Return LogDeliveryConfigurations that send the logs as wanted and stop the others."""
    request = []
    for item in wanted:
        details, name = LOG_DETAILS[item["destination_type"]]
        destination = {"DestinationType": item["destination_type"], "DestinationDetails": {details: {name: item["destination"]}}}
        request.append({"LogType": item["log_type"], **destination, "LogFormat": item["log_format"], "Enabled": True})
    kept = {item["log_type"] for item in wanted}
    return [*request, *({"LogType": item["log_type"], "Enabled": False} for item in current if item["log_type"] not in kept)]


def same_version(current: str | None, wanted: str) -> bool:
    """Return whether AWS runs the version asked for: "7.1" runs as 7.1.0, "6.x" as any 6."""
    pairs = zip((current or "").split("."), wanted.split("."), strict=False)
    return bool(current) and all("x" in pair or pair[0] == pair[1] for pair in pairs)


def is_older(first: str, second: str) -> bool:
    """Return whether version `first` comes before `second`, as far as both are numbers."""
    pairs = zip(first.split("."), second.split("."), strict=False)
    numbers = [tuple(map(int, pair)) for pair in pairs if pair[0].isdigit() and pair[1].isdigit()]
    return [pair[0] for pair in numbers] < [pair[1] for pair in numbers]


def wanted_group(options: Mapping[str, Any]) -> Document:
    """Return the options that describe the group, in the form of its document."""
    wanted = given({key: options.get(key) for key in (*API, *API_CREATE)})
    wanted.update({key: wanted[key].lower() for key in LOWER_CASE if key in wanted})
    if options.get("replicas") is not None:
        wanted["num_cache_clusters"] = options["replicas"] + 1
    if "log_delivery" in wanted:
        wanted["log_delivery"] = sorted((dict(item) for item in wanted["log_delivery"]), key=lambda item: str(item["log_type"]))
    return wanted


def group_changes(current: Mapping[str, Any], wanted: Mapping[str, Any], at_once: bool) -> Document:
    """Return what differs.  What waits for the maintenance window counts as done unless it is to be done at once."""
    known = {key: value for key, value in wanted.items() if current["subnet_group"] is not None or key not in OF_MEMBERS}
    found = dict(current) if at_once else {**current, **current["pending"]}
    changes = differing(found, known, unordered=("security_group_ids",))
    if changes.get("multi_az") and not at_once and current["pending"].get("automatic_failover"):
        # AWS does not show that this waits, too: it comes with the failover that it needs.
        del changes["multi_az"]
    if "engine_version" in changes and _runs(found, known):
        del changes["engine_version"]
    if "kms_key_id" in changes and same_key(current["kms_key_id"], wanted["kms_key_id"], "elasticache"):
        del changes["kms_key_id"]
    return changes


def _runs(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether the engine is as wanted, or newer within its major version because AWS upgrades it by itself."""
    has, asked = str(current["engine_version"]), wanted["engine_version"]
    if same_version(has, asked):
        return True
    same_line = wanted.get("engine") in (None, current["engine"]) and has.partition(".")[0] == asked.partition(".")[0]
    return bool(current.get("auto_minor_version_upgrade") and same_line and is_older(asked, has))


def impossible(current: Mapping[str, Any], changes: Mapping[str, Any]) -> list[str]:
    """Return a phrase for every change that AWS cannot make."""
    phrases = [f"{key} is {current[key]} and cannot become {changes[key]}" for key in FIXED if key in changes]
    version = changes.get("engine_version")
    if version and "engine" not in changes and current["engine_version"] and is_older(version, current["engine_version"]):
        phrases.append(f"engine_version is {current['engine_version']} and cannot go back to {version}")
    if changes.get("engine") == "redis":
        phrases.append("engine is valkey and cannot go back to redis")
    return phrases


def contradictions(options: Mapping[str, Any]) -> list[str]:
    """Return what the options say that cannot be together."""
    count = wanted_group(options).get("num_cache_clusters")
    token = options.get("auth_token")
    checks = {
        "automatic_failover needs at least two nodes: raise num_cache_clusters": options.get("automatic_failover") and count == 1,
        "multi_az needs automatic_failover": options.get("multi_az") and options.get("automatic_failover") is False,
        "auth_token needs transit_encryption": token and options.get("transit_encryption") is False,
        "auth_token must have 16 to 128 characters": token and not 16 <= len(token) <= 128,
        "kms_key_id needs at_rest_encryption": options.get("kms_key_id") and options.get("at_rest_encryption") is False,
    }
    return [message for message, wrong in checks.items() if wrong]


def token_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what the token's options change; a token cannot be read, so an existing one is only replaced on request."""
    enabled = current["auth_token_enabled"]
    if options.get("auth_token_strategy") == "delete":
        return {"auth_token_enabled": False} if enabled else {}
    if not options.get("auth_token"):
        return {}
    if not enabled:
        return {"auth_token_enabled": True}
    return {"auth_token_last_modified": None} if options.get("update_auth_token") else {}


def request(values: Mapping[str, Any], names: Mapping[str, str], logs: Sequence[Mapping[str, Any]]) -> Document:
    """Return parameters of AWS's for the values of ours that have a name there; `logs` is the present log_delivery."""
    body = {names[key]: value for key, value in values.items() if key in names}
    if "log_delivery" in values:
        body[names["log_delivery"]] = log_request(values["log_delivery"], logs)
    return body
