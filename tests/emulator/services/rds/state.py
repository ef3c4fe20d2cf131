# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of DB instances and snapshots, which moto's objects carry as the attribute `life`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulator import delays
from tests.emulator.lifecycle import Lifecycle
from tests.emulator.wire import error

Function = Callable[..., Any]
"""A method of one of moto's classes."""

_BACKUP_SHARE = 0.2
"""The part of a creation that AWS spends on the first backup."""


def start(thing: Any, status: str) -> Lifecycle:
    """Give an instance or snapshot a life of its own and return it."""
    thing.life = Lifecycle(status)
    thing.status = status
    life: Lifecycle = thing.life
    return life


def create(instance: Any) -> None:
    """Begin the life of an instance: creating, backing-up, available."""
    seconds = delays.duration("rds.instance.create_multi_az" if instance.multi_az else "rds.instance.create")
    life = start(instance, "creating")

    def backup() -> None:
        life.begin_for("backing-up", seconds * _BACKUP_SHARE, "available")

    life.begin_for("creating", seconds * (1 - _BACKUP_SHARE), "backing-up", backup)


def begin(instance: Any, status: str, kind: str, settled: str, then: Callable[[], None] | None = None) -> None:
    """Begin a change of an instance."""
    instance.life.begin(status, kind, settled, then)
    instance.status = status


def settle(backend: Any) -> None:
    """Bring every instance and snapshot of a backend up to the present moment."""
    for thing in [*backend.databases.values(), *backend.database_snapshots.values()]:
        life = thing.__dict__.get("life")
        if life is not None:
            life.settle()
            thing.status = life.status


def ready(instance: Any) -> None:
    """Fail unless the instance can be changed now."""
    if instance.status != "available":
        raise error("InvalidDBInstanceState", "Database instance is not in available state.")
