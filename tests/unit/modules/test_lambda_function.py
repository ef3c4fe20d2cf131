# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of functions and aliases differs, and what has not been published yet."""

from __future__ import annotations

from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils import _lambda as pure
from ansible_collections.stratum.aws.plugins.modules.lambda_alias_routing import alias_changes, document, shares

FUNCTION: dict[str, Any] = {
    "FunctionName": "orders",
    "FunctionArn": "arn:aws:lambda:us-west-2:1:function:orders",
    "Runtime": "nodejs20.x",
    "Handler": "index.handler",
    "Role": "arn:aws:iam::1:role/orders",
    "MemorySize": 128,
    "Timeout": 3,
    "Environment": {"Variables": {"A": "1"}},
    "VpcConfig": {"SubnetIds": ["b", "a"], "SecurityGroupIds": ["g"], "VpcId": "v"},
    "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "/aws/lambda/orders", "SystemLogLevel": "INFO", "ApplicationLogLevel": "INFO"},
    "CodeSha256": "abc",
    "Version": "$LATEST",
}
KEYS = (*pure.CONFIGURATION, "architecture")


def changed(code: str | None = None, **given: Any) -> dict[str, Any]:
    return pure.changes(pure.document(FUNCTION), {**dict.fromkeys(KEYS), **given}, code)


def test_what_is_not_given_or_as_it_should_be_is_left_alone() -> None:
    assert changed() == {}
    assert changed("abc", environment={"A": 1}, subnet_ids=["a", "b"], tracing="PassThrough", dead_letter_arn="", layers=[]) == {}


def test_a_variable_that_is_not_named_goes() -> None:
    assert changed(environment={}) == {"environment": {}}
    changes = changed("def", environment={"B": True}, timeout=5)
    assert changes == {"code_sha256": "def", "environment": {"B": "true"}, "timeout": 5}
    told = pure.parameters({**pure.document(FUNCTION), **changes}, changes)
    assert told == {"Environment": {"Variables": {"B": "true"}}, "Timeout": 5}


def test_parts_are_given_whole() -> None:
    changes = changed(log_format="Text", security_group_ids=["h"])
    told = pure.parameters({**pure.document(FUNCTION), **changes}, changes)
    # Levels are for JSON only.
    assert told["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/orders"}
    assert told["VpcConfig"] == {"SubnetIds": ["a", "b"], "SecurityGroupIds": ["h"]}


def test_what_is_published() -> None:
    versions = [{**FUNCTION, "Version": version} for version in ("$LATEST", "2", "10", "9")]
    newest = pure.newest(versions)
    assert newest is not None
    assert newest["Version"] == "10"
    current = pure.document(FUNCTION)
    assert pure.is_published(current, newest)
    assert not pure.is_published({**current, "timeout": 9}, newest)
    assert not pure.is_published({**current, "code_sha256": "def"}, newest)
    assert not pure.is_published(current, pure.newest(versions[:1]))


def test_code_from_a_bucket_is_told_by_its_place() -> None:
    place = {"s3_bucket": "code", "s3_key": "orders.zip", "s3_object_version": None}
    assert pure.source_of(place) == "code/orders.zip"
    assert pure.source_of({**place, "s3_object_version": "v"}) == "code/orders.zip@v"
    assert pure.source_of({**place, "s3_bucket": None}) is None


def test_an_alias() -> None:
    current = document(
        {"AliasArn": "arn", "Name": "live", "FunctionVersion": "3", "RoutingConfig": {"AdditionalVersionWeights": {"4": 0.1}}}, "orders"
    )
    assert alias_changes(current, "3", {"routing": None, "description": None}) == {}
    assert alias_changes(current, "4", {"routing": {}, "description": "x"}) == {"version": "4", "routing": {}, "description": "x"}
    assert shares({4: "0.1"}) == {"4": 0.1}
