# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Public addresses of instances.

On AWS an Elastic IP takes the place of the address that an instance got at launch, stays through stop and start, goes to
another instance unless the request forbids that, and pushes out one that was there before. In moto it is lost on a stop,
refuses to move, and is still shown at the instance that it left.
"""

from __future__ import annotations

import random
from typing import Any

from ._patching import wrap


def _error(code: str, message: str) -> Exception:
    from moto.ec2.exceptions import EC2ClientError

    return EC2ClientError(code, message)


def _elastic(interface: Any) -> Any:
    """Return the Elastic IP of an interface; None without."""
    return next((address for address in interface.ec2_backend.addresses if address.eni is interface), None)


def _release(backend: Any, address: Any) -> None:
    """End an association; an interface that gets addresses by itself gets a new one."""
    interface, address.eni, address.instance, address.association_id = address.eni, None, None, None
    if interface is not None:
        interface.public_ip = None
        if interface.instance is not None and interface.instance.state == "running":
            interface.check_auto_public_ip()


def _associate(
    original: Any,
    self: Any,
    instance: Any = None,
    eni: Any = None,
    address: str | None = None,
    allocation_id: str | None = None,
    reassociate: bool | None = None,
) -> Any:
    if instance is not None and instance.state not in ("pending", "running", "stopping", "stopped"):
        raise _error("IncorrectInstanceState", f"The instance '{instance.id}' is not in a valid state for this operation.")
    found = self.address_by_ip([address]) if address else self.address_by_allocation([allocation_id])
    elastic, interface = found[0], eni or instance.nics[0]
    if elastic.eni is interface and elastic.association_id:
        return elastic
    if elastic.association_id and reassociate is False:
        raise _error(
            "Resource.AlreadyAssociated",
            f"resource {elastic.allocation_id} is already associated with associate-id {elastic.association_id}",
        )
    if elastic.association_id:
        _release(self, elastic)
    if (before := _elastic(interface)) is not None:
        before.eni = before.instance = before.association_id = None
    return original(self, instance or interface.instance, interface, address, allocation_id, True)


def _associate_address(original: Any, self: Any) -> Any:
    # Moto's handler cannot tell "no" from "nothing said", which on AWS means yes.
    given = self._get_param("AllowReassociation")
    backend = self.ec2_backend
    inherited = backend.associate_address
    backend.associate_address = lambda **kwargs: inherited(**{**kwargs, "reassociate": given})
    try:
        return original(self)
    finally:
        del backend.associate_address


def _stop(original: Any, self: Any) -> None:
    if _elastic(self) is None:
        original(self)


def _check_auto_public_ip(original: Any, self: Any) -> None:
    if _elastic(self) is not None:
        return
    original(self)
    if self.public_ip and _loopback():
        self.public_ip = free_loopback(self.ec2_backend)


def _loopback() -> bool:
    from ._ec2_instances import MACHINES

    return bool(MACHINES)


def free_loopback(backend: Any) -> str:
    """Return an address of this machine that no Elastic IP and no interface has."""
    taken = {address.public_ip for address in backend.addresses} | {interface.public_ip for interface in backend.enis.values()}
    while True:
        found = f"127.{random.randint(1, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"
        if found not in taken:
            return found


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ec2.responses import EC2Response

    wrap(EC2Backend, "associate_address", _associate)
    wrap(EC2Response, "associate_address", _associate_address)
    wrap(NetworkInterface, "stop", _stop)
    wrap(NetworkInterface, "check_auto_public_ip", _check_auto_public_ip)
