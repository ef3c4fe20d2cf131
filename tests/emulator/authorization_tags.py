# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags and the true ARNs of resources that exist in the account, for decisions about requests."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from .options import ACCOUNT_ID


def of_resource(arn: str) -> dict[str, str]:
    """Return the tags of the resource with this ARN; empty when there is none, or when its service is not asked (see README.md)."""
    parts = arn.split(":", 5)
    reader = _READERS.get(parts[2]) if len(parts) == 6 else None
    if reader is None or arn.endswith("*"):
        return {}
    # A resource that does not exist has no tags; moto says so by all kinds of exceptions.
    with suppress(Exception):
        return reader(_backend(parts[2], parts[3]), arn)
    return {}


def associated(association: str, region: str) -> set[str]:
    """Return the ids of what an association of EC2 (`rtbassoc-…`, `eipassoc-…`) ties together; empty for an unknown one."""
    with suppress(KeyError):
        backend = _backend("ec2", region)
        tables = {table.id: table._associations.get(association) for table in list(backend.route_tables.values())}
        addresses = {each.allocation_id for each in list(backend.addresses) if each.association_id == association}
        return {each for pair in tables.items() if pair[1] for each in pair} | addresses
    return set()


def existing(arns: set[str]) -> set[str]:
    """Return the ARNs with roles under their paths and secrets with their suffixes, as far as they exist."""
    return {_true(arn) for arn in arns}


def _true(arn: str) -> str:
    if ":secret:" in arn and arn.endswith("-??????"):
        name = arn.partition(":secret:")[2].removesuffix("-??????")
        with suppress(Exception):
            return str(_backend("secretsmanager", arn.split(":")[3]).secrets[name].arn)
    if match := re.fullmatch(r"arn:aws:iam::\d+:role/([\w+=,.@-]+)", arn):
        roles = list(_backend("iam", "aws").roles.values())
        return next((str(role.arn) for role in roles if role.name == match[1]), arn)
    return arn


def _backend(service: str, region: str) -> Any:
    """Return what moto holds of a service in a region; raises KeyError for a service that nobody has used."""
    module = f"moto.{service}.models"
    if module not in sys.modules and service != "iam":
        raise KeyError(service)
    return getattr(importlib.import_module(module), f"{service}_backends")[ACCOUNT_ID][region]


def _pairs(tags: Any) -> dict[str, str]:
    found = tags.get("Tags", tags) if isinstance(tags, dict) else tags
    if isinstance(found, dict):
        return {str(key): str(value) for key, value in found.items()}
    return {str(tag.get("Key", tag.get("TagKey"))): str(tag.get("Value", tag.get("TagValue"))) for tag in found or ()}


_READERS: Final[dict[str, Callable[[Any, str], dict[str, str]]]] = {
    "acm": lambda backend, arn: _pairs(backend.get_certificate(arn).tags),
    "backup": lambda backend, arn: _pairs(backend.list_tags(arn)),
    "ec2": lambda backend, arn: dict(backend.tags.get(arn.rpartition("/")[2], {})),
    "kms": lambda backend, arn: _pairs(backend.list_resource_tags(arn.rpartition("/")[2])),
    "rds": lambda backend, arn: _pairs(backend.list_tags_for_resource(arn)),
    "secretsmanager": lambda backend, arn: _pairs(backend.secrets[arn].tags),
}
