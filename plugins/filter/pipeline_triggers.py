# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says by what pushes a pipeline begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: pipeline_triggers
short_description: Write the triggers of a pipeline
version_added: 0.5.0
description:
  - A push to the branch of a C(source) action begins an execution, unless the action's C(trigger) is false.
positional: _input
options:
  _input:
    description: The stages, as in the option C(stages) of C(delivery_pipelines).
    type: list
    elements: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the triggers
  ansible.builtin.debug:
    msg: "{{ [{'name': 'Source', 'actions': [{'name': 'Code', 'source': {'branch': 'main'}}]}] | stratum.aws.pipeline_triggers }}"
"""

RETURN = r"""
_value:
  description: The triggers, as in the option O(stratum.aws.codepipeline#module:triggers).
  type: list
  elements: dict
  sample: [{source_action: Code, branches: [main]}]
"""


def pipeline_triggers(stages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a trigger per source; see DOCUMENTATION."""
    actions = [action for stage in stages for action in stage["actions"] if action.get("source") is not None]
    return [
        {"source_action": action["name"], "branches": [action["source"].get("branch") or "main"]}
        for action in actions
        if action["source"].get("trigger", True)
    ]


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"pipeline_triggers": pipeline_triggers}
