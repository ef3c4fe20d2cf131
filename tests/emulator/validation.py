# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses requests that violate the service model, with each service's own code and message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from . import catalogue
from .constraints import Constraints, Violation
from .errors import ServiceError, error_answer
from .http_server import Answer, Environ
from .request import Call, call_of

SHAPE_ERROR_CODES: Final = {
    "apigateway": "BadRequestException",
    "apigatewayv2": "BadRequestException",
    "backup": "InvalidParameterValueException",
    "cloudfront": "InvalidArgument",
    "cognito-idp": "InvalidParameterException",
    "ecr": "InvalidParameterException",
    "ecs": "InvalidParameterException",
    "efs": "BadRequest",
    "eks": "InvalidParameterException",
    "elasticache": "InvalidParameterValue",
    "lambda": "InvalidParameterValueException",
    "logs": "InvalidParameterException",
    "rds": "InvalidParameterValue",
    "route53": "InvalidInput",
    "sns": "InvalidParameter",
    "xray": "InvalidRequestException",
}
"""Where a service answers with something else than its protocol's usual code (see README.md)."""

_FREE_OF_CHECKS: Final = frozenset({"", "sts"})


def usual_code(protocol: str) -> str:
    """The code that services of a protocol use for a violated constraint."""
    return "ValidationError" if protocol in ("query", "rest-xml") else "ValidationException"


def error_of(service: str, protocol: str, violations: Sequence[Violation]) -> ServiceError:
    """Return the error that `service` answers with for these violations."""
    if service == "ec2":
        return _ec2_error(violations[0])
    if service in ("s3", "s3control"):
        return _s3_error(violations[0])
    parts = "; ".join(_sentence(violation) for violation in violations)
    count = len(violations)
    message = f"{count} validation error{'s' if count > 1 else ''} detected: {parts}"
    return ServiceError(SHAPE_ERROR_CODES.get(service, usual_code(protocol)), message)


def _sentence(violation: Violation) -> str:
    value = "null" if violation.value is None else f"'{_shown(violation)}'"
    return f"Value {value} at '{violation.path}' failed to satisfy constraint: {violation.constraint}"


def _shown(violation: Violation) -> str:
    if violation.shape.metadata.get("sensitive"):
        return "***Sensitive Data Redacted***"
    if isinstance(violation.value, list):
        return f"[{', '.join(map(str, violation.value))}]"
    return str(violation.value)


def _ec2_error(violation: Violation) -> ServiceError:
    name = violation.name
    if violation.kind == "required":
        return ServiceError("MissingParameter", f"The request must contain the parameter {name}")
    return ServiceError("InvalidParameterValue", f"Value ({violation.value}) for parameter {name} is invalid. {violation.constraint}.")


def _s3_error(violation: Violation) -> ServiceError:
    if violation.shape.serialization.get("location"):
        return ServiceError("InvalidArgument", f"{violation.path}: {violation.constraint}")
    return ServiceError(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )


def _check_instance_type(call: Call) -> ServiceError | None:
    """EC2 knows its instance types by region; the model's list is neither complete nor regional."""
    wanted = _instance_types(call.parameters)
    offered = catalogue.ec2_instance_types(call.region)
    for name in wanted:
        if offered and name not in offered:
            return ServiceError("InvalidParameterValue", f"Invalid value '{name}' for InstanceType.")
    return None


def _instance_types(parameters: Mapping[str, Any]) -> list[str]:
    data = parameters.get("LaunchTemplateData")
    sources = [parameters, data] if isinstance(data, Mapping) else [parameters]
    values = [source.get("InstanceType") for source in sources]
    return [value for value in values if isinstance(value, str)]


_EXTRA_CHECKS: Final[dict[tuple[str, str], Callable[[Call], ServiceError | None]]] = {
    ("ec2", "RunInstances"): _check_instance_type,
    ("ec2", "CreateLaunchTemplate"): _check_instance_type,
    ("ec2", "CreateLaunchTemplateVersion"): _check_instance_type,
}


class Validation:
    """The middleware; one per server."""

    def __init__(self) -> None:
        self._constraints: dict[str, Constraints] = {}

    def __call__(self, environ: Environ, following: Callable[[Environ], Answer]) -> Answer:
        """Answer with the service's error, or let the request through."""
        error = self.check(call_of(environ))
        return error_answer(environ, error) if error else following(environ)

    def check(self, call: Call) -> ServiceError | None:
        """Return the error for `call`; None when it satisfies its model."""
        if call.model is None or call.service in _FREE_OF_CHECKS:
            return None
        shape = call.model.input_shape
        if shape is None:
            return None
        constraints = self._constraints.get(call.service)
        if constraints is None:
            constraints = Constraints(call.service, scalars_only=call.protocol in ("query", "ec2"))
            self._constraints[call.service] = constraints
        violations = constraints.violations(shape, call.parameters)
        if violations:
            return error_of(call.service, call.protocol, violations)
        extra = _EXTRA_CHECKS.get((call.service, call.operation))
        return extra(call) if extra else None
