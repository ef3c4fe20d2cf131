# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts, finds and stops the server process of a named emulator.

Everything about one emulator lies in `.emulator/<name>/`: `options.json` (what it was started
with), `server.json` (process id, port and a token), `server.log` and `requests.jsonl`.
A process id alone proves nothing, since ids are reused: an emulator counts as running when the
port in `server.json` answers with the token in `server.json`.
"""

from __future__ import annotations

import fcntl
import http.client
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from . import nursery
from .options import Options, environment

ROOT: Final = Path(__file__).resolve().parents[2]
START_SECONDS: Final = 120.0
BUSY_SECONDS: Final = 60.0
"""How long a server of ours may take to answer: on a machine that does too much at once, long."""
STOP_SECONDS: Final = 5.0
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class EmulatorError(Exception):
    """Something that the person at the keyboard can do something about."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    name: str
    pid: int
    port: int
    options: Options

    @property
    def environment(self) -> dict[str, str]:
        """The variables for clients."""
        kubeconfig = {"KUBECONFIG": str(folder_of(self.name) / "kubeconfig")} if self.options.kubernetes else {}
        return environment(self.port) | kubeconfig


def folder_of(name: str) -> Path:
    """Return the directory of the emulator `name`."""
    if not _NAME.fullmatch(name):
        raise EmulatorError(f"--name {name!r} is not usable: use letters, digits, dots, hyphens and underscores")
    return ROOT / ".emulator" / name


def control(port: int, command: str, timeout: float = 5.0) -> dict[str, Any] | None:
    """Ask the server for a control page; None when nothing of ours answers there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", f"/_emulator/{command}")
        response = connection.getresponse()
        content = json.loads(response.read()) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return content if isinstance(content, dict) else None


def find(name: str) -> Running | None:
    """Return the running emulator of that name; None when there is none."""
    folder = folder_of(name)
    server = _read(folder / "server.json")
    details = _read(folder / "options.json")
    if server is None or details is None or not _alive(server["pid"]):
        return None
    health = control(server["port"], "health", BUSY_SECONDS if _serves(server["pid"], folder) else 5.0)
    if health is None or health.get("token") != server["token"]:
        return None
    return Running(name, server["pid"], server["port"], Options(**details["options"]))


def start(name: str, asked: dict[str, Any], owner: int | None = None) -> Running:
    """Start the emulator `name` or find it running; `asked` holds the options that were given.

    With an `owner`, a process id, the server ends by itself soon after that process has ended.
    """
    folder = folder_of(name)
    if asked.get("faults"):
        asked = asked | {"faults": str(_checked_faults(asked["faults"]))}
    with _locked(folder):
        running = find(name)
        if running is not None:
            _refuse_other_options(running, asked)
            return running
        _kill_silent(folder)
        options = Options(**asked)
        if options.hosts:
            _prepare_hosts(name)
        if options.kubernetes:
            _prepare_kubernetes(folder)
        if options.functions:
            _prepare_functions()
        return _spawn(name, folder, options, owner)


def _prepare_hosts(name: str) -> None:
    """Make sure that containers can be run, and remove those that a killed emulator of this name left."""
    from tests.hosts.docker import HostsError

    from .hosts import attach

    try:
        for warning in attach.prepare():
            print(f"warning: {warning}", file=sys.stderr)
        attach.remove(name)
    except HostsError as error:
        raise EmulatorError(f"--hosts docker: {str(error).splitlines()[0]}") from error


def _prepare_kubernetes(folder: Path) -> None:
    """Make sure that the control plane is built, and remove what a killed emulator of this name left."""
    from .kubernetes import attach

    try:
        attach.prepare()
    except attach.KubernetesError as error:
        raise EmulatorError(f"--kubernetes: {error}") from error
    attach.remove(folder)


def _prepare_functions() -> None:
    """Make sure that functions can be run."""
    from .functions import sdk

    try:
        sdk.modules()
    except sdk.FunctionsError as error:
        raise EmulatorError(f"--functions: {error}") from error


def _remove_kubernetes(folder: Path) -> None:
    """Remove the files of the clusters of an emulator that has ended, if it had any."""
    details = _read(folder / "options.json")
    if details is not None and details["options"].get("kubernetes"):
        from .kubernetes import attach

        attach.remove(folder)


def _remove_hosts(name: str, folder: Path) -> None:
    """Remove the containers of an emulator that has ended, if it had any."""
    details = _read(folder / "options.json")
    if details is not None and details["options"].get("hosts"):
        from .hosts import attach

        attach.remove(name)


def _checked_faults(path: str) -> Path:
    """Read the faults file here, where the person who asked sees what is wrong with it."""
    from . import faults

    try:
        faults.load(Path(path))
    except faults.FaultsError as error:
        raise EmulatorError(str(error)) from error
    return Path(path).resolve()


def _refuse_other_options(running: Running, asked: dict[str, Any]) -> None:
    has = asdict(running.options) | {"port": running.port}
    differ = [
        f"--{key.replace('_', '-')} {has[key]} instead of {value}"
        for key, value in asked.items()
        if has[key] != value and not (key == "port" and value == 0)
    ]
    if differ:
        raise EmulatorError(
            f"the emulator {running.name!r} is running with {', '.join(differ)}; stop it first "
            f"(python -m tests.emulator stop --name {running.name}) or choose another --name"
        )


def _spawn(name: str, folder: Path, options: Options, owner: int | None) -> Running:
    token = secrets.token_hex(16)
    last = _read(folder / "server.json") or {}
    details: dict[str, Any] = {"options": asdict(options), "token": token, "owner": owner}
    if not options.port and _free(last.get("port", 0)):
        # A shell that has read the exports of the last one stays right.
        details["last_port"] = last["port"]
    (folder / "options.json").write_text(json.dumps(details), encoding="utf-8")
    (folder / "server.json").unlink(missing_ok=True)
    (folder / "requests.jsonl").unlink(missing_ok=True)
    variables = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    pid = nursery.spawn(folder, variables) or _execute(folder, variables)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        server = _read(folder / "server.json")
        if server is not None and server["token"] == token:
            return Running(name, pid, server["port"], options)
        if not _alive(pid):
            log = folder / "server.log"
            tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])
            raise EmulatorError(f"the emulator {name!r} ended while starting; {log} says:\n{tail}")
        time.sleep(0.02)
    os.kill(pid, signal.SIGKILL)
    raise EmulatorError(f"the emulator {name!r} was not ready after {START_SECONDS:.0f} s; see {folder / 'server.log'}")


def _execute(folder: Path, variables: dict[str, str]) -> int:
    """Start a server for `folder` in an interpreter of its own and return its process id."""
    with (folder / "server.log").open("wb") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.emulator.server", str(folder)],
            cwd=ROOT,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ).pid


def stop(name: str) -> bool:
    """Stop the emulator `name`; False when it was not running."""
    folder = folder_of(name)
    if not folder.is_dir():
        return False
    with _locked(folder):
        running = find(name)
        if running is None:
            killed = _kill_silent(folder)
            _remove_hosts(name, folder)
            _remove_kubernetes(folder)
            return killed
        _end(running.pid)
        _remove_hosts(name, folder)
        _remove_kubernetes(folder)
        # The main thread can be gone while others still hold the socket for a moment.
        deadline = time.monotonic() + 1
        while not _free(running.port) and time.monotonic() < deadline:
            time.sleep(0.01)
        return True


def forget(name: str) -> None:
    """Delete the state of a stopped emulator."""
    shutil.rmtree(folder_of(name), ignore_errors=True)


def _kill_silent(folder: Path) -> bool:
    """End a server of this folder that no longer answers, if its output proves it is ours."""
    server = _read(folder / "server.json")
    if server is None:
        return False
    if _serves(server["pid"], folder):
        _end(server["pid"])
        return True
    return False


def _serves(pid: int, folder: Path) -> bool:
    """Tell whether the output of a process, which goes to the log of this folder, proves that it is its server.

    The command line of a server that was forked is that of its nursery.
    """
    with suppress(OSError):
        return Path(f"/proc/{pid}/fd/1").readlink() == folder / "server.log"
    return False


def _end(pid: int) -> None:
    for number, patience in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not _alive(pid):
                return
            time.sleep(0.01)
    raise EmulatorError(f"process {pid} of the emulator does not end")


def _alive(pid: int) -> bool:
    with suppress(ChildProcessError, OSError):
        # Our own child stays a zombie until it is waited for; anyone else's raises here.
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        # The main thread can have ended while others still hold the socket: the state is the former's, the count everybody's.
        state, threads = fields[0], int(fields[17])
        return state != "Z" or threads > 1
    return True


def _free(port: int) -> bool:
    if not port:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let only one command at a time start or stop this emulator."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
