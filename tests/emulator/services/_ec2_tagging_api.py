# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2's resources in the tagging API, and (`_ec2_leftovers.py`) what goes away with what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import _ec2_leftovers
from ._patching import wrap

_RENAMED = {"ec2:flow-logs": "vpc-flow-log", "ec2:managed-prefix-lists": "prefix-list"}


def _iter_tagged_resources(original: Any, self: Any) -> Iterator[Any]:
    from moto.core.resource_tagging import TaggedResource

    for resource in original(self):
        if resource.resource_type == "ec2:natgateway":
            gateway = self.nat_gateways[resource.arn.rpartition("/")[2]]
            if gateway.state == "deleted":
                continue
        new = _RENAMED.get(resource.resource_type)
        yield TaggedResource(_typed(resource.arn, new), resource.tags, f"ec2:{new}") if new else resource
    start = f"arn:{self.partition}:ec2:{self.region_name}:{self.account_id}"
    more = {
        "elastic-ip": [address.allocation_id for address in self.addresses if address.allocation_id],
        "network-acl": list(self.network_acls),
        "vpc-endpoint": [end.id for end in self.vpc_end_points.values() if end.state.lower() != "deleted"],
        "launch-template": list(self.launch_templates),
        "dhcp-options": list(self.dhcp_options_sets),
        "egress-only-internet-gateway": list(self.egress_only_internet_gateways),
        "key-pair": [pair.id for pair in self.key_pairs.values()],
    }
    for kind, identifiers in more.items():
        for identifier in identifiers:
            tags = dict(self.tags.get(identifier, {}))
            yield TaggedResource(f"{start}:{kind}/{identifier}", tags, f"ec2:{kind}")


def _typed(arn: str, kind: str) -> str:
    head, _unused, rest = arn.rpartition(":")
    return f"{head}:{kind}/{rest.partition('/')[2]}"


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models import EC2Backend

    wrap(EC2Backend, "iter_tagged_resources", _iter_tagged_resources)
    _ec2_leftovers.install()
