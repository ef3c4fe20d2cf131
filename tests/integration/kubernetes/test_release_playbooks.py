# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""deploy.yml, rollback.yml, scale.yml and status.yml on a stack with releases, as a user runs them."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.stratum.aws.plugins.plugin_utils.locks._lock_holder import Holder

from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

from .kubectl import Kubectl

pytestmark = [
    pytest.mark.kubernetes,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("kubernetes-rollout"),
    pytest.mark.timeout(600),
]

REGION = "ca-central-1"
RELEASE: dict[str, Any] = {
    "cluster": "shop",
    "namespace": "shop",
    "name": "web",
    "chart": "web-service",
    "timeout": 120,
    "replicas_values": {"web": "replicas"},
    "rollout": {"steps": [50, 100], "step_seconds": 1, "bake_seconds": 1},
    "values": {
        "image": {"repository": "shop", "tag": "v1"},
        "replicas": 2,
        "preStopSleepSeconds": 0,
        "test": {"enabled": False},
        # What only a converge knows.
        "commonLabels": {"vpc": "{{ network_vpc_id }}"},
    },
}
STACK: dict[str, Any] = {
    "stack_layers": ["network", "eks", "helm_releases"],
    "tags_common": {"Project": "shop"},
    "network_name": "shop",
    "network_azs": [f"{REGION}a", f"{REGION}b"],
    "network_cidr": "10.0.0.0/16",
    "network_private_subnets": [{"cidr": "10.0.1.0/24", "az": f"{REGION}a"}, {"cidr": "10.0.2.0/24", "az": f"{REGION}b"}],
    "eks_clusters": [
        {
            "name": "shop",
            "version": "1.33",
            "role_name": "shop-cluster",
            "role_policies": ["AmazonEKSClusterPolicy"],
            "subnet_tiers": ["private"],
            "endpoint_public_access": True,
            "public_access_cidrs": ["192.0.2.0/24"],
        }
    ],
    "eks_node_roles": [
        {
            "name": "shop-nodes",
            "policies": ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"],
        }
    ],
    "eks_node_groups": [
        {
            "cluster": "shop",
            "name": "shop-nodes",
            "role": "shop-nodes",
            "subnet_tier": "private",
            "instance_types": ["m5.xlarge"],
            "min_size": 1,
            "desired_size": 2,
            "max_size": 3,
        }
    ],
    "helm_releases_namespaces": [{"cluster": "shop", "name": "shop"}],
    "helm_releases_list": [RELEASE, {**RELEASE, "name": "api", "replicas_values": {}}],
}


class Shop:
    """The stack `shop` with two releases, `other` without any, in an account; and an address that answers requests."""

    def __init__(self, account: Emulator, folder: Path) -> None:
        self.account = account
        self.reports = folder / "reports"
        local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        shared = {"environment_name": "test", "aws_region": REGION}
        hosts = {"shop": STACK | shared, "other": {"stack_layers": ["network"], **shared}}
        document = {"all": {"children": {"aws": {"hosts": hosts, "vars": local}, "compose_hosts": {}}}}
        self.inventory = folder / "hosts.yml"
        self.inventory.write_text(yaml.safe_dump(document), encoding="utf-8")
        self.status = 200
        shop = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(shop.status)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                return

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/health"

    def run(self, playbook: str, *arguments: str, limit: str = "shop", **variables: Any) -> Ran:
        """Run a playbook of the collection."""
        return play(
            self.account,
            playbook,
            "--limit",
            limit,
            *arguments,
            inventory=str(self.inventory),
            reports=self.reports,
            variables=variables,
        )

    def refused(self, playbook: str, *arguments: str, limit: str = "shop", **variables: Any) -> str:
        """Run a playbook that is to be refused, and return what it said, in one line."""
        return " ".join(self.run(playbook, *arguments, limit=limit, **variables).check(2).output.split())

    def report(self, verb: str) -> dict[str, Any]:
        """Return the report of a verb."""
        loaded: dict[str, Any] = json.loads((self.reports / "test" / "shop" / f"{verb}.json").read_text(encoding="utf-8"))
        return loaded

    def images(self, deployment: str) -> list[str]:
        """Return the images of a deployment."""
        kubectl = Kubectl(self.account.environment["KUBECONFIG"], "shop")
        spec = kubectl.get("deployment", deployment)["spec"]["template"]["spec"]
        return [container["image"] for container in spec["containers"]]


@pytest.fixture(scope="module")
def shop(kubernetes_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Return the stack, converged."""
    found = Shop(kubernetes_emulator, tmp_path_factory.mktemp("shop"))
    found.run("site.yml").check()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_deploy_with_a_check_and_back(shop: Shop) -> None:
    check = {"type": "http", "url": shop.address, "seconds": 2, "per_second": 20}
    shop.run("playbooks/deploy.yml", release="web", tag="v2", strategy="canary", checks=[check]).check()
    report = shop.report("deploy")
    assert (report["tag"], report["previous"], report["strategy"], report["failed"]) == ("v2", "v1", "canary", False)
    shifted = next(step for step in report["steps"] if step["name"] == "shift to 50 %")
    (seen,) = shifted["checks"]
    assert seen["requests"] >= 10
    assert (seen["failed"], seen["failures"]) == (0, {})
    assert 0 < seen["p50_seconds"] <= seen["p99_seconds"]
    assert shop.images("web") == ["shop:v2"]
    # A converge leaves it there, and so does a plan.
    assert shop.run("site.yml").check().changed == 0
    assert "v2, before at" not in shop.run("playbooks/deploy.yml", release="web", tag="v2").check().output
    shop.run("playbooks/rollback.yml", release="web").check()
    assert shop.report("rollback")["tag"] == "v1"
    assert shop.images("web") == ["shop:v1"]


def test_errors_take_the_release_back(shop: Shop) -> None:
    shop.status = 503
    try:
        said = shop.refused("playbooks/deploy.yml", release="web", tag="v3", checks=[{"type": "http", "url": shop.address, "seconds": 2}])
    finally:
        shop.status = 200
    assert "requests failed" in said
    assert "× 503" in said
    report = shop.report("deploy")
    assert (report["failed"], report["failed_step"]) == (True, "roll")
    assert shop.images("web") == ["shop:v1"]


def test_pods_that_crash_are_in_the_report(shop: Shop) -> None:
    said = shop.refused("playbooks/deploy.yml", release="web", tag="crash-1")
    assert "exit code 1" in said
    (ill, *_more) = shop.report("deploy")["ailments"]
    assert ill["events"]
    assert shop.images("web") == ["shop:v1"]


def test_check_mode_changes_nothing(shop: Shop) -> None:
    said = shop.run("playbooks/deploy.yml", "--check", release="web", tag="v9", strategy="blue_green").check().output
    assert "prepare green, switch to green" in " ".join(said.split())
    assert shop.images("web") == ["shop:v1"]


def test_deploy_waits_for_the_lock(shop: Shop) -> None:
    ssm = shop.account.client("ssm", region=REGION)
    holder = Holder("1" * 32, "converge", "ci@runner-7", 4711, None, None, time.time(), time.time() + 3600)
    ssm.put_parameter(Name="/stratum/test/shop/lock", Value=holder.text, Type="String")
    try:
        said = shop.refused("playbooks/deploy.yml", release="web", tag="v4", lock_timeout=0)
    finally:
        ssm.delete_parameter(Name="/stratum/test/shop/lock")
    assert "the stack shop is locked: ci@runner-7 (process 4711) holds it for converge" in said
    assert shop.images("web") == ["shop:v1"]


def test_released_lock_is_gone(shop: Shop) -> None:
    shop.run("playbooks/scale.yml", release="web", workload="web", replicas=3).check()
    assert shop.report("scale")["steps"][0]["name"] == "web: 2 to 3"
    with pytest.raises(Exception, match="ParameterNotFound"):
        shop.account.client("ssm", region=REGION).get_parameter(Name="/stratum/test/shop/lock")
    assert shop.run("site.yml").check().changed == 0


def test_nodes_are_scaled(shop: Shop) -> None:
    shop.run("playbooks/scale.yml", node_group="shop-nodes", desired_size=3).check()
    report = shop.report("scale")
    assert (report["scaling"]["desired_size"], report["previous"]["desired_size"]) == (3, 2)
    assert shop.run("playbooks/scale.yml", node_group="shop-nodes", desired_size=3).check().changed == 0
    assert shop.run("site.yml").check().changed == 0
    said = shop.refused("playbooks/scale.yml", node_group="shop-nodes", desired_size=9)
    assert "desired_size 9 must be within min_size 1 and max_size 3" in said


def test_status(shop: Shop) -> None:
    said = shop.run("playbooks/status.yml").check().output
    for words in ("NODE", "WORKLOAD", "RELEASE", "web-service"):
        assert words in said
    report = shop.report("status")
    assert set(report) == {"stack", "environment", "host", "verb", "written", "hosts", "backups", "clusters"}
    cluster = report["clusters"]["shop"]
    assert cluster["reachable"]
    assert {each["name"] for each in cluster["releases"]} == {"web", "api"}
    assert {each["type"] for each in cluster["nodes"]} == {"m5.xlarge"}


@pytest.mark.parametrize(
    ("playbook", "variables", "words"),
    [
        ("deploy", {"tag": "1"}, "shop runs on Kubernetes. Say which release with -e release=<name>. There are: web, api."),
        ("rollback", {}, "shop runs on Kubernetes. Say which release with -e release=<name>. There are: web, api."),
        (
            "deploy",
            {"release": "shop", "tag": "1"},
            "shop has no release shop. There are: web in the namespace shop, api in the namespace shop.",
        ),
        ("deploy", {"release": "web", "namespace": "x", "tag": "1"}, "shop has no release web in the namespace x."),
        ("deploy", {"release": "web"}, "Say which tag with -e tag=<tag>."),
        ("deploy", {"release": "web", "tag": "1", "strategy": "big_bang"}, "There are: rolling, blue_green, canary."),
        ("deploy", {"release": "web", "tag": "1", "strategy": "canary", "steps": [60, 100]}, "a share is 50 at most, or 100"),
        ("deploy", {"release": "web", "tag": "1", "checks": [{"type": "http"}]}, "check 1 (http) lacks url"),
        ("deploy", {"release": "web", "tag": "1", "checks": [{"type": "cloudwatch_alarm", "name": "no"}]}, "there is no alarm no"),
        ("rollback", {"release": "web", "revision": 99}, "there is no revision 99 to go back to. There are: "),
        ("rollback", {"release": "web", "tag": "1"}, "goes back to a revision"),
        ("scale", {}, "Say what to scale:"),
        ("scale", {"release": "web"}, "There are: web."),
        ("scale", {"release": "web", "workload": "web"}, "Say how many pods with -e replicas=<number>."),
        (
            "scale",
            {"release": "api", "workload": "web", "replicas": 1},
            "has no workload web in replicas_values of the inventory. There are: none.",
        ),
        ("scale", {"node_group": "none", "desired_size": 1}, "shop has no node group none. There are: shop-nodes."),
    ],
)
def test_what_cannot_be_done_is_refused(shop: Shop, playbook: str, variables: dict[str, Any], words: str) -> None:
    assert words in shop.refused(f"playbooks/{playbook}.yml", **variables)


@pytest.mark.parametrize(
    ("playbook", "variables", "words"),
    [
        ("deploy", {"tag": "1"}, "other has no compose host, so there is nothing that deploy.yml can do for it."),
        (
            "deploy",
            {"tag": "1", "release": "web"},
            "other has no releases on Kubernetes, so there is nothing that deploy.yml can do with web.",
        ),
        ("rollback", {"release": "web"}, "other has no releases on Kubernetes"),
        ("scale", {"release": "web"}, "other has nothing on Kubernetes, so there is nothing that scale.yml can do for it."),
        ("status", {}, "other has no compose host, so there is nothing that status.yml can do for it."),
    ],
)
def test_stack_that_can_do_nothing_says_so(shop: Shop, playbook: str, variables: dict[str, Any], words: str) -> None:
    assert words in shop.refused(f"playbooks/{playbook}.yml", limit="other", **variables)
