# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A release as it is wished, with a helm and a cluster that a test plays: what is planned, what is told, what comes of a failure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _helm_release, _kubernetes_diagnosis, _outward
from ansible_collections.stratum.aws.plugins.module_utils._helm import Chart, HelmError, Record, Release, Rendered
from ansible_collections.stratum.aws.plugins.module_utils._helm_release import HelmRelease, ReleaseFailed, Wish
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import Place
from ansible_collections.stratum.aws.plugins.module_utils._outward import ANSWERED, Write

Document = dict[str, Any]


def thing(kind: str = "ConfigMap", name: str = "a", version: str = "v1", **parts: Any) -> Document:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name}, **parts}


def revision(number: int, status: str = "deployed", *objects: Document, **more: Any) -> Record:
    about = {"chart": "web", "chart_version": "1", "app_version": "", "updated": "2026-11-21T12:00:00Z", **more.pop("about", {})}
    return Record(Release("web", "shop", number, status, **about), objects, values={}, **more)


class Helm:
    """Holds revisions and renders what it is given; a command of `fails` fails with those words, and makes a failed revision."""

    def __init__(self, *records: Record, renders: Iterable[Document] = (), hooks: Iterable[Document] = (), **fails: str) -> None:
        self.records = list(records)
        self.renders = Rendered(tuple(renders), tuple(hooks), "web", "1", "")
        self.fails = fails
        self.commands: list[str] = []
        self.warnings: list[str] = []
        self.upgrades: list[bool] = []
        self.anew: list[bool] = []

    def record(self, _name: str, _namespace: str) -> Record | None:
        return self.records[-1] if self.records else None

    def release(self, name: str, namespace: str) -> Release | None:
        found = self.record(name, namespace)
        return found.release if found else None

    def last_good(self, _name: str, _namespace: str, below: int) -> int:
        good = [each.release.revision for each in self.records if each.release.status in ("deployed", "superseded")]
        return max((number for number in good if number < below), default=0)

    def history(self, _name: str, _namespace: str) -> list[Document]:
        return [{"revision": each.release.revision, "status": each.release.status, "chart": "web-1"} for each in self.records]

    def rendered(self, _name: str, _namespace: str, _chart: Chart, options: list[str], *, anew: bool) -> Rendered:
        self.values = json.loads(Path(options[options.index("--values") + 1]).read_text(encoding="utf-8"))
        self.anew.append(anew)
        return self.renders

    def templated(self, *_arguments: Any, upgrade: bool) -> Rendered:
        self.upgrades.append(upgrade)
        return self.renders

    def command(self, verb: str, *arguments: str) -> str:
        self.commands.append(f"{verb} {' '.join(arguments)}")
        if verb == "uninstall":
            self.records.clear()
        elif verb in ("upgrade", "rollback") and self.fails.get(verb) != "forbidden":
            self.records.append(revision(len(self.records) + 1, "failed" if verb in self.fails else "deployed", *self.renders.objects))
        if verb in self.fails:
            raise HelmError(self.fails[verb])
        return ""


class Cluster:
    """What the cluster has, by kind and name."""

    name = "shop"

    def __init__(self, *live: Document) -> None:
        self.live = {(each["kind"], each["metadata"]["name"]): each for each in live}

    def get_all(self, places: Iterable[Place]) -> list[Document | None]:
        return [self.live.get((place.kind, place.name)) for place in places]


@pytest.fixture
def make(tmp_path: Path) -> Any:
    def made(helm: Helm, *live: Document, check: bool = False, **wish: Any) -> HelmRelease:
        cluster: Any = Cluster(*live)
        fake: Any = helm
        given: Document = {"name": "web", "namespace": "shop", "chart": Chart("web"), "timeout": 60, **wish}
        return HelmRelease(cluster, fake, tmp_path, Wish(**given), check=check)

    return made


@pytest.fixture
def door() -> Iterator[list[Write]]:
    """Take writes down as a plan does."""
    seen: list[Write] = []

    def taken_down(write: Write, _perform: Any) -> Any:
        seen.append(write)
        return ANSWERED

    _outward.install(taken_down)
    yield seen
    _outward.install(None)


A, B = thing(data={"x": "1"}), thing(name="b", data={"x": "1"})


def test_a_plan_names_what_comes_changes_and_goes(make: Any) -> None:
    helm = Helm(revision(1, "deployed", A, B), renders=[{**A, "data": {"x": "2"}}, thing(name="c")])
    found = make(helm, A, B, check=True).present()
    assert found["changes"] == [
        {"property": "ConfigMap c", "new": "created"},
        {"property": "ConfigMap a data.x", "old": "1", "new": "2"},
        {"property": "ConfigMap b", "old": "deleted"},
    ]
    assert found["diff"] == {
        "before": {"release": "present", "ConfigMap a data.x": "1", "ConfigMap b": "deleted"},
        "after": {"release": "present", "ConfigMap c": "created", "ConfigMap a data.x": "2"},
    }
    assert helm.commands == []


def test_nothing_to_do_is_nothing(make: Any) -> None:
    helm = Helm(revision(1, "deployed", A), renders=[A])
    assert make(helm, {**A, "status": {}}).present()["changed"] is False
    assert helm.commands == []


def test_what_is_gone_already_or_kept_by_helm_does_not_go(make: Any) -> None:
    kept = thing(name="k") | {"metadata": {"name": "k", "annotations": {"helm.sh/resource-policy": "keep"}}}
    helm = Helm(revision(1, "deployed", A, B, kept), renders=[A])
    assert make(helm, A, kept).present()["changed"] is False


def test_a_field_that_the_chart_has_no_more_is_told(make: Any) -> None:
    helm = Helm(revision(1, "deployed", thing(data={"x": "1", "y": "2"})), renders=[A])
    found = make(helm, thing(data={"x": "1", "y": "2", "of others": "3"}), check=True).present()
    assert found["changes"] == [{"property": "ConfigMap a data.y", "old": "2"}]


@pytest.mark.parametrize("kind", ["HorizontalPodAutoscaler", "ScaledObject"])
def test_replicas_are_left_to_an_autoscaler_of_the_release_only(make: Any, kind: str) -> None:
    workload = thing("Deployment", version="apps/v1", spec={"replicas": 2})
    live = thing("Deployment", version="apps/v1", spec={"replicas": 7})
    target = {"kind": "Deployment", "name": "a"} if kind == "HorizontalPodAutoscaler" else {"name": "a"}
    scaler = thing(kind, version="autoscaling/v2", spec={"scaleTargetRef": target})
    assert make(Helm(revision(1, "deployed", workload), renders=[workload, scaler]), live, scaler).present()["changed"] is False
    other = thing(kind, version="autoscaling/v2", spec={"scaleTargetRef": {**target, "name": "other"}})
    found = make(Helm(revision(1, "deployed", workload), renders=[workload, other]), live, other, check=True).present()
    assert found["changes"] == [{"property": "Deployment a spec.replicas", "old": 7, "new": 2}]


def test_versions_hooks_and_values_count_where_no_object_differs(make: Any) -> None:
    older = revision(1, "deployed", A, about={"chart_version": "0"})
    assert make(Helm(older, renders=[A]), A, check=True).present()["changes"] == [{"property": "chart", "old": "web 0", "new": "web 1"}]
    job, other = thing("Job", "j", spec={"x": 1}), thing("Job", "j", spec={"x": 2})
    hooked = Helm(revision(1, "deployed", A, hooks=(job,)), renders=[A], hooks=[other])
    assert make(hooked, A, check=True).present()["changes"] == [{"property": "hook Job j", "old": "as it ran", "new": "another"}]
    assert make(hooked, A, check=True, hooks=False).present()["changed"] is False
    valued = Helm(revision(1, "deployed", A), renders=[A])
    found = make(valued, A, check=True, values={"a": {"b": 1}}, secret_values={"a": {"c": "hunter2"}}).present()
    assert found["changes"] == [{"property": "values.a", "new": "(sensitive)"}]
    assert valued.values == {"a": {"b": 1, "c": "hunter2"}}


def test_the_door_is_told_what_would_be_lost(make: Any, door: list[Write]) -> None:
    claim = thing("PersistentVolumeClaim", "disk")
    helm = Helm(revision(1, "deployed", A, claim), renders=[A])
    assert make(helm, A, claim).present()["changed"] is True
    make(helm, A, claim).absent()
    make(helm, A, claim).rolled_back(1)
    make(Helm(revision(1, "superseded"), revision(2)), A).rolled_back(0)
    make(Helm(renders=[A])).present()
    assert helm.commands == []
    assert [(write.operation, write.effect, list(write.destructive)) for write in door] == [
        ("UpgradeRelease", "change", ["PersistentVolumeClaim disk holds data and is deleted"]),
        ("UninstallRelease", "delete", ["PersistentVolumeClaim disk holds data and is deleted"]),
        ("RollbackRelease", "change", []),
        ("InstallRelease", "create", []),
    ]
    assert {write.place for write in door} == {"shop"}


def test_kinds_that_come_with_the_chart_are_planned_and_told_of(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    helm = Helm(renders=[A])

    def refuses(*_arguments: Any, **_options: Any) -> Rendered:
        raise HelmError('resource mapping not found: no matches for kind "Thing" in version "x.y/v1" ensure CRDs are installed first')

    monkeypatch.setattr(helm, "rendered", refuses)
    found = make(helm, check=True).present()
    assert found["changes"] == [{"property": "ConfigMap a", "new": "created"}]
    assert helm.upgrades == [False]
    (warning,) = helm.warnings
    assert warning.startswith('the cluster does not have yet: kind "Thing" in version "x.y/v1". ')


# ---- upgrades


def test_helm_is_told_how(make: Any) -> None:
    helm = Helm(renders=[A])
    make(helm, wait=False, hooks=False, skip_crds=True, create_namespace=True, history_max=3).present()
    (command,) = helm.commands
    assert command.startswith("upgrade --install web web --namespace shop --values ")
    for part in ("--reset-values", "--history-max 3", "--no-hooks", "--skip-crds", "--create-namespace", "--timeout 60s"):
        assert part in command
    assert "--wait" not in command
    other = Helm(renders=[A])
    make(other).present()
    assert "--wait --wait-for-jobs" in other.commands[0]


AILING = {"pod": "web-1", "reason": "CrashLoopBackOff"}


@pytest.fixture
def ailing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kubernetes_diagnosis, "ailing", lambda *_arguments: [AILING])


@pytest.mark.usefixtures("ailing")
def test_a_failed_upgrade_is_told_and_taken_back(make: Any) -> None:
    helm = Helm(revision(1, "superseded"), revision(2, "deployed"), renders=[A], upgrade="context deadline exceeded")
    with pytest.raises(ReleaseFailed) as failed:
        make(helm).present()
    assert str(failed.value) == "web-1: CrashLoopBackOff. Revision 2 serves again"
    assert (failed.value.serving, failed.value.ailments) == (2, [AILING])
    assert helm.commands[-1] == "rollback web 2 --namespace shop --cleanup-on-fail --wait --timeout 60s"


@pytest.mark.usefixtures("ailing")
def test_a_reason_of_its_own_is_told_before_what_else_ails(make: Any) -> None:
    with pytest.raises(ReleaseFailed, match=r"^spec.selector: field is immutable; web-1: CrashLoopBackOff. Revision 1 serves again$"):
        make(Helm(revision(1), renders=[A], upgrade="spec.selector: field is immutable")).present()


@pytest.mark.usefixtures("ailing")
def test_going_back_may_fail_too_and_hides_nothing(make: Any) -> None:
    helm = Helm(revision(1), renders=[A], upgrade="timed out", rollback="no nodes")
    with pytest.raises(ReleaseFailed, match=r"^web-1: CrashLoopBackOff. Going back to revision 1 failed too: no nodes$"):
        make(helm).present()


@pytest.mark.parametrize(
    ("records", "wish", "fails", "told", "last"),
    [
        ([], {}, "timed out", "It was the first revision, so nothing is left of it", "uninstall web"),
        ([revision(1, "failed")], {}, "timed out", "It was the first revision, so nothing is left of it", "uninstall web"),
        ([], {"atomic": False}, "timed out", "Revision 1 is left as it is, for atomic is false", "upgrade --install"),
        ([], {}, "forbidden", "Nothing was installed", "upgrade --install"),
        ([revision(1)], {}, "forbidden", "Revision 1 serves as before", "upgrade --install"),
    ],
)
def test_what_is_left_of_a_failure(
    make: Any, monkeypatch: pytest.MonkeyPatch, records: list[Record], wish: Document, fails: str, told: str, last: str
) -> None:
    monkeypatch.setattr(_kubernetes_diagnosis, "ailing", lambda *_arguments: [])
    helm = Helm(*records, renders=[A], upgrade=fails)
    with pytest.raises(ReleaseFailed) as failed:
        make(helm, **wish).present()
    assert str(failed.value) == f"{fails}. {told}"
    assert helm.commands[-1].startswith(last)


# ---- what a helm that was killed has left


def began(seconds: float) -> Document:
    return {"updated": (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()}


def test_a_helm_that_may_live_is_not_disturbed(make: Any) -> None:
    helm = Helm(revision(1, "pending-upgrade", about=began(30)), renders=[A])
    with pytest.raises(HelmError, match=r"another helm is at work on it \(pending-upgrade for 30 s\). Run again when it has ended; 60 s"):
        make(helm).present()
    with pytest.raises(HelmError, match="another helm is at work"):
        make(helm).rolled_back(0)
    assert helm.commands == []


@pytest.mark.parametrize(
    ("records", "first"),
    [
        ([revision(1), revision(2, "pending-upgrade", about=began(90))], "rollback web 1 "),
        ([revision(1, "pending-install", about=began(90))], "uninstall web "),
        ([revision(1, "superseded"), revision(2, "uninstalling", about=began(90))], "uninstall web "),
    ],
)
def test_one_that_is_dead_is_cleared_away_first(make: Any, records: list[Record], first: str) -> None:
    helm = Helm(*records, renders=[A])
    assert make(helm, check=True).present()["changed"] is True
    assert helm.commands == []
    make(helm).present()
    assert helm.commands[0].startswith(first)
    assert helm.commands[1].startswith("upgrade --install web ")
    # Helm refuses even to render an upgrade of it.
    assert helm.anew == [True, True]


# ---- back and away


def test_it_goes_back_to_what_was_well(make: Any) -> None:
    helm = Helm(revision(1, "superseded"), revision(2, "failed"), revision(3))
    assert make(helm, check=True).rolled_back(0)["diff"]["after"] == {"like revision": 1}
    assert make(helm).rolled_back(3)["changed"] is False
    assert helm.commands == []
    make(helm).rolled_back(0)
    assert helm.commands == ["rollback web 1 --namespace shop --cleanup-on-fail --wait --timeout 60s"]


@pytest.mark.parametrize(
    ("helm", "number", "words"),
    [
        (Helm(), 0, "there is no such release"),
        (Helm(revision(1)), 0, "there is no revision before this one to go back to"),
        (Helm(revision(1)), 7, r"there is no revision 7 to go back to. Kept are: 1 \(web-1, deployed\)"),
    ],
)
def test_where_there_is_nothing_to_go_back_to_is_said(make: Any, helm: Helm, number: int, words: str) -> None:
    with pytest.raises(HelmError, match=words):
        make(helm).rolled_back(number)


def test_what_holds_an_object_is_waited_for(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    helm = Helm(revision(1, "deployed", A, B))
    release = make(helm, B)
    pauses: list[float] = []

    def gone_at_the_second(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            release.api.live.clear()

    # The module exports no `time`, and that is the one to replace.
    monkeypatch.setattr(_helm_release.time, "sleep", gone_at_the_second)  # type: ignore[attr-defined]
    assert release.absent()["diff"]["before"] == {"ConfigMap a": "present", "ConfigMap b": "present"}
    assert len(pauses) == 2
    assert make(helm).absent() == {"changed": False}
    monkeypatch.setattr(_helm_release, "GONE_SECONDS", 0)
    with pytest.raises(HelmError, match="ConfigMap b is still there after 0 s"):
        make(Helm(revision(1, "deployed", B)), B, timeout=0).absent()
