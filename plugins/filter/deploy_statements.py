# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says what CodeDeploy may do for an application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.stratum.aws.plugins.filter.pipeline_stages import looked_up, topic_arn
from ansible_collections.stratum.aws.plugins.filter.pipeline_statements import Place, allow, pass_roles, topics_of

DOCUMENTATION = r"""
name: deploy_statements
short_description: Write what the role of an application of CodeDeploy may do
version_added: 0.5.0
description:
  - Returns the statements of a policy by which CodeDeploy moves the services of an application's groups to new tasks, and nothing else.
    It is narrower than the managed policy C(AWSCodeDeployRoleForECS), which covers every service of the account.
positional: _input
options:
  _input:
    description: The application, as in C(delivery_applications).
    type: dict
    required: true
  place:
    description:
      - Where it runs - C(partition), C(region), C(account), C(listener_arns), and where there is one C(bucket_arn).
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the statements
  ansible.builtin.debug:
    msg: "{{ delivery_applications[0] | stratum.aws.deploy_statements(place) }}"
  vars:
    place: {partition: aws, region: us-east-1, account: '123456789012', listener_arns: {}}
"""

RETURN = r"""
_value:
  description: The statements.
  type: list
  elements: dict
  sample:
    - Sid: LookAtAlarms
      Effect: Allow
      Action: [cloudwatch:DescribeAlarms]
      Resource: "*"
"""

TASK_SETS = ("ecs:CreateTaskSet", "ecs:DeleteTaskSet", "ecs:DescribeServices", "ecs:UpdateServicePrimaryTaskSet")
LOOKS = (
    "elasticloadbalancing:DescribeListeners",
    "elasticloadbalancing:DescribeRules",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
)


def _listeners(groups: Sequence[Mapping[str, Any]], place: Place) -> list[str]:
    """Return the listeners of the groups, with their rules."""
    names = [group[key] for group in groups for key in ("production_listener", "test_listener") if group.get(key)]
    arns = [looked_up(name, place.get("listener_arns") or {}, "listener") for name in names]
    return [each for arn in dict.fromkeys(arns) for each in (arn, f"{arn.replace(':listener/', ':listener-rule/', 1)}/*")]


def deploy_statements(application: Mapping[str, Any], place: Place) -> list[dict[str, Any]]:
    """Return what the application's role may do; see DOCUMENTATION."""
    groups = application.get("groups") or []

    def arn(service: str, resource: str) -> str:
        return f"arn:{place['partition']}:{service}:{place['region']}:{place['account']}:{resource}"

    names = [f"{group['cluster']}/{group['service']}" for group in groups]
    services = [arn("ecs", f"service/{name}") for name in names] + [arn("ecs", f"task-set/{name}/*") for name in names]
    statements = [allow("LookAtAlarms", ["cloudwatch:DescribeAlarms"], "*")]
    if groups:
        statements += [
            allow("MoveTheServices", TASK_SETS, services),
            allow("LookAtTheTraffic", LOOKS, "*"),
            allow("MoveTheTraffic", ["elasticloadbalancing:ModifyListener", "elasticloadbalancing:ModifyRule"], _listeners(groups, place)),
            pass_roles(application.get("task_roles") or ["*"], place),
        ]
    if place.get("bucket_arn"):
        statements.append(allow("ReadRevisions", ["s3:GetObject", "s3:GetObjectVersion"], [f"{place['bucket_arn']}/*"]))
    topics = [trigger["topic"] for group in groups for trigger in group.get("triggers") or []]
    if topics:
        statements.append(allow("TellOfDeployments", ["sns:Publish"], [topic_arn(name, topics_of(place)) for name in topics]))
    return statements


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"deploy_statements": deploy_statements}
