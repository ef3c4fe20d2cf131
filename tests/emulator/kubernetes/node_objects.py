# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Node objects that EKS node groups stand for. Nothing here talks to the API; `nodes` does.

A node's name, address and instance id follow from its node group, so that the same groups give the same nodes. A group
whose version, release, instance type or launch template changes gets other nodes, as on EKS; no EC2 instances stand behind them.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .capacity import offer

NODEGROUP_LABEL: Final = "eks.amazonaws.com/nodegroup"
_TAINTS: Final = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
# States of a node group in which there is no node, or none any more.
_WITHOUT_NODES: Final = frozenset({"CREATE_FAILED", "DELETING", "DELETE_FAILED"})
# AWS keeps the first four addresses of a subnet and the last.
_KEPT_ADDRESSES: Final = 4
_DEFAULT_TYPE: Final = "t3.medium"

type Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subnet:
    """Where nodes are: a subnet's availability zone and IPv4 network."""

    zone: str
    cidr: str


def nodes_of(groups: Iterable[Mapping[str, Any]], subnets: Mapping[str, Subnet], *, region: str, kubelet_port: int) -> list[Document]:
    """Return the nodes of these node groups, which are documents as DescribeNodegroup gives them.

    The nodes of a group are spread evenly over its subnets, by their order. `subnets` holds them by id; an unknown one
    is left out, and a group without any known subnet has no nodes.
    """
    nodes: list[Document] = []
    taken: set[str] = set()
    for group in sorted(groups, key=lambda group: str(group["nodegroupName"])):
        places = [subnets[subnet] for subnet in group["subnets"] if subnet in subnets]
        if not places or group.get("status") in _WITHOUT_NODES:
            continue
        generation = _generation(group)
        for number in range(group["scalingConfig"]["desiredSize"]):
            place = places[number % len(places)]
            digest = hashlib.sha256(f"{generation} {number}".encode()).hexdigest()
            address = _address(place.cidr, int(digest, 16), taken)
            nodes.append(_node(group, place, region=region, address=address, instance=f"i-{digest[:17]}", kubelet_port=kubelet_port))
    return nodes


def _generation(group: Mapping[str, Any]) -> str:
    """Return what makes a group's nodes what they are: another value means other nodes."""
    template = group.get("launchTemplate") or {}
    kind = (
        group.get("nodegroupArn"),
        group.get("version"),
        group.get("releaseVersion"),
        group.get("instanceTypes"),
        template.get("version"),
    )
    return f"{group['nodegroupName']} {kind}"


def _address(cidr: str, seed: int, taken: set[str]) -> str:
    """Return an address of the subnet that is not taken, and take it; the seed says where to look first."""
    network = ipaddress.ip_network(cidr)
    usable = network.num_addresses - _KEPT_ADDRESSES - 1
    for step in range(usable):
        address = str(network[_KEPT_ADDRESSES + (seed + step) % usable])
        if address not in taken:
            taken.add(address)
            return address
    raise ValueError(f"{cidr} has no address left for a node")


def _node(group: Mapping[str, Any], place: Subnet, *, region: str, address: str, instance: str, kubelet_port: int) -> Document:
    instance_type = (group.get("instanceTypes") or [_DEFAULT_TYPE])[0]
    offered = offer(instance_type)
    disk = group.get("diskSize") or 20
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    name = f"ip-{address.replace('.', '-')}.{domain}"
    labels = {
        "beta.kubernetes.io/arch": offered.architecture,
        "beta.kubernetes.io/instance-type": instance_type,
        "beta.kubernetes.io/os": "linux",
        "eks.amazonaws.com/capacityType": group.get("capacityType", "ON_DEMAND"),
        NODEGROUP_LABEL: group["nodegroupName"],
        "failure-domain.beta.kubernetes.io/region": region,
        "failure-domain.beta.kubernetes.io/zone": place.zone,
        "kubernetes.io/arch": offered.architecture,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": instance_type,
        "topology.ebs.csi.aws.com/zone": place.zone,
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": place.zone,
        **(group.get("labels") or {}),
    }
    spec: Document = {"providerID": f"aws:///{place.zone}/{instance}"}
    if taints := [_taint(taint) for taint in group.get("taints") or []]:
        spec["taints"] = taints
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "spec": spec,
        "status": {
            "addresses": [
                {"type": "InternalIP", "address": address},
                {"type": "InternalDNS", "address": name},
                {"type": "Hostname", "address": name},
                # Not on EKS: where the API server asks for logs (see parts.py).
                {"type": "ExternalDNS", "address": "localhost"},
            ],
            "capacity": offered.capacity(disk),
            "allocatable": offered.allocatable(disk),
            "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet_port}},
            "nodeInfo": {
                "architecture": offered.architecture,
                "bootID": "",
                "containerRuntimeVersion": "kwok://0.8.0",
                "kernelVersion": "",
                "kubeProxyVersion": "",
                "kubeletVersion": _kubelet_version(group),
                "machineID": "",
                "operatingSystem": "linux",
                "osImage": str(group.get("amiType", "")),
                "systemUUID": instance,
            },
        },
    }


def _taint(taint: Mapping[str, Any]) -> Document:
    """Return EKS's form of a taint in Kubernetes's."""
    return {"key": taint["key"], "effect": _TAINTS[taint["effect"]]} | ({"value": taint["value"]} if taint.get("value") else {})


def _kubelet_version(group: Mapping[str, Any]) -> str:
    """Return the version that nodes of this group show: of its release `1.33.3-20250715`, or of the group's version."""
    release = str(group.get("releaseVersion", "")).partition("-")[0]
    return f"v{release if release.count('.') == 2 else group.get('version', '0.0') + '.0'}-eks"
