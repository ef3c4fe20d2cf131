# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Put what AWS has called something in the place of its name, anywhere in an alarm or a dashboard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: with_names
short_description: Put what AWS has called something in the place of its name
version_added: 0.5.0
description:
  - Replaces each C(<kind:name>) in texts, however deep in lists and dictionaries, by what AWS has called the thing.
  - So an alarm names a load balancer, and holds no template of its id, and a plan can show alarms before the load balancer is there.
  - What looks so and has a kind that is not among the sources stays as it is, such as a part of an expression.
positional: _input, sources
options:
  _input:
    description: A text, or a list or dictionary of anything.
    type: raw
    required: true
  sources:
    description: What AWS has called things, by kind and name.
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the dimensions of an alarm
  ansible.builtin.debug:
    msg: "{{ {'LoadBalancer': '<load_balancer:shop>'} | stratum.aws.with_names({'load_balancer': {'shop': 'app/shop/0123'}}) }}"
"""

RETURN = r"""
_value:
  description: The same with everything replaced.
  type: raw
  sample: {"LoadBalancer": "app/shop/0123"}
"""

_PLACE = re.compile(r"<([a-z_]+):([^<>]+)>")


def with_names(value: Any, sources: Mapping[str, Mapping[str, Any]]) -> Any:
    """Return the value with everything replaced; see DOCUMENTATION."""
    if isinstance(value, Mapping):
        return {key: with_names(item, sources) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_names(item, sources) for item in value]
    if not isinstance(value, str) or "<" not in value:
        return value
    return _PLACE.sub(lambda found: _found(found, sources), value)


def _found(place: re.Match[str], sources: Mapping[str, Mapping[str, Any]]) -> str:
    kind, name = place[1], place[2]
    if kind not in sources:
        return place[0]
    values = sources[kind]
    if name not in values:
        there = ", ".join(sorted(map(str, values))) or "none"
        raise AnsibleFilterError(f"with_names: there is no {kind} {name!r}; there are {there}")
    return str(values[name])


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"with_names": with_names}
