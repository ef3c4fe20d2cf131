# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machine images of the account's own, and the snapshots behind every image.

Moto takes no tags for the snapshots of a new image, makes one unencrypted snapshot of 15 GB whatever the instance has,
allows a name twice, and deletes an image's snapshots never. DescribeSnapshots ignores whose snapshots are wanted.
"""

from __future__ import annotations

import re
from typing import Any, Final

from tests.emulator.lifecycle import Lifecycle

from . import _ec2_public_images
from ._ec2_instances import MACHINES
from ._patching import put, wrap

_NAME: Final = re.compile(r"[A-Za-z0-9()\[\] ./\-'@_]{3,128}")
_FILTERS: Final = ("description", "root-device-type", "root-device-name", "image-type", "hypervisor", "image-location", "boot-mode")


def _error(code: str, message: str) -> Exception:
    from moto.ec2.exceptions import EC2ClientError

    return EC2ClientError(code, message)


def mappings(image: Any) -> list[dict[str, Any]]:
    """Return the image's block devices as DescribeImages shows them."""
    own: list[dict[str, Any]] | None = image.__dict__.get("own_mappings")
    if own is not None:
        return own
    device = {
        "SnapshotId": image.ebs_snapshot.id,
        "VolumeSize": _ec2_public_images.GIB_OF_PUBLIC_ROOTS,
        "VolumeType": "gp3",
        "DeleteOnTermination": True,
        "Encrypted": False,
    }
    return [{"DeviceName": image.root_device_name, "Ebs": device}]


def _snapshots_of(backend: Any, instance: Any, image_id: str) -> list[dict[str, Any]]:
    """Take a snapshot of every volume of an instance, and return the devices of an image made of them."""
    found = []
    for name, device in instance.get_block_device_mapping:
        volume = backend.get_volume(device.volume_id)
        text = f"Created by CreateImage({instance.id}) for {image_id}"
        snapshot = backend.create_snapshot(volume.id, text, from_ami=image_id)
        snapshot.kms_key_id = volume.kms_key_id if volume.encrypted else None
        ebs = {
            "SnapshotId": snapshot.id,
            "VolumeSize": volume.size,
            "VolumeType": volume.volume_type,
            "DeleteOnTermination": bool(device.delete_on_termination),
            "Encrypted": bool(volume.encrypted),
        }
        if volume.volume_type in ("gp3", "io1", "io2"):
            ebs["Iops"] = volume.iops
        if volume.volume_type == "gp3":
            ebs["Throughput"] = volume.throughput or 125
        found.append({"DeviceName": name, "Ebs": ebs})
    return found


def _create_image(original: Any, self: Any, instance_id: str, name: str, description: str, tag_specifications: list[dict[str, Any]]) -> Any:
    if not _NAME.fullmatch(name or ""):
        raise _error(
            "InvalidAMIName.Malformed",
            "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
        )
    for image in self.amis.values():
        if image.owner_id == self.account_id and image.name == name:
            raise _error("InvalidAMIName.Duplicate", f"AMI name {name} is already in use by AMI {image.id}")
    instance = self.get_instance(instance_id)
    if instance.state not in ("running", "stopped"):
        raise _error("IncorrectState", f"The instance '{instance_id}' is not in the 'running' or 'stopped' state.")
    image = original(self, instance_id, name, description, [it for it in tag_specifications if it["ResourceType"] == "image"])
    self.snapshots.pop(image.ebs_snapshot.id, None)
    image.own_mappings = _snapshots_of(self, instance, image.id)
    for specification in tag_specifications:
        if specification["ResourceType"] == "snapshot":
            tags = {tag["Key"]: tag["Value"] for tag in specification["Tags"]}
            for mapping in image.own_mappings:
                self.snapshots[mapping["Ebs"]["SnapshotId"]].add_tags(tags)
    image.root_device_name, image.root_device_type = instance.root_device_name, "ebs"
    image.hypervisor, image.image_location = "xen", f"{self.account_id}/{name}"
    image.source_image_id = instance.image_id
    image.kept = None if MACHINES else True
    image.lifecycle = Lifecycle("pending")
    image.lifecycle.begin("pending", "ec2.image.create", "available")
    return image


def _create_image_request(original: Any, self: Any) -> Any:
    result = original(self)
    image = self.ec2_backend.amis[result.result["ImageId"]]

    def after(done: bool) -> None:
        image.kept = done

    for machines in MACHINES:
        machines.keep(image.id, self._get_param("InstanceId"), not self._get_param("NoReboot"), after)
    return result


def _get_state(image: Any) -> str:
    if life := image.__dict__.get("lifecycle"):
        life.settle()
        if life.status == "pending" or image.__dict__.get("kept") is None:
            return "pending"
        if not image.kept:
            return "failed"
    return str(image.__dict__.get("given_state", "available"))


def _set_state(image: Any, value: str) -> None:
    image.given_state = value


def _describe(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    _ec2_public_images.load(self)
    return original(self, *args, **kwargs)


def _filter_value(original: Any, self: Any, filter_name: str, method_name: str | None = None) -> Any:
    if filter_name in _FILTERS:
        return getattr(self, filter_name.replace("-", "_"), None)
    if filter_name == "creation-date":
        return self.creation_date.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    if filter_name == "source-image-id":
        return getattr(self, "source_image_id", None)
    if filter_name == "ena-support":
        return "true"
    if filter_name == "block-device-mapping.snapshot-id":
        return [mapping["Ebs"]["SnapshotId"] for mapping in mappings(self)]
    return original(self, filter_name, method_name)


def _deregister(original: Any, self: Any) -> Any:
    image = self.ec2_backend.amis.get(self._get_param("ImageId"))
    result = original(self)
    if image is not None and self._get_param("DeleteAssociatedSnapshots"):
        outcomes = []
        for mapping in mappings(image):
            snapshot = mapping["Ebs"]["SnapshotId"]
            used = any(other.id != image.id and snapshot in _ids(other) for other in self.ec2_backend.amis.values())
            if not used:
                self.ec2_backend.snapshots.pop(snapshot, None)
            outcomes.append({"SnapshotId": snapshot, "ReturnCode": "skipped" if used else "success"})
        result.result["DeleteSnapshotResults"] = outcomes
    return result


def _deregister_image(original: Any, self: Any, ami_id: str) -> None:
    image = self.amis.get(ami_id)
    if image is not None and image.owner_id != self.account_id:
        raise _error("AuthFailure", f"Not authorized for image:{ami_id}")
    original(self, ami_id)
    for machines in MACHINES:
        machines.forget(ami_id)


def _ids(image: Any) -> list[str]:
    return [mapping["Ebs"]["SnapshotId"] for mapping in mappings(image)]


def _delete_snapshot(original: Any, self: Any, snapshot_id: str) -> Any:
    for image in self.amis.values():
        if image.owner_id == self.account_id and snapshot_id in _ids(image):
            raise _error("InvalidSnapshot.InUse", f"The snapshot {snapshot_id} is currently in use by {image.id}")
    return original(self, snapshot_id)


def _describe_snapshots(original: Any, self: Any) -> Any:
    result = original(self)
    owners = {self.current_account if owner == "self" else owner for owner in self._get_param("OwnerIds", [])}
    if owners:
        result.result["Snapshots"] = [it for it in result.result["Snapshots"] if it.owner_id in owners]
    return result


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.amis import Ami
    from moto.ec2.responses import EC2Response

    wrap(EC2Backend, "create_image", _create_image)
    wrap(EC2Backend, "describe_images", _describe)
    wrap(EC2Backend, "deregister_image", _deregister_image)
    wrap(EC2Backend, "delete_snapshot", _delete_snapshot)
    wrap(EC2Response, "create_image", _create_image_request)
    wrap(EC2Response, "deregister_image", _deregister)
    wrap(EC2Response, "describe_snapshots", _describe_snapshots)
    wrap(Ami, "get_filter_value", _filter_value)
    put(Ami, "block_device_mappings", property(mappings))
    put(Ami, "state", property(_get_state, _set_state))
    put(Ami, "ena_support", True)
    put(Ami, "platform_details", "Linux/UNIX")
    put(Ami, "usage_operation", "RunInstances")
