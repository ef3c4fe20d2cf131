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
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_values import MISSING, built_in, nothing_asked, same_bytes, same_value

SENSITIVE: Final = "(sensitive)"

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    # As the API's own schemas have them (x-kubernetes-list-map-keys). All other lists are replaced as a whole.
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "secrets": ("name",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "ownerReferences": ("uid",),
    "webhooks": ("name",),
}
_CONTAINER_PORTS: Final = ("containerPort", "protocol")
_SERVICE_PORTS: Final = ("port", "protocol")
_DEFAULTS: Final[Mapping[str, Any]] = {"protocol": "TCP"}
_SET: Final = "metadata.finalizers"
_STEP: Final = re.compile(r"""\["([^"]+)"\]|([^.\[\]]+)""")
_OF_THE_API: Final = ("apiVersion", "kind", "status")


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
    found = _Comparison(wanted).differences(_prepared(wanted), live)
    kept = [each for each in found if not any(_within(each.path, path) for path in ignored)]
    return [_hidden(each) for each in kept] if _secret(wanted) else kept


def no_longer_wanted(wanted: Mapping[str, Any], live: Mapping[str, Any], manager: str) -> list[Difference]:
    """Return the fields that `manager` applied on the server side earlier and `wanted` does not name any more: applying removes them."""
    entries = [
        entry
        for entry in (live.get("metadata") or {}).get("managedFields") or ()
        if entry.get("manager") == manager and entry.get("operation") == "Apply" and not entry.get("subresource")
    ]
    prepared = _prepared(wanted)
    paths = [path for entry in entries for path in _dropped(entry.get("fieldsV1") or {}, prepared, live, "")]
    return [Difference(path, SENSITIVE if _secret(wanted) else _plain(value), None) for path, value in paths]


def withdrawn(before: Mapping[str, Any], wanted: Mapping[str, Any], live: Mapping[str, Any]) -> list[Difference]:
    """Return the fields that a release had when it was installed last, `before`, and has no more, where the cluster still has them."""
    found = _Comparison(wanted).withdrawn(_prepared(before), _prepared(wanted), live)
    return [Difference(each.path, SENSITIVE if _secret(wanted) else each.old, None) for each in found]


def created(wanted: Mapping[str, Any]) -> list[Difference]:
    """Return the fields of an object that is not there yet, flat enough to be read."""
    prepared = {key: value for key, value in _prepared(wanted).items() if key not in (*_OF_THE_API, "metadata")}
    found = []
    for key, value in prepared.items():
        if isinstance(value, Mapping):
            found += [Difference(joined(key, str(name)), None, SENSITIVE if _secret(wanted) else item) for name, item in value.items()]
        else:
            found.append(Difference(key, None, value))
    return found


def encoded(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a secret with its texts in base64: the API takes `stringData` and gives `data`. Any other object is returned as it is."""
    texts = definition.get("stringData")
    if not _secret(definition) or not texts:
        return dict(definition)
    data = {key: base64.b64encode(str(text).encode()).decode() for key, text in texts.items()}
    rest = {key: value for key, value in definition.items() if key != "stringData"}
    return {**rest, "data": {**(definition.get("data") or {}), **data}}


def with_live(wanted: Mapping[str, Any], live: Mapping[str, Any], ignored: Sequence[str]) -> dict[str, Any]:
    """Return an object in which fields that others decide about are as they are now, so that applying it leaves them.

    Not left out: what was applied before and is not named any more is removed.
    """
    result: dict[str, Any] = dict(wanted)
    for path in ignored:
        steps = [quoted or plain for quoted, plain in _STEP.findall(path)]
        result = _overlaid(result, live, steps) if steps else result
    return result


def _overlaid(wanted: Mapping[str, Any], live: Any, steps: Sequence[str]) -> dict[str, Any]:
    result = dict(wanted)
    name, *further = steps
    there = live.get(name, MISSING) if isinstance(live, Mapping) else MISSING
    if further:
        if isinstance(result.get(name), Mapping):
            result[name] = _overlaid(result[name], there, further)
    elif there is MISSING:
        result.pop(name, None)
    else:
        result[name] = there
    return result


def _secret(document: Mapping[str, Any]) -> bool:
    return document.get("kind") == "Secret"


def _hidden(difference: Difference) -> Difference:
    return Difference(difference.path, SENSITIVE, SENSITIVE) if difference.path.startswith("data") else difference


def _within(path: str, other: str) -> bool:
    return path == other or path.startswith((f"{other}.", f"{other}["))


def _prepared(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without what only the API writes."""
    document = encoded(wanted)
    metadata = document.get("metadata")
    if isinstance(metadata, Mapping):
        document["metadata"] = {
            key: metadata[key] for key in ("labels", "annotations", "finalizers", "ownerReferences") if metadata.get(key)
        }
    return document


class _Comparison:
    """How the fields of one object are compared."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._kind = str(document.get("kind") or "")
        self._built_in = built_in(str(document.get("apiVersion") or ""))
        # The controller fills these in.
        self._aggregated = bool(document.get("aggregationRule"))

    def differences(self, wanted: Mapping[str, Any], live: Mapping[str, Any]) -> list[Difference]:
        """Return what `live` has not as `wanted` has it; `wanted` is prepared."""
        return [
            each
            for part, value in wanted.items()
            if part not in _OF_THE_API
            for each in self._compare(value, live.get(part, MISSING), part, (part, ""))
        ]

    def withdrawn(self, old: Mapping[str, Any], new: Mapping[str, Any], live: Mapping[str, Any]) -> list[Difference]:
        """Return what `old` had, `new` has not and `live` still has; the first two are prepared."""
        return [
            each
            for part, value in old.items()
            if part not in _OF_THE_API
            for each in self._withdrawn(value, new.get(part, MISSING), live.get(part, MISSING), part)
        ]

    def _compare(self, wanted: Any, live: Any, path: str, names: tuple[str, str]) -> Iterator[Difference]:
        """Yield the differences of one field; `names` are its own name and that of what it is in."""
        if wanted is None or (self._built_in and nothing_asked(wanted, live, *names)):
            return
        if isinstance(wanted, Mapping):
            # An empty item of a list is a rule for everything.
            if not isinstance(live, Mapping) or (not wanted and live and not names[0]):
                yield Difference(path, _plain(live), wanted)
                return
            for key, value in wanted.items():
                # Keys that YAML reads as numbers are texts to the API.
                yield from self._compare(value, live.get(str(key), MISSING), joined(path, str(key)), (str(key), names[0]))
        elif isinstance(wanted, list):
            yield from self._compare_lists(wanted, live, path, names)
        elif not same_value(wanted, live, path) and not (self._holds_bytes(path) and same_bytes(wanted, live)):
            yield Difference(path, _plain(live), wanted)

    def _compare_lists(self, wanted: list[Any], found: Any, path: str, names: tuple[str, str]) -> Iterator[Difference]:
        live = found if isinstance(found, list) else []
        if self._aggregated and path == "rules":
            return
        if path == _SET:
            for item in wanted:
                if item not in live:
                    yield Difference(f"{path}[{item}]", None, item)
        elif keys := self._keys_of(path, wanted, live):
            there = {_identity(item, keys): item for item in live}
            for item in wanted:
                identity = _identity(item, keys)
                yield from self._compare(item, there.get(identity, MISSING), f"{path}[{identity[0]}]", ("", names[0]))
            # What others have put into such a list stays there whenever we write, so it is none of our affair.
        elif len(wanted) == len(live):
            for number, (item, present) in enumerate(zip(wanted, live, strict=True)):
                yield from self._compare(item, present, f"{path}[{number}]", ("", names[0]))
        else:
            yield Difference(path, _plain(found), wanted)

    def _withdrawn(self, old: Any, new: Any, live: Any, path: str) -> Iterator[Difference]:
        if live is MISSING or old is None or old in ("", {}, []):
            return
        if new is MISSING or new is None:
            yield Difference(path, live, None)
        elif isinstance(old, Mapping) and isinstance(new, Mapping) and isinstance(live, Mapping):
            for key, value in old.items():
                yield from self._withdrawn(value, new.get(key, MISSING), live.get(str(key), MISSING), joined(path, str(key)))
        elif isinstance(old, list) and isinstance(new, list) and isinstance(live, list):
            keys = self._keys_of(path, [*old, *new], live)
            ours, there = ({_identity(item, keys): item for item in side} if keys else {} for side in (new, live))
            for item in old if keys else ():
                identity = _identity(item, keys)
                yield from self._withdrawn(item, ours.get(identity, MISSING), there.get(identity, MISSING), f"{path}[{identity[0]}]")

    def _keys_of(self, path: str, wanted: Sequence[Any], live: Sequence[Any]) -> tuple[str, ...]:
        """Return by which fields the items of a list are told apart; empty where the list is replaced as a whole."""
        items = [*wanted, *live]
        if not self._built_in or not items or not all(isinstance(item, Mapping) for item in items):
            return ()
        name = path.rpartition(".")[2]
        keys = _KEYS.get(name, ())
        if name == "ports":
            ours = self._kind == "Service" and path == "spec.ports"
            keys = _SERVICE_PORTS if ours else _CONTAINER_PORTS if "ontainers[" in path else ()
        return keys if keys and all(keys[0] in item for item in items) else ()

    def _holds_bytes(self, path: str) -> bool:
        return self._kind == "Secret" and path.startswith("data")


def _identity(item: Mapping[str, Any], keys: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(item.get(key) or _DEFAULTS.get(key, "")) for key in keys)


def _plain(value: Any) -> Any:
    return None if value is MISSING else value


def joined(path: str, key: str) -> str:
    """Return the path of a key of what is at `path`; keys with dots in them stand in brackets."""
    if "." in key or "/" in key:
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def _dropped(fields: Mapping[str, Any], wanted: Any, live: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield what a manager's set of fields (`fieldsV1`) holds and `wanted` does not, where it is there still."""
    for key, inner in fields.items():
        kind, _unused, name = key.partition(":")
        if kind == "f":
            below = joined(path, name)
            present = live.get(name, MISSING) if isinstance(live, Mapping) else MISSING
            if isinstance(wanted, Mapping) and wanted.get(name) is not None:
                yield from _dropped(inner, wanted[name], present, below)
            elif present is not MISSING and (present or below not in ("metadata.labels", "metadata.annotations")):
                yield below, present
        elif kind == "k":
            chosen = json.loads(name)
            item, there = (_item(side, chosen) for side in (wanted, live))
            label = f"{path}[{next(iter(chosen.values()), '')}]"
            if item is not MISSING:
                yield from _dropped(inner, item, there, label)
            elif there is not MISSING:
                yield label, there
        elif kind == "v":
            value = json.loads(name)
            if value in (live if isinstance(live, list) else ()) and value not in (wanted if isinstance(wanted, list) else ()):
                yield f"{path}[{value}]", value


def _item(side: Any, chosen: Mapping[str, Any]) -> Any:
    for item in side if isinstance(side, list) else ():
        if isinstance(item, Mapping) and all(item.get(key, _DEFAULTS.get(key)) == value for key, value in chosen.items()):
            return item
    return MISSING
