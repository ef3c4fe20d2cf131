# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what to ask CloudWatch, to know which phase a system is to be in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: phase_queries
short_description: Write what to ask CloudWatch for the triggers of phases
version_added: 0.5.0
description:
  - Returns a query for each trigger that is measured and leads on from the present phase or a later one.
positional: _input
options:
  _input:
    description: The triggers, as in P(stratum.aws.phase_advice#filter).
    type: list
    elements: dict
    required: true
  phase:
    description: The phase that the system is in.
    type: int
    required: true
  places:
    description:
      - What stands for a word in the dimensions, such as the id of an instance for C(<instance>). A query with a word that nothing
        stands for is left out, as there is nothing to measure.
    type: dict
    default: {}
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Ask
  stratum.aws.cloudwatch_metric_data_info:
    queries: "{{ phases_triggers | stratum.aws.phase_queries(phase=1, places={'<instance>': 'i-0123456789abcdef0'}) }}"
"""

RETURN = r"""
_value:
  description: The queries, as in the option O(stratum.aws.cloudwatch_metric_data_info#module:queries).
  type: list
  elements: dict
  sample: [{id: users, namespace: Shop, metric_name: Users, dimensions: {}, statistic: Maximum}]
"""


def phase_queries(triggers: Sequence[Mapping[str, Any]], phase: int, places: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Return the queries; see DOCUMENTATION."""
    found = []
    for trigger in triggers:
        if not trigger.get("metric") or int(trigger["from"]) < phase:
            continue
        dimensions = {key: (places or {}).get(value, value) for key, value in (trigger["metric"].get("dimensions") or {}).items()}
        if not any(str(value).startswith("<") or not value for value in dimensions.values()):
            found.append({"id": trigger["id"], **trigger["metric"], "dimensions": dimensions})
    return found


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"phase_queries": phase_queries}
