# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of a project's releases, the tag in its `.env`, and the lock that lets one rollout work at a time."""

from __future__ import annotations

import fcntl
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Release = dict[str, Any]

RUNNING = "running"
GOOD = "good"
FAILED = "failed"
"""It failed, and everything is back at the previous tag."""
STUCK = "stuck"
"""It failed, and so did going back."""
INTERRUPTED = "interrupted"
LEFT = "rolled_back"
"""It was good, and somebody has gone back behind it."""


class LockedError(Exception):
    """Another rollout is at work; the message says whose."""


def now() -> str:
    """Return the time as RFC 3339, in UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def write_atomically(path: Path, text: str, mode: int = 0o600) -> None:
    """Write a file that is whole at every moment; one that exists keeps its permissions and its owner."""
    known = path.stat() if path.exists() else None
    handle, name = tempfile.mkstemp(dir=str(path.parent), prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(known.st_mode & 0o7777 if known else mode)
        if known and os.geteuid() == 0:
            os.chown(name, known.st_uid, known.st_gid)
        temporary.replace(path)
    except BaseException:
        temporary.unlink()
        raise


def dotenv_value(text: str, variable: str) -> str | None:
    """Return the value of a variable in the text of a .env file, or None."""
    found = re.findall(rf"^\s*(?:export\s+)?{re.escape(variable)}\s*=\s*(.*?)\s*$", text, flags=re.MULTILINE)
    return found[-1].strip("'\"") if found else None


def with_dotenv_value(text: str, variable: str, value: str) -> str:
    """Return the text of a .env file in which a variable has this value, in the quotes that it had, and everything else is as it was."""
    pattern = re.compile(rf"^\s*(?:export\s+)?{re.escape(variable)}\s*=[ \t]*([\"']?).*$", flags=re.MULTILINE)
    if pattern.search(text):
        return pattern.sub(lambda found: f"{variable}={found[1]}{value}{found[1]}", text)
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{variable}={value}\n"


def last_good_before(releases: Sequence[Release], current: str | None) -> str | None:
    """Return the newest tag that was good and is not the current one, or what the oldest release replaced."""
    for release in reversed(releases):
        if release["outcome"] == GOOD and release["tag"] != current:
            return str(release["tag"])
    oldest = releases[0] if releases else {}
    if oldest.get("outcome") in (GOOD, LEFT) and oldest.get("kind") != "rollback" and oldest.get("previous") not in (None, current):
        return str(oldest["previous"])
    return None


class History:
    """The releases of a project, the oldest first, in a JSON file."""

    def __init__(self, path: Path, kept: int) -> None:
        self._path = path
        self._kept = kept
        self.releases: list[Release] = []
        if path.exists():
            document = json.loads(path.read_text(encoding="utf-8") or "{}")
            self.releases = list(document.get("releases") or [])

    @property
    def interrupted(self) -> Release | None:
        """The release whose rollout never ended; None when there is none. Ask with the lock held only."""
        return next((item for item in reversed(self.releases) if item["outcome"] == RUNNING), None)

    def good_tags(self) -> list[str]:
        """Return the tags that were good once, the newest first, each once."""
        found = [str(item["tag"]) for item in reversed(self.releases) if item["outcome"] in (GOOD, LEFT)]
        return list(dict.fromkeys(found))

    def begin(self, release: Release) -> None:
        """Note that a rollout begins; one that never ended was interrupted."""
        for item in self.releases:
            if item["outcome"] == RUNNING:
                item.update(outcome=INTERRUPTED, finished=now(), reason="the rollout ended before it was done")
        self.releases.append({**release, "started": now(), "finished": None, "outcome": RUNNING, "reason": None})
        self._write()

    def finish(self, outcome: str, reason: str | None = None, **details: Any) -> Release:
        """Note how the rollout that has begun ended, and return its entry."""
        release = self.releases[-1]
        release.update(finished=now(), outcome=outcome, reason=reason, **details)
        if outcome == GOOD and release.get("kind") == "rollback":
            for item in self.releases[:-1]:
                if item["outcome"] == GOOD and item["tag"] == release["previous"]:
                    item.update(outcome=LEFT)
        self._write()
        return release

    def _write(self) -> None:
        self.releases = self.releases[-self._kept :]
        write_atomically(self._path, json.dumps({"releases": self.releases}, indent=2) + "\n")


@contextmanager
def locked(path: Path, by: str, seconds: float) -> Iterator[None]:
    """Hold the project's lock, waiting for it at most so long. It goes with the process that holds it."""
    descriptor = os.open(str(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        deadline = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise LockedError(file.read().strip() or "somebody") from None
                time.sleep(0.5)
        file.seek(0)
        file.truncate()
        file.write(f"{by} (process {os.getpid()}) since {now()}\n")
        file.flush()
        yield
