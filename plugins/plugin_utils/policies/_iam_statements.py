# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Statements of IAM policies, and how they are packed into documents of the size that IAM takes. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

LARGEST: Final = 6144
"""Characters of a managed policy, white space not counted."""
MOST: Final = 10
"""Managed policies that can be attached to one user or role."""

Document = dict[str, Any]


class TooLong(Exception):
    """The policy does not fit into the documents that IAM takes; the message says what to do."""


@dataclass(frozen=True)
class Statement:
    """What is allowed, on what, and under which condition."""

    actions: frozenset[str]
    resources: frozenset[str]
    condition: Mapping[str, Mapping[str, Any]]

    @property
    def condition_text(self) -> str:
        """The condition as text, the same for equal ones."""
        return json.dumps(self.condition, sort_keys=True)

    @property
    def is_wide(self) -> bool:
        """Whether nothing but the region binds it."""
        keys = {key for inner in self.condition.values() for key in inner}
        return self.resources == {"*"} and keys <= {"aws:RequestedRegion"}

    def as_dict(self) -> dict[str, Any]:
        """Return the statement in IAM's form."""
        resources: str | list[str] = "*" if self.resources == {"*"} else sorted(self.resources)
        found: dict[str, Any] = {"Effect": "Allow", "Action": sorted(self.actions), "Resource": resources}
        return {**found, "Condition": self.condition} if self.condition else found


def statement(actions: Iterable[str], resources: str | Iterable[str], condition: Mapping[str, Mapping[str, Any]]) -> Statement:
    """Return a statement; one without actions or resources is left out later."""
    return Statement(frozenset(actions), frozenset({resources} if isinstance(resources, str) else resources), condition)


def size(document: Any) -> int:
    """Return the characters that IAM counts."""
    return len(json.dumps(document, separators=(",", ":")))


def documents(statements: Iterable[Statement]) -> list[Document]:
    """Return the statements in as few documents as their order allows; raises TooLong when IAM would not take them."""
    packed: list[Document] = []
    for each in _fitting(list(statements)):
        if not packed or size({**packed[-1], "Statement": [*packed[-1]["Statement"], each]}) > LARGEST:
            packed.append({"Version": "2012-10-17", "Statement": []})
        packed[-1]["Statement"].append(each)
    if len(packed) > MOST:
        raise TooLong(
            f"the policy needs {len(packed)} documents, and IAM attaches at most {MOST} to one user or role. "
            "Give the layers to several operators (converge_layers), or attach the documents to a group of roles"
        )
    return packed


def _fitting(statements: list[Statement]) -> list[dict[str, Any]]:
    """Return the statements in IAM's form, too long ones in halves."""
    found: list[dict[str, Any]] = []
    for each in statements:
        whole = each.as_dict()
        if size({"Version": "2012-10-17", "Statement": [whole]}) <= LARGEST:
            found.append(whole)
            continue
        key = "actions" if len(each.actions) >= len(each.resources) else "resources"
        values = sorted(getattr(each, key))
        if len(values) < 2:
            raise TooLong(f"a statement for {', '.join(values)} alone is longer than {LARGEST} characters")
        for part in (values[: len(values) // 2], values[len(values) // 2 :]):
            half = {"actions": each.actions, "resources": each.resources, key: frozenset(part)}
            found += _fitting([Statement(half["actions"], half["resources"], each.condition)])
    return found
