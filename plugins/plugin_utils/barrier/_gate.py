# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module call may write: the rule at the one door through which every AWS call passes. Pure.

Reads always pass. A write is sent, answered as if it had been done (a plan), or refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect

DESTRUCTIVE_CURE = "Look at the plan, and give -e allow_destructive=true if this is meant"


class Rule(StrEnum):
    """How a gate treats writes."""

    SEND = "send"
    """They are made."""
    PLAN = "plan"
    """None is made; each is answered as if it had been, so that what follows it can be seen."""
    SHUT = "shut"
    """None is made, and the first one ends the call: nothing was to be changed here."""
    REVIEWED = "reviewed"
    """Those are made that a saved plan holds."""
    TAGS = "tags"
    """The tags of a stack are written where there are none; any other write is answered as in a plan."""


class Ruling(StrEnum):
    """What becomes of one write."""

    SEND = "send"
    ANSWER = "answer"
    REFUSE = "refuse"


@dataclass(frozen=True)
class Gate:
    """The rule for one module call.

    `destructive` lets through what destroys or interrupts. With `Rule.REVIEWED`, `reviewed` holds the fingerprints
    of the writes that were planned, as `salted` makes them with `salt`; `complete` says that these were all, and
    `created` that the resource is new, so that the ids in what follows its creation could not be known.
    """

    rule: Rule = Rule.SEND
    destructive: bool = False
    reviewed: frozenset[str] = frozenset()
    salt: str = ""
    complete: bool = False
    created: bool = False
    made: int = 0
    """How many writes earlier attempts at this resource have made."""
    fresh: bool = False
    """Earlier attempts have created the resource: what it was before need not be kept."""
    hasty: bool = False
    """What the module waits for before its first write will not come, because other writes were not made either."""

    def ruling(self, effect: Effect, fingerprint: str, number: int, reasons: Sequence[str], *, tags: bool) -> tuple[Ruling, str]:
        """Return what becomes of the write number `number` (from 0) of a call, and why it is refused.

        `reasons` say why the write is destructive; `tags` that it takes a resource over for a stack, and nothing else.
        """
        match self.rule:
            case Rule.PLAN:
                return Ruling.ANSWER, ""
            case Rule.TAGS:
                return (Ruling.SEND if tags and effect is not Effect.DELETE else Ruling.ANSWER), ""
            case Rule.SHUT:
                return Ruling.REFUSE, "the saved plan has no change here. Make a new plan, and review it"
            case Rule.REVIEWED if not self._was_reviewed(effect, fingerprint, number):
                return Ruling.REFUSE, "the saved plan does not hold this write. Make a new plan, and review it"
        if reasons and not self.destructive:
            return Ruling.REFUSE, f"this is destructive: {'; '.join(reasons)}. {DESTRUCTIVE_CURE}"
        return Ruling.SEND, ""

    def _was_reviewed(self, effect: Effect, fingerprint: str, number: int) -> bool:
        if salted(self.salt, fingerprint) in self.reviewed:
            return True
        if not self.reviewed:
            # It was planned as a creation whose inputs were not known yet.
            return self.created and effect is not Effect.DELETE
        # What follows holds ids that could not be known, or could not be seen to its end.
        return number + self.made > 0 and effect is not Effect.DELETE and (self.created or not self.complete)


OPEN = Gate(destructive=True)
PLAN = Gate(Rule.PLAN)
PLAN_REMOVAL = Gate(Rule.PLAN, hasty=True)
SHUT = Gate(Rule.SHUT)
TAGS = Gate(Rule.TAGS)

_OWNERSHIP: Final = ("stratum:stack", "stratum:environment")
_TAGGING = (
    "AddTags",
    "CreateTags",
    "TagResource",
    "TagRole",
    "TagPolicy",
    "TagInstanceProfile",
    "TagOpenIDConnectProvider",
    "TagUser",
    "TagLogGroup",
    "PutBucketTagging",
    "AddTagsToResource",
    "AddTagsToCertificate",
    "ChangeTagsForResource",
    "CreateOrUpdateTags",
    "TagQueue",
)


def takes_over(operation: Mapping[str, Any]) -> bool:
    """Return whether a recorded write gives a resource that no stack owns the tags of one, and writes nothing but tags."""
    if operation["operation"] not in _TAGGING:
        return False
    if operation.get("changes") is None:
        return _OWNERSHIP[0] in json.dumps(operation["parameters"], default=str)
    return any(_ownership(operation)) and owner(operation) is None


def owner(operation: Mapping[str, Any]) -> str | None:
    """Return whose tag a recorded write would replace: the name of a stack or an environment; None when there is none."""
    return next((str(change["old"]) for change in _ownership(operation) if "old" in change), None)


def _ownership(operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the changes that a recorded write makes to the tags by which a stack knows its resources."""
    for change in operation.get("changes") or ():
        if str(change["property"]).endswith(_OWNERSHIP):
            yield change


def fingerprint(region: str, service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return what identifies a write in a saved plan: the same for the same write, whatever the order of its lists.

    `parameters` hold neither secrets nor idempotency tokens any more.
    """
    text = json.dumps([region, service, operation, _ordered(parameters)], sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def salted(salt: str, text: str) -> str:
    """Return what stands for a text in a file that others may read: guessing a short secret behind it is expensive."""
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode(), 2000).hex()


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _ordered(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return sorted((_ordered(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True, default=str))
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return _ordered(json.loads(value))
        except ValueError:
            return value
    return value
