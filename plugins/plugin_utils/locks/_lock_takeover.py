# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Taking over a parameter whose holder is gone: one at a time, through a second parameter.

Who wants to replace what the holder X has left creates `lock-takeover-X` first, which succeeds for one only, and reads
the parameter again before changing it. Each death in between leaves something that the next one gets over:

* after the creation: the takeover parameter has a holder and an expiry of its own and is itself taken over, in the same way;
* after the replacement: `lock-takeover-X` is left, but X is gone for ever; the next takeover or unlock removes it (`sweep`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_holder import Holder, NotALock
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_parameters import Parameters, Refused, Stored, Unreached

EXPIRY: Final = 30.0
"""Seconds for which a takeover, which is a few calls, keeps others away."""


class Takeover:
    """Takes over the parameters in one stack's folder."""

    def __init__(self, parameters: Parameters, folder: str, verb: str, clock: Callable[[], float]) -> None:
        self._parameters = parameters
        self._folder = folder
        self._verb = verb
        self._clock = clock

    @contextmanager
    def claimed(self, name: str, left_by: Holder) -> Iterator[Stored | None]:
        """Keep others from taking over what `left_by` has left, and give it as it is now.

        None when it is gone, has a new holder, or another process is about to take it over. Raises Unreached and Refused.
        """
        marker = f"{self._folder}/lock-takeover-{left_by.id}"
        begun = self._clock()
        claim = Holder.of_this_process(self._verb, self._parameters.now(), EXPIRY)
        if not self._claim(marker, claim):
            yield None
            return
        try:
            there = self._parameters.read(name)
            in_time = self._clock() < begun + EXPIRY
            yield there if there is not None and there.is_of(left_by.id) and in_time else None
        finally:
            # What cannot be removed now expires, and is swept away later.
            with contextlib.suppress(Unreached, Refused):
                mine = self._parameters.read(marker)
                if mine is not None and mine.is_of(claim.id):
                    self._parameters.delete(marker)

    def _claim(self, marker: str, claim: Holder) -> bool:
        if self._parameters.create(marker, claim.text):
            return True
        there = self._parameters.read(marker)
        if there is None:
            return False
        if there.is_of(claim.id):
            # Ours, created by a request whose answer was lost.
            return True
        if not there.holder.stale(self._parameters.now()):
            return False
        with self.claimed(marker, there.holder) as still:
            return still is not None and still.version == there.version and self.replace(marker, claim, still)

    def replace(self, name: str, holder: Holder, old: Stored) -> bool:
        """Write `holder` in place of `old`; False when somebody else was quicker, whose content then stands again."""
        version = self._parameters.overwrite(name, holder.text)
        return self._parameters.overwritten(name, holder.id, old.version, version) is None

    def sweep(self) -> None:
        """Remove the takeover parameters that dead processes have left."""
        with contextlib.suppress(Unreached, Refused):
            for name in self._parameters.names(self._folder):
                if not name.startswith(f"{self._folder}/lock-takeover-"):
                    continue
                left = self._parameters.read(name)
                with contextlib.suppress(NotALock):
                    if left is not None and left.holder.stale(self._parameters.now()):
                        self._parameters.delete(name)
