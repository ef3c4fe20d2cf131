#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a service of ECS be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_service
version_added: 0.5.0
short_description: Run tasks of ECS as a service
description:
  - Creates, changes and deletes a service of the Elastic Container Service (ECS) whose tasks have the network mode C(awsvpc).
  - Of a service whose controller is V(CODE_DEPLOY), the task definition, the load balancers and the network belong to CodeDeploy's
    deployments. They are given when it is created, and left alone afterwards.
options:
  name:
    description: The name.
    type: str
    required: true
  cluster:
    description: The name or ARN of the cluster.
    type: str
    required: true
  task_definition:
    description: The ARN of a revision, or family and revision with a colon between. Needed when O(state=present).
    type: str
  desired_count:
    description: How many tasks are to run.
    type: int
  keep_desired_count:
    description: Whether the number of tasks of a service that exists stays, because scaling chooses it.
    type: bool
    default: false
  launch_type:
    description: What tasks run on. Cannot be changed.
    type: str
    choices: [FARGATE, EC2]
    default: FARGATE
  platform_version:
    description: The version of Fargate. With V(LATEST), what runs stays.
    type: str
  subnets:
    description: The ids of the subnets that tasks stand in. Needed for a service that does not exist.
    type: list
    elements: str
  security_groups:
    description: The ids of the tasks' security groups.
    type: list
    elements: str
  assign_public_ip:
    description: Whether tasks have public addresses.
    type: bool
  load_balancers:
    description: The target groups that tasks are registered in. Each has to belong to a load balancer already.
    type: list
    elements: dict
    suboptions:
      target_group_arn:
        description: The ARN of the target group, of the target type V(ip).
        type: str
        required: true
      container_name:
        description: The name of the container.
        type: str
        required: true
      container_port:
        description: The port of the container.
        type: int
        required: true
  service_registries:
    description: The services of Cloud Map that tasks are registered in.
    type: list
    elements: dict
    suboptions:
      registry_arn:
        description: The ARN of the service of Cloud Map.
        type: str
        required: true
      container_name:
        description: The name of the container, for records with ports.
        type: str
      container_port:
        description: The port of the container, for records with ports.
        type: int
      port:
        description: Another port, for records with ports.
        type: int
  controller:
    description: Who replaces tasks. A service of ECS can be handed to CodeDeploy once it has a load balancer.
    type: str
    choices: [ECS, CODE_DEPLOY]
  minimum_healthy_percent:
    description: The least part of the tasks that run during a deployment, in per cent.
    type: int
  maximum_percent:
    description: The largest part of the tasks that run during a deployment, in per cent.
    type: int
  circuit_breaker:
    description: What becomes of deployments whose tasks do not come up. Only with the controller V(ECS).
    type: dict
    suboptions:
      enable:
        description: Whether they are given up.
        type: bool
        required: true
      rollback:
        description: Whether the last one that worked then runs again.
        type: bool
        required: true
  alarms:
    description: Alarms of CloudWatch that end deployments. Only with the controller V(ECS).
    type: dict
    suboptions:
      names:
        description: The names of the alarms.
        type: list
        elements: str
        required: true
      enable:
        description: Whether they are heeded.
        type: bool
        default: true
      rollback:
        description: Whether the last deployment that worked then runs again.
        type: bool
        default: true
  health_check_grace_seconds:
    description: Seconds in which load balancers' health checks of a new task do not count.
    type: int
  execute_command:
    description: Whether C(aws ecs execute-command) opens a shell in a container.
    type: bool
  propagate_tags:
    description: Whose tags the tasks bear.
    type: str
    choices: [SERVICE, TASK_DEFINITION, NONE]
  managed_tags:
    description: Whether ECS tags tasks with the names of their cluster and service.
    type: bool
  wait:
    description: Whether to wait until as many tasks run as there are to be, and no earlier ones, or until the service is gone.
    type: bool
    default: true
  wait_timeout:
    description: For how many seconds.
    type: int
    default: 900
  state:
    description: With V(absent), its tasks are stopped.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.ecs_service) always changes a service whose task definition has no revision, never compares the grace period of
    health checks and tags, and asks CodeDeploy's services for what they refuse.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.ecs_cluster
  - module: stratum.aws.ecs_task_definition
  - module: stratum.aws.application_autoscaling_target
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Run the API
  stratum.aws.ecs_service:
    name: api
    cluster: shop
    task_definition: "{{ defined.task_definition.arn }}"
    desired_count: 2
    subnets: [subnet-0123456789abcdef0]
    security_groups: [sg-0123456789abcdef0]
    circuit_breaker: {enable: true, rollback: true}

- name: Stop and delete it
  stratum.aws.ecs_service:
    name: api
    cluster: shop
    state: absent
"""

RETURN = r"""
service:
  description:
    - The service, or V(null) when O(state=absent).
    - It has the options of this module as they are, and what follows.
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN.
      returned: when the service exists
      type: str
      sample: arn:aws:ecs:us-east-1:123456789012:service/shop/api
    name:
      description: The name.
      returned: always
      type: str
      sample: api
    cluster_arn:
      description: The ARN of the cluster.
      returned: when the service exists
      type: str
      sample: arn:aws:ecs:us-east-1:123456789012:cluster/shop
    status:
      description: The status.
      returned: when the service exists
      type: str
      sample: ACTIVE
    task_definition:
      description: The revision that runs.
      returned: always
      type: str
      sample: arn:aws:ecs:us-east-1:123456789012:task-definition/shop-api:3
    desired_count:
      description: How many tasks are to run.
      returned: when it is known
      type: int
      sample: 2
    running_count:
      description: How many tasks run.
      returned: when the service exists
      type: int
      sample: 2
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"Project": shop}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils import _ecs_service as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = ansible_dict_to_boto3_tag_list(tags, tag_name_key_name="key", tag_value_key_name="value")
    return listed


class Service(AwsResource):
    """A service, known by its cluster and name."""

    service = "ecs"
    kind = "ECS service"
    returns = "service"
    missing = ("ClusterNotFoundException", "ServiceNotFoundException")
    cures: ClassVar[Mapping[str, str]] = {
        "ClusterNotFoundException": "Make the cluster first.",
        "InvalidParameterException": "Correct what is named here. A target group needs a load balancer and the target type ip.",
        "ServiceNotActiveException": "It is being deleted. Run again.",
        "UnsupportedFeatureException": "Leave the feature out, or choose another controller.",
    }

    @property
    def identity(self) -> str:
        return f"{str(self.params['cluster']).rpartition('/')[2]}/{self.params['name']}"

    @property
    def _named(self) -> dict[str, str]:
        return {"cluster": self.params["cluster"], "service": self.params["name"]}

    @property
    def _asked(self) -> Document:
        return {"cluster": self.params["cluster"], "services": [self.params["name"]]}

    def _describe(self) -> Document | None:
        found = self.find("describe_services", **self._asked, include=["TAGS"])
        services = [each for each in (found or {}).get("services", []) if each["status"] != "INACTIVE"]
        if not services:
            return None
        return pure.document(services[0], boto3_tag_list_to_ansible_dict(services[0].get("tags") or []))

    def _leaving(self, current: Document) -> bool:
        return bool(current["status"] == "DRAINING")

    def _await_deletion(self, current: Document) -> None:
        self.wait(pure.GONE, **self._asked)

    def _changes(self, current: Document) -> Document:
        if self.params["launch_type"] != current["launch_type"] and current["launch_type"]:
            self.fail(f"launch_type is {current['launch_type']} and cannot be changed. Leave it, or make another service.")
        changes = pure.service_changes(current, self.params)
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        return {"name": self.params["name"], **pure.wanted(self.params), "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        # The roles of the task definition and the service-linked role may be newer than what ECS has heard of.
        self.call_patiently(
            "assume",
            "create_service",
            cluster=self.params["cluster"],
            serviceName=self.params["name"],
            **given(pure.creation(self.params)),
            tags=_listed(text_tags(self.params["tags"]) or {}) or None,
        )
        self.wait(pure.STEADY, **self._asked)

    def _update(self, current: Document, changes: Document) -> None:
        tags = changes.get("tags")
        rest = {key: value for key, value in changes.items() if key not in ("tags", "controller")}
        if rest:
            self.call("update_service", **self._named, **pure.update(current, rest))
        if "controller" in changes:
            # Apart and last: what CodeDeploy's services refuse has been changed before.
            if rest:
                self.wait(pure.STEADY, **self._asked)
            self.call("update_service", **self._named, deploymentController={"type": changes["controller"]})
        if rest or "controller" in changes:
            self.wait(pure.STEADY, **self._asked)
        retag(
            current["tags"],
            tags,
            lambda new: self.call("tag_resource", resourceArn=current["arn"], tags=_listed(new)),
            lambda keys: self.call("untag_resource", resourceArn=current["arn"], tagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        if self.find("delete_service", **self._named, force=True) is not None:
            self.wait(pure.GONE, **self._asked)


def main() -> None:
    """Run the module."""
    balancer = {
        "target_group_arn": {"required": True},
        "container_name": {"required": True},
        "container_port": {"type": "int", "required": True},
    }
    registry = {
        "registry_arn": {"required": True},
        "container_name": {},
        "container_port": {"type": "int"},
        "port": {"type": "int"},
    }
    breaker = {"enable": {"type": "bool", "required": True}, "rollback": {"type": "bool", "required": True}}
    alarms = {
        "names": {"type": "list", "elements": "str", "required": True},
        "enable": {"type": "bool", "default": True},
        "rollback": {"type": "bool", "default": True},
    }
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "cluster": {"required": True},
        "task_definition": {},
        "desired_count": {"type": "int"},
        "keep_desired_count": {"type": "bool", "default": False},
        "launch_type": {"choices": ["FARGATE", "EC2"], "default": "FARGATE"},
        "platform_version": {},
        "subnets": {"type": "list", "elements": "str"},
        "security_groups": {"type": "list", "elements": "str"},
        "assign_public_ip": {"type": "bool"},
        "load_balancers": {"type": "list", "elements": "dict", "options": balancer},
        "service_registries": {"type": "list", "elements": "dict", "options": registry},
        "controller": {"choices": ["ECS", "CODE_DEPLOY"]},
        "minimum_healthy_percent": {"type": "int"},
        "maximum_percent": {"type": "int"},
        "circuit_breaker": {"type": "dict", "options": breaker},
        "alarms": {"type": "dict", "options": alarms},
        "health_check_grace_seconds": {"type": "int"},
        "execute_command": {"type": "bool"},
        "propagate_tags": {"choices": ["SERVICE", "TASK_DEFINITION", "NONE"]},
        "managed_tags": {"type": "bool"},
        "state": STATE,
        **wait_options(900),
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=spec, required_if=[("state", "present", ["task_definition"])], supports_check_mode=True)
    Service(module).run()


if __name__ == "__main__":
    main()
