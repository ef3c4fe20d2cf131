# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every role's Molecule scenario, tested once and kept for the tests of its modules: the calls that made it, and what takes it away."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import ROOT, Ran, play

from .conftest import LOCAL
from .scenarios import ROLES, scenario

RECORDER = Path(__file__).parent / "recorder"
# Tests of one role share its account, and so a worker.
BY_ROLE = [pytest.param(role, marks=pytest.mark.xdist_group(f"role-{role}")) for role in ROLES]


@dataclass
class Resource:
    """One line of what `recorder/record_absent.py` writes."""

    layer: str
    name: str
    item: str | None
    module: str
    present: dict[str, Any]
    absent: dict[str, Any]
    state: bool
    unprotect: dict[str, Any] | None

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments that delete it."""
        return self.absent if self.state else {**self.absent, "state": "absent"}


class Failed(Exception):
    """Molecule failed; the text is all that it said."""


@dataclass
class Converged:
    """A role's scenario after all steps of `molecule test` but the last, and what was recorded of its last converge."""

    role: str
    directory: Path
    calls: dict[str, Call] = field(default_factory=dict)
    """The last successful call of each module, by the module's name."""
    resources: list[Resource] = field(default_factory=list)
    """What there is to delete, in the order of its creation: rendered in the run that changes nothing."""
    passed: bool = False
    """Whether Molecule came to its end."""

    @property
    def account(self) -> Emulator:
        """The account that the scenario was converged in."""
        running = process.find(f"molecule-{scenario(self.role).name}")
        if running is None:
            raise LookupError(f"the account of the scenario {scenario(self.role).name} is gone")
        return Emulator(running)

    def molecule(self, *command: str, **environment: str) -> None:
        """Run a command of Molecule on the scenario. Raises `Failed`."""
        molecule(scenario(self.role).name, self.directory, *command, **environment)

    def converge(self, **environment: str) -> Ran:
        """Converge the scenario again, as Molecule does."""
        (self.directory / "hosts.yml").write_text(json.dumps({"aws": {"hosts": {"molecule": LOCAL}}}))
        return play(
            self.account,
            ROOT / "molecule" / "resources" / "converge.yml",
            inventory=str(self.directory / "hosts.yml"),
            reports=self.directory,
            environment={
                "MOLECULE_SCENARIO_NAME": scenario(self.role).name,
                "MOLECULE_SCENARIO_DIRECTORY": str(scenario(self.role)),
                "MOLECULE_EPHEMERAL_DIRECTORY": str(self.directory / "state"),
                **environment,
            },
        ).check()

    def test(self) -> None:
        """Let Molecule test the scenario, with recorders, and leave the account there. Raises `Failed`."""
        calls, absent = self.directory / "calls", self.directory / "absent"
        calls.mkdir()
        absent.mkdir()
        self.molecule(
            "test",
            "--destroy=never",
            ANSIBLE_CALLBACK_PLUGINS=str(RECORDER),
            ANSIBLE_CALLBACKS_ENABLED="record_calls,record_absent",
            STRATUM_RECORDED_CALLS=str(calls),
            STRATUM_RECORDED_ABSENT=str(absent),
            STRATUM_ROOT=str(ROOT),
        )
        for path in in_order(calls):
            module, arguments, broke = pickle.loads(path.read_bytes())
            if not broke:
                self.calls[name_of(module)] = Call(module, arguments)
        found = [Resource(**json.loads(line)) for line in in_order(absent)[-1].read_text(encoding="utf-8").splitlines()]
        self.resources = [resource for resource in found if not resource.module.endswith("_info")]
        self.passed = True


def molecule(name: str, directory: Path, *command: str, **environment: str) -> None:
    """Run a command of Molecule on a scenario, with its state in `directory`. Raises `Failed`."""
    done = subprocess.run(
        ["molecule", *command, "--scenario-name", name],
        cwd=ROOT,
        env=_environment(directory) | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"molecule {' '.join(command)} -s {name} ended with {done.returncode}\n{done.stdout}")


def in_order(directory: Path) -> list[Path]:
    """Return the files of a directory, the oldest first."""
    return sorted(directory.iterdir(), key=lambda each: each.stat().st_mtime_ns)


def name_of(module: str) -> str:
    """Return the name that a playbook knows a module by."""
    return module.removeprefix("ansible_collections.").replace(".plugins.modules.", ".")


def converged(role: str, directory: Path) -> Iterator[Converged]:
    """Give a role's scenario; Molecule has not run yet. The account is taken away afterwards, as Molecule's destroy does in its test."""
    one = Converged(role, directory)
    try:
        yield one
    finally:
        process.stop(f"molecule-{scenario(role).name}")


def _environment(directory: Path) -> dict[str, str]:
    """Return the environment of a Molecule run: the tools of this Python, and nothing shared with other runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_", "MOLECULE_"))}
    kept = {name: value for name, value in os.environ.items() if name.startswith(("MOLECULE_CONVERGE_", "MOLECULE_EMULATOR_"))}
    return (
        environment
        | kept
        | {
            "ANSIBLE_LOCAL_TEMP": str(directory / "tmp"),
            "MOLECULE_EPHEMERAL_DIRECTORY": str(directory / "state"),
            "NO_COLOR": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }
    )
