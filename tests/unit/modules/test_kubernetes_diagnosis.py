# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why pods do not come up, out of what a cluster says of them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_diagnosis import ailing, healthy, sentence, state_of

READY = [{"type": "Ready", "status": "True"}]


def container(name: str = "app", **status: Any) -> dict[str, Any]:
    return {"name": name, "ready": False, "restartCount": 0, "state": {}, **status}


def pod(*containers: dict[str, Any], name: str = "web-1", at: str = "1", **status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "creationTimestamp": at},
        "status": {"phase": "Running", "containerStatuses": [*containers], **status},
    }


CRASHING = container(
    state={"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
    lastState={"terminated": {"exitCode": 1, "reason": "Error"}},
    restartCount=3,
)


@pytest.mark.parametrize(
    ("ill", "told"),
    [
        (
            pod(CRASHING),
            {"container": "app", "reason": "CrashLoopBackOff", "message": "back-off 10s", "restarts": 3, "exit_code": 1},
        ),
        (
            pod(container(state={"running": {}}, lastState={"terminated": {"exitCode": 137, "reason": "OOMKilled"}}, restartCount=1)),
            {"container": "app", "reason": "OOMKilled", "message": "", "restarts": 1, "exit_code": 137},
        ),
        (
            pod(container(state={"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}})),
            {"container": "app", "reason": "ImagePullBackOff", "message": "no such image", "restarts": 0},
        ),
        (pod(container(state={"running": {}})), {"container": "app", "reason": "not ready", "message": "", "restarts": 0}),
        (pod(container()), {"container": "app", "reason": "not started", "message": "", "restarts": 0}),
        (
            pod(container("good", ready=True), container("bad", state={"running": {}})),
            {"container": "bad", "reason": "not ready", "message": "", "restarts": 0},
        ),
        (
            pod(container(), initContainerStatuses=[container("done", state={"terminated": {"exitCode": 0}}), container("init")]),
            {"container": "init", "reason": "not started", "message": "", "restarts": 0},
        ),
        (
            pod(
                phase="Pending", conditions=[{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]
            ),
            {"reason": "Unschedulable", "message": "0/3 nodes", "restarts": 0},
        ),
        (pod(phase="Failed", reason="Evicted", message="disk"), {"reason": "Evicted", "message": "disk", "restarts": 0}),
        ({"metadata": {"name": "x"}}, {"reason": "unknown", "message": "", "restarts": 0}),
    ],
)
def test_a_pod_says_which_container_ails_and_why(ill: dict[str, Any], told: dict[str, Any]) -> None:
    assert not healthy(ill)
    assert state_of(ill) == told


def test_what_is_ready_or_done_is_well() -> None:
    assert healthy(pod(conditions=READY))
    assert healthy(pod(phase="Succeeded"))
    assert not healthy(pod(phase="Pending", conditions=READY))


WEB: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {"selector": {"matchLabels": {"app": "web"}}},
}


class Cluster:
    """An API with one deployment, its pods, its events and what its containers said."""

    def __init__(self, *pods: dict[str, Any], logs: dict[bool, str] | None = None, **live: Any) -> None:
        self.pods = list(pods)
        self.logs_of = logs or {}
        self.live = {**WEB, **live}
        self.selectors: list[str] = []

    def get(self, *_unused: Any) -> dict[str, Any] | None:
        return self.live

    def listed(self, _version: str, kind: str, _namespace: str, **query: str) -> list[dict[str, Any]]:
        if kind == "Pod":
            self.selectors.append(query["labelSelector"])
            return list(self.pods)
        assert query["fieldSelector"].startswith("involvedObject.name=")
        first = {"type": "Warning", "reason": "BackOff", "message": "first", "lastTimestamp": "1", "metadata": {}}
        return [{**first, "message": "last", "lastTimestamp": "2"}, {**first, "type": "Normal", "lastTimestamp": "3"}, first]

    def logs(self, _namespace: str, _pod: str, _container: str, *, lines: int, previous: bool) -> str:
        assert lines == 10
        if previous not in self.logs_of:
            raise ApiError("none", 400)
        return self.logs_of[previous]


def found(cluster: Any, *manifests: dict[str, Any]) -> list[dict[str, Any]]:
    return ailing(cluster, manifests or (WEB,), "shop")


def test_a_crash_is_told_with_events_and_the_last_words_before_it() -> None:
    cluster = Cluster(pod(CRASHING), logs={True: "starting\n\ncannot connect\n\n", False: "starting\n"})
    (ailment,) = found(cluster)
    assert ailment["events"] == ["BackOff: first", "BackOff: last"]
    assert ailment["log"] == ["starting", "cannot connect"]
    assert sentence(ailment) == (
        'web-1, container app: CrashLoopBackOff (back-off 10s), exit code 1, 3 restarts; its last words: "cannot connect"'
    )
    assert cluster.selectors == ["app=web"]
    assert found(Cluster(pod(CRASHING), logs={False: "now"}))[0]["log"] == ["now"]
    (silent,) = found(Cluster(pod(CRASHING)))
    assert sentence(silent).endswith("3 restarts; last event: BackOff: last")


def test_what_is_well_or_on_its_way_out_is_not_told() -> None:
    going = pod(CRASHING)
    going["metadata"]["deletionTimestamp"] = "now"
    assert found(Cluster(pod(conditions=READY), going, status={"readyReplicas": 1})) == []
    assert found(Cluster(), {"kind": "Service", "metadata": {"name": "web"}}) == []


def test_five_pods_are_enough_and_the_newest_come_first() -> None:
    pods = [pod(CRASHING, name=f"web-{number}", at=str(number)) for number in range(9)]
    assert [each["pod"] for each in found(Cluster(*pods), WEB, WEB)] == ["web-8", "web-7", "web-6", "web-5", "web-4"]


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"}, "FailedCreate"),
        ({"type": "Progressing", "status": "False", "reason": "ReplicaSetCreateError", "message": "forbidden"}, "ReplicaSetCreateError"),
        ({"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"}, "no pods"),
    ],
)
def test_a_workload_that_makes_no_pods_is_told_by_itself(condition: dict[str, str], reason: str) -> None:
    (ailment,) = found(Cluster(status={"conditions": [condition]}))
    assert (ailment["pod"], ailment["reason"], ailment["events"][-1]) == ("Deployment web", reason, "BackOff: last")


def test_a_workload_that_wants_no_pods_is_well() -> None:
    assert found(Cluster(spec={**WEB["spec"], "replicas": 0})) == []


def test_selectors_are_written_as_the_api_reads_them() -> None:
    expressions = [
        {"key": "a", "operator": "In", "values": ["x", "y"]},
        {"key": "b", "operator": "NotIn", "values": ["z"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist"},
    ]
    cluster = Cluster(pod(CRASHING), spec={"selector": {"matchLabels": {"app": "web"}, "matchExpressions": expressions}})
    found(cluster)
    assert cluster.selectors == ["app=web,a in (x,y),b notin (z),c,!d"]
