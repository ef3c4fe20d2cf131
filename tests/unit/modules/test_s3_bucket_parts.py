# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the parts of a bucket's configuration are written in S3's form and compared."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._s3_bucket_part import same
from ansible_collections.stratum.aws.plugins.modules.s3_bucket_lifecycle import from_rule, to_filter, to_rule
from ansible_collections.stratum.aws.plugins.modules.s3_bucket_notifications import from_configuration, to_configuration
from ansible_collections.stratum.aws.plugins.modules.s3_bucket_policy import policy_document

Document = dict[str, Any]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([], [], True),
        ([{"a": [1, 2]}, {"b": 1}], [{"b": 1}, {"a": [2, 1]}], True),
        ([{"a": 1}], [{"a": 1}, {"a": 1}], False),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}, True),
        ({"a": 1}, {"a": 2}, False),
        (None, [], False),
        ("a", "a", True),
    ],
)
def test_the_order_of_lists_says_nothing(first: Any, second: Any, expected: bool) -> None:
    assert same(first, second) is expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"Prefix": ""}),
        ({"prefix": "tmp/"}, {"Prefix": "tmp/"}),
        ({"tags": {"keep": "no"}}, {"Tag": {"Key": "keep", "Value": "no"}}),
        ({"tags": {"b": 1, "a": 2}}, {"And": {"Tags": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "1"}]}}),
        ({"object_size_less_than": 5}, {"ObjectSizeLessThan": 5}),
        (
            {"prefix": "tmp/", "object_size_greater_than": 1, "object_size_less_than": 9},
            {"And": {"Prefix": "tmp/", "ObjectSizeGreaterThan": 1, "ObjectSizeLessThan": 9}},
        ),
        ({"prefix": "tmp/", "tags": {"a": "b"}}, {"And": {"Prefix": "tmp/", "Tags": [{"Key": "a", "Value": "b"}]}}),
    ],
)
def test_a_filter(options: Document, expected: Document) -> None:
    assert to_filter(options) == expected


def test_a_rule_has_what_is_set_and_nothing_else() -> None:
    assert to_rule({"id": "x", "expiration_days": 3}) == {
        "ID": "x",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Days": 3},
    }
    full = to_rule(
        {
            "id": "x",
            "enabled": False,
            "noncurrent_transitions": [{"days": 30, "storage_class": "GLACIER", "newer_versions": 2}],
            "noncurrent_expiration_days": 90,
            "noncurrent_newer_versions": 3,
            "abort_incomplete_multipart_upload_days": 7,
            "expired_object_delete_marker": True,
        }
    )
    assert full["Status"] == "Disabled"
    assert full["NoncurrentVersionTransitions"] == [{"NoncurrentDays": 30, "StorageClass": "GLACIER", "NewerNoncurrentVersions": 2}]
    assert full["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90, "NewerNoncurrentVersions": 3}
    assert full["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert full["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    assert "Transitions" not in full


def test_rules_that_others_wrote_take_the_same_form() -> None:
    assert from_rule({"ID": "x", "Prefix": "tmp/"}) == {"ID": "x", "Filter": {"Prefix": "tmp/"}}
    assert from_rule({"ID": "x", "Filter": {}}) == {"ID": "x", "Filter": {"Prefix": ""}}
    tags = [{"Key": "b", "Value": "1"}, {"Key": "a", "Value": "2"}]
    assert from_rule({"Filter": {"And": {"Prefix": "p", "Tags": tags}}})["Filter"]["And"]["Tags"] == tags[::-1]


def test_notifications_go_there_and_back() -> None:
    options = [
        {"id": "t", "arn": "arn:aws:sns:us-east-1:1:t", "events": ["e"]},
        {"id": "q", "arn": "arn:aws:sqs:us-east-1:1:q", "events": ["e"], "prefix": "in/", "suffix": ".jpg"},
        {"id": "f", "arn": "arn:aws:lambda:us-east-1:1:function:f", "events": ["e"]},
    ]
    configuration = to_configuration(options, event_bridge=True)
    assert set(configuration) == {
        "EventBridgeConfiguration",
        "TopicConfigurations",
        "QueueConfigurations",
        "LambdaFunctionConfigurations",
    }
    assert from_configuration(configuration) == {"notifications": options, "event_bridge": True}
    assert from_configuration({}) == {"notifications": [], "event_bridge": False}


def test_a_policy_is_made_of_tls_and_statements() -> None:
    assert policy_document("b", "aws", False, []) is None
    document = policy_document("b", "aws-cn", True, [{"Sid": "S", "Principal": "*", "Action": "s3:Get*"}])
    assert document is not None
    tls, own = document["Statement"]
    assert tls["Resource"] == ["arn:aws-cn:s3:::b", "arn:aws-cn:s3:::b/*"]
    assert own == {"Effect": "Allow", "Resource": tls["Resource"], "Sid": "S", "Principal": "*", "Action": "s3:Get*"}
    document = policy_document("b", "aws", False, [{"Effect": "Deny", "NotResource": "x"}])
    assert document is not None
    assert document["Statement"] == [{"Effect": "Deny", "NotResource": "x"}]
