# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what the role of a build project may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.pipeline_statements import Place, allow, artifact_statements

DOCUMENTATION = r"""
name: build_statements
short_description: Write what the role of a build project may do
version_added: 0.5.0
description:
  - Returns the statements of a policy by which builds write their log, read and write artifacts, push to the repositories that are
    named, and read the secrets and parameters that they are given, and nothing else.
positional: _input
options:
  _input:
    description: The project, as in C(delivery_build_projects).
    type: dict
    required: true
  place:
    description:
      - Where it runs - C(partition), C(region), C(account), C(log_group), and where there are any C(bucket_arn), C(kms_key_arn),
        C(repository_arns), C(secret_arns) and C(connection_arns).
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the statements
  ansible.builtin.debug:
    msg: "{{ {'name': 'shop-api'} | stratum.aws.build_statements(place) }}"
  vars:
    place: {partition: aws, region: us-east-1, account: '123456789012', log_group: /aws/codebuild/shop-api}
"""

RETURN = r"""
_value:
  description: The statements.
  type: list
  elements: dict
  sample:
    - Sid: WriteTheLog
      Effect: Allow
      Action: [logs:CreateLogStream, logs:PutLogEvents]
      Resource: ["arn:aws:logs:us-east-1:123456789012:log-group:/aws/codebuild/shop-api:*"]
"""

PUSH = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:CompleteLayerUpload",
    "ecr:DescribeImages",
    "ecr:GetDownloadUrlForLayer",
    "ecr:InitiateLayerUpload",
    "ecr:PutImage",
    "ecr:UploadLayerPart",
)
REPORT = (
    "codebuild:BatchPutCodeCoverages",
    "codebuild:BatchPutTestCases",
    "codebuild:CreateReport",
    "codebuild:CreateReportGroup",
    "codebuild:UpdateReport",
)
NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
)


def _chosen(names: Sequence[str], arns: Mapping[str, str], what: str, project: str) -> list[str]:
    if "*" in names:
        return list(arns.values())
    if missing := [name for name in names if name not in arns]:
        raise AnsibleFilterError(f"the build project {project} names the {what} {', '.join(missing)}, which the stack does not have")
    return [arns[name] for name in names]


def build_statements(project: Mapping[str, Any], place: Place) -> list[dict[str, Any]]:
    """Return what the project's role may do; see DOCUMENTATION."""
    name = project["name"]

    def arn(service: str, resource: str) -> str:
        return f"arn:{place['partition']}:{service}:{place['region']}:{place['account']}:{resource}"

    log = arn("logs", f"log-group:{place['log_group']}:*")
    statements = [allow("WriteTheLog", ["logs:CreateLogStream", "logs:PutLogEvents"], [log])]
    if ((project.get("source") or {}).get("type") or "CODEPIPELINE") == "CODEPIPELINE":
        statements += artifact_statements(place)
    if connection := (project.get("source") or {}).get("connection"):
        used = ["codeconnections:GetConnection", "codeconnections:GetConnectionToken", "codeconnections:UseConnection"]
        statements.append(allow("ReadTheCode", used, _chosen([connection], place.get("connection_arns") or {}, "connection", name)))
    if pushed := project.get("ecr_push"):
        repositories = _chosen(pushed, place.get("repository_arns") or {}, "repository", name)
        statements += [
            allow("LogInToTheRegistry", ["ecr:GetAuthorizationToken"], "*"),
            allow("PushAndPullImages", PUSH, repositories),
        ]
    if project.get("reports"):
        statements.append(allow("ReportTests", REPORT, [arn("codebuild", f"report-group/{name}-*")]))
    if secrets := [str(value).partition(":")[0] for value in (project.get("secrets") or {}).values()]:
        arns = _chosen(secrets, place.get("secret_arns") or {}, "secret", name)
        statements.append(allow("ReadSecrets", ["secretsmanager:GetSecretValue"], arns))
    if parameters := [str(value).lstrip("/") for value in (project.get("parameters") or {}).values()]:
        statements.append(allow("ReadParameters", ["ssm:GetParameters"], [arn("ssm", f"parameter/{value}") for value in parameters]))
    if project.get("subnets"):
        service = {"StringEquals": {"ec2:AuthorizedService": "codebuild.amazonaws.com"}}
        interfaces = [arn("ec2", "network-interface/*")]
        statements += [
            allow("JoinTheNetwork", NETWORK, "*"),
            allow("LendTheInterface", ["ec2:CreateNetworkInterfacePermission"], interfaces, Condition=service),
        ]
    return [*statements, *(project.get("statements") or [])]


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"build_statements": build_statements}
