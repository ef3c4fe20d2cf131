# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders a node's templates with the variables it may see, in Ansible's order of precedence."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible.template import Templar
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._layers import Layer
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._references import MAGIC
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._settling import Settling, asks_the_world
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node


class Unknown(Exception):
    """A template needs something that is not defined (yet); the message is Ansible's."""


class Evaluator:
    """Holds the variables of a run and renders values with them.

    From weak to strong: role defaults, inventory and play, role variables, task `vars`, what nodes
    registered, extra variables, the loop variable.
    """

    def __init__(
        self, templar: Templar, layers: Iterable[Layer], play_variables: Mapping[str, Any], extra_variables: Mapping[str, Any]
    ) -> None:
        self._templar = templar
        self._extra = dict(extra_variables)
        self._play = play_variables
        self._magic = {layer.name: layer.magic for layer in layers}
        self._role: dict[str, Any] = {}
        self._defaults: dict[str, Any] = {}
        for layer in layers:
            self._role.update(layer.variables)
            self._defaults.update(layer.defaults)
        self.registered: dict[str, Any] = {}
        self._settling: Settling | None = None
        self._settled: dict[str, Any] = {}
        self._needs: dict[Node, frozenset[str] | None] = {}
        self._ansibles_own = frozenset(name for name in play_variables if name in MAGIC or str(name).startswith("ansible_"))

    def settle_with(self, settling: Settling) -> None:
        """From now on render each variable once, as soon as it has one value for the rest of the run."""
        self._settling = settling

    def forget(self) -> None:
        """Begin anew: nothing is registered, nothing is rendered yet."""
        self.registered = {}
        self._settled = {}
        if self._settling is not None:
            self._settling.begin_anew()

    def variable(self, name: str, layer: str) -> Any:
        """Return the value of a variable; raises Unknown for what is not defined, AnsibleError for what is wrong."""
        self.settle([name], layer)
        return self._settled[name] if name in self._settled else self.expression(self.variables(layer)[name], layer)

    def settle(self, names: Iterable[str], layer: str) -> None:
        """Render what can be had now of these variables and of what they are made of."""
        if self._settling is None:
            return
        for name in self._settling.order(names, self.registered, self._settled):
            if name in self._extra:
                continue
            below = self._settling.below([name])
            try:
                seen = self.variables(layer)
                if below is not None:
                    seen = ChainMap(self._extra, self.registered, self._below(below | self._ansibles_own, layer))
                self._settled[name] = self._render(self._written(name), seen)
            except (Unknown, AnsibleError):
                # Whoever uses only a part of it may still succeed.
                self._settling.give_up(name)

    def _written(self, name: str) -> Any:
        return next(layer[name] for layer in (self._role, self._play, self._defaults) if name in layer)

    def below(self, names: Iterable[str]) -> frozenset[str] | None:
        """Return every name that these are made of; None when only the templates know."""
        return None if self._settling is None else self._settling.below(names)

    def variables(self, layer: str, task: Mapping[str, Any] | None = None, local: Mapping[str, Any] | None = None) -> ChainMap[str, Any]:
        """Return everything a task of this layer may see, strongest first."""
        return ChainMap(
            dict(local or {}),
            self._extra,
            self.registered,
            dict(task or {}),
            self._magic.get(layer, {}),
            self._settled,
            self._role,
            self._play,  # type: ignore[arg-type]  # read only
            self._defaults,
        )

    def value(self, value: Any, node: Node, local: Mapping[str, Any] | None = None) -> Any:
        """Render a value; raises Unknown for what is not defined, AnsibleError for what is wrong."""
        return self._render(value, self._seen_by(node, local))

    def hint(self, value: Any, node: Node, local: Mapping[str, Any] | None = None) -> Any:
        """Render what speaks to the engine and is no argument of the node: it may use names that the node does not."""
        return self._render(value, self.variables(node.layer, node.variables, local))

    def expression(self, value: Any, layer: str) -> Any:
        """Render a value that belongs to a layer and to no task."""
        return self._render(value, self.variables(layer))

    def all_true(self, conditions: Iterable[Any], node: Node, local: Mapping[str, Any] | None = None) -> bool:
        """Return whether every condition holds; the first that does not ends the question."""
        if not conditions:
            return True
        self._templar.available_variables = self._seen_by(node, local)
        try:
            return all(self._templar.evaluate_conditional(condition) for condition in conditions)
        except AnsibleUndefinedVariable as error:
            raise Unknown(str(error)) from error

    def _render(self, value: Any, variables: ChainMap[str, Any]) -> Any:
        self._templar.available_variables = variables
        try:
            return self._templar.template(value)
        except AnsibleUndefinedVariable as error:
            raise Unknown(str(error)) from error

    def _seen_by(self, node: Node, local: Mapping[str, Any] | None) -> ChainMap[str, Any]:
        """Return the variables that a node's templates can reach.

        Ansible copies all variables for every template that it renders; a stack has a thousand, a node uses twenty.
        """
        names = self._needed_by(node)
        if names is None:
            return self.variables(node.layer, node.variables, local)
        layers = (dict(local or {}), self._extra, self.registered, dict(node.variables))
        reached = [{name: layer[name] for name in names if name in layer} for layer in layers[1:3]]
        return ChainMap(layers[0], *reached, layers[3], self._below(names, node.layer))

    def _needed_by(self, node: Node) -> frozenset[str] | None:
        if node not in self._needs:
            asks = asks_the_world([node.args, node.loop, node.label, node.when, node.until, node.variables, node.note])
            below = None if self._settling is None or asks else self._settling.below(node.uses)
            own = node.provides | frozenset(node.variables)
            self._needs[node] = None if below is None else below | own | self._ansibles_own
        return self._needs[node]

    def _below(self, names: Iterable[str], layer: str) -> dict[str, Any]:
        sources = (self._magic.get(layer, {}), self._settled, self._role, self._play, self._defaults)
        found = {}
        for name in names:
            for source in sources:
                if name in source:
                    found[name] = source[name]
                    break
        return found
