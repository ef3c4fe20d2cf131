# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A project of CodeBuild in our form and in AWS's.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given

Document = dict[str, Any]

UNORDERED: Final = frozenset({"variables", "cache_modes", "subnets", "security_groups"})
_SOURCE: Final = {"type": "type", "location": "location", "buildspec": "buildspec", "clone_depth": "gitCloneDepth"}
_ARTIFACTS: Final = {"type": "type", "location": "location", "path": "path", "name": "name", "packaging": "packaging"}
_ENVIRONMENT: Final = {
    "type": "type",
    "image": "image",
    "compute_type": "computeType",
    "privileged": "privilegedMode",
    "image_pull_credentials": "imagePullCredentialsType",
}
_PLAIN: Final = {
    "description": "description",
    "source_version": "sourceVersion",
    "role_arn": "serviceRole",
    "timeout_minutes": "timeoutInMinutes",
    "queued_timeout_minutes": "queuedTimeoutInMinutes",
    "concurrent_builds": "concurrentBuildLimit",
    "encryption_key": "encryptionKey",
}


def document(found: Mapping[str, Any]) -> Document:
    """Return what AWS says of a project, in our form."""
    source, environment = found["source"], found["environment"]
    cache, logs = found.get("cache") or {}, (found.get("logsConfig") or {}).get("cloudWatchLogs") or {}
    vpc = found.get("vpcConfig") or {}
    return {
        "name": found["name"],
        "arn": found["arn"],
        **{key: found.get(name) for key, name in _PLAIN.items()},
        "description": found.get("description") or "",
        "source": {**_read(source, _SOURCE), "connection_arn": (source.get("auth") or {}).get("resource")},
        "artifacts": _read(found.get("artifacts") or {}, _ARTIFACTS),
        "environment": {
            **_read(environment, _ENVIRONMENT),
            "variables": sorted((_variable(each) for each in environment.get("environmentVariables") or []), key=lambda each: each["name"]),
        },
        "cache_modes": sorted(cache.get("modes") or []) if cache.get("type") == "LOCAL" else [],
        "log_group": logs.get("groupName") if logs.get("status") != "DISABLED" else None,
        "vpc": {
            "vpc_id": vpc.get("vpcId"),
            "subnets": sorted(vpc.get("subnets") or []),
            "security_groups": sorted(vpc.get("securityGroupIds") or []),
        },
        "tags": {tag["key"]: tag["value"] for tag in found.get("tags") or []},
    }


def wanted(options: Mapping[str, Any]) -> Document:
    """Return what the user wants, in the form of `document`; None leaves alone what is there."""
    environment = dict(options["environment"] or {})
    variables = environment.pop("variables", None)
    vpc = options["vpc"]
    return given(
        {
            **{key: options[key] for key in _PLAIN},
            "source": given(options["source"] or {}) or None,
            "artifacts": given(options["artifacts"] or {}) or None,
            "environment": given(
                {
                    **environment,
                    "variables": None if variables is None else sorted(map(_plain_variable, variables), key=lambda each: each["name"]),
                }
            )
            or None,
            "cache_modes": None if options["cache_modes"] is None else sorted(options["cache_modes"]),
            "log_group": options["log_group"],
            # An empty dictionary takes the project out of its VPC.
            "vpc": None if vpc is None else _vpc(vpc),
        }
    )


def changes(current: Mapping[str, Any], want: Mapping[str, Any]) -> Document:
    """Return what must change, with the new values."""
    changed = differing(current, {key: value for key, value in want.items() if key != "vpc"}, UNORDERED)
    if "vpc" in want and want["vpc"] != current["vpc"]:
        changed["vpc"] = want["vpc"]
    # What a source of another kind has left behind goes with it.
    if "source" in changed and changed["source"]["type"] != current["source"]["type"]:
        changed["source"] = want["source"]
    return changed


def request(state: Mapping[str, Any]) -> Document:
    """Return the parameters of a creation or an update for these parts of a project."""
    parameters: Document = {name: state.get(key) for key, name in _PLAIN.items()}
    if "source" in state:
        connection = state["source"].get("connection_arn")
        auth = {"auth": {"type": "CODECONNECTIONS", "resource": connection}} if connection else {}
        parameters["source"] = {**_write(state["source"], _SOURCE), **auth}
    if "artifacts" in state:
        parameters["artifacts"] = _write(state["artifacts"], _ARTIFACTS)
    if "environment" in state:
        variables = state["environment"].get("variables") or []
        parameters["environment"] = {**_write(state["environment"], _ENVIRONMENT), "environmentVariables": variables}
    if "cache_modes" in state:
        modes = state["cache_modes"]
        parameters["cache"] = {"type": "LOCAL", "modes": modes} if modes else {"type": "NO_CACHE"}
    if "log_group" in state:
        parameters["logsConfig"] = {"cloudWatchLogs": {"status": "ENABLED", "groupName": state["log_group"]}}
    if "vpc" in state:
        vpc = state["vpc"]
        names = {"vpcId": vpc["vpc_id"], "subnets": vpc["subnets"], "securityGroupIds": vpc["security_groups"]}
        parameters["vpcConfig"] = given(names) if vpc["vpc_id"] else {}
    return given(parameters)


def _read(found: Mapping[str, Any], names: Mapping[str, str]) -> Document:
    return {key: found.get(name) for key, name in names.items()}


def _write(state: Mapping[str, Any], names: Mapping[str, str]) -> Document:
    return given({name: state.get(key) for key, name in names.items()})


def _vpc(option: Mapping[str, Any]) -> Document:
    lists = {key: sorted(option.get(key) or []) for key in ("subnets", "security_groups")}
    return {"vpc_id": option.get("vpc_id"), **lists}


def _variable(found: Mapping[str, Any]) -> Document:
    return {"name": found["name"], "value": found["value"], "type": found.get("type") or "PLAINTEXT"}


def _plain_variable(option: Mapping[str, Any]) -> Document:
    return {"name": str(option["name"]), "value": str(option["value"]), "type": str(option["type"])}
