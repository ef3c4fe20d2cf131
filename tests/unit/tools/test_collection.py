# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No test is left out: pytest passes over folders by their names, and says nothing."""

from __future__ import annotations

import tomllib
from fnmatch import fnmatch

from tests.playbooks import ROOT


def test_every_folder_with_tests_is_looked_into() -> None:
    options = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    folders = {folder for path in (ROOT / "tests").rglob("test_*.py") for folder in path.relative_to(ROOT).parts[:-1]}
    assert {folder for folder in folders if any(fnmatch(folder, pattern) for pattern in options["norecursedirs"])} == set()
    assert options["testpaths"] == ["tests"]
