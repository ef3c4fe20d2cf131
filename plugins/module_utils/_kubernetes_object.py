# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One Kubernetes object that is made to be as its user says, by server-side apply.  Private to the collection."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_compare as compare
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_compare import Difference
from ansible_collections.stratum.aws.plugins.module_utils._outward import ANSWERED, CHANGE, CREATE, DELETE, Write

Document = dict[str, Any]

MANAGER: Final = "stratum.aws"
PAUSE: Final = 1.0
GOING_SECONDS: Final = 120.0
"""How long an object that is being deleted is waited for before it is made anew, where nothing else is said."""
HOLDS_DATA: Final = frozenset({"Namespace", "PersistentVolume", "PersistentVolumeClaim", "CustomResourceDefinition"})
"""Kinds with whose objects data goes."""


@dataclass(frozen=True)
class Wish:
    """What is to be of an object.

    `ignored` are paths that others decide about; `wait_seconds` how long to wait until an object that is deleted is gone, 0 for not at all.
    """

    definition: Mapping[str, Any]
    manager: str = MANAGER
    force: bool = True
    ignored: tuple[str, ...] = ()
    wait_seconds: float = 0


def named(definition: Mapping[str, Any]) -> Document:
    """Return a definition that can be applied; ApiError when it lacks what names an object."""
    missing = [key for key in ("apiVersion", "kind") if not definition.get(key)]
    missing += [] if (definition.get("metadata") or {}).get("name") else ["metadata.name"]
    if missing:
        raise ApiError(f"The definition has no {' and no '.join(missing)}. Give {'it' if len(missing) == 1 else 'them'}")
    return dict(definition)


def present(api: KubernetesApi, wish: Wish, *, check: bool) -> Document:
    """Make the object be as wanted; return the module's result. With `check`, nothing is written."""
    wanted = _placed(api, named(compare.encoded(wish.definition)))
    live = _live(api, wanted)
    if live is not None and _going(live) and not check:
        _await_gone(api, wanted, wish.wait_seconds or GOING_SECONDS)
        live = None
    found = (
        compare.created(wanted)
        if live is None
        else [*compare.differences(wanted, live, wish.ignored), *compare.no_longer_wanted(wanted, live, wish.manager)]
    )
    if live is not None and not found:
        return {"changed": False, "object": shown(live)}
    after: Any = None
    if not check:
        write = write_of(api, wanted, CREATE if live is None else CHANGE, found)
        applied = wanted if live is None else compare.with_live(wanted, live, wish.ignored)
        after = api.apply(applied, write, manager=wish.manager, force=wish.force)
    predicted = live if live is not None else wanted
    result = shown(after) if after and after is not ANSWERED else shown(predicted)
    return {"changed": True, "object": result, "diff": diff(wanted, live is not None, found)}


def absent(api: KubernetesApi, wish: Wish, *, check: bool) -> Document:
    """See to it that there is no such object; return the module's result."""
    definition = named(wish.definition)
    try:
        wanted = _placed(api, definition)
        live = _live(api, wanted)
    except ApiError as error:
        if error.reason != "UnknownKind":
            raise
        live = None
    if live is None:
        return {"changed": False}
    if _going(live):
        # The API refuses to delete what is being deleted.
        if wish.wait_seconds and not check:
            _await_gone(api, wanted, wish.wait_seconds)
        return {"changed": False, "object": shown(live)}
    if not check:
        reasons = [f"{compare.title(wanted)} holds data, which goes with it"] if wanted["kind"] in HOLDS_DATA else []
        answer = api.delete(live, write_of(api, wanted, DELETE, [], reasons))
        if answer is not ANSWERED and wish.wait_seconds:
            _await_gone(api, wanted, wish.wait_seconds)
    return {"changed": True, "object": shown(live), "diff": {"before": {compare.title(wanted): "present"}, "after": {}}}


def write_of(
    api: KubernetesApi, wanted: Mapping[str, Any], effect: str, found: list[Difference], destructive: list[str] | None = None
) -> Write:
    """Return a write of an object as reports tell it."""
    verb = {CREATE: "Create", CHANGE: "Apply", DELETE: "Delete"}[effect]
    metadata = wanted["metadata"]
    parameters: Document = {"apiVersion": wanted["apiVersion"], "kind": wanted["kind"], "name": metadata["name"]}
    if metadata.get("namespace"):
        parameters["namespace"] = metadata["namespace"]
    if effect != DELETE:
        parameters["fields"] = {each.path: each.new for each in found}
    changes = [each.as_change() for each in found] if effect == CHANGE else None
    return Write("kubernetes", f"{verb}{wanted['kind']}", parameters, effect, compare.title(wanted), api.name, changes, destructive or [])


def diff(wanted: Mapping[str, Any], existed: bool, found: list[Difference]) -> Document:
    """Return Ansible's diff of the fields that change; the `before` of an object that is there is never empty."""
    before = {each.path: each.old for each in found if each.old is not None}
    after = {each.path: each.new for each in found if each.new is not None}
    there = {compare.title(wanted): "present"}
    return {"before": {**there, **before} if existed else {}, "after": {**there, **after}}


def shown(live: Mapping[str, Any]) -> Document:
    """Return an object without what nobody wants to read, and without the data of a secret."""
    metadata = {key: value for key, value in (live.get("metadata") or {}).items() if key not in ("managedFields", "selfLink")}
    document = {**live, "metadata": metadata}
    if live.get("kind") == "Secret":
        keys = [*(live.get("data") or {}), *(live.get("stringData") or {})]
        document = {key: value for key, value in document.items() if key not in ("data", "stringData")}
        document["data"] = dict.fromkeys(keys, compare.SENSITIVE)
        # What `kubectl apply` notes of a secret holds it whole.
        annotations = {key: text for key, text in (metadata.pop("annotations", None) or {}).items() if "last-applied" not in key}
        document["metadata"] = metadata | ({"annotations": annotations} if annotations else {})
    return document


def _going(live: Mapping[str, Any]) -> bool:
    return bool(live["metadata"].get("deletionTimestamp"))


def _placed(api: KubernetesApi, definition: Document) -> Document:
    """Return a definition whose namespace is said, and only where its kind has one."""
    metadata = dict(definition["metadata"])
    try:
        namespaced = api.namespaced(definition["apiVersion"], definition["kind"])
    except ApiError as error:
        if error.reason != "UnknownKind":
            raise
        raise ApiError(f"{compare.title(definition)}: {error}", error.status, error.reason) from None
    if namespaced:
        metadata.setdefault("namespace", "default")
    else:
        metadata.pop("namespace", None)
    return {**definition, "metadata": metadata}


def _live(api: KubernetesApi, wanted: Mapping[str, Any]) -> Document | None:
    metadata = wanted["metadata"]
    return api.get(wanted["apiVersion"], wanted["kind"], metadata["name"], metadata.get("namespace"))


def _await_gone(api: KubernetesApi, wanted: Mapping[str, Any], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (live := _live(api, wanted)) is not None:
        if time.monotonic() > deadline:
            raise ApiError(f"{compare.title(wanted)} is still there after {seconds:.0f} s. {_holders(live)}")
        time.sleep(PAUSE)


def _holders(live: Mapping[str, Any]) -> str:
    told = [str(each.get("message")) for each in (live.get("status") or {}).get("conditions") or () if each.get("status") == "True"]
    finalizers = live["metadata"].get("finalizers") or []
    if told:
        return "The cluster says: " + "; ".join(told)
    return f"These finalizers hold it: {', '.join(finalizers)}" if finalizers else "Look at its events"
