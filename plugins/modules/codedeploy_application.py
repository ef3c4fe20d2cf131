#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An application of CodeDeploy: what its deployment groups belong to."""

from __future__ import annotations

DOCUMENTATION = r"""
module: codedeploy_application
short_description: Manage an application of CodeDeploy
version_added: 0.5.0
description:
  - Creates, tags and deletes an application of AWS CodeDeploy. What it deploys, and how, is in its deployment groups.
notes:
  - Neither amazon.aws nor community.aws has a module for CodeDeploy.
  - AWS deletes the deployment groups along with their application.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the application.
    type: str
    required: true
    aliases: [application_name]
  compute_platform:
    description: What the application runs on. It cannot be changed.
    type: str
    choices: [ECS, Lambda, Server]
    default: ECS
  state:
    description: Whether the application exists.
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
  - module: stratum.aws.codedeploy_deployment_group
"""

EXAMPLES = r"""
- name: Create the application
  stratum.aws.codedeploy_application:
    name: shop-api
    tags:
      Project: shop
"""

RETURN = r"""
application:
  description: The application; null when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-api
    id:
      description: Its id.
      returned: except in check mode while there is none
      type: str
      sample: 7f3a3e1c-2d5b-4f0a-9a51-0b6f3c1d2e4f
    arn:
      description: Its ARN.
      returned: always
      type: str
      sample: arn:aws:codedeploy:us-east-1:123456789012:application:shop-api
    compute_platform:
      description: What it runs on.
      returned: always
      type: str
      sample: ECS
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {Project: shop}
"""

from collections.abc import Mapping
from typing import ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, Document
from ansible_collections.stratum.aws.plugins.module_utils._codedeploy import CODEDEPLOY_CURES, CodeDeployResource
from ansible_collections.stratum.aws.plugins.module_utils._tags import tag_changes, text_tags


class Application(CodeDeployResource):
    """One application."""

    kind = "CodeDeploy application"
    returns = "application"
    missing = ("ApplicationDoesNotExistException",)
    cures: ClassVar[Mapping[str, str]] = CODEDEPLOY_CURES

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def arn(self) -> str:
        return self.arn_of(f"application:{self.identity}")

    def _describe(self) -> Document | None:
        answer = self.find("get_application", applicationName=self.identity)
        if answer is None:
            return None
        found = answer["application"]
        return {
            "name": found["applicationName"],
            "id": found["applicationId"],
            "arn": self.arn,
            # Applications that are older than the choice have none.
            "compute_platform": found.get("computePlatform") or "Server",
            "tags": self.read_tags(self.arn),
        }

    def _predict(self) -> Document:
        platform, tags = self.params["compute_platform"], text_tags(self.params["tags"]) or {}
        return {"name": self.identity, "arn": self.arn, "compute_platform": platform, "tags": tags}

    def _changes(self, current: Document) -> Document:
        if current["compute_platform"] != self.params["compute_platform"]:
            self.fail(
                f"it deploys to {current['compute_platform']}, which cannot be changed. "
                f"Delete it first, or give the application for {self.params['compute_platform']} another name."
            )
        return tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])

    def _create(self) -> None:
        self.call(
            "create_application",
            applicationName=self.identity,
            computePlatform=self.params["compute_platform"],
            tags=ansible_dict_to_boto3_tag_list(text_tags(self.params["tags"])) or None,
        )

    def _update(self, current: Document, changes: Document) -> None:
        self.write_tags(current, changes)

    def _delete(self, current: Document) -> None:
        self.call("delete_application", applicationName=self.identity)


def main() -> None:
    """Run the module."""
    argument_spec = {
        "name": {"type": "str", "required": True, "aliases": ["application_name"]},
        "compute_platform": {"type": "str", "choices": ["ECS", "Lambda", "Server"], "default": "ECS"},
        "state": STATE,
        **TAGS,
    }
    Application(AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
