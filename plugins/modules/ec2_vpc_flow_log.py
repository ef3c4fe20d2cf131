#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a flow log of a VPC, a subnet or a network interface."""

from __future__ import annotations

DOCUMENTATION = r"""
module: ec2_vpc_flow_log
version_added: 0.1.0
short_description: Manage a VPC flow log
description:
  - Records the traffic of a VPC, a subnet or a network interface in a CloudWatch log group, an S3 bucket or a Firehose stream.
  - The flow log is found by its resource and its destination. With another destination a second one is made.
  - AWS cannot change a flow log except for its tags, so a changed one is deleted and created again. The diff says so.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  resource_id:
    description: The id of the VPC, subnet or network interface.
    type: str
    required: true
  state:
    description: Whether the flow log is there.
    type: str
    choices: [present, absent]
    default: present
  log_group_name:
    description: The CloudWatch log group to write to. Either this or O(destination_arn) is needed.
    type: str
  destination_arn:
    description:
      - The ARN of an S3 bucket, with a folder after a slash if wanted, of a log group or of a Firehose stream.
      - AWS tells the kind of destination from the ARN's service.
    type: str
  role_arn:
    description: The role that writes to the log group. Needed for a new flow log to CloudWatch.
    type: str
  traffic_type:
    description: Which traffic is recorded. A new flow log records V(ALL) by default.
    type: str
    choices: [ACCEPT, REJECT, ALL]
  log_format:
    description: The fields to record, such as V(${srcaddr} ${dstaddr} ${action}). AWS's own format by default.
    type: str
  max_aggregation_interval:
    description: The seconds over which packets of a flow are counted together; 600 by default.
    type: int
    choices: [60, 600]
  file_format:
    description: The format of the files in S3; V(plain-text) by default.
    type: str
    choices: [plain-text, parquet]
  hive_compatible_partitions:
    description: Whether the folders in S3 have names that Hive understands.
    type: bool
  per_hour_partition:
    description: Whether there is a folder in S3 for each hour, and not for each day.
    type: bool
notes:
  - Neither amazon.aws nor community.aws has a module for flow logs.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Record the VPC's traffic in CloudWatch
  stratum.aws.ec2_vpc_flow_log:
    resource_id: vpc-0123456789abcdef0
    log_group_name: /aws/vpc-flow-log/spywatcher-production
    role_arn: arn:aws:iam::123456789012:role/spywatcher-production-vpc-flow-log
    max_aggregation_interval: 60
    tags:
      Name: spywatcher-production

- name: Record rejected traffic in a bucket
  stratum.aws.ec2_vpc_flow_log:
    resource_id: subnet-0123456789abcdef0
    destination_arn: arn:aws:s3:::spywatcher-flow-logs/rejected/
    traffic_type: REJECT
    file_format: parquet

- name: Stop recording
  stratum.aws.ec2_vpc_flow_log:
    resource_id: vpc-0123456789abcdef0
    log_group_name: /aws/vpc-flow-log/spywatcher-production
    state: absent
"""

RETURN = r"""
flow_log:
  description: The flow log, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    deliver_logs_error_message:
      description: Why records could not be delivered, or null.
      returned: when the flow log exists
      type: str
      sample: Access error
    deliver_logs_status:
      description: Whether records could be delivered.
      returned: when the flow log exists
      type: str
      sample: SUCCESS
    flow_log_id:
      description: The id; null when check mode would make a new one.
      returned: always
      type: str
      sample: fl-0123456789abcdef0
    resource_id:
      description: The id of the VPC, subnet or network interface.
      returned: always
      type: str
      sample: vpc-0123456789abcdef0
    tags:
      description: The tags of the flow log.
      returned: always
      type: dict
      sample: {"Name": "spywatcher-production"}
replaced:
  description: Whether an existing flow log was, or would be, deleted and created again.
  returned: always
  type: bool
  sample: false
"""

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_list_to_ansible_dict,
    boto3_tag_specifications,
)
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

TYPES = {"vpc": "VPC", "subnet": "Subnet", "eni": "NetworkInterface"}
DESTINATIONS = {"s3": "s3", "firehose": "kinesis-data-firehose", "logs": "cloud-watch-logs"}
FILES = {
    "file_format": ("FileFormat", "plain-text"),
    "hive_compatible_partitions": ("HiveCompatiblePartitions", False),
    "per_hour_partition": ("PerHourPartition", False),
}
COMPARED = ("role_arn", "traffic_type", "log_format", "max_aggregation_interval", *FILES)


def destination_type(arn: str | None) -> str:
    """Return AWS's word for the kind of destination that an ARN names; a log group without one."""
    return DESTINATIONS.get(arn.split(":")[2] if arn and arn.count(":") >= 5 else "logs", "cloud-watch-logs")


def destination_of(log_group_name: str | None, arn: str | None) -> str | None:
    """Return a destination in the one form in which two of them are compared."""
    if arn and destination_type(arn) == "cloud-watch-logs":
        return arn.partition(":log-group:")[2].removesuffix(":*")
    return arn.rstrip("/") if arn else log_group_name


def flow_log_document(found: Mapping[str, Any]) -> Document:
    """Return a flow log as AWS describes it as the module returns it."""
    options = found.get("DestinationOptions") or {}
    in_s3 = found.get("LogDestinationType") == "s3"
    return {
        "flow_log_id": found["FlowLogId"],
        "resource_id": found["ResourceId"],
        "log_group_name": found.get("LogGroupName"),
        "destination_arn": found.get("LogDestination"),
        "role_arn": found.get("DeliverLogsPermissionArn"),
        "traffic_type": found.get("TrafficType"),
        "log_format": found.get("LogFormat"),
        "max_aggregation_interval": found.get("MaxAggregationInterval", 600),
        **{key: options.get(name, default) if in_s3 else None for key, (name, default) in FILES.items()},
        "deliver_logs_status": found.get("DeliverLogsStatus"),
        "deliver_logs_error_message": found.get("DeliverLogsErrorMessage"),
        "tags": boto3_tag_list_to_ansible_dict(found.get("Tags") or []),
    }


def replacing_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return what differs and only a new flow log can have; white space between fields means nothing."""
    wanted = given({key: options.get(key) for key in COMPARED})
    changes = differing(current, wanted)
    if "log_format" in changes and wanted["log_format"].split() == (current["log_format"] or "").split():
        del changes["log_format"]
    return changes


class FlowLog(AwsResource):
    """A flow log, known by its resource and its destination."""

    service = "ec2"
    kind = "Flow log"
    returns = "flow_log"
    missing = ("InvalidFlowLogId.NotFound",)
    cures: ClassVar[Mapping[str, str]] = {
        "FlowLogAlreadyExists": "Another flow log of this resource has this destination: remove it, or choose another.",
        "InvalidParameter": "Check log_format, and the combination of destination and role.",
        "InvalidVpcID.NotFound": "Create the VPC first.",
        "InvalidSubnetID.NotFound": "Create the subnet first.",
        "InvalidNetworkInterfaceID.NotFound": "Create the network interface first.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.destination = destination_of(self.params["log_group_name"], self.params["destination_arn"])
        self.created: str | None = None
        self.replaced = False

    @property
    def identity(self) -> str:
        return f"of {self.params['resource_id']} to {self.destination}"

    def _describe(self) -> Document | None:
        filters = [{"Name": "resource-id", "Values": [self.params["resource_id"]]}]
        logs = self.collect("describe_flow_logs", "FlowLogs", **({"FlowLogIds": [self.created]} if self.created else {"Filters": filters}))
        documents = [flow_log_document(log) for log in logs]
        found = [log for log in documents if destination_of(log["log_group_name"], log["destination_arn"]) == self.destination]
        if len(found) > 1:
            # AWS allows one for each type of traffic.
            found = [log for log in found if log["traffic_type"] == self.params["traffic_type"]]
            if not found:
                self.fail("there are several with this destination. Set traffic_type to say which one is meant.")
        return found[0] if found else None

    def _changes(self, current: Document) -> Document:
        changes = replacing_changes(current, self.params)
        self.replaced = bool(changes)
        renewed = {"flow_log_id": None} if changes else {}
        return {**changes, **renewed, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if destination_type(self.params["destination_arn"]) == "cloud-watch-logs" and not self.params["role_arn"]:
            self.fail("a new flow log to CloudWatch needs role_arn: a role that vpc-flow-logs.amazonaws.com may assume.")
        tags = text_tags(self.params["tags"]) or {}
        return {**super()._predict(), "traffic_type": self.params["traffic_type"] or "ALL", "flow_log_id": None, "tags": tags}

    def _create(self) -> None:
        self._make(self._predict())

    def _make(self, log: Document) -> None:
        kind = TYPES.get(self.params["resource_id"].partition("-")[0])
        arn = log.get("destination_arn")
        files = given({names[0]: log.get(key) for key, names in FILES.items()})
        answer = self.call(
            "create_flow_logs",
            ResourceIds=[self.params["resource_id"]],
            ResourceType=kind,
            TrafficType=log["traffic_type"],
            LogDestinationType=destination_type(arn),
            # A flow log that has both was made with the group's name.
            LogDestination=None if log.get("log_group_name") else arn,
            LogGroupName=log.get("log_group_name"),
            DeliverLogsPermissionArn=log.get("role_arn"),
            LogFormat=log.get("log_format"),
            MaxAggregationInterval=log.get("max_aggregation_interval"),
            DestinationOptions=files if destination_type(arn) == "s3" and files else None,
            TagSpecifications=boto3_tag_specifications(log["tags"], "vpc-flow-log"),
            # A request whose answer was lost is repeated with the same token, and makes no second flow log.
            ClientToken=uuid.uuid4().hex,
        )
        if answer.get("Unsuccessful"):
            self.fail(f"CreateFlowLogs says {answer['Unsuccessful'][0]['Error']['Message']} Check that destination and role exist.")
        self.created = answer["FlowLogIds"][0]

    def _update(self, current: Document, changes: Document) -> None:
        after = {**current, **changes}
        if self.replaced:
            # AWS refuses a second flow log with the same destination, so the old one goes first.
            self._delete(current)
            self._make(after)
            return
        ids = [current["flow_log_id"]]
        retag(
            current["tags"],
            after["tags"],
            lambda tags: self.call("create_tags", Resources=ids, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("delete_tags", Resources=ids, Tags=[{"Key": key} for key in keys]),
        )

    def _delete(self, current: Document) -> None:
        answer = self.find("delete_flow_logs", FlowLogIds=[current["flow_log_id"]]) or {}
        if answer.get("Unsuccessful"):
            self.fail(f"DeleteFlowLogs says {answer['Unsuccessful'][0]['Error']['Message']} Delete it in the console.")

    def _result(self, changed: bool, document: Document | None, diff: Document) -> Document:
        return {**super()._result(changed, document, {**diff, "replaced": self.replaced}), "replaced": self.replaced}


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "resource_id": {"required": True},
        "state": STATE,
        "log_group_name": {},
        "destination_arn": {},
        "role_arn": {},
        "traffic_type": {"choices": ["ACCEPT", "REJECT", "ALL"]},
        "log_format": {},
        "max_aggregation_interval": {"type": "int", "choices": [60, 600]},
        "file_format": {"choices": ["plain-text", "parquet"]},
        "hive_compatible_partitions": {"type": "bool"},
        "per_hour_partition": {"type": "bool"},
        **TAGS,
    }
    either = [("log_group_name", "destination_arn")]
    module = AnsibleAWSModule(argument_spec=spec, required_one_of=either, mutually_exclusive=either, supports_check_mode=True)
    if module.params["resource_id"].partition("-")[0] not in TYPES:
        module.fail_json(msg=f"resource_id {module.params['resource_id']} is no VPC (vpc-), subnet (subnet-) or network interface (eni-).")
    FlowLog(module).run()


if __name__ == "__main__":
    main()
