# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands behind a web ACL, and where it logs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import ModuleResult, RunModule

pytestmark = pytest.mark.integration

ABSENT: dict[str, Any] = {"state": "absent"}
VISIBLE = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "shop"}


def ok(result: ModuleResult, changed: bool = True) -> ModuleResult:
    assert not result.failed, result.msg
    assert result.changed == changed, result
    return result


def web_acl(account: Any, name: str, scope: str = "REGIONAL", **more: Any) -> str:
    client = account.client("wafv2", **more)
    arn: str = client.create_web_acl(Name=name, Scope=scope, DefaultAction={"Allow": {}}, VisibilityConfig=VISIBLE)["Summary"]["ARN"]
    return arn


def balancer(account: Any) -> str:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.0.0/24")["Subnet"]["SubnetId"]
    arn: str = account.client("elbv2").create_load_balancer(Name="shop", Subnets=[subnet])["LoadBalancers"][0]["LoadBalancerArn"]
    return arn


def test_a_resource_is_behind_one_web_acl(account: Any, run_module: RunModule) -> None:
    arn, first, second = balancer(account), web_acl(account, "first"), web_acl(account, "second")
    wanted = {"resource_arn": arn, "web_acl_arn": first}
    ok(run_module("wafv2_association", wanted, check=True))
    ok(run_module("wafv2_association", wanted))
    ok(run_module("wafv2_association", wanted), changed=False)
    turned = {**wanted, "web_acl_arn": second}
    assert ok(run_module("wafv2_association", turned, check=True, diff=True))["diff"]["before"] == {"web_acl_arn": first}
    ok(run_module("wafv2_association", turned))
    assert account.client("wafv2").list_resources_for_web_acl(WebACLArn=second)["ResourceArns"] == [arn]
    ok(run_module("wafv2_association", {**wanted, **ABSENT}), changed=False)
    ok(run_module("wafv2_association", {"resource_arn": arn, **ABSENT}))
    ok(run_module("wafv2_association", {"resource_arn": arn, **ABSENT}), changed=False)
    assert run_module("wafv2_association", {"resource_arn": arn}).failed
    missing = run_module("wafv2_association", {"resource_arn": arn, "web_acl_arn": f"{first}0"})
    assert "both must exist" in missing.msg


@pytest.mark.parametrize(("scope", "region"), [("REGIONAL", "ca-central-1"), ("CLOUDFRONT", "us-east-1")])
def test_requests_are_logged(account: Any, run_module: RunModule, scope: str, region: str) -> None:
    arn = web_acl(account, "shop", scope, region=region)
    group = f"arn:aws:logs:{region}:123456789012:log-group:aws-waf-logs-shop"
    wanted = {"web_acl_arn": arn, "destination_arn": f"{group}:*", "redacted_headers": ["Cookie"], "region": region}
    ok(run_module("wafv2_logging", wanted, check=True))
    assert ok(run_module("wafv2_logging", wanted))["logging"]["destination_arn"] == group
    ok(run_module("wafv2_logging", wanted), changed=False)
    more = {**wanted, "redacted_headers": ["cookie", "Authorization"]}
    assert ok(run_module("wafv2_logging", more, diff=True))["diff"]["after"] == {"redacted_headers": ["authorization", "cookie"]}
    refused = run_module("wafv2_logging", {**wanted, "destination_arn": group.replace("aws-waf-logs-", "")})
    assert "begins with aws-waf-logs-" in refused.msg
    ok(run_module("wafv2_logging", {"web_acl_arn": arn, "region": region, **ABSENT}))
    ok(run_module("wafv2_logging", {"web_acl_arn": arn, "region": region, **ABSENT}), changed=False)
