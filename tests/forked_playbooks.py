# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs `ansible-playbook` in forks of a process that has imported Ansible: a test run starts a thousand, and each imports for 0.6 s.

The fork gets arguments, environment, output and a session of its own, and goes through Ansible's own command line from its first
line on. What Ansible reads while it is imported (`ANSIBLE_*`, `ansible.cfg` of the working directory, the home directory) must be what
the process was started with; a run that wants something else is started by itself.

`python -m tests.forked_playbooks SOCKET` is that process; `run` starts one for each process that runs tests, when it is first asked.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

import psutil

ROOT: Final = Path(__file__).resolve().parents[1]
_READ_BY_IMPORTS: Final = ("ANSIBLE_", "_ANSIBLE_", "PYTHON", "LANG", "LC_", "HOME", "TERM", "NO_COLOR", "VIRTUAL_ENV")
_IMPORTED: Final = ("ansible.cli.playbook", "boto3", "botocore.client", "botocore.httpsession", "botocore.session", "cryptography.fernet")
# Ansible keeps no bytecode of collections: it compiles what it imports of them in every run.
_IMPORTED_OF_COLLECTIONS: Final = (
    "ansible_collections.amazon.aws.plugins.module_utils.modules",
    "ansible_collections.stratum.aws.plugins.plugin_utils.verbs._verbs",
)
_START_SECONDS: Final = 60.0
_lock = threading.Lock()
_started: dict[int, _Nest] = {}


class _Nest:
    """The process to fork from, as its user sees it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._directory = tempfile.mkdtemp(prefix="playbooks-")
        self._address = str(Path(self._directory) / "socket")
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, self._address],
            cwd=ROOT,
            env={name: value for name, value in environment.items() if not name.startswith("AWS_")},
            stdin=subprocess.PIPE,  # it ends with whoever holds the other side
            stdout=subprocess.DEVNULL,
        )
        atexit.register(self._end)
        until = time.monotonic() + _START_SECONDS
        while not Path(self._address).exists():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the process that playbooks are forked from did not start")
            time.sleep(0.02)

    def run(self, arguments: Sequence[str], environment: Mapping[str, str], timeout: float) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryFile() as output, socket.socket(socket.AF_UNIX) as connection:
            connection.connect(self._address)
            connection.settimeout(timeout)
            request = json.dumps({"arguments": list(arguments), "environment": dict(environment)}).encode()
            socket.send_fds(connection, [len(request).to_bytes(8, "big")], [output.fileno()])
            connection.sendall(request)
            try:
                answer = connection.recv(16)
            except TimeoutError:
                # Closing the connection ends the run.
                raise subprocess.TimeoutExpired(list(arguments), timeout, _text(output)) from None
            if not answer:
                raise RuntimeError(f"the fork that ran {arguments} is gone:\n{_text(output)}")
            return subprocess.CompletedProcess(list(arguments), int(answer), _text(output))

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._directory, ignore_errors=True)


def run(
    arguments: Sequence[str], environment: Mapping[str, str], usual: Mapping[str, str], timeout: float
) -> subprocess.CompletedProcess[str] | None:
    """Run `ansible-playbook` with these arguments in the checkout; None when what its imports read is not as in the `usual` environment.

    Raises subprocess.TimeoutExpired after `timeout` seconds, when the run has been killed.
    """
    if _read_by_imports(environment) != _read_by_imports(usual):
        return None
    with _lock:
        # A fork of whoever runs the tests has none yet.
        if os.getpid() not in _started:
            _started[os.getpid()] = _Nest(usual)
    return _started[os.getpid()].run(arguments, environment, timeout)


def _read_by_imports(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_BY_IMPORTS)}


def _text(output: Any) -> str:
    output.seek(0)
    return str(output.read().decode("utf-8", "replace"))


def serve(address: str) -> None:
    """Fork a keeper for every connection, until standard input ends."""
    for name in _IMPORTED:
        importlib.import_module(name)
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader()
    for name in _IMPORTED_OF_COLLECTIONS:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.socket(socket.AF_UNIX)
    server.bind(f"{address}.new")
    server.listen(64)
    Path(f"{address}.new").rename(address)
    # No thread is in here: it forks.
    while 0 not in select.select([0, server.fileno()], [], [])[0]:
        connection, _unused = server.accept()
        if os.fork() == 0:
            server.close()
            _keep(connection)
        connection.close()


def _keep(connection: socket.socket) -> NoReturn:
    """Run one playbook in a child, say how it ended, and kill it when nobody waits for it any more."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, descriptors, _flags, _unused = socket.recv_fds(connection, 8, 1)
    request = b""
    while len(request) < int.from_bytes(length, "big"):
        request += connection.recv(65536)
    asked = json.loads(request)
    child = os.fork()
    if child == 0:
        connection.close()
        _be_playbook(asked["arguments"], asked["environment"], descriptors[0])
    ended = os.pidfd_open(child)
    if ended not in select.select([connection.fileno(), ended], [], [])[0]:
        # Ansible gives its workers sessions of their own.
        main = psutil.Process(child)
        for process in [main, *main.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with contextlib.suppress(OSError):
        connection.sendall(str(code).encode())
    os._exit(0)


def _be_playbook(arguments: Sequence[str], environment: Mapping[str, str], output: int) -> NoReturn:
    os.setsid()
    # What imports left for the end belongs to the process that was forked from.
    atexit._clear()
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    sys.stdin = os.fdopen(0, closefd=False)
    # Unbuffered, as with PYTHONUNBUFFERED: workers that Ansible forks must not write again what waits in a buffer.
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.FileIO(number, "w", closefd=False), "utf-8", write_through=True) for number in (1, 2))
    sys.argv = ["ansible-playbook", *arguments]
    # Said of what was imported above.
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    code: Any = 1
    try:
        from ansible import constants
        from ansible.cli.playbook import main

        constants.DEFAULT_LOCAL_TMP = constants.config.get_config_value("DEFAULT_LOCAL_TMP", variables=vars(constants))
        main(sys.argv)
    except SystemExit as end:
        code = 0 if end.code is None else end.code
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))


if __name__ == "__main__":
    serve(sys.argv[1])
