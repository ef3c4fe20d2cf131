# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a resource has against what its user wants, as pure functions.  Private to the collection."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

Document = dict[str, Any]


def given(options: Mapping[str, Any]) -> Document:
    """Return the options that are set: None means that the user said nothing."""
    return {key: value for key, value in options.items() if value is not None}


def differing(current: Mapping[str, Any], wanted: Mapping[str, Any], unordered: Collection[str] = ()) -> Document:
    """Return the keys of `wanted` that `current` does not satisfy, each with its whole new value.

    None in `wanted` leaves alone what is there.  A dictionary is compared by the keys that it has,
    and its new value keeps the others.  Lists under a key in `unordered` are compared as sets.
    """
    changes: Document = {}
    for key, value in given(wanted).items():
        present = current.get(key)
        if isinstance(value, Mapping):
            inner = present if isinstance(present, Mapping) else {}
            nested = differing(inner, value, unordered)
            if nested:
                changes[key] = {**inner, **nested}
        elif isinstance(value, list) and key in unordered:
            if not same_items(present or [], value):
                changes[key] = value
        elif present != value:
            changes[key] = value
    return changes


def same_items(first: Collection[Any], second: Collection[Any]) -> bool:
    """Return whether two lists hold the same items, in whatever order and however often."""
    return all(item in second for item in first) and all(item in first for item in second)
