#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When an S3 bucket's objects go to the archive tiers of INTELLIGENT_TIERING."""

from __future__ import annotations

DOCUMENTATION = r"""
module: s3_bucket_intelligent_tiering
version_added: 0.5.0
short_description: Manage the intelligent tiering of an S3 bucket
description:
  - Says after how many days without a read objects of the class INTELLIGENT_TIERING go to its archive tiers.
  - Objects get that class when they are written, or by a lifecycle rule; see M(stratum.aws.s3_bucket_lifecycle).
  - O(configurations) is all of them; one that is not in the list is removed.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  bucket:
    description: The name of the bucket.
    type: str
    required: true
    aliases: [name]
  state:
    description: Whether the bucket has configurations.
    type: str
    choices: [present, absent]
    default: present
  configurations:
    description: The configurations. Needed when O(state=present).
    type: list
    elements: dict
    suboptions:
      id:
        description: The name of the configuration.
        type: str
        required: true
      enabled:
        description: Whether it is followed.
        type: bool
        default: true
      prefix:
        description: Only objects whose keys begin with this.
        type: str
        default: ""
      tags:
        description: Only objects with all of these tags.
        type: dict
      archive_days:
        description: After how many days without a read an object goes to the archive tier, from 90 to 730.
        type: int
      deep_archive_days:
        description: After how many days without a read an object goes to the deep archive tier, from 180 to 730.
        type: int
notes:
  - There is no other module for it.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Put aside what nobody has read for half a year
  stratum.aws.s3_bucket_intelligent_tiering:
    bucket: example-web
    configurations:
      - id: archive
        archive_days: 90
        deep_archive_days: 180

- name: Put nothing aside
  stratum.aws.s3_bucket_intelligent_tiering:
    bucket: example-web
    state: absent
"""

RETURN = r"""
tiering:
  description: The tiering of the bucket, or null when it has none.
  returned: always
  type: dict
  contains:
    bucket:
      description: The name of the bucket.
      returned: always
      type: str
      sample: example-web
    configurations:
      description: The configurations, sorted by O(configurations[].id), with all their options.
      returned: always
      type: list
      elements: dict
      sample: [{"id": "archive", "enabled": true, "prefix": "", "tags": {}, "archive_days": 90, "deep_archive_days": 180}]
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, Document
from ansible_collections.stratum.aws.plugins.module_utils._s3_bucket_part import BucketPart
from ansible_collections.stratum.aws.plugins.module_utils._tags import text_tags

TIERS = {"archive_days": ("ARCHIVE_ACCESS", 90), "deep_archive_days": ("DEEP_ARCHIVE_ACCESS", 180)}
"""Our option -> the tier, and after how many days S3 allows it at the earliest."""


def read_configuration(found: Mapping[str, Any]) -> Document:
    """Return a configuration of S3's in the form of ours."""
    filters = found.get("Filter") or {}
    both = filters.get("And") or {}
    tags = both.get("Tags") or ([filters["Tag"]] if filters.get("Tag") else [])
    days = {tier["AccessTier"]: tier["Days"] for tier in found.get("Tierings") or []}
    return {
        "id": found["Id"],
        "enabled": found["Status"] == "Enabled",
        "prefix": both.get("Prefix") or filters.get("Prefix") or "",
        "tags": boto3_tag_list_to_ansible_dict(tags),
        **{option: days.get(tier) for option, (tier, _least) in TIERS.items()},
    }


def wanted_configurations(configurations: list[Mapping[str, Any]]) -> list[Document]:
    """Return the configurations that the user wrote, sorted by their names."""
    full = [{**each, "tags": text_tags(each.get("tags")) or {}} for each in configurations]
    return sorted(full, key=lambda each: str(each["id"]))


def write_configuration(wanted: Mapping[str, Any]) -> Document:
    """Return a configuration of ours in the form of S3's."""
    pairs = ansible_dict_to_boto3_tag_list(dict(sorted(wanted["tags"].items())))
    prefix = {"Prefix": wanted["prefix"]} if wanted["prefix"] else {}
    both = {"And": {**prefix, "Tags": pairs}} if len(pairs) + len(prefix) > 1 else {"Tag": pairs[0]} if pairs else prefix
    return {
        "Id": wanted["id"],
        "Status": "Enabled" if wanted["enabled"] else "Disabled",
        **({"Filter": both} if both else {}),
        "Tierings": [{"Days": wanted[option], "AccessTier": tier} for option, (tier, _least) in TIERS.items() if wanted[option]],
    }


def problems(configurations: list[Mapping[str, Any]]) -> list[str]:
    """Return what S3 would refuse."""
    found = []
    for each in configurations:
        given = {option: each[option] for option in TIERS if each[option] is not None}
        if not given:
            found.append(f"{each['id']} needs archive_days or deep_archive_days")
        for option, days in given.items():
            least = TIERS[option][1]
            if not least <= days <= 730:
                found.append(f"{option} of {each['id']} must be from {least} to 730")
        if len(given) == len(TIERS) and each["archive_days"] >= each["deep_archive_days"]:
            found.append(f"deep_archive_days of {each['id']} must be more than its archive_days")
    names = [each["id"] for each in configurations]
    return [*found, *(f"{name} is there twice" for name in sorted({name for name in names if names.count(name) > 1}))]


class BucketTiering(BucketPart):
    """The intelligent tiering of one bucket."""

    kind = "Intelligent tiering of bucket"
    returns = "tiering"
    reads, writes = "list_bucket_intelligent_tiering_configurations", "put_bucket_intelligent_tiering_configuration"
    removes = "delete_bucket_intelligent_tiering_configuration"
    missing = ("NoSuchBucket", "NoSuchConfiguration")
    cures: ClassVar[dict[str, str]] = {
        "NoSuchBucket": "Create the bucket first.",
        "InvalidArgument": "Check the days and the filters.",
        "TooManyConfigurations": "A bucket has at most 1000 configurations.",
    }

    def _describe(self) -> Document | None:
        found: list[Document] = []
        token: dict[str, str] = {}
        while True:
            answer = self.find(self.reads, Bucket=self.identity, **token) or {}
            found += answer.get("IntelligentTieringConfigurationList") or []
            if not answer.get("IsTruncated"):
                break
            token = {"ContinuationToken": answer["NextContinuationToken"]}
        if not found:
            return None
        return {"bucket": self.identity, "configurations": sorted(map(read_configuration, found), key=lambda each: str(each["id"]))}

    def _wanted(self) -> Document:
        return {"configurations": wanted_configurations(self.params["configurations"])}

    def _create(self) -> None:
        for each in self._wanted()["configurations"]:
            self._put(each)

    def _put(self, configuration: Document) -> None:
        self.write(self.writes, Id=configuration["id"], IntelligentTieringConfiguration=write_configuration(configuration))

    def _update(self, current: Document, changes: Document) -> None:
        old = {each["id"]: each for each in current["configurations"]}
        new = {each["id"]: each for each in changes["configurations"]}
        for name in sorted(set(old) - set(new)):
            self.call(self.removes, Bucket=self.identity, Id=name)
        for name, each in new.items():
            if old.get(name) != each:
                self._put(each)

    def _delete(self, current: Document) -> None:
        for each in current["configurations"]:
            self.call(self.removes, Bucket=self.identity, Id=each["id"])


def main() -> None:
    """Run the module."""
    configuration: dict[str, Any] = {
        "id": {"required": True},
        "enabled": {"type": "bool", "default": True},
        "prefix": {"default": ""},
        "tags": {"type": "dict"},
        "archive_days": {"type": "int"},
        "deep_archive_days": {"type": "int"},
    }
    spec: dict[str, Any] = {
        "bucket": {"required": True, "aliases": ["name"]},
        "state": STATE,
        "configurations": {"type": "list", "elements": "dict", "options": configuration},
    }
    module = AnsibleAWSModule(argument_spec=spec, required_if=[("state", "present", ["configurations"])], supports_check_mode=True)
    wrong = problems(module.params["configurations"] or [])
    if module.params["state"] == "present" and not module.params["configurations"]:
        wrong = ["configurations is empty: list one, or set state to absent"]
    if wrong:
        module.fail_json(msg=f"Intelligent tiering of bucket {module.params['bucket']}: {'; '.join(wrong)}.")
    BucketTiering(module).run()


if __name__ == "__main__":
    main()
