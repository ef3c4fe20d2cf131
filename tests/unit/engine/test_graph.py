# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Order from data: edges, cycles, the longest chain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Place, ProblemsFound
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._graph import Graph, build, critical_path
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import Resolver
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node

VARIABLES = {"demo_vpc_id": "{{ __demo_vpc.id }}", "loop_a": "{{ loop_b }}", "loop_b": "{{ loop_a }}"}


def node(name: str, line: int, uses: str = "", register: str | None = None, after: tuple[str, ...] = (), layer: str = "demo") -> Node:
    return Node(layer, name, "a.b.c", {"x": uses}, Place("graph.yml", line), register=register, after=after)


def graph_of(*nodes: Node) -> Graph:
    provided = frozenset(name for each in nodes for name in each.provides)
    return build(nodes, lambda _layer: Resolver(VARIABLES, provided))


def problems_of(*nodes: Node) -> str:
    with pytest.raises(ProblemsFound) as caught:
        graph_of(*nodes)
    return caught.value.summary()


VPC = node("Create the VPC", 1, register="__demo_vpc")
SUBNET = node("Create the subnet", 5, "{{ demo_vpc_id }}", "__demo_subnet")
ROUTE = node("Create the route", 9, "{{ __demo_subnet.id }} {{ demo_vpc_id }}")
ROLE = node("Create the role", 13, register="__demo_role")


def test_edges_come_from_the_data_through_variables() -> None:
    graph = graph_of(ROUTE, SUBNET, VPC, ROLE)
    assert graph.needs == {ROUTE: {SUBNET, VPC}, SUBNET: {VPC}, VPC: frozenset(), ROLE: frozenset()}
    assert graph.needed_by[VPC] == {SUBNET, ROUTE}
    assert graph.ancestors(ROUTE) == {SUBNET, VPC}


def test_what_depends_on_a_node_goes_with_it_but_for_what_outlives_its_layer() -> None:
    balancer = node("Create the load balancer", 1, register="__edge_balancer", layer="edge")
    alarm = replace(node("Create the alarm", 2, "{{ __edge_balancer.arn }}", "__demo_alarm"), outlives=frozenset({"edge"}))
    dashboard = node("Create the dashboard", 3, "{{ __demo_alarm.arn }}")
    rule = node("Create the rule", 4, "{{ __edge_balancer.arn }}")
    graph = graph_of(balancer, alarm, dashboard, rule)
    assert graph.with_dependents([balancer]) == {balancer, rule}
    assert graph.with_dependents([balancer, alarm]) == {balancer, rule, alarm, dashboard}


def test_converge_after_makes_an_edge_where_data_cannot() -> None:
    late = node("Late", 20, after=("__demo_role",))
    assert graph_of(late, ROLE).needs[late] == {ROLE}


def test_converge_after_of_a_layer_that_is_not_here_is_ignored_and_a_typo_is_not() -> None:
    assert graph_of(node("Late", 20, after=("__monitoring_logs",))).needs
    assert '"Late" waits for "__demo_rule" (converge_after), which no task registers' in problems_of(
        node("Late", 20, after=("__demo_rule",)), ROLE
    )


def test_a_cycle_is_printed_with_names_and_places() -> None:
    first = node("First", 1, "{{ __demo_b }}", "__demo_a")
    second = node("Second", 2, "{{ __demo_a }}", "__demo_b")
    text = problems_of(first, second)
    assert "tasks wait for each other in a circle" in text
    assert '"First" (graph.yml:1)' in text
    assert '"Second" (graph.yml:2)' in text


def test_an_undefined_variable_names_the_task_and_the_cure() -> None:
    text = problems_of(node("Use", 3, "{{ demo_missing }}"))
    assert 'graph.yml:3: demo_missing: the variable is not defined, and "Use" uses it. Define "demo_missing" in the inventory' in text


def test_circular_variables_are_a_problem_of_their_own() -> None:
    assert "the variable is defined by itself: loop_a → loop_b → loop_a" in problems_of(node("Use", 3, "{{ loop_a }}"))


def test_a_name_registered_twice_is_a_problem() -> None:
    assert "registers the name" in problems_of(ROLE, node("Again", 30, register="__demo_role"))


def test_a_template_that_does_not_parse_is_a_problem() -> None:
    assert "a template does not parse" in problems_of(node("Use", 3, "{{ a b }}"))


def test_the_restricted_graph_holds_what_is_wanted_and_what_that_needs() -> None:
    assert set(graph_of(VPC, SUBNET, ROUTE, ROLE).restricted([SUBNET]).nodes) == {VPC, SUBNET}


def test_chain_lengths_add_up_along_the_longest_chain() -> None:
    lengths = graph_of(VPC, SUBNET, ROUTE, ROLE).chain_lengths(
        lambda each: {"Create the VPC": 1.0, "Create the subnet": 2.0}.get(each.name, 4.0)
    )
    assert lengths == {VPC: 7.0, SUBNET: 6.0, ROUTE: 4.0, ROLE: 4.0}


def test_the_sorter_hands_out_what_is_ready() -> None:
    sorter = graph_of(VPC, SUBNET, ROLE).sorter()
    assert set(sorter.get_ready()) == {VPC, ROLE}
    sorter.done(VPC)
    assert sorter.get_ready() == (SUBNET,)


def test_critical_path() -> None:
    needs = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}
    assert critical_path(needs, {"a": 1.0, "b": 5.0, "c": 2.0, "d": 1.0}) == (["a", "b", "d"], 7.0)
    assert critical_path({}, {}) == ([], 0.0)
