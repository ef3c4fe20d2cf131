# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees while a run goes on: a line per finished resource, heartbeats, a live line, a summary.

Pure but for the two functions it is given: `write` takes a finished line, `live` (on a terminal) the text
that stands below them until the next line. The wording is stable: scripts and tests read it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Action, Entry, Report

_SYMBOLS: Final[Mapping[Action, str]] = {"create": "+", "change": "~", "delete": "-", "unchanged": "=", "skipped": "·", "failed": "✗"}
_DONE: Final[Mapping[Action, str]] = {
    "create": "created",
    "change": "changed",
    "delete": "deleted",
    "unchanged": "unchanged",
    "skipped": "skipped",
    "failed": "FAILED",
}
_PLANNED: Final[Mapping[Action, str]] = {**_DONE, "create": "to create", "change": "to change", "delete": "to delete"}
_SEEN: Final[Mapping[Action, str]] = {**_DONE, "create": "missing", "delete": "not to be there"}
_WORDS: Final[Mapping[str, Mapping[Action, str]]] = {"plan": _PLANNED, "drift": _SEEN}
_DOING: Final[Mapping[str, str]] = {
    "converge": "converging",
    "plan": "planning",
    "drift": "comparing",
    "destroy": "destroying",
    "apply": "applying the plan of",
    "adopt": "looking for what may be adopted:",
    "orphans": "looking for orphans of",
}
_COLOURS: Final[Mapping[Action, str]] = {
    "create": "green",
    "change": "yellow",
    "delete": "bright red",
    "unchanged": "dark gray",
    "skipped": "cyan",
    "failed": "red",
}
HEARTBEAT_SECONDS: Final = 15.0
_WAITING_SHOWN: Final = 4


class Console:
    """Says what happens; `verbosity` 1 also shows what was skipped."""

    def __init__(
        self,
        write: Callable[[str, str | None], None],
        live: Callable[[str], None] | None = None,
        *,
        verb: str = "converge",
        verbosity: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._write = write
        self._live = live
        self._words = _WORDS.get(verb, _DONE)
        self._verb = verb
        self._verbosity = verbosity
        self._clock = clock
        self._last_said = clock()
        self._finished = 0
        self._passed_over = 0

    def rehearse(self) -> None:
        """Say from now on what would be done, and not what was."""
        self._words = _PLANNED

    def begin(self, stack: str, environment: str, region: str, nodes: int, layers: Sequence[str], parallel: int) -> None:
        """Say what is about to be done."""
        doing = _DOING.get(self._verb, self._verb)
        self._say(f"{doing} {stack} in {environment} ({region}): {nodes} nodes in {len(layers)} layers, {parallel} at once")

    def warnings(self, warnings: Sequence[str]) -> None:
        """Say what a reviewer would question."""
        for warning in warnings:
            self._say(f"! {warning}", "bright yellow")

    def finished(self, entry: Entry, known: int, differences: Sequence[str] = ()) -> None:
        """Say what came of a resource; `known` is how many resources the run has so far."""
        if self._silent(entry):
            self._passed_over += 1
            return
        self._finished += 1
        known -= self._passed_over
        count = f"[{self._finished:>{len(str(known))}}/{known}]"
        what = self._words[entry.action]
        if entry.unknown_inputs and entry.action == "create":
            what += " (inputs known after apply)"
        if entry.planned_by:
            what += f" (by its own {entry.planned_by})"
        line = f"{count} {_SYMBOLS[entry.action]} {entry.layer:<10} {entry.title}  {what}  {entry.seconds:.1f}s"
        if entry.message:
            line += f"\n      {_indented(entry.message)}"
            if entry.action == "failed":
                line += f"\n      at {entry.source}"
        if entry.destructive:
            line += f"\n      ! destructive: {'; '.join(entry.destructive)}"
        if entry.cautions:
            line += f"\n      ! mind: {'; '.join(entry.cautions)}"
        self._say("\n".join([line, *(f"      {difference}" for difference in differences)]), _COLOURS[entry.action])

    def waiting(self, running: Iterable[tuple[str, str, float]]) -> None:
        """Say what is being waited for: (layer, title, seconds) of each running resource."""
        longest = sorted(running, key=lambda each: -each[2])
        if not longest:
            return
        text = ", ".join(f"{layer} {title} {clock_time(seconds)}" for layer, title, seconds in longest[:_WAITING_SHOWN])
        if len(longest) > _WAITING_SHOWN:
            text += f" and {len(longest) - _WAITING_SHOWN} more"
        if self._live is not None:
            self._live(f"… {text}")
        elif self._clock() - self._last_said >= HEARTBEAT_SECONDS:
            self._say(f"… waiting for {text}")

    def end(self, report: Report, path: str | None, left: Sequence[str] = ()) -> None:
        """Say what the run came to, what failed, what was left, and where the report is."""
        for entry in report.nodes:
            if entry.action == "failed":
                self._say(f"✗ {entry.layer}: {entry.title} at {entry.source}\n      {_indented(entry.message or 'failed')}", "red")
        if left:
            what = "stopped" if report.failure.startswith("stopped") else "interrupted"
            self._say(f"{what}: {len(left)} left to do: {'; '.join(left[:10])}{' …' if len(left) > 10 else ''}", "yellow")
        names, seconds = report.critical_path
        self._say(
            f"{report.stack}: {summary_text(report, self._words)} in {clock_time(report.seconds)}, critical path {clock_time(seconds)}"
        )
        if names:
            self._say(f"critical path: {' → '.join(names)}")
        destructive = sum(bool(entry.destructive) for entry in report.nodes)
        if destructive and report.verb == "plan":
            self._say(
                f"! {destructive} of these destroy or interrupt something: to make them, give -e allow_destructive=true", "bright yellow"
            )
        if self._verb != "orphans":
            self.orphans(report.orphans)
        for thing in report.kept:
            self._say(f"kept: {thing['arn']}: {thing['reason']}", "cyan")
        if report.failure:
            self._say(f"✗ {report.failure}", "red")
        if path:
            self._say(f"report: {path}")

    def orphans(self, orphans: Sequence[Mapping[str, str]]) -> None:
        """Say what bears the stack's tags and is in no graph."""
        if not orphans and self._verb == "orphans":
            self._say("there are no orphans")
        for orphan in orphans:
            self._say(f"? orphan {orphan['arn']} ({orphan['layer']})", "magenta")

    def _silent(self, entry: Entry) -> bool:
        """What was skipped by its own `when` or an empty loop is not worth a line."""
        return entry.action == "skipped" and not self._verbosity and not entry.message

    def _say(self, line: str, colour: str | None = None) -> None:
        self._last_said = self._clock()
        self._write(line, colour)


def summary_text(report: Report, words: Mapping[Action, str] | None = None) -> str:
    """Return "12 created, 3 changed, 80 unchanged" with every action that occurred, in fixed order.

    `words` say each action; without them, the verb decides.
    """
    words = words or _WORDS.get(report.verb, _DONE)
    parts = [f"{count} {words[action].lower()}" for action, count in report.summary.items() if count]
    return ", ".join(parts) or "nothing to do"


def clock_time(seconds: float) -> str:
    """Return seconds as a person reads them: 4.2s, 42s, 4m10s, 1h02m."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def _indented(text: str) -> str:
    return text.strip().replace("\n", "\n      ")
