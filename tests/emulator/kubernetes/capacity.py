# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node of an EC2 instance type offers to pods.

Processors, memory and network interfaces are those of moto's list of instance types. The number of pods is what the
VPC CNI has addresses for: interfaces x (addresses of each - 1) + 2, and at most 110, or 250 above 30 processors, as
AWS recommends and its scripts say. What is reserved for the kubelet is the formula of the EKS-optimized AMI's
scripts (github.com/awslabs/amazon-eks-ami, `bootstrap.sh` and nodeadm): 255 MiB and 11 MiB per pod, and of the
processors 6 % of the first, 1 % of the second, 0.5 % of the third and fourth, 0.25 % of the others. 100 MiB of memory
and 10 % of the disk are kept by the kubelet's eviction thresholds, and 1 GiB of the disk is reserved.
The operating system sees less memory than the type has; that it is 5 % less is assumed (a t3.medium has some 3.8 GiB).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

UNKNOWN_PROCESSORS: Final = 2
UNKNOWN_MEMORY_MIB: Final = 8192
UNKNOWN_PODS: Final = 110
_HIDDEN_MEMORY: Final = 0.05
_GIB: Final = 1024**3


@dataclass(frozen=True, slots=True)
class Offer:
    """An instance type as a node: `memory_mib` is what the operating system sees, in MiB."""

    processors: int
    memory_mib: int
    pods: int
    architecture: str = "amd64"

    def capacity(self, disk_gib: int) -> dict[str, str]:
        """Return `status.capacity` of a node with a disk of so many GiB."""
        return {
            "cpu": str(self.processors),
            "memory": f"{self.memory_mib * 1024}Ki",
            "ephemeral-storage": f"{disk_gib * 1024**2}Ki",
            "pods": str(self.pods),
        }

    def allocatable(self, disk_gib: int) -> dict[str, str]:
        """Return `status.allocatable`: the capacity without what is reserved."""
        return {
            "cpu": f"{self.processors * 1000 - reserved_millicores(self.processors)}m",
            "memory": f"{(self.memory_mib - 255 - 11 * self.pods - 100) * 1024}Ki",
            "ephemeral-storage": str(int(disk_gib * _GIB * 0.9) - _GIB),
            "pods": str(self.pods),
        }


def offer(instance_type: str) -> Offer:
    """Return what this instance type offers; a type that moto does not know has 2 processors and 8 GiB."""
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    known: dict[str, Any] | None = INSTANCE_TYPES.get(instance_type)
    if known is None:
        return Offer(UNKNOWN_PROCESSORS, _seen(UNKNOWN_MEMORY_MIB), UNKNOWN_PODS)
    processors = known["VCpuInfo"]["DefaultVCpus"]
    network = known["NetworkInfo"]
    pods = network["MaximumNetworkInterfaces"] * (network["Ipv4AddressesPerInterface"] - 1) + 2
    arm = "arm64" in known["ProcessorInfo"]["SupportedArchitectures"]
    return Offer(
        processors,
        _seen(known["MemoryInfo"]["SizeInMiB"]),
        min(pods, 110 if processors <= 30 else 250),
        "arm64" if arm else "amd64",
    )


def reserved_millicores(processors: int) -> int:
    """Return what the kubelet keeps of so many processors, in thousandths of one."""
    shares = [60.0, 10.0, 5.0, 5.0, *([2.5] * max(processors - 4, 0))]
    return int(sum(shares[:processors]))


def _seen(mib: int) -> int:
    return int(mib * (1 - _HIDDEN_MEMORY))
