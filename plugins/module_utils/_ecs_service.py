# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a service of ECS is, what may change of it, and what to wait for.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter

Document = dict[str, Any]

OWN: Final = (
    "task_definition",
    "desired_count",
    "platform_version",
    "subnets",
    "security_groups",
    "assign_public_ip",
    "load_balancers",
    "service_registries",
    "controller",
    "minimum_healthy_percent",
    "maximum_percent",
    "circuit_breaker",
    "alarms",
    "health_check_grace_seconds",
    "execute_command",
    "propagate_tags",
    "managed_tags",
)
"""The options that a service can be compared by."""
DECIDED_BY_CODE_DEPLOY: Final = (
    "task_definition",
    "platform_version",
    "subnets",
    "security_groups",
    "assign_public_ip",
    "load_balancers",
    "service_registries",
)
"""What UpdateService refuses to change, because the deployments of CodeDeploy say it."""
NETWORK: Final = ("subnets", "security_groups", "assign_public_ip")
DEPLOYMENT: Final = ("minimum_healthy_percent", "maximum_percent", "circuit_breaker", "alarms")
_SETS: Final = ("subnets", "security_groups", "load_balancers", "service_registries", "names")

STEADY: Final[Waiter] = {
    "operation": "DescribeServices",
    "delay": 10,
    "maxAttempts": 1,
    "shows": "services[0].[runningCount, desiredCount, deployments[0].rolloutStateReason, events[0].message]",
    "acceptors": [
        {
            "state": "failure",
            "matcher": "path",
            "argument": "services[0].deployments[?status=='PRIMARY'].rolloutState | [0]",
            "expected": "FAILED",
        },
        {
            "state": "success",
            "matcher": "path",
            "argument": "services[0] | runningCount == desiredCount && length(deployments) < `2`",
            "expected": True,
        },
    ],
}
"""As many tasks as there are to be, and none of an earlier deployment."""
GONE: Final[Waiter] = {
    "operation": "DescribeServices",
    "delay": 10,
    "maxAttempts": 1,
    "shows": "services[0].[status, runningCount]",
    "acceptors": [
        {"state": "success", "matcher": "path", "argument": "services[0].status || 'INACTIVE'", "expected": "INACTIVE"},
    ],
}


def document(service: Mapping[str, Any], tags: Mapping[str, str]) -> Document:
    """Return a service of DescribeServices as the module returns it."""
    # What CodeDeploy has moved stands in the task set that serves.
    primary: Mapping[str, Any] = next((each for each in service.get("taskSets") or [] if each.get("status") == "PRIMARY"), {})
    network = ((primary.get("networkConfiguration") or service.get("networkConfiguration")) or {}).get("awsvpcConfiguration") or {}
    deployment = service.get("deploymentConfiguration") or {}
    breaker = deployment.get("deploymentCircuitBreaker") or {}
    alarms = deployment.get("alarms") or {}
    return {
        "arn": service["serviceArn"],
        "name": service["serviceName"],
        "cluster_arn": service["clusterArn"],
        "status": service["status"],
        "task_definition": primary.get("taskDefinition") or service.get("taskDefinition"),
        "desired_count": service["desiredCount"],
        "running_count": service.get("runningCount", 0),
        "launch_type": service.get("launchType"),
        "platform_version": primary.get("platformVersion") or service.get("platformVersion"),
        "subnets": network.get("subnets") or [],
        "security_groups": network.get("securityGroups") or [],
        "assign_public_ip": network.get("assignPublicIp") == "ENABLED",
        "load_balancers": [_balancer(each) for each in primary.get("loadBalancers") or service.get("loadBalancers") or []],
        "service_registries": [_registry(each) for each in service.get("serviceRegistries") or []],
        "controller": (service.get("deploymentController") or {}).get("type", "ECS"),
        "minimum_healthy_percent": deployment.get("minimumHealthyPercent", 100),
        "maximum_percent": deployment.get("maximumPercent", 200),
        "circuit_breaker": {"enable": bool(breaker.get("enable")), "rollback": bool(breaker.get("rollback"))},
        "alarms": {
            "names": alarms.get("alarmNames") or [],
            "enable": bool(alarms.get("enable")),
            "rollback": bool(alarms.get("rollback")),
        },
        "health_check_grace_seconds": service.get("healthCheckGracePeriodSeconds", 0),
        "execute_command": bool(service.get("enableExecuteCommand")),
        "propagate_tags": service.get("propagateTags") or "NONE",
        "managed_tags": bool(service.get("enableECSManagedTags")),
        "tags": dict(tags),
    }


def _balancer(each: Mapping[str, Any]) -> Document:
    return {
        "target_group_arn": each.get("targetGroupArn"),
        "container_name": each["containerName"],
        "container_port": each["containerPort"],
    }


def _registry(each: Mapping[str, Any]) -> Document:
    names = {"registry_arn": "registryArn", "container_name": "containerName", "container_port": "containerPort", "port": "port"}
    return {key: each[name] for key, name in names.items() if each.get(name)}


def wanted(options: Mapping[str, Any]) -> Document:
    """Return what the options ask for, in the form of `document`."""
    result = given({key: options[key] for key in OWN})
    if "service_registries" in result:
        result["service_registries"] = [given(each) for each in result["service_registries"]]
    if "alarms" in result:
        result["alarms"] = given(result["alarms"])
    return result


def service_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between a service and the options, of what may change."""
    target = wanted(options)
    if options["keep_desired_count"]:
        target.pop("desired_count", None)
    # A service that changes its controller is still one of ECS's when the rest is changed.
    if current["controller"] == "CODE_DEPLOY" and target.get("controller", "CODE_DEPLOY") == "CODE_DEPLOY":
        for key in (*DECIDED_BY_CODE_DEPLOY, "circuit_breaker", "alarms"):
            target.pop(key, None)
    definition = target.get("task_definition")
    if definition and not definition.startswith("arn:") and str(current["task_definition"]).endswith(f"/{definition}"):
        del target["task_definition"]
    if target.get("platform_version") == "LATEST":
        # ECS says which one that was.
        del target["platform_version"]
    return differing(current, target, unordered=_SETS)


def network(settings: Mapping[str, Any]) -> Document | None:
    """Return a network configuration; None where nothing says the subnets."""
    if not settings.get("subnets"):
        return None
    awsvpc = {
        "subnets": settings["subnets"],
        "securityGroups": settings.get("security_groups") or None,
        "assignPublicIp": "ENABLED" if settings.get("assign_public_ip") else "DISABLED",
    }
    return {"awsvpcConfiguration": given(awsvpc)}


def deployment(settings: Mapping[str, Any]) -> Document | None:
    """Return a deployment configuration; None where nothing is said of it."""
    alarms = settings.get("alarms")
    result = given(
        {
            "minimumHealthyPercent": settings.get("minimum_healthy_percent"),
            "maximumPercent": settings.get("maximum_percent"),
            "deploymentCircuitBreaker": settings.get("circuit_breaker"),
            "alarms": {"alarmNames": alarms["names"], "enable": alarms["enable"], "rollback": alarms["rollback"]} if alarms else None,
        }
    )
    return result or None


def balancers(items: list[Document] | None) -> list[Document] | None:
    """Return load balancers in the words of ECS's API."""
    if items is None:
        return None
    return [
        {"targetGroupArn": each["target_group_arn"], "containerName": each["container_name"], "containerPort": each["container_port"]}
        for each in items
    ]


def registries(items: list[Document] | None) -> list[Document] | None:
    """Return service registries in the words of ECS's API."""
    if items is None:
        return None
    names = {"registry_arn": "registryArn", "container_name": "containerName", "container_port": "containerPort", "port": "port"}
    return [{names[key]: value for key, value in each.items() if value is not None} for each in items]


def creation(options: Mapping[str, Any]) -> Document:
    """Return the parameters of CreateService beside its name and cluster."""
    target = wanted(options)
    if target.get("controller") == "CODE_DEPLOY":
        # Only ECS's own deployments have these.
        target.pop("circuit_breaker", None)
        target.pop("alarms", None)
    return {
        "launchType": options["launch_type"],
        "schedulingStrategy": "REPLICA",
        "deploymentController": {"type": target["controller"]} if "controller" in target else None,
        **_parameters(target),
    }


def update(current: Mapping[str, Any], changes: Mapping[str, Any]) -> Document:
    """Return the parameters of UpdateService for these changes, without that of the controller."""
    after = {**current, **changes}
    parameters = _parameters({key: value for key, value in changes.items() if key not in (*NETWORK, *DEPLOYMENT)})
    if any(key in changes for key in NETWORK):
        parameters["networkConfiguration"] = network(after)
    if any(key in changes for key in DEPLOYMENT):
        kept = DEPLOYMENT if after["controller"] == "ECS" else ("minimum_healthy_percent", "maximum_percent")
        # A configuration is replaced as a whole.
        known = {key: after[key] for key in kept if key != "alarms" or after["alarms"]["names"] or key in changes}
        parameters["deploymentConfiguration"] = deployment(known)
    return given(parameters)


def _parameters(settings: Mapping[str, Any]) -> Document:
    return {
        "taskDefinition": settings.get("task_definition"),
        "desiredCount": settings.get("desired_count"),
        "platformVersion": settings.get("platform_version"),
        "networkConfiguration": network(settings),
        "loadBalancers": balancers(settings.get("load_balancers")),
        "serviceRegistries": registries(settings.get("service_registries")),
        "deploymentConfiguration": deployment(settings),
        "healthCheckGracePeriodSeconds": settings.get("health_check_grace_seconds"),
        "enableExecuteCommand": settings.get("execute_command"),
        "propagateTags": settings.get("propagate_tags"),
        "enableECSManagedTags": settings.get("managed_tags"),
    }
