# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restored DB instances: what they do not take over from their source.

Moto copies everything. On AWS protection from deletion and the copying of tags to snapshots are off unless the request asks for them.
Nor does moto know restores from automated backups, which are another region's where they were copied.
"""

from __future__ import annotations

from typing import Any, Final

from moto.core.responses import ActionResult
from moto.rds.models import RDSBackend
from moto.rds.responses import RDSResponse

from tests.emulator.services.rds import backups, checks
from tests.emulator.services.rds.state import Function

_from_snapshot: Final = RDSBackend.restore_db_instance_from_db_snapshot
_to_point_in_time: Final = RDSBackend.restore_db_instance_to_point_in_time
_point_in_time_asked: Final = RDSResponse.restore_db_instance_to_point_in_time
_OFF_BY_DEFAULT: Final = ("deletion_protection", "copy_tags_to_snapshot")


def _own(restored: Any, asked: Any) -> Any:
    for name in _OFF_BY_DEFAULT:
        setattr(restored, name, bool(asked.get(name)))
    return restored


def from_snapshot(backend: Any, from_snapshot_id: str, overrides: Any) -> Any:
    """Restore an instance from a snapshot."""
    return _own(_from_snapshot(backend, from_snapshot_id, overrides), overrides)


def to_point_in_time(backend: Any, source_db_identifier: str, target_db_identifier: str, overrides: Any) -> Any:
    """Restore an instance to a moment."""
    return _own(_to_point_in_time(backend, source_db_identifier, target_db_identifier, overrides), overrides)


_OF_A_REGION: Final = (
    "availability_zone",
    "vpc_security_group_ids",
    "vpc_security_groups",
    "db_security_groups",
    "performance_insights_kms_key_id",
)


class _Elsewhere:
    """A backend for moto's restore that finds the source wherever it is, and makes the instance here."""

    def __init__(self, backend: Any, source: Any, key: str | None) -> None:
        self.backend, self.source, self.key = backend, source, key

    def describe_db_instances(self, **_asked: Any) -> list[Any]:
        return [self.source]

    def create_db_instance(self, values: dict[str, Any]) -> Any:
        if self.source.region != self.backend.region_name:
            # Of the other region's things none is here: unless the request names others, the defaults of this region are taken.
            theirs = {name: vars(self.source).get(name, vars(self.source).get(f"_{name}")) for name in _OF_A_REGION}
            values = {name: value for name, value in values.items() if name not in theirs or value != theirs[name]}
            values["kms_key_id"] = self.key
        return self.backend.create_db_instance(values)


def point_in_time_asked(response: Any) -> ActionResult:
    """Restore an instance to a moment, from another instance or from automated backups."""
    parameters, backend = response.params, response.backend
    arn = parameters.get("SourceDBInstanceAutomatedBackupsArn")
    if not arn:
        return _point_in_time_asked(response)
    if not (parameters.get("RestoreTime") or parameters.get("UseLatestRestorableTime")):
        raise checks.bad_combination("Either RestoreTime or UseLatestRestorableTime must be given.")
    source = backups.source_of(backend, arn)
    elsewhere: Any = _Elsewhere(backend, source, backups.key_of(backend, arn))
    target = parameters["TargetDBInstanceIdentifier"]
    restored = _own(_to_point_in_time(elsewhere, source.db_instance_identifier, target, parameters), parameters)
    return ActionResult({"DBInstance": restored})


BACKEND: Final[dict[str, Function]] = {
    "restore_db_instance_from_db_snapshot": from_snapshot,
    "restore_db_instance_to_point_in_time": to_point_in_time,
}
RESPONSE: Final[dict[str, Function]] = {"restore_db_instance_to_point_in_time": point_in_time_asked}
