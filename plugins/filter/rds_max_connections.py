# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says how many connections a database takes."""

from __future__ import annotations

import re
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: rds_max_connections
short_description: Say how many connections an RDS instance class takes by default
version_added: 0.1.0
description:
  - Computes C(max_connections) as the default parameter groups of RDS do, from the memory of the instance class,
    so that an alarm at a share of it follows when the class changes.
  - RDS takes somewhat less memory for this than the class has, so the true value is a little lower.
positional: _input, engine
options:
  _input:
    description: The instance class.
    type: str
    required: true
  engine:
    description: The engine.
    type: str
    choices: [postgres, mysql, mariadb]
    default: postgres
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show four fifths of the connections
  ansible.builtin.debug:
    msg: "{{ (0.8 * 'db.t3.medium' | stratum.aws.rds_max_connections) | int }}"
"""

RETURN = r"""
_value:
  description: The number of connections.
  type: int
  sample: 450
"""

# GiB of a class of size `large`, by the letters that its family begins with; each larger size has twice as much.
LARGE = {"t": 8, "m": 8, "r": 16, "x": 32, "z": 16}
SMALLER = {"micro": 1 / 8, "small": 1 / 4, "medium": 1 / 2, "large": 1, "xlarge": 2}
# Bytes of memory per connection, and the most that the engine takes.
PER_CONNECTION = {"postgres": (9531392, 5000), "mysql": (12582880, 100000), "mariadb": (12582880, 100000)}


def memory(instance_class: str) -> float:
    """Return the memory of an instance class in GiB."""
    match = re.fullmatch(r"db\.([a-z]+)[0-9][a-z0-9]*\.(?:([0-9]+)xlarge|(micro|small|medium|large|xlarge))", instance_class)
    if match is None or match[1] not in LARGE:
        raise AnsibleFilterError(f"rds_max_connections: the memory of {instance_class} is not known; give the number of connections itself")
    return LARGE[match[1]] * (2 * int(match[2]) if match[2] else SMALLER[match[3]])


def rds_max_connections(instance_class: str, engine: str = "postgres") -> int:
    """Return how many connections an instance class takes by default."""
    if engine not in PER_CONNECTION:
        raise AnsibleFilterError(f"rds_max_connections: {engine} is none of {', '.join(PER_CONNECTION)}")
    per_connection, most = PER_CONNECTION[engine]
    return min(int(memory(instance_class) * 1024**3 / per_connection), most)


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Any]:
        """Return the filter by its name."""
        return {"rds_max_connections": rds_max_connections}
