# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What IAM policies say to one action on one resource. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from enum import Enum, auto
from functools import cache
from typing import Any, Final

Context = Callable[[str], list[str] | None]
"""The values of a condition key in a request; None when the request does not have it."""


class Decision(Enum):
    """What policies say."""

    ALLOWED = auto()
    DENIED = auto()
    """By a statement that denies."""
    UNSAID = auto()
    """No statement allows it."""


def decide(policies: Iterable[Mapping[str, Any]], action: str, resource: str, context: Context) -> Decision:
    """Return what these policies say together: a denial wins, and what nothing allows is refused."""
    decision = Decision.UNSAID
    for policy in policies:
        statements = policy.get("Statement", [])
        for statement in statements if isinstance(statements, list) else [statements]:
            if not _applies(statement, action, resource, context):
                continue
            if statement.get("Effect") == "Deny":
                return Decision.DENIED
            decision = Decision.ALLOWED
    return decision


def _applies(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    return (
        _covers(statement, "Action", action.lower(), str.lower)
        and _covers(statement, "Resource", resource, str)
        and all(
            _holds(operator, key, _listed(wanted), context, denies=statement.get("Effect") == "Deny")
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _covers(statement: Mapping[str, Any], member: str, value: str, form: Callable[[str], str]) -> bool:
    """Return whether `Action` or `Resource` (or its `Not…` form) covers the value."""
    if member in statement:
        return any(like(form(pattern), value) for pattern in _listed(statement[member]))
    if f"Not{member}" in statement:
        return not any(like(form(pattern), value) for pattern in _listed(statement[f"Not{member}"]))
    return False


def _listed(value: Any) -> list[str]:
    return [str(each).lower() if isinstance(each, bool) else str(each) for each in (value if isinstance(value, list) else [value])]


def like(pattern: str, value: str) -> bool:
    """Return whether a pattern with `*` and `?` matches the whole value."""
    return _pattern(pattern).fullmatch(value) is not None


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern), re.DOTALL)


_OPERATORS: Final[dict[str, Callable[[str, str], bool]]] = {
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": like,
}
_NEGATED: Final = {"ArnNotEquals": "ArnEquals", "ArnNotLike": "ArnLike", "StringNotEquals": "StringEquals", "StringNotLike": "StringLike"}


def _holds(operator: str, key: str, wanted: list[str], context: Context, *, denies: bool) -> bool:
    """Return whether one condition holds; one that is not understood never lets anything through."""
    values = context(key)
    quantifier, _unused, name = operator.rpartition(":")
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    if name == "Null":
        return (values is None) is (wanted[0].lower() == "true")
    negated = name in _NEGATED
    compare = _OPERATORS.get(_NEGATED.get(name, name))
    if compare is None:
        return denies
    if values is None:
        return optional or negated or quantifier == "ForAllValues"
    matches = [any(compare(each, value) for each in wanted) is not negated for value in values]
    return any(matches) if quantifier == "ForAnyValue" or (not quantifier and not negated) else all(matches)
