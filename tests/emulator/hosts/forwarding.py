# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets TCP ports of public addresses, which are this machine's loopback addresses, lead to containers.

One thread with an event loop holds all listeners. What should listen is told as a whole (`set`), and only what
differs is opened or closed. A port that cannot be opened is kept with the reason, for `status`.
"""

from __future__ import annotations

import asyncio
import errno
import sys
import threading
from contextlib import suppress
from typing import Final

_OPEN_SECONDS: Final = 2.0
Door = tuple[str, int]
"""An address of this machine and a port."""


class Forwarder:
    """All forwarded ports of one emulator."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._open: dict[Door, tuple[str, asyncio.Server]] = {}
        self._wanted: dict[Door, str] = {}
        self._busy = asyncio.Lock()
        self.troubles: dict[Door, str] = {}
        """The ports that could not be opened, and why."""
        threading.Thread(target=self._loop.run_forever, name="forwarder", daemon=True).start()

    def set(self, wanted: dict[Door, str]) -> None:
        """Let these doors, and no others, lead to the same port of these addresses."""
        if wanted != self._wanted:
            self._wanted = wanted
            change = asyncio.run_coroutine_threadsafe(self._change(), self._loop)
            # Whoever is told that an instance runs may connect at once.
            with suppress(TimeoutError):
                change.result(timeout=_OPEN_SECONDS)

    def doors(self) -> list[Door]:
        """Return what is open."""
        return sorted(self._open)

    async def _change(self) -> None:
        async with self._busy:
            wanted = dict(self._wanted)
            for door in [door for door, (target, _server) in self._open.items() if wanted.get(door) != target]:
                _target, server = self._open.pop(door)
                server.close()
            self.troubles = {}
            for door, target in wanted.items():
                if door not in self._open:
                    await self._listen(door, target)

    async def _listen(self, door: Door, target: str) -> None:
        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await _carry(reader, writer, target, door[1])

        try:
            server = await asyncio.start_server(carry, *door)
        except OSError as error:
            self.troubles[door] = _reason(error, door[1])
            print(f"port {door[1]} of {door[0]} does not lead to its instance: {self.troubles[door]}", file=sys.stderr, flush=True)
        else:
            self._open[door] = (target, server)


def _reason(error: OSError, port: int) -> str:
    if error.errno == errno.EACCES:
        return f"ports below 1024, such as {port}, need root or CAP_NET_BIND_SERVICE"
    if error.errno == errno.EADDRINUSE:
        return f"another program listens on port {port} of all this machine's addresses"
    return str(error)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str, port: int) -> None:
    try:
        inner_reader, inner_writer = await asyncio.open_connection(target, port)
    except OSError:
        # Reset and not closed politely: nobody listens there.
        writer.transport.abort()
        return
    await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
    for each in (inner_writer, writer):
        each.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
