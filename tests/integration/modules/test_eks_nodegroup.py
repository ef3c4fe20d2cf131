# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A managed node group over its whole life."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "eks_nodegroup"
KEY = {"cluster_name": "web", "name": "web-nodes"}


def role(account: Any, name: str, service: str) -> str:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    arn: str = account.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    return arn


def new_version(account: Any, template: str, hop_limit: int) -> str:
    answer = account.client("ec2").create_launch_template_version(
        LaunchTemplateId=template,
        LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": hop_limit}},
    )
    return str(answer["LaunchTemplateVersion"]["VersionNumber"])


@pytest.fixture
def options(account: Any) -> dict[str, Any]:
    """Return the options of a node group whose cluster, role, subnets and launch template exist."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{ec2.meta.region_name}{zone}")["Subnet"]["SubnetId"]
        for index, zone in enumerate("ab")
    ]
    account.client("eks").create_cluster(
        name="web", version="1.32", roleArn=role(account, "cluster", "eks.amazonaws.com"), resourcesVpcConfig={"subnetIds": subnets}
    )
    template = ec2.create_launch_template(
        LaunchTemplateName="web-nodes", LaunchTemplateData={"MetadataOptions": {"HttpTokens": "required"}}
    )["LaunchTemplate"]["LaunchTemplateId"]
    return {
        **KEY,
        "role_arn": role(account, "nodes", "ec2.amazonaws.com"),
        "subnet_ids": subnets,
        "instance_types": ["t3.medium"],
        "ami_type": "AL2023_x86_64_STANDARD",
        "capacity_type": "ON_DEMAND",
        "scaling": {"min_size": 1, "max_size": 4, "desired_size": 2},
        "launch_template": {"id": template, "version": "1"},
        "labels": {"pool": "web"},
        "tags": {"team": "platform", "cost": 7},
    }


def stored(account: Any) -> dict[str, Any]:
    answer: dict[str, Any] = account.client("eks").describe_nodegroup(clusterName="web", nodegroupName="web-nodes")["nodegroup"]
    return answer


def test_creates_and_then_changes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    first = run_module(MODULE, options)
    assert first.changed, first
    assert first["nodegroup"]["scaling"] == {"min_size": 1, "max_size": 4, "desired_size": 2}
    assert first["nodegroup"]["tags"] == {"team": "platform", "cost": "7"}
    assert first["nodegroup"]["launch_template"] == options["launch_template"]
    assert stored(account)["status"] == "ACTIVE"
    again = run_module(MODULE, options)
    assert not again.failed, again
    assert not again.changed
    assert again["nodegroup"] == first["nodegroup"]


def test_the_size_that_an_autoscaler_chose_stays(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    account.client("eks").update_nodegroup_config(clusterName="web", nodegroupName="web-nodes", scalingConfig={"desiredSize": 4})
    assert not run_module(MODULE, options).changed
    assert stored(account)["scalingConfig"]["desiredSize"] == 4
    smaller = {**options, "scaling": {"min_size": 1, "max_size": 3, "desired_size": 2}}
    assert run_module(MODULE, smaller).changed
    assert stored(account)["scalingConfig"] == {"minSize": 1, "maxSize": 3, "desiredSize": 3}


def test_changes_what_differs(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    version = new_version(account, options["launch_template"]["id"], 1)
    wanted = {
        **options,
        "launch_template": {"id": options["launch_template"]["id"], "version": version},
        "scaling": {"min_size": 2, "max_size": 5},
        "update_config": {"max_unavailable_percentage": 50},
        "labels": {"pool": "api"},
        "taints": [{"key": "dedicated", "value": "api", "effect": "NO_SCHEDULE"}],
        "tags": {"team": "data"},
    }
    planned = run_module(MODULE, wanted, check=True, diff=True)
    assert planned["diff"]["before"]["labels"] == {"pool": "web"}
    assert stored(account)["labels"] == {"pool": "web"}
    result = run_module(MODULE, wanted)
    assert result.changed, result
    assert {key: result["nodegroup"][key] for key in planned["diff"]["after"]} == planned["diff"]["after"]
    group = stored(account)
    assert group["launchTemplate"]["version"] == version
    assert group["updateConfig"]["maxUnavailablePercentage"] == 50
    assert group["labels"] == {"pool": "api"}
    assert group["taints"] == wanted["taints"]
    assert group["tags"] == {"team": "data"}
    again = run_module(MODULE, wanted)
    assert not again.failed, again
    assert not again.changed


def test_check_mode_says_what_would_be_and_writes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    result = run_module(MODULE, options, check=True)
    assert result.changed, result
    assert result["nodegroup"]["scaling"]["desired_size"] == 2
    assert account.client("eks").list_nodegroups(clusterName="web")["nodegroups"] == []


def test_absent_and_absent_again(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    gone = {**KEY, "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert stored(account)["status"] == "ACTIVE"
    result = run_module(MODULE, gone)
    assert result.changed, result
    assert result["nodegroup"] is None
    assert account.client("eks").list_nodegroups(clusterName="web")["nodegroups"] == []
    assert not run_module(MODULE, gone).changed
    assert not run_module(MODULE, {**gone, "cluster_name": "never-was"}).changed


def test_an_error_names_resource_and_cure(run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    refused = run_module(MODULE, {**options, "instance_types": ["t3.large"]})
    assert refused.failed
    assert refused.msg.startswith("EKS node group web-nodes of web: instance_types is ['t3.medium']")
    unknown = run_module(MODULE, {**KEY, "name": "other"})
    assert unknown.failed
    assert "Set role_arn and subnet_ids" in unknown.msg
