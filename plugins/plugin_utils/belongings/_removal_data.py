# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How what holds data is removed: databases, caches, clusters, buckets, keys, secrets, vaults.

Protection is honoured, what is not empty is refused, a database leaves a final snapshot, keys and secrets can be
called back for 30 days.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings import _arns
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._arns import Arn
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._removing import (
    RECOVERY_DAYS,
    REMOVED,
    Hands,
    Refused,
    Remover,
    present,
    simple,
    stamp,
)

_EMPTY_FILE_SYSTEM: Final = 6144
"""Bytes that EFS meters for a file system that holds nothing."""


def _database(hands: Hands, arn: Arn) -> str:
    rds = hands.client("rds")
    (database,) = rds.describe_db_instances(DBInstanceIdentifier=arn.id)["DBInstances"]
    note = REMOVED
    if database["DBInstanceStatus"] != "deleting":
        if database.get("DeletionProtection"):
            raise Refused(f"the database {arn.id} has deletion protection. Switch DeletionProtection off first")
        if replicas := database.get("ReadReplicaDBInstanceIdentifiers"):
            raise Refused(f"the database {arn.id} has read replicas: {', '.join(replicas)}. Remove or promote them first")
        if database.get("ReadReplicaSourceDBInstanceIdentifier"):
            rds.delete_db_instance(DBInstanceIdentifier=arn.id, SkipFinalSnapshot=True)  # its data is its source's
        else:
            snapshot = f"{arn.id}-final-{stamp()}"
            rds.delete_db_instance(DBInstanceIdentifier=arn.id, SkipFinalSnapshot=False, FinalDBSnapshotIdentifier=snapshot)
            note = f"removed; its data is in the snapshot {snapshot}"
    hands.until_gone(arn.kind, arn.id, lambda: rds.describe_db_instances(DBInstanceIdentifier=arn.id)["DBInstances"])
    return note


def _replication_group(hands: Hands, arn: Arn) -> str:
    cache = hands.client("elasticache")
    named = {"ReplicationGroupId": arn.id}
    (group,) = cache.describe_replication_groups(**named)["ReplicationGroups"]
    if group["Status"] != "deleting":
        cache.delete_replication_group(**named)
    hands.until_gone(arn.kind, arn.id, lambda: cache.describe_replication_groups(**named)["ReplicationGroups"])
    return REMOVED


def _cache_cluster(hands: Hands, arn: Arn) -> str:
    cache = hands.client("elasticache")
    named = {"CacheClusterId": arn.id}
    (cluster,) = cache.describe_cache_clusters(**named)["CacheClusters"]
    if group := cluster.get("ReplicationGroupId"):
        return f"goes with the replication group {group}"
    if cluster["CacheClusterStatus"] != "deleting":
        cache.delete_cache_cluster(**named)
    hands.until_gone(arn.kind, arn.id, lambda: cache.describe_cache_clusters(**named)["CacheClusters"])
    return REMOVED


def _cluster(hands: Hands, arn: Arn) -> str:
    eks = hands.client("eks")
    cluster = eks.describe_cluster(name=arn.id)["cluster"]
    if cluster["status"] != "DELETING":
        if cluster.get("deletionProtection"):
            raise Refused(f"the cluster {arn.id} has deletion protection. Switch it off (update-cluster-config) first")
        if groups := eks.list_nodegroups(clusterName=arn.id)["nodegroups"]:
            raise Refused(f"the cluster {arn.id} has node groups: {', '.join(groups)}. Remove them first")
        eks.delete_cluster(name=arn.id)
    hands.until_gone(arn.kind, arn.id, lambda: eks.describe_cluster(name=arn.id)["cluster"])
    return REMOVED


def _of_cluster(noun: str, key: str, **more: Any) -> Remover:
    def remover(hands: Hands, arn: Arn) -> str:
        eks = hands.client("eks")
        cluster, name = arn.id.split("/")[:2]
        named = {"clusterName": cluster, key: name}
        describe: Callable[..., dict[str, Any]] = getattr(eks, f"describe_{noun}")
        if describe(**named)[noun]["status"] != "DELETING":
            getattr(eks, f"delete_{noun}")(**named, **more)
        hands.until_gone(arn.kind, arn.name, lambda: describe(**named)[noun])
        return REMOVED

    return remover


def _access_entry(hands: Hands, arn: Arn) -> str:
    eks = hands.client("eks")
    cluster = arn.id.partition("/")[0]
    # The ARN leaves out the principal's path, so the principal is looked for among the cluster's.
    pages = eks.get_paginator("list_access_entries").paginate(clusterName=cluster)
    for principal in [each for page in pages for each in page["accessEntries"]]:
        if _arns.entry_name(cluster, principal) == arn.name:
            entry = eks.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]
            if entry["accessEntryArn"] == arn.text:
                eks.delete_access_entry(clusterName=cluster, principalArn=principal)
                return REMOVED
    return "already gone"


def _pod_identity(hands: Hands, arn: Arn) -> str:
    cluster, association = arn.id.split("/")[:2]
    hands.client("eks").delete_pod_identity_association(clusterName=cluster, associationId=association)
    return REMOVED


def _bucket(hands: Hands, arn: Arn) -> str:
    s3 = hands.client("s3")
    held = s3.list_object_versions(Bucket=arn.id, MaxKeys=1)
    if held.get("Versions") or held.get("DeleteMarkers"):
        raise Refused(f"the bucket {arn.id} is not empty. Copy what you need and empty it, all versions included, first")
    s3.delete_bucket(Bucket=arn.id)
    return REMOVED


def _key(hands: Hands, arn: Arn) -> str:
    kms = hands.client("kms")
    if kms.describe_key(KeyId=arn.id)["KeyMetadata"]["KeyState"].startswith("Pending"):
        return "already waiting for its deletion"
    # Databases, volumes and the like hold a grant as long as they use a key; buckets and secrets do not.
    if grants := [each for page in kms.get_paginator("list_grants").paginate(KeyId=arn.id) for each in page["Grants"]]:
        users = sorted({str(each.get("RetiringPrincipal") or each["GranteePrincipal"]) for each in grants})
        raise Refused(f"the key {arn.id} is in use: {', '.join(users)} hold grants. Remove what is encrypted with it first")
    date = kms.schedule_key_deletion(KeyId=arn.id, PendingWindowInDays=RECOVERY_DAYS)["DeletionDate"]
    return f"pending deletion until {date:%Y-%m-%d}; cancel-key-deletion calls it back"


def _secret(hands: Hands, arn: Arn) -> str:
    secrets = hands.client("secretsmanager")
    if secrets.describe_secret(SecretId=arn.text).get("DeletedDate"):
        return "already waiting for its deletion"
    date = secrets.delete_secret(SecretId=arn.text, RecoveryWindowInDays=RECOVERY_DAYS)["DeletionDate"]
    return f"pending deletion until {date:%Y-%m-%d}; restore-secret calls it back"


def _table(hands: Hands, arn: Arn) -> str:
    dynamodb = hands.client("dynamodb")
    table = dynamodb.describe_table(TableName=arn.id)["Table"]
    if table["TableStatus"] != "DELETING":
        if table.get("DeletionProtectionEnabled"):
            raise Refused(f"the table {arn.id} has deletion protection. Switch it off first")
        # ItemCount is up to six hours old, so the table itself is asked.
        if dynamodb.scan(TableName=arn.id, Limit=1, Select="COUNT")["Count"]:
            raise Refused(f"the table {arn.id} is not empty. Back it up and delete it yourself, or empty it, first")
        dynamodb.delete_table(TableName=arn.id)
    hands.until_gone(arn.kind, arn.id, lambda: dynamodb.describe_table(TableName=arn.id)["Table"])
    return REMOVED


def _domain(hands: Hands, arn: Arn) -> str:
    search = hands.client("opensearch")
    named = {"DomainName": arn.id}
    status = search.describe_domain(**named)["DomainStatus"]
    if not status.get("Deleted"):
        # AWS deletes a domain with everything in it, its automated snapshots too, and asks nobody.
        raise Refused(f"the search domain {arn.id} may hold what nothing else has. Take a snapshot into a bucket and delete it yourself")
    hands.until_gone(arn.kind, arn.id, lambda: search.describe_domain(**named)["DomainStatus"])
    return REMOVED


def _parameter(hands: Hands, arn: Arn) -> str:
    # The ARN leaves out the slash that a path begins with.
    hands.client("ssm").delete_parameter(Name=f"/{arn.id}" if "/" in arn.id else arn.id)
    return REMOVED


def _file_system(hands: Hands, arn: Arn) -> str:
    efs = hands.client("efs")
    named = {"FileSystemId": arn.id}
    (system,) = efs.describe_file_systems(**named)["FileSystems"]
    if system["SizeInBytes"]["Value"] > _EMPTY_FILE_SYSTEM:
        raise Refused(f"the file system {arn.id} holds {system['SizeInBytes']['Value']} bytes. Copy what you need and empty it first")
    for target in efs.describe_mount_targets(**named)["MountTargets"]:
        efs.delete_mount_target(MountTargetId=target["MountTargetId"])
    hands.until_gone(arn.kind, arn.id, lambda: efs.describe_mount_targets(**named)["MountTargets"])
    efs.delete_file_system(**named)
    return REMOVED


def _vault(hands: Hands, arn: Arn) -> str:
    backup = hands.client("backup")
    named = {"BackupVaultName": arn.id}
    if points := backup.list_recovery_points_by_backup_vault(**named, MaxResults=1).get("RecoveryPoints"):
        example = points[0]["RecoveryPointArn"]
        raise Refused(f"the vault {arn.id} holds recovery points, such as {example}. They go when their retention ends")
    backup.delete_backup_vault(**named)
    return REMOVED


def _plan(hands: Hands, arn: Arn) -> str:
    backup = hands.client("backup")
    pages = backup.get_paginator("list_backup_selections").paginate(BackupPlanId=arn.id)
    for selection in [each for page in pages for each in page["BackupSelectionsList"]]:
        present(partial(backup.delete_backup_selection, BackupPlanId=arn.id, SelectionId=selection["SelectionId"]))
    backup.delete_backup_plan(BackupPlanId=arn.id)
    return REMOVED


REMOVERS: Final[dict[str, Remover]] = {
    "backup:backup-plan": _plan,
    "backup:backup-vault": _vault,
    "dynamodb:table": _table,
    "eks:access-entry": _access_entry,
    "eks:addon": _of_cluster("addon", "addonName"),
    "eks:cluster": _cluster,
    "eks:nodegroup": _of_cluster("nodegroup", "nodegroupName"),
    "eks:podidentityassociation": _pod_identity,
    "elasticache:cluster": _cache_cluster,
    "elasticache:parametergroup": simple("elasticache", "delete_cache_parameter_group", lambda arn: {"CacheParameterGroupName": arn.id}),
    "elasticache:replicationgroup": _replication_group,
    "elasticache:subnetgroup": simple("elasticache", "delete_cache_subnet_group", lambda arn: {"CacheSubnetGroupName": arn.id}),
    "elasticfilesystem:access-point": simple("efs", "delete_access_point", lambda arn: {"AccessPointId": arn.id}),
    "elasticfilesystem:file-system": _file_system,
    "es:domain": _domain,
    "kms:key": _key,
    "rds:db": _database,
    "rds:pg": simple("rds", "delete_db_parameter_group", lambda arn: {"DBParameterGroupName": arn.id}),
    "rds:subgrp": simple("rds", "delete_db_subnet_group", lambda arn: {"DBSubnetGroupName": arn.id}),
    "s3:bucket": _bucket,
    "ssm:parameter": _parameter,
    "secretsmanager:secret": _secret,
}
