# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The origins of a distribution, with the names that AWS gave to what an inventory names."""

from __future__ import annotations

DOCUMENTATION = r"""
name: distribution_origins
version_added: 0.5.0
short_description: Write out the origins of a distribution
description:
  - Turns the origins of an item of C(edge_distributions) into those that M(stratum.aws.cloudfront_distribution) takes.
options:
  _input:
    description: The origins.
    type: list
    elements: dict
    required: true
  known:
    description:
      - What names stand for - C(buckets) (name to domain name), C(controls) (name to id), C(load_balancers) (name to DNS name),
        C(apis) (name to C(domain) and C(path)), C(api_secrets) (name to text), C(secrets) (name to ARN).
    type: dict
    required: true
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show the origins
  ansible.builtin.debug:
    msg: "{{ [{'id': 'web', 'bucket': 'shop'}] | stratum.aws.distribution_origins(known) }}"
  vars:
    known:
      buckets:
        shop: shop.s3.us-east-1.amazonaws.com
"""

RETURN = r"""
_value:
  description: The origins.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

Origin = dict[str, Any]

_KEPT = ("id", "path", "protocol_policy", "read_timeout", "headers")
API_HEADER = "Referer"
"""The only header of the caller's choice at which an API's resource policy can look."""


def distribution_origins(origins: Sequence[Mapping[str, Any]], known: Mapping[str, Any]) -> list[Origin]:
    """Return the origins as the module takes them."""
    return [_origin(origin, known) for origin in origins]


def _origin(origin: Mapping[str, Any], known: Mapping[str, Any]) -> Origin:
    found: Origin = {key: origin[key] for key in _KEPT if key in origin}
    found["secret_headers"] = [_secret(header, known) for header in origin.get("secret_headers") or []]
    if origin.get("bucket"):
        found |= {"type": "s3", "domain_name": _named(known, "buckets", origin["bucket"])}
    elif origin.get("load_balancer"):
        found["domain_name"] = _named(known, "load_balancers", origin["load_balancer"])
    elif origin.get("api"):
        api = _named(known, "apis", origin["api"])
        found = {"path": api["path"], **found, "domain_name": api["domain"]}
        if secret := (known.get("api_secrets") or {}).get(origin["api"]):
            found["secret_headers"].append({"name": API_HEADER, "value": secret})
    else:
        found["domain_name"] = origin.get("domain_name") or _nothing(origin)
    if origin.get("origin_access_control"):
        found["origin_access_control_id"] = _named(known, "controls", origin["origin_access_control"])
    return found


def _secret(header: Mapping[str, Any], known: Mapping[str, Any]) -> Origin:
    found = {"name": header["name"], "secret": _named(known, "secrets", header["secret"])}
    return {**found, "key": header["key"]} if header.get("key") else found


def _named(known: Mapping[str, Any], kind: str, name: str) -> Any:
    try:
        return known[kind][name]
    except KeyError as error:
        raise AnsibleFilterError(f"distribution_origins: there is nothing called {name} among the {kind} of this stack") from error


def _nothing(origin: Mapping[str, Any]) -> Any:
    raise AnsibleFilterError(
        f"distribution_origins: the origin {origin['id']} names neither a bucket, a load balancer, an API nor a domain_name"
    )


class FilterModule:
    """The filter."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Return the filter by its name."""
        return {"distribution_origins": distribution_origins}
