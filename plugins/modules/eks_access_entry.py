#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an access entry of an EKS cluster, and its access policies, be as the user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_access_entry
version_added: 0.1.0
short_description: Manage who may enter an EKS cluster
description:
  - Creates, changes and deletes an access entry, which lets a role or user of IAM into a cluster.
  - Associates access policies with it, for the whole cluster or for namespaces.
options:
  cluster:
    description: The name of the cluster.
    type: str
    required: true
    aliases: [cluster_name]
  principal_arn:
    description: The ARN of the role or user. It cannot change.
    type: str
    required: true
  kubernetes_groups:
    description: The Kubernetes groups that the principal belongs to, for role bindings of one's own.
    type: list
    elements: str
  type:
    description:
      - What the principal is. People and programs are V(STANDARD), which is also AWS's default; the others are roles of nodes.
      - It cannot change.
    type: str
    choices: [STANDARD, EC2_LINUX, EC2_WINDOWS, FARGATE_LINUX, EC2, HYBRID_LINUX]
  username:
    description: The Kubernetes user name. If not set, AWS chooses one for a new entry.
    type: str
  access_policies:
    description:
      - The access policies of the entry.
      - If not set, they are left alone.
    type: list
    elements: dict
    suboptions:
      policy_arn:
        description: The ARN of an access policy, or its name alone, such as V(AmazonEKSClusterAdminPolicy).
        type: str
        required: true
      access_scope:
        description: Where the policy applies. If not set, in the whole cluster.
        type: dict
        suboptions:
          type:
            description: Whether the policy applies in the whole cluster or in namespaces.
            type: str
            choices: [cluster, namespace]
            default: cluster
          namespaces:
            description: The namespaces, for O(access_policies[].access_scope.type=namespace).
            type: list
            elements: str
  purge_access_policies:
    description: Whether access policies that O(access_policies) does not name are taken away.
    type: bool
    default: true
  state:
    description: Whether the entry exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws manages access entries.
  - The cluster's authentication mode must be V(API) or V(API_AND_CONFIG_MAP).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.eks_cluster
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Make the platform team's role an administrator of the cluster
  stratum.aws.eks_access_entry:
    cluster: web
    principal_arn: arn:aws:iam::123456789012:role/platform
    access_policies:
      - policy_arn: AmazonEKSClusterAdminPolicy

- name: Let the deployment's role change one namespace
  stratum.aws.eks_access_entry:
    cluster: web
    principal_arn: arn:aws:iam::123456789012:role/deploy
    kubernetes_groups: [deployers]
    access_policies:
      - policy_arn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy
        access_scope:
          type: namespace
          namespaces: [shop]

- name: Take the access away
  stratum.aws.eks_access_entry:
    cluster: web
    principal_arn: arn:aws:iam::123456789012:role/deploy
    state: absent
"""

RETURN = r"""
access_entry:
  description: The access entry, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    access_entry_arn:
      description: The ARN of the entry.
      returned: when the entry exists
      type: str
      sample: arn:aws:eks:ca-central-1:123456789012:access-entry/web/role/123456789012/platform/11111111-2222-3333-4444-555555555555
    cluster_name:
      description: The name of the cluster.
      returned: always
      type: str
      sample: web
    principal_arn:
      description: The ARN of the role or user.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/platform
    type:
      description: What the principal is.
      returned: when the entry exists
      type: str
      sample: STANDARD
    username:
      description: The Kubernetes user name.
      returned: when the entry exists
      type: str
      sample: arn:aws:sts::123456789012:assumed-role/platform/{{SessionName}}
    kubernetes_groups:
      description: The Kubernetes groups.
      returned: always
      type: list
      elements: str
      sample: []
    access_policies:
      description: The access policies and where they apply.
      returned: always
      type: list
      elements: dict
      sample:
        - policy_arn: arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy
          access_scope: {"type": cluster, "namespaces": []}
    created_at:
      description: When the entry was created.
      returned: when the entry exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    modified_at:
      description: When the entry was last changed.
      returned: when the entry exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": web}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._eks import EksResource
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes, text_tags

TYPES = ["STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX"]


def policy_document(option: Mapping[str, Any], principal_arn: str) -> Document:
    """Return an access policy as AWS describes it; a bare name becomes an ARN of the principal's partition."""
    arn, scope = option["policy_arn"], option["access_scope"] or {"type": "cluster", "namespaces": None}
    if not arn.startswith("arn:"):
        arn = f"arn:{principal_arn.split(':')[1]}:eks::aws:cluster-access-policy/{arn}"
    return {"policy_arn": arn, "access_scope": {"type": scope["type"], "namespaces": sorted(scope["namespaces"] or [])}}


def policies_after(current: list[Document], wanted: list[Document] | None, purge: bool) -> list[Document]:
    """Return the access policies that the entry is to have: at most one association per policy."""
    if wanted is None:
        return current
    named = {policy["policy_arn"]: policy for policy in wanted}
    kept = [] if purge else [policy for policy in current if policy["policy_arn"] not in named]
    return [*kept, *named.values()]


def changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between an access entry and the options."""
    wanted = options["access_policies"]
    if wanted is not None:
        wanted = [policy_document(option, options["principal_arn"]) for option in wanted]
    after = {
        "type": options["type"],
        "username": options["username"],
        "kubernetes_groups": options["kubernetes_groups"],
        "access_policies": policies_after(current["access_policies"], wanted, options["purge_access_policies"]),
    }
    return {
        **differing(current, after, unordered=("kubernetes_groups", "access_policies")),
        **tag_changes(current["tags"], options["tags"], options["purge_tags"]),
    }


class AccessEntry(EksResource):
    """An access entry, found by cluster and principal."""

    kind = "EKS access entry"
    returns = "access_entry"
    cures: ClassVar[Mapping[str, str]] = {
        **EksResource.cures,
        "InvalidRequestException": "Access entries need the cluster's authentication_mode to be API or API_AND_CONFIG_MAP, and "
        "groups, user names and policies belong to type STANDARD.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self._key = {"clusterName": self.params["cluster"], "principalArn": self.params["principal_arn"]}

    @property
    def identity(self) -> str:
        return f"{self.params['cluster']}/{self.params['principal_arn']}"

    def _describe(self) -> Document | None:
        answer = self.find("describe_access_entry", **self._key)
        if answer is None:
            return None
        associated = self.collect("list_associated_access_policies", "associatedAccessPolicies", **self._key)
        policies = [policy_document(self.document(item), self.params["principal_arn"]) for item in associated]
        return {**self.document(answer["accessEntry"]), "access_policies": policies}

    def _changes(self, current: Document) -> Document:
        changed = changes(current, self.params)
        if "type" in changed:
            self.fail(f"type cannot change from {current['type']} to {changed['type']}. Delete the entry and create it again.")
        return changed

    def _predict(self) -> Document:
        nothing: Document = {"kubernetes_groups": [], "access_policies": [], "tags": {}}
        entry = {"cluster_name": self.params["cluster"], "principal_arn": self.params["principal_arn"]}
        return {**entry, **nothing, **changes(nothing, self.params)}

    def _create(self) -> None:
        self.call_patiently(
            "invalid principal",
            "create_access_entry",
            **self._key,
            kubernetesGroups=self.params["kubernetes_groups"],
            username=self.params["username"],
            type=self.params["type"],
            tags=text_tags(self.params["tags"]),
        )
        self._associate([], self._predict()["access_policies"])

    def _update(self, current: Document, changes: Document) -> None:
        if "kubernetes_groups" in changes or "username" in changes:
            self.call(
                "update_access_entry",
                **self._key,
                kubernetesGroups=changes.get("kubernetes_groups"),
                username=changes.get("username"),
            )
        if "access_policies" in changes:
            self._associate(current["access_policies"], changes["access_policies"])
        self.retag(current["access_entry_arn"], current, changes)

    def _associate(self, before: list[Document], after: list[Document]) -> None:
        arns = {policy["policy_arn"] for policy in after}
        for policy in after:
            if policy not in before:
                scope = policy["access_scope"]
                self.call("associate_access_policy", **self._key, policyArn=policy["policy_arn"], accessScope=scope)
        for policy in before:
            if policy["policy_arn"] not in arns:
                self.find("disassociate_access_policy", **self._key, policyArn=policy["policy_arn"])

    def _delete(self, current: Document) -> None:
        self.find("delete_access_entry", **self._key)


def main() -> None:
    """Run the module."""
    scope = {
        "type": {"type": "str", "choices": ["cluster", "namespace"], "default": "cluster"},
        "namespaces": {"type": "list", "elements": "str"},
    }
    policy = {
        "policy_arn": {"type": "str", "required": True},
        "access_scope": {"type": "dict", "options": scope, "required_if": [("type", "namespace", ["namespaces"])]},
    }
    argument_spec = {
        "cluster": {"type": "str", "required": True, "aliases": ["cluster_name"]},
        "principal_arn": {"type": "str", "required": True},
        "kubernetes_groups": {"type": "list", "elements": "str"},
        "type": {"type": "str", "choices": TYPES},
        "username": {"type": "str"},
        "access_policies": {"type": "list", "elements": "dict", "options": policy},
        "purge_access_policies": {"type": "bool", "default": True},
        "state": STATE,
        **TAGS,
    }
    AccessEntry(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
