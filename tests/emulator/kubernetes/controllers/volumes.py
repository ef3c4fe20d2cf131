# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EBS volumes for claims, as the EBS CSI driver makes them: with its names, tags, defaults and finalizer.

Kubernetes' own controller binds claim and volume; this makes the volume that a claim asks for, enlarges it, and deletes it after its claim.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.emulator.kubernetes.api import Api, Object, annotations_of, finalizers

from .account import Account, tagged

DRIVER: Final = "ebs.csi.aws.com"
FINALIZER: Final = "external-provisioner.volume.kubernetes.io/finalizer"
PROVISIONED_BY: Final = "pv.kubernetes.io/provisioned-by"
_PROVISIONER: Final = ("volume.kubernetes.io/storage-provisioner", "volume.beta.kubernetes.io/storage-provisioner")
_SELECTED: Final = "volume.kubernetes.io/selected-node"
_ZONE: Final = "topology.kubernetes.io/zone"
_ZONES: Final = (_ZONE, "topology.ebs.csi.aws.com/zone", "failure-domain.beta.kubernetes.io/zone")
_UNITS: Final = {"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_SMALLEST: Final = {"gp2": 1, "gp3": 1, "io1": 4, "io2": 4, "st1": 125, "sc1": 125, "standard": 1}
_GIB: Final = 2**30


class ProvisioningError(Exception):
    """Why a claim gets no volume."""


def asks(claim: Object) -> bool:
    """Return whether a claim waits for a volume of the driver now, its node being chosen where the class wants that first."""
    notes = annotations_of(claim)
    ours = DRIVER in (notes.get(key) for key in _PROVISIONER)
    return ours and not claim["spec"].get("volumeName") and "deletionTimestamp" not in claim["metadata"]


def grows(claim: Object, volume: Object) -> bool:
    """Return whether a bound claim asks for more than its volume has."""
    wanted = gibibytes(claim["spec"]["resources"]["requests"]["storage"])
    return volume["spec"].get("csi", {}).get("driver") == DRIVER and wanted > gibibytes(volume["spec"]["capacity"]["storage"])


def done(volume: Object) -> bool:
    """Return whether a volume that the driver made has lost its claim and shall go."""
    ours = annotations_of(volume).get(PROVISIONED_BY) == DRIVER and FINALIZER in finalizers(volume)
    released = (volume.get("status") or {}).get("phase") == "Released"
    return ours and released and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"


def gibibytes(quantity: str) -> int:
    """Return a Kubernetes quantity of bytes in GiB, rounded up."""
    match = re.fullmatch(r"([0-9.]+(?:e[0-9]+)?)([A-Za-z]{0,2})", quantity)
    if match is None or match[2] not in _UNITS:
        raise ProvisioningError(f"the size {quantity} is no quantity")
    return max(1, math.ceil(float(match[1]) * _UNITS[match[2]] / _GIB))


class Volumes:
    """The driver's controller for one cluster."""

    def __init__(self, api: Api, account: Account) -> None:
        self._api = api
        self._account = account

    @property
    def _ec2(self) -> Any:
        return self._account.client("ec2")

    def provision(self, claim: Object) -> str | None:
        """Make the volume that a claim asks for; return its name, None when the claim's node is not chosen yet."""
        storage_class = self._api.get(f"/apis/storage.k8s.io/v1/storageclasses/{claim['spec'].get('storageClassName')}")
        if storage_class is None:
            raise ProvisioningError(f"storageclass.storage.k8s.io {claim['spec'].get('storageClassName')!r} not found")
        node = annotations_of(claim).get(_SELECTED)
        if storage_class.get("volumeBindingMode") == "WaitForFirstConsumer" and node is None:
            return None
        if claim["spec"].get("volumeMode", "Filesystem") != "Block" and "ReadWriteMany" in claim["spec"]["accessModes"]:
            raise ProvisioningError(
                "rpc error: code = InvalidArgument desc = Volume capabilities MULTI_NODE_MULTI_WRITER not supported."
                " Only AccessModes[ReadWriteOnce] supported."
            )
        name, zone = f"pvc-{claim['metadata']['uid']}", self._zone(storage_class, node)
        volume = self._create(name, zone, claim, storage_class.get("parameters") or {})
        body = self._persistent_volume(name, zone, volume, claim, storage_class)
        self._api.create("/api/v1/persistentvolumes", body)
        return name

    def _zone(self, storage_class: Object, node: str | None) -> str:
        allowed = [
            value
            for term in storage_class.get("allowedTopologies") or []
            for expression in term.get("matchLabelExpressions") or []
            if expression["key"] in _ZONES
            for value in expression["values"]
        ]
        if node is not None:
            found = self._api.get(f"/api/v1/nodes/{node}")
            labels = (found or {}).get("metadata", {}).get("labels", {})
            if _ZONE in labels:
                return str(labels[_ZONE])
            raise ProvisioningError(f'error getting node "{node}" or its zone')
        nodes = {item["metadata"]["labels"].get(_ZONE) for item in self._api.items("/api/v1/nodes")}
        zones = sorted(zone for zone in nodes if zone and (not allowed or zone in allowed)) or allowed
        if not zones:
            raise ProvisioningError("error generating accessibility requirements: no available topology found")
        return str(zones[0])

    def _create(self, name: str, zone: str, claim: Object, parameters: Mapping[str, str]) -> dict[str, Any]:
        existing = self._account.pages("ec2", "describe_volumes", "Volumes", Filters=[{"Name": "tag:CSIVolumeName", "Values": [name]}])
        if existing:
            return existing[0]
        given = {key.lower(): value for key, value in parameters.items()}
        kind = given.get("type", "gp3")
        size = max(gibibytes(claim["spec"]["resources"]["requests"]["storage"]), _SMALLEST.get(kind, 1))
        wanted: dict[str, Any] = {"AvailabilityZone": zone, "Size": size, "VolumeType": kind}
        if given.get("encrypted", "").lower() == "true":
            wanted["Encrypted"] = True
            if given.get("kmskeyid"):
                wanted["KmsKeyId"] = given["kmskeyid"]
        for key in ("Iops", "Throughput"):
            if given.get(key.lower()):
                wanted[key] = int(given[key.lower()])
        if given.get("iopspergb") and "Iops" not in wanted:
            wanted["Iops"] = int(given["iopspergb"]) * size
        tags = self._tags(name, claim, given)
        answer = self._ec2.create_volume(**wanted, TagSpecifications=[{"ResourceType": "volume", "Tags": tagged(tags)}])
        return dict(answer)

    def _tags(self, name: str, claim: Object, parameters: Mapping[str, str]) -> dict[str, str]:
        cluster = self._account.cluster
        more = [value.partition("=") for key, value in sorted(parameters.items()) if key.startswith("tagspecification")]
        return {
            **{key: value for key, _unused, value in more},
            "CSIVolumeName": name,
            "ebs.csi.aws.com/cluster": "true",
            f"kubernetes.io/cluster/{cluster}": "owned",
            "KubernetesCluster": cluster,
            "Name": f"{cluster}-dynamic-{name}",
            "kubernetes.io/created-for/pv/name": name,
            "kubernetes.io/created-for/pvc/name": claim["metadata"]["name"],
            "kubernetes.io/created-for/pvc/namespace": claim["metadata"]["namespace"],
        }

    @staticmethod
    def _persistent_volume(name: str, zone: str, volume: dict[str, Any], claim: Object, storage_class: Object) -> Object:
        metadata, parameters = claim["metadata"], storage_class.get("parameters") or {}
        kind = parameters.get("csi.storage.k8s.io/fstype") or parameters.get("fsType") or "ext4"
        source: Object = {"driver": DRIVER, "volumeHandle": volume["VolumeId"]}
        if claim["spec"].get("volumeMode", "Filesystem") == "Filesystem":
            source["fsType"] = kind
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": name, "annotations": {PROVISIONED_BY: DRIVER}, "finalizers": [FINALIZER]},
            "spec": {
                "capacity": {"storage": f"{volume['Size']}Gi"},
                "accessModes": claim["spec"]["accessModes"],
                "volumeMode": claim["spec"].get("volumeMode", "Filesystem"),
                "storageClassName": storage_class["metadata"]["name"],
                "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
                "mountOptions": storage_class.get("mountOptions") or [],
                "claimRef": {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "name": metadata["name"],
                    "namespace": metadata["namespace"],
                    "uid": metadata["uid"],
                    "resourceVersion": metadata["resourceVersion"],
                },
                "csi": source,
                "nodeAffinity": {
                    "required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": _ZONE, "operator": "In", "values": [zone]}]}]}
                },
            },
        }

    def enlarge(self, claim: Object, volume: Object) -> None:
        """Give a claim's volume the size that the claim asks for."""
        size = gibibytes(claim["spec"]["resources"]["requests"]["storage"])
        self._ec2.modify_volume(VolumeId=volume["spec"]["csi"]["volumeHandle"], Size=size)
        self._api.patch(f"/api/v1/persistentvolumes/{volume['metadata']['name']}", {"spec": {"capacity": {"storage": f"{size}Gi"}}})
        path = f"/api/v1/namespaces/{claim['metadata']['namespace']}/persistentvolumeclaims/{claim['metadata']['name']}/status"
        self._api.patch(path, {"status": {"capacity": {"storage": f"{size}Gi"}}})

    def delete(self, volume: Object) -> None:
        """Delete a volume in the account, and then the object that stands for it."""
        try:
            self._ec2.delete_volume(VolumeId=volume["spec"]["csi"]["volumeHandle"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidVolume.NotFound":
                raise
        path = f"/api/v1/persistentvolumes/{volume['metadata']['name']}"
        self._api.delete(path)
        self._api.patch(path, {"metadata": {"finalizers": [each for each in finalizers(volume) if each != FINALIZER]}})
