# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings that AWS takes and a reviewer would question: warned of in a plan, never refused. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries

_EVERYONE: Final = frozenset({"0.0.0.0/0", "::/0"})
_CONTROLLER: Final = "aws_load_balancer_controller"
_FOR_EVERYONE: Final = frozenset({"80", "443"})


def check(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield weak settings: open to the world, one zone only, unencrypted, unprotected, served by nobody."""
    for cluster in entries(values, "eks_clusters"):
        open_to = _EVERYONE.intersection(cluster.get("public_access_cidrs") or ["0.0.0.0/0"])
        if cluster.get("endpoint_public_access", True) is not False and open_to:
            yield Finding(
                "eks_clusters", f"the API of {cluster.get('name')} is open to {', '.join(sorted(open_to))}", "Narrow public_access_cidrs"
            )
    for database in entries(values, "data_tier_databases"):
        who = database.get("identifier")
        if not database.get("multi_az"):
            yield Finding("data_tier_databases", f"{who} lies in a single zone", "Set multi_az")
        if database.get("deletion_protection") is False:
            yield Finding("data_tier_databases", f"{who} may be deleted without a further question", "Set deletion_protection")
        if database.get("storage_encrypted") is False:
            yield Finding("data_tier_databases", f"the storage of {who} is not encrypted", "Set storage_encrypted")
        if database.get("publicly_accessible"):
            yield Finding("data_tier_databases", f"{who} has a public address", "Leave publicly_accessible out")
    for cache in entries(values, "data_tier_caches"):
        who = cache.get("replication_group_id")
        if cache.get("transit_encryption") is False:
            yield Finding("data_tier_caches", f"{who} is spoken to without TLS", "Set transit_encryption")
        if int(cache.get("num_cache_clusters") or 1) < 2:
            yield Finding("data_tier_caches", f"{who} has a single node", "Set num_cache_clusters to 2 or more, and automatic_failover")
    for group in entries(values, "security_groups"):
        for rule in entries(group, "ingress"):
            ports = {str(port) for port in rule.get("ports") or ["every port"]}
            if _EVERYONE.intersection([*(rule.get("cidrs") or []), *(rule.get("ipv6_cidrs") or [])]) and not ports <= _FOR_EVERYONE:
                yield Finding(
                    "security_groups", f"{group.get('name')} lets the world in on {', '.join(sorted(ports))}", "Narrow the rule's cidrs"
                )
    yield from _unserved(values)


def _unserved(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the clusters whose ingresses or pods are to have a load balancer that no controller of the stack makes or leads to them."""
    pointed_to = {str(record["alias_load_balancer"]) for record in entries(values, "edge_records") if record.get("alias_load_balancer")}
    balancers = sorted(pointed_to - {str(balancer.get("name")) for balancer in entries(values, "edge_load_balancers")})
    named = " and ".join(balancers)
    platform = [item for item in entries(values, "helm_releases_platform") if item.get("name") == _CONTROLLER]
    served = {item.get("cluster") for item in platform if item.get("enabled", True)}
    clusters = dict.fromkeys(str(release["cluster"]) for release in entries(values, "helm_releases_list") if release.get("cluster"))
    for cluster in clusters if balancers else ():
        if cluster not in served:
            yield Finding(
                "helm_releases_platform",
                f"the ingresses of {cluster} are served by nobody until a controller makes {named}, which edge_records name",
                f"Enable {_CONTROLLER} for {cluster}, or install one by other means",
            )
    objects = entries(values, "helm_releases_manifests")
    bound = [item.get("cluster") for item in objects if (item.get("definition") or {}).get("kind") == "TargetGroupBinding"]
    for binding in dict.fromkeys(bound):
        if binding not in served:
            yield Finding(
                "helm_releases_manifests",
                f"the pods of {binding} become targets of no load balancer until a controller binds them",
                f"Enable {_CONTROLLER} for {binding} in helm_releases_platform, or install one by other means",
            )
