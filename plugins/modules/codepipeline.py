#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pipeline of CodePipeline: the way of a change from its repository to production."""

from __future__ import annotations

DOCUMENTATION = r"""
module: codepipeline
short_description: Manage a pipeline of CodePipeline
version_added: 0.5.0
description:
  - Creates, changes and deletes a pipeline of AWS CodePipeline with its stages and triggers.
notes:
  - M(community.aws.codepipeline) has no check mode, sends an update on every run, which makes a new version each time, and knows
    neither tags nor the type V2 with its triggers.
  - Conditions of stages, blockers, and artifact stores in several regions are not managed; a change of the pipeline removes them.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the pipeline.
    type: str
    required: true
  type:
    description: The type. V(V1) has neither triggers nor variables.
    type: str
    choices: [V1, V2]
    default: V2
  execution_mode:
    description: What becomes of an execution that meets another one.
    type: str
    choices: [QUEUED, SUPERSEDED, PARALLEL]
    default: SUPERSEDED
  role_arn:
    description: The ARN of the role that the pipeline acts in. Required when O(state=present).
    type: str
  artifact_bucket:
    description: The name of the bucket that artifacts are kept in. Required when O(state=present).
    type: str
  artifact_kms_key:
    description: The ARN or alias of the KMS key that encrypts artifacts. Without it, AWS's own for S3.
    type: str
  stages:
    description: All stages, in their order. Required when O(state=present).
    type: list
    elements: dict
    suboptions:
      name:
        description: The name.
        type: str
        required: true
      rollback_on_failure:
        description: Whether the stage goes back to its last good execution when it fails.
        type: bool
        default: false
      actions:
        description: The actions.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: The name.
            type: str
            required: true
          category:
            description: What kind of action it is.
            type: str
            choices: [Source, Build, Test, Deploy, Invoke, Approval, Compute]
            required: true
          owner:
            description: Who has made this kind of action.
            type: str
            choices: [AWS, ThirdParty, Custom]
            default: AWS
          provider:
            description: What does it, such as V(CodeBuild).
            type: str
            required: true
          version:
            description: The version of this kind of action.
            type: str
            default: '1'
          run_order:
            description: Which actions of the stage run first, from 1 to 999.
            type: int
            default: 1
          configuration:
            description: The options of the action, as AWS spells them. Whoever may look at the pipeline can read the values.
            type: dict
            default: {}
          inputs:
            description: The names of the artifacts that it reads.
            type: list
            elements: str
            default: []
          outputs:
            description: The names of the artifacts that it writes.
            type: list
            elements: str
            default: []
          namespace:
            description: The name by which other actions use its variables.
            type: str
          region:
            description: The region that it runs in, if not the pipeline's.
            type: str
          role_arn:
            description: The ARN of the role that it runs in, if not the pipeline's.
            type: str
          timeout_minutes:
            description: How many minutes it may take.
            type: int
  triggers:
    description: What begins an execution, beside the sources' own detection of changes.
    type: list
    elements: dict
    default: []
    suboptions:
      source_action:
        description: The name of the source action, which reads by a connection.
        type: str
        required: true
      branches:
        description: Pushes to these branches begin one. Patterns are allowed.
        type: list
        elements: str
        default: []
      git_tags:
        description: Pushes of these tags begin one.
        type: list
        elements: str
        default: []
      file_paths:
        description: Only pushes that change one of these files begin one.
        type: list
        elements: str
        default: []
  variables:
    description: Variables of an execution.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name.
        type: str
        required: true
      default:
        description: The value where an execution gives none.
        type: str
      description:
        description: What it is for.
        type: str
  state:
    description: Whether the pipeline exists.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.codebuild_project
  - module: stratum.aws.codedeploy_deployment_group
"""

EXAMPLES = r"""
- name: Build each change of the main branch
  stratum.aws.codepipeline:
    name: shop-api
    role_arn: arn:aws:iam::123456789012:role/shop-api-pipeline
    artifact_bucket: shop-artifacts
    stages:
      - name: Source
        actions:
          - name: Source
            category: Source
            provider: CodeStarSourceConnection
            configuration:
              ConnectionArn: arn:aws:codeconnections:us-east-1:123456789012:connection/7f3a3e1c-2d5b-4f0a-9a51-0b6f3c1d2e4f
              FullRepositoryId: example/shop-api
              BranchName: main
            outputs: [Source]
      - name: Build
        actions:
          - name: Image
            category: Build
            provider: CodeBuild
            configuration: {ProjectName: shop-api}
            inputs: [Source]
    triggers:
      - source_action: Source
        branches: [main]
"""

RETURN = r"""
pipeline:
  description: The pipeline; null when there is none.
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
      sample: arn:aws:codepipeline:us-east-1:123456789012:shop-api
    type:
      description: Its type.
      returned: always
      type: str
      sample: V2
    version:
      description: How often it has been written.
      returned: always
      type: int
      sample: 1
    role_arn:
      description: The role that it acts in.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/shop-api-pipeline
    stages:
      description: Its stages, in the form of the options.
      returned: always
      type: list
      elements: dict
      sample: [{name: Source, rollback_on_failure: false, actions: []}]
    triggers:
      description: Its triggers, in the form of the options.
      returned: always
      type: list
      elements: dict
      sample: [{source_action: Source, branches: [main], git_tags: [], file_paths: []}]
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {Project: shop}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils import _codepipeline as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._codepipeline_options import STAGE, TRIGGER, VARIABLE
from ansible_collections.stratum.aws.plugins.module_utils._tags import Tags, retag, tag_changes, text_tags


def listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Return tags in the form of CodePipeline."""
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


class Pipeline(AwsResource):
    """One pipeline."""

    service = "codepipeline"
    kind = "Pipeline"
    returns = "pipeline"
    missing = ("PipelineNotFoundException",)
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidActionDeclarationException": "Correct the action that it names: its artifacts, its configuration or its run_order.",
        "InvalidStageDeclarationException": "Correct the stage that it names; sources are in the first one and nowhere else.",
        "InvalidStructureException": "Check the order of the stages, and that codepipeline.amazonaws.com may assume the role.",
        "ConcurrentModificationException": "Somebody else has just changed the pipeline: run again.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def _region(self) -> str:
        return str(self.client.meta.region_name)

    def _describe(self) -> Document | None:
        answer = self.find("get_pipeline", name=self.identity)
        if answer is None:
            return None
        arn = answer["metadata"]["pipelineArn"]
        tags: Tags = {tag["key"]: tag["value"] for tag in self.collect("list_tags_for_resource", "tags", resourceArn=arn)}
        return pure.document(answer["pipeline"], arn, tags, self._region)

    def _wanted(self) -> Document:
        return pure.wanted(self.params, self._region)

    def _predict(self) -> Document:
        return {"name": self.identity, **self._wanted(), "version": 1, "tags": text_tags(self.params["tags"]) or {}}

    def _changes(self, current: Document) -> Document:
        changes = pure.changes(current, self._wanted())
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _create(self) -> None:
        tags = listed(text_tags(self.params["tags"]) or {}) or None
        self.call_patiently("AssumeRole", "create_pipeline", pipeline=pure.declaration(self.identity, self._wanted()), tags=tags)

    def _update(self, current: Document, changes: Document) -> None:
        if set(changes) - {"tags"}:
            self.call_patiently("AssumeRole", "update_pipeline", pipeline=pure.declaration(self.identity, {**current, **changes}))
        arn = current["arn"]
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", resourceArn=arn, tags=listed(tags)),
            lambda keys: self.call("untag_resource", resourceArn=arn, tagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.call("delete_pipeline", name=self.identity)


def main() -> None:
    """Run the module."""
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "type": {"type": "str", "choices": ["V1", "V2"], "default": "V2"},
        "execution_mode": {"type": "str", "choices": ["QUEUED", "SUPERSEDED", "PARALLEL"], "default": "SUPERSEDED"},
        "role_arn": {"type": "str"},
        "artifact_bucket": {"type": "str"},
        "artifact_kms_key": {"type": "str", "no_log": False},
        "stages": {"type": "list", "elements": "dict", "options": STAGE},
        "triggers": {"type": "list", "elements": "dict", "options": TRIGGER, "default": []},
        "variables": {"type": "list", "elements": "dict", "options": VARIABLE, "default": []},
        "state": STATE,
        **TAGS,
    }
    needs = [("state", "present", ["role_arn", "artifact_bucket", "stages"])]
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=needs, supports_check_mode=True)
    if module.params["type"] == "V1" and (module.params["triggers"] or module.params["variables"]):
        module.fail_json(msg="A pipeline of type V1 has neither triggers nor variables. Set type to V2, or leave them out.")
    Pipeline(module).run()


if __name__ == "__main__":
    main()
