# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that the nursery of a test run forks: each is as alone as one that was started by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.emulator import nursery, process
from tests.emulator.fixtures import Emulator


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def is_nursery(pid: int) -> bool:
    return b"tests.emulator.nursery" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


def opened_by(pid: int) -> Iterator[str]:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        # The connection of the last question may be closing.
        with suppress(FileNotFoundError):
            yield str(link.readlink())


@pytest.fixture
def names() -> Iterator[list[str]]:
    chosen = [f"test-nursery-{uuid.uuid4().hex[:8]}" for _unused in range(3)]
    yield chosen
    for name in chosen:
        process.stop(name)
        process.forget(name)


def test_two_servers_share_nothing(names: list[str]) -> None:
    one, two = (process.start(name, {}, owner=os.getpid()) for name in names[:2])
    assert is_nursery(parent_of(one.pid))
    assert parent_of(one.pid) == parent_of(two.pid)
    first, second = Emulator(one), Emulator(two)
    first.client("sqs").create_queue(QueueName="q")
    assert "QueueUrls" not in second.client("sqs").list_queues()
    vpcs = [each.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"] for each in (first, second)]
    assert vpcs[0] != vpcs[1]
    assert [entry["operation"] for entry in first.log()] == ["CreateQueue", "DescribeVpcs"]

    for running in (one, two):
        assert os.getsid(running.pid) == running.pid
        assert (process.control(running.port, "health", process.BUSY_SECONDS) or {}).get("pid") == running.pid
        log = str(process.folder_of(running.name) / "server.log")
        opened = list(opened_by(running.pid))
        assert opened.count(log) == 2
        assert not [target for target in opened if ".nursery" in target or "pidfd" in target]

    os.kill(one.pid, signal.SIGKILL)
    # Nobody but the nursery could wait for it, and it leaves no zombie.
    wait_until(lambda: not Path(f"/proc/{one.pid}").exists())
    assert process.find(one.name) is None
    assert process.find(two.name) == two
    assert process.stop(two.name)
    wait_until(lambda: not Path(f"/proc/{two.pid}").exists())


def test_a_nursery_ends_with_the_process_that_offered_it_and_its_servers_do_not(names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    owner = subprocess.Popen(["sleep", "60"])
    nest = process.ROOT / ".emulator" / f".nursery-{owner.pid}"
    monkeypatch.setenv(nursery.VARIABLE, str(nest))
    running = process.start(names[0], {})
    parent = parent_of(running.pid)
    assert is_nursery(parent)
    assert parent != os.getpid()
    # An interpreter that begins otherwise cannot be a copy of this one.
    assert nursery.spawn(process.folder_of(names[1]), {**os.environ, "PYTHONHASHSEED": "1"}) is None

    owner.kill()
    wait_until(lambda: not nest.exists())
    owner.wait()
    wait_until(lambda: not Path(f"/proc/{parent}").exists() or not is_nursery(parent))
    assert process.find(names[0]) == running
    assert parent_of(process.start(names[2], {}).pid) == os.getpid()
    assert not nest.exists()
