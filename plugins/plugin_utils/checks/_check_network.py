# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and zones that do not fit together, found in the inventory alone. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding

_TIERS: Final = ("public", "private", "database")
Network = ipaddress.IPv4Network


def check(values: Mapping[str, Any], zones: tuple[str, ...] = ()) -> Iterator[Finding]:
    """Yield what is wrong with the VPC's and the subnets' CIDR blocks and zones.

    `zones` are the region's availability zones, empty when the account could not be asked.
    """
    yield from _blocks(values)
    yield from _zones(values, zones)


def _blocks(values: Mapping[str, Any]) -> Iterator[Finding]:
    vpc: list[Network] = []
    for variable, text in [
        ("network_cidr", values.get("network_cidr")),
        *(("network_secondary_cidrs", text) for text in values.get("network_secondary_cidrs") or []),
    ]:
        if text is None:
            continue
        block = _parse(text)
        if isinstance(block, str):
            yield Finding(variable, block, "Write a block such as 10.0.0.0/16, whose host bits are zero")
        elif not 16 <= block.prefixlen <= 28:
            yield Finding(variable, f"{block} is not between /16 and /28, as AWS asks of a VPC", "Choose a prefix length from 16 to 28")
        else:
            vpc.append(block)
    seen: list[tuple[str, Network]] = []
    for variable, subnet in _subnets(values):
        block = _parse(subnet.get("cidr"))
        if isinstance(block, str):
            yield Finding(variable, block, "Write a block such as 10.0.1.0/24, whose host bits are zero")
            continue
        if not 16 <= block.prefixlen <= 28:
            yield Finding(variable, f"{block} is not between /16 and /28, as AWS asks of a subnet", "Choose a prefix length from 16 to 28")
        if vpc and not any(block.subnet_of(whole) for whole in vpc):
            yield Finding(
                variable,
                f"{block} lies outside the VPC's {', '.join(map(str, vpc))}",
                "Choose a block inside network_cidr, or add one to network_secondary_cidrs",
            )
        for other_variable, other in seen:
            if block.overlaps(other):
                yield Finding(variable, f"{block} overlaps {other} of {other_variable}", "Give each subnet a block of its own")
        seen.append((variable, block))


def _parse(text: object) -> Network | str:
    try:
        return ipaddress.IPv4Network(str(text), strict=True)
    except ValueError as error:
        return f"{text} is not a CIDR block: {error}"


def _subnets(values: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for tier in _TIERS:
        variable = f"network_{tier}_subnets"
        for subnet in values.get(variable) or []:
            if isinstance(subnet, Mapping):
                yield variable, subnet


def _zones(values: Mapping[str, Any], zones: tuple[str, ...]) -> Iterator[Finding]:
    named = tuple(str(zone) for zone in values.get("network_azs") or ())
    wanted = int(values.get("network_az_count") or 0)
    if zones:
        for zone in named:
            if zone not in zones:
                yield Finding("network_azs", f"the region has no zone {zone}", f"Choose from {', '.join(zones)}")
        if not named and wanted > len(zones):
            yield Finding(
                "network_az_count", f"{wanted} zones are asked for, and the region has {len(zones)}", f"Ask for at most {len(zones)}"
            )
    count = len(named) or wanted
    for variable, subnet in _subnets(values):
        place = subnet.get("az")
        if place is None:
            continue
        if str(place).isdigit():
            if count and int(place) >= count:
                yield Finding(
                    variable,
                    f"{subnet.get('cidr')} lies in zone number {place}, and there are only {count} (counted from 0)",
                    "Name more zones in network_azs, raise network_az_count, or correct az",
                )
        elif named and place not in named:
            yield Finding(
                variable,
                f"{subnet.get('cidr')} lies in {place}, which is not one of network_azs ({', '.join(named)})",
                "Add the zone to network_azs, or correct az",
            )
        elif zones and place not in zones:
            yield Finding(variable, f"the region has no zone {place}", f"Choose from {', '.join(zones)}")
