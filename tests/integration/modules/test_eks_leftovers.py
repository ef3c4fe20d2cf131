# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the controllers of a cluster leave behind is found and removed, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

CONTROLLER = {"elbv2.k8s.aws/cluster": "web"}
OWNED = {"kubernetes.io/cluster/web": "owned"}


def tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def for_type(resource_type: str, tags: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ResourceType": resource_type, "Tags": tag_list(tags)}]


@dataclass
class Made:
    """An account in which controllers of the cluster `web` have worked, and others."""

    vpc: str
    left: dict[str, list[str]]
    """The leftovers, by kind."""
    other_group: str
    own_group: str


@pytest.fixture
def made(account: Emulator) -> Made:
    ec2, elbv2, elb, logs = (account.client(name) for name in ("ec2", "elbv2", "elb", "logs"))
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"ca-central-1{zone}")["Subnet"]["SubnetId"]
        for number, zone in ((1, "a"), (2, "b"))
    ]

    def group(name: str, tags: dict[str, str]) -> str:
        specification = for_type("security-group", tags or {"Name": name})
        return str(ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc, TagSpecifications=specification)["GroupId"])

    first, second = group("k8s-web", CONTROLLER), group("k8s-traffic", OWNED)
    own, other = group("nodes", {**OWNED, "stratum:layer": "security"}), group("k8s-other", {"elbv2.k8s.aws/cluster": "other"})
    for holder, named in ((first, second), (second, first), (own, second)):
        rule = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": named}]}]
        ec2.authorize_security_group_ingress(GroupId=holder, IpPermissions=rule)

    balancers = {
        name: elbv2.create_load_balancer(Name=name, Subnets=subnets, Type="network", Tags=tag_list(tags))["LoadBalancers"][0][
            "LoadBalancerArn"
        ]
        for name, tags in (("k8s-web", CONTROLLER), ("other", {"elbv2.k8s.aws/cluster": "other"}))
    }
    target = elbv2.create_target_group(Name="k8s-web", Protocol="TCP", Port=80, VpcId=vpc, Tags=tag_list(CONTROLLER))
    target_arn = target["TargetGroups"][0]["TargetGroupArn"]
    action = [{"Type": "forward", "TargetGroupArn": target_arn}]
    elbv2.create_listener(LoadBalancerArn=balancers["k8s-web"], Protocol="TCP", Port=80, DefaultActions=action)
    listeners = [{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 80}]
    elb.create_load_balancer(LoadBalancerName="classic", Listeners=listeners, Subnets=subnets[:1], Tags=tag_list(OWNED))

    interface_tags = for_type("network-interface", {"cluster.k8s.amazonaws.com/name": "web"})
    interface = ec2.create_network_interface(SubnetId=subnets[0], Groups=[first], TagSpecifications=interface_tags)
    ec2.create_network_interface(SubnetId=subnets[0])
    volume_tags = for_type("volume", {"ebs.csi.aws.com/cluster": "true", "KubernetesCluster": "web"})
    volume = ec2.create_volume(AvailabilityZone="ca-central-1a", Size=1, TagSpecifications=volume_tags)
    logs.create_log_group(logGroupName="/aws/eks/web/cluster")
    logs.create_log_group(logGroupName="/aws/eks/web/cluster-2")
    left = {
        "load_balancer": [balancers["k8s-web"]],
        "classic_load_balancer": ["classic"],
        "target_group": [target_arn],
        "network_interface": [interface["NetworkInterface"]["NetworkInterfaceId"]],
        "security_group": sorted([first, second]),
        "volume": [volume["VolumeId"]],
        "log_group": ["/aws/eks/web/cluster"],
    }
    return Made(vpc, left, other, own)


def by_kind(leftovers: list[dict[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for item in leftovers:
        found.setdefault(item["kind"], []).append(item["id"])
    return found


def test_report_remove_and_remove_again(account: Emulator, made: Made, run_module: RunModule) -> None:
    asked = {"cluster": "web", "vpc_id": made.vpc}
    before = len(account.writes())
    reported = run_module("eks_leftovers", asked)
    assert not reported.failed
    assert not reported.changed
    assert by_kind(reported["leftovers"]) == made.left
    checked = run_module("eks_leftovers", {**asked, "state": "absent"}, check=True, diff=True)
    assert checked.changed
    assert by_kind(checked["diff"]["after"]["leftovers"]) == {"volume": made.left["volume"]}
    assert len(account.writes()) == before

    removed = run_module("eks_leftovers", {**asked, "state": "absent"})
    assert removed.changed, removed.msg
    assert by_kind(removed["kept"]) == {"volume": made.left["volume"]}
    again = run_module("eks_leftovers", {**asked, "state": "absent"})
    assert not again.changed
    assert not again.failed
    assert by_kind(again["leftovers"]) == {"volume": made.left["volume"]}

    ec2 = account.client("ec2")
    groups = {group["GroupId"]: group for group in ec2.describe_security_groups()["SecurityGroups"]}
    assert {made.other_group, made.own_group} <= set(groups)
    assert groups[made.own_group]["IpPermissions"] == []
    assert [item["LoadBalancerName"] for item in account.client("elbv2").describe_load_balancers()["LoadBalancers"]] == ["other"]
    assert len(ec2.describe_network_interfaces(Filters=[{"Name": "status", "Values": ["available"]}])["NetworkInterfaces"]) == 1
    assert [item["logGroupName"] for item in account.client("logs").describe_log_groups()["logGroups"]] == ["/aws/eks/web/cluster-2"]

    assert run_module("eks_leftovers", {**asked, "state": "absent", "remove_volumes": True}).changed
    assert run_module("eks_leftovers", {"cluster": "web"})["leftovers"] == []


def test_nothing_is_removed_while_the_cluster_is_there(account: Emulator, made: Made, run_module: RunModule) -> None:
    iam, ec2 = account.client("iam"), account.client("ec2")
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"eks.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    )
    role = iam.create_role(RoleName="control-plane", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    subnets = [item["SubnetId"] for item in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [made.vpc]}])["Subnets"]]
    account.client("eks").create_cluster(name="web", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    before = len(account.writes())
    refused = run_module("eks_leftovers", {"cluster": "web", "vpc_id": made.vpc, "state": "absent"})
    assert refused.failed
    assert "Delete the cluster first" in refused.msg
    assert len(account.writes()) == before


def test_an_account_without_leftovers(account: Emulator, run_module: RunModule) -> None:
    result = run_module("eks_leftovers", {"cluster": "web", "state": "absent"})
    assert not result.failed
    assert not result.changed
    assert result["leftovers"] == []
