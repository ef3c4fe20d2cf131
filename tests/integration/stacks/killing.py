# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kills a run at an exact moment: a gate between it and its account lets writes through up to a chosen one, and holds its answer.

A run that is killed while the answer is held has made that write and can have made none after it, so a moment is the same
in every test run; a clock, or a request log that is looked at every now and then, would hit one somewhere near.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import subprocess
import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import psutil

from tests.emulator.fixtures import Emulator
from tests.emulator.http_server import Answer, DropConnection, Environ, LoopbackServer
from tests.emulator.request import identify
from tests.playbooks import ROOT, command, environment_for

_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding"})
_PATIENCE_SECONDS: Final = 120.0


class Moment:
    """A write of a run: the `number`th of those that `among` names ("ec2 CreateVpc"; None: any but the lock's)."""

    def __init__(self, number: int = 1, among: Collection[str] | None = None) -> None:
        self.number = number
        self.among = among
        self._seen = 0

    def is_now(self, write: str, about_the_lock: bool) -> bool:
        """Count a write and return whether it is the one."""
        if not about_the_lock if self.among is None else write in self.among:
            self._seen += 1
            return self._seen == self.number
        return False


class _Hold:
    """What the writes wait for that came too late: to be let through after all, or to be forgotten."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._through = False

    def end(self, *, through: bool) -> None:
        """Let them go on, or drop them; what was said first counts."""
        if not self._ended.is_set():
            self._through = through
            self._ended.set()

    def wait(self) -> None:
        """Return when the write may go on; raise DropConnection when it may not."""
        self._ended.wait()
        if not self._through:
            raise DropConnection


class Gate:
    """An address that leads to an account; `writes` are those that came through, in order, without the lock's.

    Reads always pass, and so do the writes of the lock.
    """

    def __init__(self, account: Emulator) -> None:
        self.writes: list[str] = []
        self.reached = threading.Event()
        self._moment: Moment | None = None
        self._hold = _Hold()
        self._lock = threading.Lock()
        self._target = urlsplit(account.endpoint_url)
        self._local = threading.local()
        self._server = LoopbackServer(0, self._answer)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where the run sends its requests."""
        return f"http://127.0.0.1:{self._server.port}"

    def close_after(self, moment: Moment | None) -> None:
        """Let the writes of the next run through up to this one (None: all), and none of the run before."""
        with self._lock:
            self._hold.end(through=False)
            self._hold = _Hold()
            self._moment = moment
            self.reached.clear()
            self.writes = []

    def open(self) -> None:
        """Let everything through, also what was held."""
        with self._lock:
            self._hold.end(through=True)
            self._moment = None
            self.reached.clear()

    def end(self) -> None:
        """Let nothing through any more."""
        self._hold.end(through=False)
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: Environ) -> Answer:
        call = identify(environ)
        if not call.is_write:
            return self._forwarded(environ)
        write = f"{call.service} {call.operation}"
        about_the_lock = call.service == "ssm" and str(call.parameters.get("Name")).startswith("/stratum/")
        answer = None
        with self._lock:
            hold, late = self._hold, self.reached.is_set()
            if not late and not about_the_lock:
                self.writes.append(write)
            if not late and self._moment is not None and self._moment.is_now(write, about_the_lock):
                # In here, so that no write that comes after it can be made before it.
                answer = self._forwarded(environ)
                self.reached.set()
        if answer is not None:
            hold.wait()
            return answer
        if late and not about_the_lock:
            hold.wait()
            with self._lock:
                self.writes.append(write)
        return self._forwarded(environ)

    def _forwarded(self, environ: Environ) -> Answer:
        headers = {key[5:].replace("_", "-").title(): str(value) for key, value in environ.items() if key.startswith("HTTP_")}
        if "CONTENT_TYPE" in environ:
            headers["Content-Type"] = environ["CONTENT_TYPE"]
        headers.pop("Expect", None)
        headers["Connection"] = "keep-alive"
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = http.client.HTTPConnection(str(self._target.hostname), self._target.port, timeout=60)
        try:
            connection.request(environ["REQUEST_METHOD"], environ["RAW_URI"], environ["emulator.body"], headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._local.connection = None
            raise DropConnection from error
        return Answer(answer.status, [pair for pair in answer.getheaders() if pair[0].lower() not in _HOP_BY_HOP], body)


class Run:
    """A playbook in processes of its own, with `AWS_ENDPOINT_URL` leading through a gate."""

    def __init__(
        self,
        account: Emulator,
        gate: Gate,
        playbook: Path | str,
        *arguments: str,
        inventory: str,
        reports: Path,
        variables: Mapping[str, Any] | None = None,
        cwd: Path = ROOT,
    ) -> None:
        self.log = reports.with_suffix(".log")
        with self.log.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                command(playbook, *arguments, inventory=inventory, variables=variables or {}, reports=reports),
                cwd=cwd,
                env={**environment_for(account), "AWS_ENDPOINT_URL": gate.url},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.gate = gate
        self.reports = reports

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(encoding="utf-8")

    def reach(self) -> bool:
        """Wait for the gate's moment; False when the run came to its end before."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self.gate.reached.wait(0.05):
            if self.process.poll() is not None:
                return False
            assert time.monotonic() < until, f"the moment did not come:\n{self.output}"
        return True

    def kill(self) -> None:
        """Kill -9 every process of it at once."""
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def kill_main(self) -> None:
        """Kill -9 `ansible-playbook` alone, let pending answers come, and wait until everything else has ended by itself."""
        others = [pid for pid in self.processes() if pid != self.process.pid]
        assert others, "there is nothing but the main process"
        self.process.kill()
        self.process.wait()
        self.gate.open()
        until = time.monotonic() + _PATIENCE_SECONDS
        while any(_alive(pid) for pid in others):
            assert time.monotonic() < until, f"the engine outlives ansible-playbook:\n{self.output}"
            time.sleep(0.05)

    def end(self, code: int = 0) -> str:
        """Wait for the end, which must have this exit code, and return the output."""
        ended = self.process.wait(_PATIENCE_SECONDS)
        assert ended == code, f"exit code {ended} instead of {code}:\n{self.output}"
        return self.output

    def processes(self) -> list[int]:
        """Return the ids of the process and of all that descend from it, parents first."""
        main = psutil.Process(self.process.pid)
        return [main.pid, *(process.pid for process in main.children(recursive=True))]


def _alive(pid: int) -> bool:
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False
