# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has an OpenSearch domain write a snapshot into a bucket, and delete those that are too old.

Called by a schedule. On each call it sees to it that the domain knows the bucket and lets this function do it, which costs two small
requests and heals what somebody changed.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

log = logging.getLogger()
log.setLevel(logging.INFO)

FORM = "stratum-%Y%m%d-%H%M%S"
SECONDS = 30


class Refused(Exception):
    """What the domain refuses."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:500]}")
        self.status = status


def handler(_event: Any, _context: Any) -> dict[str, Any]:
    """Make a snapshot and delete old ones; return their names."""
    settings = os.environ
    repository = settings["REPOSITORY"]
    allow(settings["FUNCTION_ROLE_ARN"])
    register(repository, settings["BUCKET"], settings["PREFIX"], settings["ROLE_ARN"])
    now = datetime.now(UTC)
    known = names(repository)
    name = now.strftime(FORM)
    made = "" if running(repository) else start(repository, name)
    old = outdated(known, now, int(settings["RETENTION_DAYS"]))
    for each in old:
        signed("DELETE", f"/_snapshot/{repository}/{each}")
    log.info("made %s, deleted %s", made or "none", ", ".join(old) or "none")
    return {"made": made, "deleted": old}


def outdated(known: list[str], now: datetime, days: int) -> list[str]:
    """Return the snapshots of ours that are older than so many days, but never the newest."""
    times = {}
    for name in known:
        try:
            times[name] = datetime.strptime(name, FORM).replace(tzinfo=UTC)
        except ValueError:
            continue  # somebody else's
    newest = max(times, key=lambda name: times[name], default=None)
    return sorted(name for name, made in times.items() if made < now - timedelta(days=days) and name != newest)


def allow(role: str) -> None:
    """Let this function's role manage snapshots, which the domain's own access control wants to be told."""
    path = "/_plugins/_security/api/rolesmapping/manage_snapshots"
    try:
        mapping = json.loads(as_master("GET", path))["manage_snapshots"]
    except Refused as error:
        if error.status != 404:
            raise
        mapping = {}
    roles = mapping.get("backend_roles") or []
    if role not in roles:
        body = {"backend_roles": [*roles, role], "hosts": mapping.get("hosts") or [], "users": mapping.get("users") or []}
        as_master("PUT", path, body)


def register(repository: str, bucket: str, prefix: str, role: str) -> None:
    """Tell the domain of the bucket, unless it knows."""
    wanted = {"bucket": bucket, "base_path": prefix, "region": os.environ["AWS_REGION"], "role_arn": role, "server_side_encryption": "true"}
    try:
        found = json.loads(signed("GET", f"/_snapshot/{repository}"))[repository]["settings"]
    except Refused as error:
        if error.status != 404:
            raise
        found = {}
    if any(str(found.get(key)) != value for key, value in wanted.items()):
        signed("PUT", f"/_snapshot/{repository}", {"type": "s3", "settings": wanted})


def names(repository: str) -> list[str]:
    """Return the names of all snapshots."""
    return [each["snapshot"] for each in json.loads(signed("GET", f"/_snapshot/{repository}/_all"))["snapshots"]]


def running(repository: str) -> bool:
    """Return whether a snapshot is being made: a domain makes one at a time."""
    return bool(json.loads(signed("GET", f"/_snapshot/{repository}/_status"))["snapshots"])


def start(repository: str, name: str) -> str:
    """Begin a snapshot of everything but the domain's own indexes; return its name."""
    body = {"indices": "-.opendistro_security,-.opensearch*,*", "include_global_state": False}
    signed("PUT", f"/_snapshot/{repository}/{name}", body)
    return name


def signed(method: str, path: str, body: Any = None) -> str:
    """Call the domain as this function's role."""
    url, data = os.environ["ENDPOINT"] + path, json.dumps(body).encode() if body is not None else b""
    request = AWSRequest(method=method, url=url, data=data, headers={"Content-Type": "application/json"})
    session = boto3.session.Session()
    SigV4Auth(session.get_credentials(), "es", os.environ["AWS_REGION"]).add_auth(request)
    return _send(method, url, data, dict(request.headers))


def as_master(method: str, path: str, body: Any = None) -> str:
    """Call the domain as its master user."""
    value = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ID"])["SecretString"])
    token = base64.b64encode(f"{value['username']}:{value['password']}".encode()).decode()
    data = json.dumps(body).encode() if body is not None else b""
    return _send(method, os.environ["ENDPOINT"] + path, data, {"Content-Type": "application/json", "Authorization": f"Basic {token}"})


def _send(method: str, url: str, data: bytes, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, data=data or None, headers=headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            text: str = answer.read().decode()
            return text
    except urllib.error.HTTPError as error:
        raise Refused(error.code, error.read().decode(errors="replace")) from error
