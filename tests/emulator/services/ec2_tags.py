# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The resource types that EC2's DescribeTags knows, where moto 5.2.5 has names of its own.

Modules filter by the type (`natgateway`) and find no tags otherwise, so they tag again on every run.
"""

from __future__ import annotations

from moto.ec2.utils import EC2_PREFIX_TO_RESOURCE

SERVICES = ("ec2",)

_TYPES = {
    "eipalloc": "elastic-ip",
    "fl": "vpc-flow-log",
    "h": "dedicated-host",
    "nat": "natgateway",
    "pl": "prefix-list",
}


def install() -> None:
    """Name the types as AWS does."""
    EC2_PREFIX_TO_RESOURCE.update(_TYPES)
