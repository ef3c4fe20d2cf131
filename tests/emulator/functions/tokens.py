# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens of Cognito's user pools, checked as the authorizer of a REST API does it."""

from __future__ import annotations

import time
from typing import Any


class Refused(Exception):
    """The token does not count; the text is what API Gateway says."""


def claims_of(token: str, pools: list[str], scopes: list[str] | None) -> dict[str, Any]:
    """Return the claims of a token of one of these pools (ARNs); an identity token, or with scopes an access token."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from moto.cognitoidp.models import cognitoidp_backends

    from tests.emulator.options import ACCOUNT_ID

    for arn in pools:
        region, pool_id = arn.split(":")[3], arn.rpartition("/")[2]
        pool = cognitoidp_backends[ACCOUNT_ID][region].user_pools.get(pool_id)
        if pool is None:
            continue
        try:
            decoded = jwt.decode(token, pool.json_web_key, algorithms=["RS256"])
        except (JoseError, ValueError):
            continue
        claims: dict[str, Any] = dict(decoded.claims)
        if not str(claims.get("iss", "")).endswith(f"/{pool_id}"):
            continue
        if float(claims.get("exp", 0)) < time.time():
            raise Refused("The incoming token has expired")
        if scopes:
            if claims.get("token_use") != "access" or not {*scopes} & {*str(claims.get("scope", "")).split()}:
                raise Refused("Unauthorized")
        elif claims.get("token_use") != "id":
            raise Refused("Unauthorized")
        return claims
    raise Refused("Unauthorized")
