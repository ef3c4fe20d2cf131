# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a DB instance: at once, or when the maintenance window comes."""

from __future__ import annotations

from typing import Any, Final

from moto.rds.models import DBInstance, RDSBackend

from tests.emulator.services.rds import checks, engines, instances, parameter_groups, state, subnet_groups
from tests.emulator.services.rds.state import Function
from tests.emulator.wire import error

_modify: Final = RDSBackend.modify_db_instance
_update: Final = DBInstance.update
_DELAY: Final = "rds.instance.modify"

_LATER: Final = {
    "db_instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "engine_version": "EngineVersion",
    "multi_az": "MultiAZ",
    "port": "Port",
    "iops": "Iops",
    "storage_type": "StorageType",
    "storage_throughput": "StorageThroughput",
    "backup_retention_period": "BackupRetentionPeriod",
    "ca_certificate_identifier": "CACertificateIdentifier",
    "license_model": "LicenseModel",
    "new_db_instance_identifier": "DBInstanceIdentifier",
    "subnet_group": "DBSubnetGroupName",
}
"""Attributes that wait for the window unless the request says otherwise, as AWS shows them waiting."""

_AT_ONCE: Final = (
    "auto_minor_version_upgrade",
    "copy_tags_to_snapshot",
    "deletion_protection",
    "publicly_accessible",
    "max_allocated_storage",
    "enable_iam_database_authentication",
    "monitoring_interval",
    "monitoring_role_arn",
)


def modify_db_instance(backend: Any, db_instance_identifier: str, db_kwargs: Any) -> Any:
    """Change an instance that is at rest."""
    instance: Any = backend.describe_db_instances(db_instance_identifier)[0]
    if "life" not in instance.__dict__:
        return _modify(backend, db_instance_identifier, db_kwargs)
    state.ready(instance)
    wanted = {key: db_kwargs[key] for key in db_kwargs if db_kwargs[key] is not None}
    at_once = bool(wanted.get("apply_immediately"))
    later = {**instance.later, **_later(backend, instance, wanted)}
    later = {key: value for key, value in later.items() if _current(instance, key) != value}
    changed = _now(backend, instance, wanted, later)
    instance.later = later
    instance.pending_modified_values = {_LATER[key]: _shown(value) for key, value in later.items() if key in _LATER}
    if (later and at_once) or changed:

        def apply() -> None:
            if at_once:
                _apply(backend, instance)

        state.begin(instance, "modifying", _DELAY, "available", apply)
    return instance


def _shown(value: Any) -> Any:
    return value.name if hasattr(value, "subnet_group_status") else value


def _current(instance: Any, key: str) -> Any:
    if key == "new_db_instance_identifier":
        return instance.db_instance_identifier
    if key == "subnet_group":
        return instance.db_subnet_group
    return getattr(instance, key, None)


def _later(backend: Any, instance: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes that a request changes with a restart or a move of data."""
    later: dict[str, Any] = {}
    engine = instance.engine
    if version := wanted.get("engine_version"):
        later["engine_version"] = _upgrade(instance, engines.resolve(engine, version), wanted)
    if name := wanted.get("db_instance_class"):
        engines.check_class(engine, instance.engine_version, name, backend.region_name)
        later["db_instance_class"] = name
    if number := wanted.get("db_port_number"):
        checks.port(number)
        later["port"] = number
    for key in ("multi_az", "license_model", "backup_retention_period"):
        if key in wanted:
            later[key] = wanted[key]
    if "backup_retention_period" in later:
        checks.retention(later["backup_retention_period"])
        if not later["backup_retention_period"] and instance.replicas:
            raise checks.bad_combination("Automated backups cannot be disabled on an instance with read replicas.")
    if certificate := wanted.get("ca_certificate_identifier"):
        if certificate not in engines.CERTIFICATES:
            raise error("CertificateNotFound", f"Certificate not found: {certificate}")
        later["ca_certificate_identifier"] = certificate
    if name := wanted.get("db_subnet_group_name"):
        later["subnet_group"] = subnet_groups.choose(backend, name)
    if name := wanted.get("new_db_instance_identifier"):
        later["new_db_instance_identifier"] = name.lower()
    if any(key in wanted for key in ("allocated_storage", "storage_type", "iops", "storage_throughput")):
        later.update(_storage(instance, wanted))
    return later


def _storage(instance: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    size = wanted.get("allocated_storage", instance.allocated_storage)
    if size < instance.allocated_storage:
        raise checks.bad_combination(
            f"Invalid storage size: {size}. The allocated storage cannot be reduced from {instance.allocated_storage}."
        )
    kind = wanted.get("storage_type", instance.storage_type)
    # A request may repeat the figures that the instance has; the baseline follows the new size.
    figures: dict[str, Any] = {
        key: wanted[key]
        for key in ("iops", "storage_throughput")
        if key in wanted and (wanted[key] != getattr(instance, key) or kind in ("io1", "io2"))
    }
    same = kind == instance.storage_type
    if same and kind in ("io1", "io2"):
        figures.setdefault("iops", instance.iops)
    values: dict[str, Any] = {"storage_type": kind, "allocated_storage": size, **figures}
    checks.storage(instance.engine, values)
    if same and kind == "gp3":
        for key in ("iops", "storage_throughput"):
            values[key] = max(values[key], getattr(instance, key) or 0) if key not in figures else values[key]
    return values


def _upgrade(instance: Any, version: str, wanted: dict[str, Any]) -> str:
    engine, current = instance.engine, instance.engine_version
    if engines.order(version) < engines.order(current):
        raise checks.bad_combination(f"Cannot upgrade {engine} from {current} to {version}")
    before, after = engines.major(engine, current), engines.major(engine, version)
    if before == after:
        return version
    if not wanted.get("allow_major_version_upgrade"):
        raise checks.bad_combination("The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.")
    own = instance.db_parameter_group_name
    if own and not own.startswith("default.") and not wanted.get("db_parameter_group_name"):
        raise checks.bad_combination(
            f"The current DB instance parameter group {own} is custom. You must explicitly specify a new DB parameter group,"
            " either default or custom, for the engine version upgrade."
        )
    return version


def _now(backend: Any, instance: Any, wanted: dict[str, Any], later: dict[str, Any]) -> bool:
    """Apply what never waits for the window; return whether that changed anything."""
    changed = False
    if later.get("backup_retention_period") and instance.backup_retention_period:
        # From one number of days to another there is nothing to wait for.
        instance.backup_retention_period = later.pop("backup_retention_period")
        changed = True
    maintenance, backup = wanted.get("preferred_maintenance_window"), wanted.get("preferred_backup_window")
    if maintenance or backup:
        new = checks.schedule(maintenance or instance.preferred_maintenance_window, backup or instance.preferred_backup_window)
        changed |= new != (instance.preferred_maintenance_window, instance.preferred_backup_window)
        instance.preferred_maintenance_window, instance.preferred_backup_window = new
    if password := wanted.get("master_user_password"):
        checks.password(instance.engine, password)
        instance.master_user_password = password
        changed = True
    if ids := wanted.get("vpc_security_group_ids"):
        groups = checks.security_groups(backend, ids, instance.db_subnet_group.vpc_id)
        changed |= set(groups) != set(instance.vpc_security_group_ids)
        instance.vpc_security_group_ids = groups
    changed |= _parameter_group(backend, instance, wanted, later)
    interval = wanted.get("monitoring_interval", instance.monitoring_interval)
    role = wanted.get("monitoring_role_arn", instance.monitoring_role_arn)
    if interval and not role:
        raise checks.bad_combination("A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0.")
    checks.monitoring_role(backend, wanted.get("monitoring_role_arn"), interval)
    for key in _AT_ONCE:
        if key in wanted and getattr(instance, key) != wanted[key]:
            setattr(instance, key, wanted[key])
            changed = True
    instances.set_monitoring(instance)
    changed |= _insights(backend, instance, wanted)
    changed |= _logs(backend, instance, wanted)
    secret = {
        key: wanted[key]
        for key in ("manage_master_user_password", "master_user_secret_kms_key_id", "rotate_master_user_password")
        if key in wanted
    }
    if secret.get("rotate_master_user_password") and not wanted.get("apply_immediately"):
        raise checks.bad_combination("You must specify apply immediately when rotating the master user password.")
    if secret.get("manage_master_user_password") and instance.manage_master_user_password:
        del secret["manage_master_user_password"]
    if secret:
        _update(instance, **secret)
        changed = True
    return bool(changed)


def _parameter_group(backend: Any, instance: Any, wanted: dict[str, Any], later: dict[str, Any]) -> bool:
    name = wanted.get("db_parameter_group_name")
    version = later.get("engine_version", instance.engine_version)
    if name is None:
        return False
    chosen = parameter_groups.choose(backend, name, instance.engine, version)
    if chosen == instance.db_parameter_group_name:
        return False
    if engines.family(instance.engine, version) != engines.family(instance.engine, instance.engine_version):
        later["db_parameter_group_name"] = chosen
        return False
    instance.db_parameter_group_name = chosen
    return True


def _insights(backend: Any, instance: Any, wanted: dict[str, Any]) -> bool:
    keys = ("enable_performance_insights", "performance_insights_kms_key_id", "performance_insights_retention_period")
    if not any(key in wanted for key in keys):
        return False
    shown = ("performance_insights_enabled", "performance_insights_kms_key_id", "performance_insights_retention_period")
    before = [getattr(instance, key) for key in shown]
    enabled = wanted.get("enable_performance_insights", instance.performance_insights_enabled)
    key = wanted.get("performance_insights_kms_key_id")
    days = wanted.get("performance_insights_retention_period")
    if enabled and instance.performance_insights_enabled:
        if key and instances.key_arn(backend, key, "") != instance.performance_insights_kms_key_id:
            raise checks.bad_combination("You can't change the KMS key of Performance Insights after it has been enabled.")
        key, days = instance.performance_insights_kms_key_id, days or instance.performance_insights_retention_period
    instances.set_insights(backend, instance, enabled=enabled, key=key, days=days)
    return before != [getattr(instance, key) for key in shown]


def _logs(backend: Any, instance: Any, wanted: dict[str, Any]) -> bool:
    config = wanted.get("cloudwatch_logs_export_configuration")
    if not config:
        return False
    on, off = list(config.get("EnableLogTypes") or []), list(config.get("DisableLogTypes") or [])
    checks.log_exports(instance.engine, instance.engine_version, [*on, *off])
    before = list(instance.enabled_cloudwatch_logs_exports)
    instance.enabled_cloudwatch_logs_exports = sorted((set(before) | set(on)) - set(off))
    checks.ensure_log_groups(backend, instance.db_instance_identifier, on)
    return sorted(before) != list(instance.enabled_cloudwatch_logs_exports)


def _apply(backend: Any, instance: Any) -> None:
    """Make the changes that were waiting."""
    later, instance.later, instance.pending_modified_values = instance.later, {}, {}
    name = later.pop("new_db_instance_identifier", None)
    if (group := later.pop("subnet_group", None)) is not None:
        instance.db_subnet_group_name = group.name
    before = engines.family(instance.engine, instance.engine_version)
    # The setter of the throughput looks at the storage type, so that comes first.
    for key in sorted(later, key=lambda item: item != "storage_type"):
        setattr(instance, key, later[key])
    after = engines.family(instance.engine, instance.engine_version)
    if after != before and (instance.db_parameter_group_name or "default.").startswith("default."):
        instance.db_parameter_group_name = f"default.{after}"
    zones = subnet_groups.zones(instance.db_subnet_group)
    instance.secondary_availability_zone = instances.second_zone(zones, instance.availability_zone) if instance.multi_az else None
    if name is not None and name != instance.db_instance_identifier:
        del backend.databases[instance.db_instance_identifier]
        instance.db_instance_identifier = name
        backend.databases[name] = instance


def reboot_db_instance(backend: Any, db_instance_identifier: str) -> Any:
    """Restart an instance."""
    instance: Any = backend.describe_db_instances(db_instance_identifier)[0]
    if "life" in instance.__dict__:
        state.ready(instance)
        state.begin(instance, "rebooting", _DELAY, "available")
    return instance


def stop_db_instance(backend: Any, db_instance_identifier: str, db_snapshot_identifier: str | None = None) -> Any:
    """Stop an instance for at most seven days."""
    instance: Any = backend.describe_db_instances(db_instance_identifier)[0]
    if instance.status != "available":
        raise error("InvalidDBInstanceState", f"Instance {db_instance_identifier} is not in available state.")
    if instance.is_replica or instance.replicas:
        raise error("InvalidDBInstanceState", "Cannot stop or start a read replica or an instance with read replicas.")
    if db_snapshot_identifier:
        backend.create_db_snapshot(db_instance_identifier, db_snapshot_identifier)
    state.begin(instance, "stopping", _DELAY, "stopped")
    return instance


def start_db_instance(backend: Any, db_instance_identifier: str) -> Any:
    """Start an instance that was stopped."""
    instance: Any = backend.describe_db_instances(db_instance_identifier)[0]
    if instance.status != "stopped":
        raise error("InvalidDBInstanceState", f"Instance {db_instance_identifier} is not stopped.")
    state.begin(instance, "starting", _DELAY, "available")
    return instance


def promote_read_replica(backend: Any, db_kwargs: Any) -> Any:
    """Make a replica an instance of its own."""
    instance: Any = backend.describe_db_instances(db_kwargs["db_instance_identifier"])[0]
    if not instance.is_replica:
        raise error("InvalidDBInstanceState", "DB Instance is not a read replica.")
    state.ready(instance)
    source = backend.find_db_from_id(instance.source_db_instance_identifier)
    names = (instance.db_instance_identifier, instance.db_instance_arn)
    source.replicas = [name for name in source.replicas if name not in names]
    instance.is_replica = False
    instance.source_db_instance_identifier = None
    instance.status_infos = []
    instance.backup_retention_period = db_kwargs.get("backup_retention_period") or 1
    if window := db_kwargs.get("preferred_backup_window"):
        instance.preferred_backup_window = checks.schedule(instance.preferred_maintenance_window, window)[1]
    state.begin(instance, "modifying", _DELAY, "available")
    return instance


BACKEND: Final[dict[str, Function]] = {
    "modify_db_instance": modify_db_instance,
    "reboot_db_instance": reboot_db_instance,
    "stop_db_instance": stop_db_instance,
    "start_db_instance": start_db_instance,
    "promote_read_replica": promote_read_replica,
}
RESPONSE: Final[dict[str, Function]] = {}
