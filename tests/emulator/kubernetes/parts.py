# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of each part of a control plane.

What is switched off or made small here saves memory and processor time where several clusters share a small
machine; nothing that a user of the API can see depends on it.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .pki import Pair

# Controllers that only work for kubelets and clouds that are not there, or for features that nobody uses here.
_IDLE_CONTROLLERS: Final = (
    "persistentvolume-attach-detach-controller",
    "legacy-serviceaccount-token-cleaner-controller",
    "resourceclaim-controller",
    "device-taint-eviction-controller",
    "storage-version-migrator-controller",
    "validatingadmissionpolicy-status-controller",
    "volumeattributesclass-protection-controller",
)


@dataclass(frozen=True, slots=True)
class Networks:
    """Addresses inside of the cluster, which nothing outside of it reaches."""

    services: str = "172.20.0.0/16"
    pods: str = "10.244.0.0/16"

    @property
    def api(self) -> str:
        """The address of the service `kubernetes`."""
        return str(ipaddress.ip_network(self.services)[1])


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen on the loopback interface."""

    api: int
    etcd: int
    etcd_peers: int
    kubelet: int


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Who is asked about tokens and permissions: files in kubeconfig's format."""

    token: Path | None = None
    authorization: Path | None = None
    # How long an answer is remembered, in seconds.
    cache_seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Files:
    """The files that the parts read."""

    authority: Pair
    server: Pair
    kubelet: Pair
    kubelet_client: Pair
    service_accounts: Path
    admin: Path
    controllers: Path
    scheduler: Path
    stages: Path
    data: Path
    logs: Path


@dataclass(frozen=True, slots=True)
class Part:
    """A process to start: the first argument for the program, its options and its environment."""

    name: str
    arguments: list[str]
    environment: dict[str, str] = field(default_factory=dict)


def etcd(ports: Ports, files: Files) -> Part:
    """The store. It may lose its data when the machine fails: they go with the emulator anyway."""
    clients, peers = f"http://127.0.0.1:{ports.etcd}", f"http://127.0.0.1:{ports.etcd_peers}"
    options = [
        f"--data-dir={files.data}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
        "--unsafe-no-fsync",
        "--log-level=warn",
        # It is alone; the default is a tick ten times a second. It begins to work after one tick.
        "--heartbeat-interval=250",
        "--election-timeout=2500",
    ]
    return Part("etcd", options)


def api_server(ports: Ports, files: Files, networks: Networks, webhooks: Webhooks, issuer: str) -> Part:
    """The API server, with EKS's authorization: RBAC, and the webhook where there is one."""
    modes = "Node,RBAC" + (",Webhook" if webhooks.authorization else "")
    options = [
        f"--etcd-servers=http://127.0.0.1:{ports.etcd}",
        "--bind-address=127.0.0.1",
        f"--secure-port={ports.api}",
        # No endpoint may be a loopback address, so the service `kubernetes` has none.
        "--endpoint-reconciler-type=none",
        f"--advertise-address={networks.api}",
        f"--service-cluster-ip-range={networks.services}",
        f"--tls-cert-file={files.server.certificate}",
        f"--tls-private-key-file={files.server.key}",
        f"--client-ca-file={files.authority.certificate}",
        f"--service-account-issuer={issuer}",
        f"--service-account-key-file={files.service_accounts}",
        f"--service-account-signing-key-file={files.service_accounts}",
        f"--kubelet-client-certificate={files.kubelet_client.certificate}",
        f"--kubelet-client-key={files.kubelet_client.key}",
        f"--kubelet-certificate-authority={files.authority.certificate}",
        # Nodes have addresses of the VPC, which lead nowhere; this one is ours (see nodes.py).
        "--kubelet-preferred-address-types=ExternalDNS,InternalIP",
        f"--authorization-mode={modes}",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--enable-priority-and-fairness=false",
        "--profiling=false",
        "--event-ttl=1h",
        "--shutdown-delay-duration=0s",
    ]
    lasting = f"{webhooks.cache_seconds:g}s"
    if webhooks.token is not None:
        options += [
            f"--authentication-token-webhook-config-file={webhooks.token}",
            "--authentication-token-webhook-version=v1",
            f"--authentication-token-webhook-cache-ttl={lasting}",
        ]
    if webhooks.authorization is not None:
        options += [
            f"--authorization-webhook-config-file={webhooks.authorization}",
            "--authorization-webhook-version=v1",
            f"--authorization-webhook-cache-authorized-ttl={lasting}",
            f"--authorization-webhook-cache-unauthorized-ttl={lasting}",
        ]
    return Part("kube-apiserver", options)


def controller_manager(files: Files, name: str) -> Part:
    """All controllers of Kubernetes but the idle ones."""
    options = [
        f"--kubeconfig={files.controllers}",
        f"--cluster-name={name}",
        "--leader-elect=false",
        "--secure-port=0",
        # Its own user may do nothing but this.
        "--use-service-account-credentials=true",
        f"--root-ca-file={files.authority.certificate}",
        f"--service-account-private-key-file={files.service_accounts}",
        f"--cluster-signing-cert-file={files.authority.certificate}",
        f"--cluster-signing-key-file={files.authority.key}",
        "--controllers=" + ",".join(["*", *(f"-{name}" for name in _IDLE_CONTROLLERS)]),
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        # A node counts as ready, and as gone, soon.
        "--node-monitor-period=2s",
        "--node-monitor-grace-period=50s",
        "--profiling=false",
    ]
    return Part("kube-controller-manager", options)


def scheduler(files: Files) -> Part:
    """The scheduler."""
    options = [
        f"--kubeconfig={files.scheduler}",
        "--leader-elect=false",
        "--secure-port=0",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
        "--profiling=false",
    ]
    return Part("kube-scheduler", options)


def kwok(ports: Ports, files: Files, networks: Networks) -> Part:
    """What plays the kubelets of all nodes."""
    address, length = networks.pods.split("/")
    options = [
        f"--kubeconfig={files.admin}",
        f"--config={files.stages}",
        "--manage-all-nodes",
        f"--cidr={ipaddress.ip_address(address) + 1}/{length}",
        "--node-lease-duration-seconds=40",
    ]
    environment = {
        "KUBECONFIG": os.fspath(files.admin),
        "KUBELET_ADDRESS": f"127.0.0.1:{ports.kubelet}",
        "KUBELET_CERTIFICATE": os.fspath(files.kubelet.certificate),
        "KUBELET_KEY": os.fspath(files.kubelet.key),
        "KUBELET_CLIENT_CA": os.fspath(files.authority.certificate),
    }
    return Part("kwok", options, environment)
