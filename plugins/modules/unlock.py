#!/usr/bin/python

# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name; nothing here runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: unlock
version_added: 0.2.0
short_description: Show or remove the lock of a stack
description:
  - While a run changes a stack, it holds a lock, the SSM parameter C(/stratum/<environment>/<stack>/lock). The stack is the inventory
    host, the environment the variable C(environment_name).
  - A run that ended normally has released its lock. The lock of a run that died is taken over by the next run when it has expired, or
    at once on the machine on which the process died. So this is needed only by who cannot wait for that.
  - Without O(lock_id), says who holds the lock and changes nothing.
options:
  lock_id:
    description:
      - The id of the lock to remove, as the run that met it has said. With another id than the lock's, the task fails and removes nothing.
    type: str
attributes:
  action:
    description: Has an action plugin, and runs on the controller only.
    support: full
  check_mode:
    description: Says what would be removed.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
notes:
  - A run that still works stops within a third of its lock's expiry when it finds the lock removed. What it has already sent takes effect.
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: See who holds the lock
  stratum.aws.unlock:
  register: lock

- name: Remove the lock of a run that is certainly dead
  stratum.aws.unlock:
    lock_id: 0b1c4f0e8f1f4a4f9a3f4f1c0d5b7a11
"""

RETURN = r"""
holder:
  description: Who holds the lock, or has held it until now; null when nothing is locked.
  returned: always
  type: dict
  contains:
    id:
      description: The lock's id.
      type: str
    verb:
      description: What the run does.
      type: str
    owner:
      description: The user and the host of the run.
      type: str
    pid:
      description: The process on that host.
      type: int
    started:
      description: When that process started, in clock ticks since its machine did; null where that is not known.
      type: int
    boot:
      description: The start of the machine, and the namespace of its process ids; null where that is not known.
      type: str
    since:
      description: When the lock was taken, RFC 3339.
      type: str
    expires:
      description: Until when the lock must be renewed, RFC 3339.
      type: str
    lives:
      description: Whether the process still runs; null when it is not a process of this machine.
      type: bool
msg:
  description: The same in a sentence.
  returned: always
  type: str
"""
