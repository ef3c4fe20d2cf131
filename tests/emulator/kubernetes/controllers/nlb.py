# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of type LoadBalancer, and which network load balancer they ask for."""

from __future__ import annotations

from typing import Any, Final

from tests.emulator.kubernetes.api import Object, annotations_of, leaving, named

from .account import Account
from .model import Listener, LoadBalancer, ModelError, Stack, TargetGroup, number, pairs, short_name, target_port, words

PREFIX: Final = "service.beta.kubernetes.io/aws-load-balancer-"
CLASS: Final = "service.k8s.aws/nlb"
FINALIZER: Final = "service.k8s.aws/resources"
SSL_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def wanted(service: Object) -> bool:
    """Return whether a Service shall have a load balancer; the controller takes those without a class, too."""
    spec = service["spec"]
    return not leaving(service) and spec.get("type") == "LoadBalancer" and spec.get("loadBalancerClass", CLASS) == CLASS


class Builder:
    """Makes the model of one Service's load balancer."""

    def __init__(self, account: Account, service: Object) -> None:
        self._account = account
        self._service = service
        self._notes = annotations_of(service)
        self._namespace: str = service["metadata"]["namespace"]
        self._name: str = service["metadata"]["name"]
        self._uid: str = service["metadata"]["uid"]
        self._stack = Stack("service", named(service))
        self._tags = pairs(self._note("additional-resource-tags"))

    def build(self) -> LoadBalancer:
        """Return the model; ModelError says what is wrong with the Service."""
        scheme = self._note("scheme") or ("internet-facing" if self._note("internal") == "false" else "internal")
        if scheme not in ("internal", "internet-facing"):
            raise ModelError(f"unknown scheme: {scheme}")
        name = self._note("name") or short_name(self._namespace, self._name, self._account.cluster, self._uid, scheme)
        if len(name) > 32:
            raise ModelError(f"load balancer name cannot be longer than 32 characters: {name}")
        subnets = self._account.subnets(scheme, words(self._note("subnets")), 1)
        balancer = LoadBalancer(
            stack=self._stack,
            name=name,
            kind="network",
            scheme=scheme,
            subnets=subnets,
            groups=words(self._note("security-groups")),
            group_name=short_name(self._namespace, self._name, self._account.cluster, self._uid),
            cidrs=self._service["spec"].get("loadBalancerSourceRanges") or words(self._note("source-ranges")) or ["0.0.0.0/0"],
            attributes=pairs(self._note("attributes")),
            tags=self._tags | self._stack.tags(self._account.cluster, "LoadBalancer"),
        )
        for port in self._service["spec"].get("ports") or []:
            self._add(balancer, port)
        return balancer

    def _note(self, key: str) -> str | None:
        return self._notes.get(PREFIX + key)

    def _add(self, balancer: LoadBalancer, port: Object) -> None:
        secured = words(self._note("ssl-ports"))
        certificates = words(self._note("ssl-cert"))
        secure = bool(certificates) and (not secured or "*" in secured or str(port["port"]) in secured or port.get("name") in secured)
        protocol = "TLS" if secure else str(port.get("protocol", "TCP"))
        behind = "TLS" if secure and self._note("backend-protocol") == "ssl" else "TCP" if secure else protocol
        group = self._target_group(port, behind)
        balancer.target_groups[group.resource] = group
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": [{"Weight": 1, "TargetGroupArn": group.reference}]}}
        listener = Listener(port["port"], protocol, [forward])
        if secure:
            listener.certificates = certificates
            listener.ssl_policy = self._note("ssl-negotiation-policy") or SSL_POLICY
        listener.tags = self._tags | self._stack.tags(self._account.cluster, str(port["port"]))
        balancer.listeners.append(listener)

    def _target_group(self, port: Object, protocol: str) -> TargetGroup:
        old = {"nlb-ip": "ip"}.get(self._note("type") or "", "instance")
        target_type = self._note("nlb-target-type") or old
        if target_type not in ("instance", "ip"):
            raise ModelError(f'unsupported target type "{target_type}" for load balancer type external')
        number_ = target_port(port, target_type, self._service)
        health = self._health()
        checks = (health["HealthCheckProtocol"], health["HealthCheckIntervalSeconds"])
        resource = f"{self._namespace}/{self._name}:{port['port']}"
        parts = (self._account.cluster, self._uid, number_, port["port"], target_type, protocol, *checks)
        return TargetGroup(
            resource=resource,
            name=short_name(self._namespace, self._name, *parts),
            port=number_,
            protocol=protocol,
            target_type=target_type,
            service=named(self._service),
            service_port=port["port"],
            health=health,
            attributes={"proxy_protocol_v2.enabled": "true" if self._note("proxy-protocol") == "*" else "false"}
            | pairs(self._note("target-group-attributes")),
            tags=self._tags | self._stack.tags(self._account.cluster, resource),
        )

    def _health(self) -> dict[str, Any]:
        protocol = (self._note("healthcheck-protocol") or "TCP").upper()
        if protocol not in ("TCP", "HTTP", "HTTPS"):
            raise ModelError(f"unsupported health check protocol {protocol}")
        health = {
            "HealthCheckPort": self._note("healthcheck-port") or "traffic-port",
            "HealthCheckProtocol": protocol,
            "HealthCheckIntervalSeconds": number(self._note("healthcheck-interval"), 10),
            "HealthCheckTimeoutSeconds": number(self._note("healthcheck-timeout"), 10),
            "HealthyThresholdCount": number(self._note("healthcheck-healthy-threshold"), 3),
            "UnhealthyThresholdCount": number(self._note("healthcheck-unhealthy-threshold"), 3),
        }
        if protocol != "TCP":
            health["HealthCheckPath"] = self._note("healthcheck-path") or "/"
            health["Matcher"] = {"HttpCode": self._note("healthcheck-success-codes") or "200-399"}
        return health
