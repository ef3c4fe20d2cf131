#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment group of CodeDeploy: how a service of ECS goes from one version to the next."""

from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_deployment_group
short_description: Manage a deployment group of CodeDeploy for a service of ECS
version_added: 0.5.0
description:
  - Creates, changes and deletes a deployment group by which AWS CodeDeploy deploys a service of ECS blue-green - new tasks come up in the
    other one of two target groups, the traffic moves to them at once or by and by, and the old tasks go after a while.
  - The service's deployment controller must be C(CODE_DEPLOY).
notes:
  - Neither amazon.aws nor community.aws has a module for CodeDeploy.
  - Groups for servers and functions are not managed.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the group, unique in the application.
    type: str
    required: true
    aliases: [deployment_group_name]
  application:
    description: The name of the application.
    type: str
    required: true
  role_arn:
    description: The ARN of the role that CodeDeploy assumes. Required when O(state=present).
    type: str
  deployment_config:
    description: How the traffic moves, such as V(CodeDeployDefault.ECSCanary10Percent5Minutes).
    type: str
    default: CodeDeployDefault.ECSAllAtOnce
  cluster:
    description: The name of the ECS cluster. Required when O(state=present).
    type: str
  service:
    description: The name of the ECS service. Required when O(state=present).
    type: str
  target_groups:
    description: The names of the two target groups. Required when O(state=present).
    type: list
    elements: str
  production_listener_arn:
    description: The ARN of the listener that the traffic comes through. Required when O(state=present).
    type: str
  test_listener_arn:
    description: The ARN of the listener by which new tasks are tested before the traffic moves. An empty text means none.
    type: str
  termination_wait_minutes:
    description: How many minutes the old tasks are kept after the traffic has moved, from 0 to 2880.
    type: int
    default: 0
  ready_wait_minutes:
    description: How many minutes a deployment waits for somebody to move the traffic, before it stops. 0 moves it as soon as it can.
    type: int
    default: 0
  rollback_events:
    description: After what a deployment is rolled back. An empty list means never.
    type: list
    elements: str
    choices: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM, DEPLOYMENT_STOP_ON_REQUEST]
    default: [DEPLOYMENT_FAILURE]
  alarms:
    description: The names of at most ten CloudWatch alarms that stop a deployment.
    type: list
    elements: str
    default: []
  ignore_alarm_faults:
    description: Whether a deployment goes on when CodeDeploy cannot learn the state of the alarms.
    type: bool
    default: false
  triggers:
    description: Whom deployments tell of themselves.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of the trigger.
        type: str
        required: true
      topic_arn:
        description: The ARN of the SNS topic.
        type: str
        required: true
      events:
        description: What is told, such as V(DeploymentFailure).
        type: list
        elements: str
        required: true
  state:
    description: Whether the group exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.codedeploy_application
"""

EXAMPLES = r"""
- name: Send a tenth of the traffic to the new tasks for five minutes, then all of it
  stratum.aws.codedeploy_deployment_group:
    name: prod
    application: shop-api
    role_arn: arn:aws:iam::123456789012:role/shop-api-deploy
    deployment_config: CodeDeployDefault.ECSCanary10Percent5Minutes
    cluster: shop
    service: api
    target_groups: [shop-api-blue, shop-api-green]
    production_listener_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2
    termination_wait_minutes: 5
    rollback_events: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM]
    alarms: [shop-api-errors]
"""

RETURN = r"""
deployment_group:
  description: The group; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: prod
    application:
      description: The name of its application.
      returned: always
      type: str
      sample: shop-api
    id:
      description: Its id.
      returned: except in check mode while there is none
      type: str
      sample: 7f3a3e1c-2d5b-4f0a-9a51-0b6f3c1d2e4f
    arn:
      description: Its ARN.
      returned: always
      type: str
      sample: arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:shop-api/prod
    role_arn:
      description: The role that CodeDeploy assumes.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/shop-api-deploy
    deployment_config:
      description: How the traffic moves.
      returned: always
      type: str
      sample: CodeDeployDefault.ECSCanary10Percent5Minutes
    cluster:
      description: The ECS cluster.
      returned: always
      type: str
      sample: shop
    service:
      description: The ECS service.
      returned: always
      type: str
      sample: api
    target_groups:
      description: The two target groups.
      returned: always
      type: list
      elements: str
      sample: [shop-api-blue, shop-api-green]
    production_listener_arn:
      description: The listener of the traffic.
      returned: always
      type: str
      sample: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2
    test_listener_arn:
      description: The listener for tests, or null.
      returned: always
      type: str
      sample: null
    termination_wait_minutes:
      description: How long the old tasks are kept, in minutes; null when they are kept for good.
      returned: always
      type: int
      sample: 5
    ready_wait_minutes:
      description: How long a deployment waits for somebody to move the traffic, in minutes.
      returned: always
      type: int
      sample: 0
    rollback_events:
      description: After what a deployment is rolled back.
      returned: always
      type: list
      elements: str
      sample: [DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM]
    alarms:
      description: The alarms that stop a deployment.
      returned: always
      type: list
      elements: str
      sample: [shop-api-errors]
    ignore_alarm_faults:
      description: Whether a deployment goes on when the alarms cannot be read.
      returned: always
      type: bool
      sample: false
    triggers:
      description: Whom deployments tell of themselves.
      returned: always
      type: list
      elements: dict
      sample: []
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {Project: shop}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.stratum.aws.plugins.module_utils import _codedeploy_group as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document
from ansible_collections.stratum.aws.plugins.module_utils._codedeploy import CODEDEPLOY_CURES, CodeDeployResource
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes, text_tags

NEEDED = ["role_arn", "cluster", "service", "target_groups", "production_listener_arn"]
EVENTS = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"]


class DeploymentGroup(CodeDeployResource):
    """One deployment group for a service of ECS."""

    kind = "CodeDeploy deployment group"
    returns = "deployment_group"
    # A group whose application is gone is gone with it.
    missing = ("ApplicationDoesNotExistException", "DeploymentGroupDoesNotExistException")
    cures: ClassVar[Mapping[str, str]] = CODEDEPLOY_CURES

    @property
    def identity(self) -> str:
        return f"{self.params['application']}/{self.params['name']}"

    @property
    def arn(self) -> str:
        return self.arn_of(f"deploymentgroup:{self.identity}")

    @property
    def _named(self) -> Document:
        return {"applicationName": self.params["application"], "deploymentGroupName": self.params["name"]}

    def _describe(self) -> Document | None:
        answer = self.find("get_deployment_group", **self._named)
        return answer and pure.document(answer["deploymentGroupInfo"], self.arn, self.read_tags(self.arn))

    def _predict(self) -> Document:
        want = pure.wanted(self.params)
        test = want["test_listener_arn"] or None
        named = {"name": self.params["name"], "application": self.params["application"], "arn": self.arn}
        return {**named, **want, "test_listener_arn": test, "tags": text_tags(self.params["tags"]) or {}}

    def _changes(self, current: Document) -> Document:
        changes = pure.changes(current, pure.wanted(self.params))
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _create(self) -> None:
        self.call_patiently(
            "assume",
            "create_deployment_group",
            **self._named,
            **pure.request(self._predict()),
            tags=ansible_dict_to_boto3_tag_list(text_tags(self.params["tags"])) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        if set(changes) - {"tags"}:
            self.call(
                "update_deployment_group",
                applicationName=self.params["application"],
                currentDeploymentGroupName=self.params["name"],
                # All of it: AWS replaces what it is given and keeps the rest, part by part.
                **pure.request({**current, **changes}),
            )
        self.write_tags(current, changes)

    def _delete(self, current: Document) -> None:
        self.call("delete_deployment_group", **self._named)


def main() -> None:
    """Run the module."""
    trigger: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "topic_arn": {"type": "str", "required": True},
        "events": {"type": "list", "elements": "str", "required": True},
    }
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True, "aliases": ["deployment_group_name"]},
        "application": {"type": "str", "required": True},
        "role_arn": {"type": "str"},
        "deployment_config": {"type": "str", "default": "CodeDeployDefault.ECSAllAtOnce"},
        "cluster": {"type": "str"},
        "service": {"type": "str"},
        "target_groups": {"type": "list", "elements": "str"},
        "production_listener_arn": {"type": "str"},
        "test_listener_arn": {"type": "str"},
        "termination_wait_minutes": {"type": "int", "default": 0},
        "ready_wait_minutes": {"type": "int", "default": 0},
        "rollback_events": {"type": "list", "elements": "str", "choices": EVENTS, "default": EVENTS[:1]},
        "alarms": {"type": "list", "elements": "str", "default": []},
        "ignore_alarm_faults": {"type": "bool", "default": False},
        "triggers": {"type": "list", "elements": "dict", "options": trigger, "default": []},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=[("state", "present", NEEDED)], supports_check_mode=True)
    if module.params["state"] == "present" and len(set(module.params["target_groups"])) != 2:
        module.fail_json(msg="target_groups: name two different target groups, which the versions of the service alternate between.")
    DeploymentGroup(module).run()


if __name__ == "__main__":
    main()
