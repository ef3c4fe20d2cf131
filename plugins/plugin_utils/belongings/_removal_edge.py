# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How distributions and web ACLs are removed."""

from __future__ import annotations

from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._arns import Arn, web_acl
from ansible_collections.stratum.aws.plugins.plugin_utils.belongings._removing import REMOVED, Hands, Refused, Remover


def _web_acl(hands: Hands, arn: Arn) -> str:
    waf, named = hands.client("wafv2"), web_acl(arn)
    if named["Scope"] == "REGIONAL":
        kinds = ("APPLICATION_LOAD_BALANCER", "API_GATEWAY")
        behind = [each for kind in kinds for each in waf.list_resources_for_web_acl(WebACLArn=arn.text, ResourceType=kind)["ResourceArns"]]
        if behind:
            raise Refused(f"the web ACL {named['Name']} protects {', '.join(behind)}. Put those behind another one first")
    waf.delete_web_acl(**named, LockToken=waf.get_web_acl(**named)["LockToken"])
    return REMOVED


def _distribution(hands: Hands, arn: Arn) -> str:
    cloudfront = hands.client("cloudfront")
    found = cloudfront.get_distribution(Id=arn.id)
    if found["Distribution"]["DistributionConfig"]["Enabled"]:
        raise Refused(f"the distribution {arn.id} answers requests. Disable it first; that takes some minutes")
    if found["Distribution"]["Status"] != "Deployed":
        raise Refused(f"the distribution {arn.id} is being changed. Run this again in some minutes")
    cloudfront.delete_distribution(Id=arn.id, IfMatch=found["ETag"])
    return REMOVED


REMOVERS: Final[dict[str, Remover]] = {
    "cloudfront:distribution": _distribution,
    "wafv2:webacl": _web_acl,
}
