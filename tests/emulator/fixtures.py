# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pytest fixtures that give tests an AWS account in the emulator.

`account` is an empty account for each test, `emulator` the server that the tests of one worker
share, `start_emulator` starts further ones with options of their own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, Protocol

import pytest

from . import nursery, process
from .delays import Mode
from .options import REGION


class Emulator:
    """A running emulator, as a test sees it."""

    def __init__(self, running: process.Running) -> None:
        self._running = running
        self._session: Any = None

    @property
    def name(self) -> str:
        """The name that `python -m tests.emulator … --name` knows it by."""
        return self._running.name

    @property
    def endpoint_url(self) -> str:
        """The address that clients send every request to."""
        return self.environment["AWS_ENDPOINT_URL"]

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that lead AWS clients to this emulator."""
        return self._running.environment

    def client(self, service: str, region: str = REGION, **options: Any) -> Any:
        """Return a boto3 client; `options` go to `Session.client`."""
        import boto3

        if self._session is None:
            self._session = boto3.Session(
                aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
            )
        return self._session.client(service, region_name=region, endpoint_url=self.endpoint_url, **options)

    def reset(self) -> None:
        """Empty the account and the request log."""
        if process.control(self._running.port, "reset", timeout=180) is None:
            raise RuntimeError(f"the emulator {self.name!r} no longer answers")

    def log(self) -> list[dict[str, Any]]:
        """Return the requests since the last reset, oldest first."""
        process.control(self._running.port, "flush")
        path = process.folder_of(self.name) / "requests.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def writes(self) -> list[dict[str, Any]]:
        """Return those requests that can have changed the account."""
        return [entry for entry in self.log() if entry["write"]]

    def processor_seconds(self) -> float:
        """Return the processor time that the server has used."""
        health = process.control(self._running.port, "health")
        if health is None:
            raise RuntimeError(f"the emulator {self.name!r} no longer answers")
        return float(health["processor_seconds"])

    @property
    def tls_port(self) -> int:
        """The port at which APIs and sites answer over TLS; only with `functions`."""
        health = process.control(self._running.port, "health")
        if health is None:
            raise RuntimeError(f"the emulator {self.name!r} no longer answers")
        return int(health["tls_port"])

    def fire(self, rule: str, region: str = REGION) -> int:
        """Let the time of a rule of EventBridge come; return how many functions it called. Only with `functions`."""
        answer = process.control(self._running.port, f"fire/{region}/{rule}")
        return int(answer["called"]) if answer else 0

    def stop(self) -> None:
        """End the server."""
        process.stop(self.name)


class StartEmulator(Protocol):
    """What the fixture `start_emulator` is: a function with the options of `start`."""

    def __call__(
        self,
        *,
        delays: Mode = "none",
        time_scale: float = 1.0,
        faults: str | os.PathLike[str] | None = None,
        authorization: bool = False,
        hosts: str | None = None,
        kubernetes: bool = False,
        functions: bool = False,
    ) -> Emulator:
        """Start an emulator with these options; it ends with the test."""


def pytest_configure() -> None:
    """Let all emulators of this run, those of its workers and scenarios too, be forked by one process."""
    nursery.offer()


def _worker() -> str:
    # Two test runs in one checkout must not share servers, hence the process id.
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}"


def _started(name: str, asked: dict[str, Any]) -> Emulator:
    return Emulator(process.start(name, asked, owner=os.getpid()))


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """The emulator of this worker, without delays and faults; shared by all its tests."""
    running = _started(f"test-{_worker()}", {})
    yield running
    running.stop()
    process.forget(running.name)


@pytest.fixture
def account(emulator: Emulator) -> Emulator:
    """An empty account: the worker's emulator, reset."""
    emulator.reset()
    return emulator


@pytest.fixture(scope="module")
def kubernetes_emulator() -> Iterator[Emulator]:
    """An emulator with `--kubernetes`, shared by a module's tests, which is responsible for resetting it."""
    running = _started(f"test-{_worker()}-kubernetes", {"kubernetes": True})
    yield running
    running.stop()
    process.forget(running.name)


@pytest.fixture(scope="module")
def functions_emulator() -> Iterator[Emulator]:
    """An emulator with `--functions`, shared by a module's tests, which is responsible for resetting it."""
    running = _started(f"test-{_worker()}-functions", {"functions": True})
    yield running
    running.stop()
    process.forget(running.name)


@pytest.fixture
def start_emulator() -> Iterator[StartEmulator]:
    """A function that starts emulators with their own options."""
    running: list[Emulator] = []

    def start(
        *,
        delays: Mode = "none",
        time_scale: float = 1.0,
        faults: str | os.PathLike[str] | None = None,
        authorization: bool = False,
        hosts: str | None = None,
        kubernetes: bool = False,
        functions: bool = False,
    ) -> Emulator:
        asked: dict[str, Any] = {"delays": delays, "time_scale": time_scale, "authorization": authorization}
        if hosts is not None:
            asked["hosts"] = hosts
        if kubernetes:
            asked["kubernetes"] = True
        if functions:
            asked["functions"] = True
        if faults is not None:
            asked["faults"] = os.fspath(faults)
        one = _started(f"test-{_worker()}-{len(running) + 1}", asked)
        running.append(one)
        return one

    yield start
    for one in running:
        one.stop()
        process.forget(one.name)
