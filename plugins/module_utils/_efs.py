# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""File systems, mount targets and access points of EFS: documents and comparison, pure.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, gone_waiter, status_waiter

Document = dict[str, Any]

AVAILABLE: Final[Waiter] = status_waiter(
    "DescribeFileSystems", "FileSystems[0].LifeCycleState", ["available"], ["error", "deleted"], delay=5
)
GONE: Final[Waiter] = gone_waiter("DescribeFileSystems", "FileSystems[0].LifeCycleState", ["FileSystemNotFound"], ["error"], delay=5)
TARGET_AVAILABLE: Final[Waiter] = status_waiter(
    "DescribeMountTargets", "MountTargets[0].LifeCycleState", ["available"], ["error", "deleted"], delay=10
)
TARGET_GONE: Final[Waiter] = gone_waiter(
    "DescribeMountTargets", "MountTargets[0].LifeCycleState", ["MountTargetNotFound"], ["error"], delay=10
)

# Options of the module -> what AWS calls it in a lifecycle policy.
TRANSITIONS: Final = {
    "transition_to_ia": "TransitionToIA",
    "transition_to_archive": "TransitionToArchive",
    "transition_to_primary_storage_class": "TransitionToPrimaryStorageClass",
}
FIXED: Final = ("encrypted", "kms_key_id", "performance_mode", "availability_zone")


def file_system_document(found: Mapping[str, Any], lifecycle: list[Mapping[str, str]], backup: str | None) -> Document:
    """Return a file system as AWS describes it as the module returns it."""
    return {
        "file_system_id": found["FileSystemId"],
        "arn": found["FileSystemArn"],
        "name": found["CreationToken"],
        "life_cycle_state": found["LifeCycleState"],
        "encrypted": found.get("Encrypted", False),
        "kms_key_id": found.get("KmsKeyId"),
        "performance_mode": found.get("PerformanceMode"),
        "throughput_mode": found.get("ThroughputMode"),
        "provisioned_throughput_mibps": found.get("ProvisionedThroughputInMibps") or None,
        "availability_zone": found.get("AvailabilityZoneName"),
        "lifecycle": lifecycle_of(lifecycle),
        "backup": backup in ("ENABLED", "ENABLING"),
        "size_bytes": (found.get("SizeInBytes") or {}).get("Value", 0),
        "mount_targets": found.get("NumberOfMountTargets", 0),
        "tags": boto3_tag_list_to_ansible_dict(found.get("Tags") or []),
    }


def lifecycle_of(policies: list[Mapping[str, str]]) -> Document:
    """Return lifecycle policies, each of which says one thing, as one dictionary."""
    said = {key: value for policy in policies for key, value in policy.items()}
    return {option: said[name] for option, name in TRANSITIONS.items() if name in said}


def lifecycle_policies(lifecycle: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the policies that say what the option `lifecycle` does."""
    return [{name: str(lifecycle[option])} for option, name in TRANSITIONS.items() if lifecycle.get(option)]


def same_key(first: str | None, second: str | None) -> bool:
    """Return whether two names of a key mean the same one: AWS answers with the ARN, whatever was asked with."""
    return (first or "").rpartition("/")[2] == (second or "").rpartition("/")[2]


def file_system_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs of a file system, tags apart; only one with provisioned throughput has a figure for it."""
    wanted = {key: options.get(key) for key in (*FIXED, "throughput_mode", "provisioned_throughput_mibps", "backup")}
    if same_key(wanted["kms_key_id"], current.get("kms_key_id")) or "alias/" in (wanted["kms_key_id"] or ""):
        wanted["kms_key_id"] = None
    changes = differing(current, wanted)
    if changes.get("throughput_mode", current.get("throughput_mode")) != "provisioned":
        changes.pop("provisioned_throughput_mibps", None)
        if current.get("provisioned_throughput_mibps") is not None and "throughput_mode" in changes:
            changes["provisioned_throughput_mibps"] = None
    lifecycle = options.get("lifecycle")
    if lifecycle is not None and given(lifecycle) != current["lifecycle"]:
        changes["lifecycle"] = given(lifecycle)
    return changes


def access_point_document(found: Mapping[str, Any]) -> Document:
    """Return an access point as AWS describes it as the module returns it."""
    tags = boto3_tag_list_to_ansible_dict(found.get("Tags") or [])
    user, root = found.get("PosixUser") or {}, found.get("RootDirectory") or {}
    made = root.get("CreationInfo") or {}
    return {
        "access_point_id": found["AccessPointId"],
        "arn": found["AccessPointArn"],
        "file_system_id": found["FileSystemId"],
        "name": found.get("Name") or tags.get("Name"),
        "life_cycle_state": found.get("LifeCycleState"),
        "posix_user": {"uid": user["Uid"], "gid": user["Gid"], "secondary_gids": sorted(user.get("SecondaryGids") or [])} if user else None,
        "path": root.get("Path", "/"),
        "owner_uid": made.get("OwnerUid"),
        "owner_gid": made.get("OwnerGid"),
        "permissions": made.get("Permissions"),
        "tags": tags,
    }


def access_point_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs of an access point and only a new one can have; tags apart."""
    wanted = {key: options.get(key) for key in ("path", "owner_uid", "owner_gid", "permissions")}
    if wanted["permissions"] is not None:
        # AWS answers as it was asked: 0755 and 755 are the same directory.
        wanted["permissions"] = None if _mode(wanted["permissions"]) == _mode(current.get("permissions")) else wanted["permissions"]
    changes = differing(current, wanted)
    if (user := options.get("posix_user")) is not None:
        posix = {**user, "secondary_gids": sorted(user.get("secondary_gids") or [])}
        if posix != current.get("posix_user"):
            changes["posix_user"] = posix
    return changes


def _mode(text: str | None) -> int | None:
    return int(text, 8) if text else None
