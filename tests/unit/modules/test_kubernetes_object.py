# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One Kubernetes object as it is wished, with a cluster that a test plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_object, _outward
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_object import Wish, absent, present
from ansible_collections.stratum.aws.plugins.module_utils._outward import ANSWERED, Write

Document = dict[str, Any]

NAMESPACED = {"ConfigMap": True, "Secret": True, "Deployment": True, "Namespace": False}


class Api:
    """A cluster with at most one object. `going` is how many looks an object that is deleted lasts."""

    name = "shop"

    def __init__(self, live: Document | None = None, going: int = 0) -> None:
        self.live = live
        self.going = going
        self.applied: list[Document] = []
        self.deleted = 0

    def namespaced(self, _version: str, kind: str) -> bool:
        if kind not in NAMESPACED:
            raise ApiError("the cluster has no such kind", 404, "UnknownKind")
        return NAMESPACED[kind]

    def get(self, *_place: Any) -> Document | None:
        if self.live and self.live["metadata"].get("deletionTimestamp"):
            self.going -= 1
            if self.going < 0:
                self.live = None
        return self.live

    def apply(self, wanted: Mapping[str, Any], write: Write, *, manager: str, force: bool) -> Any:
        def perform() -> Document:
            self.applied.append({**wanted, "manager": manager, "force": force})
            return dict(wanted)

        return _outward.send(write, perform)

    def delete(self, found: Document, write: Write) -> Any:
        def perform() -> None:
            self.deleted += 1
            found["metadata"]["deletionTimestamp"] = "now"

        return _outward.send(write, perform)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_kubernetes_object, "PAUSE", 0)


@pytest.fixture
def door() -> Iterator[list[Write]]:
    """Take writes down as a plan does."""
    seen: list[Write] = []

    def taken_down(write: Write, _perform: Any) -> Any:
        seen.append(write)
        return ANSWERED

    _outward.install(taken_down)
    yield seen
    _outward.install(None)


def of(kind: str = "ConfigMap", version: str = "v1", **parts: Any) -> Document:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "a", **parts.pop("metadata", {})}, **parts}


def made(api: Any, definition: Document, *, check: bool = False, **wish: Any) -> Document:
    return present(api, Wish(definition, **wish), check=check)


def test_the_namespace_is_said_where_the_kind_has_one() -> None:
    api = Api()
    made(api, of(data={"x": "1"}))
    made(api, of(metadata={"namespace": "own"}))
    made(api, of("Namespace", metadata={"namespace": "senseless"}))
    assert [each["metadata"].get("namespace") for each in api.applied] == ["default", "own", None]
    assert {(each["manager"], each["force"]) for each in api.applied} == {("stratum.aws", True)}


def test_what_is_there_has_a_before_and_what_is_not_has_none() -> None:
    assert made(Api(), of(data={"x": "1"}))["diff"] == {"before": {}, "after": {"ConfigMap default/a": "present", "data.x": "1"}}
    # A field more is a change of an object that is there: its before is not empty.
    found = made(Api(of(data={})), of(data={"x": "1"}))
    assert found["diff"] == {"before": {"ConfigMap default/a": "present"}, "after": {"ConfigMap default/a": "present", "data.x": "1"}}
    assert made(Api(of(data={"x": "1"})), of(data={"x": "1"})) == {"changed": False, "object": of(data={"x": "1"})}


def test_with_check_nothing_is_written() -> None:
    api = Api(of(data={"x": "1"}))
    assert made(api, of(data={"x": "2"}), check=True)["object"]["data"] == {"x": "1"}
    anything: Any = api
    assert absent(anything, Wish(of()), check=True)["changed"] is True
    assert (api.applied, api.deleted) == ([], 0)


def test_a_plan_is_told_what_would_change_without_secrets(door: list[Write]) -> None:
    api = Api(of("Secret", data={"x": "aHVudGVyMg=="}))
    result = made(api, of("Secret", stringData={"x": "hunter3"}))
    assert result["object"]["data"] == {"x": "(sensitive)"}
    made(Api(), of("Secret", stringData={"x": "hunter3"}))
    gone: Any = Api(of("Namespace"))
    absent(gone, Wish(of("Namespace"), wait_seconds=60), check=False)
    assert [(write.operation, write.effect, write.resource, list(write.destructive)) for write in door] == [
        ("ApplySecret", "change", "Secret default/a", []),
        ("CreateSecret", "create", "Secret default/a", []),
        ("DeleteNamespace", "delete", "Namespace a", ["Namespace a holds data, which goes with it"]),
    ]
    assert door[0].changes == [{"property": "data.x", "old": "(sensitive)", "new": "(sensitive)"}]
    assert "hunter" not in str([(write.parameters, write.changes) for write in door])
    assert (api.applied, gone.deleted) == ([], 0)


def test_what_others_decide_about_is_applied_as_it_is_now() -> None:
    api = Api(of("Deployment", "apps/v1", spec={"replicas": 5, "paused": True}))
    made(api, of("Deployment", "apps/v1", spec={"replicas": 2, "minReadySeconds": 3}), ignored=("spec.replicas",))
    assert api.applied[0]["spec"] == {"replicas": 5, "minReadySeconds": 3}


def test_what_is_on_its_way_out_is_waited_for_and_made_anew() -> None:
    api = Api(of(metadata={"deletionTimestamp": "now"}, data={"x": "1"}), going=3)
    assert made(api, of(data={"x": "1"}))["diff"]["before"] == {}
    assert len(api.applied) == 1


def test_a_deletion_is_waited_for_and_not_repeated() -> None:
    api: Any = Api(of(), going=3)
    assert absent(api, Wish(of(), wait_seconds=60), check=False)["changed"] is True
    assert (api.live, api.deleted) == (None, 1)
    going: Any = Api(of(metadata={"deletionTimestamp": "now"}), going=2)
    assert absent(going, Wish(of(), wait_seconds=60), check=False)["changed"] is False
    assert (going.live, going.deleted) == (None, 0)
    held: Any = Api(of(metadata={"finalizers": ["f/g"]}), going=10**9)
    with pytest.raises(ApiError, match=r"ConfigMap default/a is still there after 0 s. These finalizers hold it: f/g"):
        absent(held, Wish(of(), wait_seconds=0.01), check=False)


def test_a_kind_that_is_not_there_has_no_objects() -> None:
    api: Any = Api()
    assert absent(api, Wish(of("Thing")), check=False) == {"changed": False}
    with pytest.raises(ApiError, match="Thing a: the cluster has no such kind"):
        made(api, of("Thing"))


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({}, "no apiVersion and no kind and no metadata.name. Give them"),
        ({"apiVersion": "v1", "kind": "ConfigMap"}, "no metadata.name. Give it"),
        ({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "a-"}}, "no metadata.name"),
    ],
)
def test_what_names_no_object_is_refused(definition: Document, words: str) -> None:
    with pytest.raises(ApiError, match=words):
        made(Api(), definition)


def test_the_last_applied_text_of_a_secret_is_not_shown() -> None:
    noted = {"kubectl.kubernetes.io/last-applied-configuration": '{"data": {"x": "aHVudGVyMg=="}}', "other": "1"}
    live = of("Secret", data={"x": "aHVudGVyMg=="}, metadata={"annotations": noted, "managedFields": []})
    result = made(Api(live), of("Secret", data={"x": "aHVudGVyMg=="}))
    assert "aHVudGVyMg" not in str(result)
    del noted["other"]
    result = made(Api(of("Secret", metadata={"annotations": noted})), of("Secret"))
    assert "aHVudGVyMg" not in str(result)
