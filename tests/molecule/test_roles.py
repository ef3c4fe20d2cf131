# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios that are no layer's pass. Those of the layers are in tests/integration/engine/test_graph_modules.py."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.integration.engine.converged_roles import Failed, molecule
from tests.integration.engine.scenarios import ROLES, scenario
from tests.playbooks import ROOT

SCENARIOS = sorted({path.parent for path in (ROOT / "molecule").glob("*/molecule.yml")} - {scenario(role) for role in ROLES})

pytestmark = [pytest.mark.molecule, pytest.mark.slow, pytest.mark.timeout(1800)]


# What becomes of a host later (a secret changes, it boots with the logs there, refusing, and silent) is asked at length only.
@pytest.mark.parametrize(
    "steps", [("converge", "idempotence", "verify"), pytest.param(("test",), marks=pytest.mark.long)], ids=["first", "whole"]
)
# A scenario has one stage, so its tests take turns.
@pytest.mark.parametrize("name", [pytest.param(path.name, marks=pytest.mark.xdist_group(f"molecule-{path.name}")) for path in SCENARIOS])
def test_scenario(name: str, steps: Sequence[str], tmp_path: Path) -> None:
    try:
        for step in steps:
            molecule(name, tmp_path, step)
    except Failed as error:
        pytest.fail(str(error), pytrace=False)
    finally:
        molecule(name, tmp_path, "destroy")
