# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access entries: which IAM principals may enter a cluster, and with which access policies."""

from __future__ import annotations

from typing import Final

from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from tests.emulator.services.eks import checks
from tests.emulator.services.eks.store import (
    Cluster,
    EksStore,
    in_use,
    invalid,
    not_found,
)
from tests.emulator.wire import Document, Operation, error, page

_POLICIES: Final = (
    "AmazonAIOpsAssistantPolicy",
    "AmazonEKSAdminPolicy",
    "AmazonEKSAdminViewPolicy",
    "AmazonEKSAutoNodePolicy",
    "AmazonEKSClusterAdminPolicy",
    "AmazonEKSEditPolicy",
    "AmazonEKSViewPolicy",
)
_NODE_TYPES: Final = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX")
_NODE_USER: Final = "system:node:{{EC2PrivateDNSName}}"


def _policy_arn(store: EksStore, name: str) -> str:
    return f"arn:{store.partition}:eks::aws:cluster-access-policy/{name}"


def _entry(
    store: EksStore,
    cluster: Cluster,
    principal: str,
    *,
    kind: str = "STANDARD",
    groups: list[str] | None = None,
    username: str | None = None,
    tags: dict[str, str] | None = None,
) -> Document:
    resource = principal.split(":", 5)[5]
    resource_kind, _unused, path = resource.partition("/")
    account_id, name = principal.split(":")[4], path.rpartition("/")[2]
    if username is None and kind in ("EC2_LINUX", "EC2_WINDOWS", "EC2", "HYBRID_LINUX"):
        username = _NODE_USER
    elif username is None and kind == "FARGATE_LINUX":
        username = "system:node:{{SessionName}}"
    elif username is None and resource_kind == "role":
        username = f"arn:{store.partition}:sts::{account_id}:assumed-role/{name}/" + "{{SessionName}}"
    if kind in ("EC2_LINUX", "HYBRID_LINUX"):
        groups = ["system:nodes"]
    elif kind == "EC2_WINDOWS":
        groups = ["eks:kube-proxy-windows", "system:nodes"]
    elif kind == "FARGATE_LINUX":
        groups = ["system:bootstrappers", "system:nodes", "system:node-proxier"]
    now = utcnow()
    entry = {
        "clusterName": cluster.name,
        "principalArn": principal,
        "kubernetesGroups": groups or [],
        "accessEntryArn": store.arn(
            "access-entry",
            cluster.name,
            resource_kind,
            account_id,
            name,
            str(mock_random.uuid4()),
        ),
        "createdAt": now,
        "modifiedAt": now,
        "tags": tags or {},
        "username": username or principal,
        "type": kind,
    }
    cluster.access_entries[principal] = entry
    cluster.access_policies[principal] = {}
    return entry


def admit_creator(store: EksStore, cluster: Cluster) -> None:
    """Make the creator's entry with the cluster-wide administrator policy, where asked for."""
    config = cluster.data["accessConfig"]
    if cluster.authentication_mode == "CONFIG_MAP" or not config["bootstrapClusterCreatorAdminPermissions"]:
        return
    _admit_administrator(store, cluster, store.caller_arn)


def _admit_administrator(store: EksStore, cluster: Cluster, principal: str) -> None:
    _entry(store, cluster, principal)
    arn = _policy_arn(store, "AmazonEKSClusterAdminPolicy")
    cluster.access_policies[principal][arn] = _association(arn, {"type": "cluster"})


def admit_nodes(store: EksStore, cluster: Cluster, role_arn: str) -> None:
    """Make the entry of a managed node group's role, where the cluster reads entries at all."""
    if cluster.authentication_mode != "CONFIG_MAP" and role_arn not in cluster.access_entries:
        _entry(store, cluster, role_arn, kind="EC2_LINUX")


def admit_everyone(store: EksStore, cluster: Cluster) -> None:
    """Make the entries that a cluster leaving CONFIG_MAP gets: its creator's and its nodes'."""
    if cluster.data["accessConfig"]["bootstrapClusterCreatorAdminPermissions"]:
        _admit_administrator(store, cluster, cluster.creator_arn)
    for nodegroup in cluster.nodegroups.values():
        if nodegroup.data["nodeRole"] not in cluster.access_entries:
            _entry(store, cluster, nodegroup.data["nodeRole"], kind="EC2_LINUX")


def _association(arn: str, scope: Document) -> Document:
    now = utcnow()
    return {
        "policyArn": arn,
        "accessScope": {"type": scope["type"], "namespaces": scope.get("namespaces") or []},
        "associatedAt": now,
        "modifiedAt": now,
    }


def _open(store: EksStore, name: str) -> Cluster:
    """Return the cluster if it reads access entries."""
    cluster = store.cluster(name)
    if cluster.authentication_mode == "CONFIG_MAP":
        raise error(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
            clusterName=name,
        )
    return cluster


def _find(store: EksStore, parameters: Document) -> tuple[Cluster, Document]:
    cluster = _open(store, parameters["clusterName"])
    entry = cluster.access_entries.get(parameters["principalArn"])
    if entry is None:
        raise not_found(
            "The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'."
        )
    return cluster, entry


def _check_groups(groups: list[str] | None) -> None:
    for group in groups or []:
        if group.startswith(("system:", "eks:", "aws:", "amazon:", "iam:")):
            prefix = group.partition(":")[0]
            raise invalid(f"The kubernetes group name {group} is invalid, it cannot start with {prefix}:")


def create_access_entry(store: EksStore, parameters: Document) -> Document:
    """Let one IAM principal into the cluster."""
    cluster = _open(store, parameters["clusterName"])
    principal = parameters["principalArn"]
    kind = parameters.get("type", "STANDARD")
    groups = parameters.get("kubernetesGroups")
    if not checks.principal_exists(store, principal):
        raise invalid("The specified principalArn is invalid: invalid principal.")
    if principal in cluster.access_entries:
        raise in_use(
            "The specified access entry resource is already in use on this cluster.",
            clusterName=cluster.name,
        )
    if kind != "STANDARD" and kind not in _NODE_TYPES:
        raise invalid(f"The specified type {kind} is invalid")
    if kind in _NODE_TYPES and (groups or parameters.get("username")):
        raise invalid(f"You cannot specify kubernetesGroups or username for an access entry of type {kind}")
    _check_groups(groups)
    entry = _entry(
        store,
        cluster,
        principal,
        kind=kind,
        groups=groups,
        username=parameters.get("username"),
        tags=parameters.get("tags"),
    )
    return {"accessEntry": entry}


def describe_access_entry(store: EksStore, parameters: Document) -> Document:
    """Return one access entry."""
    return {"accessEntry": _find(store, parameters)[1]}


def update_access_entry(store: EksStore, parameters: Document) -> Document:
    """Change the groups or the user name of a STANDARD entry."""
    _unused, entry = _find(store, parameters)
    if entry["type"] != "STANDARD":
        raise error(
            "InvalidRequestException",
            f"The access entry of type {entry['type']} cannot be updated",
        )
    _check_groups(parameters.get("kubernetesGroups"))
    for key in ("kubernetesGroups", "username"):
        if key in parameters:
            entry[key] = parameters[key]
    entry["modifiedAt"] = utcnow()
    return {"accessEntry": entry}


def delete_access_entry(store: EksStore, parameters: Document) -> Document:
    """Take a principal's access away, with its policies."""
    cluster, entry = _find(store, parameters)
    del cluster.access_entries[entry["principalArn"]]
    del cluster.access_policies[entry["principalArn"]]
    return {}


def list_access_entries(store: EksStore, parameters: Document) -> Document:
    """Return the principals that may enter, all or those with one policy."""
    cluster = _open(store, parameters["clusterName"])
    arns = list(cluster.access_entries)
    if policy := parameters.get("associatedPolicyArn"):
        arns = [arn for arn in arns if policy in cluster.access_policies[arn]]
    items, token = page(arns, parameters)
    return {"accessEntries": items, "nextToken": token}


def associate_access_policy(store: EksStore, parameters: Document) -> Document:
    """Give a principal an access policy, or change the scope of one that it has."""
    cluster, entry = _find(store, parameters)
    arn, scope = parameters["policyArn"], parameters["accessScope"]
    if arn not in {_policy_arn(store, name) for name in _POLICIES}:
        raise invalid("The specified policyArn is invalid: invalid policy.")
    if entry["type"] != "STANDARD" and entry["type"] != "EC2":
        raise error(
            "InvalidRequestException",
            f"Access policies cannot be associated with access entries of type {entry['type']}",
        )
    if scope.get("type") == "namespace" and not scope.get("namespaces"):
        raise invalid("The accessScope of type namespace must name at least one namespace.")
    if scope.get("type") == "cluster" and scope.get("namespaces"):
        raise invalid("The accessScope of type cluster cannot name namespaces.")
    policies = cluster.access_policies[entry["principalArn"]]
    association = _association(arn, scope)
    if before := policies.get(arn):
        association["associatedAt"] = before["associatedAt"]
    policies[arn] = association
    return {
        "clusterName": cluster.name,
        "principalArn": entry["principalArn"],
        "associatedAccessPolicy": association,
    }


def disassociate_access_policy(store: EksStore, parameters: Document) -> Document:
    """Take an access policy from a principal."""
    cluster, entry = _find(store, parameters)
    policies = cluster.access_policies[entry["principalArn"]]
    if policies.pop(parameters["policyArn"], None) is None:
        raise not_found("The specified policyArn could not be found associated with the access entry.")
    return {}


def list_associated_access_policies(store: EksStore, parameters: Document) -> Document:
    """Return the access policies of one principal."""
    cluster, entry = _find(store, parameters)
    principal = entry["principalArn"]
    items, token = page(list(cluster.access_policies[principal].values()), parameters)
    return {
        "clusterName": cluster.name,
        "principalArn": principal,
        "associatedAccessPolicies": items,
        "nextToken": token,
    }


def list_access_policies(store: EksStore, parameters: Document) -> Document:
    """Return every access policy that AWS offers."""
    policies = [{"name": name, "arn": _policy_arn(store, name)} for name in _POLICIES]
    items, token = page(policies, parameters)
    return {"accessPolicies": items, "nextToken": token}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreateAccessEntry": create_access_entry,
    "DescribeAccessEntry": describe_access_entry,
    "UpdateAccessEntry": update_access_entry,
    "DeleteAccessEntry": delete_access_entry,
    "ListAccessEntries": list_access_entries,
    "AssociateAccessPolicy": associate_access_policy,
    "DisassociateAccessPolicy": disassociate_access_policy,
    "ListAssociatedAccessPolicies": list_associated_access_policies,
    "ListAccessPolicies": list_access_policies,
}
