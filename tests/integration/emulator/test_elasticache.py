# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ElastiCache: replication groups and their members, clusters, parameter and subnet groups, snapshots."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.integration.emulator.parts import make_network, refused
from tests.integration.modules.running import ModuleResult, run

pytestmark = pytest.mark.integration


class World:
    """An account with a cache subnet group over three zones."""

    def __init__(self, account: Emulator) -> None:
        self.account = account
        self.cache = account.client("elasticache")
        self.network = make_network(account)
        self.cache.create_cache_subnet_group(
            CacheSubnetGroupName="caches", CacheSubnetGroupDescription="caches", SubnetIds=self.network.subnet_ids
        )

    def create(self, name: str = "one", **options: Any) -> dict[str, Any]:
        """Create a replication group with `options` over the least that it needs."""
        wanted = {
            "ReplicationGroupId": name,
            "ReplicationGroupDescription": "test",
            "CacheNodeType": "cache.t3.micro",
            "CacheSubnetGroupName": "caches",
            **options,
        }
        answer: dict[str, Any] = self.cache.create_replication_group(**wanted)["ReplicationGroup"]
        return answer

    def group(self, name: str = "one") -> dict[str, Any]:
        """Describe a replication group."""
        answer: dict[str, Any] = self.cache.describe_replication_groups(ReplicationGroupId=name)["ReplicationGroups"][0]
        return answer

    def cluster(self, name: str) -> dict[str, Any]:
        """Describe a cache cluster with its nodes."""
        clusters = self.cache.describe_cache_clusters(CacheClusterId=name, ShowCacheNodeInfo=True)["CacheClusters"]
        answer: dict[str, Any] = clusters[0]
        return answer


@pytest.fixture
def world(account: Emulator) -> World:
    return World(account)


def test_a_replication_group_reads_back_with_its_members(world: World) -> None:
    world.account.client("logs").create_log_group(logGroupName="/caches/slow")
    delivery = {
        "LogType": "slow-log",
        "DestinationType": "cloudwatch-logs",
        "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/caches/slow"}},
        "LogFormat": "json",
    }
    created = world.create(
        NumCacheClusters=2,
        Engine="redis",
        EngineVersion="7.0",
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        TransitEncryptionEnabled=True,
        AtRestEncryptionEnabled=True,
        KmsKeyId="arn:aws:kms:ca-central-1:123456789012:key/a",
        AuthToken="a-token-of-16-characters",
        SnapshotRetentionLimit=7,
        SnapshotWindow="03:00-04:00",
        PreferredMaintenanceWindow="mon:04:00-mon:05:00",
        SecurityGroupIds=[world.network.group_id],
        AutoMinorVersionUpgrade=False,
        LogDeliveryConfigurations=[delivery],
        Tags=[{"Key": "Project", "Value": "x"}],
        Port=6380,
    )
    assert created["Status"] == "creating"
    assert "NodeGroups" not in created
    group = world.group()
    assert group["Status"] == "available"
    assert group["MemberClusters"] == ["one-001", "one-002"]
    assert (group["AutomaticFailover"], group["MultiAZ"], group["ClusterEnabled"]) == ("enabled", "enabled", False)
    assert (group["TransitEncryptionEnabled"], group["TransitEncryptionMode"]) == (True, "required")
    assert (group["AtRestEncryptionEnabled"], group["KmsKeyId"]) == (True, "arn:aws:kms:ca-central-1:123456789012:key/a")
    assert group["AuthTokenEnabled"] is True
    assert (group["SnapshotRetentionLimit"], group["SnapshotWindow"]) == (7, "03:00-04:00")
    assert group["AutoMinorVersionUpgrade"] is False
    assert group["Engine"] == "redis"
    assert group["LogDeliveryConfigurations"] == [{**delivery, "Status": "active"}]
    assert "ConfigurationEndpoint" not in group
    [shard] = group["NodeGroups"]
    assert shard["PrimaryEndpoint"]["Port"] == 6380
    assert shard["PrimaryEndpoint"]["Address"].startswith("master.one.")
    assert shard["PrimaryEndpoint"]["Address"].endswith(".cac1.cache.amazonaws.com")
    assert [member["CurrentRole"] for member in shard["NodeGroupMembers"]] == ["primary", "replica"]
    assert len({member["PreferredAvailabilityZone"] for member in shard["NodeGroupMembers"]}) == 2
    member = world.cluster("one-002")
    assert member["CacheClusterStatus"] == "available"
    assert (member["Engine"], member["EngineVersion"], member["CacheNodeType"]) == ("redis", "7.0.7", "cache.t3.micro")
    assert member["CacheSubnetGroupName"] == "caches"
    assert member["SecurityGroups"] == [{"SecurityGroupId": world.network.group_id, "Status": "active"}]
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7"
    assert member["PreferredMaintenanceWindow"] == "mon:04:00-mon:05:00"
    assert member["ReplicationGroupId"] == "one"
    assert member["CacheNodes"][0]["Endpoint"]["Port"] == 6380
    tags = world.cache.list_tags_for_resource(ResourceName=group["ARN"])["TagList"]
    assert tags == [{"Key": "Project", "Value": "x"}]


def test_defaults_are_those_of_aws(world: World) -> None:
    world.create()
    group, member = world.group(), world.cluster("one-001")
    assert group["MemberClusters"] == ["one-001"]
    assert (group["AutomaticFailover"], group["MultiAZ"], group["SnapshotRetentionLimit"]) == ("disabled", "disabled", 0)
    assert group["TransitEncryptionEnabled"] is False
    assert member["EngineVersion"] == "7.1.0"
    assert group["NodeGroups"][0]["PrimaryEndpoint"]["Address"].startswith("one.")
    assert member["AutoMinorVersionUpgrade"] is True
    assert len(member["PreferredMaintenanceWindow"]) == len("mon:04:00-mon:05:00")
    assert len(member["SnapshotWindow"]) == len("03:00-04:00")


def test_cluster_mode_has_shards_and_a_configuration_endpoint(world: World) -> None:
    world.create(NumNodeGroups=2, ReplicasPerNodeGroup=1, EngineVersion="7.1", AutomaticFailoverEnabled=True)
    group = world.group()
    assert group["ClusterEnabled"] is True
    assert group["MemberClusters"] == ["one-0001-001", "one-0001-002", "one-0002-001", "one-0002-002"]
    assert [shard["Slots"] for shard in group["NodeGroups"]] == ["0-8191", "8192-16383"]
    assert group["ConfigurationEndpoint"]["Address"].startswith("one.")
    assert world.cluster("one-0002-001")["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7.cluster.on"


def test_a_replication_group_is_refused_when_it_cannot_be(world: World) -> None:
    with refused("CacheSubnetGroupNotFoundFault", "Cache Subnet Group none does not exist."):
        world.create(CacheSubnetGroupName="none")
    with refused("InvalidParameterValue", "sg-00000000"):
        world.create(SecurityGroupIds=["sg-00000000"])
    with refused("InvalidParameterValue", "Invalid value for parameter CacheNodeType: cache.x9.huge"):
        world.create(CacheNodeType="cache.x9.huge")
    with refused("InvalidParameterValue", "Cannot find version 9.9 for redis"):
        world.create(EngineVersion="9.9")
    with refused("InvalidParameterCombination", "there must be at least 2 cache clusters"):
        world.create(AutomaticFailoverEnabled=True)
    with refused("InvalidParameterCombination", "Multi-AZ"):
        world.create(MultiAZEnabled=True, NumCacheClusters=2)
    with refused("InvalidParameterCombination", "TransitEncryptionEnabled"):
        world.create(AuthToken="a-token-of-16-characters")
    with refused("InvalidParameterValue", "Invalid AuthToken provided"):
        world.create(AuthToken="short", TransitEncryptionEnabled=True)
    with refused("InvalidParameterValue", "must not be longer than 40 characters"):
        world.create("a" * 41)
    with refused("InvalidParameterValue", "not a valid identifier"):
        world.create("a--b")
    with refused("InvalidParameterValue", "The snapshot window and maintenance window must not overlap."):
        world.create(SnapshotWindow="03:00-04:00", PreferredMaintenanceWindow="mon:03:30-mon:04:30")
    with refused("InvalidParameterCombination", "Expected a parameter group of family redis7 but found one of family redis6.x"):
        world.create(EngineVersion="7.0", CacheParameterGroupName="default.redis6.x")
    with refused("CacheParameterGroupNotFound"):
        world.create(CacheParameterGroupName="none")
    assert world.cache.describe_replication_groups()["ReplicationGroups"] == []
    assert world.cache.describe_cache_clusters()["CacheClusters"] == []
    world.create()
    with refused("ReplicationGroupAlreadyExists"):
        world.create()
    with refused("ReplicationGroupNotFoundFault", "ReplicationGroup two not found."):
        world.group("two")


def test_changes_apply_at_once_or_wait_for_the_window(world: World) -> None:
    world.create(EngineVersion="6.2", NumCacheClusters=2)
    modify = world.cache.modify_replication_group
    answer = modify(ReplicationGroupId="one", AutomaticFailoverEnabled=True, CacheNodeType="cache.t3.small")["ReplicationGroup"]
    assert answer["PendingModifiedValues"]["AutomaticFailoverStatus"] == "enabled"
    assert world.group()["AutomaticFailover"] == "disabled"
    assert world.cluster("one-001")["PendingModifiedValues"]["CacheNodeType"] == "cache.t3.small"
    answer = modify(
        ReplicationGroupId="one",
        ReplicationGroupDescription="new",
        AutomaticFailoverEnabled=True,
        MultiAZEnabled=True,
        CacheNodeType="cache.t3.small",
        EngineVersion="7.0",
        SnapshotRetentionLimit=3,
        SecurityGroupIds=[world.network.group_id],
        ApplyImmediately=True,
    )["ReplicationGroup"]
    assert answer["Status"] == "modifying"
    group, member = world.group(), world.cluster("one-002")
    assert (group["Status"], group["Description"]) == ("available", "new")
    assert (group["AutomaticFailover"], group["MultiAZ"], group["CacheNodeType"]) == ("enabled", "enabled", "cache.t3.small")
    assert group["PendingModifiedValues"] == {}
    assert group["SnapshotRetentionLimit"] == 3
    assert (member["EngineVersion"], member["CacheNodeType"]) == ("7.0.7", "cache.t3.small")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.redis7"
    assert member["SecurityGroups"][0]["SecurityGroupId"] == world.network.group_id
    with refused("InvalidParameterCombination", "older version"):
        modify(ReplicationGroupId="one", EngineVersion="6.2", ApplyImmediately=True)
    with refused("InvalidParameterCombination", "Multi-AZ"):
        modify(ReplicationGroupId="one", AutomaticFailoverEnabled=False, ApplyImmediately=True)
    modify(ReplicationGroupId="one", Engine="valkey", EngineVersion="8.0", ApplyImmediately=True)
    member = world.cluster("one-001")
    assert (member["Engine"], member["EngineVersion"]) == ("valkey", "8.0.1")
    assert member["CacheParameterGroup"]["CacheParameterGroupName"] == "default.valkey8"


def test_transit_encryption_comes_on_in_two_steps(world: World) -> None:
    world.create()
    modify = world.cache.modify_replication_group
    with refused("InvalidParameterCombination", "must be preferred"):
        modify(ReplicationGroupId="one", TransitEncryptionEnabled=True, TransitEncryptionMode="required", ApplyImmediately=True)
    modify(ReplicationGroupId="one", TransitEncryptionEnabled=True, TransitEncryptionMode="preferred", ApplyImmediately=True)
    modify(ReplicationGroupId="one", TransitEncryptionMode="required", ApplyImmediately=True)
    assert (world.group()["TransitEncryptionEnabled"], world.group()["TransitEncryptionMode"]) == (True, "required")
    modify(ReplicationGroupId="one", AuthToken="a-token-of-16-characters", AuthTokenUpdateStrategy="ROTATE", ApplyImmediately=True)
    assert world.cluster("one-001")["AuthTokenEnabled"] is True


def test_replicas_come_and_go(world: World) -> None:
    world.create(NumCacheClusters=2, AutomaticFailoverEnabled=True)
    cache = world.cache
    with refused("InvalidParameterValue", "must be greater than the current count 1"):
        cache.increase_replica_count(ReplicationGroupId="one", NewReplicaCount=1, ApplyImmediately=True)
    cache.increase_replica_count(ReplicationGroupId="one", NewReplicaCount=3, ApplyImmediately=True)
    assert world.group()["MemberClusters"] == ["one-001", "one-002", "one-003", "one-004"]
    assert world.cluster("one-004")["CacheClusterStatus"] == "available"
    cache.decrease_replica_count(ReplicationGroupId="one", ReplicasToRemove=["one-002"], ApplyImmediately=True)
    assert world.group()["MemberClusters"] == ["one-001", "one-003", "one-004"]
    with refused("CacheClusterNotFound"):
        world.cluster("one-002")
    with refused("InvalidParameterValue", "must keep at least one replica"):
        cache.decrease_replica_count(ReplicationGroupId="one", NewReplicaCount=0, ApplyImmediately=True)
    cache.decrease_replica_count(ReplicationGroupId="one", NewReplicaCount=1, ApplyImmediately=True)
    assert world.group()["MemberClusters"] == ["one-001", "one-003"]
    cache.test_failover(ReplicationGroupId="one", NodeGroupId="0001")
    roles = {item["CacheClusterId"]: item["CurrentRole"] for item in world.group()["NodeGroups"][0]["NodeGroupMembers"]}
    assert roles == {"one-001": "replica", "one-003": "primary"}


def test_a_deleted_group_leaves_its_final_snapshot(world: World) -> None:
    world.create()
    with refused("InvalidCacheClusterState", "member of replication group one"):
        world.cache.delete_cache_cluster(CacheClusterId="one-001")
    answer = world.cache.delete_replication_group(ReplicationGroupId="one", FinalSnapshotIdentifier="last")
    assert answer["ReplicationGroup"]["Status"] == "deleting"
    with refused("ReplicationGroupNotFoundFault"):
        world.group()
    with refused("CacheClusterNotFound"):
        world.cluster("one-001")
    [snapshot] = world.cache.describe_snapshots(SnapshotName="last")["Snapshots"]
    assert (snapshot["SnapshotStatus"], snapshot["ReplicationGroupId"]) == ("available", "one")
    world.cache.delete_snapshot(SnapshotName="last")
    with refused("SnapshotNotFoundFault"):
        world.cache.describe_snapshots(SnapshotName="last")


def test_with_delays_states_are_seen_and_changes_refused_meanwhile(start_emulator: StartEmulator) -> None:
    world = World(start_emulator(delays="fast"))
    world.create(NumCacheClusters=2)
    assert world.group()["Status"] == "creating"
    with refused("InvalidReplicationGroupState", "not in available state"):
        world.cache.modify_replication_group(ReplicationGroupId="one", ReplicationGroupDescription="x")
    with refused("InvalidReplicationGroupState"):
        world.cache.delete_replication_group(ReplicationGroupId="one")
    time.sleep(0.6)
    assert world.group()["Status"] == "available"
    world.cache.modify_replication_group(ReplicationGroupId="one", CacheNodeType="cache.t3.small", ApplyImmediately=True)
    assert (world.group()["Status"], world.group()["CacheNodeType"]) == ("modifying", "cache.t3.micro")
    time.sleep(0.6)
    assert (world.group()["Status"], world.group()["CacheNodeType"]) == ("available", "cache.t3.small")
    world.cache.delete_replication_group(ReplicationGroupId="one")
    assert (world.group()["Status"], world.cluster("one-001")["CacheClusterStatus"]) == ("deleting", "deleting")
    time.sleep(0.6)
    with refused("ReplicationGroupNotFoundFault"):
        world.group()


def test_parameter_groups_hold_parameters(world: World) -> None:
    cache = world.cache
    names = {item["CacheParameterGroupName"] for item in cache.describe_cache_parameter_groups()["CacheParameterGroups"]}
    assert {"default.redis6.x", "default.redis7", "default.redis7.cluster.on", "default.valkey7", "default.valkey8"} <= names
    with refused("CacheParameterGroupNotFound", "CacheParameterGroup not found: tuned"):
        cache.describe_cache_parameter_groups(CacheParameterGroupName="tuned")
    with refused("InvalidParameterValue", "not a valid parameter group family"):
        cache.create_cache_parameter_group(CacheParameterGroupName="tuned", CacheParameterGroupFamily="redis99", Description="x")
    created = cache.create_cache_parameter_group(CacheParameterGroupName="tuned", CacheParameterGroupFamily="redis7", Description="x")
    assert created["CacheParameterGroup"]["CacheParameterGroupFamily"] == "redis7"
    with refused("CacheParameterGroupAlreadyExists"):
        cache.create_cache_parameter_group(CacheParameterGroupName="tuned", CacheParameterGroupFamily="redis7", Description="x")

    def values(**options: Any) -> dict[str, dict[str, Any]]:
        pages = cache.get_paginator("describe_cache_parameters").paginate(CacheParameterGroupName="tuned", **options)
        return {item["ParameterName"]: item for page in pages for item in page["Parameters"]}

    policy = values()["maxmemory-policy"]
    assert (policy["ParameterValue"], policy["Source"], policy["IsModifiable"]) == ("volatile-lru", "system", True)
    assert "allkeys-lru" in policy["AllowedValues"].split(",")

    def modify(name: str, value: str) -> None:
        cache.modify_cache_parameter_group(
            CacheParameterGroupName="tuned", ParameterNameValues=[{"ParameterName": name, "ParameterValue": value}]
        )

    modify("maxmemory-policy", "allkeys-lru")
    modify("timeout", "300")
    assert {name: item["ParameterValue"] for name, item in values(Source="user").items()} == {
        "maxmemory-policy": "allkeys-lru",
        "timeout": "300",
    }
    with refused("InvalidParameterValue", "Could not find parameter with name: none"):
        modify("none", "1")
    with refused("InvalidParameterValue", "Value (sometimes)"):
        modify("maxmemory-policy", "sometimes")
    with refused("InvalidParameterValue", "cannot be modified"):
        modify("appendonly", "yes")
    cache.reset_cache_parameter_group(CacheParameterGroupName="tuned", ParameterNameValues=[{"ParameterName": "timeout"}])
    assert set(values(Source="user")) == {"maxmemory-policy"}
    cache.reset_cache_parameter_group(CacheParameterGroupName="tuned", ResetAllParameters=True)
    assert values(Source="user") == {}
    world.create(EngineVersion="7.0", CacheParameterGroupName="tuned")
    with refused("InvalidCacheParameterGroupState", "still members"):
        cache.delete_cache_parameter_group(CacheParameterGroupName="tuned")
    cache.modify_replication_group(ReplicationGroupId="one", CacheParameterGroupName="default.redis7", ApplyImmediately=True)
    cache.delete_cache_parameter_group(CacheParameterGroupName="tuned")
    with refused("InvalidCacheParameterGroupState"):
        cache.delete_cache_parameter_group(CacheParameterGroupName="default.redis7")


def test_a_subnet_group_in_use_stays(world: World) -> None:
    world.create()
    subnets = world.network.subnet_ids
    with refused("CacheSubnetGroupInUse"):
        world.cache.delete_cache_subnet_group(CacheSubnetGroupName="caches")
    with refused("SubnetInUse"):
        world.cache.modify_cache_subnet_group(CacheSubnetGroupName="caches", SubnetIds=subnets[1:])
    changed = world.cache.modify_cache_subnet_group(
        CacheSubnetGroupName="caches", CacheSubnetGroupDescription="new", SubnetIds=subnets[:2]
    )["CacheSubnetGroup"]
    assert changed["CacheSubnetGroupDescription"] == "new"
    assert [item["SubnetIdentifier"] for item in changed["Subnets"]] == subnets[:2]
    world.cache.delete_replication_group(ReplicationGroupId="one")
    world.cache.delete_cache_subnet_group(CacheSubnetGroupName="caches")
    with refused("CacheSubnetGroupNotFoundFault"):
        world.cache.describe_cache_subnet_groups(CacheSubnetGroupName="caches")


def test_versions_name_their_families(world: World) -> None:
    found = world.cache.describe_cache_engine_versions(Engine="redis")["CacheEngineVersions"]
    families = {item["EngineVersion"]: item["CacheParameterGroupFamily"] for item in found}
    assert families["7.0"] == families["7.1"] == "redis7"
    assert families["6.2"] == "redis6.x"
    assert families["5.0.6"] == "redis5.0"
    default = world.cache.describe_cache_engine_versions(Engine="valkey", DefaultOnly=True)["CacheEngineVersions"]
    assert [item["CacheParameterGroupFamily"] for item in default] == ["valkey8"]


def test_tags_change_on_every_kind_of_resource(world: World) -> None:
    world.create()
    group = world.cache.describe_cache_subnet_groups(CacheSubnetGroupName="caches")["CacheSubnetGroups"][0]
    for arn in (world.group()["ARN"], world.cluster("one-001")["ARN"], group["ARN"]):
        world.cache.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        world.cache.remove_tags_from_resource(ResourceName=arn, TagKeys=["a"])
        assert world.cache.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "b", "Value": "2"}]
    with refused("ReplicationGroupNotFoundFault"):
        world.cache.list_tags_for_resource(ResourceName=world.group()["ARN"] + "x")


def _module(world: World, name: str, args: dict[str, Any]) -> ModuleResult:
    result = run(f"community.aws.{name}", args, world.account.environment, False, False)
    assert not result.failed, result
    return result


def test_the_upstream_module_for_subnet_groups_is_idempotent(world: World) -> None:
    args = {"name": "more", "description": "more", "subnets": world.network.subnet_ids[:2], "state": "present"}
    assert _module(world, "elasticache_subnet_group", args).changed
    assert not _module(world, "elasticache_subnet_group", args).changed
    assert _module(world, "elasticache_subnet_group", {**args, "subnets": world.network.subnet_ids}).changed
    assert not _module(world, "elasticache_subnet_group", {**args, "subnets": world.network.subnet_ids}).changed
    assert _module(world, "elasticache_subnet_group", {"name": "more", "state": "absent"}).changed
    assert not _module(world, "elasticache_subnet_group", {"name": "more", "state": "absent"}).changed


def test_the_upstream_module_for_clusters_is_idempotent(world: World) -> None:
    args = {
        "name": "solo",
        "state": "present",
        "engine": "memcached",
        "cache_engine_version": "1.6.22",
        "node_type": "cache.t3.micro",
        "num_nodes": 1,
        "cache_port": 11211,
        "cache_subnet_group": "caches",
        "security_group_ids": [world.network.group_id],
    }
    assert _module(world, "elasticache", args).changed
    assert not _module(world, "elasticache", args).changed
    assert _module(world, "elasticache", {**args, "num_nodes": 2}).changed
    assert not _module(world, "elasticache", {**args, "num_nodes": 2}).changed
    assert world.cluster("solo")["NumCacheNodes"] == 2
    assert _module(world, "elasticache", {**args, "state": "absent"}).changed
    assert not _module(world, "elasticache", {**args, "state": "absent"}).changed


def test_the_upstream_module_for_parameter_groups_works(world: World) -> None:
    args = {"name": "tuned", "group_family": "redis6.x", "description": "x", "state": "present"}
    assert _module(world, "elasticache_parameter_group", {**args, "values": {"maxmemory-policy": "allkeys-lru"}}).changed
    assert not _module(world, "elasticache_parameter_group", {**args, "values": {"maxmemory-policy": "allkeys-lru"}}).changed
    assert _module(world, "elasticache_parameter_group", {"name": "tuned", "state": "absent"}).changed
    assert not _module(world, "elasticache_parameter_group", {"name": "tuned", "state": "absent"}).changed


def test_the_tagging_api_lists_groups_and_members_until_they_are_gone(world: World) -> None:
    group = world.create(Tags=[{"Key": "stack", "Value": "x"}])["ARN"]
    member = world.cluster("one-001")["ARN"]
    api = world.account.client("resourcegroupstaggingapi")

    def listed() -> set[str]:
        found = api.get_resources(TagFilters=[{"Key": "stack", "Values": ["x"]}])["ResourceTagMappingList"]
        return {item["ResourceARN"] for item in found}

    assert listed() == {group, member}
    world.cache.delete_replication_group(ReplicationGroupId="one")
    assert listed() == set()
