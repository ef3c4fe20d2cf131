# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A domain of OpenSearch in one form, and what differs from what its user wants.  Private to the collection."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key

Document = dict[str, Any]

LOGS = {
    "index_slow": "INDEX_SLOW_LOGS",
    "search_slow": "SEARCH_SLOW_LOGS",
    "application": "ES_APPLICATION_LOGS",
    "audit": "AUDIT_LOGS",
}
TLS_POLICIES = ("Policy-Min-TLS-1-2-2019-07", "Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-0-2019-07")
FIXED = ("kms_key_arn", "in_vpc")
"""What a domain has from its creation on."""
ONE_WAY = ("encryption_at_rest", "node_to_node_encryption", "fine_grained_access")
"""What can be switched on, and never off."""
PASSWORD_KINDS = (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]")
"""What AWS wants in the master user's password, beside eight characters."""
UNORDERED = ("subnet_ids", "security_group_ids")


def domain_document(status: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    """Return what AWS reports of a domain, as the module returns it."""
    cluster, volume = status.get("ClusterConfig") or {}, status.get("EBSOptions") or {}
    vpc, endpoint = status.get("VPCOptions") or {}, status.get("DomainEndpointOptions") or {}
    security = status.get("AdvancedSecurityOptions") or {}
    window = ((status.get("OffPeakWindowOptions") or {}).get("OffPeakWindow") or {}).get("WindowStartTime") or {}
    policy = status.get("AccessPolicies")
    return {
        "name": status["DomainName"],
        "arn": status["ARN"],
        "id": status.get("DomainId"),
        "endpoint": status.get("Endpoint") or (status.get("Endpoints") or {}).get("vpc"),
        "processing": bool(status.get("Processing") or status.get("UpgradeProcessing")),
        "deleting": bool(status.get("Deleted")),
        "engine_version": status.get("EngineVersion"),
        **_cluster_document(cluster),
        "volume": {
            "size_gib": volume.get("VolumeSize"),
            "type": volume.get("VolumeType"),
            "iops": volume.get("Iops"),
            "throughput": volume.get("Throughput"),
        },
        "in_vpc": bool(vpc.get("SubnetIds")),
        "subnet_ids": vpc.get("SubnetIds") or [],
        "security_group_ids": vpc.get("SecurityGroupIds") or [],
        "encryption_at_rest": _on(status.get("EncryptionAtRestOptions")),
        "kms_key_arn": (status.get("EncryptionAtRestOptions") or {}).get("KmsKeyId"),
        "node_to_node_encryption": _on(status.get("NodeToNodeEncryptionOptions")),
        "enforce_https": bool(endpoint.get("EnforceHTTPS")),
        "tls_policy": endpoint.get("TLSSecurityPolicy"),
        "fine_grained_access": _on(security),
        "internal_users": bool(security.get("InternalUserDatabaseEnabled")),
        "access_policy": json.loads(policy) if policy else None,
        "options": dict(status.get("AdvancedOptions") or {}),
        "automated_snapshot_hour": (status.get("SnapshotOptions") or {}).get("AutomatedSnapshotStartHour"),
        "auto_tune": str((status.get("AutoTuneOptions") or {}).get("State", "")).startswith("ENABLE"),
        "software_update": bool((status.get("SoftwareUpdateOptions") or {}).get("AutoSoftwareUpdateEnabled")),
        "off_peak_window_start": f"{window.get('Hours') or 0:02}:{window.get('Minutes') or 0:02}" if window else None,
        "logs": {
            name: (status.get("LogPublishingOptions") or {}).get(kind, {}).get("CloudWatchLogsLogGroupArn")
            for name, kind in LOGS.items()
            if (status.get("LogPublishingOptions") or {}).get(kind, {}).get("Enabled")
        },
        "tags": dict(tags),
    }


def _on(options: Mapping[str, Any] | None) -> bool:
    return bool((options or {}).get("Enabled"))


def _cluster_document(cluster: Mapping[str, Any]) -> Document:
    masters = {"instance_type": cluster.get("DedicatedMasterType"), "count": cluster.get("DedicatedMasterCount")}
    zones = (cluster.get("ZoneAwarenessConfig") or {}).get("AvailabilityZoneCount") or 2
    return {
        "instance_type": cluster.get("InstanceType"),
        "instance_count": cluster.get("InstanceCount"),
        "availability_zones": zones if cluster.get("ZoneAwarenessEnabled") else 1,
        "dedicated_masters": masters if cluster.get("DedicatedMasterEnabled") else {},
    }


PLAIN = (
    "engine_version",
    "instance_type",
    "instance_count",
    "availability_zones",
    "dedicated_masters",
    "volume",
    "subnet_ids",
    "security_group_ids",
    "encryption_at_rest",
    "node_to_node_encryption",
    "enforce_https",
    "tls_policy",
    "automated_snapshot_hour",
    "auto_tune",
    "software_update",
    "off_peak_window_start",
)
"""The options that are compared as they are."""


def wanted_domain(options: Mapping[str, Any]) -> Document:
    """Return what the user says about the domain, without what needs a comparison of its own."""
    wanted = given({key: options[key] for key in PLAIN})
    for key in ("volume", "dedicated_masters"):
        if key in wanted:
            wanted[key] = given(wanted[key])
    if options["options"] is not None:
        wanted["options"] = {
            key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in options["options"].items()
        }
    if options["master_user_name"] or options["master_user_arn"]:
        wanted["fine_grained_access"] = True
        wanted["internal_users"] = bool(options["master_user_name"])
    if options["subnet_ids"] is not None:
        wanted["in_vpc"] = bool(options["subnet_ids"])
    return wanted


def domain_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return the keys of the document that must change, with their new values."""
    wanted = wanted_domain(options)
    masters = wanted.pop("dedicated_masters", None)
    changes = differing(current, wanted, UNORDERED)
    if masters is not None and masters != current["dedicated_masters"]:
        changes["dedicated_masters"] = masters
    key = options["kms_key_arn"]
    if key and not same_key(current["kms_key_arn"], key, "es"):
        changes["kms_key_arn"] = key
    policy = options["access_policy"]
    if policy is not None and (current["access_policy"] is None or compare_policies(current["access_policy"], policy)):
        changes["access_policy"] = policy
    logs = options["logs"]
    if logs is not None and {name: _group(arn) for name, arn in logs.items()} != {
        name: _group(arn) for name, arn in current["logs"].items()
    }:
        changes["logs"] = logs
    return changes


def _group(arn: str) -> str:
    """Return the ARN of a log group without the wildcard that some answers have."""
    return arn.removesuffix(":*")


def version_key(version: str) -> tuple[bool, tuple[int, ...]]:
    """Return what versions are ordered by; OpenSearch follows Elasticsearch."""
    engine, _unused, number = version.partition("_")
    return engine == "OpenSearch", tuple(int(part) for part in re.findall(r"\d+", number))


def impossible(current: Mapping[str, Any], changes: Mapping[str, Any]) -> list[str]:
    """Return a phrase for every change that AWS cannot make."""
    phrases = [f"{key} is {current[key]} and cannot become {changes[key]}" for key in FIXED if key in changes]
    phrases += [f"{key} is on and cannot be switched off" for key in ONE_WAY if changes.get(key) is False]
    version = changes.get("engine_version")
    if version and version_key(version) < version_key(current["engine_version"]):
        phrases.append(f"engine_version is {current['engine_version']} and cannot go back to {version}")
    return phrases


def contradictions(options: Mapping[str, Any]) -> list[str]:
    """Return what the options say that cannot be together."""
    zones, subnets, count = options["availability_zones"], options["subnet_ids"], options["instance_count"]
    secured = bool(options["master_user_name"] or options["master_user_arn"])
    unsafe = [key for key in ("encryption_at_rest", "node_to_node_encryption", "enforce_https") if options[key] is False]
    hour, window = options["automated_snapshot_hour"], options["off_peak_window_start"]
    password = options["master_user_password"]
    weak = password and (len(password) < 8 or not all(re.search(kind, password) for kind in PASSWORD_KINDS))
    checks = {
        f"{zones} zones need {zones} subnets, one in each": zones and subnets and len(subnets) != zones,
        f"{zones} zones need at least {zones} nodes": zones and count and count < zones,
        "master_user_name needs master_user_password": bool(options["master_user_name"]) != bool(options["master_user_password"]),
        "master_user_password needs 8 characters, an upper-case and a lower-case letter, a digit and another character among them": weak,
        f"fine-grained access control needs {', '.join(unsafe)}": secured and unsafe,
        "automated_snapshot_hour must be from 0 to 23": hour is not None and not 0 <= hour <= 23,
        "off_peak_window_start must be a time such as 02:00": window and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", window),
    }
    return [message for message, wrong in checks.items() if wrong]


# -- Requests --------------------------------------------------------------------------------------------


def _cluster(values: Mapping[str, Any]) -> Document:
    masters, zones = values.get("dedicated_masters") or {}, values.get("availability_zones") or 1
    aware = {"ZoneAwarenessEnabled": True, "ZoneAwarenessConfig": {"AvailabilityZoneCount": zones}}
    leading = {"DedicatedMasterType": masters.get("instance_type"), "DedicatedMasterCount": masters.get("count")} if masters else {}
    return given(
        {
            "InstanceType": values.get("instance_type"),
            "InstanceCount": values.get("instance_count"),
            **(aware if zones > 1 else {"ZoneAwarenessEnabled": False}),
            "DedicatedMasterEnabled": bool(masters),
            **leading,
        }
    )


def _volume(values: Mapping[str, Any]) -> Document:
    names = {"size_gib": "VolumeSize", "type": "VolumeType", "iops": "Iops", "throughput": "Throughput"}
    volume = values["volume"]
    gp3 = volume.get("type") == "gp3"
    # What another type does not have would be refused.
    allowed = {"size_gib", "type", *({"iops", "throughput"} if gp3 else {"iops"} if volume.get("type") == "io1" else set())}
    return {"EBSEnabled": True, **{names[key]: value for key, value in given(volume).items() if key in allowed}}


def _window(values: Mapping[str, Any]) -> Document:
    hours, minutes = values["off_peak_window_start"].split(":")
    return {"Enabled": True, "OffPeakWindow": {"WindowStartTime": {"Hours": int(hours), "Minutes": int(minutes)}}}


def _encryption(values: Mapping[str, Any]) -> Document:
    key = {"KmsKeyId": values["kms_key_arn"]} if values.get("kms_key_arn") else {}
    return {"Enabled": values["encryption_at_rest"], **(key if values["encryption_at_rest"] else {})}


def _logs(values: Mapping[str, Any]) -> Document:
    wanted = {LOGS[name]: {"CloudWatchLogsLogGroupArn": _group(arn), "Enabled": True} for name, arn in values["logs"].items()}
    # The name of a log that is switched off must be said.
    gone = {LOGS[name]: {"Enabled": False} for name in values.get("old_logs", {}) if name not in values["logs"]}
    return {**wanted, **gone}


SECTIONS: dict[str, tuple[tuple[str, ...], Callable[[Mapping[str, Any]], Any]]] = {
    "ClusterConfig": (("instance_type", "instance_count", "availability_zones", "dedicated_masters"), _cluster),
    "EBSOptions": (("volume",), _volume),
    "VPCOptions": (
        ("subnet_ids", "security_group_ids"),
        lambda values: {"SubnetIds": values["subnet_ids"], "SecurityGroupIds": values["security_group_ids"]},
    ),
    "EncryptionAtRestOptions": (("encryption_at_rest", "kms_key_arn"), _encryption),
    "NodeToNodeEncryptionOptions": (("node_to_node_encryption",), lambda values: {"Enabled": values["node_to_node_encryption"]}),
    "DomainEndpointOptions": (
        ("enforce_https", "tls_policy"),
        lambda values: given({"EnforceHTTPS": values.get("enforce_https"), "TLSSecurityPolicy": values.get("tls_policy")}),
    ),
    "AccessPolicies": (("access_policy",), lambda values: json.dumps(values["access_policy"])),
    "AdvancedOptions": (("options",), lambda values: values["options"]),
    "SnapshotOptions": (("automated_snapshot_hour",), lambda values: {"AutomatedSnapshotStartHour": values["automated_snapshot_hour"]}),
    "AutoTuneOptions": (("auto_tune",), lambda values: {"DesiredState": "ENABLED" if values["auto_tune"] else "DISABLED"}),
    "SoftwareUpdateOptions": (("software_update",), lambda values: {"AutoSoftwareUpdateEnabled": values["software_update"]}),
    "OffPeakWindowOptions": (("off_peak_window_start",), _window),
    "LogPublishingOptions": (("logs",), _logs),
}
"""The parts of a request, the keys of the document that each is made of, and how."""


def request(values: Mapping[str, Any], changed: Mapping[str, Any]) -> Document:
    """Return the sections of a request that say what `changed` has; `values` is all that is wanted."""
    return {section: make(values) for section, (keys, make) in SECTIONS.items() if any(key in changed for key in keys)}


def security_request(options: Mapping[str, Any]) -> Document:
    """Return the section about who may do what."""
    if options["master_user_name"]:
        user = {"MasterUserName": options["master_user_name"], "MasterUserPassword": options["master_user_password"]}
    else:
        user = {"MasterUserARN": options["master_user_arn"]}
    return {"Enabled": True, "InternalUserDatabaseEnabled": bool(options["master_user_name"]), "MasterUserOptions": user}
