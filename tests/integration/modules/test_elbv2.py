# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Load balancers, target groups, listeners and rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.modules.running import ModuleResult, RunModule

pytestmark = pytest.mark.integration

TAGS = {"stratum:stack": "shop"}
ABSENT: dict[str, Any] = {"state": "absent"}


@dataclass
class Network:
    """What a load balancer stands in."""

    vpc: str
    subnets: list[str]
    group: str
    certificates: list[str]


@pytest.fixture
def network(account: Any) -> Network:
    ec2, acm = account.client("ec2"), account.client("acm")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    zones = [zone["ZoneName"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{number}.0/24", AvailabilityZone=zones[number])["Subnet"]["SubnetId"]
        for number in range(3)
    ]
    group = ec2.create_security_group(GroupName="shop", Description="shop", VpcId=vpc)["GroupId"]
    certificates = [acm.request_certificate(DomainName=f"{name}.example.com")["CertificateArn"] for name in ("one", "two", "three")]
    return Network(vpc, subnets, group, certificates)


def ok(result: ModuleResult, changed: bool = True) -> ModuleResult:
    assert not result.failed, result.msg
    assert result.changed == changed, result
    return result


def balancer_of(network: Network, **more: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "subnets": network.subnets[:2],
        "security_groups": [network.group],
        "attributes": {"idle_timeout.timeout_seconds": 75, "routing.http.drop_invalid_header_fields.enabled": True},
        "tags": TAGS,
        **more,
    }


def group_of(network: Network, **more: Any) -> dict[str, Any]:
    return {
        "name": "shop-api",
        "port": 8080,
        "vpc_id": network.vpc,
        "target_type": "ip",
        "health_check": {"path": "/health", "matcher": "200", "interval": 15},
        "attributes": {"deregistration_delay.timeout_seconds": 30},
        "tags": TAGS,
        **more,
    }


def test_a_target_group_from_its_creation_to_its_end(account: Any, network: Network, run_module: RunModule) -> None:
    elb, wanted = account.client("elbv2"), group_of(network)
    ok(run_module("elbv2_target_group", wanted, check=True))
    assert elb.describe_target_groups()["TargetGroups"] == []
    made = ok(run_module("elbv2_target_group", wanted))["target_group"]
    assert made["health_check"]["path"] == "/health"
    assert made["health_check"]["interval"] == 15
    assert made["attributes"]["deregistration_delay.timeout_seconds"] == "30"
    assert made["dimension"].startswith("targetgroup/shop-api/")
    assert made["tags"] == TAGS
    elb.register_targets(TargetGroupArn=made["target_group_arn"], Targets=[{"Id": "10.9.0.10"}])
    assert ok(run_module("elbv2_target_group", wanted), changed=False)["target_group"] == made
    other = {**wanted, "health_check": {"path": "/ready"}, "attributes": {"slow_start.duration_seconds": 60}, "tags": {"Owner": "shop"}}
    checked = ok(run_module("elbv2_target_group", other, check=True, diff=True))
    assert sorted(checked["diff"]["after"]) == ["attributes", "health_check", "tags"]
    changed = ok(run_module("elbv2_target_group", other))["target_group"]
    assert (changed["health_check"]["path"], changed["health_check"]["interval"]) == ("/ready", 15)
    assert changed["attributes"]["deregistration_delay.timeout_seconds"] == "30"
    assert changed["tags"] == {"Owner": "shop"}
    assert len(elb.describe_target_health(TargetGroupArn=made["target_group_arn"])["TargetHealthDescriptions"]) == 1
    refused = run_module("elbv2_target_group", {**wanted, "port": 9090})
    assert refused.failed
    assert "port is 8080, which cannot become 9090" in refused.msg
    ok(run_module("elbv2_target_group", {"name": "shop-api", **ABSENT}, check=True))
    ok(run_module("elbv2_target_group", {"name": "shop-api", **ABSENT}))
    ok(run_module("elbv2_target_group", {"name": "shop-api", **ABSENT}), changed=False)
    assert "Set port and vpc_id" in run_module("elbv2_target_group", {"name": "shop-api"}).msg


def test_a_load_balancer_from_its_creation_to_its_end(account: Any, network: Network, run_module: RunModule) -> None:
    elb, wanted = account.client("elbv2"), balancer_of(network)
    ok(run_module("elbv2_load_balancer", wanted, check=True))
    assert elb.describe_load_balancers()["LoadBalancers"] == []
    made = ok(run_module("elbv2_load_balancer", wanted))["load_balancer"]
    assert made["state"] == "active"
    assert made["attributes"]["idle_timeout.timeout_seconds"] == "75"
    assert made["attributes"]["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert made["dimension"].startswith("app/shop/")
    assert made["canonical_hosted_zone_id"]
    assert ok(run_module("elbv2_load_balancer", wanted), changed=False)["load_balancer"] == made
    other = balancer_of(network, subnets=network.subnets, deletion_protection=True, tags={"Owner": "shop"})
    assert sorted(ok(run_module("elbv2_load_balancer", other, check=True, diff=True))["diff"]["after"]) == [
        "deletion_protection",
        "subnets",
        "tags",
    ]
    changed = ok(run_module("elbv2_load_balancer", other))["load_balancer"]
    assert changed["subnets"] == sorted(network.subnets)
    assert changed["tags"] == {"Owner": "shop"}
    protected = run_module("elbv2_load_balancer", {"name": "shop", **ABSENT})
    assert protected.failed
    assert "deletion_protection" in protected.msg
    assert "scheme is internet-facing" in run_module("elbv2_load_balancer", {**other, "scheme": "internal"}).msg
    ok(run_module("elbv2_load_balancer", {**other, "deletion_protection": False}))
    ok(run_module("elbv2_load_balancer", {"name": "shop", **ABSENT}))
    ok(run_module("elbv2_load_balancer", {"name": "shop", **ABSENT}), changed=False)
    assert "Set subnets" in run_module("elbv2_load_balancer", {"name": "shop"}).msg


def test_a_network_load_balancer_sends_to_instances(account: Any, network: Network, run_module: RunModule) -> None:
    group = group_of(
        network, name="nodes", protocol="TCP", port=30443, target_type="instance", health_check={"protocol": "TCP"}, attributes={}
    )
    arn = ok(run_module("elbv2_target_group", group))["target_group"]["target_group_arn"]
    ok(run_module("elbv2_target_group", group), changed=False)
    plain = {"name": "net", "type": "network", "subnets": network.subnets, "attributes": {"load_balancing.cross_zone.enabled": True}}
    made = ok(run_module("elbv2_load_balancer", plain))["load_balancer"]
    assert made["dimension"].startswith("net/net/")
    ok(run_module("elbv2_load_balancer", plain), changed=False)
    listener = {"load_balancer_arn": made["load_balancer_arn"], "port": 443, "protocol": "TCP", "forward": [{"target_group_arn": arn}]}
    ok(run_module("elbv2_listener", listener))
    ok(run_module("elbv2_listener", listener), changed=False)


def test_listeners_and_rules_from_their_creation_to_their_end(account: Any, network: Network, run_module: RunModule) -> None:
    elb = account.client("elbv2")
    balancer = ok(run_module("elbv2_load_balancer", balancer_of(network)))["load_balancer"]["load_balancer_arn"]
    groups = [
        ok(run_module("elbv2_target_group", group_of(network, name=name)))["target_group"]["target_group_arn"] for name in ("blue", "green")
    ]
    redirect = {
        "load_balancer_arn": balancer,
        "port": 80,
        "protocol": "HTTP",
        "redirect": {"protocol": "HTTPS", "port": "443"},
        "tags": TAGS,
    }
    ok(run_module("elbv2_listener", redirect))
    ok(run_module("elbv2_listener", redirect), changed=False)
    one, two, three = network.certificates
    serving: dict[str, Any] = {
        "load_balancer_arn": balancer,
        "port": 443,
        "protocol": "HTTPS",
        "ssl_policy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificates": [one, two],
        "fixed_response": {"status_code": "404"},
        "tags": TAGS,
    }
    ok(run_module("elbv2_listener", serving, check=True))
    made = ok(run_module("elbv2_listener", serving))["listener"]
    assert made["certificates"] == [one, two]
    assert made["action"] == {"type": "fixed-response", "status_code": "404", "content_type": "text/plain", "message_body": ""}
    assert made["tags"] == TAGS
    assert ok(run_module("elbv2_listener", serving), changed=False)["listener"] == made

    rule: dict[str, Any] = {
        "listener_arn": made["listener_arn"],
        "priority": 10,
        "hosts": ["shop.example.com"],
        "paths": ["/api/*"],
        "headers": {"X-Canary": ["yes"]},
        "forward": [{"target_group_arn": groups[0], "weight": 90}, {"target_group_arn": groups[1], "weight": 10}],
        "tags": TAGS,
    }
    ok(run_module("elbv2_listener_rule", rule, check=True))
    assert len(elb.describe_rules(ListenerArn=made["listener_arn"])["Rules"]) == 1
    found = ok(run_module("elbv2_listener_rule", rule))["rule"]
    assert found["conditions"] == {"hosts": ["shop.example.com"], "paths": ["/api/*"], "headers": {"X-Canary": ["yes"]}}
    assert ok(run_module("elbv2_listener_rule", rule), changed=False)["rule"] == found
    turned = {**rule, "forward": [{"target_group_arn": groups[1]}], "paths": ["/api/*", "/v2/*"], "tags": {"Owner": "shop"}}
    ok(run_module("elbv2_listener_rule", {**turned, "keep_actions": True, "paths": ["/api/*"], "tags": TAGS}), changed=False)
    assert sorted(ok(run_module("elbv2_listener_rule", turned, check=True, diff=True))["diff"]["after"]) == ["action", "conditions", "tags"]
    changed = ok(run_module("elbv2_listener_rule", turned))["rule"]
    assert changed["action"] == {"type": "forward", "target_groups": [{"target_group_arn": groups[1], "weight": 1}]}
    ok(run_module("elbv2_listener_rule", turned), changed=False)

    held = run_module("elbv2_target_group", {"name": "green", **ABSENT})
    assert held.failed
    assert "listeners and rules" in held.msg
    other = {**serving, "certificates": [two, three], "forward": [{"target_group_arn": groups[0]}], "tags": {"Owner": "shop"}}
    del other["fixed_response"]
    after = ok(run_module("elbv2_listener", other))["listener"]
    assert (after["certificates"], after["tags"]) == ([two, three], {"Owner": "shop"})
    ok(run_module("elbv2_listener", other), changed=False)
    assert run_module("elbv2_listener", {**other, "redirect": {"port": "8443"}}).failed
    assert "Set protocol and one of" in run_module("elbv2_listener", {"load_balancer_arn": balancer, "port": 8443}).msg
    assert "Set a condition" in run_module("elbv2_listener_rule", {"listener_arn": made["listener_arn"], "priority": 11}).msg

    gone = {"listener_arn": made["listener_arn"], "priority": 10, **ABSENT}
    ok(run_module("elbv2_listener_rule", gone))
    ok(run_module("elbv2_listener_rule", gone), changed=False)
    for port in (443, 80):
        ok(run_module("elbv2_listener", {"load_balancer_arn": balancer, "port": port, **ABSENT}))
        ok(run_module("elbv2_listener", {"load_balancer_arn": balancer, "port": port, **ABSENT}), changed=False)
    ok(run_module("elbv2_target_group", {"name": "green", **ABSENT}))
