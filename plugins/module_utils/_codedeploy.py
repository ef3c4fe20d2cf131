# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules for CodeDeploy share: ARNs, tags, cures.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import Tags, retag

CODEDEPLOY_CURES: Final[Mapping[str, str]] = {
    "ApplicationDoesNotExistException": "Create the application first (codedeploy_application).",
    "DeploymentConfigDoesNotExistException": "Name a configuration of AWS (CodeDeployDefault.…) or one that exists in this region.",
    "ECSServiceMappingLimitExceededException": "Another deployment group has this service: a service belongs to one group only.",
    "InvalidECSServiceException": "Check that the service exists and that its deployment controller is CODE_DEPLOY.",
    "InvalidRoleException": "Check that the role exists and that codedeploy.amazonaws.com may assume it.",
    "InvalidTargetGroupPairException": "Name two target groups, and the listener that sends traffic to one of them.",
}


class CodeDeployResource(AwsResource):
    """Something of CodeDeploy, which names ARNs nowhere and takes them for tags."""

    service = "codedeploy"

    @cached_property
    def _account(self) -> tuple[str, str]:
        account, partition = get_aws_account_info(self.module)
        return account, partition

    def arn_of(self, resource: str) -> str:
        """Return the ARN of what CodeDeploy calls `resource`."""
        account, partition = self._account
        return f"arn:{partition}:codedeploy:{self.client.meta.region_name}:{account}:{resource}"

    def read_tags(self, arn: str) -> Tags:
        """Return the tags of what has this ARN."""
        tags: list[Any] = []
        more: Document = {}
        while True:
            answer = self.call("list_tags_for_resource", ResourceArn=arn, **more)
            tags += answer.get("Tags") or []
            if not answer.get("NextToken"):
                return dict(boto3_tag_list_to_ansible_dict(tags))
            more = {"NextToken": answer["NextToken"]}

    def write_tags(self, current: Document, changes: Document) -> None:
        """Make the tags as `changes` says."""
        arn = current["arn"]
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", ResourceArn=arn, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceArn=arn, TagKeys=keys),
        )
