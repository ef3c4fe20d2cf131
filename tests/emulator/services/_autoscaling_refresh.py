# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instance refreshes of Auto Scaling groups, which moto does not have: one at a time, and at their end every instance is new."""

from __future__ import annotations

import datetime
import uuid
from typing import Any, Final

from tests.emulator.lifecycle import Lifecycle

from ._patching import put

_ACTIVE: Final = ("Pending", "InProgress", "Cancelling")


def _error(code: str, message: str) -> Exception:
    from moto.autoscaling.exceptions import AutoscalingClientError

    return AutoscalingClientError(code, message)


def _refreshes(group: Any) -> list[dict[str, Any]]:
    """Return a group's refreshes, the newest first."""
    found: list[dict[str, Any]] = group.__dict__.setdefault("refreshes", [])
    return found


def _wanted(group: Any) -> int | None:
    template = group.ec2_launch_template
    return template.get_version(group.launch_template_version).number if template else None


def settle(group: Any) -> None:
    """End the refreshes whose time has come."""
    for refresh in _refreshes(group):
        life: Lifecycle = refresh["life"]
        if refresh["document"]["Status"] in _ACTIVE:
            life.settle()
            if life.status == "Successful":
                _replace(group, refresh)
            refresh["document"]["Status"] = life.status


def _replace(group: Any, refresh: dict[str, Any]) -> None:
    matching = refresh["document"]["Preferences"].get("SkipMatching")
    old = [it for it in group.instance_states if not (matching and it.__dict__.get("version") == _wanted(group))]
    # Out of the group first, so that their place counts as empty.
    group.instance_states = [state for state in group.instance_states if state not in old]
    from .autoscaling import deregister

    deregister(group, old)
    if old:
        group.autoscaling_backend.ec2_backend.terminate_instances([state.instance.id for state in old])
    group.set_desired_capacity(group.desired_capacity)
    refresh["document"] |= {"EndTime": _now(), "PercentageComplete": 100, "InstancesToUpdate": 0}


def _now() -> datetime.datetime:
    return datetime.datetime.now(tz=datetime.UTC).replace(tzinfo=None)


def _named(self: Any) -> Any:
    group = self.autoscaling_backend.autoscaling_groups.get(self._get_param("AutoScalingGroupName"))
    if group is None:
        raise _error("ValidationError", "AutoScalingGroup name not found - null")
    return group


def _start(self: Any) -> Any:
    from moto.core.responses import ActionResult

    group = _named(self)
    if any(refresh["document"]["Status"] in _ACTIVE for refresh in _refreshes(group)):
        raise _error(
            "InstanceRefreshInProgress",
            "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.",
        )
    if desired := self._get_param("DesiredConfiguration"):
        group._set_launch_configuration(None, desired.get("LaunchTemplate"), desired.get("MixedInstancesPolicy"))
    life = Lifecycle("InProgress")
    life.begin("InProgress", "autoscaling.instance_refresh", "Successful")
    document = {
        "InstanceRefreshId": str(uuid.uuid4()),
        "AutoScalingGroupName": group.name,
        "Status": "InProgress",
        "StartTime": _now(),
        "PercentageComplete": 0,
        "InstancesToUpdate": len(group.instance_states),
        "Strategy": self._get_param("Strategy") or "Rolling",
        "Preferences": {"MinHealthyPercentage": 90} | dict(self._get_param("Preferences") or {}),
    }
    _refreshes(group).insert(0, {"document": document, "life": life})
    return ActionResult({"InstanceRefreshId": document["InstanceRefreshId"]})


def _describe(self: Any) -> Any:
    from moto.core.responses import ActionResult

    ids = self._get_param("InstanceRefreshIds") or []
    found = [refresh["document"] for refresh in _refreshes(_named(self))]
    return ActionResult({"InstanceRefreshes": [it for it in found if not ids or it["InstanceRefreshId"] in ids]})


def _cancel(self: Any) -> Any:
    from moto.core.responses import ActionResult

    active = [refresh["document"] for refresh in _refreshes(_named(self)) if refresh["document"]["Status"] in _ACTIVE]
    if not active:
        raise _error("ActiveInstanceRefreshNotFound", "No in progress or pending Instance Refresh found for Auto Scaling group")
    active[0] |= {"Status": "Cancelled", "EndTime": _now(), "StatusReason": "Cancelled due to user request."}
    return ActionResult({"InstanceRefreshId": active[0]["InstanceRefreshId"]})


def install(response: Any) -> None:
    """Give moto's responses the operations."""
    put(response, "start_instance_refresh", _start)
    put(response, "describe_instance_refreshes", _describe)
    put(response, "cancel_instance_refresh", _cancel)
