# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine does to botocore in the processes that run modules: one loader, warm clients, a journal, a barrier.

Patched in the converge process and its workers only, never in Ansible's own process.

* One loader is shared by all sessions: four fifths of a module's CPU time is botocore reading the same JSON.
* Clients are made once and looked up by what makes them different.
* Every call passes `BaseClient._make_api_call`. There writes are recorded, and in a plan the first write
  is intercepted: `WriteIntercepted` is a BaseException, so that no module swallows it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils._operations import Effect, effect

SENSITIVE = "(sensitive)"
_LONGEST_TEXT = 4096


class WriteIntercepted(BaseException):
    """A module was about to change the account while a plan was made."""

    def __init__(self, operation: dict[str, Any]) -> None:
        self.operation = operation
        super().__init__(f"{operation['service']}:{operation['operation']}")


@dataclass
class Journal:
    """The writes of one module call; with `barrier`, the first one is intercepted instead of sent."""

    barrier: bool = False
    operations: list[dict[str, Any]] = field(default_factory=list)


_journal = Journal()


def begin(*, barrier: bool) -> Journal:
    """Start a new journal for the next module call in this process and return it."""
    global _journal
    _journal = Journal(barrier=barrier)
    return _journal


def install() -> None:
    """Patch botocore and boto3 in this process; calling it twice does nothing more."""
    import boto3.session
    import botocore.client
    import botocore.loaders
    import botocore.session

    if getattr(botocore.client.BaseClient, "stratum_installed", False):
        return
    botocore.client.BaseClient.stratum_installed = True  # type: ignore[attr-defined]
    # Standard mode retries throttling, 5xx and connection errors with jitter; what the user set wins.
    os.environ.setdefault("AWS_RETRY_MODE", "standard")
    os.environ.setdefault("AWS_MAX_ATTEMPTS", "5")
    loader = botocore.loaders.create_loader(os.environ.get("AWS_DATA_PATH"))
    botocore.session.create_loader = lambda *_args, **_kwargs: loader
    boto3.session.Session.client = _cached_clients(boto3.session.Session.client)  # type: ignore[method-assign]
    botocore.client.BaseClient._make_api_call = _watched(botocore.client.BaseClient._make_api_call)  # type: ignore[attr-defined]


def warm(services: frozenset[str]) -> None:
    """Make the clients of these services before forking, so that every worker begins with them."""
    import boto3.session

    for service in sorted(services):
        try:
            boto3.session.Session().client(service, **_module_client_arguments())  # type: ignore[call-overload]
        except Exception:
            continue


def _module_client_arguments() -> dict[str, Any]:
    """Return the arguments that AnsibleAWSModule.client passes for a module without connection options."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return {"region_name": region, "endpoint_url": os.environ.get("AWS_URL")}


def _cached_clients(make: Callable[..., Any]) -> Callable[..., Any]:
    clients: dict[tuple[object, ...], Any] = {}

    def client(session: Any, service_name: str, *args: Any, **kwargs: Any) -> Any:
        if args:
            return make(session, service_name, *args, **kwargs)
        key = _client_key(session, service_name, kwargs)
        if key not in clients:
            clients[key] = make(session, service_name, **kwargs)
        return clients[key]

    return client


_CLIENT_DEFAULTS: dict[str, object] = {"verify": True, "use_ssl": True, "api_version": None, "config": None}


def _client_key(session: Any, service: str, kwargs: Mapping[str, Any]) -> tuple[object, ...]:
    """Return what tells two clients apart: service, place, credentials and settings.

    The user agent is left out: it names the calling collection and changes no answer.
    """
    core = session._session
    explicit = getattr(core, "_credentials", None)
    settings = dict(kwargs)
    config = settings.pop("config", None)
    options = dict(getattr(config, "_user_provided_options", None) or {})
    options.pop("user_agent_extra", None)
    options.pop("user_agent", None)
    region = settings.pop("region_name", None) or session.region_name
    given = tuple(sorted((key, repr(value)) for key, value in settings.items() if value is not None and _CLIENT_DEFAULTS.get(key) != value))
    credentials = None if explicit is None else (explicit.access_key, explicit.token)
    environment = tuple(os.environ.get(name) for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"))
    return (service, region, core.profile, credentials, given, repr(sorted(options.items(), key=str)), environment)


def _watched(call: Callable[..., Any]) -> Callable[..., Any]:
    def _make_api_call(client: Any, operation_name: str, api_params: Mapping[str, Any]) -> Any:
        service = client.meta.service_model.service_name
        kind = effect(service, operation_name)
        if kind is Effect.READ:
            return call(client, operation_name, api_params)
        shape = client.meta.service_model.operation_model(operation_name).input_shape
        operation = {"service": service, "operation": operation_name, "parameters": _plain(api_params, shape), "effect": kind.value}
        journal = _journal
        if journal.barrier:
            journal.operations.append(operation)
            raise WriteIntercepted(operation)
        started = time.monotonic()
        try:
            return call(client, operation_name, api_params)
        except Exception as error:
            operation["error"] = _code(error)
            raise
        finally:
            operation["seconds"] = round(time.monotonic() - started, 3)
            journal.operations.append(operation)

    return _make_api_call


def _code(error: Exception) -> str:
    """Return AWS's own code of an error, or the kind of the exception: neither holds a secret."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, Mapping) else None
    return str(code or type(error).__name__)


def _plain(value: Any, shape: Any) -> Any:
    """Return parameters as JSON can hold them, with what the service model marks as sensitive hidden."""
    if shape is not None and shape.metadata.get("sensitive"):
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
