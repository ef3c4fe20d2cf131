# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that finds the stages of usage plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: usage_plan_stages
short_description: Find the stages of usage plans
version_added: 0.5.0
description:
  - Puts the id of an API in the place of its name.
options:
  _input:
    description: The stages, as in C(serverless_api_usage_plans[].stages).
    type: list
    elements: dict
    required: true
  ids:
    description: The ids of the APIs, by name.
    type: dict
    required: true
positional: _input, ids
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show the stages
  ansible.builtin.debug:
    msg: "{{ [{'api': 'shop', 'stage': 'prod'}] | stratum.aws.usage_plan_stages({'shop': 'a1b2c3d4e5'}) }}"
"""

RETURN = r"""
_value:
  description: What M(stratum.aws.api_gateway_usage_plan) takes.
  type: list
  elements: dict
  sample: [{"rest_api_id": a1b2c3d4e5, "stage": prod}]
"""


def usage_plan_stages(stages: Sequence[Mapping[str, Any]], ids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the stages with the ids of their APIs; see DOCUMENTATION."""
    unknown = sorted({str(stage["api"]) for stage in stages} - ids.keys())
    if unknown:
        raise AnsibleFilterError(f"usage_plan_stages: there is no API {', '.join(unknown)} (there are: {', '.join(sorted(ids)) or 'none'})")
    return [{"rest_api_id": ids[stage["api"]], **{key: value for key, value in stage.items() if key != "api"}} for stage in stages]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"usage_plan_stages": usage_plan_stages}
