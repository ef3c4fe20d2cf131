# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Brings one service of a Docker Compose project to another tag while it goes on answering.

Start-first, for a service with a health check whose containers can stand side by side:

1. pin the service at its old container everywhere, so that nobody finds the new one before it is healthy
2. start a new container beside the old one, and wait until it is healthy
3. pin the service at the new one, and reload the proxy, which looks a name up only when it reads its configuration
4. wait until the proxy's old workers have answered what they had, and whoever remembers the old address has forgotten it
5. stop and remove the old one, and take the pins away

Any other service is replaced in place. Both begin with what they find, so a rollout that was killed is finished or undone by the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from ansible_collections.stratum.aws.plugins.module_utils._compose_engine import Container, EngineError, Service
from ansible_collections.stratum.aws.plugins.module_utils._compose_pins import pin

RETIRING = "shutting down"
WORKER = "nginx: worker process"
Pin = Callable[[Sequence[Container], str, Sequence[Container]], None]


class EngineLike(Protocol):
    """What a rollout needs of Docker; `_compose_engine.Engine` is it."""

    def services(self, tag: str) -> dict[str, Service]: ...
    def image(self, reference: str) -> dict[str, Any] | None: ...
    def pull(self, reference: str) -> None: ...
    def tags(self, repository: str) -> dict[str, str]: ...
    def remove_image(self, reference: str) -> bool: ...
    def containers(self, service: str | None = None) -> list[Container]: ...
    def start(self, service: str, tag: str, scale: int) -> None: ...
    def replace(self, service: str, tag: str, scale: int) -> None: ...
    def stop(self, container: Container, seconds: int | None) -> None: ...
    def discard(self, container: Container) -> None: ...
    def logs(self, container: Container, lines: int) -> list[str]: ...
    def execute(self, container: Container, command: Sequence[str]) -> str: ...
    def processes(self, container: Container) -> dict[int, str]: ...


class Clock:
    """Time that passes by itself; tests have another one."""

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@dataclass(frozen=True)
class Patience:
    """How long what may take, in seconds."""

    health: float = 300
    drain: float = 30
    linger: float = 10
    settle: float = 5
    stop: int | None = None
    restarts: int = 2
    """How often a new container may end and start again before it counts as broken."""


class ReplaceError(Exception):
    """A service could not be brought to its tag; the message says why, `details` show it.

    `untouched` says that its containers are those that were there before.
    """

    def __init__(self, message: str, details: dict[str, Any] | None = None, untouched: bool = False) -> None:
        super().__init__(message)
        self.details = details or {}
        self.untouched = untouched


@dataclass
class Switch:
    """Replaces services, one after another, with the same engine, proxy and patience."""

    engine: EngineLike
    patience: Patience
    proxy: str | None = None
    upstreams: Sequence[str] = ()
    """The services that the proxy knows by name."""
    log_lines: int = 20
    clock: Clock = field(default_factory=Clock)
    pin: Pin = pin
    notes: list[str] = field(default_factory=list)

    def replace(self, service: Service, tag: str) -> str:
        """Bring a service to a tag; return how ("start_first" or "in_place")."""
        try:
            if service.start_first:
                self._start_first(service, tag)
                return "start_first"
            self._in_place(service, tag)
            return "in_place"
        except EngineError as error:
            raise ReplaceError(f"{service.name} at {tag}: {error}") from error

    def check_proxy(self) -> None:
        """Fail if the proxy would not take up its configuration again."""
        proxy = self._proxy()
        if proxy is None:
            return
        try:
            self.engine.execute(proxy, ["nginx", "-t"])
        except EngineError as error:
            raise ReplaceError(f"{self.proxy} would not take up its configuration again: {error}") from error

    def unpin(self, names: Sequence[str]) -> None:
        """Take away what a rollout that was killed may have left in hosts files."""
        callers = [item for item in self.engine.containers() if item.running]
        for name in names:
            self.pin(callers, name, [])

    def _start_first(self, service: Service, tag: str) -> None:
        found = self.engine.containers(service.name)
        known = {item.id for item in found}
        # Those of a rollout that was killed are taken up; one that is unhealthy gets no second chance.
        new = [item for item in found if item.runs(service) and item.running and item.health != "unhealthy"]
        old = [item for item in found if item.running and item not in new]
        missing = service.replicas - len(new)
        try:
            if missing > 0:
                self._point(service.name, old)
                self.engine.start(service.name, tag, len(found) + missing)
                new += [item for item in self.engine.containers(service.name) if item.id not in known]
            new = self._healthy(service, tag, [item.id for item in new])
        except (EngineError, ReplaceError) as error:
            # Nobody has been led to the new ones yet, so they can go at once, and the old ones answer as before.
            for item in self.engine.containers(service.name):
                if item.id not in known or (old and item.id in {one.id for one in new}):
                    self.engine.discard(item)
            self._point(service.name, [])
            raise ReplaceError(str(error), getattr(error, "details", None), untouched=True) from error
        surplus = [item for item in self.engine.containers(service.name) if item.id not in {one.id for one in new}]
        if surplus or missing > 0:
            self._point(service.name, new)
            since = self.clock.now()
            self._reload(service.name)
            if any(item.running for item in surplus):
                self.clock.sleep(max(0.0, self.patience.linger - (self.clock.now() - since)))
        for item in surplus:
            self.engine.stop(item, self.patience.stop)
        self._point(service.name, [])

    def _in_place(self, service: Service, tag: str) -> None:
        self.engine.replace(service.name, tag, service.replicas)
        ids = [item.id for item in self.engine.containers(service.name) if item.runs(service)]
        if service.has_health:
            self._healthy(service, tag, ids)
        else:
            self._steady(service, tag, ids)
        self._reload(service.name)

    def _point(self, name: str, targets: Sequence[Container]) -> None:
        """Let every container of the project find a service at these containers only."""
        self.pin([item for item in self.engine.containers() if item.running], name, targets)

    def _healthy(self, service: Service, tag: str, ids: Sequence[str]) -> list[Container]:
        """Wait until these containers are healthy, and return them; fail as soon as one will not be."""
        deadline = self.clock.now() + self.patience.health
        ended: dict[str, int] = {}  # Docker forgets the exit code when it starts a container again.
        while True:
            seen = [self._with_exit_code(item, ended) for item in self._seen(service, tag, ids)]
            for item in seen:
                gave_up = item.health == "unhealthy"
                if item.restarts > self.patience.restarts or item.status in ("exited", "dead") or (gave_up and item.restarts):
                    raise self._failure(item, tag, "ends soon after it started")
                if gave_up:
                    raise self._failure(item, tag, "is unhealthy")
            if all(item.health == "healthy" and item.running for item in seen):
                return seen
            if self.clock.now() >= deadline:
                late = next((item for item in seen if item.health != "healthy"), seen[0])
                raise self._failure(late, tag, f"was not healthy after {self.patience.health:.0f} s")
            self.clock.sleep(0.5)

    @staticmethod
    def _with_exit_code(item: Container, ended: dict[str, int]) -> Container:
        """Return a container with the exit code of its last end, also while it runs again; `ended` remembers those by id."""
        if not item.running and item.exit_code:
            ended[item.id] = item.exit_code
        return replace(item, exit_code=ended.get(item.id, item.exit_code))

    def _steady(self, service: Service, tag: str, ids: Sequence[str]) -> None:
        """Watch containers without a health check for a while; fail if one ends or starts again."""
        deadline = self.clock.now() + self.patience.settle
        while True:
            for item in self._seen(service, tag, ids):
                if item.restarts or not item.running:
                    raise self._failure(item, tag, "ends soon after it started")
            if self.clock.now() >= deadline:
                return
            self.clock.sleep(0.5)

    def _seen(self, service: Service, tag: str, ids: Sequence[str]) -> list[Container]:
        seen = [item for item in self.engine.containers(service.name) if item.id in ids]
        if len(seen) < max(1, service.replicas):
            raise ReplaceError(f"{service.name} at {tag}: its new container is gone, somebody removed it")
        return seen

    def _failure(self, item: Container, tag: str, what: str) -> ReplaceError:
        """Return what there is to say about a container that is not as it should be."""
        lines = self.engine.logs(item, self.log_lines)
        details = {
            "service": item.service,
            "container": item.name,
            "status": item.status,
            "exit_code": item.exit_code,
            "restarts": item.restarts,
            "error": item.error,
            "health_output": item.health_output,
            "log": lines,
        }
        words = [f"{item.service} at {tag} {what}"]
        if item.exit_code:
            words.append(f"exit code {item.exit_code}")
        if item.error:
            words.append(item.error)
        if item.health_output:
            words.append(f"its health check says: {' '.join(item.health_output.split())[-200:]}")
        if lines:
            words.append(f"its last line: {lines[-1].strip()[-200:]}")
        return ReplaceError("; ".join(words), details)

    def _proxy(self) -> Container | None:
        if self.proxy is None:
            return None
        return next((item for item in self.engine.containers(self.proxy) if item.running), None)

    def _reload(self, name: str) -> None:
        """Let the proxy look a service up again, and wait until nothing of it goes by the old address any more."""
        if name not in self.upstreams:
            return
        proxy = self._proxy()
        if proxy is None:
            self.notes.append(f"{self.proxy} does not run, so it was not told where {name} is now")
            return
        before = self._workers(proxy)
        self.engine.execute(proxy, ["nginx", "-s", "reload"])
        deadline = self.clock.now() + self.patience.drain
        while True:
            workers = self._workers(proxy)
            fresh = {pid for pid, title in workers.items() if RETIRING not in title} - set(before)
            if fresh and not set(workers) & set(before):
                return
            if self.clock.now() >= deadline:
                if not fresh:
                    raise ReplaceError(f"{self.proxy} did not take up its configuration again in {self.patience.drain:.0f} s; see its log")
                self.notes.append(f"{self.proxy} still had requests to {name} after {self.patience.drain:.0f} s; they were ended")
                return
            self.clock.sleep(0.2)

    def _workers(self, proxy: Container) -> dict[int, str]:
        return {pid: title for pid, title in self.engine.processes(proxy).items() if title.startswith(WORKER)}
