# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long transitions take in each mode."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator import delays


@pytest.fixture(autouse=True)
def _restore() -> Iterator[None]:
    yield
    delays.configure("none")


def test_the_modes() -> None:
    delays.configure("none")
    assert delays.duration("eks.cluster.create") == 0
    delays.configure("fast")
    assert delays.duration("eks.cluster.create") == delays.FAST_SECONDS
    delays.configure("real", 100)
    assert delays.duration("eks.cluster.create") == delays.REAL_SECONDS["eks.cluster.create"] / 100


def test_a_scale_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than 0"):
        delays.configure("real", 0)


def test_an_unknown_kind_is_a_mistake_in_every_mode() -> None:
    with pytest.raises(KeyError):
        delays.duration("eks.cluster.paint")
