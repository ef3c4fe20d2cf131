# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling: tags, limits that are heeded at once, and policies that go with their targets.

Moto has no tags, asks its own ECS whether a service exists, takes limits that contradict each other, lets policies stand without
a target, and leaves a target's policies and a replaced policy's alarms behind. The alarms of a policy have thresholds of their
own there; here the upper one is the target.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ._patching import put, wrap

_SERVICE_ROLE = "AWSServiceRoleForApplicationAutoScaling_ECSService"


def _error(code: str, message: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, message)


def _ecs_store(backend: Any) -> Any:
    from tests.emulator import patches
    from tests.emulator.services import ecs

    patches.install_for("ecs")
    return ecs.open_store(backend.account_id, backend.region_name)


def _service_exists(_original: Any, self: Any, resource_id: str) -> bool:
    parts = resource_id.split("/")
    found = _ecs_store(self).services.get(tuple(parts[1:])) if len(parts) == 3 else None
    if found is None or found.data["status"] != "ACTIVE":
        raise _error("ValidationException", f"ECS service doesn't exist: {resource_id}")
    return True


def _register(
    original: Any, self: Any, namespace: str, r_id: str, dimension: str, min_capacity: Any, max_capacity: Any, *rest: Any, **more: Any
) -> Any:
    known = self.targets.get(dimension, {}).get(r_id)
    least = min_capacity if min_capacity is not None else getattr(known, "min_capacity", None)
    most = max_capacity if max_capacity is not None else getattr(known, "max_capacity", None)
    if least is None or most is None:
        raise _error("ValidationException", "MinCapacity and MaxCapacity are required for a scalable target that is not registered yet")
    if least > most:
        raise _error("ValidationException", f"Maximum capacity cannot be less than minimum capacity: {most} < {least}")
    target = original(self, namespace, r_id, dimension, min_capacity, max_capacity, *rest, **more)
    if namespace == "ecs":
        target.role_arn = f"arn:aws:iam::{self.account_id}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/{_SERVICE_ROLE}"
        _ecs_store(self).set_desired(r_id, least, most)
    return target


def _register_response(original: Any, self: Any) -> Any:
    tags = self._get_param("Tags")
    targets = self.applicationautoscaling_backend.targets
    known = self._get_param("ResourceId") in targets.get(self._get_param("ScalableDimension"), {})
    if tags and known:
        raise _error("ValidationException", "Tags cannot be updated by RegisterScalableTarget. Use TagResource.")
    answer = original(self)
    if tags:
        target = targets[self._get_param("ScalableDimension")][self._get_param("ResourceId")]
        target.stratum_tags = dict(tags)
    return answer


def _deregister(original: Any, self: Any, namespace: str, r_id: str, dimension: str) -> None:
    if r_id not in self.targets.get(dimension, {}):
        raise _error("ObjectNotFoundException", f"No scalable target found for service namespace: {namespace}, resource ID: {r_id}")
    original(self, namespace, r_id, dimension)
    for policy in list(self.policies.values()):
        if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == (namespace, r_id, dimension):
            self.delete_scaling_policy(policy.policy_name, namespace, r_id, dimension)


def _put_policy(original: Any, self: Any, **given: Any) -> Any:
    if given["resource_id"] not in self.targets.get(given["scalable_dimension"], {}):
        message = f"No scalable target registered for service namespace: {given['service_namespace']}, resource ID: {given['resource_id']}"
        raise _error("ObjectNotFoundException", message)
    same = [
        policy
        for policy in self.policies.values()
        if (policy.policy_name, policy.resource_id, policy.scalable_dimension)
        == (given["policy_name"], given["resource_id"], given["scalable_dimension"])
    ]
    for policy in same:
        policy.delete_alarms(self.account_id, self.region_name)
    policy = original(self, **given)
    for old in same:
        policy.policy_arn = old.policy_arn
    target = (policy.target_tracking_scaling_policy_configuration or {}).get("TargetValue")
    for alarm in policy.alarms:
        if target is not None:
            alarm.threshold = float(target) if "AlarmHigh" in alarm.name else float(target) * 0.9
    return policy


def _delete_policy(original: Any, self: Any, policy_name: str, service_namespace: str, resource_id: str, scalable_dimension: str) -> Any:
    names = {policy.policy_name for policy in self.policies.values() if policy.resource_id == resource_id}
    if policy_name not in names:
        raise _error("ObjectNotFoundException", f"No scaling policy found for resource ID: {resource_id}, policy name: {policy_name}")
    return original(self, policy_name, service_namespace, resource_id, scalable_dimension)


def _target(response: Any) -> Any:
    arn = response._get_param("ResourceARN")
    for table in response.applicationautoscaling_backend.targets.values():
        for target in table.values():
            if target.arn == arn:
                return target
    raise _error("ResourceNotFoundException", f"The scalable target {arn} does not exist.")


def _list_tags(self: Any) -> str:
    return json.dumps({"Tags": getattr(_target(self), "stratum_tags", {})})


def _tag_resource(self: Any) -> str:
    target = _target(self)
    target.stratum_tags = {**getattr(target, "stratum_tags", {}), **self._get_param("Tags")}
    return "{}"


def _untag_resource(self: Any) -> str:
    target = _target(self)
    gone = self._get_param("TagKeys")
    target.stratum_tags = {key: value for key, value in getattr(target, "stratum_tags", {}).items() if key not in gone}
    return "{}"


def _tagged(backend: Any) -> Iterator[tuple[str, str, dict[str, str]]]:
    for table in backend.targets.values():
        for target in table.values():
            yield target.arn, "scalable-target", getattr(target, "stratum_tags", {})


def install() -> None:
    """Apply the corrections."""
    from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
    from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse

    from tests.emulator import wire

    wrap(ApplicationAutoscalingBackend, "_ecs_service_exists_for_target", _service_exists)
    wrap(ApplicationAutoscalingBackend, "register_scalable_target", _register)
    wrap(ApplicationAutoscalingBackend, "deregister_scalable_target", _deregister)
    wrap(ApplicationAutoscalingBackend, "put_scaling_policy", _put_policy)
    wrap(ApplicationAutoscalingBackend, "delete_scaling_policy", _delete_policy)
    wrap(ApplicationAutoScalingResponse, "register_scalable_target", _register_response)
    put(ApplicationAutoScalingResponse, "list_tags_for_resource", _list_tags)
    put(ApplicationAutoScalingResponse, "tag_resource", _tag_resource)
    put(ApplicationAutoScalingResponse, "untag_resource", _untag_resource)
    wire.list_in_tagging_api(ApplicationAutoscalingBackend, "application-autoscaling", _tagged)
