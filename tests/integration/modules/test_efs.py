# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file system of EFS, its mount targets and access points."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.emulator.parts import Network, make_network
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

SYSTEM, TARGET, POINT = "efs_file_system", "efs_mount_target", "efs_access_point"
OPTIONS: dict[str, Any] = {
    "name": "volumes",
    "throughput_mode": "elastic",
    "lifecycle": {"transition_to_ia": "AFTER_30_DAYS", "transition_to_primary_storage_class": "AFTER_1_ACCESS"},
    "backup": True,
    "tags": {"Environment": "prod"},
}


def systems(account: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.client("efs").describe_file_systems()["FileSystems"]
    return found


def made(run_module: RunModule) -> str:
    result = run_module(SYSTEM, OPTIONS)
    assert result.changed, result.msg
    return str(result["file_system"]["file_system_id"])


def test_a_file_system(account: Any, run_module: RunModule) -> None:
    planned = run_module(SYSTEM, OPTIONS, check=True)
    assert planned["file_system"]["encrypted"] is True
    assert systems(account) == []
    first = run_module(SYSTEM, OPTIONS)
    assert first.changed, first.msg
    (system,) = systems(account)
    assert (system["Encrypted"], system["ThroughputMode"], system["Name"]) == (True, "elastic", "volumes")
    assert {tag["Key"] for tag in system["Tags"]} == {"Environment", "Name"}
    efs = account.client("efs")
    identifier = system["FileSystemId"]
    assert efs.describe_backup_policy(FileSystemId=identifier)["BackupPolicy"]["Status"] == "ENABLED"
    assert efs.describe_tags(FileSystemId=identifier)["Tags"] == system["Tags"]
    second = run_module(SYSTEM, OPTIONS)
    assert not second.changed
    assert second["file_system"] == first["file_system"]

    wanted = {
        **OPTIONS,
        "throughput_mode": "provisioned",
        "provisioned_throughput_mibps": 10,
        "lifecycle": {"transition_to_ia": "AFTER_7_DAYS"},
        "backup": False,
        "tags": {"Environment": "dev"},
    }
    checked = run_module(SYSTEM, wanted, check=True, diff=True)
    assert checked["diff"]["before"]["throughput_mode"] == "elastic"
    assert systems(account)[0]["ThroughputMode"] == "elastic"
    assert run_module(SYSTEM, wanted).changed
    assert not run_module(SYSTEM, wanted).changed
    assert systems(account)[0]["ProvisionedThroughputInMibps"] == 10
    assert efs.describe_lifecycle_configuration(FileSystemId=identifier)["LifecyclePolicies"] == [{"TransitionToIA": "AFTER_7_DAYS"}]
    assert run_module(SYSTEM, {**OPTIONS, "lifecycle": {}}).changed
    assert not run_module(SYSTEM, {**OPTIONS, "lifecycle": {}}).changed

    assert "which cannot be changed" in run_module(SYSTEM, {**OPTIONS, "encrypted": False}).msg
    assert "provisioned_throughput_mibps" in run_module(SYSTEM, {"name": "other", "throughput_mode": "provisioned"}).msg
    gone = {"name": "volumes", "state": "absent"}
    assert run_module(SYSTEM, gone, check=True).changed
    assert run_module(SYSTEM, gone).changed
    assert systems(account) == []
    assert not run_module(SYSTEM, gone).changed


def target_options(network: Network, system: str) -> dict[str, Any]:
    return {"file_system_id": system, "subnet_id": network.subnet_ids[0], "security_groups": [network.group_id]}


def test_a_mount_target(account: Any, run_module: RunModule) -> None:
    network = make_network(account)
    options = target_options(network, made(run_module))
    efs = account.client("efs")

    def targets() -> list[dict[str, Any]]:
        return list(efs.describe_mount_targets(FileSystemId=options["file_system_id"])["MountTargets"])

    assert run_module(TARGET, options, check=True).changed
    assert targets() == []
    first = run_module(TARGET, options)
    assert first.changed, first.msg
    assert first["mount_target"]["life_cycle_state"] == "available"
    assert not run_module(TARGET, options).changed
    group = account.client("ec2").create_security_group(GroupName="efs", Description="efs", VpcId=network.vpc_id)["GroupId"]
    moved = {**options, "security_groups": [group]}
    checked = run_module(TARGET, moved, check=True, diff=True)
    assert checked["diff"] == {"before": {"security_groups": [network.group_id]}, "after": {"security_groups": [group]}}
    assert run_module(TARGET, moved).changed
    assert efs.describe_mount_target_security_groups(MountTargetId=targets()[0]["MountTargetId"])["SecurityGroups"] == [group]
    assert "which cannot be changed" in run_module(TARGET, {**moved, "ip_address": "10.20.0.200"}).msg
    assert "mount target" in run_module(SYSTEM, {"name": "volumes", "state": "absent"}).msg
    gone = {**options, "state": "absent"}
    assert run_module(TARGET, gone, check=True).changed
    assert run_module(TARGET, gone).changed
    assert targets() == []
    assert not run_module(TARGET, gone).changed


def test_an_access_point(account: Any, run_module: RunModule) -> None:
    options = {
        "file_system_id": made(run_module),
        "name": "grafana",
        "posix_user": {"uid": 472, "gid": 472},
        "path": "/grafana",
        "owner_uid": 472,
        "owner_gid": 472,
        "permissions": "0750",
        "tags": {"Environment": "prod"},
    }
    efs = account.client("efs")
    assert run_module(POINT, options, check=True)["access_point"]["access_point_id"] is None
    assert efs.describe_access_points()["AccessPoints"] == []
    first = run_module(POINT, options)
    assert first.changed, first.msg
    assert not run_module(POINT, options).changed
    (point,) = efs.describe_access_points()["AccessPoints"]
    assert point["RootDirectory"]["CreationInfo"] == {"OwnerUid": 472, "OwnerGid": 472, "Permissions": "0750"}

    tagged = run_module(POINT, {**options, "tags": {"Environment": "dev"}})
    assert tagged.changed
    assert tagged["access_point"]["access_point_id"] == first["access_point"]["access_point_id"]
    moved = {**options, "path": "/elsewhere"}
    assert run_module(POINT, moved, check=True)["replaced"] is True
    after = run_module(POINT, moved)
    assert after["access_point"]["access_point_id"] != first["access_point"]["access_point_id"]
    assert len(efs.describe_access_points()["AccessPoints"]) == 1
    assert not run_module(POINT, moved).changed

    assert "does not exist" in run_module(POINT, {**options, "file_system_id": "fs-00000000000000000"}).msg
    gone = {"file_system_id": options["file_system_id"], "name": "grafana", "state": "absent"}
    assert run_module(POINT, gone, check=True).changed
    assert run_module(POINT, gone).changed
    assert not run_module(POINT, gone).changed
