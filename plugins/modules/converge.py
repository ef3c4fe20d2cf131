#!/usr/bin/python

# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name; nothing here runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: converge
version_added: 0.1.0
short_description: Run the layers of a stack as one graph
description:
  - Reads C(tasks/graph.yml) of each layer, orders all their tasks by the data they use, and runs each the moment its inputs exist.
  - In check mode it makes a plan. AWS modules run behind a barrier in botocore that lets reads pass and intercepts the first write,
    so a plan cannot change the account.
  - Everything that can be checked is checked before the first write, and everything wrong is reported at once.
  - A task that fails stops only the tasks that depend on it. Throttling, 5xx answers and lost connections are tried again.
options:
  layers:
    description:
      - The layers to run, by role name. A layer is a role with a C(tasks/graph.yml).
      - When O(layers) is only a part of the variable C(stack_layers), the tasks of other layers that they need are run too.
    type: list
    elements: str
    required: true
  parallel:
    description:
      - How many resources are worked on at once.
      - The default is the variable C(converge_parallel), and 10 without it.
    type: int
  report_dir:
    description:
      - The directory in which the report C(<environment>/<stack>/<verb>.json) is written.
      - The default is the variable C(report_dir), and C(reports) without it.
    type: path
  verb:
    description:
      - What to do with the stack. In check mode V(converge) is a plan, and the others say what they would do.
      - V(drift) says what was changed behind the inventory's back, V(destroy) takes the stack away, V(orphans) finds what bears
        the stack's tags and is in no graph, V(adopt) finds what is there by name and lacks the tags.
    type: str
    choices: [converge, drift, destroy, orphans, adopt]
    default: converge
    version_added: 0.2.0
attributes:
  action:
    description: Has an action plugin, and runs on the controller only.
    support: full
  check_mode:
    description: Plans without changing anything.
    support: full
  diff_mode:
    description: Shows what changes in each resource.
    support: full
notes:
  - The variables C(converge_layers) and C(converge_target) (a task's name or a pattern) narrow a run to a part of the stack
    and what that part needs.
  - Other variables that it heeds are C(allow_destructive), C(plan_file), C(fail_on_changes), C(fail_on_drift), C(confirm),
    C(override_protection), C(remove), C(adopt), C(lock_timeout) (seconds, default 60), C(stack_run_bucket) and C(stack_run_retention_days).
  - The variable C(converge_retries) (default 5) bounds the attempts after a failure that passes by itself.
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Converge the network layer
  stratum.aws.converge:
    layers: [network]

- name: Converge the whole stack
  stratum.aws.converge:
    layers: "{{ stack_layers }}"
    parallel: 20
"""

RETURN = r"""
summary:
  description: How many resources were created, changed, deleted, left unchanged, skipped, and how many failed.
  returned: when the graph was run
  type: dict
  sample: {"create": 12, "change": 3, "delete": 0, "unchanged": 80, "skipped": 0, "failed": 0}
critical_path:
  description: The chain of tasks that took the longest, and its seconds.
  returned: when the graph was run
  type: dict
  sample: {"seconds": 580.1, "nodes": ["network: Create the VPC", "eks: Create the cluster"]}
orphans:
  description: What bears the stack's tags and is in no graph; looked for by V(drift), V(destroy) and V(orphans).
  returned: when the graph was run
  type: list
  elements: dict
  sample: [{"arn": "arn:aws:ec2:ca-central-1:123456789012:vpc/vpc-0abc", "layer": "network"}]
kept:
  description: What a destroy left on purpose, each with its reason.
  returned: when the graph was run
  type: list
  elements: dict
  sample: [{"arn": "arn:aws:kms:ca-central-1:123456789012:key/abc", "reason": "its deletion is pending"}]
"""
