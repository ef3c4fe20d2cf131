#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make a repository of ECR be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ecr_repository
version_added: 0.3.0
short_description: Manage a repository of container images in ECR
description:
  - Creates, updates and deletes a private repository of Elastic Container Registry.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name, which may have parts between slashes.
    type: str
    required: true
  state:
    description: Whether the repository exists.
    type: str
    choices: [present, absent]
    default: present
  immutable_tags:
    description: Whether a tag that was pushed once cannot be given to another image.
    type: bool
  scan_on_push:
    description:
      - Whether an image is scanned for known faults when it is pushed.
      - ECR heeds it only where the registry has no scanning rules of its own.
    type: bool
  encryption:
    description: How images are encrypted at rest. It cannot be changed; V(AES256) when the repository is new.
    type: str
    choices: [AES256, KMS]
  kms_key:
    description: The ARN of the KMS key; AWS's own key for ECR by default. It cannot be changed.
    type: str
  lifecycle_policy:
    description: Which images expire, in the form of ECR, with C(rules). Empty takes the policy away.
    type: dict
  policy:
    description: The policy of the repository as a whole. Empty takes it away.
    type: dict
  force:
    description: Whether O(state=absent) deletes the images too. Without it, a repository that holds images stays.
    type: bool
    default: false
notes:
  - M(community.aws.ecs_ecr) knows no tags, fails in check mode when the repository does not exist yet and has a policy,
    and says nothing of what it would do there.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create a repository that keeps ten tagged images
  stratum.aws.ecr_repository:
    name: shop/api
    immutable_tags: true
    scan_on_push: true
    lifecycle_policy:
      rules:
        - rulePriority: 1
          selection: {tagStatus: tagged, tagPatternList: ["*"], countType: imageCountMoreThan, countNumber: 10}
          action: {type: expire}
    tags:
      Service: api

- name: Delete the repository with its images
  stratum.aws.ecr_repository:
    name: shop/api
    force: true
    state: absent
"""

RETURN = r"""
repository:
  description: The repository, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the repository.
      returned: always
      type: str
      sample: arn:aws:ecr:us-east-1:123456789012:repository/shop/api
    name:
      description: The name of the repository.
      returned: always
      type: str
      sample: shop/api
    tags:
      description: The tags of the repository.
      returned: always
      type: dict
      sample: {"Service": "api"}
    uri:
      description: What images are pushed to and pulled from; null in check mode when the repository would be created.
      returned: always
      type: str
      sample: 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

MUTABILITY = {True: "IMMUTABLE", False: "MUTABLE"}
SETTINGS = ("immutable_tags", "scan_on_push")


def same_rules(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether two lifecycle policies say the same; their rules have an order of their own."""

    def ordered(policy: Mapping[str, Any]) -> list[Any]:
        return sorted(policy.get("rules") or [], key=lambda rule: int(rule.get("rulePriority", 0)))

    return ordered(current) == ordered(wanted)


def repository_changes(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return what differs between a repository and the options."""
    changes = differing(current, {key: wanted[key] for key in (*SETTINGS, "encryption", "kms_key")})
    lifecycle, policy = wanted["lifecycle_policy"], wanted["policy"]
    if lifecycle is not None and not same_rules(current["lifecycle_policy"], lifecycle):
        changes["lifecycle_policy"] = lifecycle
    if policy is not None and (bool(policy) != bool(current["policy"]) or compare_policies(current["policy"], policy)):
        changes["policy"] = policy
    return changes


class Repository(AwsResource):
    """A repository of ECR, known by its name."""

    service = "ecr"
    kind = "Repository"
    returns = "repository"
    missing = ("RepositoryNotFoundException", "RepositoryPolicyNotFoundException", "LifecyclePolicyNotFoundException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameterException": "Check the name (lower case), the lifecycle policy and the policy.",
        "KmsException": "Check that the KMS key exists, is enabled and may be used by this identity.",
        "RepositoryNotEmptyException": "Delete its images first, or set force to true.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        found = self.find("describe_repositories", repositoryNames=[self.identity])
        if found is None:
            return None
        repository = found["repositories"][0]
        encryption = repository.get("encryptionConfiguration") or {}
        named = {"repositoryName": self.identity}
        lifecycle = self.find("get_lifecycle_policy", **named) or {}
        policy = self.find("get_repository_policy", **named) or {}
        tags = self.call("list_tags_for_resource", resourceArn=repository["repositoryArn"])["tags"]
        return {
            "arn": repository["repositoryArn"],
            "name": self.identity,
            "uri": repository["repositoryUri"],
            "immutable_tags": repository.get("imageTagMutability", "MUTABLE").startswith("IMMUTABLE"),
            "scan_on_push": bool((repository.get("imageScanningConfiguration") or {}).get("scanOnPush")),
            "encryption": encryption.get("encryptionType", "AES256"),
            "kms_key": encryption.get("kmsKey"),
            "lifecycle_policy": json.loads(lifecycle.get("lifecyclePolicyText") or "{}"),
            "policy": json.loads(policy.get("policyText") or "{}"),
            "tags": boto3_tag_list_to_ansible_dict(tags),
        }

    def _changes(self, current: Document) -> Document:
        changes = repository_changes(current, self.params)
        if fixed := [key for key in ("encryption", "kms_key") if key in changes]:
            key = fixed[0]
            self.fail(f"{key} is {current[key]} and cannot be changed to {changes[key]}. Leave it, or make another repository.")
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        account, partition = get_aws_account_info(self.module)
        return {
            "arn": f"arn:{partition}:ecr:{self.module.region}:{account}:repository/{self.identity}",
            "name": self.identity,
            "uri": None,
            "immutable_tags": bool(self.params["immutable_tags"]),
            "scan_on_push": bool(self.params["scan_on_push"]),
            "encryption": self.params["encryption"] or "AES256",
            "kms_key": self.params["kms_key"],
            "lifecycle_policy": self.params["lifecycle_policy"] or {},
            "policy": self.params["policy"] or {},
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _create(self) -> None:
        document = self._predict()
        encryption = {"encryptionType": document["encryption"], **({"kmsKey": document["kms_key"]} if document["kms_key"] else {})}
        self.call(
            "create_repository",
            repositoryName=self.identity,
            imageTagMutability=MUTABILITY[document["immutable_tags"]],
            imageScanningConfiguration={"scanOnPush": document["scan_on_push"]},
            encryptionConfiguration=encryption,
            tags=ansible_dict_to_boto3_tag_list(document["tags"]) or None,
        )
        self._write({key: document[key] for key in ("lifecycle_policy", "policy") if document[key]})

    def _update(self, current: Document, changes: Document) -> None:
        self._write(changes)
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", resourceArn=current["arn"], tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", resourceArn=current["arn"], tagKeys=keys),
        )

    def _write(self, changes: Document) -> None:
        named = {"repositoryName": self.identity}
        if "immutable_tags" in changes:
            self.call("put_image_tag_mutability", **named, imageTagMutability=MUTABILITY[changes["immutable_tags"]])
        if "scan_on_push" in changes:
            self.call("put_image_scanning_configuration", **named, imageScanningConfiguration={"scanOnPush": changes["scan_on_push"]})
        if "lifecycle_policy" in changes:
            if changes["lifecycle_policy"].get("rules"):
                self.call("put_lifecycle_policy", **named, lifecyclePolicyText=json.dumps(changes["lifecycle_policy"]))
            else:
                self.find("delete_lifecycle_policy", **named)
        if "policy" in changes:
            if changes["policy"]:
                self.call("set_repository_policy", **named, policyText=json.dumps(changes["policy"]))
            else:
                self.find("delete_repository_policy", **named)

    def _delete(self, current: Document) -> None:
        self.find("delete_repository", repositoryName=self.identity, force=self.params["force"])


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "state": STATE,
        "immutable_tags": {"type": "bool"},
        "scan_on_push": {"type": "bool"},
        "encryption": {"choices": ["AES256", "KMS"]},
        "kms_key": {"no_log": False},
        "lifecycle_policy": {"type": "dict"},
        "policy": {"type": "dict"},
        "force": {"type": "bool", "default": False},
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    if module.params["kms_key"] and module.params["encryption"] != "KMS":
        module.fail_json(msg="kms_key needs encryption=KMS.")
    Repository(module).run()


if __name__ == "__main__":
    main()
