# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A REST API from an OpenAPI document, its stage, its account's role and its usage plan over their whole lives."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

URI = (
    "arn:aws:apigateway:ca-central-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:ca-central-1:123456789012:function:shop-orders:live/invocations"
)
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
PUSH = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"


def document(account: Any) -> dict[str, Any]:
    pool = account.client("cognito-idp").create_user_pool(PoolName="shop")["UserPool"]["Arn"]
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI, "passthroughBehavior": "when_no_match"}
    return {
        "openapi": "3.0.1",
        "info": {"title": "Shop", "version": "1.0"},
        "security": [{"cognito": []}],
        "paths": {
            "/orders/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "get": {"responses": {"200": {"description": "One"}}, "x-amazon-apigateway-integration": integration},
            },
            "/health": {"get": {"security": [], "responses": {}, "x-amazon-apigateway-integration": integration}},
        },
        "components": {
            "securitySchemes": {
                "cognito": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authtype": "cognito_user_pools",
                    "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [pool]},
                }
            }
        },
        "x-amazon-apigateway-gateway-responses": {
            "DEFAULT_4XX": {"responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example.com'"}}
        },
    }


def methods(account: Any, identifier: str) -> dict[str, Any]:
    items = account.client("apigateway").get_resources(restApiId=identifier, embed=["methods"])["items"]
    return {f"{verb} {item['path']}": method for item in items for verb, method in item.get("resourceMethods", {}).items()}


def imports(account: Any) -> int:
    return sum(entry["operation"] == "PutRestApi" for entry in account.log())


def test_an_api(account: Any, run_module: RunModule) -> None:
    shell = {"name": "shop", "description": "Orders", "endpoint_type": "REGIONAL", "tags": {"Project": "shop"}}
    assert run_module("api_gateway_rest", shell, check=True)["rest_api"]["id"] is None
    first = run_module("api_gateway_rest", shell)
    assert first.changed, first
    identifier = first["rest_api"]["id"]
    assert first["rest_api"]["domain"] == f"{identifier}.execute-api.ca-central-1.amazonaws.com"
    assert first["rest_api"]["definition"] is None
    assert not run_module("api_gateway_rest", shell).changed

    described = document(account)
    secrets = ["first-secret-of-the-origin", "second-secret-of-the-origin"]
    whole = {**shell, "document": described, "required_referers": secrets, "minimum_compression_size": 1024}
    assert run_module("api_gateway_rest", whole, check=True).changed
    assert imports(account) == 0
    second = run_module("api_gateway_rest", whole)
    assert second.changed, second
    assert secrets[0] not in json.dumps(second)
    found = methods(account, identifier)
    assert sorted(found) == ["GET /health", "GET /orders/{id}"]
    assert found["GET /orders/{id}"]["authorizationType"] == "COGNITO_USER_POOLS"
    assert found["GET /health"]["authorizationType"] == "NONE"
    assert found["GET /health"]["methodIntegration"]["type"] == "AWS_PROXY"
    api = account.client("apigateway").get_rest_api(restApiId=identifier)
    assert api["endpointConfiguration"]["types"] == ["REGIONAL"]
    assert (api["description"], api["minimumCompressionSize"]) == ("Orders", 1024)
    assert f":{identifier}/*" in api["policy"]
    assert "aws:Referer" in api["policy"]
    again = run_module("api_gateway_rest", whole)
    assert not again.changed, again
    assert again["rest_api"]["definition"] == second["rest_api"]["definition"]
    # Whoever makes the API only, leaves what was imported.
    assert not run_module("api_gateway_rest", shell).changed
    assert imports(account) == 1

    # A setting needs no import, another policy is another definition.
    rotated = {**whole, "required_referers": secrets[1:], "description": "All orders", "tags": {"Project": "store"}}
    changed = run_module("api_gateway_rest", rotated, diff=True)
    assert changed["diff"]["before"]["description"] == "Orders", changed
    assert changed["rest_api"]["definition"] != second["rest_api"]["definition"]
    assert imports(account) == 1
    tags = account.client("apigateway").get_tags(resourceArn=first["rest_api"]["arn"])["tags"]
    assert tags["Project"] == "store"
    assert tags["stratum:definition"]

    # Another document is imported, and takes with it what it does not have any more.
    smaller = copy.deepcopy(described)
    del smaller["paths"]["/orders/{id}"]
    assert run_module("api_gateway_rest", {**rotated, "document": smaller}).changed
    assert sorted(methods(account, identifier)) == ["GET /health"]
    assert run_module("api_gateway_rest", rotated).changed
    # What somebody has changed by hand is mended.
    (resource,) = [
        each["id"] for each in account.client("apigateway").get_resources(restApiId=identifier)["items"] if each["path"] == "/orders/{id}"
    ]
    patch = [{"op": "replace", "path": "/authorizationType", "value": "NONE"}, {"op": "remove", "path": "/authorizerId"}]
    account.client("apigateway").update_method(restApiId=identifier, resourceId=resource, httpMethod="GET", patchOperations=patch)
    mended = run_module("api_gateway_rest", rotated, diff=True)
    assert mended["diff"]["before"]["drifted"] == ["GET /orders/{id}"], mended
    assert methods(account, identifier)["GET /orders/{id}"]["authorizationType"] == "COGNITO_USER_POOLS"
    assert not run_module("api_gateway_rest", rotated).changed

    bad = copy.deepcopy(described)
    bad["paths"]["/health"]["get"]["security"] = [{"unknown": []}]
    assert "Correct the document" in run_module("api_gateway_rest", {**rotated, "document": bad}).msg
    gone = {"name": "shop", "state": "absent"}
    assert run_module("api_gateway_rest", gone, check=True).changed
    assert run_module("api_gateway_rest", gone).changed
    assert account.client("apigateway").get_rest_apis()["items"] == []
    assert not run_module("api_gateway_rest", gone).changed


def test_two_apis_of_a_name(account: Any, run_module: RunModule) -> None:
    for _each in range(2):
        account.client("apigateway").create_rest_api(name="twin")
    assert "2 APIs of this name" in run_module("api_gateway_rest", {"name": "twin"}).msg


def test_a_stage_with_logs_and_a_plan(account: Any, run_module: RunModule) -> None:
    gateway = account.client("apigateway")
    api = run_module("api_gateway_rest", {"name": "shop", "document": document(account), "endpoint_type": "REGIONAL"})["rest_api"]
    account.client("logs").create_log_group(logGroupName="/aws/apigateway/shop/prod")
    log = "arn:aws:logs:ca-central-1:123456789012:log-group:/aws/apigateway/shop/prod"
    wanted: dict[str, Any] = {
        "name": "prod",
        "rest_api_id": api["id"],
        "definition": api["definition"],
        "description": "What is sold",
        "variables": {"limit": 3},
        "tracing": True,
        "access_log_arn": log,
        "access_log_format": {"requestId": "$context.requestId", "status": "$context.status"},
        "method_settings": [
            {"rate_limit": 10000, "burst_limit": 5000, "log_level": "INFO", "log_bodies": False, "metrics": True},
            {"path": "/orders/{id}", "method": "GET", "rate_limit": 16.5, "burst_limit": 20},
        ],
        "tags": {"Project": "shop"},
    }
    # Nobody writes logs without a role.
    assert "set the role of the account first" in run_module("api_gateway_stage", wanted).msg
    iam = account.client("iam")
    role = iam.create_role(RoleName="api-logs", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="api-logs", PolicyArn=PUSH)
    assert run_module("api_gateway_account", {"cloudwatch_role_arn": role}, check=True).changed
    assert run_module("api_gateway_account", {"cloudwatch_role_arn": role})["account"] == {"cloudwatch_role_arn": role}
    assert not run_module("api_gateway_account", {"cloudwatch_role_arn": role}).changed
    other = iam.create_role(RoleName="other-logs", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    assert not run_module("api_gateway_account", {"cloudwatch_role_arn": other, "replace_existing": False}).changed
    assert not run_module("api_gateway_account", {"cloudwatch_role_arn": other, "state": "absent"}).changed

    # The run that broke off goes on.
    first = run_module("api_gateway_stage", wanted)
    assert first.changed, first
    assert first["stage"]["url"] == f"https://{api['id']}.execute-api.ca-central-1.amazonaws.com/prod"
    stage = gateway.get_stage(restApiId=api["id"], stageName="prod")
    assert stage["tracingEnabled"] is True
    assert stage["accessLogSettings"]["destinationArn"] == log
    assert json.loads(stage["accessLogSettings"]["format"])["status"] == "$context.status"
    assert stage["methodSettings"]["*/*"]["loggingLevel"] == "INFO"
    assert stage["methodSettings"]["~1orders~1{id}/GET"]["throttlingRateLimit"] == 16.5
    assert stage["variables"] == {"limit": "3"}
    again = run_module("api_gateway_stage", wanted)
    assert not again.changed, again
    deployments = len(gateway.get_deployments(restApiId=api["id"])["items"])

    changes = {**wanted, "variables": {}, "tracing": False, "method_settings": wanted["method_settings"][:1], "tags": {}}
    planned = run_module("api_gateway_stage", changes, check=True, diff=True)
    assert planned["diff"]["before"]["tracing"] is True
    assert run_module("api_gateway_stage", changes).changed
    stage = gateway.get_stage(restApiId=api["id"], stageName="prod")
    assert list(stage["methodSettings"]) == ["*/*"]
    assert not stage.get("variables")
    assert not run_module("api_gateway_stage", changes).changed
    assert len(gateway.get_deployments(restApiId=api["id"])["items"]) == deployments
    # Another definition is deployed, and so is what somebody else deployed.
    newer = {**changes, "definition": "another"}
    moved = run_module("api_gateway_stage", newer)
    assert moved["stage"]["deployment_id"] != first["stage"]["deployment_id"]
    assert not run_module("api_gateway_stage", newer).changed
    assert run_module("api_gateway_stage", {**newer, "access_log_arn": ""})["stage"]["access_log_arn"] == ""

    plan: dict[str, Any] = {
        "name": "partners",
        "rate_limit": 16.5,
        "burst_limit": 20,
        "quota": {"limit": 1000, "period": "DAY"},
        "stages": [
            {
                "rest_api_id": api["id"],
                "stage": "prod",
                "methods": [{"path": "/health", "method": "GET", "rate_limit": 1, "burst_limit": 2}],
            }
        ],
        "tags": {"Project": "shop"},
    }
    assert run_module("api_gateway_usage_plan", plan, check=True)["usage_plan"]["id"] is None
    assert run_module("api_gateway_usage_plan", plan).changed
    assert not run_module("api_gateway_usage_plan", plan).changed
    (stored,) = gateway.get_usage_plans()["items"]
    assert stored["throttle"] == {"rateLimit": 16.5, "burstLimit": 20}
    assert stored["apiStages"][0]["throttle"]["/health/GET"]["burstLimit"] == 2
    slower = {**plan, "burst_limit": 10, "quota": {"limit": 500, "period": "WEEK"}, "tags": {"Project": "store"}}
    slower["stages"] = [{**plan["stages"][0], "methods": [{"path": "/orders/{id}", "method": "GET", "rate_limit": 3, "burst_limit": 4}]}]
    assert run_module("api_gateway_usage_plan", slower, diff=True)["diff"]["before"]["burst_limit"] == 20
    assert not run_module("api_gateway_usage_plan", slower).changed
    (stored,) = gateway.get_usage_plans()["items"]
    assert list(stored["apiStages"][0]["throttle"]) == ["/orders/{id}/GET"]
    assert stored["tags"] == {"Project": "store"}
    assert "Create the APIs" in run_module("api_gateway_usage_plan", {**plan, "stages": [{"rest_api_id": "none", "stage": "x"}]}).msg
    for module, gone in (
        ("api_gateway_usage_plan", {"name": "partners", "state": "absent"}),
        ("api_gateway_stage", {"name": "prod", "rest_api_id": api["id"], "state": "absent"}),
        ("api_gateway_account", {"state": "absent"}),
    ):
        assert run_module(module, gone, check=True).changed, module
        assert run_module(module, gone).changed, module
        assert not run_module(module, gone).changed, module
