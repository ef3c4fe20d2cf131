#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A database that is made from a snapshot, or from automated backups that may have come from another region."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_instance_restore
version_added: 0.5.0
short_description: Make an RDS instance from a backup
description:
  - Makes an instance from a snapshot or from automated backups, and gives it a password.
  - The backups may have been copied from another region, which may be lost.
  - An instance that is there already is left alone, whatever it was made from. A run that was interrupted is gone on with.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  db_instance_identifier:
    description: The identifier of the instance to make.
    type: str
    required: true
    aliases: [instance_id, id]
  state:
    description: The only state. M(amazon.aws.rds_instance) changes and deletes instances.
    type: str
    choices: [present]
    default: present
  snapshot:
    description: The identifier or ARN of the snapshot.
    type: str
    aliases: [db_snapshot_identifier]
  backups_of:
    description:
      - The identifier of the instance whose automated backups are taken; it may have been in another region, and may be gone.
      - Where there are several, those that reach furthest.
    type: str
    aliases: [source_db_instance_identifier]
  restore_time:
    description: The moment of O(backups_of) that is gone back to, in UTC, such as V(2026-11-21T09:30:00Z), or V(latest).
    type: str
    default: latest
  db_instance_class:
    description: The class; that of the source if not set.
    type: str
  storage_type:
    description: The type of the storage; that of the source if not set.
    type: str
  port:
    description: The port; that of the source if not set.
    type: int
  multi_az:
    description: Whether a second instance stands by in another zone.
    type: bool
  availability_zone:
    description: The zone, for an instance in one zone.
    type: str
  db_subnet_group_name:
    description: The subnet group, which also says which VPC.
    type: str
  vpc_security_group_ids:
    description: The security groups.
    type: list
    elements: str
  publicly_accessible:
    description: Whether it gets a public address.
    type: bool
    default: false
  db_parameter_group_name:
    description: The parameter group; the default one of the version if not set.
    type: str
  master_user_password:
    description: The password that the master user gets. Without it, that of the source stays.
    type: str
  tags:
    description:
      - The tags, all of them in the call that makes the instance.
      - The tag C(stratum:restoring) stands beside them until the restore has ended.
    type: dict
    aliases: [resource_tags]
    default: {}
  wait_timeout:
    description: The seconds to wait until the instance can be used.
    type: int
    default: 7200
notes:
  - M(amazon.aws.rds_instance) makes instances from snapshots, too, but leaves them the password of the source, which nobody may know
    after the loss of a region, and takes no backups that were copied from another region.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Make a database from what another region has copied here
  stratum.aws.rds_instance_restore:
    db_instance_identifier: example-dr
    backups_of: example-prod
    region: us-west-2
    db_subnet_group_name: example-dr
    vpc_security_group_ids: [sg-0123456789abcdef0]
    master_user_password: "{{ password }}"

- name: Make a database from a snapshot
  stratum.aws.rds_instance_restore:
    db_instance_identifier: example-copy
    snapshot: example-prod-final-20261121093000
    db_instance_class: db.t4g.medium
"""

RETURN = r"""
instance:
  description: The instance.
  returned: always
  type: dict
  contains:
    allocated_storage:
      description: Its storage in GiB, which may be more than that of the source was at first, and cannot become less.
      returned: when it is there
      type: int
      sample: 100
    arn:
      description: Its ARN.
      returned: when it is there
      type: str
      sample: arn:aws:rds:us-west-2:123456789012:db:example-dr
    db_instance_identifier:
      description: Its identifier.
      returned: always
      type: str
      sample: example-dr
    restoring:
      description: Whether a restore has begun and not ended.
      returned: always
      type: bool
      sample: false
    source:
      description: What it is made from. Of an instance that was there already, nobody can say.
      returned: when it is made
      type: str
      sample: arn:aws:rds:us-west-2:123456789012:auto-backup:ab-l6ej5fl2asx7lbz6bdyu5kyqiyuwo4lrhxqpfty
    status:
      description: Its state.
      returned: when it is there
      type: str
      sample: available
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._waiters import status_waiter

MARK = "stratum:restoring"
"""The tag of an instance whose restore has not ended: it has not got its password yet."""
FAILED = ("failed", "incompatible-restore", "incompatible-network", "incompatible-parameters", "storage-full", "insufficient-capacity")
LIKE_THE_SOURCE = (
    "db_instance_class",
    "storage_type",
    "port",
    "multi_az",
    "availability_zone",
    "db_subnet_group_name",
    "vpc_security_group_ids",
)


def furthest(backups: Iterable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the backups that reach furthest, None when there are none."""
    ending = [(str((each.get("RestoreWindow") or {}).get("LatestTime", "")), each) for each in backups]
    return max(ending, key=lambda each: each[0])[1] if ending else None


def moment(text: str) -> Document:
    """Return the parameters of a restore that say to which moment."""
    if text == "latest":
        return {"UseLatestRestorableTime": True}
    return {"RestoreTime": dt.datetime.fromisoformat(text).astimezone(dt.UTC)}


def placed(params: Mapping[str, Any]) -> Document:
    """Return the parameters of a restore that say what the instance is to be."""
    found = {"".join(part.capitalize() for part in name.split("_")): params[name] for name in LIKE_THE_SOURCE}
    named = {"DBInstanceClass": found.pop("DbInstanceClass"), "DBSubnetGroupName": found.pop("DbSubnetGroupName")}
    named["MultiAZ"] = found.pop("MultiAz")
    tags = [{"Key": key, "Value": str(value)} for key, value in {**params["tags"], MARK: "true"}.items()]
    return {
        **found,
        **named,
        "DBParameterGroupName": params["db_parameter_group_name"],
        "PubliclyAccessible": params["publicly_accessible"],
        "CopyTagsToSnapshot": True,
        "Tags": tags,
    }


class Restore(AwsResource):
    """One instance that is made from a backup."""

    service = "rds"
    kind = "Restore of DB instance"
    returns = "instance"
    missing = ("DBInstanceNotFound", "DBInstanceNotFoundFault")
    cures: ClassVar[Mapping[str, str]] = {
        "DBSnapshotNotFound": "Give the identifier of a snapshot in this region, or the ARN of one that is shared with this account.",
        "InvalidDBSnapshotState": "Wait until the snapshot is available.",
        "InvalidRestoreFault": "Choose a moment within the restore window of the backups.",
        "PointInTimeRestoreNotEnabled": "The instance had no automated backups at that moment. Restore a snapshot.",
        "KMSKeyNotAccessibleFault": "The key that the backups are encrypted with must be enabled, and RDS must be allowed to use it.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["db_instance_identifier"])

    def _describe(self) -> Document | None:
        found = self.find("describe_db_instances", DBInstanceIdentifier=self.identity)
        if found is None or not found.get("DBInstances"):
            return None
        instance = found["DBInstances"][0]
        marked = any(tag["Key"] == MARK for tag in instance.get("TagList") or [])
        return {
            "db_instance_identifier": self.identity,
            "arn": instance["DBInstanceArn"],
            "allocated_storage": instance["AllocatedStorage"],
            "status": instance["DBInstanceStatus"],
            "restoring": marked,
        }

    def _changes(self, current: Document) -> Document:
        return {"restoring": False} if current["restoring"] else {}

    def _predict(self) -> Document:
        source = self.params["snapshot"] or self._backups()["DBInstanceAutomatedBackupsArn"]
        return {"db_instance_identifier": self.identity, "source": source, "restoring": False}

    def _backups(self) -> Mapping[str, Any]:
        name = self.params["backups_of"]
        kept = self.collect("describe_db_instance_automated_backups", "DBInstanceAutomatedBackups", DBInstanceIdentifier=name)
        found = furthest(kept)
        if found is None:
            self.fail(f"there are no automated backups of {name} in this region. Look for a snapshot, and restore that (snapshot).")
        return found

    def _create(self) -> None:
        if self.params["snapshot"]:
            snapshot = self.params["snapshot"]
            self.call(
                "restore_db_instance_from_db_snapshot",
                DBInstanceIdentifier=self.identity,
                DBSnapshotIdentifier=snapshot,
                **placed(self.params),
            )
        else:
            self.call(
                "restore_db_instance_to_point_in_time",
                TargetDBInstanceIdentifier=self.identity,
                SourceDBInstanceAutomatedBackupsArn=self._backups()["DBInstanceAutomatedBackupsArn"],
                **moment(self.params["restore_time"]),
                **placed(self.params),
            )
        self._finish()

    def _update(self, current: Document, changes: Document) -> None:
        self._finish()

    def _finish(self) -> None:
        self._until_available()
        if self.params["master_user_password"]:
            password = self.params["master_user_password"]
            self.call("modify_db_instance", DBInstanceIdentifier=self.identity, MasterUserPassword=password, ApplyImmediately=True)
            self._until_available()
        found = self._describe()
        if found is not None:
            self.call("remove_tags_from_resource", ResourceName=found["arn"], TagKeys=[MARK])

    def _until_available(self) -> None:
        path = "DBInstances[0].DBInstanceStatus"
        self.wait(
            status_waiter("DescribeDBInstances", path, ["available", "storage-optimization"], FAILED), DBInstanceIdentifier=self.identity
        )

    def _delete(self, current: Document) -> None:
        self.fail("it makes instances only")


def main() -> None:
    """Run the module."""
    spec: dict[str, Any] = {
        "db_instance_identifier": {"required": True, "aliases": ["instance_id", "id"]},
        "state": {"choices": ["present"], "default": "present"},
        "snapshot": {"aliases": ["db_snapshot_identifier"]},
        "backups_of": {"aliases": ["source_db_instance_identifier"]},
        "restore_time": {"default": "latest"},
        "db_instance_class": {},
        "storage_type": {},
        "port": {"type": "int"},
        "multi_az": {"type": "bool"},
        "availability_zone": {},
        "db_subnet_group_name": {},
        "vpc_security_group_ids": {"type": "list", "elements": "str"},
        "publicly_accessible": {"type": "bool", "default": False},
        "db_parameter_group_name": {},
        "master_user_password": {"no_log": True},
        "tags": {"type": "dict", "aliases": ["resource_tags"], "default": {}},
        "wait_timeout": {"type": "int", "default": 7200},
    }
    sources = ("snapshot", "backups_of")
    module = AnsibleAWSModule(argument_spec=spec, mutually_exclusive=[sources], required_one_of=[sources], supports_check_mode=True)
    try:
        moment(module.params["restore_time"])
    except ValueError:
        module.fail_json(msg=f"restore_time is {module.params['restore_time']}. Give a moment such as 2026-11-21T09:30:00Z, or latest.")
    Restore(module).run()


if __name__ == "__main__":
    main()
