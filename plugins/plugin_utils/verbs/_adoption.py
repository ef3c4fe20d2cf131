# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Adopt: what is there by name and lacks the stack's tags is listed, and on request tagged; nothing else is written."""

from __future__ import annotations

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate, _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Stage
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item
from ansible_collections.stratum.aws.plugins.plugin_utils.verbs._conduct_plan import Drifting


class Adopting(Drifting):
    """A plan of which only the tags are looked at, and with `adopt` written."""

    def __init__(self, *, adopt: bool) -> None:
        super().__init__(something_there=True)
        self._adopt = adopt
        self._owners: dict[int, str] = {}
        """Whose resources were found, by the id of the item."""

    def gate(self, item: Item) -> Gate:
        return _gate.TAGS if self._adopt and not item.resolving and not item.missing else _gate.PLAN

    def settle(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        result = dict(outcome.result or {})
        if item.by_check_mode and not result.get("failed"):
            item.result = result
            stage.finish(item, "skipped", "not looked at: it bears no tags of AWS")
            return
        if item.resolving or item.missing or not outcome.planned:
            super().settle(stage, item, outcome)
            return
        item.result = result
        if any("error" in operation for operation in outcome.operations):
            stage.finish(item, "failed", str(result.get("msg") or "AWS refused the tags"))
            return
        if _planning.effects(outcome.operations)[0] is Effect.CREATE or _planning.existed(result) is False:
            item.result = {"changed": False, "skipped": True}
            stage.cloud(item)
            stage.finish(item, "skipped", "not there: site.yml creates it")
            return
        item.operations = [each for each in outcome.operations if _gate.takes_over(each)]
        owner = next((owner for each in outcome.operations if (owner := _gate.owner(each)) is not None), None)
        if owner is not None:
            self._owners[id(item)] = owner
        # Its module waits for what was not done, and comes no further.
        item.follows = [] if outcome.complete else [each for each in outcome.operations if not _gate.takes_over(each)]
        item.resolving = True
        stage.queue(item)

    def _settle_planned(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        result = dict(outcome.result or {})
        if not result or result.get("failed") or result.get("skipped"):
            item.result = {"changed": True, "planned": True}
            stage.cloud(item)
        else:
            item.result = result
        if id(item) in self._owners:
            stage.finish(item, "skipped", f"belongs to {self._owners[id(item)]} by its tags: not adopted")
        elif item.operations:
            stage.finish(item, "change", "adopted" if self._adopt else "can be adopted: -e adopt=true")
        elif item.follows:
            names = ", ".join(dict.fromkeys(f"{each['service']}:{each['operation']}" for each in item.follows))
            stage.finish(item, "skipped", f"its tags were not reached, because it would be changed first ({names}): site.yml does both")
        else:
            stage.finish(item, "unchanged")
