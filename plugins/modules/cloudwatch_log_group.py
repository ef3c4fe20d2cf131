#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A log group with its retention, key and tags."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_log_group
short_description: Manage a CloudWatch log group
version_added: 0.1.0
description:
  - Creates, changes and deletes a log group, its retention, its KMS key and its tags.
  - A log group that a service has made already is taken over.
notes:
  - M(amazon.aws.cloudwatchlogs_log_group) sets the retention even in check mode, deletes the log group with all that
    it holds when the retention is not one that it knows (V(1096) and longer ones among them), never changes the KMS
    key of an existing group, and knows no log class.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the log group.
    type: str
    required: true
    aliases: [log_group_name]
  retention_days:
    description: How many days an event is kept. V(0) keeps events for ever.
    type: int
    choices: [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
  kms_key_arn:
    description:
      - The ARN of the KMS key that encrypts what is written from now on. Its policy must let the service C(logs) of the region use it.
      - An empty string goes back to the key of CloudWatch itself.
    type: str
  log_group_class:
    description: The class of the log group, which cannot be changed later.
    type: str
    choices: [STANDARD, INFREQUENT_ACCESS, DELIVERY]
  state:
    description: Whether the log group exists.
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
- name: Keep a database's log for a month
  stratum.aws.cloudwatch_log_group:
    name: /aws/rds/instance/example/postgresql
    retention_days: 30
    tags:
      Environment: production

- name: Delete a log group with all that it holds
  stratum.aws.cloudwatch_log_group:
    name: /aws/rds/instance/example/postgresql
    state: absent
"""

RETURN = r"""
log_group:
  description: The log group; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: /aws/rds/instance/example/postgresql
    arn:
      description: Its ARN, without the C(:*) that CloudWatch Logs puts behind it.
      type: str
      sample: arn:aws:logs:us-east-1:123456789012:log-group:/aws/rds/instance/example/postgresql
    retention_days:
      description: How many days an event is kept; 0 when for ever.
      type: int
      sample: 30
    kms_key_arn:
      description: The KMS key; empty when CloudWatch's own is used.
      type: str
      sample: ""
    log_group_class:
      description: The class of the log group.
      type: str
      sample: STANDARD
    tags:
      description: Its tags.
      type: dict
      sample: {Environment: production}
"""

from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

# fmt: off
RETENTIONS = [0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653]
# fmt: on
CLASSES = ["STANDARD", "INFREQUENT_ACCESS", "DELIVERY"]
OPTIONS = ("retention_days", "kms_key_arn", "log_group_class")


def to_document(group: Document, tags: dict[str, str]) -> Document:
    """Return a log group as the module returns it."""
    return {
        "name": group["logGroupName"],
        "arn": group["arn"].removesuffix(":*"),
        "retention_days": group.get("retentionInDays") or 0,
        "kms_key_arn": group.get("kmsKeyId") or "",
        "log_group_class": group.get("logGroupClass") or "STANDARD",
        "tags": tags,
    }


class LogGroup(AwsResource):
    """One log group."""

    service = "logs"
    kind = "Log group"
    returns = "log_group"
    retried = ("ThrottlingException", "OperationAbortedException")
    cures: ClassVar[dict[str, str]] = {
        "InvalidParameterException": "If it names a key: let the service `logs` of the region use it in the key's policy.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        groups = self.collect("describe_log_groups", "logGroups", logGroupNamePrefix=self.identity)
        for group in groups:
            if group["logGroupName"] == self.identity:
                arn = group["arn"].removesuffix(":*")
                answer = self.find("list_tags_for_resource", resourceArn=arn) or {}
                return to_document(group, answer.get("tags", {}))
        return None

    def _predict(self) -> Document:
        empty = {"retention_days": 0, "kms_key_arn": "", "log_group_class": "STANDARD", "tags": {}}
        return {**empty, **super()._predict()}

    def _changes(self, current: Document) -> Document:
        changes = differing(current, {key: self.params[key] for key in OPTIONS})
        if "log_group_class" in changes:
            self.fail(
                f"its class is {current['log_group_class']} and cannot become {changes['log_group_class']}. "
                "Give the class that it has, or delete the log group first."
            )
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _create(self) -> None:
        self.call(
            "create_log_group",
            logGroupName=self.identity,
            kmsKeyId=self.params["kms_key_arn"] or None,
            logGroupClass=self.params["log_group_class"],
            tags=text_tags(self.params["tags"]) or None,
        )
        if self.params["retention_days"]:
            self._retain(self.params["retention_days"])

    def _update(self, current: Document, changes: Document) -> None:
        if "retention_days" in changes:
            self._retain(changes["retention_days"])
        if changes.get("kms_key_arn"):
            self.call("associate_kms_key", logGroupName=self.identity, kmsKeyId=changes["kms_key_arn"])
        elif "kms_key_arn" in changes:
            self.call("disassociate_kms_key", logGroupName=self.identity)
        if "tags" in changes:
            arn = current["arn"]
            retag(
                current["tags"],
                changes["tags"],
                lambda tags: self.call("tag_resource", resourceArn=arn, tags=tags),
                lambda keys: self.call("untag_resource", resourceArn=arn, tagKeys=keys),
            )

    def _retain(self, days: int) -> None:
        if days:
            self.call("put_retention_policy", logGroupName=self.identity, retentionInDays=days)
        else:
            self.call("delete_retention_policy", logGroupName=self.identity)

    def _delete(self, current: Document) -> None:
        self.find("delete_log_group", logGroupName=self.identity)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["log_group_name"]},
        "retention_days": {"type": "int", "choices": RETENTIONS},
        "kms_key_arn": {"type": "str", "no_log": False},
        "log_group_class": {"type": "str", "choices": CLASSES},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    LogGroup(module).run()


if __name__ == "__main__":
    main()
