# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rollout is made of: the history that Helm keeps, one upgrade, the pods that are watched; and sizes of node groups."""

from __future__ import annotations

import base64
import gzip
import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _helm_records as records
from ansible_collections.stratum.aws.plugins.module_utils._helm import Chart
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_plan import Step
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_upgrade import CheckFailed, LeaseLost, StepFailed, Upgrades
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_watch import PodWatch
from ansible_collections.stratum.aws.plugins.modules.eks_nodegroup_scaling import wanted_sizes


def secret(revision: int, status: str, description: str, *, name: str = "web", config: Any = None) -> dict[str, Any]:
    told = {
        "name": name,
        "namespace": "shop",
        "version": revision,
        "info": {"status": status, "description": description, "last_deployed": "2026-11-21T12:00:00Z"},
        "chart": {"metadata": {"name": "web-service", "version": "0.1.0"}, "values": {"image": {"tag": ""}, "replicas": 2}},
        "config": config or {"image": {"tag": f"v{revision}"}},
    }
    packed = base64.b64encode(base64.b64encode(gzip.compress(json.dumps(told).encode()))).decode()
    return {"metadata": {"name": f"sh.helm.release.v1.{name}.v{revision}", "namespace": "shop"}, "data": {"release": packed}}


class Api:
    """Answers with what a test has put there."""

    name = "shop"

    def __init__(self, **objects: list[dict[str, Any]]) -> None:
        self.objects = objects
        self.deleted: list[str] = []

    def listed(self, _version: str, kind: str, _namespace: str | None = None, **_query: str) -> list[dict[str, Any]]:
        return self.objects.get(kind, [])

    def delete(self, found: dict[str, Any], _write: Any) -> None:
        self.deleted.append(found["metadata"]["name"].rpartition(".")[2])


# -- the history ---------------------------------------------------------------------------------------


def test_history_is_read_whole() -> None:
    found = records.history_in(
        [secret(2, "deployed", "deploy v2 by rolling"), secret(1, "superseded", "Install complete"), {"data": {"release": "x"}}, {}]
    )
    assert [(each.revision, each.status, each.chart_version) for each in found] == [(1, "superseded", "0.1.0"), (2, "deployed", "0.1.0")]
    assert (found[1].config, found[1].values) == ({"image": {"tag": "v2"}}, {"image": {"tag": "v2"}, "replicas": 2})
    assert "config" not in found[0].as_dict()
    assert "values" not in found[0].as_dict()


@pytest.mark.parametrize(
    ("status", "description", "settled", "back"),
    [
        ("deployed", "Install complete", True, 0),
        ("deployed", "deploy v2 by canary", True, 0),
        ("superseded", "deploy v2 by canary, step 3 of 9: bring up pods for 50 %", False, 0),
        ("failed", "Upgrade failed", False, 0),
        ("deployed", "Rollback to 4", True, 4),
        ("deployed", "rollback to 4", True, 4),
        ("pending-upgrade", "Preparing upgrade", False, 0),
    ],
)
def test_what_is_settled(status: str, description: str, settled: bool, back: int) -> None:
    (found,) = records.history_in([secret(7, status, description)])
    assert (found.settled, found.goes_back_to) == (settled, back)


def test_helm_s_way_back_to_a_step_is_a_step() -> None:
    found = records.history_in(
        [secret(2, "superseded", "deploy v2 by canary, step 1 of 9: prepare the canary"), secret(4, "deployed", "Rollback to 2")]
    )
    assert [each.settled for each in found] == [False, False]


def test_newest_of_each() -> None:
    found = records.history_in([secret(1, "superseded", ""), secret(3, "deployed", ""), secret(2, "deployed", "", name="api")])
    assert [(each.name, each.revision) for each in records.newest_of_each(found)] == [("api", 2), ("web", 3)]


# -- one upgrade ---------------------------------------------------------------------------------------


class Helm:
    """Takes down what it is told, and runs until somebody ends it."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.looks = 3

    def watched(self, arguments: list[str], watch: Callable[[], str]) -> None:
        self.told = arguments
        given = [Path(value) for option, value in pairwise(arguments) if option == "--values"]
        self.values = [json.loads(path.read_text(encoding="utf-8")) for path in given]
        for _look in range(self.looks):
            watch()


@pytest.fixture(name="upgrades")
def _upgrades(tmp_path: Path) -> Upgrades:
    # API and Helm are stand-ins of this test; mypy knows neither them nor what they remember.
    return Upgrades(Api(), Helm(), tmp_path, "web", "shop", Chart("charts/web-service", "1"), timeout=60, history_max=3)  # type: ignore[arg-type]


def test_arguments_of_helm(upgrades: Upgrades) -> None:
    upgrades.upgrade({"a": 1}, "deploy v2", Step("roll", {"a": 1}, hooks=True), checks=())
    told: Any = upgrades.helm
    assert told.values == [{"a": 1}]
    words = " ".join(told.told)
    assert words.startswith("upgrade web charts/web-service --version 1 --namespace shop --values ")
    assert "--reset-values --description deploy v2 --history-max 0 --timeout 60s --wait --wait-for-jobs" in words
    assert "--no-hooks" not in words
    upgrades.upgrade({}, "step", Step("later", wait=False), checks=())
    assert "--no-hooks" in told.told
    assert "--wait" not in told.told


class Trouble:
    def __init__(self) -> None:
        self.samples = 0

    def begin(self, seconds: float = 0) -> None:
        return

    def sample(self, final: bool = False) -> None:
        self.samples += 1

    def trouble(self, final: bool = False) -> str:
        return "too many errors" if self.samples > 1 else ""


def test_check_ends_helm(upgrades: Upgrades) -> None:
    with pytest.raises(CheckFailed, match="too many errors"):
        upgrades.upgrade({}, "x", Step("roll"), checks=[Trouble()])  # type: ignore[list-item]


def test_lease(upgrades: Upgrades, tmp_path: Path) -> None:
    upgrades.must_hold()
    upgrades.lease = tmp_path / "lease"
    with pytest.raises(LeaseLost):
        upgrades.upgrade({}, "x", Step("roll"), checks=())
    upgrades.lease.touch()
    upgrades.must_hold()
    os.utime(upgrades.lease, (time.time() - 60, time.time() - 60))
    with pytest.raises(LeaseLost, match="the lock of the stack is lost, so nothing more is changed"):
        upgrades.roll_back(1)
    assert not upgrades.helm.told  # type: ignore[attr-defined]


def test_lease_that_is_lost_ends_helm(upgrades: Upgrades, tmp_path: Path) -> None:
    lease = tmp_path / "lease"
    lease.touch()
    upgrades.lease = lease

    class Removing(Trouble):
        def sample(self, final: bool = False) -> None:
            lease.unlink()

    with pytest.raises(LeaseLost):
        upgrades.upgrade({}, "x", Step("roll"), checks=[Removing()])  # type: ignore[list-item]


def test_history_is_pruned(upgrades: Upgrades) -> None:
    step = "deploy v4 by canary, step 1 of 2: prepare the canary"
    upgrades.api.objects["Secret"] = [  # type: ignore[attr-defined]
        secret(1, "superseded", "Install complete"),
        secret(2, "failed", "Upgrade failed"),
        secret(3, "superseded", "deploy v3 by rolling"),
        secret(4, "superseded", step),
        secret(5, "superseded", "scale"),
        secret(6, "deployed", "deploy v4 by canary"),
    ]
    upgrades.prune()
    assert upgrades.api.deleted == ["v4", "v1", "v2"]  # type: ignore[attr-defined]
    upgrades.history_max = 0
    upgrades.api.deleted.clear()  # type: ignore[attr-defined]
    upgrades.prune()
    assert upgrades.api.deleted == ["v4"]  # type: ignore[attr-defined]


# -- pods ----------------------------------------------------------------------------------------------


def deployment(track: str = "stable", replicas: int = 2, ready: int = 2, **status: int) -> dict[str, Any]:
    notes = {"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "shop"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "generation": 2, "labels": {"track": track}, "annotations": notes},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}},
        "status": {"observedGeneration": 2, "readyReplicas": ready, "updatedReplicas": ready, **status},
    }


def pod(uid: str, reason: str = "", restarts: int = 0, labels: Any = None) -> dict[str, Any]:
    state = {"waiting": {"reason": reason}} if reason else {"running": {}}
    return {
        "metadata": {"name": f"web-{uid}", "namespace": "shop", "uid": uid, "labels": labels or {"app": "web"}},
        "status": {
            "phase": "Running",
            "conditions": [{"type": "Ready", "status": "False" if reason else "True"}],
            "containerStatuses": [{"name": "web", "ready": not reason, "restartCount": restarts, "state": state}],
        },
    }


class Clock:
    now = 0.0

    def __call__(self) -> float:
        self.now += 1.5
        return self.now


@pytest.fixture(name="cluster")
def _cluster() -> Api:
    return Api(Deployment=[deployment()], Pod=[pod("old", "CrashLoopBackOff", 9)])


def watch(cluster: Api) -> PodWatch:
    return PodWatch(cluster, "shop", "web", restarts=3, clock=Clock())  # type: ignore[arg-type]


def test_old_pods_and_those_of_others_are_no_affair(cluster: Api) -> None:
    watching = watch(cluster)
    cluster.objects["Pod"].append(pod("new", "CrashLoopBackOff", 9, {"app": "other"}))
    assert watching.trouble() == ""


@pytest.mark.parametrize(("restarts", "hope"), [(0, True), (2, True), (3, False)])
def test_new_pod_may_begin_again_some_times(cluster: Api, restarts: int, hope: bool) -> None:
    watching = watch(cluster)
    cluster.objects["Pod"].append(pod("new", "CrashLoopBackOff", restarts))
    assert (watching.trouble() == "") is hope


def test_pod_in_service_may_not_begin_again(cluster: Api) -> None:
    watching = watch(cluster)
    cluster.objects["Pod"].append(pod("new", restarts=1))
    watching.settle()
    assert watching.trouble() == ""
    cluster.objects["Pod"][-1] = pod("new", restarts=2)
    assert "began again when it was in service" in watching.trouble()


def test_missing_image_is_waited_for_a_while(cluster: Api) -> None:
    watching = watch(cluster)
    cluster.objects["Pod"].append(pod("new", "ImagePullBackOff"))
    said = [watching.trouble() for _second in range(25)]
    assert said[0] == ""
    assert "has no image: web-new, container web: ImagePullBackOff" in said[-1]


@pytest.mark.parametrize(
    ("found", "ready"),
    [
        (deployment("green"), True),
        (deployment("green", ready=1), False),
        (deployment("green", replicas=0, ready=0), False),
        (deployment("green", observedGeneration=1), False),
        (deployment("green", updatedReplicas=1), False),
        (deployment("blue"), False),
    ],
)
def test_track_that_is_ready(found: dict[str, Any], ready: bool) -> None:
    assert watch(Api(Deployment=[found])).ready("green") is ready


def test_track_that_does_not_come_up(upgrades: Upgrades) -> None:
    upgrades.clock = Clock()
    upgrades.sleep = lambda _seconds: None
    with pytest.raises(StepFailed, match="the pods of green are not ready after 60 s"):
        upgrades.upgrade({}, "wake", Step("wake", until="green"), checks=())


# -- nodes ---------------------------------------------------------------------------------------------

SIZES = {"min_size": 1, "max_size": 4, "desired_size": 2}


@pytest.mark.parametrize(
    ("asked", "sizes"),
    [
        ({"desired_size": 3}, (1, 4, 3)),
        ({"desired_size": 0, "min_size": 0}, (0, 4, 0)),
        ({"desired_size": 6, "max_size": 6, "min_size": None}, (1, 6, 6)),
    ],
)
def test_sizes(asked: dict[str, Any], sizes: tuple[int, int, int]) -> None:
    assert tuple(wanted_sizes(SIZES, asked).values()) == sizes


@pytest.mark.parametrize(
    "asked",
    [{"desired_size": 5}, {"desired_size": 0}, {"desired_size": 2, "min_size": 3}, {"desired_size": 0, "min_size": 0, "max_size": 0}],
)
def test_sizes_that_exclude_each_other(asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Give them as well, or another desired_size"):
        wanted_sizes(SIZES, asked)
