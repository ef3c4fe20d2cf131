# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a task file into nodes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Place, Problem
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import KEYWORDS, OTHER_TASK_KEYWORDS, Node, read


def read_one(task: Any) -> tuple[list[Node], list[Problem]]:
    return read("demo", [task], lambda _value: Place("graph.yml", 7), "graph.yml")


def problem(task: Any) -> Problem:
    nodes, problems = read_one(task)
    assert nodes == []
    assert len(problems) == 1
    return problems[0]


def test_every_keyword_reaches_the_node() -> None:
    (node,), problems = read_one(
        {
            "name": "Create it",
            "amazon.aws.s3_bucket": {"name": "{{ bucket }}"},
            "register": "__demo_bucket",
            "loop": "{{ buckets }}",
            "loop_control": {"label": "{{ entry.name }}", "loop_var": "entry"},
            "when": ["a", "b"],
            "vars": {
                "inner": "{{ outer }}",
                "converge_after": ["__demo_key"],
                "converge_absent": {"force": True},
                "converge_note": "{{ remark }}",
            },
            "no_log": True,
            "retries": 3,
            "delay": 1,
            "until": "__demo_bucket is success",
            "changed_when": False,
            "failed_when": "x",
            "check_mode": False,
        }
    )
    assert problems == []
    assert (node.layer, node.name, node.module, node.args) == ("demo", "Create it", "amazon.aws.s3_bucket", {"name": "{{ bucket }}"})
    assert (node.register, node.loop, node.loop_var, node.label) == ("__demo_bucket", "{{ buckets }}", "entry", "{{ entry.name }}")
    assert (node.when, node.until, node.changed_when, node.failed_when) == (("a", "b"), ("__demo_bucket is success",), (False,), ("x",))
    assert (node.no_log, node.retries, node.delay, node.check_mode) == (True, 3, 1, False)
    assert (node.variables, node.after, node.note) == ({"inner": "{{ outer }}"}, ("__demo_key",), "{{ remark }}")
    assert str(node.place) == "graph.yml:7"


def test_a_node_uses_what_its_templates_name_but_not_what_it_brings_itself() -> None:
    (node,), _unused = read_one(
        {
            "name": "Use",
            "m.n.o": {"a": "{{ item.x }} {{ inner }} {{ b }}"},
            "loop": "{{ c }}",
            "vars": {"inner": "{{ d }}"},
            "when": "e",
            "until": "__demo_r.ok",
            "register": "__demo_r",
        }
    )
    assert set(node.uses) == {"b", "c", "d", "e"}


def test_set_fact_provides_its_names() -> None:
    (node,), _unused = read_one({"name": "Set", "ansible.builtin.set_fact": {"one": 1, "cacheable": True}, "register": "__demo_set"})
    assert node.provides == {"one", "__demo_set"}


@pytest.mark.parametrize("keyword", ["block", "ignore_errors", "tags", "delegate_to", "with_items", "environment", "notify"])
def test_an_unsupported_keyword_is_named_with_its_place(keyword: str) -> None:
    found = problem({"name": "Create it", "a.b.c": {}, keyword: "x"})
    assert found.subject == keyword
    assert f'"Create it" uses the task keyword "{keyword}", which a graph does not support' in str(found)
    assert str(found).startswith("graph.yml:7: ")


def test_the_supported_keywords_are_those_of_the_design() -> None:
    assert not KEYWORDS & OTHER_TASK_KEYWORDS
    assert len(KEYWORDS) == 13


@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("text", "this is no task"),
        ({"name": "Nothing"}, "no module"),
        ({"name": "Two", "a.b.c": {}, "d.e.f": {}}, "more than one module (a.b.c, d.e.f)"),
        ({"name": "Free form", "a.b.c": "x=1"}, "are not a dictionary"),
        ({"name": "Include", "ansible.builtin.include_tasks": {"file": "x"}}, "includes other tasks"),
        ({"name": "Control", "a.b.c": {}, "loop_control": {"pause": 3}}, "loop control"),
        ({"name": "Vars", "a.b.c": {}, "vars": []}, "is not a dictionary"),
        ({"name": "Name", "a.b.c": {}, "register": "a-b"}, "is no name for a variable"),
        ({"name": "After", "a.b.c": {}, "vars": {"converge_after": 3}}, "not a list of registered names"),
    ],
)
def test_what_cannot_be_read_is_one_clear_problem(task: Any, words: str) -> None:
    assert words in str(problem(task))


def test_a_file_that_is_no_list_is_a_problem() -> None:
    nodes, problems = read("demo", {"a": 1}, lambda _value: Place("graph.yml"), "graph.yml")
    assert nodes == []
    assert "a task file is a list of tasks" in str(problems[0])


def test_all_faults_of_a_file_are_found() -> None:
    _unused, problems = read(
        "demo", [{"name": "A"}, {"name": "B", "x.y.z": {}, "tags": []}], lambda _value: Place("graph.yml"), "graph.yml"
    )
    assert len(problems) == 2
