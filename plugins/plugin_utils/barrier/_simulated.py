# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a plan lets a module go on behind a write that was not made: an answer in the write's shape, and an end to waiting."""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

KNOWN_AFTER_APPLY: Final = "known after apply"
_DEEPEST: Final = 4
_LONGEST_NAPS: Final = 2
_PAGING: Final = frozenset(
    {"NextToken", "nextToken", "Marker", "NextMarker", "IsTruncated", "HasMoreResults", "LastEvaluatedKey", "Position"}
)
_RETRYING: Final = ("botocore.retries", "botocore.endpoint", "botocore.retryhandler")
# Before its first write, what a module does over again is a read that AWS throttled; after it, what it reads over again may not come.
_REPEATING: Final = "ansible_collections.amazon.aws.plugins.module_utils.cloud"


class SeenEnough(BaseException):
    """A module waits for what a plan has not done; it would wait for ever."""


def answer(shape: Any, parameters: Any) -> dict[str, Any]:
    """Return what AWS might answer to a write: every member of the output's shape, with the request's values where names agree."""
    body = _value(shape, parameters, 0) if shape is not None else {}
    metadata = {"HTTPStatusCode": 200, "RequestId": "planned", "HTTPHeaders": {}, "RetryAttempts": 0}
    return {**(body if isinstance(body, dict) else {}), "ResponseMetadata": metadata}


def _value(shape: Any, given: Any, depth: int) -> Any:
    match shape.type_name:
        case "structure":
            if depth >= _DEEPEST:
                return {}
            members = {name: member for name, member in shape.members.items() if name not in _PAGING}
            return {name: _member(name, member, given, depth + 1) for name, member in members.items()}
        case "list":
            return []
        case "map":
            return {}
        case "boolean":
            return False
        case "integer" | "long":
            return 0
        case "float" | "double":
            return 0.0
        case "timestamp":
            return datetime.datetime.now(datetime.UTC)
        case "blob":
            return b""
    return KNOWN_AFTER_APPLY


def _member(name: str, shape: Any, given: Any, depth: int) -> Any:
    if isinstance(given, dict) and name in given and shape.type_name in ("string", "integer", "long", "boolean", "list", "map"):
        wanted = {"string": str, "integer": int, "long": int, "boolean": bool, "list": list, "map": dict}[shape.type_name]
        if isinstance(given[name], wanted):
            return given[name]
    return _value(shape, given, depth)


class Naps:
    """Counts how often a module has begun to wait since its first write was answered, or with `always` since it began."""

    def __init__(self, *, always: bool = False) -> None:
        self.counting = False
        self._always = always
        self._taken = 0

    def count(self, caller: str) -> bool:
        """Return whether a nap that a Python module of this name begins is one of those that lead nowhere."""
        return not caller.startswith(_RETRYING) and (self.counting or (self._always and caller != _REPEATING))

    def take(self) -> None:
        """Count one more; raise SeenEnough when it is one too many."""
        self._taken += 1
        if self._taken > _LONGEST_NAPS:
            raise SeenEnough


_sleep = time.sleep
_naps: Naps | None = None


def install() -> None:
    """Let modules sleep through `nap` from now on, also those that import `sleep` by its name, or have done so."""
    sleep = time.sleep
    time.sleep = nap  # type: ignore[assignment]  # nobody sleeps by an index
    for name, module in list(sys.modules.items()):
        if name.startswith("ansible_collections.") and getattr(module, "sleep", None) is sleep:
            module.sleep = nap  # type: ignore[attr-defined]


def nap(seconds: float) -> None:
    """Sleep, unless a module waits for what a plan has not done; botocore waits as it must before it tries a call again."""
    caller = str(sys._getframe(1).f_globals.get("__name__", ""))
    if _naps is None or not _naps.count(caller):
        _sleep(seconds)
    else:
        _naps.take()


@contextmanager
def impatient(naps: Naps) -> Iterator[None]:
    """Count the naps of one module call."""
    global _naps
    _naps = naps
    try:
        yield
    finally:
        _naps = None
