# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""charts/pgadmin: the description's figures, and what was decided in its place where it would publish a database console."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests import charts

CHART = "pgadmin"


def deployment(values: dict[str, Any] | None = None) -> charts.Object:
    return charts.find(charts.render(CHART, values), "Deployment", "pgadmin")


def environment(values: dict[str, Any] | None = None) -> dict[str, Any]:
    return charts.environment(charts.container(deployment(values)))


def ingress_annotations(values: dict[str, Any] | None = None) -> dict[str, str]:
    found: dict[str, str] = charts.find(charts.render(CHART, values), "Ingress", "pgadmin")["metadata"]["annotations"]
    return found


def test_helm_lint_is_content() -> None:
    charts.lint(CHART)
    charts.lint(CHART, {"database": {"host": "db.test"}, "ingress": {"sourceCidrs": ["203.0.113.0/24"]}})


def test_deployment() -> None:
    found = deployment()
    container = charts.container(found)
    assert found["spec"]["replicas"] == 1
    assert [port["containerPort"] for port in container["ports"]] == [80]
    assert container["resources"] == {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}


def test_everything_is_in_the_namespace_of_production() -> None:
    assert {each["metadata"]["namespace"] for each in charts.render(CHART)} == {"speckle-production"}
    assert {each["metadata"]["namespace"] for each in charts.render(CHART, {"namespace": ""}, namespace="x")} == {"x"}


def test_the_image_is_pinned() -> None:
    assert re.fullmatch(r"dpage/pgadmin4:\d+\.\d+", charts.container(deployment())["image"])
    for tag in ("latest", "9", ""):
        assert "image.tag: Does not match pattern" in charts.refused(CHART, {"image": {"tag": tag}})


def test_environment() -> None:
    found = environment()
    assert found["PGADMIN_DEFAULT_EMAIL"] == "admin@speckle.com"
    assert found["PGADMIN_DEFAULT_PASSWORD"] == {"secretKeyRef": {"name": "pgadmin", "key": "password"}}
    assert found["SCRIPT_NAME"] == "/pgadmin"


def test_there_is_a_login_whatever_the_values_say() -> None:
    assert environment()["PGADMIN_CONFIG_SERVER_MODE"] == "True"
    assert "Additional property serverMode is not allowed" in charts.refused(CHART, {"serverMode": False})


def test_no_password_is_in_the_chart() -> None:
    assert "admin123" not in "".join(path.read_text(encoding="utf-8") for path in (charts.CHARTS / CHART).rglob("*") if path.is_file())


def test_service() -> None:
    spec = charts.find(charts.render(CHART), "Service", "pgadmin")["spec"]
    assert (spec["type"], spec["selector"]) == ("ClusterIP", {"app": "pgadmin"})
    assert [(port["port"], port["targetPort"]) for port in spec["ports"]] == [(80, 80)]
    assert spec["selector"].items() <= deployment()["spec"]["template"]["metadata"]["labels"].items()


def test_ingress() -> None:
    (rule,) = charts.find(charts.render(CHART), "Ingress", "pgadmin")["spec"]["rules"]
    backend = {"service": {"name": "pgadmin", "port": {"number": 80}}}
    assert rule == {"http": {"paths": [{"path": "/pgadmin", "pathType": "Prefix", "backend": backend}]}}


@pytest.mark.parametrize("path", ["/pgadmin", "/console"])
def test_health_is_asked_below_the_script_name(path: str) -> None:
    values = {"path": path}
    container = charts.container(deployment(values))
    asked = {container[probe]["httpGet"]["path"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    asked.add(ingress_annotations(values)["alb.ingress.kubernetes.io/healthcheck-path"])
    assert asked == {f"{environment(values)['SCRIPT_NAME']}/misc/ping"} == {f"{path}/misc/ping"}


@pytest.mark.parametrize("order", [2, 99])
def test_the_order_is_between_speckle_s_first_and_last(order: int) -> None:
    assert "ingress.order: Must be" in charts.refused(CHART, {"ingress": {"order": order}})


def test_a_host_and_addresses() -> None:
    values = {"ingress": {"host": "db.speckle.test", "sourceCidrs": ["203.0.113.0/24"]}}
    assert charts.find(charts.render(CHART, values), "Ingress", "pgadmin")["spec"]["rules"][0]["host"] == "db.speckle.test"
    (condition,) = json.loads(ingress_annotations(values)["alb.ingress.kubernetes.io/conditions.pgadmin"])
    assert condition == {"field": "source-ip", "sourceIpConfig": {"values": ["203.0.113.0/24"]}}


def test_rights() -> None:
    pod, container = charts.pod(deployment()), charts.container(deployment())
    assert pod["automountServiceAccountToken"] is False
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    # The one that the restricted standard lets be added.
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}


def test_a_new_revision_of_the_secret_makes_the_pod_anew() -> None:
    before, after = deployment({"secretRevision": "1"}), deployment({"secretRevision": "2"})
    assert before["spec"]["template"] != after["spec"]["template"]


def test_a_database_that_is_offered() -> None:
    values = {"database": {"host": "speckle-cluster-postgres.test"}}
    objects = charts.render(CHART, values)
    servers = json.loads(charts.find(objects, "ConfigMap", "pgadmin-servers")["data"]["servers.json"])["Servers"]
    assert servers["1"]["Host"] == "speckle-cluster-postgres.test"
    assert (servers["1"]["Port"], servers["1"]["Username"], servers["1"]["MaintenanceDB"]) == (5432, "speckle", "speckle")
    mount = next(each for each in charts.container(deployment(values))["volumeMounts"] if each["name"] == "servers")
    assert environment(values)["PGADMIN_SERVER_JSON_FILE"] == f"{mount['mountPath']}/servers.json"
    assert not charts.named(charts.render(CHART), "ConfigMap")


def test_without_ingress_and_service_account() -> None:
    objects = charts.render(CHART, {"ingress": {"enabled": False}, "serviceAccount": {"create": False, "name": "mine"}})
    assert {each["kind"] for each in objects} == {"Deployment", "Service"}
    assert charts.pod(charts.find(objects, "Deployment", "pgadmin"))["serviceAccountName"] == "mine"
