# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pod identity associations: the IAM role of a Kubernetes service account."""

from __future__ import annotations

from typing import Any, Final

from moto.core.utils import utcnow
from moto.moto_api._internal import mock_random

from tests.emulator.services.eks import checks
from tests.emulator.services.eks.store import Cluster, EksStore, in_use, invalid, not_found
from tests.emulator.wire import Document, Operation, page


def _check_role(store: EksStore, arn: str) -> None:
    role: Any = checks.role(store, arn)
    if role is None:
        raise invalid("Role provided in the request does not exist.")
    if not checks.trusts(role, "pods.eks.amazonaws.com"):
        raise invalid(
            "Trust policy of role provided in the request does not allow the service principal pods.eks.amazonaws.com to assume it."
        )


def associate(store: EksStore, cluster: Cluster, parameters: Document, owner: str | None = None) -> Document:
    """Bind a role to a service account; `owner` is the ARN of the add-on that asked for it."""
    namespace, account = parameters["namespace"], parameters["serviceAccount"]
    for existing in cluster.associations.values():
        if (existing["namespace"], existing["serviceAccount"]) == (namespace, account):
            raise in_use(f"Association already exists: {existing['associationId']}", clusterName=cluster.name)
    _check_role(store, parameters["roleArn"])
    association_id = f"a-{mock_random.get_random_string(17).lower()}"
    now = utcnow()
    association: Document = {
        "clusterName": cluster.name,
        "namespace": namespace,
        "serviceAccount": account,
        "roleArn": parameters["roleArn"],
        "associationArn": store.arn("podidentityassociation", cluster.name, association_id),
        "associationId": association_id,
        "tags": parameters.get("tags") or {},
        "createdAt": now,
        "modifiedAt": now,
        "disableSessionTags": parameters.get("disableSessionTags", False),
    }
    if owner is not None:
        association["ownerArn"] = owner
    if target := parameters.get("targetRoleArn"):
        association["targetRoleArn"] = target
        association["externalId"] = str(mock_random.uuid4())
    if policy := parameters.get("policy"):
        association["policy"] = policy
    cluster.associations[association_id] = association
    return association


def _find(store: EksStore, parameters: Document) -> tuple[Cluster, Document]:
    cluster = store.cluster(parameters["clusterName"])
    association_id = parameters["associationId"]
    if association_id not in cluster.associations:
        raise not_found(f"No association found with ID: {association_id}", clusterName=cluster.name)
    return cluster, cluster.associations[association_id]


def create_pod_identity_association(store: EksStore, parameters: Document) -> Document:
    """Bind a role to a service account, which has at most one."""
    cluster = store.active_cluster(parameters["clusterName"])
    return {"association": associate(store, cluster, parameters)}


def describe_pod_identity_association(store: EksStore, parameters: Document) -> Document:
    """Return one association."""
    return {"association": _find(store, parameters)[1]}


def update_pod_identity_association(store: EksStore, parameters: Document) -> Document:
    """Change the role of an association; namespace and service account are fixed."""
    _unused, association = _find(store, parameters)
    if role_arn := parameters.get("roleArn"):
        _check_role(store, role_arn)
    for key in ("roleArn", "disableSessionTags", "targetRoleArn", "policy"):
        if key in parameters:
            association[key] = parameters[key]
    if association.get("targetRoleArn") and "externalId" not in association:
        association["externalId"] = str(mock_random.uuid4())
    association["modifiedAt"] = utcnow()
    return {"association": association}


def delete_pod_identity_association(store: EksStore, parameters: Document) -> Document:
    """Take the role from the service account."""
    cluster, association = _find(store, parameters)
    del cluster.associations[association["associationId"]]
    return {"association": association}


def list_pod_identity_associations(store: EksStore, parameters: Document) -> Document:
    """Return summaries of the associations that pass the filters."""
    cluster = store.cluster(parameters["clusterName"])
    keys = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId")
    found = [
        {key: item[key] for key in (*keys, "ownerArn") if key in item}
        for item in cluster.associations.values()
        if parameters.get("namespace") in (None, item["namespace"]) and parameters.get("serviceAccount") in (None, item["serviceAccount"])
    ]
    items, token = page(found, parameters)
    return {"associations": items, "nextToken": token}


OPERATIONS: Final[dict[str, Operation]] = {
    "CreatePodIdentityAssociation": create_pod_identity_association,
    "DescribePodIdentityAssociation": describe_pod_identity_association,
    "UpdatePodIdentityAssociation": update_pod_identity_association,
    "DeletePodIdentityAssociation": delete_pod_identity_association,
    "ListPodIdentityAssociations": list_pod_identity_associations,
}
