# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wanted objects against what an API server makes of them: what is a difference, and what is only another way of saying the same."""

from __future__ import annotations

import base64
import copy
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_compare import (
    SENSITIVE,
    Difference,
    created,
    differences,
    encoded,
    no_longer_wanted,
    title,
    with_live,
    withdrawn,
)
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_values import built_in, is_quantity, same_quantity


def of(api_version: str, kind: str, **parts: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, **parts}


def deployment(container: dict[str, Any], **spec: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "app", **container}], **spec.pop("pod", {})}
    return of("apps/v1", "Deployment", spec={"template": {"spec": pod}, **spec})


def told(wanted: dict[str, Any], live: dict[str, Any], *ignored: str) -> dict[str, tuple[Any, Any]]:
    return {each.path: (each.old, each.new) for each in differences(wanted, live, ignored)}


# ---- amounts


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("1000m", "1"),
        ("1", 1),
        (0.5, "500m"),
        ("1Gi", "1024Mi"),
        ("1024", "1Ki"),
        ("1e3", "1k"),
        ("0.5Gi", "512Mi"),
        ("1.50", "1500m"),
        ("2E", "2000P"),
        ("+1", "1"),
        ("100000000n", "100m"),
    ],
)
def test_amounts_are_the_same_however_they_are_written(left: object, right: object) -> None:
    assert same_quantity(left, right)
    assert same_quantity(right, left)


@pytest.mark.parametrize(("one", "other"), [("1", "1m"), ("1G", "1Gi"), ("a", "a"), ("", ""), (True, 1), (None, None), (".", ".")])
def test_other_amounts_and_what_is_none_are_not(one: object, other: object) -> None:
    assert not same_quantity(one, other)


@pytest.mark.parametrize(
    "path",
    [
        "spec.template.spec.containers[app].resources.limits.cpu",
        'spec.hard["requests.cpu"]',
        "spec.hard.pods",
        'spec.template.spec.containers[app].resources.limits["nvidia.com/gpu"]',
        "spec.limits[0].default.cpu",
        "spec.limits[0].max.memory",
        "spec.template.spec.volumes[tmp].emptyDir.sizeLimit",
        "spec.resources.requests.storage",
        "spec.metrics[0].resource.target.averageValue",
        "spec.metrics[0].external.target.value",
        "spec.template.spec.containers[app].env[CPU].valueFrom.resourceFieldRef.divisor",
    ],
)
def test_amounts_are_known_by_their_place(path: str) -> None:
    assert is_quantity(path)


@pytest.mark.parametrize(
    "path",
    ["data.cpu", "spec.replicas", "spec.limits", "spec.template.spec.containers[app].env[A].value", 'data["limits.cpu"]'],
)
def test_other_fields_are_no_amounts(path: str) -> None:
    assert not is_quantity(path)


def test_amounts_that_the_api_has_written_anew_are_no_difference() -> None:
    asked = {"resources": {"limits": {"cpu": "1000m", "memory": "1024Mi", "nvidia.com/gpu": 1}, "requests": {"cpu": 0.5}}}
    live = {"resources": {"limits": {"cpu": "1", "memory": "1Gi", "nvidia.com/gpu": "1"}, "requests": {"cpu": "500m"}}}
    assert told(deployment(asked), deployment(live)) == {}
    quota = of("v1", "ResourceQuota", spec={"hard": {"requests.cpu": "2000m", "limits.memory": "1024Mi"}})
    assert told(quota, of("v1", "ResourceQuota", spec={"hard": {"requests.cpu": "2", "limits.memory": "1Gi"}})) == {}
    assert told(quota, of("v1", "ResourceQuota", spec={"hard": {"requests.cpu": "3", "limits.memory": "1Gi"}})) == {
        'spec.hard["requests.cpu"]': ("3", "2000m")
    }


# ---- what the server leaves out or fills in

ZEROS = {
    "container": {
        "stdin": False,
        "tty": False,
        "command": [],
        "workingDir": "",
        "livenessProbe": {"initialDelaySeconds": 0, "periodSeconds": 0},
    },
    "pod": {"hostNetwork": False, "nodeSelector": {}, "tolerations": [], "affinity": None, "securityContext": {}},
}
FILLED = {
    "container": {"livenessProbe": {"periodSeconds": 10, "timeoutSeconds": 1}, "terminationMessagePath": "/dev/termination-log"},
    "pod": {"securityContext": {}, "dnsPolicy": "ClusterFirst"},
}


def test_zeros_that_the_server_leaves_out_are_no_difference() -> None:
    wanted = deployment(ZEROS["container"], pod=ZEROS["pod"], paused=False, minReadySeconds=0)
    assert told(wanted, deployment(FILLED["container"], pod=FILLED["pod"], revisionHistoryLimit=10)) == {}
    priority = of("scheduling.k8s.io/v1", "PriorityClass", value=0, globalDefault=False, description="")
    assert told(priority, of("scheduling.k8s.io/v1", "PriorityClass", value=0, preemptionPolicy="PreemptLowerPriority")) == {}
    service = of("v1", "Service", spec={"clusterIP": "", "ports": [{"port": 80, "nodePort": 0}]})
    assert told(service, of("v1", "Service", spec={"clusterIP": "10.0.0.1", "ports": [{"port": 80, "nodePort": 31000}]})) == {}


@pytest.mark.parametrize(
    ("wanted", "live", "path"),
    [
        ({"securityContext": {"allowPrivilegeEscalation": False}}, {"securityContext": {}}, "allowPrivilegeEscalation"),
        ({"securityContext": {"runAsUser": 0}}, {"securityContext": {"runAsUser": 7}}, "runAsUser"),
        ({"securityContext": {"runAsUser": 0}}, {"securityContext": {}}, "runAsUser"),
        ({"tty": False}, {"tty": True}, "tty"),
        ({"command": []}, {"command": ["sleep"]}, "command"),
        ({"workingDir": ""}, {"workingDir": "/x"}, "workingDir"),
    ],
)
def test_a_zero_that_is_not_nothing_is_one(wanted: dict[str, Any], live: dict[str, Any], path: str) -> None:
    (found,) = told(deployment(wanted), deployment(live))
    assert found.endswith(path)


def test_an_empty_entry_of_a_map_is_asked_for() -> None:
    assert told(of("v1", "ConfigMap", data={"a": ""}), of("v1", "ConfigMap", data={})) == {"data.a": (None, "")}
    assert told(of("v1", "ConfigMap", data={"a": ""}), of("v1", "ConfigMap", data={"a": "x"})) == {"data.a": ("x", "")}
    assert told(of("v1", "ConfigMap", data={"type": ""}), of("v1", "ConfigMap", data={"type": "x"})) == {"data.type": ("x", "")}


def test_a_volume_that_is_another_one_is_seen() -> None:
    wanted = deployment({}, pod={"volumes": [{"name": "tmp", "emptyDir": {}}]})
    assert told(wanted, copy.deepcopy(wanted)) == {}
    live = deployment({}, pod={"volumes": [{"name": "tmp", "hostPath": {"path": "/"}}]})
    assert told(wanted, live) == {"spec.template.spec.volumes[tmp].emptyDir": (None, {})}


def policy(**spec: Any) -> dict[str, Any]:
    return of("networking.k8s.io/v1", "NetworkPolicy", spec={"podSelector": {}, **spec})


def test_rules_of_a_network_policy_are_replaced_as_a_whole() -> None:
    port = {"port": 80, "protocol": "TCP"}
    assert told(policy(ingress=[]), policy(policyTypes=["Ingress"])) == {}
    assert told(policy(ingress=[]), policy(ingress=[{}])) == {"spec.ingress": ([{}], [])}
    assert told(policy(ingress=[{}]), policy(ingress=[{"ports": [port]}])) == {"spec.ingress[0]": ({"ports": [port]}, {})}
    more = [port, {"port": 22, "protocol": "TCP"}]
    assert told(policy(ingress=[{"ports": [{"port": 80}]}]), policy(ingress=[{"ports": [port]}])) == {}
    assert "spec.ingress[0].ports" in told(policy(ingress=[{"ports": [{"port": 80}]}]), policy(ingress=[{"ports": more}]))
    assert told(policy(policyTypes=[]), policy(policyTypes=["Ingress"])) == {}


def test_rules_that_a_controller_gathers_are_its_own() -> None:
    wanted = of("rbac.authorization.k8s.io/v1", "ClusterRole", aggregationRule={"clusterRoleSelectors": [{}]}, rules=[])
    assert told(wanted, {**wanted, "rules": [{"verbs": ["get"]}]}) == {}


@pytest.mark.parametrize(
    ("version", "ours"),
    [
        ("v1", True),
        ("apps/v1", True),
        ("networking.k8s.io/v1", True),
        ("gateway.networking.k8s.io/v1", False),
        ("cilium.io/v2", False),
        ("monitoring.coreos.com/v1", False),
    ],
)
def test_kinds_of_the_api_itself_are_known(version: str, ours: bool) -> None:
    assert built_in(version) is ours


def test_a_custom_resource_is_kept_as_it_is_given() -> None:
    wanted = of("example.com/v1", "Thing", spec={"on": False, "ports": [{"port": 1}], "limits": {"cpu": "1000m"}})
    assert told(wanted, copy.deepcopy(wanted)) == {}
    live = of("example.com/v1", "Thing", spec={"ports": [{"port": 1}, {"port": 2}], "limits": {"cpu": "1000m"}})
    assert told(wanted, live) == {"spec.on": (None, False), "spec.ports": ([{"port": 1}, {"port": 2}], [{"port": 1}])}


# ---- lists


def test_items_are_found_by_their_keys_whatever_their_order() -> None:
    wanted = deployment(
        {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "ports": [{"containerPort": 80, "name": "http"}]}
    )
    live = deployment(
        {
            "env": [{"name": "B", "value": "3"}, {"name": "X", "value": "injected"}, {"name": "A", "value": "1"}],
            "ports": [{"containerPort": 80, "protocol": "TCP", "name": "http"}],
        },
        pod={"initContainers": [{"name": "injected"}]},
    )
    assert told(wanted, live) == {"spec.template.spec.containers[app].env[B].value": ("3", "2")}
    del live["spec"]["template"]["spec"]["containers"][0]["env"][0]
    assert told(wanted, live) == {"spec.template.spec.containers[app].env[B]": (None, {"name": "B", "value": "2"})}


def test_one_port_by_two_protocols_is_two_ports() -> None:
    wanted = of("v1", "Service", spec={"ports": [{"port": 53}, {"port": 53, "protocol": "UDP"}]})
    live = of("v1", "Service", spec={"ports": [{"port": 53, "protocol": "UDP", "nodePort": 1}, {"port": 53, "protocol": "TCP"}]})
    assert told(wanted, live) == {}


def test_a_list_without_keys_is_compared_item_by_item() -> None:
    assert told(deployment({"args": ["a", "b"]}), deployment({"args": ["a", "c"]})) == {
        "spec.template.spec.containers[app].args[1]": ("c", "b")
    }
    assert told(deployment({"args": ["a"]}), deployment({"args": ["a", "b"]})) == {
        "spec.template.spec.containers[app].args": (["a", "b"], ["a"])
    }
    assert told(deployment({"args": ["a"]}), deployment({})) == {"spec.template.spec.containers[app].args": (None, ["a"])}


def test_finalizers_of_others_are_theirs() -> None:
    wanted = of("v1", "ConfigMap") | {"metadata": {"name": "web", "finalizers": ["a/b"]}}
    live = of("v1", "ConfigMap") | {"metadata": {"name": "web", "finalizers": ["c/d", "a/b"]}}
    assert told(wanted, live) == {}
    live["metadata"]["finalizers"] = ["c/d"]
    assert told(wanted, live) == {"metadata.finalizers[a/b]": (None, "a/b")}


def test_texts_numbers_and_truth_are_three_things() -> None:
    assert told(of("v1", "ConfigMap", data={"a": "1"}), of("v1", "ConfigMap", data={"a": 1}))
    assert told(deployment({"tty": True}), deployment({"tty": 1}))
    assert not told(deployment({}, replicas=1.0), deployment({}, replicas=1))
    assert not told(of("v1", "ConfigMap", data={1: "x"}), of("v1", "ConfigMap", data={"1": "x"}))


def test_what_others_decide_about_is_left_to_them() -> None:
    wanted, live = deployment({}, replicas=2, strategy={"type": "Recreate"}), deployment({}, replicas=5, strategy={"type": "RollingUpdate"})
    assert set(told(wanted, live)) == {"spec.replicas", "spec.strategy.type"}
    assert set(told(wanted, live, "spec.replicas")) == {"spec.strategy.type"}
    assert told(wanted, live, "spec.replicas", "spec.strategy") == {}
    assert set(told(wanted, live, "spec.rep")) == {"spec.replicas", "spec.strategy.type"}


def test_applying_keeps_what_others_have_decided_meanwhile() -> None:
    wanted = deployment({}, replicas=2) | {"metadata": {"name": "web", "annotations": {"a.b/c": "1", "d": "2"}}}
    live = deployment({}, replicas=5) | {"metadata": {"name": "web", "annotations": {"a.b/c": "7"}}}
    found = with_live(wanted, live, ["spec.replicas", 'metadata.annotations["a.b/c"]', "metadata.annotations.d", "spec.absent.deep"])
    assert (found["spec"]["replicas"], found["metadata"]["annotations"]) == (5, {"a.b/c": "7"})
    assert wanted["spec"]["replicas"] == 2


def test_status_and_what_only_the_server_writes_is_never_compared() -> None:
    wanted = of("v1", "ConfigMap", status={"x": 1}) | {"metadata": {"name": "web", "uid": "1", "creationTimestamp": None, "labels": {}}}
    assert told(wanted, of("v1", "ConfigMap")) == {}


# ---- secrets


def secret(**data: str) -> dict[str, Any]:
    return of("v1", "Secret", data={key: base64.b64encode(value.encode()).decode() for key, value in data.items()})


def test_values_of_a_secret_are_compared_and_never_shown() -> None:
    assert differences(secret(a="hunter2"), secret(a="hunter3")) == [Difference("data.a", SENSITIVE, SENSITIVE)]
    assert differences(secret(a="hunter2"), secret(a="hunter2", b="of others")) == []
    assert created(secret(a="hunter2")) == [Difference("data.a", None, SENSITIVE)]
    dotted = differences(secret(**{"tls.key": "hunter2"}), secret())
    assert "hunter2" not in str(dotted)
    assert dotted[0].path == 'data["tls.key"]'


def test_texts_of_a_secret_are_what_the_api_makes_of_them() -> None:
    given = of("v1", "Secret", stringData={"a": "hunter2", "n": 5})
    assert encoded(given) == secret(a="hunter2", n="5")
    assert differences(given, secret(a="hunter2", n="5")) == []
    assert differences(given, secret(a="hunter3", n="5")) == [Difference("data.a", SENSITIVE, SENSITIVE)]
    assert withdrawn(given, of("v1", "Secret", stringData={"n": 5}), secret(a="hunter2", n="5")) == [Difference("data.a", SENSITIVE, None)]
    assert encoded(of("v1", "ConfigMap", stringData={"a": "b"})) == of("v1", "ConfigMap", stringData={"a": "b"})


def test_base64_is_the_same_in_several_lines_and_only_in_secrets() -> None:
    long = secret(a="x" * 90)
    text = long["data"]["a"]
    assert differences(of("v1", "Secret", data={"a": f"{text[:76]}\n{text[76:]}\n"}), long) == []
    assert differences(of("v1", "ConfigMap", data={"a": "YQ=="}), of("v1", "ConfigMap", data={"a": "YR=="}))


# ---- what is not wanted any more


def managed(fields: dict[str, Any], manager: str = "stratum.aws", operation: str = "Apply", **more: Any) -> list[dict[str, Any]]:
    return [{"manager": manager, "operation": operation, "fieldsV1": fields, **more}]


LIVE = of("v1", "ConfigMap", data={"a": "1", "b": "2"}) | {"metadata": {"name": "web", "labels": {"x": "1"}, "finalizers": ["f/g"]}}
FIELDS = {
    "f:metadata": {"f:labels": {"f:x": {}}, "f:finalizers": {'v:"f/g"': {}}},
    "f:data": {"f:a": {}, "f:b": {}},
}


def applied(**manager: Any) -> dict[str, Any]:
    return LIVE | {"metadata": {**LIVE["metadata"], "managedFields": managed(FIELDS, **manager)}}


def test_what_we_applied_and_name_no_more_is_taken_away() -> None:
    wanted = of("v1", "ConfigMap", data={"a": "1", "b": None})
    found = {each.path: (each.old, each.new) for each in no_longer_wanted(wanted, applied(), "stratum.aws")}
    assert found == {"data.b": ("2", None), "metadata.labels": ({"x": "1"}, None), "metadata.finalizers": (["f/g"], None)}
    kept = {**of("v1", "ConfigMap", data={"a": "1", "b": "2"}), "metadata": {"name": "web", "labels": {"x": "2"}, "finalizers": ["h/i"]}}
    assert [each.path for each in no_longer_wanted(kept, applied(), "stratum.aws")] == ["metadata.finalizers[f/g]"]


def test_what_others_set_is_theirs() -> None:
    wanted = of("v1", "ConfigMap", data={})
    for more in ({"manager": "kubectl"}, {"operation": "Update"}, {"subresource": "status"}):
        assert no_longer_wanted(wanted, applied(**more), "stratum.aws") == []


def test_what_is_gone_already_needs_no_removal() -> None:
    live = of("v1", "ConfigMap", data={"a": "1"}) | {"metadata": {"name": "web", "managedFields": managed(FIELDS)}}
    assert no_longer_wanted(of("v1", "ConfigMap", data={"a": "1"}), live, "stratum.aws") == []


def test_an_item_of_a_list_that_we_applied_is_found_by_its_key() -> None:
    fields: dict[str, Any] = {
        "f:spec": {
            "f:ports": {'k:{"port":80,"protocol":"TCP"}': {".": {}, "f:port": {}, "f:name": {}}, 'k:{"port":81,"protocol":"TCP"}': {}}
        }
    }
    live = of("v1", "Service", spec={"ports": [{"port": 80, "protocol": "TCP", "name": "a"}, {"port": 81, "protocol": "TCP"}]})
    live["metadata"]["managedFields"] = managed(fields)
    found = no_longer_wanted(of("v1", "Service", spec={"ports": [{"port": 80}]}), live, "stratum.aws")
    assert [each.path for each in found] == ["spec.ports[80].name", "spec.ports[81]"]


def test_a_secret_that_goes_is_not_shown() -> None:
    live = secret(a="hunter2")
    live["metadata"]["managedFields"] = managed({"f:data": {"f:a": {}}})
    assert no_longer_wanted(of("v1", "Secret", data={"b": "x"}), live, "stratum.aws") == [Difference("data.a", SENSITIVE, None)]


def test_fields_that_a_release_has_no_more_are_told_once_where_they_are() -> None:
    before = deployment({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "args": ["x"]}, replicas=2, minReadySeconds=5)
    wanted = deployment({"env": [{"name": "A", "value": "1"}]}, replicas=2)
    live = deployment({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}, replicas=2, minReadySeconds=5)
    found = {each.path: each.old for each in withdrawn(before, wanted, live)}
    assert found == {"spec.template.spec.containers[app].env[B]": {"name": "B", "value": "2"}, "spec.minReadySeconds": 5}
    assert withdrawn(wanted, wanted, live) == []


def test_objects_are_called_by_kind_and_place() -> None:
    assert title(of("v1", "Namespace")) == "Namespace web"
    assert title({"kind": "Secret", "metadata": {"name": "a", "namespace": "b"}}) == "Secret b/a"
    assert Difference("a", None, 1).as_change("x ") == {"property": "x a", "new": 1}
    assert Difference("a", False, None).as_change() == {"property": "a", "old": False}
