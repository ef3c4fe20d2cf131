#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan of AWS Backup backs up."""

from __future__ import annotations

DOCUMENTATION = r"""
module: backup_selection
short_description: Manage what a plan of AWS Backup backs up
version_added: 0.1.0
description:
  - Assigns resources to a backup plan, by ARN or by tag.
  - AWS cannot change a selection. One that differs is deleted and made anew.
notes:
  - M(amazon.aws.backup_selection) fails when the plan is gone, in check mode and when removing alike; finds nothing on the
    second page of selections; and takes another order of ARNs for a change.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the selection, unique in the plan.
    type: str
    required: true
    aliases: [backup_selection_name]
  plan:
    description: The name of the plan.
    type: str
    required: true
    aliases: [backup_plan_name]
  role_arn:
    description: The ARN of the role that AWS Backup takes on. Required when O(state=present).
    type: str
    aliases: [iam_role_arn]
  resources:
    description: The ARNs of what is backed up, wildcards allowed.
    type: list
    elements: str
    default: []
  not_resources:
    description: The ARNs of what is not backed up, wildcards allowed.
    type: list
    elements: str
    default: []
  tags_any:
    description: Everything that has at least one of these tags is backed up.
    type: dict
    default: {}
  tags_all:
    description: Of O(resources), what has all these tags is backed up. Without O(resources) and O(tags_any), of everything.
    type: dict
    default: {}
  tags_none:
    description: What has one of these tags is not backed up.
    type: dict
    default: {}
  state:
    description: Whether the selection exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Back up a database and whatever bears a tag
  stratum.aws.backup_selection:
    name: databases
    plan: example-daily
    role_arn: arn:aws:iam::123456789012:role/example-backup
    resources:
      - arn:aws:rds:us-east-1:123456789012:db:example
    tags_any:
      Backup: daily
"""

RETURN = r"""
selection:
  description: The selection; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: databases
    id:
      description: Its id.
      type: str
      sample: 5a2b8c1d-7f8e-4a53-9c3b-4e1f0d2a6b7c
    plan_id:
      description: The id of the plan.
      type: str
      sample: 7f3a3e1c-2d5b-4f0a-9a51-0b6f3c1d2e4f
    role_arn:
      description: The role that AWS Backup takes on.
      type: str
      sample: arn:aws:iam::123456789012:role/example-backup
    resources:
      description: What is backed up.
      type: list
      elements: str
      sample: ["arn:aws:rds:us-east-1:123456789012:db:example"]
    not_resources:
      description: What is not backed up.
      type: list
      elements: str
      sample: []
    tags_any:
      description: Everything with one of these tags is backed up.
      type: dict
      sample: {Backup: daily}
    tags_all:
      description: Only what has all these tags is backed up.
      type: dict
      sample: {}
    tags_none:
      description: What has one of these tags is not backed up.
      type: dict
      sample: {}
"""

import time
import uuid
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document

TAG = "aws:ResourceTag/"
# Seconds between the attempts: a role that was made a moment ago is not yet known everywhere.
ROLE_PAUSES = (2, 4, 8, 16, 0)


def role_unknown(message: str) -> bool:
    """Return whether an error says that AWS Backup does not know the role, or not yet."""
    return "role" in message.lower()


def to_selection(options: Document) -> Document:
    """Return a selection in AWS's form."""
    selection: Document = {"SelectionName": options["name"], "IamRoleArn": options["role_arn"]}
    for option, name in (("resources", "Resources"), ("not_resources", "NotResources")):
        if options[option]:
            selection[name] = options[option]
    if options["tags_any"]:
        selection["ListOfTags"] = [
            {"ConditionType": "STRINGEQUALS", "ConditionKey": key, "ConditionValue": str(value)}
            for key, value in sorted(options["tags_any"].items())
        ]
    conditions = {"StringEquals": options["tags_all"], "StringNotEquals": options["tags_none"]}
    if any(conditions.values()):
        selection["Conditions"] = {
            name: [{"ConditionKey": TAG + key, "ConditionValue": str(value)} for key, value in sorted(tags.items())]
            for name, tags in conditions.items()
            if tags
        }
    return selection


def from_selection(selection: Document) -> Document:
    """Return a selection in the form of the options."""
    conditions = selection.get("Conditions") or {}

    def tags(name: str) -> dict[str, str]:
        return {item["ConditionKey"].removeprefix(TAG): item["ConditionValue"] for item in conditions.get(name) or []}

    return {
        "role_arn": selection["IamRoleArn"],
        "resources": sorted(selection.get("Resources") or []),
        "not_resources": sorted(selection.get("NotResources") or []),
        "tags_any": {item["ConditionKey"]: item["ConditionValue"] for item in selection.get("ListOfTags") or []},
        "tags_all": tags("StringEquals"),
        "tags_none": tags("StringNotEquals"),
    }


class BackupSelection(AwsResource):
    """One selection of one plan."""

    service = "backup"
    kind = "Backup selection"
    returns = "selection"
    cures: ClassVar[dict[str, str]] = {
        "InvalidParameterValueException": "Check that the role lets backup.amazonaws.com assume it, and the ARNs.",
    }

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of plan {self.params['plan']}"

    def _plan_id(self) -> str | None:
        for plan in self.collect("list_backup_plans", "BackupPlansList"):
            if plan["BackupPlanName"] == self.params["plan"]:
                return str(plan["BackupPlanId"])
        return None

    def _describe(self) -> Document | None:
        plan_id = self._plan_id()
        if plan_id is None:
            return None
        for item in self.collect("list_backup_selections", "BackupSelectionsList", BackupPlanId=plan_id):
            if item["SelectionName"] == self.params["name"]:
                answer = self.call("get_backup_selection", BackupPlanId=plan_id, SelectionId=item["SelectionId"])
                own = {"name": self.params["name"], "id": item["SelectionId"], "plan_id": plan_id}
                return {**own, **from_selection(answer["BackupSelection"])}
        return None

    def _wanted(self) -> Document:
        return from_selection(to_selection(self.params))

    def _predict(self) -> Document:
        return {"name": self.params["name"], **self._wanted()}

    def _changes(self, current: Document) -> Document:
        return {key: value for key, value in self._wanted().items() if current[key] != value}

    def _create(self) -> None:
        plan_id = self._plan_id()
        if plan_id is None:
            self.fail("there is no such plan. Create the plan first.")
        selection = to_selection(self.params)
        for pause in ROLE_PAUSES:
            # A request whose answer was lost is repeated with the same token, and makes no second selection.
            token = uuid.uuid4().hex
            try:
                self.call("create_backup_selection", BackupPlanId=plan_id, BackupSelection=selection, CreatorRequestId=token)
                return
            except is_boto3_error_code("InvalidParameterValueException") as error:
                if not pause or not role_unknown(str(error)):
                    raise
                time.sleep(pause)

    def _update(self, current: Document, changes: Document) -> None:
        self._delete(current)
        self._create()

    def _delete(self, current: Document) -> None:
        self.find("delete_backup_selection", BackupPlanId=current["plan_id"], SelectionId=current["id"])


def main() -> None:
    """Run the module."""
    arns = {"type": "list", "elements": "str", "default": []}
    tags = {"type": "dict", "default": {}}
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["backup_selection_name"]},
        "plan": {"type": "str", "required": True, "aliases": ["backup_plan_name"]},
        "role_arn": {"type": "str", "aliases": ["iam_role_arn"]},
        "resources": arns,
        "not_resources": arns,
        "tags_any": tags,
        "tags_all": tags,
        "tags_none": tags,
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=[("state", "present", ["role_arn"])], supports_check_mode=True)
    BackupSelection(module).run()


if __name__ == "__main__":
    main()
