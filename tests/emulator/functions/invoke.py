# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of functions: whoever makes them, the code runs, and what it writes is in its log group."""

from __future__ import annotations

import base64
import json
import threading
import time
import traceback
import uuid
from typing import TYPE_CHECKING, Any, Final

from tests.emulator.services._patching import put, wrap

from .processes import Outcome, Processes, Program, RuntimeMissing

if TYPE_CHECKING:
    from tests.emulator.dispatch import Dispatcher

_TAIL: Final = 4096
_noting = threading.local()
"""Its `calls`, where it is a list, takes down the calls of this thread in place of making them."""


class Invoker:
    """Runs functions."""

    def __init__(self, processes: Processes, dispatcher: Dispatcher, port: int) -> None:
        self._processes = processes
        self._dispatcher = dispatcher
        self._port = port
        self._sessions: dict[str, dict[str, str]] = {}

    def forget(self) -> None:
        """End the processes: the account has been emptied."""
        self._processes.clear()
        self._sessions.clear()

    def function(self, region: str, name: str, qualifier: str | None = None) -> Any:
        """Return a function or a version of it, by name or ARN."""
        from moto.awslambda.utils import get_backend

        from tests.emulator.options import ACCOUNT_ID

        with self._dispatcher.turn:
            return get_backend(ACCOUNT_ID, region).get_function(name, qualifier)

    def call(self, function: Any, event: Any, alias: str | None = None) -> Outcome:
        """Run a function, and write what it logs into its log group."""
        request = str(uuid.uuid4())
        group = _log_group(function)
        stream = f"{time.strftime('%Y/%m/%d')}/[{function.version}]{uuid.uuid4().hex}"
        arn = ":".join([*function.function_arn.split(":")[:7], *([alias] if alias else [])])
        version = "$LATEST" if str(function.version) in ("latest", "$LATEST") else str(function.version)
        context = {
            "awsRequestId": request,
            "functionName": function.function_name,
            "functionVersion": version,
            "invokedFunctionArn": arn,
            "memoryLimitInMB": str(function.memory_size),
            "logGroupName": group,
            "logStreamName": stream,
        }
        environment = {
            **function.environment_vars,
            **self._credentials(function.role, function.region),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._port}",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": version,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        program = Program(function.code_bytes, function.run_time or "", function.handler or "", environment)
        try:
            outcome = self._processes.run(program, event, context, float(function.timeout))
        except RuntimeMissing as error:
            outcome = Outcome(json.dumps({"errorType": "Runtime.Unknown", "errorMessage": str(error)}).encode(), "Unhandled", [str(error)])
        lines = [
            f"START RequestId: {request} Version: {version}",
            *outcome.lines,
            f"END RequestId: {request}",
            (
                f"REPORT RequestId: {request}\tDuration: {outcome.milliseconds:.2f} ms\tBilled Duration: {int(outcome.milliseconds) + 1} ms"
                f"\tMemory Size: {function.memory_size} MB"
            ),
        ]
        self._log(function, group, stream, lines)
        outcome.lines = lines
        return outcome

    def later(self, function: Any, event: Any, alias: str | None = None) -> None:
        """Run a function as an asynchronous call does: whoever called does not wait, and a failure is tried once more."""

        def work() -> None:
            try:
                if self.call(function, event, alias).error:
                    self.call(function, event, alias)
            except Exception:
                traceback.print_exc()

        threading.Thread(target=work, daemon=True).start()

    def _credentials(self, role: str, region: str) -> dict[str, str]:
        from moto.sts.models import sts_backends

        from tests.emulator.options import ACCOUNT_ID

        with self._dispatcher.turn:
            if role not in self._sessions:
                backend: Any = sts_backends[ACCOUNT_ID]["aws"]
                session = backend.assume_role(
                    region_name=region, role_session_name="function", role_arn=role, policy=None, duration=43200, external_id=None
                )
                self._sessions[role] = {
                    "AWS_ACCESS_KEY_ID": session.access_key_id,
                    "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
                    "AWS_SESSION_TOKEN": session.session_token,
                }
            return self._sessions[role]

    def _log(self, function: Any, group: str, stream: str, lines: list[str]) -> None:
        now = int(time.time() * 1000)
        with self._dispatcher.turn:
            try:
                function.logs_backend.ensure_log_group(group)
                function.logs_backend.create_log_stream(group, stream)
                events = [{"timestamp": now, "message": line} for line in lines]
                function.logs_backend.put_log_events(group, stream, events)
            except Exception:
                # The log group may have gone while the function ran.
                traceback.print_exc()


def _log_group(function: Any) -> str:
    settings = getattr(function, "logging_config", None) or {}
    return str(settings.get("LogGroup") or f"/aws/lambda/{function.function_name}")


def _alias(name: str, qualifier: str | None) -> str | None:
    last = name.rpartition(":")[2] if name.startswith("arn:") and name.count(":") == 7 else None
    found = qualifier or last
    return found if found and not found.isdigit() and found != "$LATEST" else None


def install(invoker: Invoker) -> None:
    """Let every way to call a function of moto's lead here."""
    from moto.awslambda.models import LambdaFunction
    from moto.awslambda.responses import LambdaResponse
    from moto.awslambda_simple.models import LambdaSimpleBackend

    _install_events(invoker)
    _install_secrets(invoker)

    def invoke(self: Any, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any) -> bytes:
        noted: list[dict[str, Any]] | None = getattr(_noting, "calls", None)
        if noted is not None:
            noted.append({"function": function_name, "event": json.loads(body)})
            return b""
        with invoker._dispatcher.turn:
            function = self.get_function(function_name, qualifier)
        return _answered(invoker, function, _alias(function_name, qualifier), body, headers, response_headers)

    def invoke_function(self: Any, body: str, request_headers: Any, response_headers: Any) -> bytes:
        # SNS, SQS and streams call so; nobody waits for the result.
        del request_headers, response_headers
        invoker.later(self, json.loads(body) if body else {})
        return b""

    def with_qualifier(original: Any, self: Any) -> Any:
        # Moto looks for a parameter that is spelled otherwise.
        self.querystring.setdefault("qualifier", self.querystring.get("Qualifier"))
        return original(self)

    wrap(LambdaResponse, "invoke", with_qualifier)
    put(LambdaSimpleBackend, "invoke", invoke)
    put(LambdaFunction, "invoke", invoke_function)


def _answered(invoker: Invoker, function: Any, alias: str | None, body: Any, headers: Any, response_headers: Any) -> bytes:
    event = json.loads(body) if body else {}
    kind = next((value for key, value in dict(headers or {}).items() if key.lower() == "x-amz-invocation-type"), "RequestResponse")
    if kind == "DryRun":
        return b""
    if kind == "Event":
        invoker.later(function, event, alias)
        return b""
    outcome = invoker.call(function, event, alias)
    if outcome.error:
        response_headers["x-amz-function-error"] = outcome.error
    response_headers["x-amz-executed-version"] = str(function.version)
    response_headers["x-amz-log-result"] = base64.b64encode("\n".join(outcome.lines).encode()[-_TAIL:]).decode()
    return outcome.payload


def _install_events(invoker: Invoker) -> None:
    from moto.events.models import Rule

    def send(original: Any, self: Any, original_event: Any, transform_input: bool = True) -> None:
        """Call the functions among a rule's targets, and leave the others to moto."""
        if not self.event_pattern.dump() or not self.event_pattern.matches_event(original_event):
            # A rule with nothing but a schedule has no pattern, which moto takes for one that matches everything.
            return
        every = self.targets
        try:
            self.targets = [target for target in every if ":lambda:" not in target["Arn"]]
            original(self, original_event, transform_input)
        finally:
            self.targets = every
        call_targets(invoker, self, original_event)

    wrap(Rule, "send_to_targets", send)


def call_targets(invoker: Invoker, rule: Any, event: Any) -> int:
    """Call the functions among the targets of a rule; return how many there were."""
    from moto.events.utils import EventTemplateParser

    called = 0
    for target in rule.targets:
        if ":lambda:" not in target["Arn"]:
            continue
        given: Any = event
        if "Input" in target:
            given = json.loads(target["Input"])
        elif "InputTransformer" in target:
            transformer = target["InputTransformer"]
            given = EventTemplateParser.parse(transformer.get("InputTemplate"), transformer.get("InputPathsMap", {}), event)
        function = invoker.function(target["Arn"].split(":")[3], target["Arn"])
        invoker.later(function, given, _alias(target["Arn"], None))
        called += 1
    return called


def _install_secrets(invoker: Invoker) -> None:
    from moto.secretsmanager.models import SecretsManagerBackend

    def rotate(original: Any, self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
        """Begin a rotation; the function's four steps come after the answer, as on AWS."""
        rotation = Rotation(self, secret_id, args, kwargs)
        return rotation.begin(original, invoker)

    def move(original: Any, self: Any, secret_id: str, *args: Any, **kwargs: Any) -> Any:
        """Move a label; the version that has AWSCURRENT then is the one that is read."""
        answer = original(self, secret_id, *args, **kwargs)
        secret = self.secrets[secret_id]
        secret.set_default_version_id(
            next((key for key, each in secret.versions.items() if "AWSCURRENT" in each["version_stages"]), secret.default_version_id)
        )
        return answer

    wrap(SecretsManagerBackend, "rotate_secret", rotate)
    wrap(SecretsManagerBackend, "update_secret_version_stage", move)


class Rotation:
    """One rotation of a secret."""

    def __init__(self, backend: Any, secret_id: str, args: Any, kwargs: Any) -> None:
        self._backend = backend
        self._secret_id = secret_id
        self._args = args
        self._kwargs = kwargs

    def begin(self, original: Any, invoker: Invoker) -> Any:
        """Let moto note the rotation, take back what it does in the function's place, and start the function."""
        secret = self._backend.secrets.get(self._secret_id)
        current = secret.default_version_id if secret is not None else None
        before = {key: dict(value) for key, value in secret.versions.items()} if secret is not None else {}
        calls: list[dict[str, Any]] = []
        _noting.calls = calls
        try:
            answer = original(self._backend, self._secret_id, *self._args, **self._kwargs)
        finally:
            _noting.calls = None
        if not calls:
            return answer
        token = calls[0]["event"]["ClientRequestToken"]
        pending = secret.versions.get(token)
        secret.versions.clear()
        secret.versions.update(before)
        if len(calls) > 1 and pending is not None:
            # As on AWS, the version is there for the function to fill, without a value.
            secret.versions[token] = {**pending, "version_stages": ["AWSPENDING"], "secret_string": None}
            secret.versions[token].pop("secret_string")
        secret.set_default_version_id(current)
        threading.Thread(target=self._run, args=(invoker, calls), daemon=True).start()
        return answer

    def _run(self, invoker: Invoker, calls: list[dict[str, Any]]) -> None:
        region = self._backend.region_name
        for call in calls:
            try:
                outcome = invoker.call(invoker.function(region, call["function"]), {**call["event"], "RotationToken": str(uuid.uuid4())})
            except Exception:
                traceback.print_exc()
                return
            if outcome.error:
                return
