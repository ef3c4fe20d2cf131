# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What distributions and policies of CloudFront have against what their user wants."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._cloudfront import items, merged, same
from ansible_collections.stratum.aws.plugins.module_utils._cloudfront_distribution import acceptable
from ansible_collections.stratum.aws.plugins.modules.cloudfront_cache_policy import cache_config
from ansible_collections.stratum.aws.plugins.modules.cloudfront_invalidation import content_of, reference
from ansible_collections.stratum.aws.plugins.modules.cloudfront_response_headers_policy import headers_config
from ansible_collections.stratum.aws.plugins.modules.wafv2_logging import redacted


@pytest.mark.parametrize(
    ("current", "wanted", "equal"),
    [
        ({"A": 1, "B": 2}, {"A": 1}, True),
        ({"A": 1}, {"A": 2}, False),
        ({}, {"A": ""}, True),
        ({"A": items([])}, {"A": {"Quantity": 0}}, True),
        ({"A": items(["x"])}, {"A": {"Quantity": 0}}, False),
        ({"A": items(["x", "y"])}, {"A": items(["y", "x"])}, True),
        ({"A": items([{"Id": "1", "B": 1, "C": 3}, {"Id": "2"}])}, {"A": items([{"Id": "2"}, {"Id": "1", "B": 1}])}, True),
        ({"A": items([{"PathPattern": "/a"}, {"PathPattern": "/b"}])}, {"A": items([{"PathPattern": "/b"}, {"PathPattern": "/a"}])}, False),
        ({"A": items([{"Id": "1"}])}, {"A": items([{"Id": "1"}, {"Id": "2"}])}, False),
    ],
)
def test_comparing(current: Any, wanted: Any, equal: bool) -> None:
    assert same(current, wanted) is equal
    assert same(merged(current, wanted), wanted)


def test_what_nobody_asked_for_stays() -> None:
    current = {"Kept": 1, "Origins": items([{"Id": "a", "Shield": True, "Path": ""}, {"Id": "b"}])}
    after = merged(current, {"Origins": items([{"Id": "a", "Path": "/x"}])})
    assert after == {"Kept": 1, "Origins": {"Quantity": 1, "Items": [{"Id": "a", "Shield": True, "Path": "/x"}]}}


def test_what_aws_refuses_is_left_out() -> None:
    behavior = {"CachePolicyId": "c", "ForwardedValues": {}, "MinTTL": 0, "OriginRequestPolicyId": "", "ResponseHeadersPolicyId": "r"}
    config = {
        "DefaultCacheBehavior": behavior,
        "Origins": items([{"Id": "a", "S3OriginConfig": {}, "CustomOriginConfig": {}}]),
        "CustomErrorResponses": items([{"ErrorCode": 502, "ResponseCode": "", "ResponsePagePath": ""}]),
        "ViewerCertificate": {
            "ACMCertificateArn": "arn",
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "v",
            "Certificate": "old",
        },
    }
    found = acceptable(config, {"Origins": items([{"Id": "a", "CustomOriginConfig": {}}])})
    assert found["DefaultCacheBehavior"] == {"CachePolicyId": "c", "ResponseHeadersPolicyId": "r"}
    assert found["Origins"]["Items"] == [{"Id": "a", "CustomOriginConfig": {}}]
    assert found["CustomErrorResponses"]["Items"] == [{"ErrorCode": 502}]
    assert "Certificate" not in found["ViewerCertificate"]


def test_references_of_invalidations_are_new_and_say_what_they_are_for() -> None:
    assert reference("one two") != reference("one two")
    assert content_of(reference("one two")) == "one two"
    assert content_of("terraform-2020") is None


def test_policies_are_written_out() -> None:
    cache = {
        "name": "n",
        "comment": "",
        "min_ttl": 0,
        "default_ttl": 1,
        "max_ttl": 2,
        "headers": ["A"],
        "cookies": ["*"],
        "query_strings": [],
    }
    told = cache_config({**cache, "compression": True})["ParametersInCacheKeyAndForwardedToOrigin"]
    assert told["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["A"]}}
    assert (told["CookiesConfig"], told["QueryStringsConfig"]) == ({"CookieBehavior": "all"}, {"QueryStringBehavior": "none"})
    headers: dict[str, Any] = {"name": "n", "comment": "", "custom_headers": [], "remove_headers": [], "cors": None}
    security = {"content_type_options": True, "frame_options": "DENY", "xss_protection": False}
    assert headers_config({**headers, "security_headers": security})["SecurityHeadersConfig"] == {
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"Override": True, "FrameOption": "DENY"},
    }


def test_headers_that_are_not_logged() -> None:
    assert redacted([{"SingleHeader": {"Name": "Cookie"}}, {"Method": {}}, {"SingleHeader": {"Name": "authorization"}}]) == [
        "authorization",
        "cookie",
    ]
    assert redacted(None) == []
