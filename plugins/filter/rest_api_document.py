# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that completes an OpenAPI document for API Gateway."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.application_path import application_path

DOCUMENTATION = r"""
name: rest_api_document
short_description: Complete an OpenAPI document for API Gateway
version_added: 0.5.0
description:
  - Takes an API of C(serverless_api_rest_apis) and returns its document with what API Gateway is to do. That is the functions that
    operations call, the authorizer, the methods and headers of CORS, and the answers of API Gateway itself.
  - References are resolved, but for those to schemas, because API Gateway does not follow all of them.
options:
  _input:
    description: The API.
    type: dict
    required: true
  alias_arns:
    description: The ARNs of aliases of functions, by C(function:alias).
    type: dict
    default: {}
  user_pool_arns:
    description: The ARNs of user pools, by name.
    type: dict
    default: {}
  distribution_domains:
    description: The domains of distributions, by name.
    type: dict
    default: {}
  region:
    description: The region of the API.
    type: str
    default: us-east-1
  partition:
    description: AWS's partition.
    type: str
    default: aws
positional: _input, alias_arns, user_pool_arns, distribution_domains, region, partition
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show what would be imported
  ansible.builtin.debug:
    msg: "{{ serverless_api_rest_apis[0] | stratum.aws.rest_api_document(serverless_api_alias_arns) }}"
"""

RETURN = r"""
_value:
  description: The document.
  type: dict
  sample: {"openapi": "3.0.1", "info": {"title": "shop"}, "paths": {}}
"""

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
INTEGRATION = "x-amazon-apigateway-integration"
RESPONSES = "x-amazon-apigateway-gateway-responses"
SCHEME = "cognito"
HEADERS = ("Authorization", "Content-Type", "X-Correlation-Id")
# A browser takes one origin for an answer, so of several API Gateway tells the one that asks, in its language for templates.
CHOICE = (
    '#set($origin = $input.params().header.get("Origin"))#if("$!origin" == "")#set($origin = $input.params().header.get("origin"))#end'
    "#foreach($each in ORIGINS)"
    "#if($each == $origin)#set($context.responseOverride.header.Access-Control-Allow-Origin = $each)#end"
    "#end"
)


def rest_api_document(
    api: Mapping[str, Any],
    alias_arns: Mapping[str, str] | None = None,
    user_pool_arns: Mapping[str, str] | None = None,
    distribution_domains: Mapping[str, str] | None = None,
    region: str = "us-east-1",
    partition: str = "aws",
) -> dict[str, Any]:
    """Return the document that is imported; see DOCUMENTATION."""
    name, source = str(api["name"]), _loaded(api)
    if not str(source.get("openapi", "")).startswith("3."):
        raise AnsibleFilterError(f"rest_api_document: the document of {name} is no OpenAPI 3 document: it has no openapi: 3.…")
    components = {key: value for key, value in (source.get("components") or {}).items() if key in ("schemas", "securitySchemes")}
    pools = [_one(user_pool_arns, pool, f"the user pool of {name}") for pool in api.get("user_pools") or []]
    schemes = dict(components.get("securitySchemes") or {})
    if pools:
        schemes[SCHEME] = _authorizer(pools, int(api.get("authorizer_cache_seconds", 300)))
    else:
        schemes.pop(SCHEME, None)
    allowed = _cors(api, distribution_domains)
    arns = {
        function: _one(alias_arns, f"{api['functions'][function]}:{api.get('alias') or 'live'}", f"the function {function!r} of {name}")
        for function in api.get("functions") or {}
    }
    uri = f"arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/"
    paths = {
        path: _path(path, _resolved(item, source), arns, uri, source.get("security"), bool(pools), allowed)
        for path, item in (source.get("paths") or {}).items()
    }
    info = {**(source.get("info") or {}), "title": name}
    if api.get("description"):
        info["description"] = api["description"]
    result = {key: value for key, value in source.items() if key not in ("components", "paths", "info", "security", "servers", "tags")}
    result |= {"info": info, "paths": paths, "components": {**components, "securitySchemes": schemes}}
    responses = {**(source.get(RESPONSES) or {}), **_responses(api.get("gateway_responses") or {}, allowed.headers)}
    return {**result, **({RESPONSES: responses} if responses else {})}


def _loaded(api: Mapping[str, Any]) -> dict[str, Any]:
    document = api["document"]
    if isinstance(document, Mapping):
        return dict(document)
    path = Path(application_path(str(document)))
    try:
        # A document that is not JSON is YAML, and JSON is YAML.
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise AnsibleFilterError(f"rest_api_document: the document of {api['name']} cannot be read: {error}") from error
    return dict(loaded or {})


def _one(known: Mapping[str, str] | None, wanted: str, what: str) -> str:
    if wanted not in (known or {}):
        there = ", ".join(sorted(known or {})) or "none"
        raise AnsibleFilterError(f"rest_api_document: {what} is to be {wanted!r}, which is not there (there are: {there})")
    return str((known or {})[wanted])


def _authorizer(arns: Sequence[str], seconds: int) -> dict[str, Any]:
    return {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": list(arns),
            "authorizerResultTtlInSeconds": seconds,
        },
    }


def _resolved(value: Any, source: Mapping[str, Any]) -> Any:
    """Return `value` without references, but for those to schemas."""
    if isinstance(value, list):
        return [_resolved(each, source) for each in value]
    if not isinstance(value, Mapping):
        return value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/") and not reference.startswith("#/components/schemas/"):
        found: Any = source
        for part in reference[2:].split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
        if found is None:
            raise AnsibleFilterError(f"rest_api_document: the document refers to {reference}, which is not in it")
        return _resolved(found, source)
    return {key: _resolved(each, source) for key, each in value.items()}


def _path(
    path: str,
    item: Mapping[str, Any],
    arns: Mapping[str, str],
    uri: str,
    security: Any,
    guarded: bool,
    allowed: Cors,
) -> dict[str, Any]:
    result = {key: value for key, value in item.items() if key not in METHODS}
    verbs = [verb for verb in METHODS if verb in item]
    for verb in verbs:
        operation = dict(item[verb])
        function = operation.pop("x-function", None)
        if function is not None:
            if function not in arns:
                there = ", ".join(sorted(arns)) or "none"
                raise AnsibleFilterError(f"rest_api_document: {verb.upper()} {path} asks for the function {function!r}; there are {there}")
            target = f"{uri}{arns[function]}/invocations"
            operation[INTEGRATION] = {"type": "aws_proxy", "httpMethod": "POST", "uri": target, "passthroughBehavior": "when_no_match"}
        operation["security"] = _needed(operation, security, guarded)
        result[verb] = operation
    if allowed.origins and "options" not in verbs:
        named = [verb.upper() for verb in verbs if not verb.startswith("x-")] or ["GET", "POST", "PUT", "PATCH", "DELETE"]
        result["options"] = _preflight(allowed, ",".join([*named, "OPTIONS"]))
    return result


def _needed(operation: Mapping[str, Any], security: Any, guarded: bool) -> list[Any]:
    """Return the security of an operation: its own, the document's, or a token."""
    own = operation.get("security", security)
    if own is None:
        return [{SCHEME: []}] if guarded else []
    return [each for each in own if guarded or SCHEME not in each]


class Cors(NamedTuple):
    """Pages of which origins may call an API, none unless it says so, and the headers that tell browsers."""

    origins: list[str]
    headers: dict[str, str]


def _cors(api: Mapping[str, Any], distribution_domains: Mapping[str, str] | None) -> Cors:
    cors = api.get("cors") or {}
    named = [_one(distribution_domains, each, f"the distribution of {api['name']}") for each in cors.get("distributions") or []]
    origins = [*(cors.get("origins") or []), *(f"https://{domain}" for domain in named)]
    if not origins:
        return Cors([], {})
    headers = {
        "Access-Control-Allow-Origin": origins[0],
        "Access-Control-Allow-Headers": ",".join(cors.get("headers") or HEADERS),
        "Access-Control-Max-Age": str(cors.get("max_age_seconds", 600)),
    }
    if cors.get("credentials"):
        headers["Access-Control-Allow-Credentials"] = "true"
    if len(origins) > 1:
        headers["Vary"] = "Origin"
    return Cors(origins, headers)


def _preflight(allowed: Cors, methods: str) -> dict[str, Any]:
    headers = {**allowed.headers, "Access-Control-Allow-Methods": methods}
    response: dict[str, Any] = {
        "statusCode": "204",
        "responseParameters": {f"method.response.header.{name}": f"'{value}'" for name, value in headers.items()},
    }
    if len(allowed.origins) > 1:
        response["responseTemplates"] = {"application/json": CHOICE.replace("ORIGINS", json.dumps(allowed.origins))}
    return {
        "summary": "What pages of other origins may do",
        "security": [],
        "responses": {"204": {"description": "What they may do", "headers": {name: {"schema": {"type": "string"}} for name in headers}}},
        INTEGRATION: {
            "type": "mock",
            "passthroughBehavior": "when_no_match",
            "requestTemplates": {"application/json": '{"statusCode": 204}'},
            "responses": {"default": response},
        },
    }


def _responses(wanted: Mapping[str, Any], allowed: Mapping[str, str]) -> dict[str, Any]:
    """Return the gateway responses; those of a page that may call the API are readable to it."""
    result: dict[str, Any] = {}
    for kind in dict.fromkeys([*wanted, *(("DEFAULT_4XX", "DEFAULT_5XX") if allowed else ())]):
        response = wanted.get(kind) or {}
        headers = {
            name: value for name, value in allowed.items() if name in ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
        }
        headers |= response.get("headers") or {}
        entry: dict[str, Any] = {"responseParameters": {f"gatewayresponse.header.{name}": f"'{value}'" for name, value in headers.items()}}
        if response.get("status_code"):
            entry["statusCode"] = str(response["status_code"])
        if response.get("templates"):
            entry["responseTemplates"] = {
                kind_of: template if isinstance(template, str) else json.dumps(template)
                for kind_of, template in response["templates"].items()
            }
        result[kind] = entry
    return result


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"rest_api_document": rest_api_document}
