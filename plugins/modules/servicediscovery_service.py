#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a service of Cloud Map be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: servicediscovery_service
version_added: 0.5.0
short_description: Make a service of Cloud Map
description:
  - Creates, changes and deletes a service of AWS Cloud Map, the name under which instances in a namespace are found.
  - ECS registers the tasks of a service there, and takes them out again.
options:
  name:
    description: The name, the first part of the domain name.
    type: str
    required: true
  namespace_id:
    description: The id of the namespace.
    type: str
    required: true
  dns_records:
    description: The records that each instance gets. Their types cannot be changed.
    type: list
    elements: dict
    suboptions:
      type:
        description: The type.
        type: str
        choices: [A, AAAA, SRV, CNAME]
        default: A
      ttl:
        description: Seconds for which an answer may be remembered.
        type: int
        default: 60
  routing_policy:
    description: Whether an answer names several instances. Cannot be changed.
    type: str
    choices: [MULTIVALUE, WEIGHTED]
    default: MULTIVALUE
  custom_health_check:
    description: Whether somebody else, such as ECS, says which instances are healthy. Cannot be changed.
    type: bool
    default: true
  description:
    description: What it is for.
    type: str
  wait:
    description: Whether to wait until Cloud Map has done it.
    type: bool
    default: true
  wait_timeout:
    description: For how many seconds.
    type: int
    default: 300
  state:
    description: Whether there is such a service. One with instances is not deleted.
    type: str
    choices: [present, absent]
    default: present
notes:
  - There is no other module for Cloud Map.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.servicediscovery_namespace
  - module: stratum.aws.ecs_service
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Let the API be found as api.shop.internal
  stratum.aws.servicediscovery_service:
    name: api
    namespace_id: "{{ namespace.namespace.id }}"
    dns_records:
      - type: A
        ttl: 10
  register: discovery

- name: Delete it
  stratum.aws.servicediscovery_service:
    name: api
    namespace_id: "{{ namespace.namespace.id }}"
    state: absent
"""

RETURN = r"""
discovery_service:
  description: The service of Cloud Map, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN.
      returned: when the service exists
      type: str
      sample: arn:aws:servicediscovery:us-east-1:123456789012:service/srv-e4anhexample0004
    id:
      description: The id.
      returned: when the service exists
      type: str
      sample: srv-e4anhexample0004
    name:
      description: The name.
      returned: always
      type: str
      sample: api
    namespace_id:
      description: The id of the namespace.
      returned: always
      type: str
      sample: ns-e1tpmexample0001
    description:
      description: What it is for.
      returned: always
      type: str
      sample: API of the shop
    routing_policy:
      description: Whether an answer names several instances.
      returned: always
      type: str
      sample: MULTIVALUE
    dns_records:
      description: The records of each instance.
      returned: always
      type: list
      elements: dict
      sample: [{"type": A, "ttl": 10}]
    custom_health_check:
      description: Whether somebody else says which instances are healthy.
      returned: always
      type: bool
      sample: true
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

FIXED = ("routing_policy", "custom_health_check")


def service_changes(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what differs between a service and the options."""
    return differing(current, {key: wanted[key] for key in ("description", "dns_records", *FIXED)}, unordered=("dns_records",))


class DiscoveryService(pure.CloudMapResource):
    """A service of a namespace, known by its name."""

    kind = "Cloud Map service"
    returns = "discovery_service"
    missing = ("ServiceNotFound", "NamespaceNotFound", "ResourceNotFoundException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidInput": "Check the name and the records.",
        "NamespaceNotFound": "Make the namespace first.",
        "ResourceInUse": "Instances are still registered. Delete what registers them first, such as the service of ECS.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        inside = [{"Name": "NAMESPACE_ID", "Values": [self.params["namespace_id"]], "Condition": "EQ"}]
        named = [each for each in self.collect("list_services", "Services", Filters=inside) if each["Name"] == self.identity]
        described = self.find("get_service", Id=named[0]["Id"]) if named else None
        if described is None:
            return None
        listed = self.call("list_tags_for_resource", ResourceARN=described["Service"]["Arn"])
        # GetService does not always say the namespace.
        service = {"NamespaceId": self.params["namespace_id"], **described["Service"]}
        return pure.discovery_service(service, boto3_tag_list_to_ansible_dict(listed["Tags"]))

    def _changes(self, current: Document) -> Document:
        changes = service_changes(current, self.params)
        if fixed := [key for key in FIXED if key in changes]:
            self.fail(f"{fixed[0]} is {current[fixed[0]]} and cannot be changed. Leave it, or make another service.")
        if "dns_records" in changes and {each["type"] for each in changes["dns_records"]} != {
            each["type"] for each in current["dns_records"]
        }:
            self.fail("the types of its records cannot be changed. Leave them, or make another service.")
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        return {
            "name": self.identity,
            "namespace_id": self.params["namespace_id"],
            "description": self.params["description"] or "",
            "routing_policy": self.params["routing_policy"],
            "dns_records": self.params["dns_records"] or [{"type": "A", "ttl": 60}],
            "custom_health_check": self.params["custom_health_check"],
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _create(self) -> None:
        document = self._predict()
        self.call(
            "create_service",
            Name=self.identity,
            NamespaceId=document["namespace_id"],
            CreatorRequestId=uuid.uuid4().hex,
            Description=self.params["description"],
            DnsConfig={"RoutingPolicy": document["routing_policy"], "DnsRecords": pure.dns_records(document["dns_records"])},
            # The threshold is always one.
            HealthCheckCustomConfig={"FailureThreshold": 1} if document["custom_health_check"] else None,
            Tags=ansible_dict_to_boto3_tag_list(document["tags"]) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        after = {**current, **changes}
        if {"description", "dns_records"} & changes.keys():
            # What is left out here goes: the records are always sent along.
            service = {"Description": after["description"], "DnsConfig": {"DnsRecords": pure.dns_records(after["dns_records"])}}
            self.perform("update_service", Id=current["id"], Service=service)
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceARN=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceARN=current["arn"], TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_service", Id=current["id"])


def main() -> None:
    """Run the module."""
    record = {
        "type": {"choices": ["A", "AAAA", "SRV", "CNAME"], "default": "A"},
        "ttl": {"type": "int", "default": 60},
    }
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "namespace_id": {"required": True},
        "dns_records": {"type": "list", "elements": "dict", "options": record},
        "routing_policy": {"choices": ["MULTIVALUE", "WEIGHTED"], "default": "MULTIVALUE"},
        "custom_health_check": {"type": "bool", "default": True},
        "description": {},
        "state": STATE,
        **wait_options(pure.OPERATION_SECONDS),
        **TAGS,
    }
    DiscoveryService(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
