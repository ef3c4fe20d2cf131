# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a REST API of API Gateway and its stages and plans are, what differs, and the patches that mend it.  Private to the collection."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies

Document = dict[str, Any]
Patch = list[dict[str, str]]

DEFINITION_TAG: Final = "stratum:definition"
"""The hash of the document that was imported last: an export never is what was imported."""
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
ANY: Final = "x-amazon-apigateway-any-method"
RESPONSES: Final = "x-amazon-apigateway-gateway-responses"
INTEGRATION: Final = "x-amazon-apigateway-integration"
OWN_ARN: Final = re.compile(r"^arn:[^:]+:execute-api:[^:]*:[^:]*:[^/]+/")
SHORT: Final = "execute-api:/"


def digest(value: Any) -> str:
    """Return a hash that is the same for values that mean the same."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()[:40]


def rest_api(api: Mapping[str, Any], arn: str, region: str) -> Document:
    """Return an API of GetRestApi as the module returns it."""
    endpoint = api.get("endpointConfiguration") or {}
    tags = dict(api.get("tags") or {})
    suffix = "amazonaws.com.cn" if ":aws-cn:" in arn else "amazonaws.com"
    return {
        "id": api["id"],
        "arn": arn,
        "name": api["name"],
        "description": api.get("description") or "",
        "root_resource_id": api.get("rootResourceId", ""),
        "endpoint_type": (endpoint.get("types") or ["EDGE"])[0],
        "vpc_endpoint_ids": endpoint.get("vpcEndpointIds") or [],
        "minimum_compression_size": api.get("minimumCompressionSize"),
        "disable_execute_api_endpoint": bool(api.get("disableExecuteApiEndpoint")),
        "policy": policy_of(api.get("policy")),
        "domain": f"{api['id']}.execute-api.{region}.{suffix}",
        "tags": tags,
    }


def policy_of(text: str | None) -> Document:
    """Return a resource policy, which API Gateway answers as the inside of a JSON text; its own ARN in the short form."""
    if not text:
        return {}
    try:
        policy = json.loads(text)
    except ValueError:
        policy = json.loads(json.loads(f'"{text}"'))
    return shortened(policy)


def shortened(policy: Mapping[str, Any]) -> Document:
    """Return a policy in which the API's own ARN is `execute-api:/`, as API Gateway takes it."""
    statements = policy.get("Statement") or []
    listed = [statements] if isinstance(statements, Mapping) else statements
    return {
        **policy,
        "Statement": [{**each, **{key: _short(each[key]) for key in ("Resource", "NotResource") if key in each}} for each in listed],
    }


def _short(resources: Any) -> Any:
    if isinstance(resources, list):
        return [_short(each) for each in resources]
    return OWN_ARN.sub(SHORT, resources)


def policy_for(statements: Sequence[Document] | None, referers: Sequence[str] | None) -> Document | None:
    """Return the resource policy that is wanted; None to leave it alone, empty for none.

    Whoever cannot name one of the `referers` is refused.  Nothing else that a caller chooses can be looked at by a policy.
    """
    if statements is None and referers is None:
        return None
    whole: list[Document] = []
    if referers:
        everybody = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": f"{SHORT}*"}
        whole.append({"Sid": "AllowEverybody", "Effect": "Allow", **everybody})
        unknown = {"StringNotEquals": {"aws:Referer": list(referers)}}
        whole.append({"Sid": "DenyWhoDoesNotComeThroughTheDistribution", "Effect": "Deny", **everybody, "Condition": unknown})
    whole += [{"Effect": "Allow", "Resource": f"{SHORT}*", **each} for each in statements or []]
    return {"Version": "2012-10-17", "Statement": whole} if whole else {}


def same_policy(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Return whether two policies say the same."""
    return not compare_policies(dict(first), shortened(second) if second else {})


def api_changes(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what differs between an API and the options, without document and tags."""
    keys = ("description", "endpoint_type", "minimum_compression_size", "disable_execute_api_endpoint")
    changes = {key: wanted[key] for key in keys if wanted[key] is not None and wanted[key] != current[key]}
    endpoints = wanted["vpc_endpoint_ids"]
    if endpoints is not None and sorted(endpoints) != sorted(current["vpc_endpoint_ids"]):
        changes["vpc_endpoint_ids"] = endpoints
    if wanted["policy"] is not None and not same_policy(current["policy"], wanted["policy"]):
        changes["policy"] = wanted["policy"]
    return changes


def api_patch(current: Mapping[str, Any], changes: Mapping[str, Any]) -> Patch:
    """Return the patch of UpdateRestApi that makes `changes` true."""
    patch: Patch = []
    names = {"description": "description", "minimum_compression_size": "minimumCompressionSize"}
    patch += [replace(f"/{name}", str(changes[key])) for key, name in names.items() if key in changes]
    if "disable_execute_api_endpoint" in changes:
        patch.append(replace("/disableExecuteApiEndpoint", str(changes["disable_execute_api_endpoint"]).lower()))
    if "policy" in changes:
        patch.append(replace("/policy", json.dumps(changes["policy"]) if changes["policy"] else ""))
    if "endpoint_type" in changes:
        patch.append(replace(f"/endpointConfiguration/types/{current['endpoint_type']}", changes["endpoint_type"]))
    if "vpc_endpoint_ids" in changes:
        path, wanted, there = "/endpointConfiguration/vpcEndpointIds", changes["vpc_endpoint_ids"], current["vpc_endpoint_ids"]
        patch += [{"op": "add", "path": path, "value": each} for each in wanted if each not in there]
        patch += [{"op": "remove", "path": path, "value": each} for each in there if each not in wanted]
    return patch


def replace(path: str, value: str) -> dict[str, str]:
    """Return one step of a patch."""
    return {"op": "replace", "path": path, "value": value}


def imported(document: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return the document as it is imported: with everything that an import would otherwise take away."""
    result = {**document, "info": {"version": "1.0", **document.get("info", {}), "title": wanted["name"]}}
    if wanted.get("description"):
        result["info"]["description"] = wanted["description"]
    if wanted.get("policy"):
        result["x-amazon-apigateway-policy"] = wanted["policy"]
    if wanted.get("minimum_compression_size") is not None:
        result["x-amazon-apigateway-minimum-compression-size"] = wanted["minimum_compression_size"]
    endpoint: Document = {"disableExecuteApiEndpoint": bool(wanted.get("disable_execute_api_endpoint"))}
    if wanted.get("vpc_endpoint_ids"):
        endpoint["vpcEndpointIds"] = wanted["vpc_endpoint_ids"]
    servers = [{**server, "x-amazon-apigateway-endpoint-configuration": endpoint} for server in document.get("servers") or []]
    return {**result, "servers": servers} if servers else result


def described_methods(document: Mapping[str, Any]) -> dict[str, Document]:
    """Return what a document says about each method, under names such as `GET /orders`, as far as it can be compared."""
    schemes = (document.get("components") or {}).get("securitySchemes") or {}
    result: dict[str, Document] = {}
    for path, item in (document.get("paths") or {}).items():
        for method in METHODS:
            operation = item.get(method)
            if operation is None:
                continue
            needed = [name for each in operation.get("security", document.get("security") or []) for name in each]
            integration = operation.get(INTEGRATION) or {}
            result[f"{'ANY' if method == ANY else method.upper()} {path}"] = {
                "authorizer": next((name for name in needed if "x-amazon-apigateway-authtype" in schemes.get(name, {})), ""),
                "api_key": any(_is_key(schemes.get(name, {})) for name in needed),
                "integration": str(integration.get("type", "")).upper(),
                "uri": integration.get("uri") or "",
            }
    return result


def _is_key(scheme: Mapping[str, Any]) -> bool:
    return scheme.get("type") == "apiKey" and str(scheme.get("name", "")).lower() == "x-api-key"


def found_methods(resources: Sequence[Mapping[str, Any]], authorizers: Sequence[Mapping[str, Any]]) -> dict[str, Document]:
    """Return the same of the resources of an API, as GetResources and GetAuthorizers answer them."""
    names = {each["id"]: each["name"] for each in authorizers}
    result: dict[str, Document] = {}
    for resource in resources:
        for verb, method in (resource.get("resourceMethods") or {}).items():
            integration = method.get("methodIntegration") or {}
            result[f"{verb} {resource['path']}"] = {
                "authorizer": names.get(method.get("authorizerId"), ""),
                "api_key": bool(method.get("apiKeyRequired")),
                "integration": integration.get("type", ""),
                "uri": integration.get("uri") or "",
            }
    return result


def described_responses(document: Mapping[str, Any]) -> dict[str, Document]:
    """Return the gateway responses that a document has."""
    return {kind: _response(response) for kind, response in (document.get(RESPONSES) or {}).items()}


def found_responses(responses: Sequence[Mapping[str, Any]]) -> dict[str, Document]:
    """Return the gateway responses that somebody has changed, as GetGatewayResponses answers them."""
    return {each["responseType"]: _response(each) for each in responses if not each.get("defaultResponse")}


def _response(response: Mapping[str, Any]) -> Document:
    code = response.get("statusCode")
    return {
        "status": None if code in (None, "") else str(code),
        "parameters": dict(response.get("responseParameters") or {}),
        "templates": dict(response.get("responseTemplates") or {}),
    }


def drifted(described: Mapping[str, Document], found: Mapping[str, Document]) -> list[str]:
    """Return the names of what is not as it was described, is missing, or should not be there."""
    return sorted(name for name in {*described, *found} if not _alike(described.get(name), found.get(name)))


def _alike(described: Document | None, found: Document | None) -> bool:
    if described is None or found is None:
        return False
    # What a document does not say about a gateway response, API Gateway fills in.
    return all(found.get(key) == value for key, value in described.items() if value not in (None, {}))
