# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that writes the rules of a security group as amazon.aws.ec2_security_group wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: security_rules
short_description: Write rules of a security group as M(amazon.aws.ec2_security_group) wants them
version_added: 0.1.0
description:
  - Groups are named in the inventory and become ids here, because the module cannot check a rule that names a group of a VPC that is new.
positional: _input
options:
  _input:
    description:
      - The rules; each has C(protocol) (V(tcp) if it says nothing), C(ports) or C(from_port) and C(to_port),
        or C(icmp_type) and C(icmp_code), a C(description), and any of C(cidrs), C(ipv6_cidrs), C(groups), C(prefix_lists).
    type: list
    elements: dict
    required: true
  group_ids:
    description: The ids of security groups by their names; V(self) names the group itself.
    type: dict
    default: {}
  prefix_list_ids:
    description: The ids of prefix lists by their names; an id in a rule is taken as it is.
    type: dict
    default: {}
  own_name:
    description: The name of the group whose rules they are.
    type: str
    default: ''
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show a rule
  ansible.builtin.debug:
    msg: "{{ [{'ports': [5432], 'groups': ['nodes']}] | stratum.aws.security_rules({'nodes': 'sg-0123'}) }}"
"""

RETURN = r"""
_value:
  description: The rules.
  type: list
  elements: dict
  sample: [{"proto": "tcp", "ports": ["5432"], "group_id": ["sg-0123"]}]
"""

ALL = ("all", "-1")


def _ids(names: Iterable[str], known: Mapping[str, str], own: str, prefix: str, what: str) -> list[str]:
    found = []
    for name in names:
        wanted = own if name == "self" and own else name
        if wanted.startswith(prefix):
            found.append(wanted)
        elif wanted in known:
            found.append(known[wanted])
        else:
            raise AnsibleFilterError(
                f"security_rules: a rule of {own or 'a group'} names the {what} {wanted!r}. There is {', '.join(sorted(known)) or 'none'}."
            )
    return found


def _ports(rule: Mapping[str, Any], protocol: str) -> dict[str, Any]:
    if protocol in ALL:
        return {}
    if protocol in ("icmp", "icmpv6"):
        return {"icmp_type": rule.get("icmp_type", -1), "icmp_code": rule.get("icmp_code", -1)}
    if rule.get("ports"):
        return {"ports": [str(port) for port in rule["ports"]]}
    if "from_port" in rule:
        return {"from_port": rule["from_port"], "to_port": rule.get("to_port", rule["from_port"])}
    return {"from_port": 0, "to_port": 65535} if protocol in ("tcp", "udp") else {}


def security_rules(
    rules: Sequence[Mapping[str, Any]],
    group_ids: Mapping[str, str] | None = None,
    prefix_list_ids: Mapping[str, str] | None = None,
    own_name: str = "",
) -> list[dict[str, Any]]:
    """Return the rules in the module's form, one kind of source each; see DOCUMENTATION."""
    written: list[dict[str, Any]] = []
    for raw in rules:
        rule = {key: value for key, value in raw.items() if value is not None}
        protocol = str(rule.get("protocol", "tcp"))
        shared = {"proto": protocol, **_ports(rule, protocol)}
        if rule.get("description"):
            shared["rule_desc"] = rule["description"]
        sources = {
            "cidr_ip": list(rule.get("cidrs", ())),
            "cidr_ipv6": list(rule.get("ipv6_cidrs", ())),
            "group_id": _ids(rule.get("groups", ()), group_ids or {}, own_name, "sg-", "group"),
            "ip_prefix": _ids(rule.get("prefix_lists", ()), prefix_list_ids or {}, "", "pl-", "prefix list"),
        }
        written += [{**shared, kind: values} for kind, values in sources.items() if values]
    return written


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"security_rules": security_rules}
