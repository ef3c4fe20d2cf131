# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The processes that run functions: one per call at a time, kept warm for the next call of the same version."""

from __future__ import annotations

import hashlib
import io
import json
import os
import selectors
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

MARK: Final = b"\0result "
INIT_SECONDS: Final = 120.0
"""How long a process may take to load the code. Lambda allows ten seconds, but a test machine may be busy."""
WARM: Final = 1
"""How many idle processes of one version are kept."""
WARM_IN_ALL: Final = 4
_HERE: Final = Path(__file__).parent


@dataclass(frozen=True)
class Program:
    """What is run: code, and how."""

    code: bytes
    runtime: str
    handler: str
    environment: Mapping[str, str]
    """Everything, credentials among it."""

    @property
    def identity(self) -> str:
        """The same for calls that one process may answer; every process has credentials of its own."""
        own = {key: value for key, value in self.environment.items() if key not in CREDENTIALS}
        text = json.dumps([self.runtime, self.handler, own], sort_keys=True).encode()
        return hashlib.sha256(self.code + text).hexdigest()


CREDENTIALS: Final = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")


@dataclass
class Outcome:
    """What became of a call."""

    payload: bytes
    error: str = ""
    """`Unhandled` when the function failed."""
    lines: list[str] = field(default_factory=list)
    """What it logged."""
    milliseconds: float = 0.0


class RuntimeMissing(Exception):
    """There is no such runtime here."""


class Processes:
    """All processes of an emulator."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._idle: dict[str, list[_Process]] = {}
        self._lock = threading.Lock()

    def run(self, program: Program, event: Any, context: Mapping[str, Any], seconds: float) -> Outcome:
        """Run a call in an idle process or a new one."""
        identity = program.identity
        with self._lock:
            waiting = self._idle.get(identity, [])
            process = waiting.pop() if waiting else None
        if process is None:
            process = _Process(program, self._unpacked(program.code))
        outcome = process.call({"event": event, "context": context, "milliseconds": seconds * 1000}, seconds)
        self._keep(identity, process)
        return outcome

    def _keep(self, identity: str, process: _Process) -> None:
        extra: list[_Process] = [process]
        with self._lock:
            waiting = self._idle.setdefault(identity, [])
            if process.alive and len(waiting) < WARM:
                waiting.append(process)
                extra = []
                while sum(len(each) for each in self._idle.values()) > WARM_IN_ALL:
                    oldest = next(key for key, each in self._idle.items() if each and key != identity)
                    extra += self._idle.pop(oldest)
        for each in extra:
            each.end()

    def _unpacked(self, code: bytes) -> Path:
        target = self._folder / hashlib.sha256(code).hexdigest()[:16]
        with self._lock:
            if not target.is_dir():
                temporary = target.with_suffix(f".{os.getpid()}")
                with zipfile.ZipFile(io.BytesIO(code)) as archive:
                    archive.extractall(temporary)
                temporary.replace(target)
        return target

    def clear(self) -> None:
        """End every process."""
        with self._lock:
            processes = [each for waiting in self._idle.values() for each in waiting]
            self._idle.clear()
        for each in processes:
            each.end()


class _Process:
    """One process that answers one call at a time."""

    def __init__(self, program: Program, folder: Path) -> None:
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": "/tmp",
            "TZ": ":UTC",
            "LANG": "en_US.UTF-8",
            "LAMBDA_TASK_ROOT": str(folder),
            "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",
            "_HANDLER": program.handler,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{program.runtime}",
            **program.environment,
        }
        self._process = subprocess.Popen(
            _command(program.runtime),
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._rest = b""
        self._warm = False

    @property
    def alive(self) -> bool:
        """Whether it can answer another call."""
        return self._process.poll() is None

    def call(self, document: Mapping[str, Any], seconds: float) -> Outcome:
        """Answer one call; a process that does not in time is ended."""
        assert self._process.stdin is not None
        began = time.monotonic()
        lines: list[str] = []
        try:
            self._process.stdin.write(json.dumps(document).encode() + b"\n")
            self._process.stdin.flush()
            answer = self._read(lines, began + seconds + (0 if self._warm else INIT_SECONDS))
        except OSError:
            answer = None
        spent = (time.monotonic() - began) * 1000
        self._warm = True
        if answer is not None:
            if "error" in answer:
                return Outcome(json.dumps(answer["error"]).encode(), "Unhandled", lines, spent)
            return Outcome(json.dumps(answer["result"]).encode(), "", lines, spent)
        ended = not self.alive
        self.end()
        request = document["context"]["awsRequestId"]
        if ended:
            text = f"RequestId: {request} Error: Runtime exited with error: exit status {self._process.returncode}"
            return Outcome(json.dumps({"errorType": "Runtime.ExitError", "errorMessage": text}).encode(), "Unhandled", lines, spent)
        text = f"{time.strftime('%Y-%m-%dT%H:%M:%S.000Z', time.gmtime())} {request} Task timed out after {seconds:.2f} seconds"
        return Outcome(json.dumps({"errorMessage": text}).encode(), "Unhandled", [*lines, text], spent)

    def _read(self, lines: list[str], deadline: float) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while True:
                line, separator, rest = self._rest.partition(b"\n")
                if separator:
                    self._rest = rest
                    before, mark, result = line.partition(MARK)
                    if before or not mark:
                        lines.append(before.decode("utf-8", "replace"))
                    if mark:
                        found: dict[str, Any] = json.loads(result)
                        return found
                    continue
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return None
                chunk = os.read(self._process.stdout.fileno(), 65536)
                if not chunk:
                    self._process.wait()
                    return None
                self._rest += chunk

    def end(self) -> None:
        """End the process."""
        with suppress(OSError):
            os.killpg(self._process.pid, 9)
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _command(runtime: str) -> list[str]:
    if runtime.startswith("nodejs"):
        return ["node", str(_HERE / "bootstrap.mjs")]
    if runtime.startswith("python"):
        return [sys.executable, "-u", str(_HERE / "bootstrap.py")]
    raise RuntimeMissing(f"the emulator runs functions of Node.js and Python, not of {runtime}")
