# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a graph: starts a node the moment its inputs exist, longest chain first, at most so many at once.

One loop in one thread. It renders templates and judges results; workers do the waiting. What a person
sees and the report are told about every resource as it finishes.
"""

from __future__ import annotations

import heapq
import itertools
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.datatag import native_type_name
from ansible_collections.stratum.aws.plugins.plugin_utils import _core, _planning, _steps
from ansible_collections.stratum.aws.plugins.plugin_utils._console import Console
from ansible_collections.stratum.aws.plugins.plugin_utils._durations import typical_seconds
from ansible_collections.stratum.aws.plugins.plugin_utils._evaluate import Evaluator, Unknown
from ansible_collections.stratum.aws.plugins.plugin_utils._graph import Graph, critical_path
from ansible_collections.stratum.aws.plugins.plugin_utils._jobs import Job, Kind, OrdinaryJob
from ansible_collections.stratum.aws.plugins.plugin_utils._module_call import Call, Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils._operations import Effect, verdict
from ansible_collections.stratum.aws.plugins.plugin_utils._pool import Done, Pool
from ansible_collections.stratum.aws.plugins.plugin_utils._report import Action, Report
from ansible_collections.stratum.aws.plugins.plugin_utils._steps import Item, Progress
from ansible_collections.stratum.aws.plugins.plugin_utils._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils._telling import Teller
from ansible_collections.stratum.aws.plugins.plugin_utils._transient import backoff_seconds, is_transient

_LONGEST_WAIT = 1.0
_SHORTEST_WAIT = 0.05
_INTERRUPTED = "interrupted while waiting for the next attempt"


@dataclass(frozen=True)
class Settings:
    """How to run: `planning` intercepts writes; `retries` bounds the attempts after a transient failure;
    `differences` shows what changes in each resource.
    """

    planning: bool = False
    retries: int = 5
    differences: bool = False
    module_defaults: Callable[[str], Mapping[str, Any]] = lambda _module: {}
    module_internals: Callable[[str], Mapping[str, Any]] = lambda _module: {}


class Run:
    """One pass over a graph; `execute()` returns when everything that can be done is done."""

    def __init__(
        self,
        graph: Graph,
        evaluator: Evaluator,
        pool: Pool,
        kinds: Mapping[str, Kind],
        console: Console,
        report: Report,
        settings: Settings,
    ) -> None:
        self._graph = graph
        self._evaluator = evaluator
        self._pool = pool
        self._kinds = kinds
        self._report = report
        self._settings = settings
        self._sorter = graph.sorter()
        self._priority = graph.chain_lengths(lambda node: typical_seconds(node.module))
        self._sequence = itertools.count()
        self._ready: list[tuple[float, int, Item]] = []
        self._timers: list[tuple[float, int, Item]] = []
        self._running: dict[int, Item] = {}
        self._progress: dict[Node, Progress] = {}
        self._lost: dict[Node, str] = {}
        self._clouded: set[Node] = set()
        self._spans: dict[Node, tuple[float, float]] = {}
        self._jitter = random.Random()
        self._began = time.monotonic()
        self._teller = Teller(console, report, self._began, differences=settings.differences)
        self.stopping = False
        self.left: list[str] = []

    def execute(self) -> None:
        """Run the graph; fills the report."""
        self._release()
        while self._running or (not self.stopping and (self._ready or self._timers)):
            self._fire_timers()
            self._launch()
            for done in self._pool.wait(self._next_timeout()):
                self._settle(done)
            self._release()
            self._teller.waiting([*self._running.values(), *(item for *_unused, item in self._timers)])
        self._abandon()
        seconds = {node: end - start for node, (start, end) in self._spans.items()}
        path, total = critical_path(self._graph.needs, seconds)
        self._report.critical_path = ([f"{node.layer}: {node.name}" for node in path if seconds.get(node)], total)
        self._report.seconds = time.monotonic() - self._began

    # -- beginning -----------------------------------------------------------------------------------

    def _release(self) -> None:
        """Begin every node whose inputs exist, and those that are set free by nodes that end at once."""
        while self._sorter.is_active() and not self.stopping:
            ready = self._sorter.get_ready()
            if not ready:
                return
            for node in ready:
                self._begin(node)

    def _begin(self, node: Node) -> None:
        cause = next((self._lost[before] for before in self._graph.needs[node] if before in self._lost), None)
        if cause is not None:
            self._lost[node] = cause
            self._progress[node] = Progress(node, [], looped=False, left=0)
            self._teller.finished(Item(node), "skipped", f"not run, because {cause} failed", self._known())
            self._sorter.done(node)
            return
        self._evaluator.settle(node.uses, node.layer)
        clouds = sorted(before.register or before.name for before in self._graph.needs[node] if before in self._clouded)
        try:
            items = self._items(node)
        except Unknown as error:
            self._unreadable(node, clouds, str(error))
            return
        except AnsibleError as error:
            self._unreadable(node, clouds if _core.failed_on_its_input(error) else [], str(error))
            return
        progress = Progress(node, items, looped=node.loop is not None, left=len(items))
        self._progress[node] = progress
        if not items:
            self._teller.finished(Item(node), "skipped", None, self._known())
            self._close(progress)
            return
        for item in items:
            self._prepare(item, clouds)

    def _items(self, node: Node) -> list[Item]:
        if node.loop is None:
            return [Item(node)]
        try:
            values = self._evaluator.value(node.loop, node)
        except Unknown:
            # Ansible lets a false `when` pass over a loop that cannot be rendered.
            if not self._evaluator.all_true(node.when, node):
                return []
            raise
        if not isinstance(values, list | tuple):
            raise AnsibleError(f"the loop gives a {native_type_name(values)}, not a list; use the filter dict2items for a dictionary")
        return [Item(node, value) for value in values]

    def _unreadable(self, node: Node, clouds: list[str], error: str) -> None:
        """A whole node whose loop cannot be rendered: unknown behind a planned creation, a failure otherwise."""
        item = Item(node)
        progress = Progress(node, [item], looped=False, left=1)
        self._progress[node] = progress
        self._cannot_render(item, clouds, error)

    def _prepare(self, item: Item, clouds: list[str]) -> None:
        try:
            wanted = item.render(self._evaluator)
        except Unknown as error:
            self._cannot_render(item, clouds, str(error))
        except (AnsibleError, ValueError, TypeError) as error:
            self._cannot_render(item, clouds if _core.failed_on_its_input(error) else [], str(error))
        else:
            if wanted:
                item.unknown = clouds
                self._queue(item)
                return
            item.result = {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}
            self._finish(item, "skipped")

    def _cannot_render(self, item: Item, clouds: list[str], error: str) -> None:
        if item.label is None:
            item.label = _steps.item_label(item, self._evaluator)
        if self._settings.planning and clouds:
            self._plan_unknown(item, clouds)
        else:
            item.result = {"failed": True, "msg": error}
            self._finish(item, "failed", error)

    def _plan_unknown(self, item: Item, clouds: list[str], message: str | None = None) -> None:
        """Plan a resource whose inputs will only be known after the apply."""
        item.unknown = clouds
        self._clouded.add(item.node)
        if _planning.only_reads(item.node.module):
            item.result = {"changed": False, "skipped": True}
            self._finish(item, "skipped", "read after apply")
            return
        item.result = {"changed": True, "planned": True}
        self._finish(item, "create", message or self._note(item))

    # -- running -------------------------------------------------------------------------------------

    def _queue(self, item: Item) -> None:
        heapq.heappush(self._ready, (-self._priority[item.node], next(self._sequence), item))

    def _fire_timers(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            self._queue(heapq.heappop(self._timers)[2])

    def _next_timeout(self) -> float:
        if self._ready and not self.stopping:
            # The pool may grow soon.
            return _SHORTEST_WAIT
        if not self._timers:
            return _LONGEST_WAIT
        return max(0.0, min(_LONGEST_WAIT, self._timers[0][0] - time.monotonic()))

    def _launch(self) -> None:
        while self._ready and self._pool.free > 0 and not self.stopping:
            item = heapq.heappop(self._ready)[2]
            number = next(self._sequence)
            if not item.started:
                item.started = time.monotonic()
            try:
                job = self._job(item)
            except (AnsibleError, ValueError, TypeError) as error:
                # The play's module_defaults are rendered here, and arguments are encoded.
                item.result = {"failed": True, "msg": str(error)}
                self._finish(item, "failed", str(error))
                continue
            self._running[number] = item
            self._pool.start(number, job)

    def _job(self, item: Item) -> Job:
        kind = self._kinds[item.node.module]
        check_mode = self._settings.planning if item.check_mode is None else item.check_mode
        args = {**self._settings.module_defaults(kind.name), **(item.args or {})}
        if not kind.warm:
            return OrdinaryJob(
                kind.name,
                item.node.name,
                args,
                check_mode,
                item.no_log,
                item.node.layer,
                item.node.variables,
                item.local,
                self._evaluator.registered,
            )
        # The barrier plans better than a module's own check mode, which serves to resolve a change only.
        own_check_mode = item.resolving or (item.check_mode is True if self._settings.planning else check_mode)
        internals = {
            **self._settings.module_internals(kind.name),
            "_ansible_check_mode": own_check_mode,
            "_ansible_no_log": item.no_log,
            "_ansible_diff": True,
        }
        return Call(str(kind.import_path), _core.encode_arguments({**args, **internals}), barrier=self._settings.planning)

    def _settle(self, done: Done) -> None:
        item = self._running.pop(done.job)
        outcome: Outcome = done.outcome or Outcome(
            result={"failed": True, "msg": f"the process that ran the module died ({done.death}); run again, nothing is lost"}
        )
        if not item.resolving:
            item.operations.extend(outcome.operations)
        result = dict(outcome.result or {})
        self._teller.warn(item, _core.warnings_of(result))
        if result.get("failed") and is_transient(result) and item.attempt < self._settings.retries:
            item.attempt += 1
            self._later(item, backoff_seconds(item.attempt, self._jitter))
            return
        if self._settings.planning and (outcome.intercepted or item.resolving):
            self._settle_planned(item, outcome)
            return
        item.result = result
        self._judge(item)

    def _judge(self, item: Item) -> None:
        result = item.result or {}
        try:
            _steps.judge(item, self._evaluator)
            delay = _steps.wants_another_try(item, self._evaluator)
        except (AnsibleError, Unknown, ValueError) as error:
            result.update(failed=True, msg=str(error))
            delay = None
        if delay is not None and self._settings.planning and item.unknown:
            # What it waits for is only planned.
            self._plan_unknown(item, item.unknown)
        elif delay is not None:
            self._later(item, delay)
        elif result.get("failed"):
            if self._settings.planning and item.unknown:
                self._plan_unknown(item, item.unknown)
            else:
                self._finish(item, "failed", str(result.get("msg") or "the module failed without a message"))
        elif result.get("skipped"):
            self._finish(item, "skipped", str(result.get("msg") or "") or None)
        elif result.get("changed"):
            item.unknown = []
            self._finish(item, _planning.action(item.operations, result), self._note(item))
        else:
            item.unknown = []
            self._finish(item, "unchanged")

    def _settle_planned(self, item: Item, outcome: Outcome) -> None:
        """A write was intercepted: a creation is planned at once, a change is resolved by the module's check mode."""
        effects = _planning.effects(item.operations)
        if not item.resolving and verdict(effects) is Effect.CREATE and Effect.CREATE in effects:
            item.unknown = []
            item.result = {"changed": True, "planned": True}
            self._clouded.add(item.node)
            self._finish(item, "create", self._note(item))
            return
        if not item.resolving:
            item.resolving = True
            self._queue(item)
            return
        result = dict(outcome.result or {})
        item.unknown = []
        if not result or result.get("failed") or result.get("skipped"):
            item.result = {"changed": True, "planned": True}
            self._clouded.add(item.node)
        else:
            item.result = {**result, "changed": True}
        self._finish(item, _planning.action(item.operations, item.result), self._note(item))

    def _note(self, item: Item) -> str | None:
        """Return what the task wants said about a resource that is made or changed, such as a version chosen for it."""
        if item.node.note is None:
            return None
        try:
            return str(self._evaluator.value(item.node.note, item.node, item.local) or "") or None
        except (Unknown, AnsibleError):
            return None

    def _later(self, item: Item, seconds: float) -> None:
        if self.stopping:
            self._finish(item, "failed", _INTERRUPTED)
            return
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._sequence), item))

    # -- finishing -----------------------------------------------------------------------------------

    def _finish(self, item: Item, action: Action, message: str | None = None) -> None:
        if item.started:
            item.seconds = time.monotonic() - item.started
        if item.no_log:
            message = _steps.censored(item) if message and action == "failed" else message
            item.operations = [{**operation, "parameters": {}} for operation in item.operations]
        self._teller.finished(item, action, message, self._known())
        if action == "failed":
            self._lost.setdefault(item.node, f'"{item.node.name}"')
        progress = self._progress[item.node]
        progress.left -= 1
        if progress.left == 0:
            self._close(progress)

    def _close(self, progress: Progress) -> None:
        node = progress.node
        if node.register:
            self._evaluator.registered[node.register] = progress.registered()
        for item in progress.items:
            facts = (item.result or {}).get("ansible_facts")
            if isinstance(facts, Mapping):
                self._evaluator.registered.update(facts)
        started = [item for item in progress.items if item.started]
        if started:
            self._spans[node] = (min(item.started for item in started), max(item.started + item.seconds for item in started))
        self._sorter.done(node)

    def _known(self) -> int:
        """How many resources this run has, as far as loops have been rendered."""
        begun = sum(max(1, len(progress.items)) for progress in self._progress.values())
        return len(self._graph.nodes) - len(self._progress) + begun

    def _abandon(self) -> None:
        """Record what an interrupt left undone."""
        if not self.stopping:
            return
        for *_unused, item in self._timers:
            self._finish(item, "failed", _INTERRUPTED)
        waiting = [item for *_unused, item in self._ready]
        untouched = [Item(node) for node in self._graph.nodes if node not in self._progress]
        for item in [*waiting, *untouched]:
            self.left.append(item.title)
            self._progress.setdefault(item.node, Progress(item.node, [], looped=False, left=0))
            self._teller.left_undone(item)
