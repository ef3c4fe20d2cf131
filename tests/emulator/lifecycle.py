# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The state of a resource that becomes ready, changes and disappears as time passes.

Nothing runs in the background: a change stores the moment at which it ends, and whoever looks
at the resource calls `settle()` first.  With a duration of 0 the change still begins in its
transitional state, so an answer to the call that began it shows what AWS shows.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.emulator import delays


class Lifecycle:
    """A status, and the one change of it that is under way."""

    def __init__(self, status: str) -> None:
        self.status = status
        self._due: float | None = None
        self._settled = status
        self._then: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        """Whether a change is under way."""
        return self._due is not None

    @property
    def due(self) -> float | None:
        """The moment at which the change under way ends."""
        return self._due

    def begin(self, status: str, kind: str, settled: str, then: Callable[[], None] | None = None) -> None:
        """Enter `status` for as long as `kind` takes, then `settled`, and call `then`."""
        self.begin_for(status, delays.duration(kind), settled, then)

    def begin_for(self, status: str, seconds: float, settled: str, then: Callable[[], None] | None = None) -> None:
        """Enter `status` for `seconds`, then `settled`, and call `then`."""
        self.status = status
        self._due = time.time() + seconds
        self._settled = settled
        self._then = then

    def settle(self) -> None:
        """End every change whose time has come; a `then` may begin another one."""
        while self._due is not None and time.time() >= self._due:
            then, self._then, self._due = self._then, None, None
            self.status = self._settled
            if then is not None:
                then()
