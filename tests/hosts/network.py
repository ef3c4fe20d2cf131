# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network for each stage, with an address for each part."""

from __future__ import annotations

import ipaddress
import json
import random
import subprocess
from collections.abc import Iterable
from typing import Final

from .docker import HostsError, docker

# Away from what engines take by themselves (172.16.0.0/12), also for the engines inside the hosts.
SPACE: Final = ipaddress.IPv4Network("10.224.0.0/12")
PREFIX_LENGTH: Final = 24
# The last byte of a part's address; the bridge, that is the outer machine, is 1.
PARTS: Final[dict[str, int]] = {"aws": 2, "acme": 3, "registry": 4, "hub": 5, "database": 6, "load": 7}
FIRST_HOST: Final = 10
ATTEMPTS: Final = 20
Network = ipaddress.IPv4Network


def create(name: str, *labels: str) -> Network:
    """Make a bridge network in a free subnet; return the subnet."""
    routed = list(_routed())
    candidates: list[Network] = [
        subnet for subnet in SPACE.subnets(new_prefix=PREFIX_LENGTH) if not any(subnet.overlaps(other) for other in routed)
    ]
    options = [part for label in labels for part in ("--label", label)]
    said = "no subnet is free"
    for subnet in random.sample(candidates, min(ATTEMPTS, len(candidates))):
        made = docker(
            "network", "create", "--subnet", str(subnet), "--gateway", str(gateway(subnet)), *options, name, check=False
        )  # fmt: skip
        if made.returncode == 0:
            return subnet
        said = made.stderr.strip()
        if "overlap" not in said:  # another stage took it at this moment; anything else does not get better
            break
    raise HostsError(f"the network {name} cannot be made: {said}")


def gateway(subnet: Network) -> ipaddress.IPv4Address:
    """Return the outer machine's address in the network."""
    return subnet[1]


def address(subnet: Network, part: str) -> str:
    """Return the address of a part of the stage."""
    return str(subnet[PARTS[part]])


def free_host_address(subnet: Network, taken: Iterable[str]) -> str:
    """Return the next address for a host."""
    used = set(taken)
    for number in range(FIRST_HOST, subnet.num_addresses - 1):
        if (candidate := str(subnet[number])) not in used:
            return candidate
    raise HostsError(f"no address is left in {subnet}")


def _routed() -> Iterable[Network]:
    done = subprocess.run(["ip", "-json", "-4", "route"], capture_output=True, check=False)
    for route in json.loads(done.stdout or b"[]"):
        if route.get("dst", "default") != "default":
            yield Network(route["dst"], strict=False)
