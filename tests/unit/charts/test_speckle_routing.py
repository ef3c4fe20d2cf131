# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services and ingresses of charts/speckle-server and charts/pgadmin are those of the description, under one load balancer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests import charts

CHART = "speckle-server"
ALB = "alb.ingress.kubernetes.io/"
CERTIFICATE = "arn:aws:acm:ca-central-1:123456789012:certificate/0c9b8a7f"

# Name: ports by name, and the app that it selects.
SERVICES: dict[str, tuple[dict[str, int], str]] = {
    "speckle-server": ({"http": 3000}, "speckle-server"),
    # "Shares same pod selector as server".
    "speckle-objects": ({"http": 3000}, "speckle-server"),
    "speckle-frontend-2": ({"www": 8080}, "speckle-frontend-2"),
    "speckle-preview-service": ({"metrics": 3001}, "speckle-preview-service"),
    "speckle-webhook-service": ({"metrics": 9095}, "speckle-webhook-service"),
    "speckle-fileimport-service": ({"metrics": 9093}, "speckle-fileimport-service"),
    "speckle-ifc-import-service": ({"metrics": 9093, "healthz": 9080}, "speckle-ifc-import-service"),
    "speckle-monitoring": ({"metrics": 9092}, "speckle-monitoring"),
}

SERVER, FRONTEND = "speckle-server:3000", "speckle-frontend-2:8080"

# Name: host, and path, type and backend of each rule.
INGRESSES: dict[str, tuple[str | None, list[tuple[str, str, str]]]] = {
    "speckle-server-minion-api-objects": (
        None,
        [
            ("/api/getobjects/", "Prefix", SERVER),
            ("/api/objects/", "Prefix", SERVER),
            ("/api/diff/", "Prefix", SERVER),
            ("/objects/", "Prefix", SERVER),
            ("/streams/", "Prefix", SERVER),
        ],
    ),
    "speckle-server-minion-api-file": (
        None,
        [("/api/file/", "Prefix", SERVER), ("/api/stream/", "Prefix", SERVER), ("/api/thirdparty/gendo", "Prefix", SERVER)],
    ),
    "speckle-server-minion": (
        None,
        [
            ("/graphql", "Exact", SERVER),
            ("/explorer", "Exact", SERVER),
            ("/auth/", "Prefix", SERVER),
            ("/static/", "Prefix", SERVER),
            ("/api/", "Prefix", SERVER),
            ("/preview/", "Prefix", SERVER),
            ("/", "Prefix", FRONTEND),
        ],
    ),
    "speckle-server-redirect": (
        "speckle.example.com",
        [
            ("/metrics", "Exact", FRONTEND),
            ("/api/status", "Exact", FRONTEND),
            ("/liveness", "Exact", SERVER),
            ("/readiness", "Exact", SERVER),
        ],
    ),
    "speckle-server": ("speckle.example.com", []),
}


def speckle(values: dict[str, Any] | None = None) -> list[charts.Object]:
    return charts.render(CHART, {"ifc_import_service": {"enabled": True}} | (values or {}))


def pgadmin(values: dict[str, Any] | None = None) -> charts.Object:
    return charts.find(charts.render("pgadmin", values), "Ingress", "pgadmin")


def all_ingresses() -> dict[str, charts.Object]:
    return charts.named(speckle(), "Ingress") | {"pgadmin": pgadmin()}


def alb(ingress: charts.Object) -> dict[str, str]:
    found: dict[str, str] = ingress["metadata"].get("annotations", {})
    return {key.removeprefix(ALB): value for key, value in found.items() if key.startswith(ALB)}


def test_there_are_the_described_services_and_no_others() -> None:
    assert charts.named(speckle(), "Service").keys() == SERVICES.keys()


@pytest.mark.parametrize("name", SERVICES)
def test_service(name: str) -> None:
    ports, app = SERVICES[name]
    spec = charts.find(speckle(), "Service", name)["spec"]
    assert spec["type"] == "ClusterIP"
    assert {port["name"]: port["port"] for port in spec["ports"]} == ports
    assert spec["selector"] == {"app": app, "project": "speckle-server"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_finds_its_pods_and_their_ports(name: str) -> None:
    spec = charts.find(speckle(), "Service", name)["spec"]
    found = {
        deployment["metadata"]["name"]: deployment
        for deployment in charts.named(speckle(), "Deployment").values()
        if spec["selector"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()
    }
    shared = {"speckle-server", "speckle-objects"}
    assert found.keys() == (shared if name in shared else {name})
    for deployment in found.values():
        assert {port["targetPort"] for port in spec["ports"]} <= {port["name"] for port in charts.container(deployment)["ports"]}


def test_there_are_the_described_ingresses_and_no_others() -> None:
    assert charts.named(speckle(), "Ingress").keys() == INGRESSES.keys()


@pytest.mark.parametrize("name", INGRESSES)
def test_ingress(name: str) -> None:
    host, paths = INGRESSES[name]
    spec = charts.find(speckle(), "Ingress", name)["spec"]
    (rule,) = spec["rules"]
    assert spec["ingressClassName"] == "alb"
    assert rule.get("host") == host
    found = [
        (path["path"], path["pathType"], f"{path['backend']['service']['name']}:{path['backend']['service']['port']['number']}")
        for path in rule.get("http", {}).get("paths", [])
    ]
    assert found == paths


def test_what_no_rule_matches_goes_to_the_frontend() -> None:
    with_default = [name for name, ingress in charts.named(speckle(), "Ingress").items() if "defaultBackend" in ingress["spec"]]
    # The controller takes one default of a group.
    assert with_default == ["speckle-server"]
    backend = charts.find(speckle(), "Ingress", "speckle-server")["spec"]["defaultBackend"]
    assert backend == {"service": {"name": "speckle-frontend-2", "port": {"number": 8080}}}


def test_order() -> None:
    orders = {name: int(alb(ingress)["group.order"]) for name, ingress in all_ingresses().items()}
    assert orders["speckle-server-minion-api-objects"] == 1
    assert orders["speckle-server-minion-api-file"] == 2
    assert orders["speckle-server-minion"] == 99
    assert all(3 <= orders[name] <= 98 for name in ("speckle-server-redirect", "speckle-server", "pgadmin"))
    assert len(set(orders.values())) == 6


@pytest.mark.parametrize("name", [*INGRESSES, "pgadmin"])
def test_load_balancer(name: str) -> None:
    found = alb(all_ingresses()[name])
    assert found["scheme"] == "internet-facing"
    assert found["target-type"] == "ip"
    assert found["load-balancer-name"] == "speckle-alb"
    assert json.loads(found["listen-ports"]) == [{"HTTP": 80}, {"HTTPS": 443}]
    assert found["ssl-redirect"] == "443"
    assert (found["backend-protocol"], found["backend-protocol-version"]) == ("HTTP", "HTTP1")


def test_all_six_ingresses_agree_about_the_load_balancer() -> None:
    # The controller refuses a group whose ingresses contradict each other in these.
    exclusive = ("group.name", "load-balancer-name", "scheme", "ssl-redirect")
    assert len({tuple(alb(ingress)[key] for key in exclusive) for ingress in all_ingresses().values()}) == 1


def test_annotations_are_text() -> None:
    for name, ingress in all_ingresses().items():
        assert all(isinstance(value, str) for value in ingress["metadata"]["annotations"].values()), name


@pytest.mark.parametrize(
    ("name", "path"), [("speckle-server", "/readiness"), ("speckle-objects", "/readiness"), ("speckle-frontend-2", "/api/status")]
)
def test_the_load_balancer_asks_each_service_for_its_own_health(name: str, path: str) -> None:
    assert charts.find(speckle(), "Service", name)["metadata"]["annotations"] == {f"{ALB}healthcheck-path": path}


def test_the_certificate_of_acm_takes_the_place_of_the_issuer() -> None:
    for ingress in charts.named(speckle({"ingress": {"certificateArn": CERTIFICATE}}), "Ingress").values():
        assert alb(ingress)["certificate-arn"] == CERTIFICATE
        assert alb(ingress)["ssl-redirect"] == "443"
        assert "cert-manager.io/cluster-issuer" not in ingress["metadata"]["annotations"]
        assert "tls" not in ingress["spec"]


def test_without_a_certificate_the_issuer_is_asked_once() -> None:
    asking = {
        name: ingress
        for name, ingress in charts.named(speckle(), "Ingress").items()
        if ingress["metadata"]["annotations"].get("cert-manager.io/cluster-issuer") == "letsencrypt-staging"
    }
    assert list(asking) == ["speckle-server"]
    assert asking["speckle-server"]["spec"]["tls"] == [{"hosts": ["speckle.example.com"], "secretName": "server-tls"}]


def test_without_certificate_and_issuer_nothing_is_redirected() -> None:
    for ingress in charts.named(speckle({"cert_manager_issuer": ""}), "Ingress").values():
        assert not alb(ingress).keys() & {"ssl-redirect", "certificate-arn"}


def test_tags_of_the_load_balancer() -> None:
    values = {"ingress": {"tags": {"Project": "speckle", "Environment": "production"}}}
    ingress = charts.find(speckle(values), "Ingress", "speckle-server")
    assert alb(ingress)["tags"] == "Environment=production,Project=speckle"
    assert alb(pgadmin(values))["tags"] == "Environment=production,Project=speckle"


def test_another_ingress_class_has_no_annotations_of_the_load_balancer() -> None:
    ingresses = [*charts.named(speckle({"ingress": {"className": "nginx"}}), "Ingress").values()]
    ingresses.append(pgadmin({"ingress": {"className": "nginx"}}))
    assert {ingress["spec"]["ingressClassName"] for ingress in ingresses} == {"nginx"}
    assert [alb(ingress) for ingress in ingresses] == [{}] * 6
    # Nothing is left of the mapping either, which the API would keep as null.
    assert ["annotations" in ingress["metadata"] for ingress in ingresses].count(True) == 1


def test_annotations_of_one_s_own() -> None:
    own = {"ingress": {"annotations": {"external-dns.alpha.kubernetes.io/hostname": "speckle.example.com"}}}
    for ingress in [*charts.named(speckle(own), "Ingress").values(), pgadmin(own)]:
        assert own["ingress"]["annotations"].items() <= ingress["metadata"]["annotations"].items()
        assert alb(ingress)["load-balancer-name"] == "speckle-alb"


def test_ingresses_can_be_left_out() -> None:
    assert not charts.named(speckle({"ingress": {"enabled": False}}), "Ingress")


def test_another_host() -> None:
    objects = speckle({"domain": "speckle.test"})
    assert charts.find(objects, "Ingress", "speckle-server-redirect")["spec"]["rules"][0]["host"] == "speckle.test"
