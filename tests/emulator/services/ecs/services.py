# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services: what ECS refuses, and what a change of one sets going."""

from __future__ import annotations

import re
from typing import Any, Final

from tests.emulator.services.ecs.store import EcsStore, Service, deployment_id, listed, now, shown, tags_of
from tests.emulator.wire import Document, Operation, error, page

_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}")
_DEPLOYED: Final = ("taskDefinition", "networkConfiguration", "loadBalancers", "serviceRegistries", "platformVersion")
"""What a change of starts other tasks."""
_REFUSED: Final = {
    "taskDefinition": "Unable to update task definition",
    "networkConfiguration": "Unable to update network parameters",
    "loadBalancers": "Unable to update load balancers",
    "serviceRegistries": "Unable to update service registries",
    "platformVersion": "Unable to update platform version",
    "forceNewDeployment": "Cannot force a new deployment",
}
"""What CodeDeploy's services refuse, and how that begins."""
_PLATFORM: Final = "1.4.0"


def _invalid(message: str) -> Exception:
    return error("InvalidParameterException", message)


def _network(store: EcsStore, parameters: Document) -> Document:
    from moto.ec2.models import ec2_backends

    network = (parameters.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    if not network.get("subnets"):
        raise _invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
    backend = ec2_backends[store.account_id][store.region]
    vpcs = set()
    for subnet in network["subnets"]:
        if not any(subnet in zone for zone in backend.subnets.values()):
            missing = f"The subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
            raise _invalid(f"Error retrieving subnet information for [{subnet}]: {missing}")
        vpcs.add(backend.get_subnet(subnet).vpc_id)
    groups = network.get("securityGroups") or []
    for group in groups:
        if backend.get_security_group_from_id(group) is None:
            reason = f"The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)"
            raise _invalid(f"Error retrieving security group information for [{group}]: {reason}")
    if not groups:
        groups = [group.id for group in (backend.get_security_group_from_name("default", vpc) for vpc in sorted(vpcs)) if group]
    return {"awsvpcConfiguration": {"assignPublicIp": "DISABLED", **network, "securityGroups": groups}}


def _is_served(backend: Any, arn: str) -> bool:
    """Return whether a listener or one of its rules leads to a target group."""
    return any(
        arn in str([getattr(action, "data", action) for action in rule.actions])
        for balancer in backend.load_balancers.values()
        for listener in balancer.listeners.values()
        for rule in listener.rules.values()
    )


def _balancers(store: EcsStore, parameters: Document, definition: Document) -> list[Document]:
    from moto.elbv2.models import elbv2_backends

    backend = elbv2_backends[store.account_id][store.region]
    containers = {each["name"]: each for each in definition["containerDefinitions"]}
    for each in parameters.get("loadBalancers") or []:
        arn, name, port = each["targetGroupArn"], each["containerName"], each["containerPort"]
        if name not in containers:
            raise _invalid(f"The container {name} does not exist in the task definition.")
        if port not in [mapping["containerPort"] for mapping in containers[name]["portMappings"]]:
            raise _invalid(f"The container {name} did not have a container port {port} defined.")
        group = backend.target_groups.get(arn)
        if group is None:
            raise _invalid(f"The target group {arn} does not exist.")
        if group.target_type != "ip":
            raise _invalid(
                f"The provided target group {arn} has target type {group.target_type}, which is incompatible with the awsvpc network mode "
                "specified in the task definition."
            )
        if not _is_served(backend, arn):
            raise _invalid(f"The target group with targetGroupArn {arn} does not have an associated load balancer.")
    return list(parameters.get("loadBalancers") or [])


def _registries(store: EcsStore, parameters: Document) -> list[Document]:
    registries = parameters.get("serviceRegistries") or []
    if registries:
        from moto.servicediscovery.models import servicediscovery_backends

        known = {each.arn for each in servicediscovery_backends[store.account_id][store.region].services.values()}
        for each in registries:
            if each["registryArn"] not in known:
                raise _invalid(f"The service registry {each['registryArn']} does not exist.")
    return list(registries)


def _check_deployments(parameters: Document, controller: str, balanced: bool) -> None:
    configuration = parameters.get("deploymentConfiguration") or {}
    if controller != "ECS":
        for key in ("deploymentCircuitBreaker", "alarms"):
            if configuration.get(key):
                raise _invalid(f"{key} is only supported with the ECS deployment controller.")
    if controller == "CODE_DEPLOY" and not balanced:
        raise _invalid("The CODE_DEPLOY deployment controller requires a load balancer.")
    if parameters.get("healthCheckGracePeriodSeconds") and not balanced:
        raise _invalid("Health check grace period is only valid for services configured to use load balancers")


def create_service(store: EcsStore, parameters: Document) -> Document:
    """Create a service and let its tasks start."""
    cluster = store.cluster(parameters.get("cluster"))
    name, cluster_name = parameters["serviceName"], str(cluster.data["clusterName"])
    if not _NAME.fullmatch(name):
        raise _invalid("Invalid service name.")
    known = store.services.get((cluster_name, name))
    if known is not None and known.data["status"] == "ACTIVE":
        raise _invalid("Creation of service was not idempotent.")
    if known is not None and known.data["status"] == "DRAINING":
        raise _invalid("Unable to Start a service that is still Draining.")
    if not parameters.get("taskDefinition"):
        raise _invalid("TaskDefinition can not be blank.")
    definition = store.definition(parameters["taskDefinition"], active=True).data
    network = _network(store, parameters)
    balancers = _balancers(store, parameters, definition)
    registries = _registries(store, parameters)
    controller = (parameters.get("deploymentController") or {}).get("type", "ECS")
    _check_deployments(parameters, controller, bool(balancers))
    data = {
        "serviceArn": store.arn("service", cluster_name, name),
        "serviceName": name,
        "clusterArn": cluster.data["clusterArn"],
        "status": "ACTIVE",
        "taskDefinition": definition["taskDefinitionArn"],
        "desiredCount": parameters.get("desiredCount", 1),
        "runningCount": 0,
        "pendingCount": 0,
        "launchType": parameters.get("launchType") or "EC2",
        "platformVersion": parameters.get("platformVersion") or "LATEST",
        "platformFamily": "Linux",
        "loadBalancers": balancers,
        "serviceRegistries": registries,
        "networkConfiguration": network,
        "deploymentController": {"type": controller},
        "deploymentConfiguration": _configuration(parameters.get("deploymentConfiguration"), controller),
        "schedulingStrategy": parameters.get("schedulingStrategy") or "REPLICA",
        "enableECSManagedTags": bool(parameters.get("enableECSManagedTags")),
        "enableExecuteCommand": bool(parameters.get("enableExecuteCommand")),
        "propagateTags": parameters.get("propagateTags") or "NONE",
        "placementConstraints": [],
        "placementStrategy": [],
        "events": [],
        "createdAt": now(),
        "createdBy": store.caller_arn,
    }
    if balancers:
        data["healthCheckGracePeriodSeconds"] = parameters.get("healthCheckGracePeriodSeconds", 0)
    service = Service(data, tags_of(parameters))
    store.services[(cluster_name, name)] = service
    _deploy(service)
    return {"service": {**shown(service, []), "tags": listed(service.tags)}}


def _configuration(given: Document | None, controller: str) -> Document:
    base: Document = {"maximumPercent": 200, "minimumHealthyPercent": 100}
    if controller == "ECS":
        base["deploymentCircuitBreaker"] = {"enable": False, "rollback": False}
    return {**base, **(given or {})}


def _deploy(service: Service) -> None:
    """Begin a deployment, or make the first task set of a service of CodeDeploy."""
    data = service.data
    shared = {
        "id": deployment_id(),
        "taskDefinition": data["taskDefinition"],
        "launchType": data["launchType"],
        "platformVersion": _PLATFORM,
        "platformFamily": "Linux",
        "networkConfiguration": data["networkConfiguration"],
        "runningCount": 0,
        "pendingCount": data["desiredCount"],
        "createdAt": now(),
        "updatedAt": now(),
        "status": "PRIMARY",
    }
    if service.controller == "ECS":
        for old in service.deployments:
            old["status"] = "ACTIVE"
        state = {"desiredCount": data["desiredCount"], "failedTasks": 0, "rolloutState": "IN_PROGRESS"}
        reason = {"rolloutStateReason": f"ECS deployment {shared['id']} in progress."}
        service.deployments = [{**shared, **state, **reason}, *service.deployments]
    else:
        service.task_sets = [task_set(service, shared)]
    service.change("ecs.service.start")


def task_set(service: Service, shared: Document, status: str = "PRIMARY", scale: float = 100.0) -> Document:
    """Return a task set of a service."""
    region_and_account = str(service.data["serviceArn"]).split(":service/")
    return {
        **shared,
        "status": status,
        "taskSetArn": f"{region_and_account[0]}:task-set/{region_and_account[1]}/{shared['id']}",
        "serviceArn": service.data["serviceArn"],
        "clusterArn": service.data["clusterArn"],
        "loadBalancers": service.data["loadBalancers"],
        "serviceRegistries": service.data["serviceRegistries"],
        "scale": {"value": scale, "unit": "PERCENT"},
        "stabilityStatus": "STABILIZING",
        "stabilityStatusAt": now(),
        "computedDesiredCount": service.data["desiredCount"],
    }


def update_service(store: EcsStore, parameters: Document) -> Document:
    """Change a service; what its tasks are made of starts a deployment."""
    service = store.service(parameters.get("cluster"), parameters["service"])
    data = service.data
    if data["status"] != "ACTIVE":
        raise error("ServiceNotActiveException", "Service was not ACTIVE.")
    controller = (parameters.get("deploymentController") or {}).get("type", service.controller)
    if service.controller == "CODE_DEPLOY" and controller == "CODE_DEPLOY":
        for key, message in _REFUSED.items():
            if parameters.get(key):
                end = "on services with a CODE_DEPLOY deployment controller. Use AWS CodeDeploy to trigger a new deployment."
                raise _invalid(f"{message} {end}")
    definition = store.definition(parameters.get("taskDefinition") or data["taskDefinition"], active="taskDefinition" in parameters).data
    changed: Document = {"taskDefinition": definition["taskDefinitionArn"]}
    if "networkConfiguration" in parameters:
        changed["networkConfiguration"] = _network(store, parameters)
    if "loadBalancers" in parameters:
        changed["loadBalancers"] = _balancers(store, parameters, definition)
    if "serviceRegistries" in parameters:
        changed["serviceRegistries"] = _registries(store, parameters)
    if "platformVersion" in parameters:
        changed["platformVersion"] = parameters["platformVersion"]
    balanced = bool(changed.get("loadBalancers", data["loadBalancers"]))
    _check_deployments(parameters, controller, balanced)
    other_tasks = parameters.get("forceNewDeployment") or any(changed.get(key, data[key]) != data[key] for key in _DEPLOYED)
    for key in ("desiredCount", "enableECSManagedTags", "enableExecuteCommand", "propagateTags", "healthCheckGracePeriodSeconds"):
        if key in parameters:
            changed[key] = parameters[key]
    if "deploymentConfiguration" in parameters:
        changed["deploymentConfiguration"] = {**data["deploymentConfiguration"], **parameters["deploymentConfiguration"]}
    if balanced:
        data.setdefault("healthCheckGracePeriodSeconds", 0)
    resized = changed.get("desiredCount", data["desiredCount"]) != data["desiredCount"]
    data.update(changed)
    if controller != service.controller:
        _hand_over(service, controller)
    elif other_tasks:
        _deploy(service)
    elif resized:
        for deployment in service.deployments[:1]:
            deployment.update(desiredCount=data["desiredCount"], rolloutState="IN_PROGRESS")
        service.change("ecs.service.start")
    return {"service": shown(service, ["TAGS"])}


def _hand_over(service: Service, controller: str) -> None:
    """Give a service another controller; its tasks go on running."""
    old = service.groups()[0].id
    service.data["deploymentController"] = {"type": controller}
    service.data["deploymentConfiguration"] = {
        key: value
        for key, value in service.data["deploymentConfiguration"].items()
        if controller == "ECS" or key in ("maximumPercent", "minimumHealthyPercent")
    }
    service.deployments, service.task_sets = [], []
    _deploy(service)
    new = service.groups()[0].id
    for task in service.tasks:
        if task.group == old:
            task.group = new


def describe_services(store: EcsStore, parameters: Document) -> Document:
    """Describe services; what was deleted is INACTIVE, what never was is a failure."""
    name = str(store.cluster(parameters.get("cluster")).data["clusterName"])
    found, failures = [], []
    for reference in parameters["services"]:
        service = store.services.get((name, reference.rpartition("/")[2]))
        if service is None:
            failures.append({"arn": store.arn("service", name, reference.rpartition("/")[2]), "reason": "MISSING"})
        else:
            found.append(shown(service, parameters.get("include") or []))
    return {"services": found, "failures": failures}


def list_services(store: EcsStore, parameters: Document) -> Document:
    """List the ARNs of the services of a cluster."""
    name = str(store.cluster(parameters.get("cluster")).data["clusterName"])
    wanted = parameters.get("launchType")
    arns = [each.data["serviceArn"] for each in store.of_cluster(name) if not wanted or each.data["launchType"] == wanted]
    items, token = page(arns, parameters, 10)
    return {"serviceArns": items, "nextToken": token}


def delete_service(store: EcsStore, parameters: Document) -> Document:
    """Let the tasks of a service stop, and then the service be gone."""
    service = store.service(parameters.get("cluster"), parameters["service"])
    if service.data["status"] == "INACTIVE":
        raise error("ServiceNotActiveException", "Service was not ACTIVE.")
    if service.data["desiredCount"] > 0 and not parameters.get("force"):
        raise _invalid("The service cannot be stopped while it is scaled above 0.")
    service.data.update(status="DRAINING", desiredCount=0)
    service.deployments, service.task_sets = [], []
    service.change("ecs.service.drain")
    return {"service": shown(service, [])}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateService": create_service,
    "UpdateService": update_service,
    "DescribeServices": describe_services,
    "ListServices": list_services,
    "DeleteService": delete_service,
}
