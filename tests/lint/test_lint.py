# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every linter is content: what `make lint` runs, each as a test, but for antsibull-changelog, which ansible-test sanity runs too."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.lint, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize("linter", ["ruff", "format", "mypy", "yamllint", "ansible", "docs", "shell"])
def test_linter(linter: str) -> None:
    result = subprocess.run(["tools/lint", linter], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode:
        pytest.fail(result.stdout, pytrace=False)
