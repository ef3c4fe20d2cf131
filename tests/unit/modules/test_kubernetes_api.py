# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of a Kubernetes API, with answers that a test gives: paths, kinds, refusals, and what is tried again."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3
from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_api
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi, Place
from ansible_collections.stratum.aws.plugins.module_utils._outward import CHANGE, DELETE, Write

WRITE = Write("kubernetes", "ApplyConfigMap", {}, CHANGE, "ConfigMap a")
CORE = {
    "resources": [
        {"kind": "ConfigMap", "name": "configmaps", "namespaced": True},
        {"kind": "Pod", "name": "pods/log", "namespaced": True},
        {"kind": "Namespace", "name": "namespaces", "namespaced": False},
    ]
}
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "shop"}}


class Pool:
    """Answers requests in turn, or as a function says; it keeps them."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.bodies: list[Any] = []

    def request(self, method: str, url: str, *, body: bytes | None, headers: dict[str, str]) -> Any:
        path = url.removeprefix("https://api.test")
        self.asked.append((method, path))
        self.headers.append(headers)
        self.bodies.append(json.loads(body) if body else None)
        if path == "/api/v1":
            answer: Any = CORE
        elif path == "/apis/apps/v1":
            answer = (404, {"message": "the server could not find the requested resource"})
        else:
            answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, document = answer if isinstance(answer, tuple) else (200, answer)
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        return SimpleNamespace(status=status, data=data)


@pytest.fixture
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    found: list[float] = []
    monkeypatch.setattr(_kubernetes_api.time, "sleep", found.append)  # type: ignore[attr-defined]
    return found


@pytest.fixture
def api_on(monkeypatch: pytest.MonkeyPatch, naps: list[float]) -> Callable[..., KubernetesApi]:
    del naps

    def made(pool: Pool) -> KubernetesApi:
        monkeypatch.setattr(KubernetesApi, "_connections", lambda _self: pool)
        return KubernetesApi("https://api.test/", None, lambda: "token", name="shop")

    return made


def test_objects_are_found_by_their_paths(api_on: Callable[..., KubernetesApi]) -> None:
    pool = Pool(MAP, (404, {}), {"items": [{"metadata": {"name": "b"}}], "metadata": {"continue": "x y"}}, {"items": []})
    api = api_on(pool)
    assert api.get("v1", "ConfigMap", "a", "shop") == MAP
    assert api.get("v1", "Namespace", "a/b", "shop") is None
    assert api.listed("v1", "ConfigMap", labelSelector="a=b") == [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b"}}]
    assert pool.asked == [
        ("GET", "/api/v1"),
        ("GET", "/api/v1/namespaces/shop/configmaps/a"),
        ("GET", "/api/v1/namespaces/a%2Fb"),
        ("GET", "/api/v1/configmaps?limit=500&labelSelector=a%3Db"),
        ("GET", "/api/v1/configmaps?limit=500&continue=x+y&labelSelector=a%3Db"),
    ]
    assert {header["Authorization"] for header in pool.headers} == {"Bearer token"}


def test_many_objects_are_read_at_once_and_unknown_kinds_are_not_there(api_on: Callable[..., KubernetesApi]) -> None:
    pool = Pool(MAP, MAP)
    api = api_on(pool)
    places = [Place("v1", "ConfigMap", "a", "shop"), Place("apps/v1", "Deployment", "a", "shop"), Place("v1", "Thing", "a")]
    assert api.get_all([*places, places[0]]) == [MAP, None, None, MAP]
    assert pool.asked.count(("GET", "/api/v1")) == 1


def test_an_unknown_kind_is_said_with_the_cure(api_on: Callable[..., KubernetesApi]) -> None:
    api = api_on(Pool())
    assert (api.knows("v1", "ConfigMap"), api.knows("v1", "Thing"), api.knows("apps/v1", "Deployment")) == (True, False, False)
    with pytest.raises(ApiError, match=r"shop: the cluster has no Deployment of apps/v1. Install .* \(its CRD\) first, .*side by side"):
        api.path("apps/v1", "Deployment")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, {"message": "Unauthorized"}), "the login was refused. Give the identity that runs this an access entry"),
        ((403, {"message": "pods is forbidden", "reason": "Forbidden"}), "shop: pods is forbidden. Give the identity that runs this"),
        ((422, {"message": "spec: wrong"}), "shop: spec: wrong"),
        ((400, b"<html>no</html>"), "shop: <html>no</html>"),
        ((400, b"[]"), "shop: []"),
        ((200, b"<html>"), "was answered by something that is no Kubernetes API"),
    ],
)
def test_refusals_say_who_what_and_the_cure(api_on: Callable[..., KubernetesApi], answer: Any, words: str) -> None:
    with pytest.raises(ApiError) as refused:
        api_on(Pool(answer)).request("GET", "/x")
    assert words in str(refused.value)
    assert "token" not in str(refused.value)


CUT = urllib3.exceptions.ProtocolError("connection broken")
NEVER = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]
UNTRUSTED = urllib3.exceptions.SSLError("certificate verify failed")


@pytest.mark.parametrize("trouble", [(429, {}), (503, {}), CUT, NEVER])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_busy_api_is_asked_again(api_on: Callable[..., KubernetesApi], naps: list[float], method: str, trouble: Any) -> None:
    assert api_on(Pool(trouble, trouble, {"a": 1})).request(method, "/x") == {"a": 1}
    assert naps == [0.5, 1.0]


@pytest.mark.parametrize("trouble", [(503, {}), CUT])
def test_what_must_not_happen_twice_is_not_tried_twice(api_on: Callable[..., KubernetesApi], naps: list[float], trouble: Any) -> None:
    with pytest.raises(ApiError):
        api_on(Pool(trouble, {})).patch("/x", {}, WRITE)
    assert naps == []
    # It never arrived, or was turned away at the door.
    turned_away: list[Any] = [NEVER, (429, {})]
    for harmless in turned_away:
        assert api_on(Pool(harmless, {})).patch("/x", {}, WRITE) == {}


def test_an_api_that_stays_away_is_given_up(api_on: Callable[..., KubernetesApi], naps: list[float]) -> None:
    with pytest.raises(ApiError, match=r"cannot be reached from here: .*refused. Check its public access list"):
        api_on(Pool(*[NEVER] * 5)).request("GET", "/x")
    assert len(naps) == 4
    naps.clear()
    with pytest.raises(ApiError, match="certificate verify failed"):
        api_on(Pool(UNTRUSTED)).request("GET", "/x")
    assert naps == []


def test_writes_go_by_the_door(api_on: Callable[..., KubernetesApi]) -> None:
    pool = Pool(MAP, {}, (404, {}), MAP)
    api = api_on(pool)
    assert api.apply(MAP, WRITE, manager="me", force=True) == MAP
    gone = Write("kubernetes", "DeleteConfigMap", {}, DELETE, "ConfigMap a")
    assert api.delete(MAP, gone) == {}
    assert api.delete(MAP, gone) is None
    assert pool.asked[1:] == [
        ("PATCH", "/api/v1/namespaces/shop/configmaps/a?fieldManager=me&force=true"),
        *[("DELETE", "/api/v1/namespaces/shop/configmaps/a")] * 2,
    ]
    assert pool.headers[1]["Content-Type"] == "application/apply-patch+yaml"
    assert pool.bodies[2] == {"propagationPolicy": "Foreground"}


def test_metadata_is_asked_for_without_the_rest(api_on: Callable[..., KubernetesApi]) -> None:
    pool = Pool({"items": [MAP]})
    assert api_on(pool).metadata("v1", "ConfigMap", "shop", labelSelector="owner=helm") == [MAP["metadata"]]
    assert "PartialObjectMetadataList" in pool.headers[1]["Accept"]


@pytest.mark.parametrize(
    ("host", "ca", "words"),
    [
        ("shop", None, "'shop' is no address"),
        ("https://x", "bm9uc2Vuc2U=", "ca_data is no certificate"),
        ("https://x", "ä", "ca_data is no"),
    ],
)
def test_a_login_that_is_none_is_said(host: str, ca: str | None, words: str) -> None:
    with pytest.raises(ApiError, match=words):
        KubernetesApi(host, ca, lambda: "")
