# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts the engine together for one task: variables, layers, preflight, graph, pool, run, report."""

from __future__ import annotations

import fnmatch
import os
import re
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.stratum.aws.plugins.plugin_utils import _account, _aws, _core, _graph, _layers, _preflight, _terminal
from ansible_collections.stratum.aws.plugins.plugin_utils._console import Console
from ansible_collections.stratum.aws.plugins.plugin_utils._evaluate import Evaluator
from ansible_collections.stratum.aws.plugins.plugin_utils._findings import Finding
from ansible_collections.stratum.aws.plugins.plugin_utils._jobs import Kind, OrdinaryJob, performer
from ansible_collections.stratum.aws.plugins.plugin_utils._layers import Layer
from ansible_collections.stratum.aws.plugins.plugin_utils._pool import Pool
from ansible_collections.stratum.aws.plugins.plugin_utils._problems import Problem, ProblemsFound
from ansible_collections.stratum.aws.plugins.plugin_utils._references import Resolver
from ansible_collections.stratum.aws.plugins.plugin_utils._report import Report
from ansible_collections.stratum.aws.plugins.plugin_utils._run import Run, Settings
from ansible_collections.stratum.aws.plugins.plugin_utils._settling import Settling
from ansible_collections.stratum.aws.plugins.plugin_utils._taskfile import Node

DEFAULT_PARALLEL = 10
DEFAULT_RETRIES = 5
_CLIENTS_IN_SOURCE = re.compile(r"""\bclient\(\s*["']([a-z0-9-]+)["']""")


@dataclass(frozen=True)
class Options:
    """The task's options; None means that the inventory or the default decides."""

    layers: Sequence[str]
    parallel: int | None = None
    report_dir: str | None = None


@dataclass(frozen=True)
class Prepared:
    """Everything that preflight found in order."""

    layers: Sequence[Layer]
    evaluator: Evaluator
    graph: _graph.Graph
    kinds: Mapping[str, Kind]
    weak: Sequence[Problem]
    """Settings that a plan warns of."""
    values: Mapping[str, Any]
    """The layers' variables, as far as they are known before a run."""
    place_of: _preflight.PlaceOf

    def refused_by(self, findings: Iterable[Finding]) -> list[Problem]:
        """Return what a check found, with the places of its variables."""
        return _preflight.placed(findings, self.place_of)


def run(action: ActionBase, options: Options, task_vars: Mapping[str, Any]) -> Report:
    """Converge (or, in check mode, plan) the layers; raise ProblemsFound before any write when something is wrong."""
    planning = bool(action._task.check_mode)
    _core.keep_compiled_templates()
    os.environ.update(_environment(action))
    prepared = prepare(action, options, task_vars)
    if any(kind.warm for kind in prepared.kinds.values()):
        _account.identify()
        if refused := prepared.refused_by(_account.unoffered(prepared.values)):
            raise ProblemsFound(refused)

    def setting(name: str, default: Any) -> Any:
        return action._templar.template(task_vars[name]) if name in task_vars else default

    report = Report(
        stack=str(task_vars["inventory_hostname"]),
        environment=str(setting("environment_name", "default")),
        verb="plan" if planning else "converge",
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or str(setting("aws_region", "")),
    )
    directory = Path(str(options.report_dir or setting("report_dir", "reports")))
    try:
        report.place(directory)
    except OSError as error:
        raise ProblemsFound([Problem("report_dir", f"the report cannot be written: {error}", "Choose another directory")]) from error
    parallel = int(options.parallel or setting("converge_parallel", DEFAULT_PARALLEL))
    internals = _core.module_internals(action, task_vars)
    settings = Settings(
        planning=planning,
        retries=int(setting("converge_retries", DEFAULT_RETRIES)),
        differences=bool(action._task.diff),
        module_defaults=_memoised(lambda module: _core.module_defaults(action, module)),
        module_internals=lambda module: {**internals, "_ansible_module_name": module},
    )
    terminal = _terminal.Terminal()
    console = Console(terminal.write, terminal.live, planning=planning, verbosity=terminal.verbosity)
    _warm(prepared.kinds)
    pool = Pool(performer(_ordinary(action, prepared)), parallel)
    engine = Run(prepared.graph, prepared.evaluator, pool, prepared.kinds, console, report, settings)
    console.begin(
        report.stack, report.environment, report.region, len(prepared.graph.nodes), [layer.name for layer in prepared.layers], parallel
    )
    report.warnings = [str(problem) for problem in prepared.weak]
    if planning:
        console.warnings(report.warnings)
    with _interruptible(engine, terminal):
        try:
            engine.execute()
        finally:
            pool.close()
            # Also when the engine itself breaks: what was done must not be forgotten.
            path = report.write(directory)
        console.end(report, str(path), engine.left)
        terminal.close()
        if engine.stopping:
            # Ansible's own process has stopped listening: a result could only block here.
            os._exit(1)
    return report


def prepare(action: ActionBase, options: Options, task_vars: Mapping[str, Any]) -> Prepared:
    """Read the layers and check everything that can be checked before the first write."""
    selection = _selection(action, options, task_vars)
    layers, problems = _layers.load(selection.layers, _roles_paths(task_vars), _yaml_reader(action), _core.place_of)
    nodes = [node for layer in layers for node in layer.nodes]
    kinds, unknown_modules = _preflight.module_kinds(nodes, _core.resolve_module)
    problems += unknown_modules
    extra = _core.extra_variables(action)
    evaluator = Evaluator(action._templar.copy_with_new_env(), layers, task_vars, extra)
    find = _preflight.place_finder({**task_vars, **extra}, _core.place_of)
    every_role = {path.name for path in _layers.OWN_ROLES.iterdir()} | {layer.name for layer in layers}
    problems += _preflight.unknown_variables(task_vars, layers, every_role, find)
    resolver_for = _resolvers(layers, nodes, evaluator)
    if layers:
        provided = frozenset(name for node in nodes for name in node.provides)
        evaluator.settle_with(Settling(resolver_for(layers[0].name), evaluator.variables(layers[0].name), provided, nodes))
    given = {**task_vars, **extra}
    values: dict[str, Any] = {}
    for layer in layers:
        known, wrong = _preflight.resolved([layer], evaluator, resolver_for(layer.name), given, find)
        values |= known
        problems += wrong
    if layers and "tags_common" in given:
        values["tags_common"] = evaluator.expression(given["tags_common"], layers[0].name)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
    problems += _preflight.unfit(values, region, _account.zones() if "network_cidr" in values else (), find)
    graph = None
    try:
        graph = _graph.build(nodes, resolver_for)
    except ProblemsFound as found:
        problems += found.problems
    if problems or graph is None:
        raise ProblemsFound(dict.fromkeys(problems))
    wanted = [node for node in graph.nodes if selection.wants(node)]
    if not wanted:
        raise ProblemsFound(
            [Problem("converge_target", "no task of the stack has this name", "Give a task's name or a pattern such as 'Create the *'")]
        )
    return Prepared(layers, evaluator, graph.restricted(wanted), kinds, _preflight.weak(values, find), values, find)


@dataclass(frozen=True)
class _Selection:
    """The layers that make the graph, and which of their nodes this run is about (what those need comes with them)."""

    layers: Sequence[str]
    wanted: frozenset[str]
    target: str

    def wants(self, node: Node) -> bool:
        return node.layer in self.wanted and fnmatch.fnmatchcase(node.name, self.target)


def _selection(action: ActionBase, options: Options, task_vars: Mapping[str, Any]) -> _Selection:
    """Read `converge_layers` and `converge_target`; a layer on its own still sees the stack that it is a part of."""

    def names(value: Any) -> list[str]:
        rendered = action._templar.template(value)
        return [name.strip() for name in rendered.split(",")] if isinstance(rendered, str) else [str(name) for name in rendered]

    stack = names(task_vars.get("stack_layers", []))
    wanted = names(task_vars["converge_layers"]) if "converge_layers" in task_vars else list(options.layers)
    layers = [*stack, *(name for name in [*options.layers, *wanted] if name not in stack)]
    target = str(action._templar.template(task_vars.get("converge_target", "*")))
    return _Selection(layers, frozenset(name.rpartition(".")[2] for name in wanted), target)


def _resolvers(layers: Sequence[Layer], nodes: Sequence[Node], evaluator: Evaluator) -> Any:
    provided = frozenset(name for node in nodes for name in node.provides)
    resolvers = {layer.name: Resolver(evaluator.variables(layer.name), provided, _core.is_template) for layer in layers}
    return resolvers.__getitem__


def _roles_paths(task_vars: Mapping[str, Any]) -> list[Path]:
    configured = [Path(path) for path in constants.DEFAULT_ROLES_PATH]
    playbook = task_vars.get("playbook_dir")
    return [*([Path(str(playbook)) / "roles"] if playbook else []), *configured]


def _yaml_reader(action: ActionBase) -> _layers.Load:
    def read(path: Path) -> Any:
        try:
            return action._loader.load_from_file(str(path), cache="none", trusted_as_template=True)
        except AnsibleError as error:
            raise ValueError(str(error)) from error

    return read


def _environment(action: ActionBase) -> dict[str, str]:
    """Return the play's and the task's `environment:`."""
    merged: dict[str, str] = {}
    environments = action._task.environment or []
    for environment in environments if isinstance(environments, list) else [environments]:
        rendered = action._templar.template(environment) or {}
        merged.update({str(key): str(value) for key, value in rendered.items()})
    return merged


def _memoised(function: Any) -> Any:
    known: dict[str, Any] = {}

    def call(key: str) -> Any:
        if key not in known:
            known[key] = function(key)
        return known[key]

    return call


def _ordinary(action: ActionBase, prepared: Prepared) -> Any:
    def perform(job: OrdinaryJob) -> dict[str, Any]:
        prepared.evaluator.registered = dict(job.registered)
        variables = prepared.evaluator.variables(job.layer, job.variables, job.local)
        return _core.run_action(action, job.module, job.title, job.args, variables, check_mode=job.check_mode, no_log=job.no_log)

    return perform


def _warm(kinds: Mapping[str, Kind]) -> None:
    """Import what the workers will need and make their clients, once, before the first is forked."""
    import importlib

    warm = [kind for kind in kinds.values() if kind.warm]
    if not warm:
        return
    _aws.install()
    services: set[str] = set()
    for kind in warm:
        importlib.import_module(str(kind.import_path))
        services.update(_CLIENTS_IN_SOURCE.findall(Path(str(kind.source)).read_text(encoding="utf-8")))
    _aws.warm(frozenset(services))


@contextmanager
def _interruptible(engine: Run, terminal: _terminal.Terminal) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM stop starting nodes; running calls finish and the report is written."""

    def stop(_number: int, _frame: object) -> None:
        if not engine.stopping:
            engine.stopping = True
            terminal.detach()
            terminal.write("interrupted: nothing more is started, waiting for what is running", "yellow")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
