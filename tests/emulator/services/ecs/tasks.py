# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at tasks, and stopping one, which its service then replaces."""

from __future__ import annotations

from typing import Final

from tests.emulator.services.ecs import running
from tests.emulator.services.ecs.store import EcsStore
from tests.emulator.wire import Document, Operation, error, page


def _all(store: EcsStore, cluster: str | None) -> list[running.Task]:
    data = store.cluster(cluster).data
    living = [task for service in store.of_cluster(data["clusterName"]) for task in service.tasks]
    return living + [task for task in store.tasks if task.data["clusterArn"] == data["clusterArn"]]


def list_tasks(store: EcsStore, parameters: Document) -> Document:
    """List the ARNs of tasks, of a service or a family; those that run unless asked for others."""
    status = parameters.get("desiredStatus") or "RUNNING"
    service = (parameters.get("serviceName") or "").rpartition("/")[2]
    family = parameters.get("family")
    arns = [
        task.data["taskArn"]
        for task in _all(store, parameters.get("cluster"))
        if task.data["desiredStatus"] == status
        and (not service or task.data["group"] == f"service:{service}")
        and (not family or task.data["taskDefinitionArn"].rpartition("/")[2].partition(":")[0] == family)
    ]
    items, token = page(arns, parameters)
    return {"taskArns": items, "nextToken": token}


def describe_tasks(store: EcsStore, parameters: Document) -> Document:
    """Describe tasks by ARN or id."""
    known = {task.data["taskArn"].rpartition("/")[2]: task for task in _all(store, parameters.get("cluster"))}
    found, failures = [], []
    for reference in parameters["tasks"]:
        task = known.get(reference.rpartition("/")[2])
        if task is None:
            failures.append({"arn": reference, "reason": "MISSING"})
        else:
            hidden = () if "TAGS" in (parameters.get("include") or []) else ("tags",)
            found.append({key: value for key, value in task.data.items() if key not in hidden})
    return {"tasks": found, "failures": failures}


def stop_task(store: EcsStore, parameters: Document) -> Document:
    """Stop a task; its service starts another one."""
    cluster = store.cluster(parameters.get("cluster")).data["clusterName"]
    wanted = parameters["task"].rpartition("/")[2]
    for service in store.of_cluster(cluster):
        for task in service.tasks:
            if task.data["taskArn"].endswith(f"/{wanted}"):
                service.tasks.remove(task)
                running.stop(store, task, parameters.get("reason") or "Task stopped by user")
                store.tasks.append(task)
                service.change("ecs.service.start")
                return {"task": task.data}
    raise error("InvalidParameterException", "The referenced task was not found.")


OPERATIONS: Final[dict[str, Operation]] = {
    "ListTasks": list_tasks,
    "DescribeTasks": describe_tasks,
    "StopTask": stop_task,
}
