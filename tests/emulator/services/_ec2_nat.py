# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a NAT gateway, and what it keeps others from doing."""

from __future__ import annotations

from typing import Any

from tests.emulator.lifecycle import Lifecycle

from ._patching import put, wrap


def _error(code: str, message: str) -> Exception:
    from moto.ec2.exceptions import EC2ClientError

    return EC2ClientError(code, message)


def _create(original: Any, self: Any, subnet_id: str, allocation_id: str, *args: Any, **kwargs: Any) -> Any:
    for address in self.address_by_allocation([allocation_id]) if allocation_id else ():
        if address.association_id:
            raise _error("InvalidIPAddress.InUse", f"The address {address.public_ip} is already associated")
    gateway = original(self, subnet_id, allocation_id, *args, **kwargs)
    gateway.lifecycle = Lifecycle("pending")
    gateway.lifecycle.begin("pending", "ec2.nat_gateway.create", "available")
    return gateway


def _describe(original: Any, self: Any, filters: Any, nat_gateway_ids: list[str] | None) -> Any:
    for identifier in nat_gateway_ids or ():
        if identifier not in self.nat_gateways:
            raise _error("NatGatewayNotFound", f"The Nat Gateway {identifier} was not found")
    for gateway in self.nat_gateways.values():
        gateway.lifecycle.settle()
    found = original(self, filters, nat_gateway_ids)
    return [gateway for gateway in found if _tags_match(gateway, filters or {})]


def _tags_match(gateway: Any, filters: dict[str, list[str]]) -> bool:
    tags = {tag["key"]: tag["value"] for tag in gateway.get_tags()}
    for name, values in filters.items():
        if name.startswith("tag:") and tags.get(name[4:]) not in values:
            return False
        if name == "tag-key" and not set(values) & set(tags):
            return False
    return True


def _delete(original: Any, self: Any, nat_gateway_id: str) -> Any:
    del original
    gateway = self.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        raise _error("NatGatewayNotFound", f"NatGateway {nat_gateway_id} was not found")
    gateway.lifecycle.settle()
    if gateway.lifecycle.status not in ("deleting", "deleted"):
        gateway.lifecycle.begin("deleting", "ec2.nat_gateway.delete", "deleted", lambda: _let_go(self, gateway))
    return gateway


def _let_go(backend: Any, gateway: Any) -> None:
    """Give back the address and the network interface of a deleted gateway."""
    for entry in gateway.address_set:
        if association := entry.pop("associationId", None):
            backend.disassociate_address(association_id=association)
    backend.enis.pop(gateway._eni.id, None)


def _holders(backend: Any) -> list[Any]:
    """The gateways that still hold what they were created with."""
    for gateway in backend.nat_gateways.values():
        gateway.lifecycle.settle()
    return [gateway for gateway in backend.nat_gateways.values() if gateway.lifecycle.status != "deleted"]


def _release(original: Any, self: Any, address: str | None = None, allocation_id: str | None = None) -> Any:
    for gateway in _holders(self):
        for entry in gateway.address_set:
            if allocation_id and entry.get("allocationId") == allocation_id:
                raise _error("InvalidIPAddress.InUse", f"Address {entry.get('publicIp')} is in use.")
    return original(self, address=address, allocation_id=allocation_id)


def _detach(original: Any, self: Any, internet_gateway_id: str, vpc_id: str) -> Any:
    if any(gateway.vpc_id == vpc_id and gateway.connectivity_type != "private" for gateway in _holders(self)):
        raise _error(
            "DependencyViolation",
            f"Network {vpc_id} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway.",
        )
    return original(self, internet_gateway_id, vpc_id)


def _delete_subnet(original: Any, self: Any, subnet_id: str) -> Any:
    if any(gateway.subnet_id == subnet_id for gateway in _holders(self)):
        raise _error("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")
    return original(self, subnet_id)


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.nat_gateways import NatGateway

    def get_state(gateway: Any) -> str:
        return str(gateway.lifecycle.status) if hasattr(gateway, "lifecycle") else "pending"

    # The constructor assigns a state of its own, which must not count.
    put(NatGateway, "state", property(get_state, lambda gateway, value: None))
    wrap(EC2Backend, "create_nat_gateway", _create)
    wrap(EC2Backend, "describe_nat_gateways", _describe)
    wrap(EC2Backend, "delete_nat_gateway", _delete)
    wrap(EC2Backend, "release_address", _release)
    wrap(EC2Backend, "detach_internet_gateway", _detach)
    wrap(EC2Backend, "delete_subnet", _delete_subnet)
