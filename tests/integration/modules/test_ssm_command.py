# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command on an instance, and another number of instances."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.emulator.parts import make_network, make_role
from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration


def image(ec2: Any) -> str:
    return str(ec2.describe_images(Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"][0]["ImageId"])


def test_a_command_runs_where_systems_manager_reaches(account: Any, run_module: RunModule) -> None:
    network, ec2, iam, ssm = make_network(account), account.client("ec2"), account.client("iam"), account.client("ssm")
    make_role(account, "node", "ec2.amazonaws.com")
    iam.create_instance_profile(InstanceProfileName="node")
    iam.add_role_to_instance_profile(InstanceProfileName="node", RoleName="node")
    where = {"ImageId": image(ec2), "InstanceType": "t3.medium", "SubnetId": network.subnet_ids[0], "MinCount": 1, "MaxCount": 1}
    node = ec2.run_instances(**where, IamInstanceProfile={"Name": "node"})["Instances"][0]["InstanceId"]
    options = {"instance_id": node, "commands": ["uptime"], "comment": "a look"}
    assert run_module("ssm_command", options, check=True).changed
    assert ssm.list_commands()["Commands"] == []
    done = run_module("ssm_command", options)
    assert (done.changed, done["status"], done["response_code"]) == (True, "Success", 0), done.msg
    (command,) = ssm.list_commands()["Commands"]
    assert (command["Parameters"]["commands"], command["Comment"]) == (["uptime"], "a look")
    bare = ec2.run_instances(**where)["Instances"][0]["InstanceId"]
    for other in (bare, "i-00000000000000000"):
        refused = run_module("ssm_command", {**options, "instance_id": other})
        assert "its agent has not reached Systems Manager" in refused.msg


def test_a_group_gets_another_number_within_its_bounds(account: Any, run_module: RunModule) -> None:
    network, ec2, scaling = make_network(account), account.client("ec2"), account.client("autoscaling")
    data = {"ImageId": image(ec2), "InstanceType": "t3.large"}
    template = ec2.create_launch_template(LaunchTemplateName="workers", LaunchTemplateData=data)["LaunchTemplate"]["LaunchTemplateId"]
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="workers",
        LaunchTemplate={"LaunchTemplateId": template},
        VPCZoneIdentifier=network.subnet_ids[0],
        MinSize=1,
        MaxSize=3,
    )

    def sizes() -> tuple[int, int, int]:
        (group,) = scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
        return group["MinSize"], group["DesiredCapacity"], group["MaxSize"]

    module = "autoscaling_group_scaling"
    assert run_module(module, {"name": "workers", "desired_capacity": 2}, check=True).changed
    assert sizes() == (1, 1, 3)
    assert run_module(module, {"name": "workers", "desired_capacity": 2})["previous"]["desired_capacity"] == 1
    assert sizes() == (1, 2, 3)
    assert not run_module(module, {"name": "workers", "desired_capacity": 2}).changed
    assert "must be within min_size 1 and max_size 3" in run_module(module, {"name": "workers", "desired_capacity": 5}).msg
    assert run_module(module, {"name": "workers", "desired_capacity": 5, "max_size": 5}).changed
    assert sizes() == (1, 5, 5)
    assert "there is none" in run_module(module, {"name": "others", "desired_capacity": 1}).msg
