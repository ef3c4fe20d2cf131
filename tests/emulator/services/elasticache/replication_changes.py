# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a replication group: some at once, the costly ones only when told not to wait."""

from __future__ import annotations

from typing import Final

from moto.core.utils import utcnow

from tests.emulator.services.elasticache import checks, clusters, engines, parameter_groups, replication_groups
from tests.emulator.services.elasticache.store import ElastiCacheStore, Group, bad_combination, bad_value
from tests.emulator.wire import Document, Operation

_DELAY: Final = "elasticache.replication_group.modify"


def _version(group: Group, parameters: Document, later: Document) -> None:
    engine = parameters.get("Engine") or group.data["Engine"]
    wanted = parameters.get("EngineVersion")
    if engine != group.data["Engine"]:
        if (group.data["Engine"], engine) != ("redis", "valkey"):
            raise bad_combination(f"Cannot change the engine from {group.data['Engine']} to {engine}.")
        later["Engine"] = engine
        later["EngineVersion"] = engines.resolve(engine, wanted)
    elif wanted:
        version = clusters.newer(engine, group.engine_version, wanted)
        if version != group.engine_version:
            later["EngineVersion"] = version


def _parameter_group(store: ElastiCacheStore, group: Group, parameters: Document, later: Document) -> str | None:
    """Return the parameter group after the change, or None if it stays."""
    engine = str(later.get("Engine", group.data["Engine"]))
    version = str(later.get("EngineVersion", group.engine_version))
    mode = group.data["ClusterEnabled"]
    if wanted := parameters.get("CacheParameterGroupName"):
        return parameter_groups.choose(store, wanted, engine, version, cluster_mode=mode)
    before = engines.family(group.data["Engine"], group.engine_version)
    if engines.family(engine, version) == before:
        return None
    if not group.parameter_group.startswith("default."):
        raise bad_combination(f"A parameter group of family {engines.family(engine, version)} must be specified for the new version.")
    return parameter_groups.choose(store, None, engine, version, cluster_mode=mode)


def _encryption(group: Group, parameters: Document, later: Document) -> None:
    """TLS comes on in two steps, so that clients can follow."""
    enabled = parameters.get("TransitEncryptionEnabled")
    mode = parameters.get("TransitEncryptionMode")
    current = group.data["TransitEncryptionEnabled"]
    if enabled and not current:
        if mode != "preferred":
            raise bad_combination("TransitEncryptionMode must be preferred when TransitEncryptionEnabled is being turned on.")
        later.update({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"})
    elif enabled is False and current:
        if group.data.get("TransitEncryptionMode") != "preferred":
            raise bad_combination("TransitEncryptionMode must be preferred before TransitEncryptionEnabled is turned off.")
        later["TransitEncryptionEnabled"] = False
    elif mode and mode != group.data.get("TransitEncryptionMode"):
        if not current:
            raise bad_combination("TransitEncryptionMode can only be used with TransitEncryptionEnabled.")
        later["TransitEncryptionMode"] = mode


def _token(group: Group, parameters: Document) -> None:
    token, strategy = parameters.get("AuthToken"), parameters.get("AuthTokenUpdateStrategy")
    if token is None and strategy != "DELETE":
        if strategy is not None:
            raise bad_combination(f"AuthToken must be specified with the update strategy {strategy}.")
        return
    if not parameters.get("ApplyImmediately"):
        raise bad_combination("AuthToken can only be modified with ApplyImmediately.")
    if not group.data["TransitEncryptionEnabled"]:
        raise bad_combination("AuthToken can only be used with TransitEncryptionEnabled.")
    group.token = replication_groups.check_token(token) if token else None
    group.data["AuthTokenEnabled"] = token is not None
    group.data["AuthTokenLastModifiedDate"] = utcnow()


def _deliveries(store: ElastiCacheStore, group: Group, wanted: list[Document]) -> None:
    """Each request names the log types that it changes; the others stay."""
    touched = {item["LogType"] for item in wanted}
    kept = [item for item in group.log_deliveries if item["LogType"] not in touched]
    group.log_deliveries = [*kept, *replication_groups.log_deliveries(store, wanted)]


def modify_replication_group(store: ElastiCacheStore, parameters: Document) -> Document:
    """Change a replication group."""
    group = store.group(parameters["ReplicationGroupId"])
    checks.available(group, "Replication group", group.data["ReplicationGroupId"])
    data = group.data
    later: Document = {}
    _version(group, parameters, later)
    if (kind := parameters.get("CacheNodeType")) and checks.node_type(store, kind) != data["CacheNodeType"]:
        later["CacheNodeType"] = kind
    failover = parameters.get("AutomaticFailoverEnabled", data["AutomaticFailover"] == "enabled")
    multi_az = parameters.get("MultiAZEnabled", data["MultiAZ"] == "enabled")
    members = store.members(group)
    shards = {replication_groups.shard_of(group, member) for member in members}
    replication_groups.check_failover(
        failover=failover,
        multi_az=multi_az,
        nodes=len(members) // max(len(shards), 1),
        cluster_mode=data["ClusterEnabled"],
        zones=len(checks.zones(store.subnet_groups.get(data.get("CacheSubnetGroupName", "")))),
    )
    for key, flag in (("AutomaticFailover", failover), ("MultiAZ", multi_az)):
        if (value := "enabled" if flag else "disabled") != data[key]:
            later[key] = value
    _encryption(group, parameters, later)
    new_group = _parameter_group(store, group, parameters, later)
    if primary := parameters.get("PrimaryClusterId"):
        _promote(store, group, primary)
    _token(group, parameters)
    clusters.apply_settings(store, data, parameters)
    if description := parameters.get("ReplicationGroupDescription"):
        data["Description"] = description
    if deliveries := parameters.get("LogDeliveryConfigurations"):
        _deliveries(store, group, deliveries)
    if later and not parameters.get("ApplyImmediately"):
        _postpone(store, group, later)
        return {"ReplicationGroup": replication_groups.render(store, group)}

    def apply() -> None:
        group.engine_version = later.pop("EngineVersion", group.engine_version)
        group.parameter_group = new_group or group.parameter_group
        data.update(later)
        data["PendingModifiedValues"] = {}
        for member in store.members(group):
            member.data["PendingModifiedValues"] = {}
            replication_groups.mirror(group, member)

    group.life.begin("modifying", _DELAY, "available", apply)
    for member in members:
        member.life.begin("modifying", _DELAY, "available")
    return {"ReplicationGroup": replication_groups.render(store, group)}


def _postpone(store: ElastiCacheStore, group: Group, later: Document) -> None:
    """Show what the next maintenance window would change; here that window never comes."""
    pending = group.data["PendingModifiedValues"]
    if "AutomaticFailover" in later:
        pending["AutomaticFailoverStatus"] = later["AutomaticFailover"]
    for key in ("TransitEncryptionEnabled", "TransitEncryptionMode"):
        if key in later:
            pending[key] = later[key]
    for member in store.members(group):
        replication_groups.mirror(group, member)
        for key in ("EngineVersion", "CacheNodeType"):
            if key in later:
                member.data["PendingModifiedValues"][key] = later[key]


def _promote(store: ElastiCacheStore, group: Group, cluster_id: str) -> None:
    """Make a member the first in the table, which is what being the primary means here."""
    members = store.members(group)
    chosen = next((item for item in members if item.data["CacheClusterId"] == cluster_id), None)
    if chosen is None:
        raise bad_value(f"Cache cluster {cluster_id} is not a member of the replication group.")
    for member in [chosen, *[item for item in members if item is not chosen]]:
        store.clusters[member.data["CacheClusterId"]] = store.clusters.pop(member.data["CacheClusterId"])


def failover(store: ElastiCacheStore, parameters: Document) -> Document:
    """Fail one node group over to its first replica."""
    group = store.group(parameters["ReplicationGroupId"])
    checks.available(group, "Replication group", group.data["ReplicationGroupId"])
    if group.data["AutomaticFailover"] != "enabled":
        raise bad_combination("TestFailover needs a replication group with automatic failover.")
    shard = parameters["NodeGroupId"]
    members = [item for item in store.members(group) if replication_groups.shard_of(group, item) == shard]
    if len(members) < 2:
        raise bad_value(f"Node group {shard} has no replica to fail over to.")
    _promote(store, group, members[1].data["CacheClusterId"])
    group.life.begin("modifying", _DELAY, "available")
    return {"ReplicationGroup": replication_groups.render(store, group)}


OPERATIONS: Final[dict[str, Operation]] = {
    "ModifyReplicationGroup": modify_replication_group,
    "TestFailover": failover,
}
