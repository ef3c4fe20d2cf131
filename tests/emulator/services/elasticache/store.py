# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an account holds of ElastiCache in one region, and how to find something in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from moto.core.exceptions import ServiceException
from moto.moto_api._internal import mock_random
from moto.utilities.utils import get_partition

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.wire import Document, error

_WORDS: Final = {
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
    "central": "c",
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
}


@dataclass
class Resource:
    """A document in AWS's shape, its tags and its life."""

    data: Document
    life: Lifecycle
    tags: dict[str, str]


@dataclass
class Cluster(Resource):
    """A cache cluster; one of a replication group lives its group's life."""

    nodes: list[Document] = field(default_factory=list)
    group_id: str | None = None


@dataclass
class Group(Resource):
    """A replication group."""

    parameter_group: str = ""
    engine_version: str = ""
    port: int = 6379
    token: str | None = None
    log_deliveries: list[Document] = field(default_factory=list)


class ElastiCacheStore:
    """The caches of one account in one region."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.partition = get_partition(region)
        self.caller_arn = ""
        self.subnet_groups: dict[str, Resource] = {}
        self.parameter_groups: dict[str, Resource] = {}
        self.parameter_values: dict[str, dict[str, str]] = {}
        self.clusters: dict[str, Cluster] = {}
        self.groups: dict[str, Group] = {}
        self.snapshots: dict[str, Resource] = {}
        self.domain = mock_random.get_random_string(6).lower()
        """Six characters that all endpoints of an account in a region share."""

    def settle(self) -> None:
        """Bring every state up to the present moment."""
        for resource in [
            *self.groups.values(),
            *self.clusters.values(),
            *self.snapshots.values(),
        ]:
            resource.life.settle()

    def arn(self, kind: str, name: str) -> str:
        """Return an ARN, such as that of the `cluster` called `name`."""
        return f"arn:{self.partition}:elasticache:{self.region}:{self.account_id}:{kind}:{name}"

    @property
    def zone_code(self) -> str:
        """The region as endpoints have it: `cac1` for ca-central-1."""
        area, direction, number = self.region.rsplit("-", 2)
        return f"{area.replace('-', '')}{_WORDS.get(direction, direction)}{number}"

    def endpoint(self, *labels: str) -> str:
        """Return a host name of ElastiCache's that begins with `labels`."""
        return ".".join([*labels, self.zone_code, "cache.amazonaws.com"])

    def subnet_group(self, name: str) -> Resource:
        """Return the subnet group `name`, or fail as AWS does."""
        if name not in self.subnet_groups:
            raise error("CacheSubnetGroupNotFoundFault", f"Cache Subnet Group {name} does not exist.")
        return self.subnet_groups[name]

    def cluster(self, name: str) -> Cluster:
        """Return the cache cluster `name`, or fail as AWS does."""
        if name.lower() not in self.clusters:
            raise error("CacheClusterNotFound", f"CacheCluster not found: {name}")
        return self.clusters[name.lower()]

    def group(self, name: str) -> Group:
        """Return the replication group `name`, or fail as AWS does."""
        if name.lower() not in self.groups:
            raise error("ReplicationGroupNotFoundFault", f"ReplicationGroup {name} not found.")
        return self.groups[name.lower()]

    def members(self, group: Group) -> list[Cluster]:
        """Return the cache clusters of a replication group, in the order of their names."""
        name = group.data["ReplicationGroupId"]
        return [cluster for cluster in self.clusters.values() if cluster.group_id == name]

    def resources(self) -> Iterator[Resource]:
        """Yield everything that has an ARN and tags."""
        for table in (
            self.subnet_groups,
            self.parameter_groups,
            self.clusters,
            self.groups,
            self.snapshots,
        ):
            yield from table.values()


def tags_of(parameters: Document) -> dict[str, str]:
    """Return the tags of a request as a dictionary."""
    return {tag["Key"]: tag.get("Value", "") for tag in parameters.get("Tags") or []}


def bad_value(message: str) -> ServiceException:
    """Return the error for a value that cannot be."""
    return error("InvalidParameterValue", message)


def bad_combination(message: str) -> ServiceException:
    """Return the error for values that do not go together."""
    return error("InvalidParameterCombination", message)


def marked(items: Sequence[Any], parameters: Document) -> tuple[list[Any], str | None]:
    """Return the page that `MaxRecords` and `Marker` ask for, and the next marker."""
    start = int(parameters.get("Marker") or 0)
    following = start + int(parameters.get("MaxRecords") or 100)
    return list(items[start:following]), str(following) if following < len(items) else None
