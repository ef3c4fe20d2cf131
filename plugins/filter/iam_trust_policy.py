# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that writes the trust policy of an IAM role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: iam_trust_policy
short_description: Write the trust policy of an IAM role
version_added: 0.1.0
description:
  - Says who may assume a role. A whole policy in C(trust_policy) wins over everything else.
positional: _input
options:
  _input:
    description:
      - The role; it has C(services) (such as V(ec2.amazonaws.com)), C(principals) (ARNs, or V(self) for the role's own account),
        C(require_mfa), C(external_id) or C(trust_policy).
    type: dict
    required: true
  account_id:
    description: The account that V(self) means.
    type: str
    default: ''
  partition:
    description: The partition of the account, such as V(aws).
    type: str
    default: aws
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show a trust policy
  ansible.builtin.debug:
    msg: "{{ {'principals': ['self'], 'require_mfa': true} | stratum.aws.iam_trust_policy('123456789012') }}"
"""

RETURN = r"""
_value:
  description: The policy.
  type: dict
  sample:
    Version: "2012-10-17"
    Statement: [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}]
"""


def _one_or_many(values: Sequence[str]) -> Any:
    """Return a single value as AWS keeps it: not in a list."""
    return values[0] if len(values) == 1 else list(values)


def iam_trust_policy(role: Mapping[str, Any], account_id: str = "", partition: str = "aws") -> dict[str, Any]:
    """Return who may assume the role; see DOCUMENTATION."""
    if role.get("trust_policy"):
        return dict(role["trust_policy"])
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole"}
    statements: list[dict[str, Any]] = []
    if role.get("services"):
        statements.append({**allow, "Principal": {"Service": _one_or_many(role["services"])}})
    if role.get("principals"):
        root = f"arn:{partition}:iam::{account_id}:root"
        statement = {**allow, "Principal": {"AWS": _one_or_many([root if name == "self" else name for name in role["principals"]])}}
        condition: dict[str, Any] = {}
        if role.get("require_mfa"):
            condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
        if role.get("external_id"):
            condition["StringEquals"] = {"sts:ExternalId": role["external_id"]}
        statements.append({**statement, "Condition": condition} if condition else statement)
    return {"Version": "2012-10-17", "Statement": statements}


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"iam_trust_policy": iam_trust_policy}
