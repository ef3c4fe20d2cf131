# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the modules here put their own code in the place of moto's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def wrap(owner: Any, name: str, function: Callable[..., Any]) -> None:
    """Replace `owner.name`; `function` gets the original as its first argument."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def replacement(*args: Any, **kwargs: Any) -> Any:
        return function(original, *args, **kwargs)

    setattr(owner, name, replacement)


def put(owner: Any, name: str, value: Any) -> None:
    """Give `owner` an attribute that moto does not have, or has in another form."""
    setattr(owner, name, value)
