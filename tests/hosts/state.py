# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a stage between commands: `.emulator/hosts/<name>.json`."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from .docker import ROOT, HostsError

FOLDER: Final = ROOT / ".emulator" / "hosts"
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]*")


@dataclass
class State:
    """A stage as it was brought up, and as it was changed since."""

    name: str
    subnet: str
    region: str
    account: str
    emulator: str | None = None
    forwarder: int = 0  # process id
    owner: int | None = None  # process id of whoever the stage is for; without it, a person
    hosts: dict[str, dict[str, str]] = field(default_factory=dict)  # host -> what the metadata service says, and "address"
    records: dict[str, str] = field(default_factory=dict)  # further names -> address
    cut: dict[str, str] = field(default_factory=dict)

    def save(self) -> None:
        """Write it, whole or not at all."""
        target = path_of(self.name)
        draft = target.with_suffix(".new")
        draft.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        draft.replace(target)


def path_of(name: str) -> Path:
    """Return the file of a stage; HostsError when the name cannot name containers."""
    if not _NAME.fullmatch(name):
        raise HostsError(f"--name {name!r} is not usable: use lower-case letters, digits, dots and hyphens")
    return FOLDER / f"{name}.json"


def load(name: str) -> State | None:
    """Return the stage of that name; None when there is none."""
    try:
        content: dict[str, Any] = json.loads(path_of(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return State(**content)


def listed() -> list[State]:
    """Return all stages of this checkout."""
    found = [load(path.stem) for path in sorted(FOLDER.glob("*.json"))]
    return [state for state in found if state is not None]


def orphaned(state: State) -> bool:
    """Whether the process that the stage was for has ended."""
    if state.owner is None:
        return False
    try:
        os.kill(state.owner, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Let only one command at a time bring this stage up or down."""
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
