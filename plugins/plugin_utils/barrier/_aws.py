# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes botocore quick in the processes that run modules: one loader and warm clients. What guards it is in `_doors.py`.

Patched in the converge process and its workers only, never in Ansible's own process.

* One loader is shared by all sessions: four fifths of a module's CPU time is botocore reading the same JSON.
* Clients are made once and looked up by what makes them different.
* The names of botocore's events are worked out once.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _doors, _other_doors


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
    _remember_aliases()
    boto3.session.Session.client = _cached_clients(boto3.session.Session.client)  # type: ignore[method-assign]
    _doors.install()
    _other_doors.install()


def warm(services: frozenset[str]) -> None:
    """Make the clients of these services before forking, so that every worker begins with them.

    They are made as a module without connection options makes them, credentials and authorities from the environment included:
    a client with other arguments would be another one. What is wrong with them, the modules say.
    """
    from ansible_collections.amazon.aws.plugins.module_utils.botocore import boto3_inventory_conn, get_aws_connection_info

    for service in sorted(services):
        with contextlib.suppress(Exception):
            region, endpoint, arguments = get_aws_connection_info(SimpleNamespace(params=_module_parameters()))
            boto3_inventory_conn("client", service, region, endpoint, **arguments)


def _module_parameters() -> dict[str, Any]:
    """Return the connection options of a module that is given none."""
    from ansible.module_utils.common.parameters import set_fallbacks
    from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

    specification = aws_argument_spec()
    parameters: dict[str, Any] = {name: option.get("default") for name, option in specification.items() if "fallback" not in option}
    set_fallbacks(specification, parameters)
    return {**dict.fromkeys(specification), **parameters}


def _remember_aliases() -> None:
    """Let botocore work out an event's name once; it does so for each of the four hundred handlers of every new session."""
    from botocore.hooks import EventAliaser

    # The aliases are the same for all sessions.
    EventAliaser._alias_event_name = _remembering(EventAliaser._alias_event_name)  # type: ignore[attr-defined]


def _remembering(alias: Callable[[Any, str], str]) -> Callable[[Any, str], str]:
    names: dict[str, str] = {}

    def remembered(aliaser: Any, event: str) -> str:
        if event not in names:
            names[event] = alias(aliaser, event)
        return names[event]

    return remembered


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
