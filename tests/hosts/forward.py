# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Carries connections from a stage's bridge to its emulator, which listens on loopback only.

`python -m tests.hosts.forward STATE` runs until the file STATE is gone. The emulator's port is looked up
anew for each connection, so that the emulator may be started, stopped and started again meanwhile.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from .docker import ROOT, HostsError

PORT: Final = 4566
START_SECONDS: Final = 10.0


def start(state: Path, bind: str, log: Path) -> int:
    """Start the process for a stage; return its id once it listens."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.hosts.forward", str(state), bind],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), socket.create_connection((bind, PORT), timeout=1):
            return process.pid
        time.sleep(0.02)
    process.kill()
    raise HostsError(f"the way to the emulator cannot be opened on {bind}:{PORT}; {log} says why")


def stop(pid: int) -> None:
    """End the process of a stage, if that id is still one."""
    with suppress(OSError):
        if b"tests.hosts.forward" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, 15)
            with suppress(ChildProcessError):
                os.waitpid(pid, 0)


def emulator_port(state: Path) -> int | None:
    """Return the port of the emulator that the stage is tied to; None when there is none."""
    with suppress(OSError, ValueError, KeyError):
        name = json.loads(state.read_text(encoding="utf-8"))["emulator"]
        if name:
            server = json.loads((ROOT / ".emulator" / name / "server.json").read_text(encoding="utf-8"))
            return int(server["port"])
    return None


def main(state: Path, bind: str) -> None:
    """Serve until the state is gone."""
    listener = socket.create_server((bind, PORT), backlog=128)
    listener.settimeout(1)
    while state.exists():
        with suppress(TimeoutError):
            client, _address = listener.accept()
            threading.Thread(target=_relay, args=(client, state), daemon=True).start()


def _relay(client: socket.socket, state: Path) -> None:
    with client, suppress(OSError):
        port = emulator_port(state)
        if port is None:
            return
        with socket.create_connection(("127.0.0.1", port), timeout=5) as server:
            client.settimeout(None)
            server.settimeout(None)
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)
            back.join()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
