# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The behaviors of a distribution, with the ids of the policies that an inventory names."""

from __future__ import annotations

DOCUMENTATION = r"""
name: distribution_behaviors
version_added: 0.5.0
short_description: Put the ids of policies into the behaviors of a distribution
description:
  - Replaces the names of our own policies in behaviors by their ids. Other names are AWS's policies, and stay.
options:
  _input:
    description: The behaviors.
    type: list
    elements: dict
    required: true
  cache_policies:
    description: The ids of our cache policies, by name.
    type: dict
    required: true
  response_headers_policies:
    description: The ids of our response headers policies, by name.
    type: dict
    required: true
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show the behaviors
  ansible.builtin.debug:
    msg: "{{ [{'origin': 'web', 'response_headers_policy': 'shop'}] | stratum.aws.distribution_behaviors({}, {'shop': '67f7725c'}) }}"
"""

RETURN = r"""
_value:
  description: The behaviors.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any


def distribution_behaviors(
    behaviors: Sequence[Mapping[str, Any]], cache_policies: Mapping[str, str], response_headers_policies: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the behaviors with ids in place of our names."""
    ours = {"cache_policy": cache_policies, "response_headers_policy": response_headers_policies}
    return [
        {**behavior, **{key: ids.get(behavior[key], behavior[key]) for key, ids in ours.items() if behavior.get(key)}}
        for behavior in behaviors
    ]


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"distribution_behaviors": distribution_behaviors}
