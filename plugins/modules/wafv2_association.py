#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put a resource behind a web ACL."""

from __future__ import annotations

DOCUMENTATION = r"""
module: wafv2_association
version_added: 0.5.0
short_description: Put a resource behind a web ACL
description:
  - Puts a load balancer, a stage of an API or another regional resource behind a web ACL of AWS WAF, and takes it out again.
  - A resource is behind one web ACL at most. A distribution of CloudFront names its web ACL itself.
options:
  resource_arn:
    description: The ARN of the resource.
    type: str
    required: true
  web_acl_arn:
    description: The ARN of the web ACL. Needed when O(state=present).
    type: str
  state:
    description:
      - Whether the resource is behind the web ACL.
      - V(absent) with O(web_acl_arn) leaves alone a resource that is behind another one.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.wafv2_resources) says that nothing is to be done where the web ACL does not exist, and only sees load balancers.
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
- name: Protect the shop
  stratum.aws.wafv2_association:
    resource_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef
    web_acl_arn: arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/11111111-2222-3333-4444-555555555555
"""

RETURN = r"""
association:
  description: What protects the resource, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    resource_arn:
      description: The ARN of the resource.
      returned: always
      type: str
      sample: arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef
    web_acl_arn:
      description: The ARN of the web ACL.
      returned: always
      type: str
      sample: arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/11111111-2222-3333-4444-555555555555
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document


class Association(AwsResource):
    """What protects a resource."""

    service = "wafv2"
    kind = "web ACL of"
    returns = "association"
    missing = ("WAFNonexistentItemException",)
    # What was created just before is not known everywhere for some seconds.
    retried = ("ThrottlingException", "WAFUnavailableEntityException")
    cures: ClassVar[Mapping[str, str]] = {
        "WAFNonexistentItemException": "Correct resource_arn and web_acl_arn: both must exist, in the same region.",
        "WAFInvalidParameterException": "Correct resource_arn: it must be something that WAF can protect.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["resource_arn"])

    def _describe(self) -> Document | None:
        found = (self.find("get_web_acl_for_resource", ResourceArn=self.params["resource_arn"]) or {}).get("WebACL")
        if not found:
            return None
        if self.params["state"] == "absent" and self.params["web_acl_arn"] not in (None, found["ARN"]):
            return None
        return {"resource_arn": self.params["resource_arn"], "web_acl_arn": found["ARN"]}

    def _changes(self, current: Document) -> Document:
        wanted = self.params["web_acl_arn"]
        return {} if wanted == current["web_acl_arn"] else {"web_acl_arn": wanted}

    def _create(self) -> None:
        self.call("associate_web_acl", ResourceArn=self.params["resource_arn"], WebACLArn=self.params["web_acl_arn"])

    def _update(self, current: Document, changes: Document) -> None:
        self._create()

    def _delete(self, current: Document) -> None:
        self.find("disassociate_web_acl", ResourceArn=self.params["resource_arn"])


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "resource_arn": {"type": "str", "required": True},
        "web_acl_arn": {"type": "str"},
        "state": STATE,
    }
    needed = [("state", "present", ("web_acl_arn",))]
    Association(AnsibleAWSModule(argument_spec=argument_spec, required_if=needed, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
