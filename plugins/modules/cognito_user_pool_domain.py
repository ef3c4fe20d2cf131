#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the domain of a user pool's pages be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cognito_user_pool_domain
version_added: 0.5.0
short_description: Manage the domain of a user pool of Cognito
description:
  - Gives the pages of a user pool, on which users sign in, an address.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  domain:
    description: The part before V(.auth.<region>.amazoncognito.com), unique in the region; a whole domain name with O(certificate_arn).
    type: str
    required: true
  user_pool_id:
    description: The id of the pool. Needed when O(state=present).
    type: str
  certificate_arn:
    description: The ARN of a certificate in V(us-east-1) for a domain name of one's own.
    type: str
  managed_login_version:
    description: V(1) for the hosted UI, V(2) for the pages of managed login.
    type: int
    choices: [1, 2]
  state:
    description: Whether the domain exists.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether to wait until a domain name of one's own is served, or a deleted domain is gone.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait.
    type: int
    default: 1200
notes:
  - No module of amazon.aws or community.aws manages domains of user pools.
  - A domain name of one's own needs an A record for its parent domain before it can be created,
    and an alias record to RV(domain.target) afterwards.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Give the pages of the pool an address
  stratum.aws.cognito_user_pool_domain:
    domain: shop-prod
    user_pool_id: us-west-2_aBcDeFgHi

- name: Take it away
  stratum.aws.cognito_user_pool_domain:
    domain: shop-prod
    state: absent
"""

RETURN = r"""
domain:
  description: The domain, or null when there is none.
  returned: always
  type: dict
  contains:
    domain:
      description: The domain as in the option.
      returned: always
      type: str
      sample: shop-prod
    host:
      description: The host name of the pages.
      returned: always
      type: str
      sample: shop-prod.auth.us-west-2.amazoncognito.com
    target:
      description: What an alias record of a domain name of one's own leads to; null in check mode when the domain would be created.
      returned: always
      type: str
      sample: d111111abcdef8.cloudfront.net
    user_pool_id:
      description: The id of the pool.
      returned: always
      type: str
      sample: us-west-2_aBcDeFgHi
    certificate_arn:
      description: The ARN of the certificate, or an empty string.
      returned: always
      type: str
      sample: ""
    managed_login_version:
      description: Which pages are shown.
      returned: always
      type: int
      sample: 1
    status:
      description: The status.
      returned: always
      type: str
      sample: ACTIVE
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, status_waiter

READY = status_waiter("DescribeUserPoolDomain", "DomainDescription.Status", ["ACTIVE"], ["FAILED"], 15)
GONE: Waiter = {
    "operation": "DescribeUserPoolDomain",
    "delay": 10,
    "maxAttempts": 1,
    "shows": "DomainDescription.Status",
    "acceptors": [{"state": "success", "matcher": "path", "argument": "DomainDescription.Domain == null", "expected": True}],
}


def document(description: Mapping[str, Any], region: str) -> Document:
    """Return a domain of DescribeUserPoolDomain as the module returns it."""
    certificate = (description.get("CustomDomainConfig") or {}).get("CertificateArn") or ""
    return {
        "domain": description["Domain"],
        "host": host(description["Domain"], certificate, region),
        "target": description.get("CloudFrontDistribution"),
        "user_pool_id": description["UserPoolId"],
        "certificate_arn": certificate,
        "managed_login_version": description.get("ManagedLoginVersion") or 1,
        "status": description.get("Status") or "ACTIVE",
    }


def host(domain: str, certificate: str | None, region: str) -> str:
    """Return the host name of the pages."""
    return domain if certificate else f"{domain}.auth.{region}.amazoncognito.com"


class Domain(AwsResource):
    """The domain of a user pool."""

    service = "cognito-idp"
    kind = "User pool domain"
    returns = "domain"
    retried = ("ThrottlingException", "TooManyRequestsException", "ConcurrentModificationException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameterException": "Choose another domain if somebody has this one, or delete the one that the pool has first.",
        "ResourceNotFoundException": "Create the user pool first.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["domain"])

    def _describe(self) -> Document | None:
        answer = self.find("describe_user_pool_domain", Domain=self.identity) or {}
        description = answer.get("DomainDescription") or {}
        return document(description, self.module.region) if description.get("Domain") else None

    def _leaving(self, current: Document) -> bool:
        return str(current["status"]) == "DELETING"

    def _await_deletion(self, current: Document) -> None:
        self.wait(GONE, Domain=self.identity)

    def _changes(self, current: Document) -> Document:
        pool = self.params["user_pool_id"]
        if pool != current["user_pool_id"]:
            self.fail(
                f"it belongs to the pool {current['user_pool_id']}, and not to {pool}. Choose another domain, or delete this one first."
            )
        return differing(current, {key: self.params[key] for key in ("certificate_arn", "managed_login_version")})

    def _predict(self) -> Document:
        certificate = self.params["certificate_arn"] or ""
        return {
            "domain": self.identity,
            "host": host(self.identity, certificate, self.module.region),
            "target": None,
            "user_pool_id": self.params["user_pool_id"],
            "certificate_arn": certificate,
            "managed_login_version": self.params["managed_login_version"] or 1,
            "status": "CREATING",
        }

    def _write(self, operation: str, wanted: Document) -> None:
        certificate = wanted["certificate_arn"]
        self.call(
            operation,
            Domain=self.identity,
            UserPoolId=wanted["user_pool_id"],
            CustomDomainConfig={"CertificateArn": certificate} if certificate else None,
            ManagedLoginVersion=wanted["managed_login_version"],
        )
        self.wait(READY, Domain=self.identity)

    def _create(self) -> None:
        self._write("create_user_pool_domain", {**self._predict(), "managed_login_version": self.params["managed_login_version"]})

    def _update(self, current: Document, changes: Document) -> None:
        self._write("update_user_pool_domain", {**current, **changes})

    def _delete(self, current: Document) -> None:
        self.find("delete_user_pool_domain", Domain=self.identity, UserPoolId=current["user_pool_id"])
        self.wait(GONE, Domain=self.identity)


def main() -> None:
    """Run the module."""
    argument_spec = {
        "domain": {"type": "str", "required": True},
        "user_pool_id": {"type": "str"},
        "certificate_arn": {"type": "str"},
        "managed_login_version": {"type": "int", "choices": [1, 2]},
        "state": STATE,
        **wait_options(1200),
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=[("state", "present", ["user_pool_id"])], supports_check_mode=True)
    Domain(module).run()


if __name__ == "__main__":
    main()
