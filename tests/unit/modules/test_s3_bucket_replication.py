# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of a bucket's replication in our form and in S3's."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.s3_bucket_replication import read_rule, wanted_rules, write_rule

RULE: dict[str, Any] = {
    "id": "all",
    "enabled": True,
    "priority": None,
    "prefix": "",
    "tags": None,
    "destination_bucket": "copy",
    "storage_class": None,
    "replica_kms_key_id": None,
    "delete_markers": False,
    "replica_modifications": False,
    "time_control": False,
    "metrics": False,
    "account": None,
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"prefix": "a/"},
        {"tags": {"a": "1"}},
        {"tags": {"a": 1, "b": "2"}, "prefix": "a/"},
        {"enabled": False, "delete_markers": True, "storage_class": "STANDARD_IA"},
        {"replica_kms_key_id": "arn:aws:kms:us-west-2:123456789012:key/1", "replica_modifications": True},
        {"time_control": True},
        {"metrics": True, "account": "123456789012"},
    ],
)
def test_what_is_written_reads_back(change: dict[str, Any]) -> None:
    (rule,) = wanted_rules([{**RULE, **change}])
    assert read_rule(write_rule(rule)) == rule


def test_earlier_rules_win_by_default() -> None:
    rules = wanted_rules([{**RULE, "id": "b"}, {**RULE, "id": "a"}, {**RULE, "id": "c", "priority": 7}])
    assert [(rule["id"], rule["priority"]) for rule in rules] == [("a", 2), ("b", 3), ("c", 7)]


def test_a_name_becomes_an_arn_of_the_partition() -> None:
    assert wanted_rules([RULE], "aws-cn")[0]["destination_bucket"] == "arn:aws-cn:s3:::copy"


def test_a_rule_of_the_first_form_is_read() -> None:
    old = {"ID": "old", "Prefix": "a/", "Status": "Enabled", "Destination": {"Bucket": "arn:aws:s3:::copy"}}
    rule = read_rule(old)
    assert (rule["prefix"], rule["priority"], rule["delete_markers"]) == ("a/", 0, False)


def test_the_filter_has_the_shape_that_s3_wants() -> None:
    (rule,) = wanted_rules([{**RULE, "tags": {"a": "1"}}])
    assert write_rule(rule)["Filter"] == {"Tag": {"Key": "a", "Value": "1"}}
    assert write_rule({**rule, "prefix": "p"})["Filter"] == {"And": {"Prefix": "p", "Tags": [{"Key": "a", "Value": "1"}]}}
    assert write_rule({**rule, "tags": {}})["Filter"] == {"Prefix": ""}
