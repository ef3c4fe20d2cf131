# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and stops the clients (`clients.py`) in a stage's `load`.

`load.py NAME start` returns when they ask; `load.py NAME stop` prints what they got, as JSON: requests, failed ({answer: number}),
versions ({version: number}), slowest (seconds), again (how often a kept connection had been closed).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path.cwd()))
from tests.hosts import machine
from tests.hosts.docker import docker
from tests.hosts.stage import Stage, wait_for

DOMAIN: Final = "accountabilityatlas.com"
PROGRAM, STOP, FOUND = "/opt/clients.py", "/opt/clients.stop", "/opt/clients.found"
# How long the clients ask before and after what is to be seen.
AROUND_SECONDS: Final = 2.0


def start(stage: Stage) -> None:
    """Start them."""
    container = stage.container("load")
    machine.put(container, {PROGRAM: (Path(__file__).parent / "clients.py").read_bytes()})
    stage.run("load", "rm", "-f", STOP, FOUND)
    docker("exec", "--detach", container, "python3", PROGRAM, DOMAIN, STOP, FOUND)
    time.sleep(AROUND_SECONDS)


def stop(stage: Stage) -> dict[str, Any]:
    """Stop them; return what they got."""
    time.sleep(AROUND_SECONDS)
    stage.run("load", "touch", STOP)
    wait_for("the clients end", lambda: stage.run("load", "cat", FOUND, check=False), seconds=60)
    found: dict[str, Any] = json.loads(stage.run("load", "cat", FOUND))
    answers: dict[str, int] = found.pop("answers")
    return {
        "requests": sum(answers.values()),
        "failed": {said: number for said, number in answers.items() if not said.startswith("200 ")},
        "versions": {said.split()[1]: number for said, number in answers.items() if said.startswith("200 ")},
        **found,
    }


if __name__ == "__main__":
    if sys.argv[2] == "start":
        start(Stage.find(sys.argv[1]))
    else:
        sys.stdout.write(json.dumps(stop(Stage.find(sys.argv[1]))))
