# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The values of a Kubernetes secret, made of secrets of Secrets Manager. Pure.  Private to the collection."""

from __future__ import annotations

import hashlib
import json
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

_SPEC: Final = frozenset({"secret", "key", "template", "value", "optional"})


class ValueMissing(Exception):
    """A value cannot be made; the message names the key, what is missing and the cure, and no secret."""


@dataclass(frozen=True)
class Stored:
    """A secret of Secrets Manager: its text, and which of its versions that is."""

    text: str
    version: str


@dataclass(frozen=True)
class Made:
    """The values by key, which keys were left out, and a text that changes when any value may have."""

    values: Mapping[str, str]
    secret: tuple[str, ...] = ()
    """Those of the values that come from Secrets Manager."""
    left_out: tuple[str, ...] = ()
    revision: str = field(default="", compare=False)


def made(data: Mapping[str, Mapping[str, Any]], stored: Mapping[str, Stored | None], given: Mapping[str, Any]) -> Made:
    """Return the values that `data` describes: key → `secret`, `key`, `template`, `value`, `optional`.

    `stored` are the secrets by the names in `data` (None for one that does not exist or holds nothing yet), `given` what templates
    may use beside the secret's own keys. ValueMissing for a key that is not optional.
    """
    values: dict[str, str] = {}
    left_out = []
    for name, spec in data.items():
        _refuse_unclear(name, spec)
        try:
            values[name] = _value(name, spec, stored, given)
        except ValueMissing:
            if not spec.get("optional"):
                raise
            left_out.append(name)
    secret = tuple(value for name, value in values.items() if data[name].get("secret"))
    return Made(values, secret, tuple(left_out), _revision(data, stored, given, left_out))


def _refuse_unclear(name: str, spec: Any) -> None:
    if not isinstance(spec, Mapping):
        raise ValueMissing(f"{name}: it is no dictionary. Give it one, with secret, template or value")
    unknown = sorted(set(spec) - _SPEC)
    if unknown:
        raise ValueMissing(f"{name}: {' and '.join(map(str, unknown))} is not known here. There are: {', '.join(sorted(_SPEC))}")
    if not spec.get("secret") and spec.get("template") is None and spec.get("value") is None:
        raise ValueMissing(f"{name}: nothing says where its value comes from. Give secret, template or value")
    if spec.get("key") and not spec.get("secret"):
        raise ValueMissing(f"{name}: key is a key of a secret. Give secret too")


def _value(name: str, spec: Mapping[str, Any], stored: Mapping[str, Stored | None], given: Mapping[str, Any]) -> str:
    source = spec.get("secret")
    if not source:
        text = spec.get("template")
        return _text(spec["value"]) if text is None else _filled(name, text, dict(given), "values")
    found = stored.get(source)
    if found is None:
        raise ValueMissing(
            f"{name}: the secret {source} does not exist or has no value yet. Put one in with Secrets Manager, or mark the key optional"
        )
    if spec.get("template"):
        return _filled(name, spec["template"], {**given, **_keys(name, source, found.text)}, f"the secret {source}, nor values,")
    if spec.get("key"):
        keys = _keys(name, source, found.text)
        if keys.get(spec["key"]) in (None, ""):
            raise ValueMissing(f"{name}: the secret {source} has no key {spec['key']}. Add it there, or correct the name")
        return _text(keys[spec["key"]])
    return found.text


def _keys(name: str, source: str, text: str) -> dict[str, Any]:
    try:
        keys = json.loads(text)
    except ValueError:
        keys = None
    if not isinstance(keys, dict):
        raise ValueMissing(f"{name}: the secret {source} is no JSON object, so it has no keys. Leave key and template out, or store JSON")
    return keys


class _Formatter(string.Formatter):
    """`{password}` as it is, `{password:url}` as it can stand in an address."""

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec not in ("", "url"):
            raise ValueError(f"there is no way {format_spec!r} of writing a value, only url")
        return quote(_text(value), safe="") if format_spec else _text(value)

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        # A name is a name, whatever is in it: no attributes of Python's, and no items.
        return self.get_value(field_name, args, kwargs), field_name


def _text(value: Any) -> str:
    """Return a value as a text; what is no text already is written as in JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _filled(name: str, template: str, known: Mapping[str, Any], where: str) -> str:
    try:
        return _Formatter().vformat(template, (), known)
    except (KeyError, IndexError) as error:
        raise ValueMissing(f"{name}: its template names {error}, which {where} do not have. Correct the template") from None
    except ValueError as error:
        raise ValueMissing(f"{name}: its template cannot be read ({error}). Double braces that are meant as such") from None


def _revision(
    data: Mapping[str, Mapping[str, Any]], stored: Mapping[str, Stored | None], given: Mapping[str, Any], left_out: list[str]
) -> str:
    """Return a short text made of what the values come from; versions stand for secrets, so that it tells nothing of them."""
    versions = {source: found.version for source, found in stored.items() if found is not None}
    text = json.dumps([data, versions, given, left_out], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
