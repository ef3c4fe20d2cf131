#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a mount target of an EFS file system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_mount_target
version_added: 0.5.0
short_description: Manage a mount target of an EFS file system
description:
  - Gives a file system an address in a subnet, by which everything in the subnet's zone mounts it.
  - It is found by its file system and its subnet. AWS allows one in a zone.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  file_system_id:
    description: The id of the file system.
    type: str
    required: true
  subnet_id:
    description: The id of the subnet.
    type: str
    required: true
  state:
    description: Whether the mount target is there.
    type: str
    choices: [present, absent]
    default: present
  security_groups:
    description: The ids of the security groups, at most five. A new mount target has the VPC's default group by default.
    type: list
    elements: str
  ip_address:
    description: An address of the subnet for a new mount target. A mount target keeps its address. AWS takes a free one by default.
    type: str
  wait:
    description: Whether to wait until the mount target is available, or gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait at most, in seconds.
    type: int
    default: 600
notes:
  - M(community.aws.efs) manages all mount targets of a file system at once with the file system, and has no check mode.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Let a zone reach the file system
  stratum.aws.efs_mount_target:
    file_system_id: fs-0123456789abcdef0
    subnet_id: subnet-0123456789abcdef0
    security_groups: [sg-0123456789abcdef0]

- name: Take it away
  stratum.aws.efs_mount_target:
    file_system_id: fs-0123456789abcdef0
    subnet_id: subnet-0123456789abcdef0
    state: absent
"""

RETURN = r"""
mount_target:
  description: The mount target, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    availability_zone:
      description: The zone that it serves.
      returned: when the mount target exists
      type: str
      sample: us-east-1a
    life_cycle_state:
      description: Its state.
      returned: when the mount target exists
      type: str
      sample: available
    mount_target_id:
      description: Its id.
      returned: when the mount target exists
      type: str
      sample: fsmt-0123456789abcdef0
    network_interface_id:
      description: The network interface that EFS made for it.
      returned: when the mount target exists
      type: str
      sample: eni-0123456789abcdef0
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._efs import TARGET_AVAILABLE, TARGET_GONE


class MountTarget(AwsResource):
    """A mount target, known by its file system and its subnet."""

    service = "efs"
    kind = "Mount target"
    returns = "mount_target"
    missing = ("FileSystemNotFound", "MountTargetNotFound")
    cures: ClassVar[Mapping[str, str]] = {
        "FileSystemNotFound": "Create the file system first.",
        "IncorrectFileSystemLifeCycleState": "The file system is not ready: run again in a minute.",
        "MountTargetConflict": "The zone of the subnet has a mount target in another subnet: remove that, or use its subnet.",
        "SecurityGroupNotFound": "Create the security groups first, in the VPC of the subnet.",
        "SubnetNotFound": "Create the subnet first.",
    }

    @property
    def identity(self) -> str:
        return f"of {self.params['file_system_id']} in {self.params['subnet_id']}"

    def _describe(self) -> Document | None:
        answer = self.find("describe_mount_targets", FileSystemId=self.params["file_system_id"], MaxItems=100) or {"MountTargets": []}
        for target in answer["MountTargets"]:
            if target["SubnetId"] == self.params["subnet_id"] and target["LifeCycleState"] != "deleted":
                groups = self.call("describe_mount_target_security_groups", MountTargetId=target["MountTargetId"])["SecurityGroups"]
                return {
                    "mount_target_id": target["MountTargetId"],
                    "file_system_id": target["FileSystemId"],
                    "subnet_id": target["SubnetId"],
                    "ip_address": target.get("IpAddress"),
                    "life_cycle_state": target["LifeCycleState"],
                    "network_interface_id": target.get("NetworkInterfaceId"),
                    "availability_zone": target.get("AvailabilityZoneName"),
                    "security_groups": sorted(groups),
                }
        return None

    def _leaving(self, current: Document) -> bool:
        return bool(current["life_cycle_state"] == "deleting")

    def _await_deletion(self, current: Document) -> None:
        self.wait(TARGET_GONE, MountTargetId=current["mount_target_id"])

    def _settle(self, current: Document) -> Document:
        if current["life_cycle_state"] == "creating":
            self.wait(TARGET_AVAILABLE, MountTargetId=current["mount_target_id"])
        return current

    def _changes(self, current: Document) -> Document:
        wanted = {key: self.params[key] for key in ("security_groups", "ip_address")}
        changes = differing(current, wanted, unordered=("security_groups",))
        if "ip_address" in changes:
            self.fail(f"it has the address {current['ip_address']}, which cannot be changed. Leave ip_address out, or remove it first.")
        return changes

    def _create(self) -> None:
        answer = self.call(
            "create_mount_target",
            FileSystemId=self.params["file_system_id"],
            SubnetId=self.params["subnet_id"],
            IpAddress=self.params["ip_address"],
            SecurityGroups=self.params["security_groups"],
        )
        self.wait(TARGET_AVAILABLE, MountTargetId=answer["MountTargetId"])

    def _update(self, current: Document, changes: Document) -> None:
        self.call(
            "modify_mount_target_security_groups", MountTargetId=current["mount_target_id"], SecurityGroups=changes["security_groups"]
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_mount_target", MountTargetId=current["mount_target_id"])
        self.wait(TARGET_GONE, MountTargetId=current["mount_target_id"])


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "file_system_id": {"required": True},
        "subnet_id": {"required": True},
        "state": STATE,
        "security_groups": {"type": "list", "elements": "str"},
        "ip_address": {},
        **wait_options(600),
    }
    MountTarget(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
