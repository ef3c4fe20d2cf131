# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Destroy: the resources that a plan has found are taken away, in reverse order of the graph.

The plan that goes before has resolved all ids without changing anything. Here each module runs with the arguments of
its task, what `converge_absent` says instead, and `state: absent`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _gate, _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator, Unknown
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Conduct, Stage
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item, Progress

_GONE = ("NotFound", "NoSuch", "does not exist", "could not be found", "ResourceNotFoundException")


class Destroying(Conduct):
    """Take away what `found` (a plan's resources, by node) says is there."""

    def __init__(self, found: Mapping[Node, Progress], kept: Mapping[int, str], *, override_protection: bool, checking: bool) -> None:
        super().__init__()
        self._found = found
        self._kept = kept
        self._override = override_protection
        self._checking = checking
        self.planning = checking

    def items(self, node: Node) -> list[Item]:
        progress = self._found.get(node)
        if progress is None or node.absent is None or _planning.only_reads(node.module):
            return []
        return [_again(item) for item in progress.items if self._is_there(item)]

    def _is_there(self, item: Item) -> bool:
        """What was to be created is not there; what could only be looked for by a part of its arguments is tried."""
        match item.action:
            case "skipped":
                return False
            case "create":
                # Where taking it away means to set it to something, setting would make it.
                takes_away = (item.node.absent or {}).get("state", "absent") == "absent"
                return bool(item.missing) and item.args is not None and takes_away
        return True

    def gate(self, item: Item) -> Gate:
        return _gate.PLAN_REMOVAL if self._checking else _gate.OPEN

    def own_check_mode(self, item: Item, *, warm: bool) -> bool:
        return self._checking and not warm

    def begin(self, stage: Stage, item: Item, clouds: list[str]) -> None:
        reason = self._kept.get(id(item.origin)) or wanted(stage.evaluator, item)
        if reason:
            # What it needs, such as the key that it is encrypted with, stays too, unless it only bears the name of what goes.
            if item.node.layer not in item.node.outlives:
                stage.hold(item.node, f'"{item.node.name}" is kept')
            stage.finish(item, "skipped", f"kept: {reason}")
            return
        hints_written = dict(item.node.absent or {})
        if item.args is None and not item.render_known(stage.evaluator):
            message = f"it is not known what to take away: {item.message}"
            item.result = {"failed": True, "msg": message}
            stage.finish(item, "failed", message)
            return
        try:
            hints = dict(stage.evaluator.hint(hints_written, item.node, item.local))
        except (Unknown, AnsibleError) as error:
            # A hint speaks of what is gone already.
            item.result = {"skipped": True, "msg": str(error)}
            stage.finish(item, "skipped")
            return
        # A hint that comes to `omit` leaves its argument out.
        args = {name: value for name, value in (item.args or {}).items() if name not in hints_written}
        item.absent = {**args, "state": "absent", **hints}
        # To lift it means to run the task as it is, which would make what is not there.
        there = item.origin is None or item.origin.action != "create"
        item.lifting = bool(item.node.unprotect) and self._override and there
        stage.queue(item)

    def arguments(self, item: Item) -> Mapping[str, Any]:
        if item.lifting:
            return {**(item.args or {}), **item.node.unprotect}
        return item.absent

    def settle(self, stage: Stage, item: Item, outcome: Outcome) -> None:
        item.operations.extend(outcome.operations)
        result = dict(outcome.result or {})
        item.result = result
        if result.get("failed") and not outcome.planned:
            message = str(result.get("msg") or "the module failed without a message")
            if item.missing or _is_gone(result):
                stage.finish(item, "unchanged", None)
            elif self._checking and not result.get("error"):
                # It is not AWS that refuses, but the module, because of what goes before it in earnest.
                stage.finish(item, "delete", f"once what goes before it is gone: {message}")
            else:
                stage.finish(item, "failed", message)
        elif item.lifting:
            item.lifting = False
            stage.queue(item)
        elif outcome.planned or result.get("changed"):
            stage.finish(item, "delete" if item.absent.get("state") == "absent" else "change")
        else:
            stage.finish(item, "unchanged")


def wanted(evaluator: Evaluator, item: Item) -> str:
    """Return why the task wants the resource kept; empty when it does not."""
    if item.node.keep is None:
        return ""
    try:
        value = evaluator.hint(item.node.keep, item.node, item.local)
    except (Unknown, AnsibleError) as error:
        return f"nobody can say whether it is to be kept: {error}"
    if isinstance(value, str) and value.strip().lower() not in ("", "true", "false"):
        return value.strip()
    return "the inventory wants it to stay" if boolean(value or False) else ""


def _again(item: Item) -> Item:
    """Return a resource of the plan as it begins anew."""
    return Item(
        item.node,
        item.value,
        item.position,
        label=item.label,
        args=item.args,
        missing=item.missing,
        message=item.message,
        origin=item,
    ).hidden_like(item)


def _is_gone(result: Mapping[str, Any]) -> bool:
    """Return whether a module failed because the resource, or what it is a part of, is not there any more."""
    error = result.get("error")
    code = str(error.get("code", "")) if isinstance(error, Mapping) else ""
    return any(word in code or word in str(result.get("msg", "")) for word in _GONE)
