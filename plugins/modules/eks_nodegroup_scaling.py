#!/usr/bin/python

# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Give a node group of EKS another number of nodes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_nodegroup_scaling
version_added: 0.4.0
short_description: Give an EKS node group another number of nodes
description:
  - Changes the desired size of a node group, and its bounds where they are given. Nothing else of it is touched.
options:
  cluster_name:
    description: The name of the cluster.
    type: str
    required: true
  name:
    description: The name of the node group.
    type: str
    required: true
  desired_size:
    description: The number of nodes.
    type: int
    required: true
  min_size:
    description: The fewest nodes that an autoscaler may leave. As it is by default.
    type: int
  max_size:
    description: The most nodes that an autoscaler may make. As it is by default.
    type: int
  wait:
    description: Whether to wait until EKS has taken the new size over. Nodes may come up after that.
    type: bool
    default: true
  wait_timeout:
    description: How long to wait, in seconds.
    type: int
    default: 900
notes:
  - M(stratum.aws.eks_nodegroup) leaves the number of nodes to the autoscaler, so that a converge takes none of its nodes away; this
    sets it. M(community.aws.eks_nodegroup) wants all of the node group said again.
seealso:
  - module: stratum.aws.eks_nodegroup
author:
  - stratum.aws contributors (@stratum-aws)
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Have three nodes
  stratum.aws.eks_nodegroup_scaling:
    cluster_name: speckle-cluster
    name: speckle-cluster-nodes
    desired_size: 3
"""

RETURN = r"""
scaling:
  description: The sizes as they are now, or would be.
  returned: success
  type: dict
  sample: {"min_size": 1, "max_size": 4, "desired_size": 3}
previous:
  description: The sizes as they were.
  returned: success
  type: dict
  sample: {"min_size": 1, "max_size": 4, "desired_size": 2}
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._errors import ResourceError
from ansible_collections.stratum.aws.plugins.module_utils._waiters import status_waiter, wait_until

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError

UPDATED = status_waiter("DescribeUpdate", "update.status", ["Successful"], ["Failed", "Cancelled"])
SIZES = {"min_size": "minSize", "max_size": "maxSize", "desired_size": "desiredSize"}


def wanted_sizes(current: Mapping[str, int], asked: Mapping[str, Any]) -> dict[str, int]:
    """Return the sizes that are asked for over those that are; ValueError with a sentence where they exclude each other."""
    sizes = {key: current[key] if asked.get(key) is None else int(asked[key]) for key in SIZES}
    if not 0 <= sizes["min_size"] <= sizes["desired_size"] <= sizes["max_size"] or sizes["max_size"] < 1:
        raise ValueError(
            f"desired_size {sizes['desired_size']} must be within min_size {sizes['min_size']} and max_size {sizes['max_size']}. "
            "Give them as well, or another desired_size"
        )
    return sizes


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "cluster_name": {"required": True},
            "name": {"required": True},
            "desired_size": {"type": "int", "required": True},
            "min_size": {"type": "int"},
            "max_size": {"type": "int"},
            "wait": {"type": "bool", "default": True},
            "wait_timeout": {"type": "int", "default": 900},
        },
        supports_check_mode=True,
    )
    params = module.params
    key = {"clusterName": params["cluster_name"], "nodegroupName": params["name"]}
    title = f"Node group {params['cluster_name']}/{params['name']}"
    client = module.client("eks")
    try:
        found = client.describe_nodegroup(**key)["nodegroup"]["scalingConfig"]
        current = {ours: int(found[theirs]) for ours, theirs in SIZES.items()}
        sizes = wanted_sizes(current, params)
        result = {"scaling": sizes, "previous": current, "changed": sizes != current, "diff": {"before": current, "after": sizes}}
        if result["changed"] and not module.check_mode:
            scaling = {theirs: sizes[ours] for ours, theirs in SIZES.items()}
            update = client.update_nodegroup_config(**key, scalingConfig=scaling)["update"]
            if params["wait"]:
                names = {"name": params["cluster_name"], "nodegroupName": params["name"], "updateId": update["id"]}
                wait_until(client, UPDATED, params["wait_timeout"], **names)
    except (ValueError, ResourceError) as error:
        module.fail_json(msg=f"{title}: {error}")
    except client.exceptions.ResourceNotFoundException:
        module.fail_json(msg=f"{title}: there is none. Correct the name of the cluster, of the node group, or the region")
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"{title} was not scaled")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
