# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout with an engine that is none: what is done in which order, and what is left when something fails."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._compose_engine import Container, EngineError, Service
from ansible_collections.stratum.aws.plugins.module_utils._compose_history import History, LockedError, locked
from ansible_collections.stratum.aws.plugins.module_utils._compose_rollout import PROBES, Rollout, RolloutError
from ansible_collections.stratum.aws.plugins.module_utils._compose_switch import Clock, Patience, Switch

PROXY = "nginx"


class Killed(BaseException):
    """The rollout's process was killed."""


class FakeEngine(Clock):
    """Containers in memory, and a clock that goes on when somebody sleeps."""

    def __init__(self, services: dict[str, bool], tags: Sequence[str]) -> None:
        self.health = services
        self.here = {f"ecr/{name}:{tag}" for name in services for tag in tags}
        self.registry = set(self.here)
        self.running: dict[str, Container] = {}
        self.time = 0.0
        self.born: dict[str, float] = {}
        self.events: list[str] = []
        self.pins: dict[str, list[str]] = {}
        self.ill: set[str] = set()
        """Tags whose containers become unhealthy, or end at once without a health check."""
        self.kill_at: str | None = None
        self.reloads = 0
        self.deaf = False
        """Whether the proxy does not take up its configuration."""
        self.add(Service(PROXY, "nginx:alpine", "hash-nginx", image_id="sha-nginx:alpine"), "-")
        self.events.clear()

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def event(self, text: str) -> None:
        self.events.append(text)
        if text == self.kill_at:
            raise Killed(text)

    def services(self, tag: str) -> dict[str, Service]:
        found = {PROXY: Service(PROXY, "nginx:alpine", "hash-nginx", image_id="sha-nginx:alpine", obstacle="it publishes ports")}
        for name, health in self.health.items():
            image = f"ecr/{name}:{tag}"
            image_id = f"sha-{image}" if image in self.here else None
            found[name] = Service(name, image, f"hash-{name}-{tag}", image_id=image_id, has_health=health)
        return found

    def add(self, service: Service, tag: str) -> Container:
        number = 1 + max((item.number for item in self.running.values() if item.service == service.name), default=0)
        one = Container(
            id=f"{service.name}-{number}-{tag}",
            name=f"{service.name}-{number}",
            service=service.name,
            number=number,
            config_hash=service.config_hash,
            image_id=str(service.image_id),
            status="running",
            health="starting" if service.has_health else None,
            addresses={"default": f"10.0.0.{len(self.born) + 2}"},
        )
        self.running[one.id] = one
        self.born[one.id] = self.time
        return one

    def grown(self, one: Container) -> Container:
        tag = one.id.rpartition("-")[2]
        old = self.time - self.born[one.id] >= 3
        if tag in self.ill:
            if one.health is None:
                return replace(one, status="restarting", restarts=1, exit_code=3)
            return replace(one, health="unhealthy" if old else "starting", health_output="connection refused")
        return replace(one, health=one.health and ("healthy" if old else "starting"))

    def image(self, reference: str) -> dict[str, Any] | None:
        return {"Id": f"sha-{reference}"} if reference in self.here else None

    def pull(self, reference: str) -> None:
        if reference not in self.registry:
            raise EngineError("manifest unknown")
        self.here.add(reference)

    def tags(self, repository: str) -> dict[str, str]:
        found = [item.rpartition(":") for item in self.here]
        return {tag: f"sha-{name}:{tag}" for name, _colon, tag in found if name == repository}

    def remove_image(self, reference: str) -> bool:
        self.here.discard(reference)
        return True

    def containers(self, service: str | None = None) -> list[Container]:
        return [self.grown(item) for item in self.running.values() if service in (None, item.service)]

    def start(self, service: str, tag: str, scale: int) -> None:
        while len(self.containers(service)) < scale:
            self.add(self.services(tag)[service], tag)
        self.event(f"start {service} {tag}")

    def replace(self, service: str, tag: str, scale: int) -> None:
        for item in self.containers(service):
            del self.running[item.id]
        for _each in range(scale):
            self.add(self.services(tag)[service], tag)
        self.event(f"replace {service} {tag}")

    def stop(self, container: Container, seconds: int | None) -> None:
        del self.running[container.id]
        self.event(f"stop {container.service} {container.id.rpartition('-')[2]}")

    def discard(self, container: Container) -> None:
        del self.running[container.id]
        self.event(f"discard {container.service} {container.id.rpartition('-')[2]}")

    def logs(self, container: Container, lines: int) -> list[str]:
        return ["starting", "cannot reach the database"]

    def execute(self, container: Container, command: Sequence[str]) -> str:
        if list(command) == ["nginx", "-s", "reload"]:
            self.reloads += not self.deaf
            self.event("reload")
        return ""

    def processes(self, container: Container) -> dict[int, str]:
        return {1: "nginx: master process", 10 + self.reloads: "nginx: worker process"}

    def pin(self, callers: Sequence[Container], service: str, targets: Sequence[Container]) -> None:
        self.pins[service] = [item.id for item in targets]
        if targets:
            self.event(f"pin {service} {' '.join(item.id.rpartition('-')[2] for item in targets)}")


@pytest.fixture
def engine() -> FakeEngine:
    one = FakeEngine({"user-service": True, "api-gateway": True, "batch": False}, ["1.0.0", "1.1.0", "1.2.0"])
    for name in one.health:
        one.add(one.services("1.0.0")[name], "1.0.0")
    one.events.clear()
    one.time = 100
    return one


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / ".env").write_text("ECR_REGISTRY=ecr\nTAG=1.0.0\n")
    return tmp_path


def rollout(engine: FakeEngine, directory: Path, **options: Any) -> Rollout:
    switch = Switch(engine, Patience(health=60, linger=4, settle=2), PROXY, ["api-gateway"], clock=engine, pin=engine.pin)
    return Rollout(switch, History(directory / "releases.json", options.pop("kept", 20)), directory / ".env", **options)


def deploy(engine: FakeEngine, directory: Path, tag: str, kind: str = "deploy", **options: Any) -> Rollout:
    one = rollout(engine, directory, **options)
    plan = one.fetch(one.plan(tag))
    if plan.changes:
        one.run(plan, "jane", kind)
    return one


def releases(directory: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((directory / "releases.json").read_text())["releases"]
    return found


def tags_running(engine: FakeEngine) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in engine.running.values():
        found.setdefault(item.service, []).append(item.id.rpartition("-")[2])
    return {name: tags for name, tags in found.items() if name != PROXY}


def everything_at(engine: FakeEngine, tag: str) -> bool:
    return tags_running(engine) == {name: [tag] for name in engine.health} and not any(engine.pins.values())


def test_new_one_is_healthy_and_known_before_old_one_goes(engine: FakeEngine, directory: Path) -> None:
    deploy(engine, directory, "1.1.0", names=["api-gateway"])
    assert engine.events == [
        "pin api-gateway 1.0.0",
        "start api-gateway 1.1.0",
        "pin api-gateway 1.1.0",
        "reload",
        "stop api-gateway 1.0.0",
    ]
    assert engine.time >= 100 + 3 + 4, "three seconds until it is healthy, four of lingering"
    assert engine.pins["api-gateway"] == []


def test_proxy_is_not_told_of_services_it_does_not_know(engine: FakeEngine, directory: Path) -> None:
    deploy(engine, directory, "1.1.0", names=["user-service"])
    assert "reload" not in engine.events


def test_service_without_health_check_is_replaced_in_place(engine: FakeEngine, directory: Path) -> None:
    one = deploy(engine, directory, "1.1.0", names=["batch"])
    assert engine.events == ["replace batch 1.1.0"]
    assert [(item["name"], item["how"]) for item in one.done] == [("batch", "in_place")]


def test_services_are_those_whose_image_depends_on_the_tag(engine: FakeEngine, directory: Path) -> None:
    assert len(set(PROBES)) == 2
    one = deploy(engine, directory, "1.1.0")
    assert [item["name"] for item in one.done] == list(engine.health)
    assert everything_at(engine, "1.1.0")
    assert (directory / ".env").read_text() == "ECR_REGISTRY=ecr\nTAG=1.1.0\n"


def test_same_tag_again_changes_nothing(engine: FakeEngine, directory: Path) -> None:
    deploy(engine, directory, "1.1.0")
    engine.events.clear()
    before = (directory / "releases.json").read_text()
    assert not rollout(engine, directory).plan("1.1.0").changes
    deploy(engine, directory, "1.1.0")
    assert engine.events == []
    assert (directory / "releases.json").read_text() == before


def test_same_tag_with_another_image_is_deployed(engine: FakeEngine, directory: Path) -> None:
    deploy(engine, directory, "1.1.0")
    one = next(item for item in engine.running.values() if item.service == "batch")
    engine.running[one.id] = replace(one, image_id="sha-older")
    assert [item.name for item in rollout(engine, directory).plan("1.1.0").outdated] == ["batch"]


def test_missing_tag_fails_before_anything_changes(engine: FakeEngine, directory: Path) -> None:
    with pytest.raises(RolloutError, match=r"ecr/batch:9\.9\.9 cannot be pulled: manifest unknown.*Nothing was changed"):
        deploy(engine, directory, "9.9.9")
    assert engine.events == []
    assert everything_at(engine, "1.0.0")
    assert not (directory / "releases.json").exists()


def test_unknown_service_is_named(engine: FakeEngine, directory: Path) -> None:
    with pytest.raises(RolloutError, match="no service api-gatway; it has api-gateway, batch"):
        deploy(engine, directory, "1.1.0", names=["api-gatway"])


def test_failure_of_the_last_takes_all_back(engine: FakeEngine, directory: Path) -> None:
    grown = engine.grown

    def broken_gateway(one: Container) -> Container:
        if one.id != "api-gateway-2-1.1.0":
            return grown(one)
        return replace(grown(one), health="unhealthy", health_output="connection refused", exit_code=1)

    engine.grown = broken_gateway  # type: ignore[method-assign]
    with pytest.raises(RolloutError) as failed:
        deploy(engine, directory, "1.1.0", names=["user-service", "batch", "api-gateway"])
    assert everything_at(engine, "1.0.0")
    assert "stop api-gateway 1.0.0" not in engine.events, "its old container goes on as before"
    message = str(failed.value)
    assert "api-gateway at 1.1.0 is unhealthy" in message
    assert "its health check says: connection refused" in message
    assert "its last line: cannot reach the database" in message
    assert message.endswith("Everything is at 1.0.0 as before")
    last = releases(directory)[-1]
    assert (last["outcome"], last["tag"], last["previous"], last["by"]) == ("failed", "1.1.0", "1.0.0", "jane")
    assert last["details"]["log"] == ["starting", "cannot reach the database"]
    assert last["went_back"] == ["batch", "user-service"]
    assert "TAG=1.0.0" in (directory / ".env").read_text()


@pytest.mark.parametrize("last", ["starting", "unhealthy"])
def test_a_container_that_ends_is_not_called_unhealthy(engine: FakeEngine, directory: Path, last: str) -> None:
    grown, looks = engine.grown, 0

    def ending(one: Container) -> Container:
        nonlocal looks
        if one.id != "api-gateway-2-1.1.0":
            return grown(one)
        looks += 1
        if looks < 8:  # Docker waits before it starts it again ...
            return replace(one, status="restarting", restarts=1, exit_code=3)
        return replace(one, restarts=1 if last == "unhealthy" else 3, health=last)  # ... and then knows no exit code any more

    engine.grown = ending  # type: ignore[method-assign]
    with pytest.raises(RolloutError, match=r"api-gateway at 1\.1\.0 ends soon after it started; exit code 3"):
        deploy(engine, directory, "1.1.0", names=["api-gateway"])
    assert everything_at(engine, "1.0.0")


def test_in_place_failure_goes_back(engine: FakeEngine, directory: Path) -> None:
    engine.ill = {"1.1.0"}
    with pytest.raises(RolloutError, match=r"batch at 1\.1\.0 ends soon after it started; exit code 3"):
        deploy(engine, directory, "1.1.0", names=["batch"])
    assert everything_at(engine, "1.0.0")


def test_says_when_going_back_fails(engine: FakeEngine, directory: Path) -> None:
    engine.ill = {"1.0.0", "1.1.0"}
    with pytest.raises(RolloutError, match=r"Going back failed as well: batch at 1\.0\.0"):
        deploy(engine, directory, "1.1.0", names=["batch"])
    assert releases(directory)[-1]["outcome"] == "stuck"


def test_proxy_that_does_not_reload_is_a_failure(engine: FakeEngine, directory: Path) -> None:
    engine.deaf = True
    with pytest.raises(RolloutError, match="nginx did not take up its configuration again in 30 s"):
        deploy(engine, directory, "1.1.0", names=["api-gateway"])
    assert "1.0.0" in tags_running(engine)["api-gateway"], "the proxy still leads to the old one"


KILLS = [
    "pin user-service 1.0.0",
    "start user-service 1.1.0",
    "pin user-service 1.1.0",
    "stop user-service 1.0.0",
    "replace batch 1.1.0",
    "start api-gateway 1.1.0",
    "reload",
    "stop api-gateway 1.0.0",
]


@pytest.mark.parametrize("moment", KILLS)
@pytest.mark.parametrize("then", ["1.1.0", "1.0.0", "1.2.0"])
def test_killed_rollout_is_finished_or_undone(engine: FakeEngine, directory: Path, moment: str, then: str) -> None:
    engine.kill_at = moment
    order = ["user-service", "batch", "api-gateway"]
    with pytest.raises(Killed):
        deploy(engine, directory, "1.1.0", names=order)
    assert "TAG=1.0.0" in (directory / ".env").read_text(), "a host that restarts now comes up with the tag before"
    engine.kill_at = None
    deploy(engine, directory, then, names=order)
    assert everything_at(engine, then)
    outcomes = [(item["tag"], item["outcome"]) for item in releases(directory)]
    assert outcomes == [("1.1.0", "interrupted"), (then, "good")]
    engine.events.clear()
    deploy(engine, directory, then, names=order)
    assert engine.events == []


def test_unhealthy_container_of_the_same_tag_stays_until_a_better_one_is_there(engine: FakeEngine, directory: Path) -> None:
    engine.ill = {"1.0.0"}
    with pytest.raises(RolloutError):
        deploy(engine, directory, "1.0.0", names=["user-service"])
    assert tags_running(engine)["user-service"] == ["1.0.0"], "rather an unhealthy one than none"


def test_rollback_goes_back_again_and_again(engine: FakeEngine, directory: Path) -> None:
    for tag in ("1.1.0", "1.2.0"):
        deploy(engine, directory, tag)
    for expected in ("1.1.0", "1.0.0"):
        one = rollout(engine, directory, pull="missing")
        tag = one.target()
        assert tag == expected
        deploy(engine, directory, tag, "rollback")
        assert everything_at(engine, expected)
    with pytest.raises(RolloutError, match="no earlier release"):
        rollout(engine, directory).target()
    assert [item["outcome"] for item in releases(directory)] == ["rolled_back", "rolled_back", "rolled_back", "good"]


def test_failed_release_is_nothing_to_go_back_to(engine: FakeEngine, directory: Path) -> None:
    deploy(engine, directory, "1.1.0")
    engine.ill = {"1.2.0"}
    with pytest.raises(RolloutError):
        deploy(engine, directory, "1.2.0")
    assert rollout(engine, directory).target() == "1.0.0"


def test_history_is_bounded(engine: FakeEngine, directory: Path) -> None:
    for _each in range(3):
        deploy(engine, directory, "1.1.0", kept=4)
        deploy(engine, directory, "1.2.0", kept=4)
    assert len(releases(directory)) == 4


def test_images_of_old_releases_go(engine: FakeEngine, directory: Path) -> None:
    for tag in ("1.1.0", "1.2.0"):
        deploy(engine, directory, tag, keep_images=1)
    assert "ecr/batch:1.0.0" not in engine.here
    assert {"ecr/batch:1.1.0", "ecr/batch:1.2.0"} <= engine.here, "the one before is kept to go back to"


def test_one_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path / "lock", "jane@laptop", 0), pytest.raises(LockedError, match="jane@laptop"), locked(tmp_path / "lock", "joe", 0):
        pass
    with locked(tmp_path / "lock", "joe", 0):
        pass
