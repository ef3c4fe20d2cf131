# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes API as the emulator itself uses it: JSON in, JSON out, with the administrator's certificate.

The Python client for Kubernetes would do; it takes a second and 60 MB to import, which the emulator's process can do without.
"""

from __future__ import annotations

import base64
import json
import ssl
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import urllib3
import yaml

Object = dict[str, Any]

TIMEOUT_SECONDS: Final = 10.0
WATCH_SECONDS: Final = 600
"""After this long the API server ends a watch, and the watcher lists again."""


class KubernetesError(Exception):
    """An answer of the API that is no success; `status` is 0 when there was none."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}" if reason else message)
        self.status = status
        self.reason = reason


class Api:
    """One cluster's API."""

    def __init__(self, kubeconfig: Path) -> None:
        document = yaml.safe_load(kubeconfig.read_text(encoding="utf-8"))
        cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
        self.server: str = cluster["server"]
        context = ssl.create_default_context(cadata=base64.b64decode(cluster["certificate-authority-data"]).decode())
        # Python reads a client's certificate from files only.
        with tempfile.NamedTemporaryFile() as file:
            for key in ("client-certificate-data", "client-key-data"):
                file.write(base64.b64decode(user[key]) + b"\n")
            file.flush()
            context.load_cert_chain(file.name)
        self._pool = urllib3.PoolManager(ssl_context=context, maxsize=4, retries=False)

    def close(self) -> None:
        """Close the connections that rest in the pool."""
        self._pool.clear()

    def request(self, method: str, path: str, body: Object | None = None, content_type: str = "application/json") -> Object:
        """Send a request and return the answer; KubernetesError when it failed."""
        headers = {"Accept": "application/json", "Content-Type": content_type}
        content = None if body is None else json.dumps(body).encode()
        try:
            answer = self._pool.request(method, self.server + path, body=content, headers=headers, timeout=TIMEOUT_SECONDS)
        except urllib3.exceptions.HTTPError as error:
            raise KubernetesError(0, "", f"{method} {path}: {error}") from error
        return _checked(answer.status, answer.data)

    def get(self, path: str) -> Object | None:
        """Return an object; None when there is none."""
        try:
            return self.request("GET", path)
        except KubernetesError as error:
            if error.status == 404:
                return None
            raise

    def items(self, path: str) -> list[Object]:
        """Return the objects of a collection."""
        return list(self.request("GET", path).get("items") or [])

    def patch(self, path: str, changes: Object) -> Object | None:
        """Merge changes into an object; None when it has gone."""
        try:
            return self.request("PATCH", path, changes, "application/merge-patch+json")
        except KubernetesError as error:
            if error.status == 404:
                return None
            raise

    def create(self, path: str, body: Object) -> bool:
        """Create an object; False when there is one of that name."""
        try:
            self.request("POST", path, body)
        except KubernetesError as error:
            if error.status == 409:
                return False
            raise
        return True

    def delete(self, path: str) -> None:
        """Delete an object; no error when it has gone."""
        try:
            self.request("DELETE", path)
        except KubernetesError as error:
            if error.status != 404:
                raise

    def watch(self, path: str, version: str) -> Iterator[tuple[str, Object]]:
        """Yield what happens in a collection after a resource version, until the API server ends the watch."""
        query = urlencode({"watch": 1, "resourceVersion": version, "allowWatchBookmarks": "true", "timeoutSeconds": WATCH_SECONDS})
        timeout = urllib3.Timeout(connect=TIMEOUT_SECONDS, read=WATCH_SECONDS + 30)
        try:
            answer = self._pool.request("GET", f"{self.server}{path}?{query}", preload_content=False, timeout=timeout)
            try:
                if answer.status != 200:
                    _checked(answer.status, answer.read())
                for line in _lines(answer):
                    event = json.loads(line)
                    if event["type"] == "ERROR":
                        status = event["object"]
                        raise KubernetesError(int(status.get("code", 0)), str(status.get("reason", "")), str(status.get("message", "")))
                    yield event["type"], event["object"]
            finally:
                # Half read, it cannot be used again.
                answer.close()
        except urllib3.exceptions.HTTPError as error:
            raise KubernetesError(0, "", f"watch of {path}: {error}") from error


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = b""
    for chunk in answer.stream(65536):
        *lines, rest = (rest + chunk).split(b"\n")
        yield from (line for line in lines if line)


def _checked(status: int, data: bytes) -> Object:
    try:
        document = json.loads(data) if data else {}
    except ValueError:
        document = {"message": data[:200].decode(errors="replace")}
    if status >= 400:
        raise KubernetesError(status, str(document.get("reason", "")), str(document.get("message", status)))
    return dict(document)


def named(item: Object) -> str:
    """Return `namespace/name` of an object, or the name of one without a namespace."""
    metadata = item["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])


def annotations_of(item: Object) -> dict[str, str]:
    """Return an object's annotations."""
    return dict(item["metadata"].get("annotations") or {})


def finalizers(item: Object) -> list[str]:
    """Return the finalizers that keep an object from going."""
    return list(item["metadata"].get("finalizers") or [])


def leaving(item: Object) -> bool:
    """Return whether an object was deleted and waits for its finalizers."""
    return "deletionTimestamp" in item["metadata"]
