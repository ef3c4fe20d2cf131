# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends TLS for every name of AWS and hands the bytes to the emulator, unless the service is cut off.

Names of buckets in which AWS itself has files for everybody are answered here (downloads.py).

The name is read from the client's first message before anything is answered, so that a service that is
cut off looks like one that refuses (the connection is reset) or like one behind a broken route (silence).
"""

from __future__ import annotations

import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from . import downloads
from .settings import Settings, service_of

CONNECT_SECONDS: Final = 5.0
_HANDSHAKE: Final = 22
_SERVER_NAME: Final = 0


def server_name(hello: bytes) -> str | None:
    """Return the name in a TLS client's first record (SNI); None when it carries none."""
    with suppress(IndexError, struct.error):
        if hello[0] != _HANDSHAKE:
            return None
        place = 5 + 4 + 2 + 32  # record, message, version, random
        place += 1 + hello[place]  # session
        place += 2 + struct.unpack_from("!H", hello, place)[0]  # ciphers
        place += 1 + hello[place]  # compressions
        end = place + 2 + struct.unpack_from("!H", hello, place)[0]
        place += 2
        while place + 4 <= end:
            kind, length = struct.unpack_from("!HH", hello, place)
            if kind == _SERVER_NAME:
                size = struct.unpack_from("!H", hello, place + 7)[0]
                return hello[place + 9 : place + 9 + size].decode("ascii", "replace").lower()
            place += 4 + length
    return None


def peek_hello(client: socket.socket, seconds: float = 5.0) -> bytes:
    """Return the client's first record and leave it in the socket; what has come when time is up."""
    deadline = time.monotonic() + seconds
    client.settimeout(seconds)
    while True:
        seen = client.recv(16384, socket.MSG_PEEK)
        complete = len(seen) >= 5 and len(seen) >= 5 + struct.unpack_from("!H", seen, 3)[0]
        if complete or not seen or time.monotonic() > deadline:
            return seen
        time.sleep(0.005)


def reset(connection: socket.socket) -> None:
    """Close with a reset, as a machine does that has nothing listening."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Front:
    """The server."""

    def __init__(self, settings: Callable[[], Settings], certificate: str, key: str, port: int = 443) -> None:
        self._settings = settings
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._listener = socket.create_server(("", port), backlog=128)
        self._lock = threading.Lock()
        self._open: dict[socket.socket, str] = {}

    def serve_forever(self) -> None:
        """Take connections; one thread each, as there are few."""
        threading.Thread(target=self._watch, daemon=True).start()
        while True:
            client, _address = self._listener.accept()
            threading.Thread(target=self._handle, args=(client,), daemon=True).start()

    def _cut(self, service: str) -> str | None:
        return self._settings().cut.get(service)

    def _watch(self) -> None:
        # Clients keep connections open; one to a service that is cut off meanwhile must end too.
        while True:
            time.sleep(0.2)
            cut = self._settings().cut
            with self._lock:
                ended = [connection for connection, service in self._open.items() if service in cut]
            for connection in ended:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _handle(self, client: socket.socket) -> None:
        try:
            name, region = server_name(peek_hello(client)) or "", self._settings().region
            service = service_of(name, region)
            if self._cut(service) == "hang":
                while self._cut(service):
                    time.sleep(0.2)
            elif not self._cut(service):
                self._answer(client, service, downloads.folder_of(name, region))
        except (OSError, ssl.SSLError):
            pass
        finally:
            reset(client)

    def _answer(self, client: socket.socket, service: str, folder: Path | None) -> None:
        client.settimeout(CONNECT_SECONDS)
        with self._context.wrap_socket(client, server_side=True) as inside:
            inside.settimeout(None)
            with self._lock:
                self._open[inside] = service
            try:
                if folder is None:
                    self._relay(inside)
                else:
                    downloads.serve(inside, folder)
            finally:
                with self._lock:
                    self._open.pop(inside, None)

    def _relay(self, inside: ssl.SSLSocket) -> None:
        with socket.create_connection(self._settings().upstream, CONNECT_SECONDS) as outside:
            outside.settimeout(None)
            _pump(inside, outside)


def _pump(inside: ssl.SSLSocket, outside: socket.socket) -> None:
    """Carry bytes both ways until one side ends; in one thread, as a TLS connection is not for two at a time."""
    with suppress(OSError):
        while True:
            ready = [inside] if inside.pending() else select.select([inside, outside], [], [])[0]
            for source, target in ((inside, outside), (outside, inside)):
                if source not in ready:
                    continue
                data = source.recv(65536)
                if not data:
                    return
                target.sendall(data)
