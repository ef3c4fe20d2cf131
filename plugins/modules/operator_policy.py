#!/usr/bin/python

# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin of the same name; nothing here runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: operator_policy
version_added: 0.2.0
short_description: Derive the least-privilege IAM policies of a stack's operators
description:
  - Reads the reports of a stack's runs and its journal, and writes the IAM policies that an operator needs for the same runs,
    one per verb.
  - Reads of what exists and how it is set are allowed in the stack's region. Reads that disclose content (secrets, objects)
    and all writes are bound to the stack's names, or to its tags where AWS makes up the ids.
  - The policies of C(plan) and C(drift) hold reads only.
  - A policy of more than 6144 characters is split into several documents, as IAM wants it.
  - Nothing in the account is changed. Whoever administers it creates the policies.
options:
  verbs:
    description: The verbs to derive policies for. A verb without a report is named, with how to get one.
    type: list
    elements: str
    choices: [converge, plan, drift, destroy]
    default: [converge, plan, drift, destroy]
  report_dir:
    description:
      - The directory of the reports.
      - The default is the variable C(report_dir), and C(reports) without it.
    type: path
  policy_dir:
    description:
      - Where the policies are written, as C(<verb>.json), or C(<verb>-1.json) and so on for several documents.
      - The default is C(<report_dir>/<environment>/<stack>/policies).
    type: path
  account:
    description:
      - The number of the account that the ARNs are made for.
      - The default is the account of the credentials. Without credentials it is the account in the reports' ARNs.
    type: str
  names:
    description:
      - Names of what reports hide because secrets are near. Without them, the tags of the stack say what is its own.
    type: dict
    default: {}
    suboptions:
      elasticache:
        description: The replication groups.
        type: list
        elements: str
        default: []
      rds:
        description: The identifiers of the databases.
        type: list
        elements: str
        default: []
      secretsmanager:
        description: The names of the secrets; V(*) and V(?) stand for other characters.
        type: list
        elements: str
        default: []
attributes:
  action:
    description: Has an action plugin, and runs on the controller only.
    support: full
  check_mode:
    description: Says which files would change.
    support: full
  diff_mode:
    description: Shows how the policies change.
    support: full
notes:
  - The stack is the inventory host, and its environment the variable C(environment_name).
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Derive the policies of the stack's operators
  stratum.aws.operator_policy:

- name: Derive the policy of those who only plan
  stratum.aws.operator_policy:
    verbs: [plan]
    policy_dir: policies/speckle
"""

RETURN = r"""
files:
  description: The policies.
  returned: success
  type: list
  elements: str
  sample: ["reports/prod/speckle/policies/plan.json"]
account:
  description: The account that the ARNs are made for; V(*) where it is not known.
  returned: success
  type: str
  sample: "123456789012"
wide:
  description: By verb, the writing actions that nothing but the region binds, because AWS knows no resource for them.
  returned: success
  type: dict
  sample: {"converge": ["route53:CreateHostedZone"]}
missing:
  description: The verbs without a report, and how to get one.
  returned: success
  type: dict
  sample: {"drift": "run playbooks/drift.yml"}
"""
