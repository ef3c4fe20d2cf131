# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Automated backups, and their replication into another region."""

from __future__ import annotations

from typing import Any, Final

from moto.core.responses import ActionResult
from moto.rds.models import rds_backends

from tests.emulator.services.rds import instances
from tests.emulator.services.rds.state import Function
from tests.emulator.wire import Document, error


def _render(instance: Any, region: str) -> Document:
    shown: Document = {
        "DBInstanceArn": instance.db_instance_arn,
        "DbiResourceId": instance.dbi_resource_id,
        "Region": instance.region,
        "DBInstanceIdentifier": instance.db_instance_identifier,
        "AllocatedStorage": instance.allocated_storage,
        "Status": "active",
        "Port": instance.port,
        "AvailabilityZone": instance.availability_zone,
        "InstanceCreateTime": instance.instance_create_time,
        "MasterUsername": instance.master_username,
        "Engine": instance.engine,
        "EngineVersion": instance.engine_version,
        "LicenseModel": instance.license_model,
        "Encrypted": bool(instance.storage_encrypted),
        "StorageType": instance.storage_type,
        "KmsKeyId": instance.kms_key_id,
        "IAMDatabaseAuthenticationEnabled": instance.iam_database_authentication_enabled,
        "BackupRetentionPeriod": instance.backup_retention_period,
        "DBInstanceAutomatedBackupsArn": (
            f"arn:{instance.partition}:rds:{region}:{instance.account_id}:auto-backup:ab-"
            f"{instance.dbi_resource_id.removeprefix('db-').lower()}"
        ),
        "BackupTarget": "region",
        "RestoreWindow": {"EarliestTime": instance.created, "LatestTime": instance.latest_restorable_time},
    }
    if group := getattr(instance, "db_subnet_group", None):
        shown["VpcId"] = group.vpc_id
    return shown


def _replicated(backend: Any) -> dict[str, Document]:
    """Return the backups that this region keeps of instances elsewhere, by the instance's ARN."""
    table: dict[str, Document] = backend.__dict__.setdefault("replicated_backups", {})
    return table


def source_of(backend: Any, arn: str) -> Any:
    """Return the instance whose backups these are: one of this region, or one elsewhere, which may be gone."""
    for backup in _replicated(backend).values():
        if backup["DBInstanceAutomatedBackupsArn"] == arn:
            return backend.__dict__["replicated_sources"][arn]
    for instance in backend.databases.values():
        if "life" in instance.__dict__ and _render(instance, backend.region_name)["DBInstanceAutomatedBackupsArn"] == arn:
            return instance
    raise error("DBInstanceAutomatedBackupNotFound", f"DBInstanceAutomatedBackup {arn} not found.")


def key_of(backend: Any, arn: str) -> str | None:
    """Return the key of this region that encrypts copied backups."""
    found = [backup.get("KmsKeyId") for backup in _replicated(backend).values() if backup["DBInstanceAutomatedBackupsArn"] == arn]
    return str(found[0]) if found and found[0] else None


def start_replication(response: Any) -> ActionResult:
    """Begin to copy an instance's backups into this region."""
    parameters, backend = response.params, response.backend
    arn = parameters["SourceDBInstanceArn"]
    region = arn.split(":")[3] if arn.count(":") >= 6 else ""
    source: Any = rds_backends[backend.account_id][region].databases.get(arn.split(":")[-1]) if region else None
    if source is None:
        raise error("DBInstanceNotFound", f"DBInstance {arn} not found.")
    if region == backend.region_name:
        raise error("InvalidParameterValue", "The source and destination region of replicated backups must differ.")
    if not source.backup_retention_period:
        raise error("InvalidDBInstanceState", "Automated backups are not enabled for the source DB instance.")
    if _replicated(backend).get(arn, {}).get("Status") == "replicating":
        raise error("InvalidDBInstanceState", f"Automated backups of {arn} are already replicated to {backend.region_name}.")
    if source.storage_encrypted and not parameters.get("KmsKeyId"):
        raise error("InvalidParameterCombination", "KmsKeyId must be specified to replicate the backups of an encrypted DB instance.")
    backup = _render(source, backend.region_name)
    backup["BackupRetentionPeriod"] = parameters.get("BackupRetentionPeriod") or 7
    backup["Status"] = "replicating"
    if key := parameters.get("KmsKeyId"):
        backup["KmsKeyId"] = instances.key_arn(backend, key, "alias/aws/rds")
    _replicated(backend)[arn] = backup
    backend.__dict__.setdefault("replicated_sources", {})[backup["DBInstanceAutomatedBackupsArn"]] = source
    source.db_instance_automated_backups_replications = [{"DBInstanceAutomatedBackupsArn": backup["DBInstanceAutomatedBackupsArn"]}]
    return ActionResult({"DBInstanceAutomatedBackup": backup})


def stop_replication(response: Any) -> ActionResult:
    """End the copying; what was copied stays until its retention ends or somebody deletes it."""
    arn = response.params["SourceDBInstanceArn"]
    backup = _replicated(response.backend).get(arn)
    if backup is None or backup["Status"] != "replicating":
        raise error("InvalidDBInstanceState", f"Automated backups of {arn} are not replicated to {response.region}.")
    backup["Status"] = "retained"
    source: Any = rds_backends[response.current_account][arn.split(":")[3]].databases.get(arn.split(":")[-1])
    if source is not None:
        source.db_instance_automated_backups_replications = []
    return ActionResult({"DBInstanceAutomatedBackup": backup})


def delete_automated_backup(response: Any) -> ActionResult:
    """Delete copies that nobody adds to any more."""
    parameters = response.params
    for arn, backup in list(_replicated(response.backend).items()):
        if parameters.get("DBInstanceAutomatedBackupsArn") == backup["DBInstanceAutomatedBackupsArn"]:
            if backup["Status"] == "replicating":
                raise error("InvalidDBInstanceAutomatedBackupState", "Stop the replication of the automated backup before you delete it.")
            del _replicated(response.backend)[arn]
            return ActionResult({"DBInstanceAutomatedBackup": {**backup, "Status": "deleting"}})
    raise error("DBInstanceAutomatedBackupNotFound", f"DBInstanceAutomatedBackup {parameters} not found.")


def describe_automated_backups(response: Any) -> ActionResult:
    """Return the backups of this region's instances and those replicated into it."""
    parameters, backend = response.params, response.backend
    found = [
        _render(instance, backend.region_name)
        for instance in backend.databases.values()
        if "life" in instance.__dict__ and instance.backup_retention_period
    ]
    found += _replicated(backend).values()
    for key in ("DBInstanceIdentifier", "DbiResourceId", "DBInstanceAutomatedBackupsArn"):
        if wanted := parameters.get(key):
            found = [item for item in found if item[key] == wanted]
            if not found and key != "DBInstanceIdentifier":
                raise error("DBInstanceAutomatedBackupNotFound", f"DBInstanceAutomatedBackup {wanted} not found.")
    return ActionResult({"DBInstanceAutomatedBackups": found})


BACKEND: Final[dict[str, Function]] = {}
RESPONSE: Final[dict[str, Function]] = {
    "start_db_instance_automated_backups_replication": start_replication,
    "stop_db_instance_automated_backups_replication": stop_replication,
    "delete_db_instance_automated_backup": delete_automated_backup,
    "describe_db_instance_automated_backups": describe_automated_backups,
}
