# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the resources of CloudFront have in common: nested lists with a count, and versions.  Private to the collection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Final

from ansible_collections.stratum.aws.plugins.module_utils._base import AwsResource, Document

HOSTED_ZONE: Final = "Z2FDTNDATAQYW2"
"""The hosted zone of all distributions, for aliases."""

_KEYS: Final = ("PathPattern", "Id", "ErrorCode", "HeaderName", "Header")
"""What tells the items of a list apart."""


def items(values: Sequence[Any]) -> Document:
    """Return a list as CloudFront writes it."""
    return {"Quantity": len(values), "Items": list(values)} if values else {"Quantity": 0}


def same(current: Any, wanted: Any) -> bool:
    """Return whether `current` is as wanted in all that `wanted` names; nothing and empty are the same."""
    if isinstance(wanted, Mapping):
        found = current if isinstance(current, Mapping) else {}
        return all(same(found.get(key), value) for key, value in _own(wanted).items())
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return _same_lists(list(current or []), list(wanted))
    return bool(current == wanted or (not current and not wanted))


def _own(document: Mapping[str, Any]) -> Document:
    """Return a document without the counts, but with the lists that they say are empty."""
    own = {key: value for key, value in document.items() if key != "Quantity"}
    return {**own, "Items": own.get("Items") or []} if "Quantity" in document else own


def _same_lists(current: list[Any], wanted: list[Any]) -> bool:
    if len(current) != len(wanted):
        return False
    if not wanted or not isinstance(wanted[0], Mapping):
        return sorted(map(str, current)) == sorted(map(str, wanted))
    if "PathPattern" in wanted[0]:  # the first behavior that fits is the one that counts
        return all(same(one, other) for one, other in zip(current, wanted, strict=True))
    known = {_key(item): item for item in current}
    return all(same(known.get(_key(item)), item) for item in wanted)


def _key(item: Mapping[str, Any]) -> str:
    return next((str(item[key]) for key in _KEYS if key in item), "")


def merged(current: Any, wanted: Any) -> Any:
    """Return `wanted` with what `current` has besides: CloudFront takes configurations whole."""
    if isinstance(wanted, Mapping):
        found = current if isinstance(current, Mapping) else {}
        together = {**found, **{key: merged(found.get(key), value) for key, value in _own(wanted).items()}}
        if "Quantity" in wanted:
            together["Quantity"] = len(together["Items"])
            if not together["Items"]:
                del together["Items"]
        return together
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        known = {_key(item): item for item in current or [] if isinstance(item, Mapping)}
        return [merged(known.get(_key(item)), item) if isinstance(item, Mapping) else item for item in wanted]
    return wanted


class NamedConfig(AwsResource):
    """A configuration of CloudFront that is found by its name, such as a policy.  None of them can be tagged."""

    service = "cloudfront"
    noun: ClassVar[str]
    """As in the names of operations: `CachePolicy`."""
    listing: ClassVar[str]
    """The operation that lists them."""
    snake: ClassVar[str]
    """The noun in the names of boto3's methods."""
    cures: ClassVar[Mapping[str, str]] = {
        "CachePolicyInUse": "Take it out of the distributions that use it, then run again.",
        "ResponseHeadersPolicyInUse": "Take it out of the distributions that use it, then run again.",
        "OriginAccessControlInUse": "Take it out of the origins that use it, then run again.",
        "InvalidArgument": "Correct what the message names.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _config(self) -> Document:
        """Return the configuration as AWS takes it."""
        raise NotImplementedError

    def _listed(self) -> Iterator[Document]:
        """Yield what the listing says of each."""
        marker: str | None = None
        while True:
            answer = self.call(self.listing, Marker=marker)[f"{self.noun}List"]
            for item in answer.get("Items") or []:
                yield item.get(self.noun, item)
            marker = answer.get("NextMarker")
            if not marker:
                return

    def _describe(self) -> Document | None:
        for item in self._listed():
            config = item.get(f"{self.noun}Config", item)
            if config["Name"] == self.params["name"]:
                found = self.find(f"get_{self.snake}", Id=item["Id"])
                if found is not None:
                    return {"id": item["Id"], "etag": found["ETag"], "config": found[self.noun][f"{self.noun}Config"]}
        return None

    def _changes(self, current: Document) -> Document:
        wanted = self._config()
        return {} if same(current["config"], wanted) else {"config": merged(current["config"], wanted)}

    def _predict(self) -> Document:
        return {"config": self._config()}

    def _create(self) -> None:
        self.call(f"create_{self.snake}", **{f"{self.noun}Config": self._config()})

    def _update(self, current: Document, changes: Document) -> None:
        self.call(f"update_{self.snake}", Id=current["id"], IfMatch=current["etag"], **{f"{self.noun}Config": changes["config"]})

    def _delete(self, current: Document) -> None:
        self.find(f"delete_{self.snake}", Id=current["id"], IfMatch=current["etag"])
