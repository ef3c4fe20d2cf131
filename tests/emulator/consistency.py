# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads that lag behind writes: for a while after a create, reads do not know the resource yet.

The form is this. When a create succeeds, the resource's ids and names are taken from the request
and the answer. Until the lag is over, a read of the same kind of resource (`DescribeVpcs` after
`CreateVpc`) that asks for one of them gets the service's not-found error, and one that lists the
resources gets them without the new one. Writes and reads of other kinds see it at once.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from xml.etree import ElementTree

from .errors import ServiceError, error_answer
from .http_server import Answer, Environ
from .request import Call, call_of

_CREATE: Final = re.compile(r"(?:Create|Run|Allocate|Request|Copy|Import)([A-Z]\w*)")
_READ: Final = re.compile(r"(?:Describe|Get|List|Head)([A-Z]\w*?)(?:Attributes?)?")
_IDENTIFIERS: Final = {
    "SecurityGroup": ("groupid",),
    "Address": ("allocationid",),
    "Function": ("functionname", "functionarn"),
}
"""Names of a resource's ids where they do not begin with the resource's own name."""

_EC2_NOT_FOUND: Final = {
    "SecurityGroup": "InvalidGroup.NotFound",
    "Address": "InvalidAllocationID.NotFound",
    "NatGateway": "NatGatewayNotFound",
    "VpcEndpoint": "InvalidVpcEndpointId.NotFound",
    "LaunchTemplate": "InvalidLaunchTemplateId.NotFound",
    "Volume": "InvalidVolume.NotFound",
    "Snapshot": "InvalidSnapshot.NotFound",
}


def singular(noun: str) -> str:
    """Return `Policy` for `Policies`, `Address` for `Addresses`, `Vpc` for `Vpcs`."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    if noun.endswith(("sses", "xes")):
        return noun[:-2]
    return noun[:-1] if noun.endswith("s") and not noun.endswith("ss") else noun


def identifiers(noun: str, call: Call, body: bytes) -> frozenset[str]:
    """Return the ids and names of the resource that a successful create has made."""
    stem = noun.lower()
    keys = frozenset(_IDENTIFIERS.get(noun, ())) | {stem + end for end in ("id", "arn", "name", "identifier")} | {"name", "arn"}
    asked = {value for key, value in call.parameters.items() if isinstance(value, str) and key.lower() in keys}
    answered = {value for key, value in _leaves(body) if key.lower() in keys - {"name", "arn"}}
    return frozenset(asked | answered) - {""}


def _leaves(body: bytes) -> Iterator[tuple[str, str]]:
    if body.lstrip().startswith(b"<"):
        for element in ElementTree.fromstring(body).iter():
            yield _tag(element), (element.text or "").strip()
        return
    pending = [json.loads(body)] if body.lstrip().startswith(b"{") else []
    while pending:
        item = pending.pop()
        for key, value in item.items() if isinstance(item, dict) else ():
            if isinstance(value, str):
                yield key, value
            else:
                pending.append(value)
        pending.extend(item if isinstance(item, list) else ())


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def without(body: bytes, hidden: frozenset[str]) -> bytes:
    """Return a list answer without the entries that have one of `hidden` as a value of their own."""
    if body.lstrip().startswith(b"<"):
        root = ElementTree.fromstring(body)
        for parent in list(root.iter()):
            for child in list(parent):
                if any(not len(leaf) and (leaf.text or "").strip() in hidden for leaf in child):
                    parent.remove(child)
        return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
    return json.dumps(_filtered(json.loads(body), hidden)).encode()


def _filtered(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _filtered(item, hidden) for key, item in value.items()}
    if isinstance(value, list):
        return [_filtered(item, hidden) for item in value if not _is_hidden(item, hidden)]
    return value


def _is_hidden(item: Any, hidden: frozenset[str]) -> bool:
    values = item.values() if isinstance(item, dict) else (item,)
    return any(isinstance(value, str) and value in hidden for value in values)


def not_found(noun: str, call: Call) -> ServiceError:
    """Return the error with which the service of `call` does not know a resource."""
    message = f"The {noun} does not exist"
    if call.service == "ec2":
        return ServiceError(_EC2_NOT_FOUND.get(noun, f"Invalid{noun}ID.NotFound"), message)
    if call.model is not None:
        for shape in call.model.error_shapes:
            if re.search(r"NotFound|NoSuch|DoesNotExist|NotExist", shape.name):
                details = shape.metadata.get("error", {})
                status = details.get("httpStatusCode", 404 if call.protocol.startswith("rest") else 400)
                return ServiceError(details.get("code", shape.name), message, status)
    return ServiceError("ResourceNotFoundException", message, 404 if call.protocol.startswith("rest") else 400)


class Lag:
    """The middleware; `lag` says for how many seconds reads do not see what a call creates."""

    def __init__(self, lag: Callable[[Call], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._lag = lag
        self._clock = clock
        self._lock = threading.Lock()
        self._hidden: dict[tuple[str, str, str], dict[str, float]] = {}

    def reset(self) -> None:
        """Forget every create."""
        with self._lock:
            self._hidden.clear()

    def __call__(self, environ: Environ, following: Callable[[Environ], Answer]) -> Answer:
        """Let a write through and remember it; answer a read as if it had not been."""
        call = call_of(environ)
        if created := _CREATE.fullmatch(call.operation):
            return self._after_create(call, singular(created[1]), following(environ))
        read = _READ.fullmatch(call.operation)
        hidden = self._hidden_from(call, singular(read[1])) if read else frozenset()
        if not read or not hidden:
            return following(environ)
        named = {key: value for key, value in call.parameters.items() if key != "Filters"}
        if _mentions(named, hidden):
            return error_answer(environ, not_found(singular(read[1]), call))
        answer = following(environ)
        if answer.status != 200 or not answer.body.lstrip().startswith((b"<", b"{")):
            return answer
        headers = [pair for pair in answer.headers if pair[0].lower() not in ("content-length", "x-amz-crc32")]
        return Answer(answer.status, headers, without(answer.body, hidden))

    def _after_create(self, call: Call, noun: str, answer: Answer) -> Answer:
        seconds = self._lag(call)
        if seconds > 0 and answer.status < 300:
            until = self._clock() + seconds
            with self._lock:
                known = self._hidden.setdefault((call.service, call.region, noun), {})
                known.update(dict.fromkeys(identifiers(noun, call, answer.body), until))
        return answer

    def _hidden_from(self, call: Call, noun: str) -> frozenset[str]:
        with self._lock:
            known = self._hidden.get((call.service, call.region, noun), {})
            now = self._clock()
            for name in [name for name, until in known.items() if until <= now]:
                del known[name]
            return frozenset(known)


def _mentions(value: object, hidden: frozenset[str]) -> bool:
    if isinstance(value, str):
        return value in hidden
    if isinstance(value, Mapping):
        return any(_mentions(item, hidden) for item in value.values())
    return isinstance(value, list) and any(_mentions(item, hidden) for item in value)
