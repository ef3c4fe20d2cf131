# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Kubernetes API for the tests of modules: `kube`, one for all of them, with a namespace of its own for each test."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from tests.emulator.kubernetes.build import build
from tests.emulator.kubernetes.control_plane import ControlPlane

from .kube import Kube
from .real_cluster import Cluster, group

_numbers = itertools.count(1)


@pytest.fixture(scope="package")
def modules_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Start a control plane with two nodes that the tests of modules share; they are one group of xdist, so there is one."""
    build()
    plane = ControlPlane(tmp_path_factory.mktemp("modules") / "c", name="modules", version="1.33")
    plane.start()
    try:
        plane.wait_ready()
        cluster = Cluster(plane)
        cluster.groups(group(3, instanceTypes=["m5.4xlarge"]))
        cluster.run("kubectl", "wait", "--for=condition=Ready", "node", "--all", "--timeout=60s")
        yield cluster
        cluster.keeper.close()
    finally:
        plane.stop()


@pytest.fixture(scope="package")
def accounts_of_modules(modules_cluster: Cluster) -> dict[str, str]:
    """Return tokens of service accounts: `admin` may do everything, `reader` may read everything, and `stranger` nothing."""
    read = {"apiGroups": ["*"], "resources": ["*"], "verbs": ["get", "list", "watch"]}
    modules_cluster.make(
        *({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}} for name in ("admin", "reader", "stranger")),
        {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "reads"}, "rules": [read]},
        _binding("admin", "cluster-admin"),
        _binding("reader", "reads"),
    )
    run = modules_cluster.run
    return {name: run("kubectl", "create", "token", name, "--duration=4h").strip() for name in ("admin", "reader", "stranger")}


def _binding(name: str, role: str) -> dict[str, Any]:
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": f"modules-{name}"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
    }


@pytest.fixture
def kube(modules_cluster: Cluster, accounts_of_modules: dict[str, str]) -> Iterator[Kube]:
    """Return the shared API with a new namespace, which goes with the test."""
    found = Kube(modules_cluster, accounts_of_modules, f"test-{next(_numbers)}")
    found.kubectl("create", "namespace", found.namespace, here=False)
    yield found
    found.kubectl("delete", "namespace", found.namespace, "--wait=false", here=False)
