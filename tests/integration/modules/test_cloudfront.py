# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distributions of CloudFront, what signs for them, and their policies."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import ModuleResult, RunModule

pytestmark = pytest.mark.integration

TAGS = {"stratum:stack": "shop", "stratum:environment": "prod"}
ABSENT: dict[str, Any] = {"state": "absent"}
API: dict[str, Any] = {
    "path": "/api/*",
    "origin": "api",
    "methods": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
    "cache_policy": "CachingDisabled",
    "origin_request_policy": "AllViewerExceptHostHeader",
}


def ok(result: ModuleResult, changed: bool = True) -> ModuleResult:
    assert not result.failed, result.msg
    assert result.changed == changed, result
    return result


def distribution(**more: Any) -> dict[str, Any]:
    return {
        "name": "shop",
        "comment": "The shop",
        "aliases": [],
        "certificate_arn": "",
        "default_root_object": "index.html",
        "price_class": "PriceClass_100",
        "http_version": "http2and3",
        "ipv6": True,
        "web_acl_arn": "",
        "log": {"bucket": "logs.s3.amazonaws.com", "prefix": "shop/"},
        "origins": [
            {"id": "web", "type": "s3", "domain_name": "shop-web.s3.ca-central-1.amazonaws.com"},
            {"id": "api", "domain_name": "api.example.com", "path": "/prod", "headers": {"X-From": "cloudfront"}},
        ],
        "default_behavior": {"origin": "web", "response_headers_policy": "SecurityHeadersPolicy"},
        "behaviors": [API],
        "error_responses": [{"error_code": 403, "response_code": 200, "response_page": "/index.html"}, {"error_code": 502, "ttl": 0}],
        "tags": TAGS,
        **more,
    }


@pytest.mark.parametrize(
    ("module", "key", "options", "change"),
    [
        ("origin_access_control", "origin_access_control", {"description": "Signs"}, {"description": "Signs for the shop"}),
        (
            "response_headers_policy",
            "response_headers_policy",
            {
                "security_headers": {
                    "content_type_options": True,
                    "frame_options": "DENY",
                    "referrer_policy": "same-origin",
                    "xss_protection": True,
                    "content_security_policy": "default-src 'self'",
                    "strict_transport_security": {"max_age": 31536000},
                },
                "custom_headers": [{"name": "X-Shop", "value": "yes"}],
                "remove_headers": ["Server"],
            },
            {"cors": {"allow_origins": ["https://example.com"]}},
        ),
        ("cache_policy", "cache_policy", {"default_ttl": 60, "headers": ["Accept"], "query_strings": ["*"]}, {"default_ttl": 120}),
    ],
)
def test_named_configurations(
    account: Any, run_module: RunModule, module: str, key: str, options: dict[str, Any], change: dict[str, Any]
) -> None:
    name, wanted = f"cloudfront_{module}", {"name": "shop", **options}
    assert ok(run_module(name, wanted, check=True))[key]["config"]["Name"] == "shop"
    made = ok(run_module(name, wanted))[key]
    assert ok(run_module(name, wanted), changed=False)[key] == made
    changed = {**wanted, **change}
    assert ok(run_module(name, changed, check=True, diff=True))["diff"]["after"]["config"] != made["config"]
    after = ok(run_module(name, changed))[key]
    assert after["id"] == made["id"]
    ok(run_module(name, changed), changed=False)
    ok(run_module(name, {"name": "shop", **ABSENT}, check=True))
    ok(run_module(name, {"name": "shop", **ABSENT}))
    ok(run_module(name, {"name": "shop", **ABSENT}), changed=False)


def test_a_distribution_from_its_creation_to_its_end(account: Any, run_module: RunModule) -> None:
    cloudfront = account.client("cloudfront")
    control = ok(run_module("cloudfront_origin_access_control", {"name": "shop"}))["origin_access_control"]["id"]
    wanted = distribution()
    wanted["origins"][0]["origin_access_control_id"] = control
    ok(run_module("cloudfront_distribution", wanted, check=True))
    assert cloudfront.list_distributions()["DistributionList"]["Quantity"] == 0
    made = ok(run_module("cloudfront_distribution", wanted))["distribution"]
    assert (made["status"], made["tags"]) == ("Deployed", {"Name": "shop", **TAGS})
    config = cloudfront.get_distribution_config(Id=made["id"])["DistributionConfig"]
    assert config["Origins"]["Items"][0]["OriginAccessControlId"] == control
    assert config["CustomErrorResponses"]["Items"][0]["ResponsePagePath"] == "/index.html"
    assert config["DefaultCacheBehavior"]["CachePolicyId"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert "ForwardedValues" not in config["DefaultCacheBehavior"]
    assert config["CacheBehaviors"]["Items"][0]["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"
    again = run_module("cloudfront_distribution", wanted)
    assert not again.changed, again["diff"]

    # Somebody else's has the same name.
    other = run_module("cloudfront_distribution", distribution(tags={**TAGS, "stratum:environment": "staging"}), check=True)
    assert other.changed
    assert "id" not in other["distribution"]

    changed = {**wanted, "behaviors": [], "comment": "Another", "tags": {**TAGS, "Owner": "shop"}}
    ok(run_module("cloudfront_distribution", changed, check=True, diff=True))
    after = ok(run_module("cloudfront_distribution", changed))["distribution"]
    assert after["id"] == made["id"]
    assert after["config"]["CacheBehaviors"]["Quantity"] == 0
    assert after["tags"]["Owner"] == "shop"
    ok(run_module("cloudfront_distribution", changed), changed=False)

    held = run_module("cloudfront_origin_access_control", {"name": "shop", **ABSENT})
    assert "origins that use it" in held.msg
    unknown = run_module("cloudfront_distribution", {**changed, "default_behavior": {"origin": "web", "cache_policy": "Nonsense"}})
    assert "no CachePolicy Nonsense" in unknown.msg
    assert "Set origins" in run_module("cloudfront_distribution", {"name": "nobody", "tags": TAGS}).msg

    forgotten = {"distribution_id": made["id"], "content": "one"}
    ok(run_module("cloudfront_invalidation", forgotten, check=True))
    for content, makes in (("one", True), ("one", False), ("two", True), ("one", True), ("one", False)):
        ok(run_module("cloudfront_invalidation", {**forgotten, "content": content}), changed=makes)
    assert len(cloudfront.list_invalidations(DistributionId=made["id"])["InvalidationList"]["Items"]) == 3

    gone = {"name": "shop", "tags": TAGS, **ABSENT}
    ok(run_module("cloudfront_distribution", gone, check=True))
    ok(run_module("cloudfront_distribution", gone))
    ok(run_module("cloudfront_distribution", gone), changed=False)
    ok(run_module("cloudfront_origin_access_control", {"name": "shop", **ABSENT}))


def test_secret_headers_and_certificates(account: Any, run_module: RunModule) -> None:
    secrets, acm = account.client("secretsmanager"), account.client("acm", region="us-east-1")
    secrets.create_secret(Name="shop/origin", SecretString=json.dumps({"token": "hush-hush-1"}))
    arn = acm.request_certificate(DomainName="shop.example.com")["CertificateArn"]
    acm.describe_certificate(CertificateArn=arn)
    wanted = distribution(aliases=["shop.example.com"], certificate_arn=arn)
    wanted["origins"][1]["secret_headers"] = [
        {"name": "X-Origin", "secret": "shop/origin", "key": "token"},
        {"name": "Referer", "value": "quiet-now-2"},
    ]
    made = ok(run_module("cloudfront_distribution", wanted, diff=True))
    assert "hush-hush-1" not in json.dumps(made)
    assert "quiet-now-2" not in json.dumps(made)
    config = account.client("cloudfront").get_distribution_config(Id=made["distribution"]["id"])["DistributionConfig"]
    headers = {each["HeaderName"]: each["HeaderValue"] for each in config["Origins"]["Items"][1]["CustomHeaders"]["Items"]}
    assert headers == {"X-From": "cloudfront", "X-Origin": "hush-hush-1", "Referer": "quiet-now-2"}
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    ok(run_module("cloudfront_distribution", wanted), changed=False)
    secrets.put_secret_value(SecretId="shop/origin", SecretString=json.dumps({"token": "hush-hush-3"}))
    turned = ok(run_module("cloudfront_distribution", wanted, diff=True))
    assert "hush-hush" not in json.dumps(turned)
    elsewhere = account.client("acm").request_certificate(DomainName="shop.example.com")["CertificateArn"]
    refused = run_module("cloudfront_distribution", {**wanted, "certificate_arn": elsewhere})
    assert "certificate of us-east-1" in refused.msg
