# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what the role of a pipeline may do: what its actions need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.stratum.aws.plugins.filter.pipeline_stages import kind_of, looked_up, topic_arn

DOCUMENTATION = r"""
name: pipeline_statements
short_description: Write what the role of a pipeline may do
version_added: 0.5.0
description:
  - Returns the statements of a policy by which a pipeline reads and writes its artifacts and runs its actions, and nothing else.
positional: _input
options:
  _input:
    description: The pipeline, as in C(delivery_pipelines).
    type: dict
    required: true
  place:
    description:
      - Where it runs - C(partition), C(region), C(account), C(bucket_arn), and where there are any C(kms_key_arn) and
        C(connection_arns).
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the statements
  ansible.builtin.debug:
    msg: "{{ delivery_pipelines[0] | stratum.aws.pipeline_statements(place) }}"
  vars:
    place: {partition: aws, region: us-east-1, account: '123456789012', bucket_arn: 'arn:aws:s3:::shop-artifacts'}
"""

RETURN = r"""
_value:
  description: The statements.
  type: list
  elements: dict
  sample:
    - Sid: BuildAndTest
      Effect: Allow
      Action: [codebuild:BatchGetBuilds, codebuild:StartBuild, codebuild:StopBuild]
      Resource: ["arn:aws:codebuild:us-east-1:123456789012:project/shop-api"]
"""

Place = Mapping[str, Any]


def allow(sid: str, actions: Sequence[str], resources: Sequence[str] | str, **more: Any) -> dict[str, Any]:
    """Return a statement."""
    listed = resources if isinstance(resources, str) else list(dict.fromkeys(resources))
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": listed, **more}


def artifact_statements(place: Place) -> list[dict[str, Any]]:
    """Return the statements by which artifacts are read and written; none without a bucket."""
    if not place.get("bucket_arn"):
        return []
    bucket = place["bucket_arn"]
    statements = [
        allow("ReadAndWriteArtifacts", ["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], [f"{bucket}/*"]),
        allow("FindTheArtifacts", ["s3:GetBucketLocation", "s3:GetBucketVersioning", "s3:ListBucket"], [bucket]),
    ]
    if place.get("kms_key_arn"):
        statements.append(allow("UseTheKeyOfArtifacts", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], [place["kms_key_arn"]]))
    return statements


def topics_of(place: Place) -> str:
    """Return what the ARNs of topics begin with."""
    return f"arn:{place['partition']}:sns:{place['region']}:{place['account']}"


def pass_roles(roles: Sequence[str], place: Place) -> dict[str, Any]:
    """Return the statement by which tasks get their roles."""
    arns = [role if role.startswith("arn:") else f"arn:{place['partition']}:iam::{place['account']}:role/{role}" for role in roles]
    return allow(
        "PassTheRolesOfTasks", ["iam:PassRole"], arns, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    )


def pipeline_statements(pipeline: Mapping[str, Any], place: Place) -> list[dict[str, Any]]:
    """Return what the pipeline's role may do; see DOCUMENTATION."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for action in (action for stage in pipeline["stages"] for action in stage["actions"]):
        found.setdefault(kind_of(action), []).append(action[kind_of(action)])

    def arn(service: str, resource: str) -> str:
        return f"arn:{place['partition']}:{service}:{place['region']}:{place['account']}:{resource}"

    statements = artifact_statements(place)
    if sources := found.get("source"):
        arns = [looked_up(source["connection"], place.get("connection_arns") or {}, "connection") for source in sources]
        # The service has had two names, and which of them a call goes by depends on who makes it.
        statements.append(allow("ReadTheCode", ["codeconnections:UseConnection", "codestar-connections:UseConnection"], arns))
    if builds := [*found.get("build", []), *found.get("test", [])]:
        actions = ["codebuild:BatchGetBuilds", "codebuild:StartBuild", "codebuild:StopBuild"]
        statements.append(allow("BuildAndTest", actions, [arn("codebuild", f"project/{build['project']}") for build in builds]))
    if deploys := found.get("deploy"):
        applications = [arn("codedeploy", f"application:{deploy['application']}") for deploy in deploys]
        groups = [arn("codedeploy", f"deploymentgroup:{deploy['application']}/{deploy['group']}") for deploy in deploys]
        actions = ["codedeploy:GetApplication", "codedeploy:GetApplicationRevision", "codedeploy:RegisterApplicationRevision"]
        statements += [
            allow("RegisterRevisions", actions, applications),
            allow("Deploy", ["codedeploy:CreateDeployment", "codedeploy:GetDeployment"], groups),
            allow("LookAtTheConfigurations", ["codedeploy:GetDeploymentConfig"], [arn("codedeploy", "deploymentconfig:*")]),
        ]
    if rolling := found.get("rolling_deploy"):
        services = [arn("ecs", f"service/{deploy['cluster']}/{deploy['service']}") for deploy in rolling]
        statements += [
            allow("ReplaceTasks", ["ecs:DescribeServices", "ecs:UpdateService"], services),
            allow("LookAtTasks", ["ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "ecs:ListTasks"], "*"),
        ]
    if deploys or rolling:
        statements.append(
            allow("RegisterTaskDefinitions", ["ecs:RegisterTaskDefinition", "ecs:TagResource"], [arn("ecs", "task-definition/*")])
        )
        statements.append(pass_roles(pipeline.get("task_roles") or ["*"], place))
    topics = [approval["topic"] for approval in found.get("approval", []) if approval.get("topic")]
    if topics:
        statements.append(allow("AskForApproval", ["sns:Publish"], [topic_arn(name, topics_of(place)) for name in topics]))
    if functions := found.get("invoke"):
        arns = [arn("lambda", f"function:{invoke['function']}") for invoke in functions]
        statements += [allow("CallFunctions", ["lambda:InvokeFunction"], arns), allow("FindFunctions", ["lambda:ListFunctions"], "*")]
    return [*statements, *(pipeline.get("statements") or [])]


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"pipeline_statements": pipeline_statements}
