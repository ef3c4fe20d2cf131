# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects out of what Helm prints and keeps: texts in YAML.  Private to the collection."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

Document = dict[str, Any]

# Numbers as Helm's own reader of YAML has them: no minutes in base 60, but octal ones in both spellings.
_INTEGER: Final = re.compile(r"^(?:[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)$")
_FLOAT: Final = re.compile(
    r"^(?:[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+|[-+]?\.[0-9]+(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


class HelmError(Exception):
    """Helm failed; the message is what it said, without its warnings."""


def documents(text: str) -> list[Document]:
    """Return the objects in a manifest of several documents; lists of objects are taken apart."""
    yaml, loader = _yaml()
    found: list[Document] = []
    for document in map(_with_names, yaml.load_all(text, Loader=loader)):
        if isinstance(document, dict) and str(document.get("kind", "")).endswith("List") and isinstance(document.get("items"), list):
            found += document["items"]
        elif isinstance(document, dict) and document.get("kind"):
            found.append(document)
    return found


def _with_names(value: Any) -> Any:
    """Return a value in which all keys are texts, as JSON has them: YAML reads `on` as true and `1` as a number."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): _with_names(item) for key, item in value.items()}
    return [_with_names(item) for item in value] if isinstance(value, list) else value


def hooks_in(told: Mapping[str, Any]) -> tuple[Document, ...]:
    """Return the objects of the hooks of a release that helm gives in JSON."""
    return tuple(document for hook in told.get("hooks") or () for document in documents(hook.get("manifest") or ""))


@cache
def _yaml() -> tuple[Any, Any]:
    """Return PyYAML and a loader that reads values as Helm does: dates stay texts, and so does `12:30`."""
    try:
        import yaml
    except ImportError:
        raise HelmError("this Python has no PyYAML. Install it") from None
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    dropped = ("timestamp", "int", "float")
    resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag.rpartition(":")[2] not in dropped]
        for first, rules in base.yaml_implicit_resolvers.items()
    }
    loader: Any = type("ManifestLoader", (base,), {"yaml_implicit_resolvers": resolvers})
    loader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
    loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))
    loader.add_constructor("tag:yaml.org,2002:int", lambda made, node: _integer(made.construct_scalar(node)))
    return yaml, loader


def _integer(text: str) -> int:
    plain = text.replace("_", "")
    sign, digits = (plain[0], plain[1:]) if plain[0] in "+-" else ("", plain)
    base = 8 if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit() else 0
    return int(sign + digits, base)
