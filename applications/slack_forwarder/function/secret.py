# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads a secret: one signed request to Secrets Manager, with the credentials that Lambda gives every function."""

from __future__ import annotations

import datetime
import hashlib
import hmac
import json
import os
import urllib.error
import urllib.parse
import urllib.request

SERVICE = "secretsmanager"
TARGET = "secretsmanager.GetSecretValue"
TYPE = "application/x-amz-json-1.1"


class NotRead(Exception):
    """The secret could not be read; the message says why."""


def value(name: str, seconds: float) -> str:
    """Return the text of a secret."""
    region = os.environ["AWS_REGION"]
    own = os.environ.get("AWS_ENDPOINT_URL_SECRETS_MANAGER") or os.environ.get("AWS_ENDPOINT_URL")
    endpoint = own or f"https://{SERVICE}.{region}.amazonaws.com"
    body = json.dumps({"SecretId": name}).encode()
    host = urllib.parse.urlsplit(endpoint).netloc
    headers = signed(host, body, region, datetime.datetime.now(tz=datetime.UTC))
    request = urllib.request.Request(f"{endpoint.rstrip('/')}/", body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return str(json.load(answer)["SecretString"])
    except urllib.error.HTTPError as error:
        said = error.read(500).decode(errors="replace")
        raise NotRead(f"Secrets Manager answered {error.code} for {name}: {said}") from None
    except OSError as error:
        raise NotRead(f"Secrets Manager was not reached: {error}") from None


def signed(host: str, body: bytes, region: str, now: datetime.datetime) -> dict[str, str]:
    """Return the headers of the request with its signature (AWS Signature Version 4)."""
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"content-type": TYPE, "host": host, "x-amz-date": moment, "x-amz-target": TARGET}
    if token := os.environ.get("AWS_SESSION_TOKEN"):
        headers["x-amz-security-token"] = token
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    whole = "\n".join(["POST", "/", "", lines, names, hashlib.sha256(body).hexdigest()])
    scope = f"{moment[:8]}/{region}/{SERVICE}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(whole.encode()).hexdigest()])
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.new(key, text.encode(), "sha256").hexdigest()
    credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    headers["authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"
    return headers
