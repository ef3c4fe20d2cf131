# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spywatcher's sizing table, read back from what the chart makes of its example values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from tests import charts

EXAMPLES = charts.chart_path("web-service") / "examples"


@dataclass(frozen=True)
class Size:
    """A row of the table: component, environment and what it is given."""

    component: str
    environment: str
    memory: str
    cpu: str
    pods: int
    scaling: tuple[int, int]
    host: str
    budget: int | None

    @property
    def name(self) -> str:
        return f"spywatcher-{self.component}"


SIZES = [
    Size("backend", "production", "512Mi", "500m", 3, (2, 10), "api.spywatcher.example.com", 1),
    Size("frontend", "production", "128Mi", "100m", 2, (2, 5), "spywatcher.example.com", 1),
    Size("backend", "staging", "256Mi", "250m", 1, (1, 3), "staging.spywatcher.example.com", None),
    Size("frontend", "staging", "128Mi", "100m", 1, (1, 2), "staging.spywatcher.example.com", None),
]


def example(size: Size) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((EXAMPLES / f"{size.name}-{size.environment}.yaml").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(params=SIZES, ids=lambda size: f"{size.component}-{size.environment}")
def size(request: pytest.FixtureRequest) -> Size:
    chosen: Size = request.param
    return chosen


@pytest.fixture
def objects(size: Size) -> list[dict[str, Any]]:
    return charts.render("web-service", example(size), release=size.name, namespace="spywatcher")


def test_every_example_is_a_row_of_the_table() -> None:
    assert sorted(path.stem for path in EXAMPLES.glob("*.yaml")) == sorted(f"{size.name}-{size.environment}" for size in SIZES)


def test_pods_have_the_size_of_the_table(size: Size, objects: list[dict[str, Any]]) -> None:
    deployment = charts.find(objects, "Deployment", size.name)
    assert deployment["metadata"]["namespace"] == "spywatcher"
    assert deployment["spec"]["replicas"] == size.pods
    assert charts.container(deployment)["resources"]["requests"] == {"cpu": size.cpu, "memory": size.memory}


def test_pods_scale_as_the_table_says(size: Size, objects: list[dict[str, Any]]) -> None:
    spec = charts.find(objects, "HorizontalPodAutoscaler", size.name)["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == size.scaling
    targets = {metric["resource"]["name"]: metric["resource"]["target"]["averageUtilization"] for metric in spec["metrics"]}
    assert targets == {"cpu": 70, "memory": 80}


def test_pods_stay_available(size: Size, objects: list[dict[str, Any]]) -> None:
    budgets = {name: one["spec"]["minAvailable"] for name, one in charts.named(objects, "PodDisruptionBudget").items()}
    assert budgets == ({} if size.budget is None else {size.name: size.budget})
    deployment = charts.find(objects, "Deployment", size.name)
    pod = charts.pod(deployment)
    assert pod["affinity"]["podAntiAffinity"]
    assert pod["topologySpreadConstraints"][0]["topologyKey"] == "topology.kubernetes.io/zone"
    assert {"livenessProbe", "readinessProbe", "startupProbe"} <= set(charts.container(deployment))


def test_the_address_is_the_environment_s_with_tls_and_a_firewall(size: Size, objects: list[dict[str, Any]]) -> None:
    ingress = charts.find(objects, "Ingress", size.name)
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == [size.host]
    annotations = {key.partition("/")[2]: value for key, value in ingress["metadata"]["annotations"].items()}
    assert annotations["ssl-redirect"] == "443"
    assert annotations["wafv2-acl-arn"].startswith("arn:aws:wafv2:us-east-1:")
    assert annotations["group.name"] == f"spywatcher-{size.environment}"


def test_containers_are_confined(size: Size, objects: list[dict[str, Any]]) -> None:
    deployment = charts.find(objects, "Deployment", size.name)
    assert charts.pod(deployment)["securityContext"]["runAsNonRoot"] is True
    assert charts.container(deployment)["securityContext"]["readOnlyRootFilesystem"] is True
    assert charts.container(deployment)["securityContext"]["allowPrivilegeEscalation"] is False


def test_both_of_an_environment_share_a_load_balancer_and_the_longer_path_comes_first() -> None:
    order = {
        (size.environment, size.component): example(size)["ingress"]["alb"]["group"]["order"]
        for size in SIZES
        if size.environment == "staging"
    }
    assert order["staging", "backend"] < order["staging", "frontend"]


def test_helm_finds_nothing_to_say_about_an_example(size: Size) -> None:
    assert "[WARNING]" not in charts.lint("web-service", example(size))
