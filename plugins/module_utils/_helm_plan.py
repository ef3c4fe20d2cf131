# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What making a release as it is wished changes in a cluster. Pure.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_compare as compare
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_compare import Difference
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_object import HOLDS_DATA

Document = dict[str, Any]

KEPT: Final = "keep"
"""The value of the annotation `helm.sh/resource-policy` with which Helm never deletes an object."""


@dataclass(frozen=True)
class Plan:
    """What making a wish true changes: objects that come, change (field by field) and go, and what else is different."""

    created: tuple[Document, ...] = ()
    changed: tuple[tuple[Document, tuple[Difference, ...]], ...] = ()
    deleted: tuple[Document, ...] = ()
    other: tuple[Difference, ...] = ()
    """The chart's version, the values, or the state of the release itself."""

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.deleted or self.other)

    def changes(self) -> list[Document]:
        """Return everything as `property`, `old`, `new`, for reports."""
        found = [each.as_change() for each in self.other]
        found += [{"property": named(item), "new": "created"} for item in self.created]
        found += [each.as_change(f"{named(item)} ") for item, differences in self.changed for each in differences]
        return found + [{"property": named(item), "old": "deleted"} for item in self.deleted]

    def destructive(self) -> list[str]:
        """Return what would be lost."""
        return [f"{compare.title(item)} holds data and is deleted" for item in self.deleted if item.get("kind") in HOLDS_DATA]

    def diff(self, existed: bool) -> Document:
        """Return Ansible's diff; the `before` of a release that is there is never empty."""
        changes = self.changes()
        there = {"release": "present"}
        return {
            "before": {**there, **{each["property"]: each["old"] for each in changes if "old" in each}} if existed else {},
            "after": {**there, **{each["property"]: each["new"] for each in changes if "new" in each}},
        }


def named(item: Mapping[str, Any]) -> str:
    """Return kind and name of an object, as changes are listed by them."""
    return f"{item.get('kind')} {(item.get('metadata') or {}).get('name')}"


def key_of(item: Mapping[str, Any], namespace: str) -> tuple[str, ...]:
    """Return what an object is found by in another revision; `namespace` is the release's."""
    metadata = item.get("metadata") or {}
    return (str(item.get("kind")), str(metadata.get("namespace") or namespace), str(metadata.get("name")))


def stays(item: Mapping[str, Any]) -> bool:
    """Return whether Helm leaves an object in the cluster when it goes out of the release."""
    annotations = (item.get("metadata") or {}).get("annotations") or {}
    return annotations.get("helm.sh/resource-policy") == KEPT
