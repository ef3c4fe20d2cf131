# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speckle's production with a real Kubernetes API behind its cluster: what runs there, read back from that API."""

from __future__ import annotations

import base64
import json
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests import charts
from tests.integration.kubernetes.kubectl import Kubectl
from tests.unit.charts.speckle_described import DESCRIBED, PROBES, Workload

from .conftest import Stack
from .people import NAMESPACE, person

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kubernetes,
    pytest.mark.slow,
    pytest.mark.xdist_group("speckle-kubernetes"),
    pytest.mark.timeout(900),
]

RUNNING = {name: workload for name, workload in DESCRIBED.items() if name != "speckle-ifc-import-service"}


@pytest.fixture(scope="module")
def kubectl(speckle_on_kubernetes: Stack) -> Kubectl:
    """Kubectl with the rights of an administrator."""
    return Kubectl(speckle_on_kubernetes.account.environment["KUBECONFIG"], NAMESPACE)


def container_of(deployment: dict[str, Any]) -> dict[str, Any]:
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(container)


# -- the run ---------------------------------------------------------------------------------------------


def test_one_run_goes_from_an_empty_account_to_running_pods(speckle_on_kubernetes: Stack, kubectl: Kubectl) -> None:
    first = speckle_on_kubernetes.created
    assert first["summary"]["failed"] == 0
    releases = {node["item"]: node["action"] for node in first["nodes"] if node["name"] == "Install the releases"}
    assert releases == {f"speckle-cluster/{NAMESPACE}/speckle-server": "create", f"speckle-cluster/{NAMESPACE}/pgadmin": "create"}
    pods = kubectl.items("pods")
    assert len(pods) == len(RUNNING) + 1
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}


def test_a_second_run_and_a_plan_change_nothing(speckle_on_kubernetes: Stack) -> None:
    second = speckle_on_kubernetes.run().check()
    assert second.changed == 0
    assert {node["action"] for node in second.report("converge", "speckle", "prod")["nodes"]} <= {"unchanged", "skipped"}
    assert speckle_on_kubernetes.run("--check").check().changed == 0


def test_no_secret_is_in_any_output_report_or_release(speckle_on_kubernetes: Stack, kubectl: Kubectl) -> None:
    stack = speckle_on_kubernetes
    report = json.dumps(stack.created)
    manifests = kubectl("get", "deployments,configmaps,ingresses", "-o", "json")
    for secret in stack.client("secretsmanager").list_secrets()["SecretList"]:
        text = stack.client("secretsmanager").get_secret_value(SecretId=secret["Name"])["SecretString"]
        value = json.loads(text).get("password") if text.startswith("{") else None
        if value:
            assert value not in stack.first.output
            assert value not in report
            assert value not in manifests


# -- the description, value by value ---------------------------------------------------------------------


def test_the_namespace_bears_the_level_of_pod_security(kubectl: Kubectl) -> None:
    labels = kubectl.get("namespace", NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert labels["stratum.aws/stack"] == "speckle"


def test_there_are_the_described_deployments_and_pgadmin(kubectl: Kubectl) -> None:
    assert {item["metadata"]["name"] for item in kubectl.items("deployments")} == {*RUNNING, "pgadmin"}


@pytest.mark.parametrize(("name", "described"), RUNNING.items())
def test_a_deployment_is_as_described(kubectl: Kubectl, name: str, described: Workload) -> None:
    deployment = kubectl.get("deployment", name)
    spec, container = deployment["spec"]["template"]["spec"], container_of(deployment)
    assert container["name"] == described.container
    assert container["image"] == described.image
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == described.ports
    assert deployment["spec"]["replicas"] == described.replicas
    assert deployment["status"]["readyReplicas"] == described.replicas
    assert deployment["spec"]["strategy"] == described.strategy
    assert spec["priorityClassName"] == described.priority
    assert spec["serviceAccountName"] == name
    resources = container.get("resources", {})
    assert _amounts(resources.get("requests")) == _amounts(described.requests)
    assert _amounts(resources.get("limits")) == _amounts(described.limits)
    if described.grace_seconds is not None:
        assert spec["terminationGracePeriodSeconds"] == described.grace_seconds
    for probe in PROBES:
        if probe in described.probes:
            path, period = described.probes[probe]
            assert container[probe]["httpGet"]["path"] == path
            assert period is None or container[probe]["periodSeconds"] == period


def _amounts(resources: dict[str, str] | None) -> dict[str, str]:
    # The API writes 1000m as 1.
    return {key: {"1000m": "1"}.get(value, value) for key, value in (resources or {}).items()}


@pytest.mark.parametrize(
    ("name", "port"),
    {
        "speckle-server": 3000,
        "speckle-objects": 3000,
        "speckle-frontend-2": 8080,
        "speckle-preview-service": 3001,
        "speckle-webhook-service": 9095,
        "speckle-fileimport-service": 9093,
        "speckle-monitoring": 9092,
        "pgadmin": 80,
    }.items(),
)
def test_a_service_is_as_described(kubectl: Kubectl, name: str, port: int) -> None:
    spec = kubectl.get("service", name)["spec"]
    assert spec["type"] == "ClusterIP"
    assert [each["port"] for each in spec["ports"]] == [port]


@pytest.mark.parametrize(
    ("name", "paths"),
    {
        "speckle-server-minion-api-objects": ["/api/getobjects/", "/api/objects/", "/api/diff/", "/objects/", "/streams/"],
        "speckle-server-minion-api-file": ["/api/file/", "/api/stream/", "/api/thirdparty/gendo"],
        "speckle-server-minion": ["/graphql", "/explorer", "/auth/", "/static/", "/api/", "/preview/", "/"],
        "speckle-server-redirect": ["/metrics", "/api/status", "/liveness", "/readiness"],
        "pgadmin": ["/pgadmin"],
    }.items(),
)
def test_an_ingress_has_the_described_paths(kubectl: Kubectl, name: str, paths: list[str]) -> None:
    ingress = kubectl.get("ingress", name)
    found = [path["path"] for rule in ingress["spec"]["rules"] for path in rule["http"]["paths"]]
    assert found == paths
    assert ingress["spec"]["ingressClassName"] == "alb"
    assert ingress["metadata"]["annotations"]["alb.ingress.kubernetes.io/load-balancer-name"] == "speckle-alb"


def test_the_priority_classes_are_there(kubectl: Kubectl) -> None:
    classes = {item["metadata"]["name"]: item["value"] for item in kubectl.items("priorityclasses")}
    assert classes["high-priority"] > classes["low-priority"]


def test_server_vars_lead_to_the_database_and_the_cache(speckle_on_kubernetes: Stack, kubectl: Kubectl) -> None:
    stack = speckle_on_kubernetes
    data = {key: base64.b64decode(text).decode() for key, text in kubectl.get("secret", "server-vars")["data"].items()}
    (database,) = stack.client("rds").describe_db_instances()["DBInstances"]
    assert data["postgres_url"].startswith("postgresql://speckle:")
    assert data["postgres_url"].endswith(f"@{database['Endpoint']['Address']}:5432/speckle")
    (cache,) = stack.client("elasticache").describe_replication_groups()["ReplicationGroups"]
    assert data["redis_url"] == f"redis://{cache['NodeGroups'][0]['PrimaryEndpoint']['Address']}:6379"
    session = stack.client("secretsmanager").get_secret_value(SecretId="speckle/production/session")["SecretString"]
    assert data["session_secret"] == session


def test_pgadmin_has_a_generated_password_and_a_pinned_image(kubectl: Kubectl) -> None:
    container = container_of(kubectl.get("deployment", "pgadmin"))
    repository, _unused, tag = container["image"].partition(":")
    assert repository == "dpage/pgadmin4"
    assert tag not in ("", "latest")
    environment = {item["name"]: item for item in container["env"]}
    assert "valueFrom" in environment["PGADMIN_DEFAULT_PASSWORD"]
    assert environment["SCRIPT_NAME"]["value"] == "/pgadmin"


def test_the_nodes_are_those_of_the_node_group(kubectl: Kubectl) -> None:
    nodes = kubectl.items("nodes")
    assert len(nodes) == 2
    assert {node["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] for node in nodes} == {"speckle-cluster-nodes"}
    assert len({node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes}) == 2


def test_the_load_balancer_answers_to_the_domain(speckle_on_kubernetes: Stack, kubectl: Kubectl) -> None:
    stack = speckle_on_kubernetes
    (balancer,) = stack.client("elbv2").describe_load_balancers(Names=["speckle-alb"])["LoadBalancers"]
    assert balancer["Scheme"] == "internet-facing"
    listeners = stack.client("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    assert {(listener["Protocol"], listener["Port"]) for listener in listeners} == {("HTTP", 80), ("HTTPS", 443)}
    status = kubectl.get("ingress", "speckle-server")["status"]["loadBalancer"]["ingress"]
    assert [each["hostname"] for each in status] == [balancer["DNSName"]]
    zone = next(zone for zone in stack.client("route53").list_hosted_zones()["HostedZones"] if zone["Name"] == "speckle.example.com.")
    records = stack.client("route53").list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    targets = [record["AliasTarget"]["DNSName"] for record in records if record.get("AliasTarget")]
    assert any(balancer["DNSName"].lower() in target for target in targets), targets


# -- what was done by hand -------------------------------------------------------------------------------


def _changes(report: dict[str, Any]) -> list[dict[str, Any]]:
    return [change for node in report["nodes"] for operation in node["operations"] for change in operation.get("changes", [])]


@pytest.fixture
def scaled(kubectl: Kubectl) -> Iterator[None]:
    kubectl("scale", "deployment/speckle-frontend-2", "--replicas=3")
    yield
    # A test that fails leaves the others a cluster as it was.
    kubectl("scale", "deployment/speckle-frontend-2", "--replicas=1")


@pytest.mark.usefixtures("scaled")
def test_a_plan_and_drift_show_a_deployment_that_was_scaled_by_hand_and_nothing_else(
    speckle_on_kubernetes: Stack, kubectl: Kubectl
) -> None:
    plan = speckle_on_kubernetes.run("--check").check().report("plan", "speckle", "prod")
    assert plan["summary"]["change"] == 1
    assert _changes(plan) == [{"property": "Deployment speckle-frontend-2 spec.replicas", "old": 3, "new": 1}]
    drift = speckle_on_kubernetes.run(playbook="playbooks/drift.yml")
    assert drift.code == 2
    assert _changes(drift.report("drift", "speckle", "prod")) == _changes(plan)
    speckle_on_kubernetes.run().check()
    assert kubectl.get("deployment", "speckle-frontend-2")["spec"]["replicas"] == 1


# -- an upgrade that fails -------------------------------------------------------------------------------

# Version 3 comes up but for the server itself, which this test does not wait a quarter of an hour for.
BROKEN = {
    "speckle_size": {"docker_image_tag": "3", "server": {"image": {"tag": "crash-3"}}},
    "helm_releases_list": (
        "{{ [speckle_release | combine({'timeout': 20, 'values': speckle_values | combine(speckle_size, recursive=true)}), "
        "speckle_pgadmin_release] }}"
    ),
}


def _deployment(pod: str) -> str:
    return pod.rsplit("-", 2)[0]


def _serving(kubectl: Kubectl) -> dict[str, dict[str, str]]:
    """Return the pods of each Deployment, each with its image; a pod that is not ready is an AssertionError."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for pod in kubectl.items("pods"):
        name = pod["metadata"]["name"]
        assert [each["status"] for each in pod["status"]["conditions"] if each["type"] == "Ready"] == ["True"], name
        found[_deployment(name)][name] = pod["spec"]["containers"][0]["image"]
    return found


def _history(stack: Stack) -> list[dict[str, Any]]:
    command = [charts.helm(), "history", "speckle-server", f"--namespace={NAMESPACE}", "--output=json"]
    command.append(f"--kubeconfig={stack.account.environment['KUBECONFIG']}")
    found: list[dict[str, Any]] = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    return found


def test_a_failed_upgrade_leaves_the_revision_before_serving_and_says_which_pod_failed_and_why(
    speckle_on_kubernetes: Stack, kubectl: Kubectl
) -> None:
    before, serving = _serving(kubectl), _history(speckle_on_kubernetes)[-1]["revision"]
    failed = speckle_on_kubernetes.run(variables=BROKEN).check(2)
    # Which pod, and why.
    report = failed.report("converge", "speckle", "prod")
    (node,) = [node for node in report["nodes"] if node["action"] == "failed"]
    assert (node["name"], node["item"]) == ("Install the releases", f"speckle-cluster/{NAMESPACE}/speckle-server")
    # On a slow machine another pod may still be on its way.
    (ailment,) = [each for each in node["ailments"] if _deployment(each["pod"]) == "speckle-server"]
    assert (ailment["container"], ailment["exit_code"]) == ("speckle-server", 1)
    # Between two starts a container that crashes runs for a moment.
    assert ailment["reason"] in ("CrashLoopBackOff", "Error")
    assert ailment["restarts"] > 0
    assert any(event.startswith("BackOff: ") for event in ailment["events"])
    assert ailment["log"][-1] == "error: cannot connect to database"
    assert node["message"].startswith(f"Release {NAMESPACE}/speckle-server did not come up: ")
    assert node["message"].endswith(f"Revision {serving} serves again")
    for words in (f"{ailment['pod']}, container speckle-server: {ailment['reason']}", "exit code 1", ailment["log"][-1]):
        assert words in node["message"]
    assert node["message"] in failed.output
    # What serves.
    after = _serving(kubectl)
    assert {name: set(pods.values()) for name, pods in after.items()} == {name: {RUNNING[name].image} for name in RUNNING} | {
        "pgadmin": set(before["pgadmin"].values())
    }
    # The server's pod of before has served all the while.
    assert after["speckle-server"] == before["speckle-server"]
    ready: Counter[str] = Counter()
    for item in kubectl.items("replicasets"):
        if item["metadata"]["ownerReferences"][0]["name"] == "speckle-server":
            ready[item["spec"]["template"]["spec"]["containers"][0]["image"]] += item["status"].get("readyReplicas", 0)
    assert ready == {"speckle/speckle-server:2": 1, "speckle/speckle-server:crash-3": 0}
    *_older, broken, back = _history(speckle_on_kubernetes)
    assert (broken["status"], back["status"], back["description"]) == ("failed", "deployed", f"Rollback to {serving}")
    # That is what the inventory says.
    assert speckle_on_kubernetes.run(playbook="playbooks/plan.yml").check().changed == 0


# -- a ConfigMap, which stays until the end --------------------------------------------------------------


def test_a_plan_shows_a_configmap_that_was_edited_by_hand_and_nothing_else(speckle_on_kubernetes: Stack, kubectl: Kubectl) -> None:
    # Speckle's only ConfigMap comes with the check of the database's certificate, which is off without a certificate.
    certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    variables = {"speckle_size": {"db": {"useCertificate": True, "certificate": certificate}}}
    speckle_on_kubernetes.run(variables=variables).check()
    kubectl("patch", "configmap", "postgres-certificate", "--type=merge", '--patch={"data":{"ca-certificate.crt":"by hand"}}')
    shown = speckle_on_kubernetes.run("--diff", playbook="playbooks/plan.yml", variables=variables).check()
    plan = shown.report("plan", "speckle", "prod")
    assert {node["action"] for node in plan["nodes"]} == {"change", "unchanged", "skipped"}
    assert plan["summary"]["change"] == 1
    field = 'ConfigMap postgres-certificate data["ca-certificate.crt"]'
    edited = [{"property": field, "old": "by hand", "new": certificate}]
    assert _changes(plan) == edited
    title = f"Install the releases (speckle-cluster/{NAMESPACE}/speckle-server)"
    lines = shown.output.splitlines()
    (place,) = [number for number, line in enumerate(lines) if title in line and "to change" in line]
    assert lines[place + 1].strip() == f"{field}: by hand → {json.dumps(certificate)}"
    assert not lines[place + 2].startswith(" "), "the field is the only line of the release"
    mending = speckle_on_kubernetes.run(variables=variables).check().report("converge", "speckle", "prod")
    assert _changes(mending) == edited
    assert kubectl.get("configmap", "postgres-certificate")["data"] == {"ca-certificate.crt": certificate}


# -- the end ---------------------------------------------------------------------------------------------


def test_an_operators_destroy_leaves_nothing_in_the_account(speckle_on_kubernetes: Stack, tmp_path_factory: pytest.TempPathFactory) -> None:
    stack = speckle_on_kubernetes
    operator = person(stack, "speckle-cluster-operators", tmp_path_factory.mktemp("operator"))
    flags = ("-e", "confirm=speckle", "-e", "override_protection=true", "-e", "skip_final_snapshot=true")
    operator.play(*flags, playbook="playbooks/destroy.yml").check()
    assert stack.client("elbv2").describe_load_balancers()["LoadBalancers"] == []
    assert stack.client("elbv2").describe_target_groups()["TargetGroups"] == []
    assert stack.client("eks").list_clusters()["clusters"] == []
    assert stack.client("ec2").describe_volumes()["Volumes"] == []
