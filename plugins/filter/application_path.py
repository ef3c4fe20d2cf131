# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that finds the programs of this collection."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: application_path
short_description: Find a program of this collection, or a part of it
version_added: 0.5.0
description:
  - A relative path such as C(ec2_manager/functions) is looked up in the directory C(applications) of this collection.
  - Absolute paths, and those that begin with a dot, are returned as they are.
options:
  _input:
    description: The program's directory, or a directory or file in it.
    type: str
    required: true
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show where the functions of the EC2 manager are
  ansible.builtin.debug:
    msg: "{{ 'ec2_manager/functions' | stratum.aws.application_path }}"
"""

RETURN = r"""
_value:
  description: The path.
  type: str
  sample: /usr/share/ansible/collections/ansible_collections/stratum/aws/applications/ec2_manager/functions
"""

APPLICATIONS = Path(__file__).resolve().parents[2] / "applications"


def application_path(name: str) -> str:
    """Return the path of a program; see DOCUMENTATION."""
    if name.startswith(("/", ".")):
        return name
    path = APPLICATIONS / name
    if not path.exists():
        ours = ", ".join(sorted(each.name for each in APPLICATIONS.iterdir() if each.is_dir())) or "none"
        raise AnsibleFilterError(f"There is no {name!r} in the applications of this collection (there are: {ours}). Give another or a path")
    return str(path)


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"application_path": application_path}
