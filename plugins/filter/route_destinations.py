# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says which routes somebody has put into route tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: route_destinations
short_description: Say where the routes of route tables lead
version_added: 0.1.0
description:
  - Returns the IPv4 destinations of the routes that were created in each table, by the table's Name tag.
  - Local routes, propagated ones and those of gateway endpoints are left out, because nobody can take them out of the table.
  - M(amazon.aws.ec2_vpc_route_table) warns on every run about each route that it cannot purge,
    so ask it to purge only where something is to be purged.
positional: _input
options:
  _input:
    description: The tables, as M(amazon.aws.ec2_vpc_route_table_info) returns them.
    type: list
    elements: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show where the routes of a VPC lead
  ansible.builtin.debug:
    msg: "{{ found.route_tables | stratum.aws.route_destinations }}"
"""

RETURN = r"""
_value:
  description: The destinations by the names of the tables.
  type: dict
  sample: {"shop-public-rt": ["0.0.0.0/0"]}
"""


def route_destinations(tables: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the destinations per table; see DOCUMENTATION."""
    return {
        table["tags"]["Name"]: [
            route["destination_cidr_block"]
            for route in table["routes"]
            if route.get("origin") == "CreateRoute" and route.get("destination_cidr_block")
        ]
        for table in tables
        if table.get("tags", {}).get("Name")
    }


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"route_destinations": route_destinations}
