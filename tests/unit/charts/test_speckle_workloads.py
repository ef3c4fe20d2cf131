# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workloads of charts/speckle-server are what the description of Speckle's production system says, read as it reads."""

from __future__ import annotations

from typing import Any

import pytest

from tests import charts

from .speckle_described import DESCRIBED, PROBES

CHART = "speckle-server"

ALL_ON = {"ifc_import_service": {"enabled": True}}

each = pytest.mark.parametrize("name", DESCRIBED)


def deployment(name: str) -> charts.Object:
    return charts.find(charts.render(CHART, ALL_ON), "Deployment", name)


def test_there_are_the_described_deployments_and_no_others() -> None:
    assert charts.named(charts.render(CHART, ALL_ON), "Deployment").keys() == DESCRIBED.keys()


def test_only_the_ifc_importer_is_off_by_default() -> None:
    assert charts.named(charts.render(CHART), "Deployment").keys() == DESCRIBED.keys() - {"speckle-ifc-import-service"}


@each
def test_replicas_and_strategy(name: str) -> None:
    spec = deployment(name)["spec"]
    assert (spec["replicas"], spec["strategy"]) == (DESCRIBED[name].replicas, DESCRIBED[name].strategy)


@each
def test_container(name: str) -> None:
    described = DESCRIBED[name]
    container = charts.container(deployment(name))
    assert (container["name"], container["image"]) == (described.container, described.image)
    assert {port["name"]: port["containerPort"] for port in container["ports"]} == described.ports


@each
def test_resources_are_the_described_ones_or_none(name: str) -> None:
    described = {"requests": DESCRIBED[name].requests, "limits": DESCRIBED[name].limits}
    assert charts.container(deployment(name)).get("resources", {}) == {key: value for key, value in described.items() if value}


@each
def test_priority_class(name: str) -> None:
    assert charts.pod(deployment(name))["priorityClassName"] == DESCRIBED[name].priority


@each
def test_grace_period(name: str) -> None:
    # Where the description is silent: what Kubernetes does anyway.
    assert charts.pod(deployment(name))["terminationGracePeriodSeconds"] == (DESCRIBED[name].grace_seconds or 30)


@each
def test_probes_by_http(name: str) -> None:
    container = charts.container(deployment(name))
    found = {probe: container[probe] for probe in PROBES if "httpGet" in container.get(probe, {})}
    assert {probe: settings["httpGet"]["path"] for probe, settings in found.items()} == {
        probe: path for probe, (path, _seconds) in DESCRIBED[name].probes.items()
    }
    for probe, (_path, seconds) in DESCRIBED[name].probes.items():
        assert seconds in (None, found[probe]["periodSeconds"])


@each
def test_probes_ask_ports_that_the_container_has(name: str) -> None:
    container = charts.container(deployment(name))
    for probe in PROBES:
        if "httpGet" in container.get(probe, {}):
            assert container[probe]["httpGet"]["port"] in DESCRIBED[name].ports


@pytest.mark.parametrize("name", ["speckle-server", "speckle-objects"])
def test_a_start_may_take_600_seconds(name: str) -> None:
    container = charts.container(deployment(name))
    assert container["startupProbe"]["failureThreshold"] == 60
    assert container["startupProbe"]["failureThreshold"] * container["startupProbe"]["periodSeconds"] == 600
    assert deployment(name)["spec"]["progressDeadlineSeconds"] > 600


@pytest.mark.parametrize("name", ["speckle-webhook-service", "speckle-fileimport-service"])
def test_probes_by_file(name: str) -> None:
    command = charts.container(deployment(name))["livenessProbe"]["exec"]["command"]
    assert "'/tmp/last_successful_query'" in command[-1]


@pytest.mark.parametrize("name", ["speckle-server", "speckle-objects"])
def test_server_and_objects_run_without_rights(name: str) -> None:
    context = charts.container(deployment(name))["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == 20000
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", [*DESCRIBED, "speckle-test"])
def test_all_pods_meet_the_restricted_pod_security_standard(name: str) -> None:
    objects = charts.render(CHART, ALL_ON)
    workload = charts.find(objects, "Pod" if name == "speckle-test" else "Deployment", name)
    pod, container = charts.pod(workload), charts.container(workload)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert all("emptyDir" in volume for volume in pod["volumes"])


@each
def test_the_container_can_write_to_tmp(name: str) -> None:
    workload = deployment(name)
    assert charts.container(workload)["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]
    assert charts.pod(workload)["volumes"] == [{"name": "tmp", "emptyDir": {}}]


@pytest.mark.parametrize("name", [*DESCRIBED, "speckle-test"])
def test_every_workload_has_a_service_account_without_token(name: str) -> None:
    objects = charts.render(CHART, ALL_ON)
    workload = charts.find(objects, "Pod" if name == "speckle-test" else "Deployment", name)
    assert charts.pod(workload)["serviceAccountName"] == name
    assert charts.pod(workload)["automountServiceAccountToken"] is False
    assert charts.find(objects, "ServiceAccount", name)["automountServiceAccountToken"] is False


@each
def test_the_environment_is_what_the_chart_says(name: str) -> None:
    # Kubernetes would add SPECKLE_SERVER_PORT=tcp://… and the like for every service.
    assert charts.pod(deployment(name))["enableServiceLinks"] is False


def test_monitoring_collects_every_120_seconds() -> None:
    environment = charts.environment(charts.container(deployment("speckle-monitoring")))
    assert environment["METRICS_COLLECTION_PERIOD_SECONDS"] == "120"


def test_server_and_objects_know_their_pods_apart() -> None:
    server, objects = (deployment(name)["spec"] for name in ("speckle-server", "speckle-objects"))
    for spec, other in ((server, objects), (objects, server)):
        own = spec["selector"]["matchLabels"].items()
        assert own <= spec["template"]["metadata"]["labels"].items()
        assert not own <= other["template"]["metadata"]["labels"].items()


def test_the_helm_test_is_a_pod() -> None:
    pod = charts.find(charts.render(CHART), "Pod", "speckle-test")
    container = charts.container(pod)
    assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
    assert (container["name"], container["image"]) == ("speckle-test-deployment", "speckle/speckle-test-deployment:2")
    assert container["resources"] == {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "512Mi"}}
    assert charts.pod(pod)["restartPolicy"] == "Never"


def test_the_helm_test_is_made_only_when_enabled() -> None:
    objects = charts.render(CHART, {"helm_test_enabled": False})
    assert not charts.named(objects, "Pod")
    assert "speckle-test" not in charts.named(objects, "ServiceAccount")


# --- The environment ---


def environment(name: str, values: dict[str, Any] | None = None) -> dict[str, Any]:
    kind = "Pod" if name == "speckle-test" else "Deployment"
    return charts.environment(charts.container(charts.find(charts.render(CHART, ALL_ON | (values or {})), kind, name)))


def secret(key: str, name: str = "server-vars") -> dict[str, Any]:
    return {"secretKeyRef": {"name": name, "key": key}}


@pytest.mark.parametrize(
    ("name", "secrets"),
    [
        ("speckle-server", {"POSTGRES_URL": "postgres_url", "REDIS_URL": "redis_url", "SESSION_SECRET": "session_secret"}),
        ("speckle-objects", {"POSTGRES_URL": "postgres_url", "REDIS_URL": "redis_url", "SESSION_SECRET": "session_secret"}),
        ("speckle-frontend-2", {"NUXT_REDIS_URL": "redis_url"}),
        ("speckle-preview-service", {"REDIS_URL": "redis_url"}),
        ("speckle-webhook-service", {"PG_CONNECTION_STRING": "postgres_url"}),
        ("speckle-fileimport-service", {"PG_CONNECTION_STRING": "postgres_url"}),
        ("speckle-ifc-import-service", {"FILEIMPORT_QUEUE_POSTGRES_URL": "postgres_url"}),
        ("speckle-monitoring", {"PG_CONNECTION_STRING": "postgres_url"}),
        ("speckle-test", {}),
    ],
)
def test_what_is_secret_comes_from_server_vars(name: str, secrets: dict[str, str]) -> None:
    found = {variable: value for variable, value in environment(name).items() if isinstance(value, dict)}
    assert found == {variable: secret(key) for variable, key in secrets.items()}


def test_files_go_to_the_bucket() -> None:
    values = {"s3": {"bucket": "speckle-cluster-storage-production"}}
    for name in ("speckle-server", "speckle-objects"):
        found = environment(name, values)
        assert found["S3_BUCKET"] == "speckle-cluster-storage-production"
        assert found["S3_REGION"] == "ca-central-1"
        assert found["S3_ENDPOINT"] == "https://s3.ca-central-1.amazonaws.com"
        assert found["S3_CREATE_BUCKET"] == "false"
        assert (found["S3_ACCESS_KEY"], found["S3_SECRET_KEY"]) == (secret("s3_access_key"), secret("s3_secret_key"))
        assert "DISABLE_FILE_UPLOADS" not in found


def test_without_a_bucket_nothing_can_be_uploaded() -> None:
    found = environment("speckle-server")
    assert found["DISABLE_FILE_UPLOADS"] == "true"
    assert not [name for name in found if name.startswith("S3_")]


def test_the_frontend_knows_addresses_flags_and_tokens() -> None:
    values = {"domain": "speckle.test", "featureFlags": {"workspacesSSOEnabled": True}, "analytics": {"mixpanel_token_id": "token"}}
    found = environment("speckle-frontend-2", values)
    assert found["NUXT_PUBLIC_API_ORIGIN"] == found["NUXT_PUBLIC_BASE_URL"] == "https://speckle.test"
    assert found["NUXT_PUBLIC_BACKEND_API_ORIGIN"] == "http://speckle-server:3000"
    assert found["NUXT_PUBLIC_FF_WORKSPACES_SSO_ENABLED"] == "true"
    assert found["NUXT_PUBLIC_FF_GENDOAI_MODULE_ENABLED"] == "false"
    assert found["NUXT_PUBLIC_MIXPANEL_TOKEN_ID"] == "token"
    assert "NUXT_PUBLIC_DATADOG_SITE" not in found


def test_the_port_of_the_program_is_the_port_of_the_container() -> None:
    assert environment("speckle-server")["PORT"] == "3000"
    assert environment("speckle-preview-service")["PORT"] == "3001"
    for name in ("speckle-webhook-service", "speckle-fileimport-service", "speckle-monitoring"):
        assert environment(name)["PROMETHEUS_METRICS_PORT"] == str(DESCRIBED[name].ports["metrics"])
        # Or the probes, which come from outside of the pod, would find nobody.
        assert environment(name)["METRICS_HOST"] == "0.0.0.0"


def test_previews_may_take_an_hour() -> None:
    assert environment("speckle-preview-service")["PREVIEW_TIMEOUT"] == str(60 * 60 * 1000)


def test_plain_http_where_the_canonical_address_is_not_https() -> None:
    assert environment("speckle-server", {"ssl_canonical_url": False})["CANONICAL_URL"] == "http://speckle.example.com"


def test_imports_end_before_their_pod_is_killed() -> None:
    for name in ("speckle-fileimport-service", "speckle-ifc-import-service"):
        assert int(environment(name)["FILE_IMPORT_TIME_LIMIT_MIN"]) * 60 < charts.pod(deployment(name))["terminationGracePeriodSeconds"]
