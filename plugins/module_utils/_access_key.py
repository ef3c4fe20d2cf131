# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of an IAM user's access keys. Pure.  Private to the collection."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LIMIT: Final = 2
"""How many access keys AWS lets a user have."""


@dataclass(frozen=True)
class Key:
    """An access key as IAM lists it."""

    id: str
    active: bool
    created: datetime.datetime
    unused: bool = False
    """Whether it is known that nobody has ever signed anything with it."""


@dataclass(frozen=True)
class Decision:
    """What is to be done, in the order of the fields."""

    delete: tuple[str, ...] = ()
    """Keys that make room for a new one."""
    new: bool = False
    """Whether there is to be a new key."""
    replaced: str | None = None
    """The key that the new one replaces, and that still exists."""
    deactivate: str | None = None
    """The replaced key whose time is over."""
    problem: str = ""
    """Why it cannot be done; empty when it can."""


@dataclass(frozen=True)
class Wishes:
    """What the user of the module wants. Times in days and hours; 0 days is never."""

    rotate: bool = False
    rotate_after_days: int = 0
    keep_previous_hours: int = 24


def decide(stored: str | None, previous: str | None, keys: Sequence[Key], wishes: Wishes, now: datetime.datetime) -> Decision:
    """Return what is to be done where a secret names the key `stored`, and the one before it, `previous`."""
    known = {key.id: key for key in keys}
    current, old = known.get(stored or ""), known.get(previous or "")
    age = now - current.created if current else datetime.timedelta()
    due = wishes.rotate_after_days > 0 and age >= datetime.timedelta(days=wishes.rotate_after_days)
    if current is None or not current.active or due or wishes.rotate:
        return _renewal(current, old, keys, wishes)
    over = old is not None and old.active and age >= datetime.timedelta(hours=wishes.keep_previous_hours)
    return Decision(deactivate=old.id if old and over else None)


def _renewal(current: Key | None, old: Key | None, keys: Sequence[Key], wishes: Wishes) -> Decision:
    mine = {key.id for key in (current, old) if key}
    strangers = [key for key in keys if key.id not in mine]
    delete = [old.id] if old else []
    if len(strangers) + (current is not None) >= LIMIT:
        # A run that was killed before it could store its new key has left that behind, and nobody will ever know its secret.
        delete += [key.id for key in strangers if key.unused]
        strangers = [key for key in strangers if not key.unused]
    if len(strangers) + (current is not None) >= LIMIT:
        names = " or ".join(key.id for key in strangers)
        return Decision(problem=f"its user has {LIMIT} access keys, the most that AWS allows, so there can be no new one. Delete {names}")
    at_once = current is not None and current.active and wishes.keep_previous_hours == 0
    replaced = current.id if current else None
    return Decision(delete=tuple(delete), new=True, replaced=replaced, deactivate=replaced if at_once else None)
