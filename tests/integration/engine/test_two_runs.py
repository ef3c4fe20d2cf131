# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs of one stack at the same time: one works, the other waits or is refused, and nothing is there twice.

A gate before the account (see `killing.py`) holds the first write of whoever got the lock, so that both meet for certain.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.integration.stacks.killing import Gate, Moment, Run
from tests.playbooks import ROOT, play

from .conftest import LOCAL, PROJECT

pytestmark = [pytest.mark.integration, pytest.mark.slow]

Start = Callable[..., Run]
ONCE = {"ec2 CreateVpc": 1, "ec2 CreateSubnet": 2, "ec2 CreateSecurityGroup": 1, "s3 CreateBucket": 1, "secretsmanager CreateSecret": 1}
"""What one undisturbed run of the layer `parts` creates, besides a parameter."""


@pytest.fixture
def gate(account: Emulator) -> Iterator[Gate]:
    """The way to the account, open until the first write, whose answer it holds."""
    one = Gate(account)
    one.close_after(Moment())
    yield one
    one.end()


@pytest.fixture
def start(account: Emulator, gate: Gate, tmp_path: Path) -> Iterator[Start]:
    """Return `start(name, *arguments, **variables)`: a run of the layer `parts` with reports of its own."""
    runs: list[Run] = []

    def run(name: str, *arguments: str, **variables: Any) -> Run:
        given = {**LOCAL, "test_layers": ["parts"], **variables}
        reports = tmp_path / name
        runs.append(
            Run(account, gate, PROJECT / "converge.yml", *arguments, inventory="stack,", reports=reports, variables=given, cwd=PROJECT)
        )
        return runs[-1]

    yield run
    for one in runs:
        if one.process.poll() is None:
            one.kill()


def until(happened: Callable[[], bool], *runs: Run) -> None:
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end, "\n".join(run.output for run in runs)
        time.sleep(0.05)


def summary_of(run: Run, verb: str = "converge") -> dict[str, int]:
    report = json.loads((run.reports / "default" / "stack" / f"{verb}.json").read_text(encoding="utf-8"))
    counts: dict[str, int] = report["summary"]
    return counts


def said(run: Run) -> str:
    """Return the output without the line breaks that Ansible makes."""
    return " ".join(run.output.split())


def assert_each_is_there_once(account: Emulator) -> None:
    made = Counter(f"{entry['service']} {entry['operation']}" for entry in account.writes() if entry["status"] < 400)
    assert {write: made[write] for write in ONCE} == ONCE
    ec2 = account.client("ec2", region="ca-central-1")
    assert len(ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["parts"]}])["Vpcs"]) == 1
    assert len(ec2.describe_subnets(Filters=[{"Name": "tag:stack", "Values": ["stack"]}])["Subnets"]) == 2


def locks(account: Emulator) -> list[str]:
    parameters = account.client("ssm", region="ca-central-1").describe_parameters()["Parameters"]
    return [parameter["Name"] for parameter in parameters if parameter["Name"].startswith("/stratum/")]


def test_without_waiting_one_works_and_the_other_is_refused(account: Emulator, gate: Gate, start: Start) -> None:
    runs = [start(name, lock_timeout=0) for name in ("one", "other")]
    until(lambda: any(run.process.poll() is not None for run in runs), *runs)
    refused = next(run for run in runs if run.process.poll() is not None)
    (works,) = (run for run in runs if run is not refused)
    refused.end(2)
    message = re.search(
        r"the stack stack is locked: \S+@\S+ \(process (\d+)\) holds it for converge since \S+Z, until \S+Z.*?lock id (\w+)", said(refused)
    )
    assert message is not None, refused.output
    assert int(message[1]) in works.processes()
    assert "-e lock_timeout=SECONDS" in said(refused)
    assert f"playbooks/unlock.yml -i <inventory> --limit stack -e lock_id={message[2]}" in said(refused)

    gate.open()
    works.end()
    assert summary_of(works)["failed"] == 0
    assert_each_is_there_once(account)
    assert locks(account) == []


def test_by_default_they_take_turns_and_the_second_changes_nothing(account: Emulator, gate: Gate, start: Start) -> None:
    runs = [start(name) for name in ("one", "other")]
    until(lambda: any("waiting for stack: " in run.output for run in runs), *runs)
    second = next(run for run in runs if "waiting for stack: " in run.output)
    (first,) = (run for run in runs if run is not second)
    gate.open()
    first.end()
    second.end()
    assert summary_of(first)["create"] > 0
    assert {name: count for name, count in summary_of(second).items() if count} == {"unchanged": sum(summary_of(second).values())}
    assert_each_is_there_once(account)
    assert locks(account) == []


def test_a_plan_needs_no_lock(account: Emulator, gate: Gate, start: Start) -> None:
    works = start("works")
    until(gate.reached.is_set, works)
    held = locks(account)
    assert held == ["/stratum/default/stack/lock"]
    before = len(account.writes())
    plan = start("plan", "--check", lock_timeout=0)
    plan.end()
    assert summary_of(plan, "plan")["create"] > 0
    assert len(account.writes()) - before <= 1  # a renewal of the lock
    assert locks(account) == held
    gate.open()
    works.end()
    assert_each_is_there_once(account)
    assert locks(account) == []


@pytest.mark.parametrize("by", ["hand", "unlock.yml"])
def test_a_run_whose_lock_is_removed_stops_and_the_next_one_completes(
    account: Emulator, gate: Gate, start: Start, tmp_path: Path, by: str
) -> None:
    works = start("works")
    until(gate.reached.is_set, works)
    ssm = account.client("ssm", region="ca-central-1")
    if by == "hand":
        ssm.delete_parameter(Name="/stratum/default/stack/lock")
    else:
        inventory = tmp_path / "hosts.yml"
        inventory.write_text("aws: {hosts: {stack: {ansible_connection: local, aws_region: ca-central-1, environment_name: default}}}\n")
        lock_id = json.loads(ssm.get_parameter(Name="/stratum/default/stack/lock")["Parameter"]["Value"])["id"]
        unlock = {"lock_id": lock_id}
        play(account, ROOT / "playbooks/unlock.yml", inventory=str(inventory), reports=tmp_path / "reports", variables=unlock).check()
    # The lock is renewed every 20 s; a resource is slow for as long.
    time.sleep(21)
    gate.open()
    works.end(2)
    assert re.search(r"the lock \w+ of stack is lost: it was removed, by playbooks/unlock.yml or by hand", said(works))
    assert "run again when no other run is at work" in said(works)
    left = summary_of(works)
    assert left["skipped"] > 0
    assert locks(account) == []

    gate.close_after(None)
    start("next").end()
    assert_each_is_there_once(account)
    assert locks(account) == []
