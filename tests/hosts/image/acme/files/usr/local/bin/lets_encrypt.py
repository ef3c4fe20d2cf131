# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers under Let's Encrypt's names as Let's Encrypt does: on port 443, with the directory at /directory. The authority is pebble."""

from __future__ import annotations

import http.client
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATHS = {"/directory": "/dir"}
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


class Front(BaseHTTPRequestHandler):
    """Hands a request on with the name that the client used, of which pebble makes the addresses in its answers."""

    protocol_version = "HTTP/1.1"

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        pebble = http.client.HTTPSConnection("127.0.0.1", 14000, timeout=60, context=ssl._create_unverified_context())
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        pebble.request(self.command, PATHS.get(self.path, self.path), body or None, headers)
        answer = pebble.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in HOP_BY_HOP | {"content-length", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        pebble.close()

    def do_GET(self) -> None:
        self._pass()

    def do_HEAD(self) -> None:
        self._pass()

    def do_POST(self) -> None:
        self._pass()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("", 443), Front)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/etc/stage/acme.crt", "/etc/stage/acme.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
