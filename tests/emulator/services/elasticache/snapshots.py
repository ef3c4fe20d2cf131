# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of caches."""

from __future__ import annotations

from typing import Final

from moto.core.utils import utcnow

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.elasticache.store import (
    Cluster,
    ElastiCacheStore,
    Group,
    Resource,
    bad_combination,
    marked,
    tags_of,
)
from tests.emulator.wire import Document, Operation, error

_KEYS: Final = (
    "CacheNodeType",
    "Engine",
    "EngineVersion",
    "NumCacheNodes",
    "PreferredAvailabilityZone",
    "CacheClusterCreateTime",
    "PreferredMaintenanceWindow",
    "CacheSubnetGroupName",
    "AutoMinorVersionUpgrade",
    "SnapshotRetentionLimit",
    "SnapshotWindow",
)


def take(
    store: ElastiCacheStore,
    name: str,
    cluster: Cluster,
    group: Group | None,
    tags: dict[str, str],
    key: str | None = None,
) -> Resource:
    """Make a snapshot of a cluster, or of the replication group that it is the primary of."""
    if name in store.snapshots:
        raise error("SnapshotAlreadyExistsFault", f"Snapshot with specified name already exists: {name}")
    if cluster.data["Engine"] == "memcached":
        raise error("SnapshotFeatureNotSupportedFault", "Snapshots are not supported for memcached.")
    now = utcnow()
    data: Document = {item: cluster.data[item] for item in _KEYS if item in cluster.data}
    data.update(
        {
            "SnapshotName": name,
            "SnapshotSource": "manual",
            "CacheParameterGroupName": cluster.data["CacheParameterGroup"]["CacheParameterGroupName"],
            "Port": cluster.nodes[0]["Endpoint"]["Port"],
            "VpcId": store.subnet_group(cluster.data["CacheSubnetGroupName"]).data["VpcId"]
            if "CacheSubnetGroupName" in cluster.data
            else "",
            "ARN": store.arn("snapshot", name),
            "DataTiering": "disabled",
            "NodeSnapshots": [
                {
                    "CacheClusterId": cluster.data["CacheClusterId"],
                    "CacheNodeId": "0001",
                    "CacheSize": "3 MB",
                    "CacheNodeCreateTime": cluster.data["CacheClusterCreateTime"],
                    "SnapshotCreateTime": now,
                }
            ],
        }
    )
    if group is not None:
        data["ReplicationGroupId"] = group.data["ReplicationGroupId"]
        data["ReplicationGroupDescription"] = group.data["Description"]
        data["AutomaticFailover"] = group.data["AutomaticFailover"]
        data["NumNodeGroups"] = 1
    else:
        data["CacheClusterId"] = cluster.data["CacheClusterId"]
    if key:
        data["KmsKeyId"] = key
    snapshot = Resource(data, Lifecycle("creating"), tags)
    snapshot.life.begin("creating", "elasticache.replication_group.modify", "available")
    store.snapshots[name] = snapshot
    return snapshot


def _render(snapshot: Resource) -> Document:
    return {**snapshot.data, "SnapshotStatus": snapshot.life.status}


def _find(store: ElastiCacheStore, name: str) -> Resource:
    if name not in store.snapshots:
        raise error("SnapshotNotFoundFault", f"{name} is either not present or not available.")
    return store.snapshots[name]


def create_snapshot(store: ElastiCacheStore, parameters: Document) -> Document:
    """Take a snapshot."""
    group_id, cluster_id = parameters.get("ReplicationGroupId"), parameters.get("CacheClusterId")
    if bool(group_id) == bool(cluster_id):
        raise bad_combination("Specify either ReplicationGroupId or CacheClusterId.")
    group = store.group(group_id) if group_id else None
    cluster = store.members(group)[0] if group else store.cluster(str(cluster_id))
    if cluster.life.status != "available":
        raise error("InvalidCacheClusterState", "Only an available cache can be snapshotted.")
    name = parameters["SnapshotName"]
    return {"Snapshot": _render(take(store, name, cluster, group, tags_of(parameters), parameters.get("KmsKeyId")))}


def describe_snapshots(store: ElastiCacheStore, parameters: Document) -> Document:
    """Return the snapshots that pass the filters."""
    if name := parameters.get("SnapshotName"):
        return {"Snapshots": [_render(_find(store, name))]}
    found = [
        _render(snapshot)
        for snapshot in store.snapshots.values()
        if all(parameters.get(key) in (None, snapshot.data.get(key)) for key in ("ReplicationGroupId", "CacheClusterId"))
    ]
    items, marker = marked(found, parameters)
    return {"Snapshots": items, "Marker": marker}


def copy_snapshot(store: ElastiCacheStore, parameters: Document) -> Document:
    """Copy a snapshot within the account."""
    source = _find(store, parameters["SourceSnapshotName"])
    name = parameters["TargetSnapshotName"]
    if name in store.snapshots:
        raise error("SnapshotAlreadyExistsFault", f"Snapshot with specified name already exists: {name}")
    data = {**source.data, "SnapshotName": name, "ARN": store.arn("snapshot", name)}
    store.snapshots[name] = Resource(data, Lifecycle("available"), tags_of(parameters))
    return {"Snapshot": _render(store.snapshots[name])}


def delete_snapshot(store: ElastiCacheStore, parameters: Document) -> Document:
    """Delete a snapshot."""
    snapshot = _find(store, parameters["SnapshotName"])
    del store.snapshots[parameters["SnapshotName"]]
    return {"Snapshot": {**snapshot.data, "SnapshotStatus": "deleting"}}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateSnapshot": create_snapshot,
    "DescribeSnapshots": describe_snapshots,
    "CopySnapshot": copy_snapshot,
    "DeleteSnapshot": delete_snapshot,
}
