#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the control plane of an EKS cluster be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: eks_cluster
version_added: 0.1.0
short_description: Manage the control plane of an EKS cluster
description:
  - Creates, changes, upgrades and deletes the control plane of an Amazon EKS cluster.
  - What AWS cannot change after creation fails with a message, and nothing is changed.
options:
  name:
    description: The name of the cluster. It cannot change.
    type: str
    required: true
  version:
    description:
      - The Kubernetes version, such as V("1.34"). Keep the quotes.
      - A newer one upgrades the cluster, one minor version after the other. A control plane is never downgraded.
      - If not set, AWS chooses the version of a new cluster, and that of an existing one is left alone.
    type: str
  role_arn:
    description: The ARN of the role that the control plane assumes. Needed when O(state=present). It cannot change.
    type: str
  subnets:
    description: The IDs of the subnets for the control plane's interfaces, in at least two zones. Needed when O(state=present).
    type: list
    elements: str
  security_groups:
    description: The IDs of security groups for the control plane's interfaces, beside the one that EKS makes.
    type: list
    elements: str
  endpoint_public_access:
    description: Whether the API can be reached from the internet. AWS's default is V(true).
    type: bool
  endpoint_private_access:
    description: Whether the API can be reached from inside the VPC. AWS's default is V(false).
    type: bool
  public_access_cidrs:
    description:
      - The CIDR blocks from which the public endpoint can be reached. AWS's default is everywhere.
      - Not used when O(endpoint_public_access=false).
    type: list
    elements: str
  logging_types:
    description: The control plane logs that go to CloudWatch Logs; all others are turned off. An empty list turns all of them off.
    type: list
    elements: str
    choices: [api, audit, authenticator, controllerManager, scheduler]
    aliases: [enabled_log_types]
  encryption_key_arn:
    description: The ARN of a KMS key that encrypts Kubernetes secrets. It can be added later, but neither changed nor removed.
    type: str
  authentication_mode:
    description: Where the cluster reads who may enter. It can only go on from V(CONFIG_MAP) to V(API_AND_CONFIG_MAP) to V(API).
    type: str
    choices: [CONFIG_MAP, API_AND_CONFIG_MAP, API]
  bootstrap_cluster_creator_admin_permissions:
    description: Whether the creator becomes an administrator of the cluster. AWS's default is V(true). It cannot change.
    type: bool
  bootstrap_self_managed_addons:
    description:
      - Whether a new cluster gets self-managed VPC CNI, kube-proxy and CoreDNS.
      - AWS's default is V(true). Only used at creation.
    type: bool
  service_ipv4_cidr:
    description: The private block, from C(/24) to C(/12), from which services get their addresses. It cannot change.
    type: str
  ip_family:
    description: The family of pod and service addresses. It cannot change.
    type: str
    choices: [ipv4, ipv6]
  support_type:
    description:
      - Whether AWS upgrades the cluster at the end of standard support, or charges for extended support.
      - AWS's default is V(EXTENDED).
    type: str
    choices: [STANDARD, EXTENDED]
  zonal_shift:
    description: Whether AWS may shift traffic away from a zone that is impaired.
    type: bool
  deletion_protection:
    description:
      - Whether AWS refuses to delete the cluster.
      - With O(state=absent), V(false) takes the protection away first; otherwise a protected cluster is not deleted.
    type: bool
  state:
    description: Whether the cluster exists.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description:
      - Whether to wait until the cluster is active or gone.
      - One change is always waited for before the next one begins.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait for each of creation, every single change, and deletion.
    type: int
    default: 2400
notes:
  - M(community.aws.eks_cluster) manages neither endpoint access, logging, encryption, authentication nor deletion protection,
    cannot upgrade, ignores tags of an existing cluster, and waits in check mode.
  - The returned cluster is not usable with RV(cluster.status) other than V(ACTIVE); keep O(wait=true) if something depends on it.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.eks_access_entry
  - module: stratum.aws.eks_addon
  - module: stratum.aws.iam_oidc_provider
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Create a cluster with a private endpoint, audit logs and encrypted secrets
  stratum.aws.eks_cluster:
    name: web
    version: "1.34"
    role_arn: arn:aws:iam::123456789012:role/web-cluster
    subnets: [subnet-0a1b2c3d4e5f60001, subnet-0a1b2c3d4e5f60002]
    endpoint_private_access: true
    public_access_cidrs: [203.0.113.0/24]
    logging_types: [api, audit, authenticator]
    encryption_key_arn: arn:aws:kms:ca-central-1:123456789012:key/11111111-2222-3333-4444-555555555555
    authentication_mode: API
    deletion_protection: true
    tags:
      stratum:stack: web

- name: Delete the cluster in spite of its deletion protection
  stratum.aws.eks_cluster:
    name: web
    deletion_protection: false
    state: absent
"""

RETURN = r"""
cluster:
  description: The cluster, or V(null) when O(state=absent). Newer parts of AWS's description have further keys.
  returned: success
  type: dict
  contains:
    name:
      description: The name.
      returned: always
      type: str
      sample: web
    arn:
      description: The ARN.
      returned: when the cluster exists
      type: str
      sample: arn:aws:eks:ca-central-1:123456789012:cluster/web
    status:
      description: The status.
      returned: when the cluster exists
      type: str
      sample: ACTIVE
    version:
      description: The Kubernetes version.
      returned: when the cluster exists
      type: str
      sample: "1.34"
    platform_version:
      description: The version of EKS's own parts.
      returned: when the cluster exists
      type: str
      sample: eks.12
    role_arn:
      description: The role that the control plane assumes.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/web-cluster
    created_at:
      description: When the cluster was created.
      returned: when the cluster exists
      type: str
      sample: "2026-01-31T12:00:00+00:00"
    health:
      description: What AWS finds wrong with the cluster, under C(issues).
      returned: when the cluster exists
      type: dict
      sample: {"issues": []}
    endpoint:
      description: The URL of the Kubernetes API; empty while there is none.
      returned: always
      type: str
      sample: https://EXAMPLE.gr7.ca-central-1.eks.amazonaws.com
    certificate_authority:
      description: The certificate authority of the Kubernetes API, under C(data), in base64.
      returned: when the cluster is active
      type: dict
      sample: {"data": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"}
    identity:
      description: The issuer of the tokens of service accounts, under C(oidc.issuer).
      returned: when the cluster exists
      type: dict
      sample: {"oidc": {"issuer": "https://oidc.eks.ca-central-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE"}}
    resources_vpc_config:
      description: The network, with the security group that EKS made under C(cluster_security_group_id).
      returned: always
      type: dict
      sample:
        cluster_security_group_id: sg-0a1b2c3d4e5f60001
        endpoint_private_access: true
        endpoint_public_access: true
        public_access_cidrs: [203.0.113.0/24]
        security_group_ids: []
        subnet_ids: [subnet-0a1b2c3d4e5f60001, subnet-0a1b2c3d4e5f60002]
        vpc_id: vpc-0a1b2c3d4e5f60001
    kubernetes_network_config:
      description: Addresses of pods and services.
      returned: when the cluster exists
      type: dict
      sample: {"ip_family": ipv4, "service_ipv4_cidr": 172.20.0.0/16}
    access_config:
      description: Where the cluster reads who may enter.
      returned: when the cluster exists
      type: dict
      sample: {"authentication_mode": API}
    upgrade_policy:
      description: What happens at the end of standard support.
      returned: when the cluster exists
      type: dict
      sample: {"support_type": STANDARD}
    zonal_shift_config:
      description: Whether AWS may shift traffic away from a zone.
      returned: when the cluster exists
      type: dict
      sample: {"enabled": false}
    deletion_protection:
      description: Whether AWS refuses to delete the cluster.
      returned: when the cluster exists
      type: bool
      sample: true
    logging_types:
      description: The control plane logs that are on.
      returned: when the cluster exists
      type: list
      elements: str
      sample: [api, audit]
    encryption_key_arn:
      description: The key that encrypts secrets, or V(null).
      returned: when the cluster exists
      type: str
      sample: arn:aws:kms:ca-central-1:123456789012:key/11111111-2222-3333-4444-555555555555
    tags:
      description: The tags.
      returned: always
      type: dict
      sample: {"stratum:stack": web}
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _eks_cluster as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._eks import CLUSTER_ACTIVE, CLUSTER_GONE, UPDATE_DONE, EksResource
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import wait_until


class EksCluster(EksResource):
    """The control plane of a cluster, found by its name."""

    kind = "EKS cluster"
    returns = "cluster"

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self._name = {"name": self.params["name"]}

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        answer = self.find("describe_cluster", **self._name)
        return pure.with_plain_settings(self.document(answer["cluster"])) if answer else None

    def _leaving(self, current: Document) -> bool:
        return bool(current["status"] == "DELETING")

    def _await_deletion(self, current: Document) -> None:
        self.wait(CLUSTER_GONE, **self._name)

    def _settle(self, current: Document) -> Document:
        if current["status"] == "ACTIVE":
            return current
        self.wait(CLUSTER_ACTIVE, **self._name)
        return self._describe() or current

    def _changes(self, current: Document) -> Document:
        self._check_version()
        changed = pure.changes(current, self.params)
        if why := pure.refusal(current, changed):
            self.fail(why)
        return {**changed, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        self._check_version()
        return {**self._name, **pure.wanted(self.params), "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        parameters = {**pure.creation(self.params), "tags": text_tags(self.params["tags"])}
        self.call_patiently("could not be assumed", "create_cluster", **parameters)
        self.wait(CLUSTER_ACTIVE, **self._name)

    def _update(self, current: Document, changes: Document) -> None:
        self.retag(current["arn"], current, changes)
        calls = pure.updates(current, changes)
        for number, (operation, parameters) in enumerate(calls, start=1):
            self._await_update(self.call(operation, **parameters), last=number == len(calls))

    def _delete(self, current: Document) -> None:
        if current["deletion_protection"]:
            answer = self.call("update_cluster_config", **self._name, deletionProtection=False)
            self._await_update(answer, last=False)
        self.find("delete_cluster", **self._name)
        self.wait(CLUSTER_GONE, **self._name)

    def _absent(self) -> Document:
        current = self._describe()
        if current and current["deletion_protection"] and self.params["deletion_protection"] is not False:
            self.fail("deletion protection is on, so it is not deleted. Set deletion_protection to false to delete it all the same.")
        return super()._absent()

    def _await_update(self, answer: Document, last: bool) -> None:
        if self.params["wait"] or not last:
            wait_until(self.client, UPDATE_DONE, self.params["wait_timeout"], **self._name, updateId=answer["update"]["id"])

    def _check_version(self) -> None:
        if why := pure.invalid_version(self.params["version"]):
            self.fail(why)


def main() -> None:
    """Run the module."""
    argument_spec = {
        "name": {"type": "str", "required": True},
        "version": {"type": "str"},
        "role_arn": {"type": "str"},
        "subnets": {"type": "list", "elements": "str"},
        "security_groups": {"type": "list", "elements": "str"},
        "endpoint_public_access": {"type": "bool"},
        "endpoint_private_access": {"type": "bool"},
        "public_access_cidrs": {"type": "list", "elements": "str"},
        "logging_types": {"type": "list", "elements": "str", "choices": list(pure.LOG_TYPES), "aliases": ["enabled_log_types"]},
        "encryption_key_arn": {"type": "str", "no_log": False},
        "authentication_mode": {"type": "str", "choices": list(pure.AUTHENTICATION_MODES)},
        "bootstrap_cluster_creator_admin_permissions": {"type": "bool"},
        "bootstrap_self_managed_addons": {"type": "bool"},
        "service_ipv4_cidr": {"type": "str"},
        "ip_family": {"type": "str", "choices": ["ipv4", "ipv6"]},
        "support_type": {"type": "str", "choices": ["STANDARD", "EXTENDED"]},
        "zonal_shift": {"type": "bool"},
        "deletion_protection": {"type": "bool"},
        "state": STATE,
        **wait_options(2400),
        **TAGS,
    }
    module = AnsibleAWSModule(
        argument_spec=argument_spec, required_if=[("state", "present", ["role_arn", "subnets"])], supports_check_mode=True
    )
    EksCluster(module).run()


if __name__ == "__main__":
    main()
