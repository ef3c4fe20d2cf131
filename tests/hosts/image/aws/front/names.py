# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A name server: the stage's names, everything below the suffixes of AWS, and whatever the engine's own server knows."""

from __future__ import annotations

import socket
import socketserver
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Final

from .settings import Settings

TTL_SECONDS: Final = 1
_A: Final = 1


def question_of(packet: bytes) -> tuple[str, int, int]:
    """Return name, type and the end of the first question of a query; ValueError when it is none."""
    labels = []
    place = 12
    while True:
        if place >= len(packet):
            raise ValueError("the question does not end")
        length = packet[place]
        place += 1
        if length == 0:
            break
        if length > 63:
            raise ValueError("a question with a pointer")
        labels.append(packet[place : place + length].decode("ascii", "replace"))
        place += length
    if place + 4 > len(packet):
        raise ValueError("the question has no type")
    return ".".join(labels).lower(), struct.unpack("!H", packet[place : place + 2])[0], place + 4


def address_of(name: str, settings: Settings) -> str | None:
    """Return the address that the stage gives a name; None when it is not the stage's."""
    if name in settings.records:
        return settings.records[name]
    if any(name == suffix or name.endswith(f".{suffix}") for suffix in settings.suffixes):
        return settings.address
    return None


def answer(packet: bytes, settings: Settings) -> bytes | None:
    """Return the reply to a query for one of the stage's names: its address, or no record for any other type."""
    name, kind, end = question_of(packet)
    address = address_of(name, settings)
    if address is None:
        return None
    found = kind == _A
    # Response, authoritative, recursion as asked and available, no error.
    flags = 0x8480 | (struct.unpack("!H", packet[2:4])[0] & 0x0100)
    head = packet[:2] + struct.pack("!HHHHH", flags, 1, int(found), 0, 0) + packet[12:end]
    if not found:
        return head
    return head + struct.pack("!HHHIH", 0xC00C, _A, 1, TTL_SECONDS, 4) + socket.inet_aton(address)


def forward(packet: bytes, server: str, seconds: float = 5.0) -> bytes | None:
    """Ask another server; None when it does not answer in time."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as question:
        question.settimeout(seconds)
        try:
            question.sendto(packet, (server, 53))
            return question.recv(4096)
        except OSError:
            return None


def resolver(path: Path = Path("/etc/resolv.conf")) -> str:
    """Return this container's own name server, the engine's."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("nameserver "):
            return line.split()[1]
    return "127.0.0.11"


def serve(settings: Callable[[], Settings]) -> socketserver.ThreadingUDPServer:
    """Return the server, bound to port 53 of every address."""
    outside = resolver()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            packet, reply_socket = self.request
            try:
                reply = answer(packet, settings()) or forward(packet, outside)
            except ValueError:
                return
            if reply is not None:
                reply_socket.sendto(reply, self.client_address)

    server = socketserver.ThreadingUDPServer(("", 53), Handler)
    server.daemon_threads = True
    return server
