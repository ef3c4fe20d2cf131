# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change of REST APIs, user pools and functions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, PRESENT, SENSITIVE

from tests.unit.engine.answering import Client, refusal, told

STAGE = {
    "stageName": "prod",
    "deploymentId": "old",
    "tracingEnabled": False,
    "variables": {"colour": "blue"},
    "methodSettings": {"*/*": {"loggingLevel": "ERROR", "throttlingRateLimit": 100.0}, "~1orders/GET": {"throttlingRateLimit": 5.0}},
}
PLAN = {
    "description": "old",
    "throttle": {"rateLimit": 100.0, "burstLimit": 50},
    "apiStages": [{"apiId": "a1", "stage": "prod", "throttle": {"/orders/POST": {"rateLimit": 10.0, "burstLimit": 5}}}],
}
API = {"disableExecuteApiEndpoint": False, "endpointConfiguration": {"types": ["EDGE"]}, "policy": '{"Statement": []}'}


def step(path: str, value: str | None = None, op: str = "replace") -> dict[str, str]:
    return {"op": op, "path": path, **({} if value is None else {"value": value})}


@pytest.mark.parametrize(
    ("operation", "named", "answer", "steps", "expected"),
    [
        (
            "UpdateStage",
            {"restApiId": "a1", "stageName": "prod"},
            {"GetStage": STAGE},
            [step("/deploymentId", "new"), step("/tracingEnabled", "true"), step("/variables/colour", op="remove")],
            {"deployment_id": ("old", "new"), "tracing_enabled": ("false", "true"), "variables.colour": ("blue", ABSENT)},
        ),
        (
            "UpdateStage",
            {"restApiId": "a1", "stageName": "prod"},
            {"GetStage": STAGE},
            [
                step("/*/*/logging/loglevel", "INFO"),
                step("/*/*/throttling/rateLimit", "100"),
                step("/~1orders/GET", op="remove"),
                step("/accessLogSettings/destinationArn", "arn:logs"),
            ],
            {
                "*.*.logging.loglevel": ("ERROR", "INFO"),
                "/orders.get": ({"throttlingRateLimit": 5.0}, ABSENT),
                "access_log_settings.destination_arn": (ABSENT, "arn:logs"),
            },
        ),
        (
            "UpdateUsagePlan",
            {"usagePlanId": "p1"},
            {"GetUsagePlan": PLAN},
            [
                step("/throttle/rateLimit", "200"),
                step("/description", "old"),
                step("/apiStages", "a2:prod", "add"),
                step("/apiStages/a1:prod/throttle/~1orders/POST/burstLimit", "6"),
            ],
            {
                "throttle.rate_limit": ("100", "200"),
                "stage a2:prod": (ABSENT, PRESENT),
                "a1:prod /orders POST.burst_limit": ("5", "6"),
            },
        ),
        (
            "UpdateRestApi",
            {"restApiId": "a1"},
            {"GetRestApi": API},
            [
                step("/endpointConfiguration/types/EDGE", "REGIONAL"),
                step("/disableExecuteApiEndpoint", "true"),
                step("/endpointConfiguration/vpcEndpointIds", "vpce-1", "add"),
            ],
            {
                "endpoint_configuration.types": ("EDGE", "REGIONAL"),
                "disable_execute_api_endpoint": ("false", "true"),
                "endpoint vpce-1": (ABSENT, PRESENT),
            },
        ),
        (
            "UpdateAccount",
            {},
            {"GetAccount": {}},
            [step("/cloudwatchRoleArn", "arn:role")],
            {"cloudwatch_role_arn": (ABSENT, "arn:role")},
        ),
    ],
)
def test_patches(operation: str, named: dict[str, Any], answer: dict[str, Any], steps: list[Any], expected: Any) -> None:
    assert told("apigateway", operation, {**named, "patchOperations": steps}, **answer) == expected


def test_an_imported_document() -> None:
    document: dict[str, Any] = {"paths": {"/orders": {"get": {}, "post": {}, "parameters": []}}}
    there = {"items": [{"path": "/orders", "resourceMethods": {"GET": {}, "DELETE": {}}}, {"path": "/"}]}
    given = {"restApiId": "a1", "mode": "overwrite", "body": json.dumps(document)}
    assert told("apigateway", "PutRestApi", given, GetResources=there) == {
        "method POST /orders": (ABSENT, PRESENT),
        "method DELETE /orders": (PRESENT, ABSENT),
        "document": (ABSENT, "imported anew"),
    }


def test_tags_of_an_api() -> None:
    there = {"GetTags": {"tags": {"a": "1"}}}
    given: dict[str, Any] = {"resourceArn": "arn:api", "tags": {"a": "2", "b": "3"}}
    assert told("apigateway", "TagResource", given, **there) == {"tags.a": ("1", "2"), "tags.b": (ABSENT, "3")}
    given = {"resourceArn": "arn:api", "tagKeys": ["a", "never there"]}
    assert told("apigateway", "UntagResource", given, **there) == {"tags.a": ("1", ABSENT)}


def test_a_user_pool_and_what_is_in_it() -> None:
    pool: dict[str, Any] = {"UserPoolId": "us-west-2_aBcDeFgHi"}
    there: dict[str, Any] = {"Policies": {"PasswordPolicy": {"MinimumLength": 8}}, "DeletionProtection": "ACTIVE"}
    given = {**pool, "Policies": {"PasswordPolicy": {"MinimumLength": 12}}, "DeletionProtection": "ACTIVE"}
    found = told("cognito-idp", "UpdateUserPool", given, DescribeUserPool={"UserPool": there})
    assert found == {"policies.password_policy.minimum_length": (8, 12)}
    given = {**pool, "CustomAttributes": [{"Name": "team", "AttributeDataType": "String"}]}
    assert told("cognito-idp", "AddCustomAttributes", given) == {"attribute custom:team": (ABSENT, "String")}
    given = {**pool, "MfaConfiguration": "ON", "SoftwareTokenMfaConfiguration": {"Enabled": True}}
    found = told("cognito-idp", "SetUserPoolMfaConfig", given, GetUserPoolMfaConfig={"MfaConfiguration": "OFF"})
    assert found == {"mfa_configuration": ("OFF", "ON"), "mfa by software_token": (ABSENT, PRESENT)}
    given = {**pool, "GroupName": "admins", "Description": "new"}
    found = told("cognito-idp", "UpdateGroup", given, GetGroup={"Group": {"Description": "old", "Precedence": 1}})
    assert found == {"description": ("old", "new"), "precedence": (1, ABSENT)}
    given = {**pool, "Domain": "shop", "ManagedLoginVersion": 2}
    found = told("cognito-idp", "UpdateUserPoolDomain", given, DescribeUserPoolDomain={"DomainDescription": {"ManagedLoginVersion": 1}})
    assert found == {"managed_login_version": (1, 2)}


def test_a_client_of_a_user_pool_is_asked_for_by_its_id_though_that_is_a_secret_to_aws() -> None:
    client = Client("cognito-idp", {"DescribeUserPoolClient": {"UserPoolClient": {"CallbackURLs": ["https://old"]}}})
    given = {"UserPoolId": "us-west-2_aBcDeFgHi", "ClientId": "1example", "CallbackURLs": ["https://new"]}
    found = _current.changes(client, "UpdateUserPoolClient", given)
    assert found == [_current.Change("callback_urls", ["https://old"], ["https://new"])]
    assert client.asked == [("DescribeUserPoolClient", {"UserPoolId": "us-west-2_aBcDeFgHi", "ClientId": "1example"})]


FUNCTION = {"FunctionName": "shop"}
CONFIGURATION = {
    "MemorySize": 128,
    "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"], "VpcId": "vpc-1"},
    "Environment": {"Variables": {"A": "1"}},
    "Layers": [{"Arn": "arn:layer:1", "CodeSize": 1}],
    "CodeSha256": "abc=",
    "Architectures": ["x86_64"],
}


@pytest.mark.parametrize(
    ("operation", "parameters", "answers", "expected"),
    [
        (
            "UpdateFunctionConfiguration",
            {"MemorySize": 256, "VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-2"]}, "Layers": ["arn:layer:1"]},
            {"GetFunctionConfiguration": CONFIGURATION},
            {"memory_size": (128, 256), "vpc_config.security_group_ids": (["sg-1"], ["sg-2"])},
        ),
        (
            "UpdateFunctionConfiguration",
            {"Environment": {"Variables": {"A": "2"}}},
            {"GetFunctionConfiguration": CONFIGURATION},
            {"environment.variables": (SENSITIVE, SENSITIVE)},
        ),
        (
            "UpdateFunctionConfiguration",
            {"Environment": {"Variables": {"A": "1"}}},
            {"GetFunctionConfiguration": CONFIGURATION},
            {},
        ),
        (
            "UpdateFunctionCode",
            {"S3Bucket": "code", "S3Key": "shop.zip", "S3ObjectVersion": "3", "Architectures": ["arm64"]},
            {"GetFunctionConfiguration": CONFIGURATION},
            {"code": ("abc=", "s3://code/shop.zip version 3"), "architectures": (["x86_64"], ["arm64"])},
        ),
        ("UpdateFunctionCode", {"ZipFile": b"PK"}, {"GetFunctionConfiguration": CONFIGURATION}, {"code": ("abc=", "another package")}),
        ("PublishVersion", {}, {}, {"version": (ABSENT, "the next")}),
        ("PutFunctionConcurrency", {"ReservedConcurrentExecutions": 5}, {}, {"reserved_concurrent_executions": (ABSENT, 5)}),
        (
            "DeleteFunctionConcurrency",
            {},
            {"GetFunctionConcurrency": {"ReservedConcurrentExecutions": 5}},
            {"reserved_concurrent_executions": (5, ABSENT)},
        ),
        (
            "UpdateAlias",
            {"Name": "live", "FunctionVersion": "4", "RoutingConfig": {"AdditionalVersionWeights": {"3": 0.5}}},
            {"GetAlias": {"FunctionVersion": "3"}},
            {"function_version": ("3", "4"), "routing_config": (ABSENT, {"AdditionalVersionWeights": {"3": 0.5}})},
        ),
        (
            "AddPermission",
            {"StatementId": "nightly", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com", "Qualifier": "live"},
            {},
            {"permission nightly": (ABSENT, "events.amazonaws.com")},
        ),
        (
            "RemovePermission",
            {"StatementId": "nightly"},
            {"GetPolicy": {"Policy": '{"Statement": [{"Sid": "nightly", "Principal": {"Service": "events.amazonaws.com"}}]}'}},
            {"permission nightly": ("events.amazonaws.com", ABSENT)},
        ),
    ],
)
def test_a_function(operation: str, parameters: dict[str, Any], answers: dict[str, Any], expected: Any) -> None:
    assert told("lambda", operation, {**FUNCTION, **parameters}, **answers) == expected


def test_a_deployment_and_a_parameter() -> None:
    given: dict[str, Any] = {"restApiId": "a1", "description": "Definition abc"}
    assert told("apigateway", "CreateDeployment", given) == {"deployment": (ABSENT, "Definition abc")}
    given = {"Name": "/shop/phase", "Value": "2", "Overwrite": True}
    found = told("ssm", "PutParameter", given, GetParameter={"Parameter": {"Value": "1"}})
    assert found == {"value": (SENSITIVE, SENSITIVE)}
    assert told("ssm", "PutParameter", given, GetParameter={"Parameter": {"Value": "2"}}) == {}
    assert told("ssm", "PutParameter", given, GetParameter=refusal("ParameterNotFound")) == {"value": (ABSENT, SENSITIVE)}
