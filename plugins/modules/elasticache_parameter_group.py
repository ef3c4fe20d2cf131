#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a parameter group of ElastiCache."""

from __future__ import annotations

DOCUMENTATION = r"""
module: elasticache_parameter_group
version_added: 0.1.0
short_description: Manage an ElastiCache parameter group
description:
  - Creates, changes and deletes a parameter group of any family that AWS offers.
  - Only the parameters in O(parameters) are compared; others stay as they are unless they are reset on request.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the group; AWS keeps it in lower case.
    type: str
    required: true
  state:
    description: Whether the group is there.
    type: str
    choices: [present, absent]
    default: present
  family:
    description: The family, such as V(redis7) or V(valkey8). A new group needs it; it cannot be changed later.
    type: str
    aliases: [group_family]
  description:
    description: What the group is for; a new group has its name there by default. Cannot be changed later.
    type: str
  parameters:
    description: Parameters and their values. V(true) and V(false) are put as the parameter wants them, C(yes) or C(1) for example.
    type: dict
    aliases: [values]
  reset_parameters:
    description: The names of parameters to set to the defaults of the family.
    type: list
    elements: str
  purge_parameters:
    description: Whether every parameter that is not in O(parameters) is set to its default. Needs O(parameters).
    type: bool
    default: false
notes:
  - M(community.aws.elasticache_parameter_group) knows families up to C(redis6.x) only, and has no tags and no check mode.
  - A parameter whose change needs a restart takes effect when the nodes are restarted, which this module does not do.
seealso:
  - module: stratum.aws.elasticache_replication_group
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Let the cache drop the least recently used keys
  stratum.aws.elasticache_parameter_group:
    name: speckle-redis7
    family: redis7
    description: Speckle's cache
    parameters:
      maxmemory-policy: allkeys-lru
      activedefrag: true

- name: Go back to the default of one parameter
  stratum.aws.elasticache_parameter_group:
    name: speckle-redis7
    reset_parameters: [activedefrag]

- name: Delete the group
  stratum.aws.elasticache_parameter_group:
    name: speckle-redis7
    state: absent
"""

RETURN = r"""
parameter_group:
  description: The group, or null when there is none.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the group.
      returned: when the group exists
      type: str
      sample: arn:aws:elasticache:ca-central-1:123456789012:parametergroup:speckle-redis7
    description:
      description: What the group is for.
      returned: always
      type: str
      sample: Speckle's cache
    family:
      description: The family.
      returned: always
      type: str
      sample: redis7
    name:
      description: The name of the group.
      returned: always
      type: str
      sample: speckle-redis7
    tags:
      description: The tags of the group.
      returned: always
      type: dict
      sample: {"Environment": "production"}
    parameters:
      description: The parameters that do not have the value of the family.
      returned: always
      type: dict
      sample: {"maxmemory-policy": "allkeys-lru", "activedefrag": "yes"}
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

AT_ONCE = 20
"""How many parameters AWS takes in one request."""
Parameters = Mapping[str, Mapping[str, Any]]
"""What AWS says about the parameters of a group or a family, by name."""


def text(value: Any, allowed: str | None) -> str:
    """Return a value as AWS keeps it; a boolean in the words that the parameter allows."""
    if not isinstance(value, bool):
        return str(value)
    words = (allowed or "").split(",")
    yes, no = next((pair for pair in (("yes", "no"), ("1", "0"), ("true", "false")) if set(pair) <= set(words)), ("yes", "no"))
    return yes if value else no


def user_values(parameters: Parameters) -> dict[str, str]:
    """Return the values that somebody set."""
    return {name: str(item.get("ParameterValue", "")) for name, item in sorted(parameters.items()) if item.get("Source") == "user"}


def value_changes(parameters: Parameters, values: Mapping[str, Any], reset: Iterable[str], purge: bool) -> tuple[dict[str, str], list[str]]:
    """Return the values to set and the names of the parameters to reset."""
    texts = {name: text(value, parameters.get(name, {}).get("AllowedValues")) for name, value in values.items()}
    to_set = {name: value for name, value in texts.items() if str(parameters.get(name, {}).get("ParameterValue", "")) != value}
    set_by_user = user_values(parameters)
    to_reset = {name for name in set_by_user if name not in texts and (purge or name in set(reset))}
    return to_set, sorted(to_reset)


def problems(parameters: Parameters, to_set: Mapping[str, str], named: Iterable[str]) -> list[str]:
    """Return what is wrong with the parameters that the user names."""
    unknown = [f"there is no parameter {name}" for name in sorted(named) if name not in parameters]
    fixed = [f"AWS does not let {name} be changed" for name in sorted(to_set) if not parameters.get(name, {}).get("IsModifiable", True)]
    return [*unknown, *fixed]


class ParameterGroup(AwsResource):
    """A parameter group, known by its name."""

    service = "elasticache"
    kind = "Cache parameter group"
    returns = "parameter_group"
    missing = ("CacheParameterGroupNotFound", "CacheParameterGroupNotFoundFault")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidCacheParameterGroupState": "It is in use or being changed: delete or move the caches that use it, or run again later.",
        "InvalidParameterValue": "Check that the family exists and that each value is one that AWS allows.",
        "CacheParameterGroupQuotaExceeded": "Delete groups that are not used, or ask AWS for a higher quota.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.parameters: dict[str, Document] = {}
        self.values: dict[str, Any] = self.params["parameters"] or {}
        self.reset: list[str] = self.params["reset_parameters"] or []

    @property
    def identity(self) -> str:
        return str(self.params["name"]).lower()

    @property
    def _name(self) -> dict[str, str]:
        return {"CacheParameterGroupName": self.identity}

    def _describe(self) -> Document | None:
        found = self.find("describe_cache_parameter_groups", **self._name)
        if not found or not found["CacheParameterGroups"]:
            return None
        group = found["CacheParameterGroups"][0]
        items = self.collect("describe_cache_parameters", "Parameters", **self._name)
        self.parameters = {item["ParameterName"]: item for item in items}
        tags = self.call("list_tags_for_resource", ResourceName=group["ARN"])["TagList"]
        return {
            "arn": group["ARN"],
            "name": group["CacheParameterGroupName"],
            "family": group["CacheParameterGroupFamily"],
            "description": group.get("Description"),
            "parameters": user_values(self.parameters),
            "tags": boto3_tag_list_to_ansible_dict(tags),
        }

    def _family(self, family: str) -> dict[str, Document]:
        """Return the parameters of a family, which a new group begins with."""
        items: list[Document] = []
        marker: str | None = None
        while True:
            answer = self.call("describe_engine_default_parameters", CacheParameterGroupFamily=family, Marker=marker)
            items += answer["EngineDefaults"].get("Parameters") or []
            marker = answer["EngineDefaults"].get("Marker") or None
            if marker is None:
                return {item["ParameterName"]: item for item in items}

    def _wanted(self, family: str) -> tuple[dict[str, str], list[str]]:
        to_set, to_reset = value_changes(self.parameters, self.values, self.reset, self.params["purge_parameters"])
        wrong = problems(self.parameters, to_set, {*self.values, *self.reset})
        if wrong:
            self.fail(f"{'; '.join(wrong)} in the family {family}. Correct parameters or reset_parameters.")
        return to_set, to_reset

    def _changes(self, current: Document) -> Document:
        for key in ("family", "description"):
            if self.params[key] is not None and self.params[key] != current[key]:
                self.fail(f"{key} is {current[key]} and cannot become {self.params[key]}. Make a group with another name.")
        to_set, to_reset = self._wanted(current["family"])
        kept = {name: value for name, value in current["parameters"].items() if name not in to_reset}
        changes = {"parameters": {**kept, **to_set}} if to_set or to_reset else {}
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if not self.params["family"]:
            self.fail("a new group needs family. Set it, for example to redis7.")
        self.parameters = self._family(self.params["family"])
        to_set = self._wanted(self.params["family"])[0]
        named = {"name": self.identity, "family": self.params["family"], "description": self.params["description"] or self.identity}
        return {**named, "parameters": to_set, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        new = self._predict()
        described = {"CacheParameterGroupFamily": new["family"], "Description": new["description"]}
        tags = ansible_dict_to_boto3_tag_list(self.params["tags"]) or None
        self.call("create_cache_parameter_group", **self._name, **described, Tags=tags)
        self._set(new["parameters"])

    def _set(self, values: Mapping[str, str]) -> None:
        pairs = [{"ParameterName": name, "ParameterValue": value} for name, value in sorted(values.items())]
        for start in range(0, len(pairs), AT_ONCE):
            self.call("modify_cache_parameter_group", **self._name, ParameterNameValues=pairs[start : start + AT_ONCE])

    def _update(self, current: Document, changes: Document) -> None:
        to_set, to_reset = self._wanted(current["family"])
        names = [{"ParameterName": name} for name in to_reset]
        for start in range(0, len(names), AT_ONCE):
            self.call("reset_cache_parameter_group", **self._name, ParameterNameValues=names[start : start + AT_ONCE])
        self._set(to_set)
        retag(
            current["tags"],
            {**current, **changes}["tags"],
            lambda tags: self.call("add_tags_to_resource", ResourceName=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("remove_tags_from_resource", ResourceName=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_cache_parameter_group", **self._name)


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "state": STATE,
        "family": {"aliases": ["group_family"]},
        "description": {},
        "parameters": {"type": "dict", "aliases": ["values"]},
        "reset_parameters": {"type": "list", "elements": "str"},
        "purge_parameters": {"type": "bool", "default": False},
        **TAGS,
    }
    needs = [("purge_parameters", True, ["parameters"])]
    ParameterGroup(AnsibleAWSModule(argument_spec=spec, required_if=needs, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
