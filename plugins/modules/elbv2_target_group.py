#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a target group of load balancers be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_target_group
version_added: 0.5.0
short_description: Make a target group
description:
  - Creates, changes and deletes a target group of application and network load balancers.
  - Its targets are the affair of whoever registers them (a service, an Auto Scaling group, a cluster) and are never touched.
options:
  name:
    description: The name, at most 32 characters.
    type: str
    required: true
  protocol:
    description: The protocol of the targets. It cannot change.
    type: str
    choices: [HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP]
    default: HTTP
  protocol_version:
    description: The version of HTTP. It cannot change; AWS's default is V(HTTP1).
    type: str
    choices: [HTTP1, HTTP2, GRPC]
  port:
    description: The port of the targets. It cannot change. Needed to create the group.
    type: int
  vpc_id:
    description: The VPC of the targets. It cannot change. Needed to create the group.
    type: str
  target_type:
    description: Whether targets are known by their address, are instances, or are a load balancer. It cannot change.
    type: str
    choices: [instance, ip, alb]
    default: instance
  health_check:
    description: How the health of a target is found out. What is not set stays as it is; at first, as AWS has it for the protocol.
    type: dict
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [HTTP, HTTPS, TCP]
      port:
        description: The port, or V(traffic-port).
        type: str
      path:
        description: The path that is asked for.
        type: str
      matcher:
        description: The status codes of a healthy target, such as V(200-399).
        type: str
      interval:
        description: How many seconds lie between two checks.
        type: int
      timeout:
        description: How many seconds an answer may take.
        type: int
      healthy_threshold:
        description: After how many successes in a row a target is healthy.
        type: int
      unhealthy_threshold:
        description: After how many failures in a row it is not.
        type: int
  attributes:
    description: Attributes by AWS's names, such as C(deregistration_delay.timeout_seconds). Others stay as they are.
    type: dict
  state:
    description: Whether the group exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.elb_target_group) has no check mode, and deregisters targets that others have registered unless it is told not to.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.elbv2_listener
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Create a target group for tasks
  stratum.aws.elbv2_target_group:
    name: shop-api
    port: 8080
    vpc_id: vpc-0123456789abcdef0
    target_type: ip
    health_check:
      path: /health
      matcher: "200"
    attributes:
      deregistration_delay.timeout_seconds: 30

- name: Delete the target group
  stratum.aws.elbv2_target_group:
    name: shop-api
    state: absent
"""

RETURN = r"""
target_group:
  description: The target group, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    target_group_arn:
      description: The ARN.
      returned: when the target group exists
      type: str
      sample: arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-api/0123456789abcdef
    dimension:
      description: What CloudWatch's metrics call it.
      returned: when the target group exists
      type: str
      sample: targetgroup/shop-api/0123456789abcdef
    name:
      description: The name.
      returned: always
      type: str
      sample: shop-api
    protocol:
      description: The protocol of the targets.
      returned: always
      type: str
      sample: HTTP
    protocol_version:
      description: The version of HTTP, or V(null).
      returned: when the target group exists
      type: str
      sample: HTTP1
    port:
      description: The port of the targets.
      returned: always
      type: int
      sample: 8080
    vpc_id:
      description: The VPC of the targets.
      returned: always
      type: str
      sample: vpc-0123456789abcdef0
    target_type:
      description: What the targets are.
      returned: always
      type: str
      sample: ip
    health_check:
      description: How the health of a target is found out.
      returned: always
      type: dict
      sample: {"protocol": HTTP, "port": traffic-port, "path": /health, "interval": 30, "timeout": 5, "healthy_threshold": 5}
    load_balancer_arns:
      description: The load balancers whose listeners send requests here.
      returned: when the target group exists
      type: list
      elements: str
      sample: []
    attributes:
      description: All attributes, by AWS's names.
      returned: when the target group exists
      type: dict
      sample: {"deregistration_delay.timeout_seconds": "30"}
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": shop}
"""

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._elbv2 import ElbResource, differing_attributes, pairs
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes

_HEALTH: Final = {
    "protocol": "HealthCheckProtocol",
    "port": "HealthCheckPort",
    "path": "HealthCheckPath",
    "interval": "HealthCheckIntervalSeconds",
    "timeout": "HealthCheckTimeoutSeconds",
    "healthy_threshold": "HealthyThresholdCount",
    "unhealthy_threshold": "UnhealthyThresholdCount",
}


def health_of(group: Mapping[str, Any]) -> Document:
    """Return how AWS finds out the health of a group's targets."""
    matcher = group.get("Matcher") or {}
    found = {key: group.get(name) for key, name in _HEALTH.items()}
    return given({**found, "matcher": matcher.get("HttpCode") or matcher.get("GrpcCode")})


def health_parameters(health: Mapping[str, Any], grpc: bool) -> Document:
    """Return a health check as AWS takes it."""
    parameters = given({name: health.get(key) for key, name in _HEALTH.items()})
    if health.get("matcher") is not None:
        parameters["Matcher"] = {"GrpcCode" if grpc else "HttpCode": health["matcher"]}
    return parameters


class TargetGroup(ElbResource):
    """A target group, found by its name."""

    kind = "target group"
    returns = "target_group"
    missing = ("TargetGroupNotFound",)

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        answer = self.find("describe_target_groups", Names=[self.params["name"]])
        if answer is None or not answer["TargetGroups"]:
            return None
        group = answer["TargetGroups"][0]
        arn = group["TargetGroupArn"]
        attributes = self.call("describe_target_group_attributes", TargetGroupArn=arn)["Attributes"]
        return {
            "target_group_arn": arn,
            "dimension": arn.rpartition(":")[2],
            "name": group["TargetGroupName"],
            "protocol": group.get("Protocol"),
            "protocol_version": group.get("ProtocolVersion"),
            "port": group.get("Port"),
            "vpc_id": group.get("VpcId"),
            "target_type": group.get("TargetType"),
            "health_check": health_of(group),
            "load_balancer_arns": group.get("LoadBalancerArns", []),
            "attributes": {each["Key"]: each["Value"] for each in attributes},
            "tags": self._tags(arn),
        }

    def _changes(self, current: Document) -> Document:
        self._immutable(current, ("protocol", "protocol_version", "port", "vpc_id", "target_type"))
        changes = differing(current, {"health_check": given(self.params["health_check"] or {})})
        if attributes := differing_attributes(current["attributes"], self.params["attributes"]):
            changes["attributes"] = {**current["attributes"], **attributes}
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if self.params["port"] is None or self.params["vpc_id"] is None:
            self.fail("there is no such target group. Set port and vpc_id to create one.")
        return super()._predict()

    @property
    def _grpc(self) -> bool:
        return bool(self.params["protocol_version"] == "GRPC")

    def _create(self) -> None:
        options = self.params
        answer = self.call(
            "create_target_group",
            Name=options["name"],
            Protocol=options["protocol"],
            ProtocolVersion=options["protocol_version"],
            Port=options["port"],
            VpcId=options["vpc_id"],
            TargetType=options["target_type"],
            Tags=self._new_tags,
            **health_parameters(options["health_check"] or {}, self._grpc),
        )
        group = answer["TargetGroups"][0]["TargetGroupArn"]
        attributes = self.call("describe_target_group_attributes", TargetGroupArn=group)["Attributes"]
        self._set_attributes(group, {each["Key"]: each["Value"] for each in attributes})

    def _set_attributes(self, arn: str, current: Mapping[str, str]) -> None:
        if attributes := differing_attributes(current, self.params["attributes"]):
            self.call("modify_target_group_attributes", TargetGroupArn=arn, Attributes=pairs(attributes))

    def _update(self, current: Document, changes: Document) -> None:
        arn = current["target_group_arn"]
        if "health_check" in changes:
            wanted = {key: value for key, value in changes["health_check"].items() if value != current["health_check"].get(key)}
            self.call("modify_target_group", TargetGroupArn=arn, **health_parameters(wanted, self._grpc))
        self._set_attributes(arn, current["attributes"])
        self._retag(arn, current, changes)

    def _delete(self, current: Document) -> None:
        self.find("delete_target_group", TargetGroupArn=current["target_group_arn"])


def main() -> None:
    """Run the module."""
    health: dict[str, dict[str, Any]] = {
        "protocol": {"type": "str", "choices": ["HTTP", "HTTPS", "TCP"]},
        **{key: {"type": "str"} for key in ("port", "path", "matcher")},
        **{key: {"type": "int"} for key in ("interval", "timeout", "healthy_threshold", "unhealthy_threshold")},
    }
    argument_spec: dict[str, dict[str, Any]] = {
        "name": {"type": "str", "required": True},
        "protocol": {"type": "str", "choices": ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"], "default": "HTTP"},
        "protocol_version": {"type": "str", "choices": ["HTTP1", "HTTP2", "GRPC"]},
        "port": {"type": "int"},
        "vpc_id": {"type": "str"},
        "target_type": {"type": "str", "choices": ["instance", "ip", "alb"], "default": "instance"},
        "health_check": {"type": "dict", "options": health},
        "attributes": {"type": "dict"},
        "state": STATE,
        **TAGS,
    }
    TargetGroup(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
