#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A project of CodeBuild: where code comes from, on what it is built, and what becomes of it."""

from __future__ import annotations

DOCUMENTATION = r"""
module: codebuild_project
short_description: Manage a project of CodeBuild
version_added: 0.5.0
description:
  - Creates, changes and deletes a build project of AWS CodeBuild.
notes:
  - M(community.aws.codebuild_project) has no check mode, sends an update on every run, and lacks logs, concurrency, sources by
    connections, and waiting times.
  - Secondary sources, artifacts of their own, file systems, fleets, webhooks and caches in S3 are not managed and left alone.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the project.
    type: str
    required: true
  description:
    description: What it builds.
    type: str
  role_arn:
    description: The ARN of the role that builds act in. Required when O(state=present).
    type: str
  source:
    description: Where the code comes from.
    type: dict
    suboptions:
      type:
        description: The kind of source.
        type: str
        choices: [CODEPIPELINE, GITHUB, GITLAB, BITBUCKET, CODECOMMIT, S3, NO_SOURCE]
        default: CODEPIPELINE
      location:
        description: The URL of the repository, or bucket and key. None for V(CODEPIPELINE) and V(NO_SOURCE).
        type: str
      buildspec:
        description: What a build does, in YAML, or the path of the file in the source that says it.
        type: str
      clone_depth:
        description: How many commits are cloned; 0 means all.
        type: int
      connection_arn:
        description: The ARN of the connection that reads the repository.
        type: str
  source_version:
    description: The branch, tag or commit that is built unless a build says otherwise.
    type: str
  artifacts:
    description: What becomes of the result.
    type: dict
    suboptions:
      type:
        description: Where it goes.
        type: str
        choices: [CODEPIPELINE, S3, NO_ARTIFACTS]
        default: CODEPIPELINE
      location:
        description: The name of the bucket, for V(S3).
        type: str
      path:
        description: The folder in the bucket.
        type: str
      name:
        description: The name of the result in the bucket.
        type: str
      packaging:
        description: Whether the files are packed.
        type: str
        choices: [NONE, ZIP]
  environment:
    description: On what it is built. Required when O(state=present).
    type: dict
    suboptions:
      type:
        description: The kind of machine.
        type: str
        default: LINUX_CONTAINER
      image:
        description: The image.
        type: str
        required: true
      compute_type:
        description: The size of the machine.
        type: str
        default: BUILD_GENERAL1_SMALL
      privileged:
        description: Whether builds may run Docker.
        type: bool
        default: false
      image_pull_credentials:
        description: With whose permissions the image is pulled.
        type: str
        choices: [CODEBUILD, SERVICE_ROLE]
      variables:
        description: All environment variables; others are removed. Whoever may look at the project can read the values.
        type: list
        elements: dict
        suboptions:
          name:
            description: The name.
            type: str
            required: true
          value:
            description: The value, the name of the SSM parameter, or C(secret-id:key) of the secret.
            type: str
            required: true
          type:
            description: What the value is.
            type: str
            choices: [PLAINTEXT, PARAMETER_STORE, SECRETS_MANAGER]
            default: PLAINTEXT
  timeout_minutes:
    description: How many minutes a build may take, from 5 to 2160. AWS's default is 60.
    type: int
  queued_timeout_minutes:
    description: How many minutes a build may wait for its turn, from 5 to 480. AWS's default is 480.
    type: int
  concurrent_builds:
    description: How many builds run at the same time.
    type: int
  encryption_key:
    description: The ARN of the KMS key that encrypts what builds make. AWS's own for S3 by default.
    type: str
  cache_modes:
    description: What a build machine keeps for the next build. An empty list means nothing.
    type: list
    elements: str
    choices: [LOCAL_CUSTOM_CACHE, LOCAL_DOCKER_LAYER_CACHE, LOCAL_SOURCE_CACHE]
  log_group:
    description: The name of the log group that builds write to.
    type: str
  vpc:
    description: The network that builds run in. An empty dictionary takes them out of it.
    type: dict
    suboptions:
      vpc_id:
        description: The id of the VPC.
        type: str
      subnets:
        description: The ids of its subnets.
        type: list
        elements: str
      security_groups:
        description: The ids of the security groups.
        type: list
        elements: str
  state:
    description: Whether the project exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Build images for a pipeline
  stratum.aws.codebuild_project:
    name: shop-api
    role_arn: arn:aws:iam::123456789012:role/shop-api-build
    environment:
      image: aws/codebuild/amazonlinux-x86_64-standard:5.0
      privileged: true
      variables:
        - name: REPOSITORY
          value: 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api
    log_group: /aws/codebuild/shop-api
"""

RETURN = r"""
project:
  description: The project; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-api
    arn:
      description: Its ARN.
      returned: except in check mode while there is none
      type: str
      sample: arn:aws:codebuild:us-east-1:123456789012:project/shop-api
    role_arn:
      description: The role that builds act in.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/shop-api-build
    source:
      description: Where the code comes from.
      returned: always
      type: dict
      sample: {type: CODEPIPELINE, location: null, buildspec: null, clone_depth: null, connection_arn: null}
    environment:
      description: On what it is built.
      returned: always
      type: dict
      sample: {type: LINUX_CONTAINER, image: "aws/codebuild/amazonlinux-x86_64-standard:5.0", privileged: true}
    log_group:
      description: The log group.
      returned: always
      type: str
      sample: /aws/codebuild/shop-api
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {Project: shop}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _codebuild as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes, text_tags


class Project(AwsResource):
    """One build project."""

    service = "codebuild"
    kind = "CodeBuild project"
    returns = "project"
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidInputException": "Correct the option that it names, and check that codebuild.amazonaws.com may assume the role.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    def _describe(self) -> Document | None:
        found = self.call("batch_get_projects", names=[self.identity])["projects"]
        return pure.document(found[0]) if found else None

    def _wanted(self) -> Document:
        wanted = pure.wanted(self.params)
        # Where nothing is said of them, a new project reads from the pipeline and gives back to it.
        return {"source": {"type": "CODEPIPELINE"}, "artifacts": {"type": "CODEPIPELINE"}, **wanted}

    def _predict(self) -> Document:
        return {"name": self.identity, **self._wanted(), "tags": text_tags(self.params["tags"]) or {}}

    def _changes(self, current: Document) -> Document:
        changes = pure.changes(current, pure.wanted(self.params))
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _tags(self, tags: Mapping[str, Any] | None) -> list[dict[str, str]] | None:
        return None if tags is None else [{"key": key, "value": value} for key, value in sorted((text_tags(tags) or {}).items())]

    def _create(self) -> None:
        self.call_patiently(
            "AssumeRole", "create_project", name=self.identity, **pure.request(self._wanted()), tags=self._tags(self.params["tags"])
        )

    def _update(self, current: Document, changes: Document) -> None:
        # Each part is sent whole, as AWS replaces it; tags are one of them.
        self.call("update_project", name=self.identity, **pure.request(changes), tags=self._tags(changes.get("tags")))

    def _delete(self, current: Document) -> None:
        self.call("delete_project", name=self.identity)


def main() -> None:
    """Run the module."""
    variable: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "value": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["PLAINTEXT", "PARAMETER_STORE", "SECRETS_MANAGER"], "default": "PLAINTEXT"},
    }
    sources = ["CODEPIPELINE", "GITHUB", "GITLAB", "BITBUCKET", "CODECOMMIT", "S3", "NO_SOURCE"]
    source: dict[str, Any] = {
        "type": {"type": "str", "choices": sources, "default": sources[0]},
        "location": {"type": "str"},
        "buildspec": {"type": "str"},
        "clone_depth": {"type": "int"},
        "connection_arn": {"type": "str"},
    }
    artifacts: dict[str, Any] = {
        "type": {"type": "str", "choices": ["CODEPIPELINE", "S3", "NO_ARTIFACTS"], "default": "CODEPIPELINE"},
        "location": {"type": "str"},
        "path": {"type": "str"},
        "name": {"type": "str"},
        "packaging": {"type": "str", "choices": ["NONE", "ZIP"]},
    }
    environment: dict[str, Any] = {
        "type": {"type": "str", "default": "LINUX_CONTAINER"},
        "image": {"type": "str", "required": True},
        "compute_type": {"type": "str", "default": "BUILD_GENERAL1_SMALL"},
        "privileged": {"type": "bool", "default": False},
        "image_pull_credentials": {"type": "str", "choices": ["CODEBUILD", "SERVICE_ROLE"]},
        "variables": {"type": "list", "elements": "dict", "options": variable},
    }
    ids = {"type": "list", "elements": "str"}
    modes = ["LOCAL_CUSTOM_CACHE", "LOCAL_DOCKER_LAYER_CACHE", "LOCAL_SOURCE_CACHE"]
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "description": {"type": "str"},
        "role_arn": {"type": "str"},
        "source": {"type": "dict", "options": source},
        "source_version": {"type": "str"},
        "artifacts": {"type": "dict", "options": artifacts},
        "environment": {"type": "dict", "options": environment},
        "timeout_minutes": {"type": "int"},
        "queued_timeout_minutes": {"type": "int"},
        "concurrent_builds": {"type": "int"},
        "encryption_key": {"type": "str", "no_log": False},
        "cache_modes": {"type": "list", "elements": "str", "choices": modes},
        "log_group": {"type": "str"},
        "vpc": {"type": "dict", "options": {"vpc_id": {"type": "str"}, "subnets": ids, "security_groups": ids}},
        "state": STATE,
        **TAGS,
    }
    needs = [("state", "present", ["role_arn", "environment"])]
    Project(AnsibleAWSModule(argument_spec=argument_spec, required_if=needs, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
