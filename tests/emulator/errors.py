# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors in the form of each AWS protocol, so that clients see codes and not a broken answer."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any
from xml.sax.saxutils import escape

from .http_server import Answer, Environ
from .request import Call, call_of

_CODE_IN_XML = re.compile(rb"<Code>([^<]*)</Code>")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class ServiceError(Exception):
    """An error that a service answers with: its code, its message and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def error_answer(environ: Environ, error: ServiceError) -> Answer:
    """Return `error` in the form of the protocol that the request used."""
    return error_for(call_of(environ), error)


def error_for(call: Call, error: ServiceError) -> Answer:
    """Return `error` as the service of `call` would send it."""
    request_id = str(uuid.uuid4())
    headers = [("x-amzn-RequestId", request_id)]
    if call.protocol in ("json", "rest-json", ""):
        headers.append(("Content-Type", "application/x-amz-json-1.1"))
        headers.append(("x-amzn-ErrorType", error.code))
        if call.model is not None and call.model.service_model.is_query_compatible:
            headers.append(("x-amzn-query-error", f"{error.code};Sender"))
        content: dict[str, Any] = {"__type": error.code, "message": error.message}
        return Answer(error.status, headers, json.dumps(content).encode())
    headers.append(("Content-Type", "text/xml"))
    # XML cannot carry control characters, not even escaped.
    code, message = escape(error.code), escape(_CONTROL.sub("?", error.message))
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if call.protocol == "ec2":
        body = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif call.service == "s3":
        body = f"<Error>{inner}<RequestId>{request_id}</RequestId></Error>"
    else:
        kind = "Sender" if error.status < 500 else "Receiver"
        body = f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    return Answer(error.status, headers, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode())


def error_code(answer: Answer) -> str | None:
    """Return the error code that an answer carries; None when it is not an error."""
    if answer.status < 400:
        return None
    for name, value in answer.headers:
        if name.lower() == "x-amzn-errortype":
            return value.partition(":")[0].rpartition("#")[2]
    if match := _CODE_IN_XML.search(answer.body):
        return match[1].decode("utf-8", "replace")
    try:
        content = json.loads(answer.body)
    except ValueError:
        return None
    kind = content.get("__type") or content.get("code") if isinstance(content, dict) else None
    return str(kind).rpartition("#")[2] if kind else None
