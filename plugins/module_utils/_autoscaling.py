# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Auto Scaling groups: the document, and what differs from what is wanted.  Pure, private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given

Document = dict[str, Any]

# Options that UpdateAutoScalingGroup takes as they are, by AWS's names.
SETTINGS: Final = {
    "min_size": "MinSize",
    "max_size": "MaxSize",
    "health_check_type": "HealthCheckType",
    "health_check_grace_period": "HealthCheckGracePeriod",
    "default_cooldown": "DefaultCooldown",
    "default_instance_warmup": "DefaultInstanceWarmup",
    "max_instance_lifetime": "MaxInstanceLifetime",
    "protect_from_scale_in": "NewInstancesProtectedFromScaleIn",
    "capacity_rebalance": "CapacityRebalance",
    "termination_policies": "TerminationPolicies",
}
ACTIVE_REFRESH: Final = ("Pending", "InProgress", "Cancelling", "RollbackInProgress", "Baking")
ALL_METRICS: Final = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
)


def group_document(found: Mapping[str, Any], refresh: Mapping[str, Any] | None) -> Document:
    """Return a group as AWS describes it as the module returns it."""
    template = found.get("LaunchTemplate") or {}
    policy = found.get("InstanceMaintenancePolicy") or {}
    tags = found.get("Tags") or []
    return {
        "name": found["AutoScalingGroupName"],
        "arn": found["AutoScalingGroupARN"],
        "status": found.get("Status"),
        "launch_template_id": template.get("LaunchTemplateId"),
        "launch_template_version": template.get("Version"),
        "desired_capacity": found["DesiredCapacity"],
        "subnet_ids": sorted(filter(None, (found.get("VPCZoneIdentifier") or "").split(","))),
        "target_group_arns": sorted(found.get("TargetGroupARNs") or []),
        **{option: found.get(name) for option, name in SETTINGS.items()},
        "instance_maintenance_policy": {
            "min_healthy_percentage": policy["MinHealthyPercentage"],
            "max_healthy_percentage": policy["MaxHealthyPercentage"],
        }
        if policy
        else None,
        "metrics": sorted(metric["Metric"] for metric in found.get("EnabledMetrics") or []),
        "suspended_processes": sorted(process["ProcessName"] for process in found.get("SuspendedProcesses") or []),
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
        "propagated_tags": sorted(tag["Key"] for tag in tags if tag.get("PropagateAtLaunch")),
        "instances": [
            {
                "instance_id": instance["InstanceId"],
                "availability_zone": instance["AvailabilityZone"],
                "lifecycle_state": instance["LifecycleState"],
                "health_status": instance["HealthStatus"],
                "launch_template_version": (instance.get("LaunchTemplate") or {}).get("Version"),
            }
            for instance in found.get("Instances") or []
        ],
        "refresh": {"id": refresh["InstanceRefreshId"], "status": refresh["Status"], "percent": refresh.get("PercentageComplete", 0)}
        if refresh
        else None,
    }


def wanted_metrics(metrics: Sequence[str] | None) -> list[str] | None:
    """Return the metrics that are to be on; `all` is those of the group itself."""
    if metrics is None:
        return None
    return sorted({each for metric in metrics for each in (ALL_METRICS if metric == "all" else (metric,))})


def group_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs of a group, its tags and its instances apart.

    The desired capacity belongs to whoever scales the group: it changes only to stay within the bounds.
    """
    wanted: Document = {key: options.get(key) for key in SETTINGS}
    wanted |= {key: options.get(key) for key in ("launch_template_id", "subnet_ids", "target_group_arns", "suspended_processes")}
    wanted["launch_template_version"] = None if options.get("launch_template_version") is None else str(options["launch_template_version"])
    wanted["metrics"] = wanted_metrics(options.get("metrics"))
    # What AWS gives when it was cleared.
    cleared = {key: value for key, value in (("max_instance_lifetime", 0), ("default_instance_warmup", -1)) if wanted[key] == value}
    wanted |= {key: None for key in cleared if current.get(key) is None}
    changes = differing(current, wanted, unordered=("subnet_ids", "target_group_arns", "suspended_processes", "metrics"))
    policy = options.get("instance_maintenance_policy")
    if policy is not None and (given(policy) or None) != current.get("instance_maintenance_policy"):
        changes["instance_maintenance_policy"] = given(policy) or None
    least, most = (changes.get(key, current.get(key)) for key in ("min_size", "max_size"))
    capacity = min(max(current["desired_capacity"], least), most)
    if capacity != current["desired_capacity"]:
        changes["desired_capacity"] = capacity
    return changes


def propagation(current: Mapping[str, Any], tags: Mapping[str, Any] | None, propagate: bool) -> Document:
    """Return which tags instances are to be launched with, if that differs for the tags that are wanted."""
    if tags is None:
        return {}
    others = [key for key in current["propagated_tags"] if key not in tags]
    wanted = sorted([*others, *(tags if propagate else ())])
    return {} if wanted == current["propagated_tags"] else {"propagated_tags": wanted}


def outdated(current: Mapping[str, Any], version: str | None) -> list[str]:
    """Return the instances that were launched from another version of the template than the group has."""
    if version is None or not str(version).isdigit():
        return []
    known = [instance for instance in current["instances"] if instance["launch_template_version"] is not None]
    return sorted(instance["instance_id"] for instance in known if str(instance["launch_template_version"]) != str(version))


def refreshing(current: Mapping[str, Any]) -> bool:
    """Return whether the group's instances are being replaced at this moment."""
    return bool(current.get("refresh")) and current["refresh"]["status"] in ACTIVE_REFRESH
