# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release on its way, with a cluster that is played: what is done, what is left after a failure or a kill, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._helm_records import STEP, Stored
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout import Rollout, RolloutFailed, RolloutRefused
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_plan import Step, Wanted
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_upgrade import LeaseLost, StepFailed
from ansible_collections.stratum.aws.plugins.module_utils._helm_values import merged, read

from .test_helm_rollout_plan import CHART

QUICK: dict[str, Any] = {"steps": (50, 100), "step_seconds": 0, "bake_seconds": 0}


class Killed(BaseException):
    """The machine has gone."""


def fail(trouble: BaseException) -> NoReturn:
    raise trouble


class Cluster:
    """Keeps revisions as Helm does, and fails where it is told to."""

    timeout = 600

    def __init__(self, config: Mapping[str, Any] | None = None, defaults: Mapping[str, Any] | None = None) -> None:
        self.defaults = CHART if defaults is None else defaults
        self.kept: list[Stored] = []
        self.now = 0.0
        self.fails: Callable[[Mapping[str, Any], Step], Exception | BaseException | None] = lambda *_: None
        self.still_at_work = False
        self.ill: list[dict[str, Any]] = []
        self.add(dict(config or {"image": {"tag": "v1"}}), "Install complete")

    def add(self, config: Mapping[str, Any], description: str, status: str = "deployed") -> None:
        if status == "deployed":
            self.kept = [replace(each, status="superseded") if each.status == "deployed" else each for each in self.kept]
        number = self.kept[-1].revision + 1 if self.kept else 1
        values = merged(self.defaults, config)
        self.kept.append(
            Stored("web", "default", number, status, "web-service", "1", "", "2026-11-21T12:00:00Z", description, dict(config), values)
        )

    def revisions(self) -> list[Stored]:
        return list(self.kept)

    def busy(self, _stored: Stored) -> bool:
        return self.still_at_work

    def watch(self) -> None:
        return

    def settle(self) -> None:
        return

    def must_be_well(self) -> None:
        return

    def must_hold(self) -> None:
        return

    def ailments(self) -> list[dict[str, Any]]:
        return self.ill

    def upgrade(self, config: Mapping[str, Any], description: str, step: Step, *, checks: Sequence[Any]) -> None:
        for each in checks:
            each.begin(0)
        trouble = self.fails(config, step)
        if isinstance(trouble, Killed):
            self.add(config, "Preparing upgrade", "pending-upgrade")
            fail(trouble)
        if isinstance(trouble, LeaseLost):
            fail(trouble)
        self.add(config, "Upgrade failed" if trouble else description, "failed" if trouble else "deployed")
        if trouble:
            fail(trouble)

    def roll_back(self, revision: int) -> None:
        (found,) = [each for each in self.kept if each.revision == revision]
        description = found.description if STEP.search(found.description) else f"Rollback to {revision}"
        self.add(found.config, description)

    def prune(self) -> None:
        self.kept = [each for each in self.kept if each.settled or each.status == "failed" or each is self.kept[-1]]

    def state(self) -> tuple[Any, ...]:
        newest = self.kept[-1]
        paths = ("image.tag", "strategy.canary.tag", "strategy.weight", "strategy.active", "strategy.green.tag")
        return (newest.status, *(read(newest.values, path) for path in paths))


@pytest.fixture(name="cluster")
def _cluster() -> Cluster:
    return Cluster()


def rollout(cluster: Cluster, checks: Sequence[Any] = (), tags: tuple[str, ...] = ()) -> Rollout:
    def sleep(seconds: float) -> None:
        cluster.now += seconds

    # The cluster is a stand-in of this test.
    return Rollout(cluster, checks, tags, sleep, lambda: cluster.now)  # type: ignore[arg-type]


def deploy(
    cluster: Cluster, tag: str, strategy: str = "", *, check: bool = False, checks: Sequence[Any] = (), **more: Any
) -> dict[str, Any]:
    return rollout(cluster, checks).deploy(Wanted(tag, strategy, **{**QUICK, **more}), check=check)


def history(cluster: Cluster) -> list[tuple[int, str]]:
    return [(each.revision, each.description) for each in cluster.kept]


@pytest.mark.parametrize("strategy", ["rolling", "blue_green", "canary"])
def test_deploy_is_one_entry_of_the_history(cluster: Cluster, strategy: str) -> None:
    result = deploy(cluster, "v2", strategy)
    assert (result["changed"], result["tag"], result["previous"], result["strategy"]) == (True, "v2", "v1", strategy)
    assert [each[1] for each in history(cluster)] == ["Install complete", f"deploy v2 by {strategy}"]
    assert not deploy(cluster, "v2")["changed"]


def test_check_mode_tells_the_steps(cluster: Cluster) -> None:
    result = deploy(cluster, "v2", "blue_green", check=True)
    assert [each["name"] for each in result["steps"]] == ["prepare green", "switch to green"]
    assert len(cluster.kept) == 1


def fail_when(path: str, value: Any, times: int = 1) -> Callable[[Mapping[str, Any], Step], Exception | None]:
    left = [times]

    def fails(config: Mapping[str, Any], _step: Step) -> Exception | None:
        if read(config, path) == value and left[0]:
            left[0] -= 1
            return StepFailed("the pod web-1 ends again and again")
        return None

    return fails


@pytest.mark.parametrize(
    ("strategy", "path", "value", "step"),
    [
        ("rolling", "image.tag", "v2", "roll"),
        ("blue_green", "strategy.green.tag", "v2", "prepare green"),
        ("blue_green", "strategy.active", "green", "switch to green"),
        ("canary", "strategy.canary.tag", "v2", "prepare the canary"),
        ("canary", "strategy.weight", 50, "shift to 50 %"),
        ("canary", "strategy.weight", 100, "shift to 100 %"),
        ("canary", "image.tag", "v2", "promote"),
    ],
)
def test_failure_goes_back_to_what_was(cluster: Cluster, strategy: str, path: str, value: Any, step: str) -> None:
    cluster.fails = fail_when(path, value)
    cluster.ill = [{"pod": "web-1", "reason": "CrashLoopBackOff", "exit_code": 1, "restarts": 3}]
    with pytest.raises(RolloutFailed) as failed:
        deploy(cluster, "v2", strategy)
    said = str(failed.value)
    assert f"deploy v2 by {strategy} failed at the step {step!r}: web-1: CrashLoopBackOff, exit code 1, 3 restarts." in said
    newest = cluster.kept[-1]
    assert f"Revision {newest.revision} serves, as 1 was (v1)" in said
    assert (newest.config, newest.status, newest.settled) == (cluster.kept[0].config, "deployed", True)
    assert failed.value.result["serving"] == newest.revision
    assert failed.value.result["failed_step"] == step
    assert failed.value.result["ailments"] == cluster.ill
    # And the next deploy is as if nothing had been.
    assert deploy(cluster, "v3", strategy)["previous"] == "v1"


def test_way_back_that_fails_says_so(cluster: Cluster) -> None:
    cluster.fails = lambda _config, _step: StepFailed("no nodes")
    with pytest.raises(
        RolloutFailed, match=r"failed at the step 'roll': no nodes. And going back failed at the step 'back': no nodes. Look"
    ) as failed:
        deploy(cluster, "v2")
    assert failed.value.result["serving"] == 0


class Check:
    """Finds trouble when the tag gets requests."""

    seconds = 0.0

    def __init__(self, trouble: str = "", before: str = "", target: str = "serving") -> None:
        self.target = target
        self._trouble = trouble
        self._before = before
        self.samples = 0

    def before(self) -> str:
        return self._before

    def begin(self, seconds: float = 0) -> None:
        self.samples = 0

    def sample(self, final: bool = False) -> None:
        self.samples += 1

    def trouble(self, final: bool = False) -> str:
        return self._trouble if final else ""

    def summary(self) -> dict[str, Any]:
        return {"type": "played", "samples": self.samples}


def test_check_takes_a_release_back(cluster: Cluster) -> None:
    with pytest.raises(RolloutFailed, match=r"'shift to 50 %': too many errors"):
        deploy(cluster, "v2", "canary", checks=[Check("too many errors")])
    assert cluster.state() == ("deployed", "v1", "", 0, "blue", "")


def test_preview_is_checked_before_requests_come(cluster: Cluster) -> None:
    seen = []
    cluster.fails = lambda config, _step: seen.append(read(config, "strategy.active"))
    with pytest.raises(RolloutFailed, match=r"'prepare green': not well"):
        deploy(cluster, "v2", "blue_green", checks=[Check("not well", target="preview")])
    assert "green" not in seen


def test_checks_are_in_the_result(cluster: Cluster) -> None:
    steps = deploy(cluster, "v2", checks=[Check()], bake_seconds=10)["steps"]
    assert steps[0]["checks"][0]["samples"] > 100
    assert steps[0]["seconds"] >= 10


def test_check_that_cannot_judge_stops_before_anything(cluster: Cluster) -> None:
    with pytest.raises(RolloutRefused, match=r"the alarm rings. Nothing was changed"):
        deploy(cluster, "v2", checks=[Check(before="the alarm rings")])
    assert len(cluster.kept) == 1


# -- killed ------------------------------------------------------------------------------------------


def kill_at(step: str) -> Callable[[Mapping[str, Any], Step], BaseException | None]:
    return lambda _config, each: Killed() if each.name == step else None


def killed(cluster: Cluster, tag: str, strategy: str, step: str) -> None:
    cluster.fails = kill_at(step)
    with pytest.raises(Killed):
        deploy(cluster, tag, strategy)
    cluster.fails = lambda *_: None


CANARY_STEPS = ["prepare the canary", "shift to 50 %", "bring up pods for 100 %", "shift to 100 %", "promote", "remove the canary"]


@pytest.mark.parametrize("step", CANARY_STEPS)
@pytest.mark.parametrize(("tag", "strategy"), [("v2", "canary"), ("v2", ""), ("v3", "canary"), ("v2", "rolling")])
def test_next_deploy_goes_on_or_begins_anew(cluster: Cluster, step: str, tag: str, strategy: str) -> None:
    killed(cluster, "v2", "canary", step)
    result = deploy(cluster, tag, strategy)
    assert cluster.state()[:4] == ("deployed", tag, "", 0)
    assert result["notes"]
    assert cluster.kept[-1].settled
    assert all(each.settled for each in cluster.kept if each.status == "superseded")


@pytest.mark.parametrize("step", [*CANARY_STEPS, "prepare green", "switch to green", "roll"])
def test_rollback_undoes_what_was_killed(cluster: Cluster, step: str) -> None:
    strategy = {"prepare green": "blue_green", "switch to green": "blue_green", "roll": "rolling"}.get(step, "canary")
    killed(cluster, "v2", strategy, step)
    result = rollout(cluster).roll_back(0, check=False)
    assert result["tag"] == "v1"
    assert cluster.kept[-1].config == cluster.kept[0].config
    assert cluster.kept[-1].settled


@pytest.mark.parametrize("step", ["prepare green", "switch to green"])
@pytest.mark.parametrize("tag", ["v2", "v3"])
def test_next_blue_green_takes_the_colour_over(cluster: Cluster, step: str, tag: str) -> None:
    killed(cluster, "v2", "blue_green", step)
    deploy(cluster, tag, "blue_green")
    assert cluster.state() == ("deployed", "v1", "", 0, "green", tag)
    assert cluster.kept[-1].settled


def test_killed_between_two_steps_is_finished(cluster: Cluster) -> None:
    killed(cluster, "v2", "canary", "bring up pods for 100 %")
    cluster.kept.pop()  # helm had not begun
    assert cluster.state()[:4] == ("deployed", "v1", "v2", 50)
    result = deploy(cluster, "v2")
    assert result["steps"][0]["name"] == "bring up pods for 100 %"
    assert cluster.state()[:4] == ("deployed", "v2", "", 0)


def test_killed_after_the_switch_is_looked_at(cluster: Cluster) -> None:
    cluster.fails = kill_at("retire stable")
    with pytest.raises(Killed):
        deploy(cluster, "v2", "blue_green", retire=True)
    cluster.fails = lambda *_: None
    cluster.kept.pop()
    assert not cluster.kept[-1].settled
    assert [each["name"] for each in deploy(cluster, "v2")["steps"]] == ["finish"]
    assert cluster.kept[-1].settled


def test_helm_that_is_at_work_is_let_work(cluster: Cluster) -> None:
    killed(cluster, "v2", "rolling", "roll")
    cluster.still_at_work = True
    before = len(cluster.kept)
    with pytest.raises(RolloutRefused, match=r"another helm is at work on it .pending-upgrade since 2026-11-21T12:00:00"):
        deploy(cluster, "v3")
    assert len(cluster.kept) == before


def test_lost_lock_stops_where_it_is(cluster: Cluster) -> None:
    cluster.fails = lambda _config, step: LeaseLost("the lock of the stack is lost") if step.name == "shift to 50 %" else None
    with pytest.raises(RolloutFailed, match=r"the lock of the stack is lost. It stands at the step 'shift to 50 %'"):
        deploy(cluster, "v2", "canary")
    assert cluster.state()[:4] == ("deployed", "v1", "v2", 0)
    cluster.fails = lambda *_: None
    deploy(cluster, "v2")
    assert cluster.state()[:4] == ("deployed", "v2", "", 0)


# -- back and scale ----------------------------------------------------------------------------------


def test_rollback_takes_the_last_release_with_another_tag(cluster: Cluster) -> None:
    deploy(cluster, "v2", "canary")
    rollout(cluster).scale("web", "replicas", 5, check=False)
    result = rollout(cluster).roll_back(0, check=False)
    assert (result["tag"], result["previous"]) == ("v1", "v2")
    # What somebody went back behind is not gone to by itself again.
    with pytest.raises(
        RolloutRefused, match=r"no revision with another tag before this one to go back to. There are: 1 .v1, web-service 1"
    ):
        rollout(cluster).roll_back(0, check=False)


def test_rollback_to_a_revision(cluster: Cluster) -> None:
    for tag in ("v2", "v3"):
        deploy(cluster, tag)
    assert rollout(cluster).roll_back(1, check=True)["steps"] == [{"name": "back"}]
    assert rollout(cluster).roll_back(1, check=False)["tag"] == "v1"
    assert not rollout(cluster).roll_back(1, check=False)["changed"]
    with pytest.raises(RolloutRefused, match=r"no revision 17 to go back to. There are: 1 .v1.*2 .v2.*3 .v3"):
        rollout(cluster).roll_back(17, check=False)


def test_plain_chart_goes_back_by_helm() -> None:
    cluster = Cluster({"version": "1"}, {"version": "0"})
    again = rollout(cluster, tags=("version",))
    again.deploy(Wanted("2", tag_paths=("version",), bake_seconds=0), check=False)
    assert rollout(cluster, tags=("version",)).roll_back(0, check=False)["tag"] == "1"
    assert cluster.kept[-1].description == "Rollback to 1"


def test_scale_is_a_value(cluster: Cluster) -> None:
    result = rollout(cluster).scale("web", "replicas", 4, check=False)
    assert result["diff"] == {"before": {"web": 2}, "after": {"web": 4}}
    assert cluster.kept[-1].config == {"image": {"tag": "v1"}, "replicas": 4}
    assert not rollout(cluster).scale("web", "replicas", 4, check=False)["changed"]


@pytest.mark.parametrize(
    ("config", "path", "words"),
    [
        ({"image": {"tag": "v1"}}, "server.replicas", "has the value server.replicas"),
        ({"image": {"tag": "v1"}, "autoscaling": {"enabled": True}}, "replicas", "its autoscaler decides"),
    ],
)
def test_scale_is_refused(config: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(RolloutRefused, match=words):
        rollout(Cluster(config)).scale("web", path, 3, check=False)


def test_scale_waits_for_a_deploy_that_was_killed(cluster: Cluster) -> None:
    killed(cluster, "v2", "canary", "shift to 50 %")
    with pytest.raises(RolloutRefused, match=r"was left in the middle"):
        rollout(cluster).scale("web", "replicas", 3, check=False)


def test_what_is_not_there_is_refused(cluster: Cluster) -> None:
    cluster.kept = [replace(cluster.kept[0], status="failed")]
    with pytest.raises(RolloutRefused, match=r"first installation has not come up"):
        deploy(cluster, "v2")
    cluster.kept = []
    with pytest.raises(RolloutRefused, match=r"not installed. site.yml installs it"):
        deploy(cluster, "v2")
    cluster.add({}, "Uninstallation complete", "uninstalled")
    with pytest.raises(RolloutRefused, match=r"not installed\. site\.yml installs it"):
        deploy(cluster, "v2")
