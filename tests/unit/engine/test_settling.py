# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables are rendered once for the rest of a run."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Place
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import Resolver
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._settling import Settling
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node

VARIABLES = {
    "constant": 3,
    "vpc_id": "{{ __vpc.id }}",
    "subnets": ["{{ vpc_id }}-{{ constant }}"],
    "both": "{{ vpc_id }} {{ __db.id }}",
    "optional": "{{ __db.id | default('none') }}",
    "of_item": "{{ item.name }}",
    "of_task": "{{ prefix }}-{{ constant }}",
    "path": "{{ role_path }}/files",
    "random": "{{ lookup('password', '/dev/null') }}",
    "of_random": "{{ random }}",
    "undefined": "{{ nowhere }}",
}
PROVIDED = frozenset({"__vpc", "__db"})
NODES = (Node("demo", "One", "a.b.c", {}, Place("graph.yml", 1), loop="{{ list }}", variables={"prefix": "x"}),)


@pytest.fixture
def settling() -> Settling:
    return Settling(Resolver(VARIABLES, PROVIDED), VARIABLES, PROVIDED, NODES)


def test_parts_come_before_the_whole(settling: Settling) -> None:
    assert settling.order(["subnets"], {"__vpc": {}}, {}) in (["vpc_id", "constant", "subnets"], ["constant", "vpc_id", "subnets"])


def test_what_waits_for_a_node_waits_and_its_ready_parts_do_not(settling: Settling) -> None:
    assert settling.order(["both"], {"__vpc": {}}, {}) == ["vpc_id"]
    assert settling.order(["both"], {"__vpc": {}, "__db": {}}, {"vpc_id": 1}) == ["both"]


def test_a_guarded_name_is_waited_for_too(settling: Settling) -> None:
    assert settling.order(["optional"], {}, {}) == []
    assert settling.order(["optional"], {"__db": {}}, {}) == ["optional"]


@pytest.mark.parametrize("name", ["of_item", "path", "random", "of_random"])
def test_what_may_differ_from_use_to_use_is_never_settled(settling: Settling, name: str) -> None:
    assert settling.order([name], {"__vpc": {}, "__db": {}}, {}) == []


def test_of_what_a_task_can_shadow_only_the_parts_are_settled(settling: Settling) -> None:
    assert settling.order(["of_task"], {}, {}) in ([], ["constant"])


def test_what_could_not_be_rendered_is_not_asked_for_again(settling: Settling) -> None:
    assert settling.order(["undefined"], {}, {}) == ["undefined"]
    settling.give_up("undefined")
    assert settling.order(["undefined"], {}, {}) == []


def test_what_nodes_registered_and_what_is_settled_is_left_alone(settling: Settling) -> None:
    assert settling.order(["__vpc", "vpc_id", "constant"], {"__vpc": {}}, {"vpc_id": "x"}) == ["constant"]
