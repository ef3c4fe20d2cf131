# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the engine's lines go: through Ansible's display, or straight to the terminal while a live line stands there.

The engine runs in a worker process whose own output is closed, and lines sent to the display are printed
by Ansible's main process. That process stops listening when it is interrupted; from then on, and for the
live line, its standard output is reached through /proc where there is one.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable

from ansible.utils.color import stringc
from ansible.utils.display import Display


class Terminal:
    """Writes finished lines, and on a terminal a live line that the next one overwrites."""

    def __init__(self) -> None:
        self._display = Display()
        self._direct = _parents_output()
        self._on_terminal = self._direct is not None and os.isatty(self._direct)
        self._detached = False
        self._live_stands = False

    @property
    def verbosity(self) -> int:
        """How many -v were given."""
        return int(self._display.verbosity)

    @property
    def live(self) -> Callable[[str], None] | None:
        """The function that shows a live line, or None where there is no terminal."""
        return self._show_live if self._on_terminal else None

    def write(self, line: str, colour: str | None = None) -> None:
        """Write a finished line."""
        if self._direct is not None and (self._on_terminal or self._detached):
            clear = "\r\x1b[2K" if self._live_stands else ""
            text = stringc(line, colour) if colour and self._on_terminal else line
            self._put(f"{clear}{text}\n")
            self._live_stands = False
            if not self._detached:
                self._display.display(line, log_only=True)
        elif not self._detached:
            self._display.display(line, color=colour)

    def detach(self) -> None:
        """Go round Ansible's main process, which is about to end."""
        self._detached = True

    def close(self) -> None:
        """Take the live line away."""
        if self._live_stands:
            self._put("\r\x1b[2K")
            self._live_stands = False

    def _show_live(self, text: str) -> None:
        width = shutil.get_terminal_size().columns
        if self._direct is not None:
            with contextlib.suppress(OSError):
                width = os.get_terminal_size(self._direct).columns
        self._put(f"\r\x1b[2K{text[: max(10, width - 1)]}")
        self._live_stands = True

    def _put(self, text: str) -> None:
        if self._direct is None:
            return
        try:
            os.write(self._direct, text.encode())
        except OSError:
            self._direct = None


def _parents_output() -> int | None:
    try:
        return os.open(f"/proc/{os.getppid()}/fd/1", os.O_WRONLY | os.O_APPEND | os.O_NOCTTY)
    except OSError:
        return None
