# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Constraints of the service models, and the wording of their violation."""

from __future__ import annotations

from typing import Any

import pytest
from moto.core.utils import get_service_model

from tests.emulator.constraints import Constraints, Violation
from tests.emulator.validation import error_of


def violations(service: str, operation: str, parameters: dict[str, Any]) -> list[Violation]:
    model = get_service_model(service)
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    return Constraints(service, scalars_only=model.protocol in ("query", "ec2")).violations(shape, parameters)


def found(service: str, operation: str, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    return [(violation.path, violation.kind) for violation in violations(service, operation, parameters)]


def test_a_good_request_violates_nothing() -> None:
    parameters = {"logGroupName": "/aws/eks/one", "tags": {"Owner": "Zoë @ work"}}
    assert found("logs", "CreateLogGroup", parameters) == []


def test_nested_members_are_named_by_their_path() -> None:
    parameters = {"SecretId": "s", "Tags": [{"Key": "ok", "Value": "v"}, {"Key": "", "Value": "v" * 257}]}
    assert found("secretsmanager", "TagResource", parameters) == [("tags.2.member.key", "min"), ("tags.2.member.value", "max")]


def test_map_keys_and_values_are_checked() -> None:
    tagged = {"resourceArn": "arn:aws:logs:x", "tags": {"": "v", "k": "a & b"}}
    assert found("logs", "TagResource", tagged) == [("tags..member", "min"), ("tags..member", "pattern"), ("tags.k.member", "pattern")]


def test_required_members_of_structures() -> None:
    assert found("kms", "CreateAlias", {"AliasName": "alias/x"}) == [("targetKeyId", "required")]


def test_an_empty_list_of_a_query_request_counts_as_given() -> None:
    assert found("cloudwatch", "DeleteAlarms", {}) == [("alarmNames", "required")]
    assert found("autoscaling", "CreateOrUpdateTags", {}) == []


def test_enumerations_that_aws_extends_are_open() -> None:
    assert found("ec2", "RunInstances", {"MinCount": 1, "MaxCount": 1, "InstanceType": "x99.huge"}) == []
    location = {"Bucket": "b", "CreateBucketConfiguration": {"LocationConstraint": "xx-new-1"}}
    assert found("s3", "CreateBucket", location) == []


def test_patterns_hold_for_the_whole_value() -> None:
    assert found("iam", "GetRole", {"RoleName": "good_name+=,.@-"}) == []
    assert found("iam", "GetRole", {"RoleName": "good bad"}) == [("roleName", "pattern")]


def test_patterns_with_java_classes_and_surrogates_work() -> None:
    tag = {"ResourceId": "g", "ResourceType": "auto-scaling-group", "Key": "Überschrift 😀", "Value": "v"}
    assert found("autoscaling", "CreateOrUpdateTags", {"Tags": [tag]}) == []


@pytest.mark.parametrize(
    ("service", "protocol", "code"),
    [("logs", "json", "InvalidParameterException"), ("iam", "query", "ValidationError"), ("kms", "json", "ValidationException")],
)
def test_codes_follow_the_service(service: str, protocol: str, code: str) -> None:
    bad = violations("kms", "CreateAlias", {"AliasName": "x" * 257})
    error = error_of(service, protocol, bad)
    assert error.code == code
    assert error.message == (
        "2 validation errors detected: Value null at 'targetKeyId' failed to satisfy constraint: Member must not be null; "
        f"Value '{'x' * 257}' at 'aliasName' failed to satisfy constraint: Member must have length less than or equal to 256"
    )


def test_secrets_are_not_repeated() -> None:
    bad = violations("secretsmanager", "CreateSecret", {"Name": "n", "SecretString": "s" * 65537})
    assert [violation.path for violation in bad] == ["secretString"]
    assert "ssss" not in error_of("secretsmanager", "json", bad).message


def test_ec2_has_words_of_its_own() -> None:
    missing = error_of("ec2", "ec2", violations("ec2", "DeleteVpc", {}))
    assert (missing.code, missing.message) == ("MissingParameter", "The request must contain the parameter vpcId")
