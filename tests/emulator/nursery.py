# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts servers for a test run by forking a process that has loaded already what every server needs.

A run starts some two hundred servers, and each would spend most of its processor time on loading moto and botocore's models.
So whoever runs the tests says in `STRATUM_EMULATOR_NURSERY` where a nursery may be; the first start makes it, from whatever
process of the run it comes, and it ends with the process that made the offer. Without the variable servers are started
by themselves, and so is one whose environment shapes an interpreter otherwise than the nursery's.

The nursery loads and never serves: no account, no thread and no correction of moto is in it when it forks. It loads the
services when a second server is asked for, so a run of a single test does not pay for what it does not use.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from . import server

VARIABLE: Final = "STRATUM_EMULATOR_NURSERY"
ROOT: Final = Path(__file__).resolve().parents[2]
QUESTION_SECONDS: Final = 30.0
ANSWER_SECONDS: Final = 120.0
"""How long the one who asks waits, before starting a server without the nursery: loading takes long on a busy machine."""
_STATE: Final = ROOT / ".emulator"
# A name that no emulator can have.
_PREFIX: Final = ".nursery-"
_ADDRESS: Final = "socket"
# What an interpreter or moto reads once, when it begins; PYTHONUNBUFFERED is taken over below.
_SHAPING: Final = ("PYTHON", "MOTO_", "LANG", "LC_")

_UNCORRECTED: Final = frozenset({"route53", "sts"})
"""Services that the collection uses and `services/` does not correct."""


def offer() -> None:
    """Let the emulators that this process and its children start come from a nursery, unless one is offered already."""
    os.environ.setdefault(VARIABLE, str(_STATE / f"{_PREFIX}{os.getpid()}"))


def spawn(folder: Path, environment: Mapping[str, str]) -> int | None:
    """Return the process id of a server for `folder`, forked by the nursery; None where there is none or it cannot."""
    nest = Path(os.environ.get(VARIABLE, ""))
    if nest.parent != _STATE or not nest.name.startswith(_PREFIX):
        return None
    asked = json.dumps({"folder": str(folder), "environment": dict(environment), "python": sys.prefix})
    with suppress(OSError, ValueError), _connected(nest) as connection:
        connection.settimeout(ANSWER_SECONDS)
        connection.sendall(asked.encode() + b"\n")
        with connection.makefile("rb") as reader:
            return int(reader.readline())
    return None


def _connected(nest: Path) -> socket.socket:
    """Return a connection to the nursery, which is made where there is none."""
    with suppress(FileNotFoundError, ConnectionRefusedError):
        return _connect(nest)
    nest.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (nest / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(FileNotFoundError, ConnectionRefusedError):
            return _connect(nest)
        _begin(nest)
        return _connect(nest)


def _connect(nest: Path) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(str(nest / _ADDRESS))
    except BaseException:
        connection.close()
        raise
    return connection


def _begin(nest: Path) -> None:
    """Start the nursery; it inherits the socket, so nobody waits until it has loaded anything to ask it."""
    (nest / _ADDRESS).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener, (nest / "log").open("wb") as log:
        listener.bind(str(nest / _ADDRESS))
        listener.listen(64)
        subprocess.Popen(
            [sys.executable, "-m", __name__, str(nest), str(listener.fileno())],
            cwd=ROOT,
            env={key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=[listener.fileno()],
        )


def main(nest: Path, listener: socket.socket) -> None:
    """Fork a server for whoever asks, until the process that offered this nursery has ended."""
    shaped = _shape(os.environ)
    os.environ.update(server.MOTO_ENVIRONMENT)
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    try:
        owner = os.pidfd_open(int(nest.name.removeprefix(_PREFIX)))
    except ProcessLookupError:
        shutil.rmtree(nest, ignore_errors=True)
        return
    importlib.import_module(f"{__package__}.pipeline")
    importlib.import_module(f"{__package__}.dispatch")
    importlib.import_module(f"{__package__}.validation")
    # Servers that have ended are nobody's zombies.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    awaited = select.poll()
    awaited.register(listener, select.POLLIN)
    awaited.register(owner, select.POLLIN)
    asked = 0
    while not any(number == owner for number, _unused in awaited.poll()):
        connection, _unused = listener.accept()
        with suppress(OSError, ValueError, KeyError), connection:
            connection.settimeout(QUESTION_SECONDS)
            with connection.makefile("rb") as reader:
                request = json.loads(reader.readline())
            if _shape(request["environment"]) != shaped or request["python"] != sys.prefix:
                continue
            asked += 1
            if asked == 2:
                _load()
                gc.collect()
                gc.freeze()
            if _has_left(connection):
                continue
            if threading.active_count() > 1:
                raise RuntimeError(f"threads in the nursery: {threading.enumerate()}")
            child = os.fork()
            if child == 0:
                listener.close()
                connection.close()
                os.close(owner)
                _serve(Path(request["folder"]), request["environment"])
            connection.sendall(f"{child}\n".encode())
    shutil.rmtree(nest, ignore_errors=True)


def _has_left(connection: socket.socket) -> bool:
    """Tell whether the one who asked has given up and starts a server of the same folder otherwise."""
    connection.setblocking(False)
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    finally:
        connection.settimeout(QUESTION_SECONDS)


def _shape(environment: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environment.items() if key.startswith(_SHAPING) and key != "PYTHONUNBUFFERED"}


def _serve(folder: Path, environment: Mapping[str, str]) -> None:
    """Become the server of `folder`, as if started by itself; does not return."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        log = os.open(folder / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        if environment.get("PYTHONUNBUFFERED"):
            stdout: Any = sys.stdout
            stdout.reconfigure(write_through=True)
        sys.argv[:] = [str(server.__file__), str(folder)]
        from moto.moto_api._internal import mock_random

        random.seed()
        mock_random.seed()
        server.main(folder)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(1)


def _load() -> None:
    """Load what servers load when a service is first used, without using any."""
    from moto import backends
    from moto.core.base_backend import AccountSpecificBackend, BackendDict
    from moto.core.routing import get_service_router
    from moto.core.utils import get_service_model

    from . import dispatch, patches
    from .services.iam import described_policies

    package = Path(__file__).parent
    for path in sorted((package / "services").rglob("*.py")):
        importlib.import_module(".".join((__package__, *path.relative_to(package).with_suffix("").parts)))
    for name in ("authorization", "consistency", "faults"):
        importlib.import_module(f"{__package__}.{name}")
    dispatch.share_one_loader()
    session = AccountSpecificBackend.get_session()
    for service in sorted({*patches.available(), *_UNCORRECTED} - dispatch.ADDED_SERVICES):
        # Its overloads name each service; this one is known at run time only.
        backend_dict: Any = backends.get_backend(service)  # type: ignore[call-overload]
        if not isinstance(backend_dict, BackendDict):
            continue
        importlib.import_module(f"{backend_dict.backend.__module__.rpartition('.')[0]}.urls")
        session.get_available_regions(backend_dict.service_name)
        model = get_service_model(backend_dict.service_name)
        for operation in model.operation_names:
            model.operation_model(operation)
        if model.protocol.startswith("rest"):
            router = get_service_router(backend_dict.service_name)
            for protocol in model.metadata.get("protocols", [model.protocol]):
                router._get_router(protocol)
        dispatch.one_lookup().for_service(model)
    dispatch.botocore_names()
    described_policies()


if __name__ == "__main__":
    main(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
