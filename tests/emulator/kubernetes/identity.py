# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who sent an EKS token: reads the presigned GetCallerIdentity URL in it and checks its signature.

The checks are those of aws-iam-authenticator, which EKS runs, and then those of STS, to which it
sends the URL with the cluster's name as the header that the client must have signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

PREFIX: Final = "k8s-aws-v1."
CLUSTER_HEADER: Final = "x-k8s-aws-id"
LONGEST: Final = 4096
"""Bytes of the longest token that is looked at."""

LIFETIME: Final = timedelta(minutes=15)
"""How long STS takes a presigned URL, whatever its X-Amz-Expires says."""

AHEAD: Final = timedelta(minutes=5)
"""How far a client's clock may be ahead before STS calls a signature not yet current."""

_HOST: Final = re.compile(r"sts(?:-fips)?(?:\.(?P<region>[a-z]{2}(?:-[a-z]+)+-\d+))?\.amazonaws\.com(?:\.cn)?")
_PARAMETERS: Final = frozenset(
    {
        "action",
        "version",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-expires",
        "x-amz-security-token",
        "x-amz-signature",
        "x-amz-signedheaders",
    }
)


class TokenRefused(Exception):
    """Why a token lets nobody in."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What STS knows of an access key."""

    secret: str
    arn: str
    user_id: str
    session_token: str | None = None
    expires: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """What STS answers about whoever signed a token."""

    arn: str
    user_id: str
    access_key_id: str

    @property
    def account_id(self) -> str:
        """The number of the account."""
        return self.arn.split(":")[4]

    @property
    def canonical_arn(self) -> str:
        """The ARN that permissions are given to: the role's for a role's session, without the role's path."""
        head, _unused, resource = self.arn.rpartition(":")
        kind, _unused, rest = resource.partition("/")
        iam = head.replace(":sts:", ":iam:")
        return f"{iam}:role/{rest.split('/')[0]}" if kind == "assumed-role" else f"{iam}:{resource}"

    @property
    def principal_id(self) -> str:
        """The unique id of the user or role."""
        return self.user_id.partition(":")[0]

    @property
    def session_name(self) -> str:
        """The name of a role's session; empty for a user."""
        return self.user_id.partition(":")[2]


def identify(token: str, cluster: str, lookup: Callable[[str], Credentials | None], now: datetime | None = None) -> Identity:
    """Return who signed the token for this cluster, or raise TokenRefused; `lookup` finds an access key's credentials."""
    now = now or datetime.now(UTC)
    host, query = _url(token)
    lowered = {key.lower(): value for key, value in query.items()}
    region = _checked(host, lowered, now)
    key, signed_on, scope_region, service, end = (lowered["x-amz-credential"].split("/") + [""] * 5)[:5]
    if (signed_on, scope_region, service, end) != (lowered["x-amz-date"][:8], region, "sts", "aws4_request"):
        raise TokenRefused("STS: Credential should be scoped to a valid region and to the service sts")
    known = lookup(key)
    if known is None:
        raise TokenRefused("STS: The security token included in the request is invalid")
    if known.expires is not None and now > known.expires:
        raise TokenRefused("STS: The security token included in the request is expired")
    if (known.session_token or "") != lowered.get("x-amz-security-token", ""):
        raise TokenRefused("STS: The security token included in the request is invalid")
    headers = {"host": host, CLUSTER_HEADER: cluster, "accept": "application/json"}
    expected = signature(host, query, headers, known.secret)
    if not hmac.compare_digest(expected, lowered.get("x-amz-signature", "")):
        raise TokenRefused("STS: The request signature we calculated does not match the signature you provided")
    return Identity(known.arn, known.user_id, key)


def _url(token: str) -> tuple[str, dict[str, str]]:
    """Return host and parameters of the URL in a token."""
    if len(token) > LONGEST:
        raise TokenRefused("token is too large")
    if not token.startswith(PREFIX):
        raise TokenRefused(f'token is missing expected "{PREFIX}" prefix')
    encoded = token.removeprefix(PREFIX)
    if "=" in encoded:
        raise TokenRefused("token is padded, which it must not be")
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode("ascii")
        url = urlsplit(text)
        pairs = parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)
    except (binascii.Error, ValueError) as error:
        raise TokenRefused(f"token holds no URL: {error}") from error
    if url.scheme != "https":
        raise TokenRefused(f'unexpected scheme "{url.scheme}" in pre-signed URL')
    if not _HOST.fullmatch(url.netloc):
        raise TokenRefused(f'unexpected hostname "{url.netloc}" in pre-signed URL')
    if url.path != "/":
        raise TokenRefused("unexpected path in pre-signed URL")
    for key, _unused in pairs:
        if key.lower() not in _PARAMETERS:
            raise TokenRefused(f'non-whitelisted query parameter "{key}"')
    if len({key.lower() for key, _unused in pairs}) < len(pairs):
        raise TokenRefused("query parameter with multiple values not supported")
    return url.netloc, dict(pairs)


def _checked(host: str, parameters: Mapping[str, str], now: datetime) -> str:
    """Check what aws-iam-authenticator checks before it asks STS; return the region that the host speaks for."""
    if parameters.get("action") != "GetCallerIdentity":
        raise TokenRefused("unexpected action parameter in pre-signed URL")
    if CLUSTER_HEADER not in parameters.get("x-amz-signedheaders", "").lower().split(";"):
        raise TokenRefused(f"client did not sign the {CLUSTER_HEADER} header in the pre-signed URL")
    expires = parameters.get("x-amz-expires", "")
    if not expires.isdecimal() or int(expires) > LIFETIME.total_seconds():
        raise TokenRefused(f"invalid X-Amz-Expires parameter in pre-signed URL: {expires}")
    date = parameters.get("x-amz-date", "")
    try:
        signed = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise TokenRefused(f"error parsing X-Amz-Date parameter {date}") from None
    if now > signed + LIFETIME:
        raise TokenRefused(f"X-Amz-Date parameter is expired (15 minute expiration) {date}")
    if signed > now + AHEAD:
        raise TokenRefused(f"STS: Signature not yet current: {date}")
    if parameters.get("x-amz-algorithm") != "AWS4-HMAC-SHA256" or "x-amz-credential" not in parameters:
        raise TokenRefused("STS: The request signature does not conform to AWS standards")
    match = _HOST.fullmatch(host)
    return (match["region"] if match else None) or "us-east-1"


def signature(host: str, query: Mapping[str, str], headers: Mapping[str, str], secret: str) -> str:
    """Return AWS's signature (version 4) of a presigned GET of `/` with the headers that the query says are signed."""
    lowered = {key.lower(): value for key, value in query.items()}
    names = lowered.get("x-amz-signedheaders", "").split(";")
    if "host" not in names or any(name not in headers for name in names):
        raise TokenRefused("STS: The request signature we calculated does not match the signature you provided")
    encoded = sorted(
        (quote(key, safe="-_.~"), quote(value, safe="-_.~")) for key, value in query.items() if key.lower() != "x-amz-signature"
    )
    canonical = "\n".join(
        (
            "GET",
            "/",
            "&".join(f"{key}={value}" for key, value in encoded),
            *(f"{name}:{' '.join(headers[name].split())}" for name in names),
            "",
            ";".join(names),
            hashlib.sha256(b"").hexdigest(),
        )
    )
    date, scope = lowered["x-amz-date"], lowered["x-amz-credential"].partition("/")[2]
    text = "\n".join(("AWS4-HMAC-SHA256", date, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()
