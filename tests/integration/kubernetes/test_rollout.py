# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every strategy with a good, a crashing and a late image, against a real API; and what is left when a deploy is killed."""

from __future__ import annotations

import json
import os
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
        return self.rollout(tag=tag, **({"strategy": strategy} if strategy else {}), **options)

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
    assert "CrashLoopBackOff" in result["msg"] or "ends again and again" in result["msg"]
    assert "(v1)" in result["msg"]
    (ill, *_more) = result["ailments"]
    assert ill["exit_code"] == 1
    assert ill["pod"].startswith("web")
    assert result["serving"] == web.history()[-1][0]
    web.settled("v1")


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_late_image(web: Web, strategy: str) -> None:
    result = web.deploy("late-5", strategy)
    assert result["changed"]
    first = result["steps"][0]
    assert first["seconds"] > 5
    web.settled("late-5")
