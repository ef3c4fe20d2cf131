# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says where a distribution finds APIs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: rest_api_origins
short_description: Say where a distribution finds APIs
version_added: 0.5.0
description:
  - Returns host name, path and address of the first stage of each API that has an id.
options:
  _input:
    description: The APIs, as in C(serverless_api_rest_apis).
    type: list
    elements: dict
    required: true
  ids:
    description: The ids of the APIs, by name.
    type: dict
    required: true
  region:
    description: The region of the APIs.
    type: str
    required: true
positional: _input, ids, region
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Show where the APIs are
  ansible.builtin.debug:
    msg: "{{ serverless_api_rest_apis | stratum.aws.rest_api_origins(serverless_api_rest_api_ids, aws_region) }}"
"""

RETURN = r"""
_value:
  description: Host name, path and address, by the API's name.
  type: dict
  sample:
    shop: {"domain": a1b2c3d4e5.execute-api.us-west-2.amazonaws.com, "path": /prod, "url": "https://a1b2c3d4e5.execute-api.us-west-2.amazonaws.com/prod"}
"""


def rest_api_origins(apis: Sequence[Mapping[str, Any]], ids: Mapping[str, str], region: str) -> dict[str, Any]:
    """Return where each API is; see DOCUMENTATION."""
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    result = {}
    for api in apis:
        if ids.get(api["name"]):
            domain = f"{ids[api['name']]}.execute-api.{region}.{suffix}"
            path = f"/{api['stages'][0]['name']}" if api.get("stages") else ""
            result[api["name"]] = {"domain": domain, "path": path, "url": f"https://{domain}{path}"}
    return result


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"rest_api_origins": rest_api_origins}
