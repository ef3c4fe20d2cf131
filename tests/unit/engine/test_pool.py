# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worker processes: reuse, replacement, death."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import struct
import time
from collections.abc import Iterator
from typing import Any

import psutil
import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.runs._pool import Done, Pool


def perform(job: Any) -> tuple[Any, bool]:
    match job:
        case "pid":
            return os.getpid(), True
        case "fail":
            return os.getpid(), False
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "half an answer":
            answer_by_halves()
        case "raise":
            raise RuntimeError("broken")
        case float():
            time.sleep(job)
    return job, True


def answer_by_halves() -> None:
    """Die while the answer is being sent: the length says more than what follows."""
    for number in range(3, 64):
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                os.write(number, struct.pack("!i", 1000) + b"half")
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def pool() -> Iterator[Pool]:
    made = Pool(perform, limit=2)
    yield made
    made.close()


def outcome(pool: Pool, number: int, job: Any) -> Done:
    pool.start(number, job)
    while True:
        for done in pool.wait(5):
            return done


def test_a_worker_is_used_again(pool: Pool) -> None:
    first, second = outcome(pool, 1, "pid"), outcome(pool, 2, "pid")
    assert (first.job, second.job) == (1, 2)
    assert first.outcome == second.outcome != os.getpid()


def test_a_worker_that_saw_a_failure_is_replaced(pool: Pool) -> None:
    assert outcome(pool, 1, "fail").outcome != outcome(pool, 2, "pid").outcome


def test_the_death_of_a_worker_is_the_outcome_of_its_job(pool: Pool) -> None:
    assert outcome(pool, 1, "die") == Done(1, None, "signal 9")
    assert outcome(pool, 2, "x").outcome == "x"


def test_a_death_in_the_middle_of_an_answer_is_one_too(pool: Pool) -> None:
    assert outcome(pool, 1, "half an answer") == Done(1, None, "signal 9")
    assert outcome(pool, 2, "x").outcome == "x"


def test_an_idle_worker_that_died_is_replaced(pool: Pool) -> None:
    first = outcome(pool, 1, "pid").outcome
    os.kill(first, signal.SIGKILL)
    time.sleep(0.05)
    second = outcome(pool, 2, "pid").outcome
    assert second not in (first, os.getpid())


def test_no_process_and_no_descriptor_is_left(pool: Pool) -> None:
    me = psutil.Process()
    before = me.num_fds(), set(me.children())
    for number, job in enumerate(["pid", "fail", "die", "raise", "half an answer", "pid"]):
        outcome(pool, number, job)
    pool.start(9, 60.0)
    pool.close()
    # A process that nobody waited for would still be a child.
    assert (me.num_fds(), set(me.children())) == before


def test_what_the_job_raises_is_told(pool: Pool) -> None:
    assert outcome(pool, 1, "raise") == Done(1, None, "RuntimeError: broken")


def test_jobs_run_side_by_side_up_to_the_limit(pool: Pool) -> None:
    assert pool.free == 2
    pool.start(1, 0.3)
    pool.start(2, 0.3)
    assert (pool.free, pool.running) == (0, 2)
    began = time.monotonic()
    finished: list[Done] = []
    while len(finished) < 2:
        finished += pool.wait(5)
    assert time.monotonic() - began < 0.6
    assert pool.free == 2


def test_waiting_for_nothing_takes_the_given_time(pool: Pool) -> None:
    assert pool.wait(0.01) == []


def test_close_ends_a_busy_worker(pool: Pool) -> None:
    pool.start(1, 60.0)
    began = time.monotonic()
    pool.close()
    assert time.monotonic() - began < 5
