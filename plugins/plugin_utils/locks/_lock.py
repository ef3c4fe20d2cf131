# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lock of a stack: while one run changes it, no other does.

The lock is the SSM parameter `/stratum/<environment>/<stack>/lock`, created only if there is none. Its holder renews it
while it works; a lock that was not renewed until its expiry, or whose process is known to be gone from this very machine,
is taken over by the next run (see `_lock_takeover.py`). Times are those of the account (the `Date` of its answers), so the
clocks of two controllers need not agree.

What holds:

* Of any number of runs that start together, or find the same stale lock, exactly one gets it. Creation is atomic; every
  later write is judged by the version that it made (see `_lock_parameters.py`), so a second writer knows that it is second.
* A run whose lock was taken over, overwritten or removed stops: at its next renewal at the latest, a third of the expiry.
* A run that cannot renew stops when its own time is over, counted from before its last renewal was sent. Others wait
  `GRACE` (5 s) longer than that, which covers the difference between two of the account's clocks (at most 4 s: `Date` has whole seconds).

What remains, since SSM has no compare-and-set: calls that a run has sent when it loses its lock still take effect, and
`beat` must be called for the loss to be noticed. A renewal that the network holds back for longer than `GRACE` can overwrite
the lock of the run that took over; both versions show it, what was overwritten is put back, and at worst both runs stop. A
lock that was put back after its holder had released it stands until it expires.
"""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable
from typing import Any, Final, NoReturn

from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_holder import Holder, NotALock, moment
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_parameters import Parameters, Refused, Stored, Unreached, client
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_takeover import Takeover

__all__ = ["Holder", "Lock", "LockError", "LockHeld", "LockLost", "NotALock", "client", "described", "folder_of", "name_of"]

EXPIRY_SECONDS: Final = 60.0
_TELL_SECONDS: Final = 15.0
_POLL_SECONDS: Final = (0.5, 1.5)
_MOVED_SECONDS: Final = (0.05, 0.3)
_ATTEMPTS: Final = 4
_MOVES: Final = 20


class LockError(Exception):
    """The stack cannot be locked; the message says why and what to do."""


class LockHeld(LockError):
    """Another run holds the lock."""

    def __init__(self, message: str, holder: Holder) -> None:
        self.holder = holder
        super().__init__(message)


class LockLost(LockError):
    """The lock is no longer ours: nothing more may be changed."""


class _Moved(Exception):
    """Somebody else was quicker just now, and what is there must be read again; `holder` is whom the lock was left by."""

    def __init__(self, holder: Holder | None = None) -> None:
        self.holder = holder
        super().__init__()


def folder_of(environment: str, stack: str) -> str:
    """Return the folder of the stack's parameters."""
    return f"/stratum/{environment}/{stack}"


def name_of(environment: str, stack: str) -> str:
    """Return the name of the parameter that is the stack's lock."""
    return f"{folder_of(environment, stack)}/lock"


def boot_clock() -> float:
    """Return seconds that never go back and go on while the machine sleeps, where the system has such a clock."""
    number = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if number is None else time.clock_gettime(number)


class Lock:
    """A held lock: call `beat` several times a second, and `release` at the end."""

    def __init__(
        self,
        client: Any,
        environment: str,
        stack: str,
        verb: str,
        *,
        expiry: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._name = name_of(environment, stack)
        self._stack = stack
        self._verb = verb
        self._expiry = expiry
        self._clock = clock
        self._sleep = sleep
        self._parameters = Parameters(client, clock)
        self._takeover = Takeover(self._parameters, folder_of(environment, stack), verb, clock)
        self._holder = Holder.of_this_process(verb, 0.0, 0.0)
        self._written: tuple[int, float] | None = None
        """What the last write of an acquisition was to change: the version read (0: none) and when it was begun."""
        self._value = ""
        self._version = 0
        self._due = self._deadline = 0.0
        self._problem = "it was not renewed"
        self._over: str | None = None

    @property
    def id(self) -> str:
        """The lock's id, which `playbooks/unlock.yml` asks for."""
        return self._holder.id

    @classmethod
    def acquire(
        cls,
        client: Any,
        environment: str,
        stack: str,
        verb: str,
        *,
        timeout: float,
        tell: Callable[[str], None],
        expiry: float = EXPIRY_SECONDS,
        clock: Callable[[], float] = boot_clock,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Lock:
        """Lock the stack, waiting at most `timeout` seconds for another run, which `tell` is told about every 15 s.

        `client` is an SSM client (`client()` makes one that gives up in time), `expiry` the seconds after the last renewal.
        Raises LockHeld when another run holds it, LockError when the account refuses, Unreachable when it does not answer.
        """
        lock = cls(client, environment, stack, verb, expiry=expiry, clock=clock, sleep=sleep)
        try:
            lock._wait(timeout, tell)
        except LockHeld:
            raise
        except BaseException as error:
            # Interrupted or cut off in the middle: what was written may be there.
            if lock._written is not None:
                lock._remove()
            if isinstance(error, Unreached):
                raise _account.Unreachable(f"the account cannot be reached: {error}. Check the network and AWS_ENDPOINT_URL") from error
            if isinstance(error, Refused):
                raise LockError(str(error)) from error
            if isinstance(error, NotALock):
                raise LockError(f"the parameter {lock._name} cannot be used: {error}. Delete it") from error
            raise
        return lock

    def beat(self) -> None:
        """Renew the lock when a third of its expiry has passed; raise LockLost when it is no longer ours."""
        if self._over is not None:
            raise LockLost(self._over)
        if (now := self._clock()) < self._due:
            return
        if now < self._deadline:
            try:
                self._renew()
            except (Unreached, Refused) as error:
                self._problem = f"it could not be renewed: {error}"
                self._due = min(self._clock() + self._expiry / 12, self._deadline)
        if self._clock() >= self._deadline:
            self._lose(f"its time was over at {moment(self._holder.expires)}, because {self._problem}")

    def release(self) -> str | None:
        """Remove the lock if it is still ours; return a warning when it could not be removed or was not ours any more."""
        if self._over is not None:
            return None
        self._over = f"the lock of {self._stack} was released"
        if self._clock() >= self._deadline:
            return f"the lock of {self._stack} was not renewed in time and is left; the next run takes it over"
        return self._remove()

    def _wait(self, timeout: float, tell: Callable[[str], None]) -> None:
        begun = self._clock()
        told = None
        failures = moves = 0
        while True:
            try:
                holder = self._try()
            except _Moved as moved:
                moves += 1
                if moves <= _MOVES:
                    self._sleep(random.uniform(*_MOVED_SECONDS))
                    continue
                if moved.holder is None:
                    raise LockError(f"the lock {self._name} changed hands {moves} times while it was read. Try again") from moved
                # A takeover that takes its time, or has died: it expires, too.
                holder = moved.holder
            except Unreached:
                failures += 1
                if failures >= _ATTEMPTS and self._clock() >= begun + timeout:
                    raise
                self._sleep(random.uniform(*_POLL_SECONDS))
                continue
            if holder is None:
                return
            failures = 0
            now = self._clock()
            if now >= begun + timeout:
                raise LockHeld(self._held_text(holder), holder)
            if told is None or now >= told + _TELL_SECONDS:
                told = now
                tell(f"waiting for {self._stack}: {described(holder)}; {begun + timeout - now:.0f} s left")
            self._sleep(min(random.uniform(*_POLL_SECONDS), begun + timeout - now))

    def _held_text(self, holder: Holder) -> str:
        return (
            f"the stack {self._stack} is locked: {described(holder)}. Wait for it with -e lock_timeout=SECONDS, or, if that run is"
            f" certainly dead: ansible-playbook playbooks/unlock.yml -i <inventory> --limit {self._stack} -e lock_id={holder.id}"
        )

    def _try(self) -> Holder | None:
        """Take the lock and return None, or return who holds it; raise _Moved when it changed hands meanwhile."""
        there = self._parameters.read(self._name)
        if there is None:
            if self._parameters.create(self._name, self._prepared(0)):
                self._held(1)
                return None
            there = self._parameters.read(self._name)
        if there is None:
            raise _Moved
        if there.is_of(self.id) and self._written is not None:
            # A write of ours whose answer was lost.
            if self._parameters.overwritten(self._name, self.id, self._written[0], there.version) is not None:
                raise _Moved
            self._held(there.version)
            return None
        holder = there.holder
        if not holder.stale(self._parameters.now()):
            return holder
        if not self._took_over(there):
            raise _Moved(holder)
        return None

    def _took_over(self, old: Stored) -> bool:
        with self._takeover.claimed(self._name, old.holder) as there:
            if there is None or there.version != old.version:
                return False
            version = self._parameters.overwrite(self._name, self._prepared(old.version))
            if self._parameters.overwritten(self._name, self.id, old.version, version) is not None:
                return False
            self._held(version)
        self._takeover.sweep()
        return True

    def _prepared(self, before: int) -> str:
        """Return what to write in place of version `before`, and remember it for the case that the answer is lost."""
        self._written = (before, self._clock())
        self._holder = Holder.of_this_process(self._verb, self._parameters.now(), self._expiry, self.id)
        return self._holder.text

    def _held(self, version: int) -> None:
        """Remember that `version` is ours, written with what `_prepared` has returned last."""
        begun = self._written[1] if self._written else 0.0
        self._value, self._version = self._holder.text, version
        self._due, self._deadline = begun + self._expiry / 3, begun + self._expiry

    def _renew(self) -> None:
        there = self._parameters.read(self._name)
        self._must_be_ours(there)
        before = max(there.version, self._version) if there is not None else self._version
        # Other than what we know to have written: a renewal whose answer was lost, and perhaps not the first.
        if there is not None and there.value != self._value:
            self._must_be_first(self._version, there.version)
        begun = self._clock()
        if begun >= self._deadline:
            return
        holder = dataclasses.replace(self._holder, expires=self._parameters.now() + self._expiry)
        version = self._parameters.overwrite(self._name, holder.text)
        self._must_be_first(before, version)
        self._holder, self._written = holder, (before, begun)
        self._held(version)

    def _must_be_ours(self, there: Stored | None) -> None:
        if there is None:
            self._lose("it was removed, by playbooks/unlock.yml or by hand")
        if not there.is_of(self.id):
            try:
                self._lose(described(there.holder))
            except NotALock as error:
                self._lose(f"somebody has overwritten it: {error}")

    def _must_be_first(self, before: int, version: int) -> None:
        overwritten = self._parameters.overwritten(self._name, self.id, before, version)
        if overwritten is not None:
            self._must_be_ours(overwritten.stored)

    def _lose(self, why: str) -> NoReturn:
        self._over = f"the lock {self.id} of {self._stack} is lost: {why}. Nothing more is changed; run again when no other run is at work"
        raise LockLost(self._over)

    def _remove(self) -> str | None:
        failure: Exception | None = None
        for attempt in range(2):
            if attempt:
                self._sleep(random.uniform(*_POLL_SECONDS))
            try:
                there = self._parameters.read(self._name)
                if there is not None and there.is_of(self.id):
                    self._parameters.delete(self._name)
                elif attempt == 0:
                    return f"the lock {self.id} of {self._stack} was no longer there: somebody removed it or took it over"
            except (Unreached, Refused) as error:
                failure = error
            else:
                return None
        return f"the lock of {self._stack} could not be removed, and expires at {moment(self._holder.expires)}: {failure}"


def described(holder: Holder) -> str:
    """Return one clause: who, since when, until when, which id."""
    times = f"since {moment(holder.since)}, until {moment(holder.expires)} unless renewed"
    return f"{holder.owner} (process {holder.pid}) holds it for {holder.verb} {times}, lock id {holder.id}"
