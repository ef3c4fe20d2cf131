# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Worker processes, forked from a warm one, that run module calls and other jobs one after another.

A job is any picklable callable description that `perform` understands; its outcome comes back by the
job's number. Workers are forked when there is work and none is idle, up to the limit; one that saw a
failure is replaced, one that died is reported as the outcome of its job.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.runs import _bereft

_EAGER: Final = 2 * (os.cpu_count() or 1)
_PATIENCE_SECONDS: Final = 0.25


@dataclass
class _Worker:
    pid: int
    pipe: Connection
    job: int | None = None
    started: float = 0.0


@dataclass(frozen=True)
class _Broken:
    """What a worker sends instead of an outcome when `perform` itself raised."""

    text: str


@dataclass(frozen=True)
class Done:
    """A finished job: its number, its outcome (None when the worker died) and what killed the worker."""

    job: int
    outcome: Any
    death: str | None = None


class Pool:
    """At most `limit` forked workers that call `perform(job)`; `perform` says with its second value whether it stays usable."""

    def __init__(self, perform: Callable[[Any], tuple[Any, bool]], limit: int) -> None:
        self._perform = perform
        self._limit = limit
        self._workers: dict[int, _Worker] = {}
        # Objects that live until the end need not be visited, and so copied, by each child's collector.
        gc.freeze()

    @property
    def running(self) -> int:
        """How many jobs are being worked on."""
        return sum(worker.job is not None for worker in self._workers.values())

    @property
    def free(self) -> int:
        """How many more jobs may be started now.

        Beyond two workers a processor, another is forked only when the ones there are have been waiting for a
        while: what keeps the processors busy is not done sooner by more processes.
        """
        idle = len(self._workers) - self.running
        room = self._limit - len(self._workers)
        eager = min(room, _EAGER - len(self._workers))
        if eager > 0:
            return idle + eager
        longest = max((time.monotonic() - worker.started for worker in self._workers.values() if worker.job is not None), default=0.0)
        return idle + (1 if room > 0 and longest >= _PATIENCE_SECONDS else 0)

    def start(self, number: int, job: Any) -> None:
        """Hand a job to an idle worker, or to a new one; `free` must be positive."""
        message = pickle.dumps(job)
        while (worker := self._idle()) is not None:
            try:
                worker.pipe.send_bytes(message)
            except OSError:
                # It died while it had nothing to do: nothing is lost.
                self._bury(worker)
            else:
                break
        else:
            worker = self._fork()
            # One that dies at once is found by `wait`, as the death of its job.
            with contextlib.suppress(OSError):
                worker.pipe.send_bytes(message)
        worker.job, worker.started = number, time.monotonic()

    def wait(self, timeout: float | None) -> list[Done]:
        """Return the jobs that have finished, after at most `timeout` seconds."""
        busy = {worker.pipe: worker for worker in self._workers.values() if worker.job is not None}
        if not busy:
            if timeout:
                time.sleep(timeout)
            return []
        finished: list[Done] = []
        for ready in wait(list(busy), timeout):
            worker = busy[ready]  # type: ignore[index]
            number = worker.job
            if number is None:
                continue
            try:
                outcome, usable = pickle.loads(worker.pipe.recv_bytes())
            except (EOFError, OSError):
                # Also when it died in the middle of an answer.
                finished.append(Done(number, None, self._bury(worker)))
                continue
            worker.job = None
            if not usable:
                self._retire(worker)
            finished.append(Done(number, None, outcome.text) if isinstance(outcome, _Broken) else Done(number, outcome))
        return finished

    def close(self) -> None:
        """End the workers; a busy one is killed (the caller waits first when it wants results)."""
        for worker in list(self._workers.values()):
            if worker.job is not None:
                os.kill(worker.pid, signal.SIGKILL)
            self._retire(worker)

    def _idle(self) -> _Worker | None:
        idle = [worker for worker in self._workers.values() if worker.job is None]
        # The one used last has the warmest connections.
        return max(idle, key=lambda worker: worker.started, default=None)

    def _fork(self) -> _Worker:
        ours, theirs = Pipe()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            # A module must not write to the account when nobody is left who holds the lock.
            _bereft.signal_when_alone(signal.SIGKILL, parent)
            ours.close()
            for other in self._workers.values():
                other.pipe.close()
            _work(theirs, self._perform)
        theirs.close()
        worker = _Worker(pid, ours)
        self._workers[pid] = worker
        return worker

    def _retire(self, worker: _Worker) -> None:
        worker.pipe.close()
        del self._workers[worker.pid]
        os.waitpid(worker.pid, 0)

    def _bury(self, worker: _Worker) -> str:
        worker.pipe.close()
        del self._workers[worker.pid]
        _pid, status = os.waitpid(worker.pid, 0)
        return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"exit status {os.waitstatus_to_exitcode(status)}"


def _work(pipe: Connection, perform: Callable[[Any], tuple[Any, bool]]) -> None:
    """A worker's whole life; leaves by `os._exit`, so that nothing of the parent is cleaned up twice."""
    try:
        # An interrupt is the parent's business: it lets running calls finish.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            try:
                message = pipe.recv_bytes()
            except (EOFError, OSError):
                break
            try:
                answer = perform(pickle.loads(message))
                encoded = pickle.dumps(answer)
            except BaseException as error:
                answer = (_Broken(f"{type(error).__name__}: {error}"), False)
                encoded = pickle.dumps(answer)
            pipe.send_bytes(encoded)
            if not answer[1]:
                break
    finally:
        os._exit(0)
