# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control planes behind the emulated EKS clusters, each with its nodes and controllers."""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import yaml

from tests.emulator.services.eks.store import Cluster, Resource
from tests.emulator.wire import LOCK

from .api import Api, KubernetesError
from .control_plane import ControlPlane
from .controllers.account import Account
from .controllers.manager import Controllers
from .nodes import NodeKeeper, Subnet
from .parts import Networks

Address = Callable[[str, str, str], str]
"""From region, cluster and question to the webhook's URL."""

Subnets = Callable[[str], dict[str, Subnet]]
READY_SECONDS: Final = 300.0
NODE_SECONDS: Final = 0.2
_GP2: Final = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "gp2"},
    "provisioner": "kubernetes.io/aws-ebs",
    "parameters": {"type": "gp2", "fsType": "ext4"},
    "reclaimPolicy": "Delete",
    "volumeBindingMode": "WaitForFirstConsumer",
}
"""The only class of a new EKS cluster; no default one since 1.30."""


class Running:
    """What runs behind one EKS cluster."""

    def __init__(self, cluster: Cluster, folder: Path, address: Address, subnets: Subnets, on_ready: Callable[[], None]) -> None:
        self.cluster = cluster
        self.region: str = cluster.data["arn"].split(":")[3]
        services = cluster.data["kubernetesNetworkConfig"].get("serviceIpv4Cidr")
        self.plane = ControlPlane(
            folder,
            name=cluster.name,
            version=cluster.version,
            token_webhook=address(self.region, cluster.name, "authenticate"),
            authorization_webhook=address(self.region, cluster.name, "authorize"),
            issuer=cluster.data["identity"]["oidc"]["issuer"],
            networks=Networks(services=services) if services else Networks(),
        )
        self.trouble = ""
        self.api: Api | None = None
        self._applied: dict[str, str] = {}
        self._subnets = subnets
        self._on_ready = on_ready
        self._controllers: Controllers | None = None
        self._keeper: NodeKeeper | None = None
        self._changed = threading.Event()
        self._stopping = threading.Event()

    def run(self) -> None:
        """Bring everything up, then let the nodes follow the node groups until the end; to be called in a thread."""
        try:
            self.plane.start()
            # What the keeper of nodes needs takes a second to import, during which the API starts.
            importlib.import_module("kubernetes.client")
            self.plane.wait_ready(READY_SECONDS)
            self.api = api = Api(self.plane.admin_kubeconfig)
            api.create("/apis/storage.k8s.io/v1/storageclasses", _GP2)
            self._keeper = NodeKeeper(self.plane.admin_kubeconfig, region=self.region, kubelet_port=self.plane.kubelet_port)
            account = Account(self.region, self.cluster.name, lambda: self.cluster.data["resourcesVpcConfig"])
            self._controllers = Controllers(api, account, self._has_nodes)
            self._controllers.start()
        except Exception as error:
            if not self._stopping.is_set():
                self.trouble = str(error) or repr(error)
                print(f"kubernetes: {self.cluster.name}: {self.trouble}", file=sys.stderr, flush=True)
            return
        with LOCK:
            self.cluster.data["endpoint"] = self.plane.endpoint
            self.cluster.data["certificateAuthority"] = {"data": self.plane.ca_data}
        self._on_ready()
        while not self._stopping.is_set():
            self._follow()
            self._changed.wait()
            self._changed.clear()

    @property
    def ready(self) -> bool:
        """Whether the API can be used."""
        return "endpoint" in self.cluster.data and not self.trouble

    def look(self) -> None:
        """Have the nodes follow the node groups as they are now."""
        if self._wanted() != self._applied:
            self._changed.set()

    def behind(self, group: Resource) -> bool:
        """Return whether the nodes of a node group are not yet as it says."""
        if self.trouble or self._stopping.is_set():
            return False
        return _nodes_text(group) != self._applied.get(group.data["nodegroupName"])

    def _wanted(self) -> dict[str, str]:
        """Return, by node group, a text that differs whenever its nodes have to change; by an empty name that of the cluster."""
        with LOCK:
            texts = {name: _nodes_text(group) for name, group in self.cluster.nodegroups.items()}
            return {"": self.cluster.authentication_mode, **texts}

    def stop(self) -> None:
        """End everything and remove its files."""
        self._stopping.set()
        self._changed.set()
        if self._controllers is not None:
            self._controllers.stop()
        self.plane.stop()
        if self._keeper is not None:
            self._keeper.close()
        if self.api is not None:
            self.api.close()

    def report(self) -> dict[str, Any]:
        """Return what `status` shows."""
        state = self.trouble.partition("\n")[0] or ("ready" if self.ready else "starting")
        if self.ready and not self.plane.alive():
            state = "ended; see the logs in its folder"
        return {"cluster": self.cluster.name, "region": self.region, "endpoint": self.cluster.data.get("endpoint", ""), "state": state}

    def node_of(self, instance_id: str) -> str | None:
        """Return the name of the node that an EC2 instance is."""
        nodes = self.api.items("/api/v1/nodes") if self.api is not None else []
        found = (node for node in nodes if node["spec"].get("providerID", "").endswith(f"/{instance_id}"))
        return next((str(node["metadata"]["name"]) for node in found), None)

    def aws_auth(self) -> dict[str, Any] | None:
        """Return the data of the ConfigMap `aws-auth`."""
        found = self.api.get("/api/v1/namespaces/kube-system/configmaps/aws-auth") if self.api is not None else None
        return dict(found.get("data") or {}) if found is not None else None

    def _has_nodes(self) -> bool:
        with LOCK:
            return any(
                group.data["scalingConfig"]["desiredSize"] > 0 and group.life.status not in ("CREATING", "DELETING")
                for group in self.cluster.nodegroups.values()
            )

    # -- nodes ---------------------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Bring the nodes to what the node groups say, again and again until that is done."""
        while not self._stopping.is_set() and (wanted := self._wanted()) != self._applied:
            with LOCK:
                groups = [group.render() for group in self.cluster.nodegroups.values()]
            try:
                assert self._keeper is not None
                self._keeper.apply(groups, self._subnets(self.region))
                if self.cluster.authentication_mode == "CONFIG_MAP":
                    self._map_nodes({str(group["nodeRole"]) for group in groups})
                self._await_nodes(sum(g["scalingConfig"]["desiredSize"] for g in groups if g["status"] != "DELETING"))
            except Exception as error:
                if not self._stopping.wait(1):
                    print(f"kubernetes: nodes of {self.cluster.name}: {error!r}", file=sys.stderr, flush=True)
                continue
            self._applied = wanted

    def _await_nodes(self, count: int) -> None:
        """Wait until so many nodes are ready; KubernetesError after a while, to begin again."""
        assert self.api is not None
        deadline = time.monotonic() + 60
        while sum(map(_ready, self.api.items("/api/v1/nodes"))) < count and not self._stopping.is_set():
            if time.monotonic() > deadline:
                raise KubernetesError(0, "", f"{count} nodes are not ready after a minute")
            self._stopping.wait(NODE_SECONDS)

    def _map_nodes(self, roles: set[str]) -> None:
        """Let the nodes' roles in by `aws-auth`, as EKS does where a cluster reads nothing else."""
        assert self.api is not None
        data = self.aws_auth()
        present = yaml.safe_load((data or {}).get("mapRoles") or "[]") or []
        missing = roles - {str(item.get("rolearn")) for item in present}
        if not missing:
            return
        groups = ["system:bootstrappers", "system:nodes"]
        present += [{"groups": groups, "rolearn": role, "username": "system:node:{{EC2PrivateDNSName}}"} for role in sorted(missing)]
        body = {"metadata": {"name": "aws-auth", "namespace": "kube-system"}, "data": {"mapRoles": yaml.safe_dump(present)}}
        parent = "/api/v1/namespaces/kube-system/configmaps"
        if data is None:
            self.api.create(parent, {"apiVersion": "v1", "kind": "ConfigMap", **body})
        else:
            self.api.patch(f"{parent}/aws-auth", {"data": body["data"]})


class Clusters:
    """All of them, in one emulator."""

    def __init__(self, folder: Path, address: Address, subnets: Subnets) -> None:
        self._folder = folder / "clusters"
        self._kubeconfig = folder / "kubeconfig"
        self._address = address
        self._subnets = subnets
        self._running: dict[tuple[str, str], Running] = {}
        self._ending: dict[tuple[str, str], threading.Thread] = {}
        self._lock = threading.RLock()
        self._write_kubeconfig()

    def created(self, cluster: Cluster) -> None:
        """Begin to bring up what stands behind a new cluster, which is `CREATING` until that is done."""
        region = cluster.data["arn"].split(":")[3]
        running = Running(cluster, self._folder / region / cluster.name, self._address, self._subnets, self._write_kubeconfig)
        with self._lock:
            self._running[region, cluster.name] = running
            before = self._ending.get((region, cluster.name))
        cluster.waits = lambda: self._waits(running)
        threading.Thread(target=self._run, args=(running, before), name=f"eks {cluster.name}", daemon=True).start()

    def nodegroup_created(self, cluster: Cluster, group: Resource) -> None:
        """Hold a new node group's state until its nodes are as it says, and a group that goes until its nodes have gone."""
        running = self.find(cluster.data["arn"].split(":")[3], cluster.name)
        if running is not None:
            group.waits = lambda: running.behind(group)

    def deleted(self, cluster: Cluster) -> None:
        """End what stands behind a cluster, in the background."""
        key = (cluster.data["arn"].split(":")[3], cluster.name)
        with self._lock:
            running = self._running.pop(key, None)
            if running is None:
                return
            thread = self._ending[key] = threading.Thread(target=running.stop, name=f"end of {cluster.name}", daemon=True)
        thread.start()
        self._write_kubeconfig()

    def find(self, region: str, name: str) -> Running | None:
        """Return what runs behind a cluster."""
        with self._lock:
            return self._running.get((region, name))

    def look(self) -> None:
        """Have all nodes follow their node groups; cheap where nothing has changed."""
        with self._lock:
            running = list(self._running.values())
        for each in running:
            if each.ready:
                each.look()

    def clear(self, seconds: float = 10.0) -> bool:
        """End all of them, and wait for that; return whether there were any."""
        with self._lock:
            found = bool(self._running or self._ending)
            threads = list(self._ending.values())
            threads += [threading.Thread(target=each.stop, daemon=True) for each in self._running.values()]
            for thread in threads[len(self._ending) :]:
                thread.start()
            self._running.clear()
        deadline = time.monotonic() + seconds
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._ending.clear()
        self._write_kubeconfig()
        return found

    def report(self) -> list[dict[str, Any]]:
        """Return what `status` shows."""
        with self._lock:
            return [each.report() for each in self._running.values()]

    def _waits(self, running: Running) -> bool:
        if running.trouble and running.cluster.life.status == "CREATING":
            running.cluster.data["health"] = {"issues": [{"code": "InternalFailure", "message": running.trouble[:500], "resourceIds": []}]}
            running.cluster.life.begin_for("CREATING", 0, "FAILED")
            return False
        return running.cluster.life.status == "CREATING" and not running.ready

    def _run(self, running: Running, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        with self._lock:
            if self._running.get((running.region, running.cluster.name)) is not running:
                return
        running.run()

    def _write_kubeconfig(self) -> None:
        """Write the file that lets people into every cluster as administrators; a context has its cluster's ARN as name."""
        document: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [],
            "users": [],
            "contexts": [],
            "current-context": "",
        }
        with self._lock:
            for each in self._running.values():
                if not each.plane.ready:
                    continue
                own = yaml.safe_load(each.plane.admin_kubeconfig.read_text(encoding="utf-8"))
                name = each.cluster.data["arn"]
                document["clusters"].append({"name": name, "cluster": own["clusters"][0]["cluster"]})
                document["users"].append({"name": name, "user": own["users"][0]["user"]})
                document["contexts"].append({"name": name, "context": {"cluster": name, "user": name}})
                document["current-context"] = name
            temporary = self._kubeconfig.with_suffix(f".{os.getpid()}")
            temporary.touch(mode=0o600)
            temporary.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
            temporary.replace(self._kubeconfig)


def _nodes_text(group: Resource) -> str:
    keys = ("scalingConfig", "labels", "taints", "version", "releaseVersion", "subnets", "launchTemplate", "nodeRole")
    return json.dumps([group.life.status == "DELETING", *(group.data.get(key) for key in keys)], default=str)


def _ready(node: dict[str, Any]) -> bool:
    return any(each["type"] == "Ready" and each["status"] == "True" for each in node.get("status", {}).get("conditions", []))
