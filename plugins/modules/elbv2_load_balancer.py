#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an application or network load balancer be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_load_balancer
version_added: 0.5.0
short_description: Make an application or network load balancer
description:
  - Creates, changes and deletes an application or network load balancer.
  - Its listeners are made by M(stratum.aws.elbv2_listener), so that it can be on its way while certificates are.
options:
  name:
    description: The name, at most 32 characters.
    type: str
    required: true
  type:
    description: Whether it understands HTTP. It cannot change.
    type: str
    choices: [application, network]
    default: application
  scheme:
    description: Who can reach it. It cannot change.
    type: str
    choices: [internet-facing, internal]
    default: internet-facing
  subnets:
    description: The ids of its subnets, one per zone. Needed to create it.
    type: list
    elements: str
  security_groups:
    description: The ids of its security groups. A network load balancer that was made without any can have none later.
    type: list
    elements: str
  ip_address_type:
    description: Whether it has IPv6 addresses too.
    type: str
    choices: [ipv4, dualstack]
  deletion_protection:
    description: Whether AWS refuses to delete it.
    type: bool
  attributes:
    description: Further attributes by AWS's names, such as C(idle_timeout.timeout_seconds). Others stay as they are.
    type: dict
  state:
    description: Whether the load balancer exists.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether to wait until it serves, or until it and its network interfaces are gone.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait.
    type: int
    default: 900
notes:
  - M(amazon.aws.elb_application_lb) fails where rules come with a new listener, and in check mode returns nothing about what exists.
    M(community.aws.elb_network_lb) has no check mode.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.elbv2_listener
  - module: stratum.aws.elbv2_target_group
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Create a load balancer
  stratum.aws.elbv2_load_balancer:
    name: shop
    subnets: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    security_groups: [sg-0123456789abcdef0]
    deletion_protection: true
    attributes:
      idle_timeout.timeout_seconds: 60

- name: Delete the load balancer
  stratum.aws.elbv2_load_balancer:
    name: shop
    state: absent
"""

RETURN = r"""
load_balancer:
  description: The load balancer, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    load_balancer_arn:
      description: The ARN.
      returned: when the load balancer exists
      type: str
      sample: arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef
    dimension:
      description: What CloudWatch's metrics call it.
      returned: when the load balancer exists
      type: str
      sample: app/shop/0123456789abcdef
    name:
      description: The name.
      returned: always
      type: str
      sample: shop
    type:
      description: The type.
      returned: always
      type: str
      sample: application
    scheme:
      description: Who can reach it.
      returned: always
      type: str
      sample: internet-facing
    dns_name:
      description: The name under which it is reached.
      returned: when the load balancer exists
      type: str
      sample: shop-1234567890.us-east-1.elb.amazonaws.com
    canonical_hosted_zone_id:
      description: The hosted zone of that name, for aliases.
      returned: when the load balancer exists
      type: str
      sample: Z35SXDOTRQ7X7K
    state:
      description: Whether it serves.
      returned: when the load balancer exists
      type: str
      sample: active
    vpc_id:
      description: The VPC.
      returned: when the load balancer exists
      type: str
      sample: vpc-0123456789abcdef0
    subnets:
      description: The ids of its subnets.
      returned: always
      type: list
      elements: str
      sample: [subnet-0123456789abcdef0, subnet-0123456789abcdef1]
    security_groups:
      description: The ids of its security groups.
      returned: always
      type: list
      elements: str
      sample: [sg-0123456789abcdef0]
    ip_address_type:
      description: Whether it has IPv6 addresses too.
      returned: always
      type: str
      sample: ipv4
    deletion_protection:
      description: Whether AWS refuses to delete it.
      returned: when it is known
      type: bool
      sample: true
    attributes:
      description: All attributes, by AWS's names.
      returned: always
      type: dict
      sample: {"idle_timeout.timeout_seconds": "60"}
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": shop}
"""

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import given, same_items
from ansible_collections.stratum.aws.plugins.module_utils._elbv2 import ElbResource, differing_attributes, pairs
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, gone_waiter, status_waiter, wait_until

ACTIVE: Final = status_waiter(
    "DescribeLoadBalancers",
    "LoadBalancers[0].State.Code",
    ["active", "active_impaired"],
    ["failed"],
    15,
    ["LoadBalancerNotFound"],
    "LoadBalancers[0].State.Reason",
)
GONE: Final = gone_waiter("DescribeLoadBalancers", "LoadBalancers[0].State.Code", ["LoadBalancerNotFound"])
PROTECTION: Final = "deletion_protection.enabled"
INTERFACES_GONE: Final[Waiter] = {
    "operation": "DescribeNetworkInterfaces",
    "delay": 15,
    "maxAttempts": 1,
    "shows": "NetworkInterfaces[].NetworkInterfaceId",
    "acceptors": [{"state": "success", "matcher": "path", "argument": "length(NetworkInterfaces)", "expected": 0}],
}


def differences(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what of a load balancer must change; the order of subnets and groups means nothing."""
    changes: Document = {
        key: wanted[key]
        for key in ("subnets", "security_groups")
        if wanted.get(key) is not None and not same_items(current[key], wanted[key])
    }
    if wanted.get("ip_address_type") not in (None, current["ip_address_type"]):
        changes["ip_address_type"] = wanted["ip_address_type"]
    if wanted.get("deletion_protection") not in (None, current["deletion_protection"]):
        changes["deletion_protection"] = wanted["deletion_protection"]
    if attributes := differing_attributes(current["attributes"], wanted.get("attributes")):
        changes["attributes"] = {**current["attributes"], **attributes}
    return changes


def wanted_attributes(params: Mapping[str, Any]) -> Document:
    """Return the attributes that the options set, deletion protection among them."""
    protection = params["deletion_protection"]
    return {**(params["attributes"] or {}), **({} if protection is None else {PROTECTION: protection})}


class LoadBalancer(ElbResource):
    """A load balancer, found by its name."""

    kind = "load balancer"
    returns = "load_balancer"
    missing = ("LoadBalancerNotFound",)

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        answer = self.find("describe_load_balancers", Names=[self.params["name"]])
        if answer is None or not answer["LoadBalancers"]:
            return None
        found = answer["LoadBalancers"][0]
        arn = found["LoadBalancerArn"]
        attributes = self._attributes(arn)
        return {
            "load_balancer_arn": arn,
            "dimension": arn.partition(":loadbalancer/")[2],
            "name": found["LoadBalancerName"],
            "type": found["Type"],
            "scheme": found["Scheme"],
            "dns_name": found["DNSName"],
            "canonical_hosted_zone_id": found.get("CanonicalHostedZoneId"),
            "state": found["State"]["Code"],
            "vpc_id": found.get("VpcId"),
            "subnets": sorted(zone["SubnetId"] for zone in found.get("AvailabilityZones", [])),
            "security_groups": sorted(found.get("SecurityGroups", [])),
            "ip_address_type": found.get("IpAddressType"),
            "deletion_protection": attributes.get(PROTECTION) == "true",
            "attributes": {key: value for key, value in attributes.items() if key != PROTECTION},
            "tags": self._tags(arn),
        }

    def _attributes(self, arn: str) -> dict[str, str]:
        return {each["Key"]: each["Value"] for each in self.call("describe_load_balancer_attributes", LoadBalancerArn=arn)["Attributes"]}

    def _settle(self, current: Document) -> Document:
        if current["state"] != "provisioning" or not self.params["wait"]:
            return current
        self.wait(ACTIVE, Names=[self.params["name"]])
        return self._describe() or current

    def _changes(self, current: Document) -> Document:
        self._immutable(current, ("type", "scheme"))
        return {**differences(current, self.params), **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if not self.params["subnets"]:
            self.fail("there is no such load balancer. Set subnets to create one.")
        return {"subnets": [], "security_groups": [], **given(super()._predict())}

    def _create(self) -> None:
        options = self.params
        answer = self.call(
            "create_load_balancer",
            Name=options["name"],
            Type=options["type"],
            Scheme=options["scheme"],
            Subnets=options["subnets"],
            SecurityGroups=options["security_groups"] or None,
            IpAddressType=options["ip_address_type"],
            Tags=self._new_tags,
        )
        arn = answer["LoadBalancers"][0]["LoadBalancerArn"]
        self._set_attributes(arn, self._attributes(arn))
        self.wait(ACTIVE, Names=[options["name"]])

    def _set_attributes(self, arn: str, current: Mapping[str, str]) -> None:
        if attributes := differing_attributes(current, wanted_attributes(self.params)):
            self.call("modify_load_balancer_attributes", LoadBalancerArn=arn, Attributes=pairs(attributes))

    def _update(self, current: Document, changes: Document) -> None:
        arn = current["load_balancer_arn"]
        if "subnets" in changes:
            self.call("set_subnets", LoadBalancerArn=arn, Subnets=changes["subnets"])
        if "security_groups" in changes:
            self.call("set_security_groups", LoadBalancerArn=arn, SecurityGroups=changes["security_groups"])
        if "ip_address_type" in changes:
            self.call("set_ip_address_type", LoadBalancerArn=arn, IpAddressType=changes["ip_address_type"])
        if "attributes" in changes or "deletion_protection" in changes:
            self._set_attributes(arn, self._attributes(arn))
        self._retag(arn, current, changes)

    def _delete(self, current: Document) -> None:
        self.find("delete_load_balancer", LoadBalancerArn=current["load_balancer_arn"])
        self.wait(GONE, Names=[self.params["name"]])
        if self.params["wait"]:
            # They go some minutes after the load balancer, and until then nobody can delete its subnets and security groups.
            mine = [{"Name": "description", "Values": [f"ELB {current['dimension']}"]}]
            interfaces = self.module.client("ec2")
            wait_until(interfaces, INTERFACES_GONE, self.params["wait_timeout"], Filters=mine)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["application", "network"], "default": "application"},
        "scheme": {"type": "str", "choices": ["internet-facing", "internal"], "default": "internet-facing"},
        "subnets": {"type": "list", "elements": "str"},
        "security_groups": {"type": "list", "elements": "str"},
        "ip_address_type": {"type": "str", "choices": ["ipv4", "dualstack"]},
        "deletion_protection": {"type": "bool"},
        "attributes": {"type": "dict"},
        "state": STATE,
        **wait_options(900),
        **TAGS,
    }
    LoadBalancer(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
