#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a sampling rule of AWS X-Ray."""

from __future__ import annotations

DOCUMENTATION = r"""
module: xray_sampling_rule
version_added: 0.5.0
short_description: Manage a sampling rule of AWS X-Ray
description:
  - Creates, changes and deletes a rule that says which share of some requests is traced.
  - The rule with the lowest priority that fits a request counts. What the options do not mention is left alone.
options:
  name:
    description: The name of the rule, of 32 characters at most. V(Default) is the rule for what no other one fits, which cannot be deleted.
    type: str
    required: true
    aliases: [rule_name]
  priority:
    description: Its place in the order of rules, from 1 to 9999. A new rule needs it.
    type: int
  fixed_rate:
    description: The share of requests that is traced beyond the reservoir, from V(0) to V(1). A new rule needs it.
    type: float
  reservoir_size:
    description: How many requests a second are traced before the share counts. V(1) for a new rule unless given.
    type: int
  service_name:
    description: The names of the services; V(*) and V(?) stand for anything, here and below. V(*) for a new rule unless given.
    type: str
  service_type:
    description: What the services run on, such as V(AWS::ECS::Container). V(*) for a new rule unless given.
    type: str
  host:
    description: The host names of the requests. V(*) for a new rule unless given.
    type: str
  http_method:
    description: The methods of the requests. V(*) for a new rule unless given.
    type: str
  url_path:
    description: The paths of the requests. V(*) for a new rule unless given.
    type: str
  resource_arn:
    description: The ARNs of what the services run on. V(*) for a new rule unless given.
    type: str
  attributes:
    description: Attributes that the requests have, all of them.
    type: dict
  state:
    description: Whether the rule exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws has a module for X-Ray.
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
- name: Trace a twentieth of all requests
  stratum.aws.xray_sampling_rule:
    name: shop-prod
    priority: 100
    fixed_rate: 0.05
    service_name: shop-prod-*

- name: Delete the rule
  stratum.aws.xray_sampling_rule:
    name: shop-prod
    state: absent
"""

RETURN = r"""
sampling_rule:
  description: The rule, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-prod
    arn:
      description: Its ARN.
      returned: when the rule exists
      type: str
      sample: arn:aws:xray:us-east-1:123456789012:sampling-rule/shop-prod
    priority:
      description: Its place in the order of rules.
      returned: always
      type: int
      sample: 100
    fixed_rate:
      description: The share of requests that is traced beyond the reservoir.
      returned: always
      type: float
      sample: 0.05
    reservoir_size:
      description: How many requests a second are traced before the share counts.
      returned: always
      type: int
      sample: 1
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {"Environment": prod}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

API = {
    "priority": "Priority",
    "fixed_rate": "FixedRate",
    "reservoir_size": "ReservoirSize",
    "service_name": "ServiceName",
    "service_type": "ServiceType",
    "host": "Host",
    "http_method": "HTTPMethod",
    "url_path": "URLPath",
    "resource_arn": "ResourceARN",
    "attributes": "Attributes",
}
NEW: Document = {
    "reservoir_size": 1,
    **dict.fromkeys(("service_name", "service_type", "host", "http_method", "url_path", "resource_arn"), "*"),
    "attributes": {},
}
"""What a new rule has that the options do not mention."""


def rule_document(rule: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    """Return a rule of GetSamplingRules as the module returns it."""
    settings = {option: rule.get(name, NEW.get(option)) for option, name in API.items()}
    return {"name": rule["RuleName"], "arn": rule["RuleARN"], **settings, "tags": dict(tags)}


def rule_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return the settings that differ, with their new values."""
    wanted = given({option: options[option] for option in API})
    return {key: value for key, value in wanted.items() if current[key] != value}


def rule_request(settings: Mapping[str, Any]) -> Document:
    """Return settings of a rule as X-Ray takes them."""
    return {name: settings[option] for option, name in API.items() if option in settings}


class SamplingRule(AwsResource):
    """A sampling rule, known by its name."""

    service = "xray"
    kind = "X-Ray sampling rule"
    returns = "sampling_rule"
    retried = ("ThrottledException", "ThrottlingException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidRequestException": "Check that the priority is from 1 to 9999, the rate from 0 to 1, and the name no longer than 32.",
        "RuleLimitExceededException": "Delete rules that are not used.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        for record in self.collect("get_sampling_rules", "SamplingRuleRecords"):
            rule = record["SamplingRule"]
            if rule["RuleName"] == self.identity:
                tags = self.collect("list_tags_for_resource", "Tags", ResourceARN=rule["RuleARN"])
                return rule_document(rule, boto3_tag_list_to_ansible_dict(tags))
        return None

    def _changes(self, current: Document) -> Document:
        return {**rule_changes(current, self.params), **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if missing := [name for name in ("priority", "fixed_rate") if self.params[name] is None]:
            self.fail(f"a new rule needs {' and '.join(missing)}.")
        asked = given({option: self.params[option] for option in API})
        return {"name": self.identity, **NEW, **asked, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        new = self._predict()
        tags = ansible_dict_to_boto3_tag_list(new["tags"]) or None
        self.call("create_sampling_rule", SamplingRule={"RuleName": self.identity, "Version": 1, **rule_request(new)}, Tags=tags)

    def _update(self, current: Document, changes: Document) -> None:
        if settings := rule_request(changes):
            self.call("update_sampling_rule", SamplingRuleUpdate={"RuleName": self.identity, **settings})
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceARN=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceARN=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.call("delete_sampling_rule", RuleName=self.identity)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["rule_name"]},
        "priority": {"type": "int"},
        "fixed_rate": {"type": "float"},
        "reservoir_size": {"type": "int"},
        **{name: {"type": "str"} for name in ("service_name", "service_type", "host", "http_method", "url_path", "resource_arn")},
        "attributes": {"type": "dict"},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    SamplingRule(module).run()


if __name__ == "__main__":
    main()
