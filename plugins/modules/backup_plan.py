#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan of AWS Backup: when backups are made, how long they are kept and where they are copied."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_plan
short_description: Manage a plan of AWS Backup
version_added: 0.1.0
description:
  - Creates, changes and deletes a backup plan with its rules and tags.
notes:
  - M(amazon.aws.backup_plan) changes the spelling of the tags of recovery points on the way to AWS and back, so they are
    wrong and the plan is changed every time; reports a change in check mode whenever there are tags; and compares rules by their order.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the plan.
    type: str
    required: true
    aliases: [backup_plan_name]
  rules:
    description: All rules of the plan; others are removed. Required when O(state=present).
    type: list
    elements: dict
    suboptions:
      name:
        description: The name of the rule, unique in the plan.
        type: str
        required: true
      vault:
        description: The name of the vault that the backups go to.
        type: str
        required: true
      schedule:
        description: When a backup starts, as C(cron()) or C(rate()).
        type: str
        default: cron(0 5 ? * * *)
      timezone:
        description: The time zone of the schedule.
        type: str
        default: Etc/UTC
      start_window_minutes:
        description: A backup that has not started so many minutes after its time is given up. At least 60.
        type: int
        default: 480
      completion_window_minutes:
        description: A backup that is not complete so many minutes after its time is given up.
        type: int
        default: 10080
      delete_after_days:
        description: How many days a backup is kept. Without it, for ever.
        type: int
      cold_storage_after_days:
        description: After how many days a backup moves to cold storage, where it stays for at least 90.
        type: int
      continuous:
        description: Whether the backups allow restoring to any point in time; O(rules[].delete_after_days) is at most 35 then.
        type: bool
        default: false
      recovery_point_tags:
        description: The tags of the backups, beside those of what is backed up.
        type: dict
      copies:
        description: The vaults that each backup is copied to.
        type: list
        elements: dict
        suboptions:
          vault_arn:
            description: The ARN of the other vault.
            type: str
            required: true
          delete_after_days:
            description: How many days the copy is kept. Without it, for ever.
            type: int
          cold_storage_after_days:
            description: After how many days the copy moves to cold storage.
            type: int
  windows_vss:
    description: Whether backups of Windows instances are consistent by VSS.
    type: bool
  state:
    description: Whether the plan exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Keep a backup of every night for a week, and a copy elsewhere
  stratum.aws.backup_plan:
    name: example-daily
    rules:
      - name: daily
        vault: example
        schedule: cron(0 5 ? * * *)
        delete_after_days: 7
        copies:
          - vault_arn: arn:aws:backup:us-west-2:123456789012:backup-vault:example
            delete_after_days: 7
"""

RETURN = r"""
plan:
  description: The plan; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: example-daily
    id:
      description: Its id.
      type: str
      sample: 7f3a3e1c-2d5b-4f0a-9a51-0b6f3c1d2e4f
    arn:
      description: Its ARN.
      type: str
      sample: arn:aws:backup:us-east-1:123456789012:backup-plan:7f3a3e1c-2d5b-4f0a-9a51-0b6f3c1d2e4f
    rules:
      description: Its rules, in the form of the options.
      type: list
      elements: dict
      sample: [{name: daily, vault: example, schedule: "cron(0 5 ? * * *)", delete_after_days: 7}]
    windows_vss:
      description: Whether backups of Windows instances are consistent by VSS.
      type: bool
      sample: false
    tags:
      description: Its tags.
      type: dict
      sample: {Environment: production}
"""

import uuid
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import given, same_items
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

RULE = {
    "name": "RuleName",
    "vault": "TargetBackupVaultName",
    "schedule": "ScheduleExpression",
    "timezone": "ScheduleExpressionTimezone",
    "start_window_minutes": "StartWindowMinutes",
    "completion_window_minutes": "CompletionWindowMinutes",
    "continuous": "EnableContinuousBackup",
    "recovery_point_tags": "RecoveryPointTags",
}
LIFECYCLE = {"delete_after_days": "DeleteAfterDays", "cold_storage_after_days": "MoveToColdStorageAfterDays"}


def to_rule(options: Document) -> Document:
    """Return a rule in AWS's form."""
    rule = {name: options[option] for option, name in RULE.items() if options.get(option) is not None}
    if "RecoveryPointTags" in rule:
        rule["RecoveryPointTags"] = text_tags(rule["RecoveryPointTags"])
    copies = [{"DestinationBackupVaultArn": copy["vault_arn"], **to_lifecycle(copy)} for copy in options.get("copies") or []]
    return {**rule, **to_lifecycle(options), **({"CopyActions": copies} if copies else {})}


def to_lifecycle(options: Document) -> Document:
    """Return the part of a rule or a copy that says how long it is kept."""
    lifecycle = {name: options[option] for option, name in LIFECYCLE.items() if options.get(option) is not None}
    return {"Lifecycle": lifecycle} if lifecycle else {}


def from_rule(rule: Document) -> Document:
    """Return a rule in the form of the options, without what is unset."""
    options = {option: rule.get(name) for option, name in RULE.items()}
    options["continuous"] = bool(options["continuous"])
    options["recovery_point_tags"] = options["recovery_point_tags"] or None
    copies = [{"vault_arn": copy["DestinationBackupVaultArn"], **from_lifecycle(copy)} for copy in rule.get("CopyActions", [])]
    return given({**options, **from_lifecycle(rule), "copies": copies or None})


def from_lifecycle(part: Document) -> Document:
    """Return how long a rule's backup or a copy is kept, in the form of the options."""
    lifecycle = part.get("Lifecycle") or {}
    # AWS answers -1 or leaves out what is not set.
    return {option: lifecycle[name] for option, name in LIFECYCLE.items() if lifecycle.get(name, -1) >= 0}


def to_document(answer: Document, tags: dict[str, str]) -> Document:
    """Return a plan as the module returns it."""
    plan = answer["BackupPlan"]
    options = [setting.get("BackupOptions", {}) for setting in plan.get("AdvancedBackupSettings", [])]
    return {
        "name": plan["BackupPlanName"],
        "id": answer["BackupPlanId"],
        "arn": answer["BackupPlanArn"],
        "rules": [from_rule(rule) for rule in plan["Rules"]],
        "windows_vss": any(option.get("WindowsVSS") == "enabled" for option in options),
        "tags": tags,
    }


class BackupPlan(AwsResource):
    """One backup plan."""

    service = "backup"
    kind = "Backup plan"
    returns = "plan"

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        for plan in self.collect("list_backup_plans", "BackupPlansList"):
            if plan["BackupPlanName"] == self.identity:
                answer = self.find("get_backup_plan", BackupPlanId=plan["BackupPlanId"])
                tags = self.call("list_tags", ResourceArn=plan["BackupPlanArn"]).get("Tags", {})
                return answer and to_document(answer, tags)
        return None

    def _wanted(self) -> Document:
        # There and back again: the same normal form as what AWS answers.
        rules = [from_rule(to_rule(rule)) for rule in self.params["rules"] or []]
        return given({"rules": rules, "windows_vss": self.params["windows_vss"]})

    def _predict(self) -> Document:
        return {"name": self.identity, "windows_vss": False, "tags": text_tags(self.params["tags"]) or {}, **self._wanted()}

    def _changes(self, current: Document) -> Document:
        wanted = self._wanted()
        if len(wanted["rules"]) == len(current["rules"]) and same_items(wanted["rules"], current["rules"]):
            del wanted["rules"]
        changes = {key: value for key, value in wanted.items() if current[key] != value}
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _plan(self, wanted: Document) -> Document:
        plan: Document = {"BackupPlanName": self.identity, "Rules": [to_rule(rule) for rule in wanted["rules"]]}
        if wanted.get("windows_vss") is not None:
            state = "enabled" if wanted["windows_vss"] else "disabled"
            plan["AdvancedBackupSettings"] = [{"ResourceType": "EC2", "BackupOptions": {"WindowsVSS": state}}]
        return plan

    def _create(self) -> None:
        self.call(
            "create_backup_plan",
            BackupPlan=self._plan(self._wanted()),
            BackupPlanTags=text_tags(self.params["tags"]) or None,
            # A request whose answer was lost is repeated with the same token, and makes no second plan.
            CreatorRequestId=uuid.uuid4().hex,
        )

    def _update(self, current: Document, changes: Document) -> None:
        if {"rules", "windows_vss"} & set(changes):
            vss = {"windows_vss": current["windows_vss"] or None}
            self.call("update_backup_plan", BackupPlanId=current["id"], BackupPlan=self._plan({**vss, **self._wanted()}))
        if "tags" in changes:
            arn = current["arn"]
            retag(
                current["tags"],
                changes["tags"],
                lambda tags: self.call("tag_resource", ResourceArn=arn, Tags=tags),
                lambda keys: self.call("untag_resource", ResourceArn=arn, TagKeyList=keys),
            )

    def _delete(self, current: Document) -> None:
        for selection in self.collect("list_backup_selections", "BackupSelectionsList", BackupPlanId=current["id"]):
            self.find("delete_backup_selection", BackupPlanId=current["id"], SelectionId=selection["SelectionId"])
        self.find("delete_backup_plan", BackupPlanId=current["id"])


def main() -> None:
    """Run the module."""
    kept: dict[str, Any] = {"delete_after_days": {"type": "int"}, "cold_storage_after_days": {"type": "int"}}
    rule = {
        "name": {"type": "str", "required": True},
        "vault": {"type": "str", "required": True},
        "schedule": {"type": "str", "default": "cron(0 5 ? * * *)"},
        "timezone": {"type": "str", "default": "Etc/UTC"},
        "start_window_minutes": {"type": "int", "default": 480},
        "completion_window_minutes": {"type": "int", "default": 10080},
        **kept,
        "continuous": {"type": "bool", "default": False},
        "recovery_point_tags": {"type": "dict"},
        "copies": {"type": "list", "elements": "dict", "options": {"vault_arn": {"type": "str", "required": True}, **kept}},
    }
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["backup_plan_name"]},
        "rules": {"type": "list", "elements": "dict", "options": rule},
        "windows_vss": {"type": "bool"},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=[("state", "present", ["rules"])], supports_check_mode=True)
    BackupPlan(module).run()


if __name__ == "__main__":
    main()
