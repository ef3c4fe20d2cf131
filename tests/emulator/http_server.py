# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP/1.1 server on the loopback interface.

Werkzeug's development server closes the connection after every answer and parses headers with
the email package; together that costs more processor time than most of the emulator's answers.
This one keeps connections open, has a thread per connection, and can drop a connection on demand.
A request reaches the application as a WSGI environment, since that is what moto's classes read.
"""

from __future__ import annotations

import socket
import socketserver
import sys
import traceback
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from typing import Any, BinaryIO, Final, NamedTuple
from urllib.parse import unquote_to_bytes

Environ = dict[str, Any]
WsgiApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

IDLE_SECONDS: Final = 300.0
"""How long an open connection may stay silent; botocore's pool outlives most playbooks' pauses."""

MAX_HEADER_BYTES: Final = 65536
LOOPBACK: Final = "127.0.0.1"
_REASONS: Final = {status.value: status.phrase for status in HTTPStatus}


class Answer(NamedTuple):
    """An HTTP answer: status code, headers and the whole body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


Application = Callable[[Environ], Answer]


class DropConnection(Exception):
    """Raised by the application to end the connection without an answer."""


class _BadRequest(Exception):
    """The bytes on the connection are not an HTTP request."""


class _Connection(socketserver.BaseRequestHandler):
    """One client connection: reads requests and writes answers until either side is done."""

    server: LoopbackServer

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.request.settimeout(IDLE_SECONDS)
        with self.request.makefile("rb", buffering=65536) as reader:
            try:
                while self._serve_one(reader):
                    pass
            except (DropConnection, ConnectionError, TimeoutError):
                return
            except _BadRequest as error:
                body = f"{error}\n".encode()
                self._write(400, [("Content-Length", str(len(body)))], body, True)

    def _serve_one(self, reader: BinaryIO) -> bool:
        """Answer one request; the result tells whether the connection stays open."""
        line = reader.readline(MAX_HEADER_BYTES)
        if line in (b"\r\n", b"\n"):
            line = reader.readline(MAX_HEADER_BYTES)
        if not line:
            return False
        parts = line.decode("latin-1").split()
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise _BadRequest("not an HTTP/1.x request line")
        method, target, version = parts
        headers = self._read_headers(reader)
        lowered = {name.lower(): value for name, value in headers}
        if lowered.get("expect", "").lower() == "100-continue":
            self.request.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._read_body(reader, lowered)
        environ = self._environ(method, target, version, headers, body)
        connection = lowered.get("connection", "").lower()
        close = connection == "close" or (version == "HTTP/1.0" and connection != "keep-alive")

        try:
            status, answer_headers, answer = self.server.application(environ)
        except DropConnection:
            raise
        except Exception:
            traceback.print_exc()
            status, answer_headers, answer = 500, [], b"the emulator failed; see its log\n"
        if not any(name.lower() == "content-length" for name, _unused in answer_headers):
            answer_headers.append(("Content-Length", str(len(answer))))
        without_body = method == "HEAD" or status in (204, 304)
        self._write(status, answer_headers, b"" if without_body else answer, close)
        return not close

    @staticmethod
    def _read_headers(reader: BinaryIO) -> list[tuple[str, str]]:
        headers: list[tuple[str, str]] = []
        size = 0
        while True:
            line = reader.readline(MAX_HEADER_BYTES)
            size += len(line)
            if line in (b"\r\n", b"\n"):
                return headers
            if not line or size > MAX_HEADER_BYTES:
                raise _BadRequest("headers end early or are too long")
            name, separator, value = line.decode("latin-1").partition(":")
            if not separator:
                raise _BadRequest("a header has no colon")
            headers.append((name.strip(), value.strip()))

    @staticmethod
    def _read_body(reader: BinaryIO, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            chunks = []
            while size := int(reader.readline(MAX_HEADER_BYTES).split(b";")[0] or b"0", 16):
                chunks.append(reader.read(size))
                reader.readline(MAX_HEADER_BYTES)
            while reader.readline(MAX_HEADER_BYTES) not in (b"\r\n", b"\n", b""):
                pass
            return b"".join(chunks)
        length = int(headers.get("content-length") or 0)
        body = reader.read(length) if length else b""
        if len(body) != length:
            raise ConnectionError("the client went away in the middle of a request")
        return body

    def _environ(self, method: str, target: str, version: str, headers: list[tuple[str, str]], body: bytes) -> Environ:
        path, _unused, query = target.partition("?")
        if "://" in path:
            path = "/" + path.split("://", 1)[1].partition("/")[2]
        host, port = self.server.server_address[:2]
        environ: Environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": target,
            "REQUEST_URI": target,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": version,
            "REMOTE_ADDR": self.client_address[0],
            "REMOTE_PORT": self.client_address[1],
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "emulator.body": body,
        }
        spelled: dict[str, str] = {}
        for name, value in headers:
            key = name.upper().replace("-", "_")
            if key == "CONTENT_TYPE":
                environ[key] = value
            elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
                key = f"HTTP_{key}"
                environ[key] = f"{environ[key]},{value}" if key in environ else value
                if "_" in name:
                    spelled[key] = name
        # S3 tells metadata keys `a_b` and `a-b` apart, WSGI does not: moto looks here for the name.
        environ["moto.preserved_header_names"] = spelled
        return environ

    def _write(self, status: int, headers: list[tuple[str, str]], body: bytes, close: bool) -> None:
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in headers]
        lines.append("Connection: close" if close else "Connection: keep-alive")
        head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
        self.request.sendall(head + body)


def run_wsgi(application: WsgiApplication, environ: Environ) -> Answer:
    """Call a WSGI application and collect its whole answer."""
    started: list[Any] = ["500 Internal Server Error", []]

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        del exc_info
        started[:] = [status, list(headers)]

    answer = application(environ, start_response)
    try:
        body = b"".join(answer)
    finally:
        close = getattr(answer, "close", None)
        if close is not None:
            close()
    return Answer(int(started[0].split()[0]), started[1], body)


class LoopbackServer(socketserver.ThreadingTCPServer):
    """Serves `application` at 127.0.0.1; port 0 takes any free one."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, application: Application) -> None:
        self.application = application
        super().__init__((LOOPBACK, port), _Connection)

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Write the traceback to the server's log and carry on."""
        del request, client_address
        traceback.print_exc()
