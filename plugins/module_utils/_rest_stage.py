# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a stage and a usage plan of API Gateway are, and the patches that make them so.  Private to the collection."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._rest_api import Patch, replace

Document = dict[str, Any]

SETTINGS: Final = {
    "rate_limit": ("throttlingRateLimit", "throttling/rateLimit"),
    "burst_limit": ("throttlingBurstLimit", "throttling/burstLimit"),
    "log_level": ("loggingLevel", "logging/loglevel"),
    "log_bodies": ("dataTraceEnabled", "logging/dataTrace"),
    "metrics": ("metricsEnabled", "metrics/enabled"),
}
"""Settings of methods: their names in GetStage, and in the paths of patches."""
DEPLOYED: Final = "Definition "
EVERY_METHOD: Final = "*/*"


def text(value: Any) -> str:
    """Return a value as a patch takes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def setting_key(path: str, method: str) -> str:
    """Return the key of a method's settings, such as `~1orders/GET`; an asterisk stays."""
    return f"{path.replace('/', '~1')}/{method.upper() if method != '*' else method}"


def wanted_settings(methods: Sequence[Mapping[str, Any]] | None) -> dict[str, Document] | None:
    """Return the settings that the options ask for, by key; None to leave them alone."""
    if methods is None:
        return None
    return {setting_key(each["path"], each["method"]): given({name: each[name] for name in SETTINGS}) for each in methods}


def stage(answer: Mapping[str, Any], deployment: Mapping[str, Any], rest_api_id: str, arn: str, url: str) -> Document:
    """Return a stage of GetStage, with the deployment that it serves, as the module returns it."""
    log = answer.get("accessLogSettings") or {}
    description = str(deployment.get("description") or "")
    return {
        "arn": arn,
        "name": answer["stageName"],
        "rest_api_id": rest_api_id,
        "url": url,
        "deployment_id": answer.get("deploymentId"),
        "definition": description.removeprefix(DEPLOYED) if description.startswith(DEPLOYED) else "",
        "description": answer.get("description") or "",
        "variables": dict(answer.get("variables") or {}),
        "tracing": bool(answer.get("tracingEnabled")),
        "access_log_arn": log.get("destinationArn") or "",
        "access_log_format": log.get("format") or "",
        "method_settings": {
            key: {name: values[found] for name, (found, _path) in SETTINGS.items() if values.get(found) is not None}
            for key, values in (answer.get("methodSettings") or {}).items()
        },
        "tags": dict(answer.get("tags") or {}),
    }


def stage_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between a stage and the options, without tags."""
    keys = ("definition", "description", "tracing", "access_log_arn")
    changes = differing(current, {key: options[key] for key in keys})
    if (
        options["variables"] is not None
        and (wanted := {key: str(value) for key, value in options["variables"].items()}) != current["variables"]
    ):
        changes["variables"] = wanted
    if options["access_log_format"] is not None and (form := log_format(options["access_log_format"])) != current["access_log_format"]:
        changes["access_log_format"] = form
    settings = wanted_settings(options["method_settings"])
    if settings is not None and (settings.keys() != current["method_settings"].keys() or differing(current["method_settings"], settings)):
        changes["method_settings"] = {key: {**current["method_settings"].get(key, {}), **values} for key, values in settings.items()}
    return changes


def log_format(wanted: Any) -> str:
    """Return the format of an access log: a text as it is, a dictionary as JSON in its own order on one line."""
    return wanted if isinstance(wanted, str) else json.dumps(wanted, separators=(",", ":"))


def stage_patch(current: Mapping[str, Any], changes: Mapping[str, Any]) -> Patch:
    """Return the patch of UpdateStage that makes `changes` true, without that of the deployment."""
    patch: Patch = []
    if "description" in changes:
        patch.append(replace("/description", changes["description"]))
    if "tracing" in changes:
        patch.append(replace("/tracingEnabled", text(changes["tracing"])))
    if "variables" in changes:
        patch += [replace(f"/variables/{key}", value) for key, value in changes["variables"].items()]
        patch += [{"op": "remove", "path": f"/variables/{key}"} for key in current["variables"] if key not in changes["variables"]]
    if changes.get("access_log_arn") == "":
        patch.append({"op": "remove", "path": "/accessLogSettings"})
    else:
        logs = {"access_log_format": "format", "access_log_arn": "destinationArn"}
        patch += [replace(f"/accessLogSettings/{name}", changes[key]) for key, name in logs.items() if key in changes]
    if "method_settings" in changes:
        patch += _settings_patch(current["method_settings"], changes["method_settings"])
    return patch


def _settings_patch(current: Mapping[str, Document], wanted: Mapping[str, Document]) -> Patch:
    patch: Patch = [{"op": "remove", "path": f"/{key}"} for key in current if key not in wanted]
    for key, values in wanted.items():
        there = current.get(key, {})
        patch += [replace(f"/{key}/{SETTINGS[name][1]}", text(value)) for name, value in values.items() if there.get(name) != value]
    return patch


LIMITS: Final = {"rate_limit": "rateLimit", "burst_limit": "burstLimit"}


def plan(answer: Mapping[str, Any], arn: str) -> Document:
    """Return a usage plan of GetUsagePlan as the module returns it."""
    throttle, quota = answer.get("throttle") or {}, answer.get("quota") or {}
    return {
        "id": answer["id"],
        "arn": arn,
        "name": answer["name"],
        "description": answer.get("description") or "",
        **{option: throttle.get(key) for option, key in LIMITS.items()},
        "quota": {key: quota[key] for key in ("limit", "period", "offset") if quota.get(key) is not None},
        "stages": {f"{each['apiId']}:{each['stage']}": _limits_of(each.get("throttle")) for each in answer.get("apiStages") or []},
        "tags": dict(answer.get("tags") or {}),
    }


def _limits_of(throttle: Mapping[str, Any] | None) -> dict[str, Document]:
    """Return the limits of methods of a stage by `path/METHOD`."""
    return {key: {option: values.get(name) for option, name in LIMITS.items()} for key, values in (throttle or {}).items()}


def wanted_stages(stages: Sequence[Mapping[str, Any]] | None) -> dict[str, dict[str, Document]] | None:
    """Return the stages of the options in the form of a plan's document; None to leave them alone."""
    if stages is None:
        return None
    return {
        f"{each['rest_api_id']}:{each['stage']}": {
            f"{method['path']}/{method['method'].upper()}": {option: method[option] for option in LIMITS}
            for method in each["methods"] or []
        }
        for each in stages
    }


def plan_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between a plan and the options, without tags."""
    changes = differing(current, {key: options[key] for key in ("description", *LIMITS)})
    quota = None if options["quota"] is None else given(options["quota"])
    if quota is not None and any(current["quota"].get(key) != value for key, value in quota.items()):
        changes["quota"] = quota
    stages = wanted_stages(options["stages"])
    if stages is not None and stages != current["stages"]:
        changes["stages"] = stages
    return changes


def plan_patch(current: Mapping[str, Any], changes: Mapping[str, Any]) -> Patch:
    """Return the patch of UpdateUsagePlan that makes `changes` true."""
    patch: Patch = []
    if "description" in changes:
        patch.append(replace("/description", changes["description"]))
    patch += [replace(f"/throttle/{name}", text(changes[option])) for option, name in LIMITS.items() if option in changes]
    patch += [replace(f"/quota/{key}", text(value)) for key, value in changes.get("quota", {}).items()]
    if "stages" in changes:
        wanted, there = changes["stages"], current["stages"]
        patch += [{"op": "add", "path": "/apiStages", "value": key} for key in wanted if key not in there]
        patch += [{"op": "remove", "path": "/apiStages", "value": key} for key in there if key not in wanted]
        for key, methods in wanted.items():
            patch += _methods_patch(key, there.get(key, {}), methods)
    return patch


def _methods_patch(key: str, current: Mapping[str, Document], wanted: Mapping[str, Document]) -> Patch:
    root = f"/apiStages/{key}/throttle"
    patch: Patch = [{"op": "remove", "path": f"{root}/{_escaped(method)}"} for method in current if method not in wanted]
    for method, limits in wanted.items():
        if limits != current.get(method):
            patch += [replace(f"{root}/{_escaped(method)}/{LIMITS[option]}", text(value)) for option, value in limits.items()]
    return patch


def _escaped(method: str) -> str:
    path, verb = method.rsplit("/", 1)
    return f"{path.replace('/', '~1')}/{verb}"


def plan_request(options: Mapping[str, Any]) -> Document:
    """Return the parameters of CreateUsagePlan, without name and tags."""
    throttle = {name: options[option] for option, name in LIMITS.items() if options[option] is not None}
    stages = wanted_stages(options["stages"]) or {}
    return {
        "description": options["description"] or None,
        "throttle": throttle or None,
        "quota": given(options["quota"]) if options["quota"] else None,
        "apiStages": [
            {
                "apiId": key.split(":")[0],
                "stage": key.split(":")[1],
                **({"throttle": {method: _named(limits) for method, limits in methods.items()}} if methods else {}),
            }
            for key, methods in stages.items()
        ]
        or None,
    }


def _named(limits: Mapping[str, Any]) -> Document:
    return {name: limits[option] for option, name in LIMITS.items()}
