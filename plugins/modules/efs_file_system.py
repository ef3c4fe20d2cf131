#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a file system of EFS."""

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_file_system
version_added: 0.5.0
short_description: Manage a file system of EFS
description:
  - Makes an Elastic File System, and keeps its throughput, lifecycle, backup and tags as they are to be.
  - It is found by its creation token, which is O(name) and of which AWS allows one in an account and region.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The creation token, and the tag V(Name) unless O(tags) has one. At most 64 characters.
    type: str
    required: true
  state:
    description:
      - Whether the file system is there.
      - Before it goes, its mount targets and access points must.
    type: str
    choices: [present, absent]
    default: present
  encrypted:
    description: Whether data is encrypted at rest. A file system keeps what it was made with. A new one is encrypted by default.
    type: bool
  kms_key_id:
    description:
      - The id, ARN or alias of the KMS key. A file system keeps its key.
      - A new one has AWS's own key (C(aws/elasticfilesystem)) by default.
    type: str
  performance_mode:
    description:
      - Whether latency or the number of operations comes first. A file system keeps its mode.
      - A new one is V(generalPurpose) by default.
    type: str
    choices: [generalPurpose, maxIO]
  throughput_mode:
    description: How throughput is given. A new file system is V(bursting) by default.
    type: str
    choices: [bursting, elastic, provisioned]
  provisioned_throughput_mibps:
    description: MiB a second. Needed with O(throughput_mode=provisioned), and ignored with the others.
    type: float
  availability_zone:
    description: The one zone in which a One Zone file system is kept. A file system keeps it. Without it, data is kept in several zones.
    type: str
  lifecycle:
    description: When files change their storage class. An empty dictionary takes the rules away.
    type: dict
    suboptions:
      transition_to_ia:
        description: After how long without access a file becomes infrequently accessed, such as V(AFTER_30_DAYS).
        type: str
      transition_to_archive:
        description: After how long without access a file is archived, such as V(AFTER_90_DAYS). It needs O(throughput_mode=elastic).
        type: str
      transition_to_primary_storage_class:
        description: When a file comes back, V(AFTER_1_ACCESS).
        type: str
  backup:
    description: Whether AWS Backup saves the file system every day by its default plan.
    type: bool
  force:
    description: With O(state=absent), whether a file system that holds more than a mebibyte is deleted, too.
    type: bool
    default: false
  wait:
    description: Whether to wait until the file system is available, or gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait at most, in seconds.
    type: int
    default: 300
notes:
  - M(community.aws.efs) has no check mode, tags a file system only after it was made and by operations that AWS has deprecated, and knows
    neither elastic throughput nor the archive nor backups.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Make the file system of the cluster's volumes
  stratum.aws.efs_file_system:
    name: kubernetes-prod-volumes
    kms_key_id: alias/kubernetes-prod
    throughput_mode: elastic
    lifecycle:
      transition_to_ia: AFTER_30_DAYS
    backup: true
    tags:
      Environment: prod

- name: Delete it with what it holds
  stratum.aws.efs_file_system:
    name: kubernetes-prod-volumes
    state: absent
    force: true
"""

RETURN = r"""
file_system:
  description: The file system, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      returned: when the file system exists
      type: str
      sample: arn:aws:elasticfilesystem:us-east-1:123456789012:file-system/fs-0123456789abcdef0
    file_system_id:
      description: Its id.
      returned: when the file system exists
      type: str
      sample: fs-0123456789abcdef0
    life_cycle_state:
      description: Its state.
      returned: when the file system exists
      type: str
      sample: available
    mount_targets:
      description: How many mount targets it has.
      returned: when the file system exists
      type: int
      sample: 3
    size_bytes:
      description: What it holds, as AWS last measured it.
      returned: when the file system exists
      type: int
      sample: 6144
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._efs import (
    AVAILABLE,
    FIXED,
    GONE,
    TRANSITIONS,
    file_system_changes,
    file_system_document,
    lifecycle_policies,
)
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

HOLDS_SOMETHING = 1024**2


class FileSystem(AwsResource):
    """A file system, known by its creation token."""

    service = "efs"
    kind = "File system"
    returns = "file_system"
    missing = ("FileSystemNotFound", "PolicyNotFound")
    cures: ClassVar[Mapping[str, str]] = {
        "FileSystemInUse": "Delete its mount targets and access points first.",
        "TooManyRequests": "Its throughput was changed within the last 24 hours: run again later.",
        "InsufficientThroughputCapacity": "The region has not so much throughput: ask for less, or choose elastic.",
        "ThroughputLimitExceeded": "Ask AWS for a higher quota, or for less throughput.",
        "FileSystemLimitExceeded": "Ask AWS for a higher quota, or delete what is not used.",
        "IncorrectFileSystemLifeCycleState": "Something else changes it: run again in a minute.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        found = self.call("describe_file_systems", CreationToken=self.params["name"])["FileSystems"]
        found = [system for system in found if system["LifeCycleState"] != "deleted"]
        if not found:
            return None
        identifier = found[0]["FileSystemId"]
        lifecycle = self.call("describe_lifecycle_configuration", FileSystemId=identifier)["LifecyclePolicies"]
        backup = (self.find("describe_backup_policy", FileSystemId=identifier) or {}).get("BackupPolicy", {}).get("Status")
        return file_system_document(found[0], lifecycle, backup)

    def _leaving(self, current: Document) -> bool:
        return bool(current["life_cycle_state"] == "deleting")

    def _await_deletion(self, current: Document) -> None:
        self.wait(GONE, FileSystemId=current["file_system_id"])

    @property
    def _tags(self) -> dict[str, str] | None:
        tags = text_tags(self.params["tags"])
        return None if tags is None else {"Name": self.params["name"], **tags}

    def _changes(self, current: Document) -> Document:
        changes = file_system_changes(current, self.params)
        if kept := sorted(changes.keys() & set(FIXED)):
            said = ", ".join(f"{key} {current.get(key)}" for key in kept)
            self.fail(f"it was made with {said}, which cannot be changed. Give it these values, or a new name and copy the files.")
        return {**changes, **tag_changes(current["tags"], self._tags, self.params["purge_tags"])}

    def _predict(self) -> Document:
        predicted = super()._predict()
        predicted.pop("force", None)
        made = {"encrypted": True, "performance_mode": "generalPurpose", "throughput_mode": "bursting", "backup": False}
        lifecycle = given(self.params["lifecycle"] or {})
        return {**made, **predicted, "lifecycle": lifecycle, "tags": self._tags or {"Name": self.params["name"]}}

    def _create(self) -> None:
        wanted = self._predict()
        answer = self.call(
            "create_file_system",
            CreationToken=wanted["name"],
            PerformanceMode=wanted["performance_mode"],
            Encrypted=wanted["encrypted"],
            KmsKeyId=wanted.get("kms_key_id"),
            ThroughputMode=wanted["throughput_mode"],
            ProvisionedThroughputInMibps=self._throughput(wanted),
            AvailabilityZoneName=wanted.get("availability_zone"),
            Backup=wanted["backup"],
            Tags=ansible_dict_to_boto3_tag_list(wanted["tags"]),
        )
        self.wait(AVAILABLE, FileSystemId=answer["FileSystemId"])
        if wanted["lifecycle"]:
            self._set_lifecycle(answer["FileSystemId"], wanted["lifecycle"])

    @staticmethod
    def _throughput(wanted: Mapping[str, Any]) -> float | None:
        return wanted.get("provisioned_throughput_mibps") if wanted["throughput_mode"] == "provisioned" else None

    def _set_lifecycle(self, identifier: str, lifecycle: Mapping[str, Any]) -> None:
        self.call("put_lifecycle_configuration", FileSystemId=identifier, LifecyclePolicies=lifecycle_policies(lifecycle))

    def _update(self, current: Document, changes: Document) -> None:
        identifier, after = current["file_system_id"], {**current, **changes}
        if changes.keys() & {"throughput_mode", "provisioned_throughput_mibps"}:
            self.call(
                "update_file_system",
                FileSystemId=identifier,
                ThroughputMode=after["throughput_mode"],
                ProvisionedThroughputInMibps=self._throughput(after),
            )
            self.wait(AVAILABLE, FileSystemId=identifier)
        if "lifecycle" in changes:
            self._set_lifecycle(identifier, changes["lifecycle"])
        if "backup" in changes:
            self.call("put_backup_policy", FileSystemId=identifier, BackupPolicy={"Status": "ENABLED" if changes["backup"] else "DISABLED"})
        retag(
            current["tags"],
            after["tags"],
            lambda tags: self.call("tag_resource", ResourceId=identifier, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceId=identifier, TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        if current["size_bytes"] > HOLDS_SOMETHING and not self.params["force"]:
            self.fail(f"it holds {current['size_bytes']} bytes. Save what matters, and set force if it is to go.")
        self.find("delete_file_system", FileSystemId=current["file_system_id"])
        self.wait(GONE, FileSystemId=current["file_system_id"])


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "state": STATE,
        "encrypted": {"type": "bool"},
        "kms_key_id": {},
        "performance_mode": {"choices": ["generalPurpose", "maxIO"]},
        "throughput_mode": {"choices": ["bursting", "elastic", "provisioned"]},
        "provisioned_throughput_mibps": {"type": "float"},
        "availability_zone": {},
        "lifecycle": {"type": "dict", "options": {name: {} for name in TRANSITIONS}},
        "backup": {"type": "bool"},
        "force": {"type": "bool", "default": False},
        **TAGS,
        **wait_options(300),
    }
    needed = [("throughput_mode", "provisioned", ["provisioned_throughput_mibps"])]
    FileSystem(AnsibleAWSModule(argument_spec=spec, required_if=needed, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
