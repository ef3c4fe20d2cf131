#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage an access point of an EFS file system."""

from __future__ import annotations

DOCUMENTATION = r"""
module: efs_access_point
version_added: 0.5.0
short_description: Manage an access point of an EFS file system
description:
  - Gives an application its own entrance to a file system, with a directory that is its root and a user that all its files belong to.
  - It is found by its file system and its name.
  - AWS cannot change an access point except for its tags, so a changed one is deleted and created again, with another id. The files stay.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  file_system_id:
    description: The id of the file system.
    type: str
    required: true
  name:
    description: The tag V(Name), by which it is found.
    type: str
    required: true
  state:
    description: Whether the access point is there.
    type: str
    choices: [present, absent]
    default: present
  posix_user:
    description: As whom everything is done that goes through the access point. Without it, as whoever does it.
    type: dict
    suboptions:
      uid:
        description: The id of the user.
        type: int
        required: true
      gid:
        description: The id of the group.
        type: int
        required: true
      secondary_gids:
        description: The ids of further groups, at most 16.
        type: list
        elements: int
  path:
    description: The directory that is seen as the root. A new access point shows V(/) by default.
    type: str
  owner_uid:
    description:
      - The user that a directory belongs to which is made at the first access.
      - Needed with O(owner_gid) and O(permissions) for a directory that is not there.
    type: int
  owner_gid:
    description: The group that such a directory belongs to.
    type: int
  permissions:
    description: The mode of such a directory, in octal digits.
    type: str
  wait:
    description: Whether to wait until the access point is available.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait at most, in seconds.
    type: int
    default: 120
notes:
  - Neither amazon.aws nor community.aws has a module for access points.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Give a service its directory
  stratum.aws.efs_access_point:
    file_system_id: fs-0123456789abcdef0
    name: grafana
    posix_user:
      uid: 472
      gid: 472
    path: /grafana
    owner_uid: 472
    owner_gid: 472
    permissions: "0750"

- name: Close the entrance
  stratum.aws.efs_access_point:
    file_system_id: fs-0123456789abcdef0
    name: grafana
    state: absent
"""

RETURN = r"""
access_point:
  description: The access point, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    access_point_id:
      description: Its id; null when check mode would make a new one.
      returned: always
      type: str
      sample: fsap-0123456789abcdef0
    arn:
      description: Its ARN.
      returned: when the access point exists
      type: str
      sample: arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/fsap-0123456789abcdef0
    life_cycle_state:
      description: Its state.
      returned: when the access point exists
      type: str
      sample: available
replaced:
  description: Whether an existing access point was, or would be, deleted and created again.
  returned: always
  type: bool
  sample: false
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._efs import access_point_changes, access_point_document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import status_waiter

AVAILABLE = status_waiter("DescribeAccessPoints", "AccessPoints[0].LifeCycleState", ["available"], ["error", "deleted"], delay=5)


class AccessPoint(AwsResource):
    """An access point, known by its file system and its name."""

    service = "efs"
    kind = "Access point"
    returns = "access_point"
    missing = ("AccessPointNotFound", "FileSystemNotFound")
    cures: ClassVar[Mapping[str, str]] = {
        "AccessPointLimitExceeded": "Delete access points that nobody uses.",
        "FileSystemNotFound": "Create the file system first.",
        "IncorrectFileSystemLifeCycleState": "The file system is not ready: run again in a minute.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.replaced = False

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of {self.params['file_system_id']}"

    def _describe(self) -> Document | None:
        answer = self.find("describe_access_points", FileSystemId=self.params["file_system_id"], MaxResults=1000) or {"AccessPoints": []}
        for point in map(access_point_document, answer["AccessPoints"]):
            if point["name"] == self.params["name"] and point["life_cycle_state"] not in ("deleting", "deleted"):
                return point
        return None

    @property
    def _tags(self) -> dict[str, str] | None:
        tags = text_tags(self.params["tags"])
        return None if tags is None else {**tags, "Name": self.params["name"]}

    def _changes(self, current: Document) -> Document:
        changes = access_point_changes(current, self.params)
        self.replaced = bool(changes)
        renewed = {"access_point_id": None, "arn": None} if changes else {}
        return {**changes, **renewed, **tag_changes(current["tags"], self._tags, self.params["purge_tags"])}

    def _predict(self) -> Document:
        tags = self._tags or {"Name": self.params["name"]}
        return {**super()._predict(), "path": self.params["path"] or "/", "access_point_id": None, "tags": tags}

    def _create(self) -> None:
        self._make(self._predict())

    def _make(self, point: Document) -> None:
        user = point.get("posix_user") or {}
        made = given({"OwnerUid": point.get("owner_uid"), "OwnerGid": point.get("owner_gid"), "Permissions": point.get("permissions")})
        posix = given({"Uid": user.get("uid"), "Gid": user.get("gid"), "SecondaryGids": user.get("secondary_gids") or None})
        answer = self.call(
            "create_access_point",
            # A request whose answer was lost is repeated with the same token, and makes no second one.
            ClientToken=uuid.uuid4().hex,
            FileSystemId=self.params["file_system_id"],
            PosixUser=posix or None,
            RootDirectory=given({"Path": point["path"], "CreationInfo": made or None}),
            Tags=ansible_dict_to_boto3_tag_list(point["tags"]),
        )
        self.wait(AVAILABLE, AccessPointId=answer["AccessPointId"])

    def _update(self, current: Document, changes: Document) -> None:
        after = {**current, **changes}
        if self.replaced:
            self._delete(current)
            self._make(after)
            return
        identifier = current["access_point_id"]
        retag(
            current["tags"],
            after["tags"],
            lambda tags: self.call("tag_resource", ResourceId=identifier, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceId=identifier, TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_access_point", AccessPointId=current["access_point_id"])

    def _result(self, changed: bool, document: Document | None, diff: Document) -> Document:
        return {**super()._result(changed, document, {**diff, "replaced": self.replaced}), "replaced": self.replaced}


def main() -> None:
    """Run the module."""
    user = {
        "uid": {"type": "int", "required": True},
        "gid": {"type": "int", "required": True},
        "secondary_gids": {"type": "list", "elements": "int"},
    }
    spec: dict[str, dict[str, Any]] = {
        "file_system_id": {"required": True},
        "name": {"required": True},
        "state": STATE,
        "posix_user": {"type": "dict", "options": user},
        "path": {},
        "owner_uid": {"type": "int"},
        "owner_gid": {"type": "int"},
        "permissions": {},
        **TAGS,
        **wait_options(120),
    }
    AccessPoint(
        AnsibleAWSModule(argument_spec=spec, required_together=[("owner_uid", "owner_gid", "permissions")], supports_check_mode=True)
    ).run()


if __name__ == "__main__":
    main()
