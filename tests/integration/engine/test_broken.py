# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever breaks — a template, a module, a worker process — ends in a clear message, and the rest goes on."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.emulator.fixtures import Emulator, StartEmulator
from tests.playbooks import command, environment_for, play

from .conftest import LOCAL, PROJECT, Converge

pytestmark = pytest.mark.integration


def test_broken_templates_and_modules_fail_their_own_nodes_only(account: Emulator, converge: Converge) -> None:
    ran = converge(account, "broken").check(2)
    nodes = {node["name"]: node for node in ran.report()["nodes"]}
    assert {name: node["action"] for name, node in nodes.items()} == {
        "Divide": "failed",
        "Use the quotient": "skipped",
        "Crash": "failed",
        "Raise a plugin's own failure": "failed",
        "Go on": "unchanged",
    }
    assert "division by zero" in nodes["Divide"]["message"]
    assert nodes["Crash"]["message"] == "the module broke: the module is broken"
    assert nodes["Raise a plugin's own failure"]["message"] == "this was asserted"
    assert "3 of the stack's resources failed" in ran.output
    assert "graph.yml:11" in ran.output


def test_a_plan_passes_over_actions_without_a_check_mode(account: Emulator, converge: Converge) -> None:
    ran = converge(account, "modeless", arguments=("--check",)).check()
    (node,) = ran.report("plan")["nodes"]
    assert (node["action"], "check mode" in node["message"]) == ("skipped", True)


def test_a_template_that_does_not_parse_is_told_before_anything_is_done(account: Emulator, converge: Converge) -> None:
    ran = converge(account, "unparsable", "parts").check(2)
    assert "roles/unparsable/tasks/graph.yml:2: Say nothing: a template does not parse" in ran.output
    assert "Mend the template" in ran.output
    assert account.writes() == []


def test_a_report_that_cannot_be_written_is_told_before_anything_is_done(account: Emulator, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    variables = {**LOCAL, "test_layers": ["parts"]}
    ran = play(account, PROJECT / "converge.yml", inventory="stack,", variables=variables, reports=tmp_path / "file", cwd=PROJECT).check(2)
    assert "report_dir: the report cannot be written" in ran.output
    assert account.writes() == []


def test_a_killed_worker_is_a_failure_and_nothing_hangs(start_emulator: StartEmulator, tmp_path: Path) -> None:
    account = start_emulator(delays="real", time_scale=150)
    variables = {**LOCAL, "test_layers": ["slow"], "taken_file": str(tmp_path / "taken")}
    run = subprocess.Popen(
        command(PROJECT / "converge.yml", inventory="stack,", variables=variables, reports=tmp_path / "reports"),
        cwd=PROJECT,
        env=environment_for(account),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while not any(entry["service"] == "elasticache" for entry in account.writes()):
        assert run.poll() is None
        time.sleep(0.05)
    began = time.monotonic()
    # ansible-playbook forks a process for the task, and that one its workers.
    workers = [worker for process in psutil.Process(run.pid).children() for worker in process.children()]
    assert len(workers) == 2
    for worker in workers:
        worker.kill()
    output, _unused = run.communicate(timeout=60)
    assert time.monotonic() - began < 20
    assert run.returncode == 2, output
    assert output.count("the process that ran the module died (signal 9); run again, nothing is lost") == 4
    assert 'not run, because "Create the cache" failed' in output or 'not run, because "Take a while" failed' in output
