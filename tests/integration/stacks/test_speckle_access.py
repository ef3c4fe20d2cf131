# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operators and viewers of Speckle can do in its cluster, and what not: the verbs with their credentials, and the API itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.kubernetes.kubectl import Kubectl
from tests.playbooks import Ran

from .conftest import Stack
from .people import Person, person

pytestmark = [
    pytest.mark.integration,
    pytest.mark.kubernetes,
    pytest.mark.slow,
    pytest.mark.xdist_group("speckle-kubernetes"),
    pytest.mark.timeout(900),
]

NAMESPACE = "speckle-production"
WORKLOAD = "speckle-frontend-2"


@pytest.fixture(scope="module")
def operator(speckle_on_kubernetes: Stack, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return person(speckle_on_kubernetes, "speckle-cluster-operators", tmp_path_factory.mktemp("operator"))


@pytest.fixture(scope="module")
def viewer(speckle_on_kubernetes: Stack, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return person(speckle_on_kubernetes, "speckle-cluster-viewers", tmp_path_factory.mktemp("viewer"))


@pytest.fixture(scope="module")
def admin(speckle_on_kubernetes: Stack) -> Kubectl:
    return Kubectl(speckle_on_kubernetes.account.environment["KUBECONFIG"], NAMESPACE)


def actions(ran: Ran, verb: str = "converge") -> set[str]:
    """Return what was done to nodes, other than nothing."""
    return {node["action"] for node in ran.report(verb, "speckle", "prod")["nodes"]} - {"unchanged", "skipped"}


@pytest.mark.parametrize("who", ["operator", "viewer"])
def test_who_reads_can_plan(request: pytest.FixtureRequest, who: str) -> None:
    ran = request.getfixturevalue(who).play("--check").check()
    assert ran.changed == 0
    assert actions(ran, "plan") == set()


def test_a_viewer_sees_what_was_changed_by_hand_and_cannot_put_it_right(viewer: Person, operator: Person, admin: Kubectl) -> None:
    before = admin.get("deployment", WORKLOAD)["spec"]["replicas"]
    admin("scale", "deployment", WORKLOAD, f"--replicas={before + 1}")
    planned = viewer.play("--check", "--diff").check()
    assert actions(planned, "plan") == {"change"}
    (changed,) = [node for node in planned.report("plan", "speckle", "prod")["nodes"] if node["action"] == "change"]
    assert changed["item"] == f"speckle-cluster/{NAMESPACE}/speckle-server"
    assert "replicas" in planned.output, changed
    refused = viewer.play()
    assert refused.code == 2
    assert "forbidden" in refused.output.lower()
    assert admin.get("deployment", WORKLOAD)["spec"]["replicas"] == before + 1
    healed = operator.play().check()
    assert actions(healed) == {"change"}
    assert admin.get("deployment", WORKLOAD)["spec"]["replicas"] == before


def test_an_operator_brings_back_what_was_lost(operator: Person, admin: Kubectl) -> None:
    records = [item["metadata"]["name"] for item in admin.items("secrets", "--field-selector=type=helm.sh/release.v1")]
    admin("delete", "secret", "pgadmin", *[name for name in records if ".pgadmin." in name])
    admin("delete", "deployment,service,serviceaccount,ingress", "pgadmin")
    admin("delete", "priorityclass", "low-priority")
    ran = operator.play().check()
    assert actions(ran) == {"create"}
    assert admin.get("deployment", "pgadmin")["status"]["readyReplicas"] == 1
    assert operator.play("--check").check().changed == 0


@pytest.mark.parametrize("who", ["operator", "viewer"])
def test_who_reads_sees_the_status_and_the_drift(request: pytest.FixtureRequest, who: str) -> None:
    someone: Person = request.getfixturevalue(who)
    told = someone.play(playbook="playbooks/status.yml").check().output
    assert "speckle-server" in told
    assert "could not be looked at" not in told
    someone.play(playbook="playbooks/drift.yml").check()


OPERATORS_MAY = [
    ("create", "deployments.apps"),
    ("patch", "deployments.apps", "--subresource=scale"),
    ("delete", "secrets"),
    ("get", "pods", "--subresource=log"),
    ("delete", "namespace/speckle-production"),
    ("list", "nodes"),
]
NOBODY_MAY = [
    ("delete", "nodes"),
    ("patch", "nodes"),
    ("create", "pods", "--subresource=exec"),
    ("create", "pods", "--subresource=eviction"),
    ("create", "serviceaccounts", "--subresource=token"),
    ("create", "roles.rbac.authorization.k8s.io"),
    ("create", "rolebindings.rbac.authorization.k8s.io"),
    ("patch", "role.rbac.authorization.k8s.io/speckle-operators"),
    ("patch", "clusterrole.rbac.authorization.k8s.io/speckle-operators"),
    ("delete", "clusterrolebindings.rbac.authorization.k8s.io"),
    ("escalate", "roles.rbac.authorization.k8s.io"),
    ("bind", "clusterroles.rbac.authorization.k8s.io"),
    ("impersonate", "users"),
    ("delete", "namespace/default"),
    ("delete", "namespace/kube-system"),
    ("patch", "priorityclass.scheduling.k8s.io/system-node-critical"),
    ("create", "pods", "-n", "default"),
    ("delete", "secrets", "-n", "kube-system"),
    ("create", "deployments.apps", "-n", "kube-system"),
    ("create", "persistentvolumes"),
    ("create", "mutatingwebhookconfigurations.admissionregistration.k8s.io"),
]


@pytest.mark.parametrize("question", OPERATORS_MAY, ids=" ".join)
def test_operators_may_do_what_the_verbs_do_and_viewers_may_not(operator: Person, viewer: Person, question: tuple[str, ...]) -> None:
    assert operator.can(*question)
    assert viewer.can(*question) == (question[0] in ("get", "list"))


@pytest.mark.parametrize("question", NOBODY_MAY, ids=" ".join)
def test_nobody_may_do_more(operator: Person, viewer: Person, question: tuple[str, ...]) -> None:
    assert not operator.can(*question)
    assert not viewer.can(*question)


def test_operators_read_no_secret_of_other_namespaces_but_the_platforms(operator: Person, viewer: Person) -> None:
    assert not operator.can("get", "secrets", "-n", "default")
    assert operator.can("get", "secrets", "-n", "kube-system")
    assert viewer.can("get", "secrets", "-n", "default")


def test_an_operator_cannot_make_itself_more(operator: Person, admin: Kubectl) -> None:
    binding: dict[str, Any] = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "more"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "stratum:operators"}],
    }
    assert "forbidden" in operator.kubectl("create", "-f", "-", check=False, stdin=json.dumps(binding))
    assert "forbidden" in operator.kubectl("create", "namespace", "mine", "--as=system:admin", check=False)
    # A namespace of its own is of no use to it.
    operator.kubectl("create", "namespace", "mine")
    assert "forbidden" in operator.kubectl("create", "configmap", "x", "-n", "mine", check=False)
    assert "forbidden" in operator.kubectl("delete", "namespace", "mine", check=False)
    admin("delete", "namespace", "mine", "--wait=false")
