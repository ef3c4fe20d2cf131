# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling groups: what their instances are launched from and where, bounds, refreshes, deletion."""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator

from .parts import Network, make_network, make_role, refused

pytestmark = pytest.mark.integration


def template(account: Emulator, network: Network) -> str:
    """Make a launch template that says everything that an instance can take from one."""
    make_role(account, "worker", "ec2.amazonaws.com")
    iam, ec2 = account.client("iam"), account.client("ec2")
    iam.create_instance_profile(InstanceProfileName="worker")
    iam.add_role_to_instance_profile(InstanceProfileName="worker", RoleName="worker")
    data: dict[str, Any] = {
        "ImageId": image(ec2),
        "InstanceType": "t3.large",
        "IamInstanceProfile": {"Name": "worker"},
        "SecurityGroupIds": [network.group_id],
        "MetadataOptions": {"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 40, "VolumeType": "gp3", "Encrypted": True}}],
        "TagSpecifications": [{"ResourceType": kind, "Tags": [{"Key": "of", "Value": kind}]} for kind in ("instance", "volume")],
    }
    return str(ec2.create_launch_template(LaunchTemplateName="worker", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"])


def image(ec2: Any) -> str:
    images = ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"]
    return str(images[0]["ImageId"])


def group(account: Emulator, network: Network, identifier: str, **more: Any) -> Any:
    scaling = account.client("autoscaling")
    sizes = {"MinSize": 1, "MaxSize": 6, "DesiredCapacity": 3}
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="workers",
        LaunchTemplate={"LaunchTemplateId": identifier, "Version": "1"},
        VPCZoneIdentifier=",".join(network.subnet_ids),
        Tags=[{"Key": "cluster", "Value": "one", "PropagateAtLaunch": True, "ResourceId": "workers", "ResourceType": "auto-scaling-group"}],
        **sizes | more,
    )
    return scaling


def described(scaling: Any) -> Any:
    return scaling.describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])["AutoScalingGroups"][0]


def instances(account: Emulator, scaling: Any) -> list[dict[str, Any]]:
    ids = [instance["InstanceId"] for instance in described(scaling)["Instances"]]
    found = account.client("ec2").describe_instances(InstanceIds=ids)["Reservations"]
    return [instance for reservation in found for instance in reservation["Instances"]]


def test_instances_are_spread_over_the_subnets_and_take_everything_from_the_template(account: Emulator) -> None:
    network = make_network(account)
    scaling = group(account, network, template(account, network), DefaultInstanceWarmup=120, MaxInstanceLifetime=604800)
    workers = instances(account, scaling)
    assert sorted(worker["SubnetId"] for worker in workers) == sorted(network.subnet_ids)
    for worker in workers:
        assert worker["InstanceType"] == "t3.large"
        assert worker["MetadataOptions"]["HttpTokens"] == "required"
        assert worker["IamInstanceProfile"]["Arn"].endswith(":instance-profile/worker")
        assert [each["GroupId"] for each in worker["SecurityGroups"]] == [network.group_id]
        tags = {tag["Key"]: tag["Value"] for tag in worker["Tags"]}
        assert tags.items() >= {"cluster": "one", "of": "instance", "aws:autoscaling:groupName": "workers"}.items()
        (device,) = worker["BlockDeviceMappings"]
        (volume,) = account.client("ec2").describe_volumes(VolumeIds=[device["Ebs"]["VolumeId"]])["Volumes"]
        assert (volume["Size"], volume["VolumeType"], volume["Encrypted"]) == (40, "gp3", True)
        assert volume["Tags"] == [{"Key": "of", "Value": "volume"}]
    found = described(scaling)
    assert (found["DefaultInstanceWarmup"], found["MaxInstanceLifetime"]) == (120, 604800)
    assert {each["LaunchTemplate"]["Version"] for each in found["Instances"]} == {"1"}


def test_bounds_names_and_metrics_are_checked(account: Emulator) -> None:
    network = make_network(account)
    identifier = template(account, network)
    with refused("ValidationError", "must be between"):
        group(account, network, identifier, DesiredCapacity=7)
    scaling = group(account, network, identifier)
    with refused("AlreadyExists"):
        group(account, network, identifier)
    with refused("ValidationError", "above max"):
        scaling.set_desired_capacity(AutoScalingGroupName="workers", DesiredCapacity=7)
    scaling.update_auto_scaling_group(AutoScalingGroupName="workers", MinSize=4, TerminationPolicies=["OldestInstance"], DefaultCooldown=60)
    found = described(scaling)
    assert (found["DesiredCapacity"], len(found["Instances"]), found["DefaultCooldown"]) == (4, 4, 60)
    assert found["TerminationPolicies"] == ["OldestInstance"]
    scaling.enable_metrics_collection(AutoScalingGroupName="workers", Granularity="1Minute")
    assert len(described(scaling)["EnabledMetrics"]) == 20
    scaling.disable_metrics_collection(AutoScalingGroupName="workers", Metrics=["GroupMinSize"])
    assert len(described(scaling)["EnabledMetrics"]) == 19
    scaling.disable_metrics_collection(AutoScalingGroupName="workers")
    assert described(scaling)["EnabledMetrics"] == []


def test_what_was_ended_by_hand_is_replaced_and_leaves_its_target_group(account: Emulator) -> None:
    network = make_network(account)
    balancers = account.client("elbv2")
    arn = balancers.create_target_group(Name="https", Protocol="TCP", Port=30443, VpcId=network.vpc_id)["TargetGroups"][0]["TargetGroupArn"]
    scaling = group(account, network, template(account, network), TargetGroupARNs=[arn])
    first = described(scaling)["Instances"][0]["InstanceId"]
    account.client("ec2").terminate_instances(InstanceIds=[first])
    now = {each["InstanceId"] for each in described(scaling)["Instances"]}
    assert first not in now
    assert len(now) == 3

    def targets() -> set[str]:
        return {each["Target"]["Id"] for each in balancers.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]}

    assert targets() == now
    scaling.set_desired_capacity(AutoScalingGroupName="workers", DesiredCapacity=1)
    assert len(targets()) == 1


def test_a_refresh_brings_the_new_version_and_is_alone(start_emulator: StartEmulator) -> None:
    account = start_emulator(delays="fast")
    network = make_network(account)
    identifier = template(account, network)
    scaling, ec2 = group(account, network, identifier), account.client("ec2")
    newer = {"InstanceType": "t3.xlarge", "ImageId": image(ec2), "UserData": base64.b64encode(b"#!/bin/sh").decode()}
    ec2.create_launch_template_version(LaunchTemplateId=identifier, SourceVersion="1", LaunchTemplateData=newer)
    scaling.update_auto_scaling_group(AutoScalingGroupName="workers", LaunchTemplate={"LaunchTemplateId": identifier, "Version": "2"})
    refresh = scaling.start_instance_refresh(AutoScalingGroupName="workers", Preferences={"MinHealthyPercentage": 50, "SkipMatching": True})
    with refused("InstanceRefreshInProgress"):
        scaling.start_instance_refresh(AutoScalingGroupName="workers")
    (seen,) = scaling.describe_instance_refreshes(AutoScalingGroupName="workers")["InstanceRefreshes"]
    assert (seen["InstanceRefreshId"], seen["Status"]) == (refresh["InstanceRefreshId"], "InProgress")
    time.sleep(1)
    (seen,) = scaling.describe_instance_refreshes(AutoScalingGroupName="workers")["InstanceRefreshes"]
    assert (seen["Status"], seen["PercentageComplete"]) == ("Successful", 100)
    assert {each["LaunchTemplate"]["Version"] for each in described(scaling)["Instances"]} == {"2"}
    with refused("ActiveInstanceRefreshNotFound"):
        scaling.cancel_instance_refresh(AutoScalingGroupName="workers")


def test_a_group_with_instances_goes_only_by_force(start_emulator: StartEmulator) -> None:
    account = start_emulator(delays="fast")
    network = make_network(account)
    scaling = group(account, network, template(account, network))
    with refused("ResourceInUse"):
        scaling.delete_auto_scaling_group(AutoScalingGroupName="workers")
    scaling.delete_auto_scaling_group(AutoScalingGroupName="workers", ForceDelete=True)
    assert described(scaling)["Status"] == "Delete in progress"
    time.sleep(1.2)
    assert scaling.describe_auto_scaling_groups()["AutoScalingGroups"] == []
