# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the name server, the metadata service and the TLS front, until one of them fails."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from . import metadata, names, tls
from .settings import Source


def main() -> None:
    """Serve; the container ends with the process."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: os._exit(0))
    subprocess.run(["ip", "address", "replace", f"{metadata.ADDRESS}/32", "dev", "lo"], check=True)
    settings = Source(Path("/etc/stage/aws.json"))
    front = tls.Front(settings, "/etc/stage/aws.crt", "/etc/stage/aws.key")
    parts: list[Callable[[], None]] = [names.serve(settings).serve_forever, metadata.serve(settings).serve_forever, front.serve_forever]
    ended = threading.Event()

    def run(part: Callable[[], None]) -> None:
        try:
            part()
        finally:
            ended.set()

    for part in parts:
        threading.Thread(target=run, args=(part,), daemon=True).start()
    ended.wait()
    os._exit(1)


if __name__ == "__main__":
    main()
