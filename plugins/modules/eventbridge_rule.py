#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a rule of EventBridge: a schedule or a pattern of events, with its targets and tags."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eventbridge_rule
version_added: 0.5.0
short_description: Manage a rule of EventBridge
description:
  - Creates, changes and deletes a rule, which is a schedule or about events or both, with its targets and tags.
  - What the options do not mention is left alone. An empty text or dictionary takes something away.
options:
  name:
    description: The name of the rule, unique on its bus.
    type: str
    required: true
  event_bus:
    description: The name of the event bus. Schedules are on V(default) only.
    type: str
    default: default
  description:
    description: What the rule is for.
    type: str
  schedule_expression:
    description: When the rule runs, as C(rate()) or C(cron()), in UTC. A new rule needs it or O(event_pattern).
    type: str
  event_pattern:
    description: Which events the rule is about, in the form of EventBridge.
    type: dict
  enabled:
    description: Whether the rule is in force. A new rule is unless this says otherwise.
    type: bool
  role_arn:
    description: The ARN of the role that EventBridge takes on for all targets.
    type: str
  targets:
    description: What is called. Whoever is called must allow it, such as a Lambda function by its policy.
    type: list
    elements: dict
    suboptions:
      id:
        description: The name of the target in the rule.
        type: str
        required: true
      arn:
        description: The ARN of the target.
        type: str
        required: true
      role_arn:
        description: The ARN of the role that EventBridge takes on for this target.
        type: str
      input:
        description: What the target gets in place of the event; anything that JSON can say.
        type: raw
      input_path:
        description: The part of the event that the target gets, such as V($.detail).
        type: str
      input_transformer:
        description: What the target gets, made of parts of the event.
        type: dict
        suboptions:
          paths:
            description: The parts of the event, by the names that the template gives them.
            type: dict
          template:
            description: What the target gets, a text or JSON, with names in angle brackets.
            type: str
            required: true
      dead_letter_arn:
        description: The ARN of the SQS queue that gets what could not be delivered.
        type: str
      maximum_attempts:
        description: How often a delivery is tried again. V(185) unless given.
        type: int
      maximum_age_seconds:
        description: How long a delivery is tried again, in seconds. V(86400) unless given.
        type: int
      message_group_id:
        description: The message group, for a FIFO queue.
        type: str
      ecs:
        description: The task that is run, where O(targets[].arn) is that of an ECS cluster.
        type: dict
        suboptions:
          task_definition_arn:
            description: The ARN of the task definition.
            type: str
            required: true
          task_count:
            description: How many tasks are run.
            type: int
            default: 1
          launch_type:
            description: What runs them.
            type: str
            choices: [EC2, FARGATE, EXTERNAL]
          subnets:
            description: The subnets of the tasks, by id.
            type: list
            elements: str
          security_groups:
            description: The security groups of the tasks, by id.
            type: list
            elements: str
          assign_public_ip:
            description: Whether the tasks have public addresses.
            type: bool
            default: false
  purge_targets:
    description: Whether targets that are not listed are removed. Only when O(targets) is set.
    type: bool
    default: true
  state:
    description: Whether the rule exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(amazon.aws.cloudwatchevent_rule) has no check mode, no tags, no other bus than the default one, and no dead-letter queues or retries,
    and takes a pattern that is written otherwise for another one.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Tidy up every night
  stratum.aws.eventbridge_rule:
    name: shop-prod-tidy
    schedule_expression: cron(0 3 * * ? *)
    targets:
      - id: tidy
        arn: arn:aws:lambda:us-east-1:123456789012:function:shop-prod-tidy:live
        input: {dry_run: false}

- name: Tell of instances that stop
  stratum.aws.eventbridge_rule:
    name: shop-prod-stopped
    event_pattern:
      source: [aws.ec2]
      detail-type: [EC2 Instance State-change Notification]
      detail:
        state: [stopped]
    targets:
      - id: alerts
        arn: arn:aws:sns:us-east-1:123456789012:alerts

- name: Delete the rule with its targets
  stratum.aws.eventbridge_rule:
    name: shop-prod-tidy
    state: absent
"""

RETURN = r"""
rule:
  description: The rule, or null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-prod-tidy
    arn:
      description: Its ARN.
      returned: always
      type: str
      sample: arn:aws:events:us-east-1:123456789012:rule/shop-prod-tidy
    event_bus:
      description: Its event bus.
      returned: always
      type: str
      sample: default
    description:
      description: What it is for.
      returned: always
      type: str
      sample: ""
    schedule_expression:
      description: When it runs, or an empty text.
      returned: always
      type: str
      sample: cron(0 3 * * ? *)
    event_pattern:
      description: Which events it is about, empty for none.
      returned: always
      type: dict
      sample: {}
    enabled:
      description: Whether it is in force.
      returned: always
      type: bool
      sample: true
    role_arn:
      description: The role that EventBridge takes on, or an empty text.
      returned: always
      type: str
      sample: ""
    targets:
      description: What is called, in the form of the options.
      returned: always
      type: list
      elements: dict
      sample: [{"id": tidy, "arn": "arn:aws:lambda:us-east-1:123456789012:function:shop-prod-tidy:live"}]
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {"Environment": prod}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils import _eventbridge as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

AT_ONCE = 10
"""Targets in one call."""


class Rule(AwsResource):
    """A rule, known by its name and its bus."""

    service = "events"
    kind = "EventBridge rule"
    returns = "rule"
    retried = ("ThrottlingException", "ConcurrentModificationException")
    cures: ClassVar[Mapping[str, str]] = {
        "ValidationException": "Check the schedule, the pattern and the targets; a schedule needs the bus default.",
        "InvalidEventPatternException": "Correct the event pattern: each value is a list.",
        "ManagedRuleException": "An AWS service manages this rule. Take another name.",
        "ResourceNotFoundException": "Create the event bus first.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def _bus(self) -> Document:
        return {"EventBusName": self.params["event_bus"]}

    def _arn(self) -> str:
        account, partition = get_aws_account_info(self.module)
        bus = self.params["event_bus"].rpartition("/")[2]
        where = self.identity if bus == "default" else f"{bus}/{self.identity}"
        return f"arn:{partition}:events:{self.module.region}:{account}:rule/{where}"

    def _describe(self) -> Document | None:
        rule = self.find("describe_rule", Name=self.identity, **self._bus)
        if rule is None:
            return None
        targets = self.collect("list_targets_by_rule", "Targets", Rule=self.identity, **self._bus)
        tags = self.call("list_tags_for_resource", ResourceARN=rule["Arn"]).get("Tags", [])
        return pure.rule_document(rule, targets, boto3_tag_list_to_ansible_dict(tags))

    def _changes(self, current: Document) -> Document:
        changes = pure.rule_changes(current, self.params)
        self._check({**current, **changes})
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _check(self, rule: Document) -> None:
        if not rule.get("schedule_expression") and not rule.get("event_pattern"):
            self.fail("it would be about nothing. Set schedule_expression or event_pattern.")
        ids = [target["id"] for target in self.params["targets"] or []]
        if len(set(ids)) < len(ids):
            self.fail("two targets have the same id. Give each an id of its own.")

    def _predict(self) -> Document:
        targets = sorted((pure.wanted_target(target) for target in self.params["targets"] or []), key=lambda target: str(target["id"]))
        new = {
            "name": self.identity,
            "arn": self._arn(),
            "event_bus": self.params["event_bus"].rpartition("/")[2],
            **dict.fromkeys(pure.SETTINGS, ""),
            "event_pattern": {},
            "enabled": True,
            **pure.settings(self.params),
            "targets": targets,
            "tags": text_tags(self.params["tags"]) or {},
        }
        self._check(new)
        return new

    def _create(self) -> None:
        new = self._predict()
        self.call("put_rule", **{**pure.rule_request(new), **self._bus}, Tags=ansible_dict_to_boto3_tag_list(new["tags"]) or None)
        self._put_targets(new["targets"])

    def _update(self, current: Document, changes: Document) -> None:
        if set(changes) - {"targets", "tags"}:
            self.call("put_rule", **{**pure.rule_request({**current, **changes}), **self._bus})
        if "targets" in changes:
            there = {target["id"]: target for target in current["targets"]}
            self._remove_targets(sorted(set(there) - {target["id"] for target in changes["targets"]}))
            self._put_targets([target for target in changes["targets"] if target != there.get(target["id"])])
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceARN=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceARN=current["arn"], TagKeys=keys),
        )

    def _put_targets(self, targets: list[Document]) -> None:
        for start in range(0, len(targets), AT_ONCE):
            some = [pure.target_request(target) for target in targets[start : start + AT_ONCE]]
            self._look(self.call("put_targets", Rule=self.identity, **self._bus, Targets=some))

    def _remove_targets(self, ids: list[str]) -> None:
        for start in range(0, len(ids), AT_ONCE):
            self._look(self.call("remove_targets", Rule=self.identity, **self._bus, Ids=ids[start : start + AT_ONCE]))

    def _look(self, answer: Document) -> None:
        """Fail for the entries that EventBridge refused: the call as a whole succeeds."""
        if answer.get("FailedEntryCount"):
            said = "; ".join(f"{entry.get('TargetId')}: {entry.get('ErrorMessage')}" for entry in answer.get("FailedEntries", []))
            self.fail(f"EventBridge refused targets ({said}). Correct them, then run again.")

    def _delete(self, current: Document) -> None:
        # A rule that has targets cannot be deleted.
        self._remove_targets([target["id"] for target in current["targets"]])
        self.find("delete_rule", Name=self.identity, **self._bus)


def main() -> None:
    """Run the module."""
    ecs: dict[str, dict[str, Any]] = {
        "task_definition_arn": {"required": True},
        "task_count": {"type": "int", "default": 1},
        "launch_type": {"choices": ["EC2", "FARGATE", "EXTERNAL"]},
        "subnets": {"type": "list", "elements": "str"},
        "security_groups": {"type": "list", "elements": "str"},
        "assign_public_ip": {"type": "bool", "default": False},
    }
    target: dict[str, dict[str, Any]] = {
        "id": {"required": True},
        "arn": {"required": True},
        "role_arn": {},
        "input": {"type": "raw"},
        "input_path": {},
        "input_transformer": {"type": "dict", "options": {"paths": {"type": "dict"}, "template": {"required": True}}},
        "dead_letter_arn": {},
        "maximum_attempts": {"type": "int"},
        "maximum_age_seconds": {"type": "int"},
        "message_group_id": {},
        "ecs": {"type": "dict", "options": ecs},
    }
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "event_bus": {"type": "str", "default": "default"},
        "description": {"type": "str"},
        "schedule_expression": {"type": "str"},
        "event_pattern": {"type": "dict"},
        "enabled": {"type": "bool"},
        "role_arn": {"type": "str"},
        "targets": {
            "type": "list",
            "elements": "dict",
            "options": target,
            "mutually_exclusive": [("input", "input_path", "input_transformer")],
        },
        "purge_targets": {"type": "bool", "default": True},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    Rule(module).run()


if __name__ == "__main__":
    main()
