# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a request asks for: its service, region, operation and parameters.

The routers and parsers are moto's own (`moto.core.routing`, `moto.core.parse`), driven by
botocore's service models; this module adds which model a signature's service name stands for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qs, parse_qsl

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.model import OperationModel, ServiceModel
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from .http_server import Environ

_RENAMED: Final = {
    "airflow": "mwaa",
    "aps": "amp",
    "aoss": "opensearchserverless",
    "cassandra": "keyspaces",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "entitlement.marketplace": "marketplace-entitlement",
    "es": "opensearch",
    "execute-api": "apigatewaymanagementapi",
    "kinesisanalytics": "kinesisanalyticsv2",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}
"""Names in a signature's credential scope that differ from botocore's name for the service."""

_UNSIGNED: Final = {
    "AWSCognitoIdentityService": "cognito-identity",
    "AWSCognitoIdentityProviderService": "cognito-idp",
}
_READ = re.compile(
    r"(Describe|Get|List|Head|Lookup|Search|Select|BatchGet|BatchDescribe|Test|Simulate|Scan|Query"
    r"|Filter|Check|Estimate|Validate|Preview|Discover|View|Decrypt|Encrypt|GenerateData|Verify)"
)
_READ_SERVICES: Final = frozenset({"sts", "pricing", "ce"})
_GENERATED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b([a-z]+-)[0-9a-f]{8,17}\b")


@dataclass(slots=True)
class Call:
    """One request to one operation; `operation` is empty when nothing could be recognised."""

    service: str
    region: str
    operation: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    protocol: str = ""
    model: OperationModel | None = None

    @property
    def is_write(self) -> bool:
        """Whether the operation can change the account."""
        return self.service not in _READ_SERVICES and not _READ.match(self.operation)

    def parameters_hash(self) -> str:
        """A short hash of the parameters, the same in every run of the same program.

        Ids that AWS makes up and idempotency tokens differ from run to run, so they do not count.
        """
        tokens: frozenset[str] = frozenset()
        if self.model is not None:
            tokens = frozenset(self.model.idempotent_members)
        kept = {key: value for key, value in self.parameters.items() if key not in tokens}
        text = json.dumps(kept, sort_keys=True, default=_digest)
        text = _GENERATED.sub(lambda match: f"{match[1] or ''}*", text)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _digest(value: Any) -> str:
    if isinstance(value, (bytes, bytearray)):
        return hashlib.blake2b(value, digest_size=8).hexdigest()
    return str(value)


def presigned_credential(environ: Environ) -> str:
    """Return the credential in the query of a presigned request; empty for any other."""
    if "X-Amz-Credential=" not in environ.get("QUERY_STRING", ""):
        return ""
    query: str = environ["QUERY_STRING"]
    return parse_qs(query).get("X-Amz-Credential", [""])[0]


def credential_scope(environ: Environ) -> tuple[str, str] | None:
    """Return the region and service that the request was signed for."""
    credential = ""
    if authorization := environ.get("HTTP_AUTHORIZATION"):
        _unused, _unused, rest = authorization.partition("Credential=")
        credential = rest.partition(",")[0].strip()
    else:
        credential = presigned_credential(environ)
    parts = credential.split("/")
    if len(parts) < 5 or parts[-1] != "aws4_request":
        return None
    return parts[-3], parts[-2].lower()


def service_name(signed: str, environ: Environ) -> str:
    """Return botocore's name for the service that a signature names."""
    path: str = environ["PATH_INFO"]
    chooser = _CHOOSERS.get(signed)
    return chooser(environ, path) if chooser else _RENAMED.get(signed, signed)


def _body_version(environ: Environ) -> str:
    match = re.search(rb"(?:^|&)Version=([0-9-]+)", environ["emulator.body"])
    return match[1].decode() if match else ""


_CHOOSERS: Final[dict[str, Callable[[Environ, str], str]]] = {
    "elasticloadbalancing": lambda environ, path: "elb" if _body_version(environ) == "2012-06-01" else "elbv2",
    "apigateway": lambda environ, path: "apigatewayv2" if path.startswith("/v2/") else "apigateway",
    "dynamodb": lambda environ, path: (
        "dynamodbstreams" if environ.get("HTTP_X_AMZ_TARGET", "").startswith("DynamoDBStreams") else "dynamodb"
    ),
    "ses": lambda environ, path: "sesv2" if path.startswith("/v2/") else "ses",
    "s3": lambda environ, path: "s3control" if path.startswith("/v20180820/") else "s3",
    "es": lambda environ, path: "es" if path.startswith("/2015-01-01/") else "opensearch",
}


def identify(environ: Environ) -> Call:
    """Work out what a request asks for; never fails, an unknown request gives an empty operation."""
    scope = credential_scope(environ)
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if scope is not None:
        region, signed = scope
        service = service_name(signed, environ)
    else:
        region = "us-east-1"
        service = _UNSIGNED.get(target.split(".")[0], "")
        if not service:
            service = "sts" if b"Action=AssumeRoleWith" in environ["emulator.body"] else "s3"
    call = Call(service, region)
    try:
        model = get_service_model(service)
    except UnknownServiceError:
        call.operation = target.rsplit(".", 1)[-1]
        return call
    try:
        call.protocol = determine_request_protocol(model, environ.get("CONTENT_TYPE"))
        _fill(call, model, environ, target)
    except (HTTPException, NotImplementedError, OperationNotFoundError):
        # No such operation in the model: the answer is moto's business.
        call.operation = call.operation or target.rsplit(".", 1)[-1]
    except Exception:
        # A body that the parser cannot read is the service's to refuse, not ours.
        call.parameters = {}
    return call


def _fill(call: Call, model: ServiceModel, environ: Environ, target: str) -> None:
    body: bytes = environ["emulator.body"]
    values: MultiDict[str, str] = MultiDict()
    headers: Any = {}
    url_params: dict[str, Any] = {}
    if call.protocol in ("query", "ec2"):
        text = body.decode("utf-8") or environ["QUERY_STRING"]
        values = MultiDict(parse_qsl(text, keep_blank_values=True))
        call.operation = values.get("Action", "")
        call.model = model.operation_model(call.operation)
    elif call.protocol == "json":
        call.operation = target.rsplit(".", 1)[-1]
        call.model = model.operation_model(call.operation)
    else:
        request = Request(environ)
        call.model, url_params = get_service_router(call.service).match(request)
        call.operation = call.model.name
        values, headers = request.values, request.headers
    parser = PROTOCOL_PARSERS[call.protocol](call.model)
    call.parameters = parser.parse(
        {
            "method": environ["REQUEST_METHOD"],
            "values": values,
            "headers": headers,
            "body": body,
            "url_path": environ["PATH_INFO"],
            "url_params": url_params,
        }
    )


def call_of(environ: Environ) -> Call:
    """Return the call that this request was recognised as, working it out at the first use."""
    call = environ.get("emulator.call")
    if not isinstance(call, Call):
        call = environ["emulator.call"] = identify(environ)
    return call
