# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What plans and runs of the layer helm_releases say: of kinds that the cluster does not have yet, and of values that stay."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import charts
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

from .kubectl import Kubectl
from .parts import make_cluster, make_network

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-release-plans"),
    pytest.mark.timeout(600),
]

OWN_CHARTS = Path(__file__).parent / "charts"
CLUSTER = "web"
NAMESPACE = "shop"

PLATFORM: dict[str, Any] = {
    "cluster": CLUSTER,
    "name": "cert_manager",
    "namespace": "platform",
    "chart": str(OWN_CHARTS / "platform"),
    "version": "1.0.0",
}
GADGET = {"apiVersion": "platform.test/v1", "kind": "Gadget", "metadata": {"name": "one"}, "spec": {"size": 1}}
WIDGET = {"apiVersion": "platform.test/v1", "kind": "Widget", "metadata": {"name": "one", "namespace": NAMESPACE}, "spec": {"size": 1}}
APP: dict[str, Any] = {
    "cluster": CLUSTER,
    "namespace": NAMESPACE,
    "name": "app",
    "chart": str(OWN_CHARTS / "app"),
    "image_tag_value": "tag",
    "replicas_values": {"app": "replicas"},
    # The cluster has no nodes.
    "wait": False,
    "values": {"tag": "1"},
}


class Layer:
    """A cluster without nodes that runs the layer helm_releases alone, and nothing else of a stack."""

    def __init__(self, account: Emulator, cluster: dict[str, Any], folder: Path) -> None:
        self.account = account
        self.reports = folder / "reports"
        self.inventory = folder / "hosts.yml"
        self.clusters = {CLUSTER: {"host": cluster["endpoint"], "ca_data": cluster["certificateAuthority"]["data"]}}
        self.kubectl = Kubectl(account.environment["KUBECONFIG"], NAMESPACE)

    def run(self, *arguments: str, code: int = 0, plan: Path | None = None, **variables: Any) -> Ran:
        """Run `site.yml` with these variables of the stack; it has to end with `code`. `plan` is where a plan is saved, or applied from."""
        stack = {
            "stack_layers": ["helm_releases"],
            "environment_name": "test",
            "aws_region": "ca-central-1",
            "helm_releases_clusters": self.clusters,
            "helm_releases_namespaces": [{"cluster": CLUSTER, "name": NAMESPACE}],
            **variables,
        }
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        document = {"all": {"children": {"aws": {"hosts": {"shop": stack}, "vars": local}, "compose_hosts": {}}}}
        self.inventory.write_text(yaml.safe_dump(document), encoding="utf-8")
        given = {"plan_file": str(plan)} if plan else {}
        return play(self.account, "site.yml", *arguments, inventory=str(self.inventory), reports=self.reports, variables=given).check(code)

    def actions(self, verb: str) -> dict[str, str]:
        """Return what became of each resource, by its label, in the last run of a verb; what was skipped is left out."""
        nodes = Ran(0, "", self.reports).report(verb, "shop", "test")["nodes"]
        return {node["item"]: node["action"] for node in nodes if node["action"] != "skipped"}

    def helm(self, *command: str) -> None:
        """Run helm as an administrator."""
        config = ["--namespace", NAMESPACE, "--kubeconfig", self.account.environment["KUBECONFIG"]]
        subprocess.run([charts.helm(), *command, *config], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def layer(kubernetes_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Layer:
    """Return the layer on a cluster that has its namespace and nothing else."""
    found = Layer(
        kubernetes_emulator, make_cluster(kubernetes_emulator, make_network(kubernetes_emulator)), tmp_path_factory.mktemp("layer")
    )
    found.run()
    return found


def test_objects_of_kinds_that_a_platform_release_brings_are_planned_with_it(layer: Layer, tmp_path: Path) -> None:
    wanted: dict[str, Any] = {
        "helm_releases_platform": [PLATFORM],
        "helm_releases_manifests": [{"cluster": CLUSTER, "definition": each} for each in (GADGET, WIDGET)],
    }
    expected = {f"{CLUSTER}/cert_manager": "create", f"{CLUSTER}/Gadget/one": "create", f"{CLUSTER}/Widget/one": "create"}
    alone = layer.run("--check", code=2, helm_releases_manifests=wanted["helm_releases_manifests"])
    assert "the cluster has no Widget of platform.test/v1. Install what defines it (its CRD) first" in alone.output
    before = layer.kubectl("get", "crds", "--output", "name")
    layer.run("--check", plan=tmp_path / "plan", **wanted)
    assert layer.actions("plan") == {f"{CLUSTER}/{NAMESPACE}": "unchanged", **expected}
    assert layer.kubectl("get", "crds", "--output", "name") == before
    layer.run(plan=tmp_path / "plan", **wanted)
    assert layer.actions("converge") == {f"{CLUSTER}/{NAMESPACE}": "unchanged", **expected}
    assert (layer.kubectl.get("gadget", "one")["spec"], layer.kubectl.get("widget", "one")["spec"]) == ({"size": 1}, {"size": 1})
    again = layer.run("--check", **wanted)
    assert (again.changed, "!" in again.output) == (0, False), again.output
    assert set(layer.actions("plan").values()) == {"unchanged"}


def test_values_that_stay_are_told_in_one_line_and_others_are_not(layer: Layer) -> None:
    wanted: dict[str, Any] = {"helm_releases_list": [APP]}
    said = ": keeps "
    assert said not in layer.run(**wanted).output
    assert said not in layer.run("--check", **wanted).output
    # As deploy.yml and scale.yml do; the inventory says nothing of the replicas.
    layer.helm("upgrade", "app", APP["chart"], "--reuse-values", "--set-string", "tag=2", "--set", "replicas=3")
    for arguments in (("--check",), ()):
        run = layer.run(*arguments, **wanted)
        assert run.changed == 0
        (line,) = [each for each in run.output.splitlines() if said in each]
        title = f"helm_releases: Install the releases ({CLUSTER}/{NAMESPACE}/app)"
        told = 'keeps tag "2" (values say "1"): once installed, only deploys change what keep_values names'
        assert line == f"! {title}: {CLUSTER}/{NAMESPACE}/app: {told}"
    assert said not in layer.run("--check", helm_releases_list=[{**APP, "values": {"tag": "2"}}]).output
