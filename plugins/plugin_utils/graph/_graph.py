# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The graph: which node waits for which, what a cycle looks like, which chain is the longest.

Pure: nodes in, order out.
"""

from __future__ import annotations

import graphlib
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Problem, ProblemsFound
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import CircularVariables, Resolver
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node


class Graph:
    """Nodes and, for each, the nodes that must have finished before it starts."""

    def __init__(self, needs: Mapping[Node, frozenset[Node]]) -> None:
        self.needs: dict[Node, frozenset[Node]] = dict(needs)
        self.needed_by: dict[Node, set[Node]] = {node: set() for node in self.needs}
        for node, before in self.needs.items():
            for other in before:
                self.needed_by[other].add(node)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, in the order in which the layers list them."""
        return tuple(self.needs)

    def sorter(self) -> graphlib.TopologicalSorter[Node]:
        """Return a prepared sorter: ask it for what is ready, tell it what is done."""
        sorter: graphlib.TopologicalSorter[Node] = graphlib.TopologicalSorter(self.needs)
        sorter.prepare()
        return sorter

    def ancestors(self, node: Node) -> frozenset[Node]:
        """Return every node that this one waits for, directly or through others."""
        return _reach(node, self.needs)

    def reversed(self) -> Graph:
        """Return the graph in which each node waits for those that wait for it here."""
        return Graph({node: frozenset(after) for node, after in reversed(self.needed_by.items())})

    def with_dependents(self, wanted: Iterable[Node]) -> frozenset[Node]:
        """Return these nodes and every node that waits for one of them, directly or through others, and cannot stay without it."""
        found = set(wanted)
        waiting = list(found)
        while waiting:
            node = waiting.pop()
            new = {after for after in self.needed_by[node] if node.layer not in after.outlives} - found
            found |= new
            waiting.extend(new)
        return frozenset(found)

    def only(self, wanted: Iterable[Node]) -> Graph:
        """Return these nodes, each waiting for what it waits for among them, directly or through others."""
        keep = frozenset(wanted)
        return Graph({node: self.ancestors(node) & keep for node in self.needs if node in keep})

    def restricted(self, wanted: Iterable[Node]) -> Graph:
        """Return the graph of these nodes and of everything that they wait for."""
        keep: set[Node] = set()
        for node in wanted:
            keep |= {node} | self.ancestors(node)
        return Graph({node: before for node, before in self.needs.items() if node in keep})

    def chain_lengths(self, seconds: Callable[[Node], float]) -> dict[Node, float]:
        """Return, per node, the seconds of the longest chain that begins with it."""
        lengths: dict[Node, float] = {}
        for node in reversed(tuple(graphlib.TopologicalSorter(self.needs).static_order())):
            lengths[node] = seconds(node) + max((lengths[after] for after in self.needed_by[node]), default=0.0)
        return lengths


def _reach[T: Hashable](start: T, edges: Mapping[T, Iterable[T]]) -> frozenset[T]:
    seen: set[T] = set()
    todo = list(edges[start])
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo.extend(edges[node])
    return frozenset(seen)


def critical_path[T: Hashable](needs: Mapping[T, Iterable[T]], seconds: Mapping[T, float]) -> tuple[list[T], float]:
    """Return the chain of nodes that took the longest, first to last, and its seconds."""
    best: dict[T, float] = {}
    before: dict[T, T | None] = {}
    for node in graphlib.TopologicalSorter(needs).static_order():
        previous = max(needs[node], key=lambda other: best[other], default=None)
        before[node] = previous
        best[node] = seconds.get(node, 0.0) + (best[previous] if previous is not None else 0.0)
    if not best:
        return [], 0.0
    last: T | None = max(best, key=lambda node: best[node])
    total = best[last] if last is not None else 0.0
    path: list[T] = []
    while last is not None:
        path.append(last)
        last = before[last]
    return path[::-1], total


def build(nodes: Sequence[Node], resolver_for: Callable[[str], Resolver]) -> Graph:
    """Order the nodes by the data they use.

    `resolver_for` gives the resolver that sees a layer's variables.
    Raises ProblemsFound for names registered twice, circular variables, unknown names and cycles.
    """
    problems: list[Problem] = []
    providers = _providers(nodes, problems)
    # A name of a layer that is not part of this stack is nothing to wait for.
    layers = {node.layer for node in nodes}
    needs: dict[Node, frozenset[Node]] = {}
    for node in nodes:
        before: set[Node] = set()
        for name in node.after:
            if name in providers:
                before.add(providers[name])
            elif any(name.startswith((f"{layer}_", f"__{layer}_")) for layer in layers):
                problems.append(
                    Problem(
                        name,
                        f'"{node.name}" waits for "{name}" (converge_after), which no task registers',
                        "Name a variable that a task registers",
                        node.place,
                    )
                )
        try:
            found = resolver_for(node.layer).resolve(node.uses)
        except CircularVariables as error:
            problems.append(Problem(error.cycle[0], f"the variable is defined by itself: {error}", "Break the circle", node.place))
            found = None
        except ValueError as error:
            problems.append(Problem(node.name, f"a template does not parse: {error}", "Mend the template", node.place))
            found = None
        for name in sorted(found.required if found else ()):
            if name in providers:
                before.add(providers[name])
            else:
                problems.append(
                    Problem(
                        name,
                        f'the variable is not defined, and "{node.name}" uses it',
                        f'Define "{name}" in the inventory, or register it in a task',
                        node.place,
                    )
                )
        needs[node] = frozenset(before - {node})
    problems.extend(_cycles(needs))
    if problems:
        raise ProblemsFound(dict.fromkeys(problems))
    return Graph(needs)


def _providers(nodes: Iterable[Node], problems: list[Problem]) -> dict[str, Node]:
    providers: dict[str, Node] = {}
    for node in nodes:
        for name in node.provides:
            if name in providers:
                problems.append(
                    Problem(
                        name,
                        f'"{node.name}" registers the name that "{providers[name].name}" ({providers[name].place}) registers too',
                        "Give each task a name of its own",
                        node.place,
                    )
                )
            providers[name] = node
    return providers


def _cycles(needs: Mapping[Node, frozenset[Node]]) -> list[Problem]:
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        cycle: list[Node] = error.args[1]
        path = " → ".join(f'"{node.name}" ({node.place})' for node in reversed(cycle))
        return [
            Problem(cycle[-1].name, f"tasks wait for each other in a circle: {path}", "Remove one of these references", cycle[-1].place)
        ]
    return []
