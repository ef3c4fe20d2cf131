# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plan and drift: modules run with their writes answered instead of made, and say so what they would do.

* No write: unchanged. A creation: dependents are *clouded*, what they use is known after the apply.
* A change: the module runs once more in its own check mode, to learn what it leaves behind; dependents go on.
* A clouded resource of an account that holds something of the stack is looked for by what is known of it.
  A module that wants the rest before it looks runs once more, with something in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate, _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _inputs
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Conduct, Stage
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item

_FILLING: Final = "{}"
"""What a module is given for an argument that is known after the apply: a text, a list, a dictionary and JSON at once."""


class Planning(Conduct):
    """Plan: nothing is written."""

    planning = True
    _fills = True
    """Whether a module that wants what is not known yet is given something in its place."""

    def __init__(self, *, something_there: bool = False) -> None:
        super().__init__()
        self._something_there = something_there
        """Whether the account holds anything of the stack."""

    def gate(self, item: Item) -> Gate:
        return _gate.PLAN

    def own_check_mode(self, item: Item, *, warm: bool) -> bool:
        # The gate plans better than a module's own check mode, which serves to resolve a change only.
        return item.resolving or (item.check_mode is True if warm else item.check_mode is not False)

    def arguments(self, item: Item) -> Mapping[str, Any]:
        if item.filling:
            return {**(item.args or {}), **dict.fromkeys(item.missing, _FILLING)}
        return super().arguments(item)

    def begin(self, stage: Stage, item: Item, clouds: list[str]) -> None:
        item.unknown = clouds
        stage.queue(item)

    def unreadable(self, stage: Stage, item: Item, clouds: list[str], error: str) -> None:
        if not clouds:
            super().unreadable(stage, item, clouds, error)
            return
        item.unknown = clouds
        if self._something_there and not _planning.only_reads(item.node.module) and item.render_known(stage.evaluator):
            stage.queue(item)
        else:
            self._unknown(stage, item)

    def settle(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        if item.missing:
            self._settle_partly(stage, item, outcome)
        elif outcome.planned or item.resolving:
            self._settle_planned(stage, item, outcome)
        else:
            super().settle(stage, item, outcome)

    def _settle_planned(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        """A write was answered: a creation is planned at once, a change is resolved by the module's check mode."""
        result = dict(outcome.result or {})
        if not item.resolving:
            item.planned(outcome)
            effects = _planning.effects(item.operations)
            if effects[0] is Effect.CREATE or _planning.existed(result) is False:
                self._created(stage, item)
                return
            item.resolving = True
            stage.queue(item)
            return
        item.unknown = []
        if not result or result.get("failed") or result.get("skipped"):
            item.result = {"changed": True, "planned": True}
            stage.cloud(item)
        else:
            item.result = {**result, "changed": True}
            # What a module says in its check mode may be less than what it says otherwise.
            stage.haze(item)
        action = _planning.action(item.operations, item.result)
        if action == "delete" and Effect.CREATE in _planning.effects(item.follows):
            # It is made anew.
            action = "change"
        stage.finish(item, action, stage.note(item))

    def _created(self, stage: Stage, item: Item) -> None:
        item.unknown = []
        item.result = {"changed": True, "planned": True}
        stage.cloud(item)
        stage.finish(item, "create", stage.note(item))

    def _settle_partly(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        """What is known of a clouded resource was enough to look for it, or was not."""
        result = dict(outcome.result or {})
        effects = _planning.effects(outcome.operations)
        if effects and (effects[0] is Effect.CREATE or _planning.existed(result) is False):
            self._planned_unknown(stage, item)
        elif self._fills and not effects and not item.filling and _asks_for(item.missing, result):
            item.filling = True
            stage.queue(item)
        elif effects[:1] != [Effect.CHANGE] and (not result or result.get("failed")):
            self._unknown(stage, item)
        elif item.filling or not result or result.get("failed"):
            # What it returns may have the filling in it, or lacks what others want to know.
            stage.cloud(item)
            item.result = {"changed": True, "planned": True}
            self._found(stage, item)
        else:
            item.result = {**result, "changed": True}
            self._found(stage, item)

    def _found(self, stage: Stage, item: Item) -> None:
        """A resource is there, and parts of its arguments are known after the apply only."""
        stage.finish(item, "change", f"known after apply: {', '.join(item.missing)}")

    def _try_again(self, stage: Stage, item: Item, seconds: float) -> None:
        # What a clouded resource waits for is only planned.
        if item.unknown:
            self._unknown(stage, item)
        else:
            super()._try_again(stage, item, seconds)

    def _failed(self, stage: Stage, item: Item, message: str) -> None:
        if item.unknown:
            self._unknown(stage, item)
        else:
            super()._failed(stage, item, message)

    def _unknown(self, stage: Stage, item: Item) -> None:
        """Plan a resource that could not be looked for, because its inputs will only be known after the apply."""
        self._planned_unknown(stage, item)

    def _planned_unknown(self, stage: Stage, item: Item) -> None:
        stage.cloud(item)
        if _planning.only_reads(item.node.module):
            item.result = {"changed": False, "skipped": True}
            stage.finish(item, "skipped", "read after apply")
            return
        item.result = {"changed": True, "planned": True}
        known = item.args is not None or bool(item.missing)
        if known or (item.is_whole and item.render_known(stage.evaluator)):
            item.inputs = _inputs.shown(item, stage.evaluator, stage.secret_names)
        stage.finish(item, "create", stage.note(item))


def _asks_for(missing: Collection[str], result: Mapping[str, Any]) -> bool:
    """Return whether a module ended because it was not given one of these arguments."""
    message = str(result.get("msg") or "")
    return bool(result.get("failed")) and any(name in message for name in missing)


class Drifting(Planning):
    """Drift: a plan that only says what it has seen, for nobody wants to hear of what merely depends on what is gone."""

    # What is not found with something in the place of an id is not missing because of that.
    _fills = False

    def _found(self, stage: Stage, item: Item) -> None:
        stage.finish(item, "skipped", f"cannot be compared until {', '.join(item.unknown)} is as it should be")

    def _unknown(self, stage: Stage, item: Item) -> None:
        if not self._something_there or _planning.only_reads(item.node.module):
            super()._unknown(stage, item)
            return
        stage.cloud(item)
        item.result = {"changed": False, "skipped": True}
        stage.finish(item, "skipped", f"cannot be compared until {stage.called(item.unknown)} is there again")
