# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AWS SDK for functions of Node.js: installed once for a checkout, from the lock file beside this."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

_SOURCE: Final = Path(__file__).parent / "node"
_CACHE: Final = Path(__file__).resolve().parents[3] / ".cache" / "functions"


class FunctionsError(Exception):
    """Functions cannot be run here; the text says why."""


def modules() -> Path:
    """Return the directory `node_modules`, made at the first call."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise FunctionsError("there is no Node.js with npm on this machine (version 20 or later)")
    lock = (_SOURCE / "package-lock.json").read_bytes()
    folder = _CACHE / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "node_modules").is_dir():
            _install(folder)
    return folder / "node_modules"


def _install(folder: Path) -> None:
    temporary = folder.with_suffix(f".{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(_SOURCE, temporary)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(command, cwd=temporary, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FunctionsError("npm cannot install the AWS SDK: " + " ".join(done.stderr.split())[-300:])
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
