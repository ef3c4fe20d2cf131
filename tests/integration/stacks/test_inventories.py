# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole inventories: all stacks of an environment in one run, planned side by side on an account that holds nothing.

That each of them converges, and a second run changes nothing, its own tests say.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import ROOT, play

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("inventories"), pytest.mark.timeout(1200)]

# Environment: the systems in it, by how many nodes at least are to be created.
SYSTEMS = {
    "dev": {"ec2_manager": 60},
    "staging": {"accountabilityatlas": 150, "ec2_manager": 60, "spywatcher": 100},
    "prod": {"accountabilityatlas": 50, "ec2_manager": 60, "kubernetes": 50, "speckle": 60, "spywatcher": 100},
    "dr": {"accountabilityatlas": 150},
}


@pytest.fixture(scope="module")
def empty() -> Iterator[Emulator]:
    """An account that holds nothing, for all tests: a plan leaves it so."""
    name = f"inventories-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"
    account = Emulator(process.start(name, {}))
    try:
        yield account
    finally:
        account.stop()
        process.forget(name)


def test_each_environment_has_an_inventory_that_names_its_systems() -> None:
    assert {each.name for each in (ROOT / "inventories").iterdir() if each.is_dir()} == SYSTEMS.keys()
    for environment, systems in SYSTEMS.items():
        groups: dict[str, Any] = yaml.safe_load((ROOT / "inventories" / environment / "hosts.yml").read_text())["all"]["children"]
        assert set(groups["aws"]["hosts"]) == systems.keys()
        # A group per system, so that group_vars/<system> is found.
        assert systems.keys() <= groups.keys()


@pytest.mark.parametrize("environment", SYSTEMS)
def test_all_stacks_of_an_environment_are_planned_on_an_empty_account(empty: Emulator, environment: str, tmp_path: Path) -> None:
    ran = play(empty, "site.yml", "--check", inventory=f"inventories/{environment}", reports=tmp_path, timeout=1100).check()
    for system, least in SYSTEMS[environment].items():
        summary = ran.report("plan", system, environment)["summary"]
        assert summary["failed"] == 0, system
        assert summary["create"] >= least, system
    assert empty.writes() == []
