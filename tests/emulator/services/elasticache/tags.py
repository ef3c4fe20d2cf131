# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of everything in ElastiCache that has an ARN."""

from __future__ import annotations

from typing import Final

from tests.emulator.services.elasticache import parameter_groups
from tests.emulator.services.elasticache.store import ElastiCacheStore, tags_of
from tests.emulator.wire import Document, Operation, error

_NOT_FOUND: Final = {
    "cluster": ("CacheClusterNotFound", "Cluster not found."),
    "replicationgroup": ("ReplicationGroupNotFoundFault", "Replication group not found."),
    "subnetgroup": ("CacheSubnetGroupNotFoundFault", "Cache subnet group not found."),
    "parametergroup": ("CacheParameterGroupNotFound", "Cache parameter group not found."),
    "snapshot": ("SnapshotNotFoundFault", "Snapshot not found."),
}


def _tags(store: ElastiCacheStore, arn: str) -> dict[str, str]:
    parameter_groups.ensure_defaults(store)
    for resource in store.resources():
        if resource.data["ARN"] == arn:
            return resource.tags
    kind = arn.split(":")[5] if arn.count(":") >= 6 else ""
    if kind not in _NOT_FOUND:
        raise error("InvalidARN", f"ARN {arn} is invalid.")
    code, message = _NOT_FOUND[kind]
    raise error(code, message)


def _shown(tags: dict[str, str]) -> Document:
    return {"TagList": [{"Key": key, "Value": value} for key, value in tags.items()]}


def list_tags_for_resource(store: ElastiCacheStore, parameters: Document) -> Document:
    """Return the tags of a resource."""
    return _shown(_tags(store, parameters["ResourceName"]))


def add_tags_to_resource(store: ElastiCacheStore, parameters: Document) -> Document:
    """Add tags to a resource; those of a replication group are its members' too."""
    arn = parameters["ResourceName"]
    tags = _tags(store, arn)
    added = tags_of(parameters)
    tags.update(added)
    for member in _members(store, arn):
        member.update(added)
    return _shown(tags)


def remove_tags_from_resource(store: ElastiCacheStore, parameters: Document) -> Document:
    """Take tags from a resource; one that it does not have is an error, unlike in most services."""
    arn = parameters["ResourceName"]
    tags = _tags(store, arn)
    for key in parameters["TagKeys"]:
        if key not in tags:
            raise error("TagNotFound", f"Tag not found: {key}")
    for table in (tags, *_members(store, arn)):
        for key in parameters["TagKeys"]:
            table.pop(key, None)
    return _shown(tags)


def _members(store: ElastiCacheStore, arn: str) -> list[dict[str, str]]:
    for group in store.groups.values():
        if group.data["ARN"] == arn:
            return [member.tags for member in store.members(group)]
    return []


OPERATIONS: Final[dict[str, Operation]] = {
    "ListTagsForResource": list_tags_for_resource,
    "AddTagsToResource": add_tags_to_resource,
    "RemoveTagsFromResource": remove_tags_from_resource,
}
