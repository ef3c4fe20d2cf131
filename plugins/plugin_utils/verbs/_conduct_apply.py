# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply a saved plan: what was reviewed is written, and the first write that was not stops the run."""

from __future__ import annotations

from typing import Final

from ansible.errors import AnsibleError
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate, _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate, Rule
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Unknown
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _steps
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Conduct, Stage
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._plan_file import Planned, SavedPlan

_WRITING: Final = ("create", "change", "delete")
_NO_CHANGE: Final = "the saved plan has no change here. Make a new plan, and review it"


class Applying(Conduct):
    """Converge, but exactly what a plan says."""

    def __init__(self, saved: SavedPlan, *, destructive: bool) -> None:
        super().__init__(destructive=destructive)
        self._saved = saved
        self._destructive = destructive

    def gate(self, item: Item) -> Gate:
        planned = self._planned(item)
        if planned is None or planned.action not in _WRITING:
            return _gate.SHUT
        return Gate(
            Rule.REVIEWED,
            destructive=self._destructive,
            reviewed=frozenset(planned.writes),
            salt=str(self._saved.head["salt"]),
            complete=planned.complete,
            created=planned.action == "create" or planned.unknown,
            made=len(item.operations),
            fresh=Effect.CREATE in _planning.effects(item.operations),
        )

    def own_check_mode(self, item: Item, *, warm: bool) -> bool:
        # What does not speak to AWS has no gate but its own check mode; a task that goes without it did so in the plan too.
        shut = not warm and item.check_mode is None and not self._writes(item)
        return super().own_check_mode(item, warm=warm) or shut

    def settle(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        if item.by_check_mode and self._would_change(stage, item, outcome):
            outcome = Outcome({"failed": True, "msg": _NO_CHANGE}, refused=_NO_CHANGE)
        if outcome.refused:
            stage.stop(f"{item.node.layer}: {item.title}: {outcome.refused.rstrip('.')}")
        super().settle(stage, item, outcome)

    def _would_change(self, stage: Stage, item: Item, outcome: Outcome) -> bool:
        item.result = dict(outcome.result or {})
        try:
            _steps.judge(item, stage.evaluator)
        except (AnsibleError, Unknown, ValueError):
            return False
        return bool(item.result.get("changed")) and not item.result.get("failed")

    def _writes(self, item: Item) -> bool:
        planned = self._planned(item)
        return planned is not None and planned.action in _WRITING

    def _planned(self, item: Item) -> Planned | None:
        return self._saved.of(item.node.layer, item.node.name, item.label)
