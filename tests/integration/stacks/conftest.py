# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole stacks, converged once per test module from their real inventories into an account of their own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.emulator.hosts import stage_name
from tests.hosts.fixtures import explained
from tests.playbooks import Ran, play

from . import ec2_manager as manager
from .phases import Grown
from .spywatcher import SIZES, Spywatcher, converged
from .walking import Walk, in_order_of_phases, staging_from_scratch

REGION = "ca-central-1"
# A whole stack, task by task, takes two minutes of one core: on a busy machine, many times that.
_PATIENCE = 850  # seconds
_numbers = itertools.count()


@dataclass
class Stack:
    """A converged stack: its name, its account, what the first run said and reported, and a function that runs a verb again."""

    name: str
    account: Emulator
    first: Ran
    run: Callable[..., Ran]
    created: dict[str, Any]
    region: str = REGION

    def client(self, service: str) -> Any:
        """Return a boto3 client of the stack's account and region."""
        return self.account.client(service, region=self.region)


def _converged(stack: str, region: str, reports: Path, *always: str, **emulator: Any) -> Iterator[Stack]:
    """Give a stack of production, converged from `inventories/prod` as a user would.

    `always` are arguments of every run, `emulator` options of its account: with `hosts="docker"`, containers are behind its
    instances, with `kubernetes=True`, real Kubernetes APIs behind its clusters.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    # Two fixtures may have the same stack at the same time.
    name = f"stack-{worker}-{os.getpid()}-{stack}-{next(_numbers)}"
    account = Emulator(process.start(name, emulator))

    def run(*arguments: str, playbook: Path | str = "site.yml", variables: Mapping[str, Any] | None = None) -> Ran:
        given = ("--limit", stack, *always, *arguments)
        return play(account, playbook, *given, inventory="inventories/prod", reports=reports, variables=variables, timeout=_PATIENCE)

    try:
        with explained(stage_name(name)):
            first = run("-vvv", "--diff").check()
        yield Stack(stack, account, first, run, first.report("converge", stack, "prod"), region)
    finally:
        account.stop()
        process.forget(name)


@pytest.fixture(scope="module")
def speckle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Speckle's production."""
    yield from _converged("speckle", REGION, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="package")
def speckle_on_kubernetes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Speckle's production, with what runs on its cluster: one for all tests of the group `speckle-kubernetes`."""
    yield from _converged("speckle", REGION, tmp_path_factory.mktemp("reports"), kubernetes=True)


@pytest.fixture(scope="package")
def accountabilityatlas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """AccountabilityAtlas' production, up to the cloud: here, no host answers behind an instance.

    It begins in phase 1, in which the tests of the group `accountabilityatlas` that ask for no phase find it, and goes on with `grown`.
    """
    yield from _converged("accountabilityatlas", "us-east-1", tmp_path_factory.mktemp("reports"), "--skip-tags", "host")


@pytest.fixture(scope="module")
def passing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """AccountabilityAtlas' production, phase 1, up to the cloud, in an account of its own that nothing needs to be left of."""
    yield from _converged("accountabilityatlas", "us-east-1", tmp_path_factory.mktemp("reports"), "--skip-tags", "host")


@pytest.fixture(scope="module")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """AccountabilityAtlas' production, phase 1, with its host behind it."""
    yield from _converged("accountabilityatlas", "us-east-1", tmp_path_factory.mktemp("reports"), hosts="docker")


@pytest.fixture(scope="module")
def kubernetes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The self-managed Kubernetes cluster's production, up to AWS: nothing boots behind its instances."""
    yield from _converged("kubernetes", "us-east-1", tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="package")
def walk(accountabilityatlas: Stack, tmp_path_factory: pytest.TempPathFactory) -> Walk:
    """How AccountabilityAtlas' production goes from phase to phase."""
    return Walk(accountabilityatlas.account, accountabilityatlas.first, tmp_path_factory.mktemp("phases"))


@pytest.fixture(scope="package")
def staging(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grown]:
    """AccountabilityAtlas' staging, planned on an empty account and converged there."""
    yield from staging_from_scratch(tmp_path_factory.mktemp("reports"))


@pytest.fixture
def grown(request: pytest.FixtureRequest) -> Grown:
    """The environment and phase of AccountabilityAtlas that the test is for, such as `prod-2`; production goes there if it is not yet."""
    environment, _hyphen, phase = str(request.param).partition("-")
    if environment == "staging":
        found: Grown = request.getfixturevalue("staging")
        return found
    way: Walk = request.getfixturevalue("walk")
    return way.to(int(phase))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of production's phases run in the order of the phases: none leads back."""
    in_order_of_phases(items)


@pytest.fixture(scope="package", params=[pytest.param(each, marks=pytest.mark.xdist_group(f"spywatcher-{each}")) for each in SIZES])
def spywatcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spywatcher]:
    """Spywatcher's environments, with what runs on their clusters: one worker has each, once for all modules."""
    yield from converged(request.param, tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="package")
def ec2_manager_environments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, manager.Environment]]:
    """The EC2 manager's environments side by side in one account, once for all modules."""
    yield from manager.converged(tmp_path_factory.mktemp("reports"))


@pytest.fixture(params=[pytest.param(each, marks=pytest.mark.xdist_group("ec2_manager")) for each in manager.SIZES])
def ec2_manager(request: pytest.FixtureRequest, ec2_manager_environments: dict[str, manager.Environment]) -> manager.Environment:
    """Each environment of the EC2 manager in turn."""
    return ec2_manager_environments[request.param]
