# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one way by which our modules write to something that is not AWS: a Kubernetes API, or a cluster by Helm.

AWS has a place in botocore through which every call goes, so the engine can answer writes in a plan, and refuse what a
saved plan does not hold. Programs and other APIs have none, so the modules that use them pass each write through
`send`, and the engine puts its own function there. Outside the engine a write is simply made.
Private to the collection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CREATE, CHANGE, DELETE = "create", "change", "delete"


@dataclass(frozen=True)
class Write:
    """One write, as plans, reports and the journal tell it.

    `parameters` identify it and hold no secret; `changes` are `{"property": …, "old": …, "new": …}`, where what is
    absent has no key; `destructive` says what would be lost. `place` is where it goes (a cluster), as a region is for AWS.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    effect: str
    resource: str
    place: str = ""
    changes: Sequence[Mapping[str, Any]] | None = None
    destructive: Sequence[str] = field(default_factory=tuple)


class _Answered:
    """What a write that was not made gives back."""

    def __bool__(self) -> bool:
        return False


ANSWERED = _Answered()
"""The result of a write that a plan has only taken down: there is nothing to wait for."""

Door = Callable[[Write, Callable[[], Any]], Any]

_door: Door | None = None


def install(door: Door | None) -> None:
    """Let all writes of this process, and of those forked from it, pass this function."""
    global _door
    _door = door


def send(write: Write, perform: Callable[[], Any]) -> Any:
    """Make a write by `perform` and return what that returns, or `ANSWERED` when it was taken down instead of made."""
    return perform() if _door is None else _door(write, perform)
