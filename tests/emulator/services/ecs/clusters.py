# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters."""

from __future__ import annotations

import re
from typing import Final

from tests.emulator.services.ecs.store import Cluster, EcsStore, listed, tags_of
from tests.emulator.wire import Document, Operation, error, page

_NAME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,254}")
_INSIGHTS: Final = ("enabled", "enhanced", "disabled")
_FARGATE: Final = ("FARGATE", "FARGATE_SPOT")
_INCLUDED: Final = {"SETTINGS": "settings", "CONFIGURATIONS": "configuration", "STATISTICS": "statistics", "ATTACHMENTS": "attachments"}


def _shown(store: EcsStore, cluster: Cluster, include: list[str]) -> Document:
    """Return a cluster with what was asked for; the rest of these is left out, as on AWS."""
    name = cluster.data["clusterName"]
    hidden = {key for word, key in _INCLUDED.items() if word not in include}
    services = store.of_cluster(name)
    answer = {key: value for key, value in cluster.data.items() if key not in hidden}
    answer["activeServicesCount"] = len(services)
    answer["runningTasksCount"] = sum(len(each.tasks) for each in services)
    answer["pendingTasksCount"] = sum(each.data["pendingCount"] for each in services)
    answer["registeredContainerInstancesCount"] = 0
    if "TAGS" in include:
        answer["tags"] = listed(cluster.tags)
    return answer


def _checked_settings(settings: list[Document]) -> list[Document]:
    for each in settings:
        if each["name"] == "containerInsights" and each["value"] not in _INSIGHTS:
            raise error("InvalidParameterException", f"Invalid value for containerInsights: {each['value']}")
    return settings


def _checked_providers(names: list[str]) -> list[str]:
    for name in names:
        if name not in _FARGATE:
            raise error(
                "InvalidParameterException", f"The specified capacity provider '{name}' was not found. Specify a valid name and retry."
            )
    return names


def _checked_strategy(strategy: list[Document], providers: list[str]) -> list[Document]:
    for each in strategy:
        if each["capacityProvider"] not in providers:
            message = f"The capacity provider {each['capacityProvider']} in the strategy is not associated with the cluster."
            raise error("InvalidParameterException", message)
    return [{"weight": 0, "base": 0, **each} for each in strategy]


def create_cluster(store: EcsStore, parameters: Document) -> Document:
    """Create a cluster; one of the name that is active is returned as it is."""
    name = parameters.get("clusterName") or "default"
    if not _NAME.fullmatch(name):
        raise error("InvalidParameterException", "Identifiers must contain only alphanumeric characters, hyphens and underscores.")
    known = store.clusters.get(name)
    if known is None or known.data["status"] == "INACTIVE":
        providers = _checked_providers(parameters.get("capacityProviders") or [])
        data = {
            "clusterArn": store.arn("cluster", name),
            "clusterName": name,
            "status": "ACTIVE",
            "settings": _checked_settings(parameters.get("settings") or [{"name": "containerInsights", "value": "disabled"}]),
            "configuration": parameters.get("configuration"),
            "statistics": [],
            "attachments": [],
            "capacityProviders": providers,
            "defaultCapacityProviderStrategy": _checked_strategy(parameters.get("defaultCapacityProviderStrategy") or [], providers),
        }
        known = store.clusters[name] = Cluster(data, tags_of(parameters))
    return {"cluster": _shown(store, known, ["SETTINGS", "TAGS"])}


def describe_clusters(store: EcsStore, parameters: Document) -> Document:
    """Describe clusters; what was deleted is INACTIVE, what never was is a failure."""
    found, failures = [], []
    for reference in parameters.get("clusters") or ["default"]:
        name = reference.rpartition("/")[2]
        if name in store.clusters:
            found.append(_shown(store, store.clusters[name], parameters.get("include") or []))
        else:
            failures.append({"arn": store.arn("cluster", name), "reason": "MISSING"})
    return {"clusters": found, "failures": failures}


def list_clusters(store: EcsStore, parameters: Document) -> Document:
    """List the ARNs of the clusters that are active."""
    arns = [each.data["clusterArn"] for each in store.clusters.values() if each.data["status"] != "INACTIVE"]
    items, token = page(arns, parameters)
    return {"clusterArns": items, "nextToken": token}


def update_cluster(store: EcsStore, parameters: Document) -> Document:
    """Change settings and configuration."""
    cluster = store.cluster(parameters["cluster"])
    if "settings" in parameters:
        cluster.data["settings"] = _checked_settings(parameters["settings"])
    if "configuration" in parameters:
        cluster.data["configuration"] = parameters["configuration"]
    return {"cluster": _shown(store, cluster, ["SETTINGS", "TAGS"])}


def put_cluster_capacity_providers(store: EcsStore, parameters: Document) -> Document:
    """Replace the capacity providers and the strategy."""
    cluster = store.cluster(parameters["cluster"])
    providers = _checked_providers(parameters["capacityProviders"])
    strategy = _checked_strategy(parameters["defaultCapacityProviderStrategy"], providers)
    used = {
        item["capacityProvider"]
        for each in store.of_cluster(cluster.data["clusterName"])
        for item in each.data.get("capacityProviderStrategy") or []
    }
    if used - set(providers):
        raise error("ResourceInUseException", "The specified capacity provider is in use and cannot be removed.")
    cluster.data.update(capacityProviders=providers, defaultCapacityProviderStrategy=strategy)
    return {"cluster": _shown(store, cluster, ["SETTINGS", "TAGS"])}


def delete_cluster(store: EcsStore, parameters: Document) -> Document:
    """Delete a cluster that nothing runs in."""
    cluster = store.cluster(parameters["cluster"])
    name = cluster.data["clusterName"]
    if any(each.data["status"] == "ACTIVE" for each in store.of_cluster(name)):
        raise error("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
    if any(each.tasks for each in store.of_cluster(name)):
        raise error("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
    cluster.data["status"] = "INACTIVE"
    return {"cluster": _shown(store, cluster, [])}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateCluster": create_cluster,
    "DescribeClusters": describe_clusters,
    "ListClusters": list_clusters,
    "UpdateCluster": update_cluster,
    "UpdateClusterSettings": update_cluster,
    "PutClusterCapacityProviders": put_cluster_capacity_providers,
    "DeleteCluster": delete_cluster,
}
