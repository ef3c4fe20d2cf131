# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clusters: create, describe, list, delete.

A cluster has an endpoint and a certificate authority once a Kubernetes API stands behind it, which
`--kubernetes` sees to; without that it never has them.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any, Final

from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.logs.models import logs_backends
from moto.moto_api._internal import mock_random

from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.eks import access, checks, versions
from tests.emulator.services.eks.store import (
    Cluster,
    EksStore,
    cluster_created,
    cluster_deleted,
    in_use,
    invalid,
)
from tests.emulator.wire import Document, Operation, error, page

LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,99}")


def log_setups(enabled: set[str]) -> Document:
    """Return the logging configuration in the two groups that AWS shows."""
    groups = [
        {"types": [t for t in LOG_TYPES if t in enabled], "enabled": True},
        {"types": [t for t in LOG_TYPES if t not in enabled], "enabled": False},
    ]
    return {"clusterLogging": [group for group in groups if group["types"]]}


def enabled_logs(logging: Document | None, current: set[str]) -> set[str]:
    """Return the log types that are on after `logging` was applied to `current`."""
    result = set(current)
    for setup in (logging or {}).get("clusterLogging", []):
        types = set(setup.get("types", []))
        result = result | types if setup.get("enabled") else result - types
    return result


def ensure_log_group(store: EksStore, name: str) -> None:
    """Make the control plane's log group, which AWS does with the first log line."""
    backend = logs_backends[store.account_id][store.region]
    group = f"/aws/eks/{name}/cluster"
    if group not in backend.groups:
        backend.create_log_group(group, {})


def cidrs(values: list[str]) -> list[str]:
    """Return the public access CIDRs, or fail on one that is none."""
    bad = []
    for value in values:
        try:
            ipaddress.ip_network(value)
        except ValueError:
            bad.append(value)
    if bad:
        raise invalid(f"The following CIDRs are invalid in publicAccessCidrs: [{', '.join(bad)}]")
    return values


def vpc_config(store: EksStore, wanted: Document) -> Document:
    """Return the VPC configuration of a new cluster with AWS's defaults."""
    subnet_ids = wanted.get("subnetIds") or []
    vpc_id = checks.cluster_subnets(store, subnet_ids)
    group_ids = wanted.get("securityGroupIds") or []
    checks.security_groups(store, group_ids, vpc_id)
    public = wanted.get("endpointPublicAccess", True)
    private = wanted.get("endpointPrivateAccess", False)
    if not public and not private:
        raise invalid("Private and public endpoint access cannot be false.")
    return {
        "subnetIds": subnet_ids,
        "securityGroupIds": group_ids,
        "vpcId": vpc_id,
        "endpointPublicAccess": public,
        "endpointPrivateAccess": private,
        "publicAccessCidrs": cidrs(wanted.get("publicAccessCidrs") or (["0.0.0.0/0"] if public else [])),
    }


def network_config(wanted: Document | None) -> Document:
    """Return the Kubernetes network configuration of a new cluster with AWS's defaults."""
    wanted = wanted or {}
    family = wanted.get("ipFamily", "ipv4")
    result: Document = {"ipFamily": family, "elasticLoadBalancing": {"enabled": False}}
    if family == "ipv6":
        result["serviceIpv6Cidr"] = "fd3a:1c4f:9d60::/108"
        return result
    cidr = wanted.get("serviceIpv4Cidr", "172.20.0.0/16")
    try:
        network = ipaddress.IPv4Network(cidr)
    except ValueError:
        raise invalid(f"CIDR block {cidr} is not valid for serviceIpv4Cidr") from None
    if not network.is_private or not 12 <= network.prefixlen <= 24:
        raise invalid(
            "Network has incorrect CIDR block size or range: serviceIpv4Cidr must be within"
            " 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16, with a prefix from /12 to /24"
        )
    return {"serviceIpv4Cidr": cidr, **result}


def encryption_config(store: EksStore, wanted: list[Document] | None) -> list[Document]:
    """Return the encryption configuration, or fail on what AWS does not encrypt."""
    for item in wanted or []:
        if item.get("resources") != ["secrets"]:
            raise invalid("Only secrets is supported as an encryption resource")
        if not item.get("provider", {}).get("keyArn", "").startswith("arn:"):
            raise invalid(f"Invalid keyArn for the encryption provider in {store.region}")
    return wanted or []


def _security_group(store: EksStore, name: str, vpc_id: str) -> Any:
    """Make the group that control plane and managed nodes share."""
    backend = ec2_backends[store.account_id][store.region]
    group_name = f"eks-cluster-sg-{name}-{mock_random.randint(10**8, 10**9)}"
    group = backend.create_security_group(
        group_name,
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.",
        vpc_id=vpc_id,
        tags={
            "Name": group_name,
            "aws:eks:cluster-name": name,
            f"kubernetes.io/cluster/{name}": "owned",
        },
    )
    backend.authorize_security_group_ingress(group.id, "-1", "-1", "-1", [], source_groups=[{"GroupId": group.id}], vpc_id=vpc_id)
    return group


def create_cluster(store: EksStore, parameters: Document) -> Document:
    """Create a cluster, unless something it needs is missing."""
    name = parameters["name"]
    token = parameters.get("clientRequestToken")
    if existing := store.clusters.get(name):
        # A client repeats a request whose answer it lost: same token, same cluster.
        if token and existing.token == token:
            return {"cluster": existing.render()}
        raise in_use(f"Cluster already exists with name: {name}", clusterName=name)
    if not _NAME.fullmatch(name):
        raise invalid(f"The cluster name '{name}' is invalid", clusterName=name)
    version = parameters.get("version") or versions.DEFAULT
    if version not in versions.offered():
        raise invalid("unsupported Kubernetes version", clusterName=name)
    checks.cluster_role(store, parameters["roleArn"])
    vpc = vpc_config(store, parameters["resourcesVpcConfig"])
    wanted_access = parameters.get("accessConfig") or {}
    logs = enabled_logs(parameters.get("logging"), set())
    identity = mock_random.get_random_hex(32).upper()
    data: Document = {
        "name": name,
        "arn": store.arn("cluster", name),
        "createdAt": utcnow(),
        "version": version,
        "roleArn": parameters["roleArn"],
        "resourcesVpcConfig": vpc,
        "kubernetesNetworkConfig": network_config(parameters.get("kubernetesNetworkConfig")),
        "logging": log_setups(logs),
        "identity": {"oidc": {"issuer": f"https://oidc.eks.{store.region}.amazonaws.com/id/{identity}"}},
        "platformVersion": versions.platform(version),
        "tags": parameters.get("tags") or {},
        "encryptionConfig": encryption_config(store, parameters.get("encryptionConfig")),
        "health": {"issues": []},
        "accessConfig": {
            "authenticationMode": wanted_access.get("authenticationMode", "CONFIG_MAP"),
            "bootstrapClusterCreatorAdminPermissions": wanted_access.get("bootstrapClusterCreatorAdminPermissions", True),
        },
        "upgradePolicy": parameters.get("upgradePolicy") or {"supportType": "EXTENDED"},
        "deletionProtection": parameters.get("deletionProtection", False),
        "controlPlaneScalingConfig": {"tier": "standard"},
    }
    for key in (
        "zonalShiftConfig",
        "remoteNetworkConfig",
        "computeConfig",
        "storageConfig",
        "controlPlaneScalingConfig",
    ):
        if key in parameters:
            data[key] = parameters[key]
    vpc["clusterSecurityGroupId"] = _security_group(store, name, vpc["vpcId"]).id
    cluster = Cluster(data, Lifecycle("CREATING"), token, creator_arn=store.caller_arn)
    cluster.life.begin("CREATING", "eks.cluster.create", "ACTIVE")
    store.clusters[name] = cluster
    if logs:
        ensure_log_group(store, name)
    access.admit_creator(store, cluster)
    for hook in cluster_created:
        hook(cluster)
    return {"cluster": cluster.render()}


def describe_cluster(store: EksStore, parameters: Document) -> Document:
    """Return one cluster."""
    return {"cluster": store.cluster(parameters["name"]).render()}


def list_clusters(store: EksStore, parameters: Document) -> Document:
    """Return the names of all clusters."""
    names, token = page(sorted(store.clusters), parameters)
    return {"clusters": names, "nextToken": token}


def delete_cluster(store: EksStore, parameters: Document) -> Document:
    """Begin to delete a cluster, which must be at rest, unprotected and without node groups."""
    name = parameters["name"]
    cluster = store.cluster(name)
    if cluster.life.status == "DELETING":
        raise in_use(f"Cluster {name} is already being deleted", clusterName=name)
    if cluster.data["deletionProtection"]:
        raise error(
            "InvalidRequestException",
            f"Cluster {name} cannot be deleted because deletion protection is enabled. Disable"
            " deletion protection before deleting the cluster.",
            clusterName=name,
        )
    if cluster.nodegroups:
        raise in_use(
            "Cluster has nodegroups attached",
            clusterName=name,
            nodegroupName=",".join(cluster.nodegroups),
        )
    if cluster.life.busy:
        update = cluster.update_in_progress()
        raise in_use(
            f"Cannot delete cluster {name} because it currently has "
            + (f"update {update.id} in progress" if update else "an update in progress"),
            clusterName=name,
        )

    def gone() -> None:
        del store.clusters[name]
        backend = ec2_backends[store.account_id][store.region]
        group_id = cluster.data["resourcesVpcConfig"]["clusterSecurityGroupId"]
        if backend.get_security_group_from_id(group_id) is not None:
            backend.delete_security_group(group_id=group_id)
        for hook in cluster_deleted:
            hook(cluster)

    cluster.life.begin("DELETING", "eks.cluster.delete", "DELETING", gone)
    return {"cluster": cluster.render()}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateCluster": create_cluster,
    "DescribeCluster": describe_cluster,
    "ListClusters": list_clusters,
    "DeleteCluster": delete_cluster,
}
