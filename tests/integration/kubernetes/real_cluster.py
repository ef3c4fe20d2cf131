# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real control plane with two nodes, and short ways to ask it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

from tests.emulator.kubernetes.control_plane import ControlPlane
from tests.emulator.kubernetes.nodes import Changes, NodeKeeper, Subnet

SUBNETS: Final = {"subnet-a": Subnet("ca-central-1a", "10.0.1.0/24"), "subnet-b": Subnet("ca-central-1b", "10.0.2.0/24")}

type Document = dict[str, Any]


class Answering:
    """The webhooks of a cluster where the token `good` is alice, and alice may read config maps."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                content = json.dumps(review | {"status": answer_to(review)}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def answer_to(review: Document) -> Document:
    """Return the status of a TokenReview or a SubjectAccessReview."""
    if review["kind"] == "TokenReview":
        known = review["spec"]["token"] == "good"
        return {"authenticated": True, "user": {"username": "alice", "groups": ["readers"]}} if known else {"authenticated": False}
    asked = review["spec"].get("resourceAttributes", {})
    return {"allowed": asked.get("resource") == "configmaps" and asked.get("verb") == "list" and review["spec"]["user"] == "alice"}


def group(desired: int = 2, **changes: Any) -> Document:
    """Return a node group as DescribeNodegroup shows it."""
    scaling = {"minSize": 1, "maxSize": 4, "desiredSize": desired}
    return {
        "nodegroupName": "main",
        "nodegroupArn": "arn:main",
        "status": "ACTIVE",
        "version": "1.33",
        "subnets": [*SUBNETS],
        "instanceTypes": ["t3.medium"],
        "scalingConfig": scaling,
        **changes,
    }


class Cluster:
    """A control plane, its node keeper, and kubectl and helm on it."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self.keeper = NodeKeeper(plane.admin_kubeconfig, region="ca-central-1", kubelet_port=plane.kubelet_port)

    def groups(self, *groups: Document) -> Changes:
        return self.keeper.apply(groups, SUBNETS)

    def run(self, *command: str, fails: bool = False, stdin: str | None = None) -> str:
        """Run kubectl or helm; return what it says, or with `fails` its error."""
        at = ["--kubeconfig", str(self.plane.admin_kubeconfig)]
        done = subprocess.run([*command, *at], input=stdin, capture_output=True, text=True, check=False, timeout=120)
        assert (done.returncode != 0) == fails, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stderr if fails else done.stdout

    def get(self, *what: str) -> Document:
        found: Document = json.loads(self.run("kubectl", "get", "-o", "json", *what))
        return found

    def make(self, *objects: Document) -> None:
        self.run("kubectl", "create", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))

    def until(self, what: str, looks: Callable[[], Any], seconds: float = 30) -> Any:
        """Look until there is something to see, and return it."""
        deadline = time.monotonic() + seconds
        while not (seen := looks()):
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
            time.sleep(0.1)
        return seen

    def status_of(self, pod: str, namespace: str = "default") -> Document:
        status: Document = self.get("pod", pod, "-n", namespace)["status"]
        return status


def pod(name: str, image: str = "web:1", annotations: dict[str, str] | None = None, **spec: Any) -> Document:
    """Return a pod of one container."""
    metadata = {"name": name, "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "app", "image": image}], **spec}}


def deployment(name: str, image: str = "web:1", replicas: int = 1, requests: dict[str, str] | None = None, **spec: Any) -> Document:
    """Return a deployment of pods of one container."""
    container = {"name": "app", "image": image} | ({"resources": {"requests": requests}} if requests else {})
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **spec.pop("pod", {})}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template, **spec},
    }


def processes_of(folder: Path) -> list[int]:
    """Return the ids of the processes whose command line names this folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue
        if str(folder).encode() in command and b"supervise" not in command and b"python" not in command:
            found.append(int(entry.name))
    return found
