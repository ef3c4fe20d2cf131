# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that makes the container definitions of ECS from a service of an inventory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: container_definitions
short_description: Make the container definitions of a service
version_added: 0.5.0
description:
  - Takes a service as the role C(container_service) describes it, and what other layers know, and returns the containers of its tasks in
    the words of ECS's API.
positional: _input
options:
  _input:
    description: The service.
    type: dict
    required: true
  image:
    description: The image, with its tag.
    type: str
    required: true
  secret_arns:
    description: The ARNs of secrets by their names.
    type: dict
    default: {}
  environment:
    description: Environment variables beside those of the service.
    type: dict
    default: {}
  log_group:
    description: The log group.
    type: str
    required: true
  region:
    description: The region of the log group.
    type: str
    required: true
  xray_image:
    description: The image of the daemon that runs beside a service with C(tracing).
    type: str
    default: ""
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the containers
  ansible.builtin.debug:
    msg: "{{ service | stratum.aws.container_definitions(image='example/api:1', log_group='/ecs/api', region='us-east-1') }}"
  vars:
    service: {name: api, port: 8080, health: {path: /health}}
"""

RETURN = r"""
_value:
  description: The container definitions, the service's own first.
  type: list
  elements: dict
  sample: [{"name": api, "image": "example/api:1", "essential": true}]
"""

HEALTH = {"interval": ("interval_seconds", 30), "timeout": ("timeout_seconds", 5), "retries": ("retries", 3)}
#: What the daemon gets of a task; the rest is the service's.
DAEMON = {"cpu": 32, "memoryReservation": 128}
DAEMON_PORT = 2000


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def secret_reference(service: str, variable: str, wanted: Mapping[str, Any], arns: Mapping[str, str]) -> str:
    """Return where ECS finds the value of a variable."""
    name = str(wanted["secret"])
    if name not in arns:
        there = ", ".join(sorted(arns)) or "none"
        raise AnsibleFilterError(f"The service {service} takes {variable} from the secret {name}, which no layer has. There are: {there}.")
    return f"{arns[name]}:{wanted['key']}::" if wanted.get("key") else arns[name]


def health_check(service: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the health check of a service in ECS's words, None where it has none."""
    wanted = {key: value for key, value in (service.get("health") or {}).items() if value is not None}
    if not wanted:
        return None
    command = wanted.get("command")
    if not command:
        if not wanted.get("path") or not service.get("port"):
            raise AnsibleFilterError(
                f"The health check of the service {service['name']} needs a command, or a path and the service a port."
            )
        address = f"http://localhost:{service['port']}{wanted['path']}"
        # Which of the two an image has is its own affair.
        command = ["CMD-SHELL", f"curl -fsS -o /dev/null {address} || wget -q -O /dev/null {address} || exit 1"]
    start = {"startPeriod": int(wanted["start_period_seconds"])} if "start_period_seconds" in wanted else {}
    return {"command": list(command), **{key: int(wanted.get(name, default)) for key, (name, default) in HEALTH.items()}, **start}


def _log(service: Mapping[str, Any], group: str, region: str, prefix: str) -> dict[str, Any]:
    options = {"awslogs-group": group, "awslogs-region": region, "awslogs-stream-prefix": prefix}
    return {"logDriver": "awslogs", "options": options}


def container_definitions(
    service: Mapping[str, Any],
    image: str,
    log_group: str,
    region: str,
    secret_arns: Mapping[str, str] | None = None,
    environment: Mapping[str, Any] | None = None,
    xray_image: str = "",
) -> list[dict[str, Any]]:
    """Return the containers of a service's tasks; see DOCUMENTATION."""
    name = str(service["name"])
    variables = {**(service.get("environment") or {}), **(environment or {})}
    secrets = service.get("secrets") or {}
    traced = bool(service.get("tracing"))
    if traced:
        variables.setdefault("AWS_XRAY_DAEMON_ADDRESS", f"localhost:{DAEMON_PORT}")
    own: dict[str, Any] = {
        "name": name,
        "image": image,
        "essential": True,
        "environment": [{"name": key, "value": _text(variables[key])} for key in sorted(variables)],
        "secrets": [{"name": key, "valueFrom": secret_reference(name, key, secrets[key], secret_arns or {})} for key in sorted(secrets)],
        "logConfiguration": _log(service, log_group, region, name),
    }
    if service.get("port"):
        own["portMappings"] = [{"containerPort": int(service["port"]), "hostPort": int(service["port"]), "protocol": "tcp"}]
    if check := health_check(service):
        own["healthCheck"] = check
    if service.get("command"):
        own["command"] = [str(each) for each in service["command"]]
    if service.get("stop_timeout_seconds") is not None:
        own["stopTimeout"] = int(service["stop_timeout_seconds"])
    if service.get("read_only"):
        own["readonlyRootFilesystem"] = True
    if not traced:
        return [own]
    daemon = {
        "name": "xray-daemon",
        "image": xray_image,
        # A daemon that ends must not take the service along.
        "essential": False,
        **DAEMON,
        "portMappings": [{"containerPort": DAEMON_PORT, "hostPort": DAEMON_PORT, "protocol": "udp"}],
        "logConfiguration": _log(service, log_group, region, "xray-daemon"),
    }
    return [own, daemon]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"container_definitions": container_definitions}
