# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that writes the trust policy of a role for the jobs of a delivery service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: oidc_trust_policy
short_description: Write the trust policy of a role that jobs of a delivery service assume
version_added: 0.3.0
description:
  - Says which jobs may assume a role by the token that their service issues to them. GitHub names repository, branch, tag and
    environment of a job in the token's subject.
  - A role that no subject is given for is an error, because every repository of the service could assume it.
positional: _input, provider_arn
options:
  _input:
    description:
      - The role; it has C(repository) (owner/name) with C(branches), C(git_tags) and C(environments), or C(subjects), which stand
        as they are, and may have C(audience).
      - In all of these C(*) stands for anything and C(?) for one character.
    type: dict
    required: true
  provider_arn:
    description: The ARN of the service's OIDC provider.
    type: str
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show a trust policy
  ansible.builtin.debug:
    msg: >-
      {{ {'name': 'deploy', 'repository': 'example/shop', 'branches': ['main']}
      | stratum.aws.oidc_trust_policy('arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com') }}
"""

RETURN = r"""
_value:
  description: The policy.
  type: dict
  sample:
    Version: "2012-10-17"
    Statement:
      - Effect: Allow
        Principal: {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}
        Action: sts:AssumeRoleWithWebIdentity
        Condition:
          StringEquals:
            "token.actions.githubusercontent.com:aud": sts.amazonaws.com
            "token.actions.githubusercontent.com:sub": repo:example/shop:ref:refs/heads/main
"""

AUDIENCE = "sts.amazonaws.com"
PLACES = {"branches": "ref:refs/heads/", "git_tags": "ref:refs/tags/", "environments": "environment:"}


def subjects(role: Mapping[str, Any]) -> list[str]:
    """Return the subjects of the tokens that may assume a role."""
    repository = str(role.get("repository") or "")
    places = [f"{prefix}{name}" for key, prefix in PLACES.items() for name in role.get(key) or []]
    if places and repository.count("/") != 1:
        raise AnsibleFilterError(f"the role {role.get('name')} needs its repository as owner/name")
    found = [*(f"repo:{repository}:{place}" for place in places), *(str(each) for each in role.get("subjects") or [])]
    if not found:
        raise AnsibleFilterError(
            f"the role {role.get('name')} has none of branches, git_tags, environments and subjects, "
            "so that any job of the service could assume it. Give it at least one"
        )
    return found


def _one_or_many(values: Sequence[str]) -> Any:
    """Return a single value as AWS keeps it: not in a list."""
    return values[0] if len(values) == 1 else list(values)


def oidc_trust_policy(role: Mapping[str, Any], provider_arn: str) -> dict[str, Any]:
    """Return which jobs may assume the role; see DOCUMENTATION."""
    issuer = provider_arn.partition(":oidc-provider/")[2]
    wanted = subjects(role)
    patterns = any(sign in subject for subject in wanted for sign in "*?")
    condition: dict[str, dict[str, Any]] = {"StringEquals": {f"{issuer}:aud": str(role.get("audience") or AUDIENCE)}}
    condition.setdefault("StringLike" if patterns else "StringEquals", {})[f"{issuer}:sub"] = _one_or_many(wanted)
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"oidc_trust_policy": oidc_trust_policy}
