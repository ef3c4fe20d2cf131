#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find managed prefix lists by name."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_managed_prefix_list_info
version_added: 0.1.0
short_description: Find managed prefix lists
description:
  - Returns the managed prefix lists of a region, AWS's own among them, such as the addresses from which CloudFront calls an origin.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  names:
    description:
      - The names to look for, such as V(com.amazonaws.global.cloudfront.origin-facing). All lists without it.
      - A name that no list has is an error.
    type: list
    elements: str
notes:
  - amazon.aws has no module for prefix lists, and M(amazon.aws.ec2_security_group) takes their ids only.
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
"""

EXAMPLES = r"""
- name: Find the addresses of CloudFront
  stratum.aws.ec2_managed_prefix_list_info:
    names:
      - com.amazonaws.global.cloudfront.origin-facing
  register: cloudfront
"""

RETURN = r"""
prefix_lists:
  description: The lists.
  returned: always
  type: list
  elements: dict
  contains:
    owner_id:
      description: The account that owns the list, or V(AWS).
      returned: always
      type: str
      sample: AWS
    prefix_list_arn:
      description: The ARN.
      returned: always
      type: str
      sample: arn:aws:ec2:us-west-2:aws:prefix-list/pl-82a045eb
    prefix_list_id:
      description: The id.
      returned: always
      type: str
      sample: pl-82a045eb
    prefix_list_name:
      description: The name.
      returned: always
      type: str
      sample: com.amazonaws.global.cloudfront.origin-facing
"""

from contextlib import suppress
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import BotoCoreError, ClientError


def prefix_list_document(prefix_list: dict[str, Any]) -> dict[str, Any]:
    """Return a prefix list as the module returns it."""
    plain = {key: value for key, value in prefix_list.items() if key != "Tags"}
    document: dict[str, Any] = camel_dict_to_snake_dict(plain)
    return {**document, "tags": boto3_tag_list_to_ansible_dict(prefix_list.get("Tags") or [])}


def read(client: Any, names: list[str] | None) -> list[dict[str, Any]]:
    """Return the prefix lists of these names, or all."""
    filters = [{"Name": "prefix-list-name", "Values": names}] if names else []
    paginator = client.get_paginator("describe_managed_prefix_lists")
    pages = AWSRetry.jittered_backoff()(lambda: list(paginator.paginate(Filters=filters)))()
    return [prefix_list_document(item) for page in pages for item in page["PrefixLists"]]


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(argument_spec={"names": {"type": "list", "elements": "str"}}, supports_check_mode=True)
    names = module.params["names"]
    try:
        found = read(module.client("ec2"), names)
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="Reading the managed prefix lists failed")
    missing = sorted(set(names or []) - {item["prefix_list_name"] for item in found})
    if missing:
        module.fail_json(msg=f"There is no prefix list {', '.join(missing)} in this region. Mend the name, or use an id (pl-…).")
    module.exit_json(changed=False, prefix_lists=sorted(found, key=lambda item: str(item["prefix_list_name"])))


if __name__ == "__main__":
    main()
