# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program in the service images."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.hosts import images

PROGRAM = images.FOLDER / "service" / "service.py"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(tmp_path: Path, wait: bool = True, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = free_port()
    settings = {"STAGE_NAME": "shop", "STAGE_VERSION": "1.1.0", "STAGE_PORT": str(port), "STAGE_HEALTH": "/up"} | environment
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen([sys.executable, str(PROGRAM)], env=os.environ | settings, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + 10
        while wait and time.monotonic() < deadline and process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield process, port
    finally:
        process.kill()
        process.wait()


def get(port: int, path: str) -> tuple[int, dict[str, object]]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def test_it_says_what_it_is_and_shows_hashes_of_secrets_only(tmp_path: Path) -> None:
    with running(tmp_path, PASSWORD="hunter2") as (_process, port):
        assert get(port, "/up") == (200, {"status": "UP"})
        status, answer = get(port, "/shop?page=1")
    assert (status, answer["name"], answer["version"], answer["path"]) == (200, "shop", "1.1.0", "/shop?page=1")
    assert isinstance(answer["environment"], dict)
    assert answer["environment"]["PASSWORD"] == hashlib.sha256(b"hunter2").hexdigest()
    assert "hunter2" not in json.dumps(answer)


def test_an_unhealthy_version_works_but_for_its_health(tmp_path: Path) -> None:
    with running(tmp_path, STAGE_FAULT="unhealthy") as (_process, port):
        assert get(port, "/up")[0] == 503
        assert get(port, "/shop")[0] == 200


def test_a_broken_version_ends_at_once(tmp_path: Path) -> None:
    with running(tmp_path, STAGE_FAULT="exit") as (process, _port):
        assert process.wait(10) == 1


def test_a_slow_start_can_be_ended(tmp_path: Path) -> None:
    with running(tmp_path, wait=False, START_DELAY="60") as (process, port):
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            get(port, "/up")
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_requests_under_way_end_before_it_does(tmp_path: Path) -> None:
    answers: list[int] = []
    with running(tmp_path) as (process, port):
        request = threading.Thread(target=lambda: answers.append(get(port, "/slow?seconds=0.8")[0]))
        request.start()
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        request.join()
        assert process.wait(5) == 0
    assert answers == [200]
