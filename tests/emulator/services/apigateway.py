# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""API Gateway's REST APIs: whole imports, tags of everything, the account's role, settings of stages, and limits of usage plans.

Moto drops most of a document (see `_apigateway_import.py`), knows tags of stages only, logs without a role that may,
stages without a deployment, has half of the patches of APIs, stages and usage plans, and cannot update methods.
"""

from __future__ import annotations

import copy
import json
from typing import Any, Final

from . import _apigateway_import as importing
from ._patching import put, wrap

_DEFAULT_LIMITS: Final = {"throttlingRateLimit": 10000.0, "throttlingBurstLimit": 5000}


def _bad(message: str) -> Exception:
    from moto.apigateway.exceptions import BadRequestException

    return BadRequestException(message)


def _missing(message: str) -> Exception:
    from moto.apigateway.exceptions import NotFoundException

    error: Exception = NotFoundException(message)
    error.code = 404  # type: ignore[attr-defined]
    return error


def _put_rest_api(self: Any, function_id: str, api_doc: dict[str, Any], fail_on_warnings: bool, mode: str = "merge") -> Any:
    """Import on a copy first, so that a document that is refused changes nothing."""
    api = self.get_rest_api(function_id)
    before = dict(api.__dict__)
    kept = {name: dict(before[name]) for name in ("resources", "authorizers", "gateway_responses", "models", "request_validators")}
    try:
        importing.import_document(self, api, api_doc, mode == "overwrite")
    except Exception:
        api.__dict__.clear()
        api.__dict__.update(before | kept)
        raise
    return api


def _import_rest_api(self: Any) -> Any:
    from moto.apigateway.utils import deserialize_body

    document = deserialize_body(self.body)
    api = self.backend.create_rest_api(name=(document.get("info") or {}).get("title", ""), description="")
    types = self.querystring.get("endpointConfigurationTypes", [""])[0]
    if types:
        api.endpoint_configuration = {"types": types.split(",")}
    try:
        self.backend.put_rest_api(api.id, document, fail_on_warnings=False, mode="overwrite")
    except Exception:
        self.backend.apis.pop(api.id, None)
        raise
    return 201, {"status": 201}, json.dumps(api.to_dict())


def _create_rest_api(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    api = original(self, *args, **kwargs)
    if api.policy:
        api.policy = importing.expanded(self, api, api.policy)
    return api


def _api(original: Any, self: Any) -> dict[str, Any]:
    shown: dict[str, Any] = original(self)
    if shown.get("policy"):
        # The inside of a JSON text, as AWS answers it.
        shown["policy"] = json.dumps(shown["policy"])[1:-1]
    return {key: value for key, value in shown.items() if value is not None}


def _patch_api(original: Any, self: Any, patch_operations: list[dict[str, Any]]) -> None:
    from moto.apigateway.models import apigateway_backends

    others = []
    for step in patch_operations:
        path, value = step["path"], step.get("value")
        if path == "/policy":
            backend = apigateway_backends[self.account_id][self.region_name]
            self.policy = importing.expanded(backend, self, value) if value else None
        elif path == "/minimumCompressionSize":
            self.minimum_compression_size = int(value) if value else None
        elif path == "/disableExecuteApiEndpoint":
            self.disableExecuteApiEndpoint = str(value).lower() == "true"
        elif path.startswith("/endpointConfiguration/types"):
            self.endpoint_configuration = {**self.endpoint_configuration, "types": [value]}
        elif path.startswith("/endpointConfiguration/vpcEndpointIds"):
            there = [each for each in self.endpoint_configuration.get("vpcEndpointIds") or [] if each != value]
            self.endpoint_configuration = {
                **self.endpoint_configuration,
                "vpcEndpointIds": there + ([value] if step["op"] == "add" else []),
            }
        else:
            others.append(step)
    original(self, others)


def _delete_rest_api(original: Any, self: Any, function_id: str) -> Any:
    if function_id not in self.apis:
        raise _missing("Invalid API identifier specified")
    for plan in self.usage_plans.values():
        plan.api_stages = [each for each in plan.api_stages if each["apiId"] != function_id]
    return original(self, function_id)


def _owner(self: Any) -> Any:
    """What the request's ARN names, which has `tags`."""
    from urllib.parse import unquote

    path = unquote(self.path.split("/tags/")[1].split("?")[0]).split("::/", 1)[-1].split("/")
    backend = self.backend
    if path[0] == "restapis" and len(path) == 4:
        return backend.get_stage(path[1], path[3])
    if path[0] == "restapis":
        return backend.get_rest_api(path[1])
    if path[0] == "usageplans":
        return backend.get_usage_plan(path[1])
    if path[0] == "apikeys":
        return backend.get_api_key(path[1])
    raise _missing("Invalid resource ARN specified")


def _get_tags(self: Any) -> str:
    return json.dumps({"tags": _owner(self).tags or {}})


def _tag(self: Any) -> Any:
    owner = _owner(self)
    owner.tags = {**(owner.tags or {}), **(self._get_param("tags") or {})}
    return 204, {"status": 204}, ""


def _untag(self: Any) -> Any:
    owner = _owner(self)
    owner.tags = {key: value for key, value in (owner.tags or {}).items() if key not in self.querystring.get("tagKeys", [])}
    return 204, {"status": 204}, ""


def _update_method(self: Any) -> str:
    parts = self.path.split("/")
    method = self.backend.get_method(parts[2], parts[4], parts[6])
    names = {
        "/authorizationType": "authorization_type",
        "/authorizerId": "authorizer_id",
        "/operationName": "operation_name",
        "/requestValidatorId": "request_validator_id",
    }
    for step in self._get_param("patchOperations") or []:
        value = step.get("value") if step["op"] != "remove" else None
        if step["path"] in names:
            setattr(method, names[step["path"]], value)
        elif step["path"] == "/apiKeyRequired":
            method.api_key_required = str(value).lower() == "true"
        else:
            raise _bad(f"Invalid patch path {step['path']}")
    return json.dumps(method.to_json())


def _method(original: Any, self: Any) -> dict[str, Any]:
    shown: dict[str, Any] = original(self)
    return {key: value for key, value in shown.items() if value not in (None, {}) or key == "apiKeyRequired"} | {
        "authorizationType": self.authorization_type or "NONE"
    }


def _update_account(original: Any, self: Any, patch_operations: list[dict[str, Any]]) -> Any:
    from moto.iam.models import iam_backends

    for step in patch_operations:
        arn = step.get("value")
        if step["path"] == "/cloudwatchRoleArn" and arn:
            role = next((each for each in iam_backends[self.account_id]["aws"].roles.values() if each.arn == arn), None)
            document = role.assume_role_policy_document if role else ""
            trusted = "apigateway.amazonaws.com" in (document if isinstance(document, str) else json.dumps(document))
            if role is None or not trusted or not (role.managed_policies or role.policies):
                raise _bad(
                    "The role ARN does not have required permissions configured. "
                    "Please grant trust permission for API Gateway and add the required role policy."
                )
    return original(self, patch_operations)


def _account(original: Any, self: Any) -> dict[str, Any]:
    shown: dict[str, Any] = original(self)
    if not shown.get("cloudwatchRoleArn"):
        shown.pop("cloudwatchRoleArn", None)
    return {**shown, "features": shown.get("features") or ["UsagePlans"], "apiKeyVersion": "4"}


def _create_deployment(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    deployment = original(self, *args, **kwargs)
    api = self.get_rest_api(kwargs["function_id"] if "function_id" in kwargs else args[0])
    # A stage serves what was deployed, not what the API has become.
    deployment.document = copy.deepcopy(getattr(api, "document", None))
    deployment.policy = api.policy
    return deployment


def _get_deployment(original: Any, self: Any, function_id: str, deployment_id: str) -> Any:
    if deployment_id not in self.get_rest_api(function_id).deployments:
        raise _missing("Invalid Deployment identifier specified")
    return original(self, function_id, deployment_id)


def _create_stage(original: Any, self: Any, function_id: str, stage_name: str, deploymentId: str, **kwargs: Any) -> Any:
    self.get_deployment(function_id, deploymentId)
    return original(self, function_id, stage_name, deploymentId, **kwargs)


def _update_stage(original: Any, self: Any, function_id: str, stage_name: str, patch_operations: list[dict[str, Any]]) -> Any:
    stage = self.get_stage(function_id, stage_name)
    for step in patch_operations:
        path, value = step["path"], step.get("value")
        logging = path.endswith("/logging/loglevel") and value != "OFF"
        if (logging or path == "/accessLogSettings/destinationArn") and not self.account.cloudwatch_role_arn:
            raise _bad("CloudWatch Logs role ARN must be set in account settings to enable logging")
        if path == "/accessLogSettings/destinationArn":
            _check_log_group(self, str(value))
        if path == "/deploymentId":
            self.get_deployment(function_id, value)
        if path.count("/") == 2 and step["op"] == "remove" and path[1:] in stage.method_settings:
            del stage.method_settings[path[1:]]
    return original(self, function_id, stage_name, patch_operations)


def _check_log_group(backend: Any, arn: str) -> None:
    from moto.logs.models import logs_backends

    if ":logs:" in arn:
        name = arn.split(":log-group:")[1].removesuffix(":*")
        if name not in logs_backends[backend.account_id][backend.region_name].groups:
            raise _bad("The specified log destination does not exist. Please create the log group first.")


def _stage_settings(original: Any, self: Any) -> dict[str, Any]:
    return {**original(self), **_DEFAULT_LIMITS}


def _patch_plan(original: Any, self: Any, patch_operations: list[dict[str, Any]]) -> None:
    for step in patch_operations:
        path, value = step["path"], step.get("value")
        if path.startswith("/apiStages/"):
            _patch_plan_stage(self, step)
        elif path == "/apiStages" and step["op"] == "remove":
            self.api_stages = [each for each in self.api_stages if f"{each['apiId']}:{each['stage']}" != value]
        elif path == "/throttle/rateLimit":
            self.throttle["rateLimit"] = float(step["value"])
        elif path == "/quota/limit":
            self.quota["limit"] = int(step["value"])
        elif path == "/quota/offset":
            self.quota["offset"] = int(step["value"])
        else:
            original(self, [step])


def _patch_plan_stage(plan: Any, step: dict[str, Any]) -> None:
    key, _throttle, *rest = step["path"].removeprefix("/apiStages/").split("/")
    stage = next((each for each in plan.api_stages if f"{each['apiId']}:{each['stage']}" == key), None)
    if stage is None:
        raise _missing("Invalid API Stage specified")
    method = "/".join(rest[:2]).replace("~1", "/")
    limits = stage.setdefault("throttle", {})
    if step["op"] == "remove":
        limits.pop(method, None)
    else:
        kind = float if rest[2] == "rateLimit" else int
        limits.setdefault(method, {})[rest[2]] = kind(step["value"])


def _plan(original: Any, self: Any) -> dict[str, Any]:
    shown: dict[str, Any] = original(self)
    return {key: value for key, value in shown.items() if value is not None}


def _create_plan(original: Any, self: Any, payload: dict[str, Any]) -> Any:
    for each in payload.get("apiStages") or []:
        self.get_stage(each["apiId"], each["stage"])
    return original(self, payload)


def _update_plan(original: Any, self: Any, usage_plan_id: str, patch_operations: list[dict[str, Any]]) -> Any:
    for step in patch_operations:
        if step["path"] == "/apiStages" and step["op"] == "add":
            self.get_stage(*step["value"].split(":"))
    return original(self, usage_plan_id, patch_operations)


def _delete_plan(original: Any, self: Any, usage_plan_id: str) -> None:
    plan = self.get_usage_plan(usage_plan_id)
    if any(each["apiId"] in self.apis for each in plan.api_stages):
        raise _bad("Cannot delete Usage Plan because it has associated stages. Please disassociate all stages first.")
    original(self, usage_plan_id)


def install() -> None:
    """Apply the corrections."""
    from moto.apigateway import models, urls
    from moto.apigateway.responses import APIGatewayResponse

    put(models.APIGatewayBackend, "put_rest_api", _put_rest_api)
    put(APIGatewayResponse, "import_rest_api", _import_rest_api)
    put(APIGatewayResponse, "get_tags", _get_tags)
    put(APIGatewayResponse, "tag_resource", _tag)
    put(APIGatewayResponse, "untag_resource", _untag)
    put(APIGatewayResponse, "update_method", _update_method)
    for name, replacement in (
        ("create_rest_api", _create_rest_api),
        ("delete_rest_api", _delete_rest_api),
        ("update_account", _update_account),
        ("create_deployment", _create_deployment),
        ("get_deployment", _get_deployment),
        ("create_stage", _create_stage),
        ("update_stage", _update_stage),
        ("create_usage_plan", _create_plan),
        ("update_usage_plan", _update_plan),
        ("delete_usage_plan", _delete_plan),
    ):
        wrap(models.APIGatewayBackend, name, replacement)
    wrap(models.RestAPI, "to_dict", _api)
    wrap(models.RestAPI, "apply_patch_operations", _patch_api)
    wrap(models.Method, "to_json", _method)
    wrap(models.Account, "to_json", _account)
    wrap(models.Stage, "_get_default_method_settings", _stage_settings)
    wrap(models.UsagePlan, "to_json", _plan)
    wrap(models.UsagePlan, "apply_patch_operations", _patch_plan)
    urls.url_paths["{0}/tags/(?P<resourceArn>arn:.+)$"] = APIGatewayResponse.dispatch
