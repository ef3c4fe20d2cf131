#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a subnet group of ElastiCache be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: elasticache_subnet_group
version_added: 0.1.0
short_description: Manage a subnet group of ElastiCache
description:
  - Creates, updates and deletes the group of subnets in which caches stand.
options:
  name:
    description:
      - The group's name; AWS keeps it in lower case.
    type: str
    required: true
  description:
    description:
      - What the group is for.
      - If not set, it is left alone, and is the name of a new group.
    type: str
  subnet_ids:
    description:
      - The subnets, in whatever order. A new group needs at least one.
      - If not set, the subnets are left alone.
    type: list
    elements: str
    aliases: [subnets]
  state:
    description: Whether the group exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.elasticache_subnet_group) cannot tag the group.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.elasticache_replication_group
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Keep the caches in the private subnets
  stratum.aws.elasticache_subnet_group:
    name: web-cache
    description: Private subnets
    subnet_ids: "{{ network_private_subnet_ids }}"
    tags:
      stratum:stack: web

- name: Remove the group
  stratum.aws.elasticache_subnet_group:
    name: web-cache
    state: absent
"""

RETURN = r"""
subnet_group:
  description: The group, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The group's ARN.
      returned: when the group exists
      type: str
      sample: arn:aws:elasticache:ca-central-1:123456789012:subnetgroup:web-cache
    name:
      description: The group's name.
      returned: always
      type: str
      sample: web-cache
    description:
      description: What the group is for.
      returned: always
      type: str
      sample: Private subnets
    subnet_ids:
      description: The subnets, sorted.
      returned: always
      type: list
      elements: str
      sample: [subnet-0a1b2c3d, subnet-1b2c3d4e]
    vpc_id:
      description: The VPC of the subnets.
      returned: when the group exists
      type: str
      sample: vpc-0a1b2c3d
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": web}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags


def changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between a subnet group and the options."""
    subnet_ids = options["subnet_ids"]
    wanted = {"description": options["description"], "subnet_ids": None if subnet_ids is None else sorted(set(subnet_ids))}
    return {
        **differing(current, wanted, unordered=("subnet_ids",)),
        **tag_changes(current["tags"], options["tags"], options["purge_tags"]),
    }


class CacheSubnetGroup(AwsResource):
    """A subnet group of ElastiCache, found by its name."""

    service = "elasticache"
    kind = "cache subnet group"
    returns = "subnet_group"
    missing = ("CacheSubnetGroupNotFoundFault",)
    cures: ClassVar[dict[str, str]] = {
        "CacheSubnetGroupInUse": "Delete the caches that stand in the group first.",
        "SubnetInUse": "Move the caches that stand in the subnet first, or keep the subnet in subnet_ids.",
        "InvalidSubnet": "Check that the subnets exist and are in one VPC.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"]).lower()

    def _describe(self) -> Document | None:
        answer = self.find("describe_cache_subnet_groups", CacheSubnetGroupName=self.identity)
        if not answer or not answer["CacheSubnetGroups"]:
            return None
        group = answer["CacheSubnetGroups"][0]
        tags = self.call("list_tags_for_resource", ResourceName=group["ARN"])["TagList"]
        return {
            "arn": group["ARN"],
            "name": group["CacheSubnetGroupName"],
            "description": group["CacheSubnetGroupDescription"],
            "subnet_ids": sorted(subnet["SubnetIdentifier"] for subnet in group["Subnets"]),
            "vpc_id": group["VpcId"],
            "tags": boto3_tag_list_to_ansible_dict(tags),
        }

    def _changes(self, current: Document) -> Document:
        return changes(current, self.params)

    def _predict(self) -> Document:
        return {
            "name": self.identity,
            "description": self.params["description"] or self.identity,
            "subnet_ids": sorted(self.params["subnet_ids"] or []),
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _create(self) -> None:
        if not self.params["subnet_ids"]:
            self.fail("a new group needs at least one subnet. Set subnet_ids.")
        self.call(
            "create_cache_subnet_group",
            CacheSubnetGroupName=self.identity,
            CacheSubnetGroupDescription=self.params["description"] or self.identity,
            SubnetIds=self.params["subnet_ids"],
            Tags=ansible_dict_to_boto3_tag_list(self.params["tags"]) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        if changes.keys() & {"description", "subnet_ids"}:
            self.call(
                "modify_cache_subnet_group",
                CacheSubnetGroupName=self.identity,
                CacheSubnetGroupDescription=changes.get("description"),
                SubnetIds=changes.get("subnet_ids"),
            )
        retag(
            current["tags"],
            changes.get("tags", current["tags"]),
            lambda tags: self.call("add_tags_to_resource", ResourceName=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("remove_tags_from_resource", ResourceName=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_cache_subnet_group", CacheSubnetGroupName=self.identity)


def main() -> None:
    """Run the module."""
    argument_spec = {
        "name": {"type": "str", "required": True},
        "description": {"type": "str"},
        "subnet_ids": {"type": "list", "elements": "str", "aliases": ["subnets"]},
        "state": STATE,
        **TAGS,
    }
    CacheSubnetGroup(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
