# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that lag: which identifiers are hidden, and how answers lose them."""

from __future__ import annotations

import json

import pytest

from tests.emulator import consistency
from tests.emulator.http_server import Answer
from tests.emulator.request import Call


@pytest.mark.parametrize(
    ("plural", "one"), [("Vpcs", "Vpc"), ("Policies", "Policy"), ("Addresses", "Address"), ("DBInstances", "DBInstance"), ("Alias", "Alia")]
)
def test_singular(plural: str, one: str) -> None:
    assert consistency.singular(plural) == one


def test_identifiers_come_from_the_request_and_the_answer() -> None:
    xml = b"<R xmlns='u'><vpc><vpcId>vpc-1</vpcId><dhcpOptionsId>dopt-1</dhcpOptionsId></vpc></R>"
    assert consistency.identifiers("Vpc", Call("ec2", "r", "CreateVpc"), xml) == {"vpc-1"}
    body = json.dumps({"cluster": {"name": "one", "clusterArn": "arn:1", "version": "1"}}).encode()
    assert consistency.identifiers("Cluster", Call("eks", "r", "CreateCluster", {"name": "one"}), body) == {"one", "arn:1"}


def test_entries_disappear_from_lists_and_what_refers_to_them_stays() -> None:
    body = json.dumps({"clusters": ["one", "two"], "more": [{"name": "one"}, {"name": "two", "parents": [{"name": "one"}]}]}).encode()
    assert json.loads(consistency.without(body, frozenset({"one"}))) == {"clusters": ["two"], "more": [{"name": "two", "parents": []}]}
    xml = b"<r><set><item><vpcId>vpc-1</vpcId></item><item><vpcId>vpc-2</vpcId></item></set></r>"
    assert consistency.without(xml, frozenset({"vpc-1"})).endswith(b"<r><set><item><vpcId>vpc-2</vpcId></item></set></r>")


def test_a_resource_appears_when_its_time_has_come() -> None:
    now = [100.0]
    lag = consistency.Lag(lambda call: 5.0, clock=lambda: now[0])
    created = Answer(200, [], b'{"cluster": {"name": "one"}}')
    listed = Answer(200, [], b'{"clusters": ["one"]}')

    def environ(operation: str, **parameters: str) -> dict[str, object]:
        return {"emulator.call": Call("eks", "r", operation, parameters, "rest-json")}

    lag(environ("CreateCluster", name="one"), lambda _: created)
    assert lag(environ("ListClusters"), lambda _: listed).body == b'{"clusters": []}'
    assert lag(environ("DescribeCluster", name="one"), lambda _: created).status == 404
    assert lag(environ("DescribeNodegroup", name="one"), lambda _: created).status == 200
    now[0] = 105.0
    assert lag(environ("ListClusters"), lambda _: listed) is listed
