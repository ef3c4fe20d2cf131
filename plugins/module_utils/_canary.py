# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A canary of CloudWatch Synthetics in one form, and its script as it is sent.  Private to the collection.

Synthetics tells neither the script nor the environment variables that a canary has, so a hash of both is kept as a tag.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._waiters import gone_waiter, status_waiter

Document = dict[str, Any]

CODE_TAG: Final = "stratum:code"
"""The tag that holds the hash."""
EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive, so that the same script makes the same archive."""

SETTLED: Final = ["READY", "RUNNING", "STOPPED"]
BUSY: Final = ("CREATING", "STARTING", "UPDATING", "STOPPING")
_REASON: Final = "Canary.Status.StateReason"
READY: Final = status_waiter("GetCanary", "Canary.Status.State", SETTLED, ["ERROR"], 5, ["ResourceNotFoundException"], _REASON)
RUNNING: Final = status_waiter("GetCanary", "Canary.Status.State", ["RUNNING"], ["ERROR"], 5, reasons=_REASON)
STOPPED: Final = status_waiter("GetCanary", "Canary.Status.State", ["STOPPED", "READY", "ERROR"], [], 5)
GONE: Final = gone_waiter("GetCanary", "Canary.Status.State", ["ResourceNotFoundException"], delay=5)

RUN = {"timeout_seconds": "TimeoutInSeconds", "memory_mb": "MemoryInMB", "tracing": "ActiveTracing"}
KEPT = {"success_retention_days": "SuccessRetentionPeriodInDays", "failure_retention_days": "FailureRetentionPeriodInDays"}
OPTIONS = (
    *("artifact_location", "role_arn", "runtime", "handler", "schedule", "schedule_duration_seconds"),
    *(*RUN, *KEPT, "subnet_ids", "security_group_ids"),
)
"""The options that are told by what AWS describes."""
CODE = ("handler", "runtime")
"""What can only be changed together with the script."""


def file_name(handler: str, runtime: str) -> str:
    """Return where the script is to be in its archive."""
    stem = handler.rpartition(".")[0]
    if runtime.startswith("syn-python"):
        return f"python/{stem}.py"
    # Playwright's runtimes take scripts from the top of the archive.
    return f"{stem}.mjs" if "playwright" in runtime else f"nodejs/node_modules/{stem}.js"


def archive(script: str, handler: str, runtime: str) -> bytes:
    """Return the script as an archive, of the same bytes for the same script."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as file:
        entry = zipfile.ZipInfo(file_name(handler, runtime), EPOCH)
        entry.external_attr = 0o644 << 16
        file.writestr(entry, script)
    return buffer.getvalue()


def digest(options: Mapping[str, Any]) -> str:
    """Return the hash of what Synthetics does not tell: the script and its environment."""
    environment = {str(key): str(value) for key, value in (options["environment"] or {}).items()}
    told = json.dumps([options["script"], environment], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def canary_document(canary: Mapping[str, Any], account: str, partition: str, region: str) -> Document:
    """Return a canary of GetCanary as the module returns it."""
    run, vpc = canary.get("RunConfig") or {}, canary.get("VpcConfig") or {}
    schedule = canary.get("Schedule") or {}
    return {
        "name": canary["Name"],
        "arn": f"arn:{partition}:synthetics:{region}:{account}:canary:{canary['Name']}",
        "id": canary.get("Id", ""),
        "status": (canary.get("Status") or {}).get("State", ""),
        "artifact_location": f"s3://{canary.get('ArtifactS3Location', '').removeprefix('s3://').rstrip('/')}",
        "role_arn": canary.get("ExecutionRoleArn", ""),
        "runtime": canary.get("RuntimeVersion", ""),
        "handler": (canary.get("Code") or {}).get("Handler", ""),
        "schedule": schedule.get("Expression", ""),
        "schedule_duration_seconds": int(schedule.get("DurationInSeconds") or 0),
        **{option: run.get(name) for option, name in RUN.items()},
        **{option: canary.get(name) for option, name in KEPT.items()},
        "subnet_ids": sorted(vpc.get("SubnetIds") or []),
        "security_group_ids": sorted(vpc.get("SecurityGroupIds") or []),
        "function_arn": canary.get("EngineArn", ""),
        "running": (canary.get("Status") or {}).get("State") in ("RUNNING", "STARTING"),
        "tags": dict(canary.get("Tags") or {}),
    }


def wanted(options: Mapping[str, Any]) -> Document:
    """Return what the options say of the canary; what they do not mention is left out."""
    result = given({option: options[option] for option in OPTIONS})
    if "artifact_location" in result:
        result["artifact_location"] = f"s3://{result['artifact_location'].removeprefix('s3://').rstrip('/')}"
    for option in ("subnet_ids", "security_group_ids"):
        if option in result:
            result[option] = sorted(result[option])
    return result


def wanted_tags(options: Mapping[str, Any], current: Mapping[str, str]) -> dict[str, str] | None:
    """Return the tags that the options ask for, with that of the script; None leaves all as they are."""
    tags = options["tags"]
    if options["script"] is None:
        return None if tags is None else {**tags, **{key: current[key] for key in (CODE_TAG,) if key in current}}
    return {**(dict(current) if tags is None else tags), CODE_TAG: digest(options)}


def canary_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return the keys of the document that differ, with their new values; tags are not among them."""
    changes = {key: value for key, value in wanted(options).items() if current[key] != value}
    if options["running"] is not None and options["running"] != current["running"]:
        changes["running"] = options["running"]
    if current["status"] == "ERROR":
        # A canary that could not be made or changed is made anew of the same parts, and runs as a new one does.
        changes["status"] = "READY"
        if options["running"] is not False:
            changes["running"] = True
    return changes


def request(values: Mapping[str, Any], options: Mapping[str, Any], with_code: bool) -> Document:
    """Return settings as CreateCanary and UpdateCanary take them."""
    run = given({name: values.get(option) for option, name in RUN.items()})
    environment = {str(key): str(value) for key, value in (options["environment"] or {}).items()}
    if options["environment"] is not None:
        run["EnvironmentVariables"] = environment
    schedule = given({"Expression": values.get("schedule"), "DurationInSeconds": values.get("schedule_duration_seconds")})
    vpc = {"SubnetIds": values.get("subnet_ids") or [], "SecurityGroupIds": values.get("security_group_ids") or []}
    body = {
        "ArtifactS3Location": values.get("artifact_location"),
        "ExecutionRoleArn": values.get("role_arn"),
        "RuntimeVersion": values.get("runtime"),
        "Schedule": schedule or None,
        "RunConfig": run or None,
        **{name: values.get(option) for option, name in KEPT.items()},
        "VpcConfig": vpc if "subnet_ids" in values or "security_group_ids" in values else None,
        "ProvisionedResourceCleanup": "AUTOMATIC",
    }
    if with_code:
        content = archive(options["script"], values["handler"], values["runtime"])
        body["Code"] = {"Handler": values["handler"], "ZipFile": content}
    return given(body)
