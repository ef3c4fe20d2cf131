# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Adopt: what is there by name and lacks the stack's tags is listed, and on request tagged; nothing else is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils import _gate, _planning
from ansible_collections.stratum.aws.plugins.plugin_utils._conduct import Stage
from ansible_collections.stratum.aws.plugins.plugin_utils._conduct_plan import Drifting
from ansible_collections.stratum.aws.plugins.plugin_utils._gate import Gate
from ansible_collections.stratum.aws.plugins.plugin_utils._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils._operations import Effect
from ansible_collections.stratum.aws.plugins.plugin_utils._steps import Item


class Adopting(Drifting):
    """A plan of which only the tags are looked at, and with `adopt` written."""

    def __init__(self, *, adopt: bool) -> None:
        super().__init__(something_there=True)
        self._adopt = adopt

    def gate(self, item: Item) -> Gate:
        return _gate.TAGS if self._adopt and not item.resolving and not item.missing else _gate.PLAN

    def settle(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        if item.resolving or item.missing or not outcome.planned:
            super().settle(stage, item, outcome)
            return
        effects = _planning.effects(outcome.operations)
        if effects[0] is Effect.CREATE or _planning.existed(dict(outcome.result or {})) is False:
            item.result = {"changed": False, "skipped": True}
            stage.cloud(item)
            stage.finish(item, "skipped", "not there: site.yml creates it")
            return
        item.operations = [each for each in outcome.operations if _takes_over(each)]
        item.resolving = True
        stage.queue(item)

    def _settle_planned(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        result = dict(outcome.result or {})
        if not result or result.get("failed") or result.get("skipped"):
            item.result = {"changed": True, "planned": True}
            stage.cloud(item)
        else:
            item.result = result
        if item.operations:
            stage.finish(item, "change", "adopted" if self._adopt else "can be adopted: -e adopt=true")
        else:
            stage.finish(item, "unchanged")


def _takes_over(operation: Mapping[str, Any]) -> bool:
    """Return whether a write gives a resource the tag of a stack."""
    return _gate.only_tags(str(operation["operation"])) and "stratum:stack" in json.dumps(operation["parameters"])
