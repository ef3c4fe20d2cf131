# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Managed node groups: create, describe, list, delete."""

from __future__ import annotations

from typing import Any, Final

from moto.core.exceptions import ServiceException
from moto.core.utils import utcnow
from moto.ec2.models import ec2_backends
from moto.moto_api._internal import mock_random
from werkzeug.exceptions import HTTPException

from tests.emulator import catalogue
from tests.emulator.lifecycle import Lifecycle
from tests.emulator.services.eks import access, checks, versions
from tests.emulator.services.eks.store import (
    Cluster,
    EksStore,
    Resource,
    in_use,
    invalid,
    nodegroup_created,
)
from tests.emulator.wire import Document, Operation, error, page

_OLD_AMI_UNTIL: Final = 29
"""The last minor version whose node groups run Amazon Linux 2 when nobody chooses."""


def release_version(version: str, ami_type: str) -> str:
    """Return the newest AMI release for a Kubernetes version."""
    patch = versions.patch(version)
    return "1.49.0-9a3f4e2b" if ami_type.startswith("BOTTLEROCKET") else f"{patch}-20261102"


def launch_template(store: EksStore, wanted: Document) -> tuple[Document, Document]:
    """Return the launch template as AWS shows it, and the data of its version."""
    backend = ec2_backends[store.account_id][store.region]
    if ("id" in wanted) == ("name" in wanted):
        raise invalid("You must specify either the launch template ID or the launch template name")
    try:
        template: Any = backend.get_launch_template(wanted["id"]) if "id" in wanted else backend.get_launch_template_by_name(wanted["name"])
        number = wanted.get("version") or str(template.default_version_number)
        version = template.get_version(number)
    except (ServiceException, HTTPException, ValueError):
        label = wanted.get("id") or wanted.get("name")
        raise invalid(f"Launch template {label} could not be found.") from None
    data: Document = version.data
    if "IamInstanceProfile" in data:
        raise invalid("IAM instance profile cannot be specified within the launch template.")
    if "SubnetId" in str(data.get("NetworkInterfaces", "")):
        raise invalid("Subnets cannot be specified within the launch template.")
    if "InstanceMarketOptions" in data:
        raise invalid("Instance market options cannot be specified within the launch template.")
    shown = {"id": template.id, "name": template.name, "version": str(version.number)}
    return shown, data


def check_scaling(config: Document) -> Document:
    """Return the scaling configuration if its numbers fit together."""
    if config["minSize"] > config["maxSize"]:
        raise invalid(f"Minimum capacity {config['minSize']} can't be greater than maximum capacity {config['maxSize']}")
    desired = config["desiredSize"]
    if desired < config["minSize"]:
        raise invalid(f"Minimum capacity {config['minSize']} can't be greater than desired size {desired}")
    if desired > config["maxSize"]:
        raise invalid(f"desired capacity {desired} can't be greater than max size {config['maxSize']}")
    return config


def check_taints(taints: list[Document]) -> list[Document]:
    """Return the taints if each key and effect occurs once."""
    pairs = [(taint.get("key"), taint.get("effect")) for taint in taints]
    if len(set(pairs)) != len(pairs):
        raise invalid("Duplicate taints with the same key and effect are not allowed")
    return taints


def check_version(cluster: Cluster, version: str) -> str:
    """Return the version if the cluster's API server speaks to kubelets of it."""
    if version not in versions.offered():
        raise invalid("unsupported Kubernetes version", clusterName=cluster.name)
    distance = versions.minor(cluster.version) - versions.minor(version)
    if distance < 0:
        raise invalid(
            f"Node group version {version} must not be greater than cluster version {cluster.version}",
            clusterName=cluster.name,
        )
    if distance > 3:
        raise invalid(
            f"Node group version {version} is more than three minor versions behind cluster version {cluster.version}",
            clusterName=cluster.name,
        )
    return version


def check_update_config(config: Document | None) -> Document:
    """Return the update configuration with AWS's default."""
    config = config or {}
    if "maxUnavailable" in config and "maxUnavailablePercentage" in config:
        raise invalid("You cannot specify both maxUnavailable and maxUnavailablePercentage")
    if "maxUnavailable" not in config and "maxUnavailablePercentage" not in config:
        config = {**config, "maxUnavailable": 1}
    return config


def _instance_types(store: EksStore, parameters: Document, template: Document) -> list[str] | None:
    wanted: list[str] | None = parameters.get("instanceTypes")
    if "InstanceType" in template:
        if wanted:
            raise invalid(
                "Cannot specify instance types in launch template and API request",
                nodegroupName=parameters["nodegroupName"],
            )
        return None
    wanted = wanted or ["t3.medium"]
    known = catalogue.ec2_instance_types(store.region)
    if unknown := [name for name in wanted if known and name not in known]:
        raise invalid(f"The following supplied instance types do not exist: [{unknown[0]}]")
    return wanted


def _ami_type(parameters: Document, version: str, template: Document) -> str:
    wanted = parameters.get("amiType")
    if "ImageId" in template:
        if wanted not in (None, "CUSTOM"):
            raise invalid("You cannot specify an AMI Type when specifying an image id.")
        return "CUSTOM"
    if wanted == "CUSTOM":
        raise invalid("AMI Type CUSTOM requires an image id within the launch template.")
    if wanted is not None and wanted.startswith("AL2_") and versions.minor(version) > 32:
        # AWS publishes no Amazon Linux 2 images after 1.32.
        raise invalid(f"AMI Type {wanted} is only supported for kubernetes versions 1.32 or earlier")
    if wanted is not None:
        return str(wanted)
    old = versions.minor(version) <= _OLD_AMI_UNTIL
    return "AL2_x86_64" if old else "AL2023_x86_64_STANDARD"


def create_nodegroup(store: EksStore, parameters: Document) -> Document:
    """Create a node group in an active cluster."""
    cluster = store.active_cluster(parameters["clusterName"])
    name = parameters["nodegroupName"]
    token = parameters.get("clientRequestToken")
    if existing := cluster.nodegroups.get(name):
        if token and existing.token == token:
            return {"nodegroup": existing.render()}
        raise in_use(
            f"NodeGroup already exists with name {name} and cluster name {cluster.name}",
            clusterName=cluster.name,
            nodegroupName=name,
        )
    checks.node_role(store, parameters["nodeRole"])
    for subnet in checks.subnets(store, parameters["subnets"]):
        if subnet.vpc_id != cluster.data["resourcesVpcConfig"]["vpcId"]:
            raise invalid(
                f"Subnet {subnet.id} does not belong to the VPC of cluster {cluster.name}",
                clusterName=cluster.name,
                nodegroupName=name,
            )
    template_data: Document = {}
    if wanted_template := parameters.get("launchTemplate"):
        if "diskSize" in parameters:
            raise invalid("Disk size must be specified within the launch template.")
        if "remoteAccess" in parameters:
            raise invalid("Remote access configuration cannot be specified with a launch template.")
        shown_template, template_data = launch_template(store, wanted_template)
    version = check_version(cluster, parameters.get("version") or cluster.version)
    ami_type = _ami_type(parameters, version, template_data)
    identity = str(mock_random.uuid4())
    now = utcnow()
    data: Document = {
        "nodegroupName": name,
        "nodegroupArn": store.arn("nodegroup", cluster.name, name, identity),
        "clusterName": cluster.name,
        "version": version,
        "createdAt": now,
        "modifiedAt": now,
        "capacityType": parameters.get("capacityType", "ON_DEMAND"),
        "scalingConfig": check_scaling({"minSize": 1, "maxSize": 2, "desiredSize": 2, **parameters.get("scalingConfig", {})}),
        "subnets": parameters["subnets"],
        "amiType": ami_type,
        "nodeRole": parameters["nodeRole"],
        "labels": parameters.get("labels") or {},
        "resources": {"autoScalingGroups": [{"name": f"eks-{name}-{identity}"}]},
        "health": {"issues": []},
        "updateConfig": check_update_config(parameters.get("updateConfig")),
        "tags": parameters.get("tags") or {},
    }
    if ami_type != "CUSTOM":
        data["releaseVersion"] = parameters.get("releaseVersion") or release_version(version, ami_type)
    else:
        data["releaseVersion"] = template_data["ImageId"]
    if taints := parameters.get("taints"):
        data["taints"] = check_taints(taints)
    if types := _instance_types(store, parameters, template_data):
        data["instanceTypes"] = types
    if wanted_template:
        data["launchTemplate"] = shown_template
    else:
        data["diskSize"] = parameters.get("diskSize") or 20
    for key in ("remoteAccess", "nodeRepairConfig", "warmPoolConfig"):
        if key in parameters:
            data[key] = parameters[key]
    if "remoteAccess" in parameters:
        _remote_access(store, cluster, data)
    nodegroup = Resource(data, Lifecycle("CREATING"), token)
    nodegroup.life.begin("CREATING", "eks.nodegroup.create", "ACTIVE")
    cluster.nodegroups[name] = nodegroup
    access.admit_nodes(store, cluster, parameters["nodeRole"])
    for hook in nodegroup_created:
        hook(cluster, nodegroup)
    return {"nodegroup": nodegroup.render()}


def _remote_access(store: EksStore, cluster: Cluster, data: Document) -> None:
    """Check the SSH key and make the security group that lets SSH in."""
    backend = ec2_backends[store.account_id][store.region]
    key = data["remoteAccess"].get("ec2SshKey")
    if key is not None and key not in backend.key_pairs:
        raise invalid(f"The key pair '{key}' does not exist")
    checks.security_groups(
        store,
        data["remoteAccess"].get("sourceSecurityGroups") or [],
        cluster.data["resourcesVpcConfig"]["vpcId"],
    )
    if key is not None:
        group = backend.create_security_group(
            f"eks-remoteAccess-{data['nodegroupArn'].rpartition('/')[2]}",
            "Security group for all nodes in the nodeGroup to allow SSH access",
            vpc_id=cluster.data["resourcesVpcConfig"]["vpcId"],
            tags={"eks": data["nodegroupName"], "eks:nodegroup-name": data["nodegroupName"]},
        )
        data["resources"]["remoteAccessSecurityGroup"] = group.id


def describe_nodegroup(store: EksStore, parameters: Document) -> Document:
    """Return one node group."""
    nodegroup = store.nodegroup(parameters["clusterName"], parameters["nodegroupName"])
    return {"nodegroup": nodegroup.render()}


def list_nodegroups(store: EksStore, parameters: Document) -> Document:
    """Return the names of a cluster's node groups."""
    names, token = page(sorted(store.cluster(parameters["clusterName"]).nodegroups), parameters)
    return {"nodegroups": names, "nextToken": token}


def delete_nodegroup(store: EksStore, parameters: Document) -> Document:
    """Begin to delete a node group, which drains its nodes first."""
    cluster = store.cluster(parameters["clusterName"])
    name = parameters["nodegroupName"]
    nodegroup = store.nodegroup(cluster.name, name)
    if nodegroup.life.status == "DELETING":
        raise error(
            "InvalidRequestException",
            f"Nodegroup {name} cannot be deleted as it is already in DELETING state",
            nodegroupName=name,
        )
    if nodegroup.life.busy:
        raise in_use(
            f"Nodegroup {name} cannot be deleted as it is currently in {nodegroup.life.status} state",
            nodegroupName=name,
        )

    def gone() -> None:
        del cluster.nodegroups[name]
        group_id = nodegroup.data["resources"].get("remoteAccessSecurityGroup")
        backend = ec2_backends[store.account_id][store.region]
        if group_id and backend.get_security_group_from_id(group_id) is not None:
            backend.delete_security_group(group_id=group_id)
        role = nodegroup.data["nodeRole"]
        entry = cluster.access_entries.get(role)
        shared = any(other.data["nodeRole"] == role for other in cluster.nodegroups.values())
        # AWS takes back the entry that it made, once no node group needs it.
        if entry is not None and entry["type"] == "EC2_LINUX" and not shared:
            del cluster.access_entries[role], cluster.access_policies[role]

    nodegroup.life.begin("DELETING", "eks.nodegroup.delete", "DELETING", gone)
    return {"nodegroup": nodegroup.render()}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateNodegroup": create_nodegroup,
    "DescribeNodegroup": describe_nodegroup,
    "ListNodegroups": list_nodegroups,
    "DeleteNodegroup": delete_nodegroup,
}
