# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that turns the stages of a pipeline, as the delivery layer has them, into those of the module."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: pipeline_stages
short_description: Write the stages of a pipeline
version_added: 0.5.0
description:
  - Turns actions that say what they do (C(source), C(build), C(test), C(deploy), C(rolling_deploy), C(approval), C(invoke) or
    C(action_type)) into actions as M(stratum.aws.codepipeline) takes them.
  - Connections and topics are named; what begins with C(arn:) stands as it is.
positional: _input
options:
  _input:
    description: The stages, as in the option C(stages) of C(delivery_pipelines).
    type: list
    elements: dict
    required: true
  connection_arns:
    description: The ARNs of connections, by name.
    type: dict
    default: {}
  topics:
    description: What the ARNs of topics begin with, such as V(arn:aws:sns:us-east-1:123456789012).
    type: str
    default: ''
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the stages
  ansible.builtin.debug:
    msg: >-
      {{ [{'name': 'Approval', 'actions': [{'name': 'Approve', 'approval': {'message': 'Look first'}}]}]
      | stratum.aws.pipeline_stages }}
"""

RETURN = r"""
_value:
  description: The stages, as in the option O(stratum.aws.codepipeline#module:stages).
  type: list
  elements: dict
  sample:
    - name: Approval
      rollback_on_failure: false
      actions:
        - {name: Approve, category: Approval, owner: AWS, provider: Manual, version: "1", configuration: {CustomData: Look first}}
"""

Names = Mapping[str, str]
PASSED = ("run_order", "inputs", "outputs", "namespace", "region", "timeout_minutes")


def looked_up(name: str, arns: Names, what: str) -> str:
    """Return the ARN of what is named."""
    if name.startswith("arn:"):
        return name
    if name not in arns:
        raise AnsibleFilterError(f"there is no {what} {name}. There are: {', '.join(sorted(arns)) or 'none'}")
    return arns[name]


def topic_arn(name: str, topics: str) -> str:
    """Return the ARN of a topic of the account, whether or not it exists already."""
    return name if name.startswith("arn:") else f"{topics}:{name}"


def _kind(category: str, provider: str, configuration: Mapping[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in configuration.items() if value not in (None, "", {})}
    return {"category": category, "owner": "AWS", "provider": provider, "version": "1", "configuration": said}


def _source(option: Mapping[str, Any], connections: Names, _topics: str, _action: Mapping[str, Any]) -> dict[str, Any]:
    return _kind(
        "Source",
        "CodeStarSourceConnection",
        {
            "ConnectionArn": looked_up(option["connection"], connections, "connection"),
            "FullRepositoryId": option["repository"],
            "BranchName": option.get("branch") or "main",
            "DetectChanges": "true" if option.get("trigger", True) else "false",
            "OutputArtifactFormat": "CODEBUILD_CLONE_REF" if option.get("clone") else "CODE_ZIP",
        },
    )


def _building(category: str) -> Callable[..., dict[str, Any]]:
    def build(option: Mapping[str, Any], _connections: Names, _topics: str, action: Mapping[str, Any]) -> dict[str, Any]:
        variables = [{"name": name, "value": str(value), "type": "PLAINTEXT"} for name, value in (option.get("variables") or {}).items()]
        inputs = action.get("inputs") or []
        configuration = {
            "ProjectName": option["project"],
            "EnvironmentVariables": json.dumps(variables) if variables else None,
            "PrimarySource": inputs[0] if len(inputs) > 1 else None,
        }
        return _kind(category, "CodeBuild", configuration)

    return build


def _deploy(option: Mapping[str, Any], _connections: Names, _topics: str, action: Mapping[str, Any]) -> dict[str, Any]:
    artifact = option.get("artifact") or next(iter(action.get("inputs") or []), "")
    image = option.get("image_artifact")
    return _kind(
        "Deploy",
        "CodeDeployToECS",
        {
            "ApplicationName": option["application"],
            "DeploymentGroupName": option["group"],
            "TaskDefinitionTemplateArtifact": artifact,
            "TaskDefinitionTemplatePath": option.get("task_definition") or "taskdef.json",
            "AppSpecTemplateArtifact": artifact,
            "AppSpecTemplatePath": option.get("appspec") or "appspec.yaml",
            "Image1ArtifactName": image,
            "Image1ContainerName": (option.get("image_placeholder") or "IMAGE") if image else None,
        },
    )


def _rolling(option: Mapping[str, Any], _connections: Names, _topics: str, _action: Mapping[str, Any]) -> dict[str, Any]:
    file = option.get("file") or "imagedefinitions.json"
    return _kind("Deploy", "ECS", {"ClusterName": option["cluster"], "ServiceName": option["service"], "FileName": file})


def _approval(option: Mapping[str, Any], _connections: Names, topics: str, _action: Mapping[str, Any]) -> dict[str, Any]:
    topic = topic_arn(option["topic"], topics) if option.get("topic") else None
    told = {"NotificationArn": topic, "CustomData": option.get("message"), "ExternalEntityLink": option.get("url")}
    return _kind("Approval", "Manual", told)


def _invoke(option: Mapping[str, Any], _connections: Names, _topics: str, _action: Mapping[str, Any]) -> dict[str, Any]:
    return _kind("Invoke", "Lambda", {"FunctionName": option["function"], "UserParameters": option.get("parameters")})


def _other(option: Mapping[str, Any], _connections: Names, _topics: str, _action: Mapping[str, Any]) -> dict[str, Any]:
    rest = {"owner": option.get("owner") or "AWS", "version": str(option.get("version") or "1")}
    return {
        **rest,
        "category": option["category"],
        "provider": option["provider"],
        "configuration": dict(option.get("configuration") or {}),
    }


KINDS: Mapping[str, Callable[..., dict[str, Any]]] = {
    "source": _source,
    "build": _building("Build"),
    "test": _building("Test"),
    "deploy": _deploy,
    "rolling_deploy": _rolling,
    "approval": _approval,
    "invoke": _invoke,
    "action_type": _other,
}


def kind_of(action: Mapping[str, Any]) -> str:
    """Return what an action does: the one of KINDS that it has."""
    found = [kind for kind in KINDS if action.get(kind) is not None]
    if len(found) != 1:
        has = " and ".join(found) or "none"
        raise AnsibleFilterError(f"the action {action.get('name')} has {has} of {', '.join(KINDS)}: give it exactly one")
    return found[0]


def pipeline_stages(stages: Sequence[Mapping[str, Any]], connection_arns: Names | None = None, topics: str = "") -> list[dict[str, Any]]:
    """Return the stages as the module takes them; see DOCUMENTATION."""
    written = []
    for stage in stages:
        actions = []
        for action in stage["actions"]:
            kind = kind_of(action)
            passed = {key: action[key] for key in PASSED if action.get(key) is not None}
            actions.append({"name": action["name"], **KINDS[kind](action[kind], connection_arns or {}, topics, action), **passed})
        written.append({"name": stage["name"], "rollback_on_failure": bool(stage.get("rollback_on_failure")), "actions": actions})
    return written


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"pipeline_stages": pipeline_stages}
