#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the automated backups of a database are copied to another region."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rds_automated_backup_replication
version_added: 0.5.0
short_description: Manage copies of a database's automated backups in another region
description:
  - Makes RDS copy the automated backups of an instance, transaction logs included, to another region all the time.
  - So a database can be restored there to any second of the retention, up to some minutes ago.
  - It is a setting of the region that receives the copies, which is the one to call.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  source_arn:
    description: The ARN of the database, which is in another region and has automated backups.
    type: str
    required: true
    aliases: [source_db_instance_arn]
  state:
    description: Whether the backups are copied. With V(absent), what was copied stays until its time ends, unless O(delete_copies=true).
    type: str
    choices: [present, absent]
    default: present
  retention_days:
    description: How many days the copies are kept, from 1 to 35.
    type: int
    default: 7
  kms_key_id:
    description:
      - The key of the receiving region that encrypts the copies, as ARN, id or alias. An encrypted database needs one.
      - Cannot be changed later.
    type: str
  delete_copies:
    description: Whether what was copied is deleted, too, when O(state=absent).
    type: bool
    default: false
  wait:
    description: Whether to wait until copying goes on or has ended.
    type: bool
    default: true
  wait_timeout:
    description: The seconds to wait.
    type: int
    default: 1800
notes:
  - There is no other module for it. M(amazon.aws.rds_instance_snapshot) copies single snapshots.
  - RDS has no way to change the retention, so copying is stopped and begun anew; what was copied before stays until its own time ends.
  - The receiving region is that of the module, O(region).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Copy the backups to Oregon
  stratum.aws.rds_automated_backup_replication:
    source_arn: arn:aws:rds:us-east-1:123456789012:db:example-prod
    region: us-west-2
    retention_days: 7
    kms_key_id: alias/aws/rds

- name: Copy them no longer
  stratum.aws.rds_automated_backup_replication:
    source_arn: arn:aws:rds:us-east-1:123456789012:db:example-prod
    region: us-west-2
    state: absent
"""

RETURN = r"""
replication:
  description: The copies in the receiving region, or null when nothing is copied.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the copies, to restore from.
      returned: when copies exist
      type: str
      sample: arn:aws:rds:us-west-2:123456789012:auto-backup:ab-l6ej5fl2asx7lbz6bdyu5kyqiyuwo4lrhxqpfty
    kms_key_id:
      description: The key that encrypts the copies.
      returned: always
      type: str
      sample: arn:aws:kms:us-west-2:123456789012:key/01234567-89ab-cdef-0123-456789abcdef
    retention_days:
      description: How many days the copies are kept.
      returned: always
      type: int
      sample: 7
    source_arn:
      description: The ARN of the database.
      returned: always
      type: str
      sample: arn:aws:rds:us-east-1:123456789012:db:example-prod
    status:
      description: The state of the copies.
      returned: when copies exist
      type: str
      sample: replicating
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import ClientError

COPYING = ("replicating", "active", "pending", "creating")
"""States of copies that new ones are added to; `retained` ones are only kept."""


def copies(backups: Iterable[Mapping[str, Any]], source: str) -> Document | None:
    """Return the copies of a database's backups that go on, None when there are none."""
    for backup in backups:
        if backup["DBInstanceArn"] == source and str(backup.get("Status", "")).lower() in COPYING:
            return {
                "source_arn": source,
                "arn": backup.get("DBInstanceAutomatedBackupsArn"),
                "retention_days": backup.get("BackupRetentionPeriod"),
                "kms_key_id": backup.get("KmsKeyId"),
                "status": backup["Status"],
            }
    return None


def kept(backups: Iterable[Mapping[str, Any]], source: str) -> list[str]:
    """Return the ARNs of all copies of a database's backups, whether or not they go on."""
    return [backup["DBInstanceAutomatedBackupsArn"] for backup in backups if backup["DBInstanceArn"] == source]


def changes(current: Mapping[str, Any], days: int, key: str | None, key_of_alias: str | None) -> Document:
    """Return what must change; `key_of_alias` is the key that the wanted alias leads to."""
    found: Document = {} if current["retention_days"] == days else {"retention_days": days}
    if key and current["kms_key_id"] != key_of_alias and not same_key(current["kms_key_id"], key, "rds"):
        found["kms_key_id"] = key
    return found


class BackupReplication(AwsResource):
    """The copies of one database's automated backups in this region."""

    service = "rds"
    kind = "Replication of the backups of"
    returns = "replication"
    missing = ("DBInstanceAutomatedBackupNotFound", "DBInstanceAutomatedBackupNotFoundFault")
    cures: ClassVar[Mapping[str, str]] = {
        "DBInstanceNotFound": "Create the database first, and give the ARN of its own region.",
        "InvalidDBInstanceState": "The database must be available and have automated backups (backup_retention_days).",
        "InvalidDBInstanceStateFault": "The database must be available and have automated backups (backup_retention_days).",
        "InvalidParameterCombination": "The copies of an encrypted database need kms_key_id, a key of the receiving region.",
        "KMSKeyNotAccessibleFault": "Check that the key exists in the receiving region, is enabled and may be used by RDS.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["source_arn"])

    def _backups(self) -> list[Document]:
        # The instance's name may be that of one in this region, too; the ARN tells them apart.
        name = self.identity.rpartition(":")[2]
        return self.collect("describe_db_instance_automated_backups", "DBInstanceAutomatedBackups", DBInstanceIdentifier=name)

    def _describe(self) -> Document | None:
        try:
            return copies(self._backups(), self.identity)
        except ClientError as error:
            if error.response["Error"]["Code"] in self.missing:
                return None
            raise

    def _changes(self, current: Document) -> Document:
        key = self.params["kms_key_id"]
        found = changes(current, self.params["retention_days"], key, self._key(key))
        if "kms_key_id" in found:
            self.fail(
                f"its key is {current['kms_key_id']} and cannot become {key}. "
                "Keep it, or stop copying (state: absent) and begin anew when the copies are no longer needed."
            )
        return found

    def _key(self, key: str | None) -> str | None:
        """Return the ARN of the key that an alias leads to."""
        if not key or "alias/" not in key:
            return key
        return str(self.module.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"])

    def _predict(self) -> Document:
        return {key: self.params[key] for key in ("source_arn", "retention_days", "kms_key_id")}

    def _create(self) -> None:
        self._start()

    def _start(self) -> None:
        self.call(
            "start_db_instance_automated_backups_replication",
            SourceDBInstanceArn=self.identity,
            BackupRetentionPeriod=self.params["retention_days"],
            KmsKeyId=self.params["kms_key_id"],
            # botocore signs the request to the region of the database with this.
            SourceRegion=self.identity.split(":")[3],
        )
        self.wait(self._until("replicating", "active"))

    def _update(self, current: Document, changes: Document) -> None:
        self._stop()
        self._start()

    def _stop(self) -> None:
        self.call("stop_db_instance_automated_backups_replication", SourceDBInstanceArn=self.identity)
        self.wait(self._until("retained", gone=True))

    def _delete(self, current: Document) -> None:
        self._stop()
        if self.params["delete_copies"]:
            for arn in kept(self._backups(), self.identity):
                self.find("delete_db_instance_automated_backup", DBInstanceAutomatedBackupsArn=arn)

    def _until(self, *states: str, gone: bool = False) -> Waiter:
        mine = f"DBInstanceAutomatedBackups[?DBInstanceArn == '{self.identity}'].Status"
        found = " || ".join(f"contains({mine}, '{state}')" for state in states)
        none = f" || length({mine}) == `0`" if gone else ""
        accept = {"state": "success", "matcher": "path", "argument": f"{found}{none}", "expected": True}
        return {"operation": "DescribeDBInstanceAutomatedBackups", "delay": 15, "maxAttempts": 1, "shows": mine, "acceptors": [accept]}


def main() -> None:
    """Run the module."""
    spec: dict[str, Any] = {
        "source_arn": {"required": True, "aliases": ["source_db_instance_arn"]},
        "state": STATE,
        "retention_days": {"type": "int", "default": 7},
        "kms_key_id": {"no_log": False},
        "delete_copies": {"type": "bool", "default": False},
        **wait_options(1800),
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    source, days = module.params["source_arn"], module.params["retention_days"]
    if len(source.split(":")) != 7 or ":db:" not in source:
        module.fail_json(msg=f"source_arn is {source}. Give the ARN of a database, such as arn:aws:rds:us-east-1:123456789012:db:example.")
    if not 1 <= days <= 35:
        module.fail_json(msg="retention_days must be from 1 to 35.")
    BackupReplication(module).run()


if __name__ == "__main__":
    main()
