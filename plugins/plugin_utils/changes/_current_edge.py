# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the writes of load balancers, WAF and CloudFront change: rows of the table of writes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current_tags
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import ABSENT, PRESENT, Change
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part, Row, Rule

_BALANCER: Final[dict[str, Any]] = {"read": "DescribeLoadBalancers", "ask": {"LoadBalancerArns": "[LoadBalancerArn]"}}


def _attributes(read: str, key: str) -> Rule:
    """Return a rule about attributes, each a property of its own."""

    def rule(reader: Any, given: Mapping[str, Any]) -> Iterator[Change]:
        found = reader(read, **{key: given[key]}).get("Attributes") or []
        current = {each["Key"]: each["Value"] for each in found}
        for each in given["Attributes"]:
            if current.get(each["Key"]) != each["Value"]:
                yield Change(f"attributes.{each['Key']}", current.get(each["Key"], ABSENT), each["Value"])

    return rule


def _tags_of(reader: Any, given: Mapping[str, Any]) -> dict[str, str]:
    described = reader("DescribeTags", ResourceArns=given["ResourceArns"][:1]).get("TagDescriptions") or [{}]
    return _current_tags.mapping(described[0].get("Tags"))


def _tagged(reader: Any, given: Mapping[str, Any]) -> Iterator[Change]:
    yield from _current_tags.differing(_tags_of(reader, given), _current_tags.mapping(given["Tags"]))


def _untagged(reader: Any, given: Mapping[str, Any]) -> Iterator[Change]:
    yield from _current_tags.removed(_tags_of(reader, given), list(given["TagKeys"]))


def _logging(reader: Any, given: Mapping[str, Any]) -> Iterator[Change]:
    """Yield where a web ACL logs, and what it leaves out: WAF takes both at once."""
    new = given["LoggingConfiguration"]
    current = reader("GetLoggingConfiguration", ResourceArn=new["ResourceArn"]).get("LoggingConfiguration") or {}
    for name, key in (("log_destination_configs", "LogDestinationConfigs"), ("redacted_fields", "RedactedFields")):
        if (current.get(key) or []) != (new.get(key) or []):
            yield Change(name, current.get(key, ABSENT), new.get(key, ABSENT))


def _certificates(joins: bool) -> Rule:
    """Return the rule for the further certificates of a listener."""

    def rule(reader: Any, given: Mapping[str, Any]) -> Iterator[Change]:
        listed = reader("DescribeListenerCertificates", all_pages=True, ListenerArn=given["ListenerArn"]).get("Certificates") or []
        there = {each["CertificateArn"] for each in listed}
        for arn in (each["CertificateArn"] for each in given["Certificates"]):
            if (arn in there) is not joins:
                yield Change(f"certificate {arn}", ABSENT if joins else PRESENT, PRESENT if joins else ABSENT)

    return rule


def _policy(noun: str) -> Part:
    config = f"{noun}Config"
    return Part(name="", read=f"Get{noun}", ask={"Id": "Id"}, current=f"{noun}.{config}", new=config)


ROWS: Final[dict[str, Row]] = {
    "cloudfront:UpdateCachePolicy": _policy("CachePolicy"),
    "cloudfront:UpdateDistribution": Part(
        name="", read="GetDistributionConfig", ask={"Id": "Id"}, current="DistributionConfig", new="DistributionConfig"
    ),
    "cloudfront:UpdateOriginAccessControl": _policy("OriginAccessControl"),
    "cloudfront:UpdateResponseHeadersPolicy": _policy("ResponseHeadersPolicy"),
    "elbv2:AddListenerCertificates": _certificates(joins=True),
    "elbv2:AddTags": _tagged,
    "elbv2:ModifyListener": Fields(
        read="DescribeListeners", ask={"ListenerArns": "[ListenerArn]"}, current="Listeners[0]", apart=frozenset({"ListenerArn"})
    ),
    "elbv2:ModifyLoadBalancerAttributes": _attributes("DescribeLoadBalancerAttributes", "LoadBalancerArn"),
    "elbv2:ModifyRule": Fields(
        read="DescribeRules", ask={"RuleArns": "[RuleArn]"}, current="Rules[0]", apart=frozenset({"RuleArn", "ResetTransforms"})
    ),
    "elbv2:ModifyTargetGroup": Fields(
        read="DescribeTargetGroups",
        ask={"TargetGroupArns": "[TargetGroupArn]"},
        current="TargetGroups[0]",
        apart=frozenset({"TargetGroupArn"}),
    ),
    "elbv2:ModifyTargetGroupAttributes": _attributes("DescribeTargetGroupAttributes", "TargetGroupArn"),
    "elbv2:RemoveListenerCertificates": _certificates(joins=False),
    "elbv2:RemoveTags": _untagged,
    "elbv2:SetIpAddressType": Part(name="ip_address_type", **_BALANCER, current="LoadBalancers[0].IpAddressType", new="IpAddressType"),
    "elbv2:SetSecurityGroups": Part(name="security_groups", **_BALANCER, current="LoadBalancers[0].SecurityGroups", new="SecurityGroups"),
    "elbv2:SetSubnets": Part(name="subnets", **_BALANCER, current="LoadBalancers[0].AvailabilityZones[].SubnetId", new="Subnets"),
    "wafv2:AssociateWebACL": Part(
        name="web_acl", read="GetWebACLForResource", ask={"ResourceArn": "ResourceArn"}, current="WebACL.ARN", new="WebACLArn"
    ),
    "wafv2:DisassociateWebACL": Part(name="web_acl", read="GetWebACLForResource", ask={"ResourceArn": "ResourceArn"}, current="WebACL.ARN"),
    "wafv2:PutLoggingConfiguration": _logging,
    "wafv2:UpdateWebACL": Fields(
        read="GetWebACL",
        ask={"Name": "Name", "Scope": "Scope", "Id": "Id"},
        current="WebACL",
        apart=frozenset({"Name", "Scope", "Id", "LockToken"}),
    ),
}
