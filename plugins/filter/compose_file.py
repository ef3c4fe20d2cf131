# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that makes a Docker Compose file from a typed list of services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: compose_file
short_description: Make a Docker Compose file from a list of services
version_added: 0.3.0
description:
  - Takes services as the role C(compose_host) describes them and returns the document that C(docker compose) reads.
  - What Compose fills in is in C(image) only, so that it may hold C(${ECR_REGISTRY}) and C(${TAG}).
  - A C($) anywhere else is meant as it stands.
positional: _input
options:
  _input:
    description:
      - The services. C(name) and C(image) are required.
      - C(health) with C(port) is a probe by C(wget) of C(path).
      - C(health) with C(test) is that command, a list of arguments or a line for the shell.
    type: list
    elements: dict
    required: true
  volumes:
    description: Names of volumes that services share or keep.
    type: list
    elements: str
    default: []
  logging:
    description: The C(driver) and the C(options) of every service's log. With the driver C(awslogs), a service's stream has its name.
    type: dict
    default: {}
  extra_volumes:
    description: What services mount beside their own C(volumes), by service; what they mount already is not added.
    type: dict
    default: {}
  env_directory:
    description: Where the files of the services that have secrets are, relative to the Compose file.
    type: str
    default: ./env
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show a Compose file
  ansible.builtin.debug:
    msg: "{{ services | stratum.aws.compose_file(volumes=['cache-data'], logging={'driver': 'json-file'}) | to_nice_yaml }}"
  vars:
    services:
      - name: api
        image: ${ECR_REGISTRY}/api:${TAG}
        cpus: "0.50"
        memory: 1024M
        restart: always
        health: {port: 8080, path: /health}
      - name: cache
        image: redis:7-alpine
        volumes: ["cache-data:/data"]
"""

RETURN = r"""
_value:
  description: The document. It has no C(version), which Compose no longer reads.
  type: dict
  sample: {"services": {"api": {"image": "${ECR_REGISTRY}/api:${TAG}", "restart": "always"}}}
"""

#: Seconds and counts of a health check that says nothing else.
HEALTH = {"interval_seconds": 10, "timeout_seconds": 5, "retries": 6, "start_period_seconds": 60}
#: How `awslogs` behaves while CloudWatch Logs cannot be reached: the service goes on, its newest lines are kept.
AWSLOGS = {"mode": "non-blocking", "max-buffer-size": "4m"}


def _literal(value: Any) -> Any:
    """Return the value with every `$` as Compose reads a plain one, at any depth."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {key: _literal(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [_literal(inner) for inner in value]
    return value


def _text(value: Any) -> str:
    """Return how a value of the environment or of a log option is written: YAML's true and false in small letters."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def health_check(service: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the health check of a service, None where it has none."""
    wanted = {key: value for key, value in (service.get("health") or {}).items() if value is not None}
    if not wanted:
        return None
    timing = {key: int(wanted.get(key, default)) for key, default in HEALTH.items()}
    test = wanted.get("test")
    if not test:
        if "port" not in wanted:
            raise AnsibleFilterError(f"The health check of the service {service['name']} needs a port or a test.")
        path = str(wanted.get("path", "/"))
        address = f"http://127.0.0.1:{wanted['port']}/{path.removeprefix('/')}"
        test = ["CMD", "wget", "-q", "-T", str(timing["timeout_seconds"]), "-O", "/dev/null", address]
    elif isinstance(test, str):
        test = ["CMD-SHELL", test]
    elif test[0] not in ("CMD", "CMD-SHELL", "NONE"):
        test = ["CMD", *test]
    return {
        "test": _literal(test),
        "interval": f"{timing['interval_seconds']}s",
        "timeout": f"{timing['timeout_seconds']}s",
        "retries": timing["retries"],
        "start_period": f"{timing['start_period_seconds']}s",
    }


def log_settings(service: Mapping[str, Any], common: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return where a service's log goes, None for the engine's own default."""
    own = service.get("logging") or {}
    driver = own.get("driver") or common.get("driver")
    if not driver:
        return None
    # Options belong to a driver: those of another one would be refused.
    shared = (common.get("options") or {}) if driver == common.get("driver") else {}
    options = {**shared, **(own.get("options") or {})}
    if driver == "awslogs":
        named = {} if "tag" in options else {"awslogs-stream": service["name"]}
        options = {**AWSLOGS, **named, **options}
    return {"driver": driver, "options": {key: _literal(_text(value)) for key, value in options.items()}}


def _mounts(service: Mapping[str, Any], extra: Sequence[str]) -> list[str]:
    """Return what a service mounts, its own first."""
    own = [str(volume) for volume in service.get("volumes") or []]
    return _literal([*own, *(volume for volume in extra if volume not in own)])  # type: ignore[no-any-return]


def _service(service: Mapping[str, Any], logging: Mapping[str, Any], extra: Sequence[str], env_directory: str) -> dict[str, Any]:
    """Return one service of the document; what is not set is not mentioned."""
    limits = {key: str(service[key]) for key in ("cpus", "memory") if service.get(key)}
    environment = {key: _literal(_text(value)) for key, value in (service.get("environment") or {}).items() if value is not None}
    written = {
        "image": service["image"],
        "command": _literal(service.get("command")),
        "ports": _literal([str(port) for port in service.get("ports") or []]),
        "environment": environment,
        "env_file": [f"{env_directory.removesuffix('/')}/{service['name']}.env"] if service.get("secrets") else None,
        "volumes": _mounts(service, extra),
        "depends_on": service.get("depends_on"),
        "extra_hosts": _literal(service.get("extra_hosts")),
        "healthcheck": health_check(service),
        "logging": log_settings(service, logging),
        "deploy": {"resources": {"limits": limits}} if limits else None,
        "restart": service.get("restart"),
    }
    return {key: value for key, value in written.items() if value}


def _check(services: Sequence[Mapping[str, Any]], volumes: Sequence[str]) -> None:
    """Raise where a service lacks what it needs, or names what is not there."""
    names = [str(service.get("name") or "") for service in services]
    if "" in names:
        raise AnsibleFilterError(f"The service number {names.index('') + 1} has no name.")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise AnsibleFilterError(f"The service {twice[0]} is in the list more than once.")
    for service in services:
        name = service["name"]
        if not service.get("image"):
            raise AnsibleFilterError(f"The service {name} has no image.")
        for other in service.get("depends_on") or []:
            if other not in names:
                raise AnsibleFilterError(f"The service {name} depends on {other}, which is not in the list.")
        for volume in service.get("volumes") or []:
            source = str(volume).split(":", 1)[0]
            if source[:1] not in ("/", ".", "~") and source not in volumes:
                raise AnsibleFilterError(f"The service {name} uses the volume {source}, which is not among the volumes.")


def compose_file(
    services: Sequence[Mapping[str, Any]],
    volumes: Sequence[str] = (),
    logging: Mapping[str, Any] | None = None,
    extra_volumes: Mapping[str, Sequence[str]] | None = None,
    env_directory: str = "./env",
) -> dict[str, Any]:
    """Return the Compose document; see DOCUMENTATION."""
    _check(services, volumes)
    extra = extra_volumes or {}
    written = {service["name"]: _service(service, logging or {}, extra.get(service["name"], ()), env_directory) for service in services}
    document: dict[str, Any] = {"services": written}
    if volumes:
        document["volumes"] = {volume: {} for volume in volumes}
    return document


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"compose_file": compose_file}
