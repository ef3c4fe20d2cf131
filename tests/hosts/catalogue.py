# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills a registry: the service images in all their versions, nginx and redis under their own names.

One service image is pushed; the others differ from it by environment variables only, so they are
written as manifests over the same layers, which takes a tenth of a second and not a build each.
"""

from __future__ import annotations

import hashlib
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from .docker import HostsError

MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
SEED_REPOSITORY: Final = "stage/service"
# Name of the service -> port and health path, as the system has them.
SERVICES: Final[dict[str, tuple[int, str]]] = {
    "api-gateway": (8080, "/actuator/health"),
    "user-service": (8081, "/actuator/health"),
    "video-service": (8082, "/actuator/health"),
    "location-service": (8083, "/actuator/health"),
    "search-service": (8084, "/actuator/health"),
    "moderation-service": (8085, "/actuator/health"),
    "notification-service": (8086, "/actuator/health"),
    "web-app": (3000, "/api/health"),
}
REPOSITORY_PREFIX: Final = "acct-atlas-"
# Tag -> what is wrong with that version.
TAGS: Final[dict[str, str]] = {"1.0.0": "", "1.1.0": "", "2.0.0-broken": "exit", "2.0.1-unhealthy": "unhealthy"}


@dataclass(frozen=True)
class Image:
    """One image of the catalogue: where it is, and its environment on top of the service image's."""

    repository: str
    tag: str
    environment: dict[str, str]


def images() -> Iterator[Image]:
    """All versions of all services."""
    for name, (port, health) in SERVICES.items():
        for tag, fault in TAGS.items():
            environment = {"STAGE_NAME": name, "STAGE_VERSION": tag, "STAGE_PORT": str(port), "STAGE_HEALTH": health, "STAGE_FAULT": fault}
            yield Image(f"{REPOSITORY_PREFIX}{name}", tag, environment)


def derive(config: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    """Return an image's configuration with further environment variables."""
    settings = dict(config["config"])
    port = environment.get("STAGE_PORT")
    settings["Env"] = [*(settings.get("Env") or []), *(f"{key}={value}" for key, value in environment.items())]
    if port:
        settings["ExposedPorts"] = {f"{port}/tcp": {}}
    return config | {"config": settings}


class Registry:
    """The HTTP interface of an open registry."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=30)

    def fill(self) -> None:
        """Write the catalogue, over the layers of the service image that has been pushed as SEED_REPOSITORY:1."""
        manifest = json.loads(self._request("GET", f"/v2/{SEED_REPOSITORY}/manifests/1", headers={"Accept": MANIFEST}))
        config = json.loads(self._request("GET", f"/v2/{SEED_REPOSITORY}/blobs/{manifest['config']['digest']}"))
        for image in images():
            for layer in manifest["layers"]:
                path = f"/v2/{image.repository}/blobs/uploads/?mount={layer['digest']}&from={SEED_REPOSITORY}"
                self._request("POST", path, status=201)
            body = json.dumps(derive(config, image.environment)).encode()
            digest = self._upload(image.repository, body)
            own = manifest | {"config": manifest["config"] | {"digest": digest, "size": len(body)}}
            content = json.dumps(own).encode()
            path = f"/v2/{image.repository}/manifests/{image.tag}"
            self._request("PUT", path, content, {"Content-Type": MANIFEST}, status=201)

    def _upload(self, repository: str, body: bytes) -> str:
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        self._request("POST", f"/v2/{repository}/blobs/uploads/", status=202)
        parts = urlsplit(self._location)
        path = f"{parts.path}?{parts.query}&digest={digest}"
        self._request("PUT", path, body, {"Content-Type": "application/octet-stream"}, status=201)
        return digest

    def _request(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None, status: int = 200) -> bytes:
        self._connection.request(method, path, body, headers or {})
        response = self._connection.getresponse()
        content = response.read()
        if response.status != status:
            raise HostsError(f"the registry answered {method} {path} with {response.status}: {content[:300].decode(errors='replace')}")
        self._location = response.headers.get("Location", "")
        return content
