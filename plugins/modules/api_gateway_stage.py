#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a stage of a REST API be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: api_gateway_stage
version_added: 0.5.0
short_description: Manage a stage of a REST API of API Gateway
description:
  - Publishes a REST API under the name of a stage, with logs, traces and limits of its methods.
  - The API is deployed when O(definition) is another one than that which the stage serves.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name, which is the first part of the path.
    type: str
    required: true
  rest_api_id:
    description: The id of the API.
    type: str
    required: true
  state:
    description: Whether the stage exists. Deployments stay until the API is deleted.
    type: str
    choices: [present, absent]
    default: present
  definition:
    description: What tells this state of the API from others, such as C(rest_api.definition) of M(stratum.aws.api_gateway_rest).
    type: str
  description:
    description: What the stage is for.
    type: str
  variables:
    description: The variables of the stage. All others are taken away.
    type: dict
  tracing:
    description: Whether X-Ray traces requests.
    type: bool
  access_log_arn:
    description: The ARN of the log group for requests; an empty string for none. Needs the role of M(stratum.aws.api_gateway_account).
    type: str
  access_log_format:
    description: What is logged of a request - a text, or a dictionary that is logged as JSON.
    type: raw
  method_settings:
    description: What holds for methods. The settings of all methods that are not mentioned are taken away.
    type: list
    elements: dict
    suboptions:
      path:
        description: The path of the resource, or V(*).
        type: str
        default: "*"
      method:
        description: The method, or V(*).
        type: str
        default: "*"
      rate_limit:
        description: How many requests a second are let through.
        type: float
      burst_limit:
        description: How many requests at once are let through.
        type: int
      log_level:
        description: What API Gateway logs of its work. Needs the role of M(stratum.aws.api_gateway_account).
        type: str
        choices: ["OFF", ERROR, INFO]
      log_bodies:
        description: Whether bodies of requests and answers are logged.
        type: bool
      metrics:
        description: Whether CloudWatch has metrics of every method.
        type: bool
notes:
  - M(community.aws.api_gateway) deploys on every run, and knows no logs, limits of methods and variables of an existing stage.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.api_gateway_rest
"""

EXAMPLES = r"""
- name: Publish the API
  stratum.aws.api_gateway_stage:
    rest_api_id: "{{ api.rest_api.id }}"
    name: prod
    definition: "{{ api.rest_api.definition }}"
    tracing: true
    method_settings:
      - rate_limit: 1000
        burst_limit: 500
        log_level: INFO
        metrics: true
      - path: /orders
        method: POST
        rate_limit: 10
        burst_limit: 20

- name: Take it away
  stratum.aws.api_gateway_stage:
    rest_api_id: a1b2c3d4e5
    name: prod
    state: absent
"""

RETURN = r"""
stage:
  description: The stage, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN.
      returned: always
      type: str
      sample: arn:aws:apigateway:us-west-2::/restapis/a1b2c3d4e5/stages/prod
    url:
      description: The address of the stage.
      returned: always
      type: str
      sample: https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod
    deployment_id:
      description: The id of the deployment; null in check mode when the API would be deployed.
      returned: always
      type: str
      sample: f6g7h8
    definition:
      description: What O(definition) was when the API was deployed, or an empty string.
      returned: always
      type: str
      sample: 3f786850e387550fdab836ed7e6dc881de23001b
    method_settings:
      description: The settings by path and method, with C(~1) for a slash in the path.
      returned: always
      type: dict
      sample: {"*/*": {"rate_limit": 1000.0, "log_level": "INFO"}}
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {}
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _rest_stage as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._rest_api import replace
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

OPTIONS = ("definition", "description", "variables", "tracing", "access_log_arn")


class Stage(AwsResource):
    """A stage of a REST API."""

    service = "apigateway"
    kind = "API stage"
    returns = "stage"
    missing = ("NotFoundException",)
    retried = ("TooManyRequestsException", "ConflictException")
    cures: ClassVar[Mapping[str, str]] = {
        "BadRequestException": "For logs, set the role of the account first; a deployment needs a method with an integration.",
        "NotFoundException": "Create the API first.",
    }

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of {self.params['rest_api_id']}"

    @property
    def _named(self) -> Document:
        return {"restApiId": self.params["rest_api_id"], "stageName": self.params["name"]}

    @cached_property
    def _arn(self) -> str:
        _account, partition = get_aws_account_info(self.module)
        return f"arn:{partition}:apigateway:{self.module.region}::/restapis/{self.params['rest_api_id']}/stages/{self.params['name']}"

    @property
    def _url(self) -> str:
        suffix = "amazonaws.com.cn" if self._arn.startswith("arn:aws-cn:") else "amazonaws.com"
        return f"https://{self.params['rest_api_id']}.execute-api.{self.module.region}.{suffix}/{self.params['name']}"

    def _describe(self) -> Document | None:
        answer = self.find("get_stage", **self._named)
        if answer is None:
            return None
        deployment: Document = {}
        if answer.get("deploymentId"):
            deployment = self.find("get_deployment", restApiId=self.params["rest_api_id"], deploymentId=answer["deploymentId"]) or {}
        return pure.stage(answer, deployment, self.params["rest_api_id"], self._arn, self._url)

    def _changes(self, current: Document) -> Document:
        return {
            **pure.stage_changes(current, self.params),
            **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"]),
        }

    def _predict(self) -> Document:
        return {
            "arn": self._arn,
            "name": self.params["name"],
            "rest_api_id": self.params["rest_api_id"],
            "url": self._url,
            "deployment_id": None,
            "definition": "",
            **given({key: self.params[key] for key in OPTIONS}),
            "method_settings": pure.wanted_settings(self.params["method_settings"]) or {},
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _deploy(self) -> str:
        definition = self.params["definition"]
        description = f"{pure.DEPLOYED}{definition}" if definition else None
        return str(self.call("create_deployment", restApiId=self.params["rest_api_id"], description=description)["id"])

    def _create(self) -> None:
        variables = self.params["variables"]
        answer = self.call(
            "create_stage",
            **self._named,
            deploymentId=self._deploy(),
            description=self.params["description"] or None,
            tracingEnabled=self.params["tracing"],
            variables={key: str(value) for key, value in variables.items()} if variables else None,
            tags=text_tags(self.params["tags"]) or None,
        )
        current = pure.stage(answer, {}, self.params["rest_api_id"], self._arn, self._url)
        changes = pure.stage_changes(current, {**self.params, "definition": None})
        if patch := pure.stage_patch(current, changes):
            self.call_patiently("required permissions", "update_stage", **self._named, patchOperations=patch)

    def _update(self, current: Document, changes: Document) -> None:
        patch = pure.stage_patch(current, changes)
        if "definition" in changes:
            patch = [replace("/deploymentId", self._deploy()), *patch]
        if patch:
            self.call_patiently("required permissions", "update_stage", **self._named, patchOperations=patch)
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", resourceArn=self._arn, tags=tags),
            lambda keys: self.call("untag_resource", resourceArn=self._arn, tagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_stage", **self._named)


def main() -> None:
    """Run the module."""
    setting = {
        "path": {"type": "str", "default": "*"},
        "method": {"type": "str", "default": "*"},
        "rate_limit": {"type": "float"},
        "burst_limit": {"type": "int"},
        "log_level": {"type": "str", "choices": ["OFF", "ERROR", "INFO"]},
        "log_bodies": {"type": "bool"},
        "metrics": {"type": "bool"},
    }
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "rest_api_id": {"type": "str", "required": True},
        "definition": {"type": "str"},
        "description": {"type": "str"},
        "variables": {"type": "dict"},
        "tracing": {"type": "bool"},
        "access_log_arn": {"type": "str"},
        "access_log_format": {"type": "raw"},
        "method_settings": {"type": "list", "elements": "dict", "options": setting},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    Stage(module).run()


if __name__ == "__main__":
    main()
