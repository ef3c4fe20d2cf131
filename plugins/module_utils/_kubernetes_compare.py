# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kubernetes objects as they are wanted against those of a cluster. Pure.  Private to the collection.

An API server writes more into an object than was asked for (defaults, status), and some of it in another form
(`1000m` of CPU is `1`). So only what is wanted counts, and values are compared by what they mean. A server-side dry run
would do the same, but it needs the permission to write, which somebody who only plans should not need.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

SENSITIVE: Final = "(sensitive)"
_MISSING: Final = object()

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    # As the API's own schemas have them (x-kubernetes-list-map-keys); where several fit, the first that the items have.
    "ports": ("containerPort", "protocol"),
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "conditions": ("type",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
}
_SERVICE_PORTS: Final = ("port", "protocol")
_DEFAULTS: Final[Mapping[str, Any]] = {"protocol": "TCP"}
_QUANTITY: Final = re.compile(r"^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]|[KMGTPE]i)?$")
_SCALE: Final[Mapping[str, Decimal]] = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "P": Decimal(10) ** 15,
    "E": Decimal(10) ** 18,
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
    "Pi": Decimal(2) ** 50,
    "Ei": Decimal(2) ** 60,
}
_QUANTITIES: Final = re.compile(
    r"(^|\.)(limits|requests|hard|capacity|allocatable|overhead|default|defaultRequest|min|max)\.[^.\[]+$|\.sizeLimit$|\.averageValue$"
)


@dataclass(frozen=True)
class Difference:
    """A field of an object: what it is in the cluster and what it is to be; None where it is not there."""

    path: str
    old: Any
    new: Any

    def as_change(self, prefix: str = "") -> dict[str, Any]:
        """Return the form for reports; a side that is absent has no key."""
        sides = {"old": self.old, "new": self.new}
        return {"property": f"{prefix}{self.path}", **{side: value for side, value in sides.items() if value is not None}}


def title(document: Mapping[str, Any]) -> str:
    """Return what an object is called in messages: `Deployment speckle-production/speckle-server`."""
    metadata = document.get("metadata") or {}
    namespace = metadata.get("namespace")
    return f"{document.get('kind')} {f'{namespace}/' if namespace else ''}{metadata.get('name')}"


def differences(wanted: Mapping[str, Any], live: Mapping[str, Any], ignored: Sequence[str] = ()) -> list[Difference]:
    """Return the fields of `wanted` that `live` has not, or has otherwise; empty for none.

    `ignored` are paths (`spec.replicas`) that somebody else decides about. What is secret is `SENSITIVE` on both sides.
    """
    prepared = _prepared(wanted)
    secret = wanted.get("kind") == "Secret"
    found: list[Difference] = []
    for part in prepared:
        if part in ("apiVersion", "kind", "status"):
            continue
        found += _compare(prepared[part], live.get(part, _MISSING), part)
    kept = [each for each in found if each.path not in ignored]
    return [Difference(each.path, SENSITIVE, SENSITIVE) if secret and each.path.startswith("data") else each for each in kept]


def no_longer_wanted(wanted: Mapping[str, Any], live: Mapping[str, Any], manager: str) -> list[Difference]:
    """Return the fields that `manager` applied on the server side earlier and `wanted` does not name any more: applying removes them."""
    entries = [
        entry
        for entry in (live.get("metadata") or {}).get("managedFields") or ()
        if entry.get("manager") == manager and entry.get("operation") == "Apply"
    ]
    prepared = _prepared(wanted)
    secret = wanted.get("kind") == "Secret"
    paths = [path for entry in entries for path in _dropped(entry.get("fieldsV1") or {}, prepared, live, "")]
    return [Difference(path, SENSITIVE if secret else _plain(value), None) for path, value in paths]


def withdrawn(before: Mapping[str, Any], wanted: Mapping[str, Any], live: Mapping[str, Any]) -> list[Difference]:
    """Return the fields that a release had when it was installed last, `before`, and has no more, where the cluster still has them."""
    old, new = _prepared(before), _prepared(wanted)
    secret = wanted.get("kind") == "Secret"
    found = [
        each
        for part in old
        if part not in ("apiVersion", "kind", "status")
        for each in _withdrawn(old[part], new.get(part, _MISSING), live.get(part, _MISSING), part)
    ]
    return [Difference(each.path, SENSITIVE if secret else each.old, None) for each in found]


def created(wanted: Mapping[str, Any]) -> list[Difference]:
    """Return the fields of an object that is not there yet, flat enough to be read."""
    prepared = {key: value for key, value in _prepared(wanted).items() if key not in ("apiVersion", "kind", "metadata", "status")}
    secret = wanted.get("kind") == "Secret"
    found = []
    for key, value in prepared.items():
        if isinstance(value, Mapping):
            found += [Difference(f"{key}.{name}", None, SENSITIVE if secret else item) for name, item in value.items()]
        else:
            found.append(Difference(key, None, value))
    return found


def same_quantity(one: object, other: object) -> bool:
    """Return whether two quantities (`1000m`, `1`, `0.5Gi`) are the same amount; False when either is none."""
    amounts = [_amount(value) for value in (one, other)]
    return None not in amounts and amounts[0] == amounts[1]


def _amount(value: object) -> Decimal | None:
    match = _QUANTITY.match(str(value).strip()) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
    if match is None:
        return None
    try:
        return Decimal(match[1]) * _SCALE[match[2] or ""]
    except InvalidOperation:
        return None


def _prepared(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what only the API writes."""
    document = dict(wanted)
    metadata = document.get("metadata")
    if isinstance(metadata, Mapping):
        document["metadata"] = {
            key: metadata[key] for key in ("labels", "annotations", "finalizers", "ownerReferences") if metadata.get(key)
        }
    return document


def _compare(wanted: Any, live: Any, path: str) -> Iterator[Difference]:
    if wanted is None or (_empty(wanted) and (live is _MISSING or _empty(live) or not isinstance(wanted, str))):
        # Nothing is asked for: null is left out by Helm and by the API, and `{}` says no more than what is there.
        return
    elif isinstance(wanted, Mapping):
        if not isinstance(live, Mapping):
            yield Difference(path, None if live is _MISSING else _plain(live), wanted)
            return
        for key, value in wanted.items():
            yield from _compare(value, live.get(key, _MISSING), joined(path, str(key)))
    elif isinstance(wanted, list):
        yield from _compare_lists(wanted, live if isinstance(live, list) else [], path)
    elif not _same(wanted, live, path):
        yield Difference(path, None if live is _MISSING else _plain(live), wanted)


def _compare_lists(wanted: list[Any], live: list[Any], path: str) -> Iterator[Difference]:
    keys = _keys_of(path, [*wanted, *live])
    if keys:
        there = {_identity(item, keys): item for item in live}
        asked = [_identity(item, keys) for item in wanted]
        for identity, item in zip(asked, wanted, strict=True):
            yield from _compare(item, there.get(identity, _MISSING), f"{path}[{identity[0]}]")
        # What others have put into such a list stays there whenever we write, so it is none of our affair.
    elif len(wanted) == len(live):
        for number, (item, present) in enumerate(zip(wanted, live, strict=True)):
            yield from _compare(item, present, f"{path}[{number}]")
    else:
        yield Difference(path, _plain(live) or None, wanted)


def _withdrawn(old: Any, new: Any, live: Any, path: str) -> Iterator[Difference]:
    if live is _MISSING or _empty(old):
        return
    if new is _MISSING or new is None:
        yield Difference(path, live, None)
    elif isinstance(old, Mapping) and isinstance(new, Mapping) and isinstance(live, Mapping):
        for key, value in old.items():
            yield from _withdrawn(value, new.get(key, _MISSING), live.get(key, _MISSING), joined(path, str(key)))
    elif isinstance(old, list) and isinstance(new, list) and isinstance(live, list):
        keys = _keys_of(path, [*old, *new, *live])
        if keys:
            ours, there = ({_identity(item, keys): item for item in side} for side in (new, live))
            for item in old:
                identity = _identity(item, keys)
                yield from _withdrawn(item, ours.get(identity, _MISSING), there.get(identity, _MISSING), f"{path}[{identity[0]}]")


def _keys_of(path: str, items: Sequence[Any]) -> tuple[str, ...]:
    """Return by which fields the items of a list are told apart; empty where their order counts."""
    if not items or not all(isinstance(item, Mapping) for item in items):
        return ()
    name = path.rpartition(".")[2]
    keys = _KEYS.get(name, ())
    if name == "ports" and not all("containerPort" in item for item in items):
        keys = _SERVICE_PORTS
    if keys and all(keys[0] in item for item in items):
        return keys
    return ()


def _identity(item: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(item.get(key, _DEFAULTS.get(key, ""))) for key in keys)


def _same(wanted: Any, live: Any, path: str) -> bool:
    if live is _MISSING:
        return False
    if wanted == live and type(wanted) is type(live):
        return True
    if isinstance(wanted, bool) or isinstance(live, bool):
        return wanted is live
    if _QUANTITIES.search(path):
        return same_quantity(wanted, live)
    if isinstance(wanted, int | float) and isinstance(live, int | float):
        return wanted == live
    if isinstance(wanted, str) and isinstance(live, str) and path.startswith("data."):
        return _decoded(wanted) == _decoded(live) if len(wanted) % 4 == 0 == len(live) % 4 else False
    return False


def _decoded(text: str) -> object:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return text


def _empty(value: Any) -> bool:
    return value is None or value in ("", {}, [])


def _plain(value: Any) -> Any:
    return None if value is _MISSING else value


def joined(path: str, key: str) -> str:
    """Return the path of a key of what is at `path`; keys with dots in them stand in brackets."""
    if "." in key or "/" in key:
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def _dropped(fields: Mapping[str, Any], wanted: Any, live: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield what a manager's set of fields (`fieldsV1`) holds and `wanted` does not."""
    for key, inner in fields.items():
        kind, _unused, name = key.partition(":")
        if kind == "f":
            below = joined(path, name)
            present = live.get(name, _MISSING) if isinstance(live, Mapping) else _MISSING
            if not isinstance(wanted, Mapping) or name not in wanted:
                if below not in ("metadata.labels", "metadata.annotations") or present:
                    yield from _leaf(below, inner, present)
                continue
            yield from _dropped(inner, wanted[name], present, below)
        elif kind == "k":
            chosen = json.loads(name)
            item, there = (_item(side, chosen) for side in (wanted, live))
            label = f"{path}[{next(iter(chosen.values()), '')}]"
            if item is _MISSING:
                yield label, there
            else:
                yield from _dropped(inner, item, there, label)


def _leaf(path: str, inner: Mapping[str, Any], present: Any) -> Iterator[tuple[str, Any]]:
    # What is gone already need not be removed.
    if present is not _MISSING:
        yield path, present


def _item(side: Any, chosen: Mapping[str, Any]) -> Any:
    for item in side if isinstance(side, list) else ():
        if isinstance(item, Mapping) and all(item.get(key, _DEFAULTS.get(key)) == value for key, value in chosen.items()):
            return item
    return _MISSING
