# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads from a report how long each task of a graph took and which tasks were the critical path. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Node
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._console import clock_time
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import ACTIONS


class UnfitReport(ValueError):
    """The report cannot be laid over this graph; the message is one sentence and what to do."""


@dataclass(frozen=True)
class Timing:
    """What a report tells of one task: wall seconds from its first item's start to its last one's end, and what came of its items."""

    seconds: float
    actions: Mapping[str, int]

    @property
    def items(self) -> int:
        """How many resources the task had, skipped ones included."""
        return sum(self.actions.values())

    @property
    def text(self) -> str:
        """The timing as a line of a box."""
        told = [(name, self.actions[name]) for name in (*ACTIONS, *sorted(self.actions.keys() - set(ACTIONS))) if self.actions.get(name)]
        if self.items == 1:
            words = told[0][0]
        else:
            words = f"{self.items} items: {', '.join(f'{count} {name}' for name, count in told)}"
        return words if self.all("skipped") else f"{clock_time(self.seconds)}, {words}"

    def all(self, action: str) -> bool:
        """Return whether every item came to this action."""
        return self.actions.get(action, 0) == self.items


@dataclass(frozen=True)
class Timings:
    """A report, as far as a drawing needs it. `seconds` are those of the whole run, `path` is the critical path, first to last."""

    verb: str
    started: str
    seconds: float
    tasks: Mapping[Node, Timing]
    path: Sequence[Node]
    path_seconds: float


def timings(report: Any, stack: str, environment: str, known: Iterable[Node]) -> Timings:
    """Read the times of a report (as JSON gave it) of this stack, whose tasks are `known`.

    Raises UnfitReport when it is none, is of another stack, or tells of a task that the stack does not have.
    """
    try:
        whose = (str(report["stack"]), str(report["environment"]))
        entries = [_Entry.read(entry) for entry in report["nodes"]]
        verb, started, seconds = str(report["verb"]), str(report["started"]), float(report["seconds"])
        path, path_seconds = [str(name) for name in report["critical_path"]["nodes"]], float(report["critical_path"]["seconds"])
    except (KeyError, TypeError, ValueError):
        raise UnfitReport(f"it is no report of a run. Give one that a run wrote, such as {environment}/{stack}/converge.json") from None
    if whose != (stack, environment):
        raise UnfitReport(f"it is of {whose[0]} in {whose[1]}, and this is {stack} in {environment}. Give a report of this stack")
    tasks: dict[str, list[Node]] = {}
    for node in known:
        tasks.setdefault(f"{node.layer}: {node.name}", []).append(node)
    strangers = list(dict.fromkeys(title for title in [*(entry.title for entry in entries), *path] if title not in tasks))
    if strangers:
        more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
        raise UnfitReport(f'it tells of "{strangers[0]}"{more}, which is no task of {stack} now. Run again for a new report')
    found: dict[Node, list[_Entry]] = {}
    for entry in entries:
        same = tasks[entry.title]
        # Tasks of the same name are told apart by their place.
        found.setdefault(next((node for node in same if str(node.place) == entry.source), same[0]), []).append(entry)
    return Timings(
        verb=verb,
        started=started,
        seconds=seconds,
        tasks={node: _timing(of_task) for node, of_task in found.items()},
        path=[next((node for node in tasks[title] if node in found), tasks[title][0]) for title in path],
        path_seconds=path_seconds,
    )


@dataclass(frozen=True)
class _Entry:
    title: str
    source: str
    action: str
    started: float
    seconds: float

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> _Entry:
        return cls(
            title=f"{entry['layer']}: {entry['name']}",
            source=str(entry.get("source")),
            action=str(entry["action"]),
            started=float(entry["started"]),
            seconds=float(entry["seconds"]),
        )


def _timing(entries: Sequence[_Entry]) -> Timing:
    # A skipped item took no part: what it waited for before it was skipped is not the task's time.
    ran = [entry for entry in entries if entry.action != "skipped"]
    seconds = max(entry.started + entry.seconds for entry in ran) - min(entry.started for entry in ran) if ran else 0.0
    return Timing(seconds, Counter(entry.action for entry in entries))
