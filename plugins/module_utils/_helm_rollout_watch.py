# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pods of a release while it changes: whether there is hope for the new ones. It only reads.  Private to the collection."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_diagnosis as diagnosis
from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi

Document = dict[str, Any]

KINDS: Final = ("Deployment", "StatefulSet", "DaemonSet")
IMAGE_SECONDS: Final = 30.0
"""How long an image may be missing: it may be on its way into the registry."""
_POLL_SECONDS: Final = 1.0
_IMAGE: Final = frozenset({"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError"})


class PodWatch:
    """Looks after the pods of one release that come up after it was made."""

    def __init__(
        self,
        api: KubernetesApi,
        namespace: str,
        release: str,
        *,
        restarts: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`restarts` is how often a container may begin again before its pod is given up."""
        self._api = api
        self._namespace = namespace
        self._release = release
        self._restarts = restarts
        self._clock = clock
        self._old = {pod["metadata"]["uid"] for pod in self._pods()}
        self._missing: dict[str, float] = {}
        self._settled: dict[str, int] | None = None
        self._due = 0.0

    def workloads(self) -> list[Document]:
        """Return the workloads of the release as they are in the cluster."""
        found = []
        for kind in KINDS:
            for item in self._api.listed("apps/v1", kind, self._namespace):
                notes = item["metadata"].get("annotations") or {}
                ours = (notes.get("meta.helm.sh/release-name"), notes.get("meta.helm.sh/release-namespace"))
                if ours == (self._release, self._namespace):
                    found.append(item)
        return found

    def settle(self) -> None:
        """From now on a container that begins again is trouble at once."""
        self._settled = {pod["metadata"]["uid"]: restarts_of(pod) for pod in self._ours()}

    def trouble(self) -> str:
        """Return why there is no hope for a new pod, at most asking once a second; empty while there is some."""
        now = self._clock()
        if now < self._due:
            return ""
        self._due = now + _POLL_SECONDS
        try:
            for pod in self._ours():
                if pod["metadata"]["uid"] not in self._old and (why := self._hopeless(pod, now)):
                    return why
        except ApiError:
            # Not to be seen for a moment: helm, who waits for the same, gives up in the end.
            return ""
        return ""

    def ready(self, track: str) -> bool:
        """Return whether all pods of a track are ready; False where there are none."""
        for item in self.workloads():
            if (item["metadata"].get("labels") or {}).get("track") == track:
                wanted, status = item["spec"].get("replicas", 1), item.get("status") or {}
                seen = status.get("observedGeneration", 0) >= item["metadata"].get("generation", 0)
                return bool(seen and wanted and status.get("readyReplicas", 0) >= wanted <= status.get("updatedReplicas", 0))
        return False

    def ailments(self) -> list[Document]:
        """Return what ails the release's pods now."""
        try:
            return diagnosis.ailing(self._api, self.workloads(), self._namespace)
        except ApiError:
            return []

    def _hopeless(self, pod: Mapping[str, Any], now: float) -> str:
        name = pod["metadata"]["name"]
        state = diagnosis.state_of(pod)
        if self._settled is not None and restarts_of(pod) > self._settled.get(pod["metadata"]["uid"], 0):
            return f"the pod {name} began again when it was in service: {diagnosis.sentence({'pod': name, **state})}"
        if diagnosis.healthy(pod):
            return ""
        if state["reason"] in _IMAGE:
            since = self._missing.setdefault(name, now)
            if now - since >= IMAGE_SECONDS:
                return f"the pod {name} has no image: {diagnosis.sentence({'pod': name, **state})}"
        elif restarts_of(pod) >= self._restarts:
            return f"the pod {name} ends again and again: {diagnosis.sentence({'pod': name, **state})}"
        return ""

    def _pods(self) -> list[Document]:
        return self._api.listed("v1", "Pod", self._namespace)

    def _ours(self) -> list[Document]:
        selectors = [((item["spec"].get("selector") or {}).get("matchLabels")) or {} for item in self.workloads()]
        return [pod for pod in self._pods() if not pod["metadata"].get("deletionTimestamp") and _chosen(pod, selectors)]


def restarts_of(pod: Mapping[str, Any]) -> int:
    """Return how often the containers of a pod have begun again."""
    status = pod.get("status") or {}
    return sum(each.get("restartCount") or 0 for each in status.get("containerStatuses") or ())


def _chosen(pod: Mapping[str, Any], selectors: Sequence[Mapping[str, str]]) -> bool:
    labels = pod["metadata"].get("labels") or {}
    return any(selector and selector.items() <= labels.items() for selector in selectors)
