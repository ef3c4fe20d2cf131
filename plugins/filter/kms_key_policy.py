# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that writes the policy of a KMS key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

DOCUMENTATION = r"""
name: kms_key_policy
short_description: Write the policy of a KMS key
version_added: 0.1.0
description:
  - The account governs the key through IAM, and the services that are named may encrypt and decrypt with it.
  - Some services, CloudWatch alarms and log groups among them, cannot use a key whose policy does not name them.
positional: _input
options:
  _input:
    description: The services, such as V(cloudwatch.amazonaws.com).
    type: list
    elements: str
    required: true
  account_id:
    description: The account that the key belongs to.
    type: str
    required: true
  partition:
    description: The partition of the account, such as V(aws).
    type: str
    default: aws
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show a key policy
  ansible.builtin.debug:
    msg: "{{ ['cloudwatch.amazonaws.com'] | stratum.aws.kms_key_policy('123456789012') }}"
"""

RETURN = r"""
_value:
  description: The policy.
  type: dict
"""


def kms_key_policy(services: Sequence[str], account_id: str, partition: str = "aws") -> dict[str, Any]:
    """Return the policy; see DOCUMENTATION."""
    statements: list[dict[str, Any]] = [
        {
            "Sid": "AccountGovernsThroughIam",
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:{partition}:iam::{account_id}:root"},
            "Action": "kms:*",
            "Resource": "*",
        }
    ]
    if services:
        statements.append(
            {
                "Sid": "ServicesEncryptAndDecrypt",
                "Effect": "Allow",
                "Principal": {"Service": services[0] if len(services) == 1 else list(services)},
                "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
                "Resource": "*",
            }
        )
    return {"Version": "2012-10-17", "Statement": statements}


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"kms_key_policy": kms_key_policy}
