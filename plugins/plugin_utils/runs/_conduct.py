# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How one verb treats each resource of a run: what its module gets, may write, and what its result means.

`Run` decides when; a `Conduct` decides what. This is converge; plan, apply and destroy have files of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from ansible.errors import AnsibleError
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator, Unknown
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _steps
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Action


class Stage(Protocol):
    """What a conduct may do with a run."""

    evaluator: Evaluator
    secret_names: frozenset[str]
    """What tasks under `no_log` register."""

    def finish(self, item: Item, action: Action, message: str | None = None) -> None:
        """End a resource."""

    def later(self, item: Item, seconds: float) -> None:
        """Run its module again after a while."""

    def queue(self, item: Item) -> None:
        """Run its module (again) as soon as there is room."""

    def cloud(self, item: Item) -> None:
        """Say that what others want to know of this resource is known after the apply only."""

    def haze(self, item: Item) -> None:
        """Say that some of it may be known after the apply only."""

    def note(self, item: Item) -> str | None:
        """Return what the task wants said about a resource that is made or changed."""

    def hold(self, node: Node, why: str) -> None:
        """Let nothing run that waits for this node."""

    def called(self, names: Iterable[str]) -> str:
        """Return the titles of the tasks that register these names, as a person would list them."""

    def stop(self, why: str) -> None:
        """Start nothing more."""


class Conduct:
    """Converge: modules run, and write, but for what destroys when that was not allowed."""

    planning = False

    def __init__(self, *, destructive: bool = True) -> None:
        self._gate = Gate(destructive=destructive)

    def items(self, node: Node) -> list[Item] | None:
        """Return the node's resources where they are known from an earlier run; None lets the run render them."""
        return None

    def gate(self, item: Item) -> Gate:
        """Return what the resource's module may write."""
        return replace(self._gate, fresh=Effect.CREATE in _planning.effects(item.operations))

    def arguments(self, item: Item) -> Mapping[str, Any]:
        """Return what the resource's module is given."""
        return item.args or {}

    def own_check_mode(self, item: Item, *, warm: bool) -> bool:
        """Return whether the module runs in its own check mode; `warm` says that it runs behind the gate."""
        return bool(item.check_mode)

    def begin(self, stage: Stage, item: Item, clouds: list[str]) -> None:
        """Take up a resource whose arguments are known."""
        stage.queue(item)

    def unreadable(self, stage: Stage, item: Item, clouds: list[str], error: str) -> None:
        """Take up a resource whose templates cannot be rendered; `clouds` names what is known after the apply only."""
        item.result = {"failed": True, "msg": error}
        stage.finish(item, "failed", error)

    def settle(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        """Decide what the outcome of the module means."""
        item.operations.extend(outcome.operations)
        item.result = dict(outcome.result or {})
        self._judge(stage, item)

    def _judge(self, stage: Stage, item: Item) -> None:
        result = item.result or {}
        try:
            _steps.judge(item, stage.evaluator)
            delay = _steps.wants_another_try(item, stage.evaluator)
        except (AnsibleError, Unknown, ValueError) as error:
            result.update(failed=True, msg=str(error))
            delay = None
        if delay is not None:
            self._try_again(stage, item, delay)
        elif result.get("failed"):
            self._failed(stage, item, str(result.get("msg") or "the module failed without a message"))
        elif result.get("skipped"):
            stage.finish(item, "skipped", str(result.get("msg") or "") or None)
        elif result.get("changed") or (item.attempt and not item.node.changed_when and _planning.effects(item.operations)):
            # An earlier attempt may have made the change, and failed behind it.
            item.unknown = []
            result["changed"] = True
            stage.finish(item, _planning.action(item.operations, result), stage.note(item))
        else:
            item.unknown = []
            stage.finish(item, "unchanged")

    def _try_again(self, stage: Stage, item: Item, seconds: float) -> None:
        stage.later(item, seconds)

    def _failed(self, stage: Stage, item: Item, message: str) -> None:
        stage.finish(item, "failed", message)
