# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of everything in EKS that has an ARN."""

from __future__ import annotations

from typing import Final

from tests.emulator.services.eks.store import EksStore, invalid, not_found
from tests.emulator.wire import Document, Operation

_LIMIT: Final = 50


def _tags(store: EksStore, arn: str) -> dict[str, str]:
    for candidate, document in store.documents():
        if candidate == arn:
            tags: dict[str, str] = document["tags"]
            return tags
    raise not_found(f"Resource was not found: {arn}")


def tag_resource(store: EksStore, parameters: Document) -> Document:
    """Add tags to a resource or overwrite them."""
    tags = _tags(store, parameters["resourceArn"])
    if any(key.lower().startswith("aws:") for key in parameters["tags"]):
        raise invalid("Tag keys cannot start with aws:")
    if len({**tags, **parameters["tags"]}) > _LIMIT:
        raise invalid(f"A resource cannot have more than {_LIMIT} tags")
    tags.update(parameters["tags"])
    return {}


def untag_resource(store: EksStore, parameters: Document) -> Document:
    """Take tags from a resource; ones that it does not have are no error."""
    tags = _tags(store, parameters["resourceArn"])
    for key in parameters["tagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(store: EksStore, parameters: Document) -> Document:
    """Return the tags of a resource."""
    return {"tags": _tags(store, parameters["resourceArn"])}


OPERATIONS: Final[dict[str, Operation]] = {
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags_for_resource,
}
