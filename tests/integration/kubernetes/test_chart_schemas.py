# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real API server takes what the charts of Speckle and pgAdmin render, strictly: a field that it does not know is an error.

ServiceMonitor and CiliumNetworkPolicy are kinds of other projects, whose schemas are not at hand: they are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests import charts
from tests.emulator.kubernetes.build import build
from tests.emulator.kubernetes.control_plane import ControlPlane

from .real_cluster import Cluster, group

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-control-plane"),
    # The first one may have to build the control plane.
    pytest.mark.timeout(3600),
]

NAMESPACE = "speckle-production"
FOREIGN = {"ServiceMonitor", "CiliumNetworkPolicy"}


EVERYTHING: dict[str, Any] = {
    "namespace": NAMESPACE,
    "docker_image_tag": "2.25.4",
    "secretRevision": "1",
    "imagePullSecrets": [{"name": "registry"}],
    "priorityClasses": {"create": True},
    "enable_prometheus_monitoring": True,
    "db": {
        "useCertificate": True,
        "certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "networkPolicy": {"podSelector": {"matchLabels": {"app": "postgres"}}, "namespaceSelector": {"matchLabels": {"name": "data"}}},
    },
    "redis": {"networkPolicy": {"cidrs": ["10.0.10.0/24", "10.0.11.0/24"]}},
    "s3": {"bucket": "files", "networkPolicy": {"cidrs": ["52.95.0.0/16"]}},
    "ingress": {
        "certificateArn": "arn:aws:acm:ca-central-1:123456789012:certificate/1",
        "tags": {"Project": "speckle"},
        "networkPolicy": {"cidrs": ["10.0.1.0/24"]},
    },
    "prometheusMonitoring": {"interval": "30s", "networkPolicy": {"podSelector": {"matchLabels": {"app": "prometheus"}}}},
    "featureFlags": {"workspacesModuleEnabled": True, "workspacesMultiRegionEnabled": True, "automateModuleEnabled": True},
    "workloads": {
        "networkPolicy": {"enabled": True},
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": "50%"},
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/speckle"}},
        "topologySpreadConstraints": [
            {"maxSkew": 1, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}}
        ],
        "tolerations": [{"key": "speckle", "operator": "Exists"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "additionalEnvVars": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
    },
    "server": {
        "podDisruptionBudget": {"minAvailable": 1},
        "licenseToken": {"enabled": True},
        "email": {"enabled": True, "host": "smtp.test"},
        "auth": {key: {"enabled": True} for key in ("google", "github", "azure_ad", "oidc")},
        "ratelimiting": {"burst_all_requests": 2000},
    },
    "preview_service": {"hpa": {"enabled": True}, "gpu": {"enabled": True}},
    "ifc_import_service": {"enabled": True},
}

CASES = {
    "speckle-server by default": ("speckle-server", {"namespace": NAMESPACE}),
    "speckle-server with everything": ("speckle-server", EVERYTHING),
    "speckle-server with cert-manager on another class": ("speckle-server", {"namespace": NAMESPACE, "ingress": {"className": "nginx"}}),
    "speckle-server with namespace": ("speckle-server", {"namespace": "speckle-made", "create_namespace": True}),
    "pgadmin by default": ("pgadmin", {}),
    "pgadmin with everything": (
        "pgadmin",
        {
            "secretRevision": "1",
            "database": {"host": "db.test"},
            "imagePullSecrets": [{"name": "registry"}],
            "additionalEnvVars": [{"name": "PGADMIN_CONFIG_MAX_LOGIN_ATTEMPTS", "value": "3"}],
            "ingress": {"host": "db.speckle.test", "sourceCidrs": ["203.0.113.0/24"], "tags": {"Project": "speckle"}},
            "serviceAccount": {"create": False, "name": "mine"},
            "tolerations": [{"operator": "Exists"}],
        },
    ),
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    build()
    plane = ControlPlane(tmp_path_factory.mktemp("cluster") / "c", name="charts", version="1.29")
    plane.start()
    try:
        plane.wait_ready()
        found = Cluster(plane)
        found.groups(group(desired=4, instanceTypes=["t3.xlarge"]))
        found.run("kubectl", "wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")
        for name in (NAMESPACE, "speckle-made"):
            labels = {"pod-security.kubernetes.io/enforce": "restricted"}
            found.make({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        yield found
        found.keeper.close()
    finally:
        plane.stop()


def without_references(pod: dict[str, Any]) -> dict[str, Any]:
    """Return a pod's specification without the objects that admission would look for: nothing is kept in a dry run."""
    return {key: value for key, value in pod.items() if key not in ("priorityClassName", "runtimeClassName", "serviceAccountName")}


def dry_run(cluster: Cluster, objects: list[charts.Object], *, fails: bool = False) -> str:
    """Let the API server do all but keep the objects; with `fails` return what it has against them."""
    items = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
    command = ["kubectl", "create", "--dry-run=server", "--validate=strict", "-o", "name", "-f", "-"]
    return cluster.run(*command, fails=fails, stdin=items)


@pytest.mark.parametrize("case", CASES)
def test_the_api_takes_every_object(cluster: Cluster, case: str) -> None:
    chart, values = CASES[case]
    # The namespace is there already, so that the others can be in it.
    objects = [each for each in charts.render(chart, values) if each["kind"] not in FOREIGN | {"Namespace"}]
    for pod in charts.named(objects, "Pod").values():
        pod["spec"] = without_references(pod["spec"])
    said = dry_run(cluster, objects)
    assert len(said.splitlines()) == len(objects)


def test_a_namespace_of_the_chart_s(cluster: Cluster) -> None:
    objects = charts.render("speckle-server", {"namespace": "speckle-another", "create_namespace": True})
    dry_run(cluster, [charts.find(objects, "Namespace", "speckle-another")])


def test_the_api_is_strict(cluster: Cluster) -> None:
    objects = charts.render("pgadmin")
    charts.pod(charts.find(objects, "Deployment", "pgadmin"))["enableServiceLink"] = False
    assert "enableServiceLink" in dry_run(cluster, objects, fails=True)


@pytest.mark.parametrize("case", CASES)
def test_a_namespace_with_restricted_pods_admits_them(cluster: Cluster, case: str) -> None:
    """A Deployment is only warned of; its pods are what is refused."""
    chart, values = CASES[case]
    pods: list[charts.Object] = []
    for name, each in charts.named(charts.render(chart, values), "Deployment").items():
        template = each["spec"]["template"]
        metadata = {"name": name, "namespace": each["metadata"]["namespace"], "labels": template["metadata"]["labels"]}
        pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": without_references(template["spec"])})
    dry_run(cluster, pods)
    pods[0]["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
    assert "violates PodSecurity" in dry_run(cluster, pods[:1], fails=True)


def install(cluster: Cluster, release: str, chart: str, values: dict[str, Any]) -> None:
    command = [charts.helm(), "upgrade", "--install", release, str(charts.CHARTS / chart), "--namespace", NAMESPACE, "--values", "-"]
    try:
        cluster.run(*command, "--wait", "--timeout", "100s", stdin=json.dumps(values))
    except AssertionError as error:
        error.add_note(cluster.run("kubectl", "get", "pods,nodes", "-o", "wide", "-n", NAMESPACE))
        error.add_note(cluster.run("kubectl", "get", "events", "-n", NAMESPACE))
        raise


def test_speckle_runs(cluster: Cluster) -> None:
    values = {"namespace": NAMESPACE, "priorityClasses": {"create": True}, "ifc_import_service": {"enabled": True}}
    install(cluster, "speckle", "speckle-server", values)
    install(cluster, "pgadmin", "pgadmin", {})

    deployments = {each["metadata"]["name"]: each for each in cluster.get("deployments", "-n", NAMESPACE)["items"]}
    assert len(deployments) == 9
    assert all(each["status"].get("readyReplicas") == each["spec"]["replicas"] for each in deployments.values())

    # The two services find the pods of both Deployments.
    for service in ("speckle-server", "speckle-objects"):
        slices = cluster.get("endpointslices", "-n", NAMESPACE, "-l", f"kubernetes.io/service-name={service}")["items"]
        assert sum(len(each["endpoints"]) for each in slices) == 2, service

    # Nothing changes where nothing has changed.
    generations = {name: each["metadata"]["generation"] for name, each in deployments.items()}
    install(cluster, "speckle", "speckle-server", values)
    after = {each["metadata"]["name"]: each["metadata"]["generation"] for each in cluster.get("deployments", "-n", NAMESPACE)["items"]}
    assert after == generations

    assert "Phase:          Succeeded" in cluster.run(charts.helm(), "test", "speckle", "--namespace", NAMESPACE)
