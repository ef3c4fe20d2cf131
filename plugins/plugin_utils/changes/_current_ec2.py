# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What EC2's writes change: rules, routes, associations and tags, said as a person would say them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current_tags
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import ABSENT, PRESENT, Change, Manner, compare
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Rule

Given = Mapping[str, Any]
_PROTOCOLS: Final = {"-1": "all", "1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
_SOURCES: Final = (
    ("IpRanges", "CidrIp"),
    ("Ipv6Ranges", "CidrIpv6"),
    ("PrefixListIds", "PrefixListId"),
    ("UserIdGroupPairs", "GroupId"),
)


def _first(items: Any) -> Any:
    return (items or [{}])[0]


def _traffic(protocol: Any, first: Any, last: Any) -> str:
    name = _PROTOCOLS.get(str(protocol), str(protocol))
    if first is None or name == "all" or (first, last) in ((-1, -1), (0, 65535)):
        return name
    return f"{name} {first}" if first == last or last in (None, -1) else f"{name} {first}-{last}"


def _rules(direction: str, permissions: Iterable[Given]) -> dict[str, str]:
    """Return the rules of permissions by what they say, with their descriptions."""
    found = {}
    for permission in permissions:
        traffic = _traffic(permission.get("IpProtocol"), permission.get("FromPort"), permission.get("ToPort"))
        for sources, name in _SOURCES:
            for source in permission.get(sources) or []:
                towards = "from" if direction == "ingress" else "to"
                origin = source.get(name) or source.get("GroupName", "")
                found[f"{direction} {traffic} {towards} {origin}"] = source.get("Description") or PRESENT
    return found


def _given_rules(direction: str, given: Given) -> dict[str, str]:
    if given.get("IpPermissions"):
        return _rules(direction, given["IpPermissions"])
    ranges = {"IpRanges": [{"CidrIp": given["CidrIp"]}]} if "CidrIp" in given else {}
    groups = {"UserIdGroupPairs": [{"GroupName": given["SourceSecurityGroupName"]}]} if "SourceSecurityGroupName" in given else {}
    return _rules(direction, [{**given, **ranges, **groups}])


def _group_rules(read: Reader, direction: str, given: Given) -> dict[str, str]:
    name: dict[str, Any] = {"GroupIds": [given["GroupId"]]} if given.get("GroupId") else {"GroupNames": [given["GroupName"]]}
    group = _first(read("DescribeSecurityGroups", **name).get("SecurityGroups"))
    return _rules(direction, group.get("IpPermissionsEgress" if direction == "egress" else "IpPermissions") or [])


def _authorize(direction: str) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        current = _group_rules(read, direction, given)
        for name, description in _given_rules(direction, given).items():
            if name not in current:
                yield Change(name, ABSENT, description)

    return rule


def _revoke(direction: str) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        if given.get("SecurityGroupRuleIds"):
            answer = read("DescribeSecurityGroupRules", SecurityGroupRuleIds=given["SecurityGroupRuleIds"])
            for each in answer.get("SecurityGroupRules", []):
                yield from (Change(name, description, ABSENT) for name, description in _rule_by_id(direction, each).items())
            return
        current = _group_rules(read, direction, given)
        for name in _given_rules(direction, given):
            if name in current:
                yield Change(name, current[name], ABSENT)

    return rule


def _rule_by_id(direction: str, rule: Given) -> dict[str, str]:
    described = {"Description": rule.get("Description")}
    permission = {
        **rule,
        "IpRanges": [{"CidrIp": rule["CidrIpv4"], **described}] if rule.get("CidrIpv4") else [],
        "Ipv6Ranges": [{"CidrIpv6": rule["CidrIpv6"], **described}] if rule.get("CidrIpv6") else [],
        "PrefixListIds": [{"PrefixListId": rule["PrefixListId"], **described}] if rule.get("PrefixListId") else [],
        "UserIdGroupPairs": [{**rule["ReferencedGroupInfo"], **described}] if rule.get("ReferencedGroupInfo") else [],
    }
    return _rules(direction, [permission])


def _describe_rules(direction: str) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        current = _group_rules(read, direction, given)
        for name, description in _given_rules(direction, given).items():
            yield from compare(current.get(name, ABSENT), description, f"{name} description", Manner())

    return rule


def _vpc_attribute(read: Reader, given: Given) -> Iterator[Change]:
    names = {"EnableDnsSupport": "enableDnsSupport", "EnableDnsHostnames": "enableDnsHostnames"}
    names["EnableNetworkAddressUsageMetrics"] = "enableNetworkAddressUsageMetrics"
    words = {"EnableDnsSupport": "enable_dns_support", "EnableDnsHostnames": "enable_dns_hostnames"}
    for key, attribute in names.items():
        if key in given:
            answer = read("DescribeVpcAttribute", VpcId=given["VpcId"], Attribute=attribute)
            yield from compare(answer.get(key, ABSENT), given[key], words.get(key, "enable_network_address_usage_metrics"), Manner())


def _resource_tags(read: Reader, given: Given) -> Iterator[tuple[str, dict[str, str]]]:
    resources = given["Resources"]
    answer = read("DescribeTags", all_pages=True, Filters=[{"Name": "resource-id", "Values": list(resources)}])
    for resource in resources:
        own = [tag for tag in answer.get("Tags", []) if tag.get("ResourceId") == resource]
        yield ("" if len(resources) == 1 else f"{resource} "), _current_tags.mapping(own)


def _create_tags(read: Reader, given: Given) -> Iterator[Change]:
    for prefix, current in _resource_tags(read, given):
        yield from _current_tags.differing(current, _current_tags.mapping(given.get("Tags")), prefix)


def _delete_tags(read: Reader, given: Given) -> Iterator[Change]:
    for prefix, current in _resource_tags(read, given):
        # A tag that is given with a value goes only where it has that value; without keys all tags go.
        gone = [tag["Key"] for tag in given.get("Tags") or [] if tag.get("Value", current.get(tag["Key"])) == current.get(tag["Key"])]
        yield from _current_tags.removed(current, gone if given.get("Tags") else list(current), prefix)


_DESTINATIONS: Final = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_NOT_TARGETS: Final = frozenset({*_DESTINATIONS, "RouteTableId", "DryRun", "LocalTarget", "Origin", "State", "InstanceOwnerId"})


def _target(route: Given) -> Any:
    if route.get("LocalTarget"):
        return "local"
    targets = {key: value for key, value in route.items() if key not in _NOT_TARGETS and value}
    # `GatewayId` is also what the endpoint of a gateway is answered as.
    targets = {("GatewayId" if key == "VpcEndpointId" else key): value for key, value in targets.items()}
    # An instance is answered with its network interface as well.
    return targets.get("InstanceId") or next(iter(targets.values()), ABSENT)


def _route(read: Reader, given: Given) -> Iterator[Change]:
    table = _first(read("DescribeRouteTables", RouteTableIds=[given["RouteTableId"]]).get("RouteTables"))
    key = [key for key in _DESTINATIONS if given.get(key)][0]  # noqa: RUF015 (a generator must not raise StopIteration)
    names = (key, "DestinationPrefixListId") if key == "DestinationPrefixListId" else (key,)
    current: Given = next((route for route in table.get("Routes") or [] if any(route.get(name) == given[key] for name in names)), {})
    yield from compare(_target(current), _target(given), f"route {given[key]}", Manner())


def _associated(read: Reader, name: str, value: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the route table and the association that a filter finds."""
    tables = read("DescribeRouteTables", Filters=[{"Name": name, "Values": [value]}]).get("RouteTables") or []
    field = "SubnetId" if name == "association.subnet-id" else "RouteTableAssociationId"
    for table in tables:
        for association in table.get("Associations") or []:
            if association.get(field) == value:
                return table, association
    return {}, {}


def _associate_table(read: Reader, given: Given) -> Iterator[Change]:
    if given.get("SubnetId"):
        table, _association = _associated(read, "association.subnet-id", given["SubnetId"])
        yield from compare(table.get("RouteTableId", ABSENT), given["RouteTableId"], f"route table of {given['SubnetId']}", Manner())
    else:
        yield Change(f"route table of {given['GatewayId']}", ABSENT, given["RouteTableId"])


def _change_table(read: Reader, given: Given) -> Iterator[Change]:
    table, association = _associated(read, "association.route-table-association-id", given["AssociationId"])
    of = association.get("SubnetId") or association.get("GatewayId") or "the VPC"
    yield from compare(table.get("RouteTableId", ABSENT), given.get("RouteTableId", ABSENT), f"route table of {of}", Manner())


def _entry(entry: Given) -> Any:
    """Return a rule of a network ACL as a sentence."""
    if not entry.get("RuleAction"):
        return ABSENT
    ports = entry.get("PortRange") or {}
    block = entry.get("CidrBlock") or entry.get("Ipv6CidrBlock")
    icmp = entry.get("IcmpTypeCode")
    traffic = _traffic(entry.get("Protocol"), ports.get("From"), ports.get("To"))
    kind = f" type {icmp.get('Type')} code {icmp.get('Code')}" if icmp and "icmp" in traffic else ""
    return f"{entry['RuleAction']} {traffic}{kind} {'to' if entry.get('Egress') else 'from'} {block}"


def _acl_entry(read: Reader, given: Given) -> Iterator[Change]:
    acl = _first(read("DescribeNetworkAcls", NetworkAclIds=[given["NetworkAclId"]]).get("NetworkAcls"))
    key = (given["RuleNumber"], bool(given.get("Egress")))
    current: Given = next((each for each in acl.get("Entries") or [] if (each.get("RuleNumber"), bool(each.get("Egress"))) == key), {})
    name = f"{'egress' if key[1] else 'ingress'} rule {key[0]}"
    yield from compare(_entry(current), _entry(given), name, Manner())


def _acl_association(read: Reader, given: Given) -> Iterator[Change]:
    wanted = given["AssociationId"]
    acls = read("DescribeNetworkAcls", Filters=[{"Name": "association.association-id", "Values": [wanted]}]).get("NetworkAcls") or []
    found: Given = next((each for acl in acls for each in acl.get("Associations", []) if each.get("NetworkAclAssociationId") == wanted), {})
    name = f"network ACL of {found.get('SubnetId', wanted)}"
    yield from compare(found.get("NetworkAclId", ABSENT), given["NetworkAclId"], name, Manner())


def _endpoint(read: Reader, given: Given) -> Iterator[Change]:
    current = _first(read("DescribeVpcEndpoints", VpcEndpointIds=[given["VpcEndpointId"]]).get("VpcEndpoints"))
    groups = [group["GroupId"] for group in current.get("Groups") or []]
    lists = {"SubnetIds": current.get("SubnetIds"), "RouteTableIds": current.get("RouteTableIds"), "SecurityGroupIds": groups}
    for key, word in (("SubnetIds", "subnet_ids"), ("RouteTableIds", "route_table_ids"), ("SecurityGroupIds", "security_group_ids")):
        old = lists[key] or []
        new = [each for each in old if each not in given.get(f"Remove{key}", [])]
        new += [each for each in given.get(f"Add{key}", []) if each not in new]
        yield from compare(old, new, word, Manner())
    if given.get("ResetPolicy"):
        yield from compare(current.get("PolicyDocument", ABSENT), _FULL_ACCESS, "policy_document", Manner())
    elif "PolicyDocument" in given:
        yield from compare(current.get("PolicyDocument", ABSENT), given["PolicyDocument"], "policy_document", Manner())
    for key, word in (("PrivateDnsEnabled", "private_dns_enabled"), ("IpAddressType", "ip_address_type"), ("DnsOptions", "dns_options")):
        if key in given:
            yield from compare(current.get(key, ABSENT), given[key], word, Manner(whole=False))


_FULL_ACCESS: Final = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def _block(blocks: str, disassociate: bool) -> Rule:
    """Return the rule for address blocks of VPCs and subnets."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        if not disassociate:
            block = given.get("CidrBlock") or given.get("Ipv6CidrBlock") or "from Amazon"
            yield Change(f"{'IPv6 ' if 'CidrBlock' not in given else ''}address block {block}", ABSENT, PRESENT)
            return
        wanted = given["AssociationId"]
        for kind, key in (("", "CidrBlock"), ("ipv6-", "Ipv6CidrBlock")):
            if blocks == "Subnets" and not kind:
                continue
            name = f"{kind}cidr-block-association.association-id"
            owner = _first(read(f"Describe{blocks}", Filters=[{"Name": name, "Values": [wanted]}]).get(blocks))
            found = next((each for each in owner.get(f"{key}AssociationSet") or [] if each.get("AssociationId") == wanted), None)
            if found is not None:
                yield Change(f"{'IPv6 ' if kind else ''}address block {found[key]}", PRESENT, ABSENT)

    return rule


def _gateway(read: Reader, given: Given) -> Iterator[Change]:
    gateway = _first(read("DescribeInternetGateways", InternetGatewayIds=[given["InternetGatewayId"]]).get("InternetGateways"))
    yield from compare(_first(gateway.get("Attachments")).get("VpcId", ABSENT), given["VpcId"], "vpc_id", Manner())


def _detach_gateway(_read: Reader, given: Given) -> Iterator[Change]:
    yield Change("vpc_id", given["VpcId"], ABSENT)


def _propagation(read: Reader, given: Given) -> Iterator[Change]:
    table = _first(read("DescribeRouteTables", RouteTableIds=[given["RouteTableId"]]).get("RouteTables"))
    if given["GatewayId"] not in [each.get("GatewayId") for each in table.get("PropagatingVgws") or []]:
        yield Change(f"routes of {given['GatewayId']}", ABSENT, PRESENT)


def _template_version(read: Reader, given: Given) -> Iterator[Change]:
    named = {key: given[key] for key in ("LaunchTemplateId", "LaunchTemplateName") if given.get(key)}
    source = given.get("SourceVersion")
    answer = read("DescribeLaunchTemplateVersions", Versions=[str(source or "$Latest")], **named)
    latest = _first(answer.get("LaunchTemplateVersions"))
    shape = read.client.meta.service_model.operation_model("CreateLaunchTemplateVersion").input_shape.members["LaunchTemplateData"]
    # What a source version has and the new one does not name is taken over.
    manner = Manner(whole=not source)
    old, new = latest.get("LaunchTemplateData") or ABSENT, given["LaunchTemplateData"]
    yield from compare(old, new, "", manner, shape)


RULES: Final[dict[str, Rule]] = {
    "ec2:AssociateRouteTable": _associate_table,
    "ec2:AssociateSubnetCidrBlock": _block("Subnets", False),
    "ec2:AssociateVpcCidrBlock": _block("Vpcs", False),
    "ec2:AttachInternetGateway": _gateway,
    "ec2:AuthorizeSecurityGroupEgress": _authorize("egress"),
    "ec2:AuthorizeSecurityGroupIngress": _authorize("ingress"),
    "ec2:CreateLaunchTemplateVersion": _template_version,
    "ec2:CreateNetworkAclEntry": _acl_entry,
    "ec2:CreateRoute": _route,
    "ec2:CreateTags": _create_tags,
    "ec2:DeleteNetworkAclEntry": _acl_entry,
    "ec2:DeleteRoute": _route,
    "ec2:DeleteTags": _delete_tags,
    "ec2:DetachInternetGateway": _detach_gateway,
    "ec2:DisassociateRouteTable": _change_table,
    "ec2:DisassociateSubnetCidrBlock": _block("Subnets", True),
    "ec2:DisassociateVpcCidrBlock": _block("Vpcs", True),
    "ec2:EnableVgwRoutePropagation": _propagation,
    "ec2:ModifyVpcAttribute": _vpc_attribute,
    "ec2:ModifyVpcEndpoint": _endpoint,
    "ec2:ReplaceNetworkAclAssociation": _acl_association,
    "ec2:ReplaceNetworkAclEntry": _acl_entry,
    "ec2:ReplaceRoute": _route,
    "ec2:ReplaceRouteTableAssociation": _change_table,
    "ec2:RevokeSecurityGroupEgress": _revoke("egress"),
    "ec2:RevokeSecurityGroupIngress": _revoke("ingress"),
    "ec2:UpdateSecurityGroupRuleDescriptionsEgress": _describe_rules("egress"),
    "ec2:UpdateSecurityGroupRuleDescriptionsIngress": _describe_rules("ingress"),
}
