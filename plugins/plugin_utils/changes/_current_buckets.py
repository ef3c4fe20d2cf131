# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of the table for buckets: S3 reads, sets and removes each part of a bucket by operations of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Part, Row

# Ids that S3 gives to rules that have none.
_IDS: Final[dict[str, Any]] = {"ID": ..., "Id": ...}

# Property, the operations that read, set and remove it, where the answer and the parameters have it, what AWS fills in.
_BUCKET_PARTS: Final[tuple[tuple[str, str, str, str | None, str, str, dict[str, Any]], ...]] = (
    (
        "accelerate",
        "GetBucketAccelerateConfiguration",
        "PutBucketAccelerateConfiguration",
        None,
        "Status",
        "AccelerateConfiguration.Status",
        {},
    ),
    ("cors", "GetBucketCors", "PutBucketCors", "DeleteBucketCors", "CORSRules", "CORSConfiguration.CORSRules", {}),
    (
        "encryption",
        "GetBucketEncryption",
        "PutBucketEncryption",
        "DeleteBucketEncryption",
        "ServerSideEncryptionConfiguration.Rules",
        "ServerSideEncryptionConfiguration.Rules",
        {"BlockedEncryptionTypes": ...},
    ),
    (
        "lifecycle",
        "GetBucketLifecycleConfiguration",
        "PutBucketLifecycleConfiguration",
        "DeleteBucketLifecycle",
        "Rules",
        "LifecycleConfiguration.Rules",
        _IDS,
    ),
    ("logging", "GetBucketLogging", "PutBucketLogging", None, "LoggingEnabled", "BucketLoggingStatus.LoggingEnabled", {}),
    (
        "notifications",
        "GetBucketNotificationConfiguration",
        "PutBucketNotificationConfiguration",
        None,
        "@",
        "NotificationConfiguration",
        _IDS,
    ),
    (
        "object_lock",
        "GetObjectLockConfiguration",
        "PutObjectLockConfiguration",
        None,
        "ObjectLockConfiguration",
        "ObjectLockConfiguration",
        {},
    ),
    (
        "object_ownership",
        "GetBucketOwnershipControls",
        "PutBucketOwnershipControls",
        "DeleteBucketOwnershipControls",
        "OwnershipControls.Rules[0].ObjectOwnership",
        "OwnershipControls.Rules[0].ObjectOwnership",
        {},
    ),
    ("policy", "GetBucketPolicy", "PutBucketPolicy", "DeleteBucketPolicy", "Policy", "Policy", {}),
    (
        "public_access_block",
        "GetPublicAccessBlock",
        "PutPublicAccessBlock",
        "DeletePublicAccessBlock",
        "PublicAccessBlockConfiguration",
        "PublicAccessBlockConfiguration",
        {},
    ),
    (
        "replication",
        "GetBucketReplication",
        "PutBucketReplication",
        "DeleteBucketReplication",
        "ReplicationConfiguration",
        "ReplicationConfiguration",
        _IDS,
    ),
    (
        "request_payer",
        "GetBucketRequestPayment",
        "PutBucketRequestPayment",
        None,
        "Payer",
        "RequestPaymentConfiguration.Payer",
        {},
    ),
    (
        "versioning",
        "GetBucketVersioning",
        "PutBucketVersioning",
        None,
        "Status",
        "VersioningConfiguration.Status",
        {},
    ),
)


def rows() -> Iterator[tuple[str, Row]]:
    for name, read, put, delete, current, new, defaults in _BUCKET_PARTS:
        yield f"s3:{put}", Part(name=name, read=read, ask={"Bucket": "Bucket"}, current=current, new=new, defaults=defaults)
        if delete:
            yield f"s3:{delete}", Part(name=name, read=read, ask={"Bucket": "Bucket"}, current=current)
    inventory: dict[str, Any] = {
        "name": "inventory {Id}",
        "read": "GetBucketInventoryConfiguration",
        "ask": {"Bucket": "Bucket", "Id": "Id"},
        "current": "InventoryConfiguration",
    }
    yield "s3:PutBucketInventoryConfiguration", Part(**inventory, new="InventoryConfiguration")
    yield "s3:DeleteBucketInventoryConfiguration", Part(**inventory)
    tags: dict[str, Any] = {"name": "tags", "read": "GetBucketTagging", "ask": {"Bucket": "Bucket"}, "current": "TagSet"}
    yield "s3:PutBucketTagging", Part(**tags, new="Tagging.TagSet")
    yield "s3:DeleteBucketTagging", Part(**tags)
