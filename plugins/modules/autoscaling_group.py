#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage an Auto Scaling group."""

from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_group
version_added: 0.5.0
short_description: Manage an Auto Scaling group
description:
  - Keeps a group of instances that are launched from a template, and replaces them step by step when they come from an older version of it.
  - How many instances there are belongs to whoever scales the group, an autoscaler or a person - a group that exists keeps its number as
    long as that is within the bounds.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the group.
    type: str
    required: true
  state:
    description: Whether the group is there. Its instances go with it.
    type: str
    choices: [present, absent]
    default: present
  launch_template_id:
    description: The id of the template. Needed for a new group.
    type: str
  launch_template_version:
    description:
      - The number of the template's version, or V($Latest) or V($Default).
      - Only a number lets instances of other versions be seen, see O(instance_refresh).
    type: str
  min_size:
    description: The least number of instances. Needed for a new group.
    type: int
  max_size:
    description: The greatest number of instances. Needed for a new group.
    type: int
  initial_capacity:
    description: How many instances a new group begins with; O(min_size) by default. A group that exists keeps its number.
    type: int
  subnet_ids:
    description: The ids of the subnets over which instances are spread. Needed for a new group.
    type: list
    elements: str
  target_group_arns:
    description: The ARNs of the target groups of load balancers in which instances are registered.
    type: list
    elements: str
  health_check_type:
    description: Whether the load balancers' checks count, too. A new group has V(EC2) by default.
    type: str
    choices: [EC2, ELB]
  health_check_grace_period:
    description: The seconds that an instance has before its health counts; AWS's default is 0.
    type: int
  default_cooldown:
    description: The seconds between two scalings by simple policies; AWS's default is 300.
    type: int
  default_instance_warmup:
    description: The seconds after which a new instance's metrics count; V(-1) clears it.
    type: int
  max_instance_lifetime:
    description: The seconds after which an instance is replaced, a day or more; V(0) clears it.
    type: int
  protect_from_scale_in:
    description: Whether new instances are protected from being ended when the group shrinks.
    type: bool
  capacity_rebalance:
    description: Whether spot instances that are about to be interrupted are replaced beforehand.
    type: bool
  termination_policies:
    description: By which policies an instance is chosen when the group shrinks, in this order.
    type: list
    elements: str
  instance_maintenance_policy:
    description: How much of the group is there while instances are replaced. An empty dictionary clears it.
    type: dict
    suboptions:
      min_healthy_percentage:
        description: The least share in per cent, 0 to 100.
        type: int
      max_healthy_percentage:
        description: The greatest share in per cent, 100 to 200.
        type: int
  metrics:
    description: The metrics of the group that CloudWatch gets; V(all) for the eight of its instances. An empty list turns all off.
    type: list
    elements: str
  suspended_processes:
    description: The processes of Auto Scaling that rest, such as V(AZRebalance). An empty list lets all go on.
    type: list
    elements: str
  instance_refresh:
    description:
      - When this is given, instances of another version of the template are replaced, a part of them at a time.
      - The module starts that and does not wait for its end. It starts nothing while a refresh is under way.
    type: dict
    suboptions:
      min_healthy_percentage:
        description: The share in per cent of the group that stays in service.
        type: int
        default: 90
      max_healthy_percentage:
        description: The share in per cent that the group may grow to, so that the new come before the old go.
        type: int
      instance_warmup:
        description: The seconds that a new instance has before the next is replaced.
        type: int
  propagate_tags:
    description: Whether O(tags) are given to instances, too, when they are launched.
    type: bool
    default: true
  wait:
    description: Whether to wait until a new group has its instances in service, or a deleted one is gone.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait at most, in seconds.
    type: int
    default: 900
notes:
  - M(amazon.aws.autoscaling_group) writes to the group on every run, says in check mode that an existing group changes, and knows neither
    warm-up nor maintenance policies. M(amazon.aws.autoscaling_instance_refresh) starts a refresh on every run.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Keep two to six workers
  stratum.aws.autoscaling_group:
    name: kubernetes-prod-workers
    launch_template_id: lt-0123456789abcdef0
    launch_template_version: "3"
    min_size: 2
    max_size: 6
    subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    metrics: [all]
    instance_refresh:
      min_healthy_percentage: 50
      instance_warmup: 300
    tags:
      k8s.io/cluster-autoscaler/enabled: "true"

- name: Take them away
  stratum.aws.autoscaling_group:
    name: kubernetes-prod-workers
    state: absent
"""

RETURN = r"""
auto_scaling_group:
  description: The group, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: Its ARN.
      returned: when the group exists
      type: str
      sample: arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:0f5d…:autoScalingGroupName/kubernetes-prod-workers
    desired_capacity:
      description: How many instances it is to have.
      returned: always
      type: int
      sample: 2
    instances:
      description: Its instances.
      returned: when the group exists
      type: list
      elements: dict
      sample: [{"instance_id": "i-0123456789abcdef0", "availability_zone": "us-east-1a", "lifecycle_state": "InService"}]
    propagated_tags:
      description: The keys of the tags that instances are launched with.
      returned: when the group exists
      type: list
      elements: str
      sample: [Environment]
    refresh:
      description: The last refresh of its instances, or null.
      returned: when the group exists
      type: dict
      sample: {"id": "08b91cf7-8fa6-48af-b6a6-d227f40f1b9b", "status": "InProgress", "percent": 50}
outdated:
  description: The instances that come from another version of the template than the group has now; a refresh replaces them.
  returned: always
  type: list
  elements: str
  sample: [i-0123456789abcdef0]
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._autoscaling import (
    SETTINGS,
    group_changes,
    group_document,
    outdated,
    propagation,
    refreshing,
    wanted_metrics,
)
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter

NEEDED = ("launch_template_id", "min_size", "max_size", "subnet_ids")
_COUNT = "length(AutoScalingGroups[0].Instances[?LifecycleState=='InService']) >= AutoScalingGroups[0].DesiredCapacity"
IN_SERVICE: Waiter = {
    "operation": "DescribeAutoScalingGroups",
    "delay": 15,
    "maxAttempts": 1,
    "shows": "AutoScalingGroups[0].Instances[].LifecycleState",
    "acceptors": [{"state": "success", "matcher": "path", "argument": _COUNT, "expected": True}],
}
GONE: Waiter = {
    "operation": "DescribeAutoScalingGroups",
    "delay": 10,
    "maxAttempts": 1,
    "shows": "AutoScalingGroups[0].Status",
    "acceptors": [{"state": "success", "matcher": "path", "argument": "length(AutoScalingGroups) == `0`", "expected": True}],
}


class AutoScalingGroup(AwsResource):
    """An Auto Scaling group, known by its name."""

    service = "autoscaling"
    kind = "Auto Scaling group"
    returns = "auto_scaling_group"
    cures: ClassVar[Mapping[str, str]] = {
        "ResourceContention": "Something else changes the group: run again.",
        "ScalingActivityInProgress": "The group is being deleted: run again when it is gone.",
        "LimitExceeded": "Ask AWS for a higher quota, or delete groups that are not used.",
        "ServiceLinkedRoleFailure": "The service-linked role of Auto Scaling is not ready: run again in a minute.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.outdated: list[str] = []

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        found = self.call("describe_auto_scaling_groups", AutoScalingGroupNames=[self.identity])["AutoScalingGroups"]
        if not found:
            return None
        refreshes = self.call("describe_instance_refreshes", AutoScalingGroupName=self.identity, MaxRecords=1)["InstanceRefreshes"]
        return group_document(found[0], refreshes[0] if refreshes else None)

    def _leaving(self, current: Document) -> bool:
        return bool(current["status"])

    def _await_deletion(self, current: Document) -> None:
        self.wait(GONE, AutoScalingGroupNames=[self.identity])

    def _changes(self, current: Document) -> Document:
        tags, propagate = text_tags(self.params["tags"]), self.params["propagate_tags"]
        changes = {
            **group_changes(current, self.params),
            **propagation(current, tags, propagate),
            **tag_changes(current["tags"], tags, self.params["purge_tags"]),
        }
        version = changes.get("launch_template_version", current["launch_template_version"])
        self.outdated = outdated(current, version)
        if self.outdated and self.params["instance_refresh"] and not refreshing(current):
            changes["refresh"] = {"id": None, "status": "Pending", "percent": 0}
        return changes

    def _predict(self) -> Document:
        if missing := [name for name in NEEDED if self.params[name] in (None, [])]:
            self.fail(f"a new group needs {', '.join(missing)}.")
        predicted = super()._predict()
        for name in ("initial_capacity", "propagate_tags", "instance_refresh"):
            predicted.pop(name, None)
        capacity = self.params["initial_capacity"]
        predicted["desired_capacity"] = self.params["min_size"] if capacity is None else capacity
        return {**predicted, "tags": text_tags(self.params["tags"]) or {}}

    @property
    def _template(self) -> Document:
        return given({"LaunchTemplateId": self.params["launch_template_id"], "Version": self.params["launch_template_version"]})

    def _tag_list(self, tags: Mapping[str, str], propagated: Any) -> list[Document]:
        named = {"ResourceId": self.identity, "ResourceType": "auto-scaling-group"}
        return [{**named, "Key": key, "Value": value, "PropagateAtLaunch": key in propagated} for key, value in sorted(tags.items())]

    def _create(self) -> None:
        wanted = self._predict()
        tags: dict[str, str] = wanted["tags"]
        self.call_patiently(
            "launch template",  # its instance profile may not be known everywhere yet
            "create_auto_scaling_group",
            AutoScalingGroupName=self.identity,
            LaunchTemplate=self._template,
            DesiredCapacity=wanted["desired_capacity"],
            VPCZoneIdentifier=",".join(self.params["subnet_ids"]),
            TargetGroupARNs=self.params["target_group_arns"] or None,
            InstanceMaintenancePolicy=self._policy(self.params["instance_maintenance_policy"]),
            Tags=self._tag_list(tags, tags if self.params["propagate_tags"] else ()),
            **{name: self.params[option] for option, name in SETTINGS.items() if self.params[option] is not None},
        )
        self._set_metrics([], wanted_metrics(self.params["metrics"]) or [])
        if self.params["suspended_processes"]:
            self.call("suspend_processes", AutoScalingGroupName=self.identity, ScalingProcesses=self.params["suspended_processes"])
        self.wait(IN_SERVICE, AutoScalingGroupNames=[self.identity])

    @staticmethod
    def _policy(policy: Mapping[str, Any] | None) -> Document | None:
        """Return the policy as AWS takes it; -1 clears it."""
        if policy is None:
            return None
        least, most = policy.get("min_healthy_percentage"), policy.get("max_healthy_percentage")
        return {"MinHealthyPercentage": -1 if least is None else least, "MaxHealthyPercentage": -1 if most is None else most}

    def _set_metrics(self, before: list[str], after: list[str]) -> None:
        named = {"AutoScalingGroupName": self.identity}
        if gone := sorted(set(before) - set(after)):
            self.call("disable_metrics_collection", **named, Metrics=gone)
        if new := sorted(set(after) - set(before)):
            self.call("enable_metrics_collection", **named, Metrics=new, Granularity="1Minute")

    def _update(self, current: Document, changes: Document) -> None:
        named = {"AutoScalingGroupName": self.identity}
        settings: Document = {SETTINGS[option]: value for option, value in changes.items() if option in SETTINGS}
        if changes.keys() & {"launch_template_id", "launch_template_version"}:
            settings["LaunchTemplate"] = self._template or None
        if "subnet_ids" in changes:
            settings["VPCZoneIdentifier"] = ",".join(changes["subnet_ids"])
        if "desired_capacity" in changes:
            settings["DesiredCapacity"] = changes["desired_capacity"]
        if "instance_maintenance_policy" in changes:
            settings["InstanceMaintenancePolicy"] = self._policy(changes["instance_maintenance_policy"] or {})
        if settings:
            self.call("update_auto_scaling_group", **named, **settings)
        self._update_lists(current, changes)
        self._update_tags(current, changes)
        if "refresh" in changes:
            asked = self.params["instance_refresh"]
            preferences = given(
                {
                    "MinHealthyPercentage": asked["min_healthy_percentage"],
                    "MaxHealthyPercentage": asked["max_healthy_percentage"],
                    "InstanceWarmup": asked["instance_warmup"],
                    "SkipMatching": True,
                }
            )
            self.call("start_instance_refresh", **named, Strategy="Rolling", Preferences=preferences)

    def _update_lists(self, current: Document, changes: Document) -> None:
        named = {"AutoScalingGroupName": self.identity}
        lists = (
            ("target_group_arns", "attach_load_balancer_target_groups", "detach_load_balancer_target_groups", "TargetGroupARNs"),
            ("suspended_processes", "suspend_processes", "resume_processes", "ScalingProcesses"),
        )
        for option, add, remove, parameter in lists:
            before, after = set(current[option]), set({**current, **changes}[option])
            if after - before:
                self.call(add, **named, **{parameter: sorted(after - before)})
            if before - after:
                self.call(remove, **named, **{parameter: sorted(before - after)})
        self._set_metrics(current["metrics"], {**current, **changes}["metrics"])

    def _update_tags(self, current: Document, changes: Document) -> None:
        tags: dict[str, str] = {**current, **changes}["tags"]
        propagated = changes.get("propagated_tags", current["propagated_tags"])
        before, after = (self._tag_list(*each) for each in ((current["tags"], current["propagated_tags"]), (tags, propagated)))
        if gone := [tag for tag in before if tag["Key"] not in tags]:
            self.call("delete_tags", Tags=gone)
        if new := [tag for tag in after if tag not in before]:
            self.call("create_or_update_tags", Tags=new)

    def _delete(self, current: Document) -> None:
        self.call("delete_auto_scaling_group", AutoScalingGroupName=self.identity, ForceDelete=True)
        self._await_deletion(current)

    def _result(self, changed: bool, document: Document | None, diff: Document) -> Document:
        return {**super()._result(changed, document, diff), "outdated": self.outdated}


def main() -> None:
    """Run the module."""
    number: dict[str, Any] = {"type": "int"}
    texts: dict[str, Any] = {"type": "list", "elements": "str"}
    refresh = {"min_healthy_percentage": {"type": "int", "default": 90}, "max_healthy_percentage": number, "instance_warmup": number}
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "state": STATE,
        "launch_template_id": {},
        "launch_template_version": {},
        **dict.fromkeys(("min_size", "max_size", "initial_capacity"), number),
        **dict.fromkeys(("subnet_ids", "target_group_arns", "termination_policies", "metrics", "suspended_processes"), texts),
        "health_check_type": {"choices": ["EC2", "ELB"]},
        **dict.fromkeys(("health_check_grace_period", "default_cooldown", "default_instance_warmup", "max_instance_lifetime"), number),
        "protect_from_scale_in": {"type": "bool"},
        "capacity_rebalance": {"type": "bool"},
        "instance_maintenance_policy": {
            "type": "dict",
            "options": {"min_healthy_percentage": number, "max_healthy_percentage": number},
        },
        "instance_refresh": {"type": "dict", "options": refresh},
        "propagate_tags": {"type": "bool", "default": True},
        **TAGS,
        **wait_options(900),
    }
    needed = {"launch_template_version": ["launch_template_id"]}
    AutoScalingGroup(AnsibleAWSModule(argument_spec=spec, required_by=needed, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
