# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DB instances: create, restore, replicate, delete, and their snapshots."""

from __future__ import annotations

import re
from typing import Any, Final

from moto.moto_api._internal import mock_random
from moto.rds import models
from moto.rds.models import DBInstance, DBSnapshot, RDSBackend

from tests.emulator.services.rds import checks, engines, parameter_groups, state, subnet_groups
from tests.emulator.services.rds.state import Function
from tests.emulator.wire import error

_create: Final = RDSBackend.create_db_instance
_delete: Final = RDSBackend.delete_db_instance
_snapshot: Final = RDSBackend.create_db_snapshot
_init_snapshot: Final = DBSnapshot.__init__
_IDENTIFIER: Final = re.compile(r"[a-zA-Z](-?[a-zA-Z0-9]){0,62}")
_NEVER_COPIED: Final = (
    "life",
    "later",
    "status",
    "replicas",
    "is_replica",
    "created",
    "dbi_resource_id",
    "master_user_secret",
    "manage_master_user_password",
    "enabled_cloudwatch_logs_exports",
    "pending_modified_values",
)


def _identifier(value: str) -> None:
    if not _IDENTIFIER.fullmatch(value):
        raise checks.bad_value(
            "The parameter DBInstanceIdentifier is not a valid identifier. Identifiers must begin with a letter; must contain"
            " only ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
        )


def key_arn(backend: Any, wanted: str | None, default_alias: str) -> str:
    """Return the ARN of a KMS key: the one named, or AWS's own for RDS."""
    if wanted is None:
        return str(backend.kms.describe_key(default_alias).arn)
    missing = error(
        "KMSKeyNotAccessibleFault",
        f"The specified KMS key [{wanted}] does not exist, is not enabled or you do not have permissions to access it.",
    )
    if re.fullmatch(r"arn:aws[\w-]*:kms:[^:]+:\d{12}:(key|alias)/.+", wanted) and wanted.split(":")[3] != backend.region_name:
        raise missing
    try:
        return str(backend.kms.describe_key(wanted).arn)
    except Exception as problem:  # moto has several for a key that it does not know
        raise missing from problem


def _credentials(engine: str, values: dict[str, Any]) -> None:
    checks.user_name(engine, values.get("master_username"))
    if values.get("manage_master_user_password"):
        if values.get("master_user_password"):
            raise checks.bad_combination("You can't specify MasterUserPassword when ManageMasterUserPassword is true.")
    else:
        checks.password(engine, values.get("master_user_password"))


def _place(backend: Any, values: dict[str, Any]) -> str | None:
    """Choose subnet group, security groups and zones; return the second zone of a Multi-AZ instance."""
    group = subnet_groups.choose(backend, values.get("db_subnet_group_name"))
    if group is not None:
        values["db_subnet_group_name"] = group.name
    values["vpc_security_group_ids"] = checks.security_groups(
        backend, values.get("vpc_security_group_ids"), group.vpc_id if group else None
    )
    zones = subnet_groups.zones(group) if group else [f"{backend.region_name}a", f"{backend.region_name}b"]
    wanted = values.get("availability_zone")
    if wanted and values.get("multi_az"):
        raise checks.bad_combination("Requesting a specific availability zone is not valid for Multi-AZ instances.")
    if wanted and wanted not in zones:
        raise error(
            "InvalidVPCNetworkStateFault", f"Cannot create a database instance because no subnets exist in availability zone {wanted}"
        )
    values["availability_zone"] = wanted or zones[0]
    return second_zone(zones, values["availability_zone"]) if values.get("multi_az") else None


def second_zone(zones: list[str], first: str) -> str | None:
    """Return the zone in which a Multi-AZ instance has its standby."""
    return next((zone for zone in zones if zone != first), None)


def create_db_instance(backend: Any, db_kwargs: Any, *, copied: bool = False) -> Any:
    """Create an instance, unless something it needs is missing or does not fit.

    `copied` means that a restore or a replica takes these values from another instance.
    """
    values = {key: db_kwargs[key] for key in db_kwargs}
    if values.get("db_cluster_identifier") is not None:
        return _create(backend, db_kwargs)
    # moto's restore passes everything that it found on the original.
    copied = copied or "dbi_resource_id" in values
    logs = list(values.get("enable_cloudwatch_logs_exports") or [])
    if copied:
        logs = list(values.get("enable_cloudwatch_logs_exports") or values.get("enabled_cloudwatch_logs_exports") or [])
        values = {key: value for key, value in values.items() if key not in _NEVER_COPIED}
        values["enable_cloudwatch_logs_exports"] = logs
    identifier = values["db_instance_identifier"]
    _identifier(identifier)
    if identifier in backend.databases:
        raise error("DBInstanceAlreadyExists", "DB instance already exists")
    engine = values.get("engine") or ""
    if not engines.versions(engine):
        raise checks.bad_value(f"Invalid DB engine: {engine}")
    version = values["engine_version"] = engines.resolve(engine, values.get("engine_version"))
    engines.check_class(engine, version, values["db_instance_class"], backend.region_name)
    if not copied:
        _credentials(engine, values)
    checks.storage(engine, values, given=not copied)
    maintenance, backup = checks.schedule(values.get("preferred_maintenance_window"), values.get("preferred_backup_window"))
    values.update({"preferred_maintenance_window": maintenance, "preferred_backup_window": backup})
    if values.get("port"):
        checks.port(values["port"])
    name = values.get("db_name")
    if name and not re.fullmatch(r"[a-zA-Z_]\w*", name):
        raise checks.bad_value("DBName must begin with a letter and contain only alphanumeric characters.")
    checks.retention(values.get("backup_retention_period", 1))
    checks.log_exports(engine, version, logs)
    checks.monitoring_role(backend, values.get("monitoring_role_arn"), values.get("monitoring_interval"))
    certificate = values.setdefault("ca_certificate_identifier", engines.CERTIFICATES[0])
    if certificate not in engines.CERTIFICATES:
        raise error("CertificateNotFound", f"Certificate not found: {certificate}")
    values["db_parameter_group_name"] = parameter_groups.choose(backend, values.get("db_parameter_group_name"), engine, version)
    values.setdefault("license_model", engines.LICENCES.get(engine, "license-included"))
    second = _place(backend, values)
    if values.get("storage_encrypted"):
        values["kms_key_id"] = key_arn(backend, values.get("kms_key_id"), "alias/aws/rds")
    elif values.get("kms_key_id"):
        raise checks.bad_combination("KmsKeyId can only be specified when StorageEncrypted is true.")
    values["publicly_accessible"] = bool(values.get("publicly_accessible"))
    instance: Any = _create(backend, values)
    if not instance.backup_retention_period:
        # Moto takes a first backup of every instance; AWS only where backups are kept.
        for snapshot in list(backend.database_snapshots.values()):
            if snapshot.db_instance_identifier == instance.db_instance_identifier and snapshot.snapshot_type == "automated":
                backend.database_snapshots.pop(snapshot.db_snapshot_identifier)
    _complete(backend, instance, values, second)
    checks.ensure_log_groups(backend, instance.db_instance_identifier, logs)
    state.create(instance)
    return instance


def _complete(backend: Any, instance: Any, values: dict[str, Any], second: str | None) -> None:
    """Set what moto's constructor leaves out."""
    instance.dbi_resource_id = f"db-{mock_random.get_random_string(26).upper()}"
    instance.secondary_availability_zone = second
    instance.pending_modified_values = {}
    instance.later = {}
    instance.backup_target = "region"
    instance.network_type = "IPV4"
    instance.customer_owned_ip_enabled = False
    instance.activity_stream_status = "stopped"
    instance.dedicated_log_volume = bool(values.get("dedicated_log_volume"))
    instance.engine_lifecycle_support = values.get("engine_lifecycle_support", "open-source-rds-extended-support")
    instance.promotion_tier = values.get("promotion_tier")
    insights = values.get("enable_performance_insights")
    if insights is None:
        insights = values.get("performance_insights_enabled", False)
    set_insights(
        backend,
        instance,
        enabled=bool(insights),
        key=values.get("performance_insights_kms_key_id"),
        days=values.get("performance_insights_retention_period"),
    )
    set_monitoring(instance)


def set_insights(backend: Any, instance: Any, *, enabled: bool, key: str | None, days: int | None) -> None:
    """Turn Performance Insights on or off."""
    instance.performance_insights_enabled = enabled
    if not enabled and (key or days):
        raise checks.bad_combination("Performance Insights must be enabled to specify its key or its retention period.")
    if days is not None:
        checks.insights_retention(days)
    instance.performance_insights_kms_key_id = key_arn(backend, key, "alias/aws/rds") if enabled else None
    instance.performance_insights_retention_period = (days or 7) if enabled else None
    instance.database_insights_mode = "standard"


def set_monitoring(instance: Any) -> None:
    """Show where enhanced monitoring writes."""
    instance.enhanced_monitoring_resource_arn = (
        f"arn:{instance.partition}:logs:{instance.region}:{instance.account_id}:log-group:RDSOSMetrics:"
        f"log-stream:{instance.dbi_resource_id}"
        if instance.monitoring_interval
        else None
    )


def create_db_instance_read_replica(backend: Any, db_kwargs: Any) -> Any:
    """Create a replica of an instance that has backups, in this region or from another one."""
    wanted = {key: db_kwargs[key] for key in db_kwargs if key != "backend"}
    source = backend.find_db_from_id(wanted["source_db_instance_identifier"])
    if source.status != "available":
        raise error("InvalidDBInstanceState", f"DB instance {source.db_instance_identifier} is not in available state.")
    if not source.backup_retention_period:
        raise error(
            "InvalidDBInstanceState",
            "Automated backups are not enabled for this database instance. To enable automated backups, use ModifyDBInstance to set"
            " the backup retention period to a non-zero value.",
        )
    other_region = source.region != backend.region_name
    if source.storage_encrypted and other_region and not wanted.get("kms_key_id"):
        raise checks.bad_combination("Cannot create a cross region read replica from an encrypted DB instance without a KMS key.")
    inherited = (
        "engine",
        "engine_version",
        "db_instance_class",
        "allocated_storage",
        "storage_type",
        "iops",
        "port",
        "master_username",
        "db_name",
        "storage_encrypted",
        "license_model",
        "auto_minor_version_upgrade",
        "preferred_maintenance_window",
        "preferred_backup_window",
        "ca_certificate_identifier",
    )
    values = {key: getattr(source, key) for key in inherited}
    if not other_region:
        values["kms_key_id"] = source.kms_key_id
        values["vpc_security_group_ids"] = source.vpc_security_group_ids
        values["db_subnet_group_name"] = source.db_subnet_group.name
        if source.db_parameter_group_name:
            values["db_parameter_group_name"] = source.db_parameter_group_name
    # AWS gives a replica backups only when it is asked to.
    values.update({"backup_retention_period": 0, **wanted})
    if not values.get("storage_encrypted"):
        values.pop("kms_key_id", None)
    replica = create_db_instance(backend, values, copied=True)
    replica.set_as_replica()
    replica.source_db_instance_identifier = source.db_instance_arn if other_region else source.db_instance_identifier
    replica.status_infos = [{"StatusType": "read replication", "Normal": True, "Status": "replicating"}]
    source.add_replica(replica)
    return replica


def delete_db_instance(
    backend: Any,
    db_instance_identifier: str,
    final_db_snapshot_identifier: str | None = None,
    skip_final_snapshot: bool | None = False,
    delete_automated_backups: bool | None = True,
) -> Any:
    """Begin to delete an instance; a last snapshot is taken first."""
    instance: Any = backend.databases.get(db_instance_identifier)
    if instance is None:
        raise error("DBInstanceNotFound", f"DBInstance {db_instance_identifier} not found.")
    if "life" not in instance.__dict__:
        return _delete(backend, db_instance_identifier, final_db_snapshot_identifier, skip_final_snapshot, delete_automated_backups)
    if instance.status == "deleting":
        raise error("InvalidDBInstanceState", f"Instance {db_instance_identifier} is already being deleted.")
    if instance.deletion_protection:
        raise checks.bad_combination("Cannot delete protected DB Instance, please disable deletion protection and try again.")
    if skip_final_snapshot and final_db_snapshot_identifier:
        raise checks.bad_combination("FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true.")
    if not skip_final_snapshot and not final_db_snapshot_identifier:
        raise checks.bad_combination("FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified.")
    if final_db_snapshot_identifier:
        if instance.is_replica:
            raise error("InvalidDBInstanceState", "A final snapshot cannot be taken of a read replica.")
        backend.create_db_snapshot(db_instance_identifier, final_db_snapshot_identifier)

    def gone() -> None:
        _delete(
            backend,
            instance.db_instance_identifier,
            skip_final_snapshot=True,
            delete_automated_backups=delete_automated_backups,
        )

    state.begin(instance, "deleting", "rds.instance.delete", "deleting", gone)
    return instance


def create_db_snapshot(backend: Any, db_instance_identifier: str, db_snapshot_identifier: str, *args: Any, **kwargs: Any) -> Any:
    """Take a snapshot of an instance that is not in the middle of something."""
    instance: Any = backend.databases.get(db_instance_identifier)
    automated = kwargs.get("snapshot_type", args[0] if args else "manual") == "automated"
    if (
        instance is not None
        and not automated
        and "life" in instance.__dict__
        and instance.status not in ("available", "stopped", "backing-up")
    ):
        raise error(
            "InvalidDBInstanceState",
            f"Cannot create a snapshot because the database instance {db_instance_identifier} is not currently in the available state.",
        )
    if automated and db_snapshot_identifier in backend.database_snapshots:
        # The name has the minute. In AWS no instance is made, renamed and made anew in one; here it is.
        db_snapshot_identifier += f"-{len(backend.database_snapshots)}"
    return _snapshot(backend, db_instance_identifier, db_snapshot_identifier, *args, **kwargs)


def _snapshot_fields(snapshot: Any, *args: Any, **kwargs: Any) -> None:
    """Add to a new snapshot what moto leaves out, and its life."""
    _init_snapshot(snapshot, *args, **kwargs)
    database = snapshot.database
    # A copied life would go on living in the snapshot's copy of the instance.
    database.__dict__.pop("life", None)
    snapshot.percent_progress = 100
    for name in ("availability_zone", "storage_type", "iops", "storage_throughput", "license_model", "option_group_name"):
        setattr(snapshot, name, getattr(database, name, None))
    group = getattr(database, "db_subnet_group", None)
    snapshot.vpc_id = group.vpc_id if group is not None else None
    life = state.start(snapshot, "creating")
    life.begin("creating", "rds.instance.modify", "available")


def prepare() -> None:
    """Correct what moto's classes themselves get wrong."""
    setattr(DBSnapshot, "__init__", _snapshot_fields)  # noqa: B010
    setattr(models, "valid_preferred_maintenance_window", lambda *_: None)  # noqa: B010
    setattr(DBInstance, "endpoint", property(_endpoint))  # noqa: B010
    setattr(DBInstance, "default_db_parameter_group_details", _default_group)  # noqa: B010


def _endpoint(instance: Any) -> dict[str, Any] | None:
    """An instance has no address while it is being made."""
    if instance.status == "creating":
        return None
    return {"Address": instance.address, "Port": instance.port, "HostedZoneId": "Z2R2ITUGPM61AM"}


def _default_group(instance: Any) -> tuple[str, str]:
    family = engines.family(instance.engine, instance.engine_version)
    return family, f"default.{family}"


BACKEND: Final[dict[str, Function]] = {
    "create_db_instance": create_db_instance,
    "create_db_instance_read_replica": create_db_instance_read_replica,
    "delete_db_instance": delete_db_instance,
    "create_db_snapshot": create_db_snapshot,
}
RESPONSE: Final[dict[str, Function]] = {}
