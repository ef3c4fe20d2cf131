# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who holds the lock of a stack: what is written into the account about a run, and whether its process still lives."""

from __future__ import annotations

import getpass
import json
import os
import socket
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

GRACE: Final = 5.0
"""Seconds after its expiry before a lock may be taken over: more than the account's clocks differ from each other,
and than a renewal that was sent in time is on its way."""
_PROC: Final = Path("/proc")


class NotALock(ValueError):
    """What stands there was not written by this collection."""


@dataclass(frozen=True)
class Holder:
    """One run that holds (or takes over) a lock; times are Unix seconds by the account's clock. Holds no secret."""

    id: str
    verb: str
    owner: str
    """user@host of the controller."""
    pid: int
    started: int | None
    """When the process started, in clock ticks since its machine did; None where the system does not say."""
    boot: str | None
    """The machine, since its last start, and the namespace in which `pid` counts; None where the system does not say."""
    since: float
    expires: float

    @classmethod
    def of_this_process(cls, verb: str, now: float, expiry: float, lock_id: str | None = None) -> Holder:
        """Describe this process as a holder from `now` for `expiry` seconds; a new id unless one is given."""
        pid = os.getpid()
        return cls(lock_id or uuid.uuid4().hex, verb, _owner(), pid, _start(pid), _boot(), now, now + expiry)

    @classmethod
    def parse(cls, text: str) -> Holder:
        """Read what `text` has written; raise NotALock when it is something else."""
        try:
            read: dict[str, Any] = json.loads(text)
            return cls(
                id=str(read["id"]),
                verb=str(read["verb"]),
                owner=str(read["owner"]),
                pid=int(read["pid"]),
                started=None if read.get("started") is None else int(read["started"]),
                boot=None if read.get("boot") is None else str(read["boot"]),
                since=datetime.fromisoformat(read["since"]).timestamp(),
                expires=datetime.fromisoformat(read["expires"]).timestamp(),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise NotALock(f"it is not a lock of stratum.aws ({type(error).__name__}: {error})") from error

    @property
    def text(self) -> str:
        """The value of the parameter: JSON with RFC 3339 times in UTC."""
        return json.dumps({**asdict(self), "since": _rfc3339(self.since), "expires": _rfc3339(self.expires)})

    def expired(self, now: float) -> bool:
        """Return whether the lock's time is over by so much that its owner must know it, too."""
        return now > self.expires + GRACE

    def lives(self) -> bool | None:
        """Return whether the process exists; None when it is a process of another machine, start or container."""
        if self.boot is None or self.boot != _boot():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            # It exists and belongs to another user.
            pass
        # A process that ended and was not fetched by its parent has no start here either.
        start = _start(self.pid)
        if start is None:
            return _ended(self.pid) is not True
        return self.started is None or start == self.started

    def stale(self, now: float) -> bool:
        """Return whether another run may take over: the time is over, or the process is known to be gone."""
        return self.expired(now) or self.lives() is False


def moment(seconds: float) -> str:
    """Return Unix seconds as RFC 3339 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _owner() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def _boot() -> str | None:
    """Return what the machine's start and this process's namespace of process ids are called.

    Containers of one machine share its boot id, but not their process ids.
    """
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return None


def _fields(pid: int) -> list[str]:
    # The second field, the program's name, may hold blanks and brackets.
    return (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def _ended(pid: int) -> bool | None:
    try:
        return _fields(pid)[0] in {"Z", "X"}
    except (OSError, IndexError):
        return None


def _start(pid: int) -> int | None:
    """Return the start of a process that has not ended; None when that cannot be read."""
    try:
        fields = _fields(pid)
        return None if fields[0] in {"Z", "X"} else int(fields[19])
    except (OSError, IndexError, ValueError):
        return None
