# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Helm has written down about releases in a cluster: its secrets, read without Helm.  Private to the collection.

Helm tells the same by four commands, each of which asks the cluster from the beginning. A module's run that finds nothing
to do is twice as quick when it reads the record itself.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._helm_manifests import Document, HelmError, documents, hooks_in
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import KubernetesApi

DEPLOYED: Final = "deployed"
UNINSTALLED: Final = "uninstalled"
UNINSTALLING: Final = "uninstalling"
PENDING: Final = frozenset({"pending-install", "pending-upgrade", "pending-rollback", UNINSTALLING})
WORKED: Final = frozenset({DEPLOYED, "superseded"})
"""What a revision is called that was well once."""
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
        """Return the form that modules return."""
        return dict(vars(self))


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
        """Return a revision, or None when it is not kept."""
        secret = self._api.get("v1", "Secret", f"sh.helm.release.v1.{self._name}.v{revision}", self._namespace)
        return None if secret is None else decoded((secret.get("data") or {}).get("release") or "")


def decoded(text: str) -> Record:
    """Return what is in the secret of a revision; HelmError when it is not to be read."""
    try:
        packed = base64.b64decode(base64.b64decode(text))
        told = json.loads(gzip.decompress(packed) if packed.startswith(_GZIP) else packed)
        chart, info = told["chart"]["metadata"], told["info"]
        release = Release(
            name=told["name"],
            namespace=told["namespace"],
            revision=int(told["version"]),
            status=info["status"],
            chart=chart["name"],
            chart_version=chart["version"],
            app_version=str(chart.get("appVersion") or ""),
            updated=str(info.get("last_deployed") or ""),
        )
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise HelmError(f"the record of the release cannot be read: {error!r}. It was not written by Helm 3") from None
    return Record(release, tuple(documents(told.get("manifest") or "")), hooks_in(told), told.get("config") or {})
