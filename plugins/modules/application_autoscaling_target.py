#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a scalable target of Application Auto Scaling be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: application_autoscaling_target
version_added: 0.5.0
short_description: Let Application Auto Scaling scale something
description:
  - Registers, changes and deregisters what Application Auto Scaling may scale, and between which numbers.
  - Where fewer or more than these numbers are there, AWS scales at once.
options:
  service_namespace:
    description: The service of AWS.
    type: str
    default: ecs
  resource_id:
    description: What is scaled, such as V(service/shop/api).
    type: str
    required: true
  scalable_dimension:
    description: What of it is scaled.
    type: str
    default: ecs:service:DesiredCount
  min_capacity:
    description: The least number. Needed when O(state=present).
    type: int
  max_capacity:
    description: The largest number. Needed when O(state=present).
    type: int
  state:
    description: With V(absent), its policies go too; the number that there is stays.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.application_autoscaling_policy) registers targets too, but writes in check mode, and knows no tags.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.application_autoscaling_policy
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Let the API be scaled
  stratum.aws.application_autoscaling_target:
    resource_id: service/shop/api
    min_capacity: 2
    max_capacity: 10

- name: Scale it no more
  stratum.aws.application_autoscaling_target:
    resource_id: service/shop/api
    state: absent
"""

RETURN = r"""
scalable_target:
  description: The target, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN.
      returned: when the target exists
      type: str
      sample: arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/0ec5c81fe36cbe0d46a1872d7a0af37c2c0e
    service_namespace:
      description: The service of AWS.
      returned: always
      type: str
      sample: ecs
    resource_id:
      description: What is scaled.
      returned: always
      type: str
      sample: service/shop/api
    scalable_dimension:
      description: What of it is scaled.
      returned: always
      type: str
      sample: ecs:service:DesiredCount
    min_capacity:
      description: The least number.
      returned: always
      type: int
      sample: 2
    max_capacity:
      description: The largest number.
      returned: always
      type: int
      sample: 10
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"Project": shop}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

KEYS = ("service_namespace", "resource_id", "scalable_dimension")
LIMITS = ("min_capacity", "max_capacity")


def target_changes(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what differs between a target and the options."""
    return differing(current, {key: wanted[key] for key in LIMITS})


class ScalableTarget(AwsResource):
    """A scalable target, known by what it scales."""

    service = "application-autoscaling"
    kind = "Scalable target"
    returns = "scalable_target"
    missing = ("ObjectNotFoundException", "ResourceNotFoundException")
    retried = ("ConcurrentUpdateException", "ThrottlingException")
    cures: ClassVar[Mapping[str, str]] = {
        "ValidationException": "Check the resource, the dimension and the numbers; what is scaled has to exist.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["resource_id"])

    @property
    def _known(self) -> dict[str, str]:
        return {
            "ServiceNamespace": self.params["service_namespace"],
            "ResourceId": self.params["resource_id"],
            "ScalableDimension": self.params["scalable_dimension"],
        }

    def _describe(self) -> Document | None:
        found = self.collect(
            "describe_scalable_targets",
            "ScalableTargets",
            ServiceNamespace=self.params["service_namespace"],
            ResourceIds=[self.identity],
            ScalableDimension=self.params["scalable_dimension"],
        )
        if not found:
            return None
        arn = found[0].get("ScalableTargetARN")
        listed = self.find("list_tags_for_resource", ResourceARN=arn) if arn else None
        return {
            "arn": arn,
            **{key: self.params[key] for key in KEYS},
            "min_capacity": found[0]["MinCapacity"],
            "max_capacity": found[0]["MaxCapacity"],
            "tags": (listed or {}).get("Tags") or {},
        }

    def _changes(self, current: Document) -> Document:
        tags = tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])
        return {**target_changes(current, self.params), **tags}

    def _predict(self) -> Document:
        return {**{key: self.params[key] for key in (*KEYS, *LIMITS)}, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        self.call(
            "register_scalable_target",
            **self._known,
            MinCapacity=self.params["min_capacity"],
            MaxCapacity=self.params["max_capacity"],
            Tags=text_tags(self.params["tags"]) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        if any(key in changes for key in LIMITS):
            after = {**current, **changes}
            # With tags, the call refuses a target that is there.
            self.call("register_scalable_target", **self._known, MinCapacity=after["min_capacity"], MaxCapacity=after["max_capacity"])
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceARN=current["arn"], Tags=tags),
            lambda keys: self.call("untag_resource", ResourceARN=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("deregister_scalable_target", **self._known)


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "service_namespace": {"default": "ecs"},
        "resource_id": {"required": True},
        "scalable_dimension": {"default": "ecs:service:DesiredCount"},
        "min_capacity": {"type": "int"},
        "max_capacity": {"type": "int"},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=spec, required_if=[("state", "present", list(LIMITS))], supports_check_mode=True)
    if module.params["state"] == "present" and module.params["min_capacity"] > module.params["max_capacity"]:
        module.fail_json(msg="min_capacity must not be larger than max_capacity.")
    ScalableTarget(module).run()


if __name__ == "__main__":
    main()
