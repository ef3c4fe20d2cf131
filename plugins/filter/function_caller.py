# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says from where a function is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: function_caller
short_description: Say by which resource a function is called
version_added: 0.5.0
description:
  - Makes the ARN of the caller out of its name, so that a permission can be there before the caller is.
options:
  _input:
    description: A permission, as in C(serverless_api_functions[].permissions).
    type: dict
    required: true
  account_id:
    description: The number of the account.
    type: str
    required: true
  region:
    description: The region.
    type: str
    required: true
  partition:
    description: AWS's partition.
    type: str
    default: aws
positional: _input, account_id, region, partition
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show the ARN of a rule
  ansible.builtin.debug:
    msg: "{{ {'id': 'nightly', 'rule': 'shop-nightly'} | stratum.aws.function_caller('123456789012', 'us-west-2') }}"
"""

RETURN = r"""
_value:
  description: The ARN; an empty string where the permission says nothing about the caller but its kind.
  type: str
  sample: arn:aws:events:us-west-2:123456789012:rule/shop-nightly
"""

ARNS = {
    "rule": "arn:{partition}:events:{region}:{account}:rule/{name}",
    "schedule": "arn:{partition}:scheduler:{region}:{account}:schedule/{name}",
    "topic": "arn:{partition}:sns:{region}:{account}:{name}",
    "bucket": "arn:{partition}:s3:::{name}",
    "log_group": "arn:{partition}:logs:{region}:{account}:log-group:{name}:*",
    "source_arn": "{name}",
}


def function_caller(permission: Mapping[str, Any], account_id: str, region: str, partition: str = "aws") -> str:
    """Return the ARN of the caller; see DOCUMENTATION."""
    said = [key for key in ARNS if permission.get(key)]
    if len(said) > 1:
        raise AnsibleFilterError(f"function_caller: the permission {permission.get('id')} is to name one caller, not {', '.join(said)}")
    if not said:
        return ""
    return ARNS[said[0]].format(partition=partition, region=region, account=account_id, name=permission[said[0]])


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"function_caller": function_caller}
