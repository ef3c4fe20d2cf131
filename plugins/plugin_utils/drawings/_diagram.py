# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draws a graph: nodes, and where there is a report their times, in; DOT and Mermaid text out. Pure.

Ids come from names and the order from the task files, so that two drawings can be compared line by line.
What matters is told by line width, line style and words as well as by colour.
"""

from __future__ import annotations

import graphlib
import itertools
import json
import re
import textwrap
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.drawings._timings import Timings
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._graph import Graph
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._console import clock_time

CRITICAL: Final = "#8b0000"
"""The colour of the critical path: dark red, also told from black by its width."""
_GREY: Final = "#595959"
_WIDTH: Final = 32
"""Characters in a line of a box."""

Needs = Mapping[Node, frozenset[Node]]


@dataclass(frozen=True)
class Box:
    """A task in the drawing."""

    id: str
    lines: Sequence[str]
    module: str
    loop: bool = False
    critical: bool = False
    skipped: bool = False
    failed: bool = False


@dataclass(frozen=True)
class Cluster:
    """A layer in the drawing."""

    id: str
    name: str
    boxes: Sequence[Box]


@dataclass(frozen=True)
class Arrow:
    """An edge, by the ids of its boxes: `last` waits for `first`."""

    first: str
    last: str
    critical: bool = False


@dataclass(frozen=True)
class Drawing:
    """What every format shows."""

    whose: str
    layers: Sequence[Cluster]
    arrows: Sequence[Arrow]
    edges: int
    """The edges of the graph, of which `arrows` may be a part."""
    told: Sequence[str] = ()
    """What a report adds to the title."""

    @property
    def tasks(self) -> int:
        """How many tasks there are."""
        return sum(len(layer.boxes) for layer in self.layers)

    @property
    def counts(self) -> str:
        """How much there is, as a person would say it."""
        shown = f"{len(self.arrows)} of {self.edges} edges" if len(self.arrows) < self.edges else _count(self.edges, "edge")
        return f"{_count(self.tasks, 'task')}, {shown}, {_count(len(self.layers), 'layer')}"

    @property
    def title(self) -> Sequence[str]:
        """The lines above the drawing."""
        return (f"{self.whose}: {self.counts}", *self.told)

    @property
    def legend(self) -> str:
        """What the marks mean."""
        return f"double border: a loop{'; thick and dark red: critical path; dashed: skipped; black: failed' if self.told else ''}"


# -- the drawing -----------------------------------------------------------------------------------------


def draw(graph: Graph, stack: str, environment: str, times: Timings | None = None, *, full: bool = False) -> Drawing:
    """Decide what is drawn and in which order.

    An edge that follows from others is left out, except on the critical path, unless `full` is given.
    """
    path = _steps(graph.needs, times.path if times else ())
    shown = graph.needs if full else reduced(graph.needs)
    order = {node: number for number, node in enumerate(graph.needs)}
    # The prefix keeps an id from beginning with a word of Mermaid's, such as "end" or "style".
    ids = _ids({node: f"task_{_slug(node.layer)}_{_slug(node.name)}" for node in graph.needs})
    layers: dict[str, list[Box]] = {}
    arrows: list[Arrow] = []
    for node, needs in graph.needs.items():
        layers.setdefault(node.layer, []).append(_box(node, ids[node], times))
        for before in sorted(needs, key=order.__getitem__):
            critical = (before, node) in path
            if critical or before in shown[node]:
                arrows.append(Arrow(ids[before], ids[node], critical))
    layer_ids = _ids({layer: f"layer_{_slug(layer)}" for layer in layers})
    return Drawing(
        whose=f"{stack} in {environment}",
        layers=[Cluster(layer_ids[layer], layer, boxes) for layer, boxes in layers.items()],
        arrows=arrows,
        edges=sum(len(needs) for needs in graph.needs.values()),
        told=tuple(_told(times, graph.needs)) if times else (),
    )


def reduced(needs: Needs) -> dict[Node, frozenset[Node]]:
    """Return the smallest set of edges from which all the others follow."""
    reach: dict[Node, frozenset[Node]] = {}
    for node in graphlib.TopologicalSorter(needs).static_order():
        reach[node] = needs[node].union(*(reach[before] for before in needs[node]))
    return {node: before - frozenset().union(*(reach[each] for each in before)) for node, before in needs.items()}


def _steps(needs: Needs, path: Sequence[Node]) -> set[tuple[Node, Node]]:
    """Return the edges along a path whose tasks may have others, which took no time, between them."""
    edges: set[tuple[Node, Node]] = set()
    for one, other in itertools.pairwise(path):
        # A destruction goes through the graph backwards.
        edges.update(_way(needs, one, other) or _way(needs, other, one))
    return edges


def _way(needs: Needs, first: Node, last: Node) -> list[tuple[Node, Node]]:
    """Return the edges of a shortest way between two nodes; none when there is no way or a node is not drawn."""
    if first not in needs or last not in needs:
        return []
    after: dict[Node, Node] = {}
    todo = [last]
    while todo:
        node = todo.pop(0)
        if node == first:
            edges = []
            while node != last:
                edges.append((node, after[node]))
                node = after[node]
            return edges
        for before in sorted(needs[node], key=lambda each: (each.layer, each.name)):
            if before not in after:
                after[before] = node
                todo.append(before)
    return []


def _ids[T: Hashable](wanted: Mapping[T, str]) -> dict[T, str]:
    """Return the ids that are wanted, with a number behind those that are taken."""
    ids: dict[T, str] = {}
    taken: set[str] = set()
    for what, base in wanted.items():
        identifier, number = base, 1
        while identifier in taken:
            number += 1
            identifier = f"{base}_{number}"
        taken.add(identifier)
        ids[what] = identifier
    return ids


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "x"


def _box(node: Node, identifier: str, times: Timings | None) -> Box:
    timing = times.tasks.get(node) if times else None
    loop = node.loop is not None
    module = node.module.rpartition(".")[2]
    lines = [*textwrap.wrap(_plain(node.name), _WIDTH), f"{module} (loop)" if loop else module, *([timing.text] if timing else [])]
    return Box(
        id=identifier,
        lines=lines,
        module=node.module,
        loop=loop,
        critical=times is not None and node in times.path,
        skipped=timing is not None and timing.all("skipped"),
        failed=timing is not None and timing.actions.get("failed", 0) > 0,
    )


def _told(times: Timings, drawn: Collection[Node]) -> Iterator[str]:
    yield f"{times.verb} of {times.started}: {clock_time(times.seconds)}, critical path {clock_time(times.path_seconds)}"
    part = sum(node in drawn for node in times.path)
    if part < len(times.path):
        yield f"{part} of the {len(times.path)} tasks on the critical path are in this part of the stack"


def _plain(text: str) -> str:
    """Return the text in one line and without characters that XML, and so SVG, cannot hold."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


# -- DOT -------------------------------------------------------------------------------------------------


def dot(drawing: Drawing) -> str:
    """Return the drawing in Graphviz's language."""
    font = {"fontname": "Helvetica,Arial,sans-serif"}
    lines = [
        "digraph stack {",
        f"  graph [{_attributes({'rankdir': 'LR', 'labelloc': 't', 'labeljust': 'l', **font})}];",
        f"  graph [label={_dot_text([*drawing.title, drawing.legend], left=True)}];",
        f"  node [{_attributes({'shape': 'box', 'style': 'filled', 'fillcolor': 'white', 'fontsize': '11', **font})}];",
        f"  edge [{_attributes({'color': _GREY, 'arrowsize': '0.7'})}];",
    ]
    for layer in drawing.layers:
        lines += [
            # Graphviz draws a frame around a subgraph whose name begins so.
            f"  subgraph cluster_{layer.id} {{",
            f"    graph [{_attributes({'style': 'rounded', 'color': _GREY, 'bgcolor': '#f7f7f7', 'fontsize': '16', 'margin': '12'})}];",
            f"    graph [label={_dot_text([layer.name])}];",
            *(f"    {box.id} [label={_dot_text(box.lines)}, {_attributes(_dot_box(box))}];" for box in layer.boxes),
            "  }",
        ]
    for arrow in drawing.arrows:
        emphasis = f" [{_attributes({'color': CRITICAL, 'penwidth': '3'})}]" if arrow.critical else ""
        lines.append(f"  {arrow.first} -> {arrow.last}{emphasis};")
    return "\n".join([*lines, "}", ""])


def _dot_box(box: Box) -> dict[str, str]:
    attributes = {"tooltip": box.module}
    if box.loop:
        attributes["peripheries"] = "2"
    if box.skipped:
        attributes |= {"style": "filled,dashed", "fontcolor": _GREY}
    if box.failed:
        attributes |= {"fillcolor": "black", "fontcolor": "white"}
    if box.critical:
        attributes |= {"color": CRITICAL, "penwidth": "3"}
    return attributes


def _attributes(values: Mapping[str, str]) -> str:
    return ", ".join(f'{key}="{_dot_escaped(value)}"' for key, value in values.items())


def _dot_text(lines: Sequence[str], *, left: bool = False) -> str:
    end = r"\l" if left else ""
    return '"' + (end or r"\n").join(_dot_escaped(_plain(line)) for line in lines) + end + '"'


def _dot_escaped(text: str) -> str:
    # Graphviz reads a backslash as the beginning of an escape, and an ampersand as that of an HTML entity.
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")


# -- Mermaid ---------------------------------------------------------------------------------------------

_MERMAID_CLASSES: Final = {
    "skipped": f"color:{_GREY},stroke-dasharray:5 4",
    "failed": "fill:#000000,color:#ffffff",
    "critical": f"stroke:{CRITICAL},stroke-width:4px",
}
"""What a box that is so looks like; a later one wins. A class bears the name of a field of Box."""


def mermaid(drawing: Drawing) -> str:
    """Return the drawing as a Mermaid flowchart."""
    lines = [
        "---",
        # A JSON string is a YAML string.
        f"title: {json.dumps(_plain('; '.join(drawing.title)), ensure_ascii=False)}",
        "---",
        "flowchart LR",
        f"  %% {drawing.legend}",
    ]
    for layer in drawing.layers:
        lines += [f"  subgraph {layer.id} [{_mermaid_text([layer.name])}]", *(f"    {_mermaid_box(box)}" for box in layer.boxes), "  end"]
    lines += [f"  {arrow.first} {'==>' if arrow.critical else '-->'} {arrow.last}" for arrow in drawing.arrows]
    critical = [str(number) for number, arrow in enumerate(drawing.arrows) if arrow.critical]
    if critical:
        lines.append(f"  linkStyle {','.join(critical)} stroke:{CRITICAL},stroke-width:4px")
    for name, style in _MERMAID_CLASSES.items():
        if ids := [box.id for layer in drawing.layers for box in layer.boxes if getattr(box, name)]:
            lines += [f"  classDef {name} {style}", f"  class {','.join(ids)} {name}"]
    return "\n".join([*lines, ""])


def _mermaid_box(box: Box) -> str:
    text = _mermaid_text(box.lines)
    return f"{box.id}[[{text}]]" if box.loop else f"{box.id}[{text}]"


def _mermaid_text(lines: Sequence[str]) -> str:
    return '"' + "<br/>".join(re.sub(r"[^\w .,:'/-]", _mermaid_escaped, _plain(line)) for line in lines) + '"'


def _mermaid_escaped(character: re.Match[str]) -> str:
    # Mermaid's own form of an entity, by its decimal number; it has no other escape.
    return f"#{ord(character[0])};"
