#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Allocate and release Elastic IP addresses that are known by their names."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_elastic_ip
version_added: 0.1.0
short_description: Allocate, associate or release an Elastic IP address by name
description:
  - Allocates an Elastic IP address, identified by its C(Name) tag, manages its tags, and gives it to an instance if one is named.
  - The address is found whether or not it is associated, with an instance, a network interface or a NAT gateway.
  - Without O(instance_id) the module never associates or disassociates an address.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description:
      - The value of the C(Name) tag. It tells this address from all others of the region.
      - Two addresses of this name are an error, because nobody can say which one is meant.
    type: str
    required: true
  state:
    description:
      - V(absent) releases the address. An address that is still associated with anything but O(instance_id) is not released,
        the module fails instead.
    type: str
    choices: [present, absent]
    default: present
  instance_id:
    description:
      - The instance that is to have the address. An address that another instance has moves to this one.
      - With O(state=absent), an address that this instance has is taken from it first.
      - An address that a NAT gateway or an interface without an instance has is never taken away.
    type: str
    version_added: 0.3.0
  public_ipv4_pool:
    description:
      - The id of the address pool to allocate from, such as an own pool (BYOIP).
      - Cannot be changed later.
    type: str
  network_border_group:
    description:
      - The set of zones from which AWS advertises the address, such as V(us-west-2-lax-1).
      - Cannot be changed later.
    type: str
notes:
  - M(amazon.aws.ec2_eip) ignores addresses that are attached to a NAT gateway when it looks for one to use again,
    so it allocates another address on every run. This module looks an address up by its name only.
  - M(amazon.aws.ec2_eip) does not say in check mode which instance an address would move from.
seealso:
  - module: amazon.aws.ec2_vpc_nat_gateway
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Allocate the address of the NAT gateway
  stratum.aws.ec2_elastic_ip:
    name: speckle-nat-a
    tags:
      Environment: production
  register: nat_address

- name: Create the NAT gateway
  amazon.aws.ec2_vpc_nat_gateway:
    subnet_id: subnet-0123456789abcdef0
    allocation_id: "{{ nat_address.elastic_ip.allocation_id }}"
    if_exist_do_not_create: true
    wait: true

- name: Give an address to an instance
  stratum.aws.ec2_elastic_ip:
    name: accountabilityatlas-prod
    instance_id: i-0123456789abcdef0

- name: Release the address
  stratum.aws.ec2_elastic_ip:
    name: speckle-nat-a
    state: absent
"""

RETURN = r"""
elastic_ip:
  description: The address, or null when there is none.
  returned: always
  type: dict
  contains:
    allocation_id:
      description: The id of the address. Null in check mode when the address would be allocated.
      returned: always
      type: str
      sample: eipalloc-0123456789abcdef0
    association_id:
      description: The id of the association.
      returned: when the address is associated
      type: str
      sample: eipassoc-0123456789abcdef0
    domain:
      description: Where the address can be used.
      returned: when the address exists
      type: str
      sample: vpc
    instance_id:
      description: The instance that has the address.
      returned: when the address is associated with an instance
      type: str
      sample: i-0123456789abcdef0
    name:
      description: The value of the C(Name) tag.
      returned: always
      type: str
      sample: speckle-nat-a
    network_border_group:
      description: The set of zones from which AWS advertises the address.
      returned: when the address exists
      type: str
      sample: ca-central-1
    network_interface_id:
      description: The network interface that has the address.
      returned: when the address is associated
      type: str
      sample: eni-0123456789abcdef0
    private_ip_address:
      description: The private address that the address stands for.
      returned: when the address is associated
      type: str
      sample: 10.0.1.10
    public_ip:
      description: The address itself. Null in check mode when the address would be allocated.
      returned: always
      type: str
      sample: 203.0.113.10
    public_ipv4_pool:
      description: The pool that the address is from.
      returned: when the address exists
      type: str
      sample: amazon
    tags:
      description: The tags of the address.
      returned: always
      type: dict
      sample: {"Name": "speckle-nat-a", "Environment": "production"}
"""

from typing import Any, ClassVar

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes

FIXED = ("public_ipv4_pool", "network_border_group")
"""What AWS decides when it allocates the address."""


def address_document(address: Document) -> Document:
    """Return an address as AWS describes it as the module returns it."""
    tags: dict[str, str] = boto3_tag_list_to_ansible_dict(address.get("Tags") or [])
    plain = {key: value for key, value in address.items() if key != "Tags" and value != ""}
    document: Document = camel_dict_to_snake_dict(plain)
    return {**document, "name": tags.get("Name"), "tags": tags}


def fixed_differences(current: Document, wanted: Document) -> list[str]:
    """Return a phrase for every property that differs and cannot be changed; AWS may not report all."""
    return [
        f"{key} is {current[key]}, not {wanted[key]}"
        for key in FIXED
        if wanted.get(key) is not None and current.get(key) is not None and current[key] != wanted[key]
    ]


def association_changes(current: Document, wanted: str | None) -> Document:
    """Return the instance that is to get the address, or nothing where none is named or it has the address already."""
    return {} if wanted is None or current.get("instance_id") == wanted else {"instance_id": wanted}


def holder(address: Document) -> str | None:
    """Return who has the address, or None when it is free."""
    if address.get("instance_id"):
        return f"instance {address['instance_id']}"
    if address.get("network_interface_id"):
        return f"network interface {address['network_interface_id']}"
    return address.get("association_id")


class ElasticIp(AwsResource):
    """An Elastic IP address, known by its Name tag."""

    service = "ec2"
    kind = "Elastic IP address"
    returns = "elastic_ip"
    cures: ClassVar[dict[str, str]] = {
        "AddressLimitExceeded": "Release an address that is not used, or ask AWS for a higher quota of VPC Elastic IPs.",
        "InvalidIPAddress.InUse": "Remove what uses the address first: delete the NAT gateway or disassociate the address.",
        "InvalidInstanceID": "The instance must exist in this region and be running or stopped.",
        "IncorrectInstanceState": "Wait until the instance runs, and run again.",
        "AuthFailure": "The address may have been associated meanwhile, or belongs to another account.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.allocation_id: str | None = None
        named = {"Name": self.params["name"]}
        tags = self.params["tags"]
        self.tags: dict[str, str] | None = None if tags is None else {**tags, **named}

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        # The filter may not know a new address at once, so what was just allocated is found among all.
        known = self.allocation_id
        filters = None if known else [{"Name": "tag:Name", "Values": [self.params["name"]]}]
        answer = self.call("describe_addresses", Filters=filters)["Addresses"]
        found = [item for item in answer if known in (None, item.get("AllocationId"))]
        if len(found) > 1:
            ids = ", ".join(sorted(item["AllocationId"] for item in found))
            self.fail(f"{len(found)} addresses have this Name tag ({ids}). Release or rename all but one.")
        return address_document(found[0]) if found else None

    def _changes(self, current: Document) -> Document:
        fixed = fixed_differences(current, self.params)
        if fixed:
            self.fail(f"{', '.join(fixed)}, and AWS cannot change it. Use another name, or release the address first.")
        moved = association_changes(current, self.params["instance_id"])
        if moved and not current.get("instance_id") and holder(current):
            self.fail(f"{holder(current)} has it, which is no instance. Delete the gateway or interface, or use another name.")
        return {**tag_changes(current["tags"], self.tags, self.params["purge_tags"]), **moved}

    def _predict(self) -> Document:
        unknown = {"allocation_id": None, "public_ip": None}
        return {**super()._predict(), **unknown, "domain": "vpc", "tags": self._all_tags()}

    def _all_tags(self) -> dict[str, str]:
        return self.tags or {"Name": self.params["name"]}

    def _create(self) -> None:
        answer = self.call(
            "allocate_address",
            Domain="vpc",
            PublicIpv4Pool=self.params["public_ipv4_pool"],
            NetworkBorderGroup=self.params["network_border_group"],
            TagSpecifications=[{"ResourceType": "elastic-ip", "Tags": ansible_dict_to_boto3_tag_list(self._all_tags())}],
        )
        self.allocation_id = answer["AllocationId"]
        if self.params["instance_id"]:
            self._associate(answer["AllocationId"])

    def _associate(self, allocation_id: str) -> None:
        # Without AllowReassociation, AWS would refuse to move an address that another instance has.
        self.call("associate_address", AllocationId=allocation_id, InstanceId=self.params["instance_id"], AllowReassociation=True)

    def _update(self, current: Document, changes: Document) -> None:
        ids = [current["allocation_id"]]
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("create_tags", Resources=ids, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("delete_tags", Resources=ids, Tags=[{"Key": key} for key in keys]),
        )

        if "instance_id" in changes:
            self._associate(current["allocation_id"])

    def _delete(self, current: Document) -> None:
        used_by = holder(current)
        if used_by and current.get("instance_id") and current["instance_id"] == self.params["instance_id"]:
            self.call("disassociate_address", AssociationId=current["association_id"])
            used_by = None
        if used_by:
            self.fail(
                f"it is still associated with {used_by}. Delete the NAT gateway, terminate the instance or disassociate "
                "the address, wait until that is done, and run again."
            )
        self.call("release_address", AllocationId=current["allocation_id"], NetworkBorderGroup=current.get("network_border_group"))


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "state": STATE,
        "instance_id": {},
        "public_ipv4_pool": {},
        "network_border_group": {},
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    if (module.params["tags"] or {}).get("Name", module.params["name"]) != module.params["name"]:
        module.fail_json(msg="The Name tag and the option name differ. Leave Name out of tags.")
    ElasticIp(module).run()


if __name__ == "__main__":
    main()
