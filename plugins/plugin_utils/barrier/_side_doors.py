# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways into AWS that do not lead through a client's method, each of which asks the barrier first.

`BaseClient._make_api_call` is the ordinary door (`_doors.py`). Beside it botocore has: the endpoint below the client, its
HTTP session (for requests that were signed by hand), presigned addresses and forms, and boto3's transfers to S3, which
work in threads that swallow an interception, and with awscrt do their own HTTP.

Not covered: a request that is signed by hand and sent by another HTTP library. A test shows that no module does that.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect

Admit = Callable[[str, str, Any, Effect], None]
"""Asked with service, operation, parameters and effect of a write that is about to happen; raises to stop it."""

_READING_METHODS: Final = frozenset({"GET", "HEAD"})
_LOGIN_TOKENS: Final = frozenset({"rds-db", "dsql"})
"""Names to sign for that give a password for a database, not a call of AWS."""
_SCOPE: Final = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


class _Inside(threading.local):
    """What this thread is in the middle of."""

    admitted: str | None = None
    """The operation that was let through, as `service:operation`: the layers below need not ask again."""
    sending: bool = False
    """The endpoint is at work, which has asked already."""


_inside = _Inside()


@contextmanager
def admitted(service: str, operation: str) -> Iterator[None]:
    """Let the layers below pass this operation in this thread: who calls has asked the barrier."""
    before, _inside.admitted = _inside.admitted, f"{service}:{operation}"
    try:
        yield
    finally:
        _inside.admitted = before


def install(admit: Admit) -> None:
    """Patch every further door to ask `admit`; to be called once in a process, before clients are made."""
    import boto3.s3.transfer
    import botocore.endpoint
    import botocore.httpsession
    import botocore.signers
    import s3transfer.tasks

    def ask(service: str, operation: str, parameters: Any, method: str = "GET") -> None:
        if _inside.admitted == f"{service}:{operation}":
            return
        kind = effect(service, operation) if operation else Effect.READ
        if kind is Effect.READ and method not in _READING_METHODS:
            kind = Effect.CHANGE
        if kind is not Effect.READ:
            admit(service, operation, parameters, kind)

    send_request = botocore.endpoint.Endpoint._send_request  # type: ignore[attr-defined]
    send = botocore.httpsession.URLLib3Session.send
    presign_for_client = botocore.signers.generate_presigned_url
    presign = botocore.signers.RequestSigner.generate_presigned_url
    presign_form = botocore.signers.S3PostPresigner.generate_presigned_post
    execute = s3transfer.tasks.Task._execute_main  # type: ignore[attr-defined]

    def watched_send_request(endpoint: Any, request_dict: Any, operation_model: Any) -> Any:
        # A read may be a POST here: the name alone decides.
        ask(operation_model.service_model.service_name, operation_model.name, request_dict.get("body"))
        before, _inside.sending = _inside.sending, True
        try:
            return send_request(endpoint, request_dict, operation_model)
        finally:
            _inside.sending = before

    def watched_send(session: Any, request: Any) -> Any:
        service = "" if _inside.sending else _signed_for(request)
        if service:
            operation = _operation_of(request)
            ask(service, operation, None, "GET" if operation else request.method)
        return send(session, request)

    def watched_presign_for_client(
        client: Any,
        ClientMethod: str,  # noqa: N803 (callers name botocore's arguments)
        Params: Any = None,  # noqa: N803
        ExpiresIn: int = 3600,  # noqa: N803
        HttpMethod: str | None = None,  # noqa: N803
    ) -> Any:
        service, operation = client.meta.service_model.service_name, client._PY_TO_OP_NAME.get(ClientMethod, "")
        if operation:
            usual = client.meta.service_model.operation_model(operation).http.get("method", "POST")
            ask(service, operation, Params, "GET" if HttpMethod in (None, usual) else str(HttpMethod).upper())
        with admitted(service, operation):
            return presign_for_client(client, ClientMethod, Params, ExpiresIn, HttpMethod)

    def watched_presign(
        signer: Any, request_dict: Any, operation_name: str, expires_in: int = 3600, region_name: Any = None, signing_name: Any = None
    ) -> Any:
        service = signing_name or signer.signing_name
        # The layer above has asked under botocore's name of the service, which may differ from the one that signs.
        asked = operation_name and (_inside.admitted or "").endswith(f":{operation_name}")
        if not asked and service not in _LOGIN_TOKENS:
            query = parse_qs(urlsplit(request_dict.get("url", "")).query)
            operation = operation_name or query.get("Action", [""])[0]
            ask(service, operation, None, "GET" if operation else request_dict.get("method", "GET"))
        return presign(signer, request_dict, operation_name, expires_in, region_name, signing_name)

    def watched_presign_form(presigner: Any, request_dict: Any, fields: Any = None, *args: Any, **kwargs: Any) -> Any:
        ask("s3", "PutObject", fields)
        return presign_form(presigner, request_dict, fields, *args, **kwargs)

    def watched_execute(task: Any, kwargs: Any) -> Any:
        try:
            return execute(task, kwargs)
        except Exception:
            raise
        except BaseException as error:
            # s3transfer hands over exceptions from its threads, but loses what is none: the transfer would seem done.
            task._log_and_set_exception(error)
            return None

    # The stubs know these attributes by other signatures, or not at all.
    endpoint: Any = botocore.endpoint.Endpoint
    http_session: Any = botocore.httpsession.URLLib3Session
    signers: Any = botocore.signers
    transfer_task: Any = s3transfer.tasks.Task
    transfers: Any = boto3.s3.transfer
    endpoint._send_request = watched_send_request
    http_session.send = watched_send
    signers.generate_presigned_url = watched_presign_for_client
    signers.RequestSigner.generate_presigned_url = watched_presign
    signers.S3PostPresigner.generate_presigned_post = watched_presign_form
    transfer_task._execute_main = watched_execute
    # awscrt does its own HTTP, where nothing can be watched.
    transfers._should_use_crt = lambda _config: False


def _signed_for(request: Any) -> str:
    """Return the service that a prepared request was signed for; empty when it bears no signature of AWS."""
    authorization = request.headers.get("Authorization") or ""
    text = authorization.decode("latin-1") if isinstance(authorization, bytes) else str(authorization)
    if text.startswith("AWS4-"):
        found = _SCOPE.search(text)
        return found[1] if found else "unknown"
    credential = parse_qs(urlsplit(request.url).query).get("X-Amz-Credential", [""])[0].split("/")
    return credential[3] if len(credential) == 5 else ""


def _operation_of(request: Any) -> str:
    """Return the operation that a prepared request names in its target, query or form; empty where its path says it."""
    header = request.headers.get("X-Amz-Target") or b""
    target = header.decode("latin-1") if isinstance(header, bytes) else str(header)
    if target:
        return target.rpartition(".")[2]
    body = request.body if isinstance(request.body, str | bytes) else b""
    form = body.decode("latin-1") if isinstance(body, bytes) else body
    for text in (urlsplit(request.url).query, form):
        if action := parse_qs(text).get("Action"):
            return str(action[0])
    return ""
