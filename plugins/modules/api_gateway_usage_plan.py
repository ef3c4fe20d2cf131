#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a usage plan of API Gateway be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: api_gateway_usage_plan
version_added: 0.5.0
short_description: Manage a usage plan of API Gateway
description:
  - Creates, updates and deletes a usage plan, which says how much the holder of an API key may call.
  - What is not given is left as it is.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name. API Gateway lets several plans have it; this module refuses to choose among them.
    type: str
    required: true
  state:
    description: Whether the plan exists.
    type: str
    choices: [present, absent]
    default: present
  description:
    description: What the plan is for.
    type: str
  rate_limit:
    description: How many requests a second a key may make.
    type: float
  burst_limit:
    description: How many requests at once.
    type: int
  quota:
    description: How many requests in a longer time.
    type: dict
    suboptions:
      limit:
        description: The number.
        type: int
        required: true
      period:
        description: The time.
        type: str
        choices: [DAY, WEEK, MONTH]
        required: true
      offset:
        description: With how many days of the time the number begins.
        type: int
  stages:
    description: The stages that the plan is for. All others are taken away.
    type: list
    elements: dict
    suboptions:
      rest_api_id:
        description: The id of the API.
        type: str
        required: true
      stage:
        description: The name of the stage.
        type: str
        required: true
      methods:
        description: Methods with limits of their own.
        type: list
        elements: dict
        default: []
        suboptions:
          path:
            description: The path of the resource.
            type: str
            required: true
          method:
            description: The method.
            type: str
            required: true
          rate_limit:
            description: How many requests a second.
            type: float
            required: true
          burst_limit:
            description: How many requests at once.
            type: int
            required: true
notes:
  - No module of amazon.aws or community.aws manages usage plans.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Limit what a key may call
  stratum.aws.api_gateway_usage_plan:
    name: partners
    rate_limit: 100
    burst_limit: 50
    quota:
      limit: 100000
      period: MONTH
    stages:
      - rest_api_id: a1b2c3d4e5
        stage: prod
        methods:
          - path: /orders
            method: POST
            rate_limit: 10
            burst_limit: 5
"""

RETURN = r"""
usage_plan:
  description: The plan, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    id:
      description: The id; null in check mode when the plan would be created.
      returned: always
      type: str
      sample: p1q2r3
    arn:
      description: The ARN; null in check mode when the plan would be created.
      returned: always
      type: str
      sample: arn:aws:apigateway:us-west-2::/usageplans/p1q2r3
    stages:
      description: The limits of methods by stage.
      returned: always
      type: dict
      sample: {"a1b2c3d4e5:prod": {"/orders/POST": {"rate_limit": 10.0, "burst_limit": 5}}}
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
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags


class UsagePlan(AwsResource):
    """A usage plan, known by its name."""

    service = "apigateway"
    kind = "Usage plan"
    returns = "usage_plan"
    missing = ("NotFoundException",)
    retried = ("TooManyRequestsException", "ConflictException")
    cures: ClassVar[Mapping[str, str]] = {"NotFoundException": "Create the APIs and stages first."}

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @cached_property
    def _partition(self) -> str:
        return str(get_aws_account_info(self.module)[1])

    def _describe(self) -> Document | None:
        named = [each["id"] for each in self.collect("get_usage_plans", "items") if each.get("name") == self.identity]
        if len(named) > 1:
            self.fail(f"there are {len(named)} plans of this name: {', '.join(sorted(named))}. Delete those that are not meant.")
        answer = self.find("get_usage_plan", usagePlanId=named[0]) if named else None
        if answer is None:
            return None
        return pure.plan(answer, f"arn:{self._partition}:apigateway:{self.module.region}::/usageplans/{answer['id']}")

    def _changes(self, current: Document) -> Document:
        return {
            **pure.plan_changes(current, self.params),
            **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"]),
        }

    def _predict(self) -> Document:
        limits = given({key: self.params[key] for key in ("description", *pure.LIMITS)})
        quota = given(self.params["quota"]) if self.params["quota"] else {}
        stages = pure.wanted_stages(self.params["stages"]) or {}
        tags = text_tags(self.params["tags"]) or {}
        return {"id": None, "arn": None, "name": self.identity, **limits, "quota": quota, "stages": stages, "tags": tags}

    def _create(self) -> None:
        self.call("create_usage_plan", name=self.identity, tags=text_tags(self.params["tags"]) or None, **pure.plan_request(self.params))

    def _update(self, current: Document, changes: Document) -> None:
        if patch := pure.plan_patch(current, changes):
            self.call("update_usage_plan", usagePlanId=current["id"], patchOperations=patch)
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", resourceArn=current["arn"], tags=tags),
            lambda keys: self.call("untag_resource", resourceArn=current["arn"], tagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        # A plan that stages are in is not deleted.
        if patch := pure.plan_patch(current, {"stages": {}}):
            self.find("update_usage_plan", usagePlanId=current["id"], patchOperations=patch)
        self.find("delete_usage_plan", usagePlanId=current["id"])


def main() -> None:
    """Run the module."""
    text, required = {"type": "str"}, {"type": "str", "required": True}
    method = {
        "path": required,
        "method": required,
        "rate_limit": {"type": "float", "required": True},
        "burst_limit": {"type": "int", "required": True},
    }
    stage = {"rest_api_id": required, "stage": required, "methods": {"type": "list", "elements": "dict", "default": [], "options": method}}
    quota = {
        "limit": {"type": "int", "required": True},
        "period": {"type": "str", "choices": ["DAY", "WEEK", "MONTH"], "required": True},
        "offset": {"type": "int"},
    }
    argument_spec: dict[str, Any] = {
        "name": required,
        "description": text,
        "rate_limit": {"type": "float"},
        "burst_limit": {"type": "int"},
        "quota": {"type": "dict", "options": quota},
        "stages": {"type": "list", "elements": "dict", "options": stage},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    UsagePlan(module).run()


if __name__ == "__main__":
    main()
