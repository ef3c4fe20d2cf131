#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a trail of CloudTrail, with what it records and its tags."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cloudtrail_trail
version_added: 0.5.0
short_description: Manage a trail of CloudTrail
description:
  - Creates, changes and deletes a trail, says what it records, and starts or stops it.
  - What the options do not mention is left alone. An empty text takes something away.
options:
  name:
    description: The name of the trail.
    type: str
    required: true
  bucket:
    description: The name of the bucket that it writes to, whose policy must let CloudTrail write. A new trail needs it.
    type: str
    aliases: [s3_bucket_name]
  prefix:
    description: What the keys of its objects begin with.
    type: str
    aliases: [s3_key_prefix]
  topic:
    description: The name or the ARN of the SNS topic that hears of every file.
    type: str
  kms_key_arn:
    description: The ARN of the KMS key that encrypts the files. Its policy must let CloudTrail use it.
    type: str
  log_group_arn:
    description: The ARN of the log group that it writes to as well. Needs O(log_role_arn).
    type: str
  log_role_arn:
    description: The ARN of the role that it writes to the log group with.
    type: str
  multi_region:
    description: Whether what is done in other regions is recorded too. Not for a new trail unless given.
    type: bool
    aliases: [is_multi_region_trail]
  global_events:
    description: Whether what is done with global services is recorded. For a new trail unless given otherwise.
    type: bool
  log_file_validation:
    description: Whether digests of the files are signed, so that tampering shows. Not for a new trail unless given.
    type: bool
    aliases: [enable_log_file_validation]
  logging:
    description: Whether the trail records. A new one does unless given otherwise.
    type: bool
  management_events:
    description: Which calls that manage resources are recorded; all of a new trail unless given.
    type: str
    choices: [All, ReadOnly, WriteOnly, None]
  data_events:
    description: Which use of data is recorded. It costs by the event.
    type: list
    elements: dict
    suboptions:
      type:
        description: The kind of resource, such as V(AWS::S3::Object).
        type: str
        required: true
      arns:
        description: What the ARNs of the resources begin with; all of the kind unless given.
        type: list
        elements: str
        default: []
      access:
        description: Which calls are recorded.
        type: str
        choices: [All, ReadOnly, WriteOnly]
        default: All
  insights:
    description: The insights that CloudTrail is to find.
    type: list
    elements: str
    choices: [ApiCallRateInsight, ApiErrorRateInsight]
  state:
    description: Whether the trail exists. Its files stay in the bucket.
    type: str
    choices: [present, absent]
    default: present
notes:
  - M(amazon.aws.cloudtrail) cannot say which events are recorded, nor take a prefix, a topic or a log group away; it gives up where a
    new role is not known to CloudTrail yet; and its check mode reports a change where the trail has a key that the task does not name.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
author:
  - stratum.aws contributors (@stratum-aws)
"""

EXAMPLES = r"""
- name: Record what is done in the account
  stratum.aws.cloudtrail_trail:
    name: shop-prod
    bucket: shop-prod-audit
    multi_region: true
    log_file_validation: true
    data_events:
      - type: AWS::S3::Object
        arns: ["arn:aws:s3:::shop-prod-uploads/"]
        access: WriteOnly
    tags:
      Environment: prod

- name: Delete the trail
  stratum.aws.cloudtrail_trail:
    name: shop-prod
    state: absent
"""

RETURN = r"""
trail:
  description: The trail, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: shop-prod
    arn:
      description: Its ARN.
      returned: always
      type: str
      sample: arn:aws:cloudtrail:us-east-1:123456789012:trail/shop-prod
    bucket:
      description: The bucket that it writes to.
      returned: always
      type: str
      sample: shop-prod-audit
    logging:
      description: Whether it records.
      returned: always
      type: bool
      sample: true
    management_events:
      description: Which calls that manage resources are recorded.
      returned: always
      type: str
      sample: All
    data_events:
      description: Which use of data is recorded.
      returned: always
      type: list
      elements: dict
      sample: []
    other_events:
      description: Whether it records more than the options can say.
      returned: always
      type: bool
      sample: false
    insights:
      description: The insights that CloudTrail is to find.
      returned: always
      type: list
      elements: str
      sample: []
    tags:
      description: Its tags.
      returned: always
      type: dict
      sample: {"Environment": prod}
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils import _cloudtrail as pure
from ansible_collections.stratum.aws.plugins.module_utils._base import PROPAGATION_PAUSES, STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

with suppress(ImportError):  # AnsibleAWSModule says what is missing
    from botocore.exceptions import ClientError

SPREADING = ("InvalidCloudWatchLogsRoleArnException", "InvalidCloudWatchLogsLogGroupArnException", "InsufficientS3BucketPolicyException")
"""What CloudTrail answers as long as a new role or policy is not known everywhere."""


class Trail(AwsResource):
    """A trail of this region, known by its name."""

    service = "cloudtrail"
    kind = "Trail"
    returns = "trail"
    missing = ("TrailNotFoundException",)
    cures: ClassVar[Mapping[str, str]] = {
        "InsufficientS3BucketPolicyException": "Let cloudtrail.amazonaws.com read the bucket's ACL and write below AWSLogs/<account>/.",
        "InsufficientSnsTopicPolicyException": "Create the topic, and let cloudtrail.amazonaws.com publish to it.",
        "InsufficientEncryptionPolicyException": "Let cloudtrail.amazonaws.com use the key.",
        "S3BucketDoesNotExistException": "Create the bucket first.",
        "InvalidCloudWatchLogsRoleArnException": "Let cloudtrail.amazonaws.com assume the role, and the role write to the log group.",
        "InvalidCloudWatchLogsLogGroupArnException": "Create the log group first, in the same account.",
        "KmsKeyNotFoundException": "Create the KMS key first, in the region of the bucket.",
        "MaximumNumberOfTrailsExceededException": "A region has five trails at most: delete one.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def arn(self) -> str:
        """The ARN, which tells a trail from one of the same name in another region."""
        account, partition = get_aws_account_info(self.module)
        return f"arn:{partition}:cloudtrail:{self.module.region}:{account}:trail/{self.identity}"

    def _describe(self) -> Document | None:
        trails = self.call("describe_trails", trailNameList=[self.identity], includeShadowTrails=False)["trailList"]
        found = next((trail for trail in trails if trail["Name"] == self.identity), None)
        if found is None:
            return None
        arn = found["TrailARN"]
        tags = self.call("list_tags", ResourceIdList=[arn])["ResourceTagList"]
        return pure.trail_document(
            found,
            self.call("get_trail_status", Name=arn)["IsLogging"],
            self.call("get_event_selectors", TrailName=arn),
            self._insights(arn) if found.get("HasInsightSelectors") or self.params["insights"] else [],
            boto3_tag_list_to_ansible_dict(tags[0]["TagsList"] if tags else []),
        )

    def _insights(self, arn: str) -> list[str]:
        try:
            answer = self.call("get_insight_selectors", TrailName=arn)
        except ClientError as error:
            if error.response["Error"]["Code"] == "InsightNotEnabledException":
                return []
            raise
        return [item["InsightType"] for item in answer.get("InsightSelectors") or []]

    def _changes(self, current: Document) -> Document:
        changes = pure.trail_changes(current, self.params)
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if not self.params["bucket"]:
            self.fail("a new trail needs bucket.")
        chosen = {
            "logging": self.params["logging"],
            "management_events": self.params["management_events"],
            "insights": self.params["insights"],
        }
        return {
            "name": self.identity,
            "arn": self.arn,
            **dict.fromkeys(pure.SETTINGS, ""),
            **pure.USUAL,
            **pure.settings(self.params),
            "logging": True,
            "management_events": "All",
            "data_events": pure.wanted_data(self.params) or [],
            "other_events": False,
            "insights": [],
            **given(chosen),
            "tags": text_tags(self.params["tags"]) or {},
        }

    def _create(self) -> None:
        new = self._predict()
        asked = {name: value for name, value in pure.request(new).items() if value != ""}
        tags = ansible_dict_to_boto3_tag_list(new["tags"]) or None
        self._patiently("create_trail", Name=self.identity, **asked, TagsList=tags)
        self._record(new, {key: new[key] for key in ("data_events", "insights") if new[key]} | self._managed(new))
        if new["logging"]:
            self.call("start_logging", Name=new["arn"])

    @staticmethod
    def _managed(new: Document) -> Document:
        return {} if new["management_events"] == "All" else {"management_events": new["management_events"]}

    def _patiently(self, operation: str, **parameters: Any) -> None:
        """Call an operation again for a while if roles and policies may not be known everywhere yet."""
        for pause in PROPAGATION_PAUSES:
            try:
                self.call(operation, **parameters)
            except ClientError as error:
                if error.response["Error"]["Code"] not in SPREADING:
                    raise
            else:
                return
            time.sleep(pause)
        self.call(operation, **parameters)

    def _record(self, after: Document, changes: Document) -> None:
        """Say what the trail records, where that changes."""
        arn = after["arn"]
        if {"management_events", "data_events", "other_events"} & set(changes):
            selectors = pure.selectors_request(after["management_events"], after["data_events"])
            if selectors:
                self.call("put_event_selectors", TrailName=arn, AdvancedEventSelectors=selectors)
            else:
                none = {"ReadWriteType": "All", "IncludeManagementEvents": False, "DataResources": []}
                self.call("put_event_selectors", TrailName=arn, EventSelectors=[none])
        if "insights" in changes:
            self.call("put_insight_selectors", TrailName=arn, InsightSelectors=[{"InsightType": each} for each in changes["insights"]])

    def _update(self, current: Document, changes: Document) -> None:
        arn, after = current["arn"], {**current, **changes}
        if asked := pure.request(changes):
            self._patiently("update_trail", Name=arn, **asked)
        self._record(after, changes)
        if "logging" in changes:
            self.call("start_logging" if changes["logging"] else "stop_logging", Name=arn)
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("add_tags", ResourceId=arn, TagsList=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("remove_tags", ResourceId=arn, TagsList=[{"Key": key, "Value": current["tags"][key]} for key in keys]),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_trail", Name=current["arn"])


def main() -> None:
    """Run the module."""
    data: dict[str, dict[str, Any]] = {
        "type": {"required": True},
        "arns": {"type": "list", "elements": "str", "default": []},
        "access": {"choices": ["All", "ReadOnly", "WriteOnly"], "default": "All"},
    }
    argument_spec: dict[str, Any] = {
        "name": {"type": "str", "required": True},
        "bucket": {"type": "str", "aliases": ["s3_bucket_name"]},
        "prefix": {"type": "str", "aliases": ["s3_key_prefix"], "no_log": False},
        "topic": {"type": "str"},
        "kms_key_arn": {"type": "str", "no_log": False},
        "log_group_arn": {"type": "str"},
        "log_role_arn": {"type": "str"},
        "multi_region": {"type": "bool", "aliases": ["is_multi_region_trail"]},
        "global_events": {"type": "bool"},
        "log_file_validation": {"type": "bool", "aliases": ["enable_log_file_validation"]},
        "logging": {"type": "bool"},
        "management_events": {"type": "str", "choices": ["All", "ReadOnly", "WriteOnly", "None"]},
        "data_events": {"type": "list", "elements": "dict", "options": data},
        "insights": {"type": "list", "elements": "str", "choices": ["ApiCallRateInsight", "ApiErrorRateInsight"]},
        "state": STATE,
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_together=[("log_group_arn", "log_role_arn")], supports_check_mode=True)
    Trail(module).run()


if __name__ == "__main__":
    main()
