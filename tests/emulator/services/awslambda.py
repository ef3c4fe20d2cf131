# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lambda: configuration that is kept, versions that do not change any more, permissions per qualifier, and reserved concurrency.

Moto ignores half of what UpdateFunctionConfiguration is given, has no dead-letter and log configuration, shows the permissions
of all versions and aliases together, takes a second statement of the same id, counts no account limit for
concurrency, lets published versions follow a change of the function's code, and takes shares of versions that there are none of.
What a call of a function does is in another file.
"""

from __future__ import annotations

import copy
import uuid
from typing import Any, Final

from ._patching import wrap

CONCURRENCY: Final = 1000
UNRESERVED: Final = 100
_SIMPLE: Final = {"KMSKeyArn": "kms_key_arn", "TracingConfig": "tracing_config"}


def _error(code: str, message: str, status: int = 400) -> Exception:
    from moto.awslambda.exceptions import LambdaClientError

    error: Exception = LambdaClientError(code, message)
    error.code = status  # type: ignore[attr-defined]
    return error


def _init(original: Any, self: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
    self.dead_letter_arn = (spec.get("DeadLetterConfig") or {}).get("TargetArn") or ""
    self.logging_config = dict(spec.get("LoggingConfig") or {})
    self.revision_id = str(uuid.uuid4())
    original(self, account_id, spec, region, version)


def _configuration(original: Any, self: Any, on_create: bool = False) -> dict[str, Any]:
    shown: dict[str, Any] = original(self, on_create)
    logging = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{self.function_name}", **self.logging_config}
    if logging["LogFormat"] == "JSON":
        logging = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **logging}
    shown["LoggingConfig"] = logging
    shown["RevisionId"] = self.revision_id
    if self.dead_letter_arn:
        shown["DeadLetterConfig"] = {"TargetArn": self.dead_letter_arn}
    if shown.get("VpcConfig"):
        shown["VpcConfig"] = shown["VpcConfig"] | {"VpcId": _vpc_of(self, shown["VpcConfig"].get("SubnetIds") or [])}
    return {key: value for key, value in shown.items() if value not in (None, "") or key == "Description"}


def _vpc_of(function: Any, subnets: list[str]) -> str:
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[function.account_id][function.region]
    found = [subnet.vpc_id for zones in backend.subnets.values() for subnet in zones.values() if subnet.id in subnets]
    return found[0] if found else ""


def _check_network(account_id: str, region: str, network: dict[str, Any]) -> None:
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[account_id][region]
    known = {subnet.id for zones in backend.subnets.values() for subnet in zones.values()}
    groups = {group for vpc in backend.groups.values() for group in vpc}
    missing = [each for each in network.get("SubnetIds") or [] if each not in known]
    if missing:
        raise _error("InvalidParameterValueException", f"The subnet ID '{missing[0]}' does not exist")
    missing = [each for each in network.get("SecurityGroupIds") or [] if each not in groups]
    if missing:
        raise _error("InvalidParameterValueException", f"The security group '{missing[0]}' does not exist")


def _update(original: Any, self: Any, config_updates: dict[str, Any]) -> dict[str, Any]:
    if config_updates.get("VpcConfig"):
        _check_network(self.account_id, self.region, config_updates["VpcConfig"])
    for key, attribute in _SIMPLE.items():
        if key in config_updates:
            setattr(self, attribute, config_updates[key])
    if "DeadLetterConfig" in config_updates:
        self.dead_letter_arn = (config_updates["DeadLetterConfig"] or {}).get("TargetArn") or ""
    if "LoggingConfig" in config_updates:
        self.logging_config = dict(config_updates["LoggingConfig"] or {})
    if config_updates.get("EphemeralStorage"):
        self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
    network = config_updates.get("VpcConfig")
    if network is not None and not network.get("SubnetIds"):
        config_updates = {**config_updates, "VpcConfig": None}
    if "Environment" in config_updates:
        config_updates = {**config_updates, "Environment": {"Variables": (config_updates["Environment"] or {}).get("Variables") or {}}}
    self.revision_id = str(uuid.uuid4())
    shown: dict[str, Any] = original(self, config_updates)
    return shown


def _update_code(original: Any, self: Any, updated_spec: dict[str, Any]) -> Any:
    before = self.code_sha_256, self.architectures
    pending = self.code_or_config_updated
    # Published versions have the dictionary of the function that they were.
    self.code = dict(self.code)
    if updated_spec.get("Architectures"):
        self.architectures = updated_spec["Architectures"]
    result = original(self, updated_spec)
    self.code_or_config_updated = pending or (self.code_sha_256, self.architectures) != before
    self.revision_id = str(uuid.uuid4())
    return result


def _create(original: Any, self: Any, spec: dict[str, Any]) -> Any:
    if spec.get("FunctionName") in self._lambdas._functions and self._lambdas._functions[spec["FunctionName"]].get("latest"):
        raise _error("ResourceConflictException", f"Function already exist: {spec['FunctionName']}", 409)
    if spec.get("VpcConfig"):
        _check_network(self.account_id, self.region_name, spec["VpcConfig"])
    return original(self, spec)


def _publish(original: Any, self: Any, name_or_arn: str, description: str = "") -> Any:
    function = original(self, name_or_arn, description)
    if function is not None:
        function.code = dict(function.code)
        function.environment_vars = copy.deepcopy(function.environment_vars)
    return function


def _reserve(original: Any, self: Any, function_name: str, reserved_concurrency: Any) -> Any:
    others = sum(int(each.reserved_concurrency or 0) for each in self.list_functions() if each.function_name != function_name)
    if CONCURRENCY - others - int(reserved_concurrency) < UNRESERVED:
        message = (
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{UNRESERVED}]."
        )
        raise _error("InvalidParameterValueException", message)
    return original(self, function_name, reserved_concurrency)


def _of_qualifier(statement: dict[str, Any], qualifier: str | None) -> bool:
    """Whether a statement is for this qualifier: its resource ends with it."""
    parts = str(statement.get("Resource", "")).rpartition(":function:")[2].split(":")
    return (parts[1] if len(parts) > 1 else None) == (None if qualifier in (None, "", "$LATEST") else qualifier)


def _add_permission(original: Any, self: Any, function_name: str, qualifier: str, raw: str) -> Any:
    import json

    function = self.get_function(function_name, qualifier)
    wanted = json.loads(raw).get("StatementId")
    if any(each.get("Sid") == wanted and _of_qualifier(each, qualifier) for each in function.policy.statements):
        raise _error(
            "ResourceConflictException",
            f"The statement id ({wanted}) provided already exists. Please provide a new statement id, or remove the existing statement.",
            409,
        )
    return original(self, function_name, qualifier, raw)


def _get_policy(original: Any, self: Any, function_name: str, qualifier: str | None = None) -> str:
    function = self.get_function(function_name, qualifier)
    kept = copy.copy(function.policy)
    kept.statements = [each for each in function.policy.statements if _of_qualifier(each, qualifier)]
    text: str = kept.wire_format()
    return text


def _remove_permission(self: Any) -> Any:
    from urllib.parse import unquote

    parts = self.path.split("?")[0].split("/")
    name, identifier = unquote(parts[-3]), unquote(parts[-1])
    qualifier = self.querystring.get("Qualifier", [None])[0]
    function = self.backend.get_function(name, qualifier)
    for statement in function.policy.statements:
        if statement.get("Sid") == identifier and _of_qualifier(statement, qualifier):
            function.policy.statements.remove(statement)
            return 204, {"status": 204}, "{}"
    raise _error("ResourceNotFoundException", f"Statement {identifier} is not found in resource policy.", 404)


def _check_routing(backend: Any, function_name: str, version: str | None, routing: dict[str, Any] | None) -> None:
    for each, share in ((routing or {}).get("AdditionalVersionWeights") or {}).items():
        backend.get_function_by_name_or_arn_with_qualifier(function_name, each)
        if not 0 <= float(share) <= 1 or each == version or version == "$LATEST":
            message = "Invalid routing configuration: shares are from 0 to 1, for published versions other than the alias's own."
            raise _error("InvalidParameterValueException", message)


def _put_alias(
    original: Any, self: Any, name: str, function_name: str, function_version: str, description: str, routing_config: Any
) -> Any:
    _check_routing(self, function_name, function_version, routing_config)
    return original(self, name, function_name, function_version, description, routing_config)


def _update_alias(
    original: Any, self: Any, name: str, function_name: str, function_version: Any, description: Any, routing_config: Any
) -> Any:
    before = self.get_alias(name, function_name)
    _check_routing(self, function_name, function_version or before.function_version, routing_config)
    alias = original(self, name, function_name, function_version or before.function_version, description, routing_config)
    alias.revision_id = str(uuid.uuid4())
    return alias


def _alias(original: Any, self: Any) -> dict[str, Any]:
    shown: dict[str, Any] = original(self)
    if not ((shown.get("RoutingConfig") or {}).get("AdditionalVersionWeights")):
        shown.pop("RoutingConfig", None)
    return shown


def install() -> None:
    """Apply the corrections."""
    from moto.awslambda import models
    from moto.awslambda.responses import LambdaResponse

    from ._patching import put

    wrap(models.LambdaFunction, "__init__", _init)
    wrap(models.LambdaFunction, "get_configuration", _configuration)
    wrap(models.LambdaFunction, "update_configuration", _update)
    wrap(models.LambdaFunction, "update_function_code", _update_code)
    wrap(models.LambdaAlias, "to_json", _alias)
    wrap(models.LambdaStorage, "publish_version", _publish)
    wrap(models.LambdaStorage, "put_alias", _put_alias)
    wrap(models.LambdaStorage, "update_alias", _update_alias)
    wrap(models.LambdaBackend, "create_function", _create)
    wrap(models.LambdaBackend, "put_function_concurrency", _reserve)
    wrap(models.LambdaBackend, "add_permission", _add_permission)
    wrap(models.LambdaBackend, "get_policy", _get_policy)
    put(LambdaResponse, "remove_permission", _remove_permission)
