# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulator's control plane is a real one: pods run, fail and are logged as a cluster's do, and it ends with its owner."""

from __future__ import annotations

import base64
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.kubernetes.build import KUBERNETES_VERSION, build
from tests.emulator.kubernetes.control_plane import ControlPlane

from .real_cluster import Answering, Cluster, deployment, group, pod, processes_of

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-control-plane"),
    # The first one may have to build the control plane.
    pytest.mark.timeout(3600),
]

OWNER = """
import sys, time
from pathlib import Path
from tests.emulator.kubernetes.control_plane import ControlPlane
plane = ControlPlane(Path(sys.argv[1]), name="orphan", version="1.33")
plane.start()
plane.wait_ready()
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module", autouse=True)
def program() -> Path:
    return build()


@pytest.fixture(scope="module")
def cluster(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    webhooks = Answering()
    plane = ControlPlane(
        tmp_path_factory.mktemp("cluster") / "c",
        name="demo",
        version="1.33",
        token_webhook=webhooks.url,
        authorization_webhook=webhooks.url,
    )
    plane.start()
    try:
        plane.wait_ready()
        found = Cluster(plane)
        found.groups(group())
        found.run("kubectl", "wait", "--for=condition=Ready", "node", "--all", "--timeout=30s")
        yield found
        found.keeper.close()
    finally:
        plane.stop()
        webhooks.close()


def ask(plane: ControlPlane, path: str, token: str) -> tuple[int, Any]:
    context = ssl.create_default_context(cadata=base64.b64decode(plane.ca_data).decode())
    request = urllib.request.Request(plane.endpoint + path, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_it_says_its_version(cluster: Cluster) -> None:
    assert json.loads(cluster.run("kubectl", "version", "-o", "json"))["serverVersion"]["gitVersion"] == f"v{KUBERNETES_VERSION}"
    assert cluster.plane.alive()
    assert cluster.plane.ready


def test_nodes_are_those_of_the_node_group(cluster: Cluster) -> None:
    nodes = cluster.get("nodes")["items"]
    zones = sorted(node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes)
    assert zones == ["ca-central-1a", "ca-central-1b"]
    for node in nodes:
        assert node["status"]["allocatable"]["cpu"] == "1930m"
        assert node["status"]["addresses"][0]["address"].startswith("10.0.")
        assert node["spec"]["providerID"].startswith("aws:///ca-central-1")
    assert not cluster.groups(group())


def test_tokens_and_permissions_are_asked_for(cluster: Cluster) -> None:
    status, answer = ask(cluster.plane, "/api/v1/namespaces/default/configmaps", "good")
    assert (status, answer["kind"]) == (200, "ConfigMapList")
    status, answer = ask(cluster.plane, "/api/v1/namespaces/default/secrets", "good")
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert 'User "alice" cannot list resource "secrets"' in answer["message"]
    assert ask(cluster.plane, "/api/v1/namespaces/default/configmaps", "bad")[0] == 401


def test_a_deployment_rolls_out_over_both_nodes(cluster: Cluster) -> None:
    cluster.make(deployment("web", replicas=4))
    began = time.monotonic()
    cluster.run("kubectl", "rollout", "status", "deployment/web", "--timeout=30s")
    assert time.monotonic() - began < 15
    pods = cluster.get("pods", "-l", "app=web")["items"]
    assert len({found["spec"]["nodeName"] for found in pods}) == 2
    assert len({found["status"]["podIP"] for found in pods}) == 4
    cluster.run("kubectl", "delete", "deployment", "web")


def test_long_grace_periods_and_recreation_take_no_time(cluster: Cluster) -> None:
    patient = deployment("patient", replicas=2, strategy={"type": "Recreate"}, pod={"terminationGracePeriodSeconds": 610})
    cluster.make(patient)
    cluster.run("kubectl", "rollout", "status", "deployment/patient", "--timeout=30s")
    began = time.monotonic()
    cluster.run("kubectl", "set", "image", "deployment/patient", "app=web:2")
    cluster.run("kubectl", "rollout", "status", "deployment/patient", "--timeout=30s")
    cluster.run("kubectl", "delete", "deployment", "patient", "--timeout=30s")
    cluster.until("no pods", lambda: not cluster.get("pods", "-l", "app=patient")["items"])
    assert time.monotonic() - began < 20


def test_a_crash_loops_and_says_why(cluster: Cluster) -> None:
    both = pod("crashes", "registry:5000/web:crash-2@sha256:" + "0" * 64)
    both["spec"]["containers"].append({"name": "proxy", "image": "proxy:1"})
    cluster.make(both)

    def looping() -> Any:
        status = cluster.status_of("crashes")
        app = status.get("containerStatuses", [{}])[0]
        return status if app.get("restartCount", 0) >= 2 and "waiting" in app["state"] else None

    status = cluster.until("two restarts", looping)
    app, proxy = status["containerStatuses"]
    assert app["state"]["waiting"]["reason"] == "CrashLoopBackOff"
    assert app["lastState"]["terminated"]["exitCode"] == 1
    assert app["lastState"]["terminated"]["reason"] == "Error"
    assert proxy["ready"] is True
    assert proxy["restartCount"] == 0
    assert status["phase"] == "Running"
    ready = next(condition for condition in status["conditions"] if condition["type"] == "Ready")
    assert (ready["status"], ready["reason"], ready["message"]) == ("False", "ContainersNotReady", "containers with unready status: [app]")
    assert "Back-off restarting failed container" in cluster.run("kubectl", "describe", "pod", "crashes")
    assert cluster.run("kubectl", "logs", "crashes", "-c", "app", "--tail=1") == "error: cannot connect to database\n"
    assert "error: cannot connect" in cluster.run("kubectl", "logs", "crashes", "-c", "app", "--previous")
    assert "ready to serve" in cluster.run("kubectl", "logs", "crashes", "-c", "proxy")
    assert "previous terminated container" in cluster.run("kubectl", "logs", "crashes", "-c", "proxy", "--previous", fails=True)
    cluster.run("kubectl", "delete", "pod", "crashes")


def test_the_log_can_be_given(cluster: Cluster) -> None:
    cluster.make(pod("talks", annotations={"stratum.test/behaviour": "crash", "stratum.test/log": "one\ntwo\nthree\n"}))
    cluster.until("a log", lambda: cluster.status_of("talks")["phase"] == "Running")
    assert cluster.run("kubectl", "logs", "talks", "--tail=2") == "two\nthree\n"
    cluster.run("kubectl", "delete", "pod", "talks")


def test_pods_that_never_or_late_become_ready(cluster: Cluster) -> None:
    cluster.make(pod("never", "web:never-ready"), pod("late", "web:late-3"), pod("good", "web:late", {"stratum.test/behaviour": "good"}))
    began = time.monotonic()
    cluster.run("kubectl", "wait", "--for=condition=Ready", "pod/good", "--timeout=30s")
    cluster.until("late runs", lambda: cluster.status_of("late")["phase"] == "Running")
    assert not cluster.status_of("late")["containerStatuses"][0]["ready"]
    cluster.run("kubectl", "wait", "--for=condition=Ready", "pod/late", "--timeout=30s")
    assert time.monotonic() - began >= 2.5
    late = next(condition for condition in cluster.status_of("late")["conditions"] if condition["type"] == "Ready")
    assert "reason" not in late
    never = cluster.status_of("never")
    assert never["phase"] == "Running"
    assert never["containerStatuses"][0]["ready"] is False
    assert "Readiness probe failed" in cluster.run("kubectl", "describe", "pod", "never")
    cluster.run("kubectl", "delete", "pod", "never", "late", "good")


def test_init_containers_have_succeeded_and_sidecars_run(cluster: Cluster) -> None:
    sidecar = {"name": "sidecar", "image": "proxy:1", "restartPolicy": "Always"}
    made = pod(
        "prepared",
        initContainers=[{"name": "migrate", "image": "web:crash"}, sidecar],
        readinessGates=[{"conditionType": "example.org/target"}],
        hostNetwork=True,
    )
    cluster.make(made)
    cluster.run("kubectl", "wait", "--for=condition=Ready", "pod/prepared", "--timeout=30s")
    status = cluster.status_of("prepared")
    migrated, running = status["initContainerStatuses"]
    assert migrated["state"]["terminated"]["exitCode"] == 0
    assert running["started"] is True
    assert "running" in running["state"]
    conditions = {condition["type"]: condition["status"] for condition in status["conditions"]}
    assert conditions["example.org/target"] == conditions["Initialized"] == conditions["ContainersReady"] == "True"
    assert status["podIP"] == status["hostIP"] == status["hostIPs"][0]["ip"]
    cluster.run("kubectl", "delete", "pod", "prepared")


def test_a_missing_image_is_waited_for(cluster: Cluster) -> None:
    cluster.make(pod("missing", "web:image-missing"))
    status = cluster.until(
        "a status", lambda: [cluster.status_of("missing")] if "containerStatuses" in cluster.status_of("missing") else None
    )[0]
    waiting = status["containerStatuses"][0]["state"]["waiting"]
    assert waiting["reason"] == "ImagePullBackOff"
    assert "web:image-missing" in waiting["message"]
    assert status["phase"] == "Pending"
    assert "waiting to start" in cluster.run("kubectl", "logs", "missing", fails=True)
    cluster.run("kubectl", "delete", "pod", "missing")


def test_jobs_complete_and_fail(cluster: Cluster) -> None:
    def job(name: str, image: str) -> dict[str, Any]:
        template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": image}]}}
        spec = {"backoffLimit": 0, "template": template}
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": spec}

    cluster.make(job("works", "job:1"), job("fails", "job:crash"))
    cluster.run("kubectl", "wait", "--for=condition=Complete", "job/works", "--timeout=30s")
    cluster.run("kubectl", "wait", "--for=condition=Failed", "job/fails", "--timeout=30s")
    (failed,) = cluster.get("pods", "-l", "job-name=fails")["items"]
    assert failed["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 1
    assert cluster.run("kubectl", "logs", "job/works").endswith("done\n")
    cluster.run("kubectl", "delete", "job", "works", "fails")


def test_helm_waits_tests_and_rolls_back(cluster: Cluster, tmp_path: Path) -> None:
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("apiVersion: v2\nname: chart\nversion: 1.0.0\n", encoding="utf-8")
    released = json.dumps(deployment("helmed")).replace('"web:1"', '"web:{{ .Values.tag }}"')
    (chart / "templates" / "deployment.yaml").write_text(released, encoding="utf-8")
    tested = pod("helmed-test", annotations={"helm.sh/hook": "test"}, restartPolicy="Never")
    (chart / "templates" / "test.yaml").write_text(json.dumps(tested), encoding="utf-8")
    upgrade = ("helm", "upgrade", "--install", "helmed", str(chart), "--wait", "--set")
    cluster.run(*upgrade, "tag=1", "--timeout", "30s")
    assert "Phase:          Succeeded" in cluster.run("helm", "test", "helmed", "--timeout", "30s")
    cluster.run(*upgrade, "tag=crash", "--timeout", "3s", fails=True)
    good = [found for found in cluster.get("pods", "-l", "app=helmed")["items"] if found["status"]["containerStatuses"][0]["ready"]]
    assert [found["spec"]["containers"][0]["image"] for found in good] == ["web:1"]
    cluster.run("helm", "rollback", "helmed", "1", "--wait", "--timeout", "30s")
    cluster.run("helm", "uninstall", "helmed", "--wait", "--timeout", "30s")


def test_what_speckle_requests_fits_on_two_medium_nodes(cluster: Cluster) -> None:
    wanted = {
        "server": {},
        "objects": {"cpu": "1000m", "memory": "1Gi"},
        "frontend": {"cpu": "250m", "memory": "256Mi"},
        "preview": {"cpu": "500m", "memory": "2Gi"},
        "webhook": {"cpu": "100m", "memory": "512Mi"},
        "fileimport": {"cpu": "100m", "memory": "512Mi"},
        "monitoring": {"cpu": "100m", "memory": "64Mi"},
        "pgadmin": {"cpu": "250m", "memory": "256Mi"},
    }
    cluster.make(*(deployment(name, requests=requests) for name, requests in wanted.items()))
    for name in wanted:
        cluster.run("kubectl", "rollout", "status", f"deployment/{name}", "--timeout=30s")
    cluster.make(deployment("too-much", requests={"cpu": "1900m"}))
    cluster.until("it is refused", lambda: "Insufficient cpu" in json.dumps(cluster.get("pods", "-l", "app=too-much")))
    cluster.run("kubectl", "delete", "deployment", "--all")


def test_nodes_follow_their_group(cluster: Cluster) -> None:
    before = {node["metadata"]["name"] for node in cluster.get("nodes")["items"]}
    grown = cluster.groups(group(3, labels={"tier": "db"}))
    assert len(grown.created) == 1
    assert set(grown.changed) == before
    assert len(cluster.get("nodes", "-l", "tier=db")["items"]) == 3
    cluster.run("kubectl", "wait", "--for=condition=Ready", "node", "--all", "--timeout=30s")
    cluster.make(deployment("moves", replicas=6))
    cluster.run("kubectl", "rollout", "status", "deployment/moves", "--timeout=30s")
    began = time.monotonic()
    shrunk = cluster.groups(group(1))
    assert len(shrunk.removed) == 2
    assert time.monotonic() - began < 30
    cluster.run("kubectl", "rollout", "status", "deployment/moves", "--timeout=30s")
    (left,) = cluster.get("nodes")["items"]
    assert "tier" not in left["metadata"]["labels"]
    assert {found["spec"]["nodeName"] for found in cluster.get("pods", "-l", "app=moves")["items"]} == {left["metadata"]["name"]}
    cluster.run("kubectl", "delete", "deployment", "moves")
    cluster.groups(group())


def test_it_ends_with_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "orphan"
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "ready\n"
        assert len(processes_of(folder)) == 5
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.wait(10)
    deadline = time.monotonic() + 5
    while left := processes_of(folder):
        assert time.monotonic() < deadline, f"still there: {left}"
        time.sleep(0.05)


def test_it_can_be_stopped_while_it_starts_and_after(tmp_path: Path) -> None:
    folder = tmp_path / "short"
    plane = ControlPlane(folder, name="short", version="1.33")
    plane.start()
    began = time.monotonic()
    plane.stop()
    assert time.monotonic() - began < 5
    assert not folder.exists()
    again = ControlPlane(folder, name="short", version="1.33")
    again.start()
    again.wait_ready()
    assert len(processes_of(folder)) == 5
    again.stop(remove=False)
    assert not again.alive()
    assert processes_of(folder) == []
    assert (folder / "logs" / "kube-apiserver.log").exists()
    again.stop()
    assert not folder.exists()


@pytest.mark.parametrize("which", ["etcd", "supervise"])
def test_all_parts_end_when_one_does(tmp_path: Path, which: str) -> None:
    folder = tmp_path / "broken"
    plane = ControlPlane(folder, name="broken", version="1.33")
    plane.start()
    try:
        plane.wait_ready()
        (store,) = [process for process in processes_of(folder) if b"\0etcd\0" in Path(f"/proc/{process}/cmdline").read_bytes()]
        parent = int(Path(f"/proc/{store}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])
        os.kill(store if which == "etcd" else parent, signal.SIGKILL)
        deadline = time.monotonic() + 5
        while plane.alive() or processes_of(folder):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        plane.stop()
