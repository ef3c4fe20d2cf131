# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of an EC2 instance: pending, running, stopping, stopped, shutting-down, terminated.

Moto has an instance in its new state at once, keeps it for ever once terminated, loses its Elastic IP when it stops,
lets it be started when it is terminated, and lets attributes be changed that need it stopped.

With `--hosts docker`, `MACHINES` is what runs a container behind each instance; an instance is then running when its container is.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final, Protocol

from tests.emulator import delays
from tests.emulator.lifecycle import Lifecycle

from ._patching import put, wrap

CODES: Final = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}
_STOPPED_ONLY: Final = ("InstanceType", "UserData", "EbsOptimized", "Kernel")


class Machines(Protocol):
    """What `--hosts docker` puts behind instances; every call returns at once, and `trouble` and `busy` tell the rest."""

    def run(self, instance: Any) -> None:
        """Make a machine for a new instance and start it."""

    def start(self, instance: Any) -> None:
        """Start a stopped machine."""

    def stop(self, instance: Any) -> None:
        """Stop a machine; its disks stay."""

    def reboot(self, instance: Any) -> None:
        """Restart a machine."""

    def terminate(self, instance: Any) -> None:
        """Remove a machine."""

    def keep(self, image_id: str, instance_id: str, reboot: bool, after: Callable[[bool], None]) -> None:
        """Keep a machine's disks under the id of a new image, and tell `after` whether that worked."""

    def forget(self, image_id: str) -> None:
        """Remove what was kept for an image."""

    def off(self, instance: Any) -> bool:
        """Say whether a machine that should run was switched off from within."""

    def busy(self, instance: Any) -> bool:
        """Say whether something is still being done to the machine."""

    def trouble(self, instance: Any) -> str:
        """Say what went wrong with the machine; empty for nothing."""


MACHINES: list[Machines] = []
"""What runs machines; empty when instances are entries in a table only."""


def _error(code: str, message: str) -> Exception:
    from moto.ec2.exceptions import EC2ClientError

    return EC2ClientError(code, message)


def _show(instance: Any, status: str) -> None:
    instance._state.name, instance._state.code = status, CODES[status]


def _life(instance: Any) -> Lifecycle:
    life = instance.__dict__.get("life")
    if not isinstance(life, Lifecycle):
        life = instance.life = Lifecycle(instance._state.name)
    return life


def begin(instance: Any, status: str, kind: str, settled: str, then: Any = None) -> None:
    """Enter a state that lasts as long as `kind` does, and as long as the machine behind it is busy."""
    life = _life(instance)
    life.begin(status, kind, settled, then)
    if not MACHINES and delays.duration(kind) == 0:
        # What hangs on the state may be asked for by the very next call; the answers to this one show the transition anyway.
        life.settle()
    _show(instance, life.status)


def settle(backend: Any) -> None:
    """Bring every instance of a region up to the present moment."""
    for reservation in list(backend.reservations.values()):
        for instance in list(reservation.instances):
            life = instance.__dict__.get("life")
            if life is None or any(machines.busy(instance) for machines in MACHINES):
                continue
            if life.status == "pending" and (text := _trouble(instance)):
                _fail(instance, text)
                continue
            if life.status == "running" and any(machines.off(instance) for machines in MACHINES):
                # AWS looks at this of the instance, not at its protection from calls.
                instance.terminate() if instance.instance_initiated_shutdown_behavior == "terminate" else instance.stop()
                continue
            life.settle()
            if life.status == "forgotten":
                reservation.instances.remove(instance)
                backend.tags.pop(instance.id, None)
            else:
                _show(instance, life.status)
        if not reservation.instances:
            backend.reservations.pop(reservation.id, None)


def _trouble(instance: Any) -> str:
    return next((text for machines in MACHINES if (text := machines.trouble(instance))), "")


def _fail(instance: Any, text: str) -> None:
    """End an instance that could not be launched, as AWS ends one for which it has no capacity."""
    _finish(instance)
    _life(instance).begin_for("terminated", float("inf"), "terminated")
    _show(instance, "terminated")
    instance.state_reason.code, instance.state_reason.message = "Server.InternalError", f"Server.InternalError: {text}"


def launched(instance: Any) -> None:
    """Begin the life of a new instance."""
    begin(instance, "pending", "ec2.instance.start", "running", lambda: _check(instance))


def run_machine(instance: Any) -> None:
    """Start the machine behind a new instance, now that everything about the instance is known."""
    for machines in MACHINES:
        machines.run(instance)


def _check(instance: Any) -> None:
    """Begin the status checks of an instance that has just started to run."""
    instance.checks = Lifecycle("initializing")
    instance.checks.begin("initializing", "ec2.instance.check", "ok")


def _start(original: Any, self: Any) -> Any:
    before = copy.copy(self._state)
    if self.state in ("running", "pending"):
        return before
    if self.state != "stopped":
        raise _error("IncorrectInstanceState", f"The instance '{self.id}' is not in a state from which it can be started.")
    original(self)
    begin(self, "pending", "ec2.instance.start", "running", lambda: _check(self))
    for machines in MACHINES:
        machines.start(self)
    return before


def _stop(original: Any, self: Any) -> Any:
    before = copy.copy(self._state)
    if self.state in ("stopped", "stopping"):
        return before
    if self.state not in ("running", "pending"):
        raise _error("IncorrectInstanceState", f"The instance '{self.id}' is not in a state from which it can be stopped.")
    original(self)
    begin(self, "stopping", "ec2.instance.stop", "stopped")
    for machines in MACHINES:
        machines.stop(self)
    return before


def _terminate(original: Any, self: Any) -> Any:
    before = copy.copy(self._state)
    if self.state in ("shutting-down", "terminated"):
        return before
    self.end = lambda: original(self)
    begin(self, "shutting-down", "ec2.instance.terminate", "terminated", lambda: _finish(self))
    for machines in MACHINES:
        machines.terminate(self)
    return before


def _finish(instance: Any) -> None:
    """Take away what goes with an instance: volumes, interfaces, the association of its addresses."""
    backend = instance.ec2_backend
    interfaces = list(instance.nics.values())
    for address in backend.addresses:
        if address.instance is instance or address.eni in interfaces:
            if address.eni is not None:
                address.eni.public_ip = None
            address.instance = address.eni = address.association_id = None
    end = instance.__dict__.pop("end", None)
    if end is None:
        instance.teardown_defaults()
    else:
        end()
    keep = delays.duration("ec2.instance.forget")
    # Without real delays it stays visible until the reset.
    _life(instance).begin_for("terminated", keep if keep > delays.FAST_SECONDS else float("inf"), "forgotten")


def _reboot(original: Any, self: Any) -> None:
    if self.state != "running":
        raise _error("IncorrectState", f"The instance '{self.id}' is not in a state from which it can be rebooted.")
    original(self)
    for machines in MACHINES:
        machines.reboot(self)


def _status(instance: Any) -> dict[str, Any]:
    if instance.state != "running":
        return {"Status": "not-applicable"}
    checks = instance.__dict__.get("checks")
    if checks is not None:
        checks.settle()
        if checks.status != "ok":
            return {"Status": "initializing", "Details": [{"Name": "reachability", "Status": "initializing"}]}
    return {"Status": "ok", "Details": [{"Name": "reachability", "Status": "passed"}]}


def _modify_attribute(original: Any, self: Any) -> Any:
    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    if instance.state != "stopped" and any(self._get_param(name) is not None for name in _STOPPED_ONLY):
        raise _error("IncorrectInstanceState", f"The instance '{instance.id}' is not in the 'stopped' state.")
    if behaviour := self._get_param("InstanceInitiatedShutdownBehavior"):
        instance.instance_initiated_shutdown_behavior = behaviour["Value"] if isinstance(behaviour, dict) else behaviour
    return original(self)


def _call_action(original: Any, self: Any) -> Any:
    settle(self.ec2_backend)
    return original(self)


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models.instances import Instance
    from moto.ec2.responses import EC2Response

    wrap(Instance, "start", _start)
    wrap(Instance, "stop", _stop)
    wrap(Instance, "terminate", _terminate)
    wrap(Instance, "reboot", _reboot)
    put(Instance, "instance_status", property(_status))
    put(Instance, "system_status", property(_status))
    wrap(EC2Response, "modify_instance_attribute", _modify_attribute)
    wrap(EC2Response, "call_action", _call_action)
