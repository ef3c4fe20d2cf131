# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What EC2's writes change about instances, their addresses, profiles and volumes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import ABSENT, SENSITIVE, Change, Manner, compare, words
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_reader import Reader
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Row, Rule

Given = Mapping[str, Any]

_ATTRIBUTES: Final = {
    # as a write gives it: how a read asks for it
    "Groups": "groupSet",
    "UserData": "userData",
}
_NOT_ATTRIBUTES: Final = frozenset({"InstanceId", "DryRun", "Attribute", "Value"})


def _attribute(read: Reader, given: Given) -> Iterator[Change]:
    """Tell of `ModifyInstanceAttribute`, which names an attribute by a parameter of its own, or by `Attribute` and `Value`."""
    wanted = {key: value for key, value in given.items() if key not in _NOT_ATTRIBUTES}
    if "Attribute" in given:
        name = str(given["Attribute"])
        wanted[name[:1].upper() + name[1:]] = given.get("Value", ABSENT)
    for key, new in wanted.items():
        if key == "UserData":
            yield Change("user_data", SENSITIVE, SENSITIVE)
            continue
        asked = _ATTRIBUTES.get(key, key[:1].lower() + key[1:])
        answer = read("DescribeInstanceAttribute", InstanceId=given["InstanceId"], Attribute=asked)
        old = answer.get(key, ABSENT)
        if key == "Groups":
            old = [each.get("GroupId") for each in old] if isinstance(old, list) else old
        yield from compare(old, new, words(key), Manner(whole=False))


def _instances(read: Reader, given: Given) -> list[Any]:
    answer = read("DescribeInstances", all_pages=True, InstanceIds=list(given["InstanceIds"]))
    return [instance for reservation in answer.get("Reservations") or [] for instance in reservation.get("Instances") or []]


def _monitoring(state: str) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        for instance in _instances(read, given):
            old = (instance.get("Monitoring") or {}).get("State", ABSENT)
            if old != state:
                yield Change(_of("monitoring", instance, given), old, state)

    return rule


def _state(state: str) -> Rule:
    def rule(read: Reader, given: Given) -> Iterator[Change]:
        for instance in _instances(read, given):
            old = (instance.get("State") or {}).get("Name", ABSENT)
            if old != state:
                yield Change(_of("state", instance, given), old, state)

    return rule


def _of(name: str, instance: Given, given: Given) -> str:
    """Return the property of one instance, called by its id where the write is about several."""
    return name if len(given["InstanceIds"]) == 1 else f"{name} of {instance.get('InstanceId')}"


def _address(read: Reader, **by: Any) -> dict[str, Any]:
    addresses = read("DescribeAddresses", **by).get("Addresses") or [{}]
    return dict(addresses[0])


def _associate_address(read: Reader, given: Given) -> Iterator[Change]:
    by: dict[str, Any] = {"AllocationIds": [given["AllocationId"]]} if "AllocationId" in given else {"PublicIps": [given["PublicIp"]]}
    current = _address(read, **by)
    for key in ("InstanceId", "NetworkInterfaceId", "PrivateIpAddress"):
        if key in given:
            yield from compare(current.get(key, ABSENT), given[key], words(key), Manner())


def _disassociate_address(read: Reader, given: Given) -> Iterator[Change]:
    filters = [{"Name": "association-id", "Values": [given["AssociationId"]]}] if "AssociationId" in given else []
    current = _address(read, **({"Filters": filters} if filters else {"PublicIps": [given["PublicIp"]]}))
    key = "InstanceId" if current.get("InstanceId") else "NetworkInterfaceId"
    if current.get(key):
        yield Change(words(key), current[key], ABSENT)


def _profile(named: Any) -> Any:
    """Return the name of an instance profile that is given or answered by ARN or name."""
    named = named or {}
    return named.get("Name") or str(named.get("Arn") or "").rpartition("/")[2] or ABSENT


def _instance_profile(by: str) -> Rule:
    """Return the rule for a profile that an instance gets (`by` its id), or that takes the place of another (`by` its association)."""

    def rule(read: Reader, given: Given) -> Iterator[Change]:
        asked: dict[str, Any] = (
            {"AssociationIds": [given["AssociationId"]]}
            if by == "AssociationId"
            else {"Filters": [{"Name": "instance-id", "Values": [given["InstanceId"]]}, {"Name": "state", "Values": ["associated"]}]}
        )
        found = read("DescribeIamInstanceProfileAssociations", **asked).get("IamInstanceProfileAssociations") or [{}]
        old = _profile(found[0].get("IamInstanceProfile"))
        yield from compare(old, _profile(given.get("IamInstanceProfile")), "iam_instance_profile", Manner())

    return rule


_INSTANCE: Final[dict[str, Any]] = {"read": "DescribeInstances", "ask": {"InstanceIds": "[InstanceId]"}}
_NAMING: Final = frozenset({"InstanceId", "DryRun"})

ROWS: Final[dict[str, Row]] = {
    "ec2:AssociateAddress": _associate_address,
    "ec2:AssociateIamInstanceProfile": _instance_profile("InstanceId"),
    "ec2:DisassociateAddress": _disassociate_address,
    "ec2:DisassociateIamInstanceProfile": _instance_profile("AssociationId"),
    "ec2:ModifyInstanceAttribute": _attribute,
    "ec2:ModifyInstanceMaintenanceOptions": Fields(
        **_INSTANCE, name="maintenance_options", current="Reservations[0].Instances[0].MaintenanceOptions", apart=_NAMING
    ),
    "ec2:ModifyInstanceMetadataOptions": Fields(
        **_INSTANCE, name="metadata_options", current="Reservations[0].Instances[0].MetadataOptions", apart=_NAMING
    ),
    "ec2:ModifyVolume": Fields(
        read="DescribeVolumes", ask={"VolumeIds": "[VolumeId]"}, current="Volumes[0]", apart=frozenset({"VolumeId", "DryRun"})
    ),
    "ec2:MonitorInstances": _monitoring("enabled"),
    "ec2:ReplaceIamInstanceProfileAssociation": _instance_profile("AssociationId"),
    "ec2:StartInstances": _state("running"),
    "ec2:StopInstances": _state("stopped"),
    "ec2:UnmonitorInstances": _monitoring("disabled"),
}
