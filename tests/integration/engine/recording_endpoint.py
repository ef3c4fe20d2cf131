# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWS that does nothing but note who asked for what: it answers every request well, with nothing or with something made up.

`empty` answers say that nothing exists, so modules go on to create; `full` ones say that whatever was asked
for exists once, so modules go on to change and to delete.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from moto.core.serialize import get_serializer_class

from tests.emulator.http_server import Answer, Environ, LoopbackServer
from tests.emulator.request import Call, identify

_DEEPEST: Final = 5
_PAGES: Final = frozenset(
    {
        "nexttoken",
        "nextmarker",
        "marker",
        "istruncated",
        "position",
        "nextpagetoken",
        "nextrecordname",
        "lastevaluatedkey",
        "hasmoreresults",
    }
    | {
        "lastevaluatedtablename",
        "nextkeymarker",
        "nextcontinuationtoken",
        "hasmorestreams",
        "truncated",
        "nextdomainname",
        "nextforwardtoken",
    }
)
"""Members that say that there is more: a made-up one would be followed for ever."""


_SIGNED_AS: Final = {"/access-analyzer/aws4_request": "/accessanalyzer/aws4_request"}
"""Services that sign under a name that the emulator does not know."""


class Request(NamedTuple):
    """One request that arrived: who sent it, and what it asks for."""

    method: str
    path: str
    service: str
    operation: str


class RecordingEndpoint:
    """A running endpoint; `requests` are those that arrived, in order."""

    def __init__(self, full: bool) -> None:
        self.requests: list[Request] = []
        self._full = full
        self._server = LoopbackServer(0, self._answer)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self) -> str:
        """Where clients send their requests."""
        return f"http://127.0.0.1:{self._server.port}"

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: Environ) -> Answer:
        for signed, known in _SIGNED_AS.items():
            environ["HTTP_AUTHORIZATION"] = environ.get("HTTP_AUTHORIZATION", "").replace(signed, known)
        call = identify(environ)
        self.requests.append(Request(environ["REQUEST_METHOD"], environ["PATH_INFO"], call.service, call.operation))
        if call.model is None:
            return Answer(200, [("Content-Type", "text/plain")], b"")
        try:
            return self._document(call)
        except Exception:
            # A shape that the serialiser cannot write: an empty body is an answer too.
            return Answer(200, [], b"")

    def _document(self, call: Call) -> Answer:
        assert call.model is not None
        shape = call.model.output_shape
        value = (made_up(shape, call.parameters) if self._full else nothing(shape)) if shape is not None else {}
        answer = get_serializer_class(call.service, call.protocol)(call.model).serialize(value)
        body = answer["body"]
        headers = {str(key): str(text) for key, text in answer["headers"].items() if key.lower() != "content-length"}
        headers.setdefault("Date", datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"))
        return Answer(answer["status_code"], list(headers.items()), body.encode() if isinstance(body, str) else bytes(body))


def nothing(shape: Any) -> dict[str, Any]:
    """Return the answer that nothing was found: lists and what must be there, all empty."""
    empty: dict[str, Any] = {}
    for name, member in shape.members.items():
        if member.type_name in ("list", "map"):
            empty[name] = [] if member.type_name == "list" else {}
        elif member.type_name == "structure" and any(inner.type_name == "list" for inner in member.members.values()):
            empty[name] = nothing(member)
    return empty


def made_up(shape: Any, asked: Mapping[str, Any] | None = None, depth: int = 0, name: str = "") -> Any:
    """Return a value of a shape: lists of one, and the names that were asked for where a member is called the same."""
    kind = shape.type_name
    if name in (asked or {}) and kind == "string" and isinstance((asked or {})[name], str):
        return (asked or {})[name]
    match kind:
        case "structure":
            if depth > _DEEPEST or getattr(shape, "is_eventstream", False):
                return {}
            members = dict(list(shape.members.items())[:1]) if getattr(shape, "is_tagged_union", False) else shape.members
            return {
                member: made_up(inner, asked, depth + 1, member)
                for member, inner in members.items()
                if member.lower() not in _PAGES and not member.startswith("Checksum")
            }
        case "list":
            return [] if depth > _DEEPEST else [made_up(shape.member, asked, depth + 1, name)]
        case "map":
            return {}
        case "string":
            return _text(shape, name)
        case "integer" | "long" | "float" | "double":
            return 1
        case "boolean":
            return False
        case "timestamp":
            return datetime(2026, 1, 1, tzinfo=UTC)
        case "blob":
            return b"x"
    return None


def _text(shape: Any, name: str) -> str:
    settled = {"available", "active", "ACTIVE", "Active", "running", "CREATE_COMPLETE", "Deployed", "Enabled", "issued", "ISSUED"}
    choices = list(shape.enum or ())
    for choice in choices:
        if choice in settled:
            return str(choice)
    if choices:
        return str(choices[0])
    if name.lower().endswith(("state", "status")):
        return "available"
    if name.lower().endswith("arn"):
        return "arn:aws:x:ca-central-1:123456789012:x/probe"
    if "policy" in name.lower() and name.lower().endswith(("document", "policy", "text")):
        return '{"Version": "2012-10-17", "Statement": []}'
    return "probe"


@contextmanager
def recording(*, full: bool = False) -> Iterator[RecordingEndpoint]:
    """Run an endpoint for the time of a `with` block."""
    endpoint = RecordingEndpoint(full)
    try:
        yield endpoint
    finally:
        endpoint.close()
