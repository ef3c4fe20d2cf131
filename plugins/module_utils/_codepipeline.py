# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pipeline of CodePipeline in our form and in AWS's.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._compare import given

Document = dict[str, Any]

FILTERS: Final = {"branches": "branches", "git_tags": "tags", "file_paths": "filePaths"}


def document(pipeline: Mapping[str, Any], arn: str, tags: Mapping[str, str], region: str) -> Document:
    """Return what AWS says of a pipeline, in our form."""
    store = pipeline.get("artifactStore") or {}
    return {
        "name": pipeline["name"],
        "arn": arn,
        "type": pipeline.get("pipelineType") or "V1",
        "execution_mode": pipeline.get("executionMode") or "SUPERSEDED",
        "role_arn": pipeline["roleArn"],
        "artifact_bucket": store.get("location"),
        "artifact_kms_key": (store.get("encryptionKey") or {}).get("id"),
        "stages": [_read_stage(stage, region) for stage in pipeline["stages"]],
        "triggers": [_read_trigger(trigger) for trigger in pipeline.get("triggers") or []],
        "variables": [_read_variable(each) for each in pipeline.get("variables") or []],
        "version": pipeline.get("version"),
        "tags": dict(tags),
    }


def wanted(options: Mapping[str, Any], region: str) -> Document:
    """Return what the user wants, in the form of `document`."""
    keys = ("type", "execution_mode", "role_arn", "artifact_bucket", "artifact_kms_key")
    return {
        **{key: options[key] for key in keys},
        "stages": [_wanted_stage(stage, region) for stage in options["stages"]],
        "triggers": [_wanted_trigger(trigger) for trigger in options["triggers"]],
        "variables": [{key: each.get(key) for key in ("name", "default", "description")} for each in options["variables"]],
    }


def changes(current: Mapping[str, Any], want: Mapping[str, Any]) -> Document:
    """Return what must change, with the new values."""
    return {key: value for key, value in want.items() if current.get(key) != value}


def declaration(name: str, state: Mapping[str, Any]) -> Document:
    """Return the pipeline as a creation or an update takes it."""
    key = state["artifact_kms_key"]
    pipeline: Document = {
        "name": name,
        "roleArn": state["role_arn"],
        "pipelineType": state["type"],
        "executionMode": state["execution_mode"],
        "artifactStore": {
            "type": "S3",
            "location": state["artifact_bucket"],
            **({"encryptionKey": {"id": key, "type": "KMS"}} if key else {}),
        },
        "stages": [_write_stage(stage) for stage in state["stages"]],
    }
    if state["triggers"]:
        pipeline["triggers"] = [_write_trigger(trigger) for trigger in state["triggers"]]
    if state["variables"]:
        names = {"name": "name", "default": "defaultValue", "description": "description"}
        pipeline["variables"] = [given({names[key]: value for key, value in each.items()}) for each in state["variables"]]
    return pipeline


def _read_stage(stage: Mapping[str, Any], region: str) -> Document:
    on_failure = stage.get("onFailure") or {}
    return {
        "name": stage["name"],
        "rollback_on_failure": on_failure.get("result") == "ROLLBACK",
        "actions": [_read_action(action, region) for action in stage["actions"]],
    }


def _read_action(action: Mapping[str, Any], region: str) -> Document:
    kind = action["actionTypeId"]
    return {
        "name": action["name"],
        "category": kind["category"],
        "owner": kind["owner"],
        "provider": kind["provider"],
        "version": kind["version"],
        "run_order": action.get("runOrder") or 1,
        "configuration": dict(action.get("configuration") or {}),
        "inputs": [artifact["name"] for artifact in action.get("inputArtifacts") or []],
        "outputs": [artifact["name"] for artifact in action.get("outputArtifacts") or []],
        "namespace": action.get("namespace"),
        # AWS may name the pipeline's own region where nobody has.
        "region": None if action.get("region") == region else action.get("region"),
        "role_arn": action.get("roleArn"),
        "timeout_minutes": action.get("timeoutInMinutes"),
    }


def _wanted_stage(stage: Mapping[str, Any], region: str) -> Document:
    actions = []
    for action in stage["actions"]:
        lists = {key: list(action.get(key) or []) for key in ("inputs", "outputs")}
        texts = {str(key): _text(value) for key, value in (action.get("configuration") or {}).items()}
        own = None if action.get("region") == region else action.get("region")
        actions.append({**action, **lists, "configuration": texts, "region": own})
    return {"name": stage["name"], "rollback_on_failure": bool(stage.get("rollback_on_failure")), "actions": actions}


def _text(value: Any) -> str:
    """Return a value of a configuration as AWS keeps it: all are strings."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _write_stage(stage: Mapping[str, Any]) -> Document:
    written: Document = {"name": stage["name"], "actions": [_write_action(action) for action in stage["actions"]]}
    if stage["rollback_on_failure"]:
        written["onFailure"] = {"result": "ROLLBACK"}
    return written


def _write_action(action: Mapping[str, Any]) -> Document:
    optional = {
        "namespace": action["namespace"],
        "region": action["region"],
        "roleArn": action["role_arn"],
        "timeoutInMinutes": action["timeout_minutes"],
    }
    return {
        "name": action["name"],
        "actionTypeId": {key: action[key] for key in ("category", "owner", "provider", "version")},
        "runOrder": action["run_order"],
        "configuration": action["configuration"],
        "inputArtifacts": [{"name": name} for name in action["inputs"]],
        "outputArtifacts": [{"name": name} for name in action["outputs"]],
        **given(optional),
    }


def _read_trigger(trigger: Mapping[str, Any]) -> Document:
    git = trigger["gitConfiguration"]
    pushes = git.get("push") or []
    filters = pushes[0] if len(pushes) == 1 else {}
    read: Document = {
        "source_action": git["sourceActionName"],
        **{key: sorted((filters.get(name) or {}).get("includes") or []) for key, name in FILTERS.items()},
    }
    excluded = any((filters.get(name) or {}).get("excludes") for name in FILTERS.values())
    if len(pushes) > 1 or git.get("pullRequest") or excluded:
        # Somebody has made it in a form that has no options here: it differs from all that can be wanted.
        read["other"] = True
    return read


def _wanted_trigger(option: Mapping[str, Any]) -> Document:
    return {"source_action": option["source_action"], **{key: sorted(option.get(key) or []) for key in FILTERS}}


def _write_trigger(trigger: Mapping[str, Any]) -> Document:
    filters = {name: {"includes": _listed(trigger[key])} for key, name in FILTERS.items() if trigger[key]}
    git = {"sourceActionName": trigger["source_action"], "push": [filters] if filters else None}
    return {"providerType": "CodeStarSourceConnection", "gitConfiguration": given(git)}


def _listed(values: Sequence[str]) -> list[str]:
    return [str(value) for value in values]


def _read_variable(found: Mapping[str, Any]) -> Document:
    return {"name": found["name"], "default": found.get("defaultValue"), "description": found.get("description")}
