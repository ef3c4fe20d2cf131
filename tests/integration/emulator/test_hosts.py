# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`--hosts docker`: instances that are containers, from their first boot to their end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.hosts.stage import Stage

pytestmark = [
    pytest.mark.docker,
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.xdist_group("emulator-hosts"),
    pytest.mark.timeout(600),
]
REGION = "us-east-1"
USER_DATA = """#!/bin/sh
id -un > /root/who
echo kept > /root/disk
mkdir -p /var/lib/docker/probe
echo kept > /var/lib/docker/probe/volume
"""
METADATA = """
import urllib.request as u
base = "http://169.254.169.254/latest/"
token = u.urlopen(u.Request(base + "api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})).read().decode()
for path in ("meta-data/instance-id", "meta-data/public-ipv4", "meta-data/iam/security-credentials/"):
    print(u.urlopen(u.Request(base + path, headers={"X-aws-ec2-metadata-token": token})).read().decode())
"""


@dataclass(frozen=True)
class World:
    """An account with a network, a key pair and one instance, which all tests of this file share."""

    emulator: Emulator
    ec2: Any
    key: Path
    launch: dict[str, Any]
    instance: str

    def shown(self, instance: str) -> Any:
        """Return what DescribeInstances says."""
        return self.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]

    def until(self, instance: str, state: str) -> Any:
        """Wait until an instance is in a state."""
        eventually(lambda: self.shown(instance)["State"]["Name"] == state, f"{instance} is {state}")
        return self.shown(instance)

    def ssh(self, address: str, command: str) -> str:
        """Run a command on the instance that has this public address."""
        # A system that goes down in the middle of a connection says no more.
        settings = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=5",
                    "ServerAliveInterval=3", "ServerAliveCountMax=3")  # fmt: skip
        options = [word for setting in settings for word in ("-o", setting)]
        done = subprocess.run(
            ["ssh", "-i", str(self.key), *options, f"admin@{address}", command], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout.strip()


def eventually(condition: Callable[[], Any], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.2)


def connects(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=2):
            return True
    except OSError:
        return False


def containers(emulator: str) -> list[str]:
    done = subprocess.run(["docker", "ps", "-a", "--format", "{{.Names}}"], capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split() if name.startswith(f"emulator-{emulator}-")]


def network(ec2: Any) -> dict[str, Any]:
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    rules = [(22, "0.0.0.0/0"), (8080, "127.0.0.0/8"), (8081, "10.9.0.0/16")]
    permissions = [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]} for port, cidr in rules]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)
    return {"SubnetId": subnet, "SecurityGroupIds": [group]}


def profile(emulator: Emulator) -> None:
    iam = emulator.client("iam", REGION)
    iam.create_role(RoleName="host-role", AssumeRolePolicyDocument='{"Version": "2012-10-17", "Statement": []}')
    iam.create_instance_profile(InstanceProfileName="host")
    iam.add_role_to_instance_profile(InstanceProfileName="host", RoleName="host-role")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    name = f"test-hosts-{os.getpid()}"
    emulator = Emulator(process.start(name, {"hosts": "docker"}, owner=os.getpid()))
    try:
        key = tmp_path_factory.mktemp("hosts") / "key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        ec2 = emulator.client("ec2", REGION)
        ec2.import_key_pair(KeyName="host", PublicKeyMaterial=key.with_suffix(".pub").read_bytes())
        profile(emulator)
        images = ec2.describe_images(Owners=["136693071363"], Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"]
        launch = {"InstanceType": "t3.xlarge", "MinCount": 1, "MaxCount": 1, "KeyName": "host", **network(ec2)}
        image = max(images, key=lambda image: image["CreationDate"])["ImageId"]
        (instance,) = ec2.run_instances(ImageId=image, UserData=USER_DATA, IamInstanceProfile={"Name": "host"}, **launch)["Instances"]
        assert instance["State"]["Name"] == "pending"
        made = World(emulator, ec2, key, launch, instance["InstanceId"])
        made.until(made.instance, "running")
        yield made
    finally:
        emulator.stop()
        process.forget(name)
    assert not containers(name)
    volumes = subprocess.run(["docker", "volume", "ls", "--format", "{{.Name}}"], capture_output=True, text=True, check=True)
    assert f"emulator-{name}" not in volumes.stdout


def test_an_instance_boots_with_its_key_its_user_data_and_its_metadata(world: World) -> None:
    address = world.shown(world.instance)["PublicIpAddress"]
    eventually(lambda: "boot-finished" in world.ssh(address, "ls /var/lib/cloud/instance"), "the user data has run")
    assert world.ssh(address, "sudo cat /root/who /var/lib/cloud/instance/result").split() == ["root", "0"]
    assert world.ssh(address, f"python3 -c '{METADATA}'").split() == [world.instance, address, "host-role"]
    assert world.ssh(address, "getent hosts logs.us-east-1.amazonaws.com")


def test_the_public_address_opens_what_the_groups_open(world: World) -> None:
    address = world.shown(world.instance)["PublicIpAddress"]
    for port in (8080, 8081):
        world.ssh(address, f"sudo systemd-run --quiet --unit=web{port} python3 -m http.server {port}")
    eventually(lambda: b"200 OK" in answer(address, 8080), "a port that is open to loopback answers")
    assert not connects(address, 8081)
    (group,) = world.launch["SecurityGroupIds"]
    rule = {"IpProtocol": "tcp", "FromPort": 8081, "ToPort": 8081, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    world.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])
    eventually(lambda: b"200 OK" in answer(address, 8081), "a port that was just opened answers", seconds=20)
    world.ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[rule])
    assert not connects(address, 8081)


def answer(address: str, port: int) -> bytes:
    try:
        with socket.create_connection((address, port), timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(200)
    except OSError:
        return b""


def test_an_elastic_address_records_and_databases_lead_where_the_account_says(world: World) -> None:
    before = world.shown(world.instance)["PublicIpAddress"]
    elastic = world.ec2.allocate_address(Domain="vpc")
    world.ec2.associate_address(InstanceId=world.instance, AllocationId=elastic["AllocationId"])
    address = elastic["PublicIp"]
    assert not connects(before, 22)
    route53, rds = world.emulator.client("route53", REGION), world.emulator.client("rds", REGION)
    zone = route53.create_hosted_zone(Name="atlas.example", CallerReference="1")["HostedZone"]["Id"]
    record = {"Name": "www.atlas.example", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": address}]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]})
    rds.create_db_instance(
        DBInstanceIdentifier="db", Engine="postgres", EngineVersion="15.8", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="boss", MasterUserPassword="a-long-password", DBName="atlas",
    )  # fmt: skip
    endpoint = rds.describe_db_instances()["DBInstances"][0]["Endpoint"]["Address"]
    own = world.ssh(address, "hostname -i")
    eventually(lambda: world.ssh(address, "getent hosts www.atlas.example || true").startswith(own), "the record leads to the container")
    stage = Stage.find(f"emulator-{world.emulator.name}")
    url = f"postgresql://boss:a-long-password@{endpoint}/atlas"
    ask = ("psql", url, "-XAtc", "SELECT current_user")
    eventually(lambda: stage.run("database", *ask, check=False).strip() == "boss", "the endpoint leads to the database, with its user")
    assert world.ssh(address, f"getent hosts {endpoint}").split()[0] == stage.address("database")


def test_an_image_brings_up_what_the_old_instance_had(world: World) -> None:
    image = world.ec2.create_image(InstanceId=world.instance, Name="backup-1", NoReboot=True)["ImageId"]
    assert world.ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "pending"
    eventually(lambda: world.ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "available", "the image is there")
    instance = world.ec2.run_instances(ImageId=image, **world.launch)["Instances"][0]["InstanceId"]
    address = world.until(instance, "running")["PublicIpAddress"]
    assert world.ssh(address, "sudo cat /root/disk /var/lib/docker/probe/volume").split() == ["kept", "kept"]
    world.ec2.terminate_instances(InstanceIds=[instance])
    world.until(instance, "terminated")
    assert not connects(address, 22)
    assert not [name for name in containers(world.emulator.name) if name.endswith(instance)]
    world.ec2.deregister_image(ImageId=image, DeleteAssociatedSnapshots=True)
    kept = ["docker", "images", "--quiet", "--filter", f"reference=*/*:{image}"]
    eventually(lambda: not subprocess.run(kept, capture_output=True, check=True).stdout, "the kept image is removed")


def test_the_container_follows_stop_start_and_reboot(world: World) -> None:
    address = world.shown(world.instance)["PublicIpAddress"]
    world.ec2.stop_instances(InstanceIds=[world.instance])
    world.until(world.instance, "stopped")
    assert not connects(address, 22)
    world.ec2.start_instances(InstanceIds=[world.instance])
    world.until(world.instance, "running")
    boot = "cat /proc/1/stat | cut -d' ' -f22"
    before = world.ssh(address, boot)
    world.ec2.reboot_instances(InstanceIds=[world.instance])
    eventually(lambda: rebooted(world, address, boot, before), "it has rebooted")
    assert world.ssh(address, "sudo cat /root/disk") == "kept"


def rebooted(world: World, address: str, command: str, before: str) -> bool:
    try:
        return world.ssh(address, command) != before
    except AssertionError:
        return False


def test_a_system_that_restarts_itself_comes_back(world: World) -> None:
    address = world.shown(world.instance)["PublicIpAddress"]
    boot = "cat /proc/1/stat | cut -d' ' -f22"
    before = world.ssh(address, boot)
    world.ssh(address, "sudo systemd-run --quiet --on-active=1 systemctl reboot")
    eventually(lambda: rebooted(world, address, boot, before), "it has come back")
    assert world.shown(world.instance)["State"]["Name"] == "running"


def test_status_names_the_containers(world: World) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.emulator", "status", "--name", world.emulator.name],
        capture_output=True,
        text=True,
        check=True,
        cwd=process.ROOT,
    )
    assert f"container: emulator-{world.emulator.name}-{world.instance}" in done.stderr
    assert "open: 127." in done.stderr
