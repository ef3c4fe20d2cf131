# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pytest fixtures that give tests a stage with hosts.

`stage` is one stage for all tests of a module, with an emulator of its own (`stage_emulator`). A module
says what it needs by `STAGE = StageOptions(...)`. Without a Docker engine the tests fail with one line.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.emulator import process
from tests.emulator.fixtures import Emulator

from . import state as states
from .docker import HostsError
from .stage import Stage, sweep


@dataclass(frozen=True)
class StageOptions:
    """What a module's stage is like: see `Stage.up`."""

    only: tuple[str, ...] | None = None
    host_image: str | None = "host-ready"
    certificate_seconds: int = 7776000
    authorization: bool = False  # of the emulator


def _options(request: pytest.FixtureRequest) -> StageOptions:
    found = getattr(request.module, "STAGE", StageOptions())
    assert isinstance(found, StageOptions), f"STAGE of {request.module.__name__} is to be StageOptions"
    return found


def _name(request: pytest.FixtureRequest) -> str:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return f"stage-{worker}-{os.getpid()}"


def own_stages() -> list[Stage]:
    """Return the stages of this process and of the emulators that it has started: their names have its id."""
    mine = os.getpid()
    return [Stage(it.name) for it in states.listed() if it.owner == mine or str(mine) in (it.emulator or "").split("-")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a failed test show what its hosts say."""
    report = yield
    if report.failed:
        report.sections += [(f"stage {stage.name}", stage.diagnosis()) for stage in own_stages()]
    return report


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Add to an error what the hosts of a stage say: for fixtures that take the stage down on it, before the report is made."""
    try:
        yield
    except Exception as error:
        if states.load(name) is not None:
            error.add_note(Stage(name).diagnosis())
        raise


@pytest.fixture(scope="module")
def stage_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """The emulator of this module's stage; reset it as you like."""
    asked = {"authorization": True} if _options(request).authorization else {}
    running = Emulator(process.start(_name(request), asked, owner=os.getpid()))
    yield running
    running.stop()
    process.forget(running.name)


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest, stage_emulator: Emulator) -> Iterator[Stage]:
    """A stage with one host, `host`; it goes with the module."""
    options = _options(request)
    try:
        sweep()
        made = Stage.up(
            _name(request),
            emulator=stage_emulator.name,
            only=options.only,
            host_image=options.host_image,
            certificate_seconds=options.certificate_seconds,
            owner=os.getpid(),
        )
    except HostsError as error:
        pytest.fail(f"no stage: {error}", pytrace=False)
    yield made
    made.down()
