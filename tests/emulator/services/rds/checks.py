# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What RDS checks before it accepts the settings of a DB instance."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.logs.models import logs_backends

from tests.emulator import windows
from tests.emulator.services.rds import engines
from tests.emulator.wire import error

_RESERVED: Final = {
    "postgres": frozenset({"admin", "rdsadmin", "rdsrepladmin", "rds_superuser", "user", "select", "table", "all", "order", "group"}),
    "mysql": frozenset({"rdsadmin", "mysql.sys", "mysql.session", "select", "table", "all", "order", "group", "user"}),
    "mariadb": frozenset({"rdsadmin", "mysql.sys", "select", "table", "all", "order", "group", "user"}),
    "sqlserver": frozenset({"sa", "admin", "administrator", "rdsadmin", "public", "guest", "dbo"}),
}
_STRIPED_FROM: Final = 400
"""GiB from which RDS stripes gp3 over four volumes, for all engines but SQL Server."""


def bad_value(message: str) -> ServiceException:
    """Return the error for a value that cannot be."""
    return error("InvalidParameterValue", message)


def bad_combination(message: str) -> ServiceException:
    """Return the error for values that do not go together."""
    return error("InvalidParameterCombination", message)


def user_name(engine: str, name: str | None) -> None:
    """Fail on a master user name that the engine keeps for itself."""
    if not name:
        raise bad_value("The parameter MasterUsername must be provided and must not be blank.")
    if not re.fullmatch(r"[a-zA-Z]\w{0,62}", name):
        raise bad_value("The parameter MasterUsername must begin with a letter and contain only alphanumeric characters.")
    reserved = _RESERVED.get("sqlserver" if engine.startswith("sqlserver") else engine, frozenset())
    if name.lower() in reserved:
        raise bad_value(f"MasterUsername {name} cannot be used as it is a reserved word used by the engine")


def password(engine: str, value: str | None) -> None:
    """Fail on a master password that the engine does not take."""
    longest = 41 if engine in ("mysql", "mariadb") else 128
    if not value:
        raise bad_value("The parameter MasterUserPassword must be provided and must not be blank.")
    if len(value) < 8:
        raise bad_value("The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters.")
    if len(value) > longest:
        raise bad_value(f"The parameter MasterUserPassword is not a valid password because it is longer than {longest} characters.")
    if any(not 33 <= ord(char) <= 126 or char in '/@"' for char in value):
        raise bad_value(
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII characters besides '/', '@', '\"', ' '"
            " may be used."
        )


def schedule(maintenance: str | None, backup: str | None) -> tuple[str, str]:
    """Return maintenance and backup window, chosen where nobody did, if they are apart."""
    if maintenance is not None:
        window = windows.parse_weekly(maintenance)
        if window is None:
            raise bad_value(
                f"Invalid maintenance window format: {maintenance}. Should be specified as a range ddd:hh24:mi-ddd:hh24:mi"
                " (24H Clock UTC). Example: Sun:23:45-Mon:00:15"
            )
        if window[1] < 30:
            raise bad_value("The maintenance window must be at least 30 minutes.")
        if window[1] >= 24 * 60:
            raise bad_value("Maintenance window must be less than 24 hours.")
    if backup is not None:
        daily = windows.parse_daily(backup)
        if daily is None:
            raise bad_value(f"Invalid backup window format: {backup}. Should be specified as a range hh24:mi-hh24:mi (24H Clock UTC).")
        if daily[1] < 30:
            raise bad_value("The backup window must be at least 30 minutes.")
    if maintenance and backup and windows.overlap(backup, maintenance):
        raise bad_value("The backup window and maintenance window must not overlap.")
    maintenance = maintenance or windows.choose_weekly(30, backup)
    return maintenance.lower(), backup or windows.choose_daily(30, maintenance)


def _baseline(engine: str, size: int) -> tuple[int, int]:
    striped = size >= _STRIPED_FROM and not engine.startswith("sqlserver")
    return (12000, 500) if striped else (3000, 125)


def storage(engine: str, values: dict[str, Any], *, given: bool = True) -> None:
    """Complete type, size, IOPS and throughput in `values`; `given` says that a user named them."""
    kind = values.get("storage_type") or ("io1" if values.get("iops") else "gp2")
    size = values.get("allocated_storage")
    if not size:
        raise bad_value("The parameter AllocatedStorage must be provided and must not be blank.")
    if kind not in ("standard", "gp2", "gp3", "io1", "io2"):
        raise bad_value(f"Invalid storage type: {kind}")
    smallest = {"standard": 5, "io1": 100, "io2": 100}.get(kind, 20)
    if not smallest <= size <= 65536:
        raise bad_value(f"Invalid storage size for engine name {engine} and storage type {kind}: {size}")
    iops, throughput = values.get("iops"), values.get("storage_throughput")
    if kind == "gp3":
        base_iops, base_throughput = _baseline(engine, size)
        striped = base_iops > 3000 or engine.startswith("sqlserver")
        if given and not striped and (iops or throughput):
            raise bad_combination(f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less than 400.")
        values["iops"] = (iops if striped else None) or base_iops
        values["storage_throughput"] = (throughput if striped else None) or base_throughput
    elif kind in ("io1", "io2"):
        if not iops:
            raise bad_combination(f"You must specify Iops when specifying the storage type {kind}.")
        values["storage_throughput"] = None
    else:
        if given and iops:
            raise bad_combination(f"You can't specify Iops for storage type {kind}.")
        values["iops"] = values["storage_throughput"] = None
    values["storage_type"] = kind
    most = values.get("max_allocated_storage")
    if most and most < size:
        raise bad_combination("Max storage size must be greater than storage size")


def security_groups(backend: Any, ids: list[str] | None, vpc_id: str | None) -> list[str]:
    """Return the ids of the security groups, all of which must exist in the instance's VPC."""
    ec2 = ec2_backends[backend.account_id][backend.region_name]
    if not ids:
        group = ec2.get_security_group_from_name("default", vpc_id)
        return [group.id] if group else []
    for group_id in ids:
        found = ec2.get_security_group_from_id(group_id)
        if found is None:
            raise bad_value(f"Invalid security group , groupId= {group_id}, groupName=.")
        if vpc_id and found.vpc_id != vpc_id:
            raise bad_combination(
                "The DB instance and EC2 security group are in different VPCs. The DB instance is in"
                f" {vpc_id} and the EC2 security group is in {found.vpc_id}"
            )
    return list(ids)


def monitoring_role(backend: Any, arn: str | None, interval: int | None) -> None:
    """Fail unless RDS can send enhanced monitoring by the role."""
    if interval not in (None, 0, 1, 5, 10, 15, 30, 60):
        raise bad_value(f"Invalid value {interval} for MonitoringInterval: must be 0, 1, 5, 10, 15, 30 or 60.")
    if not arn:
        return
    roles = iam_backends[backend.account_id][backend.partition].get_roles()
    role = next((item for item in roles if item.arn == arn), None)
    trust = json.dumps(role.assume_role_policy_document) if role else ""
    if "monitoring.rds.amazonaws.com" not in trust:
        raise bad_value("IAM role ARN value is invalid or does not include the required permissions for: ENHANCED_MONITORING")


def log_exports(engine: str, version: str, names: list[str]) -> None:
    """Fail on a log that the engine does not write."""
    unknown = [name for name in names if name not in engines.LOG_TYPES.get(engine, ())]
    if unknown:
        raise bad_combination(
            f"You cannot use the log types '{', '.join(unknown)}' with engine version {engine} {version}. For supported log types,"
            " see the documentation."
        )


def ensure_log_groups(backend: Any, identifier: str, names: list[str]) -> None:
    """Make the log groups of exported logs, as AWS does with the first line of each."""
    logs = logs_backends[backend.account_id][backend.region_name]
    for name in names:
        group = f"/aws/rds/instance/{identifier}/{name}"
        if group not in logs.groups:
            logs.create_log_group(group, {})


def retention(days: int) -> None:
    """Fail on a backup retention period that RDS does not offer."""
    if not 0 <= days <= 35:
        raise bad_value(f"Invalid backup retention period: {days}. Must be between 0 and 35 days.")


def insights_retention(days: int) -> None:
    """Fail on a retention period of Performance Insights that is not on offer."""
    if days not in (7, 731) and (days % 31 or not 31 <= days <= 23 * 31):
        raise bad_value(f"Invalid Performance Insights retention period: {days}. Valid values are 7, month * 31 (1 to 23 months) and 731.")


def port(number: int) -> None:
    """Fail on a port that RDS does not listen on."""
    if not 1150 <= number <= 65535:
        raise bad_value(f"Invalid database port {number}: must be between 1150 and 65535.")
