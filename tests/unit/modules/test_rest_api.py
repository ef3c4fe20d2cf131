# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of APIs, stages and usage plans differs, and the patches for it."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils import _rest_api, _rest_stage

ARN = "arn:aws:apigateway:us-west-2::/restapis/a1"
OWN = "arn:aws:execute-api:us-west-2:1:a1/"


def api(**more: Any) -> dict[str, Any]:
    return _rest_api.rest_api({"id": "a1", "name": "shop", "endpointConfiguration": {"types": ["EDGE"]}, **more}, ARN, "us-west-2")


def wanted(**given: Any) -> dict[str, Any]:
    keys = ("description", "endpoint_type", "vpc_endpoint_ids", "minimum_compression_size", "disable_execute_api_endpoint", "policy")
    return {**dict.fromkeys(keys), "name": "shop", **given}


def test_a_policy_is_compared_in_its_short_form() -> None:
    policy = _rest_api.policy_for([{"Principal": "*", "Action": "execute-api:Invoke"}], ["secret"])
    assert policy is not None
    assert [each["Effect"] for each in policy["Statement"]] == ["Allow", "Deny", "Allow"]
    answered = json.dumps(json.dumps(policy).replace('"execute-api:/', f'"{OWN}'))[1:-1]
    current = api(policy=answered)
    assert _rest_api.api_changes(current, wanted(policy=policy)) == {}
    other = _rest_api.policy_for(None, ["secret", "former"])
    assert list(_rest_api.api_changes(current, wanted(policy=other))) == ["policy"]
    assert _rest_api.policy_for(None, None) is None
    assert _rest_api.api_changes(api(), wanted(policy=_rest_api.policy_for([], []))) == {}
    assert _rest_api.api_patch(current, {"policy": {}}) == [{"op": "replace", "path": "/policy", "value": ""}]


def test_settings_are_patched() -> None:
    current = api(endpointConfiguration={"types": ["EDGE"], "vpcEndpointIds": ["vpce-1"]})
    changes = _rest_api.api_changes(
        current, wanted(description="x", endpoint_type="REGIONAL", vpc_endpoint_ids=["vpce-2"], disable_execute_api_endpoint=True)
    )
    assert {(step["op"], step["path"]): step["value"] for step in _rest_api.api_patch(current, changes)} == {
        ("replace", "/description"): "x",
        ("replace", "/disableExecuteApiEndpoint"): "true",
        ("replace", "/endpointConfiguration/types/EDGE"): "REGIONAL",
        ("add", "/endpointConfiguration/vpcEndpointIds"): "vpce-2",
        ("remove", "/endpointConfiguration/vpcEndpointIds"): "vpce-1",
    }


DOCUMENT: dict[str, Any] = {
    "security": [{"cognito": []}],
    "paths": {
        "/orders": {
            "parameters": [],
            "get": {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": "arn:f"}},
            "x-amazon-apigateway-any-method": {"security": [{"key": []}], "x-amazon-apigateway-integration": {"type": "mock"}},
        }
    },
    "components": {
        "securitySchemes": {
            "cognito": {"type": "apiKey", "name": "Authorization", "x-amazon-apigateway-authtype": "cognito_user_pools"},
            "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
        }
    },
    "x-amazon-apigateway-gateway-responses": {"UNAUTHORIZED": {"statusCode": 401, "responseTemplates": {"a/b": "{}"}}},
}
FOUND: list[dict[str, Any]] = [
    {
        "path": "/orders",
        "resourceMethods": {
            "GET": {"authorizerId": "z", "methodIntegration": {"type": "AWS_PROXY", "uri": "arn:f"}},
            "ANY": {"apiKeyRequired": True, "methodIntegration": {"type": "MOCK"}},
        },
    },
    {"path": "/"},
]


def test_methods_are_as_they_were_described() -> None:
    described = _rest_api.described_methods(DOCUMENT)
    found = _rest_api.found_methods(FOUND, [{"id": "z", "name": "cognito"}])
    assert described == found
    assert _rest_api.drifted(described, found) == []
    assert _rest_api.drifted(described, {}) == ["ANY /orders", "GET /orders"]
    open_to_all = _rest_api.found_methods(FOUND, [])
    assert _rest_api.drifted(described, open_to_all) == ["GET /orders"]
    assert _rest_api.drifted({}, found) == ["ANY /orders", "GET /orders"]


def test_gateway_responses_are_as_they_were_described() -> None:
    described = _rest_api.described_responses(DOCUMENT)
    answered: list[dict[str, Any]] = [
        {"responseType": "UNAUTHORIZED", "statusCode": "401", "responseTemplates": {"a/b": "{}"}, "responseParameters": {}},
        {"responseType": "DEFAULT_5XX", "defaultResponse": True},
    ]
    assert _rest_api.drifted(described, _rest_api.found_responses(answered)) == []
    answered[0]["responseTemplates"] = {"a/b": "other"}
    assert _rest_api.drifted(described, _rest_api.found_responses(answered)) == ["UNAUTHORIZED"]


def test_an_import_takes_nothing_away() -> None:
    body = _rest_api.imported(
        {"paths": {}, "servers": [{"url": "/"}]}, wanted(description="x", policy={"Statement": []}, minimum_compression_size=0)
    )
    assert body["info"] == {"version": "1.0", "title": "shop", "description": "x"}
    assert body["x-amazon-apigateway-policy"] == {"Statement": []}
    assert body["x-amazon-apigateway-minimum-compression-size"] == 0
    assert body["servers"][0]["x-amazon-apigateway-endpoint-configuration"] == {"disableExecuteApiEndpoint": False}
    assert _rest_api.digest({"a": 1, "b": 2}) == _rest_api.digest({"b": 2, "a": 1})


STAGE: dict[str, Any] = {
    "stageName": "prod",
    "deploymentId": "d",
    "variables": {"old": "1"},
    "tracingEnabled": True,
    "accessLogSettings": {"destinationArn": "arn:log", "format": '{"a":"b"}'},
    "methodSettings": {"*/*": {"throttlingRateLimit": 10.0, "loggingLevel": "INFO"}, "~1old/GET": {"throttlingRateLimit": 1.0}},
}


def stage_changes(**given: Any) -> tuple[dict[str, Any], list[dict[str, str]]]:
    keys = ("definition", "description", "variables", "tracing", "access_log_arn", "access_log_format", "method_settings")
    current = _rest_stage.stage(STAGE, {"description": "Definition abc"}, "a1", "arn", "url")
    changes = _rest_stage.stage_changes(current, {**dict.fromkeys(keys), **given})
    return changes, _rest_stage.stage_patch(current, changes)


def setting(path: str = "*", method: str = "*", **given: Any) -> dict[str, Any]:
    return {"path": path, "method": method, **dict.fromkeys(_rest_stage.SETTINGS), **given}


def test_a_stage_that_is_as_it_should_be() -> None:
    assert stage_changes() == ({}, [])
    settings = [setting(rate_limit=10.0), setting("/old", "get", rate_limit=1)]
    given = {"definition": "abc", "variables": {"old": 1}, "access_log_format": {"a": "b"}, "method_settings": settings}
    assert stage_changes(**given) == ({}, [])


def test_a_stage_is_patched() -> None:
    changes, patch = stage_changes(
        variables={"new": 2}, access_log_arn="", method_settings=[setting(rate_limit=10.0, metrics=True)], definition="def"
    )
    assert changes["definition"] == "def"
    assert {(step["op"], step["path"]): step.get("value") for step in patch} == {
        ("replace", "/variables/new"): "2",
        ("remove", "/variables/old"): None,
        ("remove", "/accessLogSettings"): None,
        ("remove", "/~1old/GET"): None,
        ("replace", "/*/*/metrics/enabled"): "true",
    }


PLAN: dict[str, Any] = {
    "id": "p",
    "name": "partners",
    "throttle": {"rateLimit": 10.0, "burstLimit": 5},
    "quota": {"limit": 100, "period": "DAY", "offset": 0},
    "apiStages": [
        {"apiId": "a1", "stage": "prod", "throttle": {"/old/GET": {"rateLimit": 1.0, "burstLimit": 1}}},
        {"apiId": "b2", "stage": "x"},
    ],
}


def test_a_usage_plan_is_patched() -> None:
    current = _rest_stage.plan(PLAN, "arn")
    same = {
        "description": None,
        "rate_limit": 10.0,
        "burst_limit": 5,
        "quota": {"limit": 100, "period": "DAY", "offset": None},
        "stages": None,
    }
    assert _rest_stage.plan_changes(current, same) == {}
    methods = [{"path": "/new", "method": "post", "rate_limit": 2.0, "burst_limit": 3}]
    stages = [{"rest_api_id": "a1", "stage": "prod", "methods": methods}, {"rest_api_id": "c3", "stage": "y", "methods": []}]
    changes = _rest_stage.plan_changes(current, {**same, "rate_limit": 20.0, "stages": stages})
    assert {(step["op"], step["path"], step.get("value")) for step in _rest_stage.plan_patch(current, changes)} == {
        ("replace", "/throttle/rateLimit", "20.0"),
        ("add", "/apiStages", "c3:y"),
        ("remove", "/apiStages", "b2:x"),
        ("remove", "/apiStages/a1:prod/throttle/~1old/GET", None),
        ("replace", "/apiStages/a1:prod/throttle/~1new/POST/rateLimit", "2.0"),
        ("replace", "/apiStages/a1:prod/throttle/~1new/POST/burstLimit", "3"),
    }
    request = _rest_stage.plan_request({**same, "stages": stages})
    assert request["apiStages"][0]["throttle"] == {"/new/POST": {"rateLimit": 2.0, "burstLimit": 3}}
    assert request["quota"] == {"limit": 100, "period": "DAY"}
