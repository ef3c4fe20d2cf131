# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs on Spywatcher's clusters, read back from their Kubernetes APIs; and the end of both environments."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from .spywatcher import Spywatcher, tags_of

pytestmark = [pytest.mark.integration, pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(900)]

SERVICES = ("backend", "frontend")
PATHS = {"backend": "/health", "frontend": "/"}


def deployment_of(stack: Spywatcher, service: str) -> dict[str, Any]:
    return stack.kubectl.get("deployment", f"spywatcher-{service}")


def test_releases_are_installed_and_pods_run(spywatcher: Spywatcher) -> None:
    nodes = [node for node in spywatcher.created["nodes"] if node["name"] == "Install the releases"]
    releases = {node["item"].rpartition("/")[2]: node["action"] for node in nodes}
    assert releases == {"spywatcher-backend": "create", "spywatcher-frontend": "create"}
    labels = spywatcher.kubectl.get("namespace", "spywatcher")["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    pods = spywatcher.kubectl.items("pods")
    assert len(pods) == sum(spywatcher.size[service][0] for service in SERVICES)
    assert {pod["status"]["phase"] for pod in pods} == {"Running"}


def test_nodes_are_of_their_type_and_in_all_zones(spywatcher: Spywatcher) -> None:
    instance_type, scaling = spywatcher.size["nodes"]
    labels = [node["metadata"]["labels"] for node in spywatcher.kubectl.items("nodes")]
    assert [each["node.kubernetes.io/instance-type"] for each in labels] == [instance_type] * scaling["desiredSize"]
    assert len({each["topology.kubernetes.io/zone"] for each in labels}) == scaling["desiredSize"]


def test_secrets_are_handed_over_when_their_endpoints_are_in_them(spywatcher: Spywatcher) -> None:
    # A version that came later would replace the pods in the next run.
    nodes = [node for node in spywatcher.created["nodes"] if node["action"] != "skipped"]
    written = [node["started"] + node["seconds"] for node in nodes if node["name"].startswith("Add the endpoints to the ")]
    (handed,) = [node["started"] for node in nodes if node["name"] == "Hand the secrets over"]
    assert len(written) == 2
    # Both are rounded.
    assert handed > max(written) - 0.01


@pytest.mark.parametrize("service", SERVICES)
def test_a_deployment_has_its_size(spywatcher: Spywatcher, service: str) -> None:
    replicas, _limits, cpu, memory = spywatcher.size[service]
    deployment = deployment_of(spywatcher, service)
    assert (deployment["spec"]["replicas"], deployment["status"]["readyReplicas"]) == (replicas, replicas)
    assert deployment["spec"]["strategy"]["type"] == "RollingUpdate"
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].endswith(f"/{spywatcher.name}-{service}:1.0.0")
    assert container["resources"] == {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}
    for probe in ("livenessProbe", "readinessProbe", "startupProbe"):
        assert container[probe]["httpGet"]["path"] == PATHS[service]


@pytest.mark.parametrize("service", SERVICES)
def test_containers_are_confined_and_spread(spywatcher: Spywatcher, service: str) -> None:
    spec = deployment_of(spywatcher, service)["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    confined = container["securityContext"]
    assert (confined["allowPrivilegeEscalation"], confined["readOnlyRootFilesystem"], confined["capabilities"]) == (
        False,
        True,
        {"drop": ["ALL"]},
    )
    assert spec["securityContext"]["runAsNonRoot"]
    (avoided,) = spec["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert avoided["podAffinityTerm"]["topologyKey"] == "kubernetes.io/hostname"
    assert [each["topologyKey"] for each in spec["topologySpreadConstraints"]] == ["topology.kubernetes.io/zone"]


@pytest.mark.parametrize("service", SERVICES)
def test_pods_are_added_at_70_percent_of_cpu_and_80_of_memory(spywatcher: Spywatcher, service: str) -> None:
    spec = spywatcher.kubectl.get("hpa", f"spywatcher-{service}")["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == spywatcher.size[service][1]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": f"spywatcher-{service}"}
    assert {each["resource"]["name"]: each["resource"]["target"]["averageUtilization"] for each in spec["metrics"]} == {
        "cpu": 70,
        "memory": 80,
    }


def test_drains_leave_one_pod_where_there_is_more_than_one(spywatcher: Spywatcher) -> None:
    budgets = {each["metadata"]["name"]: each["spec"]["minAvailable"] for each in spywatcher.kubectl.items("poddisruptionbudgets")}
    assert budgets == spywatcher.size["budgets"]


@pytest.mark.parametrize("service", SERVICES)
def test_pods_are_the_targets_of_the_load_balancer(spywatcher: Spywatcher, service: str) -> None:
    binding = spywatcher.kubectl.get("targetgroupbinding", f"spywatcher-{service}")["spec"]
    assert (binding["targetGroupName"], binding["targetType"]) == (f"{spywatcher.name}-{service}", "ip")
    assert binding["serviceRef"] == {"name": f"spywatcher-{service}", "port": 80}
    elb = spywatcher.client("elbv2")
    (group,) = elb.describe_target_groups(Names=[f"{spywatcher.name}-{service}"])["TargetGroups"]
    targets = elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])["TargetHealthDescriptions"]
    pods = [pod for pod in spywatcher.kubectl.items("pods") if pod["metadata"]["name"].startswith(f"spywatcher-{service}-")]
    assert {(each["Target"]["Id"], each["Target"]["Port"]) for each in targets} == {(pod["status"]["podIP"], 8080) for pod in pods}


def test_the_backend_has_its_addresses_and_passwords_from_secrets_manager(spywatcher: Spywatcher) -> None:
    data = spywatcher.kubectl.get("secret", "spywatcher-backend")["data"]
    urls = {key: base64.b64decode(value).decode() for key, value in data.items()}
    assert set(urls) == {"DATABASE_URL", "REDIS_URL", "SESSION_SECRET"}
    secrets, word = spywatcher.client("secretsmanager"), spywatcher.size["word"]
    database, cache = (
        json.loads(secrets.get_secret_value(SecretId=f"spywatcher/{word}/{name}")["SecretString"]) for name in ("database", "redis")
    )
    (instance,) = spywatcher.client("rds").describe_db_instances(DBInstanceIdentifier=spywatcher.name)["DBInstances"]
    found = urlsplit(urls["DATABASE_URL"])
    assert (found.hostname, found.port, found.path, found.query) == (
        instance["Endpoint"]["Address"],
        5432,
        "/spywatcher",
        "sslmode=require",
    )
    assert (found.username, unquote(found.password or "")) == ("spywatcher", database["password"])
    found = urlsplit(urls["REDIS_URL"])
    assert (found.scheme, unquote(found.password or "")) == ("rediss", cache["token"])
    (container,) = deployment_of(spywatcher, "backend")["spec"]["template"]["spec"]["containers"]
    assert container["envFrom"] == [{"secretRef": {"name": "spywatcher-backend"}}]
    account = spywatcher.kubectl.get("serviceaccount", "spywatcher-backend")["metadata"]["annotations"]
    assert account["eks.amazonaws.com/role-arn"].endswith(f":role/{spywatcher.name}-backend")


def test_pods_are_asked_from_within_the_network_only(spywatcher: Spywatcher) -> None:
    for service in SERVICES:
        policy = spywatcher.kubectl.get("networkpolicy", f"spywatcher-{service}")["spec"]
        sources = [source for rule in policy["ingress"] for source in rule["from"]]
        assert [source["ipBlock"]["cidr"] for source in sources if "ipBlock" in source] == ["10.0.0.0/16"]
        # Beside it, the pod of the chart's own test.
        assert [source for source in sources if not {"ipBlock", "podSelector"} & set(source)] == []


# -- the end ---------------------------------------------------------------------------------------------


def test_a_destroy_leaves_nothing_but_what_is_to_stay(spywatcher: Spywatcher) -> None:
    meant = ("-e", "confirm=spywatcher", "-e", "override_protection=true", "-e", "skip_final_snapshot=true")
    report = spywatcher.run(*meant, playbook="playbooks/destroy.yml").check().report("destroy", "spywatcher", spywatcher.environment)
    assert report["summary"]["failed"] == 0
    pages = spywatcher.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    tagged = {item["ResourceARN"]: tags_of(item["Tags"]) for page in pages for item in page["ResourceTagMappingList"]}
    left = {arn.split(":")[2] for arn, tags in tagged.items() if tags.get("stratum:stack") == "spywatcher"}
    # Secrets and the key wait for their end; production keeps its records.
    assert left <= {"secretsmanager", "kms", *(["s3"] if spywatcher.environment == "prod" else [])}
