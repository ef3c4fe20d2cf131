# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows the lock of a stack, and removes it for somebody who names its id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock import LockError, boot_clock, described, folder_of, name_of
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_holder import Holder, NotALock, moment
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_parameters import Parameters, Refused, Unreached
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_takeover import Takeover

_LIVES = {
    True: "Its process still runs on this machine, and stops when it finds its lock removed",
    False: "Its process no longer exists: the next run takes the lock over by itself",
    None: "Whether its process still runs cannot be told from here",
}


@dataclass(frozen=True)
class Unlocked:
    """What was found and done."""

    holder: Holder | None
    """Who holds the lock, or has held it; None when nothing is locked."""
    removed: bool
    """Whether the lock was removed (or would be, in check mode)."""
    message: str


def unlock(client: Any, environment: str, stack: str, lock_id: str | None, *, check: bool = False) -> Unlocked:
    """Remove the stack's lock if its id is `lock_id`; without one, only say who holds it.

    Raises LockError for another id and when the account refuses, Unreachable when it does not answer.
    """
    try:
        return _unlock(Parameters(client, boot_clock), environment, stack, lock_id, check=check)
    except NotALock as error:
        raise LockError(f"the parameter {name_of(environment, stack)} cannot be used: {error}. Delete it") from error
    except Refused as error:
        raise LockError(str(error)) from error
    except Unreached as error:
        raise _account.Unreachable(f"the account cannot be reached: {error}. Check the network and AWS_ENDPOINT_URL") from error


def _unlock(parameters: Parameters, environment: str, stack: str, lock_id: str | None, *, check: bool) -> Unlocked:
    name = name_of(environment, stack)
    there = parameters.read(name)
    if there is None:
        return Unlocked(None, removed=False, message=f"the stack {stack} in {environment} is not locked")
    holder = there.holder
    late = f" It should have been renewed by {moment(holder.expires)} and was not." if holder.expired(parameters.now()) else ""
    found = f"{described(holder)}.{late} {_LIVES[holder.lives()]}"
    if lock_id is None:
        cure = f"If that run is certainly dead, remove the lock with -e lock_id={holder.id}"
        return Unlocked(holder, removed=False, message=f"the stack {stack} in {environment} is locked: {found}. {cure}")
    if lock_id != holder.id:
        raise LockError(f"{lock_id} is not the id of the lock of {stack}: {found}. Nothing was removed")
    if not check:
        takeover = Takeover(parameters, folder_of(environment, stack), "unlock", boot_clock)
        with takeover.claimed(name, holder) as still:
            if still is None:
                raise LockError(f"the lock {lock_id} of {stack} is just being released or taken over. Nothing was removed; look again")
            parameters.delete(name)
        takeover.sweep()
    done = "would be removed" if check else "is removed"
    return Unlocked(holder, removed=True, message=f"the lock of {stack} in {environment} {done}. Until then {found}")
