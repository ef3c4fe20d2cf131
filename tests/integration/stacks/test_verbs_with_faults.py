# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every verb ends right while a fifth of all calls fails and reads lag behind creations."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.playbooks import Ran, play

from .leaving import holds, left

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]

FAULTS = """\
seed: {seed}
faults:
  - throttle: 0.15
    error: 0.03
    drop: 0.02
    lag: {lag}
"""
LAGS = {1: 1, 2: 1.5, 3: 2}
"""Seconds for which reads do not see what was created, by seed."""


FIRST = 1
# Each seed has a worker of its own; all but the first are asked at length only.
MARKS = {seed: [pytest.mark.xdist_group(f"faults-{seed}"), *([] if seed == FIRST else [pytest.mark.long])] for seed in LAGS}


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=marks) for seed, marks in MARKS.items()])
def test_every_verb_ends_right(seed: int, start_emulator: StartEmulator, emulator: Emulator, tmp_path: Path) -> None:
    faults = tmp_path / "faults.yml"
    faults.write_text(FAULTS.format(seed=seed, lag=LAGS[seed]), encoding="utf-8")
    account = start_emulator(faults=faults)

    def run(playbook: str, *arguments: str, **variables: object) -> Ran:
        return play(
            account, playbook, "--limit", "speckle", *arguments, inventory="inventories/prod", reports=tmp_path, variables=variables
        ).check()

    assert run("site.yml").report("converge", "speckle", "prod")["summary"]["failed"] == 0
    assert run("site.yml").changed == 0
    before = len(account.writes())
    if seed != FIRST:
        # What a plan compares, drift compares too.
        assert run("site.yml", "--check").changed == 0
    drift = run("playbooks/drift.yml").report("drift", "speckle", "prod")
    assert len(account.writes()) == before
    assert {node["action"] for node in drift["nodes"]} <= {"unchanged", "skipped"}
    assert drift["orphans"] == []
    destroyed = run("playbooks/destroy.yml", confirm="speckle", override_protection=True).report("destroy", "speckle", "prod")
    assert destroyed["orphans"] == []
    kinds = sorted(entry["arn"].split(":")[2] for entry in destroyed["kept"])
    assert kinds == ["rds", *["secretsmanager"] * 4], destroyed["kept"]
    emulator.reset()
    assert left(account, holds(emulator)) == []
