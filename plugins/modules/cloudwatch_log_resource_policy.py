#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who else may write to log groups."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudwatch_log_resource_policy
version_added: 0.5.0
short_description: Manage a resource policy of CloudWatch Logs
description:
  - Lets services of AWS, such as OpenSearch, write to log groups.
  - A region of an account has at most ten of these policies.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the policy.
    type: str
    required: true
    aliases: [policy_name]
  state:
    description: Whether the policy is there.
    type: str
    choices: [present, absent]
    default: present
  policy:
    description: The policy document. Needed when O(state=present).
    type: dict
notes:
  - There is no other module for it.
seealso:
  - module: stratum.aws.cloudwatch_log_group
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Let OpenSearch write its logs
  stratum.aws.cloudwatch_log_resource_policy:
    name: example-opensearch
    policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: es.amazonaws.com}
          Action: [logs:CreateLogStream, logs:PutLogEvents, logs:PutLogEventsBatch]
          Resource: arn:aws:logs:us-east-1:123456789012:log-group:/aws/opensearch/example/*

- name: Let it write no longer
  stratum.aws.cloudwatch_log_resource_policy:
    name: example-opensearch
    state: absent
"""

RETURN = r"""
policy:
  description: The policy, or null when there is none.
  returned: always
  type: dict
  contains:
    document:
      description: The policy document.
      returned: always
      type: dict
      sample: {"Version": "2012-10-17", "Statement": []}
    name:
      description: The name of the policy.
      returned: always
      type: str
      sample: example-opensearch
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document


class LogResourcePolicy(AwsResource):
    """A resource policy, known by its name."""

    service = "logs"
    kind = "Resource policy of CloudWatch Logs"
    returns = "policy"
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameterException": "Check the policy document.",
        "LimitExceededException": "A region has at most ten of these policies: join some, or delete those that are not used.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        for policy in self.collect("describe_resource_policies", "resourcePolicies"):
            if policy["policyName"] == self.identity:
                return {"name": self.identity, "document": json.loads(policy["policyDocument"])}
        return None

    def _changes(self, current: Document) -> Document:
        wanted = self.params["policy"]
        return {"document": wanted} if compare_policies(current["document"], wanted) else {}

    def _predict(self) -> Document:
        return {"name": self.identity, "document": self.params["policy"]}

    def _put(self) -> None:
        self.call("put_resource_policy", policyName=self.identity, policyDocument=json.dumps(self.params["policy"], sort_keys=True))

    def _create(self) -> None:
        self._put()

    def _update(self, current: Document, changes: Document) -> None:
        self._put()

    def _delete(self, current: Document) -> None:
        self.find("delete_resource_policy", policyName=self.identity)


def main() -> None:
    """Run the module."""
    spec: dict[str, Any] = {"name": {"required": True, "aliases": ["policy_name"]}, "state": STATE, "policy": {"type": "dict"}}
    module = AnsibleAWSModule(argument_spec=spec, required_if=[("state", "present", ["policy"])], supports_check_mode=True)
    LogResourcePolicy(module).run()


if __name__ == "__main__":
    main()
