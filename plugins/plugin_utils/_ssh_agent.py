# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An SSH agent of the run's own, so that a private key from Secrets Manager is never written to a file.

ansible-core can start one itself (`SSH_AGENT=auto`), but for every run, needed or not, and it lives on with its keys
when the run is killed. This one is started when there is a host to log in to, and ends with the run, whatever ends that.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

_SETTING: Final = "ANSIBLE_SSH_AGENT"
_PATIENCE: Final = 5.0  # seconds
# Kept, so that the pipe is closed by nothing but the end of this process.
_started: list[subprocess.Popen[bytes]] = []


def socket_for_this_run(configured: str, directory: Path) -> str:
    """Return the socket of the agent that ansible-core is set to use; of a new one if it is set to use none. Empty when there can be none.

    `configured` is the setting SSH_AGENT, which this changes for the rest of the run.
    """
    if configured != "none":
        return configured
    program = shutil.which("ssh-agent")
    if program is None:
        return ""
    place = directory / "ssh_agent"
    place.mkdir(mode=0o700, exist_ok=True)
    path = place / "agent.sock"
    # An agent that is given a command ends with it (it looks every ten seconds), and the command ends when the pipe does.
    # A signal at the parent's death would do it at once, but the kernel takes that from ssh-agent, which is setgid.
    agent = subprocess.Popen(
        [program, "-a", str(path), "cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    if agent.stdin:
        # A worker of Ansible may outlive a run that is killed; it must not hold the pipe open.
        os.register_at_fork(after_in_child=agent.stdin.close)
    _started.append(agent)
    end = time.monotonic() + _PATIENCE
    while not _answers(path):
        if time.monotonic() > end or agent.poll() is not None:
            return ""
        time.sleep(0.01)
    os.environ[_SETTING] = str(path)
    return str(path)


def _answers(path: Path) -> bool:
    """Return whether somebody listens: the file is there a moment earlier."""
    with socket.socket(socket.AF_UNIX) as caller:
        try:
            caller.connect(str(path))
        except OSError:
            return False
    return True
