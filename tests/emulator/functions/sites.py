# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests to distributions of CloudFront: from the behaviour to its origin (a bucket or a REST API) and back. Nothing is cached."""

from __future__ import annotations

import gzip
import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tests.emulator.authorization_policies import Decision, decide
from tests.emulator.http_server import Answer, Environ

from .gateway import Gateway, Request, headers_of

if TYPE_CHECKING:
    from .inside import Inside

_BUCKET: Final = re.compile(r"(?P<bucket>.+)\.s3(?:[.-](?P<region>[a-z0-9-]+))?\.amazonaws\.com")
_API: Final = re.compile(r"(?P<api>[a-z0-9]+)\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com")
_COMPRESSED: Final = ("text/", "application/json", "application/javascript", "image/svg+xml")


class Distributions:
    """Answers requests to the distributions of the account."""

    def __init__(self, inside: Inside, gateway: Gateway) -> None:
        self._inside = inside
        self._gateway = gateway

    def of_host(self, host: str) -> str | None:
        """Return the id of the distribution that has this name."""
        client = self._inside.client("cloudfront")
        for each in client.list_distributions().get("DistributionList", {}).get("Items", []):
            if host == each["DomainName"] or host in (each.get("Aliases") or {}).get("Items", []):
                return str(each["Id"])
        return None

    def answer(self, identifier: str, path: str, environ: Environ) -> Answer:
        """Answer a request to a distribution."""
        try:
            found = self._inside.client("cloudfront").get_distribution(Id=identifier)["Distribution"]
        except ClientError:
            return _plain(404, "no such distribution")
        config = found["DistributionConfig"]
        if not config["Enabled"]:
            return _plain(403, "the distribution is disabled")
        behaviour = _behaviour(config, path)
        if environ["wsgi.url_scheme"] == "http" and behaviour["ViewerProtocolPolicy"] != "allow-all":
            if behaviour["ViewerProtocolPolicy"] == "https-only":
                return _plain(403, "this needs HTTPS")
            query = f"?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else ""
            return Answer(301, [("Location", f"https://{environ['HTTP_HOST']}{path}{query}")], b"")
        allowed = (behaviour.get("AllowedMethods") or {}).get("Items", ["GET", "HEAD"])
        if environ["REQUEST_METHOD"] not in allowed:
            return _plain(403, "this distribution is not configured to allow the HTTP request method")
        asked = f"/{config['DefaultRootObject']}" if path == "/" and config.get("DefaultRootObject") else path
        answer = self._from_origin(found["ARN"], config, behaviour, asked, environ)
        answer = self._with_errors(found["ARN"], config, answer, environ)
        answer = Answer(answer.status, [*answer.headers, *self._security(behaviour, answer)], answer.body)
        return _compressed(behaviour, answer, environ)

    def _from_origin(self, arn: str, config: dict[str, Any], behaviour: dict[str, Any], path: str, environ: Environ) -> Answer:
        origin = next(each for each in config["Origins"]["Items"] if each["Id"] == behaviour["TargetOriginId"])
        full = (origin.get("OriginPath") or "") + path
        if bucket := _BUCKET.fullmatch(origin["DomainName"]):
            return self._object(arn, origin, bucket["bucket"], full.lstrip("/"))
        if api := _API.fullmatch(origin["DomainName"]):
            _unused, stage, rest = full.split("/", 2) if full.count("/") > 1 else (*full.split("/", 1), "")
            headers = {key: value for key, value in headers_of(environ).items() if key != "Host"}
            for each in (origin.get("CustomHeaders") or {}).get("Items", []):
                headers = {key: value for key, value in headers.items() if key.lower() != each["HeaderName"].lower()}
                headers[each["HeaderName"]] = each["HeaderValue"]
            headers["Host"] = origin["DomainName"]
            return self._gateway.answer(
                Request(api["region"], api["api"], stage, f"/{rest}", environ, host=origin["DomainName"], headers=headers)
            )
        return _plain(502, f"the emulator does not reach the origin {origin['DomainName']}")

    def _object(self, arn: str, origin: dict[str, Any], bucket: str, key: str) -> Answer:
        s3 = self._inside.client("s3")
        if not self._may_read(s3, arn, origin, bucket, key):
            return _plain(403, "AccessDenied")
        try:
            found = s3.get_object(Bucket=bucket, Key=key)
        except ClientError:
            # Without the permission to list a bucket, S3 does not say that there is no such object.
            return _plain(403, "AccessDenied")
        headers = [("Content-Type", found["ContentType"]), ("ETag", found["ETag"])]
        headers += [("Cache-Control", found["CacheControl"])] if found.get("CacheControl") else []
        return Answer(200, headers, found["Body"].read())

    def _may_read(self, s3: Any, arn: str, origin: dict[str, Any], bucket: str, key: str) -> bool:
        """Return whether the bucket's policy lets this distribution read."""
        if not origin.get("OriginAccessControlId"):
            return False
        try:
            policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        except ClientError:
            return False
        statements = [
            each
            for each in policy["Statement"]
            if each.get("Principal") == {"Service": "cloudfront.amazonaws.com"} or each.get("Principal") in ("*", {"AWS": "*"})
        ]

        def context(name: str) -> list[str] | None:
            return {"aws:sourcearn": [arn], "aws:securetransport": ["true"]}.get(name.lower())

        return decide([{"Statement": statements}], "s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", context) is Decision.ALLOWED

    def _with_errors(self, arn: str, config: dict[str, Any], answer: Answer, environ: Environ) -> Answer:
        for each in (config.get("CustomErrorResponses") or {}).get("Items", []):
            if each["ErrorCode"] == answer.status and each.get("ResponsePagePath"):
                page = self._from_origin(arn, config, _behaviour(config, each["ResponsePagePath"]), each["ResponsePagePath"], environ)
                if page.status == 200:
                    return Answer(int(each.get("ResponseCode") or answer.status), page.headers, page.body)
        return answer

    def _security(self, behaviour: dict[str, Any], answer: Answer) -> list[tuple[str, str]]:
        identifier = behaviour.get("ResponseHeadersPolicyId")
        if not identifier:
            return []
        try:
            found = self._inside.client("cloudfront").get_response_headers_policy(Id=identifier)["ResponseHeadersPolicy"]
        except ClientError:
            return []
        config = found["ResponseHeadersPolicyConfig"]
        made: list[tuple[str, str]] = []
        security = config.get("SecurityHeadersConfig") or {}
        if transport := security.get("StrictTransportSecurity"):
            flags = "; includeSubDomains" if transport.get("IncludeSubdomains") else ""
            flags += "; preload" if transport.get("Preload") else ""
            made.append(("Strict-Transport-Security", f"max-age={transport['AccessControlMaxAgeSec']}{flags}"))
        if "ContentTypeOptions" in security:
            made.append(("X-Content-Type-Options", "nosniff"))
        for key, header, member in (
            ("FrameOptions", "X-Frame-Options", "FrameOption"),
            ("ReferrerPolicy", "Referrer-Policy", "ReferrerPolicy"),
            ("ContentSecurityPolicy", "Content-Security-Policy", "ContentSecurityPolicy"),
        ):
            if key in security:
                made.append((header, security[key][member]))
        custom = (config.get("CustomHeadersConfig") or {}).get("Items", [])
        made += [(each["Header"], each["Value"]) for each in custom]
        present = {key.lower() for key, _unused in answer.headers}
        return [(key, value) for key, value in made if key.lower() not in present]


def _behaviour(config: dict[str, Any], path: str) -> dict[str, Any]:
    for each in (config.get("CacheBehaviors") or {}).get("Items", []):
        pattern = each["PathPattern"]
        if fnmatchcase(path, pattern if pattern.startswith("/") else f"/{pattern}"):
            found: dict[str, Any] = each
            return found
    default: dict[str, Any] = config["DefaultCacheBehavior"]
    return default


def _compressed(behaviour: dict[str, Any], answer: Answer, environ: Environ) -> Answer:
    kind = next((value for key, value in answer.headers if key.lower() == "content-type"), "")
    fits = 1000 <= len(answer.body) <= 10_000_000 and kind.startswith(_COMPRESSED)
    if not (behaviour.get("Compress") and fits and "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")):
        return answer
    return Answer(answer.status, [*answer.headers, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")], gzip.compress(answer.body))


def _plain(status: int, text: str) -> Answer:
    return Answer(status, [("Content-Type", "text/plain"), ("X-Cache", "Error from cloudfront")], f"{text}\n".encode())
