#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create, change and delete VPC endpoints that are known by their names."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_vpc_endpoint
version_added: 0.1.0
short_description: Manage a VPC endpoint by name
description:
  - Creates, changes and deletes a gateway or interface endpoint, identified by its VPC and its C(Name) tag.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The value of the C(Name) tag. It tells this endpoint from all others of the VPC.
    type: str
    required: true
  vpc_id:
    description: The VPC.
    type: str
    required: true
  state:
    description: Whether the endpoint exists.
    type: str
    choices: [present, absent]
    default: present
  service:
    description:
      - The name of the service, such as V(com.amazonaws.us-west-2.s3). Cannot be changed later.
      - Required when the endpoint is to be created.
    type: str
  type:
    description: The type of the endpoint. Cannot be changed later.
    type: str
    choices: [Gateway, Interface]
    default: Gateway
  route_table_ids:
    description: The route tables that get a route to a gateway endpoint; all others lose theirs.
    type: list
    elements: str
  subnet_ids:
    description: The subnets in which an interface endpoint has an address, at most one per zone; it leaves all others.
    type: list
    elements: str
  security_group_ids:
    description: The security groups of an interface endpoint; it leaves all others.
    type: list
    elements: str
  private_dns_enabled:
    description:
      - Whether the service's own name resolves to an interface endpoint inside the VPC. AWS does so unless told otherwise.
    type: bool
  policy:
    description: What may be done through the endpoint. AWS allows everything unless told otherwise.
    type: json
  wait:
    description: Whether to wait until the endpoint is available, or gone.
    type: bool
    default: true
  wait_timeout:
    description: The seconds to wait.
    type: int
    default: 600
notes:
  - M(amazon.aws.ec2_vpc_endpoint) changes nothing but the tags of an endpoint that exists; when a gateway endpoint is to serve
    another route table it tries to create a second endpoint and fails; it does not know private DNS; it deletes by id only.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Reach S3 without a NAT gateway
  stratum.aws.ec2_vpc_endpoint:
    name: shop-s3
    vpc_id: vpc-0123456789abcdef0
    service: com.amazonaws.us-west-2.s3
    route_table_ids:
      - rtb-0123456789abcdef0

- name: Reach Secrets Manager from private subnets
  stratum.aws.ec2_vpc_endpoint:
    name: shop-secretsmanager
    vpc_id: vpc-0123456789abcdef0
    service: com.amazonaws.us-west-2.secretsmanager
    type: Interface
    subnet_ids:
      - subnet-0123456789abcdef0
    security_group_ids:
      - sg-0123456789abcdef0

- name: Delete an endpoint
  stratum.aws.ec2_vpc_endpoint:
    name: shop-s3
    vpc_id: vpc-0123456789abcdef0
    state: absent
"""

RETURN = r"""
vpc_endpoint:
  description: The endpoint, or null when there is none.
  returned: always
  type: dict
  contains:
    dns_entries:
      description: The names by which the endpoint is reached.
      returned: when the endpoint exists
      type: list
      elements: dict
      sample: [{"dns_name": "vpce-0123-abcd.secretsmanager.us-west-2.vpce.amazonaws.com", "hosted_zone_id": "Z1YSA3EXCYUU9Z"}]
    name:
      description: The value of the C(Name) tag.
      returned: always
      type: str
      sample: shop-s3
    network_interface_ids:
      description: The network interfaces of an interface endpoint.
      returned: when the endpoint exists
      type: list
      elements: str
      sample: [eni-0123456789abcdef0]
    policy:
      description: What may be done through the endpoint.
      returned: always
      type: dict
      sample: {"Statement": [{"Action": "*", "Effect": "Allow", "Principal": "*", "Resource": "*"}]}
    private_dns_enabled:
      description: Whether the service's own name resolves to the endpoint inside the VPC.
      returned: when the endpoint exists
      type: bool
      sample: true
    route_table_ids:
      description: The route tables of a gateway endpoint.
      returned: when the endpoint exists
      type: list
      elements: str
      sample: [rtb-0123456789abcdef0]
    security_group_ids:
      description: The security groups of an interface endpoint.
      returned: when the endpoint exists
      type: list
      elements: str
      sample: [sg-0123456789abcdef0]
    service:
      description: The name of the service.
      returned: always
      type: str
      sample: com.amazonaws.us-west-2.s3
    state:
      description: The state of the endpoint.
      returned: when the endpoint exists
      type: str
      sample: available
    subnet_ids:
      description: The subnets of an interface endpoint.
      returned: when the endpoint exists
      type: list
      elements: str
      sample: [subnet-0123456789abcdef0]
    tags:
      description: The tags of the endpoint.
      returned: always
      type: dict
      sample: {"Name": "shop-s3"}
    type:
      description: The type of the endpoint.
      returned: always
      type: str
      sample: Gateway
    vpc_endpoint_id:
      description: The id. Unknown in check mode when the endpoint would be created.
      returned: when the endpoint exists
      type: str
      sample: vpce-0123456789abcdef0
    vpc_id:
      description: The VPC.
      returned: always
      type: str
      sample: vpc-0123456789abcdef0
"""

import json
import uuid
from typing import Any, ClassVar

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, gone_waiter, status_waiter

FIXED = ("service", "type")
MEMBERS = {"route_table_ids": "RouteTableIds", "subnet_ids": "SubnetIds", "security_group_ids": "SecurityGroupIds"}
"""The lists of an endpoint, and the second half of the parameters that add to them and remove from them."""
PLAIN = ("DnsEntries", "NetworkInterfaceIds", "PrivateDnsEnabled", "VpcEndpointId", "VpcId", "RouteTableIds", "SubnetIds")
GONE = ("deleted", "rejected", "failed", "expired")

AVAILABLE: Waiter = status_waiter(
    "DescribeVpcEndpoints",
    "VpcEndpoints[0].State",
    ["available"],
    ["failed", "rejected", "expired"],
    retry_on=["InvalidVpcEndpointId.NotFound"],
)
DELETED: Waiter = gone_waiter(
    "DescribeVpcEndpoints", "VpcEndpoints[0].State", ["InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"], ["failed"]
)
DELETED["acceptors"].append({"state": "success", "matcher": "path", "argument": "VpcEndpoints[0].State", "expected": "deleted"})


def endpoint_document(endpoint: Document) -> Document:
    """Return an endpoint as AWS describes it as the module returns it."""
    tags: dict[str, str] = boto3_tag_list_to_ansible_dict(endpoint.get("Tags") or [])
    policy = endpoint.get("PolicyDocument")
    plain: Document = camel_dict_to_snake_dict({key: endpoint[key] for key in PLAIN if key in endpoint})
    return {
        **plain,
        "name": tags.get("Name"),
        "service": endpoint["ServiceName"],
        "type": endpoint.get("VpcEndpointType", "Gateway"),
        "state": str(endpoint.get("State", "")).lower(),
        "security_group_ids": [group["GroupId"] for group in endpoint.get("Groups") or []],
        "policy": json.loads(policy) if policy else None,
        "tags": tags,
    }


def endpoint_changes(current: Document, wanted: Document) -> Document:
    """Return what differs of what can be changed, tags aside."""
    plain = {key: wanted.get(key) for key in (*MEMBERS, "private_dns_enabled")}
    changes = differing(current, plain, unordered=tuple(MEMBERS))
    policy = wanted.get("policy")
    if policy is not None and compare_policies(current.get("policy") or {}, policy):
        changes["policy"] = policy
    return changes


def modifications(current: Document, changes: Document) -> Document:
    """Return the parameters of ModifyVpcEndpoint that make the changes."""
    parameters: Document = {}
    for key, suffix in MEMBERS.items():
        if key in changes:
            before, after = set(current.get(key) or []), set(changes[key])
            parameters[f"Add{suffix}"] = sorted(after - before) or None
            parameters[f"Remove{suffix}"] = sorted(before - after) or None
    if "private_dns_enabled" in changes:
        parameters["PrivateDnsEnabled"] = changes["private_dns_enabled"]
    if "policy" in changes:
        parameters["PolicyDocument"] = json.dumps(changes["policy"])
    return {key: value for key, value in parameters.items() if value is not None}


class VpcEndpoint(AwsResource):
    """A VPC endpoint, known by its VPC and its Name tag."""

    service = "ec2"
    kind = "VPC endpoint"
    returns = "vpc_endpoint"
    cures: ClassVar[dict[str, str]] = {
        "RouteAlreadyExists": "Another endpoint serves this route table already: delete it, or give it this name.",
        "VpcEndpointLimitExceeded": "Delete an endpoint that is not used, or ask AWS for a higher quota.",
        "InvalidServiceName": "The region does not offer the service, or not to endpoints of this type: correct service or type.",
        "DuplicateSubnetsInSameZone": "Give at most one subnet per zone.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.endpoint_id: str | None = None
        named = {"Name": self.params["name"]}
        tags = self.params["tags"]
        self.tags: dict[str, str] | None = None if tags is None else {**tags, **named}
        policy = self.params["policy"]
        self.wanted = {**self.params, "policy": json.loads(policy) if policy else None}

    @property
    def identity(self) -> str:
        return f"{self.params['name']} of {self.params['vpc_id']}"

    def _describe(self) -> Document | None:
        if self.endpoint_id:
            answer = self.collect("describe_vpc_endpoints", "VpcEndpoints", VpcEndpointIds=[self.endpoint_id])
        else:
            filters = [{"Name": "vpc-id", "Values": [self.params["vpc_id"]]}, {"Name": "tag:Name", "Values": [self.params["name"]]}]
            answer = self.collect("describe_vpc_endpoints", "VpcEndpoints", Filters=filters)
        found = [document for document in map(endpoint_document, answer) if document["state"] not in GONE]
        staying = [document for document in found if document["state"] != "deleting"]
        if len(staying) > 1:
            ids = ", ".join(sorted(document["vpc_endpoint_id"] for document in staying))
            self.fail(f"{len(staying)} endpoints of the VPC have this Name tag ({ids}). Delete or rename all but one.")
        return next(iter(staying or found), None)

    def _leaving(self, current: Document) -> bool:
        return bool(current["state"] == "deleting")

    def _await_deletion(self, current: Document) -> None:
        self.wait(DELETED, VpcEndpointIds=[current["vpc_endpoint_id"]])

    def _changes(self, current: Document) -> Document:
        for key in FIXED:
            if self.params[key] is not None and current[key] != self.params[key]:
                self.fail(
                    f"{key} is {current[key]}, not {self.params[key]}, and AWS cannot change it. "
                    "Use another name, or delete the endpoint first."
                )
        return {**endpoint_changes(current, self.wanted), **tag_changes(current["tags"], self.tags, self.params["purge_tags"])}

    def _predict(self) -> Document:
        return {**super()._predict(), "policy": self.wanted["policy"], "tags": self._all_tags()}

    def _all_tags(self) -> dict[str, str]:
        return self.tags or {"Name": self.params["name"]}

    def _create(self) -> None:
        if not self.params["service"]:
            self.fail("there is none, and without a service it cannot be created. Give the service.")
        answer = self.call(
            "create_vpc_endpoint",
            VpcId=self.params["vpc_id"],
            VpcEndpointType=self.params["type"],
            ServiceName=self.params["service"],
            PrivateDnsEnabled=self.params["private_dns_enabled"],
            PolicyDocument=self.params["policy"],
            **{parameter: self.params[key] or None for key, parameter in MEMBERS.items()},
            TagSpecifications=[{"ResourceType": "vpc-endpoint", "Tags": ansible_dict_to_boto3_tag_list(self._all_tags())}],
            # A request whose answer was lost is repeated with the same token, and makes no second endpoint.
            ClientToken=uuid.uuid4().hex,
        )
        self.endpoint_id = answer["VpcEndpoint"]["VpcEndpointId"]
        self.wait(AVAILABLE, VpcEndpointIds=[self.endpoint_id])

    def _update(self, current: Document, changes: Document) -> None:
        endpoint = current["vpc_endpoint_id"]
        parameters = modifications(current, changes)
        if parameters:
            self.call("modify_vpc_endpoint", VpcEndpointId=endpoint, **parameters)
            self.wait(AVAILABLE, VpcEndpointIds=[endpoint])
        if "tags" in changes:
            retag(
                current["tags"],
                changes["tags"],
                lambda tags: self.call("create_tags", Resources=[endpoint], Tags=ansible_dict_to_boto3_tag_list(tags)),
                lambda keys: self.call("delete_tags", Resources=[endpoint], Tags=[{"Key": key} for key in keys]),
            )

    def _delete(self, current: Document) -> None:
        answer = self.call("delete_vpc_endpoints", VpcEndpointIds=[current["vpc_endpoint_id"]])
        # The operation reports its failures instead of raising them.
        for refusal in answer.get("Unsuccessful", []):
            self.fail(f"AWS does not delete it: {refusal['Error'].get('Message', refusal['Error'])}")
        self._await_deletion(current)


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "vpc_id": {"required": True},
        "state": STATE,
        "service": {},
        "type": {"choices": ["Gateway", "Interface"], "default": "Gateway"},
        "route_table_ids": {"type": "list", "elements": "str"},
        "subnet_ids": {"type": "list", "elements": "str"},
        "security_group_ids": {"type": "list", "elements": "str"},
        "private_dns_enabled": {"type": "bool"},
        "policy": {"type": "json"},
        **TAGS,
        **wait_options(600),
    }
    VpcEndpoint(AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
