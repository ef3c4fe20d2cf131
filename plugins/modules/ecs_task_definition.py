#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the newest revision of a task definition of ECS be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ecs_task_definition
version_added: 0.5.0
short_description: Register a task definition of ECS
description:
  - Makes the newest active revision of a family of task definitions say what the options say. Another revision is registered only
    if the newest one says something else.
  - Older revisions stay, since services may run by them or go back to them.
options:
  family:
    description: The name of the family.
    type: str
    required: true
  container_definitions:
    description: The containers, in the words of ECS's API, such as C(containerPort). Needed when O(state=present).
    type: list
    elements: dict
  cpu:
    description: CPU units of a task, of which 1024 are a processor. Fargate needs it.
    type: int
  memory:
    description: MiB of memory of a task. Fargate needs it.
    type: int
  network_mode:
    description: The network of the containers.
    type: str
    choices: [awsvpc, bridge, host, none]
    default: awsvpc
  requires_compatibilities:
    description: What the tasks are to run on.
    type: list
    elements: str
    default: [FARGATE]
  execution_role_arn:
    description: The ARN of the role by which ECS pulls images, reads secrets and writes logs.
    type: str
  task_role_arn:
    description: The ARN of the role of the programs in the containers.
    type: str
  architecture:
    description: The processors.
    type: str
    choices: [X86_64, ARM64]
    default: X86_64
  ephemeral_storage_gib:
    description: GiB of storage that go with a task, 21 to 200.
    type: int
  volumes:
    description: The volumes, in the words of ECS's API.
    type: list
    elements: dict
  keep_image_tags:
    description: Whether a container keeps the tag of the image that is there when O(container_definitions) names the same repository.
    type: bool
    default: false
  running_in:
    description:
      - A service that runs by the family. While there is one, the revision that it runs is compared, and not the newest one.
      - So what a deployment has taken back is not brought anew.
    type: dict
    suboptions:
      cluster:
        description: The name or ARN of the cluster.
        type: str
        required: true
      service:
        description: The name of the service.
        type: str
        required: true
  state:
    description: With V(absent), all revisions of the family are deregistered and deleted.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(community.aws.ecs_taskdefinition) knows no tags, takes defaults that ECS fills in for changes, and leaves inactive revisions behind.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
seealso:
  - module: stratum.aws.ecs_service
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Register the task definition
  stratum.aws.ecs_task_definition:
    family: shop-api
    cpu: 256
    memory: 512
    execution_role_arn: arn:aws:iam::123456789012:role/shop-api-execution
    container_definitions:
      - name: api
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop/api:1.4.0
        portMappings: [{containerPort: 8080}]
  register: defined

- name: Delete all of its revisions
  stratum.aws.ecs_task_definition:
    family: shop-api
    state: absent
"""

RETURN = r"""
task_definition:
  description: The newest active revision, or the one that O(running_in) runs if that will do; V(null) when O(state=absent).
  returned: success
  type: dict
  contains:
    arn:
      description: The ARN, with the revision.
      returned: when there is a revision
      type: str
      sample: arn:aws:ecs:us-east-1:123456789012:task-definition/shop-api:3
    family:
      description: The name of the family.
      returned: always
      type: str
      sample: shop-api
    revision:
      description: The number of the revision.
      returned: when there is a revision
      type: int
      sample: 3
    status:
      description: The status.
      returned: when there is a revision
      type: str
      sample: ACTIVE
    cpu:
      description: CPU units.
      returned: when they are known
      type: int
      sample: 256
    memory:
      description: MiB of memory.
      returned: when it is known
      type: int
      sample: 512
    network_mode:
      description: The network of the containers.
      returned: always
      type: str
      sample: awsvpc
    requires_compatibilities:
      description: What the tasks are to run on.
      returned: always
      type: list
      elements: str
      sample: [FARGATE]
    execution_role_arn:
      description: The role by which ECS starts tasks.
      returned: when there is one
      type: str
      sample: arn:aws:iam::123456789012:role/shop-api-execution
    task_role_arn:
      description: The role of the programs.
      returned: when there is one
      type: str
      sample: arn:aws:iam::123456789012:role/shop-api-task
    container_definitions:
      description: The containers, in the words of ECS's API.
      returned: always
      type: list
      elements: dict
      sample: [{"name": api, "image": "example/api:1.4.0", "essential": true}]
    architecture:
      description: The processors.
      returned: always
      type: str
      sample: X86_64
    ephemeral_storage_gib:
      description: GiB of storage that go with a task; V(null) for those that Fargate gives.
      returned: when it is known
      type: int
      sample: 40
    volumes:
      description: The volumes, in the words of ECS's API.
      returned: always
      type: list
      elements: dict
      sample: []
    tags:
      description: The tags of the revision.
      returned: always
      type: dict
      sample: {"Project": shop}
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar, Final

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils import _ecs_task_definition as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import ClientError

DELETED_AT_ONCE: Final = 10
"""The most revisions that one DeleteTaskDefinitions takes."""


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    listed: list[dict[str, str]] = ansible_dict_to_boto3_tag_list(tags, tag_name_key_name="key", tag_value_key_name="value")
    return listed


class TaskDefinition(AwsResource):
    """A family of task definitions, of which the newest active revision counts."""

    service = "ecs"
    kind = "ECS task definition"
    returns = "task_definition"
    missing = ("ClientException",)
    cures: ClassVar[Mapping[str, str]] = {
        "ClientException": "Correct what is named here: sizes, roles, images or names of containers.",
        "InvalidParameterException": "Correct what is named here.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self._newest = 0
        self._registered = False

    @property
    def identity(self) -> str:
        return str(self.params["family"])

    def _describe(self) -> Document | None:
        if self.params["state"] == "absent":
            revisions = self._revisions("ACTIVE") + self._revisions("INACTIVE")
            return {"family": self.identity, "revisions": revisions} if revisions else None
        newest = self._revision(self.identity)
        self._newest = newest["revision"] if newest else 0
        # A revision that has just been registered is the one to return, whatever still runs.
        running = None if self._registered else self._running()
        return self._revision(running) or newest if running else newest

    def _revision(self, reference: str) -> Document | None:
        found = self.find("describe_task_definition", taskDefinition=reference, include=["TAGS"])
        if found is None or found["taskDefinition"].get("status", "ACTIVE") != "ACTIVE":
            return None
        return pure.document(found["taskDefinition"], boto3_tag_list_to_ansible_dict(found.get("tags") or []))

    def _running(self) -> str | None:
        """Return the ARN of the revision that the service runs, if it is one of the family."""
        place = self.params["running_in"]
        if not place:
            return None
        try:
            services = self.call("describe_services", cluster=place["cluster"], services=[place["service"]])["services"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ClusterNotFoundException":
                return None
            raise
        arns = [pure.serving(each) for each in services if each["status"] == "ACTIVE"]
        return arns[0] if arns and arns[0] and pure.family(arns[0]) == self.identity else None

    def _revisions(self, status: str) -> list[str]:
        """Return the ARNs of all revisions in a state; a prefix finds other families too."""
        listed = self.collect("list_task_definitions", "taskDefinitionArns", familyPrefix=self.identity, status=status)
        return [arn for arn in listed if pure.family(arn) == self.identity]

    def _wanted(self, current: Document | None = None) -> Document:
        target = pure.wanted(self.params)
        if current is not None and self.params["keep_image_tags"]:
            target["container_definitions"] = pure.with_kept_tags(target["container_definitions"], current["container_definitions"])
        return target

    def _changes(self, current: Document) -> Document:
        tags = tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])
        return {**pure.revision_changes(current, self._wanted(current), self._newest), **tags}

    def _predict(self) -> Document:
        return {"family": self.identity, **self._wanted(), "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        self._register(self._wanted(), text_tags(self.params["tags"]) or {})

    def _register(self, target: Document, tags: Mapping[str, str]) -> None:
        self.call_patiently("role", "register_task_definition", **pure.request(self.identity, target), tags=_listed(tags) or None)
        self._registered = True

    def _update(self, current: Document, changes: Document) -> None:
        if "revision" in changes:
            # A revision has tags of its own.
            self._register(self._wanted(current), changes["tags"] if "tags" in changes else current["tags"])
            return
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", resourceArn=current["arn"], tags=_listed(tags)),
            lambda keys: self.call("untag_resource", resourceArn=current["arn"], tagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        for arn in self._revisions("ACTIVE"):
            self.call("deregister_task_definition", taskDefinition=arn)
        revisions: list[str] = current["revisions"]
        for first in range(0, len(revisions), DELETED_AT_ONCE):
            answer = self.call("delete_task_definitions", taskDefinitions=revisions[first : first + DELETED_AT_ONCE])
            if failures := answer.get("failures"):
                self.fail(f"{failures[0].get('arn', '')} cannot be deleted: {failures[0].get('reason', 'no reason given')}. Run again.")


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "family": {"required": True},
        "container_definitions": {"type": "list", "elements": "dict"},
        "cpu": {"type": "int"},
        "memory": {"type": "int"},
        "network_mode": {"choices": ["awsvpc", "bridge", "host", "none"], "default": "awsvpc"},
        "requires_compatibilities": {"type": "list", "elements": "str", "default": ["FARGATE"]},
        "execution_role_arn": {},
        "task_role_arn": {},
        "architecture": {"choices": ["X86_64", "ARM64"], "default": "X86_64"},
        "ephemeral_storage_gib": {"type": "int"},
        "volumes": {"type": "list", "elements": "dict"},
        "keep_image_tags": {"type": "bool", "default": False},
        "running_in": {"type": "dict", "options": {"cluster": {"required": True}, "service": {"required": True}}},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=spec, required_if=[("state", "present", ["container_definitions"])], supports_check_mode=True)
    TaskDefinition(module).run()


if __name__ == "__main__":
    main()
