# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags: one way of asking for all services, because the operations come in a few shapes.

The write names the resource by one or two parameters and has `Tags` (pairs or a map) or keys to remove; the service
has one operation that lists the tags of a resource, which names the resource likewise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import ABSENT, SENSITIVE, Change
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader

_WRITES: Final = re.compile(
    r"(?P<set>Tag(?P<tagged>[A-Z]\w+)|AddTags?To(?P<added>\w+))|(?P<unset>Untag(?P<untagged>[A-Z]\w+)|RemoveTags?From(?P<removed>\w+))"
)
_READS: Final = ("ListTagsForResource", "ListResourceTags", "ListTagsOfResource", "ListTagsForCertificate", "ListTags")
_NEW: Final = ("Tags", "tags", "TagsList", "tagsList")
_GONE: Final = ("TagKeys", "tagKeys", "TagKeyList", "tagKeyList", "tags", "Tags")


def covered(client: Any, operation: str) -> bool:
    """Return whether the operation tags or untags, and the service can list tags."""
    return _read_operation(client, operation) is not None


def _read_operation(client: Any, operation: str) -> str | None:
    match = _WRITES.fullmatch(operation)
    if match is None:
        return None
    kind = next((match[group] for group in ("tagged", "untagged", "added", "removed") if match[group]), "")
    names = client.meta.service_model.operation_names
    return next((name for name in (f"List{kind}Tags", f"ListTagsFor{kind}", *_READS) if name in names), None)


def changes(reader: Reader, operation: str, given: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the tags that a write sets to another value or removes."""
    read = _read_operation(reader.client, operation)
    match = _WRITES.fullmatch(operation)
    if read is None or match is None:
        return
    shape = reader.client.meta.service_model.operation_model(read).input_shape
    named = {key: value for key, value in given.items() if key not in (*_NEW, *_GONE)}
    if all(key in named for key in shape.required_members):
        asked = {key: value for key, value in named.items() if key in shape.members}
    else:
        # The one parameter that names the resource is spelled otherwise: `ResourceArn`, `resourceArn`, `ResourceARN`.
        asked = dict(zip(shape.required_members[:1], named.values(), strict=False))
    wanted = next((given[key] for key in (_NEW if match["set"] else _GONE) if key in given), None)
    if wanted == SENSITIVE:
        # AWS Backup takes its tags for secrets.
        yield Change("tags", SENSITIVE, SENSITIVE)
        return
    answer = reader(read, all_pages=True, **asked)
    current = mapping(next((value for key, value in answer.items() if "tag" in key.lower()), None))
    yield from differing(current, mapping(wanted)) if match["set"] else removed(current, keys(wanted))


def differing(current: Mapping[str, str], new: Mapping[str, str], prefix: str = "") -> Iterator[Change]:
    """Yield the tags of `new` that are otherwise now."""
    for key, value in new.items():
        if current.get(key) != value:
            yield Change(f"{prefix}tags.{key}", current.get(key, ABSENT), value)


def removed(current: Mapping[str, str], gone: list[str], prefix: str = "") -> Iterator[Change]:
    """Yield the tags that are there and go."""
    for key in gone:
        if key in current:
            yield Change(f"{prefix}tags.{key}", current[key], ABSENT)


def mapping(tags: Any) -> dict[str, str]:
    """Return tags of any of AWS's forms as a mapping."""
    if isinstance(tags, Mapping):
        inner = next((tags[key] for key in ("Items", "TagList", "Tags") if isinstance(tags.get(key), list)), None)
        return {str(key): str(value) for key, value in tags.items()} if inner is None else mapping(inner)
    return {_part(tag, "key"): _part(tag, "value") for tag in tags or []}


def _part(tag: Mapping[str, Any], part: str) -> str:
    return str(next((value for key, value in tag.items() if key.lower() in (part, f"tag{part}")), "") or "")


def keys(gone: Any) -> list[str]:
    """Return the keys of tags to remove, given as names, as pairs, or as CloudFront's `Items`."""
    if isinstance(gone, Mapping):
        gone = gone.get("Items", list(gone))
    return [each if isinstance(each, str) else _part(each, "key") for each in gone or []]
