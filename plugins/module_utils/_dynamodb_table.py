# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table of DynamoDB in one form, and what differs from what its user wants.  Private to the collection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._compare import given
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key

Document = dict[str, Any]

TYPES = {"string": "S", "number": "N", "binary": "B"}
BILLING = {"on_demand": "PAY_PER_REQUEST", "provisioned": "PROVISIONED"}
PROJECTIONS = ("all", "keys_only", "include")
STREAMS = ("keys_only", "new_image", "old_image", "new_and_old_images")
CLASSES = ("standard", "standard_infrequent_access")
FIXED = ("hash_key", "range_key", "local_indexes")
"""What a table has from its creation on."""


def table_document(
    table: Mapping[str, Any],
    backups: Mapping[str, Any],
    ttl: Mapping[str, Any],
    insights: str | None,
    managed_key_arn: str | None,
    tags: Mapping[str, str],
) -> Document:
    """Return what AWS reports of a table, as the module returns it.

    `managed_key_arn` is the key that AWS keeps for DynamoDB in this account, if it is known.
    """
    types = {item["AttributeName"]: item["AttributeType"] for item in table.get("AttributeDefinitions") or []}
    encryption = table.get("SSEDescription") or {}
    key = encryption.get("KMSMasterKeyArn") if encryption.get("Status") in ("ENABLED", "UPDATING", "ENABLING") else None
    stream = table.get("StreamSpecification") or {}
    recovery = backups.get("PointInTimeRecoveryDescription") or {}
    on_demand = (table.get("BillingModeSummary") or {}).get("BillingMode") == BILLING["on_demand"]
    return {
        "name": table["TableName"],
        "arn": table["TableArn"],
        "id": table.get("TableId"),
        "status": table["TableStatus"],
        **keys_document(table.get("KeySchema") or [], types),
        "billing_mode": "on_demand" if on_demand else "provisioned",
        **_capacity(table.get("ProvisionedThroughput"), on_demand),
        "global_indexes": [_index_document(index, types, on_demand) for index in _by_name(table.get("GlobalSecondaryIndexes"))],
        "local_indexes": [_index_document(index, types) for index in _by_name(table.get("LocalSecondaryIndexes"))],
        "encryption": "aws_owned" if not key else "aws_managed" if key == managed_key_arn else "customer",
        "kms_key_arn": key,
        "deletion_protection": bool(table.get("DeletionProtectionEnabled")),
        "stream": stream["StreamViewType"].lower() if stream.get("StreamEnabled") else "off",
        "stream_arn": table.get("LatestStreamArn") if stream.get("StreamEnabled") else None,
        "table_class": (table.get("TableClassSummary") or {}).get("TableClass", "STANDARD").lower(),
        "point_in_time_recovery_days": (
            recovery.get("RecoveryPeriodInDays") or 35 if recovery.get("PointInTimeRecoveryStatus") == "ENABLED" else 0
        ),
        "ttl_attribute": ttl.get("AttributeName", "") if ttl.get("TimeToLiveStatus") in ("ENABLED", "ENABLING") else "",
        "contributor_insights": insights in ("ENABLED", "ENABLING"),
        "tags": dict(tags),
    }


def _by_name(items: Iterable[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    return sorted(items or [], key=lambda item: str(item["IndexName"]))


def keys_document(schema: Iterable[Mapping[str, str]], types: Mapping[str, str]) -> Document:
    """Return a key schema of AWS's in our form."""
    words = {letter: word for word, letter in TYPES.items()}
    found = {item["KeyType"]: item["AttributeName"] for item in schema}
    keys = {kind: {"name": name, "type": words.get(types.get(name, ""))} for kind, name in found.items()}
    return {"hash_key": keys.get("HASH"), "range_key": keys.get("RANGE")}


def _capacity(throughput: Mapping[str, Any] | None, on_demand: bool) -> Document:
    if on_demand or not throughput:
        return {"read_capacity": None, "write_capacity": None}
    return {"read_capacity": throughput.get("ReadCapacityUnits"), "write_capacity": throughput.get("WriteCapacityUnits")}


def _index_document(index: Mapping[str, Any], types: Mapping[str, str], on_demand: bool = True) -> Document:
    projection = index.get("Projection") or {}
    return {
        "name": index["IndexName"],
        **keys_document(index["KeySchema"], types),
        "projection": projection.get("ProjectionType", "ALL").lower(),
        "include": sorted(projection.get("NonKeyAttributes") or []),
        **_capacity(index.get("ProvisionedThroughput"), on_demand),
    }


def wanted_index(index: Mapping[str, Any], table: Mapping[str, Any], provisioned: bool = False) -> Document:
    """Return an index that the user wrote in full; a local one has the partition key of its table."""
    return {
        "name": index["name"],
        "hash_key": index.get("hash_key") or table.get("hash_key"),
        "range_key": index.get("range_key"),
        "projection": index["projection"],
        "include": sorted(index.get("include") or []),
        "read_capacity": index.get("read_capacity") if provisioned else None,
        "write_capacity": index.get("write_capacity") if provisioned else None,
    }


def wanted_table(options: Mapping[str, Any], current: Mapping[str, Any] | None = None) -> Document:
    """Return what the user says about the table itself; nothing about what was left out."""
    table = {**(current or {}), **given({key: options[key] for key in ("hash_key",)})}
    provisioned = (options["billing_mode"] or (current or {}).get("billing_mode")) == "provisioned"
    capacity = ("read_capacity", "write_capacity") if provisioned else ()
    wanted = given({key: options[key] for key in (*PLAIN, *capacity)})
    for kind in ("global_indexes", "local_indexes"):
        if options[kind] is not None:
            wanted[kind] = sorted(
                (wanted_index(index, table, provisioned) for index in options[kind]), key=lambda index: str(index["name"])
            )
    return wanted


PLAIN = (
    "hash_key",
    "range_key",
    "billing_mode",
    "deletion_protection",
    "stream",
    "table_class",
    "point_in_time_recovery_days",
    "ttl_attribute",
    "contributor_insights",
    "encryption",
)
"""The options that are compared as they are."""


def table_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return the keys of the document that must change, with their new values."""
    changes: Document = {}
    for key, value in wanted_table(options, current).items():
        if key in ("global_indexes", "local_indexes"):
            if not _same_indexes(current[key], value):
                changes[key] = value
        elif current[key] != value:
            changes[key] = value
    wanted_key = options["kms_key_arn"]
    if options["encryption"] == "customer" and wanted_key and not same_key(current["kms_key_arn"], wanted_key, "dynamodb"):
        changes["kms_key_arn"] = wanted_key
    return changes


def _same_indexes(current: list[Document], wanted: list[Document]) -> bool:
    if [index["name"] for index in current] != [index["name"] for index in wanted]:
        return False
    return all(same_index(old, new) for old, new in zip(current, wanted, strict=True))


def same_index(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether an index is as it is wanted; capacity that nobody gave says nothing."""
    return all(old[key] == value for key, value in new.items() if value is not None or key == "range_key")


def shape_differs(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether an index must be made anew: AWS changes nothing of one but its capacity."""
    return any(old[key] != new[key] for key in ("hash_key", "range_key", "projection", "include"))


def impossible(changes: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """Return a phrase for every change that AWS cannot make."""
    return [f"{key} is {current[key]} and cannot become {changes[key]}" for key in FIXED if key in changes]


def contradictions(options: Mapping[str, Any]) -> list[str]:
    """Return what the options say that cannot be together."""
    days = options["point_in_time_recovery_days"]
    included = [
        index["name"]
        for index in [*(options["global_indexes"] or []), *(options["local_indexes"] or [])]
        if bool(index.get("include")) != (index["projection"] == "include")
    ]
    checks = {
        "point_in_time_recovery_days must be from 1 to 35, or 0 to switch it off": days is not None and not 0 <= days <= 35,
        "kms_key_arn needs encryption=customer": bool(options["kms_key_arn"]) and options["encryption"] not in (None, "customer"),
        "encryption=customer needs kms_key_arn": options["encryption"] == "customer" and not options["kms_key_arn"],
        f"an index lists its attributes (include) with projection=include, and only then: {', '.join(included)}": included,
    }
    return [message for message, wrong in checks.items() if wrong]


# -- Requests --------------------------------------------------------------------------------------------


def key_schema(keys: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return keys in AWS's form."""
    found = (("HASH", keys["hash_key"]), ("RANGE", keys.get("range_key")))
    return [{"AttributeName": key["name"], "KeyType": kind} for kind, key in found if key]


def attributes(holders: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return the definitions of every attribute that is a key of a table or an index, sorted."""
    keys = [key for holder in holders for key in (holder["hash_key"], holder.get("range_key")) if key]
    types = {key["name"]: TYPES[key["type"]] for key in keys}
    return [{"AttributeName": name, "AttributeType": letter} for name, letter in sorted(types.items())]


def throughput(values: Mapping[str, Any]) -> dict[str, int]:
    """Return the capacity in AWS's form."""
    return {"ReadCapacityUnits": values.get("read_capacity") or 1, "WriteCapacityUnits": values.get("write_capacity") or 1}


def index_request(index: Mapping[str, Any], provisioned: bool) -> Document:
    """Return an index in AWS's form."""
    projection: Document = {"ProjectionType": index["projection"].upper()}
    if index["include"]:
        projection["NonKeyAttributes"] = index["include"]
    request: Document = {"IndexName": index["name"], "KeySchema": key_schema(index), "Projection": projection}
    if provisioned:
        request["ProvisionedThroughput"] = throughput(index)
    return request


def encryption_request(encryption: str, key: str | None) -> Document:
    """Return the encryption in AWS's form."""
    if encryption == "aws_owned":
        return {"Enabled": False}
    return {"Enabled": True, "SSEType": "KMS", **({"KMSMasterKeyId": key} if encryption == "customer" and key else {})}


def stream_request(stream: str) -> Document:
    """Return the stream in AWS's form."""
    return {"StreamEnabled": False} if stream == "off" else {"StreamEnabled": True, "StreamViewType": stream.upper()}
