# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What objects in a cluster become in the account, with a real API between them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.emulator.fixtures import Emulator
from tests.emulator.kubernetes.api import Api
from tests.integration.kubernetes.parts import Network, make_cluster, make_network, make_nodes
from tests.integration.modules.running import run

pytestmark = [pytest.mark.integration, pytest.mark.kubernetes, pytest.mark.xdist_group("kubernetes-controllers")]

SECONDS: Final = 40.0
INGRESSES: Final = "/apis/networking.k8s.io/v1/namespaces/shop/ingresses"
CORE: Final = "/api/v1/namespaces/shop"
ALB: Final = "alb.ingress.kubernetes.io/"
NLB: Final = "service.beta.kubernetes.io/aws-load-balancer-"


@dataclass
class World:
    """The cluster `web` with two nodes, and a deployment with a service in its namespace `shop`."""

    emulator: Emulator
    network: Network
    api: Api

    @property
    def elb(self) -> Any:
        return self.emulator.client("elbv2")

    def balancers(self) -> dict[str, dict[str, Any]]:
        return {item["LoadBalancerName"]: item for item in self.elb.describe_load_balancers()["LoadBalancers"]}

    def address(self, path: str) -> str:
        found = (self.api.get(path) or {}).get("status", {}).get("loadBalancer", {}).get("ingress") or [{}]
        return str(found[0].get("hostname", ""))

    def targets(self, group: str) -> set[str]:
        for item in self.elb.describe_target_groups()["TargetGroups"]:
            if item["TargetGroupName"] == group:
                health = self.elb.describe_target_health(TargetGroupArn=item["TargetGroupArn"])["TargetHealthDescriptions"]
                return {target["Target"]["Id"] for target in health if target["TargetHealth"]["State"] == "healthy"}
        return set()

    def pods(self) -> set[str]:
        pods = self.api.items(f"{CORE}/pods")
        ready = [pod for pod in pods if any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))]
        return {pod["status"]["podIP"] for pod in ready if "deletionTimestamp" not in pod["metadata"]}

    def leftovers(self) -> list[str]:
        found = run("eks_leftovers", {"cluster": "web", "vpc_id": self.network.vpc_id}, self.emulator.environment, False, False)
        return sorted(item["kind"] for item in found["leftovers"])

    def events(self, name: str) -> list[str]:
        return [
            f"{each['reason']}: {each['message']}" for each in self.api.items(f"{CORE}/events") if each["involvedObject"]["name"] == name
        ]


def eventually(what: Callable[[], bool]) -> None:
    """Wait until something holds, or fail with where it was asked."""
    deadline = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < deadline, "did not come about"
        time.sleep(0.2)


def cluster_api(emulator: Emulator, tmp_path: Path, name: str = "web") -> Api:
    """Return the API of a cluster with the administrator's certificate."""
    document = yaml.safe_load(Path(emulator.environment["KUBECONFIG"]).read_text(encoding="utf-8"))
    for kind in ("clusters", "users"):
        document[kind] = [item for item in document[kind] if item["name"].endswith(f"/{name}")]
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    return Api(path)


def deployment(name: str, replicas: int) -> dict[str, Any]:
    pod = {
        "metadata": {"labels": {"app": name}},
        "spec": {"containers": [{"name": "c", "image": "image:1", "ports": [{"containerPort": 8080}]}]},
    }
    return {"metadata": {"name": name}, "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": pod}}


def service(name: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"selector": {"app": "front"}, "ports": [{"port": 80, "targetPort": 8080}], **spec}}


def ingress(name: str, path: str = "/", service_name: str = "front", **notes: str) -> dict[str, Any]:
    annotations = {
        ALB + key.replace("_", "-", 3).replace("group-", "group."): value for key, value in {"target_type": "ip", **notes}.items()
    }
    paths = [{"path": path, "pathType": "Prefix", "backend": {"service": {"name": service_name, "port": {"number": 80}}}}]
    return {
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"ingressClassName": "alb", "rules": [{"http": {"paths": paths}}]},
    }


@pytest.fixture(scope="module")
def world(kubernetes_emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    kubernetes_emulator.reset()
    network = make_network(kubernetes_emulator)
    make_cluster(kubernetes_emulator, network)
    make_nodes(kubernetes_emulator, network, 2)
    made = World(kubernetes_emulator, network, cluster_api(kubernetes_emulator, tmp_path_factory.mktemp("api")))
    made.api.create("/api/v1/namespaces", {"metadata": {"name": "shop"}})
    made.api.create("/apis/apps/v1/namespaces/shop/deployments", deployment("front", 2))
    made.api.create(f"{CORE}/services", service("front"))
    eventually(lambda: len(made.pods()) == 2)
    yield made
    kubernetes_emulator.reset()


def test_ingresses_of_a_group_share_a_load_balancer_with_the_pods_behind(world: World) -> None:
    world.api.create(INGRESSES, ingress("late", group_name="shops", group_order="10", scheme="internet-facing"))
    world.api.create(INGRESSES, ingress("early", "/api", group_name="shops", group_order="1"))
    eventually(lambda: bool(world.address(f"{INGRESSES}/early")) and bool(world.address(f"{INGRESSES}/late")))
    (balancer,) = world.balancers().values()
    assert world.address(f"{INGRESSES}/early") == world.address(f"{INGRESSES}/late") == balancer["DNSName"]
    assert balancer["LoadBalancerName"].startswith("k8s-shops-")
    assert (world.api.get(f"{INGRESSES}/early") or {})["metadata"]["finalizers"] == ["group.ingress.k8s.aws/shops"]
    (listener,) = world.elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    rules = world.elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
    by_priority = {rule["Priority"]: rule for rule in rules}
    assert by_priority["1"]["Conditions"][0]["PathPatternConfig"]["Values"] == ["/api", "/api/*"]
    assert by_priority["2"]["Conditions"][0]["PathPatternConfig"]["Values"] == ["/*"]
    groups = [item["TargetGroupName"] for item in world.elb.describe_target_groups()["TargetGroups"]]
    assert len(groups) == 2
    eventually(lambda: all(world.targets(group) == world.pods() for group in groups))
    assert any("SuccessfullyReconciled" in event for event in world.events("early"))

    # Pods that come are registered, those that go are not there any more.
    world.api.patch("/apis/apps/v1/namespaces/shop/deployments/front", {"spec": {"replicas": 3}})
    eventually(lambda: len(world.pods()) == 3 and all(world.targets(group) == world.pods() for group in groups))

    # A weight that is changed is a rule that is changed.
    action = {"type": "forward", "forwardConfig": {"targetGroups": [{"serviceName": "front", "servicePort": 80, "weight": 7}]}}
    backend = {"service": {"name": "split", "port": {"name": "use-annotation"}}}
    changes = ingress("early", "/api")["spec"]
    changes["rules"][0]["http"]["paths"][0]["backend"] = backend
    notes = {f"{ALB}actions.split": json.dumps(action)}
    world.api.patch(f"{INGRESSES}/early", {"metadata": {"annotations": notes}, "spec": changes})

    def weights() -> list[int]:
        rules = world.elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        return [each["Weight"] for rule in rules if rule["Priority"] == "1" for each in rule["Actions"][0]["ForwardConfig"]["TargetGroups"]]

    eventually(lambda: weights() == [7])

    # One leaves: the rest stays. The last one leaves: nothing does.
    world.api.delete(f"{INGRESSES}/early")
    eventually(lambda: world.api.get(f"{INGRESSES}/early") is None)
    assert len(world.elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]) == 2
    world.api.delete(f"{INGRESSES}/late")
    eventually(lambda: world.api.get(f"{INGRESSES}/late") is None)
    assert world.balancers() == {}
    assert world.leftovers() == []


def test_an_ingress_that_cannot_be_says_why_and_is_made_once_it_can(world: World) -> None:
    action = {
        "type": "forward",
        "forwardConfig": {"targetGroups": [{"serviceName": name, "servicePort": 80} for name in ("front", "soon")]},
    }
    odd = ingress("odd")
    odd["metadata"]["annotations"][f"{ALB}actions.split"] = json.dumps(action)
    odd["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"] = {"name": "split", "port": {"name": "use-annotation"}}
    world.api.create(INGRESSES, odd)
    eventually(
        lambda: any("FailedBuildModel: Failed build model due to" in event and '"soon" not found' in event for event in world.events("odd"))
    )
    world.api.create(f"{CORE}/services", service("soon"))
    eventually(lambda: bool(world.address(f"{INGRESSES}/odd")))
    (name,) = world.balancers()
    assert name.startswith("k8s-shop-odd-")
    # Out of the class, out of the account.
    world.api.patch(f"{INGRESSES}/odd", {"spec": {"ingressClassName": "other"}})
    eventually(lambda: world.balancers() == {})
    eventually(lambda: not (world.api.get(f"{INGRESSES}/odd") or {})["metadata"].get("finalizers"))
    world.api.delete(f"{INGRESSES}/odd")
    world.api.delete(f"{CORE}/services/soon")


def test_a_service_of_type_load_balancer_gets_one(world: World) -> None:
    one = service("public", type="LoadBalancer")
    one["metadata"]["annotations"] = {f"{NLB}nlb-target-type": "ip", f"{NLB}scheme": "internet-facing"}
    world.api.create(f"{CORE}/services", one)
    eventually(lambda: bool(world.address(f"{CORE}/services/public")))
    (balancer,) = world.balancers().values()
    assert (balancer["Type"], balancer["Scheme"]) == ("network", "internet-facing")
    (group,) = world.elb.describe_target_groups()["TargetGroups"]
    assert world.targets(group["TargetGroupName"]) == world.pods()
    assert world.leftovers() == ["load_balancer", "security_group", "security_group", "target_group"]
    world.api.delete(f"{CORE}/services/public")
    eventually(lambda: world.api.get(f"{CORE}/services/public") is None)
    assert world.leftovers() == []


def test_instance_targets_are_the_nodes(world: World) -> None:
    world.api.create(f"{CORE}/services", service("ports", type="NodePort"))
    world.api.create(INGRESSES, ingress("ports", service_name="ports", target_type="instance"))
    eventually(lambda: bool(world.address(f"{INGRESSES}/ports")))
    (group,) = world.elb.describe_target_groups()["TargetGroups"]
    nodes = {node["spec"]["providerID"].rpartition("/")[2] for node in world.api.items("/api/v1/nodes")}
    assert world.targets(group["TargetGroupName"]) == nodes
    world.api.delete(f"{INGRESSES}/ports")
    eventually(lambda: world.api.get(f"{INGRESSES}/ports") is None)
    world.api.delete(f"{CORE}/services/ports")


def storage_class(name: str, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer", **more}


def claim(name: str, class_name: str) -> dict[str, Any]:
    resources = {"requests": {"storage": "3Gi"}}
    return {"metadata": {"name": name}, "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": class_name, "resources": resources}}


def user_of(name: str) -> dict[str, Any]:
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": name}}
    container = {"name": "c", "image": "image:1", "volumeMounts": [{"name": "data", "mountPath": "/data"}]}
    return {"metadata": {"name": f"uses-{name}"}, "spec": {"containers": [container], "volumes": [volume]}}


def test_a_claim_gets_a_volume_that_grows_and_goes_with_it(world: World) -> None:
    classes = world.api.items("/apis/storage.k8s.io/v1/storageclasses")
    assert [(each["metadata"]["name"], each["metadata"].get("annotations")) for each in classes] == [("gp2", None)]
    parameters = {"type": "gp3", "encrypted": "true", "iops": "4000", "tagSpecification_1": "team=shop"}
    world.api.create("/apis/storage.k8s.io/v1/storageclasses", storage_class("gp3", parameters=parameters, allowVolumeExpansion=True))
    world.api.create(f"{CORE}/persistentvolumeclaims", claim("data", "gp3"))
    time.sleep(1)
    ec2 = world.emulator.client("ec2")
    assert ec2.describe_volumes()["Volumes"] == []  # until somebody uses it
    world.api.create(f"{CORE}/pods", user_of("data"))
    path = f"{CORE}/persistentvolumeclaims/data"
    eventually(lambda: (world.api.get(path) or {})["status"]["phase"] == "Bound")
    (volume,) = ec2.describe_volumes()["Volumes"]
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"], volume["Iops"]) == (3, "gp3", True, 4000)
    tags = {tag["Key"]: tag["Value"] for tag in volume["Tags"]}
    assert tags["kubernetes.io/created-for/pvc/name"] == "data"
    assert tags["kubernetes.io/cluster/web"] == "owned"
    assert tags["team"] == "shop"
    eventually(lambda: (world.api.get(f"{CORE}/pods/uses-data") or {})["status"].get("phase") == "Running")
    node = world.api.get(f"/api/v1/nodes/{(world.api.get(f'{CORE}/pods/uses-data') or {})['spec']['nodeName']}") or {}
    assert volume["AvailabilityZone"] == node["metadata"]["labels"]["topology.kubernetes.io/zone"]
    assert world.leftovers() == ["volume"]

    world.api.patch(path, {"spec": {"resources": {"requests": {"storage": "5Gi"}}}})
    eventually(lambda: (world.api.get(path) or {})["status"]["capacity"]["storage"] == "5Gi")
    assert ec2.describe_volumes()["Volumes"][0]["Size"] == 5

    world.api.delete(f"{CORE}/pods/uses-data")
    world.api.delete(path)
    eventually(lambda: world.api.items("/api/v1/persistentvolumes") == [])
    assert ec2.describe_volumes()["Volumes"] == []


def test_a_retained_volume_and_one_of_the_old_provisioner(world: World) -> None:
    world.api.create("/apis/storage.k8s.io/v1/storageclasses", storage_class("kept", reclaimPolicy="Retain", volumeBindingMode="Immediate"))
    world.api.create(f"{CORE}/persistentvolumeclaims", claim("kept", "kept"))
    eventually(lambda: (world.api.get(f"{CORE}/persistentvolumeclaims/kept") or {})["status"]["phase"] == "Bound")
    world.api.create(f"{CORE}/persistentvolumeclaims", claim("old", "gp2"))
    world.api.create(f"{CORE}/pods", user_of("old"))
    eventually(lambda: (world.api.get(f"{CORE}/persistentvolumeclaims/old") or {})["status"]["phase"] == "Bound")
    ec2 = world.emulator.client("ec2")
    assert sorted(volume["VolumeType"] for volume in ec2.describe_volumes()["Volumes"]) == ["gp2", "gp3"]
    world.api.delete(f"{CORE}/pods/uses-old")
    for name in ("kept", "old"):
        world.api.delete(f"{CORE}/persistentvolumeclaims/{name}")
    eventually(lambda: [each["status"]["phase"] for each in world.api.items("/api/v1/persistentvolumes")] == ["Released"])
    assert [volume["VolumeType"] for volume in ec2.describe_volumes()["Volumes"]] == ["gp3"]


def test_what_is_not_gone_before_the_nodes_is_left(world: World) -> None:
    """The last test: it takes the nodes and the cluster away."""
    world.api.create(INGRESSES, ingress("left"))
    eventually(lambda: bool(world.address(f"{INGRESSES}/left")))
    eks, waits = world.emulator.client("eks"), {"Delay": 1, "MaxAttempts": 120}
    eks.delete_nodegroup(clusterName="web", nodegroupName="nodes")
    eks.get_waiter("nodegroup_deleted").wait(clusterName="web", nodegroupName="nodes", WaiterConfig=waits)
    world.api.delete(f"{INGRESSES}/left")
    time.sleep(2)
    assert world.api.get(f"{INGRESSES}/left") is not None
    eks.delete_cluster(name="web")
    eks.get_waiter("cluster_deleted").wait(name="web", WaiterConfig=waits)
    assert world.leftovers() == ["load_balancer", "security_group", "security_group", "target_group", "volume"]
    arguments = {"cluster": "web", "vpc_id": world.network.vpc_id, "state": "absent", "remove_volumes": True}
    gone = run("eks_leftovers", arguments, world.emulator.environment, False, False)
    assert gone.changed, gone
    assert world.leftovers() == []
