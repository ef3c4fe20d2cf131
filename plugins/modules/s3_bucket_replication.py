#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage the replication of a bucket's objects to other buckets."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_replication
version_added: 0.1.0
short_description: Manage the replication of an S3 bucket
description:
  - Replicates the objects of a bucket to buckets in other regions or accounts, or in the same ones.
  - S3 keeps the rules as one configuration, so O(rules) is all of them; a rule that is not in the list is removed.
  - Both buckets need versioning. Objects that were there before are not copied.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  bucket:
    description: The name of the source bucket.
    type: str
    required: true
    aliases: [name]
  state:
    description: Whether the bucket is replicated.
    type: str
    choices: [present, absent]
    default: present
  role_arn:
    description: The role that S3 assumes to copy objects. Needed when O(state=present).
    type: str
  rules:
    description: The rules. Needed when O(state=present).
    type: list
    elements: dict
    suboptions:
      id:
        description: The name of the rule.
        type: str
        required: true
      enabled:
        description: Whether the rule is followed.
        type: bool
        default: true
      priority:
        description: The higher number wins where rules overlap. By default earlier rules of the list win.
        type: int
      prefix:
        description: Only objects whose keys begin with this are copied.
        type: str
        default: ""
      tags:
        description: Only objects with all of these tags are copied.
        type: dict
      destination_bucket:
        description: The name or ARN of the destination.
        type: str
        required: true
      storage_class:
        description: The storage class of the copies, such as V(STANDARD_IA); that of the object by default.
        type: str
      replica_kms_key_id:
        description:
          - The ARN of a KMS key in the destination's region for the copies.
          - Objects that are encrypted with KMS are copied only with it.
        type: str
      delete_markers:
        description: Whether deletions are copied too. Cannot be combined with O(rules[].tags).
        type: bool
        default: false
      replica_modifications:
        description: Whether changes of metadata that were made to copies are followed, for replication in both directions.
        type: bool
        default: false
      time_control:
        description: Whether AWS guarantees that nearly all objects are copied within 15 minutes, and measures it. Costs extra.
        type: bool
        default: false
      metrics:
        description: Whether replication is measured. V(true) with O(rules[].time_control).
        type: bool
        default: false
      account:
        description: The id of the account that owns the destination, which then owns the copies too.
        type: str
notes:
  - M(amazon.aws.s3_bucket) has no option for replication, and there is no other module for it.
seealso:
  - module: amazon.aws.s3_bucket
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Copy the documents to the region for disasters
  stratum.aws.s3_bucket_replication:
    bucket: example-documents
    role_arn: arn:aws:iam::123456789012:role/example-replication
    rules:
      - id: everything
        destination_bucket: example-documents-us-west-2
        storage_class: STANDARD_IA
        replica_kms_key_id: arn:aws:kms:us-west-2:123456789012:key/01234567-89ab-cdef-0123-456789abcdef
        delete_markers: true
        time_control: true

- name: Stop copying
  stratum.aws.s3_bucket_replication:
    bucket: example-documents
    state: absent
"""

RETURN = r"""
replication:
  description: The replication of the bucket, or null when there is none.
  returned: always
  type: dict
  contains:
    bucket:
      description: The name of the source bucket.
      returned: always
      type: str
      sample: example-documents
    role_arn:
      description: The role that S3 assumes.
      returned: always
      type: str
      sample: arn:aws:iam::123456789012:role/example-replication
    rules:
      description: The rules, sorted by O(rules[].id), with all their options.
      returned: always
      type: list
      elements: dict
      sample: [{"id": "everything", "enabled": true, "priority": 1, "destination_bucket": "arn:aws:s3:::example-documents-us-west-2"}]
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._s3_bucket_part import BucketPart
from ansible_collections.stratum.aws.plugins.module_utils._tags import text_tags


def wanted_rules(rules: list[Mapping[str, Any]], partition: str = "aws") -> list[Document]:
    """Return the rules that the user wrote in full, sorted by their names."""
    result = []
    for position, rule in enumerate(rules):
        bucket = rule["destination_bucket"]
        full = {
            **rule,
            "priority": len(rules) - position if rule.get("priority") is None else rule["priority"],
            "tags": text_tags(rule.get("tags")) or {},
            "destination_bucket": bucket if bucket.startswith("arn:") else f"arn:{partition}:s3:::{bucket}",
            "metrics": bool(rule.get("metrics") or rule.get("time_control")),
        }
        result.append(full)
    return sorted(result, key=lambda rule: str(rule["id"]))


def read_rule(found: Mapping[str, Any]) -> Document:
    """Return a rule of S3's in the form of ours."""
    filters = found.get("Filter") or {}
    both = filters.get("And") or {}
    tags = both.get("Tags") or ([filters["Tag"]] if filters.get("Tag") else [])
    destination, source = found["Destination"], found.get("SourceSelectionCriteria") or {}
    return {
        "id": found["ID"],
        "enabled": found["Status"] == "Enabled",
        "priority": found.get("Priority", 0),
        # The first form of rules, which S3 still takes, has no filter.
        "prefix": both.get("Prefix") or filters.get("Prefix") or found.get("Prefix") or "",
        "tags": boto3_tag_list_to_ansible_dict(tags),
        "destination_bucket": destination["Bucket"],
        "storage_class": destination.get("StorageClass"),
        "replica_kms_key_id": (destination.get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID"),
        "delete_markers": _on(found.get("DeleteMarkerReplication")),
        "replica_modifications": _on(source.get("ReplicaModifications")),
        "time_control": _on(destination.get("ReplicationTime")),
        "metrics": _on(destination.get("Metrics")),
        "account": destination.get("Account"),
    }


def write_rule(rule: Mapping[str, Any]) -> Document:
    """Return a rule of ours in the form of S3's."""
    key, timed = rule["replica_kms_key_id"], {"Minutes": 15}
    source = {
        "SseKmsEncryptedObjects": _status(True) if key else None,
        "ReplicaModifications": _status(True) if rule["replica_modifications"] else None,
    }
    destination = {
        "Bucket": rule["destination_bucket"],
        "StorageClass": rule["storage_class"],
        "EncryptionConfiguration": {"ReplicaKmsKeyID": key} if key else None,
        "ReplicationTime": {**_status(True), "Time": timed} if rule["time_control"] else None,
        "Metrics": {**_status(True), **({"EventThreshold": timed} if rule["time_control"] else {})} if rule["metrics"] else None,
        "Account": rule["account"],
        "AccessControlTranslation": {"Owner": "Destination"} if rule["account"] else None,
    }
    return {
        "ID": rule["id"],
        "Priority": rule["priority"],
        "Filter": _filter(rule["prefix"], rule["tags"]),
        **_status(rule["enabled"]),
        **({"SourceSelectionCriteria": given(source)} if given(source) else {}),
        "Destination": given(destination),
        "DeleteMarkerReplication": _status(rule["delete_markers"]),
    }


def _filter(prefix: str, tags: Mapping[str, str]) -> Document:
    pairs = ansible_dict_to_boto3_tag_list(dict(sorted(tags.items())))
    if not pairs:
        return {"Prefix": prefix}
    if len(pairs) == 1 and not prefix:
        return {"Tag": pairs[0]}
    return {"And": {**({"Prefix": prefix} if prefix else {}), "Tags": pairs}}


def _on(setting: Mapping[str, Any] | None) -> bool:
    return (setting or {}).get("Status") == "Enabled"


def _status(on: bool) -> dict[str, str]:
    return {"Status": "Enabled" if on else "Disabled"}


class BucketReplication(BucketPart):
    """The replication of one bucket."""

    kind = "Replication of bucket"
    returns = "replication"
    reads, writes, removes = "get_bucket_replication", "put_bucket_replication", "delete_bucket_replication"
    missing = ("ReplicationConfigurationNotFoundError", "NoSuchBucket")
    cures: ClassVar[dict[str, str]] = {
        "NoSuchBucket": "Create the bucket first.",
        "InvalidRequest": "Turn on versioning of both buckets, and check that the destination and the role exist.",
        "InvalidArgument": "Check the role, the priorities and the KMS keys of the rules.",
        "MalformedXML": "Check the storage class, and that priorities are not used twice.",
    }

    def _read(self, answer: Document) -> Document | None:
        found = answer["ReplicationConfiguration"]
        rules = sorted((read_rule(rule) for rule in found["Rules"]), key=lambda rule: str(rule["id"]))
        return {"role_arn": found["Role"], "rules": rules}

    def _wanted(self) -> Document:
        partition = self.params["role_arn"].split(":")[1] if self.params["role_arn"].startswith("arn:") else "aws"
        return {"role_arn": self.params["role_arn"], "rules": wanted_rules(self.params["rules"], partition)}

    def _write(self, wanted: Document) -> Document:
        return {"ReplicationConfiguration": {"Role": wanted["role_arn"], "Rules": [write_rule(rule) for rule in wanted["rules"]]}}


def main() -> None:
    """Run the module."""
    rule: dict[str, dict[str, Any]] = {
        "id": {"required": True},
        "enabled": {"type": "bool", "default": True},
        "priority": {"type": "int"},
        "prefix": {"default": ""},
        "tags": {"type": "dict"},
        "destination_bucket": {"required": True},
        "storage_class": {},
        "replica_kms_key_id": {"no_log": False},
        **{name: {"type": "bool", "default": False} for name in ("delete_markers", "replica_modifications", "time_control", "metrics")},
        "account": {},
    }
    spec: dict[str, Any] = {
        "bucket": {"required": True, "aliases": ["name"]},
        "state": STATE,
        "role_arn": {},
        "rules": {"type": "list", "elements": "dict", "options": rule},
    }
    needs = [("state", "present", ["role_arn", "rules"])]
    module = AnsibleAWSModule(argument_spec=spec, required_if=needs, supports_check_mode=True)
    both = [item["id"] for item in module.params["rules"] or [] if item["tags"] and item["delete_markers"]]
    if both:
        module.fail_json(msg=f"S3 copies no delete markers in a rule with tags: set delete_markers or tags in {', '.join(both)}, not both.")
    if module.params["state"] == "present" and not module.params["rules"]:
        module.fail_json(msg="rules is empty. List a rule, or set state to absent.")
    BucketReplication(module).run()


if __name__ == "__main__":
    main()
