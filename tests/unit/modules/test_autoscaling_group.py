# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What differs of an Auto Scaling group, and which instances are out of date."""

from __future__ import annotations

from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._autoscaling import (
    SETTINGS,
    group_changes,
    group_document,
    outdated,
    propagation,
    refreshing,
    wanted_metrics,
)

FOUND: dict[str, Any] = {
    "AutoScalingGroupName": "workers",
    "AutoScalingGroupARN": "arn",
    "LaunchTemplate": {"LaunchTemplateId": "lt-1", "Version": "2"},
    "MinSize": 2,
    "MaxSize": 6,
    "DesiredCapacity": 3,
    "VPCZoneIdentifier": "subnet-2,subnet-1",
    "TargetGroupARNs": ["b", "a"],
    "EnabledMetrics": [{"Metric": "GroupMinSize", "Granularity": "1Minute"}],
    "Tags": [{"Key": "Name", "Value": "workers", "PropagateAtLaunch": True}, {"Key": "theirs", "Value": "1", "PropagateAtLaunch": False}],
    "Instances": [
        {"InstanceId": f"i-{number}", "AvailabilityZone": "a", "LifecycleState": "InService", "HealthStatus": "Healthy"}
        | {"LaunchTemplate": {"Version": version}}
        for number, version in ((1, "1"), (2, "2"))
    ],
}


def options(**wanted: Any) -> dict[str, Any]:
    lists = ("launch_template_id", "launch_template_version", "subnet_ids", "target_group_arns", "suspended_processes", "metrics")
    return {**dict.fromkeys([*SETTINGS, *lists, "instance_maintenance_policy"]), **wanted}


def test_order_and_what_nobody_asked_for_are_no_difference() -> None:
    current = group_document(FOUND, None)
    assert group_changes(current, options()) == {}
    assert group_changes(current, options(subnet_ids=["subnet-1", "subnet-2"], target_group_arns=["a", "b"], max_instance_lifetime=0)) == {}
    assert group_changes(current, options(launch_template_version="3")) == {"launch_template_version": "3"}


def test_the_capacity_moves_only_to_stay_within_bounds() -> None:
    current = group_document(FOUND, None)
    assert group_changes(current, options(min_size=1, max_size=3)) == {"min_size": 1, "max_size": 3}
    assert group_changes(current, options(min_size=4))["desired_capacity"] == 4
    assert group_changes(current, options(max_size=2))["desired_capacity"] == 2


def test_a_maintenance_policy_is_set_whole_and_cleared() -> None:
    policy = {"min_healthy_percentage": 90, "max_healthy_percentage": 120}
    found = {**FOUND, "InstanceMaintenancePolicy": {"MinHealthyPercentage": 90, "MaxHealthyPercentage": 120}}
    assert group_changes(group_document(found, None), options(instance_maintenance_policy=policy)) == {}
    cleared = options(instance_maintenance_policy={"min_healthy_percentage": None, "max_healthy_percentage": None})
    assert group_changes(group_document(found, None), cleared) == {"instance_maintenance_policy": None}
    assert group_changes(group_document(FOUND, None), cleared) == {}


def test_metrics_by_their_names_or_all() -> None:
    assert wanted_metrics(None) is None
    assert len(wanted_metrics(["all"]) or []) == 8
    assert group_changes(group_document(FOUND, None), options(metrics=["GroupMinSize"])) == {}
    assert group_changes(group_document(FOUND, None), options(metrics=[])) == {"metrics": []}


def test_tags_of_others_keep_their_way() -> None:
    current = group_document(FOUND, None)
    assert propagation(current, None, True) == {}
    assert propagation(current, {"Name": "workers"}, True) == {}
    assert propagation(current, {"Name": "workers"}, False) == {"propagated_tags": []}
    assert propagation(current, {"theirs": "1"}, True) == {"propagated_tags": ["Name", "theirs"]}


def test_which_instances_are_out_of_date() -> None:
    current = group_document(FOUND, {"InstanceRefreshId": "1", "Status": "InProgress"})
    assert outdated(current, "2") == ["i-1"]
    assert outdated(current, "$Latest") == []
    assert refreshing(current)
    assert not refreshing(group_document(FOUND, {"InstanceRefreshId": "1", "Status": "Failed"}))
