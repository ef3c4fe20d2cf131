# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What changed, as lines a person reads: `property: old → new`, or the calls where a module has no diff. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import (
    ABSENT,
    PRESENT,
    SENSITIVE,
    Change,
    Manner,
    compare,
    document,
)

_LONGEST_VALUE = 100
_MOST_TEXT_LINES = 20
_STRICT = Manner(lenient=False)


def lines(result: Mapping[str, Any], operations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what changes: by the properties found in the account, by the module's own diff, otherwise as the calls.

    An operation's `changes` (see `Change.as_dict`) come first, because the account is what counts; beside them stand
    the calls of the same node whose properties are not known. Without any, it is the module's diff, if it says anything.
    """
    if any(call.get("changes") for call in operations):
        return [line for call in operations for line in _of_call(call)]
    found = [line for diff in _diffs(result.get("diff")) for line in _of_diff(diff)]
    return found or [_call(call) for call in operations]


def _of_call(call: Mapping[str, Any]) -> Iterator[str]:
    found = call.get("changes")
    if found is None:
        yield _call(call)
    else:
        yield from (_line(Change.from_dict(form)) for form in found)


def _call(call: Mapping[str, Any]) -> str:
    return f"{call['service']}:{call['operation']} {short(call['parameters'])}"


def _diffs(diff: object) -> Iterator[Mapping[str, Any]]:
    for each in diff if isinstance(diff, list) else [diff]:
        if isinstance(each, Mapping):
            yield each


def _of_diff(diff: Mapping[str, Any]) -> Iterator[str]:
    before, after = (document(diff.get(side, ABSENT)) for side in ("before", "after"))
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        texts = difflib.ndiff(before.splitlines(), after.splitlines())
        yield from _capped([line for line in texts if line[:2] in ("+ ", "- ")])
    else:
        yield from (_line(change) for change in compare(before, after, "", _STRICT))
    prepared = diff.get("prepared")
    if isinstance(prepared, str):
        yield from _capped([line for line in prepared.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")])


def _capped(texts: Sequence[str]) -> Iterator[str]:
    """Yield the lines of a text that go and come, not more than a person reads."""
    yield from (short(text) for text in texts[:_MOST_TEXT_LINES] if text.strip())
    if len(texts) > _MOST_TEXT_LINES:
        yield f"… and {len(texts) - _MOST_TEXT_LINES} lines more"


def _line(change: Change) -> str:
    name = f"{change.property}: " if change.property else ""
    if change.old == SENSITIVE and change.new == SENSITIVE:
        return f"{name}{SENSITIVE}"
    if change.old is ABSENT:
        return f"+ {change.property if change.new == PRESENT else name + short(change.new)}"
    if change.new is ABSENT:
        return f"- {change.property if change.old == PRESENT else name + short(change.old)}"
    return f"{name}{short(change.old)} → {short(change.new)}"


def short(value: Any) -> str:
    """Return a value as text of at most a line; a text of several lines is written as JSON does."""
    text = value if isinstance(value, str) and "\n" not in value else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
