# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Auto Scaling groups: where and from what their instances are launched, their bounds, and how they change and go.

Moto launches everything in the first subnet from the template's default version, forgets the profile and interface of the template,
most of what a group can be updated with, and instances that somebody ends by hand. It takes names twice and any desired capacity,
deletes groups that have instances, and leaves what it ends in the target groups. Instance refreshes are in `_autoscaling_refresh.py`.
"""

from __future__ import annotations

from typing import Any, Final

from tests.emulator import delays

from . import _autoscaling_refresh, _ec2_instances, _ec2_launch
from ._patching import put, wrap

METRICS: Final = (
    "GroupMinSize",
    "GroupMaxSize",
    "GroupDesiredCapacity",
    "GroupInServiceInstances",
    "GroupPendingInstances",
    "GroupStandbyInstances",
    "GroupTerminatingInstances",
    "GroupTotalInstances",
    "GroupInServiceCapacity",
    "GroupPendingCapacity",
    "GroupStandbyCapacity",
    "GroupTerminatingCapacity",
    "GroupTotalCapacity",
    "WarmPoolDesiredCapacity",
    "WarmPoolWarmedCapacity",
    "WarmPoolPendingCapacity",
    "WarmPoolTerminatingCapacity",
    "WarmPoolTotalCapacity",
    "GroupAndWarmPoolDesiredCapacity",
    "GroupAndWarmPoolTotalCapacity",
)
_GONE: Final = ("shutting-down", "terminated")
_LEAVING: Final = "Delete in progress"
# Parameter -> attribute of moto's group, for what moto does not take over from a request.
_KEPT: Final = {
    "CapacityRebalance": "capacity_rebalance",
    "DefaultCooldown": "default_cooldown",
    "PlacementGroup": "placement_group",
    "TerminationPolicies": "termination_policies",
    "DesiredCapacityType": "desired_capacity_type",
}
# The same, with the value that clears the setting.
_CLEARED: Final = {"MaxInstanceLifetime": ("max_instance_lifetime", 0), "DefaultInstanceWarmup": ("default_instance_warmup", -1)}


def error(code: str, message: str) -> Exception:
    """Return an error of the service."""
    from moto.autoscaling.exceptions import AutoscalingClientError

    return AutoscalingClientError(code, message)


# -- Instances -------------------------------------------------------------------------------------------


def _check_template(backend: Any, data: dict[str, Any]) -> None:
    from moto.core.exceptions import ServiceException

    try:
        image = _ec2_launch._checked_image(backend, data.get("ImageId"))
        _ec2_launch._check(backend, image, data.get("InstanceType"), data.get("KeyName"))
    except ServiceException as problem:
        raise error("ValidationError", f"You must use a valid fully-formed launch template. {problem.message}") from problem


def _groups_of(data: dict[str, Any]) -> list[str]:
    interfaces = data.get("NetworkInterfaces") or []
    return list(data.get("SecurityGroupIds") or [group for interface in interfaces for group in interface.get("Groups") or []])


def _emptiest(group: Any) -> str | None:
    """Return the subnet of a group that has the fewest of its instances: AWS keeps zones in balance."""
    if not group.vpc_zone_identifier:
        return None
    used = [state.instance.subnet_id for state in group.instance_states]
    subnets: list[str] = group.vpc_zone_identifier.split(",")
    return min(subnets, key=used.count)


def _launch(_original: Any, self: Any, count_needed: int, propagated_tags: dict[str, str]) -> None:
    from moto.autoscaling.models import InstanceState

    backend = self.autoscaling_backend.ec2_backend
    version = self.ec2_launch_template.get_version(self.launch_template_version) if self.ec2_launch_template else None
    data: dict[str, Any] = version.data if version else {}
    if version:
        _check_template(backend, data)
    tags = {**propagated_tags, "aws:autoscaling:groupName": self.name}
    if version:
        tags |= {"aws:ec2launchtemplate:id": self.ec2_launch_template.id, "aws:ec2launchtemplate:version": str(version.number)}
    interfaces = data.get("NetworkInterfaces") or [{}]
    for _number in range(count_needed):
        subnet = _emptiest(self)
        zone = backend.get_subnet(subnet).availability_zone if subnet else self.availability_zones[0]
        backend.launch_is_requested = True
        try:
            reservation = backend.run_instances(
                self.image_id,
                1,
                self.user_data,
                [] if version else self.security_groups,
                instance_type=self.instance_type,
                tags={"instance": {**_ec2_launch._template_tags(data).get("instance", {}), **tags}},
                placement=zone,
                launch_config=self.launch_config,
                launch_template={"LaunchTemplateId": self.ec2_launch_template.id, "Version": str(version.number)} if version else None,
                is_instance_type_default=False,
                associate_public_ip=interfaces[0].get("AssociatePublicIpAddress") if version else _public(self),
                security_group_ids=_groups_of(data),
                ebs_optimized=bool(data.get("EbsOptimized")),
                monitoring_state="enabled" if (data.get("Monitoring") or {}).get("Enabled") else "disabled",
                subnet_id=subnet,
            )
        finally:
            backend.launch_is_requested = False
        (instance,) = reservation.instances
        if profile := data.get("IamInstanceProfile"):
            backend.associate_iam_instance_profile(
                instance_id=instance.id, iam_instance_profile_name=profile.get("Name"), iam_instance_profile_arn=profile.get("Arn")
            )
        instance.autoscaling_group = self
        state = InstanceState(instance, protected_from_scale_in=self.new_instances_protected_from_scale_in)
        state.__dict__["version"] = version.number if version else None
        self.instance_states.append(state)
        _ec2_instances.run_machine(instance)


def _public(group: Any) -> Any:
    return group.launch_config.associate_public_ip_address if group.launch_config else None


def _template_of(state: Any) -> dict[str, Any] | None:
    template = state.auto_scaling_group.ec2_launch_template
    if template is None:
        return None
    return {
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "Version": str(state.__dict__.get("version") or template.default_version_number),
    }


def _phase(state: Any) -> str:
    """Return where an instance is in the life that its group gives it; moto keeps standby and the like in the attribute."""
    kept = str(state.__dict__.get("kept_state", "InService"))
    return "Pending" if kept == "InService" and state.instance.state == "pending" else kept


def _desired(original: Any, self: Any, new_capacity: int | None) -> None:
    before = list(self.instance_states)
    # Moto counts what is in service, and would launch again what is about to be.
    counting = [state for state in before if _phase(state) == "Pending"]
    for state in counting:
        state.__dict__["counted"] = True
    try:
        original(self, new_capacity)
    finally:
        for state in counting:
            state.__dict__.pop("counted", None)
    left = {state.instance.id for state in self.instance_states}
    self.instance_states = [state for state in before if state.instance.id in left] + [
        it for it in self.instance_states if it not in before
    ]
    deregister(self, [state for state in before if state.instance.id not in left])


def _active(self: Any) -> list[Any]:
    return [state for state in self.instance_states if state.lifecycle_state == "InService" or state.__dict__.get("counted")]


def deregister(group: Any, states: list[Any]) -> None:
    """Take instances that leave a group out of its target groups."""
    for target_group in _target_groups(group):
        target_group.deregister([{"Id": it.instance.id} for it in states if it.instance.id in target_group.targets])


def _register(group: Any) -> None:
    """Bring into the target groups what is in service; AWS does so once an instance runs."""
    for target_group in _target_groups(group):
        ids = [state.instance.id for state in group.instance_states if state.instance.state == "running"]
        target_group.register([{"Id": it, "Port": target_group.port} for it in ids if it not in target_group.targets])


def _target_groups(group: Any) -> list[Any]:
    known = group.autoscaling_backend.elbv2_backend.target_groups
    return [known[arn] for arn in group.target_group_arns if arn in known]


def _detach_target_groups(self: Any, group_name: str, target_group_arns: list[str]) -> None:
    group = self.autoscaling_groups[group_name]
    kept = [arn for arn in group.target_group_arns if arn not in target_group_arns]
    group.target_group_arns = [arn for arn in group.target_group_arns if arn in target_group_arns]
    deregister(group, group.instance_states)
    group.target_group_arns = kept


def settle(backend: Any) -> None:
    """Bring every group of a region up to the present moment: replace what was ended by hand, let groups go, refresh."""
    _ec2_instances.settle(backend.ec2_backend)
    for group in list(backend.autoscaling_groups.values()):
        if group.__dict__.get("status") == _LEAVING:
            if all(state.instance.state == "terminated" for state in group.instance_states):
                backend.autoscaling_groups.pop(group.name)
            continue
        ended = [state for state in group.instance_states if state.instance.state in _GONE]
        if ended:
            group.instance_states = [state for state in group.instance_states if state not in ended]
            deregister(group, ended)
            group.set_desired_capacity(group.desired_capacity)
        _autoscaling_refresh.settle(group)
        _register(group)


# -- Requests --------------------------------------------------------------------------------------------


def _group(self: Any) -> Any:
    name = self._get_param("AutoScalingGroupName")
    group = self.autoscaling_backend.autoscaling_groups.get(name)
    if group is None:
        raise error("ValidationError", "AutoScalingGroup name not found - null")
    return group


def _keep(self: Any, group: Any) -> None:
    for parameter, attribute in _KEPT.items():
        if (value := self._get_param(parameter)) is not None:
            setattr(group, attribute, value)
    for parameter, (attribute, cleared) in _CLEARED.items():
        if (value := self._get_param(parameter)) is not None:
            setattr(group, attribute, None if value == cleared else value)
    if (policy := self._get_param("InstanceMaintenancePolicy")) is not None:
        group.instance_maintenance_policy = None if policy.get("MinHealthyPercentage") == -1 else dict(policy)


def _check_bounds(least: int, most: int, desired: int | None) -> None:
    if least > most:
        raise error("ValidationError", f"Max bound, {most}, must be greater than or equal to min bound, {least}")
    if desired is not None and not least <= desired <= most:
        raise error("ValidationError", f"Desired capacity:{desired} must be between the specified min size:{least} and max size:{most}")


def _check_references(self: Any) -> None:
    backend = self.autoscaling_backend
    for arn in self._get_param("TargetGroupARNs", []):
        if arn not in backend.elbv2_backend.target_groups:
            raise error("ValidationError", f"Provided Target Groups may not be valid. Please ensure they exist and try again. ({arn})")
    for subnet in filter(None, (self._get_param("VPCZoneIdentifier") or "").split(",")):
        if not any(subnet in zones for zones in backend.ec2_backend.subnets.values()):
            raise error("ValidationError", f"The subnet ID '{subnet}' does not exist")


def _create(original: Any, self: Any) -> Any:
    name = self._get_param("AutoScalingGroupName")
    if name in self.autoscaling_backend.autoscaling_groups:
        raise error("AlreadyExists", f"AutoScalingGroup by this name already exists - A group with the name {name} already exists")
    _check_bounds(self._get_int_param("MinSize"), self._get_int_param("MaxSize"), self._get_int_param("DesiredCapacity"))
    _check_references(self)
    result = original(self)
    _keep(self, _group(self))
    return result


def _update(original: Any, self: Any) -> Any:
    group = _group(self)
    if group.__dict__.get("status") == _LEAVING:
        raise error("ScalingActivityInProgress", f"AutoScalingGroup {group.name} is pending deletion")
    least, most = self._get_int_param("MinSize"), self._get_int_param("MaxSize")
    least, most = group.min_size if least is None else least, group.max_size if most is None else most
    desired = self._get_int_param("DesiredCapacity")
    _check_bounds(least, most, desired)
    _check_references(self)
    result = original(self)
    _keep(self, group)
    if desired is None and not least <= group.desired_capacity <= most:
        group.set_desired_capacity(min(max(group.desired_capacity, least), most))
    return result


def _set_desired(original: Any, self: Any) -> Any:
    group, desired = _group(self), self._get_int_param("DesiredCapacity")
    for wrong, word, bound in (
        (desired > group.max_size, "above max", group.max_size),
        (desired < group.min_size, "below min", group.min_size),
    ):
        if wrong:
            raise error("ValidationError", f"New SetDesiredCapacity value {desired} is {word} value {bound} for the AutoScalingGroup.")
    return original(self)


def _delete(_original: Any, self: Any) -> Any:
    from moto.core.responses import EmptyResult

    group = _group(self)
    if group.instance_states and not self._get_bool_param("ForceDelete", False):
        raise error(
            "ResourceInUse",
            "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group.",
        )
    deregister(group, group.instance_states)
    group.status, group.desired_capacity = _LEAVING, 0
    if group.instance_states:
        self.autoscaling_backend.ec2_backend.terminate_instances([state.instance.id for state in group.instance_states])
    return EmptyResult()


def _metrics(self: Any) -> list[str]:
    named = self._get_param("Metrics") or []
    if unknown := [metric for metric in named if metric not in METRICS]:
        raise error("ValidationError", f"1 validation error detected: Value '{unknown}' at 'metrics' failed to satisfy constraint")
    return list(named)


def _enable_metrics(self: Any) -> Any:
    from moto.core.responses import EmptyResult

    group, named = _group(self), _metrics(self)
    wanted = {*group.metrics, *(named or METRICS)}
    group.metrics = [metric for metric in METRICS if metric in wanted]
    return EmptyResult()


def _disable_metrics(self: Any) -> Any:
    from moto.core.responses import EmptyResult

    group, named = _group(self), _metrics(self)
    group.metrics = [metric for metric in group.metrics if named and metric not in named]
    return EmptyResult()


def _call_action(original: Any, self: Any) -> Any:
    settle(self.autoscaling_backend)
    answer = original(self)
    if delays.duration("ec2.instance.terminate") == 0:
        settle(self.autoscaling_backend)
    return answer


def install() -> None:
    """Apply the corrections."""
    from moto.autoscaling.models import AutoScalingBackend, FakeAutoScalingGroup, InstanceState
    from moto.autoscaling.responses import AutoScalingResponse

    wrap(FakeAutoScalingGroup, "replace_autoscaling_group_instances", _launch)
    wrap(FakeAutoScalingGroup, "set_desired_capacity", _desired)
    put(FakeAutoScalingGroup, "active_instances", _active)
    put(InstanceState, "launch_template", property(_template_of))
    put(InstanceState, "lifecycle_state", property(_phase, lambda state, value: state.__dict__.__setitem__("kept_state", value)))
    put(AutoScalingBackend, "update_attached_target_groups", lambda self, name: _register(self.autoscaling_groups[name]))
    put(AutoScalingBackend, "detach_load_balancer_target_groups", _detach_target_groups)
    wrap(AutoScalingResponse, "create_auto_scaling_group", _create)
    wrap(AutoScalingResponse, "update_auto_scaling_group", _update)
    wrap(AutoScalingResponse, "set_desired_capacity", _set_desired)
    wrap(AutoScalingResponse, "delete_auto_scaling_group", _delete)
    put(AutoScalingResponse, "enable_metrics_collection", _enable_metrics)
    put(AutoScalingResponse, "disable_metrics_collection", _disable_metrics)
    wrap(AutoScalingResponse, "call_action", _call_action)
    _autoscaling_refresh.install(AutoScalingResponse)
