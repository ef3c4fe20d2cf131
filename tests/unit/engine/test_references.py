# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which variables templates use, and what they come down to."""

from __future__ import annotations

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import (
    CircularVariables,
    References,
    Resolver,
    TemplateSyntaxError,
    of_conditions,
    of_template,
    of_value,
)


def names(*required: str, guarded: tuple[str, ...] = ()) -> References:
    return References(frozenset(required), frozenset(guarded))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain text", names()),
        ("{{ vpc.id }}", names("vpc")),
        ("{{ a[b].c | combine({'x': d}) }}", names("a", "b", "d")),
        ("{% for i in items %}{{ i.x }}{% endfor %}", names("items")),
        ("{% set y = x %}{{ y }}", names("x")),
        ("{{ x | default(y) }}", names("y", guarded=("x",))),
        ("{{ a.b.c | default('') }}", names(guarded=("a",))),
        ("{{ x if x is defined else omit }}", names("omit", guarded=("x",))),
        ("{{ lookup('env', name) }}", names("name")),
        ("{{ subnets | map(attribute='subnet.id') | list }}", names("subnets")),
    ],
)
def test_names_of_a_template(template: str, expected: References) -> None:
    assert of_template(template) == expected


def test_a_name_guarded_once_is_guarded_in_the_whole_value() -> None:
    assert of_value({"a": "{{ x | default(1) }}", "b": ["{{ x }}", 3]}) == names(guarded=("x",))


def test_conditions_are_bare_expressions() -> None:
    assert of_conditions(["a.b == c", True, "d is defined"]) == names("a", "c", guarded=("d",))


def test_a_template_that_does_not_parse_is_an_error() -> None:
    with pytest.raises(TemplateSyntaxError, match="expected token"):
        of_template("{{ a b }}")


VARIABLES = {
    "vpc_id": "{{ __vpc.vpc.id }}",
    "subnet_ids": ["{{ vpc_id }}-a", "{{ other }}"],
    "other": "text",
    "optional": "{{ nowhere | default('x') }}",
    "broken": "{{ nowhere }}",
    "x": "{{ y }}",
    "y": {"deep": ["{{ x }}"]},
    "fact": "{{ not a template }}",
}


@pytest.fixture
def resolver() -> Resolver:
    return Resolver(VARIABLES, frozenset({"__vpc", "__db"}), lambda text: "not a template" not in text)


def test_names_are_followed_through_variables_to_what_nodes_provide(resolver: Resolver) -> None:
    assert resolver.providers(names("subnet_ids", "__db", "inventory_hostname")) == {"__vpc", "__db"}


def test_a_guarded_name_still_waits_for_the_node_that_provides_it(resolver: Resolver) -> None:
    assert resolver.providers(names(guarded=("__db", "vpc_id"))) == {"__db", "__vpc"}


def test_undefined_names_are_found_through_variables_unless_guarded(resolver: Resolver) -> None:
    assert resolver.undefined(names("broken", "optional")) == {"nowhere"}
    assert resolver.undefined(names(guarded=("nowhere", "broken"))) == frozenset()


def test_variables_defined_by_each_other_are_named_in_a_circle(resolver: Resolver) -> None:
    with pytest.raises(CircularVariables) as caught:
        resolver.resolve(names("x"))
    assert caught.value.cycle == ("x", "y", "x")


def test_data_with_braces_is_not_followed(resolver: Resolver) -> None:
    assert resolver.undefined(names("fact")) == frozenset()
