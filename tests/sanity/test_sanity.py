# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection passes ansible-test sanity.

Two leave something out: yamllint what is no YAML (templates of charts, tools/sanity_ignores.py), and pylint what is not shipped.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import sanity

# One worker runs them all: they share a copy of the collection, and environments that must not be made twice.
pytestmark = [pytest.mark.sanity, pytest.mark.slow, pytest.mark.timeout(900), pytest.mark.xdist_group("sanity")]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    with sanity.copied_collection() as path:
        yield path


# These take long, and fail by themselves. Of the others, most of the time is that in which ansible-test starts: they share one start.
LONG = ("ansible-doc", "import", "pylint", "validate-modules")
OTHERS = tuple(name for name in sanity.TESTS if name not in LONG)
# Three fifths of the files that pylint would read are tests, which are not shipped and which ruff and mypy read: it takes 160 s of CPU
# with them and 60 s without. `python -m tools.sanity pylint` reads all.
ONLY: dict[tuple[str, ...], tuple[str, ...]] = {("pylint",): ("applications/", "plugins/", "roles/")}


@pytest.mark.parametrize("names", [*((name,) for name in LONG), OTHERS], ids=[*LONG, "others"])
def test_sanity(place: Path, names: tuple[str, ...]) -> None:
    result = sanity.sanity(place, names, only=ONLY.get(names, ()), capture=True)
    if result.returncode:
        pytest.fail(result.stdout, pytrace=False)


def test_no_sanity_test_is_left_out(place: Path) -> None:
    listed = subprocess.run(["ansible-test", "sanity", "--list-tests"], cwd=place, check=True, capture_output=True, text=True).stdout
    assert set(listed.split()) - {"pslint"} == set(sanity.TESTS)
