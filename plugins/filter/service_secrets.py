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


def _each(services: Services) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return service, variable and what is wanted for it (`secret`, `key`, `optional`)."""
    return [(str(service["name"]), variable, wanted) for service in services for variable, wanted in (service.get("secrets") or {}).items()]


def _found(wanted: Mapping[str, Any], texts: Mapping[str, str]) -> tuple[str, str]:
    return _value(texts.get(str(wanted["secret"])) or "", wanted.get("key"))


def service_secrets(services: Services, texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the values by service and variable; see DOCUMENTATION."""
    values: dict[str, dict[str, str]] = {}
    for service, variable, wanted in _each(services):
        value, wrong = _found(wanted, texts)
        mine = values.setdefault(service, {})
        if not wrong:
            mine[variable] = value
    return values


def service_secret_gaps(services: Services, texts: Mapping[str, str], optional: bool = False) -> list[str]:
    """Return a sentence for each secret that is missing or empty; see DOCUMENTATION of the filter's own file."""
    verb = "would pass on as" if optional else "needs for"
    return [
        f"The secret {wanted['secret']}, which the service {service} {verb} {variable}, {wrong}."
        for service, variable, wanted in _each(services)
        if bool(wanted.get("optional", False)) is optional and (wrong := _found(wanted, texts)[1])
    ]


class FilterModule:
    """Makes the filters known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"service_secrets": service_secrets, "service_secret_gaps": service_secret_gaps}
