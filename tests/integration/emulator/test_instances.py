# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""EC2 instances as a compose host needs them: launch, life, addresses, images."""

from __future__ import annotations

import base64
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator

from .parts import refused

pytestmark = pytest.mark.integration
TAGS = [{"Key": "stratum:stack", "Value": "aa"}]


def newest(ec2: Any, owner: str = "136693071363", name: str = "debian-13-amd64-*") -> Any:
    images = ec2.describe_images(Owners=[owner], Filters=[{"Name": "name", "Values": [name]}])["Images"]
    return max(images, key=lambda image: image["CreationDate"])


def network(ec2: Any) -> tuple[str, str]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    return subnet, group


def launch(ec2: Any, **more: Any) -> Any:
    asked = {"ImageId": newest(ec2)["ImageId"], "InstanceType": "t3.xlarge", "MinCount": 1, "MaxCount": 1} | more
    return ec2.run_instances(**asked)["Instances"][0]


def shown(ec2: Any, instance: str) -> Any:
    return ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]


@pytest.mark.parametrize(
    ("owner", "name", "root", "parameter"),
    [
        ("136693071363", "debian-13-amd64-*", "/dev/xvda", "/aws/service/debian/release/13/latest/amd64"),
        (
            "099720109477",
            "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*",
            "/dev/sda1",
            "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
        ),
        ("amazon", "al2023-ami-2023.*-6.18-x86_64", "/dev/xvda", "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"),
    ],
)
def test_the_usual_images_are_found_by_name_and_by_parameter(account: Emulator, owner: str, name: str, root: str, parameter: str) -> None:
    image = newest(account.client("ec2"), owner, name)
    assert (image["RootDeviceName"], image["Architecture"], image["State"]) == (root, "x86_64", "available")
    assert account.client("ssm").get_parameter(Name=parameter)["Parameter"]["Value"] == image["ImageId"]


def test_a_launch_keeps_everything_it_was_asked_for(account: Emulator) -> None:
    ec2 = account.client("ec2")
    subnet, group = network(ec2)
    specifications = [{"ResourceType": kind, "Tags": TAGS} for kind in ("instance", "volume", "network-interface")]
    instance = launch(
        ec2,
        SubnetId=subnet,
        SecurityGroupIds=[group],
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50, "VolumeType": "gp3", "Encrypted": True}}],
        CreditSpecification={"CpuCredits": "standard"},
        MaintenanceOptions={"AutoRecovery": "disabled"},
        DisableApiTermination=True,
        MetadataOptions={"HttpTokens": "required", "HttpPutResponseHopLimit": 2},
        TagSpecifications=specifications,
    )
    assert instance["State"]["Name"] == "pending"
    identifier = instance["InstanceId"]
    now = shown(ec2, identifier)
    assert (now["State"]["Name"], now["MaintenanceOptions"]["AutoRecovery"], now["RootDeviceName"]) == ("running", "disabled", "/dev/xvda")
    assert now["MetadataOptions"]["HttpTokens"] == "required"
    (volume,) = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [identifier]}])["Volumes"]
    assert (volume["Size"], volume["VolumeType"], volume["Encrypted"], volume["Iops"], volume["Throughput"]) == (50, "gp3", True, 3000, 125)
    assert volume["Attachments"][0]["DeleteOnTermination"] is True
    assert volume["Tags"] == TAGS
    assert now["NetworkInterfaces"][0]["Groups"][0]["GroupId"] == now["SecurityGroups"][0]["GroupId"] == group
    credited = ec2.describe_instance_credit_specifications(InstanceIds=[identifier])["InstanceCreditSpecifications"]
    assert credited[0]["CpuCredits"] == "standard"
    ec2.modify_instance_maintenance_options(InstanceId=identifier, AutoRecovery="default")
    assert shown(ec2, identifier)["MaintenanceOptions"]["AutoRecovery"] == "default"
    with refused("OperationNotPermitted"):
        ec2.terminate_instances(InstanceIds=[identifier])
    with refused("DependencyViolation"):
        ec2.delete_security_group(GroupId=group)
    ec2.modify_instance_attribute(InstanceId=identifier, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[identifier])
    assert shown(ec2, identifier)["Tags"] == TAGS
    assert not ec2.describe_volumes(VolumeIds=[])["Volumes"]
    ec2.delete_security_group(GroupId=group)
    ec2.delete_subnet(SubnetId=subnet)


def test_a_token_that_comes_twice_launches_once(account: Emulator) -> None:
    ec2 = account.client("ec2")
    assert len(ec2.run_instances(ImageId=newest(ec2)["ImageId"], MinCount=1, MaxCount=2)["Instances"]) == 2
    first, second, other = (launch(ec2, ClientToken=token)["InstanceId"] for token in ("one", "one", "two"))
    assert first == second != other


def test_what_cannot_be_launched_is_refused(account: Emulator) -> None:
    ec2 = account.client("ec2")
    with refused("InvalidAMIID.NotFound"):
        launch(ec2, ImageId="ami-0123456789abcdef0")
    with refused("InvalidAMIID.Malformed"):
        launch(ec2, ImageId="debian")
    with refused("InvalidKeyPair.NotFound"):
        launch(ec2, KeyName="nobody")
    with refused("InvalidParameterValue", "does not match the architecture"):
        launch(ec2, InstanceType="t4g.small")
    with refused("InvalidBlockDeviceMapping", "smaller than snapshot"):
        launch(ec2, BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 4}}])
    assert not ec2.describe_instances()["Reservations"]


def test_states_take_their_time_and_forbid_what_needs_another_one(start_emulator: StartEmulator) -> None:
    ec2 = start_emulator(delays="fast").client("ec2")
    identifier = launch(ec2)["InstanceId"]
    assert shown(ec2, identifier)["State"]["Name"] == "pending"
    time.sleep(0.6)
    assert shown(ec2, identifier)["State"]["Name"] == "running"
    (status,) = ec2.describe_instance_status(InstanceIds=[identifier])["InstanceStatuses"]
    assert status["InstanceStatus"]["Status"] == "initializing"
    with refused("IncorrectInstanceState"):
        ec2.modify_instance_attribute(InstanceId=identifier, InstanceType={"Value": "t3.large"})
    ec2.stop_instances(InstanceIds=[identifier])
    assert shown(ec2, identifier)["State"]["Name"] == "stopping"
    with refused("IncorrectInstanceState"):
        ec2.start_instances(InstanceIds=[identifier])
    time.sleep(0.6)
    assert shown(ec2, identifier)["State"]["Name"] == "stopped"
    ec2.terminate_instances(InstanceIds=[identifier])
    assert shown(ec2, identifier)["State"]["Name"] == "shutting-down"
    time.sleep(0.6)
    assert shown(ec2, identifier)["State"]["Name"] == "terminated"
    with refused("IncorrectInstanceState"):
        ec2.start_instances(InstanceIds=[identifier])


def test_an_elastic_address_stays_through_a_stop_and_moves_on_request(account: Emulator) -> None:
    ec2 = account.client("ec2")
    subnet, _unused = network(ec2)
    one, two = (launch(ec2, SubnetId=subnet)["InstanceId"] for _unused in range(2))
    automatic = shown(ec2, one)["PublicIpAddress"]
    address = ec2.allocate_address(Domain="vpc")
    ec2.associate_address(InstanceId=one, AllocationId=address["AllocationId"])
    assert shown(ec2, one)["PublicIpAddress"] == address["PublicIp"] != automatic
    ec2.stop_instances(InstanceIds=[one, two])
    assert shown(ec2, one)["PublicIpAddress"] == address["PublicIp"]
    assert "PublicIpAddress" not in shown(ec2, two)
    ec2.start_instances(InstanceIds=[one, two])
    assert shown(ec2, one)["PublicIpAddress"] == address["PublicIp"]
    with refused("Resource.AlreadyAssociated"):
        ec2.associate_address(InstanceId=two, AllocationId=address["AllocationId"], AllowReassociation=False)
    ec2.associate_address(InstanceId=two, AllocationId=address["AllocationId"])
    assert shown(ec2, two)["PublicIpAddress"] == address["PublicIp"] != shown(ec2, one)["PublicIpAddress"]
    ec2.terminate_instances(InstanceIds=[two])
    assert "AssociationId" not in ec2.describe_addresses(AllocationIds=[address["AllocationId"]])["Addresses"][0]


def test_an_image_of_an_instance_holds_its_volumes(account: Emulator) -> None:
    ec2 = account.client("ec2")
    disk = {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 50, "VolumeType": "gp3", "Encrypted": True}}
    instance = launch(ec2, BlockDeviceMappings=[disk])["InstanceId"]
    specifications = [{"ResourceType": kind, "Tags": TAGS} for kind in ("image", "snapshot")]
    image = ec2.create_image(InstanceId=instance, Name="backup-1", NoReboot=True, TagSpecifications=specifications)["ImageId"]
    with refused("InvalidAMIName.Duplicate"):
        ec2.create_image(InstanceId=instance, Name="backup-1")
    (mine,) = ec2.describe_images(Owners=["self"], Filters=[{"Name": "tag:stratum:stack", "Values": ["aa"]}])["Images"]
    ebs = mine["BlockDeviceMappings"][0]["Ebs"]
    assert (mine["ImageId"], mine["RootDeviceName"], ebs["VolumeSize"], ebs["Encrypted"]) == (image, "/dev/xvda", 50, True)
    (snapshot,) = ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    assert (snapshot["SnapshotId"], snapshot["Tags"], snapshot["Encrypted"]) == (ebs["SnapshotId"], TAGS, True)
    found = account.client("resourcegroupstaggingapi").get_resources(TagFilters=[{"Key": "stratum:stack", "Values": ["aa"]}])
    kinds = {entry["ResourceARN"].split(":")[5].split("/")[0] for entry in found["ResourceTagMappingList"]}
    assert kinds == {"image", "snapshot"}
    again = launch(ec2, ImageId=image)["InstanceId"]
    volume = shown(ec2, again)["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]
    described = ec2.describe_volumes(VolumeIds=[volume])["Volumes"][0]
    assert (described["Size"], described["Encrypted"], described["SnapshotId"]) == (50, True, ebs["SnapshotId"])
    with refused("InvalidSnapshot.InUse"):
        ec2.delete_snapshot(SnapshotId=ebs["SnapshotId"])
    assert ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)["DeleteSnapshotResults"][0]["ReturnCode"] == "success"
    assert not ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]
    with refused("AuthFailure"):
        ec2.deregister_image(ImageId=newest(ec2)["ImageId"])


def test_an_imported_key_has_the_fingerprint_that_ssh_shows(account: Emulator, tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    public = (tmp_path / "key.pub").read_bytes()
    listed = subprocess.run(["ssh-keygen", "-lf", str(tmp_path / "key.pub")], check=True, capture_output=True, text=True)
    key = account.client("ec2").import_key_pair(KeyName="host", PublicKeyMaterial=public)
    assert key["KeyFingerprint"].rstrip("=") == listed.stdout.split()[1].removeprefix("SHA256:")
    assert len(base64.b64decode(key["KeyFingerprint"] + "===")) == 32
