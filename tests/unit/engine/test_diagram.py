# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drawings of a graph: what is in them, in which order, and that no name can break their syntax."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Place
from ansible_collections.stratum.aws.plugins.plugin_utils.drawings._diagram import CRITICAL, dot, draw, mermaid, reduced
from ansible_collections.stratum.aws.plugins.plugin_utils.drawings._timings import Timings, UnfitReport, timings
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._graph import Graph
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node

EVIL = 'Say "hi" & <b>&quot;bye</b>;\\n\\" [x] (y) {z|a} `c` #35; %%{init}%% --> end\nof it \x07 – ×'


def node(name: str, layer: str = "network", *, module: str = "amazon.aws.ec2_vpc_net", loop: object = None, line: int = 1) -> Node:
    return Node(layer, name, module, {}, Place(f"roles/{layer}/tasks/graph.yml", line), loop=loop)


VPC = node("Create the VPC", line=1)
SUBNETS = node("Create the subnets", module="amazon.aws.ec2_vpc_subnet", loop="{{ x }}", line=2)
DATABASE = node("Create the database", "data_tier", module="amazon.aws.rds_instance", line=3)
ALARM = node("Create the alarm", "data_tier", module="stratum.aws.cloudwatch_alarm", line=4)
GRAPH = Graph(
    {VPC: frozenset(), SUBNETS: frozenset({VPC}), DATABASE: frozenset({VPC, SUBNETS}), ALARM: frozenset({VPC, SUBNETS, DATABASE})}
)
CHAIN = [
    ("create_the_vpc", "create_the_subnets"),
    ("create_the_subnets", "create_the_database"),
    ("create_the_database", "create_the_alarm"),
]


def entry(task: Node, started: float, seconds: float, action: str = "create", item: str | None = None) -> dict[str, Any]:
    return {
        "layer": task.layer,
        "name": task.name,
        "item": item,
        "action": action,
        "started": started,
        "seconds": seconds,
        "source": str(task.place),
    }


def report(*entries: dict[str, Any], path: tuple[Node, ...] = (), **more: Any) -> dict[str, Any]:
    told = {"seconds": 9.8, "nodes": [f"{each.layer}: {each.name}" for each in path]}
    whose = {"stack": "shop", "environment": "prod", "verb": "converge", "started": "2026-01-01T00:00:00+00:00", "seconds": 12.3}
    return {**whose, "critical_path": told, "nodes": list(entries), **more}


def read(told: Any, graph: Graph = GRAPH) -> Timings:
    return timings(json.loads(json.dumps(told)), "shop", "prod", graph.nodes)


FULL_REPORT = report(
    entry(VPC, 0.0, 0.5),
    entry(SUBNETS, 0.5, 1.0, item="a"),
    entry(SUBNETS, 0.7, 2.0, item="b"),
    entry(DATABASE, 3.0, 250.0),
    entry(ALARM, 253.0, 0.0, "skipped"),
    path=(VPC, SUBNETS, DATABASE),
)


# -- a reader of DOT: the grammar of https://graphviz.org/doc/info/lang.html as far as it is used --------------

_TOKEN = re.compile(r'\s*(?:("(?:[^"\\\n]|\\.)*")|(->)|([A-Za-z_][A-Za-z_0-9]*)|([{}\[\];,=]))')


@dataclass
class Dot:
    """What a DOT text says: attributes of boxes, the boxes of each cluster, edges with their attributes."""

    boxes: dict[str, dict[str, str]] = field(default_factory=dict)
    clusters: dict[str, list[str]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    edges: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def short(self) -> list[tuple[str, str]]:
        """The edges in their order, without the prefix and the layer."""
        return [(_short(first), _short(last)) for first, last in self.edges]


def _short(identifier: str) -> str:
    return re.sub(r"^task_(network|data_tier)_", "", identifier)


def parse(text: str) -> Dot:
    tokens: list[str] = []
    position = 0
    while text[position:].strip():
        match = _TOKEN.match(text, position)
        assert match, f"no token of DOT: {text[position : position + 60]!r}"
        tokens.append(match[0].strip())
        position = match.end()
    found = Dot()
    tokens.reverse()

    def take(expected: str | None = None) -> str:
        token = tokens.pop()
        assert expected in (None, token), f"{token!r} instead of {expected!r}"
        return token

    def attributes() -> dict[str, str]:
        values: dict[str, str] = {}
        if tokens[-1] == "[":
            take("[")
            while True:
                key = take()
                take("=")
                values[key] = take()[1:-1]
                if take() == "]":
                    break
        take(";")
        return values

    def statements(cluster: str) -> None:
        take("{")
        while tokens[-1] != "}":
            word = take()
            assert re.fullmatch(r"\w+", word), word
            if word == "subgraph":
                name = take()
                assert name not in found.clusters
                found.clusters[name] = []
                statements(name)
            elif word in ("graph", "node", "edge"):
                if label := attributes().get("label"):
                    found.labels[cluster] = label
            elif tokens[-1] == "->":
                take("->")
                edge = (word, take())
                assert edge not in found.edges
                found.edges[edge] = attributes()
            else:
                assert word not in found.boxes
                found.boxes[word] = attributes()
                found.clusters[cluster].append(word)
        take("}")

    take("digraph")
    take("stack")
    statements("")
    assert not tokens
    assert {end for edge in found.edges for end in edge} <= set(found.boxes)
    return found


def shown(label: str) -> list[str]:
    """Return the lines that Graphviz would show for a label."""
    lines = re.split(r"(?<!\\)((?:\\\\)*)\\[nl]", label)
    joined = [lines[0]]
    for escaped, rest in zip(lines[1::2], lines[2::2], strict=True):
        joined[-1] += escaped
        joined.append(rest)
    return [html.unescape(re.sub(r"\\(.)", r"\1", line)) for line in joined]


# -- tests ------------------------------------------------------------------------------------------------


def test_layers_are_clusters_and_a_task_shows_name_module_and_loop() -> None:
    found = parse(dot(draw(GRAPH, "shop", "prod")))
    assert found.clusters == {
        "cluster_layer_network": ["task_network_create_the_vpc", "task_network_create_the_subnets"],
        "cluster_layer_data_tier": ["task_data_tier_create_the_database", "task_data_tier_create_the_alarm"],
    }
    assert found.labels["cluster_layer_data_tier"] == "data_tier"
    assert shown(found.boxes["task_network_create_the_vpc"]["label"]) == ["Create the VPC", "ec2_vpc_net"]
    subnets = found.boxes["task_network_create_the_subnets"]
    assert shown(subnets["label"]) == ["Create the subnets", "ec2_vpc_subnet (loop)"]
    assert (subnets["peripheries"], subnets["tooltip"]) == ("2", "amazon.aws.ec2_vpc_subnet")
    assert shown(found.labels[""])[0] == "shop in prod: 4 tasks, 3 of 6 edges, 2 layers"


def test_edges_that_follow_from_others_are_left_out_unless_asked_for() -> None:
    assert parse(dot(draw(GRAPH, "shop", "prod"))).short() == CHAIN
    every = parse(dot(draw(GRAPH, "shop", "prod", full=True)))
    assert len(every.edges) == 6
    assert shown(every.labels[""])[0] == "shop in prod: 4 tasks, 6 edges, 2 layers"


def test_the_reduction_keeps_what_is_reachable_and_nothing_twice() -> None:
    nodes = [node(f"n{number}", line=number) for number in range(12)]
    # Each number needs its divisors and 0; 1 divides all, so many edges follow from others.
    needs = {each: frozenset(nodes[d] for d in range(i) if d == 0 or i % d == 0) for i, each in enumerate(nodes)}
    small = reduced(needs)
    whole, less = Graph(needs), Graph(small)
    assert all(whole.ancestors(each) == less.ancestors(each) for each in nodes)
    for each, before in small.items():
        for one in before:
            without = Graph({**small, each: before - {one}})
            assert one not in without.ancestors(each), f"{one.name} to {each.name} follows from other edges"


def test_the_same_graph_gives_the_same_text_however_its_sets_are_ordered() -> None:
    again = Graph({task: frozenset(sorted(before, key=lambda each: -each.place.line)) for task, before in GRAPH.needs.items()})
    for write in (dot, mermaid):
        assert write(draw(GRAPH, "shop", "prod", full=True)) == write(draw(again, "shop", "prod", full=True))


def test_a_further_task_adds_lines_and_changes_no_others_but_the_title() -> None:
    more = Graph({**GRAPH.needs, node("Create the cache", "data_tier", line=9): frozenset({SUBNETS})})
    for write in (dot, mermaid):
        before, after = (set(write(draw(graph, "shop", "prod")).splitlines()) for graph in (GRAPH, more))
        assert [line for line in before - after if "shop in prod" not in line] == []
        assert len([line for line in after - before if "shop in prod" not in line]) == 2


def test_equal_names_get_ids_of_their_own() -> None:
    twins = [
        node("Same", line=1),
        node("same!", line=2),
        node("Same", line=3),
        node("…", line=4),
        node("…", "data-tier"),
        node("…", "data_tier"),
    ]
    found = parse(dot(draw(Graph({each: frozenset() for each in twins}), "shop", "prod")))
    assert list(found.boxes)[:4] == ["task_network_same", "task_network_same_2", "task_network_same_3", "task_network_x"]
    assert list(found.clusters) == ["cluster_layer_network", "cluster_layer_data_tier", "cluster_layer_data_tier_2"]


@pytest.mark.parametrize("name", [EVIL, "\\", '"', 'x\\"', "end", "100%", "]]>", "{{ loop_name }}", "é ü 漢字", "\\N \\G", "a\\\\nb"])
def test_no_name_breaks_the_syntax_and_all_of_it_is_shown(name: str) -> None:
    evil = node(name, layer=name, module="a.b.c")
    drawing = draw(Graph({evil: frozenset(), VPC: frozenset({evil})}), name, "prod")
    text = " ".join(name.replace("\x07", " ").split())
    found = parse(dot(drawing))
    (label,) = [box["label"] for identifier, box in found.boxes.items() if "network" not in identifier]
    assert " ".join(shown(label)[:-1]) == text
    assert shown(next(value for cluster, value in found.labels.items() if cluster and "network" not in cluster)) == [text]
    lines = mermaid(drawing).splitlines()
    (box,) = [line for line in lines if line.startswith("    task_") and "task_network" not in line]
    match = re.fullmatch(r'    task_\w+\["([^"\[\](){}|<>`%;\\]|#\d+;|<br/>)+"\]', box)
    assert match, box
    inner = box.partition('["')[2][:-2].split("<br/>")
    assert " ".join(re.sub(r"#(\d+);", lambda code: chr(int(code[1])), line) for line in inner[:-1]) == text
    assert json.loads(lines[1].removeprefix("title: ")).startswith(f"{text} in prod: 2 tasks")


def test_long_names_are_wrapped() -> None:
    long = node("Create the parameter groups of the databases that speak of versions which are no longer sold")
    lines = shown(parse(dot(draw(Graph({long: frozenset()}), "shop", "prod"))).boxes.popitem()[1]["label"])
    assert " ".join(lines[:-1]) == long.name
    assert max(map(len, lines)) <= 32


def test_mermaid_says_the_same() -> None:
    lines = mermaid(draw(GRAPH, "shop", "prod", read(FULL_REPORT))).splitlines()
    assert lines == [
        "---",
        'title: "shop in prod: 4 tasks, 3 of 6 edges, 2 layers; converge of 2026-01-01T00:00:00+00:00: 12s, critical path 9.8s"',
        "---",
        "flowchart LR",
        "  %% double border: a loop; thick and dark red: critical path; dashed: skipped; black: failed",
        '  subgraph layer_network ["network"]',
        '    task_network_create_the_vpc["Create the VPC<br/>ec2_vpc_net<br/>0.5s, create"]',
        '    task_network_create_the_subnets[["Create the subnets<br/>ec2_vpc_subnet #40;loop#41;<br/>2.2s, 2 items: 2 create"]]',
        "  end",
        '  subgraph layer_data_tier ["data_tier"]',
        '    task_data_tier_create_the_database["Create the database<br/>rds_instance<br/>4m10s, create"]',
        '    task_data_tier_create_the_alarm["Create the alarm<br/>cloudwatch_alarm<br/>skipped"]',
        "  end",
        "  task_network_create_the_vpc ==> task_network_create_the_subnets",
        "  task_network_create_the_subnets ==> task_data_tier_create_the_database",
        "  task_data_tier_create_the_database --> task_data_tier_create_the_alarm",
        "  linkStyle 0,1 stroke:#8b0000,stroke-width:4px",
        "  classDef skipped color:#595959,stroke-dasharray:5 4",
        "  class task_data_tier_create_the_alarm skipped",
        "  classDef critical stroke:#8b0000,stroke-width:4px",
        "  class task_network_create_the_vpc,task_network_create_the_subnets,task_data_tier_create_the_database critical",
    ]


def test_a_report_brings_times_and_the_critical_path() -> None:
    found = parse(dot(draw(GRAPH, "shop", "prod", read(FULL_REPORT))))
    assert shown(found.labels[""])[1] == "converge of 2026-01-01T00:00:00+00:00: 12s, critical path 9.8s"
    assert shown(found.boxes["task_network_create_the_subnets"]["label"])[-1] == "2.2s, 2 items: 2 create"
    critical = [identifier for identifier, box in found.boxes.items() if box.get("color") == CRITICAL]
    assert [_short(each) for each in critical] == ["create_the_vpc", "create_the_subnets", "create_the_database"]
    assert all(found.boxes[each]["penwidth"] == "3" for each in critical)
    assert [edge.get("color") == CRITICAL and edge["penwidth"] == "3" for edge in found.edges.values()] == [True, True, False]
    assert found.boxes["task_data_tier_create_the_alarm"]["style"] == "filled,dashed"


def test_the_seconds_of_a_task_span_the_items_that_ran() -> None:
    told = read(
        report(entry(SUBNETS, 0.0, 0.0, "skipped", "a"), entry(SUBNETS, 5.0, 1.0, item="b"), entry(SUBNETS, 5.5, 3.0, "failed", "c"))
    )
    timing = told.tasks[SUBNETS]
    assert (timing.seconds, timing.items) == (3.5, 3)
    assert timing.text == "3.5s, 3 items: 1 create, 1 skipped, 1 failed"
    failed = parse(dot(draw(GRAPH, "shop", "prod", told))).boxes["task_network_create_the_subnets"]
    assert (failed["fillcolor"], failed["fontcolor"]) == ("black", "white")


@pytest.mark.parametrize("path", [(VPC, ALARM), (ALARM, VPC)], ids=["forwards", "backwards, as a destruction"])
def test_an_edge_of_the_critical_path_is_drawn_also_where_it_follows_from_others(path: tuple[Node, ...]) -> None:
    found = parse(dot(draw(GRAPH, "shop", "prod", read(report(path=path)))))
    assert found.short() == [*CHAIN[:2], ("create_the_vpc", "create_the_alarm"), CHAIN[2]]
    assert [edge for edge, values in found.edges.items() if values] == [("task_network_create_the_vpc", "task_data_tier_create_the_alarm")]


def test_the_critical_path_goes_through_tasks_that_took_no_time() -> None:
    graph = Graph({VPC: frozenset(), SUBNETS: frozenset({VPC}), DATABASE: frozenset({SUBNETS})})
    found = parse(dot(draw(graph, "shop", "prod", read(report(path=(VPC, DATABASE)), graph))))
    assert all(edge["color"] == CRITICAL for edge in found.edges.values())
    assert "color" not in found.boxes["task_network_create_the_subnets"]


def test_a_part_of_the_stack_shows_its_part_of_the_critical_path() -> None:
    found = parse(dot(draw(GRAPH.restricted([SUBNETS]), "shop", "prod", read(FULL_REPORT))))
    assert shown(found.labels[""])[2] == "2 of the 3 tasks on the critical path are in this part of the stack"
    assert [edge["color"] for edge in found.edges.values()] == [CRITICAL]


def test_tasks_of_one_name_are_told_apart_by_their_place() -> None:
    first, second = node("Same", line=1), node("Same", line=2)
    told = read(report(entry(second, 0, 1.0), path=(second,)), Graph({first: frozenset(), second: frozenset()}))
    assert list(told.tasks) == [second]
    assert told.path == [second]


GOOD = report(entry(VPC, 0.0, 1.0))


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({**GOOD, "stack": "other"}, "it is of other in prod, and this is shop in prod. Give a report of this stack"),
        ({**GOOD, "environment": "dev"}, "it is of shop in dev, and this is shop in prod. Give a report of this stack"),
        (
            report(entry(node("Gone"), 0, 1), entry(node("Gone"), 1, 1), path=(node("Gone"), node("Other"))),
            'it tells of "network: Gone" and 1 more, which is no task of shop now. Run again for a new report',
        ),
        (report(path=(node("Gone"),)), 'it tells of "network: Gone", which is no task of shop now. Run again for a new report'),
        ([], "it is no report of a run. Give one that a run wrote, such as prod/shop/converge.json"),
        ({}, "it is no report of a run. Give one that a run wrote, such as prod/shop/converge.json"),
        ({**GOOD, "nodes": "none"}, "it is no report of a run. Give one that a run wrote, such as prod/shop/converge.json"),
        ({**GOOD, "critical_path": None}, "it is no report of a run. Give one that a run wrote, such as prod/shop/converge.json"),
        (
            report({**entry(VPC, 0, 1), "seconds": "long"}),
            "it is no report of a run. Give one that a run wrote, such as prod/shop/converge.json",
        ),
    ],
)
def test_a_report_that_does_not_fit_is_refused_in_one_sentence(told: Any, message: str) -> None:
    with pytest.raises(UnfitReport) as caught:
        read(told)
    assert str(caught.value) == message


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("name", ["Plain", EVIL])
def test_graphviz_itself_reads_it_as_it_is_meant(name: str) -> None:
    drawing = draw(Graph({node(name, layer=name): frozenset(), **GRAPH.needs}), "shop", "prod", read(FULL_REPORT))
    done = subprocess.run(["dot", "-Tjson"], input=dot(drawing), capture_output=True, text=True, check=True)
    assert done.stderr == ""
    objects: list[Mapping[str, Any]] = json.loads(done.stdout)["objects"]
    assert len([each for each in objects if each["name"].startswith("task_")]) == 5
