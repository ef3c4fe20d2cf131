# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small web application: it answers its health path, and says on every other path what it knows of the request.

STAGE_NAME, STAGE_VERSION, STAGE_PORT, STAGE_HEALTH and STAGE_FAULT (exit, unhealthy) come with the image;
START_DELAY (seconds until it listens) can be set by whoever runs it.
SIGTERM lets the requests under way end, for at most 20 seconds, as an application server does.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from urllib.parse import parse_qs, urlsplit

NAME = os.environ.get("STAGE_NAME", "service")
VERSION = os.environ.get("STAGE_VERSION", "0")
HEALTH = os.environ.get("STAGE_HEALTH", "/health")
FAULT = os.environ.get("STAGE_FAULT", "")


def log(message: str, **more: str) -> None:
    """Write a line for whoever collects the container's output."""
    sys.stdout.write(json.dumps({"service": NAME, "version": VERSION, "message": message} | more) + "\n")
    sys.stdout.flush()


class Handler(BaseHTTPRequestHandler):
    """Answers everything with JSON; `/slow?seconds=N` takes its time."""

    server_version = f"{NAME}/{VERSION}"

    def do_GET(self) -> None:
        """Answer the health path or echo the request."""
        parts = urlsplit(self.path)
        if parts.path == HEALTH:
            self._answer(503 if FAULT == "unhealthy" else 200, {"status": "DOWN" if FAULT == "unhealthy" else "UP"})
            return
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if parts.path == "/slow":
            time.sleep(float(parse_qs(parts.query).get("seconds", ["1"])[0]))
        self._answer(200, self._echo(body))

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def do_PUT(self) -> None:
        self.do_GET()

    def do_PATCH(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def _echo(self, body: bytes) -> dict[str, object]:
        # A test must see that a secret has come, and a secret must not leave: hence hashes of all values.
        hashes = {key: hashlib.sha256(value.encode()).hexdigest() for key, value in sorted(os.environ.items())}
        return {
            "name": NAME,
            "version": VERSION,
            "host": os.uname().nodename,
            "method": self.command,
            "path": self.path,
            "headers": dict(self.headers.items()),
            "body_bytes": len(body),
            "environment": hashes,
        }

    def _answer(self, status: int, content: dict[str, object]) -> None:
        body = json.dumps(content).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:
        """One line per request on stdout, as JSON."""
        log(format % values, client=str(self.client_address[0]))


class Server(ThreadingHTTPServer):
    """Waits for its requests when it closes."""

    daemon_threads = False
    block_on_close = True
    request_queue_size = 128


def main() -> None:
    """Serve until SIGTERM."""
    if FAULT == "exit":
        sys.exit(f"{NAME} {VERSION}: cannot start: this version is broken")
    asked = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        asked.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    if asked.wait(float(os.environ.get("START_DELAY") or 0)):
        return
    server = Server(("", int(os.environ.get("STAGE_PORT", "8080"))), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    log("started")
    asked.wait()
    server.shutdown()
    threading.Timer(20, os._exit, (0,)).start()
    server.server_close()
    log("stopped")
    os._exit(0)


if __name__ == "__main__":
    main()
