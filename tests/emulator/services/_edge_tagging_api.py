# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Web ACLs in the tagging API, which moto leaves out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any


def web_acls(account_id: str, region: str) -> Iterator[Any]:
    """Return the web ACLs of a region with their tags; those for CloudFront are in us-east-1."""
    from moto.core.resource_tagging import TaggedResource

    if "moto.wafv2.models" not in sys.modules:  # nothing was made there, and importing takes time
        return
    for backend in [sys.modules["moto.wafv2.models"].wafv2_backends[account_id][name] for name in _places(region)]:
        for arn in backend.wacls:
            yield TaggedResource(arn, backend.tagging_service.get_tag_dict_for_resource(arn), "wafv2:webacl")


def _places(region: str) -> list[str]:
    return [region, "global"] if region == "us-east-1" else [region]
