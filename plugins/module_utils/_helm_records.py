# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Helm has written down about releases in a cluster: its secrets, read without Helm.  Private to the collection.

Helm tells the same by four commands, each of which asks the cluster from the beginning. A module's run that finds nothing
to do is twice as quick when it reads the record itself, and one request tells the history of all releases.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._helm_manifests import Document, HelmError, documents, hooks_in
from ansible_collections.stratum.aws.plugins.module_utils._helm_values import merged
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import KubernetesApi

DEPLOYED: Final = "deployed"
UNINSTALLED: Final = "uninstalled"
UNINSTALLING: Final = "uninstalling"
PENDING: Final = frozenset({"pending-install", "pending-upgrade", "pending-rollback", UNINSTALLING})
WORKED: Final = frozenset({DEPLOYED, "superseded"})
"""What a revision is called that was well once."""
STEP: Final = re.compile(r", step \d+ of \d+: ")
"""In the description of a revision that is in the middle of a deploy."""
_BACK: Final = re.compile(r"^[Rr]ollback to (?:revision )?(\d+)")
_GZIP: Final = b"\x1f\x8b\x08"


@dataclass(frozen=True)
class Release:
    """A revision of a release as the cluster holds it."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    chart_version: str
    app_version: str
    updated: str = ""

    def as_dict(self) -> Document:
        """Return the form that modules return: without values, which may be secret."""
        return {each.name: getattr(self, each.name) for each in fields(Release)}


@dataclass(frozen=True)
class Stored(Release):
    """A revision in the history of a release. `values` are all values, `config` those that were given over the chart's own."""

    description: str = ""
    config: Document = field(default_factory=dict)
    values: Document = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether it came up, and is no step in the middle of a deploy."""
        return self.status in WORKED and not STEP.search(self.description)

    @property
    def goes_back_to(self) -> int:
        """The revision that it is a rollback to, otherwise 0."""
        found = _BACK.match(self.description)
        return int(found[1]) if found else 0

    def as_dict(self) -> Document:
        """Return the form that modules return."""
        return {**super().as_dict(), "description": self.description}


@dataclass(frozen=True)
class Record:
    """A revision with all that was installed: its objects, its hooks, and the values that were given."""

    release: Release
    objects: tuple[Document, ...] = ()
    hooks: tuple[Document, ...] = ()
    values: Mapping[str, Any] | None = None


class Records:
    """The records of one release."""

    def __init__(self, api: KubernetesApi, name: str, namespace: str) -> None:
        self._api = api
        self._name = name
        self._namespace = namespace

    def statuses(self) -> dict[int, str]:
        """Return the revisions that are kept, the oldest first, each with its status; empty when there is no such release."""
        found = self._api.metadata("v1", "Secret", self._namespace, labelSelector=f"owner=helm,name={self._name}")
        labels = [each.get("labels") or {} for each in found]
        return dict(sorted((int(each["version"]), str(each.get("status"))) for each in labels if "version" in each))

    def last_good(self, below: int) -> int:
        """Return the newest revision before one that was well once; 0 for none."""
        return max((number for number, status in self.statuses().items() if number < below and status in WORKED), default=0)

    def newest(self) -> Record | None:
        """Return the newest revision, or None when there is none, or none any more."""
        statuses = self.statuses()
        if not statuses:
            return None
        found = self.record(max(statuses))
        return None if found is None or found.release.status == UNINSTALLED else found

    def record(self, revision: int) -> Record | None:
        """Return a revision, or None when it is not kept; HelmError when it is not to be read."""
        secret = self._api.get("v1", "Secret", f"sh.helm.release.v1.{self._name}.v{revision}", self._namespace)
        return None if secret is None else record_in(secret)


def history(api: KubernetesApi, namespace: str, name: str = "") -> list[Stored]:
    """Return the revisions of a release, or of all releases of a namespace (empty: of all), the oldest first."""
    selector = f"owner=helm,name={name}" if name else "owner=helm"
    return history_in(api.listed("v1", "Secret", namespace or None, labelSelector=selector, fieldSelector="type=helm.sh/release.v1"))


def history_in(secrets: Iterable[Mapping[str, Any]]) -> list[Stored]:
    """Return what secrets of Helm hold, by revision; one that cannot be read is left out."""
    found: list[Stored] = []
    for secret in secrets:
        try:
            found.append(_read(secret)[0])
        except HelmError:
            continue
    steps = {(each.namespace, each.name, each.revision): each.description for each in found if STEP.search(each.description)}
    # Helm's own way back to a step in the middle is in the middle as well.
    found = [replace(each, description=steps.get((each.namespace, each.name, each.goes_back_to), each.description)) for each in found]
    return sorted(found, key=lambda each: (each.namespace, each.name, each.revision))


def newest_of_each(found: Iterable[Stored]) -> list[Stored]:
    """Return the newest revision of each release, by namespace and name."""
    last = {(each.namespace, each.name): each for each in sorted(found, key=lambda each: each.revision)}
    return [last[key] for key in sorted(last)]


def record_in(secret: Mapping[str, Any]) -> Record:
    """Return what is in the secret of a revision, with its objects; HelmError when it is not to be read."""
    stored, told = _read(secret)
    release = Release(**Release.as_dict(stored))
    return Record(release, tuple(documents(told.get("manifest") or "")), hooks_in(told), stored.config)


def _read(secret: Mapping[str, Any]) -> tuple[Stored, Document]:
    """Return what is in the secret of a revision, and all of it as Helm wrote it; HelmError when Helm did not."""
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        told = json.loads(gzip.decompress(packed) if packed.startswith(_GZIP) else packed)
        chart, info, config = told["chart"], told["info"], told.get("config") or {}
        metadata = chart["metadata"]
        stored = Stored(
            name=told["name"],
            namespace=told["namespace"],
            revision=int(told["version"]),
            status=info["status"],
            chart=metadata["name"],
            chart_version=metadata["version"],
            app_version=str(metadata.get("appVersion") or ""),
            updated=str(info.get("last_deployed") or ""),
            description=str(info.get("description") or ""),
            config=config,
            values=merged(chart.get("values") or {}, config),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OSError, EOFError, zlib.error) as error:
        raise HelmError(f"the record of the release cannot be read: {error!r}. It was not written by Helm 3") from None
    return stored, told
