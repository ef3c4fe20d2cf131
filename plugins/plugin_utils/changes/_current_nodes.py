# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the writes of Auto Scaling groups and of EFS change: rows of the table, and rules for what a row cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import ABSENT, Change, Manner, compare
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part, Row

Given = Mapping[str, Any]
_NAME: Final = "AutoScalingGroupName"
_GROUP: Final[dict[str, Any]] = {"read": "DescribeAutoScalingGroups", "ask": {"AutoScalingGroupNames": f"[{_NAME}]"}}
_SYSTEM: Final[dict[str, Any]] = {"read": "DescribeFileSystems", "ask": {"FileSystemId": "FileSystemId"}, "current": "FileSystems[0]"}


def _of_group(read: Reader, given: Given) -> Mapping[str, Any]:
    groups = read("DescribeAutoScalingGroups", AutoScalingGroupNames=[given[_NAME]]).get("AutoScalingGroups") or [{}]
    found: Mapping[str, Any] = groups[0]
    return found


def _scaling_tags(read: Reader, given: Given) -> Iterator[Change]:
    """Yield the tags of groups, which have operations of their own; a tag that goes has no value."""
    for tag in given["Tags"]:
        groups = read("DescribeAutoScalingGroups", AutoScalingGroupNames=[tag["ResourceId"]]).get("AutoScalingGroups") or [{}]
        there = {each["Key"]: each.get("Value") for each in groups[0].get("Tags") or []}
        yield from compare(there.get(tag["Key"], ABSENT), tag.get("Value", ABSENT), f"tags.{tag['Key']}", Manner())


def _gone_scaling_tags(read: Reader, given: Given) -> Iterator[Change]:
    bare = [{key: value for key, value in tag.items() if key != "Value"} for tag in given["Tags"]]
    yield from _scaling_tags(read, {**given, "Tags": bare})


def _metrics(joins: bool) -> Row:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        old = sorted(each["Metric"] for each in _of_group(read, given).get("EnabledMetrics") or [])
        named = given.get("Metrics") or ([] if joins else old)
        new = sorted({*old, *named}) if joins else [each for each in old if each not in named]
        yield from compare(old, new, "metrics", Manner())

    return rule


def _listed(parameter: str, current: str, name: str, *, joins: bool) -> Row:
    """Return the rule for something that joins or leaves a list of the group."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        old = sorted(each["ProcessName"] if isinstance(each, Mapping) else each for each in _of_group(read, given).get(current) or [])
        named = given.get(parameter) or []
        new = sorted({*old, *named}) if joins else [each for each in old if each not in named]
        yield from compare(old, new, name, Manner())

    return rule


ROWS: Final[dict[str, Row]] = {
    "autoscaling:AttachLoadBalancerTargetGroups": _listed("TargetGroupARNs", "TargetGroupARNs", "target_groups", joins=True),
    "autoscaling:CreateOrUpdateTags": _scaling_tags,
    "autoscaling:DeleteTags": _gone_scaling_tags,
    "autoscaling:DetachLoadBalancerTargetGroups": _listed("TargetGroupARNs", "TargetGroupARNs", "target_groups", joins=False),
    "autoscaling:DisableMetricsCollection": _metrics(joins=False),
    "autoscaling:EnableMetricsCollection": _metrics(joins=True),
    "autoscaling:PutScalingPolicy": Fields(
        read="DescribePolicies",
        ask={_NAME: _NAME, "PolicyNames": "[PolicyName]"},
        current="ScalingPolicies[0]",
        apart=frozenset({_NAME, "PolicyName"}),
    ),
    "autoscaling:ResumeProcesses": _listed("ScalingProcesses", "SuspendedProcesses", "suspended_processes", joins=False),
    "autoscaling:SetDesiredCapacity": Fields(
        **_GROUP, current="AutoScalingGroups[0]", apart=frozenset({_NAME, "HonorCooldown"}), rename={}
    ),
    "autoscaling:SuspendProcesses": _listed("ScalingProcesses", "SuspendedProcesses", "suspended_processes", joins=True),
    "autoscaling:UpdateAutoScalingGroup": Fields(
        **_GROUP,
        current="AutoScalingGroups[0]",
        apart=frozenset({_NAME, "SkipZonalShiftValidation"}),
    ),
    "efs:ModifyMountTargetSecurityGroups": Part(
        name="security_groups",
        read="DescribeMountTargetSecurityGroups",
        ask={"MountTargetId": "MountTargetId"},
        current="SecurityGroups",
        new="SecurityGroups",
    ),
    "efs:PutBackupPolicy": Part(
        name="backup",
        read="DescribeBackupPolicy",
        ask={"FileSystemId": "FileSystemId"},
        current="BackupPolicy.Status",
        new="BackupPolicy.Status",
    ),
    "efs:PutLifecycleConfiguration": Part(
        name="lifecycle",
        read="DescribeLifecycleConfiguration",
        ask={"FileSystemId": "FileSystemId"},
        current="LifecyclePolicies",
        new="LifecyclePolicies",
    ),
    "efs:UpdateFileSystem": Fields(**_SYSTEM, apart=frozenset({"FileSystemId"})),
}
"""`service:Operation` → how what it changes is found."""
