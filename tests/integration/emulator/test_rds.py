# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RDS: DB instances and their states, windows, storage, changes, replicas, snapshots and groups."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.integration.emulator.parts import make_network, make_role, refused
from tests.integration.modules.running import ModuleResult, run

pytestmark = pytest.mark.integration


class World:
    """An account with a DB subnet group over three zones."""

    def __init__(self, account: Emulator) -> None:
        self.account = account
        self.rds = account.client("rds")
        self.network = make_network(account)
        self.rds.create_db_subnet_group(DBSubnetGroupName="data", DBSubnetGroupDescription="data", SubnetIds=self.network.subnet_ids)

    def create(self, name: str = "one", **options: Any) -> dict[str, Any]:
        """Create a PostgreSQL instance with `options` over the least that it needs."""
        wanted = {
            "DBInstanceIdentifier": name,
            "DBInstanceClass": "db.t3.medium",
            "Engine": "postgres",
            "EngineVersion": "15.3",
            "AllocatedStorage": 100,
            "StorageType": "gp3",
            "MasterUsername": "speckle",
            "MasterUserPassword": "a-good-password",
            "DBSubnetGroupName": "data",
            **options,
        }
        answer: dict[str, Any] = self.rds.create_db_instance(**{k: v for k, v in wanted.items() if v is not None})["DBInstance"]
        return answer

    def instance(self, name: str = "one") -> dict[str, Any]:
        """Describe an instance."""
        answer: dict[str, Any] = self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        return answer

    def modify(self, **options: Any) -> dict[str, Any]:
        """Modify the instance `one`."""
        answer: dict[str, Any] = self.rds.modify_db_instance(DBInstanceIdentifier="one", **options)["DBInstance"]
        return answer


@pytest.fixture
def world(account: Emulator) -> World:
    return World(account)


def test_an_instance_reads_back_as_it_was_asked_for(world: World) -> None:
    role = make_role(world.account, "monitoring", "monitoring.rds.amazonaws.com")
    created = world.create(
        PreferredBackupWindow="03:00-04:00",
        PreferredMaintenanceWindow="mon:04:00-mon:05:00",
        BackupRetentionPeriod=7,
        MultiAZ=True,
        MaxAllocatedStorage=500,
        StorageEncrypted=True,
        VpcSecurityGroupIds=[world.network.group_id],
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=7,
        EnableCloudwatchLogsExports=["postgresql", "upgrade"],
        MonitoringInterval=60,
        MonitoringRoleArn=role,
        CopyTagsToSnapshot=True,
        DeletionProtection=True,
        DBName="speckle",
        AutoMinorVersionUpgrade=False,
        Tags=[{"Key": "Project", "Value": "x"}],
    )
    assert created["DBInstanceStatus"] == "creating"
    assert "Endpoint" not in created
    instance = world.instance()
    assert instance["DBInstanceStatus"] == "available"
    assert (instance["Engine"], instance["EngineVersion"]) == ("postgres", "15.3")
    assert instance["Endpoint"]["Port"] == 5432
    assert (instance["StorageType"], instance["Iops"], instance["StorageThroughput"]) == ("gp3", 3000, 125)
    assert instance["MaxAllocatedStorage"] == 500
    assert instance["PreferredBackupWindow"] == "03:00-04:00"
    assert instance["PreferredMaintenanceWindow"] == "mon:04:00-mon:05:00"
    assert instance["MultiAZ"] is True
    assert instance["SecondaryAvailabilityZone"] != instance["AvailabilityZone"]
    assert instance["StorageEncrypted"] is True
    assert instance["KmsKeyId"].startswith("arn:aws:kms:ca-central-1:")
    assert instance["VpcSecurityGroups"] == [{"VpcSecurityGroupId": world.network.group_id, "Status": "active"}]
    assert instance["PerformanceInsightsEnabled"] is True
    assert instance["PerformanceInsightsRetentionPeriod"] == 7
    assert instance["PerformanceInsightsKMSKeyId"].startswith("arn:aws:kms:")
    assert instance["EnabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
    assert (instance["MonitoringInterval"], instance["MonitoringRoleArn"]) == (60, role)
    assert instance["DbiResourceId"] in instance["EnhancedMonitoringResourceArn"]
    assert instance["CACertificateIdentifier"] == "rds-ca-rsa2048-g1"
    assert (instance["CopyTagsToSnapshot"], instance["DeletionProtection"]) == (True, True)
    assert instance["LicenseModel"] == "postgresql-license"
    assert instance["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres15"
    assert instance["DBSubnetGroup"]["VpcId"] == world.network.vpc_id
    assert instance["PendingModifiedValues"] == {}
    assert instance["TagList"] == [{"Key": "Project", "Value": "x"}]
    groups = [item["logGroupName"] for item in world.account.client("logs").describe_log_groups()["logGroups"]]
    assert groups == ["/aws/rds/instance/one/postgresql", "/aws/rds/instance/one/upgrade"]


def test_defaults_are_those_of_aws(world: World) -> None:
    world.create("one", EngineVersion=None)
    world.create("two", EngineVersion="16", Engine="postgres", AllocatedStorage=400)
    one, two = world.instance("one"), world.instance("two")
    assert one["EngineVersion"].startswith("17.")
    assert two["EngineVersion"] == "16.15"
    assert (two["Iops"], two["StorageThroughput"]) == (12000, 500)
    assert one["PerformanceInsightsEnabled"] is False
    assert one["BackupRetentionPeriod"] == 1
    assert one["DbiResourceId"] != two["DbiResourceId"]
    assert len(one["PreferredMaintenanceWindow"]) == len("mon:04:00-mon:05:00")
    world.create("three", StorageType="gp2", DBSubnetGroupName=None)
    three = world.instance("three")
    assert three["DBSubnetGroup"]["DBSubnetGroupName"] == "default"
    assert "Iops" not in three


@pytest.mark.parametrize(
    ("backup", "maintenance", "fits"),
    [
        ("03:00-04:00", "mon:04:00-mon:05:00", True),
        ("03:00-04:00", "Mon:02:00-Mon:03:00", True),
        ("03:00-04:00", "mon:03:59-mon:05:00", False),
        ("03:00-04:00", "mon:04:01-mon:05:00", True),
        ("23:30-00:30", "tue:00:00-tue:01:00", False),
        ("23:30-00:30", "tue:00:30-tue:01:30", True),
        ("02:00-03:00", "sun:23:00-mon:02:30", False),
    ],
)
def test_windows_may_touch_but_not_overlap(world: World, backup: str, maintenance: str, fits: bool) -> None:
    if fits:
        world.create(PreferredBackupWindow=backup, PreferredMaintenanceWindow=maintenance)
        assert world.instance()["PreferredMaintenanceWindow"] == maintenance.lower()
    else:
        with refused("InvalidParameterValue", "The backup window and maintenance window must not overlap."):
            world.create(PreferredBackupWindow=backup, PreferredMaintenanceWindow=maintenance)


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"EngineVersion": "99.9"}, "InvalidParameterCombination", "Cannot find version 99.9 for postgres"),
        ({"DBInstanceClass": "medium"}, "InvalidParameterValue", "Invalid DB Instance class: medium"),
        ({"DBInstanceClass": "db.x99.huge"}, "InvalidParameterCombination", "RDS does not support creating a DB instance"),
        ({"MasterUsername": "admin"}, "InvalidParameterValue", "MasterUsername admin cannot be used as it is a reserved word"),
        ({"MasterUserPassword": "short"}, "InvalidParameterValue", "shorter than 8 characters"),
        ({"MasterUserPassword": "with/slash/and@"}, "InvalidParameterValue", "Only printable ASCII characters"),
        ({"MasterUserPassword": None}, "InvalidParameterValue", "MasterUserPassword must be provided"),
        ({"AllocatedStorage": 10}, "InvalidParameterValue", "Invalid storage size for engine name postgres and storage type gp3: 10"),
        ({"Iops": 4000}, "InvalidParameterCombination", "You can't specify IOPS or storage throughput"),
        ({"VpcSecurityGroupIds": ["sg-00000000"]}, "InvalidParameterValue", "Invalid security group"),
        ({"DBSubnetGroupName": "none"}, "DBSubnetGroupNotFoundFault", "none"),
        ({"DBParameterGroupName": "none"}, "DBParameterGroupNotFound", "DBParameterGroup not found: none"),
        ({"DBParameterGroupName": "default.postgres14"}, "InvalidParameterCombination", "DBParameterGroupFamily postgres15"),
        ({"EnableCloudwatchLogsExports": ["audit"]}, "InvalidParameterCombination", "You cannot use the log types 'audit'"),
        ({"BackupRetentionPeriod": 36}, "InvalidParameterValue", "Invalid backup retention period: 36"),
        ({"PreferredMaintenanceWindow": "monday"}, "InvalidParameterValue", "Invalid maintenance window format"),
        ({"MultiAZ": True, "AvailabilityZone": "ca-central-1a"}, "InvalidParameterCombination", "not valid for Multi-AZ instances"),
        ({"DBName": "1st"}, "InvalidParameterValue", "DBName must begin with a letter"),
        ({"StorageEncrypted": True, "KmsKeyId": "none"}, "KMSKeyNotAccessibleFault", "none"),
    ],
)
def test_an_instance_is_refused_when_it_cannot_be(world: World, options: dict[str, Any], code: str, message: str) -> None:
    with refused(code, message):
        world.create(**options)
    assert world.rds.describe_db_instances()["DBInstances"] == []


def test_names_are_unique_and_missing_ones_not_found(world: World) -> None:
    world.create()
    with refused("DBInstanceAlreadyExists"):
        world.create()
    with refused("DBInstanceNotFound", "DBInstance two not found"):
        world.instance("two")


def test_a_managed_password_is_a_real_secret(world: World) -> None:
    created = world.create(MasterUserPassword=None, ManageMasterUserPassword=True)
    secret = world.instance()["MasterUserSecret"]
    assert secret["SecretArn"] == created["MasterUserSecret"]["SecretArn"]
    value = world.account.client("secretsmanager").get_secret_value(SecretId=secret["SecretArn"])["SecretString"]
    assert set(json.loads(value)) == {"username", "password"}
    world.rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
    assert world.rds.describe_db_instances()["DBInstances"] == []
    with refused("ResourceNotFoundException"):
        world.account.client("secretsmanager").describe_secret(SecretId=secret["SecretArn"])


def test_changes_wait_for_the_window_unless_told_otherwise(world: World) -> None:
    world.create()
    answer = world.modify(DBInstanceClass="db.t3.large", AllocatedStorage=200)
    assert answer["PendingModifiedValues"] == {"DBInstanceClass": "db.t3.large", "AllocatedStorage": 200}
    assert world.instance()["DBInstanceClass"] == "db.t3.medium"
    answer = world.modify(MultiAZ=True, ApplyImmediately=True)
    assert answer["DBInstanceStatus"] == "modifying"
    instance = world.instance()
    assert (instance["DBInstanceStatus"], instance["PendingModifiedValues"]) == ("available", {})
    assert (instance["DBInstanceClass"], instance["AllocatedStorage"], instance["MultiAZ"]) == ("db.t3.large", 200, True)
    assert "SecondaryAvailabilityZone" in instance
    with refused("InvalidParameterCombination", "cannot be reduced"):
        world.modify(AllocatedStorage=50)
    world.modify(
        BackupRetentionPeriod=14,
        DeletionProtection=True,
        PreferredBackupWindow="01:00-02:00",
        PreferredMaintenanceWindow="tue:02:00-tue:03:00",
        VpcSecurityGroupIds=[world.network.group_id],
        EnablePerformanceInsights=True,
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["postgresql"]},
        MaxAllocatedStorage=300,
    )
    instance = world.instance()
    assert (instance["BackupRetentionPeriod"], instance["DeletionProtection"]) == (14, True)
    assert instance["PreferredMaintenanceWindow"] == "tue:02:00-tue:03:00"
    assert instance["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == world.network.group_id
    assert instance["PerformanceInsightsEnabled"] is True
    assert instance["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert instance["MaxAllocatedStorage"] == 300
    with refused("InvalidParameterValue", "must not overlap"):
        world.modify(PreferredBackupWindow="02:30-03:30")
    world.modify(AllocatedStorage=400, ApplyImmediately=True)
    assert (world.instance()["Iops"], world.instance()["StorageThroughput"]) == (12000, 500)


def test_upgrades_go_forward_and_majors_need_a_flag(world: World) -> None:
    world.create()
    with refused("InvalidParameterCombination", "Cannot upgrade postgres from 15.3 to 14.1"):
        world.modify(EngineVersion="14.1", ApplyImmediately=True)
    with refused("InvalidParameterCombination", "The AllowMajorVersionUpgrade flag must be present"):
        world.modify(EngineVersion="16.11", ApplyImmediately=True)
    world.modify(EngineVersion="16.11", AllowMajorVersionUpgrade=True, ApplyImmediately=True)
    instance = world.instance()
    assert instance["EngineVersion"] == "16.11"
    assert instance["DBParameterGroups"][0]["DBParameterGroupName"] == "default.postgres16"


def test_deletion_protects_and_leaves_a_snapshot(world: World) -> None:
    world.create(DeletionProtection=True, CopyTagsToSnapshot=True, Tags=[{"Key": "a", "Value": "b"}])
    with refused("InvalidParameterCombination", "Cannot delete protected DB Instance"):
        world.rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
    world.modify(DeletionProtection=False)
    with refused("InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot"):
        world.rds.delete_db_instance(DBInstanceIdentifier="one")
    with refused("InvalidDBSubnetGroupStateFault", "still using it"):
        world.rds.delete_db_subnet_group(DBSubnetGroupName="data")
    answer = world.rds.delete_db_instance(DBInstanceIdentifier="one", FinalDBSnapshotIdentifier="last")
    assert answer["DBInstance"]["DBInstanceStatus"] == "deleting"
    with refused("DBInstanceNotFound"):
        world.instance()
    [snapshot] = world.rds.describe_db_snapshots(DBSnapshotIdentifier="last")["DBSnapshots"]
    assert (snapshot["Status"], snapshot["SnapshotType"], snapshot["TagList"]) == ("available", "manual", [{"Key": "a", "Value": "b"}])
    assert snapshot["VpcId"] == world.network.vpc_id
    world.rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="two", DBSnapshotIdentifier="last", DBSubnetGroupName="data", DBInstanceClass="db.t3.large"
    )
    restored = world.instance("two")
    assert (restored["EngineVersion"], restored["DBInstanceClass"], restored["Iops"]) == ("15.3", "db.t3.large", 3000)
    assert restored["DBInstanceStatus"] == "available"


def test_automated_snapshots_follow_the_retention(world: World) -> None:
    world.create("one")
    world.create("two", BackupRetentionPeriod=0)
    found = world.rds.describe_db_snapshots(SnapshotType="automated")["DBSnapshots"]
    assert [item["DBInstanceIdentifier"] for item in found] == ["one"]
    backups = world.rds.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    assert [item["DBInstanceIdentifier"] for item in backups] == ["one"]


def test_backups_are_replicated_to_another_region(world: World) -> None:
    arn = world.create(BackupRetentionPeriod=7)["DBInstanceArn"]
    world.instance()
    other = world.account.client("rds", region="us-west-2")
    other.start_db_instance_automated_backups_replication(SourceDBInstanceArn=arn, BackupRetentionPeriod=5)
    [backup] = other.describe_db_instance_automated_backups(DBInstanceIdentifier="one")["DBInstanceAutomatedBackups"]
    assert (backup["Region"], backup["BackupRetentionPeriod"]) == ("ca-central-1", 5)
    assert len(world.instance()["DBInstanceAutomatedBackupsReplications"]) == 1
    other.stop_db_instance_automated_backups_replication(SourceDBInstanceArn=arn)
    # What was copied stays until its time ends.
    [backup] = other.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    assert backup["Status"] == "retained"
    other.delete_db_instance_automated_backup(DBInstanceAutomatedBackupsArn=backup["DBInstanceAutomatedBackupsArn"])
    assert other.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"] == []


def test_a_replica_follows_its_source_until_it_is_promoted(world: World) -> None:
    world.create()
    world.instance()
    world.rds.create_db_instance_read_replica(DBInstanceIdentifier="two", SourceDBInstanceIdentifier="one", DBInstanceClass="db.t3.large")
    replica = world.instance("two")
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == "one"
    assert (replica["EngineVersion"], replica["DBInstanceClass"], replica["BackupRetentionPeriod"]) == ("15.3", "db.t3.large", 0)
    assert replica["StatusInfos"][0]["Status"] == "replicating"
    assert world.instance()["ReadReplicaDBInstanceIdentifiers"] == ["two"]
    assert world.instance()["DbiResourceId"] != replica["DbiResourceId"]
    world.rds.promote_read_replica(DBInstanceIdentifier="two", BackupRetentionPeriod=3)
    assert world.instance()["ReadReplicaDBInstanceIdentifiers"] == []
    assert world.instance("two")["BackupRetentionPeriod"] == 3
    assert "ReadReplicaSourceDBInstanceIdentifier" not in world.instance("two")


def test_with_delays_states_are_seen_in_order(start_emulator: StartEmulator) -> None:
    world = World(start_emulator(delays="fast"))
    world.create()
    seen: list[str] = []
    for _unused in range(100):
        seen.append(world.instance()["DBInstanceStatus"])
        if seen[-1] == "available":
            break
        time.sleep(0.05)
    assert list(dict.fromkeys(seen)) == ["creating", "backing-up", "available"]
    world.modify(DBInstanceClass="db.t3.large", ApplyImmediately=True)
    instance = world.instance()
    assert (instance["DBInstanceStatus"], instance["DBInstanceClass"]) == ("modifying", "db.t3.medium")
    assert instance["PendingModifiedValues"] == {"DBInstanceClass": "db.t3.large"}
    with refused("InvalidDBInstanceState", "Database instance is not in available state."):
        world.modify(MultiAZ=True)
    time.sleep(0.6)
    assert world.instance()["DBInstanceClass"] == "db.t3.large"
    world.rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
    assert world.instance()["DBInstanceStatus"] == "deleting"
    with refused("InvalidDBInstanceState", "already being deleted"):
        world.rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
    time.sleep(0.6)
    with refused("DBInstanceNotFound"):
        world.instance()


def test_instances_stop_and_start(world: World) -> None:
    world.create()
    world.instance()
    assert world.rds.stop_db_instance(DBInstanceIdentifier="one")["DBInstance"]["DBInstanceStatus"] == "stopping"
    assert world.instance()["DBInstanceStatus"] == "stopped"
    with refused("InvalidDBInstanceState"):
        world.modify(MultiAZ=True)
    world.rds.start_db_instance(DBInstanceIdentifier="one")
    assert world.instance()["DBInstanceStatus"] == "available"
    assert world.rds.reboot_db_instance(DBInstanceIdentifier="one")["DBInstance"]["DBInstanceStatus"] == "rebooting"


def test_subnet_groups_need_two_zones_and_survive_a_change(world: World) -> None:
    rds, subnets = world.rds, world.network.subnet_ids
    with refused("DBSubnetGroupDoesNotCoverEnoughAZs", "Add subnets to cover at least 2 AZs."):
        rds.create_db_subnet_group(DBSubnetGroupName="few", DBSubnetGroupDescription="x", SubnetIds=subnets[:1])
    with refused("DBSubnetGroupAlreadyExists"):
        rds.create_db_subnet_group(DBSubnetGroupName="data", DBSubnetGroupDescription="x", SubnetIds=subnets)
    rds.modify_db_subnet_group(DBSubnetGroupName="data", DBSubnetGroupDescription="new", SubnetIds=subnets[:2])
    [group] = rds.describe_db_subnet_groups(DBSubnetGroupName="data")["DBSubnetGroups"]
    assert (group["DBSubnetGroupDescription"], len(group["Subnets"])) == ("new", 2)
    rds.delete_db_subnet_group(DBSubnetGroupName="data")
    with refused("DBSubnetGroupNotFoundFault"):
        rds.describe_db_subnet_groups(DBSubnetGroupName="data")


def test_parameter_groups_hold_parameters(world: World) -> None:
    rds = world.rds
    with refused("DBParameterGroupNotFound", "DBParameterGroup not found: tuned"):
        rds.describe_db_parameter_groups(DBParameterGroupName="tuned")
    with refused("InvalidParameterValue", "not a valid parameter group family"):
        rds.create_db_parameter_group(DBParameterGroupName="tuned", DBParameterGroupFamily="postgres99", Description="x")
    rds.create_db_parameter_group(DBParameterGroupName="tuned", DBParameterGroupFamily="postgres15", Description="x")

    def values(**options: Any) -> dict[str, dict[str, Any]]:
        pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName="tuned", **options)
        return {item["ParameterName"]: item for page in pages for item in page["Parameters"]}

    def modify(name: str, value: str, method: str) -> None:
        rds.modify_db_parameter_group(
            DBParameterGroupName="tuned",
            Parameters=[{"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}],
        )

    assert values()["max_connections"]["ApplyType"] == "static"
    modify("log_min_duration_statement", "1000", "immediate")
    modify("shared_preload_libraries", "pg_stat_statements,pgaudit", "pending-reboot")
    assert set(values(Source="user")) == {"log_min_duration_statement", "shared_preload_libraries"}
    assert values()["log_min_duration_statement"]["ParameterValue"] == "1000"
    with refused("InvalidParameterCombination", "cannot use immediate apply method for static parameter"):
        modify("max_connections", "200", "immediate")
    with refused("InvalidParameterValue", "Could not find parameter with name: none"):
        modify("none", "1", "immediate")
    with refused("InvalidParameterValue", "Invalid parameter value: maybe"):
        modify("log_connections", "maybe", "immediate")
    rds.reset_db_parameter_group(DBParameterGroupName="tuned", ResetAllParameters=True)
    assert values(Source="user") == {}
    world.create(DBParameterGroupName="tuned")
    with refused("InvalidDBParameterGroupState", "still members of this parameter group"):
        rds.delete_db_parameter_group(DBParameterGroupName="tuned")
    world.modify(DBParameterGroupName="default.postgres15")
    rds.delete_db_parameter_group(DBParameterGroupName="tuned")
    with refused("DBParameterGroupNotFound"):
        rds.delete_db_parameter_group(DBParameterGroupName="tuned")


def test_versions_and_classes_can_be_asked_for(world: World) -> None:
    rds = world.rds
    pages = rds.get_paginator("describe_db_engine_versions").paginate(Engine="postgres")
    found = {item["EngineVersion"]: item for page in pages for item in page["DBEngineVersions"]}
    assert {"15.3", "16.11"} <= set(found)
    assert found["15.3"]["DBParameterGroupFamily"] == "postgres15"
    assert {"16.11", "15.4"} <= {target["EngineVersion"] for target in found["15.3"]["ValidUpgradeTarget"]}
    [default] = rds.describe_db_engine_versions(Engine="postgres", DefaultOnly=True)["DBEngineVersions"]
    assert default["EngineVersion"].startswith("17.")
    options = rds.describe_orderable_db_instance_options(Engine="postgres", EngineVersion="16.11", DBInstanceClass="db.t3.medium")
    assert {item["StorageType"] for item in options["OrderableDBInstanceOptions"]} == {"gp2", "gp3", "io1", "io2"}


def _module(world: World, name: str, args: dict[str, Any]) -> ModuleResult:
    result = run(f"amazon.aws.{name}", args, world.account.environment, False, False)
    assert not result.failed, result
    return result


def test_the_upstream_module_for_instances_is_idempotent(world: World) -> None:
    args = {
        "state": "present",
        "db_instance_identifier": "one",
        "db_instance_class": "db.t3.medium",
        "engine": "postgres",
        "engine_version": "15.3",
        "allocated_storage": 100,
        "storage_type": "gp3",
        "username": "speckle",
        "password": "a-good-password",
        "force_update_password": False,
        "db_subnet_group_name": "data",
        "vpc_security_group_ids": [world.network.group_id],
        "preferred_backup_window": "03:00-04:00",
        "preferred_maintenance_window": "mon:04:00-mon:05:00",
        "backup_retention_period": 7,
        "enable_performance_insights": True,
        "performance_insights_retention_period": 7,
        "storage_encrypted": True,
        "multi_az": False,
        "copy_tags_to_snapshot": True,
        "enable_cloudwatch_logs_exports": ["postgresql"],
        "apply_immediately": True,
        "deletion_protection": True,
        "tags": {"Project": "x"},
        "wait": False,
    }
    assert _module(world, "rds_instance", args).changed
    assert not _module(world, "rds_instance", args).changed
    changed = {**args, "db_instance_class": "db.t3.large", "multi_az": True, "backup_retention_period": 14}
    assert _module(world, "rds_instance", changed).changed
    assert not _module(world, "rds_instance", changed).changed
    assert world.instance()["MultiAZ"] is True
    snapshot = {"db_instance_identifier": "one", "db_snapshot_identifier": "manual", "state": "present", "wait": False}
    assert _module(world, "rds_instance_snapshot", snapshot).changed
    assert not _module(world, "rds_instance_snapshot", snapshot).changed
    assert _module(world, "rds_instance", {**changed, "deletion_protection": False}).changed
    absent = {"state": "absent", "db_instance_identifier": "one", "skip_final_snapshot": True, "wait": False}
    assert _module(world, "rds_instance", absent).changed
    assert not _module(world, "rds_instance", absent).changed
    gone = {"db_snapshot_identifier": "manual", "state": "absent", "wait": False}
    assert _module(world, "rds_instance_snapshot", gone).changed
    assert not _module(world, "rds_instance_snapshot", gone).changed


def test_the_upstream_module_for_parameter_groups_is_idempotent(world: World) -> None:
    args = {
        "state": "present",
        "name": "tuned",
        "engine": "postgres15",
        "description": "tuned",
        "params": {"log_min_duration_statement": "1000", "work_mem": "65536"},
        "tags": {"Project": "x"},
    }
    assert _module(world, "rds_instance_param_group", args).changed
    assert not _module(world, "rds_instance_param_group", args).changed
    changed = {**args, "params": {"log_min_duration_statement": "500", "work_mem": "65536"}}
    assert _module(world, "rds_instance_param_group", changed).changed
    assert not _module(world, "rds_instance_param_group", changed).changed
    assert _module(world, "rds_instance_param_group", {"state": "absent", "name": "tuned"}).changed
    assert not _module(world, "rds_instance_param_group", {"state": "absent", "name": "tuned"}).changed


def test_the_upstream_module_for_subnet_groups_is_idempotent(world: World) -> None:
    args = {"state": "present", "name": "more", "description": "more", "subnets": world.network.subnet_ids[:2]}
    assert _module(world, "rds_subnet_group", args).changed
    assert not _module(world, "rds_subnet_group", args).changed
    changed = {**args, "subnets": world.network.subnet_ids}
    assert _module(world, "rds_subnet_group", changed).changed
    assert not _module(world, "rds_subnet_group", changed).changed
    assert _module(world, "rds_subnet_group", {"state": "absent", "name": "more"}).changed
    assert not _module(world, "rds_subnet_group", {"state": "absent", "name": "more"}).changed


def test_the_tagging_api_lists_instances_until_they_are_gone(world: World) -> None:
    instance = world.create(BackupRetentionPeriod=0, Tags=[{"Key": "stack", "Value": "x"}])["DBInstanceArn"]
    api = world.account.client("resourcegroupstaggingapi")

    def listed() -> set[str]:
        found = api.get_resources(TagFilters=[{"Key": "stack", "Values": ["x"]}])["ResourceTagMappingList"]
        return {item["ResourceARN"] for item in found}

    world.rds.create_db_parameter_group(
        DBParameterGroupName="tuned", DBParameterGroupFamily="postgres15", Description="x", Tags=[{"Key": "stack", "Value": "x"}]
    )
    assert listed() == {instance, "arn:aws:rds:ca-central-1:123456789012:pg:tuned"}
    world.rds.delete_db_parameter_group(DBParameterGroupName="tuned")
    world.rds.delete_db_instance(DBInstanceIdentifier="one", SkipFinalSnapshot=True)
    assert listed() == set()
