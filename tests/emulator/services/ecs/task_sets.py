# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task sets, with which CodeDeploy replaces the tasks of a service."""

from __future__ import annotations

from typing import Final

from tests.emulator.services.ecs.services import task_set
from tests.emulator.services.ecs.store import EcsStore, Service, deployment_id, now, tags_of
from tests.emulator.wire import Document, Operation, error


def _found(service: Service, reference: str) -> Document:
    for each in service.task_sets:
        if reference in (each["taskSetArn"], each["id"]) or each["taskSetArn"].endswith(reference):
            return each
    raise error("TaskSetNotFoundException", "The specified task set does not exist.")


def _service(store: EcsStore, parameters: Document) -> Service:
    service = store.service(parameters["cluster"], parameters["service"])
    if service.controller == "ECS":
        raise error(
            "InvalidParameterException", "Amazon ECS only supports task set management on services with an EXTERNAL deployment controller."
        )
    return service


def create_task_set(store: EcsStore, parameters: Document) -> Document:
    """Add a task set beside the one that serves."""
    service = _service(store, parameters)
    definition = store.definition(parameters["taskDefinition"], active=True).data
    network = parameters.get("networkConfiguration") or service.task_sets[0]["networkConfiguration"]
    shared = {
        "id": deployment_id(),
        "taskDefinition": definition["taskDefinitionArn"],
        "launchType": parameters.get("launchType") or service.data["launchType"],
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "networkConfiguration": network,
        "externalId": parameters.get("externalId"),
        "runningCount": 0,
        "pendingCount": 0,
        "createdAt": now(),
        "updatedAt": now(),
    }
    scale = (parameters.get("scale") or {}).get("value", 100.0)
    made = task_set(service, shared, "ACTIVE", scale)
    made["loadBalancers"] = parameters.get("loadBalancers") or service.data["loadBalancers"]
    service.task_sets.append(made)
    service.set_tags[made["id"]] = tags_of(parameters)
    service.change("ecs.service.start")
    return {"taskSet": made}


def describe_task_sets(store: EcsStore, parameters: Document) -> Document:
    """Describe the task sets of a service."""
    service = store.service(parameters["cluster"], parameters["service"])
    wanted = parameters.get("taskSets") or [each["taskSetArn"] for each in service.task_sets]
    return {"taskSets": [_found(service, each) for each in wanted], "failures": []}


def update_task_set(store: EcsStore, parameters: Document) -> Document:
    """Change how large a part of the service a task set is."""
    service = _service(store, parameters)
    found = _found(service, parameters["taskSet"])
    found.update(scale=parameters["scale"], updatedAt=now(), stabilityStatus="STABILIZING")
    service.change("ecs.service.start")
    return {"taskSet": found}


def update_service_primary_task_set(store: EcsStore, parameters: Document) -> Document:
    """Let another task set be the one that serves."""
    service = _service(store, parameters)
    found = _found(service, parameters["primaryTaskSet"])
    make_primary(service, found)
    return {"taskSet": found}


def make_primary(service: Service, found: Document) -> None:
    """Let a task set be the one that serves, and the service say what it says."""
    for each in service.task_sets:
        each["status"] = "PRIMARY" if each is found else "ACTIVE"
    service.data["taskDefinition"] = found["taskDefinition"]
    service.data["loadBalancers"] = found["loadBalancers"]


def delete_task_set(store: EcsStore, parameters: Document) -> Document:
    """Stop the tasks of a task set, and let it be gone."""
    service = _service(store, parameters)
    found = _found(service, parameters["taskSet"])
    if found["status"] == "PRIMARY" and not parameters.get("force"):
        raise error("InvalidParameterException", "The primary task set cannot be deleted while it is scaled above 0.")
    service.task_sets.remove(found)
    service.set_tags.pop(found["id"], None)
    service.change("ecs.service.drain")
    return {"taskSet": {**found, "status": "DRAINING"}}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateTaskSet": create_task_set,
    "DescribeTaskSets": describe_task_sets,
    "UpdateTaskSet": update_task_set,
    "UpdateServicePrimaryTaskSet": update_service_primary_task_set,
    "DeleteTaskSet": delete_task_set,
}
