# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed, as lines a person reads: `property: old → new`, or the calls where a module has no diff. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_ABSENT = object()
_LONGEST_VALUE = 100


def lines(result: Mapping[str, Any], operations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the changed properties by the module's own diff, otherwise the calls that were (or would be) made."""
    found = [line for diff in _diffs(result.get("diff")) for line in _compare(diff.get("before"), diff.get("after"), "")]
    return found or [f"{call['service']}:{call['operation']} {_short(call['parameters'])}" for call in operations]


def _diffs(diff: object) -> Iterator[Mapping[str, Any]]:
    for each in diff if isinstance(diff, list) else [diff]:
        if isinstance(each, Mapping):
            yield each


def _compare(before: Any, after: Any, path: str) -> Iterator[str]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _compare(before.get(key, _ABSENT), after.get(key, _ABSENT), f"{path}.{key}" if path else str(key))
    elif before != after:
        name = f"{path}: " if path else ""
        if before is _ABSENT or before in (None, {}, ""):
            yield f"+ {name}{_short(after)}"
        elif after is _ABSENT:
            yield f"- {name}{_short(before)}"
        else:
            yield f"{name}{_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
