# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ctrl-C and SIGTERM: what runs finishes, nothing new starts, the report names the rest, and the next run completes."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.playbooks import command, environment_for

from .conftest import LOCAL, PROJECT, Converge

pytestmark = [pytest.mark.integration, pytest.mark.slow]


@pytest.fixture
def slow_account(start_emulator: StartEmulator) -> Emulator:
    """An account in which a cache takes four seconds."""
    return start_emulator(delays="real", time_scale=150)


def wait_for_write(account: Emulator, operation: str, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 60
    while not any(entry["operation"] == operation for entry in account.writes()):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 99), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_lets_running_calls_finish_and_the_next_run_completes(
    slow_account: Emulator, converge: Converge, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    taken = tmp_path / "taken"
    variables = {**LOCAL, "test_layers": ["slow"], "taken_file": str(taken)}
    interrupted = subprocess.Popen(
        command(PROJECT / "converge.yml", inventory="stack,", variables=variables, reports=tmp_path / "reports"),
        cwd=PROJECT,
        env=environment_for(slow_account),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_for_write(slow_account, "CreateReplicationGroup", interrupted)
    interrupted.send_signal(number)
    # The engine outlives an ansible-playbook that SIGTERM has ended, and holds its output until it is done.
    output, _unused = interrupted.communicate(timeout=60)

    assert interrupted.returncode == code
    assert "interrupted: nothing more is started, waiting for what is running" in output
    assert "interrupted: 1 left to do: Keep what is known" in output
    report: dict[str, Any] = json.loads((tmp_path / "reports" / "default" / "stack" / "converge.json").read_text())
    assert {node["name"]: node["action"] for node in report["nodes"]} == {
        "Create the cache": "create",
        "Take a while": "unchanged",
        "Keep what is known": "skipped",
    }
    written = [entry["operation"] for entry in slow_account.writes() if entry["service"] != "ssm"]  # where the lock is
    assert written == ["CreateReplicationGroup"]
    (group,) = slow_account.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert group["Status"] == "available"
    assert taken.read_text() == "done\n"

    completed = converge(slow_account, "slow", taken_file=str(taken)).check()
    assert completed.report()["summary"] == {"create": 2, "change": 0, "delete": 0, "unchanged": 2, "skipped": 0, "failed": 0}
