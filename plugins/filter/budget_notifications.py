# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete the notifications of a budget: with what all have, and with the ARNs of the topics that they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: budget_notifications
short_description: Complete the notifications of a budget
version_added: 0.5.0
description:
  - Gives each notification what all have that it does not say, and puts the ARN of a topic in the place of its name, in the form
    of M(stratum.aws.budgets_budget).
positional: _input, topic_arns
options:
  _input:
    description: The notifications.
    type: list
    elements: dict
    required: true
  topic_arns:
    description: The ARNs of the topics, by name.
    type: dict
    required: true
  defaults:
    description: What all notifications have that do not say otherwise.
    type: dict
    default: {}
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show who is told
  ansible.builtin.debug:
    msg: "{{ [{'percent': 120, 'topic': 'alerts'}] | stratum.aws.budget_notifications(arns) }}"
  vars:
    arns:
      alerts: arn:aws:sns:us-east-1:123456789012:alerts
"""

RETURN = r"""
_value:
  description: The notifications.
  type: list
  elements: dict
  sample: [{"percent": 120, "topic_arn": "arn:aws:sns:us-east-1:123456789012:alerts"}]
"""


def budget_notifications(
    notifications: Sequence[Mapping[str, Any]], topic_arns: Mapping[str, str], defaults: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the notifications; see DOCUMENTATION."""
    result = []
    for notification in notifications:
        whole = {**(defaults or {}), **notification}
        topic = whole.pop("topic", None)
        if topic is not None:
            if topic not in topic_arns:
                there = ", ".join(sorted(topic_arns)) or "none"
                raise AnsibleFilterError(f"budget_notifications: there is no topic {topic!r}; there are {there}")
            whole["topic_arn"] = topic_arns[topic]
        result.append(whole)
    return result


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"budget_notifications": budget_notifications}
