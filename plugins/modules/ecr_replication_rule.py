#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which repositories of images are copied to other regions."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_replication_rule
version_added: 0.5.0
short_description: Manage one rule of a registry's replication
description:
  - Makes ECR copy images to other regions or accounts as they are pushed.
  - The replication of a registry is one setting of an account and region. This module manages the rule in it that is for O(prefix) alone,
    and leaves the others as they are, so that several stacks have their own.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  prefix:
    description: The repositories whose names begin with this are copied. It tells the rule from others.
    type: str
    required: true
  state:
    description: Whether the rule is there. Images that were copied stay.
    type: str
    choices: [present, absent]
    default: present
  regions:
    description: The regions of this account where to. This or O(destinations) is needed when O(state=present).
    type: list
    elements: str
  destinations:
    description: Where to, with accounts.
    type: list
    elements: dict
    suboptions:
      region:
        description: The region.
        type: str
        required: true
      account:
        description: The id of the account; this one by default.
        type: str
notes:
  - There is no other module for it.
  - Two runs that change rules of one registry at the same time can undo each other; the loser's rule comes back with its next run.
seealso:
  - module: stratum.aws.ecr_repository
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Copy the shop's images to Oregon
  stratum.aws.ecr_replication_rule:
    prefix: shop-
    regions: [us-west-2]

- name: Copy them no longer
  stratum.aws.ecr_replication_rule:
    prefix: shop-
    state: absent
"""

RETURN = r"""
rule:
  description: The rule, or null when there is none.
  returned: always
  type: dict
  contains:
    destinations:
      description: Where images are copied to.
      returned: always
      type: list
      elements: dict
      sample: [{"region": "us-west-2", "account": "123456789012"}]
    prefix:
      description: Whose images are copied.
      returned: always
      type: str
      sample: shop-
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document

Rules = list[dict[str, Any]]
MOST_RULES = 10
"""So many rules a registry can have."""


def is_of(rule: Mapping[str, Any], prefix: str) -> bool:
    """Return whether a rule of AWS's is that for this prefix, and for nothing else."""
    return [each["filter"] for each in rule.get("repositoryFilters") or []] == [prefix]


def read_rule(rule: Mapping[str, Any], prefix: str) -> Document:
    """Return a rule of AWS's in the form of ours."""
    found = [{"region": each["region"], "account": each["registryId"]} for each in rule["destinations"]]
    return {"prefix": prefix, "destinations": sorted(found, key=lambda each: (each["region"], each["account"]))}


def wanted_rule(prefix: str, destinations: list[Mapping[str, Any]], account: str) -> Document:
    """Return the rule that the user wrote in full."""
    full = [{"region": each["region"], "account": each["account"] or account} for each in destinations]
    return {"prefix": prefix, "destinations": sorted(full, key=lambda each: (each["region"], each["account"]))}


def rules_with(rules: Rules, wanted: Mapping[str, Any]) -> Rules:
    """Return all rules of the registry with this one in its place, or at the end."""
    new = {
        "destinations": [{"region": each["region"], "registryId": each["account"]} for each in wanted["destinations"]],
        "repositoryFilters": [{"filter": wanted["prefix"], "filterType": "PREFIX_MATCH"}],
    }
    place = next((number for number, rule in enumerate(rules) if is_of(rule, wanted["prefix"])), len(rules))
    return [*rules[:place], {**(rules[place] if place < len(rules) else {}), **new}, *rules[place + 1 :]]


class ReplicationRule(AwsResource):
    """One rule, known by its prefix."""

    service = "ecr"
    kind = "Replication of images"
    returns = "rule"
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameterException": "Check the regions: images cannot be copied to the region where they are.",
        "ValidationException": f"A registry has at most {MOST_RULES} rules, and 25 destinations in all.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.rules: Rules = []
        self.account = ""

    @property
    def identity(self) -> str:
        return str(self.params["prefix"])

    def _describe(self) -> Document | None:
        registry = self.call("describe_registry")
        self.account = registry["registryId"]
        self.rules = (registry.get("replicationConfiguration") or {}).get("rules") or []
        return next((read_rule(rule, self.identity) for rule in self.rules if is_of(rule, self.identity)), None)

    def _wanted(self) -> Document:
        regions: list[Mapping[str, Any]] = [{"region": region, "account": None} for region in self.params["regions"] or []]
        return wanted_rule(self.identity, self.params["destinations"] or regions, self.account)

    def _changes(self, current: Document) -> Document:
        wanted = self._wanted()
        return {} if current == wanted else {"destinations": wanted["destinations"]}

    def _predict(self) -> Document:
        return self._wanted()

    def _put(self, rules: Rules) -> None:
        self.call("put_replication_configuration", replicationConfiguration={"rules": rules})

    def _create(self) -> None:
        if len(self.rules) >= MOST_RULES:
            self.fail(f"the registry has {MOST_RULES} rules already, which is all that AWS allows. Take one away, or join two of them.")
        self._put(rules_with(self.rules, self._wanted()))

    def _update(self, current: Document, changes: Document) -> None:
        self._put(rules_with(self.rules, self._wanted()))

    def _delete(self, current: Document) -> None:
        self._put([rule for rule in self.rules if not is_of(rule, self.identity)])


def main() -> None:
    """Run the module."""
    destination: dict[str, Any] = {"region": {"required": True}, "account": {}}
    spec: dict[str, Any] = {
        "prefix": {"required": True},
        "state": STATE,
        "regions": {"type": "list", "elements": "str"},
        "destinations": {"type": "list", "elements": "dict", "options": destination},
    }
    exclusive = [("regions", "destinations")]
    module = AnsibleAWSModule(argument_spec=spec, mutually_exclusive=exclusive, supports_check_mode=True)
    if module.params["state"] == "present" and not (module.params["regions"] or module.params["destinations"]):
        module.fail_json(msg="there is no destination. List a region, or set state to absent.")
    ReplicationRule(module).run()


if __name__ == "__main__":
    main()
