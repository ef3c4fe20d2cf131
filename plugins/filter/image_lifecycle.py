# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that writes the lifecycle policy of a repository of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOCUMENTATION = r"""
name: image_lifecycle
short_description: Write the lifecycle policy of an ECR repository
version_added: 0.3.0
description:
  - Says which images expire, in the form of ECR. What names no limit gives an empty policy.
positional: _input
options:
  _input:
    description: The limits, as in C(storage_repositories[].lifecycle).
    type: dict
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show a lifecycle policy
  ansible.builtin.debug:
    msg: "{{ {'keep_tagged': 10, 'untagged_days': 14} | stratum.aws.image_lifecycle }}"
"""

RETURN = r"""
_value:
  description: The policy, empty for none.
  type: dict
  sample:
    rules:
      - rulePriority: 1
        description: Untagged images go after 14 days
        selection: {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
        action: {"type": "expire"}
"""


def image_lifecycle(limits: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lifecycle policy that keeps these limits; see DOCUMENTATION."""
    rules: list[tuple[str, dict[str, Any]]] = []
    days, newest = limits.get("untagged_days"), limits.get("keep_tagged")
    if days is not None:
        selection = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": int(days)}
        rules.append((f"Untagged images go after {days} days", selection))
    if newest is not None:
        patterns = list(limits.get("tag_patterns") or ["*"])
        selection = {"tagStatus": "tagged", "tagPatternList": patterns, "countType": "imageCountMoreThan", "countNumber": int(newest)}
        rules.append((f"The newest {newest} tagged images stay", selection))
    return (
        {
            "rules": [
                {"rulePriority": place, "description": description, "selection": selection, "action": {"type": "expire"}}
                for place, (description, selection) in enumerate(rules, start=1)
            ]
        }
        if rules
        else {}
    )


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"image_lifecycle": image_lifecycle}
