# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules, trust and key policies: the filters of the security layer."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.iam_program_statements import iam_program_statements
from ansible_collections.stratum.aws.plugins.filter.iam_trust_policy import iam_trust_policy
from ansible_collections.stratum.aws.plugins.filter.kms_key_policy import kms_key_policy
from ansible_collections.stratum.aws.plugins.filter.security_rules import security_rules

IDS = {"nodes": "sg-1", "database": "sg-2"}


def test_names_of_groups_become_ids() -> None:
    rule = {"ports": [5432], "groups": ["nodes", "self", "sg-9"], "description": "PostgreSQL"}
    assert security_rules([rule], IDS, own_name="database") == [
        {"proto": "tcp", "ports": ["5432"], "rule_desc": "PostgreSQL", "group_id": ["sg-1", "sg-2", "sg-9"]}
    ]


def test_every_kind_of_source_gets_a_rule_of_its_own() -> None:
    rule = {"from_port": 80, "cidrs": ["0.0.0.0/0"], "ipv6_cidrs": ["::/0"], "prefix_lists": ["s3"], "groups": None}
    shared = {"proto": "tcp", "from_port": 80, "to_port": 80}
    assert security_rules([rule], IDS, {"s3": "pl-1"}) == [
        {**shared, "cidr_ip": ["0.0.0.0/0"]},
        {**shared, "cidr_ipv6": ["::/0"]},
        {**shared, "ip_prefix": ["pl-1"]},
    ]


@pytest.mark.parametrize(
    ("rule", "ports"),
    [
        ({"protocol": "all", "ports": [1]}, {}),
        ({"protocol": "-1"}, {}),
        ({"protocol": "udp"}, {"from_port": 0, "to_port": 65535}),
        ({"protocol": "icmp"}, {"icmp_type": -1, "icmp_code": -1}),
        ({"protocol": "icmp", "icmp_type": 8, "icmp_code": 0}, {"icmp_type": 8, "icmp_code": 0}),
        ({"protocol": 50}, {}),
        ({"from_port": 1, "to_port": 2}, {"from_port": 1, "to_port": 2}),
    ],
)
def test_ports(rule: dict[str, object], ports: dict[str, object]) -> None:
    (written,) = security_rules([{**rule, "cidrs": ["10.0.0.0/8"]}])
    assert written == {"proto": str(rule.get("protocol", "tcp")), "cidr_ip": ["10.0.0.0/8"], **ports}


@pytest.mark.parametrize("source", [{"groups": ["web"]}, {"prefix_lists": ["web"]}])
def test_a_name_that_nobody_has_is_an_error(source: dict[str, list[str]]) -> None:
    with pytest.raises(AnsibleFilterError, match="'web'"):
        security_rules([source], IDS, own_name="database")


def test_a_rule_for_nobody_is_no_rule() -> None:
    assert security_rules([{"ports": [80]}]) == []


def test_services_are_trusted() -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}
    assert iam_trust_policy({"services": ["ec2.amazonaws.com"]})["Statement"] == [statement]
    assert iam_trust_policy({"services": ["a", "b"]})["Statement"][0]["Principal"] == {"Service": ["a", "b"]}


def test_people_sign_in_with_a_second_factor() -> None:
    (statement,) = iam_trust_policy({"principals": ["self"], "require_mfa": True, "external_id": "x"}, "123456789012", "aws-cn")[
        "Statement"
    ]
    assert statement["Principal"] == {"AWS": "arn:aws-cn:iam::123456789012:root"}
    assert statement["Condition"] == {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "StringEquals": {"sts:ExternalId": "x"}}


def test_principals_need_no_condition() -> None:
    (statement,) = iam_trust_policy({"principals": ["arn:aws:iam::1:user/a", "self"]}, "2")["Statement"]
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::1:user/a", "arn:aws:iam::2:root"]}
    assert "Condition" not in statement


def test_a_whole_trust_policy_wins() -> None:
    assert iam_trust_policy({"services": ["a"], "trust_policy": {"Statement": []}}) == {"Statement": []}


def test_the_account_governs_a_key() -> None:
    (statement,) = kms_key_policy([], "123456789012")["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::123456789012:root"}
    assert statement["Action"] == "kms:*"


@pytest.mark.parametrize(("services", "principal"), [(["a"], "a"), (["a", "b"], ["a", "b"])])
def test_services_use_a_key(services: list[str], principal: object) -> None:
    statement = kms_key_policy(services, "1")["Statement"][1]
    assert statement["Principal"] == {"Service": principal}
    assert "kms:Decrypt" in statement["Action"]
    assert "kms:*" not in statement["Action"]


def test_a_program_may_use_the_objects_of_its_buckets_and_not_the_buckets() -> None:
    further = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    buckets, objects, last = iam_program_statements({"buckets": ["one", "two"], "statements": [further]}, "aws-cn")
    assert buckets["Resource"] == ["arn:aws-cn:s3:::one", "arn:aws-cn:s3:::two"]
    assert objects["Resource"] == ["arn:aws-cn:s3:::one/*", "arn:aws-cn:s3:::two/*"]
    assert last == further
    actions = {action for statement in (buckets, objects) for action in statement["Action"]}
    assert not [action for action in actions if "*" in action or "Policy" in action or "Version" in action or "DeleteBucket" in action]
    assert iam_program_statements({"user": "a", "statements": [further]}) == [further]


def test_a_program_that_may_do_nothing_is_an_error() -> None:
    with pytest.raises(AnsibleFilterError, match="the user files of security_access_keys may do nothing"):
        iam_program_statements({"user": "files", "buckets": []})
