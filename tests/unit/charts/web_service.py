# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster that remembers what was rendered, so that a chart's `lookup` finds what the upgrade before has made.

It answers the three requests of helm's `lookup` and knows nothing else of Kubernetes: all pods are ready at once unless a test says no.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import yaml

from tests import charts

Object = dict[str, Any]
Values = dict[str, Any]

# Resource, kind and whose folder of the API it is in: what the chart looks up.
_KNOWN = {"deployments": ("Deployment", "/apis/apps/v1"), "services": ("Service", "/api/v1")}

# The least that renders, with an ALB in front.
BASE: Values = {
    "image": {"repository": "shop", "tag": "v1"},
    "replicas": 4,
    "ingress": {"enabled": True, "hosts": [{"host": "shop.example.com", "paths": [{"path": "/"}]}]},
}
AUTOSCALED: Values = {"autoscaling": {"enabled": True, "minReplicas": 2, "maxReplicas": 10}}


def merged(*layers: Mapping[str, Any]) -> Values:
    """Return the mappings laid over each other, nested ones too, as helm does it with its value files."""
    result: Values = {}
    for layer in layers:
        for key, value in layer.items():
            below = result.get(key)
            result[key] = merged(below, value) if isinstance(value, Mapping) and isinstance(below, dict) else deepcopy(value)
    return result


def nested(changes: Mapping[str, Any]) -> Values:
    """Return `{"strategy.weight": 10}` as `{"strategy": {"weight": 10}}`."""
    result: Values = {}
    for path, value in changes.items():
        *folders, last = path.split(".")
        here = result
        for folder in folders:
            here = here.setdefault(folder, {})
        here[last] = value
    return result


def track_of(service: Object) -> str | None:
    """Return the track that a Service selects; None for all."""
    track: str | None = service["spec"]["selector"].get("track")
    return track


def weights(objects: list[Object]) -> dict[str, int] | None:
    """Return the weights of the ALB's action by Service; None without one."""
    for ingress in charts.named(objects, "Ingress").values():
        action = ingress["metadata"]["annotations"].get("alb.ingress.kubernetes.io/actions.weighted")
        if action:
            return {group["serviceName"]: group["weight"] for group in json.loads(action)["forwardConfig"]["targetGroups"]}
    return None


class Cluster:
    """One release's objects; `upgrade` renders over them and remembers the result."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.objects: list[Object] = []
        self.not_ready: set[str] = set()

    def render(self, values: Values, release: str = "shop") -> list[Object]:
        """Return what an upgrade with these values would make; raises `charts.Refused`."""
        command = [charts.helm(), "template", release, str(charts.chart_path("web-service")), "--values", "-"]
        command += ["--dry-run=server", "--kube-apiserver", self.address, "--is-upgrade"]
        done = subprocess.run(command, input=json.dumps(values), capture_output=True, text=True, check=False)
        if done.returncode:
            raise charts.Refused(done.stderr)
        return [one for one in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if one]

    def upgrade(self, values: Values) -> list[Object]:
        """Render, and have it so from now on."""
        self.objects = self.render(values)
        return self.objects

    def scale(self, name: str, pods: int) -> None:
        """Do as an autoscaler or a person does."""
        charts.find(self.objects, "Deployment", name)["spec"]["replicas"] = pods

    def found(self, kind: str, name: str) -> Object | None:
        """Return an object with the status that a cluster gives it."""
        one = charts.named(self.objects, kind).get(name)
        if one and kind == "Deployment":
            ready = 0 if name in self.not_ready else one["spec"]["replicas"]
            return {**one, "status": {"readyReplicas": ready}}
        return one


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Give an empty cluster behind a port of its own."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            answer = _resources(path) or _object(made, path)
            body = json.dumps(
                answer or {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
            ).encode()
            self.send_response(200 if answer else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made = Cluster(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _resources(path: str) -> Object | None:
    here = {name: kind for name, (kind, folder) in _KNOWN.items() if folder == path}
    if not here:
        return None
    listed = [{"name": name, "singularName": "", "namespaced": True, "kind": kind, "verbs": ["get"]} for name, kind in here.items()]
    version = path.removeprefix("/apis/").removeprefix("/api/")
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": listed}


def _object(made: Cluster, path: str) -> Object | None:
    *_folders, resource, name = path.split("/")
    return made.found(_KNOWN[resource][0], name) if resource in _KNOWN else None
