#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a private DNS namespace of Cloud Map be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: servicediscovery_namespace
version_added: 0.5.0
short_description: Make a private DNS namespace of Cloud Map
description:
  - Creates, changes and deletes a namespace of AWS Cloud Map in which services find each other by DNS within a VPC.
  - Cloud Map makes a private hosted zone of Route 53 for it, and deletes that with it.
options:
  name:
    description: The domain, such as V(shop.internal). With O(vpc_id) it tells the namespace from others.
    type: str
    required: true
  vpc_id:
    description: The id of the VPC. Needed when O(state=present) and there is no such namespace.
    type: str
  description:
    description: What it is for.
    type: str
  identity_tags:
    description: Keys of tags that tell this namespace from others of the same name; those that O(tags) does not have are ignored.
    type: list
    elements: str
    default: ["stratum:stack", "stratum:environment"]
  state:
    description: Whether there is such a namespace. One with services is not deleted.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether to wait until Cloud Map has done it.
    type: bool
    default: true
  wait_timeout:
    description: For how many seconds.
    type: int
    default: 300
notes:
  - There is no other module for Cloud Map.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.servicediscovery_service
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Make the namespace
  stratum.aws.servicediscovery_namespace:
    name: shop.internal
    vpc_id: vpc-0123456789abcdef0
  register: namespace

- name: Delete the namespace
  stratum.aws.servicediscovery_namespace:
    name: shop.internal
    state: absent
"""

RETURN = r"""
namespace:
  description: The namespace, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN.
      returned: when the namespace exists
      type: str
      sample: arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-e1tpmexample0001
    id:
      description: The id.
      returned: when the namespace exists
      type: str
      sample: ns-e1tpmexample0001
    name:
      description: The domain.
      returned: always
      type: str
      sample: shop.internal
    description:
      description: What it is for.
      returned: always
      type: str
      sample: Services of the shop
    hosted_zone_id:
      description: The id of the hosted zone that Cloud Map has made.
      returned: when the namespace exists
      type: str
      sample: Z0123456789EXAMPLE
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"Project": shop}
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils import _cloud_map as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags


class Namespace(pure.CloudMapResource):
    """A private DNS namespace, known by its name and whose it is."""

    kind = "Cloud Map namespace"
    returns = "namespace"
    missing = ("NamespaceNotFound", "ResourceNotFoundException")
    cures: ClassVar[Mapping[str, str]] = {
        "ConflictingDomainExists": "The VPC has a hosted zone of this name already. Choose another name.",
        "InvalidInput": "Check the name and the VPC.",
        "ResourceInUse": "Delete its services first.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        listed = self.collect("list_namespaces", "Namespaces", Filters=[{"Name": "TYPE", "Values": ["DNS_PRIVATE"], "Condition": "EQ"}])
        wanted = text_tags(self.params["tags"]) or {}
        owner = {key: wanted[key] for key in self.params["identity_tags"] if key in wanted}
        for each in listed:
            if each["Name"] != self.identity:
                continue
            described = self.find("get_namespace", Id=each["Id"])
            if described is None:
                continue
            listing = self.call("list_tags_for_resource", ResourceARN=each["Arn"])
            tags = boto3_tag_list_to_ansible_dict(listing["Tags"])
            # The name may be used in other VPCs.
            if all(tags.get(key) == value for key, value in owner.items()):
                return pure.namespace(described["Namespace"], tags)
        return None

    def _changes(self, current: Document) -> Document:
        changes = differing(current, {"description": self.params["description"]})
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        return {
            "name": self.identity,
            "description": self.params["description"] or "",
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _create(self) -> None:
        if not self.params["vpc_id"]:
            self.fail("there is no such namespace. Set vpc_id to make it.")
        self.perform(
            "create_private_dns_namespace",
            Name=self.identity,
            Vpc=self.params["vpc_id"],
            Description=self.params["description"],
            CreatorRequestId=uuid.uuid4().hex,
            Tags=ansible_dict_to_boto3_tag_list(text_tags(self.params["tags"]) or {}) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        if "description" in changes:
            namespace = {"Description": changes["description"]}
            self.perform("update_private_dns_namespace", Id=current["id"], UpdaterRequestId=uuid.uuid4().hex, Namespace=namespace)
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceARN=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceARN=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.perform("delete_namespace", Id=current["id"])


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "vpc_id": {},
        "description": {},
        "identity_tags": {"type": "list", "elements": "str", "default": ["stratum:stack", "stratum:environment"]},
        "state": STATE,
        **wait_options(pure.OPERATION_SECONDS),
        **TAGS,
    }
    Namespace(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
