# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that give services their secrets, and say which are missing."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: service_secrets
short_description: Give services their secrets
version_added: 0.3.0
description:
  - Takes services with C(secrets), and the texts of the secrets.
  - Each of C(secrets) names a secret and, where that holds JSON, may name one of its keys.
  - Secrets that are missing or empty are left out; P(stratum.aws.service_secret_gaps#filter) says which they are.
positional: _input
options:
  _input:
    description: The services, with C(name) and C(secrets).
    type: list
    elements: dict
    required: true
  texts:
    description: The texts of the secrets by their names.
    type: dict
    required: true
seealso:
  - plugin: stratum.aws.service_secret_gaps
    plugin_type: filter
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Count the secrets of a service
  ansible.builtin.debug:
    msg: "{{ ([{'name': 'api', 'secrets': wanted}] | stratum.aws.service_secrets(texts)).api | length }}"
  vars:
    wanted: {DB_PASSWORD: {secret: shop/database, key: password}}
    texts: {"shop/database": '{"password": "example"}'}
"""

RETURN = r"""
_value:
  description: The values by service and environment variable; services without secrets are not in it.
  type: dict
  sample: {"api": {"DB_PASSWORD": "example"}}
"""

Services = Sequence[Mapping[str, Any]]


def _value(text: str, key: str | None) -> tuple[str, str]:
    """Return the value and what is wrong with it, without telling the value."""
    if not text.strip():
        return "", "cannot be read from Secrets Manager (it does not exist, is being deleted, may not be read, or is empty)"
    if not key:
        return text, ""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return "", f"is not a JSON object, so that it has no key {key}"
    if key not in document:
        return "", f"has no key {key}"
    found = document[key]
    value = found if isinstance(found, str) else json.dumps(found)
    return (value, "") if value.strip() and found is not None else ("", f"has nothing under the key {key}")


def _each(services: Services) -> list[tuple[str, str, str, str | None]]:
    """Return service, variable, secret and key of every secret that is wanted."""
    return [
        (str(service["name"]), variable, str(wanted["secret"]), wanted.get("key"))
        for service in services
        for variable, wanted in (service.get("secrets") or {}).items()
    ]


def service_secrets(services: Services, texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the values by service and variable; see DOCUMENTATION."""
    values: dict[str, dict[str, str]] = {}
    for service, variable, secret, key in _each(services):
        value, wrong = _value(texts.get(secret) or "", key)
        mine = values.setdefault(service, {})
        if not wrong:
            mine[variable] = value
    return values


def service_secret_gaps(services: Services, texts: Mapping[str, str]) -> list[str]:
    """Return a sentence for each secret that is missing or empty; see DOCUMENTATION of the filter's own file."""
    gaps = []
    for service, variable, secret, key in _each(services):
        wrong = _value(texts.get(secret) or "", key)[1]
        if wrong:
            gaps.append(f"The secret {secret}, which the service {service} needs for {variable}, {wrong}.")
    return gaps


class FilterModule:
    """Makes the filters known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"service_secrets": service_secrets, "service_secret_gaps": service_secret_gaps}
