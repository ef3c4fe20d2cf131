# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account holds of EKS in one region, and how to find something in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.wire import Document, error

cluster_created: list[Callable[[Cluster], None]] = []
"""Called with each new cluster, before CreateCluster answers: a real API server hooks in here."""

cluster_deleted: list[Callable[[Cluster], None]] = []
"""Called with each cluster once its deletion has finished."""

nodegroup_created: list[Callable[[Cluster, Resource], None]] = []
"""Called with each new node group and its cluster, before CreateNodegroup answers."""


@dataclass
class Update:
    """One asynchronous change of a cluster, node group or add-on."""

    kind: str
    parameters: list[Document]
    life: Lifecycle = field(default_factory=lambda: Lifecycle("InProgress"))
    id: str = field(default_factory=lambda: str(mock_random.uuid4()))
    created_at: datetime = field(default_factory=utcnow)

    def render(self) -> Document:
        """Return the update as DescribeUpdate shows it."""
        return {
            "id": self.id,
            "status": self.life.status,
            "type": self.kind,
            "params": self.parameters,
            "createdAt": self.created_at,
            "errors": [],
        }


@dataclass
class Resource:
    """A node group, add-on or cluster: a document in AWS's shape, a life, and its updates."""

    data: Document
    life: Lifecycle
    token: str | None = None
    updates: dict[str, Update] = field(default_factory=dict)
    waits: Callable[[], bool] | None = None
    """Whether what stands behind the resource is not yet as `data` says, however long a change has taken."""

    def render(self) -> Document:
        """Return the resource as a describe call shows it."""
        return {**self.data, "status": self.life.status}

    def settle(self) -> None:
        """Bring the resource and its updates up to the present moment."""
        if self.waits is not None and self.waits():
            return
        self.life.settle()
        if self.waits is not None and self.life.status == "ACTIVE" and self.waits():
            # The end of the update has brought what now has to be done.
            self.life.begin_for("UPDATING", 0, "ACTIVE")
            return
        for update in self.updates.values():
            update.life.settle()

    def update_in_progress(self) -> Update | None:
        """Return the update that is still running."""
        return next((u for u in self.updates.values() if u.life.busy), None)

    def start_update(self, kind: str, parameters: list[Document], delay: str, apply: Callable[[], None]) -> Update:
        """Begin an update that calls `apply` when it ends, and return it."""
        update = Update(kind, parameters)
        update.life.begin("InProgress", delay, "Successful")
        self.life.begin("UPDATING", delay, "ACTIVE", apply)
        self.updates[update.id] = update
        return update


@dataclass
class Cluster(Resource):
    """A cluster and everything inside it."""

    creator_arn: str = ""
    nodegroups: dict[str, Resource] = field(default_factory=dict)
    addons: dict[str, Resource] = field(default_factory=dict)
    access_entries: dict[str, Document] = field(default_factory=dict)
    access_policies: dict[str, dict[str, Document]] = field(default_factory=dict)
    associations: dict[str, Document] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name, unique in the region."""
        return str(self.data["name"])

    @property
    def version(self) -> str:
        """The Kubernetes version, such as `1.34`."""
        return str(self.data["version"])

    @property
    def authentication_mode(self) -> str:
        """`API`, `API_AND_CONFIG_MAP` or `CONFIG_MAP`."""
        return str(self.data["accessConfig"]["authenticationMode"])

    def settle(self) -> None:
        """Bring the cluster and everything inside it up to the present moment."""
        super().settle()
        for child in [*self.nodegroups.values(), *self.addons.values()]:
            child.settle()


class EksStore:
    """The clusters of one account in one region."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.partition = get_partition(region)
        self.caller_arn = ""
        self.clusters: dict[str, Cluster] = {}

    def settle(self) -> None:
        """Bring every cluster up to the present moment."""
        for cluster in list(self.clusters.values()):
            cluster.settle()

    def arn(self, *path: str) -> str:
        """Return the ARN of the resource at `path`, such as `("cluster", "a")`."""
        return f"arn:{self.partition}:eks:{self.region}:{self.account_id}:{'/'.join(path)}"

    def cluster(self, name: str) -> Cluster:
        """Return the cluster called `name`, or fail as AWS does."""
        if name not in self.clusters:
            raise not_found(f"No cluster found for name: {name}.", clusterName=name)
        return self.clusters[name]

    def active_cluster(self, name: str) -> Cluster:
        """Return the cluster if something can be put into it now; a busy one still takes changes."""
        cluster = self.cluster(name)
        if cluster.life.status in ("CREATING", "DELETING"):
            raise error(
                "InvalidRequestException",
                f"Cluster '{name}' is not in ACTIVE status",
                clusterName=name,
            )
        return cluster

    def nodegroup(self, cluster_name: str, name: str) -> Resource:
        """Return the node group `name`, or fail as AWS does."""
        cluster = self.cluster(cluster_name)
        if name not in cluster.nodegroups:
            raise not_found(
                f"No node group found for name: {name}.",
                clusterName=cluster_name,
                nodegroupName=name,
            )
        return cluster.nodegroups[name]

    def addon(self, cluster_name: str, name: str) -> Resource:
        """Return the add-on `name`, or fail as AWS does."""
        cluster = self.cluster(cluster_name)
        if name not in cluster.addons:
            raise not_found(
                f"No addon: {name} found in cluster: {cluster_name}",
                clusterName=cluster_name,
                addonName=name,
            )
        return cluster.addons[name]

    def documents(self) -> Iterator[tuple[str, Document]]:
        """Yield the ARN and the document of everything that can be tagged."""
        for cluster in self.clusters.values():
            yield cluster.data["arn"], cluster.data
            for nodegroup in cluster.nodegroups.values():
                yield nodegroup.data["nodegroupArn"], nodegroup.data
            for addon in cluster.addons.values():
                yield addon.data["addonArn"], addon.data
            for entry in cluster.access_entries.values():
                yield entry["accessEntryArn"], entry
            for association in cluster.associations.values():
                yield association["associationArn"], association


def not_found(message: str, **members: Any) -> ServiceException:
    """Return EKS's error for something that does not exist."""
    return error("ResourceNotFoundException", message, **members)


def invalid(message: str, **members: Any) -> ServiceException:
    """Return EKS's error for a parameter that cannot be."""
    return error("InvalidParameterException", message, **members)


def in_use(message: str, **members: Any) -> ServiceException:
    """Return EKS's error for a name that is taken or a resource that is busy."""
    return error("ResourceInUseException", message, **members)
