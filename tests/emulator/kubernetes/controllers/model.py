# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a load balancer in front of a cluster shall be, before anything in the account is looked at.

Names and tags are those that the AWS Load Balancer Controller gives.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.emulator.kubernetes.api import Object

CLUSTER_TAG: Final = "elbv2.k8s.aws/cluster"
HIGHEST: Final = 1
"""The port of a target group whose targets all have a port of their own."""

Action = dict[str, Any]


class ModelError(Exception):
    """Why no load balancer can be made of what the cluster's objects say."""


class MissingServiceError(ModelError):
    """A Service that an Ingress names does not exist."""


@dataclass(frozen=True, slots=True)
class Stack:
    """What is made and goes together: that of a group of Ingresses, or of a Service."""

    kind: str
    """`ingress` or `service`."""

    name: str

    def tags(self, cluster: str, resource: str) -> dict[str, str]:
        """Return the tags of a resource of the stack."""
        prefix = f"{self.kind}.k8s.aws"
        return {CLUSTER_TAG: cluster, f"{prefix}/stack": self.name, f"{prefix}/resource": resource}

    def owns(self, tags: Mapping[str, str], cluster: str) -> bool:
        """Return whether what bears these tags belongs to the stack."""
        return tags.get(CLUSTER_TAG) == cluster and tags.get(f"{self.kind}.k8s.aws/stack") == self.name


@dataclass(slots=True)
class TargetGroup:
    """A port of a Service behind a load balancer."""

    resource: str
    name: str
    port: int
    protocol: str
    target_type: str
    service: str
    service_port: int | str
    health: dict[str, Any]
    """The arguments of CreateTargetGroup and ModifyTargetGroup about health checks."""

    protocol_version: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """What stands for its ARN in an action."""
        return f"@{self.resource}"


@dataclass(slots=True)
class Rule:
    """A listener's rule; its priority is its place."""

    conditions: list[dict[str, Any]]
    actions: list[Action]
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Listener:
    """A port of a load balancer."""

    port: int
    protocol: str
    actions: list[Action]
    certificates: list[str] = field(default_factory=list)
    ssl_policy: str | None = None
    rules: list[Rule] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class LoadBalancer:
    """A load balancer with all that belongs to it."""

    stack: Stack
    name: str
    kind: str
    """`application` or `network`."""

    scheme: str
    subnets: list[str]
    groups: list[str]
    """Security groups that somebody named, which then are all; none: one is made."""

    group_name: str
    cidrs: list[str]
    """From where the group that is made lets in."""

    attributes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    listeners: list[Listener] = field(default_factory=list)
    target_groups: dict[str, TargetGroup] = field(default_factory=dict)


def digest(*parts: object) -> str:
    """Return ten hexadecimal digits that follow from the parts."""
    return hashlib.sha256("".join(str(part) for part in parts).encode()).hexdigest()[:10]


def short_name(namespace: str, name: str, *parts: object) -> str:
    """Return the controller's name for something of a Kubernetes object, at most 32 characters."""
    return f"k8s-{_letters(namespace)[:8]}-{_letters(name)[:8]}-{digest(*parts)}"


def group_name(name: str, *parts: object) -> str:
    """Return the controller's name for something of a named group of Ingresses."""
    return f"k8s-{_letters(name)[:17]}-{digest(*parts)}"


def backend_group_name(cluster: str) -> str:
    """Return the name of the security group that all load balancers of a cluster share towards the pods."""
    return f"k8s-traffic-{_letters(cluster)[:232]}-{digest(cluster)}"


def _letters(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)


def words(text: str | None) -> list[str]:
    """Return the members of an annotation that is a list."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def pairs(text: str | None) -> dict[str, str]:
    """Return the members of an annotation such as `a=b,c=d`; ModelError on one that is no pair."""
    found: dict[str, str] = {}
    for word in words(text):
        key, separator, value = word.partition("=")
        if not separator or not key:
            raise ModelError(f"failed to parse stringMap annotation: {text}")
        found[key.strip()] = value.strip()
    return found


def number(text: str | None, default: int) -> int:
    """Return an annotation that is a whole number."""
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise ModelError(f"failed to parse int64 annotation: {text}") from None


def service_port(service: Object, port: int | str) -> Object:
    """Return the port of a Service by its number or name."""
    for candidate in service["spec"].get("ports") or []:
        if port in (candidate["port"], candidate.get("name")) or str(port) == str(candidate["port"]):
            return dict(candidate)
    metadata = service["metadata"]
    raise ModelError(f"unable to find port {port} on service {metadata['namespace']}/{metadata['name']}")


def target_port(port: Object, target_type: str, service: Object) -> int:
    """Return the port that a target group gets; each target is registered with its own."""
    if target_type == "instance":
        if not port.get("nodePort"):
            name = f"{service['metadata']['namespace']}/{service['metadata']['name']}"
            raise ModelError(
                f"TargetGroup port is empty. When using Instance targets, service {name} must be of type NodePort or LoadBalancer"
            )
        return int(port["nodePort"])
    wanted = port.get("targetPort", port["port"])
    return wanted if isinstance(wanted, int) else HIGHEST


def one(what: str, values: Iterable[str]) -> str | None:
    """Return the value on which the members of a group agree, None when nobody says one; ModelError where they differ."""
    found = sorted({value for value in values if value})
    if len(found) > 1:
        raise ModelError(f"conflicting {what}: [{' '.join(found)}]")
    return found[0] if found else None
