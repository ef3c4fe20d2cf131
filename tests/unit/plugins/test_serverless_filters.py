# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document of an API as it is imported, where its distribution finds it, and who calls functions."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.function_caller import function_caller
from ansible_collections.stratum.aws.plugins.filter.rest_api_callers import rest_api_callers
from ansible_collections.stratum.aws.plugins.filter.rest_api_document import INTEGRATION, RESPONSES, rest_api_document
from ansible_collections.stratum.aws.plugins.filter.rest_api_origins import rest_api_origins
from ansible_collections.stratum.aws.plugins.filter.usage_plan_stages import usage_plan_stages

ALIASES = {"shop-orders:live": "arn:aws:lambda:us-west-2:1:function:shop-orders:live"}
POOLS = {"shop": "arn:aws:cognito-idp:us-west-2:1:userpool/us-west-2_a"}
DISTRIBUTIONS = {"web": "d111111abcdef8.cloudfront.net"}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "Orders", "version": "1.0"},
    "servers": [{"url": "/"}],
    "paths": {
        "/orders": {
            "parameters": [{"$ref": "#/components/parameters/Limit"}],
            "get": {"x-function": "orders", "responses": {"200": {"$ref": "#/components/responses/Orders"}}},
        },
        "/health": {"get": {"x-function": "orders", "security": [], "responses": {}}},
    },
    "components": {
        "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer"}}},
        "responses": {
            "Orders": {"description": "Orders", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Orders"}}}}
        },
        "schemas": {"Orders": {"type": "object"}},
    },
}
API: dict[str, Any] = {"name": "shop", "document": DOCUMENT, "functions": {"orders": "shop-orders"}, "user_pools": ["shop"]}


def completed(**more: Any) -> dict[str, Any]:
    return rest_api_document({**API, **more}, ALIASES, POOLS, DISTRIBUTIONS, "us-west-2")


def test_operations_call_functions_and_need_a_token() -> None:
    before = copy.deepcopy(DOCUMENT)
    result = completed(description="What is sold")
    orders, health = result["paths"]["/orders"]["get"], result["paths"]["/health"]["get"]
    assert orders[INTEGRATION]["uri"] == (
        "arn:aws:apigateway:us-west-2:lambda:path/2015-03-31/functions/arn:aws:lambda:us-west-2:1:function:shop-orders:live/invocations"
    )
    assert (orders["security"], health["security"]) == ([{"cognito": []}], [])
    assert "x-function" not in orders
    scheme = result["components"]["securitySchemes"]["cognito"]
    assert scheme["x-amazon-apigateway-authorizer"]["providerARNs"] == [POOLS["shop"]]
    assert result["info"] == {"title": "shop", "version": "1.0", "description": "What is sold"}
    assert before == DOCUMENT


def test_references_are_resolved_but_for_schemas() -> None:
    result = completed()
    assert result["paths"]["/orders"]["parameters"][0]["name"] == "limit"
    response = result["paths"]["/orders"]["get"]["responses"]["200"]
    assert response["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Orders"}
    assert set(result["components"]) == {"schemas", "securitySchemes"}
    assert "servers" not in result


def test_without_a_pool_nothing_is_guarded() -> None:
    result = completed(user_pools=[])
    assert result["paths"]["/orders"]["get"]["security"] == []
    assert result["components"]["securitySchemes"] == {}


def test_a_page_of_another_origin_may_ask_and_read_errors() -> None:
    plain = completed()
    assert "options" not in plain["paths"]["/orders"]
    assert RESPONSES not in plain
    result = completed(
        cors={"distributions": ["web"], "credentials": True},
        gateway_responses={"UNAUTHORIZED": {"status_code": 401, "templates": {"a/b": {"c": 1}}}},
    )
    values = result["paths"]["/orders"]["options"][INTEGRATION]["responses"]["default"]["responseParameters"]
    assert values["method.response.header.Access-Control-Allow-Origin"] == "'https://d111111abcdef8.cloudfront.net'"
    assert values["method.response.header.Access-Control-Allow-Methods"] == "'GET,OPTIONS'"
    assert result["paths"]["/orders"]["options"]["security"] == []
    assert sorted(result[RESPONSES]) == ["DEFAULT_4XX", "DEFAULT_5XX", "UNAUTHORIZED"]
    refused = result[RESPONSES]["UNAUTHORIZED"]
    assert refused["statusCode"] == "401"
    assert json.loads(refused["responseTemplates"]["a/b"]) == {"c": 1}
    assert refused["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Credentials"] == "'true'"


def test_of_several_origins_the_one_that_asks_is_told() -> None:
    (only,) = completed(cors={"origins": ["https://a.example.com"]})["paths"]["/orders"]["options"][INTEGRATION]["responses"].values()
    assert "responseTemplates" not in only
    result = completed(cors={"origins": ["https://a.example.com"], "distributions": ["web"]})["paths"]["/orders"]["options"]
    (response,) = result[INTEGRATION]["responses"].values()
    assert response["responseParameters"]["method.response.header.Access-Control-Allow-Origin"] == "'https://a.example.com'"
    assert response["responseParameters"]["method.response.header.Vary"] == "'Origin'"
    template = response["responseTemplates"]["application/json"]
    assert '["https://a.example.com", "https://d111111abcdef8.cloudfront.net"]' in template
    assert template.count("#set") + template.count("#if") + template.count("#foreach") == 6
    assert template.count("#end") == 3


def test_a_document_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    assert completed(document=str(path)) == completed()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"document": {"swagger": "2.0"}}, "no OpenAPI 3 document"),
        ({"document": "/nowhere.yml"}, "cannot be read"),
        ({"functions": {}}, "asks for the function 'orders'"),
        ({"functions": {"orders": "shop-other"}}, "'shop-other:live', which is not there"),
        ({"alias": "next"}, "'shop-orders:next', which is not there"),
        ({"user_pools": ["other"]}, "'other', which is not there"),
        ({"cors": {"distributions": ["other"]}}, "'other', which is not there"),
        ({"document": {**DOCUMENT, "components": {}}}, "refers to #/components"),
    ],
)
def test_what_is_missing_is_named(more: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        completed(**more)


def test_a_distribution_finds_the_first_stage() -> None:
    apis: list[dict[str, Any]] = [{"name": "shop", "stages": [{"name": "prod"}, {"name": "next"}]}, {"name": "new"}, {"name": "bare"}]
    found = rest_api_origins(apis, {"shop": "a1", "bare": "b2"}, "us-west-2")
    assert found["shop"] == {
        "domain": "a1.execute-api.us-west-2.amazonaws.com",
        "path": "/prod",
        "url": "https://a1.execute-api.us-west-2.amazonaws.com/prod",
    }
    assert found["bare"]["path"] == ""
    assert "new" not in found


def test_each_api_may_call_each_of_its_functions_once() -> None:
    apis = [
        {"name": "shop", "functions": {"a": "one", "b": "one", "c": "two"}},
        {"name": "bare", "alias": "next", "functions": {"x": "one"}},
    ]
    assert rest_api_callers(apis) == [
        {"api": "shop", "function": "one", "alias": "live"},
        {"api": "shop", "function": "two", "alias": "live"},
        {"api": "bare", "function": "one", "alias": "next"},
    ]


@pytest.mark.parametrize(
    ("permission", "arn"),
    [
        ({"rule": "nightly"}, "arn:aws:events:us-west-2:1:rule/nightly"),
        ({"schedule": "default/nightly"}, "arn:aws:scheduler:us-west-2:1:schedule/default/nightly"),
        ({"topic": "alarms"}, "arn:aws:sns:us-west-2:1:alarms"),
        ({"bucket": "files"}, "arn:aws:s3:::files"),
        ({"log_group": "/app"}, "arn:aws:logs:us-west-2:1:log-group:/app:*"),
        ({"source_arn": "arn:x"}, "arn:x"),
        ({"any_of_account": True}, ""),
    ],
)
def test_a_caller_is_known_by_its_name(permission: dict[str, Any], arn: str) -> None:
    assert function_caller({"id": "one", **permission}, "1", "us-west-2") == arn


def test_two_callers_are_two_permissions() -> None:
    with pytest.raises(AnsibleFilterError, match="not rule, topic"):
        function_caller({"id": "one", "rule": "a", "topic": "b"}, "1", "us-west-2")


def test_plans_name_apis_by_their_names() -> None:
    assert usage_plan_stages([{"api": "shop", "stage": "prod", "methods": []}], {"shop": "a1"}) == [
        {"rest_api_id": "a1", "stage": "prod", "methods": []}
    ]
    with pytest.raises(AnsibleFilterError, match="no API other"):
        usage_plan_stages([{"api": "other", "stage": "prod"}], {"shop": "a1"})
