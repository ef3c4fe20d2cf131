# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Kubernetes API over HTTPS: objects as the API has them, by its own paths.  Private to the collection.

Why not the `kubernetes` package: importing it takes two seconds of processor time, more than reading a whole cluster's releases.
"""

from __future__ import annotations

import base64
import json
import ssl
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.stratum.aws.plugins.module_utils import _outward

with suppress(ImportError):  # it comes with botocore
    import urllib3

Document = dict[str, Any]

CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 60.0
CONNECTIONS: Final = 8
"""How many requests are under way at once when many objects are read."""
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_PAUSES: Final = (0.5, 1.0, 2.0, 4.0)
APPLY: Final = "application/apply-patch+yaml"
METADATA: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


class ApiError(Exception):
    """The API refused, or could not be asked; the message says why and what to do. `status` is HTTP's, 0 without an answer."""

    def __init__(self, message: str, status: int = 0, reason: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Place:
    """Where an object is; the namespace of a kind that lives in none is passed over."""

    api_version: str
    kind: str
    name: str
    namespace: str | None = None


class KubernetesApi:
    """One cluster's API. `token` is asked anew for each request, so that it may change during a long run."""

    def __init__(self, host: str, ca_data: str | None, token: Callable[[], str], *, name: str = "") -> None:
        """`host` is an address (`https://…`), `ca_data` the PEM of its authority in base64; `name` is the cluster's, for messages."""
        self.host = host.rstrip("/")
        self.ca_data = ca_data
        self.token = token
        self.name = name or urlsplit(host).netloc
        if urlsplit(self.host).scheme not in ("https", "http"):
            raise ApiError(f"{host!r} is no address of a Kubernetes API. Give one such as https://host:443")
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}
        self._pool = self._connections()

    def _connections(self) -> Any:
        try:
            context = ssl.create_default_context(cadata=base64.b64decode(self.ca_data).decode() if self.ca_data else None)
        except (ValueError, ssl.SSLError):
            raise ApiError(
                f"{self.name}: ca_data is no certificate. Give the authority's PEM in base64, as EKS and a kubeconfig have it"
            ) from None
        options: Document = {
            "ssl_context": context,
            "maxsize": CONNECTIONS,
            "timeout": urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            "retries": False,
        }
        address = urlsplit(self.host)
        proxy = urllib.request.getproxies().get(address.scheme)
        if proxy and not urllib.request.proxy_bypass(address.hostname or ""):
            return urllib3.ProxyManager(proxy, **options)
        return urllib3.PoolManager(**options)

    # -- requests ------------------------------------------------------------------------------------

    def request(
        self, method: str, path: str, body: Any = None, *, content: str = "application/json", accept: str = "application/json", **query: Any
    ) -> Document:
        """Return the JSON that the API answers; ApiError for a refusal. A busy API is asked again for a few seconds."""
        text = self._text(method, path, body, content=content, accept=accept, **query)
        try:
            answer: Document = json.loads(text or "{}")
        except ValueError:
            raise ApiError(f"{self.name}: {method} {path} was answered by something that is no Kubernetes API") from None
        return answer

    def _text(
        self, method: str, path: str, body: Any = None, *, content: str = "application/json", accept: str = "application/json", **query: Any
    ) -> str:
        url = f"{self.host}{path}{f'?{urlencode(query)}' if query else ''}"
        data = None if body is None else json.dumps(body).encode()
        for pause in (*_PAUSES, None):
            headers = {"Authorization": f"Bearer {self.token()}", "Accept": accept, "Content-Type": content}
            try:
                answer = self._pool.request(method, url, body=data, headers=headers)
            except urllib3.exceptions.HTTPError as error:
                if pause is None or not self._may_repeat(method, content, error):
                    raise ApiError(self._unreachable(error)) from None
            else:
                if answer.status < 400:
                    return str(answer.data.decode(errors="replace"))
                if answer.status not in _BUSY or pause is None or (answer.status != 429 and not _idempotent(method, content)):
                    raise self._refused(answer.status, answer.data, f"{method} {path}")
            time.sleep(pause)
        raise AssertionError

    @staticmethod
    def _may_repeat(method: str, content: str, error: Exception) -> bool:
        # A certificate that is not trusted will not be at the next attempt either.
        if isinstance(getattr(error, "reason", error), urllib3.exceptions.SSLError):
            return False
        # A connection that was never made can be tried again; one that broke only where twice is as good as once.
        never_made = isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
        return never_made or _idempotent(method, content)

    def _unreachable(self, error: Exception) -> str:
        reason = getattr(error, "reason", None) or error
        return (
            f"The API of the cluster {self.name} at {self.host} cannot be reached from here: {reason}. "
            "Check its public access list, or run where its private endpoint can be reached"
        )

    def _refused(self, status: int, data: bytes, what: str) -> ApiError:
        try:
            told = json.loads(data)
            message, reason = str(told.get("message") or ""), str(told.get("reason") or "")
        except (ValueError, AttributeError):
            message, reason = data.decode(errors="replace")[:300], ""
        if status == 401:
            message = (
                "the login was refused. Give the identity that runs this an access entry of the cluster (eks_access_entries), "
                "and check that its clock is right"
            )
        elif status == 403:
            message = f"{message}. Give the identity that runs this an access policy or a role that allows it"
        return ApiError(f"{self.name}: {message or what}", status, reason)

    # -- kinds ---------------------------------------------------------------------------------------

    def path(self, api_version: str, kind: str, namespace: str | None = None, name: str | None = None) -> str:
        """Return the path of an object, or of all of its kind; ApiError when the cluster does not know the kind."""
        plural, namespaced = self._kind(api_version, kind)
        parts = [_root(api_version)]
        if namespaced and namespace:
            parts.append(f"namespaces/{quote(namespace, safe='')}")
        parts.append(plural)
        if name:
            parts.append(quote(name, safe=""))
        return "/".join(parts)

    def namespaced(self, api_version: str, kind: str) -> bool:
        """Return whether objects of a kind live in namespaces."""
        return self._kind(api_version, kind)[1]

    def knows(self, api_version: str, kind: str) -> bool:
        """Return whether the cluster has a kind."""
        try:
            self._kind(api_version, kind)
        except ApiError as error:
            if error.reason != "UnknownKind":
                raise
            return False
        return True

    def _kind(self, api_version: str, kind: str) -> tuple[str, bool]:
        found = self._listed_kinds(api_version)
        if kind not in found:
            raise self._unknown(api_version, kind)
        return found[kind]

    def _listed_kinds(self, api_version: str) -> dict[str, tuple[str, bool]]:
        """Return the kinds of a version, each with its name in paths and whether it lives in namespaces; empty for none."""
        if api_version not in self._kinds:
            listed = (self.find(_root(api_version)) or {}).get("resources") or []
            found = {item["kind"]: (item["name"], bool(item["namespaced"])) for item in listed if "/" not in item["name"]}
            if not found:
                return found
            self._kinds[api_version] = found
        return self._kinds[api_version]

    def _unknown(self, api_version: str, kind: str) -> ApiError:
        cure = "Install what defines it (its CRD) first, by a platform release or an earlier run: objects of one list go side by side"
        return ApiError(f"{self.name}: the cluster has no {kind} of {api_version}. {cure}. Or correct apiVersion", 404, "UnknownKind")

    # -- objects -------------------------------------------------------------------------------------

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> Document | None:
        """Return an object, or None when there is none."""
        return self.find(self.path(api_version, kind, namespace, name))

    def get_all(self, asked: Iterable[Place]) -> list[Document | None]:
        """Return objects in the order in which they are asked for, None for one that is not there or of a kind that the cluster has not.

        They are read side by side, which takes a tenth of the time.
        """
        places = list(asked)
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            list(threads.map(self._listed_kinds, dict.fromkeys(place.api_version for place in places)))
            return list(threads.map(self._at, places))

    def _at(self, place: Place) -> Document | None:
        if not self.knows(place.api_version, place.kind):
            return None
        return self.get(place.api_version, place.kind, place.name, place.namespace)

    def find(self, path: str, **query: Any) -> Document | None:
        """Return what is at a path, or None when there is nothing."""
        try:
            return self.request("GET", path, **query)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def listed(self, api_version: str, kind: str, namespace: str | None = None, **query: Any) -> list[Document]:
        """Return the objects of a kind, all of them; `labelSelector=` and the like as the API calls them."""
        found: list[Document] = []
        more = ""
        while True:
            page = {"limit": 500, **({"continue": more} if more else {}), **query}
            answer = self.request("GET", self.path(api_version, kind, namespace), **page)
            # Items of a list do not say what they are.
            found += [{"apiVersion": api_version, "kind": kind, **item} for item in answer.get("items") or []]
            more = (answer.get("metadata") or {}).get("continue") or ""
            if not more:
                return found

    def metadata(self, api_version: str, kind: str, namespace: str | None = None, **query: Any) -> list[Document]:
        """Return the metadata of the objects of a kind, without what is in them."""
        answer = self.request("GET", self.path(api_version, kind, namespace), accept=METADATA, **query)
        return [item["metadata"] for item in answer.get("items") or []]

    def logs(self, namespace: str, pod: str, container: str, *, lines: int, previous: bool) -> str:
        """Return the last lines that a container wrote; ApiError where there are none to be had."""
        query: Document = {"container": container, "tailLines": lines, **({"previous": "true"} if previous else {})}
        return self._text("GET", f"{self.path('v1', 'Pod', namespace, pod)}/log", **query)

    # -- writes --------------------------------------------------------------------------------------

    def apply(self, wanted: Mapping[str, Any], write: _outward.Write, *, manager: str, force: bool) -> Any:
        """Apply an object on the server side as `manager`; return it, or `ANSWERED`. `force` takes fields that others own."""
        path = self.path_of(wanted)
        query = {"fieldManager": manager, "force": str(force).lower()}
        return _outward.send(write, lambda: self.request("PATCH", path, dict(wanted), content=APPLY, **query))

    def delete(self, found: Mapping[str, Any], write: _outward.Write, *, propagation: str = "Foreground") -> Any:
        """Delete an object and what belongs to it; return the API's answer (None when it is gone already), or `ANSWERED`."""
        path = self.path_of(found)

        def gone() -> Document | None:
            try:
                return self.request("DELETE", path, {"propagationPolicy": propagation})
            except ApiError as error:
                if error.status == 404:
                    return None
                raise

        return _outward.send(write, gone)

    def patch(self, path: str, body: Mapping[str, Any], write: _outward.Write) -> Any:
        """Merge `body` into what is at a path; return the object, or `ANSWERED`."""
        return _outward.send(write, lambda: self.request("PATCH", path, dict(body), content="application/merge-patch+json"))

    def path_of(self, document: Mapping[str, Any]) -> str:
        """Return the path of an object that is given whole."""
        metadata = document.get("metadata") or {}
        return self.path(document["apiVersion"], document["kind"], metadata.get("namespace"), metadata["name"])


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _idempotent(method: str, content: str) -> bool:
    return method in ("GET", "PUT", "DELETE") or content == APPLY
