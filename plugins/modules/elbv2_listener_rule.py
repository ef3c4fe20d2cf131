#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a rule of a listener be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_listener_rule
version_added: 0.5.0
short_description: Make a rule of a listener
description:
  - Creates, changes and deletes a rule of a listener of an application load balancer. Its priority tells it from others.
  - A request fits when it fits every kind of condition that is set, and of each kind any one value.
options:
  listener_arn:
    description: The ARN of the listener.
    type: str
    required: true
  priority:
    description: The place in the order, from 1 to 50000.
    type: int
    required: true
  hosts:
    description: The hosts that fit, with wildcards if need be.
    type: list
    elements: str
  paths:
    description: The paths that fit, with wildcards if need be.
    type: list
    elements: str
  methods:
    description: The methods that fit.
    type: list
    elements: str
  source_ips:
    description: The networks of clients that fit.
    type: list
    elements: str
  headers:
    description: The headers that fit, by name, each with a list of the values that fit.
    type: dict
  forward:
    description: The target groups that share the requests.
    type: list
    elements: dict
    suboptions:
      target_group_arn:
        description: The ARN of the target group.
        type: str
        required: true
      weight:
        description: Its share out of the sum of all weights.
        type: int
        default: 1
  redirect:
    description: Where clients are sent to. What is not set stays as in the request.
    type: dict
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [HTTP, HTTPS]
      port:
        description: The port.
        type: str
      host:
        description: The host.
        type: str
      path:
        description: The path, with a slash at its beginning.
        type: str
      query:
        description: The query, without the question mark.
        type: str
      status_code:
        description: Whether for good or for now.
        type: str
        choices: [HTTP_301, HTTP_302]
        default: HTTP_301
  fixed_response:
    description: What the load balancer itself answers.
    type: dict
    suboptions:
      status_code:
        description: The status code.
        type: str
        default: "404"
      content_type:
        description: The type of the text.
        type: str
        default: text/plain
      message_body:
        description: The text.
        type: str
        default: ""
  keep_actions:
    description: Whether the action of what exists stays as it is, because a deployment turns it (CodeDeploy, blue and green).
    type: bool
    default: false
  state:
    description: Whether the rule exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(amazon.aws.elb_application_lb) makes rules only together with their load balancer, and fails where they come with a new listener.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.elbv2_listener
  - module: stratum.aws.elbv2_target_group
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Send requests for the API to its targets
  stratum.aws.elbv2_listener_rule:
    listener_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/0123456789abcdef
    priority: 10
    hosts: [shop.example.com]
    paths: [/api/*]
    forward:
      - target_group_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-api/0123456789abcdef

- name: Delete the rule
  stratum.aws.elbv2_listener_rule:
    listener_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/0123456789abcdef
    priority: 10
    state: absent
"""

RETURN = r"""
rule:
  description: The rule, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    rule_arn:
      description: The ARN.
      returned: when the rule exists
      type: str
      sample: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener-rule/app/shop/0123456789abcdef/0123456789abcdef/0123456789abcdef
    priority:
      description: The place in the order.
      returned: always
      type: int
      sample: 10
    conditions:
      description: What a request must fit.
      returned: always
      type: dict
      sample: {"hosts": [shop.example.com], "paths": [/api/*]}
    action:
      description: What becomes of the request.
      returned: always
      type: dict
      sample: {"type": fixed-response, "status_code": "404", "content_type": text/plain, "message_body": ""}
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": shop}
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document
from ansible_collections.stratum.aws.plugins.module_utils._elbv2 import (
    ACTION_OPTIONS,
    ONE_ACTION,
    ElbResource,
    action_changes,
    aws_actions,
    read_action,
    wanted_action,
)
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes

_FIELDS: Final = {
    "hosts": ("host-header", "HostHeaderConfig"),
    "paths": ("path-pattern", "PathPatternConfig"),
    "methods": ("http-request-method", "HttpRequestMethodConfig"),
    "source_ips": ("source-ip", "SourceIpConfig"),
}


def wanted_conditions(params: Mapping[str, Any]) -> Document:
    """Return the conditions that the options set, each with its values in order."""
    conditions: Document = {key: sorted(params[key]) for key in _FIELDS if params.get(key)}
    headers = params.get("headers") or {}
    if headers:
        conditions["headers"] = {name: sorted([values] if isinstance(values, str) else values) for name, values in sorted(headers.items())}
    return conditions


def read_conditions(conditions: Sequence[Mapping[str, Any]]) -> Document:
    """Return the conditions of a rule, in the form that `wanted_conditions` gives."""
    keys = {field: key for key, (field, _config) in _FIELDS.items()}
    found: Document = {}
    for each in conditions:
        if each["Field"] == "http-header":
            config = each["HttpHeaderConfig"]
            found.setdefault("headers", {})[config["HttpHeaderName"]] = sorted(config["Values"])
        elif each["Field"] in keys:
            key = keys[each["Field"]]
            found[key] = sorted(each.get(_FIELDS[key][1], {}).get("Values") or each.get("Values") or [])
        else:
            found[each["Field"]] = each
    return found


def aws_conditions(conditions: Mapping[str, Any]) -> list[Document]:
    """Return conditions as AWS takes them."""
    plain = [{"Field": field, config: {"Values": conditions[key]}} for key, (field, config) in _FIELDS.items() if key in conditions]
    headers = [
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": name, "Values": values}}
        for name, values in conditions.get("headers", {}).items()
    ]
    return plain + headers


def differences(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what of a rule must change; options without any condition leave the conditions alone."""
    conditions = wanted_conditions(wanted)
    changed = {"conditions": conditions} if conditions and conditions != current["conditions"] else {}
    return {**changed, **action_changes(current, wanted)}


class Rule(ElbResource):
    """A rule, found by its listener and its priority."""

    kind = "listener rule"
    returns = "rule"
    missing = ("RuleNotFound", "ListenerNotFound")

    @property
    def identity(self) -> str:
        return f"{self.params['priority']} of {self.params['listener_arn'].partition(':listener/')[2]}"

    def _describe(self) -> Document | None:
        answer = self.find("describe_rules", ListenerArn=self.params["listener_arn"], PageSize=400)
        found = next((each for each in (answer or {}).get("Rules", []) if each["Priority"] == str(self.params["priority"])), None)
        if found is None:
            return None
        return {
            "rule_arn": found["RuleArn"],
            "priority": int(found["Priority"]),
            "conditions": read_conditions(found.get("Conditions", [])),
            "action": read_action(found["Actions"]),
            "tags": self._tags(found["RuleArn"]),
        }

    def _changes(self, current: Document) -> Document:
        return {**differences(current, self.params), **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        action, conditions = wanted_action(self.params), wanted_conditions(self.params)
        if action is None or not conditions:
            self.fail("there is no such rule. Set a condition and one of forward, redirect and fixed_response to create one.")
        return {"priority": self.params["priority"], "conditions": conditions, "action": action, "tags": self.params["tags"] or {}}

    def _create(self) -> None:
        self.call(
            "create_rule",
            ListenerArn=self.params["listener_arn"],
            Priority=self.params["priority"],
            Conditions=aws_conditions(wanted_conditions(self.params)),
            Actions=aws_actions(wanted_action(self.params) or {}),
            Tags=self._new_tags,
        )

    def _update(self, current: Document, changes: Document) -> None:
        if "conditions" in changes or "action" in changes:
            self.call(
                "modify_rule",
                RuleArn=current["rule_arn"],
                Conditions=aws_conditions(changes["conditions"]) if "conditions" in changes else None,
                Actions=aws_actions(changes["action"]) if "action" in changes else None,
            )
        self._retag(current["rule_arn"], current, changes)

    def _delete(self, current: Document) -> None:
        self.find("delete_rule", RuleArn=current["rule_arn"])


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "listener_arn": {"type": "str", "required": True},
        "priority": {"type": "int", "required": True},
        **{name: {"type": "list", "elements": "str"} for name in ("hosts", "paths", "methods", "source_ips")},
        "headers": {"type": "dict"},
        **ACTION_OPTIONS,
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, mutually_exclusive=ONE_ACTION, supports_check_mode=True)
    Rule(module).run()


if __name__ == "__main__":
    main()
