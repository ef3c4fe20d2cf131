# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CodeDeploy: moto updates and deletes nothing, forgets a group's alarms, and knows no deployment configurations.

Here a group for ECS is refused as AWS refuses it: by a role that CodeDeploy may not assume, a configuration, service or listener that
is not there, a service whose controller is not CODE_DEPLOY or that another group has. A deployment is `InProgress` for a while, then
`Succeeded`; with an alarm of its group in ALARM it is `Stopped`, and rolled back where the group says so. No task and no listener
changes with it.
"""

from __future__ import annotations

import json
import time
import uuid
from typing import Any, Final

from tests.emulator import delays

from . import _codedeploy_configs as configs
from ._patching import put, wrap

DEPLOY: Final = "codedeploy.deployment.run"
_PARTS: Final = {
    "deploymentConfigName": "deployment_config_name",
    "ec2TagFilters": "ec2_tag_filters",
    "onPremisesInstanceTagFilters": "on_premises_instance_tag_filters",
    "autoScalingGroups": "auto_scaling_groups",
    "serviceRoleArn": "service_role_arn",
    "triggerConfigurations": "trigger_configurations",
    "alarmConfiguration": "alarm_configuration",
    "autoRollbackConfiguration": "auto_rollback_configuration",
    "outdatedInstancesStrategy": "outdated_instances_strategy",
    "deploymentStyle": "deployment_style",
    "blueGreenDeploymentConfiguration": "blue_green_deployment_configuration",
    "loadBalancerInfo": "load_balancer_info",
    "ec2TagSet": "ec2_tag_set",
    "ecsServices": "ecs_services",
    "onPremisesTagSet": "on_premises_tag_set",
    "terminationHookEnabled": "termination_hook_enabled",
}
_MOST_ALARMS: Final = 10
_MOST_MINUTES: Final = 2880


def _error(code: str, message: str) -> Exception:
    from moto.codedeploy.exceptions import CodeDeployException

    return CodeDeployException(code, message)


def _check_role(backend: Any, arn: str) -> None:
    from moto.iam.models import iam_backends

    for role in iam_backends[backend.account_id][backend.partition].roles.values():
        if role.arn == arn:
            policy = json.loads(role.assume_role_policy_document)
            trusted = [statement.get("Principal", {}).get("Service", []) for statement in policy["Statement"]]
            if any("codedeploy.amazonaws.com" in ([each] if isinstance(each, str) else each) for each in trusted):
                return
    raise _error("InvalidRoleException", f"AWS CodeDeploy does not have the permissions required to assume the role {arn}.")


def _check_service(backend: Any, group: Any) -> None:
    from tests.emulator.services import ecs

    services = ecs.open_store(backend.account_id, backend.region_name).services
    for named in group.ecs_services:
        pair = named["clusterName"].rpartition("/")[2], named["serviceName"]
        service = services.get(pair)
        if service is None or service.data["status"] != "ACTIVE":
            raise _error("InvalidECSServiceException", f"The ECS service {pair[1]} cannot be found in the cluster {pair[0]}.")
        if service.controller != "CODE_DEPLOY":
            text = "Deployment group's ECS service must be configured for a CODE_DEPLOY deployment controller."
            raise _error("InvalidECSServiceException", text)
        for groups in backend.deployment_groups.values():
            if any(other is not group and named in other.ecs_services for other in groups.values()):
                text = f"The ECS service {pair[1]} is already associated with another deployment group."
                raise _error("ECSServiceMappingLimitExceededException", text)


def _check_balancing(backend: Any, group: Any) -> None:
    from moto.elbv2.models import elbv2_backends

    elb = elbv2_backends[backend.account_id][backend.region_name]
    names = {target_group.name for target_group in elb.target_groups.values()}
    listeners = {arn for balancer in elb.load_balancers.values() for arn in balancer.listeners}
    pairs = group.load_balancer_info.get("targetGroupPairInfoList") or []
    if not pairs:
        raise _error("InvalidLoadBalancerInfoException", "A deployment group for ECS needs a pair of target groups.")
    for pair in pairs:
        listed = [each["name"] for each in pair.get("targetGroups") or []]
        if len(listed) != 2 or not set(listed) <= names:
            raise _error("InvalidTargetGroupPairException", f"The target groups {', '.join(listed)} are no pair of this account.")
        routes = [route for key in ("prodTrafficRoute", "testTrafficRoute") for route in (pair.get(key) or {}).get("listenerArns") or []]
        if not (pair.get("prodTrafficRoute") or {}).get("listenerArns") or not set(routes) <= listeners:
            raise _error("InvalidLoadBalancerInfoException", f"The listeners {', '.join(routes)} cannot be found.")


def _check_group(backend: Any, group: Any) -> None:
    configs.find(backend, str(group.deployment_config_name))
    _check_role(backend, group.service_role_arn)
    alarms = (group.alarm_configuration or {}).get("alarms") or []
    if (group.alarm_configuration or {}).get("enabled") and not alarms:
        raise _error("InvalidAlarmConfigException", "An alarm configuration that is enabled names at least one alarm.")
    if len(alarms) > _MOST_ALARMS:
        raise _error("AlarmsLimitExceededException", "At most ten alarms can be added to a deployment group.")
    rollback = group.auto_rollback_configuration
    if rollback.get("enabled") and not rollback.get("events"):
        raise _error("InvalidAutoRollbackConfigException", "An enabled automatic rollback names at least one event.")
    if group.application.compute_platform != "ECS":
        return
    if group.deployment_style != {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}:
        raise _error("InvalidDeploymentStyleException", "Deployments to ECS are blue/green with traffic control.")
    blue = group.blue_green_deployment_configuration.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    if not 0 <= int(blue.get("terminationWaitTimeInMinutes") or 0) <= _MOST_MINUTES:
        raise _error("InvalidBlueGreenDeploymentConfigurationException", "The wait for termination is from 0 to 2880 minutes.")
    if configs.find(backend, str(group.deployment_config_name))["computePlatform"] != "ECS":
        raise _error("InvalidDeploymentConfigNameException", f"{group.deployment_config_name} is not for ECS.")
    _check_service(backend, group)
    _check_balancing(backend, group)


def _create_group(original: Any, self: Any, application_name: str, deployment_group_name: str, *args: Any, **kwargs: Any) -> Any:
    application = self.applications.get(application_name)
    ecs = application is not None and application.compute_platform == "ECS"
    kwargs["deployment_config_name"] = kwargs.get("deployment_config_name") or (
        "CodeDeployDefault.ECSAllAtOnce" if ecs else "CodeDeployDefault.OneAtATime"
    )
    created = original(self, application_name, deployment_group_name, *args, **kwargs)
    try:
        _check_group(self, self.deployment_groups[application_name][deployment_group_name])
    except Exception:
        del self.deployment_groups[application_name][deployment_group_name]
        self.tagger.delete_all_tags_for_resource(self._deployment_group_arn(application_name, deployment_group_name))
        raise
    return created


def _group_info(original: Any, group: Any) -> dict[str, Any]:
    info: dict[str, Any] = original(group)
    info["alarmConfiguration"] = group.alarm_configuration or {"enabled": False, "alarms": []}
    info["triggerConfigurations"] = group.trigger_configurations or []
    return {key: value for key, value in info.items() if value not in (None, {}, "None")}


def update_deployment_group(self: Any) -> Any:
    """Replace the parts of a group that are given."""
    from moto.core.responses import ActionResult

    backend, name = self.codedeploy_backend, self._get_param("currentDeploymentGroupName")
    group = backend.get_deployment_group(self._get_param("applicationName"), name)
    before = dict(group.__dict__)
    for parameter, attribute in _PARTS.items():
        if (value := self._get_param(parameter)) is not None:
            setattr(group, attribute, value)
    try:
        _check_group(backend, group)
    except Exception:
        group.__dict__.update(before)
        raise
    return ActionResult({"hooksNotCleanedUp": []})


def delete_deployment_group(self: Any) -> Any:
    """Delete a group; one that is not there is deleted, too."""
    from moto.core.responses import ActionResult

    application, name = self._get_param("applicationName"), self._get_param("deploymentGroupName")
    _forget_group(self.codedeploy_backend, application, name)
    return ActionResult({"hooksNotCleanedUp": []})


def _forget_group(backend: Any, application: str, name: str) -> None:
    backend.deployment_groups.get(application, {}).pop(name, None)
    backend.tagger.delete_all_tags_for_resource(backend._deployment_group_arn(application, name))


def delete_application(self: Any) -> Any:
    """Delete an application with its groups; one that is not there is deleted, too."""
    from moto.core.responses import EmptyResult

    backend, name = self.codedeploy_backend, self._get_param("applicationName")
    for group in list(backend.deployment_groups.pop(name, {})):
        _forget_group(backend, name, group)
    backend.applications.pop(name, None)
    backend.tagger.delete_all_tags_for_resource(backend._application_arn(name))
    return EmptyResult()


def batch_get_deployment_groups(self: Any) -> Any:
    """Return several groups of an application."""
    from moto.codedeploy.responses import _deployment_group_info
    from moto.core.responses import ActionResult

    application = self._get_param("applicationName")
    backend = self.codedeploy_backend
    groups = [backend.get_deployment_group(application, name) for name in self._get_param("deploymentGroupNames")]
    return ActionResult({"deploymentGroupsInfo": [_deployment_group_info(group) for group in groups]})


def _create_deployment(original: Any, self: Any, **kwargs: Any) -> Any:
    identifier = original(self, **kwargs)
    deployment = self.deployments.pop(identifier)
    # As on AWS: d- and nine letters.
    deployment.deployment_id = "d-" + uuid.uuid4().hex[:9].upper()
    deployment.status, deployment.begun = "InProgress", time.time()
    self.deployments[deployment.deployment_id] = deployment
    return deployment.deployment_id


def _alarmed(backend: Any, group: Any) -> list[str]:
    from moto.cloudwatch.models import cloudwatch_backends

    configuration = group.alarm_configuration or {}
    known = cloudwatch_backends[backend.account_id][backend.region_name].alarms
    names = [alarm["name"] for alarm in configuration.get("alarms") or []] if configuration.get("enabled") else []
    return [name for name in names if name in known and known[name].state_value == "ALARM"]


def _settle(backend: Any, deployment: Any) -> None:
    if deployment.status != "InProgress":
        return
    group = deployment.deployment_group
    if alarmed := _alarmed(backend, group):
        deployment.status, deployment.failure = "Stopped", {"code": "ALARM_ACTIVE", "message": f"Alarms in ALARM: {', '.join(alarmed)}"}
        rollback = group.auto_rollback_configuration
        if rollback.get("enabled") and "DEPLOYMENT_STOP_ON_ALARM" in rollback["events"]:
            deployment.rolled_back = {"rollbackMessage": "The deployment was stopped by an alarm and rolled back."}
    elif time.time() >= deployment.begun + delays.duration(DEPLOY):
        deployment.status = "Succeeded"
    if deployment.status != "InProgress":
        deployment.complete_time = deployment.create_time


def _get_deployment(original: Any, self: Any, deployment_id: str) -> Any:
    deployment = original(self, deployment_id)
    _settle(self, deployment)
    return deployment


def _deployment_info(original: Any, deployment: Any) -> dict[str, Any]:
    info: dict[str, Any] = original(deployment)
    info["errorInformation"] = getattr(deployment, "failure", None)
    info["rollbackInfo"] = getattr(deployment, "rolled_back", None)
    return {key: value for key, value in info.items() if value not in (None, {}, "None")}


def stop_deployment(self: Any) -> Any:
    """Stop a deployment that runs."""
    from moto.core.responses import ActionResult

    deployment = self.codedeploy_backend.get_deployment(self._get_param("deploymentId"))
    if deployment.status != "InProgress":
        raise _error("DeploymentAlreadyCompletedException", f"The deployment {deployment.deployment_id} is complete.")
    deployment.status = "Stopped"
    return ActionResult({"status": "Succeeded", "statusMessage": "No more commands are scheduled for execution."})


def install() -> None:
    """Apply the corrections and add what is missing."""
    from moto.codedeploy import responses
    from moto.codedeploy.models import CodeDeployBackend
    from moto.codedeploy.responses import CodeDeployResponse

    wrap(CodeDeployBackend, "create_deployment_group", _create_group)
    wrap(CodeDeployBackend, "create_deployment", _create_deployment)
    wrap(CodeDeployBackend, "get_deployment", _get_deployment)
    wrap(responses, "_deployment_group_info", _group_info)
    wrap(responses, "_deployment_info", _deployment_info)
    operations = (
        update_deployment_group,
        delete_deployment_group,
        delete_application,
        batch_get_deployment_groups,
        stop_deployment,
        *configs.OPERATIONS,
    )
    for operation in operations:
        put(CodeDeployResponse, operation.__name__, operation)
