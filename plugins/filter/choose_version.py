# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says which version of an engine to ask AWS for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: choose_version
short_description: Choose the version to ask AWS for among those that it offers
version_added: 0.1.0
description:
  - AWS stops creating old versions of databases and clusters, and upgrades those that run by itself.
  - When nothing exists yet, the filter returns the version that is wanted if AWS offers it, else, by O(policy), the nearest newer one.
  - When O(existing) is given, it returns what keeps or upgrades it, never what would downgrade it.
positional: _input
options:
  _input:
    description:
      - The versions that AWS offers; empty when nobody asked, and then any version is taken to be offered.
    type: list
    elements: str
    required: true
  wanted:
    description:
      - The version that is wanted, whole (V(16.11)) or in part (V(16)).
      - A part means the newest version offered for something new, and whatever runs already if it belongs to it.
    type: str
    required: true
  existing:
    description:
      - The version that runs already, if any.
    type: str
    default: ''
  policy:
    description:
      - What to do when O(wanted) is not offered and nothing exists.
      - V(nearest_supported) takes the nearest newer version, of the same major version if there is one.
      - V(exact) fails and lists the versions that are offered.
    type: str
    choices: [nearest_supported, exact]
    default: nearest_supported
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show what a retired version becomes
  ansible.builtin.debug:
    msg: "{{ ['15.8', '15.10', '16.4'] | stratum.aws.choose_version('15.3') }}"  # 15.8

- name: Show that what AWS upgraded stays upgraded
  ansible.builtin.debug:
    msg: "{{ [] | stratum.aws.choose_version('16.11', existing='16.12') }}"  # 16.12
"""

RETURN = r"""
_value:
  description: The version.
  type: str
  sample: "16.11"
"""

POLICIES = ("nearest_supported", "exact")

Key = tuple[tuple[int, str], ...]


def _key(version: str) -> Key:
    """Return what a version is ordered by: numbers by value, other words by the alphabet."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"[.\-_]", version))


def _is_part_of(part: str, version: str) -> bool:
    return version == part or version.startswith(f"{part}.")


def choose_version(offered: Iterable[Any], wanted: Any, existing: Any = "", policy: str = "nearest_supported") -> str:
    """Return the version to ask AWS for; see DOCUMENTATION."""
    if policy not in POLICIES:
        raise AnsibleFilterError(f"choose_version: the policy is {' or '.join(POLICIES)}, not {policy!r}")
    want, runs = str(wanted), str(existing or "")
    if runs:
        return runs if _is_part_of(want, runs) or _key(runs) > _key(want) else want
    choices = sorted({str(version) for version in offered}, key=_key)
    matching = [version for version in choices if _is_part_of(want, version)]
    if not choices or want in matching:
        return want
    if matching:
        return matching[-1]
    newer = [version for version in choices if _key(version) > _key(want)]
    if policy == "exact" or not newer:
        raise AnsibleFilterError(
            f"version {want} is not offered. Set one of {', '.join(choices)}"
            + (", or the version policy to nearest_supported" if newer else "")
        )
    major = _key(want)[0]
    return next((version for version in newer if _key(version)[0] == major), newer[0])


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"choose_version": choose_version}
