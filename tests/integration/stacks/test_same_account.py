# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speckle converged as a graph and task by task: two accounts that hold the same, resource by resource.

Of a smaller stack, tests/integration/engine/test_converge.py asks the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests import accounts
from tests.accounts import Snapshot
from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import play

from .conftest import REGION

# One worker makes both accounts once for the whole module.
pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.xdist_group("same-account"),
    pytest.mark.timeout(900),
]

ENGINES = ("graph", "linear")


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Snapshot]]:
    """What the account holds after each engine, both at the same time."""
    names = {engine: f"same-{engine}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}" for engine in ENGINES}
    reports = tmp_path_factory.mktemp("reports")
    running = {engine: Emulator(process.start(name, {}, owner=os.getpid())) for engine, name in names.items()}

    def converge(engine: str) -> Snapshot:
        account = running[engine]
        arguments = ("--limit", "speckle", "-e", json.dumps({"converge_engine": engine}))
        play(
            account,
            "site.yml",
            *arguments,
            inventory="inventories/prod",
            reports=Path(reports) / engine,
            # A third of the time that task by task takes is copying modules.
            environment={"ANSIBLE_PIPELINING": "true"},
            timeout=800,
        ).check()
        return accounts.snapshot(lambda service: account.client(service, region=REGION))

    try:
        with ThreadPoolExecutor(len(ENGINES)) as together:
            yield dict(zip(ENGINES, together.map(converge, ENGINES), strict=True))
    finally:
        for engine, name in names.items():
            running[engine].stop()
            process.forget(name)


def test_both_accounts_hold_the_same(snapshots: dict[str, Snapshot]) -> None:
    differing = accounts.differences(snapshots["graph"], snapshots["linear"])
    assert not differing, "\n".join(differing)


def test_the_comparison_sees_the_stack(snapshots: dict[str, Snapshot]) -> None:
    """An empty account would equal an empty account."""
    counts = {kind: len(resources) for kind, resources in snapshots["graph"].items()}
    for kind, least in {
        "ec2 subnets": 6,
        "ec2 nat_gateways": 2,
        "ec2 security_groups": 5,
        "rds db_instances": 1,
        "eks clusters": 1,
    }.items():
        assert counts[kind] >= least, counts


def test_the_comparison_sees_what_differs(snapshots: dict[str, Snapshot]) -> None:
    altered = json.loads(json.dumps(snapshots["graph"], default=str))
    next(group for group in altered["ec2 security_groups"] if group["GroupName"] == "speckle-cluster-rds-sg")["IpPermissions"] = []
    assert len(accounts.differences(json.loads(json.dumps(snapshots["graph"], default=str)), altered)) == 2
