# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ElastiCache checks before it accepts a request."""

from __future__ import annotations

import re
from typing import Any, Final

from moto.ec2.models import ec2_backends

from tests.emulator import catalogue, windows
from tests.emulator.services.elasticache.store import ElastiCacheStore, Resource, bad_value
from tests.emulator.wire import Document, error

_IDENTIFIER: Final = re.compile(r"[a-zA-Z](-?[a-zA-Z0-9])*")
_OLD_NODE_TYPES: Final = re.compile(r"cache\.(t1|t2|m1|m2|m3|m4|r3|r4|c1)\.\w+")


def identifier(value: str, parameter: str, longest: int) -> str:
    """Return the identifier in the lower case in which AWS keeps it."""
    if len(value) > longest or not _IDENTIFIER.fullmatch(value):
        raise bad_value(
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a letter; must contain only "
            "ASCII letters, digits, and hyphens; and must not end with a hyphen or contain two consecutive hyphens."
            if len(value) <= longest
            else f"The parameter {parameter} must be provided and must not be longer than {longest} characters."
        )
    return value.lower()


def node_type(store: ElastiCacheStore, value: str | None) -> str:
    """Return the node type if it is sold in the region, or was once."""
    known = catalogue.elasticache_node_types(store.region)
    if not value:
        raise bad_value("The parameter CacheNodeType must be provided.")
    if known and value not in known and not _OLD_NODE_TYPES.fullmatch(value):
        raise bad_value(f"Invalid value for parameter CacheNodeType: {value}")
    return value


def security_groups(store: ElastiCacheStore, ids: list[str] | None, subnet_group: Resource | None) -> list[Document]:
    """Return the security groups as AWS shows them; all must exist in the cache's VPC."""
    backend = ec2_backends[store.account_id][store.region]
    if not ids:
        ids = [default_group_id(backend, subnet_group)] if subnet_group else []
    for group_id in ids:
        found = backend.get_security_group_from_id(group_id)
        if found is None or (subnet_group and found.vpc_id != subnet_group.data["VpcId"]):
            raise bad_value(f"The specified security group {group_id} does not exist in the VPC of the cache subnet group.")
    return [{"SecurityGroupId": group_id, "Status": "active"} for group_id in ids]


def default_group_id(backend: Any, subnet_group: Resource) -> str:
    """Return the VPC's default security group, which AWS takes when none is named."""
    return str(backend.get_security_group_from_name("default", subnet_group.data["VpcId"]).id)


def subnet_group(store: ElastiCacheStore, name: str | None) -> Resource | None:
    """Return the subnet group, by default the one that AWS makes of the default VPC's subnets."""
    if name and name != "default":
        return store.subnet_group(name)
    if "default" not in store.subnet_groups:
        from tests.emulator.services.elasticache.subnet_groups import make_default

        make_default(store)
    return store.subnet_groups.get("default")


def zones(group: Resource | None) -> list[str]:
    """Return the zones of a subnet group, each once."""
    if group is None:
        return []
    names = [subnet["SubnetAvailabilityZone"]["Name"] for subnet in group.data["Subnets"]]
    return list(dict.fromkeys(names))


def place(wanted: list[str] | None, count: int, group: Resource | None, parameter: str) -> list[str]:
    """Return a zone for each of `count` nodes: those asked for, or the zones in turn."""
    available = zones(group) or ["a"]
    if not wanted:
        return [available[number % len(available)] for number in range(count)]
    if len(wanted) != count:
        raise bad_value(f"The number of Availability Zones in {parameter} must equal the number of cache clusters.")
    for zone in wanted:
        if zone not in available:
            raise bad_value(f"{zone} is not a valid availability zone for the cache subnet group.")
    return wanted


def schedule(parameters: Document, current: Document) -> Document:
    """Return maintenance and snapshot windows after `parameters`, chosen where nobody did."""
    maintenance = parameters.get("PreferredMaintenanceWindow") or current.get("PreferredMaintenanceWindow")
    snapshot = parameters.get("SnapshotWindow") or current.get("SnapshotWindow")
    for text, parse, name in (
        (maintenance, windows.parse_weekly, "PreferredMaintenanceWindow"),
        (snapshot, windows.parse_daily, "SnapshotWindow"),
    ):
        window = parse(text) if text else (0, 60)
        if window is None:
            raise bad_value(f"Invalid value for parameter {name}: {text}")
        if window[1] < 60:
            raise bad_value(f"The {name} must be at least 60 minutes long.")
    if maintenance and snapshot and windows.overlap(snapshot, maintenance):
        raise bad_value("The snapshot window and maintenance window must not overlap.")
    maintenance = maintenance or windows.choose_weekly(60, snapshot)
    return {
        "PreferredMaintenanceWindow": maintenance.lower(),
        "SnapshotWindow": snapshot or windows.choose_daily(60, maintenance),
    }


def retention(value: int | None) -> int:
    """Return the days that snapshots are kept."""
    days = value or 0
    if not 0 <= days <= 35:
        raise bad_value("Snapshot retention limit must be between 0 and 35.")
    return days


def available(resource: Resource, kind: str, name: str) -> None:
    """Fail unless the resource can be changed now."""
    if resource.life.status != "available":
        code = "InvalidReplicationGroupState" if kind == "Replication group" else "InvalidCacheClusterState"
        raise error(code, f"{kind} {name} is not in available state: {resource.life.status}")
