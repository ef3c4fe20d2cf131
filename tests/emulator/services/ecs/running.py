# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks: their network interface, and their registration in target groups and in Cloud Map."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random

from tests.emulator.wire import Document


@dataclass
class Task:
    """A task in AWS's shape, and what it is registered in."""

    data: Document
    tags: dict[str, str]
    group: str
    definition: str
    subnet: str
    interface: str
    address: str
    target_groups: list[tuple[str, int]]
    discovery: list[str]


def start(store: Any, cluster: str, service: str, definition: Document, group: Any, subnet_id: str, tags: dict[str, str]) -> Task:
    """Run a task of a service in one of its subnets."""
    from moto.ec2.models import ec2_backends

    identifier = str(mock_random.uuid4()).replace("-", "")
    arn = store.arn("task", cluster, identifier)
    backend = ec2_backends[store.account_id][store.region]
    subnet: Any = backend.get_subnet(subnet_id)
    address = subnet.get_available_subnet_ip(None)
    interface = backend.create_network_interface(
        subnet.id, address, group_ids=group.network.get("securityGroups") or [], description=f"{arn.replace(':task/', ':attachment/')}"
    )
    interface.status = "in-use"
    interface.requester_managed = True
    details = {
        "subnetId": subnet.id,
        "networkInterfaceId": interface.id,
        "macAddress": interface.mac_address,
        "privateIPv4Address": address,
    }
    data = _document(store, cluster, f"service:{service}", definition, arn, tags)
    data["startedBy"] = group.id
    data["availabilityZone"] = subnet.availability_zone
    data["attachments"] = [
        {
            "id": str(mock_random.uuid4()),
            "type": "ElasticNetworkInterface",
            "status": "ATTACHED",
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]
    targets = [(each["targetGroupArn"], int(each["containerPort"])) for each in group.balancers]
    registries = [each["registryArn"].rpartition("/")[2] for each in group.registries]
    task = Task(data, dict(tags), group.id, group.definition, subnet.id, interface.id, address, targets, registries)
    _register(store, cluster, service, task)
    return task


def _document(store: Any, cluster: str, group: str, definition: Document, arn: str, tags: dict[str, str]) -> Document:
    moment = datetime.now(UTC)
    containers = [
        {
            "containerArn": arn.replace(":task/", ":container/") + f"/{mock_random.uuid4()}",
            "taskArn": arn,
            "name": each["name"],
            "image": each["image"],
            "lastStatus": "RUNNING",
            "healthStatus": "HEALTHY" if each.get("healthCheck") else "UNKNOWN",
            "cpu": str(each.get("cpu", 0)),
        }
        for each in definition["containerDefinitions"]
    ]
    checked = any(each.get("healthCheck") for each in definition["containerDefinitions"])
    return {
        "taskArn": arn,
        "clusterArn": store.arn("cluster", cluster),
        "taskDefinitionArn": definition["taskDefinitionArn"],
        "group": group,
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "healthStatus": "HEALTHY" if checked else "UNKNOWN",
        "launchType": "FARGATE",
        "platformVersion": "1.4.0",
        "platformFamily": "Linux",
        "cpu": definition.get("cpu"),
        "memory": definition.get("memory"),
        "connectivity": "CONNECTED",
        "containers": containers,
        "attachments": [],
        "createdAt": moment,
        "startedAt": moment,
        "version": 1,
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }


def _register(store: Any, cluster: str, service: str, task: Task) -> None:
    from moto.elbv2.models import elbv2_backends

    groups = elbv2_backends[store.account_id][store.region].target_groups
    for arn, port in task.target_groups:
        if arn in groups:
            groups[arn].register([{"Id": task.address, "Port": port}])
    if not task.discovery:
        return
    from moto.servicediscovery.models import servicediscovery_backends

    backend = servicediscovery_backends[store.account_id][store.region]
    attributes = {
        "AWS_INSTANCE_IPV4": task.address,
        "AWS_INIT_HEALTH_STATUS": "HEALTHY",
        "ECS_CLUSTER_NAME": cluster,
        "ECS_SERVICE_NAME": service,
        "ECS_TASK_DEFINITION_FAMILY": task.data["taskDefinitionArn"].rpartition("/")[2].partition(":")[0],
    }
    for identifier in task.discovery:
        if identifier in backend.services:
            backend.register_instance(identifier, task.data["taskArn"].rpartition("/")[2], "ecs", attributes)


def stop(store: Any, task: Task, reason: str) -> None:
    """Stop a task and take it out of everything that it is in."""
    from moto.ec2.models import ec2_backends
    from moto.elbv2.models import elbv2_backends

    backend = ec2_backends[store.account_id][store.region]
    if task.interface in backend.enis:
        interface = backend.enis.pop(task.interface)
        interface.subnet.del_subnet_ip(task.address)
    groups = elbv2_backends[store.account_id][store.region].target_groups
    for arn, _port in task.target_groups:
        if arn in groups and task.address in groups[arn].targets:
            groups[arn].deregister([{"Id": task.address}])
    if task.discovery:
        from moto.servicediscovery.models import servicediscovery_backends

        known = servicediscovery_backends[store.account_id][store.region]
        for identifier in task.discovery:
            if identifier in known.services:
                # Somebody may have taken it out before.
                with suppress(Exception):
                    known.deregister_instance(identifier, task.data["taskArn"].rpartition("/")[2])
    task.data.update(lastStatus="STOPPED", desiredStatus="STOPPED", stoppedReason=reason, stoppedAt=datetime.now(UTC))
    for container in task.data["containers"]:
        container["lastStatus"] = "STOPPED"
