# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""WAF: what a web ACL protects, its versions, and where it may log.

Moto lets a resource have several web ACLs, deletes one that protects something, takes any destination of
logs, looks for the logging of global web ACLs in the wrong place, cannot list what a web ACL protects, and
gives each one the same capacity.
"""

from __future__ import annotations

import json
from typing import Any

from ._patching import put, wrap

_RATE_BASED, _OTHER = 2, 1
_MANAGED = {"AWSManagedRulesCommonRuleSet": 700, "AWSManagedRulesSQLiRuleSet": 200, "AWSManagedRulesKnownBadInputsRuleSet": 200}
_MANAGED_CAPACITY = 100


def _error(code: str, message: str) -> Exception:
    from moto.wafv2.exceptions import WAFv2ClientError

    return WAFv2ClientError(code, message)


def _capacity(rules: list[Any]) -> int:
    total = 0
    for rule in rules:
        statement = rule.to_dict()["Statement"]
        if "ManagedRuleGroupStatement" in statement:
            total += _MANAGED.get(statement["ManagedRuleGroupStatement"]["Name"], _MANAGED_CAPACITY)
        else:
            total += _RATE_BASED if "RateBasedStatement" in statement else _OTHER
    return total


def _described(original: Any, self: Any) -> dict[str, Any]:
    document: dict[str, Any] = original(self)
    return {**document, "Capacity": _capacity(self.rules)}


def _associate(original: Any, self: Any, web_acl_arn: str, resource_arn: str) -> None:
    if web_acl_arn not in self.wacls or not _exists(resource_arn):
        raise _error("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource doesn't exist.")
    for web_acl in self.wacls.values():
        if resource_arn in web_acl.associated_resources:
            web_acl.associated_resources.remove(resource_arn)
    original(self, web_acl_arn, resource_arn)


def _exists(arn: str) -> bool:
    if ":loadbalancer/" not in arn:
        return True
    from moto.elbv2.models import elbv2_backends

    region, account = arn.split(":")[3:5]
    return ":loadbalancer/app/" in arn and arn in elbv2_backends[account][region].load_balancers


def _delete(original: Any, self: Any, name: str, scope: str, identifier: str, lock_token: str) -> Any:
    from moto.cloudfront.models import cloudfront_backends

    for web_acl in self.wacls.values():
        if web_acl.id == identifier:
            served = [
                each.arn
                for each in cloudfront_backends[self.account_id]["aws"].distributions.values()
                if vars(each.distribution_config).get("WebACLId") == web_acl.arn
            ]
            protected = [arn for arn in web_acl.associated_resources if _exists(arn)]
            if protected or served:
                raise _error("WAFAssociatedItemException", "AWS WAF couldn't perform the operation because your resource is being used.")
            self.logging_configurations.pop(web_acl.arn, None)
            break
    return original(self, name, scope, identifier, lock_token)


def _log(original: Any, self: Any, arn: str, log_destination_configs: list[str], *args: Any, **kwargs: Any) -> Any:
    names = [destination.rstrip(":*").rpartition(":")[2].rpartition("/")[2] for destination in log_destination_configs]
    if not all(name.startswith("aws-waf-logs-") for name in names):
        raise _error(
            "WAFInvalidParameterException", "Error reason: The ARN isn't valid. A valid ARN begins with arn:, field: LOG_DESTINATION"
        )
    if arn not in self.wacls:
        raise _error("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource doesn't exist.")
    return original(self, arn, log_destination_configs, *args, **kwargs)


def _logging(original: Any, self: Any) -> Any:
    """Look for a global web ACL, whose ARN names us-east-1, where moto keeps it."""
    from moto.wafv2.models import GLOBAL_REGION

    body = json.loads(self.body)
    arn = body.get("ResourceArn") or body.get("LoggingConfiguration", {}).get("ResourceArn") or ""
    if ":global/" in arn:
        self.region = GLOBAL_REGION
    return original(self)


def list_resources_for_web_acl(self: Any) -> Any:
    """List what a web ACL protects."""
    web_acl = self.wafv2_backend.wacls.get(self._get_param("WebACLArn"))
    if web_acl is None:
        raise _error("WAFNonexistentItemException", "AWS WAF couldn't perform the operation because your resource doesn't exist.")
    kind = self._get_param("ResourceType") or "APPLICATION_LOAD_BALANCER"
    part = {"APPLICATION_LOAD_BALANCER": ":loadbalancer/app/", "API_GATEWAY": ":/restapis/"}.get(kind, "?")
    found = [arn for arn in web_acl.associated_resources if part in arn and _exists(arn)]
    return 200, {"Content-Type": "application/json"}, json.dumps({"ResourceArns": found})


def install() -> None:
    """Apply the corrections."""
    from moto.wafv2.models import FakeWebACL, WAFV2Backend
    from moto.wafv2.responses import WAFV2Response

    wrap(FakeWebACL, "to_dict", _described)
    wrap(WAFV2Backend, "associate_web_acl", _associate)
    wrap(WAFV2Backend, "delete_web_acl", _delete)
    wrap(WAFV2Backend, "put_logging_configuration", _log)
    for name in ("put_logging_configuration", "get_logging_configuration", "delete_logging_configuration"):
        wrap(WAFV2Response, name, _logging)
    put(WAFV2Response, "list_resources_for_web_acl", list_resources_for_web_acl)
