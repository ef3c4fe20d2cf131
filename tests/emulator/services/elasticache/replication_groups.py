# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replication groups: create, describe, delete, and the members behind them."""

from __future__ import annotations

from typing import Final

from moto.core.utils import utcnow
from moto.logs.models import logs_backends

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.elasticache import checks, clusters, engines, parameter_groups, snapshots
from tests.emulator.services.elasticache.store import (
    Cluster,
    ElastiCacheStore,
    Group,
    bad_combination,
    bad_value,
    marked,
    tags_of,
)
from tests.emulator.wire import Document, Operation, error

_SLOTS: Final = 16384
_DELIVERY_KEYS: Final = ("LogType", "DestinationType", "DestinationDetails", "LogFormat")


def check_token(token: str) -> str:
    """Return an AUTH token that is long enough and that Redis can be sent."""
    if not 16 <= len(token) <= 128 or any(not 33 <= ord(char) <= 126 or char in '"/@' for char in token):
        raise bad_value("Invalid AuthToken provided. A token must have 16 to 128 printable characters without '/', '\"' and '@'.")
    return token


def log_deliveries(store: ElastiCacheStore, wanted: list[Document]) -> list[Document]:
    """Return log deliveries as AWS shows them; a destination that does not exist is an error there."""
    known = logs_backends[store.account_id][store.region].groups
    shown = []
    for item in wanted:
        if item.get("Enabled") is False:
            continue
        delivery: Document = {key: item[key] for key in _DELIVERY_KEYS if key in item}
        group = item.get("DestinationDetails", {}).get("CloudWatchLogsDetails", {}).get("LogGroup")
        delivery["Status"] = "active"
        if item.get("DestinationType") == "cloudwatch-logs" and group not in known:
            delivery["Status"] = "error"
            delivery["Message"] = f"The log group {group} does not exist."
        shown.append(delivery)
    return shown


def _shape(parameters: Document) -> tuple[int, int]:
    """Return the number of node groups and of nodes in each."""
    total = parameters.get("NumCacheClusters")
    replicas = parameters.get("ReplicasPerNodeGroup")
    configured = parameters.get("NodeGroupConfiguration") or []
    shards = parameters.get("NumNodeGroups") or len(configured) or 1
    if total is not None and (replicas is not None or shards > 1):
        raise bad_combination("Cannot specify both NumCacheClusters and NumNodeGroups or ReplicasPerNodeGroup.")
    if total is not None:
        if not 1 <= total <= 6:
            raise bad_value("NumCacheClusters must be between 1 and 6.")
        return 1, total
    if replicas is None and configured:
        replicas = configured[0].get("ReplicaCount")
    if not 0 <= (replicas or 0) <= 5:
        raise bad_value("ReplicasPerNodeGroup must be between 0 and 5.")
    return shards, 1 + (replicas or 0)


def check_failover(*, failover: bool, multi_az: bool, nodes: int, cluster_mode: bool, zones: int) -> None:
    """Fail unless failover, zones and the number of nodes go together."""
    if cluster_mode and not failover:
        raise bad_value("Redis with cluster mode enabled cannot be created with auto failover turned off.")
    if failover and not cluster_mode and nodes < 2:
        raise bad_combination("When using automatic failover, there must be at least 2 cache clusters in the replication group.")
    if multi_az and not failover:
        raise bad_combination("Multi-AZ can only be enabled when automatic failover is enabled.")
    if multi_az and nodes < 2:
        raise bad_combination("Multi-AZ requires at least one replica in each node group.")
    if multi_az and zones < 2:
        raise bad_combination("Multi-AZ requires a cache subnet group with subnets in at least two Availability Zones.")


def create_replication_group(store: ElastiCacheStore, parameters: Document) -> Document:
    """Create a replication group and the cache clusters that are its members."""
    name = checks.identifier(parameters["ReplicationGroupId"], "ReplicationGroupId", 40)
    if name in store.groups:
        raise error("ReplicationGroupAlreadyExists", f"Replication group {name} already exists.")
    engine = parameters.get("Engine") or "redis"
    if engine == "memcached":
        raise bad_value("Invalid value for parameter Engine: memcached does not support replication groups.")
    version = engines.resolve(engine, parameters.get("EngineVersion"))
    shards, nodes = _shape(parameters)
    wanted_group = parameters.get("CacheParameterGroupName")
    cluster_mode = shards > 1 or parameters.get("ClusterMode") == "enabled" or parameter_groups.cluster_enabled(store, wanted_group)
    shared, subnet_group = clusters.settings(store, parameters, engine)
    failover = parameters.get("AutomaticFailoverEnabled", cluster_mode)
    multi_az = parameters.get("MultiAZEnabled", False)
    check_failover(
        failover=failover,
        multi_az=multi_az,
        nodes=nodes,
        cluster_mode=cluster_mode,
        zones=len(checks.zones(subnet_group)),
    )
    tls = parameters.get("TransitEncryptionEnabled", False)
    token = parameters.get("AuthToken")
    if token and not tls:
        raise bad_combination("AuthToken can only be used with TransitEncryptionEnabled.")
    if parameters.get("TransitEncryptionMode") and not tls:
        raise bad_combination("TransitEncryptionMode can only be used with TransitEncryptionEnabled.")
    at_rest = parameters.get("AtRestEncryptionEnabled", False)
    if parameters.get("KmsKeyId") and not at_rest:
        raise bad_combination("KmsKeyId can only be used with AtRestEncryptionEnabled.")
    parameter_group = parameter_groups.choose(store, wanted_group, engine, version, cluster_mode=cluster_mode)
    data: Document = {
        "ReplicationGroupId": name,
        "Description": parameters["ReplicationGroupDescription"],
        "GlobalReplicationGroupInfo": {},
        "PendingModifiedValues": {},
        "AutomaticFailover": "enabled" if failover else "disabled",
        "MultiAZ": "enabled" if multi_az else "disabled",
        "ClusterEnabled": cluster_mode,
        "ClusterMode": "enabled" if cluster_mode else "disabled",
        "AuthTokenEnabled": bool(token),
        "TransitEncryptionEnabled": tls,
        "AtRestEncryptionEnabled": at_rest,
        "ARN": store.arn("replicationgroup", name),
        "ReplicationGroupCreateTime": utcnow(),
        "DataTiering": "enabled" if parameters.get("DataTieringEnabled") else "disabled",
        "NetworkType": "ipv4",
        "IpDiscovery": "ipv4",
        "UserGroupIds": parameters.get("UserGroupIds") or [],
    }
    if tls:
        data["TransitEncryptionMode"] = parameters.get("TransitEncryptionMode") or "required"
    if parameters.get("KmsKeyId"):
        data["KmsKeyId"] = parameters["KmsKeyId"]
    if token:
        data["AuthTokenLastModifiedDate"] = utcnow()
    deliveries = log_deliveries(store, parameters.get("LogDeliveryConfigurations") or [])
    group = Group(
        data={**data, **shared},
        life=Lifecycle("creating"),
        tags=tags_of(parameters),
        parameter_group=parameter_group,
        engine_version=version,
        port=clusters.port_of(engine, parameters.get("Port")),
        token=check_token(token) if token else None,
        log_deliveries=deliveries,
    )
    zones = _zones(parameters, shards, nodes, subnet_group)
    for shard in range(1, shards + 1):
        for number in range(1, nodes + 1):
            add_member(store, group, shard, number, zones[(shard - 1) * nodes + number - 1])
    store.groups[name] = group
    group.life.begin("creating", "elasticache.replication_group.create", "available")
    return {"ReplicationGroup": render(store, group)}


def _zones(parameters: Document, shards: int, nodes: int, subnet_group: object) -> list[str]:
    wanted = parameters.get("PreferredCacheClusterAZs")
    if configured := parameters.get("NodeGroupConfiguration"):
        listed = [
            zone for item in configured for zone in [item.get("PrimaryAvailabilityZone"), *(item.get("ReplicaAvailabilityZones") or [])]
        ]
        wanted = listed if all(listed) and len(listed) == shards * nodes else wanted
    if wanted or shards == 1:
        return checks.place(wanted, shards * nodes, subnet_group, "PreferredCacheClusterAZs")  # type: ignore[arg-type]
    one = checks.place(None, nodes, subnet_group, "PreferredCacheClusterAZs")  # type: ignore[arg-type]
    return one * shards


def add_member(store: ElastiCacheStore, group: Group, shard: int, number: int, zone: str) -> Cluster:
    """Make the cache cluster of one node of a replication group."""
    data = group.data
    name = data["ReplicationGroupId"]
    cluster_id = f"{name}-{shard:04}-{number:03}" if data["ClusterEnabled"] else f"{name}-{number:03}"
    # With TLS the certificate is for *.<group>.<domain>, so the names are the other way round.
    address = [cluster_id, name, store.domain] if data["TransitEncryptionEnabled"] else [cluster_id, store.domain, "0001"]
    if cluster_id in store.clusters:
        raise error("CacheClusterAlreadyExists", f"Cache cluster {cluster_id} already exists.")
    node = clusters.node(store, 1, zone, address, group.port)
    member = clusters.add(store, cluster_id, {}, [node], dict(group.tags), name)
    mirror(group, member)
    return member


def mirror(group: Group, member: Cluster) -> None:
    """Bring a member's own description up to its group's."""
    keys = (
        "CacheNodeType",
        "Engine",
        "AutoMinorVersionUpgrade",
        "SecurityGroups",
        "SnapshotRetentionLimit",
        "SnapshotWindow",
        "PreferredMaintenanceWindow",
        "CacheSubnetGroupName",
        "NotificationConfiguration",
        "AuthTokenEnabled",
        "AuthTokenLastModifiedDate",
        "TransitEncryptionEnabled",
        "TransitEncryptionMode",
        "AtRestEncryptionEnabled",
    )
    member.data.update({key: group.data[key] for key in keys if key in group.data})
    member.data["EngineVersion"] = group.engine_version
    member.data["CacheParameterGroup"] = {
        "CacheParameterGroupName": group.parameter_group,
        "ParameterApplyStatus": "in-sync",
        "CacheNodeIdsToReboot": [],
    }
    member.data["ReplicationGroupLogDeliveryEnabled"] = bool(group.log_deliveries)
    member.data["LogDeliveryConfigurations"] = group.log_deliveries


def shard_of(group: Group, member: Cluster) -> str:
    """Return the id of the node group that a member is in."""
    rest = str(member.data["CacheClusterId"]).removeprefix(group.data["ReplicationGroupId"] + "-")
    return rest.split("-")[0] if group.data["ClusterEnabled"] else "0001"


def _endpoint(store: ElastiCacheStore, group: Group, kind: str) -> Document:
    name = group.data["ReplicationGroupId"]
    if group.data["TransitEncryptionEnabled"]:
        labels = {"primary": "master", "reader": "replica", "configuration": "clustercfg"}
        address = store.endpoint(labels[kind], name, store.domain)
    elif kind == "primary":
        address = store.endpoint(name, store.domain, "ng", "0001")
    elif kind == "reader":
        address = store.endpoint(f"{name}-ro", store.domain)
    else:
        address = store.endpoint(name, store.domain, "clustercfg")
    return {"Address": address, "Port": group.port}


def _node_groups(store: ElastiCacheStore, group: Group) -> list[Document]:
    by_shard: dict[str, list[Cluster]] = {}
    for member in store.members(group):
        by_shard.setdefault(shard_of(group, member), []).append(member)
    cluster_mode = group.data["ClusterEnabled"]
    result = []
    for index, (shard, members) in enumerate(sorted(by_shard.items())):
        shown: Document = {"NodeGroupId": shard, "Status": group.life.status}
        if cluster_mode:
            first, last = index * _SLOTS // len(by_shard), (index + 1) * _SLOTS // len(by_shard) - 1
            shown["Slots"] = f"{first}-{last}"
        else:
            shown["PrimaryEndpoint"] = _endpoint(store, group, "primary")
            shown["ReaderEndpoint"] = _endpoint(store, group, "reader")
        shown["NodeGroupMembers"] = [_member(member, position, cluster_mode) for position, member in enumerate(members)]
        result.append(shown)
    return result


def _member(member: Cluster, position: int, cluster_mode: bool) -> Document:
    shown: Document = {
        "CacheClusterId": member.data["CacheClusterId"],
        "CacheNodeId": "0001",
        "PreferredAvailabilityZone": member.data["PreferredAvailabilityZone"],
    }
    if not cluster_mode:
        shown["ReadEndpoint"] = member.nodes[0]["Endpoint"]
        shown["CurrentRole"] = "replica" if position else "primary"
    return shown


def render(store: ElastiCacheStore, group: Group) -> Document:
    """Return a replication group as a describe call shows it; endpoints once it is there."""
    hidden = ("SecurityGroups", "PreferredMaintenanceWindow", "CacheSubnetGroupName", "NotificationConfiguration")
    shown = {key: value for key, value in group.data.items() if key not in hidden}
    shown["Status"] = group.life.status
    shown["MemberClusters"] = [member.data["CacheClusterId"] for member in store.members(group)]
    shown["LogDeliveryConfigurations"] = group.log_deliveries
    if group.life.status != "creating":
        shown["NodeGroups"] = _node_groups(store, group)
        if group.data["ClusterEnabled"]:
            shown["ConfigurationEndpoint"] = _endpoint(store, group, "configuration")
    return shown


def describe_replication_groups(store: ElastiCacheStore, parameters: Document) -> Document:
    """Return one replication group or all of them."""
    if name := parameters.get("ReplicationGroupId"):
        return {"ReplicationGroups": [render(store, store.group(name))]}
    items, marker = marked([render(store, group) for group in store.groups.values()], parameters)
    return {"ReplicationGroups": items, "Marker": marker}


def delete_replication_group(store: ElastiCacheStore, parameters: Document) -> Document:
    """Begin to delete a replication group with its members, after a last snapshot where asked for."""
    group = store.group(parameters["ReplicationGroupId"])
    name = group.data["ReplicationGroupId"]
    checks.available(group, "Replication group", name)
    members = store.members(group)
    if final := parameters.get("FinalSnapshotIdentifier"):
        snapshots.take(store, final, members[0], group, {})
    retained = members[0] if parameters.get("RetainPrimaryCluster") else None

    def gone() -> None:
        del store.groups[name]
        for member in members:
            if member is retained:
                member.group_id = None
                member.data.pop("ReplicationGroupId")
            else:
                del store.clusters[member.data["CacheClusterId"]]

    group.life.begin("deleting", "elasticache.replication_group.delete", "deleting", gone)
    for member in members:
        if member is not retained:
            member.life.begin("deleting", "elasticache.replication_group.delete", "deleting")
    return {"ReplicationGroup": render(store, group)}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateReplicationGroup": create_replication_group,
    "DescribeReplicationGroups": describe_replication_groups,
    "DeleteReplicationGroup": delete_replication_group,
}
