# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that completes a list of subnets: names, zones and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: subnet_plan
short_description: Complete a list of subnets with names, zones and tags
version_added: 0.1.0
description:
  - Takes the subnets of one tier as an inventory writes them and returns each with everything that the VPC needs to know.
  - What a subnet says itself wins over what the tier says.
positional: _input
options:
  _input:
    description:
      - The subnets; each has C(cidr) and may have C(name), C(az), C(map_public) and C(tags).
      - C(az) is a position in O(zones), counted from 0, or the name of a zone; without it the n-th subnet goes to the n-th zone.
    type: list
    elements: dict
    required: true
  zones:
    description: The names of the zones, in order.
    type: list
    elements: str
    required: true
  name:
    description:
      - The name of a subnet that has none.
      - C({number}) counts from 1, C({az}) is the name of the zone and C({letter}) its last letter.
    type: str
    required: true
  map_public:
    description: Whether instances of the tier get a public address.
    type: bool
    default: false
  tags:
    description: Tags of all subnets of the tier.
    type: dict
    default: {}
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show where subnets go
  ansible.builtin.debug:
    msg: "{{ [{'cidr': '10.0.1.0/24'}, {'cidr': '10.0.2.0/24'}] | stratum.aws.subnet_plan(zones, 'shop-public-{letter}') }}"
  vars:
    zones: [eu-west-1a, eu-west-1b]
"""

RETURN = r"""
_value:
  description: The subnets, in the order of the input.
  type: list
  elements: dict
  sample: [{"number": 1, "name": "shop-public-a", "cidr": "10.0.1.0/24", "az": "eu-west-1a", "map_public": false, "tags": {}}]
"""


def _zone(subnet: Mapping[str, Any], position: int, zones: Sequence[str]) -> str:
    """Return the name of the zone that a subnet belongs to."""
    az = subnet.get("az")
    if az is None:
        return zones[position % len(zones)]
    if isinstance(az, str) and not az.isdigit():
        return az
    if int(az) not in range(len(zones)):
        raise AnsibleFilterError(
            f"subnet_plan: subnet {subnet['cidr']} wants zone {az}, counted from 0, but there are only {', '.join(zones)}. "
            "Lower its az, or raise network_az_count."
        )
    return zones[int(az)]


def subnet_plan(
    subnets: Sequence[Mapping[str, Any]],
    zones: Sequence[str],
    name: str,
    map_public: bool = False,
    tags: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Return the subnets with everything filled in; see DOCUMENTATION."""
    if subnets and not zones:
        raise AnsibleFilterError("subnet_plan: the region offers no zone. Set network_azs.")
    plan = []
    for position, subnet in enumerate(subnets):
        az = _zone(subnet, position, zones)
        places = {"number": position + 1, "az": az, "letter": az[-1]}
        public = subnet.get("map_public")
        plan.append(
            {
                "number": position + 1,
                "name": subnet.get("name") or name.format(**places),
                "cidr": subnet["cidr"],
                "az": az,
                "map_public": map_public if public is None else bool(public),
                "tags": {**(tags or {}), **(subnet.get("tags") or {})},
            }
        )
    return plan


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"subnet_plan": subnet_plan}
