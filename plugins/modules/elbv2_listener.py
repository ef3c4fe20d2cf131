#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a listener of a load balancer be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: elbv2_listener
version_added: 0.5.0
short_description: Make a listener of a load balancer
description:
  - Creates, changes and deletes a listener of an application or network load balancer. Its port tells it from others.
  - One of O(forward), O(redirect) and O(fixed_response) says what becomes of requests that no rule decides about.
options:
  load_balancer_arn:
    description: The ARN of the load balancer.
    type: str
    required: true
  port:
    description: The port.
    type: int
    required: true
  protocol:
    description: The protocol. Needed to create the listener.
    type: str
    choices: [HTTP, HTTPS, TCP, TLS, UDP, TCP_UDP]
  certificates:
    description: The ARNs of certificates. The first is for clients that name no host; the others are chosen by the host.
    type: list
    elements: str
  ssl_policy:
    description: Which versions of TLS and which ciphers are taken.
    type: str
  forward:
    description: The target groups that share the requests.
    type: list
    elements: dict
    suboptions:
      target_group_arn:
        description: The ARN of the target group.
        type: str
        required: true
      weight:
        description: Its share out of the sum of all weights.
        type: int
        default: 1
  redirect:
    description: Where clients are sent to. What is not set stays as in the request.
    type: dict
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [HTTP, HTTPS]
      port:
        description: The port.
        type: str
      host:
        description: The host.
        type: str
      path:
        description: The path, with a slash at its beginning.
        type: str
      query:
        description: The query, without the question mark.
        type: str
      status_code:
        description: Whether for good or for now.
        type: str
        choices: [HTTP_301, HTTP_302]
        default: HTTP_301
  fixed_response:
    description: What the load balancer itself answers.
    type: dict
    suboptions:
      status_code:
        description: The status code.
        type: str
        default: "404"
      content_type:
        description: The type of the text.
        type: str
        default: text/plain
      message_body:
        description: The text.
        type: str
        default: ""
  keep_actions:
    description: Whether the action of what exists stays as it is, because a deployment turns it (CodeDeploy, blue and green).
    type: bool
    default: false
  state:
    description: Whether the listener exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(amazon.aws.elb_application_lb) makes listeners only together with their load balancer, and fails where rules come with a new listener.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.elbv2_load_balancer
  - module: stratum.aws.elbv2_target_group
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Send everybody to HTTPS
  stratum.aws.elbv2_listener:
    load_balancer_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef
    port: 80
    protocol: HTTP
    redirect:
      protocol: HTTPS
      port: "443"

- name: Serve the shop
  stratum.aws.elbv2_listener:
    load_balancer_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef
    port: 443
    protocol: HTTPS
    ssl_policy: ELBSecurityPolicy-TLS13-1-2-2021-06
    certificates: ["arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"]
    forward:
      - target_group_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop-api/0123456789abcdef

- name: Serve nothing at a port
  stratum.aws.elbv2_listener:
    load_balancer_arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef
    port: 80
    state: absent
"""

RETURN = r"""
listener:
  description: The listener, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    listener_arn:
      description: The ARN.
      returned: when the listener exists
      type: str
      sample: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shop/0123456789abcdef/0123456789abcdef
    load_balancer_arn:
      description: The ARN of the load balancer.
      returned: always
      type: str
      sample: arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0123456789abcdef
    port:
      description: The port.
      returned: always
      type: int
      sample: 443
    protocol:
      description: The protocol.
      returned: always
      type: str
      sample: HTTPS
    ssl_policy:
      description: Which versions of TLS and which ciphers are taken, or V(null).
      returned: always
      type: str
      sample: ELBSecurityPolicy-TLS13-1-2-2021-06
    certificates:
      description: The ARNs of the certificates, the one for clients that name no host first.
      returned: always
      type: list
      elements: str
      sample: ["arn:aws:acm:us-east-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"]
    action:
      description: What becomes of requests that no rule decides about.
      returned: always
      type: dict
      sample: {"type": fixed-response, "status_code": "404", "content_type": text/plain, "message_body": ""}
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": shop}
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import same_items
from ansible_collections.stratum.aws.plugins.module_utils._elbv2 import (
    ACTION_OPTIONS,
    ONE_ACTION,
    ElbResource,
    action_changes,
    aws_actions,
    read_action,
    wanted_action,
)
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes


def differences(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what of a listener must change; only the first certificate has a place."""
    changes = {key: wanted[key] for key in ("protocol", "ssl_policy") if wanted.get(key) not in (None, current[key])}
    certificates = wanted.get("certificates")
    if certificates is not None and (
        certificates[:1] != current["certificates"][:1] or not same_items(certificates, current["certificates"])
    ):
        changes["certificates"] = certificates
    return {**changes, **action_changes(current, wanted)}


class Listener(ElbResource):
    """A listener, found by its load balancer and its port."""

    kind = "listener"
    returns = "listener"
    missing = ("ListenerNotFound", "LoadBalancerNotFound")

    @property
    def identity(self) -> str:
        return f"{self.params['load_balancer_arn'].partition(':loadbalancer/')[2]}:{self.params['port']}"

    def _describe(self) -> Document | None:
        answer = self.find("describe_listeners", LoadBalancerArn=self.params["load_balancer_arn"])
        found = next((each for each in (answer or {}).get("Listeners", []) if each.get("Port") == self.params["port"]), None)
        if found is None:
            return None
        arn = found["ListenerArn"]
        first = [each["CertificateArn"] for each in found.get("Certificates", [])][:1]
        return {
            "listener_arn": arn,
            "load_balancer_arn": found["LoadBalancerArn"],
            "port": found["Port"],
            "protocol": found["Protocol"],
            "ssl_policy": found.get("SslPolicy") or None,
            "certificates": first + (self._further(arn, first) if first else []),
            "action": read_action(found["DefaultActions"]),
            "tags": self._tags(arn),
        }

    def _further(self, arn: str, first: list[str]) -> list[str]:
        listed = self.call("describe_listener_certificates", ListenerArn=arn)["Certificates"]
        return sorted({each["CertificateArn"] for each in listed if not each.get("IsDefault")} - set(first))

    def _changes(self, current: Document) -> Document:
        return {**differences(current, self.params), **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        action = wanted_action(self.params)
        if action is None or self.params["protocol"] is None:
            self.fail("there is no such listener. Set protocol and one of forward, redirect and fixed_response to create one.")
        kept = {key: value for key, value in super()._predict().items() if key not in ACTION_OPTIONS}
        return {"certificates": [], **kept, "action": action}

    def _create(self) -> None:
        certificates = self.params["certificates"] or []
        answer = self.call(
            "create_listener",
            LoadBalancerArn=self.params["load_balancer_arn"],
            Port=self.params["port"],
            Protocol=self.params["protocol"],
            SslPolicy=self.params["ssl_policy"],
            Certificates=[{"CertificateArn": arn} for arn in certificates[:1]] or None,
            DefaultActions=aws_actions(wanted_action(self.params) or {}),
            Tags=self._new_tags,
        )
        self._add(answer["Listeners"][0]["ListenerArn"], certificates[1:])

    def _add(self, arn: str, certificates: list[str]) -> None:
        if certificates:
            self.call("add_listener_certificates", ListenerArn=arn, Certificates=[{"CertificateArn": each} for each in certificates])

    def _update(self, current: Document, changes: Document) -> None:
        arn = current["listener_arn"]
        first = changes.get("certificates", [])[:1]
        modified = {
            "Protocol": changes.get("protocol"),
            "SslPolicy": changes.get("ssl_policy"),
            "Certificates": [{"CertificateArn": first[0]}] if first and first != current["certificates"][:1] else None,
            "DefaultActions": aws_actions(changes["action"]) if "action" in changes else None,
        }
        if any(value is not None for value in modified.values()):
            self.call("modify_listener", ListenerArn=arn, **modified)
        if "certificates" in changes:
            before, after = set(current["certificates"][1:]), set(changes["certificates"][1:])
            self._add(arn, sorted(after - before))
            if gone := sorted(before - after - set(first)):
                self.call("remove_listener_certificates", ListenerArn=arn, Certificates=[{"CertificateArn": each} for each in gone])
        self._retag(arn, current, changes)

    def _delete(self, current: Document) -> None:
        self.find("delete_listener", ListenerArn=current["listener_arn"])


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, dict[str, Any]] = {
        "load_balancer_arn": {"type": "str", "required": True},
        "port": {"type": "int", "required": True},
        "protocol": {"type": "str", "choices": ["HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP"]},
        "certificates": {"type": "list", "elements": "str"},
        "ssl_policy": {"type": "str"},
        **ACTION_OPTIONS,
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, mutually_exclusive=ONE_ACTION, supports_check_mode=True)
    Listener(module).run()


if __name__ == "__main__":
    main()
