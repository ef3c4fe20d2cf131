# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An Auto Scaling group of instances from a launch template."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.emulator.parts import make_network
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "autoscaling_group"


def image(ec2: Any) -> str:
    return str(ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"][0]["ImageId"])


@pytest.fixture
def options(account: Any) -> dict[str, Any]:
    """Return the options of a group over three subnets."""
    network, ec2 = make_network(account), account.client("ec2")
    data = {"ImageId": image(ec2), "InstanceType": "t3.large", "SecurityGroupIds": [network.group_id]}
    template = ec2.create_launch_template(LaunchTemplateName="workers", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
    arn = account.client("elbv2").create_target_group(Name="https", Protocol="TCP", Port=30443, VpcId=network.vpc_id)
    return {
        "name": "workers",
        "launch_template_id": template,
        "launch_template_version": "1",
        "min_size": 2,
        "max_size": 6,
        "initial_capacity": 3,
        "subnet_ids": network.subnet_ids,
        "target_group_arns": [arn["TargetGroups"][0]["TargetGroupArn"]],
        "health_check_type": "EC2",
        "default_instance_warmup": 120,
        "instance_maintenance_policy": {"min_healthy_percentage": 90, "max_healthy_percentage": 120},
        "metrics": ["all"],
        "suspended_processes": ["AZRebalance"],
        "instance_refresh": {"min_healthy_percentage": 50},
        "tags": {"k8s.io/cluster-autoscaler/enabled": "true"},
    }


def groups(account: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return found


def test_it_is_made_once_and_removed_once(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    planned = run_module(MODULE, options, check=True)
    assert planned.changed, planned.msg
    assert planned["auto_scaling_group"]["desired_capacity"] == 3
    assert groups(account) == []
    first = run_module(MODULE, options)
    assert first.changed, first.msg
    (group,) = groups(account)
    assert len(group["Instances"]) == 3
    assert group["Tags"][0]["PropagateAtLaunch"] is True
    assert len(group["EnabledMetrics"]) == 8
    written = len(account.writes())
    second = run_module(MODULE, options)
    assert not second.changed, second["diff"]
    assert len(account.writes()) == written
    assert second["auto_scaling_group"] == first["auto_scaling_group"]
    gone = {"name": "workers", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(groups(account)) == 1
    assert run_module(MODULE, gone).changed
    assert groups(account) == []
    assert not run_module(MODULE, gone).changed


def test_everything_that_can_change_does(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    wanted = {
        **options,
        "min_size": 4,
        "subnet_ids": options["subnet_ids"][:2],
        "target_group_arns": [],
        "default_cooldown": 60,
        "default_instance_warmup": -1,
        "max_instance_lifetime": 604800,
        "instance_maintenance_policy": {},
        "metrics": ["GroupTotalInstances", "GroupMaxSize"],
        "suspended_processes": [],
        "propagate_tags": False,
        "tags": {"Name": "workers"},
    }
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"]["before"]["min_size"] == 2
    assert checked["diff"]["after"]["desired_capacity"] == 4
    assert groups(account)[0]["MinSize"] == 2
    changed = run_module(MODULE, wanted)
    assert changed.changed, changed.msg
    assert not run_module(MODULE, wanted).changed
    (group,) = groups(account)
    assert (group["MinSize"], group["DesiredCapacity"], len(group["Instances"])) == (4, 4, 4)
    assert (group["DefaultCooldown"], group["MaxInstanceLifetime"]) == (60, 604800)
    assert sorted(metric["Metric"] for metric in group["EnabledMetrics"]) == ["GroupMaxSize", "GroupTotalInstances"]
    assert [(tag["Key"], tag["PropagateAtLaunch"]) for tag in group["Tags"]] == [("Name", False)]
    assert (group["TargetGroupARNs"], group["SuspendedProcesses"]) == ([], [])
    assert "InstanceMaintenancePolicy" not in group


def test_an_autoscalers_number_stays_and_a_new_version_comes_step_by_step(
    account: Any, run_module: RunModule, options: dict[str, Any]
) -> None:
    run_module(MODULE, options)
    scaling, ec2 = account.client("autoscaling"), account.client("ec2")
    scaling.set_desired_capacity(AutoScalingGroupName="workers", DesiredCapacity=5)
    assert not run_module(MODULE, options).changed
    ec2.create_launch_template_version(
        LaunchTemplateId=options["launch_template_id"],
        SourceVersion="1",
        LaunchTemplateData={"InstanceType": "t3.xlarge", "ImageId": image(ec2)},
    )
    newer = {**options, "launch_template_version": "2"}
    changed = run_module(MODULE, newer)
    assert changed.changed, changed.msg
    assert len(changed["outdated"]) == 5
    assert {each["LaunchTemplate"]["Version"] for each in groups(account)[0]["Instances"]} == {"2"}
    (refresh,) = scaling.describe_instance_refreshes(AutoScalingGroupName="workers")["InstanceRefreshes"]
    assert refresh["Preferences"] == {"MinHealthyPercentage": 50, "SkipMatching": True}
    again = run_module(MODULE, newer)
    assert not again.changed
    assert again["outdated"] == []


def test_bad_input(run_module: RunModule, options: dict[str, Any]) -> None:
    assert "a new group needs launch_template_id, min_size" in run_module(MODULE, {"name": "workers"}).msg
    assert "must be between" in run_module(MODULE, {**options, "initial_capacity": 9}).msg
