# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a resource is that a controller of a Kubernetes cluster may have made, judged by its tags.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Tags = Mapping[str, str]
Leftover = dict[str, Any]

LOAD_BALANCER_CONTROLLER: Final = "elbv2.k8s.aws/cluster"
NETWORK_ADDON: Final = "cluster.k8s.amazonaws.com/name"
NETWORK_ADDON_INSTANCE: Final = "node.k8s.amazonaws.com/instance_id"
EKS_ITSELF: Final = "aws:eks:cluster-name"
OURS: Final = "stratum:layer"

DELETION_ORDER: Final = (
    "load_balancer",
    "classic_load_balancer",
    "target_group",
    "network_interface",
    "security_group",
    "volume",
    "log_group",
)
"""What is used comes after what uses it."""


def made_by_controller(tags: Tags, cluster: str) -> bool:
    """Return whether a load balancer, target group or security group was made by a controller of the cluster.

    The group that EKS itself makes goes with the cluster, and a group that a layer made is that layer's to delete.
    """
    if tags.get(LOAD_BALANCER_CONTROLLER) == cluster:
        return True
    return tags.get(f"kubernetes.io/cluster/{cluster}") == "owned" and EKS_ITSELF not in tags and OURS not in tags


def left_interface(tags: Tags, cluster: str, in_own_vpc: bool) -> bool:
    """Return whether a free network interface was a node's of the cluster.

    Old versions of the add-on name only the instance: that counts where the VPC is known to be the cluster's.
    """
    if NETWORK_ADDON in tags:
        return tags[NETWORK_ADDON] == cluster
    return in_own_vpc and NETWORK_ADDON_INSTANCE in tags


def left_volume(tags: Tags, cluster: str) -> bool:
    """Return whether a volume was made for a claim in the cluster."""
    if tags.get(f"kubernetes.io/cluster/{cluster}") == "owned":
        return True
    return tags.get("ebs.csi.aws.com/cluster") == "true" and tags.get("KubernetesCluster") == cluster


def removable(found: list[Leftover], *, volumes: bool, log_group: bool = True) -> list[Leftover]:
    """Return what may be removed, in the order in which it can be; volumes and the log group only where wanted."""
    staying = {kind for kind, wanted in (("volume", volumes), ("log_group", log_group)) if not wanted}
    wanted = [item for item in found if item["kind"] not in staying]
    return sorted(wanted, key=lambda item: (DELETION_ORDER.index(item["kind"]), item["id"]))
