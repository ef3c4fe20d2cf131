# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request log: one JSON line per request, in `.emulator/<name>/requests.jsonl`."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from .errors import error_code
from .http_server import Answer
from .request import Call

FLUSH_SECONDS = 0.2


class RequestLog:
    """Appends lines to a buffer that reaches the file at the latest `FLUSH_SECONDS` later."""

    def __init__(self, path: Path) -> None:
        self._lines: list[str] = []
        self._lock = threading.Lock()
        self._pending = threading.Event()
        # Unbuffered, so what is written is in the file; at its end, wherever that is after it was emptied.
        self._file = path.open("ab", buffering=0)
        threading.Thread(target=self._flush_forever, name="request-log", daemon=True).start()

    def record(self, call: Call, answer: Answer | None, started: float, seconds: float) -> None:
        """Note one request; `answer` is None when the connection was dropped on purpose."""
        entry: dict[str, object] = {
            "time": datetime.fromtimestamp(started, UTC).isoformat(timespec="milliseconds"),
            "service": call.service,
            "operation": call.operation,
            "region": call.region,
            "parameters": call.parameters_hash(),
            "write": call.is_write,
            "status": answer.status if answer is not None else 0,
            "milliseconds": round(seconds * 1000, 2),
        }
        if answer is not None and (code := error_code(answer)):
            entry["error"] = code
        with self._lock:
            self._lines.append(json.dumps(entry))
        self._pending.set()

    def flush(self) -> None:
        """Write out what is buffered."""
        with self._lock:
            lines, self._lines = self._lines, []
            if lines:
                self._file.write(("\n".join(lines) + "\n").encode())

    def clear(self) -> None:
        """Forget every request."""
        with self._lock:
            self._lines = []
            self._file.truncate(0)

    def _flush_forever(self) -> None:
        while self._pending.wait():
            self._pending.clear()
            time.sleep(FLUSH_SECONDS)
            self.flush()
