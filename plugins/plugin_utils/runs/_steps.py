# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One resource on its way: rendering its task, judging its result, building what others see of it.

The bookkeeping of a node with a loop is here too. What runs modules, and when, is in `_run.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator, Unknown
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Action

NO_ITEM = object()
CENSORED = "the output is hidden because the task says no_log"
DEFAULT_UNTIL_RETRIES = 3
DEFAULT_UNTIL_DELAY = 5.0


def censored(item: Item) -> str:
    """Return what may be said of a failure under `no_log`: which write AWS refused, and its code."""
    refused = [f"{call['service']}:{call['operation']} answered {call['error']}" for call in item.operations if "error" in call]
    return "; ".join([*refused[-1:], CENSORED])


def without_values(operation: Mapping[str, Any]) -> dict[str, Any]:
    """Return a write of which only its name may be told."""
    return {**{key: value for key, value in operation.items() if key != "changes"}, "parameters": {}}


@dataclass
class Item:
    """One resource: the node itself, or one item of its loop."""

    node: Node
    value: Any = NO_ITEM
    position: int = 0
    """The place of the item in its loop, from 1; 0 without a loop."""
    label: str | None = None
    args: dict[str, Any] | None = None
    no_log: bool = False
    check_mode: bool | None = None
    attempt: int = 0
    until_attempt: int = 0
    started: float = 0.0
    seconds: float = 0.0
    operations: list[dict[str, Any]] = field(default_factory=list)
    result: dict[str, Any] | None = None
    action: Action | None = None
    message: str | None = None
    unknown: list[str] = field(default_factory=list)
    """The registered names behind this resource that are known after the apply only."""
    missing: list[str] = field(default_factory=list)
    """The arguments that cannot be rendered because of that."""
    filling: bool = False
    """A plan runs the module a second time, with something in the place of what is `missing`: it does not look for the resource without."""
    resolving: bool = False
    """A plan runs the module a second time, in its own check mode, to learn what a change leaves behind."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """What a plan may show of the arguments when the module cannot run yet."""
    follows: list[dict[str, Any]] = field(default_factory=list)
    """The writes that a plan saw behind the first one, which is in `operations`."""
    complete: bool = True
    """False when a plan could not see all writes."""
    destructive: list[str] = field(default_factory=list)
    """Why what is planned is destructive."""
    cautions: list[str] = field(default_factory=list)
    """What safety it takes away, or what may be lost later."""
    calls: Counter[str] = field(default_factory=Counter)
    absent: dict[str, Any] = field(default_factory=dict)
    """The arguments that take the resource away."""
    lifting: bool = False
    """A destroy lifts the resource's protection first."""
    origin: Item | None = None
    """The same resource in the plan that goes before a destroy."""
    by_check_mode: bool = False
    """Planned by the module's own check mode, because it does not speak to AWS."""

    def __post_init__(self) -> None:
        # Hidden until `no_log` has been rendered: what fails before may show the secret too.
        self.no_log = self.node.no_log not in (False, None)

    def hidden_like(self, other: Item) -> Item:
        """Hide what is hidden of the same resource in an earlier run, and return this one."""
        self.no_log = other.no_log
        return self

    @property
    def is_whole(self) -> bool:
        """Whether this is a resource, and not what stands for a loop that cannot be rendered."""
        return self.node.loop is None or self.value is not NO_ITEM

    @property
    def title(self) -> str:
        """The node's name with the item's label, as a person would say it."""
        return f"{self.node.name} ({self.label})" if self.label is not None else self.node.name

    @property
    def local(self) -> dict[str, Any]:
        """The variables that only this item sees."""
        return {} if self.value is NO_ITEM else {self.node.loop_var: self.value}

    def render(self, evaluator: Evaluator) -> bool:
        """Render arguments and settings; return False when `when` says to skip it.

        Raises Unknown and AnsibleError as the evaluator does.
        """
        node = self.node
        if not evaluator.all_true(node.when, node, self.local):
            self.label = item_label(self, evaluator)
            return False
        if self.no_log:
            self.no_log = boolean(evaluator.value(node.no_log, node, self.local))
        self.args = dict(evaluator.value(dict(node.args), node, self.local))
        if node.check_mode is not None:
            self.check_mode = boolean(evaluator.value(node.check_mode, node, self.local))
        self.label = item_label(self, evaluator)
        return True

    def render_known(self, evaluator: Evaluator) -> bool:
        """Render the arguments that can be rendered; return False when not even `when` can, or nothing is known."""
        node = self.node
        known: dict[str, Any] = {}
        try:
            if not evaluator.all_true(node.when, node, self.local):
                return False
            for name, value in node.args.items():
                try:
                    known |= evaluator.value({name: value}, node, self.local)
                except (Unknown, AnsibleError):
                    self.missing.append(name)
        except (Unknown, AnsibleError):
            return False
        self.args = known
        return bool(known)

    def planned(self, outcome: Outcome) -> None:
        """Take over what a plan saw this resource's module do: the first write, and what follows."""
        self.operations, self.follows = list(outcome.operations[:1]), list(outcome.operations[1:])
        self.complete = outcome.complete
        reasons = [reason for each in outcome.operations for reason in each.get("destructive", ())]
        effects = [each["effect"] for each in outcome.operations]
        lost = any(each["effect"] == Effect.DELETE.value and each.get("destructive") for each in outcome.operations)
        if lost and Effect.CREATE.value in effects:
            reasons.insert(0, "it is replaced")
        self.destructive = list(dict.fromkeys(reasons))
        self.cautions = list(dict.fromkeys(caution for each in outcome.operations for caution in each.get("cautions", ())))


def item_label(item: Item, evaluator: Evaluator) -> str | None:
    """Return how a person tells this item from the others; None for a node without a loop.

    A label is written to be shown; without one, an item under `no_log` is not.
    """
    if item.value is NO_ITEM:
        return None
    if item.node.label is not None:
        try:
            return str(evaluator.value(item.node.label, item.node, item.local))
        except Unknown:
            pass
    if item.no_log:
        return f"{item.position}, hidden by no_log"
    value = item.value
    if isinstance(value, Mapping):
        return str(next((value[key] for key in ("name", "key", "id", "identifier") if key in value), value))
    return str(value)


@dataclass
class Progress:
    """A node that has begun: its items and how many of them are still to finish."""

    node: Node
    items: list[Item]
    looped: bool
    left: int
    registers: bool = True
    """False when what an earlier run has registered must stay as it is."""

    def registered(self) -> dict[str, Any]:
        """Return what the node's `register` holds, in Ansible's own shape."""
        if not self.looped:
            return self.items[0].result or {}
        results = []
        for item in self.items:
            result = dict(item.result or {})
            result[item.node.loop_var] = item.value
            result["ansible_loop_var"] = item.node.loop_var
            results.append(result)
        whole: dict[str, Any] = {
            "results": results,
            "changed": any(result.get("changed") for result in results),
            "failed": any(result.get("failed") for result in results),
            "msg": "All items completed",
        }
        if not self.items or all(result.get("skipped") for result in results):
            whole["skipped"] = True
        return whole


def judge(item: Item, evaluator: Evaluator) -> None:
    """Apply `changed_when` and `failed_when` to an item's result, as Ansible does."""
    node, result = item.node, item.result
    if result is None or result.get("skipped"):
        return
    result.setdefault("changed", False)
    result.setdefault("failed", False)
    local = {**item.local, **({node.register: result} if node.register else {})}
    if node.changed_when is not None:
        result["changed"] = evaluator.all_true(node.changed_when, node, local)
    if node.failed_when is not None:
        result["failed"] = evaluator.all_true(node.failed_when, node, local)
        result["failed_when_result"] = result["failed"]


def wants_another_try(item: Item, evaluator: Evaluator) -> float | None:
    """Return the seconds to wait before `until` is tried again, None when it is met or given up."""
    node = item.node
    if not node.until and node.retries is None:
        return None
    result = {} if item.result is None else item.result
    result["attempts"] = item.until_attempt + 1
    local = {**item.local, **({node.register: result} if node.register else {})}
    met = evaluator.all_true(node.until, node, local) if node.until else not result.get("failed")
    if met:
        return None
    retries = DEFAULT_UNTIL_RETRIES if node.retries is None else int(evaluator.value(node.retries, node, item.local))
    if item.until_attempt >= retries:
        result["failed"] = True
        result.setdefault("msg", f"gave up after {item.until_attempt + 1} attempts")
        return None
    item.until_attempt += 1
    return DEFAULT_UNTIL_DELAY if node.delay is None else float(evaluator.value(node.delay, node, item.local))
