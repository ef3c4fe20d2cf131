# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an AWS operation does to the account, told from its name and a reviewed table.

Pure. An operation that neither the prefixes nor the table know counts as a write: a plan may refuse a
harmless call, it must never let a harmful one pass.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _operations_reviewed


class Effect(StrEnum):
    """What a call does, seen from the resource that a node manages."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"
    PUT = "put"
    """Creates the thing or replaces it: only the account, or the module that read it, knows which."""


# A capital letter follows, so that no `Getaway` passes. Other words that sound like reads are in the table, one by one.
_READ: Final = re.compile(r"(BatchGet|Describe|Get|Head|List)[A-Z]")
_CREATE_PREFIXES: Final = ("Allocate", "Create")
_DELETE_PREFIXES: Final = ("Delete",)

_REVIEWED: Final[dict[str, Effect]] = {
    f"{service}:{operation}": effect
    for table, effect in (
        (_operations_reviewed.READS, Effect.READ),
        (_operations_reviewed.SOUND_LIKE_READS, Effect.CHANGE),
        (_operations_reviewed.CREATIONS, Effect.CREATE),
        (_operations_reviewed.DELETIONS, Effect.DELETE),
        (_operations_reviewed.PUTS, Effect.PUT),
        (_operations_reviewed.PARTS, Effect.CHANGE),
    )
    for service, operations in table.items()
    for operation in operations.split()
}


def effect(service: str, operation: str) -> Effect:
    """Return the effect of `operation` (`CreateVpc`) of `service` (its botocore name, `ec2`)."""
    reviewed = _REVIEWED.get(f"{service}:{operation}")
    if reviewed is not None:
        return reviewed
    if _READ.match(operation):
        return Effect.READ
    if operation.startswith(_CREATE_PREFIXES):
        return Effect.CREATE
    if operation.startswith(_DELETE_PREFIXES):
        return Effect.DELETE
    return Effect.CHANGE


def put_effect(service: str, operation: str, parameters: Mapping[str, Any]) -> Effect | None:
    """Return what an operation that puts does, where its parameters tell; None where only the account knows.

    Also None for an operation that does not put: `effect` tells that.
    """
    match f"{service}:{operation}":
        case "route53:ChangeResourceRecordSets":
            batch = parameters.get("ChangeBatch") or {}
            actions = {str(change.get("Action", "")).upper() for change in batch.get("Changes") or ()}
            return {frozenset({"CREATE"}): Effect.CREATE, frozenset({"DELETE"}): Effect.DELETE}.get(frozenset(actions))
        case "ssm:PutParameter":
            # AWS refuses to overwrite unless it is told to.
            return None if parameters.get("Overwrite") else Effect.CREATE
        case "s3:PutObject":
            return Effect.CREATE if parameters.get("IfNoneMatch") == "*" else _change_if(parameters.get("IfMatch"))
        case "s3:CopyObject":
            # A copy onto itself rewrites metadata.
            source = parameters.get("CopySource")
            path = f"{source.get('Bucket')}/{source.get('Key')}" if isinstance(source, Mapping) else str(source or "").lstrip("/")
            return _change_if(path.partition("?versionId=")[0] == f"{parameters.get('Bucket')}/{parameters.get('Key')}")
        case "logs:PutQueryDefinition":
            return Effect.CHANGE if parameters.get("queryDefinitionId") else Effect.CREATE
    return None


def _change_if(condition: object) -> Effect | None:
    return Effect.CHANGE if condition else None


def verdict(effects: Sequence[Effect], existed: bool | None = None) -> Effect:
    """Return what a node's writes amount to, from their effects in order: create, change, delete or read.

    One creation makes the node a creation, deletions alone a deletion, anything else a change; a deletion
    that is followed by a creation replaces the resource, which is a creation too. `existed` says whether
    the module found the resource, where it tells; it decides about operations that put.
    """
    writes = [each for each in effects if each is not Effect.READ]
    if not writes:
        return Effect.READ
    if Effect.CREATE in writes:
        return Effect.CREATE
    if all(each is Effect.DELETE for each in writes):
        return Effect.DELETE
    if Effect.PUT in writes and not existed:
        return Effect.CREATE
    return Effect.CHANGE
