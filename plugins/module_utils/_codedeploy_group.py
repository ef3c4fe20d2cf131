# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A deployment group of CodeDeploy for ECS in our form and in AWS's.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given

Document = dict[str, Any]

UNORDERED: Final = frozenset({"alarms", "rollback_events", "events"})
STYLE: Final = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}


def document(found: Mapping[str, Any], arn: str, tags: Mapping[str, str]) -> Document:
    """Return what AWS says of a group, in our form."""
    pair = _first((found.get("loadBalancerInfo") or {}).get("targetGroupPairInfoList"))
    service = _first(found.get("ecsServices"))
    alarms = found.get("alarmConfiguration") or {}
    rollback = found.get("autoRollbackConfiguration") or {}
    return {
        "name": found["deploymentGroupName"],
        "application": found["applicationName"],
        "id": found.get("deploymentGroupId"),
        "arn": arn,
        "role_arn": found.get("serviceRoleArn"),
        "deployment_config": found.get("deploymentConfigName"),
        "cluster": service.get("clusterName"),
        "service": service.get("serviceName"),
        "target_groups": [group["name"] for group in pair.get("targetGroups") or []],
        "production_listener_arn": _listener(pair.get("prodTrafficRoute")),
        "test_listener_arn": _listener(pair.get("testTrafficRoute")),
        **_waits(found.get("blueGreenDeploymentConfiguration") or {}),
        # What is switched off keeps its list; it is as if there were none.
        "rollback_events": sorted(rollback.get("events") or []) if rollback.get("enabled") else [],
        "alarms": sorted(alarm["name"] for alarm in alarms.get("alarms") or []) if alarms.get("enabled") else [],
        "ignore_alarm_faults": bool(alarms.get("ignorePollAlarmFailure")),
        "triggers": sorted((_trigger(trigger) for trigger in found.get("triggerConfigurations") or []), key=lambda each: str(each["name"])),
        "tags": dict(tags),
    }


def wanted(options: Mapping[str, Any]) -> Document:
    """Return what the user wants, in the form of `document`."""
    keys = (
        "role_arn",
        "deployment_config",
        "cluster",
        "service",
        "target_groups",
        "production_listener_arn",
        "termination_wait_minutes",
        "ready_wait_minutes",
        "ignore_alarm_faults",
    )
    triggers = [{**trigger, "events": sorted(trigger["events"])} for trigger in options["triggers"]]
    return {
        **{key: options[key] for key in keys},
        # An empty text says that there is none; nothing said leaves what is there.
        "test_listener_arn": options["test_listener_arn"],
        "rollback_events": sorted(options["rollback_events"]),
        "alarms": sorted(options["alarms"]),
        "triggers": sorted(triggers, key=lambda each: str(each["name"])),
    }


def changes(current: Mapping[str, Any], want: Mapping[str, Any]) -> Document:
    """Return what must change, with the new values."""
    # AWS knows no order of the two, but tells them apart: after a deployment the other one is the first of the service.
    pair = {"target_groups": want["target_groups"]} if sorted(current["target_groups"]) != sorted(want["target_groups"]) else {}
    rest = {key: value for key, value in want.items() if key not in ("target_groups", "test_listener_arn")}
    changed = {**pair, **differing(current, rest, UNORDERED)}
    test = want["test_listener_arn"]
    if test is not None and (test or None) != current["test_listener_arn"]:
        changed["test_listener_arn"] = test or None
    return changed


def request(state: Mapping[str, Any]) -> Document:
    """Return the parameters of a creation or an update that make a group so."""
    routes = {
        "targetGroups": [{"name": name} for name in state["target_groups"]],
        "prodTrafficRoute": {"listenerArns": [state["production_listener_arn"]]},
        "testTrafficRoute": {"listenerArns": [state["test_listener_arn"]]} if state["test_listener_arn"] else None,
    }
    wait = state["ready_wait_minutes"]
    ready = {"actionOnTimeout": "STOP_DEPLOYMENT", "waitTimeInMinutes": wait} if wait else {"actionOnTimeout": "CONTINUE_DEPLOYMENT"}
    return {
        "serviceRoleArn": state["role_arn"],
        "deploymentConfigName": state["deployment_config"],
        "deploymentStyle": dict(STYLE),
        "ecsServices": [{"clusterName": state["cluster"], "serviceName": state["service"]}],
        "loadBalancerInfo": {"targetGroupPairInfoList": [given(routes)]},
        "blueGreenDeploymentConfiguration": {
            "terminateBlueInstancesOnDeploymentSuccess": {
                "action": "TERMINATE",
                "terminationWaitTimeInMinutes": state["termination_wait_minutes"],
            },
            "deploymentReadyOption": ready,
        },
        "autoRollbackConfiguration": {"enabled": bool(state["rollback_events"]), "events": state["rollback_events"]},
        "alarmConfiguration": {
            "enabled": bool(state["alarms"]),
            "ignorePollAlarmFailure": state["ignore_alarm_faults"],
            "alarms": [{"name": name} for name in state["alarms"]],
        },
        "triggerConfigurations": [
            {"triggerName": trigger["name"], "triggerTargetArn": trigger["topic_arn"], "triggerEvents": trigger["events"]}
            for trigger in state["triggers"]
        ],
    }


def _first(items: Any) -> Document:
    return dict(items[0]) if items else {}


def _listener(route: Mapping[str, Any] | None) -> str | None:
    arns = (route or {}).get("listenerArns") or []
    return str(arns[0]) if arns else None


def _waits(found: Mapping[str, Any]) -> Document:
    blue = found.get("terminateBlueInstancesOnDeploymentSuccess") or {}
    ready = found.get("deploymentReadyOption") or {}
    stops = ready.get("actionOnTimeout") == "STOP_DEPLOYMENT"
    return {
        # None when the old tasks are kept for good, which only others can have set.
        "termination_wait_minutes": blue.get("terminationWaitTimeInMinutes", 0) if blue.get("action") == "TERMINATE" else None,
        "ready_wait_minutes": ready.get("waitTimeInMinutes", 0) if stops else 0,
    }


def _trigger(found: Mapping[str, Any]) -> Document:
    return {"name": found["triggerName"], "topic_arn": found["triggerTargetArn"], "events": sorted(found.get("triggerEvents") or [])}
