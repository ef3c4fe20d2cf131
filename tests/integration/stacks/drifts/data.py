# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drifts of buckets, databases, caches, secrets and log groups."""

from __future__ import annotations

import json
from functools import partial

from . import BUCKET, COST_CENTER, NAME, Drift, Hands, changed, missing, nothing, of

DRIFTS: list[Drift] = []
drift = partial(of, DRIFTS)

DATABASE, CACHE = f"{NAME}-postgres", f"{NAME}-redis"
DATABASE_SUBNETS, CACHE_SUBNETS = f"{NAME}-db-subnet-group", f"{NAME}-redis-subnet-group"
LOGS, LOG_GROUPS = f"/aws/rds/instance/{DATABASE}/", "Create the log groups that the databases write to"
SESSION, PGADMIN = "speckle/production/session", "speckle/production/pgadmin"


def arn_of_database(by: Hands) -> str:
    (database,) = by("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"]
    return str(database["DBInstanceArn"])


def arn_of_cache(by: Hands) -> str:
    (group,) = by("elasticache").describe_replication_groups(ReplicationGroupId=CACHE)["ReplicationGroups"]
    return str(group["ARN"])


# -- The bucket ------------------------------------------------------------------------------------------


@drift(1, "a bucket's versioning suspended", changed("Create the buckets", BUCKET, "versioning"))
def _drift_1(by: Hands) -> None:
    by("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})


@drift(3, "a bucket's encryption changed", changed("Create the buckets", BUCKET, "encryption"))
def _drift_2(by: Hands) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    by("s3").put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})


@drift(2, "a bucket opened to the public", changed("Create the buckets", BUCKET, "public_access_block"))
def _drift_3(by: Hands) -> None:
    by("s3").delete_public_access_block(Bucket=BUCKET)


@drift(2, "a tag of a bucket removed", changed("Create the buckets", BUCKET, COST_CENTER))
def _drift_4(by: Hands) -> None:
    tags = by("s3").get_bucket_tagging(Bucket=BUCKET)["TagSet"]
    by("s3").put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": [tag for tag in tags if tag["Key"] != "CostCenter"]})


@drift(0, "the ownership of a bucket's objects changed", changed("Create the buckets", BUCKET, "object_ownership"))
def _drift_5(by: Hands) -> None:
    by("s3").put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})


@drift(1, "a bucket's lifecycle dropped", missing("Set the buckets' lifecycle rules", BUCKET))
def _drift_6(by: Hands) -> None:
    by("s3").delete_bucket_lifecycle(Bucket=BUCKET)


@drift(2, "a bucket's lifecycle changed", changed("Set the buckets' lifecycle rules", BUCKET, "lifecycle.archive"))
def _drift_7(by: Hands) -> None:
    rule = {"ID": "archive", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    by("s3").put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})


@drift(1, "a bucket's policy deleted", missing("Set the buckets' policies", BUCKET))
def _drift_8(by: Hands) -> None:
    by("s3").delete_bucket_policy(Bucket=BUCKET)


@drift(2, "a bucket's policy loosened", changed("Set the buckets' policies", BUCKET, "policy"))
def _drift_9(by: Hands) -> None:
    policy = json.loads(by("s3").get_bucket_policy(Bucket=BUCKET)["Policy"])
    allowed = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "s3:GetObject"}
    policy["Statement"].append({**allowed, "Resource": f"arn:aws:s3:::{BUCKET}/*"})
    by("s3").put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))


# -- The database ----------------------------------------------------------------------------------------


@drift(1, "a database's class changed", changed("Create the databases", DATABASE, "db_instance_class"))
def _drift_10(by: Hands) -> None:
    by("rds").modify_db_instance(DBInstanceIdentifier=DATABASE, DBInstanceClass="db.t3.small", ApplyImmediately=True)


@drift(1, "a database's backups kept for less long", changed("Create the databases", DATABASE, "backup_retention_period"))
def _drift_11(by: Hands) -> None:
    by("rds").modify_db_instance(DBInstanceIdentifier=DATABASE, BackupRetentionPeriod=1, ApplyImmediately=True)


@drift(1, "a database's deletion protection turned off", changed("Create the databases", DATABASE, "deletion_protection"))
def _drift_12(by: Hands) -> None:
    by("rds").modify_db_instance(DBInstanceIdentifier=DATABASE, DeletionProtection=False, ApplyImmediately=True)


@drift(1, "a database's maintenance window moved", changed("Create the databases", DATABASE, "preferred_maintenance_window"))
def _drift_13(by: Hands) -> None:
    by("rds").modify_db_instance(DBInstanceIdentifier=DATABASE, PreferredMaintenanceWindow="sun:10:00-sun:11:00", ApplyImmediately=True)


@drift(1, "how far a database's storage may grow changed", changed("Create the databases", DATABASE, "max_allocated_storage"))
def _drift_14(by: Hands) -> None:
    by("rds").modify_db_instance(DBInstanceIdentifier=DATABASE, MaxAllocatedStorage=1000, ApplyImmediately=True)


@drift(1, "a database's security group exchanged", changed("Create the databases", DATABASE, "vpc_security_group_ids"))
def _drift_15(by: Hands) -> None:
    by("rds").modify_db_instance(DBInstanceIdentifier=DATABASE, VpcSecurityGroupIds=[by.group("default")], ApplyImmediately=True)


@drift(1, "a tag of a database removed", changed("Create the databases", DATABASE, COST_CENTER))
def _drift_16(by: Hands) -> None:
    by("rds").remove_tags_from_resource(ResourceName=arn_of_database(by), TagKeys=["CostCenter"])


@drift(1, "a database's logs no longer exported", changed("Create the databases", DATABASE, "enabled_cloudwatch_logs_exports"))
def _drift_17(by: Hands) -> None:
    exports = {"DisableLogTypes": ["upgrade"]}
    by("rds").modify_db_instance(DBInstanceIdentifier=DATABASE, CloudwatchLogsExportConfiguration=exports, ApplyImmediately=True)


@drift(3, "a database's storage grown, as autoscaling does", nothing)
def _drift_18(by: Hands) -> None:
    by("rds").modify_db_instance(DBInstanceIdentifier=DATABASE, AllocatedStorage=150, ApplyImmediately=True)


@drift(1, "a tag of a database's subnet group removed", changed("Create the database subnet groups", DATABASE_SUBNETS, COST_CENTER))
def _drift_19(by: Hands) -> None:
    (group,) = by("rds").describe_db_subnet_groups(DBSubnetGroupName=DATABASE_SUBNETS)["DBSubnetGroups"]
    by("rds").remove_tags_from_resource(ResourceName=group["DBSubnetGroupArn"], TagKeys=["CostCenter"])


@drift(1, "the subnets of a database changed", changed("Create the database subnet groups", DATABASE_SUBNETS, "subnet_ids"))
def _drift_20(by: Hands) -> None:
    subnets = [by.subnet(f"{NAME}-database-1"), by.subnet(f"{NAME}-private-2")]
    by("rds").modify_db_subnet_group(DBSubnetGroupName=DATABASE_SUBNETS, SubnetIds=subnets)


# -- The cache -------------------------------------------------------------------------------------------


@drift(1, "a cache's node type changed", changed("Create the caches", CACHE, "cache_node_type"))
def _drift_21(by: Hands) -> None:
    by("elasticache").modify_replication_group(ReplicationGroupId=CACHE, CacheNodeType="cache.t3.small", ApplyImmediately=True)


@drift(1, "a cache's upgrades turned off", changed("Create the caches", CACHE, "auto_minor_version_upgrade"))
def _drift_22(by: Hands) -> None:
    by("elasticache").modify_replication_group(ReplicationGroupId=CACHE, AutoMinorVersionUpgrade=False, ApplyImmediately=True)


@drift(1, "a tag of a cache removed", changed("Create the caches", CACHE, COST_CENTER))
def _drift_23(by: Hands) -> None:
    by("elasticache").remove_tags_from_resource(ResourceName=arn_of_cache(by), TagKeys=["CostCenter"])


@drift(1, "a cache's security group exchanged", changed("Create the caches", CACHE, "security_group_ids"))
def _drift_24(by: Hands) -> None:
    by("elasticache").modify_replication_group(ReplicationGroupId=CACHE, SecurityGroupIds=[by.group("default")], ApplyImmediately=True)


@drift(3, "snapshots of a cache, of which the inventory says nothing", nothing)
def _drift_25(by: Hands) -> None:
    by("elasticache").modify_replication_group(ReplicationGroupId=CACHE, SnapshotRetentionLimit=3, ApplyImmediately=True)


@drift(1, "the subnets of a cache changed", changed("Create the cache subnet groups", CACHE_SUBNETS, "subnet_ids"))
def _drift_26(by: Hands) -> None:
    subnets = [by.subnet(f"{NAME}-{each}") for each in ("private-1", "private-2", "database-1")]
    by("elasticache").modify_cache_subnet_group(CacheSubnetGroupName=CACHE_SUBNETS, SubnetIds=subnets)


# -- Secrets and logs ------------------------------------------------------------------------------------


@drift(1, "a tag of a secret removed", changed("Generate the secrets", SESSION, "TagResource"))
def _drift_27(by: Hands) -> None:
    by("secretsmanager").untag_resource(SecretId=SESSION, TagKeys=["CostCenter"])


@drift(1, "a secret's description changed", changed("Generate the secrets", PGADMIN, "UpdateSecret"))
def _drift_28(by: Hands) -> None:
    by("secretsmanager").update_secret(SecretId=PGADMIN, Description="somebody's")


@drift(2, "a secret's value rotated, which is its owner's affair", nothing)
def _drift_29(by: Hands) -> None:
    by("secretsmanager").put_secret_value(SecretId=SESSION, SecretString="x" * 64)


@drift(3, "a secret deleted, which can be called back for a while", changed("Generate the secrets", SESSION, "RestoreSecret"))
def _drift_30(by: Hands) -> None:
    by("secretsmanager").delete_secret(SecretId=SESSION, RecoveryWindowInDays=7)


@drift(1, "logs kept longer", changed(LOG_GROUPS, f"{DATABASE}/postgresql", "retention_in_days"))
def _drift_31(by: Hands) -> None:
    by("logs").put_retention_policy(logGroupName=f"{LOGS}postgresql", retentionInDays=90)


@drift(1, "logs kept for less long", changed(LOG_GROUPS, f"{DATABASE}/upgrade", "retention_in_days"))
def _drift_32(by: Hands) -> None:
    by("logs").put_retention_policy(logGroupName=f"{LOGS}upgrade", retentionInDays=1)


@drift(2, "logs kept for ever", changed(LOG_GROUPS, f"{DATABASE}/postgresql", "retention_in_days"))
def _drift_33(by: Hands) -> None:
    by("logs").delete_retention_policy(logGroupName=f"{LOGS}postgresql")


@drift(1, "a tag of a log group removed", changed(LOG_GROUPS, f"{DATABASE}/upgrade", COST_CENTER))
def _drift_34(by: Hands) -> None:
    (group,) = by("logs").describe_log_groups(logGroupNamePrefix=f"{LOGS}upgrade")["logGroups"]
    by("logs").untag_resource(resourceArn=group["arn"].removesuffix(":*"), tagKeys=["CostCenter"])


@drift(3, "a log group deleted while the database writes to it", missing(LOG_GROUPS, f"{DATABASE}/postgresql"))
def _drift_35(by: Hands) -> None:
    by("logs").delete_log_group(logGroupName=f"{LOGS}postgresql")
