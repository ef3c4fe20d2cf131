# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a result, or a write that was intercepted, says about a resource. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, verdict
from ansible_collections.stratum.aws.plugins.plugin_utils.telling._report import Action


def only_reads(module: str) -> bool:
    """Return whether a module of this name looks things up and changes nothing."""
    return module.endswith(("_info", "_facts"))


def effects(operations: Sequence[Mapping[str, Any]]) -> list[Effect]:
    """Return what each write did, in order; a write that AWS refused did nothing."""
    return [Effect(operation["effect"]) for operation in operations if "error" not in operation]


def action(operations: Sequence[Mapping[str, Any]], result: Mapping[str, Any]) -> Action:
    """Return what a change was: from the writes where there are any, from the module's own words otherwise.

    A resource is created by the first write; what a later one creates is a part of it, or takes its place.
    """
    found, writes = existed(result), effects(operations)
    match verdict(writes, found):
        case Effect.READ:
            return _told_by_module(result, found)
        case Effect.DELETE:
            return "delete"
    new = writes[0] is Effect.CREATE or found is False or (Effect.PUT in writes and found is None)
    return "create" if new else "change"


def existed(result: Mapping[str, Any]) -> bool | None:
    """Return whether the module found the resource, by the `before` of its diff; None when it does not tell."""
    diff = result.get("diff")
    if isinstance(diff, Sequence) and not isinstance(diff, str) and diff:
        diff = diff[0]
    if isinstance(diff, Mapping) and "before" in diff:
        return bool(diff["before"])
    return None


def _told_by_module(result: Mapping[str, Any], found: bool | None) -> Action:
    match result.get("method"):
        case "create":
            return "create"
        case "delete":
            return "delete"
    return "create" if found is False else "change"
