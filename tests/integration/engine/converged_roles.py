# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every role's molecule scenario, converged once for all tests of its modules: the calls that made it, and what takes it away."""

from __future__ import annotations

import json
import os
import pickle
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
from .scenarios import NEED_KUBERNETES, ROLES, scenario

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


@dataclass
class Converged:
    """A role's scenario in an account of its own, and what was recorded while it was converged."""

    role: str
    account: Emulator
    directory: Path
    calls: list[tuple[str, bytes]] = field(default_factory=list)
    """Modules and arguments of all successful calls of the first run, in their order."""
    resources: list[Resource] = field(default_factory=list)
    """What there is to delete, in the order of its creation: rendered in a second run, which changes nothing."""

    def converge(self, **environment: str) -> Ran:
        """Converge the scenario (again)."""
        return play(
            self.account,
            ROOT / "molecule" / "resources" / "converge.yml",
            inventory=str(self.directory / "hosts.yml"),
            reports=self.directory,
            environment={
                "MOLECULE_SCENARIO_NAME": scenario(self.role).name,
                "MOLECULE_SCENARIO_DIRECTORY": str(scenario(self.role)),
                "MOLECULE_EPHEMERAL_DIRECTORY": str(self.directory),
                **environment,
            },
        ).check()

    def record(self) -> None:
        """Converge twice, with a recorder each."""
        calls, absent = self.directory / "calls", self.directory / "absent.jsonl"
        calls.mkdir()
        (self.directory / "emulator.yml").write_text(json.dumps({"emulator_environment": self.account.environment}))
        (self.directory / "hosts.yml").write_text(json.dumps({"aws": {"hosts": {"molecule": LOCAL}}}))
        plugins = {"ANSIBLE_CALLBACK_PLUGINS": str(RECORDER)}
        self.converge(**plugins, ANSIBLE_CALLBACKS_ENABLED="record_calls", STRATUM_RECORDED_CALLS=str(calls))
        self.converge(**plugins, ANSIBLE_CALLBACKS_ENABLED="record_absent", STRATUM_RECORDED_ABSENT=str(absent), STRATUM_ROOT=str(ROOT))
        for path in sorted(calls.iterdir(), key=lambda each: each.stat().st_mtime_ns):
            module, arguments, broke = pickle.loads(path.read_bytes())
            if not broke:
                self.calls.append((module, arguments))
        found = [Resource(**json.loads(line)) for line in absent.read_text(encoding="utf-8").splitlines()]
        self.resources = [resource for resource in found if not resource.module.endswith("_info")]

    def last_calls(self) -> dict[str, Call]:
        """Return the last successful call of each module, by the module's name."""
        return {name_of(module): Call(module, arguments) for module, arguments in self.calls}


def name_of(module: str) -> str:
    """Return the name that a playbook knows a module by."""
    return module.removeprefix("ansible_collections.").replace(".plugins.modules.", ".")


def converged(role: str, directory: Path) -> Iterator[Converged]:
    """Give a role's scenario, converged in an account of its own."""
    name = f"role-{role}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    options = {"kubernetes": True} if role in NEED_KUBERNETES else {}
    one = Converged(role, Emulator(process.start(name, options, owner=os.getpid())), directory)
    try:
        one.record()
        yield one
    finally:
        one.account.stop()
        process.forget(name)
