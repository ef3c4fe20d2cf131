# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that completes the rules of a backup plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: backup_rules
short_description: Complete the rules of a backup plan
version_added: 0.1.0
description:
  - Takes rules as an inventory writes them, where copies name vaults, and returns them as M(stratum.aws.backup_plan) takes them.
positional: _input, vault_arns
options:
  _input:
    description: The rules; each may have C(copies), each of which has C(vault) or C(vault_arn), and C(recovery_point_tags).
    type: list
    elements: dict
    required: true
  vault_arns:
    description: The ARNs of the vaults by their names.
    type: dict
    required: true
  tags:
    description: The tags of all recovery points. What a rule says itself wins.
    type: dict
    default: {}
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show where copies go
  ansible.builtin.debug:
    msg: "{{ rules | stratum.aws.backup_rules({'far': 'arn:aws:backup:us-west-2:123456789012:backup-vault:far'}) }}"
  vars:
    rules:
      - name: daily
        vault: near
        copies:
          - vault: far
"""

RETURN = r"""
_value:
  description: The rules, in the order of the input.
  type: list
  elements: dict
  sample: [{"name": "daily", "vault": "near", "copies": [{"vault_arn": "arn:aws:backup:us-west-2:123456789012:backup-vault:far"}]}]
"""


def _copy(copy: Mapping[str, Any], rule: str, vault_arns: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy with the ARN of its vault."""
    completed = {key: value for key, value in copy.items() if key != "vault"}
    if "vault_arn" in copy:
        return completed
    name = str(copy.get("vault"))
    if name not in vault_arns:
        raise AnsibleFilterError(f"backup_rules: rule {rule} copies to {name}, which is none of the vaults {', '.join(sorted(vault_arns))}")
    return {**completed, "vault_arn": vault_arns[name]}


def backup_rules(
    rules: Sequence[Mapping[str, Any]], vault_arns: Mapping[str, str], tags: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Return the rules with the ARNs of the vaults that they copy to, and the tags of their recovery points."""
    completed = []
    for rule in rules:
        result = dict(rule)
        result["copies"] = [_copy(copy, str(rule.get("name")), vault_arns) for copy in rule.get("copies") or []]
        result["recovery_point_tags"] = {**(tags or {}), **(rule.get("recovery_point_tags") or {})}
        completed.append(result)
    return completed


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"backup_rules": backup_rules}
