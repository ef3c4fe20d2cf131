# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the controllers of one cluster: six watches feed a queue, and one thread works it off.

AWS's controllers run as pods; so these rest while the cluster has no nodes, and what they made then stays where it is.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from tests.emulator.kubernetes.api import Api, KubernetesError, Object, finalizers, leaving, named

from . import alb, bindings, nlb, volumes
from .account import Account
from .deploying import Deployer, Target, refusal
from .model import LoadBalancer, ModelError, Stack, TargetGroup, service_port
from .watching import Collection, Queue

Kind = Literal["group", "service", "claim", "volume", "binding"]
Key = tuple[Kind, str]
REST_SECONDS: Final = 1.0
STOP_SECONDS: Final = 2.0
PARENTS: Final = {
    "ingresses": "/apis/networking.k8s.io/v1/ingresses",
    "services": "/api/v1/services",
    "slices": "/apis/discovery.k8s.io/v1/endpointslices",
    "claims": "/api/v1/persistentvolumeclaims",
    "volumes": "/api/v1/persistentvolumes",
}


class Controllers:
    """The controllers of one cluster; `awake` says whether there is a node that they could run on."""

    def __init__(self, api: Api, account: Account, awake: Callable[[], bool]) -> None:
        self._api = api
        self._awake = awake
        self._account = account
        self._deployer = Deployer(account)
        self._volumes = volumes.Volumes(api, account)
        self._queue: Queue[Key] = Queue()
        self._models: dict[Stack, tuple[LoadBalancer, dict[str, set[Target]], str]] = {}
        noticed = {
            "ingresses": self._ingress_changed,
            "services": self._service_changed,
            "slices": self._slice_changed,
            "claims": self._claim_changed,
            "volumes": self._volume_changed,
        }
        self._seen = {name: Collection(api, path, noticed[name]) for name, path in PARENTS.items()}
        # Nobody waits for it: its kind is known a moment after it was made.
        self._bindings = Collection(api, bindings.PARENT, self._binding_changed)
        self._thread = threading.Thread(target=self._run, name="controllers", daemon=True)
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin to watch and to act, in threads."""
        self._api.create(bindings.DEFINITIONS, bindings.DEFINITION)
        for collection in [*self._seen.values(), self._bindings]:
            collection.start()
        self._thread.start()

    def stop(self) -> None:
        """Act no longer; what is under way is finished, for which this waits a moment."""
        self._ended.set()
        self._queue.end()
        for collection in [*self._seen.values(), self._bindings]:
            collection.stop()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    # -- what to look at -----------------------------------------------------------------------------------

    def _ingress_changed(self, before: Object | None, after: Object | None) -> None:
        del before
        if after is not None:
            groups = {*alb.groups_left(after), alb.group_of(after, self._classes_if_needed(after))}
            for group in groups - {None}:
                self._queue.add(("group", str(group)))

    def _classes_if_needed(self, ingress: Object) -> list[Object]:
        wanted = ingress["spec"].get("ingressClassName")
        return [] if wanted in (None, "alb") else self._classes()

    def _classes(self) -> list[Object]:
        return self._api.items("/apis/networking.k8s.io/v1/ingressclasses")

    def _service_changed(self, before: Object | None, after: Object | None) -> None:
        if after is not None and (nlb.wanted(after) or nlb.FINALIZER in finalizers(after)):
            self._queue.add(("service", named(after)))
        changed = after or before
        if changed is not None and (before is None or after is None or before["spec"] != after["spec"] or _notes_differ(before, after)):
            self._targets_changed(named(changed))

    def _slice_changed(self, before: Object | None, after: Object | None) -> None:
        changed = after or before
        if changed is None or (
            before and after and before.get("endpoints") == after.get("endpoints") and before.get("ports") == after.get("ports")
        ):
            return
        service = (changed["metadata"].get("labels") or {}).get("kubernetes.io/service-name")
        if service:
            self._targets_changed(f"{changed['metadata']['namespace']}/{service}")

    def _targets_changed(self, service: str) -> None:
        """Have everything looked at again that leads to a service, or that failed for want of it."""
        namespace, _unused, name = service.partition("/")
        for ingress in self._seen["ingresses"].all():
            if ingress["metadata"]["namespace"] == namespace and f'"{name}"' in _text(ingress):
                group = alb.group_of(ingress, self._classes_if_needed(ingress))
                if group is not None:
                    self._queue.add(("group", group))
        found = self._seen["services"].get(service)
        if found is not None and nlb.wanted(found):
            self._queue.add(("service", service))
        for binding in self._bindings.all():
            if bindings.leads_to(binding, service):
                self._queue.add(("binding", named(binding)))

    def _binding_changed(self, before: Object | None, after: Object | None) -> None:
        if after is not None and (before is None or before["spec"] != after["spec"] or leaving(after)):
            self._queue.add(("binding", named(after)))

    def _claim_changed(self, before: Object | None, after: Object | None) -> None:
        del before
        if after is not None and (volumes.asks(after) or after["spec"].get("volumeName")):
            self._queue.add(("claim", named(after)))

    def _volume_changed(self, before: Object | None, after: Object | None) -> None:
        del before
        if after is not None and volumes.done(after):
            self._queue.add(("volume", named(after)))

    # -- acting --------------------------------------------------------------------------------------------

    def _run(self) -> None:
        for collection in self._seen.values():
            while not collection.synced.wait(REST_SECONDS):
                if self._ended.is_set():
                    return
        while (key := self._queue.take()) is not None:
            if not self._awake():
                self._queue.add(key, REST_SECONDS)
                self._ended.wait(REST_SECONDS)
                continue
            try:
                self._act(key)
            except (ModelError, volumes.ProvisioningError, ClientError):
                self._queue.failed(key)  # an event of the object says what is wrong
            except (KubernetesError, BotoCoreError) as error:
                if not self._ended.is_set():
                    print(f"kubernetes: {self._account.cluster}: {key}: {error}", file=sys.stderr, flush=True)
                self._queue.failed(key)
            except Exception as error:
                print(f"kubernetes: {self._account.cluster}: {key}: {error!r}", file=sys.stderr, flush=True)
                self._queue.failed(key)
            else:
                self._queue.succeeded(key)

    def _act(self, key: Key) -> None:
        kind, name = key
        match kind:
            case "group":
                self._group(name)
            case "service":
                self._service(name)
            case "claim":
                self._claim(name)
            case "binding":
                self._binding(name)
            case "volume":
                found = self._seen["volumes"].get(name)
                if found is not None and volumes.done(found):
                    self._volumes.delete(found)

    # -- load balancers ------------------------------------------------------------------------------------

    def _group(self, group: str) -> None:
        everything = self._seen["ingresses"].all()
        classes = self._classes()
        members = [ingress for ingress in everything if alb.group_of(ingress, classes) == group]
        left = [ingress for ingress in everything if group in alb.groups_left(ingress) and ingress not in members]
        if not members and not left:
            self._remove_shared({group}, set())  # again, where that failed after the last finalizer had gone
            return
        stack, finalizer = Stack("ingress", group), alb.finalizer_of(group)
        for ingress in members:
            self._put_finalizer(PARENTS["ingresses"], ingress, finalizer)
        about = [*members, *left]
        try:
            if members:
                builder = alb.Builder(self._account, group, members, self._seen["services"].get)
                address, news = self._deploy(builder.build)
                for ingress in members:
                    self._put_address(PARENTS["ingresses"], ingress, address)
                    if news:
                        self._tell(ingress, "ingress", "Normal", "SuccessfullyReconciled", "Successfully reconciled")
            else:
                self._remove(stack)
        except (ModelError, ClientError) as error:
            self._complain(about, "ingress", error)
            raise
        for ingress in left:
            self._drop_finalizer(PARENTS["ingresses"], ingress, finalizer)
            if not leaving(ingress):
                self._put_address(PARENTS["ingresses"], ingress, None)
        self._remove_shared({named(ingress) for ingress in left}, set())

    def _service(self, name: str) -> None:
        service = self._seen["services"].get(name)
        if service is None:
            self._remove_shared(set(), {name})
            return
        stack = Stack("service", name)
        try:
            if nlb.wanted(service):
                self._put_finalizer(PARENTS["services"], service, nlb.FINALIZER)
                address, news = self._deploy(nlb.Builder(self._account, service).build)
                self._put_address(PARENTS["services"], service, address)
                if news:
                    self._tell(service, "service", "Normal", "SuccessfullyReconciled", "Successfully reconciled")
            elif nlb.FINALIZER in finalizers(service):
                self._remove(stack)
                self._put_address(PARENTS["services"], service, None)
                self._drop_finalizer(PARENTS["services"], service, nlb.FINALIZER)
                self._remove_shared(set(), {name})
        except (ModelError, ClientError) as error:
            self._complain([service], "service", error)
            raise

    def _binding(self, name: str) -> None:
        binding = self._bindings.get(name)
        if binding is None:
            return
        try:
            found = bindings.bound(self._account, binding)
            if leaving(binding):
                if found is not None:
                    self._deployer.register(*found, set())
                self._drop_finalizer(bindings.PARENT, binding, bindings.FINALIZER)
                return
            if found is None:
                raise ModelError(f"target group {binding['spec'].get('targetGroupName') or binding['spec']['targetGroupARN']} not found")
            self._put_finalizer(bindings.PARENT, binding, bindings.FINALIZER)
            self._deployer.register(*found, self._targets(found[0]))
        except (ModelError, ClientError) as error:
            text = str(error) if isinstance(error, ModelError) else refusal(error)
            self._tell(binding, "targetGroupBinding", "Warning", "BackendNotFound", text)
            raise

    def _deploy(self, build: Callable[[], LoadBalancer]) -> tuple[str, bool]:
        """Bring the account to the model unless it was brought there before; return the address, and whether there was anything to do."""
        model = build()
        targets = {group.resource: self._targets(group) for group in model.target_groups.values()}
        known = self._models.get(model.stack)
        if known is not None and known[:2] == (model, targets):
            return known[2], False
        address = self._deployer.deploy(model, lambda group: targets[group.resource])
        self._models[model.stack] = (model, targets, address)
        return address, True

    def _remove(self, stack: Stack) -> None:
        self._models.pop(stack, None)
        self._deployer.remove(stack)

    def _remove_shared(self, ingresses: set[str], services: set[str]) -> None:
        """Remove what load balancers share, if those of these objects were the last."""
        others = [item for item in self._seen["ingresses"].all() if alb.groups_left(item) and named(item) not in ingresses]
        others += [item for item in self._seen["services"].all() if nlb.FINALIZER in finalizers(item) and named(item) not in services]
        if not self._models and not others and (ingresses or services):
            self._deployer.remove_shared()

    def _targets(self, group: TargetGroup) -> set[Target]:
        service = self._seen["services"].get(group.service)
        if service is None:
            return set()
        port = service_port(service, group.service_port)
        if group.target_type == "instance":
            nodes = self._api.items("/api/v1/nodes")
            return {(node["spec"]["providerID"].rpartition("/")[2], port["nodePort"]) for node in nodes if _usable(node)}
        found: set[Target] = set()
        for item in self._seen["slices"].all():
            if (item["metadata"].get("labels") or {}).get("kubernetes.io/service-name") != service["metadata"]["name"]:
                continue
            if item["metadata"]["namespace"] != service["metadata"]["namespace"]:
                continue
            ports = [each["port"] for each in item.get("ports") or [] if (each.get("name") or "") == (port.get("name") or "")]
            ready = [each for each in item.get("endpoints") or [] if (each.get("conditions") or {}).get("ready", True)]
            found |= {(address, number) for endpoint in ready for address in endpoint["addresses"] for number in ports}
        return found

    # -- volumes -------------------------------------------------------------------------------------------

    def _claim(self, name: str) -> None:
        claim = self._seen["claims"].get(name)
        if claim is None:
            return
        try:
            if volumes.asks(claim):
                made = self._volumes.provision(claim)
                if made is not None:
                    self._tell(claim, volumes.DRIVER, "Normal", "ProvisioningSucceeded", f"Successfully provisioned volume {made}")
                return
            volume = self._seen["volumes"].get(claim["spec"].get("volumeName") or "")
            if volume is not None and volumes.grows(claim, volume):
                self._volumes.enlarge(claim, volume)
        except (volumes.ProvisioningError, ClientError) as error:
            text = refusal(error) if isinstance(error, ClientError) else str(error)
            storage_class = claim["spec"].get("storageClassName")
            message = f'failed to provision volume with StorageClass "{storage_class}": {text}'
            self._tell(claim, volumes.DRIVER, "Warning", "ProvisioningFailed", message)
            raise

    # -- the objects themselves ----------------------------------------------------------------------------

    def _put_finalizer(self, parent: str, item: Object, finalizer: str) -> None:
        if finalizer not in finalizers(item):
            self._api.patch(_path(parent, item), {"metadata": {"finalizers": [*finalizers(item), finalizer]}})

    def _drop_finalizer(self, parent: str, item: Object, finalizer: str) -> None:
        current = self._api.get(_path(parent, item))
        if current is not None and finalizer in finalizers(current):
            rest = [each for each in finalizers(current) if each != finalizer]
            # The version makes the API refuse when somebody else changed the list meanwhile.
            metadata = {"finalizers": rest, "resourceVersion": current["metadata"]["resourceVersion"]}
            self._api.patch(_path(parent, item), {"metadata": metadata})

    def _put_address(self, parent: str, item: Object, address: str | None) -> None:
        wanted = [{"hostname": address}] if address else None
        present = ((item.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        if [each.get("hostname") for each in present] != ([address] if address else []):
            self._api.patch(_path(parent, item) + "/status", {"status": {"loadBalancer": {"ingress": wanted}}})

    def _complain(self, items: list[Object], component: str, error: ModelError | ClientError) -> None:
        reason = "FailedBuildModel" if isinstance(error, ModelError) else "FailedDeployModel"
        text = str(error) if isinstance(error, ModelError) else refusal(error)
        for item in items:
            self._tell(
                item, component, "Warning", reason, f"Failed {'build' if isinstance(error, ModelError) else 'deploy'} model due to {text}"
            )

    def _tell(self, item: Object, component: str, kind: str, reason: str, message: str) -> None:
        """Record an event, or count one that was recorded before."""
        metadata = item["metadata"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        same = hashlib.sha256(f"{metadata['uid']}{reason}{message}".encode()).hexdigest()[:16]
        path = f"/api/v1/namespaces/{metadata['namespace']}/events"
        about = {"kind": item["kind"], "apiVersion": item["apiVersion"], "namespace": metadata["namespace"], "name": metadata["name"]}
        event: dict[str, Any] = {
            "metadata": {"name": f"{metadata['name']}.{same}", "namespace": metadata["namespace"]},
            "involvedObject": {**about, "uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]},
            "reason": reason,
            "message": message[:1024],
            "type": kind,
            "source": {"component": component},
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
        try:
            if not self._api.create(path, event):
                known = self._api.get(f"{path}/{event['metadata']['name']}") or {}
                self._api.patch(f"{path}/{event['metadata']['name']}", {"count": known.get("count", 0) + 1, "lastTimestamp": now})
        except KubernetesError:
            pass  # an event of an object whose namespace goes; the object is what counts


def _path(parent: str, item: Object) -> str:
    head, _unused, plural = parent.rpartition("/")
    return f"{head}/namespaces/{item['metadata']['namespace']}/{plural}/{item['metadata']['name']}"


def _notes_differ(before: Object, after: Object) -> bool:
    return bool(before["metadata"].get("annotations") != after["metadata"].get("annotations"))


def _text(ingress: Object) -> str:
    """Return what of an Ingress can name services, those in annotations with the quotes of their JSON."""
    notes = ingress["metadata"].get("annotations") or {}
    backends = [str(value) for key, value in notes.items() if key.startswith(f"{alb.PREFIX}actions.")]
    return " ".join([*backends, *_named_services(ingress["spec"])])


def _named_services(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [f'"{value["service"]["name"]}"'] if isinstance(value.get("service"), dict) else []
        return [*own, *(name for item in value.values() for name in _named_services(item))]
    return [name for item in value for name in _named_services(item)] if isinstance(value, list) else []


def _usable(node: Object) -> bool:
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in node.get("status", {}).get("conditions", []))
    return bool(ready and "providerID" in node["spec"] and not node["spec"].get("unschedulable"))
