# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prepares a run: reads layers and variables, checks everything that can be checked before the first write, makes the graph."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.checks import _account, _preflight
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Problem, ProblemsFound
from ansible_collections.stratum.aws.plugins.plugin_utils.graph import _graph, _layers
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._layers import Layer
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import Resolver
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._settling import Settling
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._jobs import Kind


@dataclass(frozen=True)
class Options:
    """The task's options; None means that the inventory or the default decides."""

    layers: Sequence[str]
    parallel: int | None = None
    report_dir: str | None = None
    verb: str = "converge"


@dataclass(frozen=True)
class Prepared:
    """Everything that preflight found in order."""

    layers: Sequence[Layer]
    evaluator: Evaluator
    graph: _graph.Graph
    """What this run is about, and what that needs."""
    whole: _graph.Graph
    """The graph of the whole stack."""
    wanted: frozenset[Node]
    """What this run is about."""
    kinds: Mapping[str, Kind]
    weak: Sequence[Problem]
    """Settings that a plan warns of."""
    values: Mapping[str, Any]
    """The layers' variables, as far as they are known before a run."""
    given: Mapping[str, Any]
    """Every variable of the inventory and the command line that a layer or the engine knows, as far as it is known."""
    place_of: _preflight.PlaceOf

    def refused_by(self, findings: Iterable[Finding]) -> list[Problem]:
        """Return what a check found, with the places of its variables."""
        return _preflight.placed(findings, self.place_of)


def prepare(action: ActionBase, options: Options, task_vars: Mapping[str, Any]) -> Prepared:
    """Read the layers and check everything that can be checked before the first write; ProblemsFound with all that is wrong."""
    task_vars = {**task_vars, "converge_verb": options.verb}
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
    known = {name: values.get(name, _core.plain(given[name])) for layer in layers for name in layer.options if name in given}
    return Prepared(
        layers,
        evaluator,
        graph.restricted(wanted),
        graph,
        frozenset(wanted),
        kinds,
        _preflight.weak(values, find),
        values,
        known | {name: values[name] for name in values if name not in known},
        find,
    )


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
