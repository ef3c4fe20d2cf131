# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The comparison of what is with what will be."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, Change
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import Manner, compare, words


def differing(old: Any, new: Any, **manner: Any) -> Iterator[tuple[str, Any, Any]]:
    return ((each.property, each.old, each.new) for each in compare(old, new, "p", Manner(**manner)))


STATEMENT = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_policies_are_compared_statement_by_statement() -> None:
    tls = {"Sid": "TLS", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    old = policy(STATEMENT, {**tls, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}})
    spelled_otherwise = {"Statement": [{**tls, "Action": ["s3:*"], "Principal": {"AWS": ["123456789012"]}}, STATEMENT]}
    assert list(differing(old, spelled_otherwise)) == []
    new = policy({**STATEMENT, "Action": ["s3:PutObject", "s3:GetObject"]})
    assert [each[0] for each in differing(old, new)] == ["p.Read.Action", "p.TLS"]
    assert next(differing(old, new))[1:] == ("s3:GetObject", ["s3:GetObject", "s3:PutObject"])


def test_statements_without_names_come_and_go() -> None:
    one, other = ({key: value for key, value in {**STATEMENT, "Action": action}.items() if key != "Sid"} for action in ("a:B", "c:D"))
    assert list(differing(policy(one), policy(one, other))) == [("p.Statement", ABSENT, other)]
    assert list(differing(policy(one), policy(other))) == [("p.Statement.Action", "a:B", "c:D")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["b", "a"], ["a", "b"]),
        ("7", 7),
        (80.0, 80),
        ("true", True),
        (ABSENT, False),
        (None, ""),
        ([], None),
        ({"Value": True}, True),
        ('{"a": [1]}', '{ "a": [1] }'),
        ([{"Id": "x", "n": 1}, {"Id": "y"}], [{"Id": "y"}, {"Id": "x", "n": 1}]),
        ([{"n": 1}, {"n": 2}], [{"n": 2}, {"n": 1}]),
    ],
)
def test_what_is_the_same(old: Any, new: Any) -> None:
    assert list(differing(old, new)) == []


def test_things_with_names_are_told_by_them() -> None:
    old = [{"ID": "expire", "Days": 30}, {"ID": "abort", "Days": 7}]
    new = [{"ID": "expire", "Days": 60}, {"ID": "archive", "Days": 1}]
    assert list(differing(old, new)) == [("p.expire.Days", 30, 60), ("p.abort", {"Days": 7}, ABSENT), ("p.archive", ABSENT, {"Days": 1})]


def test_a_partial_write_leaves_the_rest() -> None:
    old = {"minSize": 1, "maxSize": 3}
    assert list(differing(old, {"maxSize": 5}, whole=False)) == [("p.maxSize", 3, 5)]
    assert list(differing(old, {"maxSize": 5})) == [("p.minSize", 1, ABSENT), ("p.maxSize", 3, 5)]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("EnableIAMDatabaseAuthentication", "enable_iam_database_authentication"),
        ("DBInstanceClass", "db_instance_class"),
        ("MultiAZ", "multi_az"),
        ("KMSMasterKeyID", "kms_master_key_id"),
        ("OKActions", "ok_actions"),
        ("MapPublicIpOnLaunch", "map_public_ip_on_launch"),
        ("resourcesVpcConfig", "resources_vpc_config"),
    ],
)
def test_words(name: str, word: str) -> None:
    assert words(name) == word


def test_a_change_survives_pickling_and_json() -> None:
    for change in (Change("a", 1, ABSENT), Change("b", ABSENT, {"c": [None]}), Change("d", "x", "y")):
        assert pickle.loads(pickle.dumps(change)) == change
        assert Change.from_dict(json.loads(json.dumps(change.as_dict()))) == change
    assert Change("a", 1, ABSENT).as_dict() == {"property": "a", "old": 1}
