# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cache clusters: those on their own, and how the members of replication groups are shown."""

from __future__ import annotations

from typing import Any, Final

from moto.core.utils import utcnow

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.elasticache import checks, engines, parameter_groups
from tests.emulator.services.elasticache.store import (
    Cluster,
    ElastiCacheStore,
    Resource,
    bad_combination,
    bad_value,
    marked,
    tags_of,
)
from tests.emulator.wire import Document, Operation, error

_PORTS: Final = {"redis": 6379, "valkey": 6379, "memcached": 11211}


def port_of(engine: str, wanted: int | None) -> int:
    """Return the port asked for, or the engine's own."""
    return wanted or _PORTS[engine]


def node(store: ElastiCacheStore, number: int, zone: str, address: list[str], port: int) -> Document:
    """Return one cache node as AWS shows it."""
    return {
        "CacheNodeId": f"{number:04}",
        "CacheNodeStatus": "available",
        "CacheNodeCreateTime": utcnow(),
        "Endpoint": {"Address": store.endpoint(*address), "Port": port},
        "ParameterGroupStatus": "in-sync",
        "CustomerAvailabilityZone": zone,
    }


def add(
    store: ElastiCacheStore,
    name: str,
    data: Document,
    nodes: list[Document],
    tags: dict[str, str],
    group_id: str | None = None,
) -> Cluster:
    """Make a cache cluster that is being created."""
    zones = {item["CustomerAvailabilityZone"] for item in nodes}
    shown: Document = {
        "CacheClusterId": name,
        "ClientDownloadLandingPage": "https://console.aws.amazon.com/elasticache/home#client-download:",
        "NumCacheNodes": len(nodes),
        "PreferredAvailabilityZone": zones.pop() if len(zones) == 1 else "Multiple",
        "CacheClusterCreateTime": utcnow(),
        "PendingModifiedValues": {},
        "CacheSecurityGroups": [],
        "ARN": store.arn("cluster", name),
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
        **data,
    }
    cluster = Cluster(shown, Lifecycle("creating"), tags, nodes, group_id)
    if group_id is not None:
        shown["ReplicationGroupId"] = group_id
    cluster.life.begin("creating", "elasticache.replication_group.create", "available")
    store.clusters[name] = cluster
    return cluster


def render(cluster: Cluster, *, nodes: bool) -> Document:
    """Return a cache cluster as a describe call shows it; nodes only on request."""
    shown = {**cluster.data, "CacheClusterStatus": cluster.life.status}
    if nodes:
        shown["CacheNodes"] = [{**item, "CacheNodeStatus": cluster.life.status} for item in cluster.nodes]
    if cluster.life.status == "creating":
        shown.pop("ConfigurationEndpoint", None)
    return shown


def settings(store: ElastiCacheStore, parameters: Document, engine: str) -> tuple[Document, Resource | None]:
    """Return what a cluster and a replication group are asked for in the same words."""
    subnet_group = checks.subnet_group(store, parameters.get("CacheSubnetGroupName"))
    data: Document = {
        "CacheNodeType": checks.node_type(store, parameters.get("CacheNodeType")),
        "Engine": engine,
        "AutoMinorVersionUpgrade": parameters.get("AutoMinorVersionUpgrade", True),
        "SecurityGroups": checks.security_groups(store, parameters.get("SecurityGroupIds"), subnet_group),
        "SnapshotRetentionLimit": checks.retention(parameters.get("SnapshotRetentionLimit")),
        **checks.schedule(parameters, {}),
    }
    if subnet_group is not None:
        data["CacheSubnetGroupName"] = subnet_group.data["CacheSubnetGroupName"]
    if topic := parameters.get("NotificationTopicArn"):
        data["NotificationConfiguration"] = {"TopicArn": topic, "TopicStatus": "active"}
    if engine == "memcached":
        if data.pop("SnapshotRetentionLimit"):
            raise bad_combination("Snapshots are not supported for memcached.")
        del data["SnapshotWindow"]
    return data, subnet_group


def create_cache_cluster(store: ElastiCacheStore, parameters: Document) -> Document:
    """Create a cluster of one Redis or Valkey node, or of memcached nodes."""
    name = checks.identifier(parameters["CacheClusterId"], "CacheClusterId", 50)
    if name in store.clusters:
        raise error("CacheClusterAlreadyExists", "Cache cluster with specified ID already exists.")
    if parameters.get("ReplicationGroupId"):
        raise bad_combination("Add replicas to a replication group with IncreaseReplicaCount.")
    engine = parameters.get("Engine") or "memcached"
    version = engines.resolve(engine, parameters.get("EngineVersion"))
    count = parameters.get("NumCacheNodes") or 1
    if engine != "memcached" and count != 1:
        raise bad_value(f"NumCacheNodes should be 1 if engine is {engine}")
    if not 1 <= count <= 40:
        raise bad_value("Cannot create more than 40 nodes")
    data, subnet_group = settings(store, parameters, engine)
    data["EngineVersion"] = version
    group_name = parameter_groups.choose(store, parameters.get("CacheParameterGroupName"), engine, version, cluster_mode=False)
    data["CacheParameterGroup"] = _in_sync(group_name)
    encrypted = parameters.get("TransitEncryptionEnabled", False)
    if parameters.get("AuthToken") and not encrypted:
        raise bad_combination("AuthToken can only be used with TransitEncryptionEnabled.")
    data.update(
        {
            "AuthTokenEnabled": bool(parameters.get("AuthToken")),
            "TransitEncryptionEnabled": encrypted,
            "AtRestEncryptionEnabled": False,
        }
    )
    wanted = parameters.get("PreferredAvailabilityZones")
    if parameters.get("PreferredAvailabilityZone"):
        wanted = [parameters["PreferredAvailabilityZone"]] * count
    elif not wanted and parameters.get("AZMode") != "cross-az":
        # Without a word about zones, all nodes are in one.
        wanted = checks.place(None, 1, subnet_group, "PreferredAvailabilityZones") * count
    zones = checks.place(wanted, count, subnet_group, "PreferredAvailabilityZones")
    port = port_of(engine, parameters.get("Port"))
    nodes = [node(store, number, zone, [name, store.domain, f"{number:04}"], port) for number, zone in enumerate(zones, start=1)]
    if engine == "memcached":
        data["ConfigurationEndpoint"] = {"Address": store.endpoint(name, store.domain, "cfg"), "Port": port}
    cluster = add(store, name, data, nodes, tags_of(parameters))
    return {"CacheCluster": render(cluster, nodes=False)}


def _in_sync(name: str) -> Document:
    return {"CacheParameterGroupName": name, "ParameterApplyStatus": "in-sync", "CacheNodeIdsToReboot": []}


def describe_cache_clusters(store: ElastiCacheStore, parameters: Document) -> Document:
    """Return one cluster or all of them."""
    nodes = bool(parameters.get("ShowCacheNodeInfo"))
    if name := parameters.get("CacheClusterId"):
        return {"CacheClusters": [render(store.cluster(name), nodes=nodes)]}
    found = [
        render(cluster, nodes=nodes)
        for cluster in store.clusters.values()
        if cluster.group_id is None or not parameters.get("ShowCacheClustersNotInReplicationGroups")
    ]
    items, marker = marked(found, parameters)
    return {"CacheClusters": items, "Marker": marker}


def apply_settings(store: ElastiCacheStore, data: Document, parameters: Document) -> None:
    """Apply the changes that AWS makes at once, whatever ApplyImmediately says."""
    if ids := parameters.get("SecurityGroupIds"):
        group = store.subnet_groups.get(data.get("CacheSubnetGroupName", ""))
        data["SecurityGroups"] = checks.security_groups(store, ids, group)
    if "SnapshotRetentionLimit" in parameters:
        data["SnapshotRetentionLimit"] = checks.retention(parameters["SnapshotRetentionLimit"])
    if parameters.get("PreferredMaintenanceWindow") or parameters.get("SnapshotWindow"):
        chosen = checks.schedule(parameters, data)
        data.update(chosen if data["Engine"] != "memcached" else {"PreferredMaintenanceWindow": chosen["PreferredMaintenanceWindow"]})
    if "AutoMinorVersionUpgrade" in parameters:
        data["AutoMinorVersionUpgrade"] = parameters["AutoMinorVersionUpgrade"]
    if topic := parameters.get("NotificationTopicArn"):
        status = parameters.get("NotificationTopicStatus", "active")
        data["NotificationConfiguration"] = {"TopicArn": topic, "TopicStatus": status}


def newer(engine: str, current: str, wanted: str) -> str:
    """Return the version asked for unless it is older than the current one."""
    version = engines.resolve(engine, wanted)
    if engines.order(version) < engines.order(current):
        raise bad_combination(f"Cannot modify engine version {current} to an older version {version}.")
    return version


def modify_cache_cluster(store: ElastiCacheStore, parameters: Document) -> Document:
    """Change a cluster of its own; size and version wait for ApplyImmediately."""
    cluster = store.cluster(parameters["CacheClusterId"])
    name = cluster.data["CacheClusterId"]
    if cluster.group_id is not None:
        raise bad_combination(f"Cache cluster {name} is part of a replication group; modify the replication group.")
    checks.available(cluster, "Cache cluster", name)
    data = cluster.data
    later: Document = {}
    if version := parameters.get("EngineVersion"):
        version = newer(data["Engine"], data["EngineVersion"], version)
        if version != data["EngineVersion"]:
            later["EngineVersion"] = version
    if kind := parameters.get("CacheNodeType"):
        later["CacheNodeType"] = checks.node_type(store, kind)
    if group_name := parameters.get("CacheParameterGroupName"):
        after = str(later.get("EngineVersion", data["EngineVersion"]))
        data["CacheParameterGroup"] = _in_sync(parameter_groups.choose(store, group_name, data["Engine"], after, cluster_mode=False))
    elif later.get("EngineVersion"):
        _keep_default_group(cluster, later)
    count = parameters.get("NumCacheNodes") or data["NumCacheNodes"]
    removed = parameters.get("CacheNodeIdsToRemove") or []
    if count < data["NumCacheNodes"] and len(removed) != data["NumCacheNodes"] - count:
        raise bad_combination("Cache node ids to remove must match the number of nodes to remove.")
    if count != data["NumCacheNodes"]:
        if data["Engine"] != "memcached":
            raise bad_value(f"NumCacheNodes should be 1 if engine is {data['Engine']}")
        later["NumCacheNodes"] = count
    apply_settings(store, data, parameters)
    if later and not parameters.get("ApplyImmediately"):
        data["PendingModifiedValues"] = later
        return {"CacheCluster": render(cluster, nodes=False)}

    def apply() -> None:
        data.update(later)
        data["PendingModifiedValues"] = {}
        _resize(store, cluster, count, removed)

    cluster.life.begin("modifying", "elasticache.replication_group.modify", "available", apply)
    return {"CacheCluster": render(cluster, nodes=False)}


def _keep_default_group(cluster: Cluster, later: Document) -> None:
    """Move a cluster with a default parameter group to that of its new version."""
    current = cluster.data["CacheParameterGroup"]["CacheParameterGroupName"]
    family = engines.family(cluster.data["Engine"], later["EngineVersion"])
    if current.startswith("default."):
        suffix = ".cluster.on" if current.endswith(".cluster.on") else ""
        later["CacheParameterGroup"] = _in_sync(f"default.{family}{suffix}")
    elif engines.family(cluster.data["Engine"], cluster.data["EngineVersion"]) != family:
        raise bad_combination(f"A parameter group of family {family} must be specified for the new version.")


def _resize(store: ElastiCacheStore, cluster: Cluster, count: int, removed: list[str]) -> None:
    cluster.nodes = [item for item in cluster.nodes if item["CacheNodeId"] not in removed]
    numbers = {int(item["CacheNodeId"]) for item in cluster.nodes}
    name = cluster.data["CacheClusterId"]
    while len(cluster.nodes) < count:
        number = min(set(range(1, 100)) - numbers)
        numbers.add(number)
        first: Any = cluster.nodes[0]
        address = [name, store.domain, f"{number:04}"]
        cluster.nodes.append(node(store, number, first["CustomerAvailabilityZone"], address, first["Endpoint"]["Port"]))


def reboot_cache_cluster(store: ElastiCacheStore, parameters: Document) -> Document:
    """Restart nodes of a cluster."""
    cluster = store.cluster(parameters["CacheClusterId"])
    checks.available(cluster, "Cache cluster", parameters["CacheClusterId"])
    cluster.life.begin("rebooting cache cluster nodes", "elasticache.replication_group.modify", "available")
    return {"CacheCluster": render(cluster, nodes=False)}


def delete_cache_cluster(store: ElastiCacheStore, parameters: Document) -> Document:
    """Begin to delete a cluster of its own, with a last snapshot where asked for."""
    from tests.emulator.services.elasticache import snapshots

    cluster = store.cluster(parameters["CacheClusterId"])
    name = cluster.data["CacheClusterId"]
    if cluster.group_id is not None:
        raise error(
            "InvalidCacheClusterState",
            f"Cache cluster {name} is a member of replication group {cluster.group_id}; "
            "use DecreaseReplicaCount or DeleteReplicationGroup.",
        )
    checks.available(cluster, "Cache cluster", name)
    if final := parameters.get("FinalSnapshotIdentifier"):
        snapshots.take(store, final, cluster, None, {})

    def gone() -> None:
        del store.clusters[name]

    cluster.life.begin("deleting", "elasticache.replication_group.delete", "deleting", gone)
    return {"CacheCluster": render(cluster, nodes=False)}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateCacheCluster": create_cache_cluster,
    "DescribeCacheClusters": describe_cache_clusters,
    "ModifyCacheCluster": modify_cache_cluster,
    "RebootCacheCluster": reboot_cache_cluster,
    "DeleteCacheCluster": delete_cache_cluster,
}
