# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DB subnet groups."""

from __future__ import annotations

from typing import Any, Final

from moto.ec2.models import ec2_backends
from moto.rds.models import DBSubnetGroup

from tests.emulator.services.rds.state import Function
from tests.emulator.wire import error

_DBSubnetGroup: Final[Any] = DBSubnetGroup  # abstract only to the type checker


def zones(group: Any) -> list[str]:
    """Return the zones of a subnet group, each once."""
    return list(dict.fromkeys(subnet["SubnetAvailabilityZone"]["Name"] for subnet in group.subnets))


def _find(backend: Any, name: str) -> Any:
    if name not in backend.subnet_groups:
        raise error("DBSubnetGroupNotFoundFault", f"DB subnet group '{name}' does not exist.")
    return backend.subnet_groups[name]


def choose(backend: Any, name: str | None) -> Any | None:
    """Return the subnet group, by default the one that AWS makes of the default VPC's subnets."""
    if name and name != "default":
        return _find(backend, name)
    if "default" not in backend.subnet_groups:
        by_zone = ec2_backends[backend.account_id][backend.region_name].subnets
        subnets = [item for zone in by_zone.values() for item in zone.values() if str(item.default_for_az).lower() == "true"]
        if not subnets:
            return None
        backend.subnet_groups["default"] = _DBSubnetGroup(backend, "default", "default", subnets, [])
    return backend.subnet_groups["default"]


def _check(subnets: list[Any]) -> None:
    if len({subnet.vpc_id for subnet in subnets}) > 1:
        raise error("InvalidSubnet", "Subnets in the DB subnet group must all belong to the same VPC.")
    covered = sorted({subnet.availability_zone for subnet in subnets})
    if len(covered) < 2:
        raise error(
            "DBSubnetGroupDoesNotCoverEnoughAZs",
            "The DB subnet group doesn't meet Availability Zone (AZ) coverage requirement. Current AZ coverage:"
            f" {', '.join(covered)}. Add subnets to cover at least 2 AZs.",
        )


def _users(backend: Any, group: Any) -> list[Any]:
    return [item for item in backend.databases.values() if getattr(item, "db_subnet_group", None) is group]


def create_subnet_group(backend: Any, subnet_name: str, description: str, subnets: list[Any], tags: list[dict[str, str]]) -> Any:
    """Create a subnet group over at least two zones."""
    name = subnet_name.lower()
    if name == "default":
        raise error("InvalidParameterValue", "The DB subnet group name cannot be default.")
    if name in backend.subnet_groups:
        raise error("DBSubnetGroupAlreadyExists", f"The DB subnet group '{name}' already exists.")
    _check(subnets)
    backend.subnet_groups[name] = _DBSubnetGroup(backend, name, description, subnets, tags)
    return backend.subnet_groups[name]


def modify_db_subnet_group(backend: Any, subnet_name: str, description: str, subnets: list[Any]) -> Any:
    """Replace the subnets of a group, except those in zones where its instances run."""
    group = _find(backend, subnet_name)
    _check(subnets)
    users = _users(backend, group)
    if users and subnets[0].vpc_id != group.vpc_id:
        raise error("InvalidSubnet", f"The new subnets are not in the VPC of the DB subnet group: {group.vpc_id}")
    left = {subnet.availability_zone for subnet in subnets}
    for user in users:
        used = {user.availability_zone, getattr(user, "secondary_availability_zone", None)} - {None}
        if not used <= left:
            raise error("SubnetAlreadyInUse", f"Some subnets are still in use by DB instance {user.db_instance_identifier}.")
    group.subnets = subnets
    group.vpc_id = subnets[0].vpc_id
    if description is not None:
        group.description = description
    return group


def delete_subnet_group(backend: Any, subnet_name: str) -> Any:
    """Delete a subnet group that no instance is in."""
    group = _find(backend, subnet_name)
    if users := _users(backend, group):
        raise error(
            "InvalidDBSubnetGroupStateFault",
            f"Cannot delete the subnet group '{subnet_name}' because at least one database instance:"
            f" {users[0].db_instance_identifier} is still using it.",
        )
    return backend.subnet_groups.pop(subnet_name)


BACKEND: Final[dict[str, Function]] = {
    "create_subnet_group": create_subnet_group,
    "modify_db_subnet_group": modify_db_subnet_group,
    "delete_subnet_group": delete_subnet_group,
}
RESPONSE: Final[dict[str, Function]] = {}
