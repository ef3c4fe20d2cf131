# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a network's parts from being deleted: moto looks at few of the things that use them, and AWS at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ._patching import wrap


def _error(code: str, message: str) -> Exception:
    from moto.ec2.exceptions import EC2ClientError

    return EC2ClientError(code, message)


def _interfaces(backend: Any) -> Iterator[Any]:
    """The network interfaces that exist; those of terminated instances do not."""
    for interface in backend.enis.values():
        instance = getattr(interface, "instance", None)
        if instance is None or instance.state != "terminated":
            yield interface


def _delete_subnet(original: Any, self: Any, subnet_id: str) -> Any:
    if any(interface.subnet.id == subnet_id for interface in _interfaces(self)):
        raise _error("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    return original(self, subnet_id)


def _in_vpc(backend: Any, vpc_id: str) -> Iterator[str]:
    """The ids of what a VPC must not have when it is deleted; the main table and the default group and ACL go with it."""
    yield from (group.id for group in backend.groups[vpc_id].values() if group.name != "default")
    yield from (gateway.id for gateway in backend.internet_gateways.values() if gateway.vpc and gateway.vpc.id == vpc_id)
    yield from (acl.id for acl in backend.network_acls.values() if acl.vpc_id == vpc_id and str(acl.default).lower() != "true")
    yield from (point.id for point in backend.vpc_end_points.values() if point.vpc_id == vpc_id and point.state != "deleted")
    yield from (interface.id for interface in _interfaces(backend) if interface.subnet.vpc_id == vpc_id)


def _delete_vpc(original: Any, self: Any, vpc_id: str) -> Any:
    vpc = self.vpcs.get(vpc_id)
    if vpc is None:
        return original(self, vpc_id)
    if next(_in_vpc(self, vpc_id), None):
        raise _error("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")
    # DHCP options are nobody's: they stay. Moto deletes them with the VPC.
    options, vpc.dhcp_options = vpc.dhcp_options, None
    self.vpc_being_deleted = vpc_id
    try:
        deleted = original(self, vpc_id)
    except BaseException:
        vpc.dhcp_options = options
        raise
    finally:
        self.vpc_being_deleted = None
    if options:
        options.vpc = None
    return deleted


def _delete_group(original: Any, self: Any, name: str | None = None, group_id: str | None = None) -> Any:
    group = self.get_security_group_from_id(group_id) if group_id else self.get_security_group_by_name_or_id(name)
    if group is not None and getattr(self, "vpc_being_deleted", None) != group.vpc_id:
        if group.name == "default":
            raise _error("CannotDelete", f'the specified group: "{group.id}" name: "default" cannot be deleted by a user')
        if _named_by_others(self, group) or any(_holds(interface, group) for interface in _interfaces(self)):
            raise _error("DependencyViolation", f"resource {group.id} has a dependent object")
    return original(self, name, group_id)


def _named_by_others(backend: Any, group: Any) -> bool:
    return any(
        (rule.source_group or {}).get("GroupId") == group.id
        for other in backend.groups[group.vpc_id].values()
        if other.id != group.id
        for rule in [*other.ingress_rules, *other.egress_rules]
    )


def _holds(interface: Any, group: Any) -> bool:
    return any(held.id == group.id for held in interface.group_set)


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models import EC2Backend

    wrap(EC2Backend, "delete_subnet", _delete_subnet)
    wrap(EC2Backend, "delete_vpc", _delete_vpc)
    wrap(EC2Backend, "delete_security_group", _delete_group)
