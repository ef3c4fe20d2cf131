# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of charts: laid over each other, compared, and by dotted paths such as `strategy.blue.tag`. Pure.  Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_compare as compare
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_compare import SENSITIVE, Difference

Document = dict[str, Any]

_MISSING: Final = object()


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


def keeping(wanted: Mapping[str, Any], installed: Mapping[str, Any], paths: Iterable[str]) -> tuple[Document, list[Document]]:
    """Return the wanted values with those that are installed at `paths`, and where that makes a difference.

    A difference is `value` (the path), `wanted` and `installed`.
    """
    kept = {path: read(installed, path) for path in paths if holds(installed, path)}
    differences = [
        {"value": path, "wanted": read(wanted, path), "installed": value} for path, value in kept.items() if read(wanted, path) != value
    ]
    return written(wanted, kept), differences


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
