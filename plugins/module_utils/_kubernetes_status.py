# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs in a cluster, out of its objects. Pure.  Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.module_utils import _kubernetes_diagnosis as diagnosis
from ansible_collections.stratum.aws.plugins.module_utils._helm_records import Stored
from ansible_collections.stratum.aws.plugins.module_utils._helm_rollout_watch import restarts_of

Document = dict[str, Any]

WORKLOADS: Final = ("Deployment", "StatefulSet", "DaemonSet")
ACM_ANNOTATION: Final = "alb.ingress.kubernetes.io/certificate-arn"


def node(item: Mapping[str, Any]) -> Document:
    """Return what a node is like."""
    labels, status = item["metadata"].get("labels") or {}, item.get("status") or {}
    ready = any(each.get("type") == "Ready" and each.get("status") == "True" for each in status.get("conditions") or ())
    return {
        "name": item["metadata"]["name"],
        "ready": ready,
        "schedulable": not (item.get("spec") or {}).get("unschedulable", False),
        "version": (status.get("nodeInfo") or {}).get("kubeletVersion", ""),
        "zone": labels.get("topology.kubernetes.io/zone", ""),
        "type": labels.get("node.kubernetes.io/instance-type", ""),
        "group": labels.get("eks.amazonaws.com/nodegroup", ""),
    }


def workload(item: Mapping[str, Any], pods: Iterable[Mapping[str, Any]]) -> Document:
    """Return what a workload is like; `pods` are all of its namespace."""
    metadata, spec, status = item["metadata"], item["spec"], item.get("status") or {}
    selector = (spec.get("selector") or {}).get("matchLabels") or {}
    own = [pod for pod in pods if selector and selector.items() <= (pod["metadata"].get("labels") or {}).items()]
    if item["kind"] == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    else:
        wanted, ready = spec.get("replicas", 1), status.get("readyReplicas", 0)
    images = [container["image"] for container in spec["template"]["spec"]["containers"]]
    return {
        "kind": item["kind"],
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "wanted": wanted,
        "ready": ready,
        "tags": sorted({tag_of(image) for image in images}),
        "images": images,
        "restarts": sum(restarts_of(pod) for pod in own),
        "release": (metadata.get("annotations") or {}).get("meta.helm.sh/release-name", ""),
    }


def tag_of(image: str) -> str:
    """Return the tag of an image, or the beginning of its digest; `latest` where it has neither."""
    name, _at, digest = image.partition("@")
    last = name.rpartition("/")[2]
    if ":" in last:
        return last.rpartition(":")[2]
    return digest[:19] or "latest"


def ailing(pods: Iterable[Mapping[str, Any]]) -> list[Document]:
    """Return the pods that are not well, with the reason; those that wait for a node have `pending`."""
    found = []
    for pod in pods:
        if diagnosis.healthy(pod) or pod["metadata"].get("deletionTimestamp"):
            continue
        state = diagnosis.state_of(pod)
        waits = (pod.get("status") or {}).get("phase") == "Pending" and not (pod.get("spec") or {}).get("nodeName")
        found.append({"namespace": pod["metadata"]["namespace"], "pod": pod["metadata"]["name"], "pending": waits, **state})
    return found


def ingress(item: Mapping[str, Any]) -> Document:
    """Return what an ingress is like."""
    metadata, spec = item["metadata"], item.get("spec") or {}
    balancers = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    arns = (metadata.get("annotations") or {}).get(ACM_ANNOTATION, "")
    return {
        "namespace": metadata["namespace"],
        "name": metadata["name"],
        "hosts": sorted({rule["host"] for rule in spec.get("rules") or () if rule.get("host")}),
        "addresses": [each.get("hostname") or each.get("ip") or "" for each in balancers],
        "certificates": [arn.strip() for arn in arns.split(",") if arn.strip()],
    }


def certificate(name: str, kind: str, domains: Sequence[str], until: datetime | None, now: datetime) -> Document:
    """Return what a certificate is like; `until` is when it ends, None for one that has not been issued."""
    return {
        "name": name,
        "kind": kind,
        "domains": list(domains),
        "until": until.strftime("%Y-%m-%dT%H:%M:%SZ") if until else None,
        "days_left": (until - now).days if until else None,
    }


def release(stored: Stored) -> Document:
    """Return what a release is like."""
    told = stored.as_dict()
    return {**told, "updated": str(told["updated"])[:19]}


# -- the table ---------------------------------------------------------------------------------------


def table(status: Mapping[str, Any]) -> list[str]:
    """Return a status as lines for people."""
    if not status.get("reachable"):
        return [f"does not answer: {status.get('message') or 'no reason given'}"]
    lines: list[str] = []
    # What nobody may look at is not nothing.
    certain = not status["notes"]
    lines += _rows(
        ["NODE", "READY", "VERSION", "ZONE", "TYPE"],
        [[each["name"], _ready(each), each["version"], each["zone"], each["type"]] for each in status["nodes"]],
        "no nodes" if certain else "",
    )
    lines += _rows(
        ["WORKLOAD", "NAMESPACE", "READY", "TAG", "RESTARTS"],
        [
            [each["name"], each["namespace"], f"{each['ready']}/{each['wanted']}", ",".join(each["tags"]), str(each["restarts"])]
            for each in status["workloads"]
        ],
        "no workloads" if certain else "",
    )
    lines += _rows(
        ["NOT WELL", "NAMESPACE", "REASON", "RESTARTS"],
        [[each["pod"], each["namespace"], _reason(each), str(each["restarts"])] for each in status["ailing"]],
        "all pods are well" if certain else "",
    )
    lines += _rows(
        ["INGRESS", "NAMESPACE", "HOSTS", "ADDRESS"],
        [
            [each["name"], each["namespace"], ",".join(each["hosts"]) or "*", ",".join(each["addresses"]) or "none yet"]
            for each in status["ingresses"]
        ],
    )
    lines += _rows(
        ["CERTIFICATE", "KIND", "DAYS LEFT", "DOMAINS"],
        [[each["name"], each["kind"], _days(each), ",".join(each["domains"])] for each in status["certificates"]],
    )
    lines += _rows(
        ["RELEASE", "NAMESPACE", "REVISION", "STATUS", "CHART", "UPDATED", "LAST"],
        [
            [
                each["name"],
                each["namespace"],
                str(each["revision"]),
                each["status"],
                f"{each['chart']} {each['chart_version']}",
                each["updated"],
                each["description"],
            ]
            for each in status["releases"]
        ],
        "no releases" if certain else "",
    )
    return [*lines, *status["notes"]]


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]], nothing: str = "") -> list[str]:
    if not rows:
        return [nothing] if nothing else []
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in [head, *rows]]


def _ready(item: Mapping[str, Any]) -> str:
    return ("yes" if item["ready"] else "NO") + ("" if item["schedulable"] else ", cordoned")


def _reason(item: Mapping[str, Any]) -> str:
    told = f"waits for a node: {item['message'] or item['reason']}" if item["pending"] else str(item["reason"])
    return told if item.get("exit_code") is None else f"{told}, exit code {item['exit_code']}"


def _days(item: Mapping[str, Any]) -> str:
    return "not issued" if item["days_left"] is None else str(item["days_left"])
