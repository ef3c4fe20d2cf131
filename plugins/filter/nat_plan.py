# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that decides how many NAT gateways there are, where they stand and whom they serve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: nat_plan
short_description: Decide where NAT gateways stand and which subnets they serve
version_added: 0.1.0
description:
  - Takes public subnets as P(stratum.aws.subnet_plan#filter) returns them and returns one entry per NAT gateway.
  - The words are those of terraform-aws-vpc. One gateway per private subnet unless O(single) or O(one_per_az).
  - The entries are the private route tables too, so they are the same whether gateways are wanted or not.
positional: _input
options:
  _input:
    description: The public subnets.
    type: list
    elements: dict
    required: true
  private:
    description: The private subnets.
    type: list
    elements: dict
    required: true
  database:
    description: The database subnets.
    type: list
    elements: dict
    default: []
  single:
    description: One gateway, in the first public subnet, serves all.
    type: bool
    default: false
  one_per_az:
    description: One gateway per zone, in its first public subnet, serves the subnets of that zone.
    type: bool
    default: false
  names:
    description:
      - Patterns of names to fill in for each gateway.
      - C({number}) counts from 1, C({az}) is the name of the zone and C({letter}) its last letter.
    type: dict
    default: {}
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show where the gateways stand
  ansible.builtin.debug:
    msg: "{{ public | stratum.aws.nat_plan(private, one_per_az=true) }}"
  vars:
    zones: [eu-west-1a, eu-west-1b]
    public: "{{ [{'cidr': '10.0.1.0/24'}, {'cidr': '10.0.2.0/24'}] | stratum.aws.subnet_plan(zones, 'public-{number}') }}"
    private: "{{ [{'cidr': '10.0.10.0/24'}, {'cidr': '10.0.11.0/24'}] | stratum.aws.subnet_plan(zones, 'private-{number}') }}"
"""

RETURN = r"""
_value:
  description:
    - The gateways. C(public) is the CIDR of the subnet that one stands in (empty when there is none),
      C(private) and C(database) are those that it serves, C(names) its names.
  type: list
  elements: dict
  sample:
    - {"number": 1, "az": "eu-west-1a", "letter": "a", "public": "10.0.1.0/24", "private": ["10.0.10.0/24"], "database": [], "names": {}}
"""

Subnet = Mapping[str, Any]


def _zones(public: Sequence[Subnet], private: Sequence[Subnet], single: bool, one_per_az: bool) -> list[str]:
    """Return the zone of each gateway, in order."""
    served = private or public
    if single:
        return [(public or private)[0]["az"]] if served else []
    if one_per_az:
        return list(dict.fromkeys(subnet["az"] for subnet in served))
    return [subnet["az"] for subnet in private]


def _stand(public: Sequence[Subnet], az: str, position: int) -> str:
    """Return the public subnet of the zone, or any if the zone has none."""
    if not public:
        return ""
    near = [subnet for subnet in public if subnet["az"] == az]
    return str((near[0] if near else public[position % len(public)])["cidr"])


def _share(subnets: Sequence[Subnet], zones: Sequence[str], by_position: bool) -> list[list[str]]:
    """Return, per gateway, the subnets that it serves: its own zone's, each subnet once."""
    shares: list[list[str]] = [[] for _unused in zones]
    for position, subnet in enumerate(subnets):
        if by_position and position < len(zones):
            owner = position
        elif subnet["az"] in zones:
            owner = list(zones).index(subnet["az"])
        else:
            owner = position % len(zones)
        shares[owner].append(str(subnet["cidr"]))
    return shares


def nat_plan(
    public: Sequence[Subnet],
    private: Sequence[Subnet],
    database: Sequence[Subnet] = (),
    single: bool = False,
    one_per_az: bool = False,
    names: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return the gateways and whom they serve; see DOCUMENTATION."""
    zones = _zones(public, private, single, one_per_az)
    if not zones:
        return []
    shares = zip(
        _share(private, zones, by_position=not (single or one_per_az)),
        _share(database, zones, by_position=False),
        strict=True,
    )
    return [
        {
            "number": position + 1,
            "az": az,
            "letter": az[-1],
            "public": _stand(public, az, position),
            "private": mine,
            "database": databases,
            "names": {key: name.format(number=position + 1, az=az, letter=az[-1]) for key, name in (names or {}).items()},
        }
        for position, (az, (mine, databases)) in enumerate(zip(zones, shares, strict=True))
    ]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"nat_plan": nat_plan}
