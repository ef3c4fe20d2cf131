# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stage for the scheduler: task files as text, a real templar, a pool without processes, a clock moved by hand.

The fake module takes `name` and behaves as the test's `Play` says; it runs for `seconds` of the fake clock.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Rule
from ansible_collections.stratum.aws.plugins.plugin_utils.graph import _graph, _taskfile
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._layers import Layer
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import Resolver
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _run
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Conduct
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._jobs import Job, Kind, OrdinaryJob
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._pool import Done
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._run import Run, Settings
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._console import Console
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Entry, Report
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._conduct_plan import Planning

ORDINARY = "test.other."
"""Modules of this collection go the ordinary way, all others to warm workers."""


class Clock:
    """Stands in for the module `time`; only waiting moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@dataclass(frozen=True)
class Started:
    """A call that the pool got: when, and with which arguments (those of the engine begin with an underscore)."""

    at: float
    arguments: dict[str, Any]
    barrier: bool = False
    check_mode: bool = False

    @property
    def name(self) -> str:
        return str(self.arguments.get("name"))


Answer = Outcome | str
"""What comes of a call; a text is the death of the worker."""
Module = Callable[[Started], Answer]


class FakePool:
    """Answers every job by a function, after as many seconds as its argument `seconds` says."""

    def __init__(self, clock: Clock, module: Module, limit: int) -> None:
        self._clock = clock
        self._module = module
        self._limit = limit
        self._busy: list[tuple[float, int, Job, Started]] = []
        self.started: list[Started] = []
        self.most = 0
        self.on_wait: Callable[[], None] = lambda: None

    @property
    def free(self) -> int:
        return self._limit - len(self._busy)

    def start(self, number: int, job: Job) -> None:
        assert self.free > 0
        if isinstance(job, OrdinaryJob):
            call = Started(self._clock.now - 1000, dict(job.args), check_mode=job.check_mode)
        else:
            arguments = json.loads(job.arguments)["ANSIBLE_MODULE_ARGS"]
            call = Started(self._clock.now - 1000, arguments, job.gate.rule is Rule.PLAN, arguments["_ansible_check_mode"])
        self.started.append(call)
        self._busy.append((self._clock.now + call.arguments.get("seconds", 1), number, job, call))
        self.most = max(self.most, len(self._busy))

    def wait(self, timeout: float | None) -> list[Done]:
        assert timeout is not None
        self.on_wait()
        until = min([self._clock.now + timeout, *(end for end, *_unused in self._busy)])
        self._clock.now = max(self._clock.now, until)
        over = [each for each in self._busy if each[0] <= self._clock.now]
        self._busy = [each for each in self._busy if each[0] > self._clock.now]
        return [self._done(number, call) for _end, number, _item, call in over]

    def _done(self, number: int, call: Started) -> Done:
        answer = self._module(call)
        return Done(number, None, answer) if isinstance(answer, str) else Done(number, answer)


def returned(changed: bool = False, **result: Any) -> Outcome:
    """A module that ended by itself."""
    return Outcome({"changed": changed, **result})


def failed(msg: str, **result: Any) -> Outcome:
    """A module that failed."""
    return Outcome({"failed": True, "msg": msg, **result}, clean=False)


def quiet(call: Started) -> Outcome:
    """A module that finds everything as it should be, and returns an id."""
    return returned(id=f"id of {call.name}")


def wrote(operation: str, effect: str, **result: Any) -> Outcome:
    """A module that changed something."""
    return Outcome({"changed": True, **result}, [{**call_of(operation), "effect": effect}])


def intercepted(operation: str, effect: str) -> Outcome:
    """A module whose first write a plan answered, and that could not go on."""
    return Outcome(None, [{**call_of(operation), "effect": effect}], planned=True, complete=False)


def call_of(operation: str) -> dict[str, Any]:
    """An operation as a journal has it."""
    return {"service": "ec2", "operation": operation, "parameters": {"Secret": "hunter22"}}


@dataclass
class Shown:
    """What came of a run on the stage."""

    report: Report
    pool: FakePool
    run: Run
    lines: list[str]
    registered: Mapping[str, Any]

    @property
    def actions(self) -> dict[str, str]:
        """What happened to each resource, by its title."""
        return {entry.title: entry.action for entry in self.report.nodes}

    def entry(self, title: str) -> Entry:
        """The report's only entry of this title."""
        (found,) = [entry for entry in self.report.nodes if entry.title == title]
        return found

    @property
    def starts(self) -> list[tuple[str, float]]:
        """Names of the started calls with their times, in order."""
        return [(call.name, call.at) for call in self.pool.started]


@dataclass
class Stage:
    """Runs a task file with fake modules."""

    directory: Path
    clock: Clock
    loader: DataLoader = field(default_factory=DataLoader)

    def yaml(self, text: str) -> Any:
        """Parse trusted YAML, as from a role."""
        path = self.directory / "graph.yml"
        path.write_text(text)
        return self.loader.load_from_file(str(path), cache="none", trusted_as_template=True)

    def evaluator(
        self, defaults: str = "{}", inventory: str = "{}", role: str = "{}", extra: str = "{}", path: Path = Path("/nowhere")
    ) -> Evaluator:
        """Return an evaluator of the layer `demo` with these variables, each given as YAML."""
        layer = Layer("demo", path, defaults=self.yaml(defaults), variables=self.yaml(role))
        return Evaluator(Templar(loader=self.loader, variables={}), [layer], self.yaml(inventory), self.yaml(extra))

    def nodes(self, tasks: str) -> Sequence[_taskfile.Node]:
        """Read a task file of the layer `demo`."""
        nodes, problems = _taskfile.read("demo", self.yaml(tasks), _core.place_of, "graph.yml")
        assert not problems, problems
        return nodes

    def play(
        self,
        tasks: str,
        module: Module,
        *,
        limit: int = 10,
        interrupt: Callable[[Run, FakePool], bool] = lambda _run, _pool: False,
        variables: str = "{}",
        planning: bool = False,
        conduct: Conduct | None = None,
        **settings: Any,
    ) -> Shown:
        """Run a task file to its end; `interrupt` is asked before each wait whether a signal comes now."""
        nodes = self.nodes(tasks)
        evaluator = self.evaluator(inventory=variables)
        provided = frozenset(name for node in nodes for name in node.provides)
        graph = _graph.build(nodes, lambda _layer: Resolver(evaluator.variables("demo"), provided, _core.is_template))
        kinds = {node.module: Kind(node.module, None if node.module.startswith(ORDINARY) else "fake") for node in nodes}
        pool = FakePool(self.clock, module, limit)
        lines: list[str] = []
        conduct = conduct or (Planning() if planning else Conduct())
        verb = "plan" if conduct.planning else "converge"
        console = Console(lambda line, _colour: lines.append(line), verb=verb, clock=self.clock.monotonic)
        report = Report("stack", "test", verb, "ca-central-1")
        run = Run(graph, evaluator, pool, kinds, console, report, Settings(**settings), conduct)  # type: ignore[arg-type]  # a fake

        def on_wait() -> None:
            run.stopping = run.stopping or interrupt(run, pool)

        pool.on_wait = on_wait
        run.execute()
        console.end(report, None, run.left)
        return Shown(report, pool, run, lines, evaluator.registered)


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A stage whose clock the scheduler uses."""
    clock = Clock()
    monkeypatch.setattr(_run, "time", clock)
    return Stage(tmp_path, clock)
