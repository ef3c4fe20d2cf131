# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Importing an OpenAPI document into a REST API, as API Gateway does it; `apigateway.py` uses it.

Moto reads paths and integrations only: no security, authorizers, gateway responses, validators, policy, or anything that is not a method.
"""

from __future__ import annotations

import copy
import json
from typing import Any, Final

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch")
ANY: Final = "x-amazon-apigateway-any-method"
_AUTHORIZATION: Final = {"cognito_user_pools": "COGNITO_USER_POOLS", "awsSigv4": "AWS_IAM", "custom": "CUSTOM", "oauth2": "CUSTOM"}


def _bad(message: str) -> Exception:
    from moto.apigateway.exceptions import BadRequestException

    return BadRequestException(message)


def import_document(backend: Any, api: Any, document: dict[str, Any], overwrite: bool) -> None:
    """Make the API what the document says."""
    if not str(document.get("openapi", "")).startswith("3."):
        raise _bad("Invalid OpenAPI input. Only OpenAPI 3.0 documents are supported here.")
    if overwrite:
        api.resources, api.authorizers, api.gateway_responses, api.models, api.request_validators = {}, {}, {}, {}, {}
        api.default = api.add_child("/")
        api.root_resource_id = api.default.id
        api.policy = None
        api.minimum_compression_size = None
    api.document = copy.deepcopy(document)
    _settings(backend, api, document)
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    authorizers = {name: _authorizer(backend, api, name, scheme) for name, scheme in schemes.items()}
    for kind, response in (document.get("x-amazon-apigateway-gateway-responses") or {}).items():
        api.put_gateway_response(kind, response.get("statusCode"), response.get("responseParameters"), response.get("responseTemplates"))
    for name, schema in ((document.get("components") or {}).get("schemas") or {}).items():
        if not name.isalnum():
            raise _bad(f"Unable to put model '{name}': Model name must be alphanumeric: {name}")
        api.add_model(name, schema.get("description", ""), json.dumps(schema), "application/json")
    for path, item in sorted((document.get("paths") or {}).items()):
        resource = _resource(api, path)
        for verb in (*METHODS, ANY):
            if verb in item:
                _method(backend, api, resource, "ANY" if verb == ANY else verb.upper(), item[verb], document, schemes, authorizers)


def _settings(backend: Any, api: Any, document: dict[str, Any]) -> None:
    info = document.get("info") or {}
    if not info.get("title"):
        raise _bad("Invalid OpenAPI input: attribute info.title is missing")
    api.name, api.description, api.version = info["title"], info.get("description", ""), str(info.get("version") or "")
    if document.get("x-amazon-apigateway-policy"):
        api.policy = expanded(backend, api, json.dumps(document["x-amazon-apigateway-policy"]))
    size = document.get("x-amazon-apigateway-minimum-compression-size")
    if size is not None:
        api.minimum_compression_size = int(size)
    api.binaryMediaTypes = document.get("x-amazon-apigateway-binary-media-types") or api.binaryMediaTypes
    api.api_key_source = document.get("x-amazon-apigateway-api-key-source") or api.api_key_source
    for server in document.get("servers") or []:
        endpoint = server.get("x-amazon-apigateway-endpoint-configuration") or {}
        api.disableExecuteApiEndpoint = endpoint.get("disableExecuteApiEndpoint", api.disableExecuteApiEndpoint)


def expanded(backend: Any, api: Any, policy: str) -> str:
    """Return a policy with the API's own ARN written out, as API Gateway keeps it."""
    return policy.replace('"execute-api:/', f'"arn:aws:execute-api:{backend.region_name}:{backend.account_id}:{api.id}/')


def _authorizer(backend: Any, api: Any, name: str, scheme: dict[str, Any]) -> tuple[str, str | None]:
    """Return the type of authorization and the id of the authorizer that a security scheme stands for."""
    kind = str(scheme.get("x-amazon-apigateway-authtype", ""))
    configured = scheme.get("x-amazon-apigateway-authorizer")
    if not kind or not configured:
        return _AUTHORIZATION.get(kind, "NONE"), None
    if kind == "cognito_user_pools":
        _check_pools(backend, name, configured.get("providerARNs") or [])
    for identifier, known in api.authorizers.items():
        if known.name == name:
            del api.authorizers[identifier]
            break
    authorizer = backend.create_authorizer(
        api.id,
        name,
        "COGNITO_USER_POOLS" if kind == "cognito_user_pools" else str(configured.get("type", "token")).upper(),
        provider_arns=configured.get("providerARNs"),
        auth_type=kind,
        authorizer_uri=configured.get("authorizerUri"),
        authorizer_credentials=configured.get("authorizerCredentials"),
        identity_source=configured.get("identitySource") or f"method.request.header.{scheme.get('name', 'Authorization')}",
        authorizer_result_ttl=configured.get("authorizerResultTtlInSeconds", 300),
    )
    return _AUTHORIZATION.get(kind, "CUSTOM"), authorizer.id


def _check_pools(backend: Any, name: str, arns: list[str]) -> None:
    from moto.cognitoidp.models import cognitoidp_backends

    for arn in arns:
        pools = cognitoidp_backends[backend.account_id][arn.split(":")[3]].user_pools
        if arn.rpartition("/")[2] not in pools:
            raise _bad(f"Unable to create authorizer '{name}': Invalid Cognito ARN specified: {arn}")
    if not arns:
        raise _bad(f"Unable to create authorizer '{name}': providerARNs must be specified")


def _resource(api: Any, path: str) -> Any:
    """Return the resource of a path, with all that lie above it."""
    parent, made = api.default, ""
    for part in filter(None, path.split("/")):
        made += f"/{part}"
        found = next((each for each in api.resources.values() if each.get_path() == made), None)
        parent = found or api.add_child(path=part, parent_id=parent.id)
    return parent


def _method(
    backend: Any,
    api: Any,
    resource: Any,
    verb: str,
    operation: dict[str, Any],
    document: dict[str, Any],
    schemes: dict[str, Any],
    authorizers: dict[str, tuple[str, str | None]],
) -> None:
    kind, identifier, scopes, key = "NONE", None, [], False
    for needed in operation.get("security", document.get("security")) or []:
        for name, asked in needed.items():
            scheme = schemes.get(name)
            if scheme is None:
                raise _bad(f"Unable to put method '{verb}' on resource at path '{resource.get_path()}': Invalid authorizer {name}")
            if scheme.get("name", "").lower() == "x-api-key":
                key = True
            else:
                kind, identifier = authorizers[name]
                scopes = asked
    method = resource.add_method(
        verb, kind, key, operation_name=operation.get("operationId"), authorizer_id=identifier, authorization_scopes=scopes or None
    )
    for code, response in (operation.get("responses") or {}).items():
        headers = {f"method.response.header.{name}": False for name in (response.get("headers") or {})}
        method.create_response(str(code), None, headers or None)
    integration = operation.get("x-amazon-apigateway-integration")
    if integration:
        arguments = backend._build_integration_args(integration)
        arguments["integration_type"] = str(arguments.get("integration_type", "")).upper()
        arguments["uri"] = arguments.get("uri") or ""
        arguments["integration_method"] = arguments.get("integration_method") or verb
        arguments["passthrough_behavior"] = str(arguments.get("passthrough_behavior") or "when_no_match").upper()
        backend.put_integration(
            function_id=api.id,
            resource_id=resource.id,
            method_type=verb,
            **{name: value for name, value in arguments.items() if value is not None},
        )
        for response in backend._build_integration_responses_args(integration):
            backend.put_integration_response(
                function_id=api.id,
                resource_id=resource.id,
                method_type=verb,
                **{name: value for name, value in response.items() if value is not None},
            )
