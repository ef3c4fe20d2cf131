#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give an Auto Scaling group another number of instances."""

from __future__ import annotations

DOCUMENTATION = r"""
module: autoscaling_group_scaling
version_added: 0.5.0
short_description: Give an Auto Scaling group another number of instances
description:
  - Changes the desired capacity of a group, and its bounds where they are given. Nothing else of it is touched.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the group.
    type: str
    required: true
  desired_capacity:
    description: The number of instances.
    type: int
    required: true
  min_size:
    description: The fewest instances that an autoscaler may leave. As it is by default.
    type: int
  max_size:
    description: The most instances that an autoscaler may make. As it is by default.
    type: int
notes:
  - M(stratum.aws.autoscaling_group) leaves the number of instances to the autoscaler, so that a converge takes none away. This sets it.
  - M(amazon.aws.autoscaling_group) takes the rest of a group back to its own defaults, too.
seealso:
  - module: stratum.aws.autoscaling_group
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Have four workers
  stratum.aws.autoscaling_group_scaling:
    name: kubernetes-prod-workers
    desired_capacity: 4
"""

RETURN = r"""
previous:
  description: The sizes as they were.
  returned: success
  type: dict
  sample: {"min_size": 2, "max_size": 6, "desired_capacity": 2}
scaling:
  description: The sizes as they are now, or would be.
  returned: success
  type: dict
  sample: {"min_size": 2, "max_size": 6, "desired_capacity": 4}
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError

SIZES = {"min_size": "MinSize", "max_size": "MaxSize", "desired_capacity": "DesiredCapacity"}


def wanted_sizes(current: Mapping[str, int], asked: Mapping[str, Any]) -> dict[str, int]:
    """Return the sizes that are asked for over those that are; ValueError with a sentence where they exclude each other."""
    sizes = {key: current[key] if asked.get(key) is None else int(asked[key]) for key in SIZES}
    if not 0 <= sizes["min_size"] <= sizes["desired_capacity"] <= sizes["max_size"]:
        raise ValueError(
            f"desired_capacity {sizes['desired_capacity']} must be within min_size {sizes['min_size']} and max_size {sizes['max_size']}. "
            "Give them as well, or another desired_capacity"
        )
    return sizes


def main() -> None:
    """Run the module."""
    number: dict[str, Any] = {"type": "int"}
    module = AnsibleAWSModule(
        argument_spec={
            "name": {"required": True},
            "desired_capacity": {"type": "int", "required": True},
            "min_size": number,
            "max_size": number,
        },
        supports_check_mode=True,
    )
    title = f"Auto Scaling group {module.params['name']}"
    client = module.client("autoscaling")
    try:
        found = client.describe_auto_scaling_groups(AutoScalingGroupNames=[module.params["name"]])["AutoScalingGroups"]
        if not found:
            module.fail_json(msg=f"{title}: there is none. Correct the name, or the region")
        current = {ours: int(found[0][theirs]) for ours, theirs in SIZES.items()}
        sizes = wanted_sizes(current, module.params)
        result = {"scaling": sizes, "previous": current, "changed": sizes != current, "diff": {"before": current, "after": sizes}}
        if result["changed"] and not module.check_mode:
            changed = {SIZES[key]: value for key, value in sizes.items() if value != current[key]}
            client.update_auto_scaling_group(AutoScalingGroupName=module.params["name"], **changed)
    except ValueError as error:
        module.fail_json(msg=f"{title}: {error}")
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"{title} was not scaled")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
