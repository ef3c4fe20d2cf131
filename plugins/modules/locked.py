#!/usr/bin/python

# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name; nothing here runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: locked
version_added: 0.4.0
short_description: Run a module while the stack is locked
description:
  - Takes the stack's lock, runs one module, and releases the lock. So what changes a stack beside its graph does not meet a run of the
    graph. The stack is the inventory host, the environment the variable C(environment_name).
  - Another run's lock is waited for, as long as the variable C(lock_timeout) says (60 seconds).
  - What the module returns is returned.
options:
  module:
    description: The fully qualified name of the module.
    type: str
    required: true
  arguments:
    description: The module's options.
    type: dict
    default: {}
  verb:
    description: What the lock is held for, as other runs are told.
    type: str
    required: true
  lease:
    description:
      - Whether the module has the option C(lease) and shall be given a file by it, which is renewed as long as the lock is held.
        The module stops by itself when it is not.
    type: bool
    default: false
attributes:
  action:
    description: Has an action plugin, and runs on the controller only.
    support: full
  check_mode:
    description: Runs the module in its check mode, without the lock.
    support: full
  diff_mode:
    description: As the module.
    support: full
seealso:
  - module: stratum.aws.unlock
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Deploy while nobody else changes the stack
  stratum.aws.locked:
    verb: deploy
    lease: true
    module: stratum.aws.helm_rollout
    arguments:
      cluster: spywatcher-cluster
      namespace: spywatcher
      name: spywatcher-backend
      chart: charts/web-service
      tag: 1.4.0
"""

RETURN = r"""# """
