# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices when a container ends: a system that restarts or switches itself off ends its container, and Docker leaves it so.

The kernel ends a container's first process by a signal that tells the two apart, provided it may call `reboot` (CAP_SYS_BOOT);
without that right systemd just ends, and it counts as a restart.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Final

from tests.hosts.stage import LABEL

POWERED_OFF: Final = 130
"""The exit code of a container whose system was switched off from within; 129 is one that restarts."""


def watch_ends(stage: str, ended: Callable[[str, int], None]) -> None:
    """Call `ended(container, exit code)` for every container of a stage that ends, until Docker does."""
    command = [
        "docker", "events", "--filter", f"label={LABEL}={stage}", "--filter", "type=container", "--filter", "event=die",
        "--format", "{{.Actor.Attributes.name}} {{.Actor.Attributes.exitCode}}",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as events:
        for line in events.stdout or ():
            container, _space, code = line.strip().rpartition(" ")
            if code.lstrip("-").isdigit():
                ended(container, int(code))
