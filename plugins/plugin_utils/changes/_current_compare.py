# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compares what is with what will be, property by property. Pure.

Values are JSON. A list of plain values is taken as a set, because nearly all of AWS's are; a list of things is
compared thing by thing where they have names. A string that holds a JSON document is compared as a document, and a
policy statement by statement.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

SENSITIVE: Final = "(sensitive)"
PRESENT: Final = ""
"""The value of a property that is there or not and says all by its name: `ingress tcp 22 from 0.0.0.0/0`."""
_LONGEST_TEXT: Final = 4096
# A print of another process, or one that got out, says nothing.
_KEY: Final = os.urandom(32)


class Hidden(str):
    """`SENSITIVE` in place of a secret, with a print of it by which this process tells whether two are the same."""

    __slots__ = ("print",)
    print: bytes

    def __new__(cls, secret: Any) -> Hidden:
        self = super().__new__(cls, SENSITIVE)
        self.print = hashlib.blake2b(repr(plain(secret)).encode(), key=_KEY).digest()
        return self


class _Absent(Enum):
    """What is not there; as a member of an Enum it is the same object after pickling."""

    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT


@dataclass(frozen=True)
class Change:
    """A property, its value in the account and the value that it will have; `ABSENT` for none.

    Where both are `SENSITIVE`, the value is a secret, and is not known to stay as it is.
    """

    property: str
    old: Any
    new: Any

    def as_dict(self) -> dict[str, Any]:
        """Return the form for reports; what is absent has no key."""
        sides = {"old": self.old, "new": self.new}
        return {"property": self.property, **{side: brief(value) for side, value in sides.items() if value is not ABSENT}}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Change:
        """Return what `as_dict` was made from."""
        return cls(str(form["property"]), form.get("old", ABSENT), form.get("new", ABSENT))


@dataclass(frozen=True)
class Manner:
    """How two values are compared."""

    whole: bool = True
    """False when the new value names only what is to change; then what it leaves out stays as it is."""
    lenient: bool = True
    """Take false for absent, as AWS does when it answers."""
    defaults: Mapping[str, Any] | None = None
    """What AWS fills in where nothing is given: names, as AWS spells them, with the values that mean nothing was given."""


Name = Callable[[str], str]


def compare(old: Any, new: Any, name: str, manner: Manner, shape: Any = None) -> Iterator[Change]:
    """Yield what differs between two JSON values under the property `name`; `shape` is botocore's, where there is one."""
    old, new = document(_collapsed(old)), document(_collapsed(new))
    if new == SENSITIVE:
        if not (isinstance(old, Hidden) and isinstance(new, Hidden) and old.print == new.print):
            yield Change(name, SENSITIVE, SENSITIVE)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _mappings(old, new, name, manner, shape)
    elif (isinstance(old, list) and isinstance(new, list)) or _listed(old, new, manner) or _listed(new, old, manner):
        yield from _lists(old if isinstance(old, list) else [], new if isinstance(new, list) else [], name, manner, shape)
    elif not _same(old, new, manner):
        one, other = (ABSENT if _nothing(side) else side for side in (old, new))
        # A handful of new settings is clearer one by one; a whole thing that is added or removed is one change.
        if one is ABSENT and getattr(shape, "type_name", "") == "structure" and isinstance(other, Mapping) and _flat(other):
            yield from _mappings({}, other, name, manner, shape)
        else:
            yield Change(name, one, other)


def _mappings(old: Mapping[str, Any], new: Mapping[str, Any], name: str, manner: Manner, shape: Any) -> Iterator[Change]:
    members = getattr(shape, "members", {}) if getattr(shape, "type_name", "") == "structure" else None
    for key in [*old, *(key for key in new if key not in old)]:
        if key not in new and (not manner.whole or _is_default(key, old[key], manner)):
            continue
        if members is None:
            word, inner = _word(key, old.get(key), new.get(key)), getattr(shape, "value", None)
        else:
            word, inner = words(str(key)), members.get(key)
        yield from compare(old.get(key, ABSENT), new.get(key, ABSENT), joined(name, word), manner, inner)


def _word(key: Any, old: Any, new: Any) -> str:
    """Return the name of a document's part; a policy's statements are called by their own names, where they have them."""
    if key == "Statement" and all(isinstance(each, list) and _by_name(each) is not None for each in (old or [], new or [])):
        return ""
    return str(key)


def _is_default(key: str, value: Any, manner: Manner) -> bool:
    defaults = manner.defaults or {}
    return key in defaults and (defaults[key] is ... or defaults[key] == value)


def _lists(old: list[Any], new: list[Any], name: str, manner: Manner, shape: Any) -> Iterator[Change]:
    inner = getattr(shape, "member", None)
    olds, news = _by_name(old), _by_name(new)
    if not any(isinstance(item, Mapping | list) for item in [*old, *new]):
        if sorted(map(str, old)) != sorted(map(str, new)):
            yield Change(name, old or ABSENT, new or ABSENT)
    elif olds is not None and news is not None:
        for key in [*olds, *(key for key in news if key not in olds)]:
            yield from compare(olds.get(key, ABSENT), news.get(key, ABSENT), joined(name, key), manner, inner)
    else:
        left = [item for item in old if not any(_equal(item, other, manner, inner) for other in new)]
        right = [item for item in new if not any(_equal(other, item, manner, inner) for other in old)]
        if len(left) == len(right) == 1:
            yield from compare(left[0], right[0], name, manner, inner)
        else:
            yield from (Change(name, item, ABSENT) for item in left)
            yield from (Change(name, ABSENT, item) for item in right)


def _listed(one: Any, other: Any, manner: Manner) -> bool:
    """Return whether one is a list of things and the other nothing: then each thing is a change."""
    return isinstance(one, list) and any(isinstance(item, Mapping) for item in one) and _empty(other, manner)


def _equal(old: Any, new: Any, manner: Manner, shape: Any) -> bool:
    return next(compare(old, new, "", manner, shape), None) is None


_NAMES: Final = ("Sid", "ID", "Id", "id", "Name", "name", "RuleName", "DeviceName", "ParameterName", "Key")


def _by_name(items: Iterable[Any]) -> dict[str, Any] | None:
    """Return the things of a list by what names them, None unless all have names of their own."""
    items = list(items)
    if not items:
        return {}
    for key in _NAMES:
        names = [item.get(key) if isinstance(item, Mapping) else None for item in items]
        if all(isinstance(each, str) and each for each in names) and len(set(names)) == len(names):
            return {str(each): {k: v for k, v in item.items() if k != key} for each, item in zip(names, items, strict=True)}
    return None


def _same(old: Any, new: Any, manner: Manner) -> bool:
    if _empty(old, manner) or _empty(new, manner):
        return _empty(old, manner) and _empty(new, manner)
    if isinstance(old, Mapping | list) or isinstance(new, Mapping | list):
        return bool(old == new)
    # A number and its text are the same: AWS gives one where it takes the other.
    return bool(old == new) or _text(old) == _text(new)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _empty(value: Any, manner: Manner) -> bool:
    return _nothing(value) or (manner.lenient and value is False)


def _nothing(value: Any) -> bool:
    return value is ABSENT or value is None or value in ("", [], {})


def _flat(value: Mapping[str, Any]) -> bool:
    return bool(value) and not any(isinstance(item, Mapping | list) for item in value.values())


def _collapsed(value: Any) -> Any:
    """Return EC2's `{"Value": x}` as x."""
    return value["Value"] if isinstance(value, Mapping) and set(value) == {"Value"} else value


def joined(name: str, word: str) -> str:
    """Return the property `word` of `name`."""
    return f"{name}.{word}" if name and word else name or word


_SPECIAL_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words(name: str) -> str:
    """Return a name of AWS's as modules spell it: `EnableIAMDatabaseAuthentication` is `enable_iam_database_authentication`."""
    name = name.replace("IPv", "Ipv").replace("CIDRs", "Cidrs").replace("ARNs", "Arns").replace("URLs", "Urls")
    return _SPECIAL_WORDS.sub("_", name).lower()


def document(value: Any) -> Any:
    """Return a string that holds a JSON object or list as what it holds, a policy in one form, anything else as it is."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, Mapping) and "Statement" in value:
        statements = value["Statement"]
        statements = statements if isinstance(statements, list) else [statements]
        if all(isinstance(each, Mapping) for each in statements):
            rest = {key: item for key, item in value.items() if key not in ("Statement", "Id", "Version")}
            return {**rest, "Statement": [_statement(each) for each in statements]}
    return value


def _statement(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return a policy statement in the one form that all its spellings share."""
    result = {}
    for key, value in statement.items():
        if key in ("Principal", "NotPrincipal") and isinstance(value, Mapping):
            value = {kind: _one_or_sorted(names, principal=True) for kind, names in value.items()}
            value = "*" if value == {"AWS": "*"} else value
        elif key == "Condition" and isinstance(value, Mapping):
            value = {
                test: {name: _one_or_sorted(given) for name, given in each.items()} if isinstance(each, Mapping) else each
                for test, each in value.items()
            }
        else:
            value = _one_or_sorted(value)
        result[key] = value
    return result


def _one_or_sorted(value: Any, *, principal: bool = False) -> Any:
    items = [_text(item) if not isinstance(item, Mapping | list) else item for item in (value if isinstance(value, list) else [value])]
    if principal:
        # AWS answers with the root's ARN where an account's number was given.
        items = [re.sub(r"^(\d{12})$", r"arn:aws:iam::\1:root", item) if isinstance(item, str) else item for item in items]
    return items[0] if len(items) == 1 else sorted(items, key=str)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, bytes | bytearray):
        return f"({len(value)} bytes)"
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)


def brief(value: Any) -> Any:
    """Return a value with long texts replaced by their length, for reports."""
    if isinstance(value, Mapping):
        return {key: brief(item) for key, item in value.items()}
    if isinstance(value, list):
        return [brief(item) for item in value]
    if isinstance(value, Hidden):
        return SENSITIVE
    return f"({len(value)} characters)" if isinstance(value, str) and len(value) > _LONGEST_TEXT else value
