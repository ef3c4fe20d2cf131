# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change: its parameters compared with what the account says now.

`changes` asks the account with the client that a module was about to write with. It only reads, and only what the
table names (`_current_table.py`); a write that the table does not know, or a question that AWS does not answer,
gives None, and then the call itself is what a plan shows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current_tags
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import (
    ABSENT,
    PRESENT,
    SENSITIVE,
    Change,
    Manner,
    compare,
    joined,
    words,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader, hidden
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_table import TABLE

__all__ = ["ABSENT", "PRESENT", "SENSITIVE", "Change", "changes", "covered"]


def covered(client: Any, operation: str) -> bool:
    """Return whether `changes` knows how to ask about an operation."""
    return f"{client.meta.service_model.service_name}:{operation}" in TABLE or _current_tags.covered(client, operation)


def changes(client: Any, operation: str, parameters: Mapping[str, Any]) -> list[Change] | None:
    """Return what `operation` (`ModifyVpcAttribute`) with these parameters would change, empty for nothing.

    None when the operation is not known or the account could not be asked; never raises. No secret is asked for
    or returned; one that a write holds is there as `SENSITIVE`, unless an answer held the same.
    """
    try:
        model = client.meta.service_model
        shape = model.operation_model(operation).input_shape
        given = hidden(parameters, shape)
        row = TABLE.get(f"{model.service_name}:{operation}")
        read = Reader(client, parameters)
        if row is None:
            return list(_current_tags.changes(read, operation, given)) if _current_tags.covered(client, operation) else None
        if isinstance(row, Fields):
            return list(_fields(read, row, given, shape))
        if isinstance(row, Part):
            return list(_part(read, row, given, shape))
        return list(row(read, given))
    except Exception:
        # A plan goes on without this detail, whatever the reason: no permission, no answer, an answer of another form.
        return None


def _fields(read: Reader, row: Fields, given: Mapping[str, Any], shape: Any) -> Iterator[Change]:
    fields = {key: value for key, value in given.items() if key not in row.apart}
    # What is secret is not compared, so there may be nothing to ask for.
    asked = any(value != SENSITIVE for value in fields.values())
    current = _found(read, row, given) if asked or row.whole else {}
    members = shape.members
    names = [*fields]
    if row.whole:
        names += [key for key in members if key not in fields and key not in row.apart]
    for key in names:
        old = _select(row.rename.get(key, key), current)
        if key not in given and row.defaults.get(key, ABSENT) in (..., old):
            continue
        manner = Manner(whole=row.whole, defaults=row.defaults)
        yield from compare(_or_absent(old), given.get(key, ABSENT), joined(row.name, words(key)), manner, members.get(key))
    if row.also is not None:
        yield from row.also(current or {}, given)


def _part(read: Reader, row: Part, given: Mapping[str, Any], shape: Any) -> Iterator[Change]:
    inner = shape
    new: Any = ABSENT
    if row.new is not None:
        new = _or_absent(_select(row.new, given))
        for member in row.new.split("."):
            inner = getattr(inner, "members", {}).get(member)
    name = row.name.format_map(given)
    manner = Manner(whole=row.whole, defaults=row.defaults)
    old = _or_absent(_found(read, row, given))
    if old is ABSENT and new == SENSITIVE:
        # It was asked for: no secret is kept there yet.
        yield Change(name, ABSENT, new)
    else:
        yield from compare(old, new, name, manner, inner)


def _found(read: Reader, row: Fields | Part, given: Mapping[str, Any]) -> Any:
    asked = {key: _select(expression, given) for key, expression in row.ask.items()}
    answer = read(row.read, all_pages=bool(row.pick), **{key: value for key, value in asked.items() if value is not None})
    current = _select(row.current, answer)
    if row.pick:
        theirs, ours = row.pick
        current = next((item for item in current or [] if item.get(theirs) == given.get(ours)), None)
        return _select(row.then, current) if row.then else current
    return current


def _select(expression: str, value: Any) -> Any:
    import jmespath

    return jmespath.search(expression, value)


def _or_absent(value: Any) -> Any:
    return ABSENT if value is None else value
