# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image of which nodes of a Kubernetes cluster boot in containers: with AWS's command line, a real etcd, and stand-ins for the rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.emulator.fixtures import Emulator
from tests.emulator.hosts import stage_name
from tests.hosts import machine

STANDINS: Final = ("containerd", "crictl", "ctr", "dnf", "kubeadm", "kubectl", "kubelet", "modprobe", "swapoff", "sysctl")
"""What an image of Amazon's would get from its packages, and what a container may not do."""
_UNIT: Final = "[Service]\nExecStart={command}\n[Install]\nWantedBy=multi-user.target\n"
_PREPARE: Final = f"""
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends awscli etcd-client etcd-server >/dev/null
systemctl disable --now etcd.service
for name in {" ".join(STANDINS)}; do ln -sf /usr/local/lib/stand-in /usr/local/sbin/$name; done
rm -rf /var/lib/cloud /var/lib/etcd
systemctl daemon-reload
"""


def eventually(condition: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    """Return what the condition gives once that is something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)
    return found


def container(account: Emulator, instance: str) -> str:
    """Return the name of the container behind an instance."""
    return f"{stage_name(account.name)}-{instance}"


def make(account: Emulator, region: str) -> str:
    """Make the image in an account whose instances are containers, and return its id."""
    ec2 = account.client("ec2", region)
    plain = ec2.describe_images(Owners=["137112412989"], Filters=[{"Name": "name", "Values": ["al2023-ami-2023.*-x86_64"]}])["Images"]
    (made,) = ec2.run_instances(ImageId=plain[0]["ImageId"], InstanceType="t3.small", MinCount=1, MaxCount=1)["Instances"]
    instance = made["InstanceId"]

    def state() -> str:
        (found,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
        return str(found["State"]["Name"])

    eventually(lambda: state() == "running", "the instance that becomes the image runs")
    inside = container(account, instance)
    machine.put(inside, {"/usr/local/lib/stand-in": (Path(__file__).parent / "stand-in").read_bytes()}, mode=0o755)
    units = {"containerd": "/usr/bin/sleep infinity", "kubelet": "/usr/local/sbin/kubelet"}
    machine.put(inside, {f"/etc/systemd/system/{name}.service": _UNIT.format(command=command).encode() for name, command in units.items()})
    # Debian's brings authorities of its own.
    machine.put(inside, {"/root/.aws/config": b"[default]\nca_bundle = /etc/ssl/certs/ca-certificates.crt\n"})
    machine.shell(inside, _PREPARE)
    image = str(ec2.create_image(InstanceId=instance, Name="kubernetes-node", NoReboot=True)["ImageId"])
    eventually(lambda: ec2.describe_images(ImageIds=[image])["Images"][0]["State"] == "available", "the image is made")
    ec2.terminate_instances(InstanceIds=[instance])
    return image
