# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every role's molecule scenario passes: `molecule test` in a directory of its own, so that scenarios may run side by side."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted(path.parent.name for path in (ROOT / "molecule").glob("*/molecule.yml"))

pytestmark = [pytest.mark.molecule, pytest.mark.slow, pytest.mark.timeout(1800)]


def _environment(directory: Path) -> dict[str, str]:
    """Return the environment of one run: the tools of this Python, and nothing shared with other runs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_", "MOLECULE_"))}
    kept = {name: value for name, value in os.environ.items() if name.startswith(("MOLECULE_CONVERGE_", "MOLECULE_EMULATOR_"))}
    return (
        environment
        | kept
        | {
            "ANSIBLE_LOCAL_TEMP": str(directory / "tmp"),
            "MOLECULE_EPHEMERAL_DIRECTORY": str(directory / "state"),
            "NO_COLOR": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        }
    )


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(scenario: str, tmp_path: Path) -> None:
    result = subprocess.run(
        ["molecule", "test", "--scenario-name", scenario],
        cwd=ROOT,
        env=_environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if result.returncode:
        pytest.fail(f"molecule test -s {scenario} ended with {result.returncode}\n{result.stdout}", pytrace=False)
