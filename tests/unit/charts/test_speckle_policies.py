# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network policies of charts/speckle-server: off, or closed but for what a workload needs, or a sentence that says what is missing."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests import charts

CHART = "speckle-server"

WORKLOADS = {
    "server": "speckle-server",
    "objects": "speckle-objects",
    "frontend_2": "speckle-frontend-2",
    "preview_service": "speckle-preview-service",
    "webhook_service": "speckle-webhook-service",
    "fileimport_service": "speckle-fileimport-service",
    "ifc_import_service": "speckle-ifc-import-service",
    "monitoring": "speckle-monitoring",
    "test": "speckle-test",
}

# Addresses by what they are, so that a rule can be read.
LOAD_BALANCER, POSTGRES, REDIS, S3, INTERNET = "10.0.1.0/24", "10.0.20.0/24", "10.0.10.0/24", "52.95.0.0/16", "0.0.0.0/0"

PEERS: dict[str, Any] = {
    "ifc_import_service": {"enabled": True},
    "ingress": {"networkPolicy": {"cidrs": [LOAD_BALANCER]}},
    "db": {"networkPolicy": {"cidrs": [POSTGRES]}},
    "redis": {"networkPolicy": {"cidrs": [REDIS]}},
    "s3": {"bucket": "files", "networkPolicy": {"cidrs": [S3]}},
}

SERVER_PODS = {"app": "speckle-server", "project": "speckle-server"}

# Workload: who reaches it, and what it reaches beside DNS: (address or pods' app, port).
EXPECTED: dict[str, tuple[set[tuple[str, int]], set[tuple[str, int]]]] = {
    "server": ({(LOAD_BALANCER, 3000), ("all", 3000)}, {(POSTGRES, 5432), (REDIS, 6379), (S3, 443)}),
    "objects": ({(LOAD_BALANCER, 3000), ("all", 3000)}, {(POSTGRES, 5432), (REDIS, 6379), (S3, 443)}),
    "frontend_2": ({(LOAD_BALANCER, 8080)}, {(REDIS, 6379), ("speckle-server", 3000)}),
    "preview_service": (set(), {(REDIS, 6379), ("speckle-server", 3000)}),
    "webhook_service": (set(), {(POSTGRES, 5432), (INTERNET, 80), (INTERNET, 443)}),
    "fileimport_service": (set(), {(POSTGRES, 5432), ("speckle-server", 3000)}),
    "ifc_import_service": (set(), {(POSTGRES, 5432), ("speckle-server", 3000)}),
    "monitoring": (set(), {(POSTGRES, 5432)}),
    "test": (set(), {("speckle-server", 3000), (INTERNET, 80), (INTERNET, 443)}),
}


def values(plugin: str, *keys: str, **others: Any) -> dict[str, Any]:
    result = copy.deepcopy(PEERS) | {"networkPlugin": {"type": plugin}} | others
    for key in keys:
        result.setdefault(key, {})["networkPolicy"] = {"enabled": True}
    return result


def reached(rules: list[dict[str, Any]], direction: str) -> set[tuple[str, int]]:
    """Return what the rules of a NetworkPolicy let through, DNS aside."""
    found = set()
    for rule in rules:
        for peer in rule[direction]:
            labels = peer.get("podSelector", {}).get("matchLabels", {})
            if "k8s-app" in labels:
                continue
            who = peer["ipBlock"]["cidr"] if "ipBlock" in peer else labels.get("app", "all")
            found |= {(who, port["port"]) for port in rule["ports"]}
    return found


def reached_by_cilium(rules: list[dict[str, Any]], direction: str) -> set[tuple[str, int]]:
    """Return what the rules of a CiliumNetworkPolicy let through, DNS aside."""
    found = set()
    for rule in rules:
        endpoints = [peer["matchLabels"] for peer in rule.get(f"{direction}Endpoints", [])]
        if any("k8s:k8s-app" in labels for labels in endpoints):
            continue
        who = [labels.get("k8s:app", "all") for labels in endpoints]
        who += [peer["cidr"] for peer in rule.get(f"{direction}CIDRSet", [])]
        who += [name for peer in rule.get("toFQDNs", []) for name in peer.values()]
        for group in rule.get("toPorts", []):
            found |= {(one, int(port["port"])) for one in who for port in group["ports"]}
    return found


def test_there_are_none_by_default() -> None:
    kinds = {each["kind"] for each in charts.render(CHART, {"ifc_import_service": {"enabled": True}})}
    assert not kinds & {"NetworkPolicy", "CiliumNetworkPolicy"}


@pytest.mark.parametrize("key", WORKLOADS)
def test_kubernetes(key: str) -> None:
    objects = charts.render(CHART, values("kubernetes", *WORKLOADS))
    policy = charts.find(objects, "NetworkPolicy", WORKLOADS[key])
    incoming, outgoing = EXPECTED[key]
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert reached(policy["spec"]["ingress"], "from") == incoming
    assert reached(policy["spec"]["egress"], "to") == outgoing


@pytest.mark.parametrize("key", WORKLOADS)
def test_cilium(key: str) -> None:
    objects = charts.render(CHART, values("cilium", *WORKLOADS))
    policy = charts.find(objects, "CiliumNetworkPolicy", WORKLOADS[key])
    incoming, outgoing = EXPECTED[key]
    assert policy["apiVersion"] == "cilium.io/v2"
    assert reached_by_cilium(policy["spec"]["ingress"], "from") == incoming
    assert reached_by_cilium(policy["spec"]["egress"], "to") == outgoing
    # Nobody comes in: one empty rule says that in Cilium's language, where none would let everybody in.
    assert policy["spec"]["ingress"]


@pytest.mark.parametrize("plugin", ["kubernetes", "cilium"])
@pytest.mark.parametrize("key", WORKLOADS)
def test_a_policy_is_of_its_workload_s_pods_alone(key: str, plugin: str) -> None:
    objects = charts.render(CHART, values(plugin, *WORKLOADS))
    kind, selector = ("NetworkPolicy", "podSelector") if plugin == "kubernetes" else ("CiliumNetworkPolicy", "endpointSelector")
    wanted = charts.find(objects, kind, WORKLOADS[key])["spec"][selector]["matchLabels"].items()
    labels = {name: each["spec"]["template"]["metadata"]["labels"] for name, each in charts.named(objects, "Deployment").items()}
    labels["speckle-test"] = charts.find(objects, "Pod", "speckle-test")["metadata"]["labels"]
    assert [name for name, found in labels.items() if wanted <= found.items()] == [WORKLOADS[key]]


@pytest.mark.parametrize("plugin", ["kubernetes", "cilium"])
def test_every_workload_may_ask_for_names(plugin: str) -> None:
    kind = "NetworkPolicy" if plugin == "kubernetes" else "CiliumNetworkPolicy"
    for name, policy in charts.named(charts.render(CHART, values(plugin, *WORKLOADS)), kind).items():
        assert "kube-dns" in str(policy["spec"]["egress"][0]), name
        assert "53" in str(policy["spec"]["egress"][0]), name


def test_one_policy_of_one_workload() -> None:
    assert list(charts.named(charts.render(CHART, values("kubernetes", "monitoring")), "NetworkPolicy")) == ["speckle-monitoring"]


@pytest.mark.parametrize("plugin", ["kubernetes", "cilium"])
@pytest.mark.parametrize(
    ("key", "missing", "sentence"),
    [
        ("server", "ingress", "speckle-server has a network policy and is reached through the load balancer"),
        (
            "frontend_2",
            "ingress",
            "speckle-frontend-2 has a network policy and is reached through the load balancer",
        ),
        ("monitoring", "db", "speckle-monitoring has a network policy and connects to Postgres"),
        ("preview_service", "redis", "speckle-preview-service has a network policy and connects to Redis"),
        ("objects", "s3", "speckle-objects has a network policy and connects to S3"),
    ],
)
def test_what_is_missing_is_said(key: str, missing: str, sentence: str, plugin: str) -> None:
    without = values(plugin, key)
    without[missing]["networkPolicy"] = {"cidrs": []}
    cure = f"set {missing}.networkPolicy.podSelector.matchLabels (pods of this cluster) or {missing}.networkPolicy.cidrs"
    assert f"{sentence}: {cure} (addresses outside of it)." in charts.refused(CHART, without)


def test_s3_is_not_needed_without_a_bucket() -> None:
    assert charts.render(CHART, values("kubernetes", "server", s3={"bucket": ""}))


def test_stores_in_the_cluster() -> None:
    peer = {"podSelector": {"matchLabels": {"app": "postgres"}}, "namespaceSelector": {"matchLabels": {"name": "data"}}}
    found = charts.render(CHART, values("kubernetes", "monitoring", db={"networkPolicy": peer}))
    rules = charts.find(found, "NetworkPolicy", "speckle-monitoring")["spec"]["egress"]
    assert rules[-1] == {"to": [peer], "ports": [{"port": 5432, "protocol": "TCP"}]}
    found = charts.render(CHART, values("cilium", "monitoring", db={"networkPolicy": peer}))
    rules = charts.find(found, "CiliumNetworkPolicy", "speckle-monitoring")["spec"]["egress"]
    labels = {"k8s:app": "postgres", "k8s:io.cilium.k8s.namespace.labels.name": "data"}
    assert rules[-1]["toEndpoints"] == [{"matchLabels": labels}]


def test_names_are_for_cilium_alone() -> None:
    peer = {"db": {"networkPolicy": {"fqdns": ["*.rds.amazonaws.com"]}}}
    objects = charts.render(CHART, values("cilium", "monitoring", **peer))
    assert ("*.rds.amazonaws.com", 5432) in reached_by_cilium(
        charts.find(objects, "CiliumNetworkPolicy", "speckle-monitoring")["spec"]["egress"], "to"
    )
    assert "set db.networkPolicy." in charts.refused(CHART, values("kubernetes", "monitoring", **peer))


def test_prometheus_reads_all_ports() -> None:
    prometheus = {"networkPolicy": {"podSelector": {"matchLabels": {"app": "prometheus"}}}}
    on = {"enable_prometheus_monitoring": True}
    objects = charts.render(CHART, values("kubernetes", "ifc_import_service", "monitoring", prometheusMonitoring=prometheus, **on))
    spec = charts.find(objects, "NetworkPolicy", "speckle-monitoring")["spec"]
    assert reached(spec["ingress"], "from") == {("prometheus", 9092)}
    assert "set prometheusMonitoring.networkPolicy." in charts.refused(CHART, values("kubernetes", "monitoring", **on))


def test_identity_providers_and_mail_are_reached_where_they_are_used() -> None:
    server = {"auth": {"google": {"enabled": True}}, "email": {"enabled": True, "port": 587}}
    spec = charts.find(charts.render(CHART, values("kubernetes", "server", server=server)), "NetworkPolicy", "speckle-server")["spec"]
    assert reached(spec["egress"], "to") - EXPECTED["server"][1] == {(INTERNET, 443), (INTERNET, 587)}


def test_the_internet_is_not_the_instance_s_metadata() -> None:
    spec = charts.find(charts.render(CHART, values("kubernetes", "webhook_service")), "NetworkPolicy", "speckle-webhook-service")["spec"]
    blocks = [peer["ipBlock"] for rule in spec["egress"] for peer in rule["to"] if peer.get("ipBlock", {}).get("cidr") == INTERNET]
    assert blocks == [{"cidr": INTERNET, "except": ["169.254.169.254/32"]}]


def test_rules_of_one_s_own() -> None:
    own = {"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}]}
    given = values("kubernetes", "monitoring")
    given["monitoring"]["networkPolicy"]["extraEgress"] = [own]
    assert charts.find(charts.render(CHART, given), "NetworkPolicy", "speckle-monitoring")["spec"]["egress"][-1] == own
