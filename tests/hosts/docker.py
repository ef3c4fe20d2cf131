# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the docker command line; every other file of this package speaks to the engine through here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
_TOOL: Final = ROOT / "tools" / "docker"


class HostsError(Exception):
    """Something that the person at the keyboard can do something about."""


def say(message: str) -> None:
    """Tell progress on stderr; stdout belongs to results."""
    sys.stderr.write(f"hosts: {message}\n")
    sys.stderr.flush()


def docker(*arguments: str, check: bool = True, timeout: float = 300, stdin: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Run one docker command; with `check`, a failure raises HostsError with what it said. `timeout` is in seconds."""
    # The classic builder is part of every engine; BuildKit needs a plugin that distributions package apart.
    environment = os.environ | {"DOCKER_BUILDKIT": "0"}
    try:
        done = subprocess.run(["docker", *arguments], env=environment, capture_output=True, timeout=timeout, input=stdin, check=False)
    except FileNotFoundError:
        raise HostsError("there is no docker command here; run: python -m tests.hosts engine") from None
    except subprocess.TimeoutExpired:
        raise HostsError(f"docker {' '.join(arguments[:2])} … did not end within {timeout:.0f} s") from None
    result = subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    )
    if check and result.returncode:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines()[-12:]
        raise HostsError(f"docker {' '.join(arguments[:4])} … failed ({result.returncode}):\n" + "\n".join(said))
    return result


def inspect(kind: str, name: str) -> dict[str, Any] | None:
    """Return what the engine knows of a container, image or network; None when there is none of that name."""
    done = docker(kind, "inspect", name, check=False)
    if done.returncode:
        return None
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found[0]


def names(kind: Sequence[str], label: str) -> list[str]:
    """Return the ids that `docker <kind> -q` lists with a label, for instance of `("ps", "-a")`."""
    return docker(*kind, "-q", "--no-trunc" if kind[0] == "ps" else "--quiet", "--filter", f"label={label}").stdout.split()


def ensure_engine() -> None:
    """Install and start a Docker engine where there is none; HostsError with the reason where none can run."""
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode == 0 if _installed() else False:
        return
    done = subprocess.run([str(_TOOL)], stdout=sys.stderr, stderr=subprocess.PIPE, check=False)
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines()
        raise HostsError(lines[-1] if lines else "tools/docker failed")


def _installed() -> bool:
    return any((Path(folder) / "docker").is_file() for folder in os.environ.get("PATH", "").split(os.pathsep))
