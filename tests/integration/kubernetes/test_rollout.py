# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every strategy with a good, a crashing and a late image, against a real API; and what is left when a deploy is killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.charts import CHARTS
from tests.integration.modules.running import ModuleResult

from .kube import Kube

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-rollout"),
    pytest.mark.timeout(600),
]

CHART = str(CHARTS / "web-service")
QUICK: dict[str, Any] = {"steps": [50, 100], "step_seconds": 0, "bake_seconds": 0, "timeout": 120}
STRATEGIES = ["rolling", "blue_green", "canary"]


@dataclass
class Web:
    """A release of the chart web-service."""

    kube: Kube
    name: str = "web"

    def installed(self, tag: str = "v1", **values: Any) -> ModuleResult:
        """Converge the release, as the layer does."""
        base = {"image": {"repository": "web", "tag": tag}, "replicas": 2, "preStopSleepSeconds": 0, "test": {"enabled": False}, **values}
        keep = ["image.tag", "strategy.type", "strategy.active", "strategy.keepStable", "strategy.weight", "replicas"]
        keep += [f"strategy.{track}.{key}" for track in ("blue", "green") for key in ("tag", "replicas")]
        keep += ["strategy.canary.tag", "strategy.canary.capacity"]
        return self.kube.module(
            "helm_release", release_name=self.name, namespace=self.kube.namespace, chart=CHART, values=base, keep_values=keep, timeout=120
        )

    def options(self, **options: Any) -> dict[str, Any]:
        """Return the options of a rollout."""
        return {"release_name": self.name, "namespace": self.kube.namespace, "chart": CHART, **QUICK, **options}

    def rollout(self, check: bool = False, **options: Any) -> ModuleResult:
        """Run the module."""
        return self.kube.module("helm_rollout", check=check, **self.options(**options))

    def deploy(self, tag: str, strategy: str | None = None, **options: Any) -> ModuleResult:
        """Deploy a tag."""
        given: dict[str, Any] = {"tag": tag, **options, **({"strategy": strategy} if strategy else {})}
        return self.rollout(**given)

    def serving(self) -> dict[str, int]:
        """Return which images the ready pods have that the service leads to, and how many of each."""
        selector = self.kube.get("service", self.name)["spec"]["selector"]
        text = ",".join(f"{key}={value}" for key, value in selector.items())
        images: dict[str, int] = {}
        for pod in self.kube.get("pods", "--selector", text)["items"]:
            ready = any(each["type"] == "Ready" and each["status"] == "True" for each in pod["status"].get("conditions", []))
            if ready and not pod["metadata"].get("deletionTimestamp"):
                image = pod["spec"]["containers"][0]["image"]
                images[image] = images.get(image, 0) + 1
        return images

    def helm(self, *command: str) -> Any:
        """Return what helm says as JSON."""
        return json.loads(self.kube.cluster.run("helm", *command, "--namespace", self.kube.namespace, "--output", "json"))

    def history(self) -> list[tuple[int, str, str]]:
        """Return revision, status and description."""
        return [(each["revision"], each["status"], each["description"]) for each in self.helm("history", self.name)]

    def values(self) -> dict[str, Any]:
        """Return the values of the newest revision."""
        found: dict[str, Any] = self.helm("get", "values", self.name)
        return found

    def settled(self, image: str) -> None:
        """Check that only this serves, and that a converge finds nothing to do."""
        assert self.serving() == {f"web:{image}": 2}
        assert [each[1] for each in self.history()].count("deployed") == 1
        result = self.installed()
        assert not result["changed"], result.get("changes")


@pytest.fixture
def web(kube: Kube) -> Web:
    """Return an installed release at v1."""
    found = Web(kube)
    first = found.installed()
    assert first.changed, first.msg
    return found


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_good_image(web: Web, strategy: str) -> None:
    planned = web.rollout(check=True, tag="v2", strategy=strategy)
    assert web.serving() == {"web:v1": 2}
    result = web.deploy("v2", strategy)
    assert (result["changed"], result["tag"], result["previous"], result["strategy"]) == (True, "v2", "v1", strategy)
    assert [each["name"] for each in result["steps"]] == [each["name"] for each in planned["steps"]]
    web.settled("v2")
    assert [each[2] for each in web.history()] == ["Install complete", f"deploy v2 by {strategy}"]
    assert not web.deploy("v2", strategy)["changed"]
    back = web.rollout(state="rolled_back")
    assert (back["tag"], back["previous"]) == ("v1", "v2")
    web.settled("v1")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_crashing_image(web: Web, strategy: str) -> None:
    result = web.deploy("crash-2", strategy)
    assert result.failed
    assert "Release" in result["msg"]
    assert re.search(r"exit code 1, [1-9]\d* restarts?", result["msg"])
    assert "(v1)" in result["msg"]
    (ill, *_more) = result["ailments"]
    # Its reason is that of the moment: CrashLoopBackOff between two starts, Error right after an end.
    assert ill["reason"] in ("CrashLoopBackOff", "Error")
    assert ill["exit_code"] == 1
    assert ill["restarts"] > 0
    assert ill["pod"].startswith("web")
    assert result["serving"] == web.history()[-1][0]
    web.settled("v1")


@pytest.mark.parametrize("strategy", [*(pytest.param(each, marks=pytest.mark.long) for each in STRATEGIES if each != "canary"), "canary"])
def test_late_image(web: Web, strategy: str) -> None:
    result = web.deploy("late-5", strategy)
    assert result["changed"]
    first = result["steps"][0]
    assert first["seconds"] > 5
    web.settled("late-5")


SCALED: dict[str, Any] = {
    "strategy": {"by": "alb_weights"},
    "ingress": {"enabled": True, "hosts": [{"host": "shop.example.com", "paths": [{"path": "/"}]}]},
    "autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 6},
    "migration": {"enabled": True, "command": ["migrate"], "tag": "v1"},
}


@pytest.mark.parametrize("strategy", [pytest.param("blue_green", marks=pytest.mark.long), "canary"])
def test_with_weights_autoscaler_and_migration(kube: Kube, strategy: str) -> None:
    """What Spywatcher's services have: the ALB divides the requests, an autoscaler the pods, and each release migrates the database."""
    web = Web(kube)
    assert not web.installed(**SCALED).failed
    result = web.deploy("v2", strategy, steps=[10, 50, 100], settle_seconds=0)
    assert not result.failed, result.msg
    assert web.values()["migration"]["tag"] == "v2"
    weighted = json.loads(kube.get("ingress", "web")["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.weighted"])
    groups = {each["serviceName"]: each.get("weight") for each in weighted["forwardConfig"]["targetGroups"]}
    assert groups[{"blue_green": "web-green", "canary": "web-stable"}[strategy]] == 100
    failed = web.deploy("crash-3", strategy, steps=[10, 50, 100], settle_seconds=0)
    assert failed.failed
    assert not web.rollout(state="rolled_back").failed
    serving = kube.get("deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert serving == "web:v1"


# -- killed ----------------------------------------------------------------------------------------


def killed_when(web: Web, seen: Callable[[], Any], **options: Any) -> None:
    """Begin a deploy in a process of its own, and kill it, with its helm, as soon as something is seen."""
    login = {**web.kube.login, "api_key": web.kube.tokens["admin"]}
    arguments = {**login, **web.options(**options), "_ansible_check_mode": False, "_ansible_remote_tmp": "/tmp"}
    code = (
        "import json, sys\n"
        "from ansible.module_utils.testing import patch_module_args\n"
        "from ansible_collections.stratum.aws.plugins.modules import helm_rollout\n"
        "with patch_module_args(json.loads(sys.stdin.read())): helm_rollout.main()\n"
    )
    environment = {**os.environ, **web.kube.environment}
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=environment, start_new_session=True, text=True
    )
    assert process.stdin
    process.stdin.write(json.dumps(arguments))
    process.stdin.close()
    deadline = time.monotonic() + 120
    while not seen():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def weighs(web: Web, weight: int) -> Callable[[], bool]:
    # Between two steps: helm has ended, and the share is being watched.
    return lambda: (web.values().get("strategy") or {}).get("weight") == weight and web.history()[-1][1] == "deployed"


@pytest.mark.parametrize(
    ("tag", "verb"),
    [("v2", "go on"), pytest.param("v3", "begin anew", marks=pytest.mark.long), pytest.param("v1", "roll back", marks=pytest.mark.long)],
)
def test_killed_in_the_middle_of_a_canary(web: Web, tag: str, verb: str) -> None:
    killed_when(web, weighs(web, 50), tag="v2", strategy="canary", step_seconds=60)
    assert web.values()["strategy"]["canary"]["tag"] == "v2"
    # A converge leaves it as it is.
    assert not web.installed()["changed"]
    result = web.rollout(state="rolled_back") if verb == "roll back" else web.deploy(tag)
    assert not result.failed, result.msg
    assert result["tag"] == tag
    web.settled(tag)
    assert "step" not in web.history()[-1][2]


def test_killed_helm_is_taken_back(web: Web) -> None:
    """A helm that is killed leaves a revision that no other helm goes on from."""
    killed_when(web, lambda: web.history()[-1][1] == "pending-upgrade", tag="never-ready-1")
    refused = web.deploy("v2", timeout=600)
    assert refused.failed
    assert "another helm is at work on it (pending-upgrade since" in refused.msg
    time.sleep(5)
    result = web.deploy("v2", timeout=5)
    # Five seconds may be too short for an upgrade on a busy machine, but not for taking back what was killed.
    if result.failed:
        result = web.deploy("v2")
    assert not result.failed, result.msg
    web.settled("v2")


# -- the way back, checks, scaling -----------------------------------------------------------------


def test_colour_that_sleeps_is_woken_before_it_serves_again(web: Web) -> None:
    web.deploy("v2", "blue_green", retire=True)
    web.deploy("v3", "blue_green", retire=True)
    assert web.serving() == {"web:v3": 2}
    assert web.kube.get("deployment", "web-green")["spec"]["replicas"] == 0
    back = web.rollout(state="rolled_back")
    assert [each["name"] for each in back["steps"]] == ["wake green", "switch to green", "back"]
    web.settled("v2")
    assert [each["name"] for each in web.rollout(state="rolled_back", revision=1)["steps"]][-1] == "back"
    web.settled("v1")


def test_check_that_fails_takes_a_canary_back(web: Web) -> None:
    """Nothing listens there: every request fails, so the first share is too much."""
    check = {"type": "http", "url": "http://127.0.0.1:9/", "seconds": 1}
    result = web.deploy("v2", "canary", checks=[check])
    assert result.failed
    assert result["failed_step"] == "shift to 50 %"
    assert "requests failed" in result["msg"]
    assert "no connection" in result["msg"]
    web.settled("v1")


def test_history_stays_short(web: Web) -> None:
    for number in (2, 3, 4):
        web.deploy(f"v{number}", "blue_green", history_max=3)
    # The installation was the first.
    assert [each[2] for each in web.history()] == [f"deploy v{number} by blue_green" for number in (2, 3, 4)]


def test_scale_is_for_good(web: Web) -> None:
    result = web.rollout(state="scaled", workload="web", replicas=3, replicas_value="replicas")
    assert result["diff"] == {"before": {"web": 2}, "after": {"web": 3}}
    assert web.serving() == {"web:v1": 3}
    assert not web.installed()["changed"]


def test_reader_can_plan_and_not_deploy(web: Web) -> None:
    login: dict[str, Any] = {"account": "reader"}
    assert web.kube.module("helm_rollout", check=True, **login, **web.options(tag="v2"))["changed"]
    refused = web.kube.module("helm_rollout", **login, **web.options(tag="v2"))
    assert refused.failed
    assert "forbidden" in refused.msg
    web.settled("v1")


def test_status_tells_what_is_not_well(web: Web) -> None:
    web.kube.kubectl("set", "image", "deployment/web", "web=web:crash-9")
    ailing: list[Any] = []
    for _attempt in range(60):
        found = web.kube.module("kubernetes_status_info", account="reader", namespaces=[web.kube.namespace])
        ailing = [each for each in found["status"]["ailing"] if each.get("exit_code") == 1]
        if ailing:
            break
        time.sleep(1)
    assert ailing[0]["container"] == "web"
    status, table = found["status"], "\n".join(found["table"])
    (release,) = status["releases"]
    assert (release["name"], release["revision"], release["status"], release["chart"]) == ("web", 1, "deployed", "web-service")
    (workload,) = status["workloads"]
    assert (workload["name"], workload["wanted"], workload["ready"], workload["tags"]) == ("web", 2, 2, ["crash-9"])
    assert {each["type"] for each in status["nodes"]} == {"m5.4xlarge"}
    assert ailing[0]["pod"] in table
    assert "NOT WELL" in table


def test_status_of_what_may_not_be_read_or_reached(web: Web) -> None:
    found = web.kube.module("kubernetes_status_info", account="stranger", namespaces=[web.kube.namespace])
    assert found["status"]["workloads"] == []
    assert any("forbidden" in note for note in found["status"]["notes"])
    assert "all pods are well" not in found["table"]
    away = web.kube.module("kubernetes_status_info", host="https://127.0.0.1:1")
    assert away["status"]["reachable"] is False
    assert away["table"][0].startswith("does not answer: ")
