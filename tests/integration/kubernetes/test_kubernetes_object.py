# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module kubernetes_object on a real API."""

from __future__ import annotations

from typing import Any

import pytest

from .kube import Kube

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-modules"),
    # The first one may have to build the control plane.
    pytest.mark.timeout(3600),
]


def config_map(kube: Kube, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": kube.namespace}, "data": data}


def deployment(kube: Kube, **spec: Any) -> dict[str, Any]:
    container = {
        "name": "app",
        "image": "registry.test/app:1",
        "resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}},
        "livenessProbe": {"httpGet": {"path": "/", "port": 80}, "initialDelaySeconds": 0},
        "ports": [{"containerPort": 80}],
        "securityContext": {"privileged": False, "allowPrivilegeEscalation": False},
    }
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container], "hostNetwork": False}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": kube.namespace},
        "spec": {"replicas": 2, "paused": False, "selector": {"matchLabels": {"app": "web"}}, "template": template, **spec},
    }


def test_an_object_is_created_changed_and_deleted_and_nothing_twice(kube: Kube) -> None:
    first = config_map(kube, a="1", b="2")
    made = kube.module("kubernetes_object", definition=first)
    assert (made.changed, made["diff"]["before"], made["object"]["data"]) == (True, {}, {"a": "1", "b": "2"})
    assert "managedFields" not in made["object"]["metadata"]
    before = kube.versions()
    again = kube.module("kubernetes_object", definition=first)
    assert not again.changed
    assert kube.versions() == before
    second = config_map(kube, a="3")
    looked = kube.module("kubernetes_object", check=True, definition=second)
    assert kube.versions() == before
    assert (looked.changed, looked["object"]["data"]) == (True, {"a": "1", "b": "2"})
    there = {f"ConfigMap {kube.namespace}/web": "present"}
    assert looked["diff"] == {"before": {**there, "data.a": "1", "data.b": "2"}, "after": {**there, "data.a": "3"}}
    changed = kube.module("kubernetes_object", definition=second)
    assert (changed.changed, changed["diff"], changed["object"]["data"]) == (True, looked["diff"], {"a": "3"})
    assert not kube.module("kubernetes_object", definition=second).changed
    assert kube.module("kubernetes_object", check=True, definition=second, state="absent").changed
    assert not kube.gone("configmap/web")
    gone = kube.module("kubernetes_object", definition=second, state="absent")
    assert (gone.changed, gone["object"]["data"]) == (True, {"a": "3"})
    assert kube.gone("configmap/web")
    assert not kube.module("kubernetes_object", definition=second, state="absent").changed


def test_what_the_server_writes_in_another_way_is_no_change(kube: Kube) -> None:
    wanted = deployment(kube)
    assert kube.module("kubernetes_object", definition=wanted).changed
    again = kube.module("kubernetes_object", definition=wanted)
    assert (again.changed, again.get("diff")) == (False, None)
    hard = {"requests.cpu": "2000m", "limits.memory": "2048Mi", "pods": 10, "requests.nvidia.com/gpu": 1}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "q", "namespace": kube.namespace}, "spec": {"hard": hard}}
    limits = {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "l", "namespace": kube.namespace},
        "spec": {"limits": [{"type": "Container", "default": {"cpu": "500m"}, "max": {"memory": "2048Mi"}}]},
    }
    priority = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": kube.namespace},
        "value": 0,
        "globalDefault": False,
        "description": "",
    }
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": kube.namespace},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [], "egress": [{"ports": [{"port": 53}]}]},
    }
    for each in (quota, limits, priority, policy):
        assert kube.module("kubernetes_object", definition=each).changed
        assert not kube.module("kubernetes_object", definition=each).changed, each["kind"]
    kube.kubectl("delete", "priorityclass", kube.namespace, here=False)


def test_what_was_edited_by_hand_is_shown_and_mended(kube: Kube) -> None:
    wanted = deployment(kube)
    kube.module("kubernetes_object", definition=wanted)
    kube.kubectl("scale", "deployment/web", "--replicas=5")
    seen = kube.module("kubernetes_object", check=True, definition=wanted)
    there = {f"Deployment {kube.namespace}/web": "present"}
    assert seen["diff"] == {"before": {**there, "spec.replicas": 5}, "after": {**there, "spec.replicas": 2}}
    assert not kube.module("kubernetes_object", definition=wanted, ignore_fields=["spec.replicas"]).changed
    assert kube.module("kubernetes_object", definition=wanted).changed
    assert kube.get("deployment/web")["spec"]["replicas"] == 2


def test_what_others_decide_about_stays_when_something_else_changes(kube: Kube) -> None:
    kube.module("kubernetes_object", definition=deployment(kube), ignore_fields=["spec.replicas"])
    kube.kubectl("scale", "deployment/web", "--replicas=5")
    changed = kube.module("kubernetes_object", definition=deployment(kube, minReadySeconds=1), ignore_fields=["spec.replicas"])
    assert changed["diff"]["after"] == {f"Deployment {kube.namespace}/web": "present", "spec.minReadySeconds": 1}
    assert kube.get("deployment/web")["spec"]["replicas"] == 5


def test_a_field_of_another_manager_is_taken_over_or_refused(kube: Kube) -> None:
    kube.module("kubernetes_object", definition=config_map(kube, a="1"), field_manager="another")
    refused = kube.module("kubernetes_object", definition=config_map(kube, a="2"), force_conflicts=False)
    assert refused.failed
    assert 'conflict with "another"' in refused.msg
    assert kube.module("kubernetes_object", definition=config_map(kube, a="2")).changed
    assert not kube.module("kubernetes_object", definition=config_map(kube, a="2")).changed


def test_a_secret_is_never_shown(kube: Kube) -> None:
    wanted = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "web", "namespace": kube.namespace},
        "stringData": {"password": "hunter2-hunter2"},
    }
    for definition in (wanted, wanted, {**wanted, "stringData": {"password": "hunter3-hunter3"}}):
        result = kube.module("kubernetes_object", definition=definition)
        assert "hunter" not in str(result)
        assert "aHVudGVy" not in str(result)
        assert result["object"]["data"] == {"password": "(sensitive)"}
    assert result.changed
    assert kube.get("secret/web")["data"]["password"] == "aHVudGVyMy1odW50ZXIz"


def test_a_namespace_goes_with_all_that_is_in_it_and_is_waited_for(kube: Kube) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{kube.namespace}-b", "labels": {"a": "b"}}}
    assert kube.module("kubernetes_object", definition=namespace).changed
    held = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "held", "namespace": f"{kube.namespace}-b", "finalizers": ["test/held"]},
    }
    assert kube.module("kubernetes_object", definition=held).changed
    late = kube.module("kubernetes_object", definition=namespace, state="absent", wait_timeout=10)
    assert late.failed
    assert "is still there after 10 s" in late.msg
    assert "test/held" in late.msg
    # It is on its way: deleting it again is refused by the API, so it is only waited for.
    going = kube.module("kubernetes_object", definition=namespace, state="absent", wait=False)
    assert (going.failed, going.changed) == (False, False)
    kube.kubectl(
        "patch",
        "configmap/held",
        "--namespace",
        f"{kube.namespace}-b",
        "--type=merge",
        '--patch={"metadata":{"finalizers":null}}',
        here=False,
    )
    assert not kube.module("kubernetes_object", definition=namespace, state="absent", wait_timeout=60).failed
    assert not kube.kubectl("get", "namespace", f"{kube.namespace}-b", "--ignore-not-found", here=False)


def test_who_may_only_read_can_plan(kube: Kube) -> None:
    kube.module("kubernetes_object", definition=config_map(kube, a="1"))
    assert kube.module("kubernetes_object", check=True, account="reader", definition=config_map(kube, a="2")).changed
    assert not kube.module("kubernetes_object", account="reader", definition=config_map(kube, a="1")).changed
    assert kube.module("kubernetes_object", check=True, account="reader", definition=config_map(kube), state="absent").changed
    refused = kube.module("kubernetes_object", account="reader", definition=config_map(kube, a="2"))
    assert refused.failed
    assert "cannot patch resource" in refused.msg
    assert "Give the identity that runs this an access policy or a role that allows it" in refused.msg
    assert kube.get("configmap/web")["data"] == {"a": "1"}


THING = {"apiVersion": "example.test/v1", "kind": "Thing", "metadata": {"name": "a"}}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"definition": THING}, "has no Thing of example.test/v1. Install what defines it (its CRD) first"),
        ({"definition": {**THING, "apiVersion": "v1"}}, "has no Thing of v1"),
        ({"definition": {"apiVersion": "v1", "kind": "ConfigMap"}}, "The definition has no metadata.name"),
        ({"definition": {"data": {}}}, "The definition has no apiVersion and no kind and no metadata.name"),
        ({"api_key": "stranger"}, "the login was refused. Give the identity that runs this an access entry"),
        ({"ca_data": "bm9uc2Vuc2U="}, "ca_data is no certificate"),
        ({"ca_data": ""}, "certificate verify failed"),
        ({"host": "127.0.0.1:1"}, "is no address of a Kubernetes API"),
        ({"host": "https://127.0.0.1:1"}, "cannot be reached from here"),
    ],
)
def test_bad_input_is_said_with_its_cure(kube: Kube, options: dict[str, Any], words: str) -> None:
    definition = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web", "namespace": kube.namespace}}
    found = kube.module("kubernetes_object", **{"definition": definition, **options})
    assert found.failed
    assert words in found.msg
    assert "Traceback" not in str(found)


def test_what_the_api_refuses_is_said_in_its_words(kube: Kube) -> None:
    found = kube.module("kubernetes_object", definition=deployment(kube, replicas=-1))
    assert found.failed
    assert "spec.replicas: Invalid value: -1" in found.msg
    found = kube.module("kubernetes_object", definition=deployment(kube, replica=1))
    assert found.failed
    assert ".spec.replica: field not declared in schema" in found.msg
    assert kube.gone("deployment/web")


def test_an_object_of_a_kind_that_is_not_there_is_absent(kube: Kube) -> None:
    assert not kube.module("kubernetes_object", definition=THING, state="absent").changed
