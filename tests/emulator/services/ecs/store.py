# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account holds of ECS in one region, and how its services become what they are to be."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from tests.emulator import delays
from tests.emulator.services.ecs import running
from tests.emulator.wire import Document, error

EVENTS = 100
"""How many events a service remembers."""


def now() -> datetime:
    """Return the moment as the API answers it."""
    return datetime.now(UTC)


def tags_of(parameters: Document) -> dict[str, str]:
    """Return the tags of a request as a dictionary."""
    return {tag["key"]: tag.get("value", "") for tag in parameters.get("tags") or []}


def listed(tags: dict[str, str]) -> list[Document]:
    """Return tags as the API answers them."""
    return [{"key": key, "value": value} for key, value in tags.items()]


@dataclass
class Cluster:
    """A cluster in AWS's shape."""

    data: Document
    tags: dict[str, str]


@dataclass
class Definition:
    """A revision of a task definition in AWS's shape."""

    data: Document
    tags: dict[str, str]


@dataclass
class Group:
    """Tasks that a service is to run by one deployment or task set."""

    id: str
    definition: str
    network: Document
    balancers: list[Document]
    registries: list[Document]
    count: int


@dataclass
class Service:
    """A service in AWS's shape, and its tasks."""

    data: Document
    tags: dict[str, str]
    deployments: list[Document] = field(default_factory=list)
    task_sets: list[Document] = field(default_factory=list)
    set_tags: dict[str, dict[str, str]] = field(default_factory=dict)
    tasks: list[running.Task] = field(default_factory=list)
    due: float = 0.0
    """The moment at which its tasks are what they are to be."""
    unsettled: bool = True
    """Whether something has changed since then."""

    @property
    def controller(self) -> str:
        """Who replaces its tasks."""
        return str(self.data["deploymentController"]["type"])

    def change(self, kind: str) -> None:
        """Say that its tasks are to become something else, which takes a while."""
        self.unsettled = True
        self.due = time.time() + delays.duration(kind)

    def say(self, message: str) -> None:
        """Write an event, the newest first."""
        event = {"id": mock_random.uuid4().__str__(), "createdAt": now(), "message": f"(service {self.data['serviceName']}) {message}"}
        self.data["events"] = [event, *self.data["events"]][:EVENTS]

    def groups(self) -> list[Group]:
        """Return what is to run now."""
        if self.data["status"] != "ACTIVE":
            return []
        registries = self.data["serviceRegistries"]
        if self.controller == "ECS":
            primary = self.deployments[0]
            network = primary["networkConfiguration"]["awsvpcConfiguration"]
            definition = primary["taskDefinition"]
            return [Group(primary["id"], definition, network, self.data["loadBalancers"], registries, self.data["desiredCount"])]
        return [
            Group(
                each["id"],
                each["taskDefinition"],
                each["networkConfiguration"]["awsvpcConfiguration"],
                each["loadBalancers"],
                each["serviceRegistries"],
                -(-int(each["scale"]["value"] * self.data["desiredCount"]) // 100),
            )
            for each in self.task_sets
            if each["status"] != "DRAINING"
        ]


class EcsStore:
    """The clusters, task definitions and services of one account in one region."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.partition = get_partition(region)
        self.caller_arn = ""
        self.clusters: dict[str, Cluster] = {}
        self.definitions: dict[str, dict[int, Definition]] = {}
        self.last_revision: dict[str, int] = {}
        self.services: dict[tuple[str, str], Service] = {}
        self.tasks: list[running.Task] = []
        """Tasks that no service runs, and those that have stopped."""

    def arn(self, kind: str, *names: str) -> str:
        """Return an ARN, such as that of the `cluster` called `name`."""
        return f"arn:{self.partition}:ecs:{self.region}:{self.account_id}:{kind}/{'/'.join(names)}"

    def cluster(self, name: str | None) -> Cluster:
        """Return an active cluster by name or ARN, or fail as AWS does."""
        found = self.clusters.get((name or "default").rpartition("/")[2])
        if found is None or found.data["status"] == "INACTIVE":
            raise error("ClusterNotFoundException", "Cluster not found.")
        return found

    def service(self, cluster: str | None, name: str) -> Service:
        """Return a service by name or ARN, or fail as AWS does."""
        key = (str(self.cluster(cluster).data["clusterName"]), name.rpartition("/")[2])
        if key not in self.services:
            raise error("ServiceNotFoundException", "Service not found.")
        return self.services[key]

    def of_cluster(self, name: str) -> list[Service]:
        """Return the services of a cluster that are not gone."""
        return [each for (cluster, _name), each in self.services.items() if cluster == name and each.data["status"] != "INACTIVE"]

    def definition(self, reference: str, active: bool = False) -> Definition:
        """Return a revision by ARN, family and revision, or family alone, or fail as AWS does."""
        family, _colon, number = reference.rpartition("/")[2].partition(":")
        revisions = self.definitions.get(family, {})
        if number:
            found = revisions.get(int(number)) if number.isdigit() else None
        else:
            live = [revision for revision, each in revisions.items() if each.data["status"] == "ACTIVE"]
            found = revisions[max(live)] if live else None
        if found is None:
            raise error("ClientException", "Unable to describe task definition.")
        if active and found.data["status"] != "ACTIVE":
            raise error("ClientException", "TaskDefinition is inactive")
        return found

    def set_desired(self, resource_id: str, least: int | None = None, most: int | None = None) -> None:
        """Bring the desired count of `service/<cluster>/<name>` between two numbers, as Application Auto Scaling does."""
        _kind, cluster, name = resource_id.split("/")
        service = self.service(cluster, name)
        count = service.data["desiredCount"]
        wanted = max(count, least) if least is not None else count
        wanted = min(wanted, most) if most is not None else wanted
        if wanted != count:
            service.data["desiredCount"] = wanted
            service.change("ecs.service.start")

    def settle(self) -> None:
        """Bring every service up to the present moment."""
        moment = time.time()
        for (cluster, _name), service in self.services.items():
            if service.unsettled and moment >= service.due:
                self._reconcile(cluster, service)

    def _reconcile(self, cluster: str, service: Service) -> None:
        groups = service.groups()
        wanted = {group.id: group for group in groups}
        counted: dict[str, int] = dict.fromkeys(wanted, 0)
        for task in list(service.tasks):
            if task.group in wanted and counted[task.group] < wanted[task.group].count and task.definition == wanted[task.group].definition:
                counted[task.group] += 1
                continue
            service.tasks.remove(task)
            running.stop(self, task, "Scaling activity initiated by deployment")
            self.tasks.append(task)
        for group in groups:
            definition = self.definition(group.definition)
            for _number in range(counted[group.id], group.count):
                propagated = service.data.get("propagateTags")
                tags = {"SERVICE": service.tags, "TASK_DEFINITION": definition.tags}.get(str(propagated), {})
                if service.data.get("enableECSManagedTags"):
                    tags = {"aws:ecs:clusterName": cluster, "aws:ecs:serviceName": service.data["serviceName"], **tags}
                service.tasks.append(
                    running.start(self, cluster, service.data["serviceName"], definition.data, group, _subnet(service, group), tags)
                )
        service.unsettled = False
        if service.data["status"] == "DRAINING":
            service.data["status"] = "INACTIVE"
        self._count(service)

    def _count(self, service: Service) -> None:
        service.data["runningCount"] = len(service.tasks)
        service.data["pendingCount"] = 0
        if service.data["status"] != "ACTIVE":
            return
        if service.controller == "ECS":
            service.deployments = service.deployments[:1]
            primary = service.deployments[0]
            done = primary["rolloutState"] == "COMPLETED"
            primary.update(
                runningCount=len(service.tasks),
                desiredCount=service.data["desiredCount"],
                pendingCount=0,
                rolloutState="COMPLETED",
                rolloutStateReason=f"ECS deployment {primary['id']} completed.",
                updatedAt=now(),
            )
            if not done:
                service.say(f"(deployment {primary['id']}) deployment completed.")
        for each in service.task_sets:
            count = sum(task.group == each["id"] for task in service.tasks)
            each.update(
                runningCount=count, pendingCount=0, computedDesiredCount=count, stabilityStatus="STEADY_STATE", stabilityStatusAt=now()
            )
        service.say("has reached a steady state.")

    def tagged(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Yield everything that has an ARN and tags."""
        for cluster in self.clusters.values():
            if cluster.data["status"] != "INACTIVE":
                yield cluster.data["clusterArn"], cluster.tags
        for revisions in self.definitions.values():
            for definition in revisions.values():
                yield definition.data["taskDefinitionArn"], definition.tags
        for service in self.services.values():
            if service.data["status"] == "INACTIVE":
                continue
            yield service.data["serviceArn"], service.tags
            for each in service.task_sets:
                yield each["taskSetArn"], service.set_tags.get(each["id"], {})
            for task in service.tasks:
                yield task.data["taskArn"], task.tags

    def find_tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a resource, or fail as AWS does."""
        for known, tags in self.tagged():
            if known == arn:
                return tags
        for task in self.tasks:
            if task.data["taskArn"] == arn:
                return task.tags
        raise error("InvalidParameterException", "The specified resource cannot be found.")


def _subnet(service: Service, group: Group) -> str:
    """Return the subnet in which fewest tasks of the service stand."""
    taken = [task.subnet for task in service.tasks]
    return str(min(group.network["subnets"], key=taken.count))


def deployment_id() -> str:
    """Return the id of a deployment or task set."""
    return f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}"


def shown(service: Service, include: list[str]) -> Document:
    """Return a service as DescribeServices answers it."""
    answer: dict[str, Any] = {**service.data, "deployments": service.deployments, "taskSets": service.task_sets}
    if "TAGS" in include:
        answer["tags"] = listed(service.tags)
    return answer
