# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each value of the chart web-service becomes."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests import charts
from tests.unit.charts.web_service import AUTOSCALED, BASE, Object, merged, nested

MINIMAL = {"image": {"repository": "shop", "tag": "v1"}}

# Everything at once: what does not exclude each other.
FULL = merged(
    BASE,
    AUTOSCALED,
    nested(
        {
            "commonLabels": {"Environment": "production"},
            "podAnnotations": {"example.com/note": "yes"},
            "secretRevision": "b7",
            "image.digest": "sha256:" + "0" * 64,
            "image.pullSecrets": ["registry"],
            "strategy.by": "alb_weights",
            "strategy.stickySeconds": 600,
            "autoscaling.targetMemory": 80,
            "autoscaling.metrics": [
                {"type": "Pods", "pods": {"metric": {"name": "requests"}, "target": {"type": "AverageValue", "averageValue": "100"}}}
            ],
            "autoscaling.behavior.scaleDown.stabilizationWindowSeconds": 600,
            "podDisruptionBudget.enabled": True,
            "antiAffinity": "hard",
            "topologySpread": {"mode": "hard", "maxSkew": 2},
            "affinity.nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []},
            "nodeSelector": {"disk": "fast"},
            "tolerations": [{"key": "web", "operator": "Exists"}],
            "priorityClassName": "high-priority",
            "service": {
                "scheme": "HTTPS",
                "port": 8443,
                "containerPort": 3000,
                "extraPorts": [{"name": "metrics", "port": 9090, "containerPort": 9091}],
            },
            "ingress.annotations": {"alb.ingress.kubernetes.io/scheme": "internal", "example.com/own": "1"},
            "ingress.alb": {
                "group": {"name": "shops", "order": 0},
                "certificateArns": ["arn:aws:acm:us-east-1:111122223333:certificate/a", "arn:aws:acm:us-east-1:111122223333:certificate/b"],
                "loadBalancerAttributes": {"idle_timeout.timeout_seconds": 120},
                "tags": {"Project": "shop", "Environment": "production"},
            },
            "probes": {
                "startup": {"type": "exec", "command": ["/check", "--started"]},
                "liveness": {"type": "tcp", "port": 9091, "initialDelaySeconds": 3},
                "readiness": {"path": "/ready"},
            },
            "command": ["/app"],
            "args": ["--port", "3000"],
            "env": {"MODE": "shop", "WORKERS": 4, "DEBUG": False},
            "envValueFrom": {
                "PASSWORD": {"secretKeyRef": {"name": "shop", "key": "password"}},
                "MODE": {"configMapKeyRef": {"name": "modes", "key": "mode"}},
            },
            "envFrom": {"configMaps": ["common"], "secrets": ["shop"]},
            "config": {"env": {"LEVEL": "info"}, "files": {"app.conf": "a: 1\nb: 2\n"}, "mountPath": "/etc/shop"},
            "writablePaths": ["/tmp", "/var/cache"],
            "extraVolumes": [{"name": "ca", "secret": {"secretName": "ca"}}],
            "extraVolumeMounts": [{"name": "ca", "mountPath": "/etc/ca"}],
            "initContainers": [{"name": "warm", "command": ["/warm"]}],
            "extraContainers": [{"name": "proxy", "image": "proxy:1"}],
            "serviceAccount.roleArn": "arn:aws:iam::111122223333:role/shop",
            "migration": {"enabled": True, "command": ["/migrate"], "env": {"MODE": "migration"}},
            "networkPolicy": {
                "enabled": True,
                "ingressFrom": [{"ipBlock": {"cidr": "10.0.0.0/16"}}],
                "egressTo": [{"ports": [{"port": 5432}]}],
            },
        }
    ),
)


def full(kind: str, name: str = "shop") -> Object:
    return charts.find(charts.render("web-service", FULL, release="shop"), kind, name)


def minimal(**changes: Any) -> list[Object]:
    """Return the objects of the least values and changes, `service__port=1` for `service.port`."""
    values = merged(MINIMAL, nested({path.replace("__", "."): value for path, value in changes.items()}))
    return charts.render("web-service", values, release="shop")


def test_the_least_that_is_needed_is_an_image() -> None:
    objects = minimal()
    assert sorted((one["kind"], one["metadata"]["name"]) for one in objects) == [
        ("Deployment", "shop"),
        ("Pod", "shop-test"),
        ("Service", "shop"),
        ("ServiceAccount", "shop"),
    ]


def test_pods_are_confined_by_default() -> None:
    for one in minimal(migration__enabled=True):
        if one["kind"] in {"Deployment", "Job", "Pod"}:
            pod = charts.pod(one)
            assert pod["securityContext"]["runAsNonRoot"] is True
            assert pod["securityContext"]["runAsUser"] > 0
            assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
            assert pod["automountServiceAccountToken"] is False
            assert charts.container(one)["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
    deployment = charts.find(minimal(), "Deployment", "shop")
    assert charts.container(deployment)["volumeMounts"] == [{"name": "writable-0", "mountPath": "/tmp"}]
    assert charts.pod(deployment)["volumes"] == [{"name": "writable-0", "emptyDir": {}}]


def test_no_pod_is_taken_away_before_another_is_ready() -> None:
    spec = charts.find(minimal(), "Deployment", "shop")["spec"]
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}}


@pytest.mark.parametrize(
    ("version", "hook"), [("1.29.0", {"exec": {"command": ["sleep", "20"]}}), ("1.30.0", {"sleep": {"seconds": 20}})], ids=["older", "1.30"]
)
def test_a_pod_answers_until_load_balancers_know_that_it_goes(version: str, hook: Object) -> None:
    deployment = charts.find(charts.render("web-service", MINIMAL, release="shop", kube_version=version), "Deployment", "shop")
    assert charts.container(deployment)["lifecycle"]["preStop"] == hook
    assert charts.pod(deployment)["terminationGracePeriodSeconds"] == 60


def test_the_container_gets_what_the_values_say() -> None:
    web = charts.container(full("Deployment"), "web")
    assert web["image"] == "shop:v1@sha256:" + "0" * 64
    assert (web["command"], web["args"]) == (["/app"], ["--port", "3000"])
    assert web["ports"] == [{"name": "http", "containerPort": 3000}, {"name": "metrics", "containerPort": 9091}]
    assert charts.environment(web) == {
        "MODE": "shop",
        "WORKERS": "4",
        "DEBUG": "false",
        "PASSWORD": {"secretKeyRef": {"name": "shop", "key": "password"}},
    }
    assert web["envFrom"] == [{"configMapRef": {"name": "shop"}}, {"configMapRef": {"name": "common"}}, {"secretRef": {"name": "shop"}}]
    assert {mount["name"]: mount["mountPath"] for mount in web["volumeMounts"]} == {
        "writable-0": "/tmp",
        "writable-1": "/var/cache",
        "config": "/etc/shop",
        "ca": "/etc/ca",
    }


def test_probes_are_http_tcp_or_commands() -> None:
    web = charts.container(full("Deployment"), "web")
    assert web["startupProbe"] == {"exec": {"command": ["/check", "--started"]}, "periodSeconds": 5, "failureThreshold": 60}
    assert web["livenessProbe"]["tcpSocket"] == {"port": 9091}
    assert web["livenessProbe"]["initialDelaySeconds"] == 3
    assert web["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http", "scheme": "HTTPS"}
    off = charts.container(charts.find(minimal(probes__startup__enabled=False), "Deployment", "shop"))
    assert "startupProbe" not in off


def test_the_pod_gets_what_the_values_say() -> None:
    deployment = full("Deployment")
    pod = charts.pod(deployment)
    assert pod["serviceAccountName"] == "shop"
    assert pod["imagePullSecrets"] == [{"name": "registry"}]
    assert pod["priorityClassName"] == "high-priority"
    assert pod["nodeSelector"] == {"disk": "fast"}
    assert pod["tolerations"] == [{"key": "web", "operator": "Exists"}]
    assert {volume["name"] for volume in pod["volumes"]} == {"writable-0", "writable-1", "config", "ca"}
    (init,) = pod["initContainers"]
    assert init["image"] == charts.container(deployment, "web")["image"]
    assert init["securityContext"]["readOnlyRootFilesystem"] is True
    assert charts.container(deployment, "proxy")["image"] == "proxy:1"
    template = deployment["spec"]["template"]["metadata"]
    assert template["labels"]["Environment"] == "production"
    assert template["annotations"]["secret-revision"] == "b7"
    assert template["annotations"]["example.com/note"] == "yes"


def test_pods_keep_apart_softly_hardly_or_not() -> None:
    selector = full("Deployment")["spec"]["selector"]
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": selector}
    hard = charts.pod(full("Deployment"))
    assert hard["affinity"]["podAntiAffinity"] == {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    assert "nodeAffinity" in hard["affinity"]
    (spread,) = hard["topologySpreadConstraints"]
    assert (spread["whenUnsatisfiable"], spread["maxSkew"], spread["labelSelector"]) == ("DoNotSchedule", 2, selector)
    soft = charts.pod(charts.find(minimal(), "Deployment", "shop"))
    ((preferred),) = soft["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert preferred == {"weight": 100, "podAffinityTerm": term}
    assert soft["topologySpreadConstraints"][0]["whenUnsatisfiable"] == "ScheduleAnyway"
    none = charts.pod(charts.find(minimal(antiAffinity="none", topologySpread__mode="none"), "Deployment", "shop"))
    assert not {"affinity", "topologySpreadConstraints"} & set(none)


def test_a_change_of_configuration_or_secret_replaces_the_pods() -> None:
    templates = [
        charts.find(minimal(**changes), "Deployment", "shop")["spec"]["template"]
        for changes in ({}, {"config__env": {"A": "1"}}, {"config__env": {"A": "2"}}, {"secretRevision": "2"})
    ]
    assert len({yaml.dump(template["metadata"]["annotations"]) for template in templates}) == len(templates)


def test_configuration_is_variables_and_files() -> None:
    assert full("ConfigMap")["data"] == {"LEVEL": "info"}
    assert full("ConfigMap", "shop-files")["data"] == {"app.conf": "a: 1\nb: 2\n"}
    mounted = next(volume for volume in charts.pod(full("Deployment"))["volumes"] if volume["name"] == "config")
    assert mounted == {"name": "config", "configMap": {"name": "shop-files"}}


def test_the_autoscaler_goes_by_cpu_memory_and_what_is_given() -> None:
    spec = full("HorizontalPodAutoscaler")["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "shop"}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert [metric.get("resource", {}).get("name", metric["type"]) for metric in spec["metrics"]] == ["cpu", "memory", "Pods"]
    assert spec["metrics"][1]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 80}
    assert spec["behavior"] == {"scaleDown": {"stabilizationWindowSeconds": 600}}


def test_a_budget_covers_the_pods_of_its_deployment_only() -> None:
    budget = full("PodDisruptionBudget")["spec"]
    assert budget["minAvailable"] == 1
    assert budget["selector"] == full("Deployment")["spec"]["selector"]
    assert "maxUnavailable" not in budget
    other = charts.find(
        minimal(podDisruptionBudget={"enabled": True, "minAvailable": None, "maxUnavailable": "50%"}), "PodDisruptionBudget", "shop"
    )
    assert other["spec"]["maxUnavailable"] == "50%"


def test_a_small_canary_blocks_no_drain() -> None:
    objects = minimal(podDisruptionBudget__enabled=True, strategy__type="canary", strategy__canary__tag="v2", strategy__weight=10)
    assert set(charts.named(objects, "PodDisruptionBudget")) == {"shop"}


def test_the_ingress_asks_the_controller_for_what_the_values_say() -> None:
    prefix = "alb.ingress.kubernetes.io/"
    annotations = full("Ingress")["metadata"]["annotations"]
    wanted = {
        "scheme": "internal",  # of ingress.annotations, which go before
        "target-type": "ip",
        "backend-protocol": "HTTPS",
        "healthcheck-protocol": "HTTPS",
        "healthcheck-path": "/ready",
        "listen-ports": '[{"HTTP":80},{"HTTPS":443}]',
        "ssl-redirect": "443",
        "certificate-arn": "arn:aws:acm:us-east-1:111122223333:certificate/a,arn:aws:acm:us-east-1:111122223333:certificate/b",
        "group.name": "shops",
        "group.order": "0",
        "load-balancer-attributes": "idle_timeout.timeout_seconds=120",
        "target-group-attributes": "deregistration_delay.timeout_seconds=15",
        "tags": "Environment=production,Project=shop",
    }
    assert {key: annotations[prefix + key] for key in wanted} == wanted
    assert annotations["example.com/own"] == "1"
    assert '"targetGroupStickinessConfig":{"durationSeconds":600,"enabled":true}' in annotations[prefix + "actions.weighted"]
    assert not [key for key, value in annotations.items() if not value]
    assert full("Ingress")["spec"]["ingressClassName"] == "alb"


def test_an_ingress_without_alb_has_secrets_and_no_annotations() -> None:
    ingress = {
        "enabled": True,
        "className": "nginx",
        "hosts": [{"host": "a.example.com", "paths": [{"path": "/a", "pathType": "Exact"}]}, {"paths": [{"path": "/"}]}],
        "tls": [{"hosts": ["a.example.com"], "secretName": "a-tls"}],
        "previewHost": "next.example.com",
        "alb": {"enabled": False},
    }
    found = charts.find(minimal(ingress=ingress, strategy__type="canary", strategy__canary__tag="v2"), "Ingress", "shop")
    assert "annotations" not in found["metadata"]
    assert found["spec"]["tls"] == [{"hosts": ["a.example.com"], "secretName": "a-tls"}]
    rules = found["spec"]["rules"]
    assert [rule.get("host") for rule in rules] == ["a.example.com", None, "next.example.com"]
    assert rules[0]["http"]["paths"][0]["pathType"] == "Exact"
    assert rules[2]["http"]["paths"][0]["backend"]["service"]["name"] == "shop-preview"


def test_the_migration_runs_before_and_has_what_it_needs() -> None:
    objects = charts.render("web-service", FULL, release="shop")
    job = charts.find(objects, "Job", "shop-migration")
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    migration = charts.container(job)
    assert migration["command"] == ["/migrate"]
    assert migration["image"] == "shop:v1@sha256:" + "0" * 64
    assert charts.environment(migration)["MODE"] == "migration"
    own = migration["envFrom"][0]["configMapRef"]["name"]
    copy = charts.find(objects, "ConfigMap", own)
    assert copy["data"] == full("ConfigMap")["data"]
    assert copy["metadata"]["annotations"]["helm.sh/hook"] == job["metadata"]["annotations"]["helm.sh/hook"]
    assert int(copy["metadata"]["annotations"]["helm.sh/hook-weight"]) < int(job["metadata"]["annotations"]["helm.sh/hook-weight"])
    # In the first installation, the service's own account is not there yet.
    assert charts.pod(job)["serviceAccountName"] == "default"
    # The image is the one of the migration's tag, where it has one, without the service's digest.
    tagged = charts.find(minimal(migration={"enabled": True, "tag": "v2"}, image__digest="sha256:" + "0" * 64), "Job", "shop-migration")
    assert charts.container(tagged)["image"] == "shop:v2"


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "Deployment"])
def test_neither_migration_nor_test_is_taken_for_the_service(kind: str) -> None:
    objects = charts.render("web-service", FULL, release="shop")
    others = [
        charts.find(objects, "Job", "shop-migration")["spec"]["template"]["metadata"]["labels"],
        charts.find(objects, "Pod", "shop-test")["metadata"]["labels"],
    ]
    for one in charts.named(objects, kind).values():
        selector = one["spec"]["selector"]
        wanted = selector.get("matchLabels", selector)
        assert wanted.items() <= full("Deployment")["spec"]["template"]["metadata"]["labels"].items()
        assert not [labels for labels in others if wanted.items() <= labels.items()]


def test_a_network_policy_names_who_may_ask_and_be_asked() -> None:
    spec = full("NetworkPolicy")["spec"]
    (ingress,) = spec["ingress"]
    assert ingress["from"][0]["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "test"
    assert ingress["from"][1:] == [{"ipBlock": {"cidr": "10.0.0.0/16"}}]
    assert ingress["ports"] == [{"port": "http"}, {"port": "metrics"}]
    assert [rule["ports"][0]["port"] for rule in spec["egress"]] == [53, 5432]
    closed = charts.find(minimal(networkPolicy={"enabled": True, "allowDNS": False}), "NetworkPolicy", "shop")
    assert closed["spec"]["egress"] == []
    assert closed["spec"]["policyTypes"] == ["Ingress", "Egress"]


def test_an_account_may_be_another_s() -> None:
    annotations = full("ServiceAccount")["metadata"]["annotations"]
    assert annotations == {"eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/shop"}
    objects = minimal(serviceAccount={"create": False, "name": "other"}, migration__enabled=True)
    assert not charts.named(objects, "ServiceAccount")
    assert {charts.pod(one)["serviceAccountName"] for one in objects if one["kind"] in {"Deployment", "Job"}} == {"other"}


def test_the_helm_test_asks_the_service() -> None:
    command = charts.container(full("Pod", "shop-test"))["command"]
    assert command[0] == "wget"
    assert command[-1] == "https://shop:8443/ready"


def test_names_are_the_release_s_and_fit() -> None:
    long = "a" * 53
    objects = charts.render("web-service", merged(FULL, {"fullnameOverride": "b" * 70}), release=long)
    assert max(len(one["metadata"]["name"]) for one in objects if one["kind"] in {"Service", "Pod", "Job", "Deployment"}) <= 63
    assert charts.find(minimal(fullnameOverride="store"), "Deployment", "store")


def test_a_track_may_have_variables_of_its_own() -> None:
    changes: dict[str, Any] = {
        "strategy__type": "canary",
        "strategy__canary": {"tag": "v2", "env": {"MODE": "new"}},
        "env": {"MODE": "old", "A": "1"},
    }
    objects = minimal(**changes)
    assert charts.environment(charts.container(charts.find(objects, "Deployment", "shop"))) == {"MODE": "old", "A": "1"}
    assert charts.environment(charts.container(charts.find(objects, "Deployment", "shop-canary"))) == {"MODE": "new", "A": "1"}


@pytest.mark.parametrize("values", [{}, FULL], ids=["defaults", "everything"])
def test_helm_finds_nothing_to_say_about_the_chart(values: dict[str, Any]) -> None:
    said = charts.lint("web-service", values)
    assert "0 chart(s) failed" in said
    assert "[WARNING]" not in said
