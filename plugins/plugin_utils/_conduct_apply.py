# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apply a saved plan: what was reviewed is written, and the first write that was not stops the run."""

from __future__ import annotations

from ansible_collections.stratum.aws.plugins.plugin_utils import _gate
from ansible_collections.stratum.aws.plugins.plugin_utils._conduct import Conduct, Stage
from ansible_collections.stratum.aws.plugins.plugin_utils._gate import Gate, Rule
from ansible_collections.stratum.aws.plugins.plugin_utils._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils._plan_file import Planned, SavedPlan
from ansible_collections.stratum.aws.plugins.plugin_utils._steps import Item


class Applying(Conduct):
    """Converge, but exactly what a plan says."""

    def __init__(self, saved: SavedPlan, *, destructive: bool) -> None:
        super().__init__(destructive=destructive)
        self._saved = saved
        self._destructive = destructive

    def gate(self, item: Item) -> Gate:
        planned = self._planned(item)
        if planned is None or planned.action not in ("create", "change", "delete"):
            return _gate.SHUT
        return Gate(
            Rule.REVIEWED,
            destructive=self._destructive,
            reviewed=frozenset(planned.writes),
            complete=planned.complete,
            created=planned.action == "create" or planned.unknown,
            made=len(item.operations),
        )

    def own_check_mode(self, item: Item, *, warm: bool) -> bool:
        planned = self._planned(item)
        untouched = planned is None or planned.action not in ("create", "change", "delete")
        # What does not speak to AWS has no gate but its own check mode.
        return super().own_check_mode(item, warm=warm) or (untouched and not warm)

    def settle(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        changed = bool((outcome.result or {}).get("changed"))
        if item.by_check_mode and changed:
            outcome = Outcome(
                {"failed": True, "msg": "the saved plan has no change here. Make a new plan, and review it"}, refused="changed"
            )
        if outcome.refused:
            stage.stop(f"{item.node.layer}: {item.title}: {outcome.refused.rstrip('.')}")
        super().settle(stage, item, outcome)

    def _planned(self, item: Item) -> Planned | None:
        return self._saved.of(item.node.layer, item.node.name, item.label)
