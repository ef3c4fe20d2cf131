#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a domain of OpenSearch."""

from __future__ import annotations

DOCUMENTATION = r"""
module: opensearch_domain
version_added: 0.5.0
short_description: Manage an OpenSearch domain
description:
  - Creates, changes, upgrades and deletes a domain of Amazon OpenSearch Service.
  - What is not given is left alone, and in a new domain as AWS has it; but a new domain is encrypted, and takes HTTPS only.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the domain, of 3 to 28 small letters, digits and hyphens.
    type: str
    required: true
    aliases: [domain_name]
  state:
    description: Whether the domain is there.
    type: str
    choices: [present, absent]
    default: present
  engine_version:
    description: The version, such as V(OpenSearch_2.19). A newer one than what runs upgrades the domain. A new domain needs it.
    type: str
  instance_type:
    description: The type of the data nodes, such as V(r6g.large.search). A new domain needs it.
    type: str
  instance_count:
    description: The number of data nodes; a new domain has 1.
    type: int
  availability_zones:
    description: Over how many zones the nodes are spread.
    type: int
    choices: [1, 2, 3]
  dedicated_masters:
    description: Nodes that only lead the cluster; an empty dictionary for none.
    type: dict
    suboptions:
      instance_type:
        description: The type of the nodes.
        type: str
      count:
        description: The number of the nodes.
        type: int
        choices: [3, 5]
  volume:
    description: The storage of each data node. A new domain needs it.
    type: dict
    suboptions:
      size_gib:
        description: The size in GiB.
        type: int
      type:
        description: The type.
        type: str
        choices: [gp2, gp3, io1]
      iops:
        description: Operations per second, for V(gp3) and V(io1).
        type: int
      throughput:
        description: MiB per second, for V(gp3).
        type: int
  subnet_ids:
    description: The subnets that the domain stands in, one for each zone. A domain in a VPC stays in one, and vice versa.
    type: list
    elements: str
  security_group_ids:
    description: The security groups of the domain in a VPC.
    type: list
    elements: str
  encryption_at_rest:
    description: Whether what it holds is encrypted. Can be switched on later, and never off. A new domain is encrypted.
    type: bool
  kms_key_arn:
    description: The key that encrypts it; that of AWS (C(alias/aws/es)) by default. Cannot be changed later.
    type: str
  node_to_node_encryption:
    description: Whether the nodes talk to each other over TLS. Can be switched on later, and never off. Those of a new domain do.
    type: bool
  enforce_https:
    description: Whether clients must use HTTPS. Those of a new domain must.
    type: bool
  tls_policy:
    description: The policy of TLS of the endpoint. A new domain has V(Policy-Min-TLS-1-2-PFS-2023-10).
    type: str
    choices: [Policy-Min-TLS-1-2-2019-07, Policy-Min-TLS-1-2-PFS-2023-10, Policy-Min-TLS-1-0-2019-07]
  master_user_name:
    description:
      - The master user of the fine-grained access control, which this switches on with a database of users in the domain.
      - AWS never tells who the master user is, so that of an existing domain is only set on request.
    type: str
  master_user_password:
    description: The password of the master user.
    type: str
  master_user_arn:
    description: The IAM identity that is the master user of the fine-grained access control, in place of O(master_user_name).
    type: str
  update_master_user:
    description: Whether the master user of an existing domain is set anew.
    type: bool
    default: false
  access_policy:
    description: The policy that says who may call the domain.
    type: dict
  options:
    description: Advanced options, such as V(rest.action.multi.allow_explicit_index). Those that are not given are left alone.
    type: dict
  automated_snapshot_hour:
    description:
      - The hour in UTC of the daily automated snapshot of versions before Elasticsearch 5.3.
      - Newer ones make one each hour, and AWS keeps them for 14 days.
    type: int
  auto_tune:
    description: Whether AWS adapts the memory settings.
    type: bool
  software_update:
    description: Whether AWS installs updates of the service in the off-peak window.
    type: bool
  off_peak_window_start:
    description: When the ten hours begin in which AWS may maintain the domain, in UTC such as V(02:00).
    type: str
  logs:
    description:
      - The ARNs of the log groups that it writes to, by kind; all of them.
      - Kinds are C(index_slow), C(search_slow), C(application) and C(audit).
    type: dict
  wait:
    description: Whether to wait until the domain can be used or is gone.
    type: bool
    default: true
  wait_timeout:
    description: The seconds to wait.
    type: int
    default: 5400
notes:
  - M(community.aws.opensearch) compares what AWS answers with what it is asked for in another shape, so it changes a domain on every run,
    and in check mode it fails without a policy. It has no service updates and no off-peak window.
  - A domain in a VPC needs the service-linked role of OpenSearch, which this module makes where the account has none.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create the domain of the search service
  stratum.aws.opensearch_domain:
    name: example-prod
    engine_version: OpenSearch_2.19
    instance_type: r6g.large.search
    instance_count: 3
    availability_zones: 3
    volume: {size_gib: 100, type: gp3}
    subnet_ids: [subnet-1, subnet-2, subnet-3]
    security_group_ids: [sg-0123456789abcdef0]
    master_user_name: master
    master_user_password: "{{ search_secret.value }}"
    access_policy:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {AWS: "*"}
          Action: es:ESHttp*
          Resource: arn:aws:es:us-east-1:123456789012:domain/example-prod/*
    off_peak_window_start: "02:00"
    logs:
      application: arn:aws:logs:us-east-1:123456789012:log-group:/aws/opensearch/example-prod/application

- name: Delete it
  stratum.aws.opensearch_domain:
    name: example-prod
    state: absent
"""

RETURN = r"""
domain:
  description: The domain, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the domain.
      returned: when the domain exists
      type: str
      sample: arn:aws:es:us-east-1:123456789012:domain/example-prod
    endpoint:
      description: The host name of its API; null while it is being made.
      returned: when the domain exists
      type: str
      sample: vpc-example-prod-abcdefghijklmnopqrstuvwxyz.us-east-1.es.amazonaws.com
    engine_version:
      description: The version that runs.
      returned: always
      type: str
      sample: OpenSearch_2.19
    fine_grained_access:
      description: Whether it has fine-grained access control.
      returned: always
      type: bool
      sample: true
    name:
      description: The name of the domain.
      returned: always
      type: str
      sample: example-prod
    processing:
      description: Whether AWS is changing it.
      returned: when the domain exists
      type: bool
      sample: false
    tags:
      description: The tags of the domain.
      returned: always
      type: dict
      sample: {"Environment": "prod"}
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._opensearch_domain import (
    LOGS,
    TLS_POLICIES,
    contradictions,
    domain_changes,
    domain_document,
    impossible,
    request,
    security_request,
    wanted_domain,
)
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, gone_waiter, wait_until

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import ClientError

MISSING = ("ResourceNotFoundException",)
READY: Waiter = {
    "operation": "DescribeDomain",
    "delay": 30,
    "maxAttempts": 1,
    "shows": "DomainStatus.DomainProcessingStatus",
    "acceptors": [
        {
            "state": "success",
            "matcher": "path",
            "argument": "DomainStatus.Created && !(DomainStatus.Processing || DomainStatus.UpgradeProcessing)",
            "expected": True,
        },
    ],
}
GONE = gone_waiter("DescribeDomain", "DomainStatus.DomainProcessingStatus", MISSING, delay=30)
LINKED_SERVICE = "opensearchservice.amazonaws.com"
LINKED_ROLE = "AWSServiceRoleForAmazonOpenSearchService"
NEW: Document = {
    "instance_count": 1,
    "availability_zones": 1,
    "encryption_at_rest": True,
    "node_to_node_encryption": True,
    "enforce_https": True,
    "tls_policy": "Policy-Min-TLS-1-2-PFS-2023-10",
}


class Domain(AwsResource):
    """A domain, known by its name."""

    service = "opensearch"
    kind = "OpenSearch domain"
    returns = "domain"
    missing = MISSING
    cures: ClassVar[Mapping[str, str]] = {
        "ConflictException": "The domain is being changed: run again when that is done.",
        "InvalidTypeException": "Check instance types and volume: not every type has every storage.",
        "LimitExceededException": "Delete domains that are not used, or ask AWS for a higher quota.",
        "ResourceAlreadyExistsException": "The name is taken by a domain that is being deleted: run again later.",
        "ValidationException": "Check what AWS names. A log group needs a resource policy that lets es.amazonaws.com write to it.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def _name(self) -> dict[str, str]:
        return {"DomainName": self.identity}

    def _describe(self) -> Document | None:
        found = self.find("describe_domain", **self._name)
        if found is None:
            return None
        status = found["DomainStatus"]
        tags = (self.find("list_tags", ARN=status["ARN"]) or {}).get("TagList") or []
        return domain_document(status, boto3_tag_list_to_ansible_dict(tags))

    def _leaving(self, current: Document) -> bool:
        return bool(current["deleting"])

    def _await_deletion(self, current: Document) -> None:
        self.wait(GONE, **self._name)

    def _settle(self, current: Document) -> Document:
        if not current["processing"]:
            return current
        self.wait(READY, **self._name)
        return self._describe() or current

    def _changes(self, current: Document) -> Document:
        changes = domain_changes(current, self.params)
        problems = impossible(current, changes)
        if problems:
            self.fail(f"{'; '.join(problems)}. Keep the old value, or make a domain of another name and restore a snapshot into it.")
        if self.params["update_master_user"]:
            changes["master_user"] = None
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        missing = [name for name in ("engine_version", "instance_type", "volume") if not self.params[name]]
        if missing:
            self.fail(f"a new domain needs {', '.join(missing)}. Set them.")
        rest = {key: self.params[key] for key in ("kms_key_arn", "access_policy", "logs") if self.params[key]}
        wanted = {**NEW, **wanted_domain(self.params), **rest}
        if wanted.get("subnet_ids"):
            wanted.setdefault("security_group_ids", [])
        return {"name": self.identity, **wanted, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        new = self._predict()
        if new.get("subnet_ids"):
            self._link_role()
        secured = self.params["master_user_name"] or self.params["master_user_arn"]
        self.call_patiently(
            "service-linked role",
            "create_domain",
            **self._name,
            EngineVersion=new["engine_version"],
            **request(new, new),
            AdvancedSecurityOptions=security_request(self.params) if secured else None,
            TagList=ansible_dict_to_boto3_tag_list(self.params["tags"]) or None,
        )
        self.wait(READY, **self._name)

    def _link_role(self) -> None:
        """Make the role with which OpenSearch makes network interfaces: its API, unlike its console, does not."""
        iam = self.module.client("iam")
        try:
            iam.get_role(RoleName=LINKED_ROLE)
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchEntity":
                raise
            iam.create_service_linked_role(AWSServiceName=LINKED_SERVICE)

    def _update(self, current: Document, changes: Document) -> None:
        retag(
            current["tags"],
            {**current, **changes}["tags"],
            lambda tags: self.call("add_tags", ARN=current["arn"], TagList=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("remove_tags", ARN=current["arn"], TagKeys=keys),
        )
        body = request({**current, **changes, "old_logs": current["logs"]}, changes)
        if {"fine_grained_access", "internal_users", "master_user"} & set(changes):
            body["AdvancedSecurityOptions"] = security_request(self.params)
        if body:
            self.call("update_domain_config", **self._name, **body)
        if "engine_version" in changes:
            if body:
                # AWS makes one change after the other, whether or not the user waits for the last one.
                wait_until(self.client, READY, self.params["wait_timeout"], **self._name)
            self.call("upgrade_domain", **self._name, TargetVersion=changes["engine_version"], PerformCheckOnly=False)
        if body or "engine_version" in changes:
            self.wait(READY, **self._name)

    def _delete(self, current: Document) -> None:
        self.find("delete_domain", **self._name)
        self.wait(GONE, **self._name)


def main() -> None:
    """Run the module."""
    texts = ("engine_version", "instance_type", "master_user_name", "master_user_arn", "off_peak_window_start")
    switches = ("encryption_at_rest", "node_to_node_encryption", "enforce_https", "auto_tune", "software_update")
    masters: dict[str, Any] = {"instance_type": {}, "count": {"type": "int", "choices": [3, 5]}}
    volume: dict[str, Any] = {
        "size_gib": {"type": "int"},
        "type": {"choices": ["gp2", "gp3", "io1"]},
        "iops": {"type": "int"},
        "throughput": {"type": "int"},
    }
    spec: dict[str, Any] = {
        "name": {"required": True, "aliases": ["domain_name"]},
        "state": STATE,
        **{name: {} for name in texts},
        **{name: {"type": "bool"} for name in switches},
        "instance_count": {"type": "int"},
        "availability_zones": {"type": "int", "choices": [1, 2, 3]},
        "dedicated_masters": {"type": "dict", "options": masters},
        "volume": {"type": "dict", "options": volume},
        "subnet_ids": {"type": "list", "elements": "str"},
        "security_group_ids": {"type": "list", "elements": "str"},
        "kms_key_arn": {"no_log": False},
        "tls_policy": {"choices": [*TLS_POLICIES]},
        "master_user_password": {"no_log": True},
        "update_master_user": {"type": "bool", "default": False},
        "access_policy": {"type": "dict"},
        "options": {"type": "dict"},
        "automated_snapshot_hour": {"type": "int"},
        "logs": {"type": "dict"},
        **wait_options(5400),
        **TAGS,
    }
    exclusive = [("master_user_name", "master_user_arn")]
    module = AnsibleAWSModule(argument_spec=spec, mutually_exclusive=exclusive, supports_check_mode=True)
    unknown = sorted(set(module.params["logs"] or {}) - set(LOGS))
    wrong = contradictions(module.params) + ([f"logs has {', '.join(unknown)}; there are {', '.join(LOGS)}"] if unknown else [])
    if wrong:
        module.fail_json(msg=f"OpenSearch domain {module.params['name']}: {'; '.join(wrong)}.")
    Domain(module).run()


if __name__ == "__main__":
    main()
