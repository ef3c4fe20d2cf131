# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tells the report and the person in front of it what becomes of each resource."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _differences
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._steps import Item
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._console import Console
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Action, Entry, Report


class Teller:
    """Writes entries into the report and lines onto the console; `began` is when the run did (monotonic seconds)."""

    def __init__(self, console: Console, report: Report, began: float, *, differences: bool) -> None:
        self._console = console
        self._report = report
        self._began = began
        self._differences = differences
        self._warned: set[str] = set()

    def finished(self, item: Item, action: Action, message: str | None, known: int) -> None:
        """Tell what came of a resource; `known` is how many resources the run has so far."""
        entry = self._entered(item, action, message)
        shown = self._differences and action in ("create", "change", "delete") and not item.no_log
        self._console.finished(entry, known, _told(item) if shown else ())

    def left_undone(self, item: Item, what: str) -> None:
        """Enter a resource that a run did not reach, because it was `what`; the end of the run names them all in one line."""
        self._entered(item, "skipped", f"not started, because the run was {what}")

    def waiting(self, items: Iterable[Item]) -> None:
        """Tell which resources are being waited for."""
        now = time.monotonic()
        self._console.waiting((item.node.layer, item.title, now - item.started) for item in items if item.started)

    def warn(self, item: Item, warnings: Iterable[str]) -> None:
        """Show each warning of a module once."""
        for warning in warnings:
            if not item.no_log and warning not in self._warned:
                self._warned.add(warning)
                self._console.warnings([f"{item.node.layer}: {item.title}: {warning}"])

    def _entered(self, item: Item, action: Action, message: str | None) -> Entry:
        item.action, item.message = action, message
        entry = Entry(
            layer=item.node.layer,
            name=item.node.name,
            item=item.label,
            module=item.node.module,
            action=action,
            started=(item.started or time.monotonic()) - self._began,
            seconds=item.seconds,
            source=str(item.node.place),
            # A write that AWS refused was not made.
            operations=[operation for operation in item.operations if "error" not in operation],
            unknown_inputs=item.unknown,
            message=message,
            follows=item.follows,
            complete=item.complete,
            inputs=item.inputs,
            destructive=item.destructive,
            cautions=item.cautions,
            planned_by="check mode" if item.by_check_mode else None,
            ailments=_ailments(item),
        )
        self._report.calls.update(item.calls)
        self._report.nodes.append(entry)
        return entry


def _ailments(item: Item) -> list[dict[str, Any]]:
    """Return what a module says beside its message of the pods that made it fail: too much for the console, and gone with the next run."""
    found = (item.result or {}).get("ailments") if item.action == "failed" and not item.no_log else None
    return [dict(each) for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _told(item: Item) -> list[str]:
    """Return the differences of a resource as lines, and what else its module would write."""
    if item.inputs:
        return [f"+ {name}: {_differences.short(value)}" for name, value in item.inputs.items()]
    lines = _differences.lines(item.result or {}, [*item.operations, *item.follows])
    if item.follows or not item.complete:
        names = dict.fromkeys(f"{each['service']}:{each['operation']}" for each in item.follows)
        lines.append(f"and what follows: {', '.join(names)}{'' if item.complete else ' …'}")
    return lines
