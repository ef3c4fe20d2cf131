# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that writes the rules of a network ACL as amazon.aws.ec2_vpc_nacl wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: network_acl_rules
short_description: Write rules of a network ACL as M(amazon.aws.ec2_vpc_nacl) wants them
version_added: 0.1.0
description:
  - The module takes each rule as a list of positions; an inventory names what it means.
positional: _input
options:
  _input:
    description:
      - The rules; each has C(rule_number) and may have C(protocol) (V(all), V(tcp), V(udp), V(icmp), V(ipv6-icmp)),
        C(action) (V(allow), V(deny)), C(cidr), C(from_port), C(to_port), C(icmp_type) and C(icmp_code).
    type: list
    elements: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show a rule
  ansible.builtin.debug:
    msg: "{{ [{'rule_number': 100, 'protocol': 'tcp', 'cidr': '10.0.0.0/16', 'from_port': 443}] | stratum.aws.network_acl_rules }}"
"""

RETURN = r"""
_value:
  description: The rules, ordered by number.
  type: list
  elements: list
  sample: [[100, "tcp", "allow", "10.0.0.0/16", null, null, 443, 443]]
"""


def _rule(rule: Mapping[str, Any]) -> list[Any]:
    given = {key: value for key, value in rule.items() if value is not None}
    protocol = str(given.get("protocol", "all"))
    start = [int(given["rule_number"]), protocol, given.get("action", "allow"), given.get("cidr", "0.0.0.0/0")]
    if protocol in ("icmp", "ipv6-icmp"):
        return [*start, given.get("icmp_type", -1), given.get("icmp_code", -1)]
    if protocol == "all":
        return [*start, None, None, None, None]
    first = int(given.get("from_port", 0))
    last = int(given.get("to_port", given.get("from_port", 65535)))
    return [*start, None, None, first, last]


def network_acl_rules(rules: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    """Return the rules in the module's form; see DOCUMENTATION."""
    return sorted((_rule(rule) for rule in rules), key=lambda rule: rule[0])


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"network_acl_rules": network_acl_rules}
