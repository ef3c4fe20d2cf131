# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RunInstances: what moto does not look at, forgets, or gets wrong.

It takes any image and any key pair, launches the minimum where the maximum is asked, forgets protection from termination, credit
specification, maintenance options and the tags of network interfaces, gives volumes neither throughput nor the figures of the image's
own devices, and launches again when a token comes a second time.
"""

from __future__ import annotations

from typing import Any, Final

from . import _ec2_images, _ec2_instances, _ec2_public_images
from ._patching import put, wrap

_MAINTENANCE: Final = {"AutoRecovery": "default", "RebootMigration": "default"}


def _error(code: str, message: str) -> Exception:
    from moto.ec2.exceptions import EC2ClientError

    return EC2ClientError(code, message)


def _template_data(backend: Any, argument: Any) -> dict[str, Any]:
    return dict(backend._get_template_from_args(argument).data) if argument else {}


def _checked_image(backend: Any, image_id: str | None) -> Any:
    _ec2_public_images.load(backend)
    if not image_id:
        raise _error("MissingParameter", "The request must contain the parameter ImageId")
    if not image_id.startswith("ami-"):
        raise _error("InvalidAMIID.Malformed", f'Invalid id: "{image_id}" (expecting "ami-...")')
    image = backend.amis.get(image_id)
    if image is None:
        raise _error("InvalidAMIID.NotFound", f"The image id '[{image_id}]' does not exist")
    if image.state != "available":
        raise _error("InvalidAMIID.Unavailable", f"The image ID '{image_id}' is in state '{image.state}' and cannot be used.")
    return image


def _check(backend: Any, image: Any, instance_type: str | None, key_name: str | None) -> None:
    if key_name and key_name not in backend.key_pairs:
        raise _error("InvalidKeyPair.NotFound", f"The key pair '{key_name}' does not exist")
    if not instance_type:
        return
    known = backend.describe_instance_types([], {"instance-type": [instance_type]})
    offered = known[0]["ProcessorInfo"]["SupportedArchitectures"] if known else []
    if offered and image.architecture and image.architecture not in offered:
        raise _error(
            "InvalidParameterValue",
            f"The architecture '{','.join(offered)}' of the specified instance type does not match the architecture "
            f"'{image.architecture}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, "
            "and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the "
            "instance type or AMI.",
        )


def _check_groups(backend: Any, subnet_id: str | None, group_ids: list[Any]) -> None:
    subnet = backend.get_subnet(subnet_id) if subnet_id else None
    for group_id in group_ids:
        group = backend.get_security_group_from_id(group_id) if isinstance(group_id, str) else None
        if subnet is not None and group is not None and group.vpc_id != subnet.vpc_id:
            raise _error("InvalidParameter", f"Security group {group_id} and subnet {subnet_id} belong to different networks.")


def _devices(image: Any, asked: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the volumes to make, by device name: the image's own, changed and added to by what was asked."""
    devices = {it["DeviceName"]: dict(it["Ebs"]) for it in _ec2_images.mappings(image)} if image is not None else {}
    for mapping in asked:
        name, ebs = mapping["DeviceName"], mapping.get("Ebs") or {}
        if mapping.get("NoDevice") is not None:
            devices.pop(name, None)
            continue
        if mapping.get("VirtualName"):
            continue
        given = {key: value for key, value in ebs.items() if value is not None}
        base = devices.get(name, {"DeleteOnTermination": False})
        if "VolumeType" in given and given["VolumeType"] != base.get("VolumeType"):
            base = {key: value for key, value in base.items() if key not in ("Iops", "Throughput")}
        if not base.get("SnapshotId") and not given.get("SnapshotId") and not given.get("VolumeSize"):
            raise _error("MissingParameter", "The request must contain the parameter size or snapshotId")
        if given.get("VolumeSize") and base.get("VolumeSize", 0) > int(given["VolumeSize"]) and base.get("SnapshotId"):
            raise _error(
                "InvalidBlockDeviceMapping",
                f"Volume of size {given['VolumeSize']}GB is smaller than snapshot '{base['SnapshotId']}', "
                f"expect size>= {base['VolumeSize']}GB",
            )
        devices[name] = base | given
    return devices


def _attach(backend: Any, instance: Any, devices: dict[str, dict[str, Any]], tags: dict[str, str]) -> None:
    for name, ebs in devices.items():
        snapshot = ebs.get("SnapshotId")
        encrypted = bool(ebs.get("Encrypted")) or bool(snapshot in backend.snapshots and backend.snapshots[snapshot].encrypted)
        kind = ebs.get("VolumeType") or "gp2"
        volume = backend.create_volume(
            size=int(ebs["VolumeSize"]) if ebs.get("VolumeSize") else None,
            zone_name=instance.placement.zone,
            snapshot_id=snapshot if snapshot in backend.snapshots else None,
            encrypted=encrypted,
            kms_key_id=ebs.get("KmsKeyId"),
            volume_type=kind,
            iops=int(ebs["Iops"]) if ebs.get("Iops") else None,
            throughput=int(ebs.get("Throughput") or 125) if kind == "gp3" else None,
        )
        volume.add_tags(tags)
        backend.attach_volume(volume.id, instance.id, name, bool(ebs.get("DeleteOnTermination")))


def _run(original: Any, self: Any, image_id: str, count: int, user_data: Any, groups: list[str], **kwargs: Any) -> Any:
    """Run instances for whoever asks: RunInstances, an Auto Scaling group, a fleet."""
    template = _template_data(self, kwargs.get("launch_template"))
    _ec2_public_images.load(self)
    image = self.amis.get(image_id or template.get("ImageId"))
    asked = kwargs.get("block_device_mappings") or template.get("BlockDeviceMappings")
    if asked is None and (configuration := kwargs.get("launch_config")):
        asked = configuration.block_device_mapping_dict
    if image is None and not asked:
        # An image that nobody knows has one small root device, as in moto.
        asked = [{"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}]
    devices = _devices(image, asked or [])
    if not kwargs.get("metadata_options") and template.get("MetadataOptions"):
        kwargs["metadata_options"] = template["MetadataOptions"]
    tags = {**_template_tags(template), **(kwargs.get("tags") or {})}
    # Empty and not absent: moto then makes no volume at all.
    kwargs["block_device_mappings"] = []
    reservation = original(self, image_id, self.__dict__.get("launch_count") or count, user_data, groups, **kwargs)
    for instance in reservation.instances:
        _attach(self, instance, devices, tags.get("volume", {}))
        for interface in instance.nics.values():
            interface.add_tags(tags.get("network-interface", {}))
        if not instance.security_groups and instance.nics:
            # Groups that were given for the interface are the instance's, too.
            instance.security_groups = list(instance.nics[0].group_set)
        instance.credits = (template.get("CreditSpecification") or {}).get("CpuCredits")
        _ec2_instances.launched(instance)
        if not self.__dict__.get("launch_is_requested"):
            _ec2_instances.run_machine(instance)
    return reservation


def _template_tags(template: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {it["ResourceType"]: {tag["Key"]: tag["Value"] for tag in it.get("Tags", [])} for it in template.get("TagSpecifications", [])}


def _run_instances(original: Any, self: Any) -> Any:
    backend, template = self.ec2_backend, _template_data(self.ec2_backend, self._get_param("LaunchTemplate"))
    token = self._get_param("ClientToken")
    known: dict[str, Any] = backend.__dict__.setdefault("launch_tokens", {})
    if token and token in known:
        from moto.core.responses import ActionResult

        return ActionResult(known[token])
    image = _checked_image(backend, self._get_param("ImageId") or template.get("ImageId"))
    _check(backend, image, self._get_param("InstanceType") or template.get("InstanceType"), self._get_param("KeyName"))
    interfaces = self._get_param("NetworkInterfaces", [])
    subnet = self._get_param("SubnetId") or next((nic.get("SubnetId") for nic in interfaces if nic.get("SubnetId")), None)
    _check_groups(
        backend, subnet, [*self._get_param("SecurityGroupIds", []), *(it for nic in interfaces for it in nic.get("Groups") or [])]
    )
    profile = self._get_param("IamInstanceProfile") or template.get("IamInstanceProfile")
    backend.launch_is_requested, backend.launch_count = True, int(self._get_param("MaxCount"))
    try:
        result = original(self)
    finally:
        backend.launch_is_requested, backend.launch_count = False, None
    reservation = result.result
    for instance in reservation.instances:
        instance.disable_api_termination = bool(self._get_param("DisableApiTermination"))
        instance.credits = (self._get_param("CreditSpecification") or {}).get("CpuCredits") or instance.credits
        instance.maintenance_options = _MAINTENANCE | (self._get_param("MaintenanceOptions") or template.get("MaintenanceOptions") or {})
        if profile and instance.iam_instance_profile is None:
            backend.associate_iam_instance_profile(
                instance_id=instance.id, iam_instance_profile_name=profile.get("Name"), iam_instance_profile_arn=profile.get("Arn")
            )
        _ec2_instances.run_machine(instance)
    if token:
        known[token] = reservation
    return result


def _modify_maintenance(self: Any) -> Any:
    from moto.core.responses import ActionResult

    instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
    changed = {key: value for key in ("AutoRecovery", "RebootMigration") if (value := self._get_param(key))}
    instance.maintenance_options = {**getattr(instance, "maintenance_options", _MAINTENANCE), **changed}
    return ActionResult({"InstanceId": instance.id, **instance.maintenance_options})


def _credits(instance: Any) -> str:
    usual = "standard" if instance.instance_type.startswith("t2") else "unlimited"
    return str(instance.__dict__.get("credits") or usual)


def _describe_credits(self: Any) -> Any:
    from moto.core.responses import ActionResult

    found = self.ec2_backend.describe_instance_credit_specifications(self._get_param("InstanceIds", []))
    return ActionResult({"InstanceCreditSpecifications": [{"InstanceId": it.id, "CpuCredits": _credits(it)} for it in found]})


def _modify_credits(self: Any) -> Any:
    from moto.core.responses import ActionResult

    changed = []
    for wanted in self._get_param("InstanceCreditSpecifications", []):
        self.ec2_backend.get_instance(wanted["InstanceId"]).credits = wanted["CpuCredits"]
        changed.append({"InstanceId": wanted["InstanceId"]})
    return ActionResult({"SuccessfulInstanceCreditSpecifications": changed, "UnsuccessfulInstanceCreditSpecifications": []})


def _modify_groups(original: Any, self: Any, instance_id: str, new_group_id_list: list[str]) -> Any:
    instance = original(self, instance_id, new_group_id_list)
    if instance.nics:
        # Or the first interface would hold the groups that the instance has left.
        instance.nics[0]._group_set = list(instance.security_groups)
    return instance


def _profile(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """Show an instance's profile by the profile's own id, not the association's."""
    association = original(self, *args, **kwargs)
    instance = self.get_instance(association.instance.id)
    instance.iam_instance_profile = {"Arn": association.iam_instance_profile.arn, "Id": association.iam_instance_profile.id}
    return association


def install() -> None:
    """Apply the corrections."""
    from moto.ec2.models import EC2Backend
    from moto.ec2.models.instances import Instance
    from moto.ec2.responses import EC2Response

    wrap(EC2Backend, "run_instances", _run)
    wrap(EC2Backend, "modify_instance_security_groups", _modify_groups)
    wrap(EC2Backend, "associate_iam_instance_profile", _profile)
    wrap(EC2Backend, "replace_iam_instance_profile_association", _profile)
    wrap(EC2Response, "run_instances", _run_instances)
    put(EC2Response, "_parse_block_device_mapping", lambda self: self._get_param("BlockDeviceMappings", []))
    put(EC2Response, "modify_instance_maintenance_options", _modify_maintenance)
    put(EC2Response, "describe_instance_credit_specifications", _describe_credits)
    put(EC2Response, "modify_instance_credit_specification", _modify_credits)
    put(Instance, "maintenance_options", dict(_MAINTENANCE))
    put(Instance, "ena_support", True)
    put(Instance, "platform_details", "Linux/UNIX")
    put(Instance, "usage_operation", "RunInstances")
