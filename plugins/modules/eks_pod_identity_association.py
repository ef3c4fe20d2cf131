#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the role of a Kubernetes service account be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_pod_identity_association
version_added: 0.1.0
short_description: Manage which role the pods of a service account assume
description:
  - Creates, changes and deletes an EKS Pod Identity association, which gives a role of IAM to a Kubernetes service account.
options:
  cluster:
    description: The name of the cluster.
    type: str
    required: true
    aliases: [cluster_name]
  namespace:
    description: The namespace of the service account. It cannot change.
    type: str
    required: true
  service_account:
    description: The name of the service account. It need not exist yet. It cannot change.
    type: str
    required: true
  role_arn:
    description:
      - The ARN of the role, whose trust policy allows C(pods.eks.amazonaws.com) C(sts:AssumeRole) and C(sts:TagSession).
      - Needed when O(state=present).
    type: str
  target_role_arn:
    description: The ARN of a role, maybe in another account, that EKS assumes by way of O(role_arn).
    type: str
  disable_session_tags:
    description: Whether the session goes without the tags that name cluster, namespace, service account and pod. AWS's default is V(false).
    type: bool
  state:
    description: Whether the association exists.
    type: str
    choices: [present, absent]
    default: present
notes:
  - Neither amazon.aws nor community.aws manages pod identity associations.
  - The cluster needs the add-on V(eks-pod-identity-agent).
  - An association that belongs to an add-on is managed by O(stratum.aws.eks_addon#module:pod_identity_associations).
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.eks_addon
  - module: stratum.aws.iam_oidc_provider
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Let the shop's pods assume their role
  stratum.aws.eks_pod_identity_association:
    cluster: web
    namespace: shop
    service_account: api
    role_arn: arn:aws:iam::123456789012:role/shop-api

- name: Take the role away
  stratum.aws.eks_pod_identity_association:
    cluster: web
    namespace: shop
    service_account: api
    state: absent
"""

RETURN = r"""
association:
  description: The association, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    association_arn:
      description: The ARN of the association.
      returned: when the association exists
      type: str
      sample: arn:aws:eks:ca-central-1:123456789012:podidentityassociation/web/a-0a1b2c3d4e5f6g7h8
    association_id:
      description: The ID of the association.
      returned: when the association exists
      type: str
      sample: a-0a1b2c3d4e5f6g7h8
    cluster_name:
      description: The name of the cluster.
      returned: always
      type: str
      sample: web
    namespace:
      description: The namespace of the service account.
      returned: always
      type: str
      sample: shop
    service_account:
      description: The name of the service account.
      returned: always
      type: str
      sample: api
    role_arn:
      description: The ARN of the role.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/shop-api
    owner_arn:
      description: The ARN of the add-on that the association belongs to.
      returned: when there is one
      type: str
      sample: arn:aws:eks:ca-central-1:123456789012:addon/web/vpc-cni/11111111-2222-3333-4444-555555555555
    created_at:
      description: When the association was created.
      returned: when the association exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    modified_at:
      description: When the association was last changed.
      returned: when the association exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    target_role_arn:
      description: The role that EKS assumes by way of the first.
      returned: when there is one
      type: str
      sample: arn:aws:iam::210987654321:role/shop-api
    external_id:
      description: The external ID that the trust policy of the target role can ask for.
      returned: when there is a target role
      type: str
      sample: 11111111-2222-3333-4444-555555555555
    disable_session_tags:
      description: Whether the session goes without tags.
      returned: when it is known
      type: bool
      sample: false
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": web}
"""

from collections.abc import Mapping
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._eks import EksResource
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes, text_tags

SETTINGS = ("role_arn", "target_role_arn", "disable_session_tags")


def changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs between an association and the options."""
    return {
        **differing(current, {name: options[name] for name in SETTINGS}),
        **tag_changes(current["tags"], options["tags"], options["purge_tags"]),
    }


class PodIdentityAssociation(EksResource):
    """A pod identity association, found by cluster, namespace and service account."""

    kind = "EKS pod identity association"
    returns = "association"

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self._key = {
            "clusterName": self.params["cluster"],
            "namespace": self.params["namespace"],
            "serviceAccount": self.params["service_account"],
        }

    @property
    def identity(self) -> str:
        return "/".join(self._key.values())

    def _describe(self) -> Document | None:
        # A service account has at most one association, so there is no second page.
        listed = self.find("list_pod_identity_associations", **self._key) or {}
        for summary in listed.get("associations", []):
            found = self.find("describe_pod_identity_association", **self._id(summary["associationId"]))
            if found:
                return {"disable_session_tags": False, **self.document(found["association"])}
        return None

    def _id(self, association_id: str) -> dict[str, str]:
        return {"clusterName": self.params["cluster"], "associationId": association_id}

    def _settings(self, document: Mapping[str, Any]) -> Document:
        return {
            "roleArn": document.get("role_arn"),
            "targetRoleArn": document.get("target_role_arn"),
            "disableSessionTags": document.get("disable_session_tags"),
        }

    def _changes(self, current: Document) -> Document:
        self._refuse_an_addons(current)
        return changes(current, self.params)

    def _predict(self) -> Document:
        key = {"cluster_name": self.params["cluster"], **{name: self.params[name] for name in ("namespace", "service_account")}}
        return {**key, **given({name: self.params[name] for name in SETTINGS}), "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        settings = self._settings(self.params)
        tags = text_tags(self.params["tags"])
        self.call_patiently("does not exist", "create_pod_identity_association", **self._key, **settings, tags=tags)

    def _update(self, current: Document, changes: Document) -> None:
        if any(name in changes for name in SETTINGS):
            merged = self._settings({**current, **changes})
            self.call("update_pod_identity_association", **self._id(current["association_id"]), **merged)
        self.retag(current["association_arn"], current, changes)

    def _delete(self, current: Document) -> None:
        self._refuse_an_addons(current)
        self.find("delete_pod_identity_association", **self._id(current["association_id"]))

    def _refuse_an_addons(self, current: Document) -> None:
        if owner := current.get("owner_arn"):
            self.fail(f"it belongs to {owner}. Change pod_identity_associations of that add-on.")


def main() -> None:
    """Run the module."""
    argument_spec = {
        "cluster": {"type": "str", "required": True, "aliases": ["cluster_name"]},
        "namespace": {"type": "str", "required": True},
        "service_account": {"type": "str", "required": True},
        "role_arn": {"type": "str"},
        "target_role_arn": {"type": "str"},
        "disable_session_tags": {"type": "bool"},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=[("state", "present", ["role_arn"])], supports_check_mode=True)
    PodIdentityAssociation(module).run()


if __name__ == "__main__":
    main()
