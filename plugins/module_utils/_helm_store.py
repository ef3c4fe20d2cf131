# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The revisions of releases as Helm keeps them: one secret each. It only reads.  Private to the collection.

One request tells what takes several runs of helm: each is a process, and asks for all of it.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._helm_values import merged
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import KubernetesApi

Document = dict[str, Any]

STOOD: Final = frozenset({"deployed", "superseded"})
"""The status of revisions that came up."""
STEP: Final = re.compile(r", step \d+ of \d+: ")
"""In the description of a revision that is in the middle of a deploy."""
_BACK: Final = re.compile(r"^[Rr]ollback to (?:revision )?(\d+)")


@dataclass(frozen=True)
class Stored:
    """A revision of a release. `values` are all values, `config` those that were given over the chart's own."""

    name: str
    namespace: str
    revision: int
    status: str
    chart: str
    chart_version: str
    app_version: str
    updated: str
    description: str
    config: Document = field(default_factory=dict)
    values: Document = field(default_factory=dict)

    @property
    def settled(self) -> bool:
        """Whether it came up, and is no step in the middle of a deploy."""
        return self.status in STOOD and not STEP.search(self.description)

    @property
    def goes_back_to(self) -> int:
        """The revision that it is a rollback to, otherwise 0."""
        found = _BACK.match(self.description)
        return int(found[1]) if found else 0

    def as_dict(self) -> Document:
        """Return the form that modules return: without values, which may be secret."""
        return {key: value for key, value in vars(self).items() if key not in ("config", "values")}


def revisions(api: KubernetesApi, namespace: str, name: str = "") -> list[Stored]:
    """Return the revisions of a release, or of all releases of a namespace (empty: of all), the oldest first."""
    selector = f"owner=helm,name={name}" if name else "owner=helm"
    return stored(api.listed("v1", "Secret", namespace or None, labelSelector=selector, fieldSelector="type=helm.sh/release.v1"))


def newest(found: Iterable[Stored]) -> list[Stored]:
    """Return the newest revision of each release, by namespace and name."""
    last = {(each.namespace, each.name): each for each in sorted(found, key=lambda each: each.revision)}
    return [last[key] for key in sorted(last)]


def stored(secrets: Iterable[Mapping[str, Any]]) -> list[Stored]:
    """Return what secrets of Helm hold, by revision; one that cannot be read is left out."""
    found = [each for secret in secrets if (each := _stored(secret))]
    steps = {(each.namespace, each.name, each.revision): each.description for each in found if STEP.search(each.description)}
    # Helm's own way back to a step in the middle is in the middle as well.
    found = [replace(each, description=steps.get((each.namespace, each.name, each.goes_back_to), each.description)) for each in found]
    return sorted(found, key=lambda each: (each.namespace, each.name, each.revision))


def _stored(secret: Mapping[str, Any]) -> Stored | None:
    try:
        packed = base64.b64decode(base64.b64decode(secret["data"]["release"]))
        told = json.loads(gzip.decompress(packed) if packed.startswith(b"\x1f\x8b") else packed)
    except (KeyError, TypeError, ValueError, OSError, EOFError, binascii.Error):
        return None
    chart, info = told.get("chart") or {}, told.get("info") or {}
    metadata = chart.get("metadata") or {}
    config = told.get("config") or {}
    return Stored(
        name=told["name"],
        namespace=told.get("namespace") or secret["metadata"].get("namespace", ""),
        revision=int(told["version"]),
        status=str(info.get("status") or "unknown"),
        chart=str(metadata.get("name") or ""),
        chart_version=str(metadata.get("version") or ""),
        app_version=str(metadata.get("appVersion") or ""),
        updated=str(info.get("last_deployed") or ""),
        description=str(info.get("description") or ""),
        config=config,
        values=merged(chart.get("values") or {}, config),
    )
