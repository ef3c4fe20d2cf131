# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2: what moto gets wrong about networks, addresses and launch templates.

- The tagging API leaves out several kinds of resources.
- A NAT gateway is available and deleted at once, keeps its address, and an unknown one is an
  empty list; addresses in use can be released and their internet gateway be detached.
- VPCs, subnets and security groups that are in use can be deleted; DHCP options go with their VPC.
- `describe_nat_gateways` ignores tag filters.
- Security group names that begin with `sg-` are accepted.
- Tags of a launch template leak into its data; a version does not inherit from its source
  version; versions cannot be deleted.
- Instances, their images, snapshots, volumes and public addresses: see `_ec2_instances.py`, `_ec2_launch.py`,
  `_ec2_images.py`, `_ec2_public_images.py` and `_ec2_addresses.py`.
"""

from __future__ import annotations

from typing import Any

from moto.moto_api._internal import mock_random

from . import (
    _ec2_addresses,
    _ec2_deletion,
    _ec2_images,
    _ec2_instances,
    _ec2_launch,
    _ec2_launch_templates,
    _ec2_nat,
    _ec2_tagging_api,
)
from ._patching import put, wrap


def _create_security_group(original: Any, self: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    from moto.ec2.exceptions import EC2ClientError

    if name.lower().startswith("sg-") and not kwargs.get("force"):
        raise EC2ClientError(
            "InvalidParameterValue",
            f"Invalid value '{name}' for groupName. Group names may not be in the format sg-*.",
        )
    return original(self, name, *args, **kwargs)


def _random_resource_id(size: int = 8) -> str:
    """Return that many random hexadecimal digits, drawn at once: the images of each region alone need forty thousand."""
    return f"{mock_random.getrandbits(4 * size):0{size}x}"


def install() -> None:
    """Apply the corrections."""
    from moto.ec2 import utils
    from moto.ec2.models import EC2Backend

    put(utils, "random_resource_id", _random_resource_id)

    wrap(EC2Backend, "create_security_group", _create_security_group)
    _ec2_tagging_api.install()
    _ec2_nat.install()
    _ec2_deletion.install()
    _ec2_launch_templates.install()
    _ec2_instances.install()
    _ec2_launch.install()
    _ec2_images.install()
    _ec2_addresses.install()
