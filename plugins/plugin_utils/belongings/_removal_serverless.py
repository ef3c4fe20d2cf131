# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How functions, REST APIs and user pools are removed."""

from __future__ import annotations

from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._arns import Arn, stage
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._removing import REMOVED, Hands, Refused, Remover, simple


def _usage_plan(hands: Hands, arn: Arn) -> str:
    gateway, named = hands.client("apigateway"), {"usagePlanId": arn.id}
    stages = gateway.get_usage_plan(**named).get("apiStages") or []
    if stages:
        # A plan that stages are in is not deleted.
        patch = [{"op": "remove", "path": "/apiStages", "value": f"{each['apiId']}:{each['stage']}"} for each in stages]
        gateway.update_usage_plan(**named, patchOperations=patch)
    gateway.delete_usage_plan(**named)
    return REMOVED


def _user_pool(hands: Hands, arn: Arn) -> str:
    cognito, named = hands.client("cognito-idp"), {"UserPoolId": arn.id}
    pool = cognito.describe_user_pool(**named)["UserPool"]
    if pool.get("DeletionProtection") == "ACTIVE":
        raise Refused(f"the user pool {pool['Name']} ({arn.id}) is protected against deletion. Switch that off first if you mean it")
    if cognito.list_users(**named, Limit=1)["Users"]:
        raise Refused(f"the user pool {pool['Name']} ({arn.id}) has users. Delete it by hand if nobody needs them any more")
    for domain in filter(None, (pool.get("Domain"), pool.get("CustomDomain"))):
        cognito.delete_user_pool_domain(**named, Domain=domain)
    cognito.delete_user_pool(**named)
    return REMOVED


REMOVERS: Final[dict[str, Remover]] = {
    "apigateway:restapis": simple("apigateway", "delete_rest_api", lambda arn: {"restApiId": arn.id}),
    "apigateway:stages": simple("apigateway", "delete_stage", stage),
    "apigateway:usageplans": _usage_plan,
    "cognito-idp:userpool": _user_pool,
}
