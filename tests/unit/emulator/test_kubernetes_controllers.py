# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ingresses, Services and claims ask for, decided without an account or an API."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulator.kubernetes.controllers import alb, alb_rules, nlb, volumes
from tests.emulator.kubernetes.controllers.account import Account
from tests.emulator.kubernetes.controllers.model import LoadBalancer, ModelError, TargetGroup, backend_group_name, pairs
from tests.emulator.kubernetes.controllers.watching import Queue

ARN = "arn:aws:acm:ca-central-1:123456789012:certificate/1"


class Net(Account):
    """An account whose subnets and certificates need no asking."""

    def __init__(self) -> None:
        super().__init__("ca-central-1", "web", dict)

    def subnets(self, scheme: str, named: list[str], at_least: int) -> list[str]:
        return named or [f"{scheme}-a", f"{scheme}-b"][:at_least]


def ingress(name: str = "site", paths: list[tuple[str, str, str]] | None = None, host: str = "", **notes: str) -> dict[str, Any]:
    """An Ingress of class alb; paths are (path, type, service), notes get the controller's prefix."""
    rules = [
        {"path": path, "pathType": kind, "backend": {"service": {"name": service, "port": {"number": 80}}}}
        for path, kind, service in paths or [("/", "Prefix", "front")]
    ]
    annotations = {alb.PREFIX + key.replace("_", "-"): value for key, value in notes.items()}
    rule = {"http": {"paths": rules}, **({"host": host} if host else {})}
    metadata = {"namespace": "shop", "name": name, "uid": f"uid-{name}", "annotations": annotations}
    return {"kind": "Ingress", "metadata": metadata, "spec": {"ingressClassName": "alb", "rules": [rule]}}


def service(name: str, **spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": 8080, "nodePort": 30080}]
    return {"kind": "Service", "metadata": {"namespace": "shop", "name": name, "uid": f"uid-{name}"}, "spec": {"ports": ports, **spec}}


SERVICES = {f"shop/{name}": service(name) for name in ("front", "back", "canary")}


def build(*members: dict[str, Any], group: str = "shop/site") -> LoadBalancer:
    return alb.Builder(Net(), group, list(members), SERVICES.get).build()


def only(groups: Mapping[str, TargetGroup]) -> TargetGroup:
    (found,) = groups.values()
    return found


def paths_of(balancer: LoadBalancer, listener: int = 0) -> list[Any]:
    found = []
    for rule in balancer.listeners[listener].rules:
        fields = {condition["Field"]: condition for condition in rule.conditions}
        found.append(fields["path-pattern"]["PathPatternConfig"]["Values"])
    return found


def test_an_ingress_alone_is_a_group_of_its_own_with_the_names_of_the_controller() -> None:
    one = ingress(target_type="ip")
    assert alb.group_of(one, []) == "shop/site"
    assert alb.finalizer_of("shop/site") == "ingress.k8s.aws/resources"
    balancer = build(one)
    assert balancer.name.startswith("k8s-shop-site-")
    assert len(balancer.name) == len("k8s-shop-site-") + 10
    assert balancer.scheme == "internal"
    assert balancer.tags == {
        "elbv2.k8s.aws/cluster": "web",
        "ingress.k8s.aws/stack": "shop/site",
        "ingress.k8s.aws/resource": "LoadBalancer",
    }
    group = only(balancer.target_groups)
    assert group.resource == "shop/site-front:80"
    assert (group.port, group.protocol, group.protocol_version, group.target_type) == (8080, "HTTP", "HTTP1", "ip")
    assert [(listener.port, listener.protocol) for listener in balancer.listeners] == [(80, "HTTP")]
    assert balancer.listeners[0].actions[0]["FixedResponseConfig"]["StatusCode"] == "404"


def test_a_named_group_has_the_finalizer_and_names_of_its_name() -> None:
    one = ingress()
    one["metadata"]["annotations"] = {"alb.ingress.kubernetes.io/group.name": "all-shops"}
    assert alb.group_of(one, []) == "all-shops"
    assert alb.finalizer_of("all-shops") == "group.ingress.k8s.aws/all-shops"
    one["metadata"]["finalizers"] = ["group.ingress.k8s.aws/old", "ingress.k8s.aws/resources"]
    assert alb.groups_left(one) == ["old", "shop/site"]
    assert build(one, group="all-shops").name.startswith("k8s-allshops-")


def test_the_class_decides_whose_an_ingress_is() -> None:
    one = ingress()
    one["spec"]["ingressClassName"] = "public"
    assert alb.group_of(one, []) is None
    assert alb.group_of(one, [{"metadata": {"name": "public"}, "spec": {"controller": "ingress.k8s.aws/alb"}}]) == "shop/site"
    del one["spec"]["ingressClassName"]
    assert alb.group_of(one, []) is None
    one["metadata"]["annotations"]["kubernetes.io/ingress.class"] = "alb"
    assert alb.group_of(one, []) == "shop/site"
    one["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    assert alb.group_of(one, []) is None


def test_rules_come_in_the_order_of_the_group_and_of_the_paths() -> None:
    first = ingress("z", [("/last", "Prefix", "front")], order="-1")
    first["metadata"]["annotations"] = {"alb.ingress.kubernetes.io/group.order": "-1"}
    second = ingress(
        "a",
        [
            ("/", "Prefix", "front"),
            ("/api/*", "ImplementationSpecific", "back"),
            ("/long/path", "Prefix", "back"),
            ("/exact", "Exact", "back"),
        ],
    )
    assert paths_of(build(second, first, group="g")) == [
        ["/last", "/last/*"],
        ["/exact"],
        ["/long/path", "/long/path/*"],
        ["/*"],
        ["/api/*"],
    ]


def test_a_host_is_a_condition() -> None:
    rule = build(ingress(host="shop.example.com")).listeners[0].rules[0]
    assert rule.conditions[0] == {"Field": "host-header", "HostHeaderConfig": {"Values": ["shop.example.com"]}}


def test_https_with_a_redirect() -> None:
    one = ingress(listen_ports='[{"HTTP": 80}, {"HTTPS": 443}]', certificate_arn=f"{ARN},{ARN}2", ssl_redirect="443")
    http, https = build(one).listeners
    assert http.actions[0]["RedirectConfig"] == {"Protocol": "HTTPS", "Port": "443", "StatusCode": "HTTP_301"}
    assert http.rules == []
    assert https.certificates == [ARN, f"{ARN}2"]
    assert len(https.rules) == 1
    assert build(ingress(certificate_arn=ARN)).listeners[0].port == 443


def split(*services: str) -> dict[str, Any]:
    """An Ingress that forwards to several services by an annotation."""
    one = ingress()
    tuples = [{"serviceName": name, "servicePort": "80"} for name in services]
    action = {"type": "forward", "forwardConfig": {"targetGroups": tuples}}
    one["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.split"] = json.dumps(action)
    one["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"] = {"name": "split", "port": {"name": "use-annotation"}}
    return one


@pytest.mark.parametrize("one", [ingress(paths=[("/", "Prefix", "missing")]), split("missing")])
def test_a_service_that_is_not_there_is_unavailable(one: dict[str, Any]) -> None:
    (action,) = build(one).listeners[0].rules[0].actions
    assert action["FixedResponseConfig"] == {
        "ContentType": "text/plain",
        "StatusCode": "503",
        "MessageBody": "Backend service does not exist",
    }
    del one["metadata"]["annotations"]
    if one["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]["name"] == "split":
        (action,) = build(one).listeners[0].rules[0].actions
        assert action["FixedResponseConfig"]["MessageBody"] == "Backend action does not exist"


def test_weighted_actions_forward_to_several_target_groups() -> None:
    one = ingress()
    action = {
        "type": "forward",
        "forwardConfig": {
            "targetGroups": [
                {"serviceName": "front", "servicePort": "http", "weight": 90},
                {"serviceName": "canary", "servicePort": 80, "weight": 10},
            ],
            "targetGroupStickinessConfig": {"enabled": True, "durationSeconds": 60},
        },
    }
    one["metadata"]["annotations"]["alb.ingress.kubernetes.io/actions.split"] = json.dumps(action)
    one["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"] = {"name": "split", "port": {"name": "use-annotation"}}
    balancer = build(one)
    config = balancer.listeners[0].rules[0].actions[0]["ForwardConfig"]
    assert [(group["TargetGroupArn"], group["Weight"]) for group in config["TargetGroups"]] == [
        ("@shop/site-front:http", 90),
        ("@shop/site-canary:80", 10),
    ]
    assert config["TargetGroupStickinessConfig"] == {"Enabled": True, "DurationSeconds": 60}
    assert set(balancer.target_groups) == {"shop/site-front:http", "shop/site-canary:80"}


def test_further_actions_and_conditions_of_annotations() -> None:
    notes = {
        f"{alb.PREFIX}actions.gone": '{"Type":"fixed-response","FixedResponseConfig":{"contentType":"text/plain","statusCode":"410"}}',
        f"{alb.PREFIX}conditions.gone": '[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X","values":["y"]}},'
        '{"field":"path-pattern","pathPatternConfig":{"values":["/more"]}}]',
    }
    backends = alb_rules.Backends(notes, lambda name, port: "")
    backend = {"service": {"name": "gone", "port": {"name": "use-annotation"}}}
    assert backends.actions(backend) == [
        {"Type": "fixed-response", "FixedResponseConfig": {"ContentType": "text/plain", "StatusCode": "410"}}
    ]
    assert alb_rules.conditions_of([], ["/"], backends.conditions(backend)) == [
        {"Field": "http-header", "HttpHeaderConfig": {"HttpHeaderName": "X", "Values": ["y"]}},
        {"Field": "path-pattern", "PathPatternConfig": {"Values": ["/", "/more"]}},
    ]


def test_health_checks_follow_the_annotations_the_services_before_the_ingress() -> None:
    one = ingress(healthcheck_path="/health", success_codes="200-299", healthcheck_interval_seconds="30", target_type="ip")
    group = only(build(one).target_groups)
    assert group.health == {
        "HealthCheckPort": "traffic-port",
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPath": "/health",
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 2,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": "200-299"},
    }
    noted = service("front")
    noted["metadata"]["annotations"] = {f"{alb.PREFIX}healthcheck-path": "/ready", f"{alb.PREFIX}healthcheck-port": "http"}
    group = only(alb.Builder(Net(), "shop/site", [one], {"shop/front": noted}.get).build().target_groups)
    assert (group.health["HealthCheckPath"], group.health["HealthCheckPort"]) == ("/ready", "8080")


@pytest.mark.parametrize(
    ("one", "why"),
    [
        (split("front", "missing"), 'Service "missing" not found'),
        (ingress(scheme="public"), "unknown scheme"),
        (ingress(target_type="pod"), "unknown targetType"),
        (ingress(listen_ports="[{]"), "failed to parse listen-ports"),
        (ingress(listen_ports='[{"TCP": 80}]'), "listen port"),
        (ingress(ssl_redirect="443"), "listener does not exist for SSLRedirect port"),
        (ingress(paths=[("/a*", "Prefix", "front")]), "wildcards"),
        (ingress(load_balancer_name="x" * 33), "longer than 32"),
        (ingress(healthcheck_interval_seconds="often"), "int64"),
        (ingress(tags="stratum"), "stringMap"),
    ],
)
def test_what_cannot_be_is_said(one: dict[str, Any], why: str) -> None:
    with pytest.raises(ModelError, match=why):
        build(one)


def test_members_of_a_group_have_to_agree() -> None:
    with pytest.raises(ModelError, match="conflicting scheme"):
        build(ingress("a", scheme="internal"), ingress("b", scheme="internet-facing"), group="g")
    merged = build(ingress("a", tags="x=1"), ingress("b", tags="y=2", load_balancer_name="shared"), group="g")
    assert merged.name == "shared"
    assert {"x": "1", "y": "2"}.items() <= merged.tags.items()


def test_instance_targets_need_a_node_port() -> None:
    bare = service("front")
    del bare["spec"]["ports"][0]["nodePort"]
    with pytest.raises(ModelError, match="must be of type NodePort or LoadBalancer"):
        alb.Builder(Net(), "shop/site", [ingress()], {"shop/front": bare}.get).build()


def test_a_service_gets_a_network_load_balancer() -> None:
    one = service("front", type="LoadBalancer")
    assert nlb.wanted(one)
    assert not nlb.wanted(service("front", type="LoadBalancer", loadBalancerClass="other"))
    assert not nlb.wanted(service("front", type="ClusterIP"))
    one["metadata"]["annotations"] = {
        f"{nlb.PREFIX}nlb-target-type": "ip",
        f"{nlb.PREFIX}scheme": "internet-facing",
        f"{nlb.PREFIX}ssl-cert": ARN,
        f"{nlb.PREFIX}additional-resource-tags": "team=shop",
    }
    balancer = nlb.Builder(Net(), one).build()
    assert (balancer.kind, balancer.scheme, balancer.subnets) == ("network", "internet-facing", ["internet-facing-a"])
    assert balancer.tags == {
        "team": "shop",
        "elbv2.k8s.aws/cluster": "web",
        "service.k8s.aws/stack": "shop/front",
        "service.k8s.aws/resource": "LoadBalancer",
    }
    (listener,) = balancer.listeners
    assert (listener.port, listener.protocol, listener.certificates) == (80, "TLS", [ARN])
    group = only(balancer.target_groups)
    assert (group.resource, group.protocol, group.port, group.target_type) == ("shop/front:80", "TCP", 8080, "ip")


def test_names_are_stable_and_short() -> None:
    assert backend_group_name("web") == backend_group_name("web")
    assert backend_group_name("web").startswith("k8s-traffic-web-")
    assert pairs("a=b, c = d=e") == {"a": "b", "c": "d=e"}


@pytest.mark.parametrize(
    ("quantity", "size"), [("1Gi", 1), ("1.5Gi", 2), ("500Mi", 1), ("10G", 10), ("100", 1), ("2Ti", 2048), ("1e10", 10)]
)
def test_sizes_are_rounded_up_to_gibibytes(quantity: str, size: int) -> None:
    assert volumes.gibibytes(quantity) == size


def claim(**spec: Any) -> dict[str, Any]:
    notes = {"volume.kubernetes.io/storage-provisioner": volumes.DRIVER}
    return {"metadata": {"annotations": notes}, "spec": {"resources": {"requests": {"storage": "2Gi"}}, **spec}}


def test_claims_of_the_driver_wait_for_volumes_and_may_grow() -> None:
    assert volumes.asks(claim())
    assert not volumes.asks(claim(volumeName="pv"))
    assert not volumes.asks({"metadata": {}, "spec": {}})
    volume = {"spec": {"csi": {"driver": volumes.DRIVER}, "capacity": {"storage": "1Gi"}}}
    assert volumes.grows(claim(), volume)
    assert not volumes.grows(claim(), {"spec": {"capacity": {"storage": "1Gi"}}})


def test_a_released_volume_goes_unless_it_is_kept() -> None:
    metadata = {"annotations": {volumes.PROVISIONED_BY: volumes.DRIVER}, "finalizers": [volumes.FINALIZER]}
    volume = {"metadata": metadata, "spec": {"persistentVolumeReclaimPolicy": "Delete"}, "status": {"phase": "Released"}}
    assert volumes.done(volume)
    assert not volumes.done({**volume, "spec": {"persistentVolumeReclaimPolicy": "Retain"}})
    assert not volumes.done({**volume, "status": {"phase": "Bound"}})


def test_the_queue_gives_each_thing_once_and_later_after_failures() -> None:
    queue: Queue[str] = Queue()
    queue.add("a", 0.0)
    queue.add("b", 0.02)
    queue.add("a", 0.01)
    assert [queue.take(), queue.take()] == ["a", "b"]
    began = time.monotonic()
    queue.failed("a")
    queue.add("b", 0.0)
    assert queue.take() == "b"
    assert queue.take() == "a"
    assert time.monotonic() - began > 0.9
    queue.end()
    assert queue.take() is None
