# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The SSH agent of a run: it works, it is not in the way of one's own, and it ends with the run."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils import _ssh_agent

pytestmark = pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="OpenSSH's client is not installed")

RUN = """
import os, pathlib, sys, time
from ansible_collections.stratum.aws.plugins.plugin_utils import _ssh_agent
socket = _ssh_agent.socket_for_this_run("none", pathlib.Path(sys.argv[1]))
# A worker that outlives the run.
worker = os.fork()
if worker:
    print(socket, worker, flush=True)
time.sleep(60)
"""


def answers(socket: str) -> bool:
    """Return whether an agent without keys answers at the socket."""
    listed = subprocess.run(["ssh-add", "-l"], env={**os.environ, "SSH_AUTH_SOCK": socket}, capture_output=True, timeout=10, check=False)
    return listed.returncode == 1


def test_an_agent_that_is_configured_is_left_in_place(tmp_path: Path) -> None:
    assert _ssh_agent.socket_for_this_run("/run/mine.sock", tmp_path) == "/run/mine.sock"
    assert list(tmp_path.iterdir()) == []


def test_without_the_program_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    assert _ssh_agent.socket_for_this_run("none", tmp_path) == ""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_agent_ends_with_its_run_whatever_ends_that(tmp_path: Path, end: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        socket, worker = run.stdout.readline().split()
        try:
            assert answers(socket)
            run.send_signal(end)
            run.wait(10)
            deadline = time.monotonic() + 15
            while answers(socket):
                assert time.monotonic() < deadline, "the agent outlives its run"
                time.sleep(0.2)
        finally:
            os.kill(int(worker), signal.SIGKILL)
