# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that writes what a program's IAM user may do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: iam_program_statements
short_description: Write what a program's IAM user may do
version_added: 0.4.0
description:
  - Lets a program list, read, write and delete objects in S3 buckets, in parts too, and no more than that.
  - It may do nothing to the buckets themselves. Versions of objects that it deleted or wrote over are out of its reach.
positional: _input
options:
  _input:
    description: The program; it has C(buckets) (names), C(statements) (of an IAM policy), or both.
    type: dict
    required: true
  partition:
    description: The partition of the account, such as V(aws).
    type: str
    default: aws
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the statements
  ansible.builtin.debug:
    msg: "{{ {'buckets': ['shop-files']} | stratum.aws.iam_program_statements }}"
"""

RETURN = r"""
_value:
  description: The statements.
  type: list
  elements: dict
"""


def iam_program_statements(program: Mapping[str, Any], partition: str = "aws") -> list[dict[str, Any]]:
    """Return the statements; see DOCUMENTATION."""
    arns = [f"arn:{partition}:s3:::{bucket}" for bucket in program.get("buckets") or []]
    statements = list(program.get("statements") or [])
    if not arns and not statements:
        raise AnsibleFilterError(f"the user {program.get('user')} of security_access_keys may do nothing. Give it buckets or statements")
    if not arns:
        return statements
    return [
        {
            "Sid": "ListBuckets",
            "Effect": "Allow",
            "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"],
            "Resource": arns,
        },
        {
            "Sid": "UseObjects",
            "Effect": "Allow",
            "Action": ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
            "Resource": [f"{arn}/*" for arn in arns],
        },
        *statements,
    ]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"iam_program_statements": iam_program_statements}
