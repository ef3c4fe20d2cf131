#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an add-on of an EKS cluster be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_addon
version_added: 0.1.0
short_description: Manage an add-on of an EKS cluster
description:
  - Installs, changes and removes an add-on, such as the VPC CNI or the EBS CSI driver.
options:
  cluster:
    description: The name of the cluster.
    type: str
    required: true
    aliases: [cluster_name]
  name:
    description: The name of the add-on, such as V(vpc-cni). It cannot change.
    type: str
    required: true
  version:
    description:
      - The version of the add-on, such as V(v1.20.4-eksbuild.1).
      - V(default) is AWS's default and V(latest) the newest version for the Kubernetes version that the cluster has at that moment.
      - If not set, AWS chooses the version of a new add-on, and that of an existing one is left alone.
    type: str
  service_account_role_arn:
    description: The ARN of the role that the add-on's service account assumes through the cluster's OIDC provider.
    type: str
  pod_identity_associations:
    description:
      - The roles that the add-on's service accounts assume through EKS Pod Identity.
      - If not set, they are left alone; an empty list removes them.
    type: list
    elements: dict
    suboptions:
      service_account:
        description: The name of the Kubernetes service account.
        type: str
        required: true
      role_arn:
        description: The ARN of the role.
        type: str
        required: true
  configuration_values:
    description:
      - The add-on's configuration, by the schema that C(DescribeAddonConfiguration) returns.
      - It replaces the whole configuration; an empty dictionary resets it.
    type: dict
  resolve_conflicts:
    description:
      - What happens with objects in the cluster that have been changed - V(OVERWRITE) takes the add-on's values,
        V(PRESERVE) keeps them (for an update; as V(NONE) for a new add-on), V(NONE) fails. AWS's default is V(NONE).
    type: str
    choices: [NONE, OVERWRITE, PRESERVE]
  preserve:
    description: Whether the add-on's objects stay in the cluster when O(state=absent).
    type: bool
    default: false
  state:
    description: Whether the add-on is installed.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description: Whether to wait until the add-on is active, changed or gone.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait.
    type: int
    default: 1200
notes:
  - Neither amazon.aws nor community.aws manages add-ons.
  - Add-ons that need nodes, such as V(coredns), do not become active before the cluster has some.
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
- name: Install the VPC CNI with prefix delegation
  stratum.aws.eks_addon:
    cluster: web
    name: vpc-cni
    version: default
    configuration_values:
      env:
        ENABLE_PREFIX_DELEGATION: "true"

- name: Install the EBS CSI driver with a role of its own
  stratum.aws.eks_addon:
    cluster: web
    name: aws-ebs-csi-driver
    version: v1.55.0-eksbuild.1
    service_account_role_arn: arn:aws:iam::123456789012:role/web-ebs-csi
    resolve_conflicts: OVERWRITE

- name: Remove the add-on, and keep what it runs
  stratum.aws.eks_addon:
    cluster: web
    name: vpc-cni
    preserve: true
    state: absent
"""

RETURN = r"""
addon:
  description: The add-on, or V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    addon_arn:
      description: The ARN of the add-on.
      returned: when the add-on exists
      type: str
      sample: arn:aws:eks:ca-central-1:123456789012:addon/web/vpc-cni/11111111-2222-3333-4444-555555555555
    addon_name:
      description: The name of the add-on.
      returned: always
      type: str
      sample: vpc-cni
    addon_version:
      description: The version.
      returned: when it is known
      type: str
      sample: v1.20.4-eksbuild.1
    cluster_name:
      description: The name of the cluster.
      returned: always
      type: str
      sample: web
    configuration_values:
      description: The configuration; a string if it was set as YAML by something else.
      returned: always
      type: raw
      sample: {"env": {"ENABLE_PREFIX_DELEGATION": "true"}}
    created_at:
      description: When the add-on was installed.
      returned: when the add-on exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    modified_at:
      description: When the add-on was last changed.
      returned: when the add-on exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    owner:
      description: Who made the add-on.
      returned: when the add-on exists
      type: str
      sample: aws
    publisher:
      description: Who publishes the add-on.
      returned: when the add-on exists
      type: str
      sample: eks
    health:
      description: What AWS finds wrong with the add-on, under C(issues).
      returned: when the add-on exists
      type: dict
      sample: {"issues": []}
    pod_identity_associations:
      description: The roles of the service accounts.
      returned: always
      type: list
      elements: dict
      sample: [{"service_account": ebs-csi-controller-sa, "role_arn": "arn:aws:iam::123456789012:role/web-ebs-csi"}]
    service_account_role_arn:
      description: The role through the OIDC provider.
      returned: when there is one
      type: str
      sample: arn:aws:iam::123456789012:role/web-ebs-csi
    status:
      description: The status.
      returned: when the add-on exists
      type: str
      sample: ACTIVE
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": web}
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._eks import ADDON_ACTIVE, ADDON_GONE, UPDATE_DONE, EksResource
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes, text_tags

UPDATED = ("addon_version", "service_account_role_arn", "configuration_values", "pod_identity_associations")


def configuration(text: str | None) -> Any:
    """Return the configuration that AWS describes as a document; as the text it is when it is no JSON."""
    try:
        return json.loads(text) if text else {}
    except ValueError:
        return text


def changes(current: Mapping[str, Any], options: Mapping[str, Any], version: str | None) -> Document:
    """Return what differs between an add-on and the options; `version` is the one that they mean."""
    wanted = {
        "addon_version": version,
        "service_account_role_arn": options["service_account_role_arn"],
        "pod_identity_associations": options["pod_identity_associations"],
    }
    result = differing(current, wanted, unordered=("pod_identity_associations",))
    values = options["configuration_values"]
    # The configuration is one value: a key that is no longer wanted goes.
    if values is not None and values != current["configuration_values"]:
        result["configuration_values"] = values
    return {**result, **tag_changes(current["tags"], options["tags"], options["purge_tags"])}


def chosen_version(offers: Sequence[Mapping[str, Any]], wanted: str) -> str | None:
    """Return the version that `default` or `latest` means among those that AWS offers for a cluster, newest first."""
    for offer in offers:
        if wanted == "latest" or any(item.get("defaultVersion") for item in offer["compatibilities"]):
            return str(offer["addonVersion"])
    return None


class Addon(EksResource):
    """An add-on, found by cluster and name."""

    kind = "EKS add-on"
    returns = "addon"

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self._key = {"clusterName": self.params["cluster"], "addonName": self.params["name"]}

    @property
    def identity(self) -> str:
        return f"{self.params['cluster']}/{self.params['name']}"

    def _describe(self) -> Document | None:
        answer = self.find("describe_addon", **self._key)
        if answer is None:
            return None
        result = self.document(answer["addon"])
        result["configuration_values"] = configuration(answer["addon"].get("configurationValues"))
        arns = answer["addon"].get("podIdentityAssociations", [])
        result["pod_identity_associations"] = [self._association(arn) for arn in arns]
        return result

    def _association(self, arn: str) -> Document:
        key = {"clusterName": self.params["cluster"], "associationId": arn.rpartition("/")[2]}
        found = self.call("describe_pod_identity_association", **key)["association"]
        return {"service_account": found["serviceAccount"], "role_arn": found["roleArn"]}

    def _leaving(self, current: Document) -> bool:
        return bool(current["status"] == "DELETING")

    def _await_deletion(self, current: Document) -> None:
        self.wait(ADDON_GONE, **self._key)

    def _settle(self, current: Document) -> Document:
        if current["status"] not in ("CREATING", "UPDATING"):
            return current
        self.wait(ADDON_ACTIVE, **self._key)
        return self._describe() or current

    def _version(self) -> str | None:
        """Return the version that the user means; asks AWS only where the user leaves it to AWS."""
        wanted = self.params["version"]
        if wanted not in ("default", "latest"):
            return str(wanted) if wanted else None
        cluster = self.find("describe_cluster", name=self.params["cluster"])
        if cluster is None and self.module.check_mode:
            return None
        if cluster is None:
            self.fail("there is no such cluster. Create it first, or correct the option cluster.")
        kubernetes = cluster["cluster"]["version"]
        offered = self.collect("describe_addon_versions", "addons", addonName=self.params["name"], kubernetesVersion=kubernetes)
        version = chosen_version([version for addon in offered for version in addon["addonVersions"]], wanted)
        if version is None:
            self.fail(f"AWS offers no {wanted} version of it for Kubernetes {kubernetes}. Check the name, or set version.")
        return version

    def _changes(self, current: Document) -> Document:
        return changes(current, self.params, self._version())

    def _predict(self) -> Document:
        nothing: Document = {"configuration_values": {}, "pod_identity_associations": [], "tags": {}}
        addon = {"addon_name": self.params["name"], "cluster_name": self.params["cluster"]}
        return {**addon, **nothing, **changes(nothing, self.params, self._version())}

    def _parameters(self, document: Mapping[str, Any]) -> Document:
        """Return the parameters that creating and updating have in common."""
        values, associations = document.get("configuration_values"), document.get("pod_identity_associations")
        return {
            **self._key,
            "addonVersion": document.get("addon_version"),
            "serviceAccountRoleArn": document.get("service_account_role_arn"),
            "configurationValues": values if values is None or isinstance(values, str) else json.dumps(values, sort_keys=True),
            "podIdentityAssociations": associations
            and [{"serviceAccount": item["service_account"], "roleArn": item["role_arn"]} for item in associations],
            "resolveConflicts": self.params["resolve_conflicts"],
        }

    def _create(self) -> None:
        parameters = self._parameters(given({**self._predict(), "configuration_values": self.params["configuration_values"]}))
        self.call_patiently("does not exist", "create_addon", **parameters, tags=text_tags(self.params["tags"]))
        self.wait(ADDON_ACTIVE, **self._key)

    def _update(self, current: Document, changes: Document) -> None:
        self.retag(current["addon_arn"], current, changes)
        if not any(key in changes for key in UPDATED):
            return
        # What an update leaves out goes back to AWS's default, except the associations.
        merged = {**current, **changes, "pod_identity_associations": changes.get("pod_identity_associations")}
        answer = self.call("update_addon", **self._parameters(merged))
        self.wait(UPDATE_DONE, name=self.params["cluster"], addonName=self.params["name"], updateId=answer["update"]["id"])

    def _delete(self, current: Document) -> None:
        self.find("delete_addon", **self._key, preserve=self.params["preserve"])
        self.wait(ADDON_GONE, **self._key)


def main() -> None:
    """Run the module."""
    association = {"service_account": {"type": "str", "required": True}, "role_arn": {"type": "str", "required": True}}
    argument_spec = {
        "cluster": {"type": "str", "required": True, "aliases": ["cluster_name"]},
        "name": {"type": "str", "required": True},
        "version": {"type": "str"},
        "service_account_role_arn": {"type": "str"},
        "pod_identity_associations": {"type": "list", "elements": "dict", "options": association},
        "configuration_values": {"type": "dict"},
        "resolve_conflicts": {"type": "str", "choices": ["NONE", "OVERWRITE", "PRESERVE"]},
        "preserve": {"type": "bool", "default": False},
        "state": STATE,
        **wait_options(1200),
        **TAGS,
    }
    Addon(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
