# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS makes of an IAM identity in a cluster: a user with groups, and what its access policies allow.

Access entries come first, where the cluster's authentication mode reads them, then the ConfigMap
`aws-auth`.  Groups mean what RBAC in the cluster says; access policies are no objects of the cluster,
EKS decides about them when the API asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from tests.emulator.services.eks.store import Cluster

from .identity import Identity

CANONICAL_ARN: Final = "canonicalArn"
"""The user's extra field by which the authorizer knows the access entry again."""

MASTERS: Final = "system:masters"

Document = Mapping[str, Any]
NodeNames = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class User:
    """A user of the Kubernetes API."""

    name: str
    uid: str
    groups: list[str]
    extra: dict[str, list[str]] = field(default_factory=dict)


def user_of(cluster: Cluster, identity: Identity, aws_auth: Callable[[], Document | None], node_name: NodeNames) -> User | None:
    """Return the user that an identity is in the cluster; None for a stranger.

    `aws_auth` reads the ConfigMap's data, `node_name` finds the node of an EC2 instance.
    """
    mode = cluster.authentication_mode
    found: tuple[str, list[str]] | None = None
    if mode != "CONFIG_MAP":
        entry = entry_of(cluster, identity.canonical_arn)
        found = (entry["username"], list(entry["kubernetesGroups"])) if entry is not None else None
    elif cluster.data["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] and cluster.creator_arn == identity.canonical_arn:
        found = ("kubernetes-admin", [MASTERS])
    if found is None and mode != "API":
        found = mapped(aws_auth() or {}, identity)
    if found is None:
        return None
    name = rendered(found[0], identity, node_name)
    if name is None:
        return None
    extra = {
        "accessKeyId": [identity.access_key_id],
        "arn": [identity.arn],
        CANONICAL_ARN: [identity.canonical_arn],
        "principalId": [identity.principal_id],
        "sessionName": [identity.session_name],
    }
    return User(name, f"aws-iam-authenticator:{identity.account_id}:{identity.principal_id}", found[1], extra)


def entry_of(cluster: Cluster, canonical_arn: str) -> Document | None:
    """Return the access entry of an identity; an entry may name a role with its path, a session never does."""
    for principal, entry in list(cluster.access_entries.items()):
        if without_path(principal) == canonical_arn:
            return entry
    return None


def without_path(arn: str) -> str:
    """Return a role's ARN without its path; any other ARN as it is."""
    head, separator, path = arn.partition(":role/")
    return f"{head}:role/{path.rpartition('/')[2]}" if separator else arn


def rendered(template: str, identity: Identity, node_name: NodeNames) -> str | None:
    """Return a user name with its placeholders filled; None when the node that it names is not known."""
    values = {
        "AccountID": identity.account_id,
        "SessionName": identity.session_name.replace("@", "-"),
        "SessionNameRaw": identity.session_name,
        "AccessKeyID": identity.access_key_id,
    }
    if "{{EC2PrivateDNSName}}" in template:
        # A node's session bears the name of its instance.
        node = node_name(identity.session_name)
        if node is None:
            return None
        values["EC2PrivateDNSName"] = node
    return re.sub(r"\{\{(\w+)\}\}", lambda match: values.get(match[1], match[0]), template)


def mapped(data: Document, identity: Identity) -> tuple[str, list[str]] | None:
    """Return user name template and groups that `aws-auth` gives an identity."""
    wanted = identity.canonical_arn.lower()
    for key, name in (("mapRoles", "rolearn"), ("mapUsers", "userarn")):
        for item in _items(data.get(key)):
            if str(item.get(name, "")).lower() == wanted:
                groups = item.get("groups") or []
                return str(item.get("username") or identity.canonical_arn), [str(group) for group in groups]
    if identity.account_id in [str(account) for account in _list(data.get("mapAccounts"))]:
        return identity.canonical_arn, []
    return None


def _items(text: object) -> Iterator[dict[str, Any]]:
    for item in _list(text):
        if isinstance(item, dict):
            yield {str(key).lower(): value for key, value in item.items()}


def _list(text: object) -> list[Any]:
    try:
        items = yaml.safe_load(text) if isinstance(text, str) else None
    except yaml.YAMLError:
        return []
    return items if isinstance(items, list) else []


# -- access policies ---------------------------------------------------------------------------------------------

Rule = tuple[frozenset[str], frozenset[str], frozenset[str]]
"""API groups, resources (with subresource) and verbs, as in a ClusterRole."""

_READ: Final = "get list watch"
_WRITE: Final = "create delete deletecollection patch update"


def _rule(groups: str, resources: str, verbs: str) -> Rule:
    # The core group's name is empty, which a list of words cannot hold.
    return frozenset("" if group == "core" else group for group in groups.split()), frozenset(resources.split()), frozenset(verbs.split())


_WORKLOADS: Final = "daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale"
_VIEW: Final = (
    _rule("apps extensions", f"{_WORKLOADS} daemonsets/status deployments/status replicasets/status statefulsets/status", _READ),
    _rule("apps", "controllerrevisions", _READ),
    _rule("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", _READ),
    _rule("batch", "cronjobs cronjobs/status jobs jobs/status", _READ),
    _rule("discovery.k8s.io", "endpointslices", _READ),
    _rule("networking.k8s.io extensions", "ingresses ingresses/status networkpolicies", _READ),
    _rule("policy", "poddisruptionbudgets poddisruptionbudgets/status", _READ),
    _rule(
        "core",
        "bindings configmaps endpoints events limitranges namespaces namespaces/status persistentvolumeclaims persistentvolumeclaims/status"
        " pods pods/log pods/status replicationcontrollers replicationcontrollers/scale replicationcontrollers/status resourcequotas"
        " resourcequotas/status serviceaccounts services services/status",
        _READ,
    ),
)
_EDIT: Final = (
    *_VIEW,
    _rule("apps extensions", f"{_WORKLOADS} deployments/rollback", _WRITE),
    _rule("autoscaling", "horizontalpodautoscalers", _WRITE),
    _rule("batch", "cronjobs jobs", _WRITE),
    _rule("networking.k8s.io extensions", "ingresses networkpolicies", _WRITE),
    _rule("policy", "poddisruptionbudgets", _WRITE),
    _rule(
        "core",
        "configmaps endpoints persistentvolumeclaims pods pods/attach pods/exec pods/portforward pods/proxy replicationcontrollers"
        " replicationcontrollers/scale secrets serviceaccounts services services/proxy",
        _WRITE,
    ),
    _rule("core", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", _READ),
    _rule("core", "serviceaccounts", "impersonate"),
)
_ADMIN: Final = (
    *_EDIT,
    _rule("authorization.k8s.io", "localsubjectaccessreviews", "create"),
    _rule("rbac.authorization.k8s.io", "rolebindings roles", f"{_READ} {_WRITE}"),
)
POLICIES: Final[Mapping[str, tuple[Rule, ...]]] = {
    "AmazonEKSClusterAdminPolicy": (_rule("*", "*", "*"),),
    "AmazonEKSAdminPolicy": _ADMIN,
    "AmazonEKSEditPolicy": _EDIT,
    "AmazonEKSViewPolicy": _VIEW,
    "AmazonEKSAdminViewPolicy": (_rule("*", "*", _READ),),
}
"""What the policies allow, as AWS documents them; AWS's other policies, for its own services, allow nothing here."""


def allows(cluster: Cluster, canonical_arn: str, attributes: Document) -> bool:
    """Return whether an identity's access policies allow what a SubjectAccessReview's spec asks."""
    if cluster.authentication_mode == "CONFIG_MAP":
        return False
    entry = entry_of(cluster, canonical_arn)
    if entry is None:
        return False
    asked = attributes.get("resourceAttributes")
    for arn, association in list(cluster.access_policies.get(entry["principalArn"], {}).items()):
        policy, scope = arn.rpartition("/")[2], association["accessScope"]
        if asked is None:
            # Paths such as /metrics belong to no namespace.
            if policy == "AmazonEKSClusterAdminPolicy" and scope["type"] == "cluster":
                return True
        elif _in_scope(scope, asked.get("namespace") or "") and any(_permits(rule, asked) for rule in POLICIES.get(policy, ())):
            return True
    return False


def _in_scope(scope: Document, namespace: str) -> bool:
    if scope["type"] == "cluster":
        return True
    patterns = (re.escape(each).replace(r"\*", ".*") for each in scope["namespaces"])
    return bool(namespace) and any(re.fullmatch(pattern, namespace) for pattern in patterns)


def _permits(rule: Rule, asked: Document) -> bool:
    resource = asked.get("resource") or ""
    if asked.get("subresource"):
        resource = f"{resource}/{asked['subresource']}"
    wanted = (asked.get("group") or "", resource, asked.get("verb") or "")
    return all("*" in allowed or value in allowed for allowed, value in zip(rule, wanted, strict=True))
