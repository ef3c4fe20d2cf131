#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a target tracking policy of Application Auto Scaling be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: application_autoscaling_policy
version_added: 0.5.0
short_description: Keep a metric at a target by scaling
description:
  - Creates, changes and deletes a target tracking policy of Application Auto Scaling, which makes its own alarms.
options:
  name:
    description: The name, which one scalable target has only once.
    type: str
    required: true
  service_namespace:
    description: The service of AWS.
    type: str
    default: ecs
  resource_id:
    description: What is scaled, such as V(service/shop/api). It has to be a scalable target.
    type: str
    required: true
  scalable_dimension:
    description: What of it is scaled.
    type: str
    default: ecs:service:DesiredCount
  metric:
    description: The predefined metric. Needed when O(state=present).
    type: str
  resource_label:
    description: Which load balancer and target group the metric V(ALBRequestCountPerTarget) counts the requests of.
    type: str
  target_value:
    description: The value that the metric is kept at. Needed when O(state=present).
    type: float
  scale_in_cooldown:
    description: Seconds after a scale-in until the next one.
    type: int
  scale_out_cooldown:
    description: Seconds after a scale-out until the next one.
    type: int
  disable_scale_in:
    description: Whether the policy never takes anything away.
    type: bool
  state:
    description: Whether there is such a policy.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.application_autoscaling_policy) writes in check mode.
  - A policy has no tags.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.application_autoscaling_target
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Keep the processors of the API at 70 %
  stratum.aws.application_autoscaling_policy:
    name: cpu
    resource_id: service/shop/api
    metric: ECSServiceAverageCPUUtilization
    target_value: 70
    scale_in_cooldown: 300
    scale_out_cooldown: 60

- name: Delete the policy
  stratum.aws.application_autoscaling_policy:
    name: cpu
    resource_id: service/shop/api
    state: absent
"""

RETURN = r"""
policy:
  description: The policy, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN.
      returned: when the policy exists
      type: str
      sample: arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:6d8972f3-efc8-437c:resource/ecs/service/shop/api:policyName/cpu
    name:
      description: The name.
      returned: always
      type: str
      sample: cpu
    metric:
      description: The predefined metric.
      returned: always
      type: str
      sample: ECSServiceAverageCPUUtilization
    resource_label:
      description: Whose requests the metric counts.
      returned: when there is one
      type: str
      sample: app/shop/778d41231b141a0f/targetgroup/shop-api/943f017f100becff
    target_value:
      description: The value that the metric is kept at.
      returned: always
      type: float
      sample: 70.0
    scale_in_cooldown:
      description: Seconds after a scale-in until the next one.
      returned: when it is known
      type: int
      sample: 300
    scale_out_cooldown:
      description: Seconds after a scale-out until the next one.
      returned: when it is known
      type: int
      sample: 60
    disable_scale_in:
      description: Whether the policy never takes anything away.
      returned: always
      type: bool
      sample: false
    alarms:
      description: The names of the alarms that the policy has made.
      returned: when the policy exists
      type: list
      elements: str
      sample: [TargetTracking-service/shop/api-AlarmHigh-d4f0770c-b46e-434a-a60f-3b36d653feca]
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given

SETTINGS = ("metric", "resource_label", "target_value", "scale_in_cooldown", "scale_out_cooldown", "disable_scale_in")


def policy_changes(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what differs between a policy and the options."""
    return differing(current, {key: wanted[key] for key in SETTINGS})


def configuration(settings: Mapping[str, Any]) -> Document:
    """Return a policy in the words of the API."""
    metric = given({"PredefinedMetricType": settings["metric"], "ResourceLabel": settings.get("resource_label")})
    rest = {
        "TargetValue": settings["target_value"],
        "ScaleInCooldown": settings.get("scale_in_cooldown"),
        "ScaleOutCooldown": settings.get("scale_out_cooldown"),
        "DisableScaleIn": settings.get("disable_scale_in"),
    }
    return {"PredefinedMetricSpecification": metric, **given(rest)}


class ScalingPolicy(AwsResource):
    """A target tracking policy, known by its name and what it scales."""

    service = "application-autoscaling"
    kind = "Scaling policy"
    returns = "policy"
    missing = ("ObjectNotFoundException",)
    retried = ("ConcurrentUpdateException", "ThrottlingException")
    cures: ClassVar[Mapping[str, str]] = {
        "ObjectNotFoundException": "Register the scalable target first.",
        "ValidationException": "Check the metric, the target and the resource.",
    }

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of {self.params['resource_id']}"

    @property
    def _known(self) -> dict[str, str]:
        return {
            "PolicyName": self.params["name"],
            "ServiceNamespace": self.params["service_namespace"],
            "ResourceId": self.params["resource_id"],
            "ScalableDimension": self.params["scalable_dimension"],
        }

    def _describe(self) -> Document | None:
        scaled = {key: value for key, value in self._known.items() if key != "PolicyName"}
        found = self.collect("describe_scaling_policies", "ScalingPolicies", **scaled)
        mine = [each for each in found if each["PolicyName"] == self.params["name"]]
        if not mine:
            return None
        tracking = mine[0].get("TargetTrackingScalingPolicyConfiguration") or {}
        metric = tracking.get("PredefinedMetricSpecification") or {}
        return {
            "arn": mine[0]["PolicyARN"],
            "name": self.params["name"],
            "metric": metric.get("PredefinedMetricType"),
            "resource_label": metric.get("ResourceLabel"),
            "target_value": float(tracking.get("TargetValue", 0)),
            "scale_in_cooldown": tracking.get("ScaleInCooldown"),
            "scale_out_cooldown": tracking.get("ScaleOutCooldown"),
            "disable_scale_in": bool(tracking.get("DisableScaleIn")),
            "alarms": [each["AlarmName"] for each in mine[0].get("Alarms") or []],
        }

    def _changes(self, current: Document) -> Document:
        return policy_changes(current, self.params)

    def _predict(self) -> Document:
        return {"name": self.params["name"], **given({key: self.params[key] for key in SETTINGS})}

    def _create(self) -> None:
        self._put(self.params)

    def _update(self, current: Document, changes: Document) -> None:
        # A policy is replaced as a whole.
        self._put({**current, **changes})

    def _put(self, settings: Mapping[str, Any]) -> None:
        self.call(
            "put_scaling_policy",
            **self._known,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration=configuration(settings),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_scaling_policy", **self._known)


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "service_namespace": {"default": "ecs"},
        "resource_id": {"required": True},
        "scalable_dimension": {"default": "ecs:service:DesiredCount"},
        "metric": {},
        "resource_label": {},
        "target_value": {"type": "float"},
        "scale_in_cooldown": {"type": "int"},
        "scale_out_cooldown": {"type": "int"},
        "disable_scale_in": {"type": "bool"},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=spec, required_if=[("state", "present", ["metric", "target_value"])], supports_check_mode=True)
    ScalingPolicy(module).run()


if __name__ == "__main__":
    main()
