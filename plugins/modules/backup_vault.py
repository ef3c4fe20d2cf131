#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault of AWS Backup, with its lock and its notifications."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_vault
short_description: Manage a vault of AWS Backup
version_added: 0.1.0
description:
  - Creates, changes and deletes a vault, its lock, its notifications and its tags.
notes:
  - M(amazon.aws.backup_vault) knows neither lock nor notifications, says nothing when the vault has another key than
    the one asked for, and takes a refused look at the vault for a missing one.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the vault.
    type: str
    required: true
    aliases: [backup_vault_name]
  kms_key_arn:
    description: The ARN of the KMS key that encrypts the recovery points, which cannot be changed later. Without it, the key of AWS Backup.
    type: str
    aliases: [encryption_key_arn]
  locked:
    description:
      - Whether a vault lock keeps recovery points from being deleted before their time.
      - Without O(changeable_for_days), whoever has the permission can take the lock off again (governance mode).
    type: bool
  min_retention_days:
    description: The shortest retention in days that the locked vault takes.
    type: int
  max_retention_days:
    description: The longest retention in days that the locked vault takes.
    type: int
  changeable_for_days:
    description:
      - After so many days, at least 3, nobody can change the lock or take it off any more, AWS included (compliance mode).
      - Counts from the moment when the lock is put on; not compared afterwards.
    type: int
  notification_topic_arn:
    description: The ARN of the SNS topic that is told about the vault. An empty string tells nobody any more.
    type: str
  notification_events:
    description: What the topic is told.
    type: list
    elements: str
    default: [BACKUP_JOB_FAILED, COPY_JOB_FAILED, RESTORE_JOB_COMPLETED]
  force:
    description: Whether O(state=absent) deletes the recovery points in the vault too. AWS does not delete a vault with recovery points.
    type: bool
    default: false
  state:
    description: Whether the vault exists.
    type: str
    choices: [present, absent]
    default: present
  wait_timeout:
    description: How many seconds to wait for the recovery points to be deleted.
    type: int
    default: 600
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create a vault whose backups nobody deletes by mistake
  stratum.aws.backup_vault:
    name: example
    kms_key_arn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    locked: true
    min_retention_days: 7

- name: Delete an empty vault
  stratum.aws.backup_vault:
    name: example
    state: absent
"""

RETURN = r"""
vault:
  description: The vault; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: example
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:backup:us-east-1:123456789012:backup-vault:example
    kms_key_arn:
      description: The key that encrypts its recovery points.
      type: str
      sample: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
    locked:
      description: Whether it is locked.
      type: bool
      sample: true
    min_retention_days:
      description: The shortest retention in days that it takes.
      type: int
      sample: 7
    max_retention_days:
      description: The longest retention in days that it takes.
      type: int
      sample: 365
    recovery_points:
      description: How many recovery points it holds.
      type: int
      sample: 14
    notification_topic_arn:
      description: The topic that is told about it. Only looked up when the option is given.
      type: str
      sample: arn:aws:sns:us-east-1:123456789012:example-alerts
    notification_events:
      description: What the topic is told.
      type: list
      elements: str
      sample: [BACKUP_JOB_FAILED]
    tags:
      description: Its tags.
      type: dict
      sample: {Environment: production}
"""

import time
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

EVENTS = ["BACKUP_JOB_FAILED", "COPY_JOB_FAILED", "RESTORE_JOB_COMPLETED"]
LOCK = ("locked", "min_retention_days", "max_retention_days")


def to_document(vault: Document, tags: dict[str, str]) -> Document:
    """Return a vault as the module returns it, without its notifications."""
    return {
        "name": vault["BackupVaultName"],
        "arn": vault["BackupVaultArn"],
        "kms_key_arn": vault.get("EncryptionKeyArn"),
        "locked": bool(vault.get("Locked")),
        "min_retention_days": vault.get("MinRetentionDays"),
        "max_retention_days": vault.get("MaxRetentionDays"),
        "recovery_points": vault.get("NumberOfRecoveryPoints", 0),
        "tags": tags,
    }


def lock_changes(current: Document, params: Document) -> Document:
    """Return what of the lock differs; without `locked` the lock is left alone, and an open vault has no limits."""
    if params["locked"] is None:
        return {}
    if not params["locked"]:
        return {"locked": False, "min_retention_days": None, "max_retention_days": None} if current["locked"] else {}
    changes = differing(current, {key: params[key] for key in LOCK})
    return {**{key: current[key] for key in LOCK}, **changes} if changes else {}


class BackupVault(AwsResource):
    """One vault."""

    service = "backup"
    kind = "Backup vault"
    returns = "vault"
    cures: ClassVar[dict[str, str]] = {
        "InvalidRequestException": "A vault with recovery points is deleted with `force: true` only; a lock whose time has come stays.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        # DescribeBackupVault answers AccessDeniedException for a vault that does not exist.
        vaults = self.collect("list_backup_vaults", "BackupVaultList")
        for vault in vaults:
            if vault["BackupVaultName"] == self.identity:
                tags = self.call("list_tags", ResourceArn=vault["BackupVaultArn"]).get("Tags", {})
                return {**to_document(vault, tags), **self._notifications()}
        return None

    def _notifications(self) -> Document:
        if self.params["notification_topic_arn"] is None or self.params["state"] == "absent":
            return {}
        answer = self.find("get_backup_vault_notifications", BackupVaultName=self.identity) or {}
        return {"notification_topic_arn": answer.get("SNSTopicArn") or "", "notification_events": answer.get("BackupVaultEvents", [])}

    def _wanted_notifications(self) -> Document:
        topic = self.params["notification_topic_arn"]
        events = self.params["notification_events"] if topic else []
        return {} if topic is None else {"notification_topic_arn": topic, "notification_events": events}

    def _changes(self, current: Document) -> Document:
        key = self.params["kms_key_arn"]
        if key and key != current["kms_key_arn"]:
            self.fail(
                f"its key is {current['kms_key_arn']} and cannot become {key}. "
                "Create a vault of another name with that key, and copy the recovery points."
            )
        return {
            **lock_changes(current, self.params),
            **differing(current, self._wanted_notifications(), unordered=("notification_events",)),
            **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"]),
        }

    def _create(self) -> None:
        self.call(
            "create_backup_vault",
            BackupVaultName=self.identity,
            EncryptionKeyArn=self.params["kms_key_arn"] or None,
            BackupVaultTags=text_tags(self.params["tags"]) or None,
        )
        if self.params["locked"]:
            self._lock({key: self.params[key] for key in LOCK})
        self._notify(self._wanted_notifications())

    def _update(self, current: Document, changes: Document) -> None:
        if "locked" in changes:
            self._lock(changes)
        if {"notification_topic_arn", "notification_events"} & set(changes):
            self._notify(self._wanted_notifications())
        if "tags" in changes:
            arn = current["arn"]
            retag(
                current["tags"],
                changes["tags"],
                lambda tags: self.call("tag_resource", ResourceArn=arn, Tags=tags),
                lambda keys: self.call("untag_resource", ResourceArn=arn, TagKeyList=keys),
            )

    def _lock(self, lock: Document) -> None:
        if not lock["locked"]:
            self.call("delete_backup_vault_lock_configuration", BackupVaultName=self.identity)
            return
        self.call(
            "put_backup_vault_lock_configuration",
            BackupVaultName=self.identity,
            MinRetentionDays=lock["min_retention_days"],
            MaxRetentionDays=lock["max_retention_days"],
            ChangeableForDays=self.params["changeable_for_days"],
        )

    def _notify(self, wanted: Document) -> None:
        if wanted.get("notification_topic_arn"):
            self.call(
                "put_backup_vault_notifications",
                BackupVaultName=self.identity,
                SNSTopicArn=wanted["notification_topic_arn"],
                BackupVaultEvents=wanted["notification_events"],
            )
        elif wanted:
            self.find("delete_backup_vault_notifications", BackupVaultName=self.identity)

    def _delete(self, current: Document) -> None:
        if self.params["force"]:
            self._empty()
        self.find("delete_backup_vault", BackupVaultName=self.identity)

    def _empty(self) -> None:
        deadline = time.monotonic() + self.params["wait_timeout"]
        while points := self.collect("list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=self.identity):
            for point in points:
                if point.get("Status") != "DELETING":
                    self.find("delete_recovery_point", BackupVaultName=self.identity, RecoveryPointArn=point["RecoveryPointArn"])
            if time.monotonic() > deadline:
                self.fail(f"{len(points)} recovery points are still being deleted. Run again later.")
            time.sleep(1)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["backup_vault_name"]},
        "kms_key_arn": {"type": "str", "aliases": ["encryption_key_arn"], "no_log": False},
        "locked": {"type": "bool"},
        "min_retention_days": {"type": "int"},
        "max_retention_days": {"type": "int"},
        "changeable_for_days": {"type": "int"},
        "notification_topic_arn": {"type": "str"},
        "notification_events": {"type": "list", "elements": "str", "default": EVENTS},
        "force": {"type": "bool", "default": False},
        "wait_timeout": {"type": "int", "default": 600},
        "state": STATE,
        **TAGS,
    }
    lock = ["min_retention_days", "max_retention_days", "changeable_for_days"]
    module = AnsibleAWSModule(argument_spec=argument_spec, required_by={key: ["locked"] for key in lock}, supports_check_mode=True)
    BackupVault(module).run()


if __name__ == "__main__":
    main()
