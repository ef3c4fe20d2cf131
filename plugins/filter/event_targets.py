# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete the targets of a rule that name functions, topics, queues and roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: event_targets
short_description: Complete the targets of a rule of EventBridge
version_added: 0.5.0
description:
  - Takes targets as an inventory writes them, where C(function), C(topic), C(queue), C(role) and C(dead_letter_queue) are names, and
    returns them as M(stratum.aws.eventbridge_rule) takes them.
positional: _input, arns
options:
  _input:
    description: The targets.
    type: list
    elements: dict
    required: true
  arns:
    description: The ARNs of functions, topics, queues and roles, by kind and name.
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show what is called
  ansible.builtin.debug:
    msg: "{{ [{'function': 'tidy'}] | stratum.aws.event_targets(arns) }}"
  vars:
    arns:
      function:
        tidy: arn:aws:lambda:us-east-1:123456789012:function:tidy
"""

RETURN = r"""
_value:
  description: The targets, each with its id and ARN.
  type: list
  elements: dict
  sample: [{"id": "tidy", "arn": "arn:aws:lambda:us-east-1:123456789012:function:tidy"}]
"""

_CALLED = ("function", "topic", "queue")


def event_targets(targets: Sequence[Mapping[str, Any]], arns: Mapping[str, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Return the targets; see DOCUMENTATION."""
    result = []
    for target in targets:
        whole = {key: value for key, value in target.items() if value is not None}
        named = [(kind, whole.pop(kind)) for kind in _CALLED if kind in whole]
        if len(named) + ("arn" in whole) != 1:
            raise AnsibleFilterError(f"event_targets: a target needs one of {', '.join(_CALLED)} and arn")
        for kind, name in named:
            whole |= {"id": whole.get("id", name), "arn": _arn(arns, kind, name)}
        if "id" not in whole:
            raise AnsibleFilterError(f"event_targets: the target {whole['arn']} needs an id")
        if "role" in whole:
            whole["role_arn"] = _arn(arns, "role", whole.pop("role"))
        if "dead_letter_queue" in whole:
            whole["dead_letter_arn"] = _arn(arns, "queue", whole.pop("dead_letter_queue"))
        result.append(whole)
    return result


def _arn(arns: Mapping[str, Mapping[str, str]], kind: str, name: str) -> str:
    there = arns.get(kind, {})
    if name not in there:
        raise AnsibleFilterError(f"event_targets: there is no {kind} {name!r}; there are {', '.join(sorted(there)) or 'none'}")
    return there[name]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"event_targets": event_targets}
