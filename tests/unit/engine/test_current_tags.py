# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change of tags, in every form that services have for them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, SENSITIVE

from tests.unit.engine.answering import service_model, told

TAGS_NOW = {"Name": "old", "gone": "x"}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS_NOW.items()]


@pytest.mark.parametrize(
    ("service", "tag", "untag", "named", "new", "gone", "answer"),
    [
        ("sns", "TagResource", "UntagResource", {"ResourceArn": "a"}, "Tags", "TagKeys", {"ListTagsForResource": {"Tags": PAIRS}}),
        ("cloudwatch", "TagResource", "UntagResource", {"ResourceARN": "a"}, "Tags", "TagKeys", {"ListTagsForResource": {"Tags": PAIRS}}),
        ("eks", "TagResource", "UntagResource", {"resourceArn": "a"}, "tags", "tagKeys", {"ListTagsForResource": {"tags": TAGS_NOW}}),
        ("logs", "TagResource", "UntagResource", {"resourceArn": "a"}, "tags", "tagKeys", {"ListTagsForResource": {"tags": TAGS_NOW}}),
        (
            "kms",
            "TagResource",
            "UntagResource",
            {"KeyId": "k"},
            "Tags",
            "TagKeys",
            {"ListResourceTags": {"Tags": [{"TagKey": key, "TagValue": value} for key, value in TAGS_NOW.items()]}},
        ),
        (
            "rds",
            "AddTagsToResource",
            "RemoveTagsFromResource",
            {"ResourceName": "a"},
            "Tags",
            "TagKeys",
            {"ListTagsForResource": {"TagList": PAIRS}},
        ),
        (
            "elasticache",
            "AddTagsToResource",
            "RemoveTagsFromResource",
            {"ResourceName": "a"},
            "Tags",
            "TagKeys",
            {"ListTagsForResource": {"TagList": PAIRS}},
        ),
        (
            "acm",
            "AddTagsToCertificate",
            "RemoveTagsFromCertificate",
            {"CertificateArn": "a" * 20},
            "Tags",
            "Tags",
            {"ListTagsForCertificate": {"Tags": PAIRS}},
        ),
        ("iam", "TagRole", "UntagRole", {"RoleName": "r"}, "Tags", "TagKeys", {"ListRoleTags": {"Tags": PAIRS}}),
        ("iam", "TagPolicy", "UntagPolicy", {"PolicyArn": "a" * 20}, "Tags", "TagKeys", {"ListPolicyTags": {"Tags": PAIRS}}),
        (
            "iam",
            "TagOpenIDConnectProvider",
            "UntagOpenIDConnectProvider",
            {"OpenIDConnectProviderArn": "a" * 20},
            "Tags",
            "TagKeys",
            {"ListOpenIDConnectProviderTags": {"Tags": PAIRS}},
        ),
        (
            "iam",
            "TagInstanceProfile",
            "UntagInstanceProfile",
            {"InstanceProfileName": "p"},
            "Tags",
            "TagKeys",
            {"ListInstanceProfileTags": {"Tags": PAIRS}},
        ),
        ("secretsmanager", "TagResource", "UntagResource", {"SecretId": "s"}, "Tags", "TagKeys", {"DescribeSecret": {"Tags": PAIRS}}),
        (
            "route53",
            "ChangeTagsForResource",
            "ChangeTagsForResource",
            {"ResourceType": "hostedzone", "ResourceId": "z"},
            "AddTags",
            "RemoveTagKeys",
            {"ListTagsForResource": {"ResourceTagSet": {"Tags": PAIRS}}},
        ),
        (
            "ssm",
            "AddTagsToResource",
            "RemoveTagsFromResource",
            {"ResourceType": "Parameter", "ResourceId": "p"},
            "Tags",
            "TagKeys",
            {"ListTagsForResource": {"TagList": PAIRS}},
        ),
        (
            "ec2",
            "CreateTags",
            "DeleteTags",
            {"Resources": ["vpc-1"]},
            "Tags",
            "Tags",
            {"DescribeTags": {"Tags": [{**pair, "ResourceId": "vpc-1"} for pair in PAIRS]}},
        ),
    ],
)
def test_tags_of_every_form(service: str, tag: str, untag: str, named: dict[str, Any], new: str, gone: str, answer: dict[str, Any]) -> None:
    shape = service_model(service).operation_model(tag).input_shape.members[new]
    wanted: Any = {"Name": "new", "added": "y"}
    if shape.type_name == "list":
        key, value = shape.member.members
        wanted = [{key: name, value: text} for name, text in wanted.items()]
    assert told(service, tag, {**named, new: wanted}, **answer) == {"tags.Name": ("old", "new"), "tags.added": (ABSENT, "y")}
    leaving: Any = ["gone", "never there"]
    if service_model(service).operation_model(untag).input_shape.members[gone].member.type_name == "structure":
        leaving = [{"Key": name} for name in leaving]
    assert told(service, untag, {**named, gone: leaving}, **answer) == {"tags.gone": ("x", ABSENT)}


def test_tags_that_a_service_takes_for_secrets() -> None:
    assert told("backup", "TagResource", {"ResourceArn": "a", "Tags": {"Name": "new"}}) == {"tags": (SENSITIVE, SENSITIVE)}
    assert told("backup", "UntagResource", {"ResourceArn": "a", "TagKeyList": ["Name"]}) == {"tags": (SENSITIVE, SENSITIVE)}


def test_tags_of_several_resources_are_told_apart() -> None:
    answer = {"Tags": [{"ResourceId": "a", "Key": "Name", "Value": "x"}]}
    parameters = {"Resources": ["a", "b"], "Tags": [{"Key": "Name", "Value": "x"}]}
    assert told("ec2", "CreateTags", parameters, DescribeTags=answer) == {"b tags.Name": (ABSENT, "x")}
