#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy of an S3 bucket: TLS only, and whatever else its owner allows or denies."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_policy
short_description: Manage the policy of an S3 bucket
version_added: 0.1.0
description:
  - Makes the policy of a bucket out of a statement that denies requests without TLS, and statements of your own.
  - A policy without statements is no policy, and is deleted.
notes:
  - M(amazon.aws.s3_bucket) sets the policy in the same step as the bucket, so a policy that names something that
    in its turn needs the bucket (a distribution, a replication role) cannot be expressed there; and it has no check mode.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  bucket:
    description: The name of the bucket.
    type: str
    required: true
    aliases: [name]
  require_tls:
    description: Whether to deny every request that does not come over TLS.
    type: bool
    default: true
  statements:
    description:
      - More statements, as in a policy document.
      - Where one has no C(Resource) and no C(NotResource), it is for the bucket and all its objects.
        Where one has no C(Effect), it allows.
    type: list
    elements: dict
    default: []
  state:
    description: Whether the bucket has a policy.
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
- name: Deny requests without TLS
  stratum.aws.s3_bucket_policy:
    bucket: example-files

- name: Let a distribution read the bucket too
  stratum.aws.s3_bucket_policy:
    bucket: example-web
    statements:
      - Sid: AllowTheDistribution
        Principal:
          Service: cloudfront.amazonaws.com
        Action: s3:GetObject
        Resource: arn:aws:s3:::example-web/*
        Condition:
          StringEquals:
            AWS:SourceArn: arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE

- name: Take the policy away
  stratum.aws.s3_bucket_policy:
    bucket: example-files
    state: absent
"""

RETURN = r"""
policy:
  description: The policy of the bucket; null when it has none.
  returned: always
  type: dict
  contains:
    bucket:
      description: The name of the bucket.
      type: str
      sample: example-files
    document:
      description: The policy document.
      type: dict
      sample:
        Version: "2012-10-17"
        Statement:
          - Sid: DenyRequestsWithoutTls
            Effect: Deny
            Principal: "*"
            Action: "s3:*"
            Resource: ["arn:aws:s3:::example-files", "arn:aws:s3:::example-files/*"]
            Condition: {Bool: {"aws:SecureTransport": "false"}}
"""

import json
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._s3_bucket_part import BucketPart


def policy_document(bucket: str, partition: str, require_tls: bool, statements: list[Document]) -> Document | None:
    """Return the policy that a bucket is to have, or None if it needs none."""
    arn = f"arn:{partition}:s3:::{bucket}"
    everything = [arn, f"{arn}/*"]
    tls: list[Document] = [
        {
            "Sid": "DenyRequestsWithoutTls",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": everything,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]
    own = [completed(statement, everything) for statement in statements]
    all_statements = (tls if require_tls else []) + own
    return {"Version": "2012-10-17", "Statement": all_statements} if all_statements else None


def completed(statement: Document, everything: list[str]) -> Document:
    """Return a statement with the effect and the resource that it leaves out."""
    resource: dict[str, Any] = {} if "NotResource" in statement else {"Resource": everything}
    return {"Effect": "Allow", **resource, **statement}


class BucketPolicy(BucketPart):
    """The policy of one bucket."""

    kind = "Policy of bucket"
    returns = "policy"
    reads, writes, removes = "get_bucket_policy", "put_bucket_policy", "delete_bucket_policy"
    missing = ("NoSuchBucket", "NoSuchBucketPolicy")

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        self.document = policy_document(self.identity, self.client.meta.partition, self.params["require_tls"], self.params["statements"])
        if self.document is None:
            self.params["state"] = "absent"

    def _read(self, answer: Document) -> Document | None:
        return {"document": json.loads(answer["Policy"])}

    def _wanted(self) -> Document:
        return {"document": self.document}

    def _write(self, wanted: Document) -> Document:
        return {"Policy": json.dumps(wanted["document"])}

    def _changes(self, current: Document) -> Document:
        return self._wanted() if compare_policies(current["document"], self.document) else {}


def main() -> None:
    """Run the module."""
    argument_spec = {
        "bucket": {"type": "str", "required": True, "aliases": ["name"]},
        "require_tls": {"type": "bool", "default": True},
        "statements": {"type": "list", "elements": "dict", "default": []},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, supports_check_mode=True)
    BucketPolicy(module).run()


if __name__ == "__main__":
    main()
