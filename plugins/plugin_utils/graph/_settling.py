# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says which variables have one value for the rest of the run, so that they are rendered once instead of at every use.

Ansible renders a variable anew wherever a template names it, and everything that it is made of with it. In
a graph nothing that a variable depends on changes once the nodes it depends on have finished. Pure.

Left as they are: what a loop or a task's own `vars` can shadow, what differs between layers, and what asks
the world (lookups, the clock).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import Resolver
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node

_OF_A_LAYER: Final = frozenset({"role_path", "role_name", "ansible_role_name", "ansible_search_path", "vars"})
_MAY_NEED_ANYTHING: Final = frozenset({"vars", "hostvars"})
_ASKS_THE_WORLD: Final = re.compile(r"\b(lookup|query|q|now)\s*\(")


class Settling:
    """Decides about the variables of one run; `variables` are their values as they are written."""

    def __init__(self, resolver: Resolver, variables: Mapping[str, object], provided: frozenset[str], nodes: Iterable[Node]) -> None:
        self._resolver = resolver
        self._variables = variables
        self._provided = provided
        self._shadowed = _OF_A_LAYER | frozenset(name for node in nodes for name in (*node.variables, node.loop_var))
        self._never: set[str] = set()
        self._asking: dict[str, bool] = {}

    def order(self, names: Iterable[str], registered: Mapping[str, object], settled: Mapping[str, object]) -> list[str]:
        """Return the variables below these names that can be settled now, what others are made of first."""
        found: dict[str, None] = {}
        for name in names:
            self._visit(name, registered, settled, found)
        return list(found)

    def give_up(self, name: str) -> None:
        """Never ask for this variable again: it could not be rendered as a whole."""
        self._never.add(name)

    def begin_anew(self) -> None:
        """Ask for every variable again."""
        self._never.clear()

    def below(self, names: Iterable[str]) -> frozenset[str] | None:
        """Return every name that rendering these may need; None when only the templates know (lookups, `vars`)."""
        needed: set[str] = set()
        for name in names:
            needed |= self._resolver.reaches(name)
        if needed & _MAY_NEED_ANYTHING or any(self._asks(name) for name in needed):
            return None
        return frozenset(needed)

    def _visit(self, name: str, registered: Mapping[str, object], settled: Mapping[str, object], found: dict[str, None]) -> None:
        if name in settled or name in found or name in self._never or name in registered or name not in self._variables:
            return
        below = self._resolver.reaches(name)
        if below & self._shadowed or any(self._asks(each) for each in below):
            self._never.add(name)
        elif all(each in registered for each in below & self._provided):
            for inner in self._resolver.direct(name):
                self._visit(inner, registered, settled, found)
            found[name] = None
            return
        # The whole must wait, or can never be; its parts may still be had.
        for inner in self._resolver.direct(name):
            self._visit(inner, registered, settled, found)

    def _asks(self, name: str) -> bool:
        if name not in self._asking:
            self._asking[name] = asks_the_world(self._variables.get(name))
        return self._asking[name]


def asks_the_world(value: object) -> bool:
    """Return whether a value's templates hold a lookup or the clock."""
    if isinstance(value, str):
        return _ASKS_THE_WORLD.search(value) is not None
    if isinstance(value, Mapping):
        return any(asks_the_world(item) for item in value.values())
    return isinstance(value, list | tuple) and any(asks_the_world(item) for item in value)
