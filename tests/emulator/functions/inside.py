# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""boto3 within the server: its requests reach moto's handlers without a socket, a log or authorization.

What answers requests for REST APIs and distributions reads their configuration so, in the form that AWS documents and not in moto's.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote_to_bytes, urlsplit

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

if TYPE_CHECKING:
    from tests.emulator.dispatch import Dispatcher
    from tests.emulator.http_server import Environ


class _Raw(io.BytesIO):
    """A body as botocore reads one."""

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        """Give the body in one piece."""
        del args, kwargs
        yield self.read()


class Inside:
    """Clients of this server."""

    def __init__(self, dispatcher: Dispatcher, port: int) -> None:
        self._dispatcher = dispatcher
        self._session: Any = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")
        self._session.events.register("before-send.*.*", cast("Any", self._send))
        self._port = port
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service: str, region: str = "us-east-1") -> Any:
        """Return the client of a service."""
        key = (service, region)
        if key not in self._clients:
            # Checksums in trailers need a body that is read from a socket.
            config = Config(request_checksum_calculation="when_required", retries={"max_attempts": 0})
            self._clients[key] = self._session.client(
                service, region_name=region, endpoint_url=f"http://127.0.0.1:{self._port}", config=config
            )
        return self._clients[key]

    def _send(self, request: Any, **unused: Any) -> AWSResponse:
        answer = self._dispatcher.answer(_environ(request, self._port))
        headers: Any = dict(answer.headers)
        return AWSResponse(request.url, answer.status, headers, _Raw(answer.body))


def _environ(request: Any, port: int) -> Environ:
    parts = urlsplit(request.url)
    body = request.body or b""
    content = body if isinstance(body, (bytes, bytearray)) else body.encode() if isinstance(body, str) else body.read()
    environ: Environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
        "QUERY_STRING": parts.query,
        "RAW_URI": parts.path + (f"?{parts.query}" if parts.query else ""),
        "REQUEST_URI": parts.path + (f"?{parts.query}" if parts.query else ""),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(content)),
        "HTTP_HOST": f"127.0.0.1:{port}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(bytes(content)),
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "emulator.body": bytes(content),
        "moto.preserved_header_names": {},
    }
    for name, value in request.headers.items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = text
        elif key not in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
            environ[f"HTTP_{key}"] = text
    return environ
