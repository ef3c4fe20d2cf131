# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restored DB instances: what they do not take over from their source.

Moto copies everything. On AWS protection from deletion and the copying of tags to snapshots are off unless the request asks for them.
"""

from __future__ import annotations

from typing import Any, Final

from moto.rds.models import RDSBackend

from tests.emulator.services.rds.state import Function

_from_snapshot: Final = RDSBackend.restore_db_instance_from_db_snapshot
_to_point_in_time: Final = RDSBackend.restore_db_instance_to_point_in_time
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


BACKEND: Final[dict[str, Function]] = {
    "restore_db_instance_from_db_snapshot": from_snapshot,
    "restore_db_instance_to_point_in_time": to_point_in_time,
}
RESPONSE: Final[dict[str, Function]] = {}
