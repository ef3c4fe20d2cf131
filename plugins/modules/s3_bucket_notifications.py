#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom an S3 bucket tells about its objects."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_notifications
short_description: Manage the event notifications of an S3 bucket
version_added: 0.1.0
description:
  - Makes a bucket tell exactly these topics, queues and functions about its objects, and EventBridge if you like.
  - Each of them must let C(s3.amazonaws.com) send to it, or S3 refuses the configuration.
notes:
  - M(community.aws.s3_bucket_notification) writes one event at a time (events of one bucket that are set side by
    side overwrite each other), removes EventBridge delivery with every write, and knows a part of the events only.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  bucket:
    description: The name of the bucket.
    type: str
    required: true
    aliases: [name]
  notifications:
    description: Whom the bucket tells; others are no longer told.
    type: list
    elements: dict
    default: []
    suboptions:
      id:
        description: The name of the notification, unique in the bucket.
        type: str
        required: true
      arn:
        description: The ARN of the SNS topic, SQS queue or Lambda function.
        type: str
        required: true
      events:
        description: The events that it is told about, such as V(s3:ObjectCreated:*).
        type: list
        elements: str
        required: true
      prefix:
        description: It is told about objects whose keys begin with this.
        type: str
      suffix:
        description: It is told about objects whose keys end with this.
        type: str
  event_bridge:
    description: Whether every event goes to EventBridge too.
    type: bool
    default: false
  state:
    description: Whether anybody is told.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Queue every upload of a picture
  stratum.aws.s3_bucket_notifications:
    bucket: example-files
    notifications:
      - id: pictures
        arn: arn:aws:sqs:us-east-1:123456789012:example-pictures
        events: ["s3:ObjectCreated:*"]
        suffix: .jpg
"""

RETURN = r"""
notifications:
  description: Whom the bucket tells; null when nobody.
  returned: always
  type: dict
  contains:
    bucket:
      description: The name of the bucket.
      type: str
      sample: example-files
    notifications:
      description: The topics, queues and functions.
      type: list
      elements: dict
      sample:
        - id: pictures
          arn: arn:aws:sqs:us-east-1:123456789012:example-pictures
          events: ["s3:ObjectCreated:*"]
          suffix: .jpg
    event_bridge:
      description: Whether events go to EventBridge.
      type: bool
      sample: false
"""

from typing import ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._s3_bucket_part import BucketPart

# Service in the ARN -> where S3 keeps it, and under which name its ARN.
TARGETS = {
    "sns": ("TopicConfigurations", "TopicArn"),
    "sqs": ("QueueConfigurations", "QueueArn"),
    "lambda": ("LambdaFunctionConfigurations", "LambdaFunctionArn"),
}


def to_configuration(notifications: list[Document], event_bridge: bool) -> Document:
    """Return the notifications in S3's form."""
    configuration: Document = {"EventBridgeConfiguration": {}} if event_bridge else {}
    for options in notifications:
        group, arn = TARGETS[options["arn"].split(":")[2]]
        entry: Document = {"Id": options["id"], arn: options["arn"], "Events": options["events"]}
        rules = [{"Name": name, "Value": options[name]} for name in ("prefix", "suffix") if options.get(name)]
        if rules:
            entry["Filter"] = {"Key": {"FilterRules": rules}}
        configuration.setdefault(group, []).append(entry)
    return configuration


def from_configuration(configuration: Document) -> Document:
    """Return the notifications that S3 holds in the form of the module's options."""
    notifications = []
    for group, arn in TARGETS.values():
        for entry in configuration.get(group, []):
            rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
            affixes = {rule["Name"].lower(): rule["Value"] for rule in rules if rule["Value"]}
            notifications.append({"id": entry["Id"], "arn": entry[arn], "events": entry["Events"], **affixes})
    return {"notifications": notifications, "event_bridge": "EventBridgeConfiguration" in configuration}


class BucketNotifications(BucketPart):
    """The notifications of one bucket."""

    kind = "Notifications of bucket"
    returns = "notifications"
    reads, writes = "get_bucket_notification_configuration", "put_bucket_notification_configuration"
    missing = ("NoSuchBucket",)
    cures: ClassVar[dict[str, str]] = {
        **BucketPart.cures,
        "InvalidArgument": "Check that every target exists and that its policy lets s3.amazonaws.com send to it.",
    }

    def _read(self, answer: Document) -> Document | None:
        found = from_configuration(answer)
        return found if found["notifications"] or found["event_bridge"] else None

    def _wanted(self) -> Document:
        options = [{key: value for key, value in given(item).items() if value != ""} for item in self.params["notifications"]]
        for item in options:
            if item["arn"].count(":") < 5 or item["arn"].split(":")[2] not in TARGETS:
                self.fail(f"{item['arn']} is no topic, queue or function. Give the ARN of one.")
        return {"notifications": options, "event_bridge": self.params["event_bridge"]}

    def _write(self, wanted: Document) -> Document:
        return {"NotificationConfiguration": to_configuration(wanted["notifications"], wanted["event_bridge"])}

    def _delete(self, current: Document) -> None:
        self.call(self.writes, Bucket=self.identity, NotificationConfiguration={})


def main() -> None:
    """Run the module."""
    notification = {
        "id": {"type": "str", "required": True},
        "arn": {"type": "str", "required": True},
        "events": {"type": "list", "elements": "str", "required": True},
        "prefix": {"type": "str"},
        "suffix": {"type": "str"},
    }
    argument_spec = {
        "bucket": {"type": "str", "required": True, "aliases": ["name"]},
        "notifications": {"type": "list", "elements": "dict", "options": notification, "default": []},
        "event_bridge": {"type": "bool", "default": False},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    if not module.params["notifications"] and not module.params["event_bridge"]:
        module.params["state"] = "absent"
    BucketNotifications(module).run()


if __name__ == "__main__":
    main()
