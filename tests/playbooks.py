# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs `ansible-playbook` as a user would, for tests: the output, the exit code, the reports it wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import forked_playbooks
from tests.emulator.fixtures import Emulator

ROOT = Path(__file__).resolve().parents[1]
_COMMAND = (sys.executable, "-m", "ansible", "playbook")


@dataclass(frozen=True)
class Ran:
    """A finished `ansible-playbook`: exit code, output of both streams, and where its reports are."""

    code: int
    output: str
    reports: Path

    def report(self, verb: str = "converge", stack: str = "stack", environment: str = "default") -> dict[str, Any]:
        """Return the report that the run wrote."""
        loaded: dict[str, Any] = json.loads((self.reports / environment / stack / f"{verb}.json").read_text(encoding="utf-8"))
        return loaded

    @property
    def changed(self) -> int:
        """The number of changed tasks in the play recap (of a single host)."""
        return int(self.output.rpartition("changed=")[2].split()[0])

    def check(self, code: int = 0) -> Ran:
        """Return the run itself when it ended with this code, and fail with its output otherwise."""
        assert self.code == code, f"exit code {self.code} instead of {code}:\n{self.output}"
        return self


def environment_for(emulator: Emulator | None) -> dict[str, str]:
    """Return the environment of a user whose account is this emulator (None: no account at all)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    return {**kept, **(emulator.environment if emulator else {}), "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"}


def command(playbook: Path | str, *arguments: str, inventory: str, variables: Mapping[str, Any], reports: Path) -> list[str]:
    """Return the command line of a run."""
    extra = json.dumps({**variables, "report_dir": str(reports)})
    return [*_COMMAND, str(playbook), "-i", inventory, "-e", extra, *arguments]


def play(
    emulator: Emulator | None,
    playbook: Path | str,
    *arguments: str,
    inventory: str,
    reports: Path,
    variables: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    timeout: float = 280,
) -> Ran:
    """Run a playbook to its end."""
    words = command(playbook, *arguments, inventory=inventory, variables=variables or {}, reports=reports)
    seen = {**environment_for(emulator), **(environment or {})}
    if cwd == ROOT and (forked := forked_playbooks.run(words[len(_COMMAND) :], seen, environment_for(None), timeout)) is not None:
        return Ran(forked.returncode, forked.stdout, reports)
    done = subprocess.run(
        words,
        cwd=cwd,
        env=seen,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ran(done.returncode, done.stdout, reports)
