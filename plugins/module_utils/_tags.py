# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a tagged resource has against what its user wants, and the calls that make it so.  Private to the collection."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.module_utils.common.text.converters import to_native
from ansible_collections.amazon.aws.plugins.module_utils.tagging import compare_aws_tags

Tags = dict[str, str]


def text_tags(tags: Mapping[str, Any] | None) -> Tags | None:
    """Return tags as AWS keeps them: every value is a string."""
    return None if tags is None else {str(key): to_native(value) for key, value in tags.items()}


def tag_changes(current: Mapping[str, str], wanted: Mapping[str, Any] | None, purge: bool) -> dict[str, Tags]:
    """Return `{"tags": all tags the resource is to have}` if they differ, else nothing.

    None leaves the tags alone; tags of AWS itself (`aws:`) always stay.
    """
    texts = text_tags(wanted)
    if texts is None:
        return {}
    to_set, to_unset = compare_aws_tags(dict(current), texts, purge_tags=purge)
    if not to_set and not to_unset:
        return {}
    kept = {key: value for key, value in current.items() if key not in to_unset}
    return {"tags": {**kept, **to_set}}


def retag(
    current: Mapping[str, str],
    wanted: Mapping[str, str] | None,
    tag: Callable[[Tags], object],
    untag: Callable[[list[str]], object],
) -> None:
    """Call `untag` with the keys to remove and `tag` with the tags to set, if there are any; None changes nothing."""
    if wanted is None:
        return
    to_set, to_unset = compare_aws_tags(dict(current), dict(wanted), purge_tags=True)
    if to_unset:
        untag(sorted(to_unset))
    if to_set:
        tag(dict(sorted(to_set.items())))
