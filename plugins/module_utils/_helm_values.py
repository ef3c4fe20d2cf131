# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of charts: laid over each other, compared, and by dotted paths such as `strategy.blue.tag`. Pure.  Private to the collection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_compare as compare
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_compare import SENSITIVE, Difference

Document = dict[str, Any]

_MISSING: Final = object()
_SHOWN: Final = 60
"""How many characters of a value a line shows."""


def read(values: Any, path: str, default: Any = None) -> Any:
    """Return the value at a path, or the default where there is none."""
    for key in path.split("."):
        if not isinstance(values, Mapping) or key not in values:
            return default
        values = values[key]
    return values


def holds(values: Any, path: str) -> bool:
    """Return whether there is a value at a path, be it null."""
    return read(values, path, _MISSING) is not _MISSING


def written(values: Mapping[str, Any], changes: Mapping[str, Any]) -> Document:
    """Return a copy of the values with those of `changes` (path → value) in it."""
    result = dict(values)
    for path, value in changes.items():
        key, _dot, rest = path.partition(".")
        inner = result.get(key)
        result[key] = written(inner if isinstance(inner, Mapping) else {}, {rest: value}) if rest else value
    return result


def keeping(
    wanted: Mapping[str, Any], installed: Mapping[str, Any], paths: Iterable[str], secret: Mapping[str, Any] | None = None
) -> tuple[Document, list[Document]]:
    """Return the wanted values with those that are installed at `paths`, and where that makes a difference.

    A difference is `value` (the path), `wanted` and `installed`. The values of `secret` lie over the others whatever is installed, so
    they are no difference; what is installed where some of them are is hidden.
    """
    secret = secret or {}
    kept = {path: read(installed, path) for path in paths if holds(installed, path)}
    values = written(wanted, kept)
    asked, given = merged(wanted, secret), merged(values, secret)
    differences = [
        {"value": path, "wanted": read(wanted, path), "installed": SENSITIVE if holds(secret, path) else value}
        for path, value in kept.items()
        if read(asked, path) != read(given, path)
    ]
    return values, differences


def told_kept(differences: Iterable[Mapping[str, Any]]) -> str:
    """Return in one line which wanted values are not applied, of the differences of `keeping`; empty for none.

    Where nothing is wanted, nothing is overruled, so that is not told.
    """
    told = [
        f"{each['value']} {_short(each['installed'])} (values say {_short(each['wanted'])})"
        for each in differences
        if each["wanted"] is not None
    ]
    return f"keeps {', '.join(told)}: once installed, only deploys change what keep_values names" if told else ""


def _short(value: Any) -> str:
    """Return a value in JSON, which tells a text from a number, as far as a line has room for it."""
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def merged(values: Mapping[str, Any], over: Mapping[str, Any]) -> Document:
    """Return values with others laid over them, key by key, as Helm merges files of values."""
    result = dict(values)
    for key, value in over.items():
        inner = result.get(key)
        result[key] = merged(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return result


def value_differences(old: Any, new: Any, secret: Any, path: str = "values") -> Iterable[Difference]:
    """Yield the values that differ. Those under a key of `secret` are hidden, and so is what goes: it may have been secret then."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in [*old, *(key for key in new if key not in old)]:
            hidden = secret.get(key) if isinstance(secret, Mapping) else secret
            yield from value_differences(old.get(key), new.get(key), hidden, compare.joined(path, str(key)))
    elif old != new:
        hidden = secret not in (None, {}, [])
        yield Difference(path, None if old is None else SENSITIVE if hidden or new is None else old, SENSITIVE if hidden else new)
