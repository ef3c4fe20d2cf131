# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One fault that a check of the inventory found; the place is added by whoever knows the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A variable of the inventory, what is wrong with it (without the final stop), and the cure."""

    variable: str
    message: str
    cure: str


def entries(values: Mapping[str, Any], variable: str) -> Iterator[Mapping[str, Any]]:
    """Yield the dictionaries in a variable that is a list of them (or one); nothing when it is missing."""
    found = values.get(variable)
    for entry in found if isinstance(found, list | tuple) else [found]:
        if isinstance(entry, Mapping):
            yield entry
