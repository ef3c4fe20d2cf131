#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let a web ACL log the requests that it sees."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wafv2_logging
version_added: 0.5.0
short_description: Let a web ACL log requests
description:
  - Says where a web ACL of AWS WAF logs the requests that it sees, and what it leaves out.
options:
  web_acl_arn:
    description: The ARN of the web ACL.
    type: str
    required: true
  destination_arn:
    description:
      - The ARN of a log group, a bucket or a delivery stream whose name begins with C(aws-waf-logs-). Needed when O(state=present).
      - A C(:*) at the end of a log group's ARN is left out, as WAF wants it.
    type: str
  redacted_headers:
    description: Headers whose values are not logged.
    type: list
    elements: str
    default: []
  state:
    description: Whether requests are logged.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws has a module for the logging of web ACLs.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: community.aws.wafv2_web_acl
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Log what the web ACL sees
  stratum.aws.wafv2_logging:
    web_acl_arn: arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/11111111-2222-3333-4444-555555555555
    destination_arn: arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-shop
    redacted_headers: [authorization, cookie]
"""

RETURN = r"""
logging:
  description: How requests are logged, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    web_acl_arn:
      description: The ARN of the web ACL.
      returned: always
      type: str
      sample: arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/11111111-2222-3333-4444-555555555555
    destination_arn:
      description: Where requests are logged.
      returned: always
      type: str
      sample: arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-shop
    redacted_headers:
      description: Headers whose values are not logged.
      returned: always
      type: list
      elements: str
      sample: [authorization, cookie]
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document


def redacted(fields: Sequence[Mapping[str, Any]] | None) -> list[str]:
    """Return the headers that a configuration leaves out, in lower case as WAF compares them."""
    return sorted(field["SingleHeader"]["Name"].lower() for field in fields or [] if "SingleHeader" in field)


class Logging(AwsResource):
    """How a web ACL logs."""

    service = "wafv2"
    kind = "logging of web ACL"
    returns = "logging"
    missing = ("WAFNonexistentItemException",)
    retried = ("ThrottlingException", "WAFUnavailableEntityException")
    cures: ClassVar[Mapping[str, str]] = {
        "WAFInvalidParameterException": "Give a destination in the web ACL's region whose name begins with aws-waf-logs-.",
        "WAFLogDestinationPermissionIssueException": "Let delivery.logs.amazonaws.com write to the destination.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["web_acl_arn"])

    @property
    def _wanted(self) -> Document:
        return {
            "web_acl_arn": self.params["web_acl_arn"],
            "destination_arn": (self.params["destination_arn"] or "").removesuffix(":*"),
            "redacted_headers": sorted(name.lower() for name in self.params["redacted_headers"]),
        }

    def _describe(self) -> Document | None:
        answer = self.find("get_logging_configuration", ResourceArn=self.params["web_acl_arn"])
        if answer is None:
            return None
        found = answer["LoggingConfiguration"]
        return {
            "web_acl_arn": found["ResourceArn"],
            "destination_arn": found["LogDestinationConfigs"][0].removesuffix(":*"),
            "redacted_headers": redacted(found.get("RedactedFields")),
        }

    def _changes(self, current: Document) -> Document:
        return {key: value for key, value in self._wanted.items() if value != current[key]}

    def _predict(self) -> Document:
        return self._wanted

    def _create(self) -> None:
        wanted = self._wanted
        self.call(
            "put_logging_configuration",
            LoggingConfiguration={
                "ResourceArn": wanted["web_acl_arn"],
                "LogDestinationConfigs": [wanted["destination_arn"]],
                "RedactedFields": [{"SingleHeader": {"Name": name}} for name in wanted["redacted_headers"]],
            },
        )

    def _update(self, current: Document, changes: Document) -> None:
        self._create()

    def _delete(self, current: Document) -> None:
        self.find("delete_logging_configuration", ResourceArn=self.params["web_acl_arn"])


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "web_acl_arn": {"type": "str", "required": True},
        "destination_arn": {"type": "str"},
        "redacted_headers": {"type": "list", "elements": "str", "default": []},
        "state": STATE,
    }
    needed = [("state", "present", ("destination_arn",))]
    Logging(AnsibleAWSModule(argument_spec=argument_spec, required_if=needed, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
