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
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.datatag import native_type_name
from ansible_collections.stratum.aws.plugins.plugin_utils import _core
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _planning
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._evaluate import Evaluator, Unknown
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._graph import Graph, critical_path
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _steps
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._conduct import Conduct
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._durations import typical_seconds
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._jobs import Job, Kind, OrdinaryJob
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._module_call import Call, Outcome
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._pool import Done, Pool
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item, Progress
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._transient import (
    SEEN_AFTER_SECONDS,
    backoff_seconds,
    is_not_seen_yet,
    is_transient,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._console import Console
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Action, Report
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._telling import Teller

_LONGEST_WAIT = 1.0
_SHORTEST_WAIT = 0.05
_INTERRUPTED = "interrupted while waiting for the next attempt"


@dataclass(frozen=True)
class Settings:
    """How to run: `retries` bounds the attempts after a transient failure; `differences` shows what changes in each
    resource; `about` is what every line of the journal says; `beat` is called a few times a second.
    """

    retries: int = 5
    differences: bool = False
    module_defaults: Callable[[str], Mapping[str, Any]] = lambda _module: {}
    module_internals: Callable[[str], Mapping[str, Any]] = lambda _module: {}
    about: Mapping[str, Any] = field(default_factory=dict)
    beat: Callable[[], None] = lambda: None


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
        conduct: Conduct,
    ) -> None:
        self._graph = graph
        self.evaluator = evaluator
        self._conduct = conduct
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
        self._hazy: set[Node] = set()
        self._spans: dict[Node, tuple[float, float]] = {}
        self._jitter = random.Random()
        self._began = time.monotonic()
        self._teller = Teller(console, report, self._began, differences=settings.differences)
        self.secret_names = frozenset(node.register for node in graph.nodes if node.register and node.no_log not in (False, None))
        self.stopping = False
        self.interrupted = False
        self.stopped_because = ""
        self.left: list[str] = []

    @property
    def progress(self) -> Mapping[Node, Progress]:
        """The nodes that have begun, with their resources."""
        return self._progress

    def execute(self) -> None:
        """Run the graph; fills the report."""
        self._release()
        while self._running or (not self.stopping and (self._ready or self._timers)):
            self._settings.beat()
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
        given = self._conduct.items(node)
        if cause is not None:
            self._lost[node] = cause
            self._progress[node] = Progress(node, [], looped=False, left=0)
            if given != []:
                self._teller.finished(Item(node), "skipped", f"not run, because {cause}", self._known())
            self._sorter.done(node)
            return
        if given is not None:
            self._take(node, given)
            return
        self.evaluator.settle(node.uses, node.layer)
        clouds = self._needed_among(node, self._clouded)
        try:
            items = self._items(node)
        except Unknown as error:
            self._unreadable(node, clouds or self._needed_among(node, self._hazy), str(error))
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

    def _take(self, node: Node, items: list[Item]) -> None:
        """Begin a node whose resources are known from an earlier run."""
        progress = Progress(node, items, looped=node.loop is not None, left=len(items), registers=False)
        self._progress[node] = progress
        for item in items:
            self._conduct.begin(self, item, [])
        if not items:
            self._close(progress)

    def _items(self, node: Node) -> list[Item]:
        if node.loop is None:
            return [Item(node)]
        try:
            values = self.evaluator.value(node.loop, node)
        except Unknown:
            # Ansible lets a false `when` pass over a loop that cannot be rendered.
            if not self.evaluator.all_true(node.when, node):
                return []
            raise
        if not isinstance(values, list | tuple):
            raise AnsibleError(f"the loop gives a {native_type_name(values)}, not a list; use the filter dict2items for a dictionary")
        return [Item(node, value, position) for position, value in enumerate(values, 1)]

    def _unreadable(self, node: Node, clouds: list[str], error: str) -> None:
        """A whole node whose loop cannot be rendered: unknown behind a planned creation, a failure otherwise."""
        item = Item(node)
        progress = Progress(node, [item], looped=False, left=1)
        self._progress[node] = progress
        self._cannot_render(item, clouds, error)

    def _prepare(self, item: Item, clouds: list[str]) -> None:
        try:
            wanted = item.render(self.evaluator)
        except Unknown as error:
            self._cannot_render(item, clouds or self._needed_among(item.node, self._hazy), str(error))
        except (AnsibleError, ValueError, TypeError) as error:
            self._cannot_render(item, clouds if _core.failed_on_its_input(error) else [], str(error))
        else:
            if wanted:
                self._conduct.begin(self, item, clouds)
                return
            item.result = {"changed": False, "skipped": True, "skip_reason": "Conditional result was False"}
            self.finish(item, "skipped")

    def _cannot_render(self, item: Item, clouds: list[str], error: str) -> None:
        if item.label is None:
            item.label = _steps.item_label(item, self.evaluator)
        self._conduct.unreadable(self, item, clouds, error)

    def cloud(self, item: Item) -> None:
        """Say that what others want to know of this resource is known after the apply only."""
        self._clouded.add(item.node)

    def haze(self, item: Item) -> None:
        """Say that some of what others want to know of this resource may be known after the apply only."""
        self._hazy.add(item.node)

    def _needed_among(self, node: Node, among: Collection[Node]) -> list[str]:
        return sorted(before.register or before.name for before in self._graph.needs[node] if before in among)

    # -- running -------------------------------------------------------------------------------------

    def queue(self, item: Item) -> None:
        heapq.heappush(self._ready, (-self._priority[item.node], next(self._sequence), item))

    def _fire_timers(self) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            self.queue(heapq.heappop(self._timers)[2])

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
                self.finish(item, "failed", str(error))
                continue
            self._running[number] = item
            self._pool.start(number, job)

    def _job(self, item: Item) -> Job:
        kind = self._kinds[item.node.module]
        args = {**self._settings.module_defaults(kind.name), **self._conduct.arguments(item)}
        check_mode = self._conduct.own_check_mode(item, warm=kind.warm)
        if not kind.warm:
            item.by_check_mode = check_mode and (self._conduct.planning or item.check_mode is None)
            return OrdinaryJob(
                kind.name,
                item.node.name,
                args,
                check_mode,
                item.no_log,
                item.node.layer,
                item.node.variables,
                item.local,
                self.evaluator.registered,
            )
        internals = {
            **self._settings.module_internals(kind.name),
            "_ansible_check_mode": check_mode,
            "_ansible_no_log": item.no_log,
            "_ansible_diff": True,
        }
        about = {**self._settings.about, "layer": item.node.layer, "name": item.node.name, "item": item.label}
        return Call(str(kind.import_path), _core.encode_arguments({**args, **internals}), self._conduct.gate(item), about)

    def _settle(self, done: Done) -> None:
        item = self._running.pop(done.job)
        outcome: Outcome = done.outcome or Outcome(
            result={"failed": True, "msg": f"the process that ran the module died ({done.death}); run again, nothing is lost"}
        )
        item.calls.update(outcome.calls)
        result = dict(outcome.result or {})
        self._teller.warn(item, _core.warnings_of(result))
        if result.get("failed") and is_transient(result) and item.attempt < self._settings.retries:
            item.attempt += 1
            if not outcome.planned:
                item.operations.extend(outcome.operations)
            self.later(item, backoff_seconds(item.attempt, self._jitter))
            return
        if result.get("failed") and is_not_seen_yet(result) and _created(item, outcome) and item.attempt < self._settings.retries:
            item.attempt += 1
            item.operations.extend(outcome.operations)
            self.later(item, SEEN_AFTER_SECONDS)
            return
        self._conduct.settle(self, item, replace(outcome, result=result if outcome.result is not None else None))

    def note(self, item: Item) -> str | None:
        """Return what the task wants said about a resource that is made or changed, such as a version chosen for it."""
        if item.node.note is None:
            return None
        try:
            return str(self.evaluator.value(item.node.note, item.node, item.local) or "") or None
        except (Unknown, AnsibleError):
            return None

    def later(self, item: Item, seconds: float) -> None:
        if self.stopping:
            self.finish(item, "failed", _INTERRUPTED)
            return
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._sequence), item))

    def called(self, names: Iterable[str]) -> str:
        """Return the titles of the tasks that register these names, as a person would list them."""
        titles = {node.register: f'"{node.name}"' for node in self._graph.nodes if node.register}
        return ", ".join(titles.get(name, name) for name in names)

    def hold(self, node: Node, why: str) -> None:
        """Let nothing run that waits for this node."""
        self._lost.setdefault(node, why)

    @property
    def held(self) -> Mapping[Node, str]:
        """The nodes that did not end as they should, or were not run because of one that did not; each with the reason."""
        return self._lost

    def stop(self, why: str) -> None:
        """Start nothing more; what runs is waited for."""
        self.stopping = True
        self.stopped_because = self.stopped_because or why

    # -- finishing -----------------------------------------------------------------------------------

    def finish(self, item: Item, action: Action, message: str | None = None) -> None:
        if item.started:
            item.seconds = time.monotonic() - item.started
        if item.no_log:
            message = _steps.censored(item) if message and action == "failed" else message
            item.operations = [_steps.without_values(operation) for operation in item.operations]
            item.follows = [_steps.without_values(operation) for operation in item.follows]
        self._teller.finished(item, action, message, self._known())
        if action == "failed":
            self.hold(item.node, f'"{item.node.name}" failed')
        progress = self._progress[item.node]
        progress.left -= 1
        if progress.left == 0:
            self._close(progress)

    def _close(self, progress: Progress) -> None:
        node = progress.node
        if node.register and progress.registers:
            self.evaluator.registered[node.register] = progress.registered()
        for item in progress.items:
            facts = (item.result or {}).get("ansible_facts")
            if isinstance(facts, Mapping):
                self.evaluator.registered.update(facts)
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
            self.finish(item, "failed", _INTERRUPTED)
        waiting = [item for *_unused, item in self._ready]
        untouched = [Item(node) for node in self._graph.nodes if node not in self._progress]
        for item in [*waiting, *untouched]:
            self.left.append(item.title)
            self._progress.setdefault(item.node, Progress(item.node, [], looped=False, left=0))
            self._teller.left_undone(item, "stopped" if self.stopped_because else "interrupted")


def _created(item: Item, outcome: Outcome) -> bool:
    """Return whether this attempt or one before has created something; a plan creates nothing."""
    return not outcome.planned and Effect.CREATE in _planning.effects([*item.operations, *outcome.operations])
