# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node groups become nodes: which, where, how large, and what changes about those that are there."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.emulator.kubernetes.capacity import offer, reserved_millicores
from tests.emulator.kubernetes.nodes import Subnet, nodes_of, patch_of

SUBNETS = {"subnet-a": Subnet("ca-central-1a", "10.0.1.0/24"), "subnet-b": Subnet("ca-central-1b", "10.0.2.0/24")}


def group(**changes: Any) -> dict[str, Any]:
    return {
        "nodegroupName": "main",
        "nodegroupArn": "arn:aws:eks:ca-central-1:123456789012:nodegroup/c/main/1",
        "status": "ACTIVE",
        "version": "1.33",
        "releaseVersion": "1.33.3-20250715",
        "subnets": ["subnet-a", "subnet-b"],
        "instanceTypes": ["t3.medium"],
        "scalingConfig": {"minSize": 1, "maxSize": 4, "desiredSize": 2},
        "amiType": "AL2023_x86_64_STANDARD",
        "capacityType": "ON_DEMAND",
        "diskSize": 20,
        **changes,
    }


def nodes(*groups: dict[str, Any], region: str = "ca-central-1") -> list[dict[str, Any]]:
    return nodes_of(groups, SUBNETS, region=region, kubelet_port=10250)


def names(found: list[dict[str, Any]]) -> list[str]:
    return [node["metadata"]["name"] for node in found]


def present(node: dict[str, Any]) -> SimpleNamespace:
    """A node as the client library gives it."""
    taints = [SimpleNamespace(key=t["key"], effect=t["effect"], value=t.get("value")) for t in node["spec"].get("taints", [])]
    return SimpleNamespace(metadata=SimpleNamespace(labels=dict(node["metadata"]["labels"])), spec=SimpleNamespace(taints=taints or None))


def test_a_group_is_spread_over_its_zones() -> None:
    first, second, third = nodes(group(scalingConfig={"desiredSize": 3}))
    zones = [node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in (first, second, third)]
    assert zones == ["ca-central-1a", "ca-central-1b", "ca-central-1a"]
    assert first["spec"]["providerID"].startswith("aws:///ca-central-1a/i-")
    address = first["status"]["addresses"][0]["address"]
    assert address.startswith("10.0.1.")
    assert names([first]) == [f"ip-{address.replace('.', '-')}.ca-central-1.compute.internal"]
    assert first["status"]["nodeInfo"]["kubeletVersion"] == "v1.33.3-eks"
    assert first["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"] == 10250


def test_nodes_bear_what_users_select_by() -> None:
    taints = [{"key": "gpu", "value": "true", "effect": "NO_SCHEDULE"}, {"key": "spot", "effect": "PREFER_NO_SCHEDULE"}]
    node = nodes(group(labels={"workload": "db"}, capacityType="SPOT", taints=taints))[0]
    labels = node["metadata"]["labels"]
    assert labels["workload"] == "db"
    assert labels["eks.amazonaws.com/nodegroup"] == "main"
    assert labels["eks.amazonaws.com/capacityType"] == "SPOT"
    assert labels["topology.kubernetes.io/region"] == "ca-central-1"
    assert labels["node.kubernetes.io/instance-type"] == "t3.medium"
    assert node["spec"]["taints"] == [
        {"key": "gpu", "effect": "NoSchedule", "value": "true"},
        {"key": "spot", "effect": "PreferNoSchedule"},
    ]


def test_the_same_groups_give_the_same_nodes() -> None:
    before = nodes(group())
    assert nodes(group()) == before
    grown = nodes(group(scalingConfig={"desiredSize": 4}))
    assert grown[:2] == before
    beside = nodes(group(nodegroupName="other", nodegroupArn="other"), group())
    assert set(names(before)) < set(names(beside))
    assert len(set(names(beside))) == 4


@pytest.mark.parametrize(
    "change", [{"releaseVersion": "1.34.1-20251001"}, {"instanceTypes": ["t3.large"]}, {"launchTemplate": {"version": "2"}}]
)
def test_another_generation_has_other_nodes(change: dict[str, Any]) -> None:
    assert not set(names(nodes(group()))) & set(names(nodes(group(**change))))


def test_labels_do_not_make_other_nodes() -> None:
    assert names(nodes(group(labels={"a": "b"}))) == names(nodes(group()))


@pytest.mark.parametrize("status", ["DELETING", "CREATE_FAILED"])
def test_a_group_without_machines_has_no_nodes(status: str) -> None:
    assert nodes(group(status=status)) == []


def test_a_group_in_unknown_subnets_has_no_nodes() -> None:
    assert nodes(group(subnets=["subnet-x"])) == []


def test_a_full_subnet_is_told() -> None:
    tiny = {"subnet-a": Subnet("ca-central-1a", "10.0.1.0/28")}
    eleven = nodes_of([group(scalingConfig={"desiredSize": 11})], tiny, region="us-east-1", kubelet_port=1)
    assert sorted(node["status"]["addresses"][0]["address"] for node in eleven)[0] == "10.0.1.10"
    assert len(set(names(eleven))) == 11
    assert names(eleven)[0].endswith(".ec2.internal")
    with pytest.raises(ValueError, match=r"10\.0\.1\.0/28 has no address left"):
        nodes_of([group(scalingConfig={"desiredSize": 12})], tiny, region="us-east-1", kubelet_port=1)


@pytest.mark.parametrize(
    ("instance_type", "cpu", "pods", "architecture"),
    [("t3.medium", "1930m", "17", "amd64"), ("m5.large", "1930m", "29", "amd64"), ("m6g.xlarge", "3920m", "58", "arm64")],
)
def test_what_nodes_offer(instance_type: str, cpu: str, pods: str, architecture: str) -> None:
    offered = offer(instance_type)
    assert offered.allocatable(20)["cpu"] == cpu
    assert offered.allocatable(20)["pods"] == offered.capacity(20)["pods"] == pods
    assert offered.architecture == architecture


def test_memory_of_a_medium_node() -> None:
    # 4096 MiB, 5 % less; then 255 + 11 x 17 for the kubelet and 100 for evictions.
    assert offer("t3.medium").capacity(20)["memory"] == f"{3891 * 1024}Ki"
    assert offer("t3.medium").allocatable(20)["memory"] == f"{(3891 - 442 - 100) * 1024}Ki"


def test_reserved_processors_grow_slower_than_processors() -> None:
    assert [reserved_millicores(number) for number in (1, 2, 4, 8, 96)] == [60, 70, 80, 90, 310]


def test_an_unknown_type_is_small() -> None:
    assert offer("z9.huge").capacity(20)["cpu"] == "2"
    assert offer("z9.huge").pods == 110


def test_a_node_that_is_right_is_not_patched() -> None:
    wanted = nodes(group(taints=[{"key": "a", "effect": "NO_SCHEDULE"}]))[0]
    assert patch_of(present(wanted), wanted, wanted) == {}


def test_changed_labels_and_taints_are_patched_and_others_stay() -> None:
    applied = nodes(group(labels={"old": "1", "kept": "1"}, taints=[{"key": "old", "effect": "NO_SCHEDULE"}]))[0]
    wanted = nodes(group(labels={"kept": "2"}, taints=[{"key": "new", "effect": "NO_EXECUTE"}]))[0]
    node = present(applied)
    node.metadata.labels["somebody-elses"] = "x"
    node.spec.taints.append(SimpleNamespace(key="node.kubernetes.io/unreachable", effect="NoExecute", value=None))
    assert patch_of(node, wanted, applied) == {
        "metadata": {"labels": {"old": None, "kept": "2"}},
        "spec": {"taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}, {"key": "new", "effect": "NoExecute"}]},
    }
