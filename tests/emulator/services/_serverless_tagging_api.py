# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""REST APIs, their stages, usage plans, and user pools in the tagging API, which moto leaves out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any


def serverless_resources(account_id: str, region: str) -> Iterator[Any]:
    """Return APIs, stages and usage plans with their tags, and user pools of Cognito."""
    from moto.core.resource_tagging import TaggedResource

    if "moto.apigateway.models" in sys.modules:  # otherwise nothing was made there, and importing takes time
        backend = sys.modules["moto.apigateway.models"].apigateway_backends[account_id][region]
        root = f"arn:aws:apigateway:{region}::"
        for api in backend.apis.values():
            yield TaggedResource(f"{root}/restapis/{api.id}", dict(api.tags or {}), "apigateway:restapis")
            for stage in api.stages.values():
                yield TaggedResource(f"{root}/restapis/{api.id}/stages/{stage.name}", dict(stage.tags or {}), "apigateway:restapis")
        for plan in backend.usage_plans.values():
            yield TaggedResource(f"{root}/usageplans/{plan.id}", dict(plan.tags or {}), "apigateway:usageplans")
    if "moto.cognitoidp.models" in sys.modules:
        for pool in sys.modules["moto.cognitoidp.models"].cognitoidp_backends[account_id][region].user_pools.values():
            yield TaggedResource(pool.arn, dict(pool.extended_config.get("UserPoolTags") or {}), "cognito-idp:userpool")
