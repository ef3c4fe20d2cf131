# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The add-ons that EKS offers, and which version of each fits which Kubernetes version.

The version strings have AWS's form and order; the newest build per Kubernetes minor version is
computed from the two anchors below, because only form, order and compatibility matter to a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.emulator.services.eks import versions
from tests.emulator.services.eks.store import EksStore
from tests.emulator.wire import Document, Operation, page

_BUILDS: Final = 3
"""How many versions of an add-on each Kubernetes version has."""


@dataclass(frozen=True)
class Addon:
    """One add-on of the catalogue."""

    kind: str
    namespace: str
    release: tuple[int, int]
    """Major and minor number of the release for Kubernetes 1.36."""
    per_minor: bool = False
    """Whether each Kubernetes version has releases of its own, as kube-proxy does."""
    iam: tuple[str, str] | None = None
    """Service account and managed policy for pod identity."""
    publisher: str = "eks"
    owner: str = "aws"

    def versions(self, kubernetes: str) -> list[str]:
        """Return the versions for one Kubernetes version, newest first."""
        age = versions.minor("1.36") - versions.minor(kubernetes)
        if self.per_minor:
            patches = int(versions.patch(kubernetes).rpartition(".")[2])
            return [f"v{kubernetes}.{max(patches - step, 0)}-eksbuild.{9 - 2 * step}" for step in range(_BUILDS)]
        major, minor = self.release
        # A release serves neighbouring Kubernetes versions, so an upgrade need not change it.
        newest = minor - age // 3
        return [f"v{major}.{number}.{number % 4}-eksbuild.{1 + number % 3}" for number in range(newest, newest - _BUILDS, -1)]


CATALOGUE: Final[dict[str, Addon]] = {
    "vpc-cni": Addon("networking", "kube-system", (1, 21), iam=("aws-node", "AmazonEKS_CNI_Policy")),
    "coredns": Addon("networking", "kube-system", (1, 13)),
    "kube-proxy": Addon("networking", "kube-system", (1, 36), per_minor=True),
    "aws-ebs-csi-driver": Addon(
        "storage",
        "kube-system",
        (1, 55),
        iam=("ebs-csi-controller-sa", "AmazonEBSCSIDriverPolicy"),
    ),
    "aws-efs-csi-driver": Addon(
        "storage",
        "kube-system",
        (2, 9),
        iam=("efs-csi-controller-sa", "AmazonEFSCSIDriverPolicy"),
    ),
    "eks-pod-identity-agent": Addon("security", "kube-system", (1, 10)),
    "metrics-server": Addon("observability", "kube-system", (0, 10), publisher="Kubernetes", owner="community"),
    "snapshot-controller": Addon("storage", "kube-system", (8, 12)),
    "amazon-cloudwatch-observability": Addon(
        "observability",
        "amazon-cloudwatch",
        (4, 14),
        iam=("cloudwatch-agent", "CloudWatchAgentServerPolicy"),
    ),
}


def compatible(name: str, kubernetes: str) -> list[str]:
    """Return the versions of an add-on for a Kubernetes version, newest first."""
    return CATALOGUE[name].versions(kubernetes)


def default_version(name: str, kubernetes: str) -> str:
    """Return the version that CreateAddon takes when none is given: rarely the newest."""
    return compatible(name, kubernetes)[1]


def every_version(name: str) -> set[str]:
    """Return the versions for all Kubernetes versions."""
    return {version for k8s in versions.offered() for version in compatible(name, k8s)}


def _describe(name: str, wanted: str | None) -> Document:
    addon = CATALOGUE[name]
    by_version: dict[str, list[str]] = {}
    for kubernetes in reversed(versions.offered()):
        if wanted in (None, kubernetes):
            for version in addon.versions(kubernetes):
                by_version.setdefault(version, []).append(kubernetes)
    return {
        "addonName": name,
        "type": addon.kind,
        "publisher": addon.publisher,
        "owner": addon.owner,
        "defaultNamespace": addon.namespace,
        "addonVersions": [
            {
                "addonVersion": version,
                "architecture": ["amd64", "arm64"],
                "computeTypes": ["ec2", "auto", "hybrid"],
                "compatibilities": [
                    {
                        "clusterVersion": kubernetes,
                        "platformVersions": ["*"],
                        "defaultVersion": version == default_version(name, kubernetes),
                    }
                    for kubernetes in supported
                ],
                "requiresConfiguration": False,
                "requiresIamPermissions": addon.iam is not None,
            }
            for version, supported in by_version.items()
        ],
    }


def describe_addon_versions(_store: EksStore, parameters: Document) -> Document:
    """Return the add-ons that pass the filters, with their versions, newest first."""
    name, kubernetes = parameters.get("addonName"), parameters.get("kubernetesVersion")
    names = [item for item in CATALOGUE if name in (None, item)]
    if kubernetes is not None and kubernetes not in versions.offered():
        names = []
    found = [_describe(item, kubernetes) for item in names]
    for key, filter_name in (("type", "types"), ("publisher", "publishers"), ("owner", "owners")):
        if allowed := parameters.get(filter_name):
            found = [item for item in found if item[key] in allowed]
    items, token = page(found, parameters)
    return {"addons": items, "nextToken": token}


def describe_addon_configuration(_store: EksStore, parameters: Document) -> Document:
    """Return a schema that admits any configuration."""
    name, version = parameters["addonName"], parameters["addonVersion"]
    iam = CATALOGUE[name].iam if name in CATALOGUE else None
    answer: Document = {
        "addonName": name,
        "addonVersion": version,
        "configurationSchema": '{"$schema":"http://json-schema.org/draft-06/schema#","type":"object"}',
    }
    if iam is not None:
        answer["podIdentityConfiguration"] = [
            {
                "serviceAccount": iam[0],
                "recommendedManagedPolicies": [f"arn:aws:iam::aws:policy/{iam[1]}"],
            }
        ]
    return answer


OPERATIONS: Final[dict[str, Operation]] = {
    "DescribeAddonVersions": describe_addon_versions,
    "DescribeAddonConfiguration": describe_addon_configuration,
}
