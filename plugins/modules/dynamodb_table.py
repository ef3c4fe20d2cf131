#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage a table of DynamoDB."""

from __future__ import annotations

DOCUMENTATION = r"""
module: dynamodb_table
version_added: 0.5.0
short_description: Manage a DynamoDB table
description:
  - Creates, changes and deletes a table with its indexes, encryption, point-in-time recovery, stream, deletion protection and expiry.
  - What is not given is left alone, and in a new table as AWS has it.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the table.
    type: str
    required: true
    aliases: [table_name]
  state:
    description: Whether the table is there. A table with deletion protection is not deleted.
    type: str
    choices: [present, absent]
    default: present
  hash_key:
    description: The partition key. A new table needs it; it cannot be changed later.
    type: dict
    suboptions: &key
      name:
        description: The name of the attribute.
        type: str
        required: true
      type:
        description: The type of the attribute.
        type: str
        choices: [string, number, binary]
        default: string
  range_key:
    description: The sort key. Cannot be changed later.
    type: dict
    suboptions: *key
  billing_mode:
    description:
      - Whether requests are paid as they come, or capacity is bought. A new table is V(on_demand).
      - AWS allows a change once in 24 hours.
    type: str
    choices: [on_demand, provisioned]
  read_capacity:
    description: Units of reading per second, with O(billing_mode=provisioned).
    type: int
  write_capacity:
    description: Units of writing per second, with O(billing_mode=provisioned).
    type: int
  global_indexes:
    description:
      - The global secondary indexes, all of them; one that is not in the list is removed.
      - An index whose keys or attributes change is removed and made anew.
    type: list
    elements: dict
    suboptions:
      name: &index_name
        description: The name of the index.
        type: str
        required: true
      hash_key:
        description: The partition key of the index.
        type: dict
        required: true
        suboptions: *key
      range_key:
        description: The sort key of the index.
        type: dict
        suboptions: *key
      projection: &projection
        description: Which attributes the index holds beside the keys.
        type: str
        choices: [all, keys_only, include]
        default: all
      include: &include
        description: The attributes that the index holds, with V(include).
        type: list
        elements: str
      read_capacity:
        description: Units of reading per second, with O(billing_mode=provisioned).
        type: int
      write_capacity:
        description: Units of writing per second, with O(billing_mode=provisioned).
        type: int
  local_indexes:
    description: The local secondary indexes. Cannot be changed later.
    type: list
    elements: dict
    suboptions:
      name: *index_name
      range_key:
        description: The sort key of the index.
        type: dict
        required: true
        suboptions: *key
      projection: *projection
      include: *include
  encryption:
    description: Whose key encrypts the table, DynamoDB's own, AWS's in the account (C(alias/aws/dynamodb)) or O(kms_key_arn).
    type: str
    choices: [aws_owned, aws_managed, customer]
  kms_key_arn:
    description: The key that encrypts the table, with O(encryption=customer).
    type: str
  deletion_protection:
    description: Whether AWS refuses to delete the table.
    type: bool
  point_in_time_recovery_days:
    description: To how many days back the table can be restored to any second, V(1) to V(35); V(0) switches that off.
    type: int
  stream:
    description:
      - What of a changed item is put into the table's stream; V(off) for no stream.
      - When it changes from one to another, AWS makes a new stream, and readers must be told of its ARN.
    type: str
    choices: ["off", keys_only, new_image, old_image, new_and_old_images]
  ttl_attribute:
    description: The attribute with the time (seconds since 1970) after which an item is deleted; an empty text switches that off.
    type: str
  table_class:
    description: The class of the table.
    type: str
    choices: [standard, standard_infrequent_access]
  contributor_insights:
    description: Whether CloudWatch shows the keys that are used most.
    type: bool
  wait:
    description: Whether to wait until the table can be used or is gone.
    type: bool
    default: true
  wait_timeout:
    description: The seconds to wait.
    type: int
    default: 600
notes:
  - M(community.aws.dynamodb_table) has no point-in-time recovery, encryption, deletion protection, streams and contributor insights.
  - Replicas in other regions (global tables) are not managed, and left alone.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create the table of the audit trail
  stratum.aws.dynamodb_table:
    name: example-audit
    hash_key: {name: id}
    range_key: {name: timestamp}
    billing_mode: on_demand
    global_indexes:
      - name: by-user
        hash_key: {name: user}
        range_key: {name: timestamp}
    encryption: aws_managed
    point_in_time_recovery_days: 35
    deletion_protection: true
    ttl_attribute: expires
    tags:
      Environment: prod

- name: Delete it
  stratum.aws.dynamodb_table:
    name: example-audit
    state: absent
"""

RETURN = r"""
table:
  description: The table, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the table.
      returned: when the table exists
      type: str
      sample: arn:aws:dynamodb:us-west-2:123456789012:table/example-audit
    id:
      description: What AWS gave the table to tell it from an earlier one of the same name.
      returned: when the table exists
      type: str
      sample: 12345678-0123-4567-a123-abcdefghijkl
    name:
      description: The name of the table.
      returned: always
      type: str
      sample: example-audit
    status:
      description: The state of the table.
      returned: when the table exists
      type: str
      sample: ACTIVE
    stream_arn:
      description: The ARN of the stream; null without one.
      returned: when the table exists
      type: str
      sample: arn:aws:dynamodb:us-west-2:123456789012:table/example-audit/stream/2026-01-31T12:00:00.000
    tags:
      description: The tags of the table.
      returned: always
      type: dict
      sample: {"Environment": "prod"}
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document, wait_options
from ansible_collections.stratum.aws.plugins.module_utils._dynamodb_table import (
    BILLING,
    CLASSES,
    PROJECTIONS,
    STREAMS,
    TYPES,
    attributes,
    contradictions,
    encryption_request,
    impossible,
    index_request,
    key_schema,
    shape_differs,
    stream_request,
    table_changes,
    table_document,
    throughput,
    wanted_table,
)
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags
from ansible_collections.stratum.aws.plugins.module_utils._waiters import Waiter, gone_waiter, wait_until

MISSING = ("ResourceNotFoundException", "TableNotFoundException")
READY: Waiter = {
    "operation": "DescribeTable",
    "delay": 10,
    "maxAttempts": 1,
    "shows": "Table.[TableStatus, GlobalSecondaryIndexes[].IndexStatus][]",
    "acceptors": [
        {
            "state": "success",
            "matcher": "path",
            "argument": "Table.TableStatus == 'ACTIVE' && length((Table.GlobalSecondaryIndexes || `[]`)[?IndexStatus != 'ACTIVE']) == `0`"
            " && (Table.SSEDescription.Status || 'ENABLED') != 'UPDATING'",
            "expected": True,
        },
        {"state": "retry", "matcher": "error", "expected": "ResourceNotFoundException"},
    ],
}
GONE = gone_waiter("DescribeTable", "Table.TableStatus", MISSING, delay=10)
NEW: Document = {"billing_mode": "on_demand", "encryption": "aws_owned", "stream": "off", "deletion_protection": False}


class Table(AwsResource):
    """A table, known by its name."""

    service = "dynamodb"
    kind = "DynamoDB table"
    returns = "table"
    missing = MISSING
    retried = ("ThrottlingException", "LimitExceededException")
    cures: ClassVar[Mapping[str, str]] = {
        "ContinuousBackupsUnavailableException": "AWS is switching backups of this table on or off: run again in some minutes.",
        "LimitExceededException": "Too many tables are there or are being changed: run again later, or ask AWS for a higher quota.",
        "ResourceInUseException": "The table is being changed: run again when it is ACTIVE.",
        "ValidationException": "Check what AWS names; a table with deletion protection is deleted once deletion_protection is false.",
    }

    @property
    def identity(self) -> str:
        return str(self.params["name"])

    @property
    def _name(self) -> dict[str, str]:
        return {"TableName": self.identity}

    def _describe(self) -> Document | None:
        found = self.find("describe_table", **self._name)
        if found is None:
            return None
        table = found["Table"]
        backups = (self.find("describe_continuous_backups", **self._name) or {}).get("ContinuousBackupsDescription") or {}
        ttl = (self.find("describe_time_to_live", **self._name) or {}).get("TimeToLiveDescription") or {}
        tags = self.collect("list_tags_of_resource", "Tags", ResourceArn=table["TableArn"])
        insights = None
        if self.params["contributor_insights"] is not None:
            insights = (self.find("describe_contributor_insights", **self._name) or {}).get("ContributorInsightsStatus")
        key = (table.get("SSEDescription") or {}).get("KMSMasterKeyArn")
        return table_document(table, backups, ttl, insights, self._managed_key(key), boto3_tag_list_to_ansible_dict(tags))

    def _managed_key(self, key: str | None) -> str | None:
        """Return `key` if AWS manages it; nobody needs to know where nobody asks."""
        if not key or self.params["encryption"] is None:
            return None
        metadata = self.module.client("kms").describe_key(KeyId=key)["KeyMetadata"]
        return key if metadata.get("KeyManager") == "AWS" else None

    def _leaving(self, current: Document) -> bool:
        return bool(current["status"] == "DELETING")

    def _await_deletion(self, current: Document) -> None:
        self.wait(GONE, **self._name)

    def _settle(self, current: Document) -> Document:
        if current["status"] == "ACTIVE":
            return current
        wait_until(self.client, READY, self.params["wait_timeout"], **self._name)
        return self._describe() or current

    def _changes(self, current: Document) -> Document:
        changes = table_changes(current, self.params)
        problems = impossible(changes, current)
        if problems:
            self.fail(f"{'; '.join(problems)}. Keep it, or make a table of another name and copy the items.")
        return {**changes, **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"])}

    def _predict(self) -> Document:
        if not self.params["hash_key"]:
            self.fail("a new table needs hash_key. Name the attribute of its partition key.")
        wanted = {**NEW, **wanted_table({**self.params, "billing_mode": self.params["billing_mode"] or NEW["billing_mode"]})}
        return {"name": self.identity, **wanted, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        new = self._predict()
        provisioned = new["billing_mode"] == "provisioned"
        indexes = {kind: new.get(kind) or [] for kind in ("global_indexes", "local_indexes")}
        self.call(
            "create_table",
            **self._name,
            KeySchema=key_schema({"range_key": None, **new}),
            AttributeDefinitions=attributes([new, *indexes["global_indexes"], *indexes["local_indexes"]]),
            BillingMode=BILLING[new["billing_mode"]],
            ProvisionedThroughput=throughput(new) if provisioned else None,
            GlobalSecondaryIndexes=[index_request(index, provisioned) for index in indexes["global_indexes"]] or None,
            LocalSecondaryIndexes=[index_request(index, False) for index in indexes["local_indexes"]] or None,
            SSESpecification=None
            if new["encryption"] == "aws_owned"
            else encryption_request(new["encryption"], self.params["kms_key_arn"]),
            StreamSpecification=None if new["stream"] == "off" else stream_request(new["stream"]),
            DeletionProtectionEnabled=new["deletion_protection"],
            TableClass=new["table_class"].upper() if "table_class" in new else None,
            Tags=ansible_dict_to_boto3_tag_list(self.params["tags"]) or None,
        )
        # Backups, expiry and insights are switched on in a table that is ready, whether or not the user waits.
        later = {key: new[key] for key in ("point_in_time_recovery_days", "ttl_attribute", "contributor_insights") if new.get(key)}
        if later:
            wait_until(self.client, READY, self.params["wait_timeout"], **self._name)
        self._set_around(later)
        self.wait(READY, **self._name)

    def _update(self, current: Document, changes: Document) -> None:
        after = {**current, **changes}
        self._set_around(changes, current["ttl_attribute"])
        if "deletion_protection" in changes:
            self._step(DeletionProtectionEnabled=after["deletion_protection"])
        if "table_class" in changes:
            self._step(TableClass=after["table_class"].upper())
        self._set_capacity(current, changes, after)
        if {"encryption", "kms_key_arn"} & set(changes):
            self._step(SSESpecification=encryption_request(after["encryption"], self.params["kms_key_arn"]))
        if "stream" in changes:
            # AWS changes a stream only by ending it and making another.
            for stream in [name for name in ("off", changes["stream"]) if name != current["stream"]]:
                if stream != "off" or current["stream"] != "off":
                    self._step(StreamSpecification=stream_request(stream))
        self._set_indexes(current, changes, after)
        retag(
            current["tags"],
            after["tags"],
            lambda tags: self.call("tag_resource", ResourceArn=current["arn"], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceArn=current["arn"], TagKeys=keys),
        )

    def _step(self, **request: Any) -> None:
        """Make one change of the table and wait until it is done: AWS makes one after the other."""
        self.call("update_table", **self._name, **request)
        wait_until(self.client, READY, self.params["wait_timeout"], **self._name)

    def _set_around(self, changes: Document, old_ttl: str = "") -> None:
        if "point_in_time_recovery_days" in changes:
            days = changes["point_in_time_recovery_days"]
            period = {"RecoveryPeriodInDays": days} if days else {}
            specification = {"PointInTimeRecoveryEnabled": bool(days), **period}
            self.call("update_continuous_backups", **self._name, PointInTimeRecoverySpecification=specification)
        if "ttl_attribute" in changes:
            for attribute, on in ((old_ttl, False), (changes["ttl_attribute"], True)):
                if attribute:
                    expiry = {"Enabled": on, "AttributeName": attribute}
                    self.call("update_time_to_live", **self._name, TimeToLiveSpecification=expiry)
        if "contributor_insights" in changes:
            action = "ENABLE" if changes["contributor_insights"] else "DISABLE"
            self.call("update_contributor_insights", **self._name, ContributorInsightsAction=action)

    def _set_capacity(self, current: Document, changes: Document, after: Document) -> None:
        provisioned = after["billing_mode"] == "provisioned"
        if "billing_mode" in changes and not provisioned:
            self._step(BillingMode=BILLING["on_demand"])
        elif provisioned and {"billing_mode", "read_capacity", "write_capacity"} & set(changes):
            mode = BILLING["provisioned"] if "billing_mode" in changes else None
            names = [index["name"] for index in current["global_indexes"]] if mode else []
            wanted = {index["name"]: index for index in after["global_indexes"]}
            indexes = [{"Update": {"IndexName": name, "ProvisionedThroughput": throughput(wanted.get(name, {}))}} for name in names]
            self._step(
                **{"BillingMode": mode} if mode else {},
                ProvisionedThroughput=throughput(after),
                GlobalSecondaryIndexUpdates=indexes or None,
            )

    def _set_indexes(self, current: Document, changes: Document, after: Document) -> None:
        if "global_indexes" not in changes:
            return
        provisioned = after["billing_mode"] == "provisioned"
        old = {index["name"]: index for index in current["global_indexes"]}
        new = {index["name"]: index for index in changes["global_indexes"]}
        anew = {name for name in old if name in new and shape_differs(old[name], new[name])}
        kept = {name: index for name, index in old.items() if name in new and name not in anew}
        for name in sorted((set(old) - set(new)) | anew):
            self._step(GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])
        for name in sorted((set(new) - set(old)) | anew):
            kept[name] = new[name]
            definitions = attributes([current, *current["local_indexes"], *kept.values()])
            create = {"Create": index_request(new[name], provisioned)}
            self._step(AttributeDefinitions=definitions, GlobalSecondaryIndexUpdates=[create])
        if provisioned and "billing_mode" not in changes:
            capacity = ("read_capacity", "write_capacity")
            for name in sorted(set(old) & set(new) - anew):
                if any(new[name][key] is not None and new[name][key] != old[name][key] for key in capacity):
                    both = {**{key: old[name][key] for key in capacity}, **{key: new[name][key] for key in capacity if new[name][key]}}
                    update = {"Update": {"IndexName": name, "ProvisionedThroughput": throughput(both)}}
                    self._step(GlobalSecondaryIndexUpdates=[update])

    def _delete(self, current: Document) -> None:
        if current["deletion_protection"]:
            self.fail("it has deletion protection. Set deletion_protection to false first, if it is to go.")
        self.call("delete_table", **self._name)
        self.wait(GONE, **self._name)


def main() -> None:
    """Run the module."""
    attribute: dict[str, Any] = {"name": {"required": True}, "type": {"choices": [*TYPES], "default": "string"}}
    key: dict[str, Any] = {"type": "dict", "options": attribute, "no_log": False}
    index: dict[str, Any] = {
        "name": {"required": True},
        "projection": {"choices": [*PROJECTIONS], "default": "all"},
        "include": {"type": "list", "elements": "str"},
    }
    capacity: dict[str, Any] = {"read_capacity": {"type": "int"}, "write_capacity": {"type": "int"}}
    spec: dict[str, Any] = {
        "name": {"required": True, "aliases": ["table_name"]},
        "state": STATE,
        "hash_key": key,
        "range_key": key,
        "billing_mode": {"choices": [*BILLING]},
        **capacity,
        "global_indexes": {
            "type": "list",
            "elements": "dict",
            "options": {**index, "hash_key": {**key, "required": True}, "range_key": key, **capacity},
        },
        "local_indexes": {"type": "list", "elements": "dict", "options": {**index, "range_key": {**key, "required": True}}},
        "encryption": {"choices": ["aws_owned", "aws_managed", "customer"]},
        "kms_key_arn": {"no_log": False},
        "deletion_protection": {"type": "bool"},
        "point_in_time_recovery_days": {"type": "int"},
        "stream": {"choices": ["off", *STREAMS]},
        "ttl_attribute": {},
        "table_class": {"choices": [*CLASSES]},
        "contributor_insights": {"type": "bool"},
        **wait_options(600),
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    wrong = contradictions(module.params)
    if wrong:
        module.fail_json(msg=f"DynamoDB table {module.params['name']}: {'; '.join(wrong)}.")
    Table(module).run()


if __name__ == "__main__":
    main()
