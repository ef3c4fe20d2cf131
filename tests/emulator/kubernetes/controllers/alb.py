# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ingresses of class `alb`: which belong together, and which load balancer they ask for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from tests.emulator.kubernetes.api import Object, annotations_of, finalizers, leaving, named

from .account import Account
from .alb_rules import Backends, conditions_of, path_patterns, sorted_paths
from .model import (
    Action,
    Listener,
    LoadBalancer,
    MissingServiceError,
    ModelError,
    Rule,
    Stack,
    TargetGroup,
    group_name,
    number,
    one,
    pairs,
    service_port,
    short_name,
    target_port,
    words,
)

PREFIX: Final = "alb.ingress.kubernetes.io/"
CONTROLLER: Final = "ingress.k8s.aws/alb"
FINALIZER: Final = "ingress.k8s.aws/resources"
GROUP_FINALIZER: Final = "group.ingress.k8s.aws/"
SSL_POLICY: Final = "ELBSecurityPolicy-2016-08"


def group_of(ingress: Object, classes: Iterable[Object]) -> str | None:
    """Return the group that an Ingress belongs to now; None for one that is another controller's, or leaves.

    The controller's class is `alb` even where no IngressClass of that name exists.
    """
    notes = annotations_of(ingress)
    wanted = notes.get("kubernetes.io/ingress.class") or ingress["spec"].get("ingressClassName")
    ours = {"alb", *(item["metadata"]["name"] for item in classes if item["spec"].get("controller") == CONTROLLER)}
    if leaving(ingress) or wanted not in ours:
        return None
    return notes.get(f"{PREFIX}group.name") or named(ingress)


def finalizer_of(group: str) -> str:
    """Return the finalizer that a group's members bear; a group that nobody named has its one member's name."""
    return FINALIZER if "/" in group else GROUP_FINALIZER + group


def groups_left(ingress: Object) -> list[str]:
    """Return the groups whose finalizer an Ingress bears."""
    found = [each.removeprefix(GROUP_FINALIZER) for each in finalizers(ingress) if each.startswith(GROUP_FINALIZER)]
    return [*found, named(ingress)] if FINALIZER in finalizers(ingress) else found


def ordered(members: Iterable[Object]) -> list[Object]:
    """Return a group's members in the order in which their rules count."""

    def place(ingress: Object) -> tuple[int, str]:
        return number(annotations_of(ingress).get(f"{PREFIX}group.order"), 0), named(ingress)

    return sorted(members, key=place)


class Builder:
    """Makes the model of one group's load balancer."""

    def __init__(self, account: Account, group: str, members: list[Object], service: Callable[[str], Object | None]) -> None:
        self._account = account
        self._group = group
        self._members = ordered(members)
        self._service = service
        self._stack = Stack("ingress", group)
        self._target_groups: dict[str, TargetGroup] = {}
        self._tags = self._group_tags()

    def build(self) -> LoadBalancer:
        """Return the model; ModelError says what is wrong with the objects."""
        scheme = self._one("scheme") or "internal"
        if scheme not in ("internal", "internet-facing"):
            raise ModelError(f"unknown scheme: {scheme}")
        name = self._one("load-balancer-name") or self._name(scheme)
        if len(name) > 32:
            raise ModelError(f"load balancer name cannot be longer than 32 characters: {name}")
        listeners = self._listeners()
        subnets = self._account.subnets(scheme, words(self._one("subnets")), 2)
        return LoadBalancer(
            stack=self._stack,
            name=name,
            kind="application",
            scheme=scheme,
            subnets=subnets,
            groups=words(self._one("security-groups")),
            group_name=self._name(),
            cidrs=words(self._one("inbound-cidrs")) or ["0.0.0.0/0"],
            attributes=self._merged_pairs("load-balancer-attributes"),
            tags=self._tags | self._stack.tags(self._account.cluster, "LoadBalancer"),
            listeners=listeners,
            target_groups=self._target_groups,
        )

    def _name(self, *more: str) -> str:
        parts = (self._account.cluster, self._group, *more)
        if "/" in self._group:
            return short_name(*self._group.split("/", 1), *parts)
        return group_name(self._group, *parts)

    def _one(self, key: str) -> str | None:
        return one(key, (annotations_of(member).get(PREFIX + key, "") for member in self._members))

    def _merged_pairs(self, key: str) -> dict[str, str]:
        merged: dict[str, str] = {}
        for member in self._members:
            for name, value in pairs(annotations_of(member).get(PREFIX + key)).items():
                if merged.setdefault(name, value) != value:
                    raise ModelError(f"conflicting {key} {name}: {merged[name]} | {value}")
        return merged

    def _group_tags(self) -> dict[str, str]:
        return self._merged_pairs("tags")

    # -- listeners -----------------------------------------------------------------------------------------

    def _listeners(self) -> list[Listener]:
        listening = {named(member): self._ports(member) for member in self._members}
        protocols: dict[int, str] = {}
        for ports in listening.values():
            for port, protocol in ports.items():
                if protocols.setdefault(port, protocol) != protocol:
                    raise ModelError(f"conflicting protocol for port {port}: {protocols[port]} | {protocol}")
        redirect = self._one("ssl-redirect")
        if redirect is not None and protocols.get(number(redirect, 0)) != "HTTPS":
            raise ModelError(f"listener does not exist for SSLRedirect port: {redirect}")
        result = []
        for port, protocol in sorted(protocols.items()):
            members = [member for member in self._members if port in listening[named(member)]]
            redirected = redirect is not None and protocol == "HTTP"
            listener = Listener(port, protocol, self._default(members, redirect if redirected else None))
            listener.tags = self._tags | self._stack.tags(self._account.cluster, str(port))
            if protocol == "HTTPS":
                listener.certificates = self._certificates(members)
                listener.ssl_policy = one("ssl-policy", (annotations_of(m).get(f"{PREFIX}ssl-policy", "") for m in members)) or SSL_POLICY
            if not redirected:
                listener.rules = [rule for member in members for rule in self._rules(member)]
            for place, rule in enumerate(listener.rules, start=1):
                rule.tags = self._tags | self._stack.tags(self._account.cluster, f"{port}:{place}")
            result.append(listener)
        return result

    def _ports(self, member: Object) -> dict[int, str]:
        notes = annotations_of(member)
        secure = bool(notes.get(f"{PREFIX}certificate-arn") or member["spec"].get("tls"))
        text = notes.get(f"{PREFIX}listen-ports")
        if text is None:
            return {443: "HTTPS"} if secure else {80: "HTTP"}
        try:
            ports = {int(port): str(protocol) for entry in json.loads(text) for protocol, port in entry.items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise ModelError(f"failed to parse listen-ports configuration: {text}: {error}") from error
        for port, protocol in ports.items():
            if protocol not in ("HTTP", "HTTPS") or not 1 <= port <= 65535:
                raise ModelError(f"listen port must be within [1, 65535] and protocol within [HTTP, HTTPS]: {protocol} {port}")
        if not ports:
            raise ModelError(f"empty listen-ports configuration: {text}")
        return ports

    def _certificates(self, members: list[Object]) -> list[str]:
        found: list[str] = []
        for member in members:
            arns = words(annotations_of(member).get(f"{PREFIX}certificate-arn"))
            if not arns:
                tls = [host for entry in member["spec"].get("tls") or [] for host in entry.get("hosts") or []]
                rules = [rule["host"] for rule in member["spec"].get("rules") or [] if rule.get("host")]
                arns = self._account.certificates(sorted({*tls, *rules}))
            found += [arn for arn in arns if arn not in found]
        if not found:
            raise ModelError("no certificate found: an HTTPS listener needs the annotation certificate-arn or a host")
        return found

    def _default(self, members: list[Object], redirect: str | None) -> list[Action]:
        if redirect is not None:
            return [{"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "Port": redirect, "StatusCode": "HTTP_301"}}]
        with_default = [member for member in members if member["spec"].get("defaultBackend")]
        if len(with_default) > 1:
            raise ModelError(f"multiple ingress defined default backend: [{' '.join(named(member) for member in with_default)}]")
        if with_default:
            return self._backends(with_default[0]).actions(with_default[0]["spec"]["defaultBackend"])
        return [{"Type": "fixed-response", "FixedResponseConfig": {"ContentType": "text/plain", "StatusCode": "404"}}]

    def _rules(self, member: Object) -> list[Rule]:
        backends = self._backends(member)
        result = []
        for rule in member["spec"].get("rules") or []:
            for path in sorted_paths((rule.get("http") or {}).get("paths") or []):
                hosts = [rule["host"]] if rule.get("host") else []
                conditions = conditions_of(hosts, path_patterns(path), backends.conditions(path["backend"]))
                result.append(Rule(conditions, backends.actions(path["backend"])))
        return result

    # -- target groups -------------------------------------------------------------------------------------

    def _backends(self, member: Object) -> Backends:
        return Backends(annotations_of(member), lambda name, port: self._target_group(member, name, port).reference)

    def _target_group(self, member: Object, service_name: str, port: int | str) -> TargetGroup:
        namespace, ingress = member["metadata"]["namespace"], member["metadata"]["name"]
        resource = f"{namespace}/{ingress}-{service_name}:{port}"
        if resource in self._target_groups:
            return self._target_groups[resource]
        service = self._service(f"{namespace}/{service_name}")
        if service is None:
            raise MissingServiceError(f'ingress: {namespace}/{ingress}: Service "{service_name}" not found')
        notes = {**annotations_of(member), **annotations_of(service)}
        target_type = notes.get(f"{PREFIX}target-type", "instance")
        if target_type not in ("instance", "ip"):
            raise ModelError(f"unknown targetType: {target_type}")
        protocol, version = notes.get(f"{PREFIX}backend-protocol", "HTTP"), notes.get(f"{PREFIX}backend-protocol-version", "HTTP1")
        found = service_port(service, port)
        number_ = target_port(found, target_type, service)
        parts = (self._account.cluster, self._group, namespace, ingress, service["metadata"]["uid"], port, number_, target_type)
        group = TargetGroup(
            resource=resource,
            name=short_name(namespace, service_name, *parts, protocol, version),
            port=number_,
            protocol=protocol,
            protocol_version=version,
            target_type=target_type,
            service=f"{namespace}/{service_name}",
            service_port=port,
            health=self._health(notes, protocol, service, target_type),
            attributes=pairs(notes.get(f"{PREFIX}target-group-attributes")),
            tags=self._tags | pairs(notes.get(f"{PREFIX}tags")) | self._stack.tags(self._account.cluster, resource),
        )
        self._target_groups[resource] = group
        return group

    @staticmethod
    def _health(notes: Mapping[str, str], protocol: str, service: Object, target_type: str) -> dict[str, Any]:
        def note(key: str, default: str) -> str:
            return notes.get(PREFIX + key, default)

        port = note("healthcheck-port", "traffic-port")
        if port != "traffic-port" and not port.isdecimal():
            port = str(target_port(service_port(service, port), target_type, service))
        return {
            "HealthCheckPort": port,
            "HealthCheckProtocol": note("healthcheck-protocol", protocol),
            "HealthCheckPath": note("healthcheck-path", "/"),
            "HealthCheckIntervalSeconds": number(notes.get(f"{PREFIX}healthcheck-interval-seconds"), 15),
            "HealthCheckTimeoutSeconds": number(notes.get(f"{PREFIX}healthcheck-timeout-seconds"), 5),
            "HealthyThresholdCount": number(notes.get(f"{PREFIX}healthy-threshold-count"), 2),
            "UnhealthyThresholdCount": number(notes.get(f"{PREFIX}unhealthy-threshold-count"), 2),
            "Matcher": {"HttpCode": note("success-codes", "200")},
        }
