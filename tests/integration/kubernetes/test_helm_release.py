# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module helm_release on a real API: what it changes, sees, mends, and says when a release does not come up."""

from __future__ import annotations

import base64
import json
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests import charts
from tests.integration.modules.running import ModuleResult

from .kube import Kube

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-modules"),
    # The first one may have to build the control plane.
    pytest.mark.timeout(3600),
]

APP = Path(__file__).parent / "charts" / "app"


def release(kube: Kube, *, check: bool = False, account: str = "admin", **options: Any) -> ModuleResult:
    given: dict[str, Any] = {"name": "app", "namespace": kube.namespace, "chart": str(APP), "timeout": 60, **options}
    return kube.module("helm_release", check=check, account=account, **given)


def changes(result: ModuleResult) -> dict[str, tuple[Any, Any]]:
    assert not result.failed, result.msg
    return {each["property"]: (each.get("old"), each.get("new")) for each in result.get("changes", [])}


def revision(kube: Kube) -> int:
    """Return the newest revision that helm knows, 0 for none."""
    names = [item["metadata"]["name"] for item in kube.get("secrets")["items"]]
    return max((int(name.rpartition(".v")[2]) for name in names if name.startswith("sh.helm.release.v1.app.")), default=0)


def image(kube: Kube) -> str:
    return str(kube.get("deployment/app")["spec"]["template"]["spec"]["containers"][0]["image"])


def test_a_release_is_installed_changed_and_uninstalled_and_nothing_twice(kube: Kube) -> None:
    empty = kube.versions()
    looked = release(kube, check=True)
    created = {"ConfigMap app": (None, "created"), "Service app": (None, "created"), "Deployment app": (None, "created")}
    assert changes(looked) == created
    assert looked["diff"]["before"] == {}
    assert kube.versions() == empty
    made = release(kube)
    assert (changes(made), made["release"]["revision"], made["release"]["status"]) == (created, 1, "deployed")
    assert kube.get("deployment/app")["status"]["readyReplicas"] == 2
    before = kube.versions()
    again = release(kube)
    assert (again.changed, again.failed) == (False, False)
    assert kube.versions() == before
    second = {"text": "second", "replicas": 3}
    expected = {"ConfigMap app data.text": ("first", "second"), "Deployment app spec.replicas": (2, 3)}
    assert changes(release(kube, check=True, values=second)) == expected
    assert kube.versions() == before
    changed = release(kube, values=second)
    assert (changes(changed), changed["release"]["revision"]) == (expected, 2)
    assert kube.get("configmap/app")["data"] == {"text": "second", "since": "2026-01-01"}
    assert not release(kube, values=second).changed
    assert release(kube, check=True, state="absent").changed
    assert revision(kube) == 2
    gone = release(kube, state="absent")
    assert gone["diff"] == {"before": {"ConfigMap app": "present", "Service app": "present", "Deployment app": "present"}, "after": {}}
    assert kube.gone("deployments,services")
    assert kube.gone("configmap/app")
    assert revision(kube) == 0
    assert not release(kube, state="absent").changed


def test_what_was_edited_by_hand_is_shown_exactly_and_mended(kube: Kube) -> None:
    release(kube)
    kube.kubectl("scale", "deployment/app", "--replicas=5")
    kube.kubectl("patch", "configmap/app", "--type=merge", '--patch={"data":{"text":"by hand"}}')
    expected = {"Deployment app spec.replicas": (5, 2), "ConfigMap app data.text": ("by hand", "first")}
    seen = release(kube, check=True)
    assert changes(seen) == expected
    assert seen["diff"]["before"] == {"release": "present", "Deployment app spec.replicas": 5, "ConfigMap app data.text": "by hand"}
    mended = release(kube)
    assert changes(mended) == expected
    assert kube.get("deployment/app")["spec"]["replicas"] == 2
    assert kube.get("configmap/app")["data"]["text"] == "first"
    assert not release(kube).changed
    kube.kubectl("delete", "service/app")
    seen = release(kube, check=True)
    assert changes(seen) == {"Service app": (None, "created")}
    # It is a change of the release, not a new one.
    assert seen["diff"]["before"] == {"release": "present"}
    assert release(kube).changed
    assert not kube.gone("service/app")


def test_a_chart_that_changed_in_place_is_seen_and_so_is_its_hook(kube: Kube, tmp_path: Path) -> None:
    chart = tmp_path / "app"
    shutil.copytree(APP, chart)
    values = {"migration": "1"}
    release(kube, chart=str(chart), values=values)
    assert not release(kube, chart=str(chart), values=values).changed
    file = chart / "templates" / "all.tpl"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("backoffLimit: 0", "backoffLimit: 1"), encoding="utf-8")
    assert changes(release(kube, check=True, chart=str(chart), values=values)) == {"hook Job app-migration": ("as it ran", "another")}
    assert changes(release(kube, check=True, chart=str(chart), values=values, hooks=False)) == {}
    assert release(kube, chart=str(chart), values=values).changed
    assert not release(kube, chart=str(chart), values=values).changed
    file.write_text(text.replace("targetPort: http", "targetPort: 8080"), encoding="utf-8")
    assert "Service app spec.ports[80].targetPort" in changes(release(kube, check=True, chart=str(chart), values=values))
    (chart / "Chart.yaml").write_text((APP / "Chart.yaml").read_text(encoding="utf-8").replace("1.0.0", "1.0.1"), encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    assert changes(release(kube, check=True, chart=str(chart), values=values))["chart"] == ("app 1.0.0", "app 1.0.1")


def test_an_autoscaler_decides_about_its_replicas(kube: Kube) -> None:
    release(kube, values={"autoscaled": True})
    kube.kubectl("scale", "deployment/app", "--replicas=4")
    assert not release(kube, values={"autoscaled": True}).changed
    assert kube.get("deployment/app")["spec"]["replicas"] == 4


def test_secrets_are_not_shown_and_data_is_named_before_it_goes(kube: Kube) -> None:
    values, secret = {"claim": True}, {"password": "hunter2-hunter2"}
    # No volume is made here, so the claim stays pending.
    made = release(kube, values=values, secret_values=secret, wait=False)
    assert changes(made)["Secret app"] == (None, "created")
    again = release(kube, values=values, secret_values=secret, wait=False)
    assert (again.changed, again.failed) == (False, False)
    other = release(kube, values=values, secret_values={"password": "hunter3-hunter3"}, wait=False, check=True)
    assert changes(other) == {"Secret app data.password": ("(sensitive)", "(sensitive)")}
    without = release(kube, values={}, wait=False, check=True)
    assert changes(without) == {"PersistentVolumeClaim app": ("deleted", None), "Secret app": ("deleted", None)}
    for result in (made, again, other, without):
        assert "hunter" not in str(result)
        assert base64.b64encode(b"hunter2-hunter2").decode() not in str(result)
    assert release(kube, values={}, wait=False).changed
    assert kube.gone("secret/app")
    assert not release(kube, values={}, wait=False).changed


def test_values_that_change_no_object_are_kept_in_the_release(kube: Kube) -> None:
    release(kube, values={"text": "first"})
    assert changes(release(kube, values={})) == {"values.text": ("(sensitive)", None)}
    assert not release(kube, values={}).changed


@pytest.mark.parametrize(
    ("tag", "reason", "code"),
    [("crash", "CrashLoopBackOff", 1), ("image-missing", "ImagePullBackOff", None), ("never-ready", "not ready", None)],
)
def test_a_failed_upgrade_leaves_the_revision_before_serving(kube: Kube, tag: str, reason: str, code: int | None) -> None:
    release(kube)
    failed = release(kube, values={"tag": tag}, timeout=12)
    assert failed.failed
    assert failed["serving"] == 1
    (ailment, *_more) = failed["ailments"]
    assert ailment["pod"].startswith("app-")
    assert (ailment["container"], ailment.get("exit_code")) == ("app", code)
    # Between two starts a container that crashes runs for a moment.
    assert ailment["reason"] in (reason, "Error")
    assert failed.msg.startswith(f"Release {kube.namespace}/app did not come up: {ailment['pod']}, container app: {ailment['reason']}")
    assert failed.msg.endswith("Revision 1 serves again")
    if code:
        assert ailment["log"]
        assert ailment["log"][-1] in failed.msg
        assert ailment["restarts"] > 0
    assert image(kube) == "registry.test/app:1"
    assert kube.get("deployment/app")["status"]["readyReplicas"] == 2
    # What serves is what was asked for before, so that is no change.
    assert not release(kube).changed
    assert "Deployment app spec.template.spec.containers[app].image" in changes(release(kube, check=True, values={"tag": tag}))


def test_a_failed_upgrade_stays_where_that_is_asked_for_and_is_gone_over(kube: Kube) -> None:
    release(kube)
    failed = release(kube, values={"tag": "never-ready"}, timeout=5, atomic=False)
    assert failed.failed
    assert failed.msg.endswith("Revision 2 is left as it is, for atomic is false")
    assert (failed["serving"], image(kube)) == (1, "registry.test/app:never-ready")
    assert changes(release(kube, check=True))["status"] == ("failed", "deployed")
    assert release(kube).changed
    assert image(kube) == "registry.test/app:1"


def test_a_first_installation_that_fails_leaves_nothing(kube: Kube) -> None:
    failed = release(kube, values={"tag": "crash"}, timeout=8)
    assert failed.failed
    assert (failed["serving"], revision(kube)) == (0, 0)
    assert failed.msg.endswith("It was the first revision, so nothing is left of it")
    assert kube.gone("deployments,services")
    assert kube.gone("configmap/app")


def test_a_hook_that_fails_is_told_like_a_pod(kube: Kube) -> None:
    release(kube)
    failed = release(kube, values={"migration": "crash"}, timeout=20)
    assert failed.failed
    (ailment,) = failed["ailments"]
    assert ailment["pod"].startswith("app-migration-")
    assert (ailment["container"], ailment["exit_code"]) == ("migrate", 1)
    assert failed["serving"] == 1


def test_a_helm_that_was_killed_is_recovered(kube: Kube, tmp_path: Path) -> None:
    release(kube)
    command = [charts.helm(), "upgrade", "app", str(APP), "--namespace", kube.namespace, "--wait", "--set", "tag=never-ready"]
    helm = subprocess.Popen([*command, "--kubeconfig", str(kube.cluster.plane.admin_kubeconfig)], stdout=subprocess.DEVNULL)
    kube.cluster.until("helm has begun", lambda: revision(kube) == 2)
    kube.cluster.until("it has changed the image", lambda: image(kube).endswith("never-ready"))
    helm.send_signal(signal.SIGKILL)
    helm.wait()
    busy = release(kube, check=True)
    assert busy.failed
    assert "another helm is at work on it (pending-upgrade for" in busy.msg
    time.sleep(8)
    seen = release(kube, check=True, timeout=8)
    assert changes(seen)["status"] == ("pending-upgrade", "deployed")
    assert revision(kube) == 2
    assert release(kube, timeout=8).changed
    assert image(kube) == "registry.test/app:1"
    assert not release(kube).changed


def test_a_first_installation_that_was_killed_is_recovered(kube: Kube) -> None:
    command = [charts.helm(), "install", "app", str(APP), "--namespace", kube.namespace, "--wait", "--set", "tag=never-ready"]
    helm = subprocess.Popen([*command, "--kubeconfig", str(kube.cluster.plane.admin_kubeconfig)], stdout=subprocess.DEVNULL)
    kube.cluster.until("helm has begun", lambda: not kube.gone("deployment/app"))
    helm.send_signal(signal.SIGKILL)
    helm.wait()
    time.sleep(8)
    made = release(kube, timeout=8)
    assert not made.failed, made.msg
    assert (made["release"]["status"], image(kube)) == ("deployed", "registry.test/app:1")
    assert not release(kube).changed


def test_a_release_goes_back(kube: Kube) -> None:
    release(kube)
    release(kube, values={"tag": "2"})
    looked = release(kube, check=True, state="rolled_back")
    assert looked["diff"] == {"before": {"revision": 2}, "after": {"like revision": 1}}
    assert revision(kube) == 2
    assert release(kube, state="rolled_back")["release"]["revision"] == 3
    assert image(kube) == "registry.test/app:1"
    assert release(kube, state="rolled_back", revision=2).changed
    assert image(kube) == "registry.test/app:2"
    missing = release(kube, state="rolled_back", revision=9)
    assert missing.failed
    assert "there is no revision 9 to go back to. Kept are: 1 (app-1.0.0, superseded), 2 (app-1.0.0, superseded)" in missing.msg


def test_who_may_only_read_can_plan(kube: Kube) -> None:
    assert changes(release(kube, check=True, account="reader"))
    release(kube)
    assert not release(kube, account="reader").changed
    assert set(changes(release(kube, check=True, account="reader", values={"tag": "2"}))) == {
        "Deployment app spec.template.spec.containers[app].image"
    }
    assert release(kube, check=True, account="reader", state="absent").changed
    assert release(kube, check=True, account="reader", values={"tag": "2"}, state="present").changed
    refused = release(kube, account="reader", values={"tag": "2"})
    assert refused.failed
    assert "forbidden" in refused.msg
    assert (revision(kube), image(kube)) == (1, "registry.test/app:1")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"values": {"replicas": "two"}}, "replicas: Invalid type. Expected: integer, given: string"),
        ({"values": {"unknown": 1}}, "Additional property unknown is not allowed"),
        ({"chart": "/nowhere/at-all"}, "the chart /nowhere/at-all cannot be rendered"),
        ({"binary_path": "/nowhere/helm"}, "there is no /nowhere/helm on this machine. Install Helm 3"),
        ({"values": {"thing": True}}, "Thing"),
        ({"api_key": "stranger"}, "the login was refused"),
        ({"host": "https://127.0.0.1:1"}, "cannot be reached from here"),
        ({"namespace": "not-there"}, 'namespaces "not-there" not found'),
        ({"state": "rolled_back"}, "there is no such release. Correct the name or the namespace"),
    ],
)
def test_bad_input_is_said_with_its_cure(kube: Kube, options: dict[str, Any], words: str) -> None:
    found = release(kube, **options)
    assert found.failed
    assert words in found.msg
    assert "Traceback" not in str(found)
    assert revision(kube) == 0


def test_a_field_that_the_api_leaves_out_is_warned_of(kube: Kube) -> None:
    made = release(kube, values={"misspelled": True})
    assert made.changed
    assert 'app: unknown field "spec.replica"' in str(made["warnings"])


def test_a_value_that_stays_is_warned_of_where_it_overrules_another(kube: Kube) -> None:
    first = release(kube, values={"tag": "2", "replicas": 3})
    keep = ["tag", "replicas", "text"]
    for check in (True, False):
        found = release(kube, check=check, values={"tag": "1"}, keep_values=keep)
        assert (found.changed, found["kept"][0]) == (False, {"value": "tag", "wanted": "1", "installed": "2"})
        (warning,) = found["warnings"]
        told = f'/{kube.namespace}/app: keeps tag "2" (values say "1"): once installed, only deploys change what keep_values names'
        assert told in str(warning)
    equal = release(kube, check=True, values={"tag": "2"}, keep_values=keep)
    assert "warnings" not in first
    assert "warnings" not in equal
    assert image(kube) == "registry.test/app:2"


CRD = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things.example.test
spec:
  group: example.test
  scope: Namespaced
  names: {kind: Thing, plural: things, singular: thing, listKind: ThingList}
  preserveUnknownFields: false
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""


def test_a_chart_may_bring_the_kinds_that_it_uses(kube: Kube, tmp_path: Path) -> None:
    chart = tmp_path / "app"
    shutil.copytree(APP, chart)
    (chart / "crds").mkdir()
    (chart / "crds" / "thing.yaml").write_text(CRD, encoding="utf-8")
    options: dict[str, Any] = {"chart": str(chart), "values": {"thing": True, "migration": "1"}}
    looked = release(kube, check=True, account="reader", **options)
    assert changes(looked)["Thing app"] == (None, "created")
    assert "Job app-migration" not in changes(looked)
    assert 'the cluster does not have yet: kind "Thing" in version "example.test/v1"' in str(looked["warnings"])
    try:
        made = release(kube, **options)
        assert changes(made) == changes(looked)
        again = release(kube, **options)
        assert (again.changed, again.get("warnings")) == (False, None), again
        kube.kubectl("patch", "thing/app", "--type=merge", '--patch={"spec":{"idle":true}}')
        assert changes(release(kube, check=True, **options)) == {"Thing app spec.idle": (True, False)}
        assert release(kube, state="absent").changed
    finally:
        kube.kubectl("delete", "crd", "things.example.test", "--ignore-not-found", here=False)


def test_a_namespace_is_made_where_that_is_asked_for(kube: Kube) -> None:
    place = f"{kube.namespace}-made"
    looked = release(kube, check=True, namespace=place, create_namespace=True)
    assert looked.changed
    assert not kube.kubectl("get", "namespace", place, "--ignore-not-found", here=False)
    assert release(kube, namespace=place, create_namespace=True).changed
    assert not release(kube, namespace=place, create_namespace=True).changed
    kube.kubectl("delete", "namespace", place, "--wait=false", here=False)


SPECKLE: dict[str, Any] = {
    "domain": "speckle.test",
    "docker_image_tag": "2.25.4",
    "secretRevision": "1",
    "s3": {"bucket": "files", "networkPolicy": {"cidrs": ["52.95.0.0/16"]}},
    "db": {
        "useCertificate": True,
        "certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "networkPolicy": {"podSelector": {"matchLabels": {"app": "postgres"}}, "namespaceSelector": {"matchLabels": {"name": "data"}}},
    },
    "redis": {"networkPolicy": {"cidrs": ["10.0.10.0/24", "10.0.11.0/24"]}},
    "ingress": {
        "certificateArn": "arn:aws:acm:ca-central-1:123456789012:certificate/1",
        "tags": {"Project": "speckle"},
        "networkPolicy": {"cidrs": ["10.0.1.0/24"]},
    },
    "workloads": {
        "networkPolicy": {"enabled": True},
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": "50%"},
        "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/speckle"}},
        "tolerations": [{"key": "speckle", "operator": "Exists"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "additionalEnvVars": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", "5"]}}},
    },
    "server": {"podDisruptionBudget": {"minAvailable": 1}, "email": {"enabled": True, "host": "smtp.test"}},
    "preview_service": {"hpa": {"enabled": True}, "gpu": {"enabled": False}},
}


def test_speckle_comes_up_and_every_object_is_what_was_asked_for(kube: Kube) -> None:
    for name, value in (("high-priority", 100), ("low-priority", -100)):
        kube.module(
            "kubernetes_object",
            definition={"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": name}, "value": value},
        )
    kube.kubectl("create", "secret", "generic", "server-vars", "--from-literal=session_secret=x")
    options: dict[str, Any] = {"name": "speckle", "namespace": kube.namespace, "chart": str(charts.chart_path("speckle-server"))}
    values = {**SPECKLE, "namespace": kube.namespace}
    made = kube.module("helm_release", **options, values=values, timeout=120)
    assert not made.failed, made.msg
    assert len(made["changes"]) > 40
    again = kube.module("helm_release", **options, values=values)
    assert (again.failed, again.changed, again.get("changes")) == (False, False, None), json.dumps(again.get("changes"), indent=1)
    began = time.monotonic()
    assert not kube.module("helm_release", check=True, account="reader", **options, values=values).changed
    # Most of it is helm's; on an idle machine it is below one second.
    assert time.monotonic() - began < 10
    kube.kubectl("scale", "deployment/speckle-server", "--replicas=3")
    found = kube.module("helm_release", check=True, **options, values=values)
    assert [each["property"] for each in found["changes"]] == ["Deployment speckle-server spec.replicas"]
    assert kube.module("helm_release", **options, state="absent", timeout=60).changed
