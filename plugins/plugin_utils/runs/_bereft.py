# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lets a process end with its parent, so that nothing goes on writing to the account behind a run that was killed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1
# Looked up before forking: a worker need not load anything.
_libc: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def signal_when_alone(number: signal.Signals, parent: int) -> None:
    """Let this process get a signal when its parent, whose process id is `parent`, dies; where the kernel can do that."""
    if _libc is None:
        return
    with contextlib.suppress(OSError, AttributeError):
        _libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            # It died before the kernel knew.
            os.kill(os.getpid(), number)
