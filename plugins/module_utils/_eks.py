# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules for EKS share: waiters, updates and tags.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict
from ansible_collections.amazon.aws.plugins.module_utils.botocore import normalize_boto3_result
from ansible_collections.stratum.aws.plugins.module_utils._base import AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag
from ansible_collections.stratum.aws.plugins.module_utils._waiters import gone_waiter, status_waiter

MISSING = ("ResourceNotFoundException",)

CLUSTER_ACTIVE = status_waiter(
    "DescribeCluster", "cluster.status", ["ACTIVE"], ["FAILED", "DELETING"], retry_on=MISSING, reasons="cluster.health.issues[].message"
)
CLUSTER_GONE = gone_waiter("DescribeCluster", "cluster.status", MISSING, ["FAILED"])
UPDATE_DONE = status_waiter(
    "DescribeUpdate", "update.status", ["Successful"], ["Failed", "Cancelled"], retry_on=MISSING, reasons="update.errors[].errorMessage"
)
# DEGRADED is no failure: CoreDNS is so until the cluster has nodes.
ADDON_ACTIVE = status_waiter(
    "DescribeAddon",
    "addon.status",
    ["ACTIVE"],
    ["CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED", "DELETING"],
    delay=5,
    retry_on=MISSING,
    reasons="addon.health.issues[].message",
)
ADDON_GONE = gone_waiter("DescribeAddon", "addon.status", MISSING, ["DELETE_FAILED"], delay=5)


class EksResource(AwsResource):
    """A resource of EKS: it has an ARN under which it is tagged, and is changed by updates that take a while."""

    service = "eks"
    missing = MISSING
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameterException": "Correct the option that AWS names here.",
        "InvalidRequestException": "Bring the cluster into the state that AWS names here and run again.",
        "ResourceInUseException": "Wait until what uses it is gone or the other change has ended, then run again.",
        "ResourceNotFoundException": "Create it first, or correct the name: AWS says which one it does not find.",
        "UnsupportedAvailabilityZoneException": "Choose subnets in the zones that AWS names here.",
        "ResourceLimitExceededException": "Ask AWS for a higher quota or delete what is not used.",
        "ServerException": "Run again: the fault is on AWS's side.",
    }

    @staticmethod
    def document(data: Mapping[str, Any]) -> Document:
        """Return what AWS describes with snake_case keys and times as text."""
        result: Document = camel_dict_to_snake_dict(normalize_boto3_result(dict(data)), ignore_list=["tags"])
        return {**result, "tags": dict(data.get("tags", {}))}

    def retag(self, arn: str, current: Document, changes: Document) -> None:
        """Make the tags of the resource be those in `changes`, if there are any."""
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_resource", resourceArn=arn, tags=tags),
            lambda keys: self.call("untag_resource", resourceArn=arn, tagKeys=keys),
        )
