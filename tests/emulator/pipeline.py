# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to a request between the socket and moto: faults, validation, log."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable

from .http_server import Answer, DropConnection, Environ
from .request import Call, call_of
from .request_log import RequestLog

Handler = Callable[[Environ], Answer]
Middleware = Callable[[Environ, Handler], Answer]

CONTROL_PREFIX = "/_emulator/"


class Pipeline:
    """The application: control pages, then every AWS request through the middlewares to moto."""

    def __init__(self, dispatch: Handler, middlewares: list[Middleware], log: RequestLog, token: str) -> None:
        handler = dispatch
        for middleware in reversed(middlewares):
            handler = _bind(middleware, handler)
        self._handler = handler
        self._dispatch = dispatch
        self._log = log
        self._token = token
        self._on_reset: list[Callable[[], None]] = []
        self._after: list[Callable[[Call], None]] = []
        self._reports: dict[str, Callable[[], object]] = {}

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when the account is emptied."""
        self._on_reset.append(callback)

    def after(self, callback: Callable[[Call], None]) -> None:
        """Have `callback` called after each request that was answered."""
        self._after.append(callback)

    def report(self, name: str, callback: Callable[[], object]) -> None:
        """Have the control pages' answers carry what `callback` returns under `name`."""
        self._reports[name] = callback

    def __call__(self, environ: Environ) -> Answer:
        """Answer one request."""
        path: str = environ["PATH_INFO"]
        if path.startswith(CONTROL_PREFIX):
            return self._control(path.removeprefix(CONTROL_PREFIX))
        if path.startswith("/moto-api"):
            return self._dispatch(environ)
        started, clock = time.time(), time.perf_counter()
        call = call_of(environ)
        answer: Answer | None = None
        try:
            answer = self._handler(environ)
        except DropConnection:
            raise
        finally:
            self._log.record(call, answer, started, time.perf_counter() - clock)
        for callback in self._after:
            callback(call)
        return answer

    def _control(self, command: str) -> Answer:
        if command == "reset":
            from moto.moto_api._internal.models import moto_api_backend

            moto_api_backend.reset()
            for callback in self._on_reset:
                callback()
            self._log.clear()
        elif command == "flush":
            self._log.flush()
        elif command != "health":
            return Answer(404, [("Content-Type", "text/plain")], b"no such control page\n")
        usage = os.times()
        content = {
            "token": self._token,
            "pid": os.getpid(),
            "processor_seconds": round(usage.user + usage.system, 3),
            **{name: callback() for name, callback in self._reports.items()},
        }
        return Answer(200, [("Content-Type", "application/json")], json.dumps(content).encode())


def _bind(middleware: Middleware, handler: Handler) -> Handler:
    return lambda environ: middleware(environ, handler)
