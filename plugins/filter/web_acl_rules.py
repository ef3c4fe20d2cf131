# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a web ACL, out of what an inventory says in short."""

from __future__ import annotations

DOCUMENTATION = r"""
name: web_acl_rules
version_added: 0.5.0
short_description: Write out the rules of a web ACL
description:
  - Turns the rate limit, the managed groups and the further rules of an item of C(edge_web_acls) into the rules that
    M(community.aws.wafv2_web_acl) takes, in the order of their priorities.
options:
  _input:
    description: An item of C(edge_web_acls) of the role edge.
    type: dict
    required: true
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show the rules
  ansible.builtin.debug:
    msg: "{{ {'name': 'shop', 'rate_limit': {'requests': 2000}} | stratum.aws.web_acl_rules }}"
"""

RETURN = r"""
_value:
  description: The rules.
  type: list
  elements: dict
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Rule = dict[str, Any]
STEP = 10


def web_acl_rules(acl: Mapping[str, Any]) -> list[Rule]:
    """Return the rules of a web ACL, the first one first."""
    return sorted([*_rules(acl)], key=lambda rule: rule["priority"])


def _rules(acl: Mapping[str, Any]) -> Iterator[Rule]:
    limit = acl.get("rate_limit")
    if limit:
        statement = {"limit": limit["requests"], "evaluation_window_sec": limit.get("window", 300), "aggregate_key_type": "IP"}
        yield {
            "name": limit.get("name", "rate-limit"),
            "priority": limit.get("priority", 0),
            "action": {"block": {}},
            "statement": {"rate_based_statement": statement},
            "visibility_config": _visible(acl, limit.get("name", "rate-limit")),
        }
    for place, group in enumerate(acl.get("managed_rules") or [], 1):
        yield {
            "name": group["name"],
            "priority": group.get("priority", STEP * place),
            "override_action": {"count": {}} if group.get("count") else {"none": {}},
            "statement": {"managed_rule_group_statement": _group(group)},
            "visibility_config": _visible(acl, group["name"]),
        }
    for rule in acl.get("rules") or []:
        yield {"visibility_config": _visible(acl, rule["name"]), **rule}


def _group(group: Mapping[str, Any]) -> Rule:
    statement = {"vendor_name": group.get("vendor", "AWS"), "name": group["name"]}
    counted = [{"name": name, "action_to_use": {"count": {}}} for name in group.get("count_rules") or []]
    return {**statement, "rule_action_overrides": counted} if counted else statement


def _visible(acl: Mapping[str, Any], name: str) -> Rule:
    return {"sampled_requests_enabled": True, "cloud_watch_metrics_enabled": True, "metric_name": f"{acl['name']}-{name}"}


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"web_acl_rules": web_acl_rules}
