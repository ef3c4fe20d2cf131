# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metadata service of EC2, version 2 only: a token first, then the instance's data by the address of who asks."""

from __future__ import annotations

import json
import secrets
import threading
import time
import urllib.parse
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from .keys import Credentials, Keys
from .settings import Settings

ADDRESS: Final = "169.254.169.254"
_TOKEN_SECONDS: Final = 21600


def tree(settings: Settings, host: dict[str, str], address: str, credentials: Callable[[str], Credentials]) -> dict[str, Any]:
    """Return what an instance can ask for, path segment by path segment; a function is called when its leaf is read."""
    region, account, role = settings.region, settings.account, host.get("role", "")
    instance_id = host["instance_id"]
    public = host.get("public_address", address)
    document = {
        "accountId": account, "architecture": "x86_64", "availabilityZone": f"{region}a", "imageId": host.get("image_id", "ami-stage"),
        "instanceId": instance_id, "instanceType": host.get("instance_type", "t3.xlarge"), "privateIp": address, "region": region,
        "version": "2017-09-30", "pendingTime": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    data: dict[str, Any] = {
        "ami-id": document["imageId"],
        "hostname": host.get("hostname", ""),
        "instance-id": instance_id,
        "instance-type": document["instanceType"],
        "local-hostname": host.get("hostname", ""),
        "local-ipv4": address,
        "placement": {"availability-zone": f"{region}a", "region": region},
        "public-ipv4": public,
        "services": {"domain": "amazonaws.com", "partition": "aws"},
    }
    if host.get("public_key"):
        data["public-keys"] = {"0": {"openssh-key": host["public_key"]}}
    if role:
        profile = f"arn:aws:iam::{account}:instance-profile/{role}"
        data["iam"] = {
            "info": json.dumps({"Code": "Success", "InstanceProfileArn": profile, "InstanceProfileId": "AIPASTAGE"}),
            "security-credentials": {role: lambda: json.dumps(credentials(role), indent=1)},
        }
    latest: dict[str, Any] = {"dynamic": {"instance-identity": {"document": json.dumps(document, indent=1)}}, "meta-data": data}
    if host.get("user_data"):
        latest["user-data"] = host["user_data"]
    return {"latest": latest}


def look_up(root: dict[str, Any], path: str) -> str | None:
    """Return a leaf's text or a folder's listing; None where there is nothing."""
    place: Any = root
    for segment in [part for part in path.split("/") if part]:
        if not isinstance(place, dict) or segment not in place:
            return None
        place = place[segment]
    if isinstance(place, dict):
        return "\n".join(name + ("/" if isinstance(value, dict) else "") for name, value in place.items())
    return str(place() if callable(place) else place)


def serve(settings: Callable[[], Settings], address: str = ADDRESS, port: int = 80) -> ThreadingHTTPServer:
    """Return the server, bound to the metadata address."""
    tokens: dict[str, float] = {}
    keys = Keys(settings)
    threading.Thread(target=keys.watch, daemon=True).start()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "EC2ws"

        def do_PUT(self) -> None:
            seconds = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
            if self.path != "/latest/api/token" or not seconds.isdigit() or not 0 < int(seconds) <= _TOKEN_SECONDS:
                return self._answer(400, "")
            if "X-Forwarded-For" in self.headers:
                return self._answer(403, "")
            token = secrets.token_urlsafe(40)
            tokens[token] = time.monotonic() + int(seconds)
            return self._answer(200, token, {"X-Aws-Ec2-Metadata-Token-Ttl-Seconds": seconds})

        def do_GET(self) -> None:
            if tokens.get(self.headers.get("X-aws-ec2-metadata-token", ""), 0) < time.monotonic():
                return self._answer(401, "")
            now = settings()
            client = self.client_address[0]
            host = now.hosts.get(client)
            if host is None or "metadata" in now.cut:
                return self._answer(503, "")
            root = tree(now, host, client, lambda role: keys(role, host["instance_id"]))
            text = look_up(root, urllib.parse.urlsplit(self.path).path)
            return self._answer(404, "") if text is None else self._answer(200, text)

        def _answer(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
            body = text.encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "text/plain", "Content-Length": str(len(body))} | (headers or {})).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *values: object) -> None:
            """Say nothing: clients ask often."""

    server = ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    return server
