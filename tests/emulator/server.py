# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server process: `python -m tests.emulator.server FOLDER`, started by `process.py`.

It reads its options from `FOLDER/options.json` and, once it listens, writes `FOLDER/server.json`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from . import delays
from .options import ACCOUNT_ID, Options

OWNER_SECONDS = 2.0
MOTO_ENVIRONMENT = {
    "MOTO_ACCOUNT_ID": ACCOUNT_ID,
    "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
    "MOTO_ECS_SERVICE_RUNNING": "1",
}


def main(folder: Path) -> None:
    """Serve until a signal comes."""
    details = json.loads((folder / "options.json").read_text(encoding="utf-8"))
    options = Options(**details["options"])
    token: str = details["token"]
    os.environ.update(MOTO_ENVIRONMENT)
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    delays.configure(options.delays, options.time_scale)
    # Moto reads these when it is imported, so everything that imports it comes after them.
    from moto.core.config import default_user_config

    from .dispatch import Dispatcher
    from .http_server import LoopbackServer
    from .pipeline import Middleware, Pipeline
    from .request_log import RequestLog
    from .validation import Validation

    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}
    log = RequestLog(folder / "requests.jsonl")
    middlewares: list[Middleware] = [Validation()]
    resets: list[Callable[[], None]] = []
    if options.authorization:
        from .authorization import Authorization

        middlewares.insert(0, Authorization())
    if options.faults is not None:
        from . import consistency, faults

        plan = faults.load(Path(options.faults))
        injected, lag = faults.Faults(plan), consistency.Lag(faults.lag_of(plan))
        middlewares = [injected, *middlewares, lag]
        resets = [injected.reset, lag.reset]
    dispatcher = Dispatcher()
    pipeline = Pipeline(dispatcher.answer, middlewares, log, token)
    for reset in resets:
        pipeline.on_reset(reset)
    if options.hosts:
        from .hosts import attach

        attach.install(folder.name, ACCOUNT_ID, dispatcher, pipeline)
    ends: list[Callable[[], None]] = []
    if options.kubernetes:
        from .kubernetes import attach as kubernetes

        ends.append(kubernetes.install(folder, ACCOUNT_ID, dispatcher, pipeline))
    server = LoopbackServer(options.port or details.get("last_port", 0), pipeline)
    os.environ["MOTO_PORT"] = str(server.port)
    if options.functions:
        from .functions import attach as functions

        server.application, end = functions.install(folder, dispatcher, pipeline, server.port)
        ends.append(end)
    # What is loaded now lives as long as the process: the collector need not look at it again.
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        for end in ends:
            end()
        log.flush()
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if details.get("owner"):
        threading.Thread(target=_end_after, args=(details["owner"], folder.name if options.hosts else None), daemon=True).start()
    _announce(folder, server.port, token)
    # A signal that comes just before the wait for a connection does not end that wait.
    server.serve_forever(poll_interval=1)


def _end_after(owner: int, with_hosts_of: str | None) -> None:
    """Wait until the process that this server was started for is gone, then end as on a signal, containers too."""
    while True:
        time.sleep(OWNER_SECONDS)
        try:
            os.kill(owner, 0)
        except ProcessLookupError:
            if with_hosts_of:
                from .hosts import attach

                attach.remove(with_hosts_of)
            os.kill(os.getpid(), signal.SIGTERM)


def _announce(folder: Path, port: int, token: str) -> None:
    """Say where the server listens, in a file that appears complete or not at all."""
    temporary = folder / f".server.{os.getpid()}"
    content = {"pid": os.getpid(), "port": port, "token": token}
    temporary.write_text(json.dumps(content), encoding="utf-8")
    temporary.replace(folder / "server.json")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
