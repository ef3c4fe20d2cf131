# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what ECS needs to start the tasks of a service, and nothing more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: container_execution_statements
short_description: Say what ECS needs to start the tasks of a service
version_added: 0.5.0
description:
  - Returns the statements of an IAM policy that lets ECS pull one image, read the secrets of one service and write its logs.
positional: _input
options:
  _input:
    description: The service, as the role C(container_service) describes it.
    type: dict
    required: true
  log_group_arn:
    description: The ARN of the log group.
    type: str
    required: true
  repository_arn:
    description: The ARN of the repository of the image; empty for an image from elsewhere.
    type: str
    default: ""
  secret_arns:
    description: The ARNs of secrets by their names.
    type: dict
    default: {}
  key_arns:
    description: The ARNs of the KMS keys that encrypt the secrets.
    type: list
    elements: str
    default: []
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the statements
  ansible.builtin.debug:
    msg: "{{ {'name': 'api'} | stratum.aws.container_execution_statements('arn:aws:logs:us-east-1:123456789012:log-group:/ecs/api') }}"
"""

RETURN = r"""
_value:
  description: The statements.
  type: list
  elements: dict
  sample: [{"Sid": WriteLogs, "Effect": Allow, "Action": ["logs:PutLogEvents"], "Resource": "*"}]
"""


def _allow(sid: str, action: str | list[str], resource: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource}


def container_execution_statements(
    service: Mapping[str, Any],
    log_group_arn: str,
    repository_arn: str = "",
    secret_arns: Mapping[str, str] | None = None,
    key_arns: list[str] | None = None,
) -> list[dict[str, Any]]:
    """Return the statements; see DOCUMENTATION."""
    bare = log_group_arn.removesuffix(":*")
    statements = [_allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{bare}:*")]
    if repository_arn:
        pulling = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        statements.append(_allow("LogInToTheRegistry", "ecr:GetAuthorizationToken", "*"))
        statements.append(_allow("PullTheImage", pulling, repository_arn))
    names = sorted({str(wanted["secret"]) for wanted in (service.get("secrets") or {}).values()})
    if names:
        arns = secret_arns or {}
        if missing := [name for name in names if name not in arns]:
            raise AnsibleFilterError(f"The service {service['name']} needs the secret {missing[0]}, which no layer has.")
        statements.append(_allow("ReadTheSecrets", "secretsmanager:GetSecretValue", [arns[name] for name in names]))
    if names and key_arns:
        statements.append(_allow("DecryptTheSecrets", "kms:Decrypt", sorted(key_arns)))
    return statements


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"container_execution_statements": container_execution_statements}
