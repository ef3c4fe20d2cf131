#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read which Kubernetes versions EKS offers, and which one a cluster runs."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_version_info
version_added: 0.1.0
short_description: Read the Kubernetes versions that EKS offers
description:
  - Returns the versions in which EKS creates clusters in this region, and the version that a cluster runs already.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  cluster:
    description: The name of a cluster that may exist.
    type: str
    aliases: [cluster_name]
notes:
  - Neither amazon.aws nor community.aws reads them.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
attributes:
  check_mode:
    description: It only reads.
  diff_mode:
    support: N/A
seealso:
  - module: stratum.aws.eks_cluster
  - plugin: stratum.aws.choose_version
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read which versions there are
  stratum.aws.eks_version_info:
    cluster: web
  register: versions

- name: Show the version to ask for
  ansible.builtin.debug:
    msg: "{{ versions.offered | stratum.aws.choose_version('1.29', existing=versions.running) }}"
"""

RETURN = r"""
offered:
  description: The versions in which EKS creates clusters, oldest first.
  returned: always
  type: list
  elements: str
  sample: ["1.32", "1.33", "1.34"]
running:
  description: The version of the cluster, or nothing when there is no such cluster.
  returned: always
  type: str
  sample: "1.33"
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.stratum.aws.plugins.module_utils._errors import CURES, explain

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError


def oldest_first(versions: Iterable[str]) -> list[str]:
    """Return versions in the order of their release: 1.9 before 1.30."""
    return sorted(set(versions), key=lambda version: [int(part) for part in version.split(".")])


@AWSRetry.jittered_backoff()
def read_offered(client: Any) -> list[str]:
    """Return the versions in which EKS creates clusters."""
    pages = client.get_paginator("describe_cluster_versions").paginate()
    return oldest_first(item["clusterVersion"] for page in pages for item in page["clusterVersions"])


@AWSRetry.jittered_backoff()
def read_running(client: Any, cluster: str) -> str:
    """Return the version that the cluster runs; nothing when there is no such cluster."""
    try:
        return str(client.describe_cluster(name=cluster)["cluster"]["version"])
    except is_boto3_error_code("ResourceNotFoundException"):
        return ""


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(argument_spec={"cluster": {"type": "str", "aliases": ["cluster_name"]}}, supports_check_mode=True)
    cluster = module.params["cluster"]
    try:
        client = module.client("eks")
        module.exit_json(changed=False, offered=read_offered(client), running=read_running(client, cluster) if cluster else "")
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=explain("Kubernetes versions", error, CURES))


if __name__ == "__main__":
    main()
