# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a cluster, which AWS makes one at a time and in the background."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from tests.emulator.services.eks import access, checks, clusters, versions
from tests.emulator.services.eks.store import (
    Cluster,
    EksStore,
    Resource,
    in_use,
    invalid,
    not_found,
)
from tests.emulator.wire import Document, Operation, error, page

_DELAY: Final = "eks.cluster.update"
_ENDPOINT: Final = ("endpointPublicAccess", "endpointPrivateAccess", "publicAccessCidrs")
_NETWORK: Final = ("subnetIds", "securityGroupIds")
_WHOLE: Final = {
    "upgradePolicy": ("UpgradePolicyUpdate", "UpgradePolicy"),
    "zonalShiftConfig": ("ZonalShiftConfigUpdate", "ZonalShiftConfig"),
    "remoteNetworkConfig": ("RemoteNetworkConfigUpdate", "RemoteNetworkConfig"),
    "deletionProtection": ("DeletionProtectionUpdate", "DeletionProtection"),
    "controlPlaneScalingConfig": ("ControlPlaneScalingConfigUpdate", "UpdatedTier"),
}
"""Parameters that replace the whole value: the update's type, and its parameter's type."""
_AUTO_MODE: Final = ("computeConfig", "storageConfig", "kubernetesNetworkConfig")


def _start(cluster: Cluster, kind: str, changes: Document, values: Document) -> Document:
    """Begin an update that merges `changes` into the cluster, and return it."""
    _refuse_second(cluster, kind)

    def apply() -> None:
        cluster.data.update(changes)

    parameters = [{"type": key, "value": _text(value)} for key, value in values.items()]
    return {"update": cluster.start_update(kind, parameters, _DELAY, apply).render()}


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _refuse_second(cluster: Cluster, kind: str) -> None:
    if cluster.life.status in ("CREATING", "DELETING"):
        raise error(
            "InvalidRequestException",
            f"Cluster '{cluster.name}' is not in ACTIVE status",
            clusterName=cluster.name,
        )
    if running := cluster.update_in_progress():
        raise in_use(
            f"Cannot {kind} because cluster {cluster.name} currently has update {running.id} in progress",
            clusterName=cluster.name,
        )


def _endpoint(_store: EksStore, cluster: Cluster, wanted: Document) -> Document:
    current = cluster.data["resourcesVpcConfig"]
    merged = {**current, **{key: wanted[key] for key in _ENDPOINT if key in wanted}}
    clusters.cidrs(merged["publicAccessCidrs"])
    if not merged["endpointPublicAccess"] and not merged["endpointPrivateAccess"]:
        raise invalid("Private and public endpoint access cannot be false.")
    if merged["endpointPublicAccess"] and not merged["publicAccessCidrs"]:
        merged["publicAccessCidrs"] = ["0.0.0.0/0"]
    if _same_endpoint(merged, current):
        raise invalid(
            "Cluster is already at the desired configuration with endpointPrivateAccess:"
            f" {str(current['endpointPrivateAccess']).lower()} , endpointPublicAccess:"
            f" {str(current['endpointPublicAccess']).lower()}, and Public Endpoint Restrictions:"
            f" [{', '.join(current['publicAccessCidrs'])}]",
            clusterName=cluster.name,
        )
    values = {key[0].upper() + key[1:]: merged[key] for key in _ENDPOINT}
    return _start(cluster, "EndpointAccessUpdate", {"resourcesVpcConfig": merged}, values)


def _same_endpoint(left: Document, right: Document) -> bool:
    flags = ("endpointPublicAccess", "endpointPrivateAccess")
    return all(left[key] == right[key] for key in flags) and set(left["publicAccessCidrs"]) == set(right["publicAccessCidrs"])


def _network(store: EksStore, cluster: Cluster, wanted: Document) -> Document:
    current = cluster.data["resourcesVpcConfig"]
    merged = {**current, **{key: wanted[key] for key in _NETWORK if key in wanted}}
    if checks.cluster_subnets(store, merged["subnetIds"]) != current["vpcId"]:
        raise invalid(f"Subnets must belong to the cluster's VPC {current['vpcId']}", clusterName=cluster.name)
    checks.security_groups(store, merged["securityGroupIds"], current["vpcId"])
    if all(set(merged[key]) == set(current[key]) for key in _NETWORK):
        raise invalid("No changes needed for the VPC config provided", clusterName=cluster.name)
    values = {"Subnets": merged["subnetIds"], "SecurityGroups": merged["securityGroupIds"]}
    return _start(cluster, "VpcConfigUpdate", {"resourcesVpcConfig": merged}, values)


def _logging(store: EksStore, cluster: Cluster, wanted: Document) -> Document:
    current = clusters.enabled_logs(cluster.data["logging"], set())
    after = clusters.enabled_logs(wanted, current)
    if after == current:
        raise invalid("No changes needed for the logging config provided", clusterName=cluster.name)
    logging = clusters.log_setups(after)
    answer = _start(cluster, "LoggingUpdate", {"logging": logging}, {"ClusterLogging": logging})
    if after:
        clusters.ensure_log_group(store, cluster.name)
    return answer


def _access(store: EksStore, cluster: Cluster, wanted: Document) -> Document:
    order = ("CONFIG_MAP", "API_AND_CONFIG_MAP", "API")
    before = cluster.authentication_mode
    after = wanted.get("authenticationMode", before)
    if after == before:
        raise invalid("No changes needed for the access config provided", clusterName=cluster.name)
    # The way back from the API would lock everybody out, so AWS has none.
    if order.index(after) != order.index(before) + 1:
        raise invalid(f"Unsupported authentication mode update from {before} to {after}")
    merged = {**cluster.data["accessConfig"], "authenticationMode": after}
    answer = _start(cluster, "AccessConfigUpdate", {"accessConfig": merged}, {"AuthenticationMode": after})
    if before == "CONFIG_MAP":
        access.admit_everyone(store, cluster)
    return answer


def _whole(key: str) -> Callable[[EksStore, Cluster, object], Document]:
    kind, label = _WHOLE[key]

    def change(_store: EksStore, cluster: Cluster, wanted: object) -> Document:
        if cluster.data.get(key) == wanted:
            raise invalid(f"No changes needed for the {key} provided", clusterName=cluster.name)
        return _start(cluster, kind, {key: wanted}, {label: wanted})

    return change


def update_cluster_config(store: EksStore, parameters: Document) -> Document:
    """Change one aspect of a cluster's configuration."""
    cluster = store.cluster(parameters["name"])
    vpc = parameters.get("resourcesVpcConfig") or {}
    work: list[tuple[Callable[..., Document], object]] = []
    if any(key in vpc for key in _ENDPOINT):
        work.append((_endpoint, vpc))
    if any(key in vpc for key in _NETWORK):
        work.append((_network, vpc))
    if "logging" in parameters:
        work.append((_logging, parameters["logging"]))
    if "accessConfig" in parameters:
        work.append((_access, parameters["accessConfig"]))
    work.extend((_whole(key), parameters[key]) for key in _WHOLE if key in parameters)
    if auto := {key: parameters[key] for key in _AUTO_MODE if key in parameters}:
        work.append((_auto_mode, auto))
    if not work:
        raise invalid("No changes needed: the request names nothing to update")
    if len(work) > 1:
        raise invalid("Only one type of update can be allowed.", clusterName=cluster.name)
    change, wanted = work[0]
    return change(store, cluster, wanted)


def _auto_mode(_store: EksStore, cluster: Cluster, wanted: Document) -> Document:
    changes = dict(wanted)
    if network := wanted.get("kubernetesNetworkConfig"):
        changes["kubernetesNetworkConfig"] = {**cluster.data["kubernetesNetworkConfig"], **network}
    if all(cluster.data.get(key) == value for key, value in changes.items()):
        raise invalid("No changes needed for the auto mode config provided")
    return _start(
        cluster,
        "AutoModeUpdate",
        changes,
        {key[0].upper() + key[1:]: value for key, value in wanted.items()},
    )


def update_cluster_version(store: EksStore, parameters: Document) -> Document:
    """Upgrade a cluster by one minor version."""
    cluster = store.cluster(parameters["name"])
    wanted = parameters["version"]
    if wanted not in versions.offered():
        raise invalid("unsupported Kubernetes version", clusterName=cluster.name)
    if versions.minor(wanted) != versions.minor(cluster.version) + 1:
        raise invalid(
            f"Unsupported Kubernetes minor version update from {cluster.version} to {wanted}",
            clusterName=cluster.name,
        )
    behind = versions.minor(wanted) - 3
    for name, nodegroup in cluster.nodegroups.items():
        # The API server only speaks to kubelets of at most three minor versions before its own.
        if versions.minor(nodegroup.data["version"]) < behind:
            raise error(
                "InvalidRequestException",
                f"Kubelet version of node group {name} must be updated before the control plane can be updated to {wanted}",
                clusterName=cluster.name,
                nodegroupName=name,
            )
    platform = versions.platform(wanted)
    return _start(
        cluster,
        "VersionUpdate",
        {"version": wanted, "platformVersion": platform},
        {"Version": wanted, "PlatformVersion": platform},
    )


def associate_encryption_config(store: EksStore, parameters: Document) -> Document:
    """Turn on envelope encryption, which cannot be turned off or moved to another key."""
    cluster = store.cluster(parameters["clusterName"])
    wanted = clusters.encryption_config(store, parameters["encryptionConfig"])
    if cluster.data["encryptionConfig"]:
        raise invalid("Cluster already has encryption configuration associated", clusterName=cluster.name)
    if len(wanted) != 1:
        raise invalid("Exactly one encryption config is required")
    return _start(
        cluster,
        "AssociateEncryptionConfig",
        {"encryptionConfig": wanted},
        {"EncryptionConfig": wanted},
    )


def _owner(store: EksStore, parameters: Document) -> Resource:
    name = parameters["name"]
    if nodegroup := parameters.get("nodegroupName"):
        return store.nodegroup(name, nodegroup)
    if addon := parameters.get("addonName"):
        return store.addon(name, addon)
    return store.cluster(name)


def describe_update(store: EksStore, parameters: Document) -> Document:
    """Return one update of a cluster, node group or add-on."""
    update_id = parameters["updateId"]
    updates = _owner(store, parameters).updates
    if update_id not in updates:
        raise not_found(f"No update found for ID: {update_id}")
    return {"update": updates[update_id].render()}


def list_updates(store: EksStore, parameters: Document) -> Document:
    """Return the ids of the updates of a cluster, node group or add-on."""
    ids, token = page(list(_owner(store, parameters).updates), parameters)
    return {"updateIds": ids, "nextToken": token}


OPERATIONS: Final[dict[str, Operation]] = {
    "UpdateClusterConfig": update_cluster_config,
    "UpdateClusterVersion": update_cluster_version,
    "AssociateEncryptionConfig": associate_encryption_config,
    "DescribeUpdate": describe_update,
    "ListUpdates": list_updates,
}
