# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that completes files of buckets by what other layers have made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.values_from import values_from

DOCUMENTATION = r"""
name: bucket_files
short_description: Complete files of buckets by what other layers have made
version_added: 0.5.0
description:
  - Takes files as M(stratum.aws.s3_bucket_files) does, some with C(content_from) - by the dotted path of a value in the content, the kind
    of value and the name of what has it.
  - So an inventory names a user pool, and holds no template of its id.
positional: _input, sources
options:
  _input:
    description: The files.
    type: list
    elements: dict
    required: true
  sources:
    description: The values by kind and name.
    type: dict
    required: true
seealso:
  - plugin: stratum.aws.values_from
    plugin_type: filter
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show the configuration of a page
  ansible.builtin.debug:
    msg: "{{ files | stratum.aws.bucket_files({'user_pool_id': {'people': 'us-west-2_abc'}}) }}"
  vars:
    files:
      - name: config.json
        content: {region: us-west-2}
        content_from: {pool: {user_pool_id: people}}
"""

RETURN = r"""
_value:
  description: The files, without C(content_from).
  type: list
  elements: dict
  sample: [{"name": "config.json", "content": {"region": "us-west-2", "pool": "us-west-2_abc"}}]
"""


def bucket_files(files: Sequence[Mapping[str, Any]], sources: Mapping[str, Mapping[str, Any] | None]) -> list[dict[str, Any]]:
    """Return the files with their whole contents; see DOCUMENTATION."""
    found: list[dict[str, Any]] = []
    for file in files:
        made = {key: value for key, value in file.items() if key != "content_from" and value is not None}
        wanted = file.get("content_from") or {}
        if wanted:
            content = file.get("content") or {}
            if not isinstance(content, Mapping):
                raise AnsibleFilterError(
                    f"bucket_files: the content of {file.get('name')} is no dictionary, so content_from has no place in it"
                )
            made["content"] = _merged(content, values_from(wanted, sources))
        found.append(made)
    return found


def _merged(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(first)
    for key, value in second.items():
        inner = result.get(key)
        result[key] = _merged(inner, value) if isinstance(inner, Mapping) and isinstance(value, Mapping) else value
    return result


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"bucket_files": bucket_files}
