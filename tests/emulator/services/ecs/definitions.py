# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task definitions: what Fargate takes, the defaults that ECS fills in, and the life of revisions."""

from __future__ import annotations

import copy
import re
from typing import Final

from tests.emulator.services.ecs.store import Definition, EcsStore, listed, now, tags_of
from tests.emulator.wire import Document, Operation, error, page

_FAMILY: Final = re.compile(r"[a-zA-Z0-9_-]{1,255}")
_FARGATE: Final = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4097, 1024)),
    1024: tuple(range(2048, 8193, 1024)),
    2048: tuple(range(4096, 16385, 1024)),
    4096: tuple(range(8192, 30721, 1024)),
    8192: tuple(range(16384, 61441, 4096)),
    16384: tuple(range(32768, 122881, 8192)),
}
"""CPU units and the MiB of memory that go with them, from the developer guide's table of task sizes."""
_DEFAULTS: Final[Document] = {
    "cpu": 0,
    "portMappings": [],
    "essential": True,
    "environment": [],
    "mountPoints": [],
    "volumesFrom": [],
    "systemControls": [],
}
_HEALTH: Final = {"interval": 30, "timeout": 5, "retries": 3}
_MOST_DELETED: Final = 10


def _refused(message: str) -> Exception:
    return error("ClientException", message)


def _containers(parameters: Document) -> list[Document]:
    definitions = parameters.get("containerDefinitions") or []
    names = [each.get("name") for each in definitions]
    if not definitions:
        raise _refused("Container list cannot be empty.")
    for each in definitions:
        for key in ("name", "image"):
            if not each.get(key):
                raise _refused(f"Container.{key} should not be null or empty.")
    if len(set(names)) < len(names):
        raise _refused("Container.name must be unique.")
    result = []
    for each in definitions:
        full = {**copy.deepcopy(_DEFAULTS), **each}
        full["portMappings"] = [{"protocol": "tcp", "hostPort": port["containerPort"], **port} for port in full["portMappings"]]
        if full.get("healthCheck"):
            full["healthCheck"] = {**_HEALTH, **full["healthCheck"]}
        result.append(full)
    if not any(each["essential"] for each in result):
        raise _refused("A task definition needs at least one essential container.")
    return result


def _check_fargate(parameters: Document, containers: list[Document]) -> None:
    cpu, memory = parameters.get("cpu"), parameters.get("memory")
    if not cpu or not memory:
        raise _refused("Fargate requires that 'cpu' and 'memory' be defined at the task level.")
    if int(memory) not in _FARGATE.get(int(cpu), ()):
        raise _refused(
            f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the documentation for valid values."
        )
    if parameters.get("networkMode") != "awsvpc":
        raise _refused("Fargate only supports network mode 'awsvpc'.")
    if sum(int(each.get("cpu") or 0) for each in containers) > int(cpu):
        raise _refused("The total of the containers' 'cpu' is larger than the task's.")
    if sum(int(each.get("memory") or each.get("memoryReservation") or 0) for each in containers) > int(memory):
        raise _refused("The total of the containers' 'memory' is larger than the task's.")
    storage = (parameters.get("ephemeralStorage") or {}).get("sizeInGiB")
    if storage is not None and not 21 <= storage <= 200:
        raise _refused("Fargate supports ephemeral storage between 21 GiB and 200 GiB.")
    if parameters.get("executionRoleArn"):
        return
    for each in containers:
        if each.get("secrets"):
            raise _refused("When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")
        if (each.get("logConfiguration") or {}).get("logDriver") == "awslogs":
            raise _refused("Fargate requires task definition to have execution role ARN to support log driver awslogs.")
        if ".dkr.ecr." in each["image"]:
            raise _refused("Fargate requires task definition to have execution role ARN to support ECR images.")


def register_task_definition(store: EcsStore, parameters: Document) -> Document:
    """Register another revision of a family."""
    family = parameters["family"]
    if not _FAMILY.fullmatch(family):
        raise _refused("Family contains invalid characters.")
    for key in ("taskRoleArn", "executionRoleArn"):
        if parameters.get(key) and not re.fullmatch(r"arn:aws[^:]*:iam::\d{12}:role/.+", parameters[key]):
            raise _refused("Role is not valid")
    containers = _containers(parameters)
    wanted = parameters.get("requiresCompatibilities") or []
    if "FARGATE" in wanted:
        _check_fargate(parameters, containers)
    number = store.last_revision[family] = store.last_revision.get(family, 0) + 1
    data = {key: value for key, value in parameters.items() if key != "tags"}
    data.update(
        taskDefinitionArn=store.arn("task-definition", f"{family}:{number}"),
        revision=number,
        status="ACTIVE",
        containerDefinitions=containers,
        volumes=parameters.get("volumes") or [],
        placementConstraints=parameters.get("placementConstraints") or [],
        compatibilities=["EC2", "FARGATE"] if "FARGATE" in wanted else ["EC2"],
        registeredAt=now(),
        registeredBy=store.caller_arn,
    )
    definition = Definition(data, tags_of(parameters))
    store.definitions.setdefault(family, {})[number] = definition
    return {"taskDefinition": data, "tags": listed(definition.tags)}


def describe_task_definition(store: EcsStore, parameters: Document) -> Document:
    """Describe a revision, or the newest active one of a family."""
    definition = store.definition(parameters["taskDefinition"])
    tags = {"tags": listed(definition.tags)} if "TAGS" in (parameters.get("include") or []) else {}
    return {"taskDefinition": definition.data, **tags}


def list_task_definitions(store: EcsStore, parameters: Document) -> Document:
    """List the ARNs of revisions; a family's name is a whole one here, in spite of the parameter's name."""
    status = parameters.get("status") or "ACTIVE"
    prefix = parameters.get("familyPrefix")
    arns = [
        each.data["taskDefinitionArn"]
        for family, revisions in sorted(store.definitions.items())
        for each in revisions.values()
        if each.data["status"] == status and (not prefix or family == prefix)
    ]
    items, token = page(arns[::-1] if parameters.get("sort") == "DESC" else arns, parameters)
    return {"taskDefinitionArns": items, "nextToken": token}


def list_task_definition_families(store: EcsStore, parameters: Document) -> Document:
    """List families by their beginning."""
    status, prefix = parameters.get("status") or "ALL", parameters.get("familyPrefix") or ""
    families = [
        family
        for family, revisions in sorted(store.definitions.items())
        if family.startswith(prefix) and any(status in ("ALL", each.data["status"]) for each in revisions.values())
    ]
    items, token = page(families, parameters)
    return {"families": items, "nextToken": token}


def deregister_task_definition(store: EcsStore, parameters: Document) -> Document:
    """Make a revision inactive."""
    reference = parameters["taskDefinition"]
    if ":" not in reference.rpartition("/")[2]:
        raise _refused("Revision is missing.")
    definition = store.definition(reference)
    definition.data.update(status="INACTIVE", deregisteredAt=now())
    return {"taskDefinition": definition.data}


def delete_task_definitions(store: EcsStore, parameters: Document) -> Document:
    """Delete revisions that are inactive."""
    references = parameters["taskDefinitions"]
    if not 1 <= len(references) <= _MOST_DELETED:
        raise error("InvalidParameterException", "Size of TaskDefinition references list cannot exceed 10")
    deleted, failures = [], []
    for reference in references:
        definition = store.definition(reference)
        if definition.data["status"] == "ACTIVE":
            reason = "The specified task definition is still in ACTIVE status. Please deregister the target and try again."
            failures.append({"arn": definition.data["taskDefinitionArn"], "reason": reason})
            continue
        store.definitions[definition.data["family"]].pop(definition.data["revision"])
        deleted.append({**definition.data, "status": "DELETE_IN_PROGRESS"})
    return {"taskDefinitions": deleted, "failures": failures}


OPERATIONS: Final[dict[str, Operation]] = {
    "RegisterTaskDefinition": register_task_definition,
    "DescribeTaskDefinition": describe_task_definition,
    "ListTaskDefinitions": list_task_definitions,
    "ListTaskDefinitionFamilies": list_task_definition_families,
    "DeregisterTaskDefinition": deregister_task_definition,
    "DeleteTaskDefinitions": delete_task_definitions,
}
