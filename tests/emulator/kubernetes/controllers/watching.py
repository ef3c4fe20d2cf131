# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps a copy of a collection of Kubernetes objects by one watch, and a queue of what has to be looked at."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Hashable
from typing import Final

from tests.emulator.kubernetes.api import Api, KubernetesError, Object, named

RETRY_SECONDS: Final = 1.0
SETTLE_SECONDS: Final = 0.05
"""How long something that changed is left alone, since changes come in bunches."""

LONGEST_PAUSE: Final = 30.0


class Collection:
    """A copy of one collection; `changed` is called with an object's state before and after each change."""

    def __init__(self, api: Api, path: str, changed: Callable[[Object | None, Object | None], None]) -> None:
        self._api = api
        self._path = path
        self._changed = changed
        self._objects: dict[str, Object] = {}
        self._stopping = threading.Event()
        self.synced = threading.Event()
        """Set once the copy is complete."""
        self._thread = threading.Thread(target=self._run, name=f"watch {path}", daemon=True)

    def start(self) -> None:
        """Begin to watch, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no longer. The thread ends with its connection, which the end of the API server closes."""
        self._stopping.set()

    def all(self) -> list[Object]:
        """Return all objects, in the order of their names."""
        return [self._objects[name] for name in sorted(self._objects)]

    def get(self, name: str) -> Object | None:
        """Return the object `namespace/name`; None when there is none."""
        return self._objects.get(name)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                version = self._list()
                for kind, item in self._api.watch(self._path, version):
                    if self._stopping.is_set():
                        return
                    if kind != "BOOKMARK":
                        self._put(named(item), None if kind == "DELETED" else item)
            except KubernetesError as error:
                # 410: the version is too old to go on from, which a new list cures at once.
                if error.status != 410:
                    self._stopping.wait(RETRY_SECONDS)
            except Exception as error:
                print(f"kubernetes: watch of {self._path}: {error!r}", file=sys.stderr, flush=True)
                self._stopping.wait(RETRY_SECONDS)

    def _list(self) -> str:
        answer = self._api.request("GET", self._path)
        # A list does not say of its items what they are.
        kind, version = answer["kind"].removesuffix("List"), answer["apiVersion"]
        found = {named(item): {"kind": kind, "apiVersion": version, **item} for item in answer.get("items") or []}
        for name in [name for name in self._objects if name not in found]:
            self._put(name, None)
        for name, item in found.items():
            self._put(name, item)
        self.synced.set()
        return str(answer["metadata"]["resourceVersion"])

    def _put(self, name: str, item: Object | None) -> None:
        before = self._objects.get(name)
        if item is None:
            self._objects.pop(name, None)
        else:
            self._objects[name] = item
        self._changed(before, item)


class Queue[Key: Hashable]:
    """What has to be looked at, each thing once, at its time."""

    def __init__(self) -> None:
        self._due: dict[Key, float] = {}
        self._failures: dict[Key, int] = {}
        self._condition = threading.Condition()
        self._ended = False

    def add(self, key: Key, seconds: float = SETTLE_SECONDS) -> None:
        """Have `key` looked at in so many seconds, or sooner where that was asked before."""
        with self._condition:
            moment = time.monotonic() + seconds
            self._due[key] = min(self._due.get(key, moment), moment)
            self._condition.notify()

    def take(self) -> Key | None:
        """Wait for the next key and return it; None at the end."""
        with self._condition:
            while not self._ended:
                key = min(self._due, key=self._due.__getitem__, default=None)
                if key is None:
                    self._condition.wait()
                    continue
                left = self._due[key] - time.monotonic()
                if left <= 0:
                    del self._due[key]
                    return key
                self._condition.wait(left)
        return None

    def succeeded(self, key: Key) -> None:
        """Forget that `key` has failed before."""
        self._failures.pop(key, None)

    def failed(self, key: Key) -> None:
        """Have `key` looked at again, later with each failure."""
        count = self._failures[key] = self._failures.get(key, 0) + 1
        self.add(key, min(LONGEST_PAUSE, 0.5 * 2**count))

    def end(self) -> None:
        """Let `take` return None from now on."""
        with self._condition:
            self._ended = True
            self._condition.notify_all()
