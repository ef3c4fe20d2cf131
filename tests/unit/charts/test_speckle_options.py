# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What charts/speckle-server makes when an option is switched on, off, or to something else."""

from __future__ import annotations

from typing import Any

import pytest

from tests import charts

CHART = "speckle-server"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

USES_DATABASE = [
    "speckle-server",
    "speckle-objects",
    "speckle-webhook-service",
    "speckle-fileimport-service",
    "speckle-ifc-import-service",
    "speckle-monitoring",
]


def render(**values: Any) -> list[charts.Object]:
    values.setdefault("ifc_import_service", {"enabled": True})
    return charts.render(CHART, values)


def deployments(**values: Any) -> dict[str, charts.Object]:
    return charts.named(render(**values), "Deployment")


def volumes(deployment: charts.Object) -> dict[str, Any]:
    return {volume["name"]: {key: value for key, value in volume.items() if key != "name"} for volume in charts.pod(deployment)["volumes"]}


def mounts(deployment: charts.Object) -> dict[str, str]:
    return {mount["name"]: mount["mountPath"] for mount in charts.container(deployment)["volumeMounts"]}


def environment(deployment: charts.Object) -> dict[str, Any]:
    return charts.environment(charts.container(deployment))


def pod_annotations(deployment: charts.Object) -> dict[str, str]:
    found: dict[str, str] = deployment["spec"]["template"]["metadata"].get("annotations", {})
    return found


def test_helm_lint_is_content() -> None:
    charts.lint(CHART)


def test_helm_lint_is_content_with_everything_on() -> None:
    charts.lint(
        CHART,
        {
            "create_namespace": True,
            "priorityClasses": {"create": True},
            "enable_prometheus_monitoring": True,
            "db": {"useCertificate": True, "certificate": PEM},
            "preview_service": {"hpa": {"enabled": True}, "gpu": {"enabled": True}},
            "workloads": {"podDisruptionBudget": {"enabled": True}},
        },
    )


# --- Namespace and priorities ---


def test_everything_is_in_the_namespace_of_the_values() -> None:
    assert {each["metadata"]["namespace"] for each in render()} == {"speckle-test"}
    assert {each["metadata"]["namespace"] for each in render(namespace="speckle-production")} == {"speckle-production"}


def test_an_empty_namespace_is_the_release_s() -> None:
    assert {each["metadata"]["namespace"] for each in charts.render(CHART, {"namespace": ""}, namespace="elsewhere")} == {"elsewhere"}


def test_the_namespace_is_made_only_on_request() -> None:
    assert not charts.named(render(), "Namespace")
    made = charts.find(render(create_namespace=True, namespace="speckle-production"), "Namespace", "speckle-production")
    assert made["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_priority_classes_are_made_only_on_request() -> None:
    assert not charts.named(render(), "PriorityClass")
    classes = charts.named(render(priorityClasses={"create": True}), "PriorityClass")
    assert {name: each["value"] for name, each in classes.items()} == {"high-priority": 100, "low-priority": -100}


# --- Images ---


def test_one_tag_for_all_images() -> None:
    images = {charts.container(each)["image"].rpartition(":")[2] for each in deployments(docker_image_tag="2.25.4").values()}
    assert images == {"2.25.4"}


def test_an_image_of_one_workload() -> None:
    found = deployments(server={"image": {"repository": "registry.test/server", "tag": "2.25.5"}})
    assert charts.container(found["speckle-server"])["image"] == "registry.test/server:2.25.5"
    assert charts.container(found["speckle-objects"])["image"] == "speckle/speckle-server:2"


def test_a_digest_goes_before_the_tag() -> None:
    digest = "sha256:" + "0" * 64
    found = deployments(server={"image": {"digest": digest, "tag": "2"}})
    assert charts.container(found["speckle-server"])["image"] == f"speckle/speckle-server@{digest}"


# --- Secrets ---


def test_a_workload_may_have_a_secret_of_its_own() -> None:
    found = deployments(monitoring={"secretName": "monitoring-vars"})
    assert environment(found["speckle-monitoring"])["PG_CONNECTION_STRING"]["secretKeyRef"]["name"] == "monitoring-vars"
    assert environment(found["speckle-server"])["POSTGRES_URL"]["secretKeyRef"]["name"] == "server-vars"


def test_another_secret_and_key_for_the_database() -> None:
    found = deployments(db={"connectionString": {"secretName": "database", "secretKey": "url"}}, monitoring={"secretName": "own"})
    assert environment(found["speckle-server"])["POSTGRES_URL"] == {"secretKeyRef": {"name": "database", "key": "url"}}
    # A workload's own secret is the nearer one.
    assert environment(found["speckle-monitoring"])["PG_CONNECTION_STRING"] == {"secretKeyRef": {"name": "own", "key": "url"}}


def test_a_new_revision_of_the_secret_makes_all_pods_anew_that_use_it() -> None:
    before, after = deployments(secretRevision="1"), deployments(secretRevision="2")
    assert {name: pod_annotations(each) for name, each in before.items()} == {name: {"speckle/secret-revision": "1"} for name in before}
    assert all(before[name]["spec"]["template"] != after[name]["spec"]["template"] for name in before)
    assert not any(pod_annotations(each) for each in deployments().values())


def test_the_test_pod_has_no_secrets_and_no_revision() -> None:
    pod = charts.find(render(secretRevision="1"), "Pod", "speckle-test")
    assert pod["metadata"]["annotations"].keys() == {"helm.sh/hook", "helm.sh/hook-delete-policy"}


def test_a_revision_of_a_workload_s_own_secret() -> None:
    found = deployments(secretRevision="1", monitoring={"secretName": "own", "secretRevision": "7"})
    assert pod_annotations(found["speckle-monitoring"]) == {"speckle/secret-revision": "7"}
    assert pod_annotations(found["speckle-server"]) == {"speckle/secret-revision": "1"}


# --- Volumes ---


def test_the_certificate_of_the_database_is_where_the_database_is_used() -> None:
    objects = render(db={"useCertificate": True, "certificate": PEM})
    assert charts.find(objects, "ConfigMap", "postgres-certificate")["data"] == {"ca-certificate.crt": PEM}
    for name, deployment in charts.named(objects, "Deployment").items():
        has = name in USES_DATABASE
        assert ("postgres-certificate" in mounts(deployment)) is has, name
        assert ("speckle/certificate-checksum" in pod_annotations(deployment)) is has, name
        if has:
            assert volumes(deployment)["postgres-certificate"] == {"configMap": {"name": "postgres-certificate"}}
            variable = "EXTRA_CA_CERTS" if name == "speckle-ifc-import-service" else "NODE_EXTRA_CA_CERTS"
            assert environment(deployment)[variable] == "/postgres-certificate/ca-certificate.crt"


def test_a_certificate_that_is_there_already() -> None:
    objects = render(db={"useCertificate": True, "certificateConfigMap": "rds-ca"})
    assert not charts.named(objects, "ConfigMap")
    assert volumes(charts.find(objects, "Deployment", "speckle-server"))["postgres-certificate"] == {"configMap": {"name": "rds-ca"}}


@pytest.mark.parametrize("flag", ["workspacesModuleEnabled", "automateModuleEnabled"])
def test_encryption_keys(flag: str) -> None:
    for name, deployment in deployments(featureFlags={flag: True}).items():
        has = name in ("speckle-server", "speckle-objects")
        assert (volumes(deployment).get("encryption-keys") == {"secret": {"secretName": "encryption-keys"}}) is has, name
        assert (mounts(deployment).get("encryption-keys") == "/encryption-keys") is has, name


def test_configuration_of_regions() -> None:
    for name, deployment in deployments(featureFlags={"workspacesMultiRegionEnabled": True}).items():
        has = name in ("speckle-server", "speckle-objects")
        assert (mounts(deployment).get("multi-region-config") == "/multi-region-config") is has, name
        if has:
            path = environment(deployment)["MULTI_REGION_CONFIG_PATH"]
            (item,) = volumes(deployment)["multi-region-config"]["secret"]["items"]
            assert path == f"/multi-region-config/{item['path']}"


# --- Login and mail ---


@pytest.mark.parametrize("strategy", ["google", "github", "azure_ad", "oidc"])
def test_login_elsewhere(strategy: str) -> None:
    found = environment(deployments(server={"auth": {strategy: {"enabled": True, "client_id": "me"}}})["speckle-objects"])
    upper = strategy.upper()
    assert found[f"STRATEGY_{upper}"] == "true"
    assert found[f"{upper}_CLIENT_ID"] == "me"
    assert found[f"{upper}_CLIENT_SECRET"] == {"secretKeyRef": {"name": "server-vars", "key": f"{strategy}_client_secret"}}
    assert [name for name in found if name.startswith("STRATEGY_")] == ["STRATEGY_LOCAL", f"STRATEGY_{upper}"]


def test_mail_license_and_limits() -> None:
    server = {
        "email": {"enabled": True, "host": "smtp.test", "from": "speckle@speckle.test"},
        "licenseToken": {"enabled": True},
        "ratelimiting": {"burst_all_requests": 2000},
    }
    found = environment(deployments(server=server)["speckle-server"])
    assert (found["EMAIL"], found["EMAIL_HOST"], found["EMAIL_PORT"]) == ("true", "smtp.test", "587")
    assert found["EMAIL_PASSWORD"] == {"secretKeyRef": {"name": "server-vars", "key": "email_password"}}
    assert found["LICENSE_TOKEN"] == {"secretKeyRef": {"name": "server-vars", "key": "license_token"}}
    assert found["RATELIMIT_BURST_ALL_REQUESTS"] == "2000"


# --- Scaling ---


def test_no_autoscaler_by_default() -> None:
    assert not charts.named(render(), "HorizontalPodAutoscaler")
    assert deployments()["speckle-preview-service"]["spec"]["replicas"] == 1


def test_an_autoscaler_decides_alone() -> None:
    objects = render(preview_service={"hpa": {"enabled": True}})
    spec = charts.find(objects, "HorizontalPodAutoscaler", "speckle-preview-service")["spec"]
    assert spec["maxReplicas"] == 10
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "speckle-preview-service"}
    # Replicas beside it would undo its decision with every upgrade.
    assert "replicas" not in charts.find(objects, "Deployment", "speckle-preview-service")["spec"]
    assert charts.find(objects, "Deployment", "speckle-server")["spec"]["replicas"] == 1


def test_no_autoscaler_of_a_workload_that_is_off() -> None:
    objects = render(preview_service={"enabled": False, "hpa": {"enabled": True}})
    assert not [each for each in objects if each["metadata"]["name"] == "speckle-preview-service"]


def test_no_replicas() -> None:
    assert deployments(webhook_service={"replicas": 0})["speckle-webhook-service"]["spec"]["replicas"] == 0


def test_disruption_budgets() -> None:
    assert not charts.named(render(), "PodDisruptionBudget")
    budgets = charts.named(render(objects={"podDisruptionBudget": {"enabled": True, "minAvailable": "50%"}}), "PodDisruptionBudget")
    spec = budgets.pop("speckle-objects")["spec"]
    assert not budgets
    assert spec["minAvailable"] == "50%"
    assert "maxUnavailable" not in spec
    assert spec["selector"]["matchLabels"]["app.kubernetes.io/component"] == "objects"
    shares = charts.named(render(workloads={"podDisruptionBudget": {"enabled": True, "maxUnavailable": "30%"}}), "PodDisruptionBudget")
    assert len(shares) == 8
    assert {each["spec"]["maxUnavailable"] for each in shares.values()} == {"30%"}


def test_a_gpu_for_previews() -> None:
    deployment = deployments(preview_service={"gpu": {"enabled": True}})["speckle-preview-service"]
    assert charts.container(deployment)["resources"]["limits"] == {"cpu": "1000m", "memory": "4Gi", "nvidia.com/gpu": 1}
    assert charts.pod(deployment)["runtimeClassName"] == "nvidia"
    assert charts.pod(deployment)["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert environment(deployment)["GPU_ENABLED"] == "true"
    assert "VK_ICD_FILENAMES" in environment(deployment)
    without = deployments()["speckle-preview-service"]
    assert environment(without)["GPU_ENABLED"] == "false"
    assert "runtimeClassName" not in charts.pod(without)


# --- Metrics ---


def test_service_monitor() -> None:
    assert not charts.named(render(), "ServiceMonitor")
    objects = render(enable_prometheus_monitoring=True, prometheusMonitoring={"release": "prometheus", "interval": "30s"})
    monitor = charts.find(objects, "ServiceMonitor", "speckle-server")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    assert {endpoint["interval"] for endpoint in monitor["spec"]["endpoints"]} == {"30s"}
    ports = {endpoint["port"] for endpoint in monitor["spec"]["endpoints"]}
    selector = monitor["spec"]["selector"]
    (expression,) = selector["matchExpressions"]
    for name, service in charts.named(objects, "Service").items():
        labels = service["metadata"]["labels"]
        assert selector["matchLabels"].items() <= labels.items(), name
        assert ports & {port["name"] for port in service["spec"]["ports"]}, name
        assert (labels[expression["key"]] in expression["values"]) is (name == "speckle-objects")


# --- What all workloads share ---


def test_shared_values_and_those_of_one() -> None:
    found = deployments(workloads={"logLevel": "debug", "nodeSelector": {"disk": "ssd"}}, monitoring={"logLevel": "warn"})
    assert environment(found["speckle-server"])["LOG_LEVEL"] == "debug"
    assert environment(found["speckle-monitoring"])["LOG_LEVEL"] == "warn"
    assert all(charts.pod(each)["nodeSelector"] == {"disk": "ssd"} for each in found.values())


def test_false_of_one_goes_before_true_of_all() -> None:
    objects = render(test={"serviceAccount": {"create": False, "name": "runner"}})
    assert "speckle-test" not in charts.named(objects, "ServiceAccount")
    assert charts.pod(charts.find(objects, "Pod", "speckle-test"))["serviceAccountName"] == "runner"


def test_a_role_for_a_service_account() -> None:
    role = {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/speckle"}
    accounts = charts.named(render(server={"serviceAccount": {"annotations": role}}), "ServiceAccount")
    assert accounts["speckle-server"]["metadata"]["annotations"] == role
    assert "annotations" not in accounts["speckle-objects"]["metadata"]


def test_more_variables_resources_and_places() -> None:
    server = {
        "requests": {"cpu": "500m"},
        "limits": {"memory": "2Gi"},
        "additionalEnvVars": [{"name": "FF_NEW", "value": "true"}],
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"podAntiAffinity": {}},
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
        "podLabels": {"team": "bim"},
    }
    deployment = deployments(server=server)["speckle-server"]
    container, pod = charts.container(deployment), charts.pod(deployment)
    assert container["resources"] == {"requests": {"cpu": "500m"}, "limits": {"memory": "2Gi"}}
    assert environment(deployment)["FF_NEW"] == "true"
    assert container["lifecycle"] == server["lifecycle"]
    assert all(pod[key] == server[key] for key in ("tolerations", "affinity", "topologySpreadConstraints"))
    assert deployment["spec"]["template"]["metadata"]["labels"]["team"] == "bim"


def test_a_probe_of_another_kind() -> None:
    probe = {"exec": None, "tcpSocket": {"port": "metrics"}}
    found = charts.container(deployments(webhook_service={"livenessProbe": probe})["speckle-webhook-service"])["livenessProbe"]
    assert found["tcpSocket"] == {"port": "metrics"}
    assert "exec" not in found


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("frontend_2", "speckle-frontend-2"),
        ("preview_service", "speckle-preview-service"),
        ("webhook_service", "speckle-webhook-service"),
        ("fileimport_service", "speckle-fileimport-service"),
        ("ifc_import_service", "speckle-ifc-import-service"),
        ("monitoring", "speckle-monitoring"),
    ],
)
def test_a_workload_that_is_off_leaves_nothing(key: str, name: str) -> None:
    assert not [each["kind"] for each in render(**{key: {"enabled": False}}) if each["metadata"]["name"] == name]


def test_recreate_has_no_figures_of_a_rolling_update() -> None:
    assert deployments(server={"strategy": {"type": "Recreate"}})["speckle-server"]["spec"]["strategy"] == {"type": "Recreate"}
