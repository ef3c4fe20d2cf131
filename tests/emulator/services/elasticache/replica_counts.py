# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""More and fewer replicas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.emulator.services.elasticache import checks, replication_groups
from tests.emulator.services.elasticache.store import Cluster, ElastiCacheStore, Group, bad_value
from tests.emulator.wire import Document, Operation

_DELAY: Final = "elasticache.replication_group.modify"
_MOST: Final = 5


def _begin(store: ElastiCacheStore, parameters: Document) -> tuple[Group, dict[str, list[Cluster]]]:
    group = store.group(parameters["ReplicationGroupId"])
    checks.available(group, "Replication group", group.data["ReplicationGroupId"])
    if not parameters.get("ApplyImmediately"):
        raise bad_value("ApplyImmediately must be true: the number of replicas cannot be changed later.")
    shards: dict[str, list[Cluster]] = {}
    for member in store.members(group):
        shards.setdefault(replication_groups.shard_of(group, member), []).append(member)
    return group, shards


def _wanted(parameters: Document, shards: dict[str, list[Cluster]]) -> dict[str, int]:
    """Return the number of replicas that each node group shall have."""
    if configured := parameters.get("ReplicaConfiguration"):
        return {item["NodeGroupId"]: item["NewReplicaCount"] for item in configured}
    count: int | None = parameters.get("NewReplicaCount")
    if count is None:
        raise bad_value("Either NewReplicaCount or ReplicaConfiguration must be specified.")
    return dict.fromkeys(shards, count)


def _zones(parameters: Document, shard: str) -> list[str]:
    for item in parameters.get("ReplicaConfiguration") or []:
        if item["NodeGroupId"] == shard:
            return list(item.get("PreferredAvailabilityZones") or [])
    return []


def _finish(store: ElastiCacheStore, group: Group, then: Callable[[], None] | None = None) -> Document:
    group.life.begin("modifying", _DELAY, "available", then)
    return {"ReplicationGroup": replication_groups.render(store, group)}


def increase_replica_count(store: ElastiCacheStore, parameters: Document) -> Document:
    """Add replicas, in the zones that have the fewest nodes unless zones are named."""
    group, shards = _begin(store, parameters)
    available = checks.zones(store.subnet_groups.get(group.data.get("CacheSubnetGroupName", ""))) or ["a"]
    wanted = _wanted(parameters, shards)
    for shard, count in wanted.items():
        current = len(shards.get(shard, [])) - 1
        if current < 0:
            raise bad_value(f"Node group {shard} does not exist.")
        if count <= current:
            raise bad_value(f"NewReplicaCount {count} must be greater than the current count {current}.")
        if count > _MOST:
            raise bad_value(f"NewReplicaCount {count} exceeds the limit of {_MOST} replicas in a node group.")
    for shard, count in wanted.items():
        used = [str(member.data["PreferredAvailabilityZone"]) for member in shards[shard]]
        numbers = {int(str(member.data["CacheClusterId"]).rpartition("-")[2]) for member in shards[shard]}
        preferred = _zones(parameters, shard)[len(used) :]
        for _unused in range(count + 1 - len(used)):
            number = min(set(range(1, 100)) - numbers)
            zone = preferred.pop(0) if preferred else min(available, key=used.count)
            numbers.add(number)
            used.append(zone)
            replication_groups.add_member(store, group, int(shard), number, zone)
    return _finish(store, group)


def decrease_replica_count(store: ElastiCacheStore, parameters: Document) -> Document:
    """Remove replicas: those that are named, or the last ones; never the primary."""
    group, shards = _begin(store, parameters)
    named = set(parameters.get("ReplicasToRemove") or [])
    removed: list[Cluster] = []
    if named:
        for members in shards.values():
            if members[0].data["CacheClusterId"] in named:
                raise bad_value(f"{members[0].data['CacheClusterId']} is a primary and cannot be removed.")
            removed += [item for item in members if item.data["CacheClusterId"] in named]
        if len(removed) != len(named):
            raise bad_value("ReplicasToRemove names a cache cluster that is not a replica of the replication group.")
    else:
        for shard, count in _wanted(parameters, shards).items():
            members = shards.get(shard, [])
            if count >= len(members) - 1:
                raise bad_value(f"NewReplicaCount {count} must be less than the current count {len(members) - 1}.")
            removed += members[count + 1 :]
    left = min(len([item for item in members if item not in removed]) for members in shards.values())
    if left < 2 and not group.data["ClusterEnabled"] and group.data["AutomaticFailover"] == "enabled":
        raise bad_value("A replication group with automatic failover must keep at least one replica.")
    if left < 2 and group.data["MultiAZ"] == "enabled":
        raise bad_value("A replication group with Multi-AZ must keep at least one replica in each node group.")
    for member in removed:
        member.life.begin("deleting", _DELAY, "deleting")

    def apply() -> None:
        for member in removed:
            del store.clusters[member.data["CacheClusterId"]]

    return _finish(store, group, apply)


OPERATIONS: Final[dict[str, Operation]] = {
    "IncreaseReplicaCount": increase_replica_count,
    "DecreaseReplicaCount": decrease_replica_count,
}
