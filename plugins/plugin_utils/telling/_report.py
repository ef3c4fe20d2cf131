# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a run: what happened to every resource, the summary, the longest chain; as JSON. Pure."""

from __future__ import annotations

import errno
import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

Action = Literal["create", "change", "delete", "unchanged", "skipped", "failed"]
ACTIONS: tuple[Action, ...] = ("create", "change", "delete", "unchanged", "skipped", "failed")


@dataclass
class Entry:
    """One resource: a node, or one item of a node with a loop. Times are seconds since the run began."""

    layer: str
    name: str
    item: str | None
    module: str
    action: Action
    started: float
    seconds: float
    source: str
    operations: list[dict[str, Any]] = field(default_factory=list)
    unknown_inputs: list[str] = field(default_factory=list)
    message: str | None = None
    follows: list[dict[str, Any]] = field(default_factory=list)
    """In a plan: the writes that were seen to follow the one in `operations`."""
    complete: bool = True
    """False when more writes may follow in a plan."""
    destructive: list[str] = field(default_factory=list)
    """Why the change destroys or interrupts something."""
    cautions: list[str] = field(default_factory=list)
    """What safety the change takes away, or what may be lost later."""
    inputs: dict[str, Any] = field(default_factory=dict)
    """The arguments of what cannot be planned in full: values, `known after apply`, or `(sensitive)`."""
    planned_by: str | None = None
    """`check mode` when the module's own check mode planned it, because it does not speak to AWS."""
    ailments: list[dict[str, Any]] = field(default_factory=list)
    """The pods of a release that did not come up, as its module tells of them: reason, exit code, events, the log's last lines."""

    @property
    def title(self) -> str:
        """The name with the item, as a person would say it."""
        return f"{self.name} ({self.item})" if self.item is not None else self.name


@dataclass
class Report:
    """A run of one verb on one stack; `write()` puts it where `interface.md` of the collection says."""

    stack: str
    environment: str
    verb: str
    region: str
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0
    nodes: list[Entry] = field(default_factory=list)
    critical_path: tuple[Sequence[str], float] = ((), 0.0)
    orphans: list[dict[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    """How often each AWS operation was called, as `service:Operation`."""
    kept: list[dict[str, str]] = field(default_factory=list)
    """What a destroy leaves on purpose, each with its reason."""
    rehearsal: bool = False
    """Nothing was done: the actions say what would be."""
    failure: str = ""
    """Why the run as a whole failed, beside its nodes."""

    @property
    def summary(self) -> dict[Action, int]:
        """How many resources came to each action; every action is there."""
        counts = Counter(entry.action for entry in self.nodes)
        return {action: counts.get(action, 0) for action in ACTIONS}

    def as_dict(self) -> dict[str, Any]:
        """Return the report in the form in which it is written."""
        names, seconds = self.critical_path
        return {
            "stack": self.stack,
            "environment": self.environment,
            "verb": self.verb,
            "region": self.region,
            "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "critical_path": {"seconds": round(seconds, 3), "nodes": list(names)},
            "summary": dict(self.summary),
            "nodes": [_rounded(asdict(entry)) for entry in self.nodes],
            "orphans": self.orphans,
            "kept": self.kept,
            "failure": self.failure or None,
            "warnings": self.warnings,
            "calls": dict(sorted(self.calls.items())),
        }

    def place(self, directory: Path) -> Path:
        """Return where the report will be, and make its directory; OSError when that cannot be written."""
        path = directory / self.environment / self.stack / f"{self.verb}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path.parent))
        return path

    def write(self, directory: Path) -> Path:
        """Write `<directory>/<environment>/<stack>/<verb>.json` and return its path."""
        path = self.place(directory)
        partial = path.with_suffix(".json.partial")
        partial.write_text(json.dumps(self.as_dict(), indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
        partial.replace(path)
        return path


def _rounded(entry: Mapping[str, Any]) -> dict[str, Any]:
    writes = {name: [_shown(operation) for operation in entry[name]] for name in ("operations", "follows")}
    return {**entry, "started": round(entry["started"], 3), "seconds": round(entry["seconds"], 3), **writes}


def _shown(operation: Mapping[str, Any]) -> dict[str, Any]:
    return {key: operation[key] for key in ("service", "operation", "parameters", "changes") if key in operation}
