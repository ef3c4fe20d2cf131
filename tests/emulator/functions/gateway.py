# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to REST APIs: from the stage's path to the function and back, as API Gateway does it."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, unquote

from botocore.exceptions import ClientError

from tests.emulator.authorization_policies import Decision, decide
from tests.emulator.http_server import Answer, Environ
from tests.emulator.options import ACCOUNT_ID

from .tokens import Refused, claims_of

if TYPE_CHECKING:
    from .inside import Inside
    from .invoke import Invoker

_JSON: Final = [("Content-Type", "application/json")]
_DEFAULTS: Final[dict[str, tuple[int, str]]] = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error"),
    "EXPIRED_TOKEN": (403, "The security token included in the request is expired"),
    "INTEGRATION_FAILURE": (502, "Internal server error"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "UNAUTHORIZED": (401, "Unauthorized"),
}
"""What API Gateway answers by itself, unless the API says otherwise."""


class GatewayError(Exception):
    """API Gateway answers by itself."""

    def __init__(self, kind: str, message: str = "") -> None:
        self.kind = kind
        self.message = message or _DEFAULTS[kind][1]
        super().__init__(self.message)


@dataclass
class Request:
    """A request to a stage."""

    region: str
    api: str
    stage: str
    path: str
    environ: Environ
    source: str = "127.0.0.1"
    host: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    resource: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] | None = None

    @property
    def method(self) -> str:
        """The HTTP method."""
        return str(self.environ["REQUEST_METHOD"])

    def header(self, name: str) -> str | None:
        """Return a header, however it is spelled."""
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


def headers_of(environ: Environ) -> dict[str, str]:
    """Return the headers of a request, spelled as usual."""
    found = {key[5:].replace("_", "-").title(): value for key, value in environ.items() if key.startswith("HTTP_")}
    if environ.get("CONTENT_TYPE"):
        found["Content-Type"] = environ["CONTENT_TYPE"]
    return found


class Gateway:
    """Answers requests to the REST APIs of the account."""

    def __init__(self, inside: Inside, invoker: Invoker) -> None:
        self._inside = inside
        self._invoker = invoker

    def answer(self, request: Request) -> Answer:
        """Answer a request, and write a line into the stage's access log."""
        began = time.time()
        client = self._inside.client("apigateway", request.region)
        request.headers = request.headers or headers_of(request.environ)
        try:
            stage = client.get_stage(restApiId=request.api, stageName=request.stage)
        except ClientError:
            return Answer(403, [*_JSON, ("x-amzn-errortype", "ForbiddenException")], b'{"message":"Forbidden"}')
        error = ""
        try:
            answer = self._answered(client, request)
        except GatewayError as failure:
            error = failure.message
            answer = self._refusal(client, request, failure)
        answer.headers.append(("x-amzn-RequestId", request.id))
        self._log_access(stage, request, answer, began, error)
        return answer

    def _answered(self, client: Any, request: Request) -> Answer:
        self._check_policy(client, request)
        resources = client.get_resources(restApiId=request.api, embed=["methods"], limit=500)["items"]
        found = _match(resources, request)
        if found is None:
            raise GatewayError("MISSING_AUTHENTICATION_TOKEN")
        method = client.get_method(restApiId=request.api, resourceId=found["id"], httpMethod=found["method"])
        self._authorize(client, request, method)
        integration = method.get("methodIntegration") or {}
        match integration.get("type"):
            case "MOCK":
                return _mocked(integration, request)
            case "AWS_PROXY":
                return self._proxied(request, integration["uri"])
        raise GatewayError("API_CONFIGURATION_ERROR")

    def _check_policy(self, client: Any, request: Request) -> None:
        text = client.get_rest_api(restApiId=request.api).get("policy")
        if not text:
            return
        # API Gateway shows its policy with every quotation mark escaped.
        policy = json.loads(text.replace('\\"', '"') if text.startswith("{\\") else text)
        arn = f"arn:aws:execute-api:{request.region}:{ACCOUNT_ID}:{request.api}/{request.stage}/{request.method}{request.path}"
        prefix = f"arn:aws:execute-api:{request.region}:{ACCOUNT_ID}:{request.api}"
        statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
        for statement in statements:
            resources = statement.get("Resource", [])
            listed = resources if isinstance(resources, list) else [resources]
            statement["Resource"] = [re.sub(r"^execute-api:/", f"{prefix}/", each) for each in listed]
        facts = {"aws:referer": request.header("Referer"), "aws:useragent": request.header("User-Agent"), "aws:sourceip": request.source}

        def context(key: str) -> list[str] | None:
            value = facts.get(key.lower())
            return None if value is None else [value]

        decision = decide([{**policy, "Statement": statements}], "execute-api:Invoke", arn, context)
        if decision is not Decision.ALLOWED:
            how = "with an explicit deny" if decision is Decision.DENIED else "because no resource-based policy allows it"
            raise GatewayError(
                "ACCESS_DENIED", f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn} {how}"
            )

    def _authorize(self, client: Any, request: Request, method: dict[str, Any]) -> None:
        if method.get("authorizationType", "NONE") == "NONE":
            return
        if method["authorizationType"] != "COGNITO_USER_POOLS":
            raise GatewayError("API_CONFIGURATION_ERROR")
        authorizer = client.get_authorizer(restApiId=request.api, authorizerId=method["authorizerId"])
        name = authorizer.get("identitySource", "method.request.header.Authorization").rpartition(".")[2]
        token = request.header(name)
        if not token:
            raise GatewayError("UNAUTHORIZED")
        try:
            claims = claims_of(token.removeprefix("Bearer "), authorizer["providerARNs"], method.get("authorizationScopes"))
        except Refused as error:
            raise GatewayError("UNAUTHORIZED", str(error)) from error
        request.claims = {key: ",".join(map(str, value)) if isinstance(value, list) else str(value) for key, value in claims.items()}

    def _proxied(self, request: Request, uri: str) -> Answer:
        arn = uri.split("/functions/", 1)[-1].removesuffix("/invocations")
        try:
            function = self._invoker.function(request.region, arn)
        except Exception as error:
            raise GatewayError("INTEGRATION_FAILURE") from error
        if not self._may_call(request, arn):
            raise GatewayError("API_CONFIGURATION_ERROR")
        alias = arn.split(":")[7] if arn.count(":") == 7 else None
        outcome = self._invoker.call(function, _event(request), alias)
        try:
            document = json.loads(outcome.payload)
            if outcome.error or not isinstance(document, dict) or not isinstance(document["statusCode"], int):
                raise ValueError("malformed proxy response")
            body = document.get("body") or ""
            content = base64.b64decode(body) if document.get("isBase64Encoded") else str(body).encode()
            headers = [(key, str(value)) for key, value in (document.get("headers") or {}).items()]
        except (KeyError, ValueError) as error:
            raise GatewayError("INTEGRATION_FAILURE") from error
        headers += [(key, str(each)) for key, values in (document.get("multiValueHeaders") or {}).items() for each in values]
        if not any(key.lower() == "content-type" for key, _unused in headers):
            headers.append(("Content-Type", "application/json"))
        return Answer(document["statusCode"], headers, content)

    def _may_call(self, request: Request, arn: str) -> bool:
        """Return whether the function's own policy lets API Gateway call it."""
        parts = arn.split(":")
        asked = {"FunctionName": parts[6]} | ({"Qualifier": parts[7]} if len(parts) > 7 else {})
        try:
            policy = json.loads(self._inside.client("lambda", request.region).get_policy(**asked)["Policy"])
        except ClientError:
            return False
        source = f"arn:aws:execute-api:{request.region}:{ACCOUNT_ID}:{request.api}/{request.stage}/{request.method}{request.resource}"
        for statement in policy["Statement"]:
            # Moto forgets whom a statement is for in one of its forms; an ARN of a caller is enough here.
            condition = statement.get("Condition") or {}
            wanted = next((value for keys in condition.values() for key, value in keys.items() if key.lower() == "aws:sourcearn"), "*")
            principal = statement.get("Principal")
            service = principal.get("Service") if isinstance(principal, dict) else principal
            if service == "apigateway.amazonaws.com" and re.fullmatch(re.escape(wanted).replace(r"\*", ".*"), source):
                return True
        return False

    def _refusal(self, client: Any, request: Request, error: GatewayError) -> Answer:
        status, _unused = _DEFAULTS[error.kind]
        found: dict[str, Any] = {}
        for kind in (error.kind, "DEFAULT_4XX" if status < 500 else "DEFAULT_5XX"):
            try:
                found = client.get_gateway_response(restApiId=request.api, responseType=kind)
            except ClientError:
                continue
            if not found.get("defaultResponse"):
                break
        status = int(found.get("statusCode") or status)
        template = (found.get("responseTemplates") or {}).get("application/json", '{"message":$context.error.messageString}')
        facts = {
            "$context.error.messageString": json.dumps(error.message),
            "$context.error.message": error.message,
            "$context.error.responseType": error.kind,
            "$context.requestId": request.id,
        }
        for key, value in facts.items():
            template = template.replace(key, value)
        headers = [*_JSON, ("x-amzn-ErrorType", f"{error.kind.title().replace('_', '')}Exception")]
        for key, value in (found.get("responseParameters") or {}).items():
            headers.append((key.rpartition(".header.")[2], str(value).strip("'")))
        return Answer(status, headers, template.encode())

    def _log_access(self, stage: dict[str, Any], request: Request, answer: Answer, began: float, error: str) -> None:
        settings = stage.get("accessLogSettings") or {}
        if not settings.get("destinationArn"):
            return
        group = settings["destinationArn"].split(":log-group:")[1].removesuffix(":*")
        claims = request.claims or {}
        facts = {
            "requestId": request.id,
            "extendedRequestId": request.id,
            "apiId": request.api,
            "stage": request.stage,
            "httpMethod": request.method,
            "path": f"/{request.stage}{request.path}",
            "resourcePath": request.resource,
            "status": str(answer.status),
            "responseLength": str(len(answer.body)),
            "responseLatency": str(int((time.time() - began) * 1000)),
            "integrationLatency": str(int((time.time() - began) * 1000)),
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(began)),
            "requestTimeEpoch": str(int(began * 1000)),
            "protocol": "HTTP/1.1",
            "identity.sourceIp": request.source,
            "identity.userAgent": request.header("User-Agent") or "-",
            "error.message": error or "-",
            **{f"authorizer.claims.{key}": value for key, value in claims.items()},
        }
        line = re.sub(r"\$context\.([\w.:]+\w)", lambda match: facts.get(match[1], "-"), settings["format"])
        logs = self._inside.client("logs", request.region)
        stream = f"{request.api}-{request.stage}"
        try:
            with suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(logGroupName=group, logStreamName=stream)
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[{"timestamp": int(began * 1000), "message": line}])
        except ClientError:
            return


def _match(resources: list[dict[str, Any]], request: Request) -> dict[str, Any] | None:
    """Return the resource with the method that a path leads to; a fixed part counts more than a parameter."""
    wanted = [unquote(part) for part in request.path.split("/") if part]
    best: tuple[tuple[int, ...], dict[str, Any], str, dict[str, str]] | None = None
    for resource in resources:
        parts = [part for part in resource["path"].split("/") if part]
        parameters: dict[str, str] = {}
        rank: list[int] = []
        for index, part in enumerate(parts):
            if part.endswith("+}"):
                parameters[part[1:-2]] = "/".join(wanted[index:])
                rank.append(2)
                break
            if index >= len(wanted) or (part != wanted[index] and not part.startswith("{")):
                break
            if part.startswith("{"):
                parameters[part[1:-1]] = wanted[index]
            rank.append(1 if part.startswith("{") else 0)
        greedy = bool(parts) and parts[-1].endswith("+}")
        if len(rank) != len(parts) or (len(parts) != len(wanted) and not (greedy and len(wanted) >= len(parts))):
            continue
        methods = resource.get("resourceMethods") or {}
        method = next((each for each in (request.method, "ANY") if each in methods), None)
        if method and (best is None or tuple(rank) < best[0]):
            best = (tuple(rank), resource, method, parameters)
    if best is None:
        return None
    request.resource, request.parameters = best[1]["path"], best[3]
    return {"id": best[1]["id"], "method": best[2]}


# Of the language of templates, the one sentence that a preflight needs: a header that is the caller's, if it is one of these.
_CHOICE = re.compile(r"#foreach\(\$each in (\[[^]]*\])\).*\$context\.responseOverride\.header\.([\w-]+) = \$each\)")


def _mocked(integration: dict[str, Any], request: Request) -> Answer:
    responses = integration.get("integrationResponses") or {}
    first: tuple[str, dict[str, Any]] = next(iter(responses.items()), ("200", {}))
    status, response = first
    headers = {
        key.rpartition(".header.")[2]: str(value).strip("'")
        for key, value in (response.get("responseParameters") or {}).items()
        if ".header." in key
    }
    body = (response.get("responseTemplates") or {}).get("application/json") or ""
    if choice := _CHOICE.search(body):
        body = ""
        if (origin := request.header("Origin")) in json.loads(choice[1]):
            headers[choice[2]] = str(origin)
    return Answer(int(status), [*_JSON, *headers.items()], body.encode())


def _event(request: Request) -> dict[str, Any]:
    query = parse_qsl(request.environ.get("QUERY_STRING", ""), keep_blank_values=True)
    body: bytes = request.environ["emulator.body"]
    multiple: dict[str, list[str]] = {}
    for key, value in query:
        multiple.setdefault(key, []).append(value)
    return {
        "resource": request.resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": request.headers,
        "multiValueHeaders": {key: [value] for key, value in request.headers.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": multiple or None,
        "pathParameters": request.parameters or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": ACCOUNT_ID,
            "apiId": request.api,
            "stage": request.stage,
            "httpMethod": request.method,
            "resourcePath": request.resource,
            "path": f"/{request.stage}{request.path}",
            "requestId": request.id,
            "domainName": request.host,
            "requestTimeEpoch": int(time.time() * 1000),
            "identity": {"sourceIp": request.source, "userAgent": request.header("User-Agent")},
            **({"authorizer": {"claims": request.claims}} if request.claims is not None else {}),
        },
        "body": body.decode("utf-8", "replace") or None,
        "isBase64Encoded": False,
    }
