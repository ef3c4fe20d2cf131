# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete the subscriptions of a topic that name functions and queues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: topic_subscriptions
short_description: Complete the subscriptions of a topic
version_added: 0.5.0
description:
  - Takes subscriptions as an inventory writes them, where C(function) and C(queue) are names, and returns them as M(stratum.aws.sns_topic)
    takes them.
positional: _input, function_arns, queue_arns
options:
  _input:
    description: The subscriptions.
    type: list
    elements: dict
    required: true
  function_arns:
    description: The ARNs of the functions, by name.
    type: dict
    required: true
  queue_arns:
    description: The ARNs of the queues, by name.
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show who gets the messages
  ansible.builtin.debug:
    msg: "{{ [{'protocol': 'lambda', 'function': 'slack'}] | stratum.aws.topic_subscriptions(function_arns, {}) }}"
  vars:
    function_arns:
      slack: arn:aws:lambda:us-east-1:123456789012:function:slack:live
"""

RETURN = r"""
_value:
  description: The subscriptions, each with its endpoint.
  type: list
  elements: dict
  sample: [{"protocol": "lambda", "endpoint": "arn:aws:lambda:us-east-1:123456789012:function:slack:live"}]
"""


def topic_subscriptions(
    subscriptions: Sequence[Mapping[str, Any]], function_arns: Mapping[str, str], queue_arns: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return the subscriptions; see DOCUMENTATION."""
    result = []
    for subscription in subscriptions:
        whole = dict(subscription)
        named = [(kind, whole.pop(kind)) for kind in ("function", "queue") if whole.get(kind) is not None]
        if len(named) + ("endpoint" in whole) != 1:
            raise AnsibleFilterError("topic_subscriptions: a subscription needs one of endpoint, function and queue")
        for kind, name in named:
            arns = function_arns if kind == "function" else queue_arns
            if name not in arns:
                raise AnsibleFilterError(f"topic_subscriptions: there is no {kind} {name!r}; there are {', '.join(sorted(arns)) or 'none'}")
            whole["endpoint"] = arns[name]
        result.append(whole)
    return result


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"topic_subscriptions": topic_subscriptions}
