# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why workloads do not come up: which pods, their states, events and last words. It only reads.  Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils._kubernetes_api import ApiError, KubernetesApi

Document = dict[str, Any]

WORKLOADS: Final = frozenset({"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"})
LOG_LINES: Final = 10
MOST_PODS: Final = 5
_MOST_EVENTS: Final = 5
_TROUBLE: Final = frozenset({("ReplicaFailure", "True"), ("Failed", "True"), ("Progressing", "False")})
"""Conditions of workloads, with their status, that tell why there are no pods."""


def ailing(api: KubernetesApi, manifests: Iterable[Mapping[str, Any]], namespace: str) -> list[Document]:
    """Return what ails the pods of the workloads in `manifests`, at most five pods; empty when they are all well.

    Each is `pod`, `reason`, `message`, `restarts`, `events` and `log` (lists of lines), and where they are known `container` and
    `exit_code`.
    """
    found: list[Document] = []
    for workload in manifests:
        if workload.get("kind") not in WORKLOADS:
            continue
        place = (workload.get("metadata") or {}).get("namespace") or namespace
        pods = [pod for pod in _pods(api, workload, place) if not healthy(pod)]
        for pod in pods[: MOST_PODS - len(found)]:
            found.append(_told(api, pod, place))
        if not pods and (words := _stuck(api, workload, place)):
            found.append(words)
        if len(found) >= MOST_PODS:
            break
    return found


def sentence(ailment: Mapping[str, Any]) -> str:
    """Return an ailment as one sentence, with the last event and the log's last line."""
    container = f", container {ailment['container']}" if ailment.get("container") else ""
    told = f"{ailment['pod']}{container}: {ailment['reason']}"
    if ailment.get("message"):
        told += f" ({ailment['message']})"
    if ailment.get("exit_code") is not None:
        told += f", exit code {ailment['exit_code']}"
    if ailment.get("restarts"):
        told += f", {ailment['restarts']} restarts"
    if ailment.get("log"):
        told += f'; its last words: "{ailment["log"][-1]}"'
    elif ailment.get("events"):
        told += f"; last event: {ailment['events'][-1]}"
    return told


def healthy(pod: Mapping[str, Any]) -> bool:
    """Return whether a pod is ready, or has done its work."""
    status = pod.get("status") or {}
    if status.get("phase") == "Succeeded":
        return True
    ready = any(each.get("type") == "Ready" and each.get("status") == "True" for each in status.get("conditions") or ())
    return ready and status.get("phase") == "Running"


def state_of(pod: Mapping[str, Any]) -> Document:
    """Return the container of a pod that keeps it from being ready, and why; only the reason when it is the pod itself."""
    status = pod.get("status") or {}
    for each in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        state = each.get("state") or {}
        ended = state.get("terminated") or (each.get("lastState") or {}).get("terminated") or {}
        waiting = state.get("waiting") or {}
        done = (state.get("terminated") or {}).get("exitCode") == 0
        if each.get("ready") or done:
            continue
        reason = waiting.get("reason") or ended.get("reason") or ("not ready" if "running" in state else "not started")
        told: Document = {
            "container": each["name"],
            "reason": reason,
            "message": waiting.get("message") or ended.get("message") or "",
            "restarts": each.get("restartCount") or 0,
        }
        if "exitCode" in ended:
            told["exit_code"] = ended["exitCode"]
        return told
    for condition in status.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return {"reason": condition.get("reason") or "Unschedulable", "message": condition.get("message") or "", "restarts": 0}
    return {"reason": status.get("reason") or status.get("phase") or "unknown", "message": status.get("message") or "", "restarts": 0}


def _told(api: KubernetesApi, pod: Document, namespace: str) -> Document:
    name = pod["metadata"]["name"]
    told = {"pod": name, **state_of(pod)}
    told["events"] = _events(api, namespace, name)
    told["log"] = _log(api, namespace, name, told) if told.get("container") else []
    return told


def _events(api: KubernetesApi, namespace: str, name: str) -> list[str]:
    try:
        listed = api.listed("v1", "Event", namespace, fieldSelector=f"involvedObject.name={name}")
    except ApiError:
        return []
    listed.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp")))
    warnings = [event for event in listed if event.get("type") == "Warning"] or listed
    return [f"{event.get('reason')}: {event.get('message')}" for event in warnings[-_MOST_EVENTS:]]


def _log(api: KubernetesApi, namespace: str, pod: str, told: Mapping[str, Any]) -> list[str]:
    for previous in (True, False) if told.get("restarts") else (False,):
        try:
            text = api.logs(namespace, pod, told["container"], lines=LOG_LINES, previous=previous)
        except ApiError:
            continue
        lines = [line for line in text.splitlines() if line.strip()]
        if lines:
            return lines
    return []


def _pods(api: KubernetesApi, workload: Mapping[str, Any], namespace: str) -> list[Document]:
    """Return the pods of a workload that are not on their way out, the newest first."""
    live = api.get(workload["apiVersion"], workload["kind"], workload["metadata"]["name"], namespace)
    selector = ((live or workload).get("spec") or {}).get("selector") or {}
    text = ",".join(_selected(selector))
    if not text:
        return []
    pods = api.listed("v1", "Pod", namespace, labelSelector=text)
    pods.sort(key=lambda pod: str(pod["metadata"].get("creationTimestamp")), reverse=True)
    return [pod for pod in pods if not pod["metadata"].get("deletionTimestamp")]


def _selected(selector: Mapping[str, Any]) -> Iterator[str]:
    for key, value in (selector.get("matchLabels") or {}).items():
        yield f"{key}={value}"
    for each in selector.get("matchExpressions") or ():
        values = ",".join(each.get("values") or ())
        match each.get("operator"):
            case "In":
                yield f"{each['key']} in ({values})"
            case "NotIn":
                yield f"{each['key']} notin ({values})"
            case "Exists":
                yield each["key"]
            case "DoesNotExist":
                yield f"!{each['key']}"


def _stuck(api: KubernetesApi, workload: Mapping[str, Any], namespace: str) -> Document | None:
    """Return why a workload has no pods at all, such as a quota or an admission that refuses them; None when it needs none."""
    name = workload["metadata"]["name"]
    live = api.get(workload["apiVersion"], workload["kind"], name, namespace)
    if live is None or _content(live):
        return None
    told: Document = {"pod": f"{workload['kind']} {name}", "reason": "no pods", "message": "", "restarts": 0, "log": []}
    for condition in (live.get("status") or {}).get("conditions") or ():
        if (condition.get("type"), condition.get("status")) in _TROUBLE:
            told |= {"reason": condition.get("reason") or "no pods", "message": condition.get("message") or ""}
            break
    told["events"] = _events(api, namespace, name)
    return told


def _content(live: Mapping[str, Any]) -> bool:
    """Return whether a workload has as many pods as it wants, by its own account."""
    spec, status = live.get("spec") or {}, live.get("status") or {}
    if live["kind"] == "Job":
        return bool(status.get("succeeded") or status.get("active"))
    if live["kind"] == "DaemonSet":
        return int(status.get("numberReady") or 0) >= int(status.get("desiredNumberScheduled") or 0)
    return int(status.get("readyReplicas") or 0) >= int(spec.get("replicas", 1))
