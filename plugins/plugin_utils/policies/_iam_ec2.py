# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The statements for EC2, whose ids are all made up: what is created must be tagged, what is changed must be the stack's. Pure.

EC2 checks every resource of a call by itself. `CreateSubnet` needs a statement for the subnet, which gets its tags in the
call (`aws:RequestTag`), and one for the VPC, which has them (`aws:ResourceTag`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_resources import Scope
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_statements import Statement, statement
from ansible_collections.stratum.aws.plugins.plugin_utils.policies._iam_unscoped import UNSCOPED

CREATES: Final = {
    "AllocateAddress": "elastic-ip",
    "CreateCustomerGateway": "customer-gateway",
    "CreateDhcpOptions": "dhcp-options",
    "CreateEgressOnlyInternetGateway": "egress-only-internet-gateway",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateImage": "image",
    "CreateInternetGateway": "internet-gateway",
    "CreateKeyPair": "key-pair",
    "CreateLaunchTemplate": "launch-template",
    "CreateManagedPrefixList": "prefix-list",
    "CreateNatGateway": "natgateway",
    "CreateNetworkAcl": "network-acl",
    "CreateNetworkInterface": "network-interface",
    "CreatePlacementGroup": "placement-group",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSnapshot": "snapshot",
    "CreateSubnet": "subnet",
    "CreateTransitGateway": "transit-gateway",
    "CreateVolume": "volume",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
    "CreateVpcPeeringConnection": "vpc-peering-connection",
    "ImportKeyPair": "key-pair",
    "RunInstances": "instance",
}
"""The kind of resource that an operation creates, as its ARN names it."""

_KINDS: Final = {
    "acl": "network-acl",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
"""The kind of resource by the prefix of its id."""

_UNTAGGED: Final = {
    "AssociateAddress": ("network-interface",),
    "AttachNetworkInterface": ("network-interface",),
    "AuthorizeSecurityGroupEgress": ("security-group-rule",),
    "AuthorizeSecurityGroupIngress": ("security-group-rule",),
    "DeleteNetworkInterface": ("network-interface",),
    "DetachNetworkInterface": ("network-interface",),
    "DisassociateAddress": ("network-interface",),
    "ModifyNetworkInterfaceAttribute": ("network-interface",),
    "ModifySecurityGroupRules": ("security-group-rule",),
    "RunInstances": ("instance", "key-pair", "network-interface", "volume"),
}
"""What a call touches besides, and nobody has tagged."""

_OF_AWS: Final = {"RunInstances": ("image", "snapshot")}
"""What a call uses that belongs to no account."""


@dataclass(frozen=True)
class Fact:
    """A writing call to EC2; `tagged` says whether it sets the stack's tags."""

    operation: str
    parameters: Mapping[str, Any] | None
    tagged: bool


def kind_of(resource: str) -> str | None:
    """Return the kind of resource that has this id (`route-table` for `rtb-0123456789`); None for an unknown one."""
    return _KINDS.get(resource.partition("-")[0])


def statements(
    facts: Iterable[Fact], scope: Scope, requests: Mapping[str, str], owns: Mapping[str, str], stack_tag: str
) -> Iterator[Statement]:
    """Yield what the calls need; `requests` and `owns` are the conditions of tags that are set and that are there."""
    facts = list(facts)
    creating: dict[bool, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    retagged: set[str] = set()
    operations: set[str] = set()
    for fact in facts:
        operations.add(fact.operation)
        if kind := CREATES.get(fact.operation):
            wanted, resources = creating[fact.tagged]
            wanted.add(f"ec2:{fact.operation}")
            resources.add(_every(scope, kind))
        if fact.operation == "CreateTags":
            retagged |= _kinds((fact.parameters or {}).get("Resources"))
    for tagged, (wanted, resources) in sorted(creating.items()):
        yield statement(wanted, resources, {"StringEquals": requests} if tagged else {})
    changing = {f"ec2:{operation}" for operation in operations}
    yield statement(changing & UNSCOPED, "*", {"StringEquals": {"aws:RequestedRegion": [scope.region]}})
    changing -= UNSCOPED
    if changing:
        yield statement(changing, {scope.arn("ec2:{region}:{account}:*/*")}, {"StringEquals": owns})
    tagging = sorted(fact.operation for fact in facts if fact.operation in CREATES and fact.tagged)
    if tagging:
        condition: dict[str, Mapping[str, Any]] = {"StringEquals": {"ec2:CreateAction": sorted(set(tagging))}}
        yield statement({"ec2:CreateTags"}, {scope.arn("ec2:{region}:{account}:*/*")}, condition)
    if "CreateTags" in operations:
        # What comes with a VPC (its default group, table and list) has no tags yet; what bears another stack's is not for taking.
        condition = {"StringEquals": requests, "Null": {f"aws:ResourceTag/{stack_tag}": "true"}}
        yield statement({"ec2:CreateTags"}, {_every(scope, kind) for kind in retagged or {"*"}}, condition)
    yield from _besides(operations, scope)


def along(wanted: set[str], scope: Scope, owns: Mapping[str, str]) -> Iterator[Statement]:
    """Yield what other services' calls need of EC2: on the stack's own resources, and on untagged ones where there must be."""
    operations = {action.partition(":")[2] for action in wanted}
    if wanted:
        yield statement(wanted, {scope.arn("ec2:{region}:{account}:*/*")}, {"StringEquals": owns})
    if interfaces := wanted & {"ec2:CreateNetworkInterface"}:
        yield statement(interfaces, {_every(scope, "network-interface")}, {})
    yield from _besides(operations, scope)


def _besides(operations: set[str], scope: Scope) -> Iterator[Statement]:
    for operation in sorted(operations & {*_UNTAGGED, *_OF_AWS}):
        yield statement({f"ec2:{operation}"}, {_every(scope, kind) for kind in _UNTAGGED.get(operation, ())}, {})
        yield statement({f"ec2:{operation}"}, {scope.arn("ec2:{region}::{value}/*", kind) for kind in _OF_AWS.get(operation, ())}, {})


def _every(scope: Scope, kind: str) -> str:
    return scope.arn("ec2:{region}:{account}:{value}/*", kind)


def _kinds(ids: Any) -> set[str]:
    return {kind_of(str(each)) or "*" for each in ids} if isinstance(ids, list) else set()
