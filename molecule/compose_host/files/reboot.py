# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reboots the host of a stage, with CloudWatch Logs there, refusing connections, or silent, and waits for its containers.

`reboot.py NAME TIMES`. Prints a line per boot; ends at the first that did not bring all of them up.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path.cwd()))
from tests.hosts.docker import docker
from tests.hosts.stage import Stage

PROJECT: Final = "accountabilityatlas"
CONTAINERS: Final = 10
SECONDS: Final = 180.0
CUTS: Final = (None, "refuse", "hang")


def _state(container: str) -> str:
    """Return how many containers are healthy, and what the unit is, as `10 active`."""
    script = f"docker ps --quiet --filter health=healthy | wc -l; systemctl is-active {PROJECT}"
    return " ".join(docker("exec", container, "sh", "-c", script, check=False).stdout.split())


def _tries(container: str) -> str:
    """Return how many times a container was started because the engine was waiting to."""
    script = f"journalctl --boot --unit {PROJECT} --no-pager | grep -c 'again at once' || true"
    return docker("exec", container, "sh", "-c", script, check=False).stdout.strip()


def main(name: str, times: int) -> None:
    """Boot that many times."""
    stage = Stage(name)
    container = stage.container("host")
    for number in range(times):
        how = CUTS[number % len(CUTS)]
        stage.mend()
        if how:
            stage.cut("logs", how)
        begin = time.monotonic()
        docker("restart", "--time", "90", container)
        up = time.monotonic()
        while (state := _state(container)) != f"{CONTAINERS} active":
            if time.monotonic() - up > SECONDS:
                sys.exit(f"boot {number + 1} (logs: {how or 'there'}): {state} after {SECONDS:.0f} s")
            time.sleep(0.5)
        sys.stdout.write(
            f"boot {number + 1}, logs {how or 'there'}: down and up {up - begin:.1f} s, all healthy {time.monotonic() - up:.1f} s later, "
            f"started again by the unit: {_tries(container)}\n"
        )
    stage.mend()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
