#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where an S3 bucket writes its access log."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_logging
short_description: Manage where an S3 bucket writes its access log
version_added: 0.1.0
description:
  - Makes a bucket write a record of every request to another bucket.
  - The other bucket's policy must let C(logging.s3.amazonaws.com) write; see M(stratum.aws.s3_bucket_policy).
notes:
  - M(community.aws.s3_logging) grants access by an ACL on the target, which a bucket with owner-enforced
    ownership refuses. M(amazon.aws.s3_bucket) sets logging in the same step as the bucket, when the target need
    not exist yet, and has no check mode.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  bucket:
    description: The name of the bucket whose requests are recorded.
    type: str
    required: true
    aliases: [name]
  target_bucket:
    description: The name of the bucket that receives the records. Required when O(state=present).
    type: str
  target_prefix:
    description: What the keys of the records begin with.
    type: str
    default: ""
  state:
    description: Whether requests are recorded.
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
- name: Record the requests to the files
  stratum.aws.s3_bucket_logging:
    bucket: example-files
    target_bucket: example-access-logs
    target_prefix: example-files/

- name: Record them no longer
  stratum.aws.s3_bucket_logging:
    bucket: example-files
    state: absent
"""

RETURN = r"""
logging:
  description: Where the bucket's requests are recorded; null when they are not.
  returned: always
  type: dict
  contains:
    bucket:
      description: The name of the bucket.
      type: str
      sample: example-files
    target_bucket:
      description: The bucket that receives the records.
      type: str
      sample: example-access-logs
    target_prefix:
      description: What the keys of the records begin with.
      type: str
      sample: example-files/
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._s3_bucket_part import BucketPart


class BucketLogging(BucketPart):
    """The access log of one bucket."""

    kind = "Access log of bucket"
    returns = "logging"
    reads, writes = "get_bucket_logging", "put_bucket_logging"
    missing = ("NoSuchBucket",)

    def _read(self, answer: Document) -> Document | None:
        enabled = answer.get("LoggingEnabled")
        return enabled and {"target_bucket": enabled["TargetBucket"], "target_prefix": enabled.get("TargetPrefix", "")}

    def _wanted(self) -> Document:
        return {key: self.params[key] for key in ("target_bucket", "target_prefix")}

    def _write(self, wanted: Document) -> Document:
        return {
            "BucketLoggingStatus": {"LoggingEnabled": {"TargetBucket": wanted["target_bucket"], "TargetPrefix": wanted["target_prefix"]}}
        }

    def _delete(self, current: Document) -> None:
        self.call("put_bucket_logging", Bucket=self.identity, BucketLoggingStatus={})


def main() -> None:
    """Run the module."""
    argument_spec = {
        "bucket": {"type": "str", "required": True, "aliases": ["name"]},
        "target_bucket": {"type": "str"},
        "target_prefix": {"type": "str", "default": ""},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=[("state", "present", ["target_bucket"])], supports_check_mode=True)
    BucketLogging(module).run()


if __name__ == "__main__":
    main()
