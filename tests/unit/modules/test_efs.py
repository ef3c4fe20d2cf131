# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs of file systems and access points."""

from __future__ import annotations

from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._efs import (
    access_point_changes,
    access_point_document,
    file_system_changes,
    file_system_document,
    lifecycle_policies,
)

KEY = "arn:aws:kms:us-east-1:123456789012:key/1111"
FOUND: dict[str, Any] = {
    "FileSystemId": "fs-1",
    "FileSystemArn": "arn",
    "CreationToken": "volumes",
    "LifeCycleState": "available",
    "Encrypted": True,
    "KmsKeyId": KEY,
    "PerformanceMode": "generalPurpose",
    "ThroughputMode": "provisioned",
    "ProvisionedThroughputInMibps": 8.0,
    "Tags": [{"Key": "Name", "Value": "volumes"}],
}
CURRENT = file_system_document(FOUND, [{"TransitionToIA": "AFTER_30_DAYS"}], "ENABLING")
POINT: dict[str, Any] = {
    "AccessPointId": "fsap-1",
    "AccessPointArn": "arn",
    "FileSystemId": "fs-1",
    "Name": "grafana",
    "PosixUser": {"Uid": 472, "Gid": 472, "SecondaryGids": [2, 1]},
    "RootDirectory": {"Path": "/grafana", "CreationInfo": {"OwnerUid": 472, "OwnerGid": 472, "Permissions": "0750"}},
}


def test_a_key_is_the_same_by_its_id_and_an_alias_is_not_looked_behind() -> None:
    assert CURRENT["backup"] is True
    for key in (None, KEY, "1111", "alias/volumes"):
        assert file_system_changes(CURRENT, {"kms_key_id": key}) == {}
    assert file_system_changes(CURRENT, {"kms_key_id": "2222"}) == {"kms_key_id": "2222"}


def test_only_provisioned_throughput_has_a_figure() -> None:
    assert file_system_changes(CURRENT, {"throughput_mode": "elastic", "provisioned_throughput_mibps": 4.0}) == {
        "throughput_mode": "elastic",
        "provisioned_throughput_mibps": None,
    }
    assert file_system_changes(CURRENT, {"provisioned_throughput_mibps": 16.0}) == {"provisioned_throughput_mibps": 16.0}


def test_lifecycle_rules_are_one_whole() -> None:
    assert file_system_changes(CURRENT, {"lifecycle": {"transition_to_ia": "AFTER_30_DAYS", "transition_to_archive": None}}) == {}
    assert file_system_changes(CURRENT, {"lifecycle": {}}) == {"lifecycle": {}}
    both = {"transition_to_ia": "AFTER_7_DAYS", "transition_to_primary_storage_class": "AFTER_1_ACCESS"}
    assert lifecycle_policies(both) == [{"TransitionToIA": "AFTER_7_DAYS"}, {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"}]


def test_an_access_point_by_what_it_means() -> None:
    current = access_point_document(POINT)
    same = {"path": "/grafana", "permissions": "750", "posix_user": {"uid": 472, "gid": 472, "secondary_gids": [1, 2]}}
    assert access_point_changes(current, same) == {}
    assert access_point_changes(current, {"path": "/other"}) == {"path": "/other"}
    user = {"uid": 1, "gid": 1, "secondary_gids": None}
    assert access_point_changes(current, {"posix_user": user}) == {"posix_user": {"uid": 1, "gid": 1, "secondary_gids": []}}
