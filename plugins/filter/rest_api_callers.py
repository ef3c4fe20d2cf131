# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says which functions APIs call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: rest_api_callers
short_description: Say which functions APIs call
version_added: 0.5.0
description:
  - Returns each pair of an API and a function that it calls, once.
options:
  _input:
    description: The APIs, as in C(serverless_api_rest_apis).
    type: list
    elements: dict
    required: true
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show which functions the APIs call
  ansible.builtin.debug:
    msg: "{{ serverless_api_rest_apis | stratum.aws.rest_api_callers }}"
"""

RETURN = r"""
_value:
  description: The pairs, in the order of the APIs.
  type: list
  elements: dict
  sample: [{"api": shop-prod, "function": shop-prod-orders, "alias": live}]
"""


def rest_api_callers(apis: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return which functions APIs call; see DOCUMENTATION."""
    return [
        {"api": str(api["name"]), "function": function, "alias": str(api.get("alias") or "live")}
        for api in apis
        for function in dict.fromkeys(str(name) for name in (api.get("functions") or {}).values())
    ]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"rest_api_callers": rest_api_callers}
