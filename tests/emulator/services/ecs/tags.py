# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tags of everything in ECS that has an ARN."""

from __future__ import annotations

from typing import Final

from tests.emulator.services.ecs.store import EcsStore, listed, tags_of
from tests.emulator.wire import Document, Operation


def list_tags_for_resource(store: EcsStore, parameters: Document) -> Document:
    """Return the tags of a resource."""
    return {"tags": listed(store.find_tags(parameters["resourceArn"]))}


def tag_resource(store: EcsStore, parameters: Document) -> Document:
    """Add tags to a resource."""
    store.find_tags(parameters["resourceArn"]).update(tags_of(parameters))
    return {}


def untag_resource(store: EcsStore, parameters: Document) -> Document:
    """Take tags from a resource."""
    tags = store.find_tags(parameters["resourceArn"])
    for key in parameters["tagKeys"]:
        tags.pop(key, None)
    return {}


OPERATIONS: Final[dict[str, Operation]] = {
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}
