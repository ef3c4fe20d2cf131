# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms of rows in the table of writes: which question tells the current values, and what is compared. Pure.

Expressions are JMESPath: `ask` over the write's parameters, `current` over the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import Change

Rule = Callable[[Any, Mapping[str, Any]], Iterable[Change]]
"""For what no row can say: takes the reader and the parameters."""


@dataclass(frozen=True, kw_only=True)
class Fields:
    """A write whose parameters are properties, each compared by itself."""

    read: str
    ask: Mapping[str, str] = field(default_factory=dict)
    current: str = "@"
    pick: tuple[str, str] | None = None
    """Where `current` is a list: the field that tells its items apart, and the parameter that holds its value."""
    then: str | None = None
    """Over the picked item, where it is not the value itself."""
    apart: frozenset[str] = frozenset()
    """Parameters that name the resource or say how to write: they are not compared."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """Parameter → expression over `current`, where the answer spells it otherwise."""
    name: str = ""
    whole: bool = False
    """Whether the write replaces everything, so that what it leaves out goes."""
    defaults: Mapping[str, Any] = field(default_factory=dict)
    """What AWS fills in where nothing is given; `...` for any value."""
    also: Callable[[Any, Mapping[str, Any]], Iterable[Change]] | None = None
    """What else changes: takes what `current` found, and the parameters."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A write that sets (or, with `new` None, removes) one part of a resource, which it replaces as a whole."""

    name: str
    """The property; `{Parameter}` in it stands for the parameter's value."""
    read: str
    ask: Mapping[str, str] = field(default_factory=dict)
    current: str = "@"
    pick: tuple[str, str] | None = None
    then: str | None = None
    new: str | None = None
    whole: bool = True
    defaults: Mapping[str, Any] = field(default_factory=dict)


Row = Fields | Part | Rule
