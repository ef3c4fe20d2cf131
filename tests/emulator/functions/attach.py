# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts `--functions` into the server: what callers from outside of AWS reach, over HTTP and TLS, and what runs functions."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tests.emulator.http_server import Answer, Environ, LoopbackServer
from tests.emulator.options import ACCOUNT_ID

from . import invoke, sdk
from .gateway import Gateway, Request
from .inside import Inside
from .processes import Processes
from .sdk import FunctionsError
from .sites import Distributions

if TYPE_CHECKING:
    from tests.emulator.dispatch import Dispatcher
    from tests.emulator.pipeline import Pipeline

_API_PATH: Final = re.compile(r"/restapis/(?P<api>[a-z0-9]+)/(?P<stage>[\w-]+)/_user_request_(?P<path>/.*)?")
_API_HOST: Final = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_SITE_PATH: Final = re.compile(r"/_cloudfront/(?P<id>[A-Z0-9]+)(?P<path>/.*)?")
_FIRE_PATH: Final = re.compile(r"/_emulator/fire/(?P<region>[a-z0-9-]+)/(?P<rule>[^/]+)")
_COGNITO_HOST: Final = re.compile(r"cognito-idp\.[a-z0-9-]+\.amazonaws\.com")
_CORS: Final = [
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Headers", "*"),
    ("Access-Control-Allow-Methods", "POST,OPTIONS"),
    ("Access-Control-Expose-Headers", "x-amzn-RequestId,x-amzn-ErrorType"),
]
"""Cognito lets pages of every origin call it."""


def prepare() -> None:
    """Make sure that functions can be run. FunctionsError says why not."""
    sdk.modules()


class FrontDoor:
    """Answers what is no call of AWS's own API, and passes on the rest."""

    def __init__(self, pipeline: Callable[[Environ], Answer], inside: Inside, invoker: invoke.Invoker) -> None:
        self._pipeline = pipeline
        self._inside = inside
        self._invoker = invoker
        self._gateway = Gateway(inside, invoker)
        self._sites = Distributions(inside, self._gateway)

    def __call__(self, environ: Environ) -> Answer:
        """Answer one request."""
        path: str = environ["PATH_INFO"]
        host = environ.get("HTTP_HOST", "").partition(":")[0].lower()
        if found := _FIRE_PATH.fullmatch(path):
            return self._fire(found["region"], found["rule"])
        if found := _API_PATH.fullmatch(path):
            region = self._region_of(found["api"])
            return self._gateway.answer(Request(region, found["api"], found["stage"], found["path"] or "/", environ, host=host))
        if found := _API_HOST.fullmatch(host):
            _unused, stage, rest = path.split("/", 2) if path.count("/") > 1 else (*path.split("/", 1), "")
            return self._gateway.answer(Request(found["region"], found["api"], stage, f"/{rest}", environ, host=host))
        if found := _SITE_PATH.fullmatch(path):
            return self._sites.answer(found["id"], found["path"] or "/", environ)
        if host.endswith(".cloudfront.net") or (environ["wsgi.url_scheme"] == "https" and not host.endswith(".amazonaws.com")):
            identifier = self._sites.of_host(host)
            if identifier is not None:
                return self._sites.answer(identifier, path, environ)
            return Answer(404, [("Content-Type", "text/plain")], b"no distribution has this name\n")
        cognito = _COGNITO_HOST.fullmatch(host) or environ.get("HTTP_X_AMZ_TARGET", "").startswith("AWSCognitoIdentityProviderService")
        if environ["REQUEST_METHOD"] == "OPTIONS" and (cognito or "HTTP_ACCESS_CONTROL_REQUEST_METHOD" in environ):
            return Answer(200, list(_CORS), b"")
        answer = self._pipeline(environ)
        return Answer(answer.status, [*answer.headers, *_CORS], answer.body) if cognito else answer

    def _region_of(self, api: str) -> str:
        from moto.apigateway.models import apigateway_backends

        for region, backend in apigateway_backends[ACCOUNT_ID].items():
            if api in backend.apis:
                return str(region)
        return "us-east-1"

    def _fire(self, region: str, name: str) -> Answer:
        """Do what EventBridge does when the time of a rule has come."""
        from moto.events.models import events_backends

        buses = events_backends[ACCOUNT_ID][region].event_buses.values()
        rules = [rule for bus in buses for rule in bus.rules.values() if rule.name == name]
        called = 0
        for rule in rules:
            event = {
                "version": "0",
                "id": "00000000-0000-0000-0000-000000000000",
                "detail-type": "Scheduled Event",
                "source": "aws.events",
                "account": ACCOUNT_ID,
                "time": "2026-01-01T00:00:00Z",
                "region": region,
                "resources": [rule.arn],
                "detail": {},
            }
            called += invoke.call_targets(self._invoker, rule, event)
        body = json.dumps({"called": called}).encode()
        return Answer(200 if called else 404, [("Content-Type", "application/json")], body)


class TlsServer(LoopbackServer):
    """The same application over TLS, at a port of its own."""

    def __init__(self, application: Callable[[Environ], Answer], context: ssl.SSLContext) -> None:
        super().__init__(0, lambda environ: application(environ | {"wsgi.url_scheme": "https"}))
        self._context = context

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Do the handshake in the connection's own thread."""
        with suppress(OSError, ssl.SSLError):
            request.settimeout(30)
            wrapped = self._context.wrap_socket(request, server_side=True)
            super().finish_request(wrapped, client_address)
            wrapped.shutdown(socket.SHUT_RDWR)


def _context(folder: Path) -> ssl.SSLContext:
    from tests.hosts.authority import authority, issue

    names = ["amazonaws.com", "*.cloudfront.net", "*.amazonaws.com", "*.us-west-2.amazonaws.com", "*.execute-api.us-west-2.amazonaws.com"]
    pair = issue(names, authority())
    certificate, key = folder / "tls.crt", folder / "tls.key"
    key.touch(mode=0o600)
    key.write_bytes(pair.key)
    certificate.write_bytes(pair.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


def install(folder: Path, dispatcher: Dispatcher, pipeline: Pipeline, port: int) -> tuple[FrontDoor, Callable[[], None]]:
    """Return what answers requests in the pipeline's place, and what ends the processes of functions."""
    code = folder / "functions"
    shutil.rmtree(code, ignore_errors=True)
    code.mkdir(parents=True)
    # A module that a function imports is looked for in the directories above its code.
    (code / "node_modules").symlink_to(sdk.modules())
    processes = Processes(code)
    inside = Inside(dispatcher, port)
    invoker = invoke.Invoker(processes, dispatcher, port)
    invoke.install(invoker)
    door = FrontDoor(pipeline, inside, invoker)
    server = TlsServer(door, _context(folder))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 60}, daemon=True).start()
    pipeline.on_reset(invoker.forget)
    pipeline.report("tls_port", lambda: server.port)
    return door, processes.clear


__all__ = ["FrontDoor", "FunctionsError", "install", "prepare"]
