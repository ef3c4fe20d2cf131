# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the table of writes that is about REST APIs, user pools and functions. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current_tags
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import (
    ABSENT,
    PRESENT,
    Change,
    Manner,
    compare,
    words,
)
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part, Row, Rule

Given = Mapping[str, Any]

_STAGE_PARTS: Final = {
    "throttling": {"rateLimit": "throttlingRateLimit", "burstLimit": "throttlingBurstLimit"},
    "logging": {"loglevel": "loggingLevel", "dataTrace": "dataTraceEnabled"},
    "metrics": {"enabled": "metricsEnabled"},
}
"""Where a patch of a stage names a setting of methods otherwise than the stage does: by the last two parts of its path."""


def _patched(read: str, ask: Mapping[str, str]) -> Rule:
    """Return the rule for what API Gateway changes by patches: each step names one property by its path."""

    def rule(reader: Reader, given: Given) -> Iterator[Change]:
        current = reader(read, **{key: given[parameter] for key, parameter in ask.items()})
        for step in given.get("patchOperations") or []:
            path = [_unescaped(part) for part in str(step["path"]).strip("/").split("/")]
            yield from _stepped(current, step, path)

    return rule


def _unescaped(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _stepped(current: Given, step: Given, path: list[str]) -> Iterator[Change]:
    if path[0] == "apiStages" and len(path) == 1:
        joins = step["op"] == "add"
        yield Change(f"stage {step['value']}", ABSENT if joins else PRESENT, PRESENT if joins else ABSENT)
        return
    if path[-1] == "vpcEndpointIds":
        joins = step["op"] == "add"
        yield Change(f"endpoint {step['value']}", ABSENT if joins else PRESENT, PRESENT if joins else ABSENT)
        return
    if path[:2] == ["endpointConfiguration", "types"]:
        yield from compare(path[2], step["value"], "endpoint_configuration.types", Manner())
        return
    new = ABSENT if step["op"] == "remove" else step.get("value", ABSENT)
    old = _at(current, path)
    named = [f"{path[1]} {path[3]} {path[4]}", *path[5:]] if path[0] == "apiStages" else path
    name = ".".join(words(part) if part.isalnum() else part for part in named)
    yield from compare(_text(old), ABSENT if new == "" else new, name, Manner())


def _at(current: Any, path: list[str]) -> Any:
    """Return what the answer has at the path of a patch; ABSENT for nothing."""
    found: Any = current
    rest = list(path)
    if "methodSettings" in current and len(path) in (2, 4) and path[0] not in current:
        # Of a stage: `orders/GET/throttling/rateLimit`, or `orders/GET` for all of them.
        found = (current["methodSettings"] or {}).get(_method(path))
        rest = [] if len(path) == 2 else [_STAGE_PARTS.get(path[2], {}).get(path[3], path[3])]
    elif path[0] == "apiStages":
        stages = {f"{each['apiId']}:{each['stage']}": each for each in current.get("apiStages") or []}
        found = (stages.get(path[1], {}).get("throttle") or {}).get(f"{path[3]}/{path[4]}")
        rest = path[5:]
    for part in rest:
        found = found.get(part) if isinstance(found, Mapping) else None
    return ABSENT if found is None else found


def _method(path: list[str]) -> str:
    """Return what GetStage calls a method: `orders~1{id}/GET` of the path's parts."""
    return f"{path[0].replace('/', '~1')}/{path[1]}"


def _text(value: Any) -> Any:
    """Return a value as patches have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else value


def _imported(read: Reader, given: Given) -> Iterator[Change]:
    """Yield the methods that an import brings, and, where it overwrites, those that it takes away."""
    body = given["body"]
    document = json.loads(body) if isinstance(body, str | bytes | bytearray) else {}
    wanted = {
        f"{method.upper()} {path}"
        for path, item in (document.get("paths") or {}).items()
        for method in item
        if method in ("get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method")
    }
    wanted = {each.replace("X-AMAZON-APIGATEWAY-ANY-METHOD", "ANY") for each in wanted}
    answer = read("GetResources", all_pages=True, restApiId=given["restApiId"])
    there = {f"{method} {item['path']}" for item in answer.get("items") or [] for method in item.get("resourceMethods") or {}}
    for name in sorted(wanted - there):
        yield Change(f"method {name}", ABSENT, PRESENT)
    for name in sorted(there - wanted) if given.get("mode") == "overwrite" else []:
        yield Change(f"method {name}", PRESENT, ABSENT)
    yield Change("document", ABSENT, "imported anew")


def _gateway_tags(gone: bool) -> Rule:
    """Return the rule for tags, which API Gateway reads by an operation that is called like no other's."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        current = _current_tags.mapping(read("GetTags", resourceArn=given["resourceArn"]).get("tags"))
        if gone:
            yield from _current_tags.removed(current, given["tagKeys"])
        else:
            yield from _current_tags.differing(current, _current_tags.mapping(given["tags"]))

    return rule


def _deployed(_read: Reader, given: Given) -> Iterator[Change]:
    yield Change("deployment", ABSENT, given.get("description") or PRESENT)


# -- Cognito ---------------------------------------------------------------------------------------------


def _attributes_added(_read: Reader, given: Given) -> Iterator[Change]:
    for attribute in given["CustomAttributes"]:
        yield Change(f"attribute custom:{attribute['Name']}", ABSENT, attribute.get("AttributeDataType", PRESENT))


def _second_factor(read: Reader, given: Given) -> Iterator[Change]:
    current = read("GetUserPoolMfaConfig", UserPoolId=given["UserPoolId"])
    yield from compare(current.get("MfaConfiguration", "OFF"), given.get("MfaConfiguration", "OFF"), "mfa_configuration", Manner())
    for key, name in (("SoftwareToken", "software_token"), ("Sms", "sms"), ("Email", "email")):
        there, then = (f"{key}MfaConfiguration" in side for side in (current, given))
        if key == "SoftwareToken":
            there = bool((current.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"))
            then = bool((given.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled"))
        if there is not then:
            yield Change(f"mfa by {name}", PRESENT if there else ABSENT, PRESENT if then else ABSENT)


# -- Lambda ----------------------------------------------------------------------------------------------


def _function(read: Reader, given: Given) -> Iterator[Change]:
    """Yield what a function is given otherwise; AWS takes its environment for a secret."""
    current = read("GetFunctionConfiguration", FunctionName=given["FunctionName"])
    for key, value in given.items():
        if key in ("FunctionName", "RevisionId"):
            continue
        old: Any = current.get(key, ABSENT)
        if key == "Layers":
            old = [each["Arn"] for each in old] if isinstance(old, list) else []
        yield from compare(old, value, words(key), Manner(whole=False), read.shape("UpdateFunctionConfiguration", key))


def _code(read: Reader, given: Given) -> Iterator[Change]:
    """Yield that the code changes: by its hash, or by where it comes from."""
    found = read("GetFunctionConfiguration", FunctionName=given["FunctionName"])
    if "ZipFile" not in given and "S3Key" in given:
        version = f" version {given['S3ObjectVersion']}" if given.get("S3ObjectVersion") else ""
        yield Change("code", found.get("CodeSha256", ABSENT), f"s3://{given.get('S3Bucket')}/{given['S3Key']}{version}")
    elif "ZipFile" in given:
        yield Change("code", found.get("CodeSha256", ABSENT), "another package")
    if given.get("Architectures"):
        yield from compare(found.get("Architectures") or ["x86_64"], given["Architectures"], "architectures", Manner())


def _published(_read: Reader, _given: Given) -> Iterator[Change]:
    yield Change("version", ABSENT, "the next")


def _concurrency(read: Reader, given: Given) -> Iterator[Change]:
    old = read("GetFunctionConcurrency", FunctionName=given["FunctionName"]).get("ReservedConcurrentExecutions", ABSENT)
    new = given.get("ReservedConcurrentExecutions", ABSENT)
    if old != new:
        yield Change("reserved_concurrent_executions", old, new)


def _permission(read: Reader, given: Given) -> Iterator[Change]:
    asked = {key: given[key] for key in ("FunctionName", "Qualifier") if key in given}
    policy = json.loads(read("GetPolicy", **asked).get("Policy") or "{}")
    there = next((each for each in policy.get("Statement") or [] if each.get("Sid") == given["StatementId"]), None)
    caller = there.get("Principal") if there else None
    old = ABSENT if there is None else str(next(iter(caller.values()), caller) if isinstance(caller, Mapping) else caller)
    new = given.get("Principal", ABSENT)
    if old != new:
        yield Change(f"permission {given['StatementId']}", old, new)


_FUNCTION: Final = {"FunctionName": "FunctionName"}
_POOL: Final = {"UserPoolId": "UserPoolId"}

SERVERLESS: Final[dict[str, Row]] = {
    "apigateway:CreateDeployment": _deployed,
    "apigateway:PutRestApi": _imported,
    "apigateway:TagResource": _gateway_tags(False),
    "apigateway:UntagResource": _gateway_tags(True),
    "apigateway:UpdateAccount": _patched("GetAccount", {}),
    "apigateway:UpdateRestApi": _patched("GetRestApi", {"restApiId": "restApiId"}),
    "apigateway:UpdateStage": _patched("GetStage", {"restApiId": "restApiId", "stageName": "stageName"}),
    "apigateway:UpdateUsagePlan": _patched("GetUsagePlan", {"usagePlanId": "usagePlanId"}),
    "cognito-idp:AddCustomAttributes": _attributes_added,
    "cognito-idp:SetUserPoolMfaConfig": _second_factor,
    "cognito-idp:UpdateGroup": Fields(
        read="GetGroup",
        ask={"GroupName": "GroupName", **_POOL},
        current="Group",
        apart=frozenset({"GroupName", "UserPoolId"}),
        whole=True,
    ),
    "cognito-idp:UpdateUserPool": Fields(
        read="DescribeUserPool",
        ask=_POOL,
        current="UserPool",
        apart=frozenset({"UserPoolId", "UserPoolTags", "PoolName"}),
    ),
    "cognito-idp:UpdateUserPoolClient": Fields(
        read="DescribeUserPoolClient",
        ask={"ClientId": "ClientId", **_POOL},
        current="UserPoolClient",
        apart=frozenset({"UserPoolId", "ClientId"}),
    ),
    "cognito-idp:UpdateUserPoolDomain": Fields(
        read="DescribeUserPoolDomain",
        ask={"Domain": "Domain"},
        current="DomainDescription",
        apart=frozenset({"Domain", "UserPoolId"}),
    ),
    "lambda:AddPermission": _permission,
    "lambda:DeleteFunctionConcurrency": _concurrency,
    "lambda:PublishVersion": _published,
    "lambda:PutFunctionConcurrency": _concurrency,
    "lambda:RemovePermission": _permission,
    "lambda:UpdateAlias": Fields(
        read="GetAlias",
        ask={**_FUNCTION, "Name": "Name"},
        apart=frozenset({"FunctionName", "Name", "RevisionId"}),
    ),
    "lambda:UpdateFunctionCode": _code,
    "lambda:UpdateFunctionConfiguration": _function,
    "ssm:PutParameter": Part(name="value", read="GetParameter", ask={"Name": "Name"}, current="Parameter.Value", new="Value"),
}
"""One row per write, as in `_current_table.py`."""
