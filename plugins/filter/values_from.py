# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that gives charts and secrets what other layers have made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: values_from
short_description: Give charts and secrets what other layers have made
version_added: 0.4.0
description:
  - Takes where values come from, by the dotted path of each value, and what there is.
  - So an inventory names a database, and holds no template of its address, and a plan can show what is to be made before the
    address is known.
positional: _input, sources
options:
  _input:
    description:
      - For each dotted path a dictionary with one key, the kind of value, and the name of what has it.
      - A dot within a key is written as C(\\.).
    type: dict
    required: true
  sources:
    description: The values by kind and name. Paths of a kind that is V(none) are left out.
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the values of a chart
  ansible.builtin.debug:
    msg: "{{ wanted | stratum.aws.values_from({'database_address': {'shop': 'shop.example.com'}}) }}"
  vars:
    wanted:
      database.host: {database_address: shop}
"""

RETURN = r"""
_value:
  description: The values, nested as their paths say.
  type: dict
  sample: {"database": {"host": "shop.example.com"}}
"""

_DOT = re.compile(r"(?<!\\)\.")


def values_from(wanted: Mapping[str, Mapping[str, str]], sources: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Any]:
    """Return the values by their paths; see DOCUMENTATION."""
    result: dict[str, Any] = {}
    for path, origin in wanted.items():
        if len(origin) != 1:
            raise AnsibleFilterError(f"values_from: {path} is to have one kind of value and one name, such as {{database_address: shop}}")
        ((kind, name),) = origin.items()
        if kind not in sources:
            raise AnsibleFilterError(f"values_from: {path} asks for {kind!r}; there are {', '.join(sorted(sources))}")
        values = sources[kind]
        if values is None:
            continue
        if name not in values:
            there = ", ".join(sorted(map(str, values))) or "none"
            raise AnsibleFilterError(f"values_from: {path} asks for the {kind} of {name!r}; there are {there}")
        *outer, last = (part.replace("\\.", ".") for part in _DOT.split(path))
        place = result
        for key in outer:
            place = place.setdefault(key, {})
        place[last] = values[name]
    return result


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"values_from": values_from}
