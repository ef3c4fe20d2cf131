# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scenarios that are no layer's pass. Those of the layers are in tests/integration/engine/test_graph_modules.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.engine.converged_roles import Failed, molecule
from tests.integration.engine.scenarios import ROLES, scenario
from tests.playbooks import ROOT

SCENARIOS = sorted({path.parent for path in (ROOT / "molecule").glob("*/molecule.yml")} - {scenario(role) for role in ROLES})

pytestmark = [pytest.mark.molecule, pytest.mark.slow, pytest.mark.timeout(1800)]


# A host boots three times in its scenario: with CloudWatch Logs there, refusing, and silent. At length only.
@pytest.mark.parametrize("boots", [1, pytest.param(3, marks=pytest.mark.long)])
@pytest.mark.parametrize("name", [path.name for path in SCENARIOS])
def test_scenario(name: str, boots: int, tmp_path: Path) -> None:
    try:
        molecule(name, tmp_path, "test", MOLECULE_REBOOTS=str(boots))
    except Failed as error:
        pytest.fail(str(error), pytrace=False)
