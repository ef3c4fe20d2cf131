# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change of the rules of security groups."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, PRESENT

from tests.unit.engine.answering import told

GROUP = {
    "GroupId": "sg-1",
    "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}]},
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "1"}]},
    ],
    "IpPermissionsEgress": [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
}
PORTS = {"IpProtocol": "tcp", "FromPort": 8000, "ToPort": 8010}


@pytest.mark.parametrize(
    ("operation", "permissions", "expected"),
    [
        (
            "AuthorizeSecurityGroupIngress",
            [{**PORTS, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "PrefixListIds": [{"PrefixListId": "pl-1", "Description": "CDN"}]}],
            {
                "ingress tcp 8000-8010 from 0.0.0.0/0": (ABSENT, PRESENT),
                "ingress tcp 8000-8010 from pl-1": (ABSENT, "CDN"),
            },
        ),
        (
            "RevokeSecurityGroupIngress",
            [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2"}]}],
            {"ingress all from sg-2": (PRESENT, ABSENT)},
        ),
        (
            "RevokeSecurityGroupEgress",
            [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
            {"egress all to ::/0": (PRESENT, ABSENT)},
        ),
        (
            "UpdateSecurityGroupRuleDescriptionsIngress",
            [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "home"}]}],
            {"ingress tcp 22 from 10.0.0.0/8 description": ("office", "home")},
        ),
        # What is there already is no change.
        (
            "AuthorizeSecurityGroupIngress",
            [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
            {},
        ),
    ],
)
def test_security_group_rules(operation: str, permissions: list[Any], expected: Any) -> None:
    parameters = {"GroupId": "sg-1", "IpPermissions": permissions}
    assert told("ec2", operation, parameters, DescribeSecurityGroups={"SecurityGroups": [GROUP]}) == expected


def test_a_security_group_rule_by_its_id() -> None:
    rule = {
        "SecurityGroupRuleId": "sgr-1",
        "IpProtocol": "udp",
        "FromPort": 53,
        "ToPort": 53,
        "CidrIpv4": "10.0.0.0/8",
        "Description": "DNS",
    }
    parameters = {"GroupId": "sg-1", "SecurityGroupRuleIds": ["sgr-1"]}
    assert told("ec2", "RevokeSecurityGroupEgress", parameters, DescribeSecurityGroupRules={"SecurityGroupRules": [rule]}) == {
        "egress udp 53 to 10.0.0.0/8": ("DNS", ABSENT)
    }
