#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CORS rules of an S3 bucket."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_cors
short_description: Manage the CORS rules of an S3 bucket
version_added: 0.1.0
description:
  - Makes the cross-origin configuration of a bucket consist of exactly these rules.
notes:
  - M(community.aws.s3_cors) does not check the names in its rules, fails to remove rules from a bucket that is gone,
    and returns no difference.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  bucket:
    description: The name of the bucket.
    type: str
    required: true
    aliases: [name]
  rules:
    description: All rules of the bucket; others are removed. Required when O(state=present).
    type: list
    elements: dict
    suboptions:
      id:
        description: The name of the rule.
        type: str
      allowed_origins:
        description: The origins from which a browser may ask.
        type: list
        elements: str
        required: true
      allowed_methods:
        description: The methods that it may use.
        type: list
        elements: str
        choices: [GET, PUT, POST, DELETE, HEAD]
        required: true
      allowed_headers:
        description: The request headers that it may send.
        type: list
        elements: str
      expose_headers:
        description: The response headers that a script may read.
        type: list
        elements: str
      max_age_seconds:
        description: How many seconds a browser may remember the answer.
        type: int
  state:
    description: Whether the bucket has CORS rules.
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
- name: Let the web application upload
  stratum.aws.s3_bucket_cors:
    bucket: example-files
    rules:
      - allowed_origins: ["https://app.example.com"]
        allowed_methods: [GET, PUT]
        allowed_headers: ["*"]
        max_age_seconds: 3600
"""

RETURN = r"""
cors:
  description: The CORS rules of the bucket; null when it has none.
  returned: always
  type: dict
  contains:
    bucket:
      description: The name of the bucket.
      type: str
      sample: example-files
    rules:
      description: The rules, as S3 returns them.
      type: list
      elements: dict
      sample:
        - AllowedOrigins: ["https://app.example.com"]
          AllowedMethods: [GET, PUT]
"""

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._s3_bucket_part import BucketPart, renamed

NAMES = {
    "id": "ID",
    "allowed_origins": "AllowedOrigins",
    "allowed_methods": "AllowedMethods",
    "allowed_headers": "AllowedHeaders",
    "expose_headers": "ExposeHeaders",
    "max_age_seconds": "MaxAgeSeconds",
}


class BucketCors(BucketPart):
    """The CORS rules of one bucket."""

    kind = "CORS rules of bucket"
    returns = "cors"
    reads, writes, removes = "get_bucket_cors", "put_bucket_cors", "delete_bucket_cors"
    missing = ("NoSuchBucket", "NoSuchCORSConfiguration")

    def _read(self, answer: Document) -> Document | None:
        rules = [{key: value for key, value in rule.items() if value != []} for rule in answer.get("CORSRules", [])]
        return {"rules": rules} if rules else None

    def _wanted(self) -> Document:
        rules = [renamed(rule, NAMES) for rule in self.params["rules"] or []]
        return {"rules": [{key: value for key, value in rule.items() if value != []} for rule in rules]}

    def _write(self, wanted: Document) -> Document:
        return {"CORSConfiguration": {"CORSRules": wanted["rules"]}}


def main() -> None:
    """Run the module."""
    texts = {"type": "list", "elements": "str"}
    rule = {
        "id": {"type": "str"},
        "allowed_origins": {**texts, "required": True},
        "allowed_methods": {**texts, "required": True, "choices": ["GET", "PUT", "POST", "DELETE", "HEAD"]},
        "allowed_headers": texts,
        "expose_headers": texts,
        "max_age_seconds": {"type": "int"},
    }
    argument_spec = {
        "bucket": {"type": "str", "required": True, "aliases": ["name"]},
        "rules": {"type": "list", "elements": "dict", "options": rule},
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=[("state", "present", ["rules"])], supports_check_mode=True)
    BucketCors(module).run()


if __name__ == "__main__":
    main()
