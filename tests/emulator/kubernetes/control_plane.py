# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one control plane: starts its processes, says when it is ready, and takes it away.

The processes are children of a supervisor (`control-plane supervise`), which lives as long as the pipe to its
standard input: when this process ends, however it ends, the kernel closes the pipe and all of them are gone.
"""

from __future__ import annotations

import http.client
import json
import random
import shutil
import socket
import ssl
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

from . import behaviours, parts, pki
from .build import built
from .parts import Files, Networks, Part, Ports, Webhooks

READY_SECONDS: Final = 120.0
STOP_SECONDS: Final = 10.0
ATTEMPTS: Final = 3
_POLL_SECONDS: Final = 0.1
# Below the range from which the kernel takes ports for outgoing connections.
_PORTS: Final = range(20000, 32768)
_PORT_TAKEN: Final = "address already in use"


class ControlPlaneError(Exception):
    """A control plane cannot be started, did not become ready in time, or has ended; the text says why."""


class ControlPlane:
    """The Kubernetes API of one cluster, new with every `start`; its files lie in `folder`.

    `version` is the cluster's version on EKS, for the record: the API always is `build.KUBERNETES_VERSION`.
    `token_webhook` and `authorization_webhook` are the URLs that TokenReviews and SubjectAccessReviews
    (both of version v1) are posted to; without them only certificates and service accounts can log in, and only RBAC counts.
    `issuer` is what service accounts' tokens say where they are from.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        version: str,
        token_webhook: str | None = None,
        authorization_webhook: str | None = None,
        webhook_cache_seconds: float = 1.0,
        issuer: str = "https://kubernetes.default.svc",
        networks: Networks | None = None,
    ) -> None:
        self.folder = folder
        self.name = name
        self.version = version
        self.networks = networks or Networks()
        self._urls = {"token": token_webhook, "authorization": authorization_webhook}
        self._cache_seconds = webhook_cache_seconds
        self._issuer = issuer
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: Ports | None = None
        self._authority: pki.Authority | None = None
        self._trouble = ""
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._starter: threading.Thread | None = None

    @property
    def endpoint(self) -> str:
        """The API's URL. It is certain only when the API is ready: a port that another process takes is given up."""
        if self._ports is None:
            raise ControlPlaneError(f"the control plane of {self.name} was not started")
        return f"https://127.0.0.1:{self._ports.api}"

    @property
    def ca_data(self) -> str:
        """The certificate that the API's is signed with: PEM in base64."""
        if self._authority is None:
            raise ControlPlaneError(f"the control plane of {self.name} was not started")
        return self._authority.data

    @property
    def admin_kubeconfig(self) -> Path:
        """A kubeconfig of a member of system:masters, who may do everything."""
        return self.folder / "admin.kubeconfig"

    @property
    def kubelet_port(self) -> int:
        """The port on which logs of pods are served, for `status.daemonEndpoints` of nodes."""
        if self._ports is None:
            raise ControlPlaneError(f"the control plane of {self.name} was not started")
        return self._ports.kubelet

    def start(self) -> None:
        """Begin to start, from nothing: what is in the folder is removed. It goes on in a thread; see `wait_ready`."""
        program = built()
        if program is None:
            raise ControlPlaneError("the control plane is not built; run: make kubernetes")
        if self._starter is not None:
            raise ControlPlaneError(f"the control plane of {self.name} was started already")
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "logs").mkdir(parents=True, mode=0o700)
        self._authority = pki.Authority(self.folder / "pki")
        self._launch(program)
        self._starter = threading.Thread(target=self._bring_up, args=(program,), name=f"kubernetes {self.name}", daemon=True)
        self._starter.start()

    def wait_ready(self, seconds: float = READY_SECONDS) -> None:
        """Wait until the API, its controllers and the players of nodes work; ControlPlaneError when they do not in that time."""
        if not self._settled.wait(seconds):
            raise ControlPlaneError(f"the API of {self.name} is not ready after {seconds:g} s; logs: {self.folder / 'logs'}")
        if self._trouble:
            raise ControlPlaneError(self._trouble)

    @property
    def ready(self) -> bool:
        """Whether it has become ready; it may have ended since (see `alive`)."""
        return self._settled.is_set() and not self._trouble

    def alive(self) -> bool:
        """Whether the processes run, all of them: one that ends takes the others with it."""
        return self._process is not None and self._process.poll() is None

    def stop(self, *, remove: bool = True) -> None:
        """End the processes, which takes well below a second, and remove the folder. No error when nothing runs."""
        self._stopping.set()
        self._end()
        if self._starter is not None:
            self._starter.join(STOP_SECONDS)
            self._end()  # what the thread may have started meanwhile
        self._trouble = self._trouble or f"the control plane of {self.name} was stopped"
        self._settled.set()
        if remove:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _launch(self, program: Path) -> None:
        """Start the supervisor, the store and the API server on fresh ports."""
        self._ports = ports = Ports(*_free_ports(4))
        shutil.rmtree(self.folder / "etcd", ignore_errors=True)
        self._files = files = self._write_files()
        webhooks = Webhooks(self._webhook("token"), self._webhook("authorization"), self._cache_seconds)
        with (self.folder / "logs" / "supervise.log").open("ab") as log:
            # A session of its own: Ctrl+C at a terminal is for the owner, who then ends these.
            self._process = subprocess.Popen(
                [str(program), "supervise"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                bufsize=0,
                start_new_session=True,
            )
        self._order(parts.etcd(ports, files))
        self._order(parts.api_server(ports, files, self.networks, webhooks, self._issuer))

    def _bring_up(self, program: Path) -> None:
        """Wait for the API server, start what works with it, and wait until that works; in the thread of `start`."""
        try:
            for attempt in range(1, ATTEMPTS + 1):
                if attempt > 1:
                    self._launch(program)
                if self._becomes("/readyz"):
                    break
                if attempt == ATTEMPTS or _PORT_TAKEN not in self._last_words():
                    self._trouble = self._trouble or f"the control plane of {self.name} ended: {self._last_words() or 'no reason given'}"
                    return
            assert self._ports is not None
            behaviours.write_stages(self._files.stages, program)
            for part in (
                parts.controller_manager(self._files, self.name),
                parts.scheduler(self._files),
                parts.kwok(self._ports, self._files, self.networks),
            ):
                self._order(part)
            # Until the controllers have made this one, no pod can be created.
            if not self._becomes("/api/v1/namespaces/default/serviceaccounts/default"):
                self._trouble = f"the control plane of {self.name} ended: {self._last_words() or 'no reason given'}"
        except Exception as error:
            self._trouble = f"the control plane of {self.name} does not start: {error!r}"
        finally:
            self._settled.set()

    def _becomes(self, path: str) -> bool:
        """Ask until the API answers 200 to this, for ever; False when the processes ended or `stop` was called."""
        assert self._ports is not None
        context = ssl.create_default_context(cafile=str(self._files.authority.certificate))
        context.load_cert_chain(self._files.kubelet_client.certificate, self._files.kubelet_client.key)
        while self.alive() and not self._stopping.wait(_POLL_SECONDS):
            connection = http.client.HTTPSConnection("127.0.0.1", self._ports.api, timeout=5, context=context)
            try:
                connection.request("GET", path)
                if connection.getresponse().status == 200:
                    return True
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
        return False

    def _write_files(self) -> Files:
        authority, ports = self._authority, self._ports
        assert authority is not None
        assert ports is not None
        folder = self.folder / "pki"
        inside = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]
        server = authority.server("kube-apiserver", ["127.0.0.1", "localhost", self.networks.api, *inside])
        clients = {
            "admin": authority.client("admin", "kubernetes-admin", "system:masters"),
            "controllers": authority.client("controllers", "system:kube-controller-manager"),
            "scheduler": authority.client("scheduler", "system:kube-scheduler"),
        }
        for file, pair in clients.items():
            pki.write_kubeconfig(
                self.folder / f"{file}.kubeconfig", cluster=self.name, server=self.endpoint, ca_data=authority.data, user=file, pair=pair
            )
        return Files(
            authority=authority.pair,
            server=server,
            kubelet=authority.server("kubelet", ["127.0.0.1", "localhost"]),
            kubelet_client=clients["admin"],
            service_accounts=pki.signing_key(folder),
            admin=self.admin_kubeconfig,
            controllers=self.folder / "controllers.kubeconfig",
            scheduler=self.folder / "scheduler.kubeconfig",
            stages=self.folder / "stages.yaml",
            data=self.folder / "etcd",
            logs=self.folder / "logs",
        )

    def _webhook(self, what: str) -> Path | None:
        """Write the file that leads the API server to a webhook; None where there is none."""
        url = self._urls[what]
        if url is None:
            return None
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": what, "cluster": {"server": url}}],
            "users": [{"name": "kube-apiserver", "user": {}}],
            "contexts": [{"name": what, "context": {"cluster": what, "user": "kube-apiserver"}}],
            "current-context": what,
        }
        path = self.folder / f"{what}-webhook.kubeconfig"
        pki.write_private(path, json.dumps(document))
        return path

    def _order(self, part: Part) -> None:
        order = {
            "name": part.name,
            "arguments": part.arguments,
            "environment": [f"{name}={value}" for name, value in part.environment.items()],
            "log": str(self.folder / "logs" / f"{part.name}.log"),
        }
        with suppress(BrokenPipeError):  # it has ended, which others notice
            self._pipe().write(json.dumps(order).encode() + b"\n")

    def _pipe(self) -> IO[bytes]:
        assert self._process is not None
        assert self._process.stdin is not None
        return self._process.stdin

    def _end(self) -> None:
        if self._process is None:
            return
        with suppress(OSError):  # it has ended already
            self._pipe().close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its children go with it
            self._process.wait()

    def _last_words(self) -> str:
        """Return the ends of the logs, the parts' after the supervisor's, which names the part that ended."""
        texts = []
        for log in ("supervise", "etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok"):
            path = self.folder / "logs" / f"{log}.log"
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
            texts += [f"{log}: {line}" for line in lines[-3:]]
        return "\n".join(texts)


def _free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface on which nobody listens now."""
    found: list[int] = []
    deadline = time.monotonic() + 10
    while len(found) < count:
        if time.monotonic() > deadline:
            raise ControlPlaneError(f"no free ports between {_PORTS.start} and {_PORTS.stop - 1}")
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return found
