# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2: parameters of network resources that moto 5.2.5 drops, and names that it made up.

- DescribeTags has resource types of its own; modules filter by AWS's, find no tags and tag again on every run.
- UpdateSecurityGroupRuleDescriptions* does not say that it worked, on which ec2_security_group fails.
- The type and code of an ICMP rule of a network ACL and the tags of new DHCP options are lost.
- A rule that names another group counts as another one with another description, so that it is not found to be revoked.
- ModifyVpcEndpoint knows neither private DNS nor ResetPolicy, and leaves the routes of a gateway endpoint alone.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response
from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE

from ._patching import wrap

SERVICES = ("ec2",)

_TYPES = {
    "eipalloc": "elastic-ip",
    "fl": "vpc-flow-log",
    "h": "dedicated-host",
    "nat": "natgateway",
    "pl": "prefix-list",
}


def _confirm(original: Callable[[Any], Any]) -> Callable[[Any], ActionResult]:
    def replacement(self: Any) -> ActionResult:
        original(self)
        return ActionResult({"Return": True})

    return replacement


def _keep_icmp(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def replacement(self: Any) -> Any:
        result = original(self)
        key = (self._get_param("RuleNumber"), self._get_param("Egress"))
        for entry in self.ec2_backend.get_network_acl(self._get_param("NetworkAclId")).network_acl_entries:
            if (entry.rule_number, entry.egress) == key:
                entry.icmp_type = self._get_param("IcmpTypeCode.Type")
                entry.icmp_code = self._get_param("IcmpTypeCode.Code")
        return result

    return replacement


def _keep_dhcp_tags(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def replacement(self: Any) -> ActionResult:
        result = original(self)
        made: Any = result.result
        for specification in self._get_param("TagSpecifications", []):
            made["DhcpOptions"].add_tags({tag["Key"]: tag["Value"] for tag in specification["Tags"]})
        return result

    return replacement


def _modify_endpoint(original: Callable[[Any], ActionResult]) -> Callable[[Any], ActionResult]:
    def replacement(self: Any) -> ActionResult:
        result = original(self)
        backend = self.ec2_backend
        endpoint = backend.describe_vpc_endpoints([self._get_param("VpcEndpointId")])[0]
        if self._get_param("PrivateDnsEnabled") is not None:
            endpoint.private_dns_enabled = self._get_bool_param("PrivateDnsEnabled")
        if self._get_bool_param("ResetPolicy"):
            endpoint.policy_document = json.dumps(VPCEndPoint.DEFAULT_POLICY)
        destination = endpoint.destination_prefix_list_id
        if destination:
            for table in self._get_param("AddRouteTableIds", []):
                backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=destination)
            for table in self._get_param("RemoveRouteTableIds", []):
                backend.delete_route(table, None, destination_prefix_list_id=destination)
        return result

    return replacement


def _same_rule(original: Any, self: Any, other: Any) -> Any:
    plain = []
    for rule in (self, other):
        plain.append(copy.copy(rule))
        plain[-1].source_group = {key: value for key, value in rule.source_group.items() if key != "Description"}
    return original(*plain)


def _replace(name: str, wrapper: Callable[[Any], Any]) -> None:
    setattr(EC2Response, name, wrapper(getattr(EC2Response, name)))


def install() -> None:
    """Apply the corrections."""
    EC2_PREFIX_TO_RESOURCE.update(_TYPES)
    wrap(SecurityGroupRule, "__eq__", _same_rule)
    for direction in ("ingress", "egress"):
        _replace(f"update_security_group_rule_descriptions_{direction}", _confirm)
    _replace("create_network_acl_entry", _keep_icmp)
    _replace("create_dhcp_options", _keep_dhcp_tags)
    _replace("modify_vpc_endpoint", _modify_endpoint)
