# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Puts a cluster into a kubeconfig that may have others, of anybody.  Private to the collection."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

Document = dict[str, Any]

OURS: Final = "stratum.aws"
"""The extension of a cluster by which an entry is known to be one that was written here; kubectl keeps extensions."""
HIDDEN: Final = "(hidden)"
_SECRET: Final = ("auth-provider", "client-certificate-data", "client-key-data", "exec", "password", "token")
_LISTS: Final = {"clusters": "cluster", "users": "user", "contexts": "context"}

with suppress(ImportError):  # the module says what is missing
    import yaml

    class _Loader(yaml.SafeLoader):
        """Reads what looks like a point in time as the text that it is."""

    _Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class KubeconfigError(Exception):
    """Why a file cannot be written, and what to do."""


@dataclass(frozen=True)
class Entry:
    """A cluster, how to log in to it, and the name of the context of both."""

    name: str
    arn: str
    host: str
    ca_data: str
    user: Document
    namespace: str = ""


def read(text: str, path: str) -> Document:
    """Return a kubeconfig; KubeconfigError when the text is none. An empty text is an empty kubeconfig."""
    try:
        found = yaml.load(text, Loader=_Loader)
    except yaml.YAMLError:
        found = ""
    if found is None:
        return {"apiVersion": "v1", "kind": "Config"}
    listed = isinstance(found, dict) and all(_is_list(found.get(key), body) for key, body in _LISTS.items())
    if not listed or found.get("kind", "Config") != "Config":
        raise KubeconfigError(f"{path} is no kubeconfig. It was left as it is; name another file")
    return {"apiVersion": "v1", "kind": "Config", **found}


def _is_list(value: object, body: str) -> bool:
    if value is None:
        return True
    return isinstance(value, list) and all(isinstance(each, dict) and "name" in each and isinstance(each.get(body), dict) for each in value)


def written(document: Document) -> str:
    """Return the text of a kubeconfig."""
    return str(yaml.safe_dump(document, sort_keys=False, width=1000))


def merged(document: Mapping[str, Any], entry: Entry, *, path: str, use: bool = False, replace: bool = False) -> Document:
    """Return a kubeconfig with a cluster in it, and everything else as it was.

    KubeconfigError when its names are taken by somebody else's, unless `replace`. With `use`, or where there was
    none, the context is the current one.
    """
    result = copy.deepcopy(dict(document))
    if not replace:
        _refuse_foreign(result, entry, path)
    extension = {"name": OURS, "extension": {"arn": entry.arn}}
    cluster = {"server": entry.host, "certificate-authority-data": entry.ca_data, "extensions": [extension]}
    context = {"cluster": entry.name, "user": entry.name, **({"namespace": entry.namespace} if entry.namespace else {})}
    for key, body in (("clusters", cluster), ("users", entry.user), ("contexts", context)):
        result[key] = _with(result.get(key) or [], entry.name, {_LISTS[key]: body})
    if use or not result.get("current-context"):
        result["current-context"] = entry.name
    return result


def _refuse_foreign(document: Document, entry: Entry, path: str) -> None:
    cluster = _named(document.get("clusters"), entry.name)
    if cluster is None:
        taken = [body for key, body in _LISTS.items() if _named(document.get(key), entry.name) is not None]
        if taken:
            raise KubeconfigError(_refusal(path, taken[0], entry.name))
    elif not any(each.get("name") == OURS for each in cluster["cluster"].get("extensions") or []):
        raise KubeconfigError(_refusal(path, "cluster", entry.name, cluster["cluster"].get("server")))


def _refusal(path: str, what: str, name: str, server: str | None = None) -> str:
    at = f" at {server}" if server else ""
    return f"{path} has a {what} {name} already{at}, which was not written here. It was left as it is; name another file, or say replace"


def _named(items: Any, name: str) -> Document | None:
    return next((each for each in items or [] if each["name"] == name), None)


def _with(items: list[Document], name: str, body: Document) -> list[Document]:
    """Return a list with an item of this name: in its place, or at the end."""
    item = {"name": name, **body}
    return [item if each["name"] == name else each for each in items] + ([] if _named(items, name) else [item])


def hidden(document: Mapping[str, Any]) -> Document:
    """Return a kubeconfig without what is secret, for a diff."""
    result = copy.deepcopy(dict(document))
    for each in result.get("users") or []:
        each["user"].update({key: HIDDEN for key in _SECRET if key in each["user"]})
    return result
