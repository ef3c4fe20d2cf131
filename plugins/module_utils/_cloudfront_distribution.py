# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a distribution of CloudFront is asked to be, as AWS takes it.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._cloudfront import items
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._waiters import status_waiter

Document = dict[str, Any]

DEPLOYED: Final = status_waiter("GetDistribution", "Distribution.Status", ["Deployed"], delay=20)

_REPLACED: Final = ("ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL")
"""What a cache policy replaces, and what AWS refuses beside one."""


def distribution_config(params: Mapping[str, Any], secrets: Mapping[tuple[str, str], str]) -> Document:
    """Return what the options say; `secrets` holds the values of headers by origin and header."""
    config = given(
        {
            "Comment": params["comment"],
            "Enabled": params["enabled"],
            "PriceClass": params["price_class"],
            "HttpVersion": params["http_version"],
            "IsIPV6Enabled": params["ipv6"],
            "DefaultRootObject": params["default_root_object"],
            "WebACLId": params["web_acl_arn"],
        }
    )
    if params["aliases"] is not None:
        config["Aliases"] = items(params["aliases"])
    if params["origins"] is not None:
        config["Origins"] = items([_origin(origin, secrets) for origin in params["origins"]])
    if params["default_behavior"] is not None:
        config["DefaultCacheBehavior"] = _behavior(params["default_behavior"])
    if params["behaviors"] is not None:
        config["CacheBehaviors"] = items([{"PathPattern": each["path"], **_behavior(each)} for each in params["behaviors"]])
    if params["error_responses"] is not None:
        config["CustomErrorResponses"] = items([_error(each) for each in params["error_responses"]])
    if params["log"] is not None:
        log = params["log"]
        config["Logging"] = {"Enabled": True, "IncludeCookies": False, "Bucket": log["bucket"], "Prefix": log["prefix"]}
    if params["certificate_arn"] is not None:
        config["ViewerCertificate"] = _certificate(params["certificate_arn"], params["minimum_tls"])
    return config


def _certificate(arn: str, minimum_tls: str) -> Document:
    if not arn:
        return {"CloudFrontDefaultCertificate": True}
    return {
        "CloudFrontDefaultCertificate": False,
        "ACMCertificateArn": arn,
        "SSLSupportMethod": "sni-only",
        "MinimumProtocolVersion": minimum_tls,
    }


def _origin(origin: Mapping[str, Any], secrets: Mapping[tuple[str, str], str]) -> Document:
    secret = {header["name"]: secrets.get((origin["id"], header["name"]), "") for header in origin["secret_headers"]}
    headers = {**{name: str(value) for name, value in origin["headers"].items()}, **secret}
    config: Document = {
        "Id": origin["id"],
        "DomainName": origin["domain_name"],
        "OriginPath": origin["path"],
        "CustomHeaders": items([{"HeaderName": name, "HeaderValue": value} for name, value in headers.items()]),
        "OriginAccessControlId": origin["origin_access_control_id"] or "",
    }
    if origin["type"] == "s3":
        return {**config, "S3OriginConfig": {"OriginAccessIdentity": ""}}
    return {
        **config,
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": origin["protocol_policy"],
            "OriginSslProtocols": items(["TLSv1.2"]),
            "OriginReadTimeout": origin["read_timeout"],
        },
    }


def _behavior(behavior: Mapping[str, Any]) -> Document:
    return {
        "TargetOriginId": behavior["origin"],
        "ViewerProtocolPolicy": behavior["viewer_protocol_policy"],
        "AllowedMethods": {**items(behavior["methods"]), "CachedMethods": items(behavior["cached_methods"])},
        "Compress": behavior["compress"],
        "CachePolicyId": behavior["cache_policy_id"],
        "OriginRequestPolicyId": behavior["origin_request_policy_id"] or "",
        "ResponseHeadersPolicyId": behavior["response_headers_policy_id"] or "",
    }


def _error(error: Mapping[str, Any]) -> Document:
    return {
        "ErrorCode": error["error_code"],
        # AWS takes and gives the code as a text, the page only with it.
        "ResponseCode": str(error["response_code"]) if error["response_code"] else "",
        "ResponsePagePath": error["response_page"] or "",
        "ErrorCachingMinTTL": error["ttl"],
    }


def acceptable(config: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return a configuration without what AWS refuses: empty ids, what a cache policy replaces, and two kinds of one origin."""
    found = dict(config)
    found["DefaultCacheBehavior"] = _acceptable_behavior(found["DefaultCacheBehavior"])
    if found.get("CacheBehaviors", {}).get("Items"):
        found["CacheBehaviors"] = items([_acceptable_behavior(each) for each in found["CacheBehaviors"]["Items"]])
    if found.get("CustomErrorResponses", {}).get("Items"):
        found["CustomErrorResponses"] = items([_acceptable_error(each) for each in found["CustomErrorResponses"]["Items"]])
    kinds = {origin["Id"]: _kind(origin) for origin in wanted.get("Origins", {}).get("Items", [])}
    found["Origins"] = items([_of_kind(origin, kinds.get(origin["Id"]) or _kind(origin)) for origin in found["Origins"]["Items"]])
    certificate = found.get("ViewerCertificate") or {}
    if certificate.get("ACMCertificateArn"):
        found["ViewerCertificate"] = {key: certificate[key] for key in ("ACMCertificateArn", "SSLSupportMethod", "MinimumProtocolVersion")}
    elif certificate.get("CloudFrontDefaultCertificate"):
        found["ViewerCertificate"] = {"CloudFrontDefaultCertificate": True}
    return found


def _acceptable_behavior(behavior: Mapping[str, Any]) -> Document:
    empty = {key for key in ("OriginRequestPolicyId", "ResponseHeadersPolicyId") if not behavior.get(key)}
    replaced = set(_REPLACED) if behavior.get("CachePolicyId") else set()
    return {key: value for key, value in behavior.items() if key not in empty | replaced}


def _acceptable_error(error: Mapping[str, Any]) -> Document:
    if error.get("ResponseCode"):
        return dict(error)
    return {key: value for key, value in error.items() if key not in ("ResponseCode", "ResponsePagePath")}


def _kind(origin: Mapping[str, Any]) -> str:
    return "CustomOriginConfig" if "CustomOriginConfig" in origin else "S3OriginConfig"


def _of_kind(origin: Mapping[str, Any], kind: str) -> Document:
    return {key: value for key, value in origin.items() if key == kind or key not in ("CustomOriginConfig", "S3OriginConfig")}


def secrets_wanted(origins: Sequence[Mapping[str, Any]] | None) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the secret headers by origin and header."""
    return {(origin["id"], header["name"]): header for origin in origins or [] for header in origin["secret_headers"]}
