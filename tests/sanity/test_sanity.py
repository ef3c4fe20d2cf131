# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection passes ansible-test sanity.

yamllint leaves out what is no YAML (templates of charts, tools/sanity_ignores.py); pep8, pylint and yamllint read only
the folders whose Python is shipped.
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


# These read the folders whose Python is shipped. Three fifths of it is elsewhere, in tests: with them pylint alone takes 160 s of CPU, and
# 60 s without. Ruff and `yamllint .` ask more of the style of all files than pep8 and yamllint do here, and mypy reads the tests;
# `python -m tools.sanity` reads all.
SHIPPED = ("applications/", "plugins/", "roles/")
ASKED_ELSEWHERE = ("pep8", "pylint", "yamllint")
# Each start of ansible-test takes seconds, and it says itself which test has failed: the others share one.
OTHERS = tuple(name for name in sanity.TESTS if name not in ASKED_ELSEWHERE)


@pytest.mark.parametrize(("names", "only"), [(ASKED_ELSEWHERE, SHIPPED), (OTHERS, ())], ids=["shipped", "others"])
def test_sanity(place: Path, names: tuple[str, ...], only: tuple[str, ...]) -> None:
    result = sanity.sanity(place, names, only=only, capture=True)
    if result.returncode:
        pytest.fail(result.stdout, pytrace=False)


def test_no_sanity_test_is_left_out(place: Path) -> None:
    listed = subprocess.run(["ansible-test", "sanity", "--list-tests"], cwd=place, check=True, capture_output=True, text=True).stdout
    assert set(listed.split()) - {"pslint"} == set(sanity.TESTS)
