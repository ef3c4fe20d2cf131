# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doors through which AWS calls leave this process: each call is counted, each write judged and recorded.

`BaseClient._make_api_call` is the one that all clients, waiters, paginators and transfers pass; those beside it are
in `_side_doors.py`.
Patched in the converge process and its workers only, never in Ansible's own process.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.common.parameters import remove_values
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _destructive, _gate, _identity, _planning, _side_doors, _simulated
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._gate import Gate, Rule, Ruling
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect, put_effect
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import Hidden
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import hidden

SENSITIVE = "(sensitive)"
_LONGEST_TEXT = 4096
_VOLATILE = frozenset({"CallerReference", "ClientRequestToken", "ClientToken", "CreationToken", "IdempotencyToken"})


class WriteRefused(BaseException):
    """A module was about to write what it may not; no module swallows it."""


@dataclass
class Journal:
    """The AWS calls of one module call.

    `operations` are its writes in order, without secrets; `calls` counts all calls by `service:Operation`.
    `refused` says why a write was refused. `secrets` are values that must not be recorded, `about` what the
    journal's lines say of the resource beside the write.
    """

    gate: Gate = _gate.OPEN
    secrets: Collection[Any] = ()
    about: Mapping[str, Any] = field(default_factory=dict)
    operations: list[dict[str, Any]] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)
    refused: str = ""
    naps: _simulated.Naps = field(default_factory=_simulated.Naps)


_journal = Journal()
_path: str | None = None


def begin(*, gate: Gate = _gate.OPEN, secrets: Collection[Any] = (), about: Mapping[str, Any] | None = None) -> Journal:
    """Start a new journal for the next module call in this process and return it."""
    global _journal
    _journal = Journal(gate=gate, secrets=secrets, about=about or {}, naps=_simulated.Naps(always=gate.hasty))
    return _journal


def current() -> Journal:
    """Return the journal of this process as it is."""
    return _journal


def record_to(path: str | None) -> None:
    """Append a line for each write that a module makes from now on, here and in processes forked later, to this file."""
    global _path
    _path = path


def install() -> None:
    """Put the doors into botocore and boto3; the caller sees to it that this happens once."""
    import botocore.client

    botocore.client.BaseClient._make_api_call = _watched(botocore.client.BaseClient._make_api_call)  # type: ignore[attr-defined]
    _side_doors.install(_refuse_unsent)
    _simulated.install()


def _watched(call: Callable[..., Any]) -> Callable[..., Any]:
    def _make_api_call(client: Any, operation_name: str, api_params: Mapping[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        kind = effect(service, operation_name)
        journal = _journal
        journal.calls[f"{service}:{operation_name}"] += 1
        if kind is Effect.READ:
            return _let_through(call, client, operation_name, api_params)
        model = client.meta.service_model.operation_model(operation_name)
        operation, ruling = _judged(journal, client, service, operation_name, api_params, model.input_shape)
        if ruling is Ruling.ANSWER:
            journal.naps.counting = True
            return _simulated.answer(model.output_shape, api_params)
        began, started = datetime.now(UTC), time.monotonic()
        answer: Any = None
        try:
            answer = _let_through(call, client, operation_name, api_params)
            return answer
        except Exception as error:
            operation["error"] = _code(error)
            raise
        finally:
            operation["seconds"] = round(time.monotonic() - started, 3)
            write_line(journal, operation, began, _identity.resource_of(operation["operation"], api_params, answer))

    return _make_api_call


def _let_through(call: Callable[..., Any], client: Any, operation: str, parameters: Mapping[str, Any]) -> Any:
    with _side_doors.admitted(client.meta.service_model.service_name, operation):
        return call(client, operation, parameters)


def _judged(
    journal: Journal, client: Any, service: str, name: str, parameters: Mapping[str, Any], shape: Any
) -> tuple[dict[str, Any], Ruling]:
    """Record a write and return what becomes of it; raises WriteRefused."""
    gate = journal.gate
    shown = _plain(hidden(parameters, shape), shape)
    if journal.secrets:
        shown = remove_values(shown, journal.secrets)
    told = put_effect(service, name, parameters) or effect(service, name)
    operation = {"service": service, "operation": name, "parameters": shown, "effect": told.value}
    print_ = _gate.fingerprint(client.meta.region_name, service, name, _lasting(shown, shape))
    # What a part of a new resource was before need not be asked, and nothing of it can be lost.
    new = gate.fresh or told is Effect.CREATE or Effect.CREATE in _planning.effects(journal.operations)
    changes = _quietly(journal, client, name, parameters) if _asks(gate.rule, told, new) else None
    if changes is not None and gate.rule in (Rule.PLAN, Rule.TAGS):
        operation["changes"] = [change.as_dict() for change in changes]
    if told is Effect.PUT and any(change.old is not _current.ABSENT for change in changes or ()):
        # What is put over something that is there makes nothing new.
        operation["effect"] = Effect.CHANGE.value
    reasons: list[str] = []
    if gate.rule is Rule.PLAN:
        operation["fingerprint"] = print_
        found = [] if new else _destructive.reasons(service, name, parameters, _before(parameters, changes))
        # Kept apart here already: what hides secrets makes plain texts of them.
        operation["destructive"] = _grave(found)
        operation["cautions"] = [str(reason) for reason in found if reason not in operation["destructive"]]
    elif gate.rule in (Rule.SEND, Rule.REVIEWED) and not gate.destructive and not (new and told is not Effect.DELETE):
        reasons = _grave(_destructive.reasons(service, name, parameters, None))
        if reasons:
            # It may be destructive: only then the account is asked whether it is.
            if changes is None:
                changes = _quietly(journal, client, name, parameters)
            reasons = _grave(_destructive.reasons(service, name, parameters, _before(parameters, changes)))
    number = len(journal.operations)
    ruling, why = gate.ruling(told, print_, number, reasons, tags=_gate.takes_over(operation))
    if ruling is Ruling.REFUSE:
        journal.refused = journal.refused or f"{service}:{name} was not sent: {why}"
        raise WriteRefused(journal.refused)
    journal.operations.append(operation)
    return operation, ruling


def _asks(rule: Rule, told: Effect, new: bool) -> bool:
    """Return whether the account is asked what a write would change before anything else is known of it."""
    if rule is Rule.TAGS:
        return True
    # A converge only wants to say whether it has made something.
    return not new and (rule is Rule.PLAN or (told is Effect.PUT and rule is not Rule.SHUT))


def _grave(reasons: list[str]) -> list[str]:
    return [reason for reason in reasons if not isinstance(reason, _destructive.Caution)]


def _quietly(journal: Journal, client: Any, name: str, parameters: Mapping[str, Any]) -> list[_current.Change] | None:
    """Ask what a write would change; only reads can pass meanwhile."""
    gate, journal.gate = journal.gate, _gate.SHUT
    try:
        return _current.changes(client, name, parameters)
    except WriteRefused:
        journal.refused = ""
        return None
    finally:
        journal.gate = gate


def _before(parameters: Mapping[str, Any], changes: list[_current.Change] | None) -> dict[str, Any] | None:
    """Return what each parameter of a write is in the account now; None when that is not known."""
    if changes is None:
        return None
    old = {change.property.replace("_", "").lower(): change.old for change in changes}
    # A parameter of which a part changes cannot be told by that part, unless it is a map and the part one of its values.
    nested = {name.partition(".")[0] for name in old if "." in name}
    found: dict[str, Any] = {}
    for name, value in parameters.items():
        if name.lower() not in nested:
            found[name] = old.get(name.lower(), value)
        elif isinstance(value, Mapping):
            inner = {key: old.pop(f"{name}.{key}".lower()) for key in value if f"{name}.{key}".lower() in old}
            if not any(part.startswith(f"{name.lower()}.") for part in old):
                found[name] = {key: item for key, item in {**value, **inner}.items() if item is not _current.ABSENT}
    # What changes within a parameter whose name the property leaves out stands under its own name.
    lowered = {name.lower() for name in parameters}
    found |= {each.property: each.old for each in changes if each.property.partition(".")[0].replace("_", "").lower() not in lowered}
    return {name: None if value is _current.ABSENT else value for name, value in found.items()}


def _refuse_unsent(service: str, name: str, parameters: Any, told: Effect) -> None:
    """Let a write pass that does not come through the upper door, if this call may write what it likes."""
    del parameters  # They are not in the form that a client takes.
    journal = _journal
    if journal.gate.rule is Rule.SEND:
        return
    journal.operations.append({"service": service, "operation": name, "parameters": {}, "effect": told.value, "destructive": []})
    journal.refused = journal.refused or f"{service}:{name} was not sent: only a converge makes it"
    raise WriteRefused(journal.refused)


def write_line(journal: Journal, operation: Mapping[str, Any], began: datetime, resource: str) -> None:
    """Append a write to the file at once: whatever kills the run later, this is not forgotten. `resource` says what was written to."""
    if _path is None or not journal.about:
        return
    line = {
        "time": began.isoformat(timespec="milliseconds"),
        **journal.about,
        "service": operation["service"],
        "operation": operation["operation"],
        "resource": remove_values(resource, journal.secrets),
        "seconds": operation["seconds"],
        **({"error": operation["error"]} if "error" in operation else {}),
    }
    # One write by one system call, so that lines of several processes never mix.
    file = os.open(_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        os.write(file, (json.dumps(line, ensure_ascii=False, default=str) + "\n").encode())
    finally:
        os.close(file)


def _lasting(value: Any, shape: Any) -> Any:
    """Return parameters without what differs each time that the same thing is asked for."""
    kind = getattr(shape, "type_name", None)
    if isinstance(value, Mapping):
        members = shape.members if kind == "structure" else {}
        return {
            key: _lasting(item, members.get(key))
            for key, item in value.items()
            if key not in _VOLATILE and not (members.get(key) is not None and members[key].metadata.get("idempotencyToken"))
        }
    return value


def _code(error: Exception) -> str:
    """Return AWS's own code of an error, or the kind of the exception: neither holds a secret."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None
    return str(code or type(error).__name__)


def _plain(value: Any, shape: Any) -> Any:
    """Return parameters as a report can hold them, with what is hidden as a word."""
    if isinstance(value, Hidden):
        return SENSITIVE
    kind = getattr(shape, "type_name", None)
    if isinstance(value, Mapping):
        if kind == "structure":
            return {str(key): _plain(item, shape.members.get(key)) for key, item in value.items()}
        inner = shape.value if kind == "map" else None
        return {str(key): _plain(item, inner) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        inner = shape.member if kind == "list" else None
        return [_plain(item, inner) for item in value]
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else f"({len(value)} characters)"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, bytes | bytearray):
        return f"({len(value)} bytes)"
    return str(value)
