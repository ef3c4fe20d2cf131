#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lifecycle rules of an S3 bucket, all at once."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_lifecycle
short_description: Manage the lifecycle rules of an S3 bucket
version_added: 0.1.0
description:
  - Makes the lifecycle configuration of a bucket consist of exactly these rules.
notes:
  - M(community.aws.s3_lifecycle) has no check mode, writes one rule at a time (rules of one bucket that are
    set side by side overwrite each other), cannot filter by tag or size, and fails to remove a rule from a bucket that is gone.
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
        description: The name of the rule, unique in the bucket.
        type: str
        required: true
      enabled:
        description: Whether the rule is in force.
        type: bool
        default: true
      prefix:
        description: The rule is for objects whose keys begin with this. Without it, and without another filter, for all.
        type: str
      tags:
        description: The rule is for objects with all these tags.
        type: dict
      object_size_greater_than:
        description: The rule is for objects of more than so many bytes.
        type: int
      object_size_less_than:
        description: The rule is for objects of less than so many bytes.
        type: int
      transitions:
        description: When objects move to another storage class.
        type: list
        elements: dict
        suboptions:
          days:
            description: How many days after its creation an object moves.
            type: int
            required: true
          storage_class:
            description: Where it moves to.
            type: str
            required: true
            choices: [STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
      expiration_days:
        description: How many days after its creation an object is deleted.
        type: int
      expired_object_delete_marker:
        description: Whether a delete marker without any version behind it is removed. Not together with O(rules[].expiration_days).
        type: bool
      noncurrent_transitions:
        description: When versions that are no longer current move to another storage class.
        type: list
        elements: dict
        suboptions:
          days:
            description: How many days after a version stopped being the current one it moves.
            type: int
            required: true
          storage_class:
            description: Where it moves to.
            type: str
            required: true
            choices: [STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
          newer_versions:
            description: How many newer noncurrent versions stay where they are.
            type: int
      noncurrent_expiration_days:
        description: How many days after a version stopped being the current one it is deleted.
        type: int
      noncurrent_newer_versions:
        description: How many newer noncurrent versions are kept beyond O(rules[].noncurrent_expiration_days).
        type: int
      abort_incomplete_multipart_upload_days:
        description: How many days after its begin an upload that was never finished is thrown away.
        type: int
  state:
    description: Whether the bucket has lifecycle rules.
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
- name: Move files to cheaper storage as they age
  stratum.aws.s3_bucket_lifecycle:
    bucket: example-files
    rules:
      - id: archive
        transitions:
          - days: 90
            storage_class: STANDARD_IA
          - days: 180
            storage_class: GLACIER
        abort_incomplete_multipart_upload_days: 7

- name: Keep every object as it is
  stratum.aws.s3_bucket_lifecycle:
    bucket: example-files
    state: absent
"""

RETURN = r"""
lifecycle:
  description: The lifecycle rules of the bucket; null when it has none.
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
        - ID: archive
          Status: Enabled
          Filter: {Prefix: ""}
          Transitions: [{Days: 90, StorageClass: STANDARD_IA}]
"""

from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._s3_bucket_part import BucketPart, renamed

STORAGE_CLASSES = ["STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"]
SIZES = {"object_size_greater_than": "ObjectSizeGreaterThan", "object_size_less_than": "ObjectSizeLessThan"}
NONCURRENT = {"days": "NoncurrentDays", "storage_class": "StorageClass", "newer_versions": "NewerNoncurrentVersions"}


def to_rule(options: Document) -> Document:
    """Return one rule in S3's form."""
    rule: Document = {
        "ID": options["id"],
        "Status": "Enabled" if options.get("enabled", True) else "Disabled",
        "Filter": to_filter(options),
    }
    if options.get("transitions"):
        rule["Transitions"] = [renamed(move, {"days": "Days", "storage_class": "StorageClass"}) for move in options["transitions"]]
    if options.get("noncurrent_transitions"):
        rule["NoncurrentVersionTransitions"] = [renamed(move, NONCURRENT) for move in options["noncurrent_transitions"]]
    rule.update(
        {
            key: part
            for key, part in {
                "Expiration": renamed(options, {"expiration_days": "Days", "expired_object_delete_marker": "ExpiredObjectDeleteMarker"}),
                "NoncurrentVersionExpiration": renamed(
                    options,
                    {"noncurrent_expiration_days": "NoncurrentDays", "noncurrent_newer_versions": "NewerNoncurrentVersions"},
                ),
                "AbortIncompleteMultipartUpload": renamed(options, {"abort_incomplete_multipart_upload_days": "DaysAfterInitiation"}),
            }.items()
            if part
        }
    )
    return rule


def to_filter(options: Document) -> Document:
    """Return a rule's filter in S3's form: one condition stands alone, several are joined by And."""
    tags = [{"Key": key, "Value": str(value)} for key, value in sorted((options.get("tags") or {}).items())]
    conditions: Document = renamed(options, {"prefix": "Prefix", **SIZES})
    if len(conditions) + len(tags) > 1:
        return {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    if tags:
        return {"Tag": tags[0]}
    return conditions or {"Prefix": ""}


def from_rule(rule: Document) -> Document:
    """Return a rule that S3 holds in the one form that `to_rule` gives to rules that mean the same."""
    known = {key: value for key, value in rule.items() if key != "Prefix"}
    if "Filter" not in known or not known["Filter"]:
        known["Filter"] = {"Prefix": rule.get("Prefix", "")}
    joined = known["Filter"].get("And")
    if joined and joined.get("Tags"):
        known["Filter"] = {"And": {**joined, "Tags": sorted(joined["Tags"], key=lambda tag: str(tag["Key"]))}}
    return known


class BucketLifecycle(BucketPart):
    """The lifecycle rules of one bucket."""

    kind = "Lifecycle of bucket"
    returns = "lifecycle"
    reads = "get_bucket_lifecycle_configuration"
    writes = "put_bucket_lifecycle_configuration"
    removes = "delete_bucket_lifecycle"
    missing = ("NoSuchBucket", "NoSuchLifecycleConfiguration")

    def _read(self, answer: Document) -> Document | None:
        rules = [from_rule(rule) for rule in answer.get("Rules", [])]
        return {"rules": rules} if rules else None

    def _wanted(self) -> Document:
        return {"rules": [to_rule(rule) for rule in self.params["rules"] or []]}

    def _write(self, wanted: Document) -> Document:
        return {"LifecycleConfiguration": {"Rules": wanted["rules"]}}


def main() -> None:
    """Run the module."""
    move: dict[str, Any] = {
        "days": {"type": "int", "required": True},
        "storage_class": {"type": "str", "required": True, "choices": STORAGE_CLASSES},
    }
    rule = {
        "id": {"type": "str", "required": True},
        "enabled": {"type": "bool", "default": True},
        "prefix": {"type": "str"},
        "tags": {"type": "dict"},
        "object_size_greater_than": {"type": "int"},
        "object_size_less_than": {"type": "int"},
        "transitions": {"type": "list", "elements": "dict", "options": move},
        "expiration_days": {"type": "int"},
        "expired_object_delete_marker": {"type": "bool"},
        "noncurrent_transitions": {"type": "list", "elements": "dict", "options": {**move, "newer_versions": {"type": "int"}}},
        "noncurrent_expiration_days": {"type": "int"},
        "noncurrent_newer_versions": {"type": "int"},
        "abort_incomplete_multipart_upload_days": {"type": "int"},
    }
    argument_spec = {
        "bucket": {"type": "str", "required": True, "aliases": ["name"]},
        "rules": {
            "type": "list",
            "elements": "dict",
            "options": rule,
            "mutually_exclusive": [["expiration_days", "expired_object_delete_marker"]],
            "required_by": {"noncurrent_newer_versions": ["noncurrent_expiration_days"]},
        },
        "state": STATE,
    }
    module = AnsibleAWSModule(argument_spec=argument_spec, required_if=[("state", "present", ["rules"])], supports_check_mode=True)
    BucketLifecycle(module).run()


if __name__ == "__main__":
    main()
