# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in the stage's `load`: asks a domain for pages over TLS, as several clients do, until a file appears, and writes what they got.

`clients.py DOMAIN STOP FOUND`; FOUND is JSON: {answers: {answer: number}, slowest: seconds, again: number}. All of them together
stay below the rates that nginx allows one address. It ends by itself after SECONDS.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

SECONDS = 600.0


@dataclass(frozen=True)
class Client:
    """What one client asks for, how often, and whether it keeps its connection."""

    method: str
    path: str
    pause: float  # seconds between two requests
    keeps: bool = False


CLIENTS = (
    Client("GET", "/", 0.15),
    Client("GET", "/", 0.15, keeps=True),
    Client("GET", "/api/v1/videos", 0.15, keeps=True),
    Client("POST", "/api/v1/videos", 0.15),
    Client("POST", "/api/v1/auth/login", 0.5),
)


class Load:
    """The clients, and what they got."""

    def __init__(self, domain: str, stop: Path) -> None:
        self._domain, self._stop = domain, stop
        self._until = time.monotonic() + SECONDS
        self._guard = threading.Lock()
        self._context = ssl.create_default_context()
        self.answers: Counter[str] = Counter()
        self.slowest, self.again = 0.0, 0

    def run(self) -> None:
        """Ask until somebody says stop."""
        threads = [threading.Thread(target=self._work, args=(client,)) for client in CLIENTS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(self._domain, timeout=30, context=self._context)

    def _work(self, client: Client) -> None:
        connection: http.client.HTTPSConnection | None = None
        while not self._stop.exists() and time.monotonic() < self._until:
            began = time.monotonic()
            try:
                said, connection = self._ask(client, connection)
            except (OSError, http.client.HTTPException) as error:
                said, connection = repr(error), None
            with self._guard:
                self.answers[said] += 1
                self.slowest = max(self.slowest, time.monotonic() - began)
            time.sleep(client.pause)

    def _ask(self, client: Client, kept: http.client.HTTPSConnection | None) -> tuple[str, http.client.HTTPSConnection | None]:
        """Return the answer as `200 1.0.0`, and the connection if it is kept; a kept one that was closed meanwhile is made anew, once."""
        connection = kept or self._connection()
        try:
            said = self._answer(client, connection)
        except (ConnectionError, http.client.RemoteDisconnected, ssl.SSLEOFError):
            if kept is None:
                raise
            with self._guard:
                self.again += 1
            connection = self._connection()
            said = self._answer(client, connection)
        if client.keeps:
            return said, connection
        connection.close()
        return said, None

    @staticmethod
    def _answer(client: Client, connection: http.client.HTTPSConnection) -> str:
        connection.request(client.method, client.path, body=b"x" if client.method == "POST" else None)
        answer = connection.getresponse()
        text = answer.read()
        return f"{answer.status} {json.loads(text)['version']}" if answer.status == 200 else str(answer.status)


def main(domain: str, stop: Path, found: Path) -> None:
    """Run them all, and write what they got, whole."""
    load = Load(domain, stop)
    load.run()
    draft = found.with_suffix(".new")
    draft.write_text(json.dumps({"answers": load.answers, "slowest": round(load.slowest, 2), "again": load.again}), encoding="utf-8")
    draft.replace(found)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
