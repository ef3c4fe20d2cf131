#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make API Gateway's account be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: api_gateway_account
version_added: 0.5.0
short_description: Set the role with which API Gateway writes logs
description:
  - Sets the role that API Gateway writes its logs with. There is one for an account and region.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  cloudwatch_role_arn:
    description: The ARN of the role. Needed when O(state=present).
    type: str
  replace_existing:
    description: Whether it takes the place of another role that is set and still exists.
    type: bool
    default: true
  state:
    description: Whether there is a role. V(absent) takes away only that of O(cloudwatch_role_arn), if that is given.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.api_gateway) does not set it.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Let API Gateway write logs
  stratum.aws.api_gateway_account:
    cloudwatch_role_arn: arn:aws:iam::123456789012:role/api-gateway-logs
"""

RETURN = r"""
account:
  description: The settings, or null when no role is set.
  returned: always
  type: dict
  contains:
    cloudwatch_role_arn:
      description: The ARN of the role.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/api-gateway-logs
"""

from collections.abc import Mapping
from typing import ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document


class Account(AwsResource):
    """What API Gateway knows about an account in a region."""

    service = "apigateway"
    kind = "API Gateway's account"
    returns = "account"
    retried = ("TooManyRequestsException", "ConflictException")
    cures: ClassVar[Mapping[str, str]] = {
        "BadRequestException": "Attach AmazonAPIGatewayPushToCloudWatchLogs to the role, and let apigateway.amazonaws.com assume it.",
    }

    @property
    def identity(self) -> str:
        return f"in {self.module.region}"

    def _describe(self) -> Document | None:
        role = self.call("get_account").get("cloudwatchRoleArn")
        if not role or (self.params["state"] == "absent" and self.params["cloudwatch_role_arn"] not in (None, role)):
            return None
        return {"cloudwatch_role_arn": role}

    def _changes(self, current: Document) -> Document:
        role = self.params["cloudwatch_role_arn"]
        if role == current["cloudwatch_role_arn"] or (not self.params["replace_existing"] and self._exists(current["cloudwatch_role_arn"])):
            return {}
        return {"cloudwatch_role_arn": role}

    def _exists(self, arn: str) -> bool:
        try:
            self.module.client("iam").get_role(RoleName=arn.rpartition("/")[2])
        except is_boto3_error_code("NoSuchEntity"):
            return False
        return True

    def _set(self, role: str) -> None:
        patch = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": role}]
        # A role that was just created is not known everywhere for some seconds.
        self.call_patiently("required permissions", "update_account", patchOperations=patch)

    def _create(self) -> None:
        self._set(self.params["cloudwatch_role_arn"])

    def _update(self, current: Document, changes: Document) -> None:
        self._set(changes["cloudwatch_role_arn"])

    def _delete(self, current: Document) -> None:
        self._set("")


def main() -> None:
    """Run the module."""
    argument_spec = {
        "cloudwatch_role_arn": {"type": "str"},
        "replace_existing": {"type": "bool", "default": True},
        "state": STATE,
    }
    module = AnsibleAWSModule(
        argument_spec=argument_spec, required_if=[("state", "present", ["cloudwatch_role_arn"])], supports_check_mode=True
    )
    Account(module).run()


if __name__ == "__main__":
    main()
