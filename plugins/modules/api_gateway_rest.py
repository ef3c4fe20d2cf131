#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a REST API of API Gateway be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: api_gateway_rest
version_added: 0.5.0
short_description: Manage a REST API of API Gateway that an OpenAPI document describes
description:
  - Creates, updates and deletes a REST API. Its paths, methods, integrations, authorizers and gateway responses are those of
    an OpenAPI document.
  - The document is imported when it is another one than last time, and when methods or gateway responses of the API are not as it says.
  - Nothing of that is published; M(stratum.aws.api_gateway_stage) does it.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name. API Gateway lets several APIs have it; this module refuses to choose among them.
    type: str
    required: true
  state:
    description: Whether the API exists.
    type: str
    choices: [present, absent]
    default: present
  document:
    description: The OpenAPI 3 document with API Gateway's extensions. Without it, the API's methods are left alone.
    type: dict
  description:
    description: What the API is for.
    type: str
  endpoint_type:
    description: Where the API stands. A new one is V(EDGE) by default.
    type: str
    choices: [REGIONAL, EDGE, PRIVATE]
  vpc_endpoint_ids:
    description: The VPC endpoints of a V(PRIVATE) API.
    type: list
    elements: str
  minimum_compression_size:
    description: From how many bytes on answers are compressed.
    type: int
  disable_execute_api_endpoint:
    description: Whether the API answers under domain names of one's own only.
    type: bool
  policy_statements:
    description:
      - The statements of the resource policy. One without C(Effect) allows, one without C(Resource) is for the whole API.
      - V(execute-api:/*) stands for the API's own ARN.
      - With this or O(required_referers) the policy is replaced as a whole.
    type: list
    elements: dict
  required_referers:
    description:
      - Secrets of which a request must have one as its header C(Referer), as a distribution in front of the API adds it. All others are
        refused.
      - Give the former one too while the distribution takes on a new one.
    type: list
    elements: str
notes:
  - M(community.aws.api_gateway) imports and deploys on every run, and knows no tags, endpoint types, policies and authorizers.
  - The tag C(stratum:definition) is a hash of the document, and kept by this module.
  - Servers of the document that API Gateway does not need are left as they are; C(basePath) is ignored.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.api_gateway_stage
"""

EXAMPLES = r"""
- name: Create the API
  stratum.aws.api_gateway_rest:
    name: shop-prod
    endpoint_type: REGIONAL
    document: "{{ lookup('ansible.builtin.file', 'openapi.yml') | from_yaml }}"
    tags:
      Project: shop
  register: api

- name: Delete it with its stages
  stratum.aws.api_gateway_rest:
    name: shop-prod
    state: absent
"""

RETURN = r"""
rest_api:
  description: The API, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    id:
      description: The id; null in check mode when the API would be created.
      returned: always
      type: str
      sample: a1b2c3d4e5
    arn:
      description: The ARN; null in check mode when the API would be created.
      returned: always
      type: str
      sample: arn:aws:apigateway:us-west-2::/restapis/a1b2c3d4e5
    domain:
      description: The host name that serves the API's stages.
      returned: when the API exists
      type: str
      sample: a1b2c3d4e5.execute-api.us-west-2.amazonaws.com
    definition:
      description: A hash of document and policy. Give it to M(stratum.aws.api_gateway_stage). Null without O(document).
      returned: always
      type: str
      sample: 3f786850e387550fdab836ed7e6dc881de23001b
    drifted:
      description: Methods and gateway responses that were not as the document says.
      returned: when the API exists
      type: list
      elements: str
      sample: [GET /orders]
    policy:
      description: The resource policy.
      returned: when the API exists
      type: dict
      sample: {}
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"Project": "shop"}
"""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _rest_api as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

SETTINGS = ("description", "endpoint_type", "vpc_endpoint_ids", "minimum_compression_size", "disable_execute_api_endpoint")


class RestApi(AwsResource):
    """A REST API, known by its name."""

    service = "apigateway"
    kind = "REST API"
    returns = "rest_api"
    missing = ("NotFoundException",)
    # API Gateway takes two creations a minute and a deletion in thirty seconds.
    retried = ("TooManyRequestsException", "ConflictException")
    cures: ClassVar[Mapping[str, str]] = {
        "BadRequestException": "Correct the document: AWS says what of it cannot be imported.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @cached_property
    def _partition(self) -> str:
        return str(get_aws_account_info(self.module)[1])

    def _arn(self, identifier: str) -> str:
        return f"arn:{self._partition}:apigateway:{self.module.region}::/restapis/{identifier}"

    @cached_property
    def _wanted(self) -> Document:
        policy = pure.policy_for(self.params["policy_statements"], self.params["required_referers"])
        return {"name": self.identity, "policy": policy, **{key: self.params[key] for key in SETTINGS}}

    @property
    def _document_hash(self) -> str | None:
        return None if self.params["document"] is None else pure.digest(self.params["document"])

    @property
    def _definition(self) -> str | None:
        return None if self.params["document"] is None else pure.digest([self.params["document"], self._wanted["policy"]])

    def _describe(self) -> Document | None:
        named = [api for api in self.collect("get_rest_apis", "items") if api["name"] == self.identity]
        if len(named) > 1:
            ids = ", ".join(sorted(api["id"] for api in named))
            self.fail(f"there are {len(named)} APIs of this name: {ids}. Delete or rename those that are not meant.")
        answer = self.find("get_rest_api", restApiId=named[0]["id"]) if named else None
        if answer is None:
            return None
        document = pure.rest_api(answer, self._arn(answer["id"]), self.module.region)
        return {**document, "definition": self._definition, "drifted": self._drifted(document["id"])}

    def _drifted(self, identifier: str) -> list[str]:
        if self.params["document"] is None:
            return []
        api = {"restApiId": identifier}
        resources = self.collect("get_resources", "items", **api, embed=["methods"])
        methods = pure.found_methods(resources, self.collect("get_authorizers", "items", **api))
        responses = pure.found_responses(self.collect("get_gateway_responses", "items", **api))
        described = pure.described_methods(self.params["document"])
        return pure.drifted(described, methods) + pure.drifted(pure.described_responses(self.params["document"]), responses)

    @property
    def _tags(self) -> dict[str, str] | None:
        """The tags that are wanted, with that of the document."""
        wanted, hashed = text_tags(self.params["tags"]), self._document_hash
        return wanted if hashed is None else {**(wanted or {}), pure.DEFINITION_TAG: hashed}

    def _changes(self, current: Document) -> Document:
        changes = pure.api_changes(current, self._wanted)
        if current["drifted"]:
            changes["drifted"] = []
        # A run that does not know the document leaves its tag.
        kept = {key: value for key, value in current["tags"].items() if key == pure.DEFINITION_TAG}
        wanted = None if self._tags is None else {**kept, **self._tags}
        return {**changes, **tag_changes(current["tags"], wanted, self.params["purge_tags"] and self.params["tags"] is not None)}

    def _predict(self) -> Document:
        return {
            "id": None,
            "arn": None,
            "name": self.identity,
            **{key: self.params[key] for key in SETTINGS if self.params[key] is not None},
            "definition": self._definition,
            "tags": self._tags or {},
        }

    def _create(self) -> None:
        endpoint = {"types": [self.params["endpoint_type"]]} if self.params["endpoint_type"] else {}
        if self.params["vpc_endpoint_ids"]:
            endpoint["vpcEndpointIds"] = self.params["vpc_endpoint_ids"]
        answer = self.call(
            "create_rest_api",
            name=self.identity,
            description=self.params["description"] or None,
            endpointConfiguration=endpoint or None,
            minimumCompressionSize=self.params["minimum_compression_size"],
            disableExecuteApiEndpoint=self.params["disable_execute_api_endpoint"],
            policy=json.dumps(self._wanted["policy"]) if self._wanted["policy"] else None,
            tags=text_tags(self.params["tags"]) or None,
        )
        if self.params["document"] is not None:
            self._import(answer["id"], self._wanted)
            self.call("tag_resource", resourceArn=self._arn(answer["id"]), tags={pure.DEFINITION_TAG: self._document_hash})

    def _import(self, identifier: str, settings: Document) -> None:
        body = json.dumps(pure.imported(self.params["document"], settings))
        self.call("put_rest_api", restApiId=identifier, mode="overwrite", failOnWarnings=True, body=body)

    def _update(self, current: Document, changes: Document) -> None:
        tags = changes.get("tags")
        replaced = tags is not None and tags.get(pure.DEFINITION_TAG) != current["tags"].get(pure.DEFINITION_TAG)
        settings = {key: value for key, value in changes.items() if key not in ("tags", "drifted")}
        if replaced or "drifted" in changes:
            self._import(current["id"], {**current, **settings})
            # What an import is not for, or took away.
            fresh = self._describe() or current
            settings = pure.api_changes(fresh, {**current, **settings})
        if patch := pure.api_patch(current, settings):
            self.call("update_rest_api", restApiId=current["id"], patchOperations=patch)
        retag(
            current["tags"],
            tags,
            lambda added: self.call("tag_resource", resourceArn=current["arn"], tags=added),
            lambda keys: self.call("untag_resource", resourceArn=current["arn"], tagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_rest_api", restApiId=current["id"])


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "document": {"type": "dict"},
        "description": {"type": "str"},
        "endpoint_type": {"type": "str", "choices": ["REGIONAL", "EDGE", "PRIVATE"]},
        "vpc_endpoint_ids": {"type": "list", "elements": "str"},
        "minimum_compression_size": {"type": "int"},
        "disable_execute_api_endpoint": {"type": "bool"},
        "policy_statements": {"type": "list", "elements": "dict"},
        "required_referers": {"type": "list", "elements": "str", "no_log": True},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    RestApi(module).run()


if __name__ == "__main__":
    main()
