# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the nodes of a cluster's API follow its node groups."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .node_objects import NODEGROUP_LABEL, Document, Subnet, nodes_of

__all__ = ["Changes", "NodeKeeper", "Subnet", "nodes_of", "patch_of"]

REQUEST_SECONDS: Final = 15
# EKS tries for 15 minutes to evict the pods of a node that it takes away.
DRAIN_SECONDS: Final = 15.0
_POLL_SECONDS: Final = 0.2


@dataclass(slots=True)
class Changes:
    """The names of the nodes that were made, changed and taken away."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.created or self.changed or self.removed)


class NodeKeeper:
    """Makes the nodes of one API those of its node groups; other nodes are left alone. Not for several threads at a time."""

    def __init__(self, kubeconfig: Path, *, region: str, kubelet_port: int) -> None:
        # It takes a second to import.
        from kubernetes import client, config

        self._client = client
        self._connection = config.new_client_from_config(config_file=str(kubeconfig))
        self._api = client.CoreV1Api(self._connection)
        self._region = region
        self._kubelet_port = kubelet_port
        # What was applied last, by name: labels and taints that are not in it are somebody else's.
        self._applied: dict[str, Document] = {}

    def apply(self, groups: Iterable[Mapping[str, Any]], subnets: Mapping[str, Subnet]) -> Changes:
        """Make and change nodes, then drain and remove those that are too many; return what was done.

        Draining takes at most DRAIN_SECONDS per node, after which its pods are deleted in spite of disruption budgets.
        Errors of the API come as they are (`kubernetes.client.ApiException`, `urllib3` for connections).
        """
        wanted = {
            str(node["metadata"]["name"]): node for node in nodes_of(groups, subnets, region=self._region, kubelet_port=self._kubelet_port)
        }
        present = {node.metadata.name: node for node in self._nodes()}
        changes = Changes()
        for name, node in wanted.items():
            if name not in present:
                self._api.create_node(node, _request_timeout=REQUEST_SECONDS)
                changes.created.append(name)
            elif patch := patch_of(present[name], node, self._applied.get(name, node)):
                self._api.patch_node(name, patch, _request_timeout=REQUEST_SECONDS)
                changes.changed.append(name)
        for name in sorted(present.keys() - wanted.keys()):
            self._remove(name)
            changes.removed.append(name)
        self._applied = wanted
        return changes

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def _nodes(self) -> list[Any]:
        answer = self._api.list_node(label_selector=NODEGROUP_LABEL, _request_timeout=REQUEST_SECONDS)
        nodes: list[Any] = answer.items
        return nodes

    def _remove(self, name: str) -> None:
        self._api.patch_node(name, {"spec": {"unschedulable": True}}, _request_timeout=REQUEST_SECONDS)
        deadline = time.monotonic() + DRAIN_SECONDS
        while (pods := self._pods(name)) and time.monotonic() < deadline:
            for pod in pods:
                self._evict(pod)
            time.sleep(_POLL_SECONDS)
        for pod in self._pods(name, daemons=True):
            self._ask(self._api.delete_namespaced_pod, pod.metadata.name, pod.metadata.namespace, grace_period_seconds=0)
        self._ask(self._api.delete_node, name)

    def _pods(self, node: str, *, daemons: bool = False) -> list[Any]:
        """Return the pods of a node; those of daemon sets, which would come back at once, on request only."""
        answer = self._api.list_pod_for_all_namespaces(field_selector=f"spec.nodeName={node}", _request_timeout=REQUEST_SECONDS)
        return [pod for pod in answer.items if daemons or not _is_daemon(pod)]

    def _evict(self, pod: Any) -> None:
        name, namespace = pod.metadata.name, pod.metadata.namespace
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": namespace}}
        # 429: a disruption budget does not allow it now.
        self._ask(self._api.create_namespaced_pod_eviction, name, namespace, eviction, fine=(404, 429))

    def _ask(self, call: Any, *arguments: Any, fine: tuple[int, ...] = (404,), **options: Any) -> None:
        try:
            call(*arguments, _request_timeout=REQUEST_SECONDS, **options)
        except self._client.ApiException as error:
            if error.status not in fine:
                raise


def patch_of(present: Any, wanted: Document, applied: Document) -> Document:
    """Return the patch that brings a node's labels and taints to what is wanted; empty when they are.

    Labels and taints that `applied` does not have either were put there by others, and stay.
    """
    labels: dict[str, str | None] = dict.fromkeys(applied["metadata"]["labels"].keys() - wanted["metadata"]["labels"].keys())
    has = present.metadata.labels or {}
    labels = {name: None for name in labels if name in has}
    labels |= {name: value for name, value in wanted["metadata"]["labels"].items() if has.get(name) != value}
    ours = {(taint["key"], taint["effect"]) for node in (wanted, applied) for taint in node["spec"].get("taints", [])}
    taints = [_plain_taint(taint) for taint in present.spec.taints or []]
    result = [taint for taint in taints if (taint["key"], taint["effect"]) not in ours] + wanted["spec"].get("taints", [])
    patch: Document = {}
    if labels:
        patch["metadata"] = {"labels": labels}
    if sorted(map(str, result)) != sorted(map(str, taints)):
        patch["spec"] = {"taints": result}
    return patch


def _plain_taint(taint: Any) -> Document:
    return {"key": taint.key, "effect": taint.effect} | ({"value": taint.value} if taint.value else {})


def _is_daemon(pod: Any) -> bool:
    return any(owner.kind == "DaemonSet" for owner in pod.metadata.owner_references or [])
