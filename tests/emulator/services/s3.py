# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""S3: what a new bucket has on AWS today, and policies that ask for TLS.

- New buckets are encrypted (SSE-S3), block public access and have no ACLs; in moto they are bare.
  Removing the encryption configuration brings the default back.
- A policy that denies plain HTTP blocks every call to a local endpoint. The emulator counts as
  TLS; statements whose conditions it cannot evaluate do not apply, where moto takes each
  conditional statement for a refusal.
- Replication rules read back reduced to a few fixed fields, and their destination is not checked.
- PutBucketLogging answers 500 when a statement of the target's policy has the principal "*".
- A default retention in days reads back with 0 years beside it, and delivery to EventBridge not at all.
- Intelligent tiering is missing: writing a configuration makes a bucket of the same name, deleting one deletes the bucket.
"""

from __future__ import annotations

import json
from typing import Any

from ._patching import put, wrap

DEFAULT_ENCRYPTION = {"Rule": {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": "false"}}


def _init(original: Any, self: Any, *args: Any, **kwargs: Any) -> None:
    from moto.s3.models import PublicAccessBlock

    original(self, *args, **kwargs)
    self.encryption = json.loads(json.dumps(DEFAULT_ENCRYPTION))
    self.public_access_block = PublicAccessBlock(True, True, True, True)
    self.ownership_rule = "BucketOwnerEnforced"


def _delete_encryption(original: Any, self: Any, bucket_name: str) -> None:
    original(self, bucket_name)
    self.get_bucket(bucket_name).encryption = json.loads(json.dumps(DEFAULT_ENCRYPTION))


def _permission(original: Any, self: Any, action: str, resource: str) -> Any:
    if self.policy is None:
        return original(self, action, resource)
    policy = json.loads(self.policy)
    statements = policy.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    applying = [statement for statement in statements if not statement.get("Condition")]
    if len(applying) == len(statements):
        return original(self, action, resource)
    from moto.iam.access_control import IAMPolicy

    return IAMPolicy(json.dumps(policy | {"Statement": applying})).is_action_permitted(action, resource)


def _put_replication(original: Any, self: Any, bucket_name: str, replication: dict[str, Any]) -> None:
    from moto.s3.exceptions import S3ClientError
    from moto.s3.models import s3_backends

    rules = replication["Rule"]
    for rule in rules if isinstance(rules, list) else [rules]:
        name = rule["Destination"]["Bucket"].rpartition(":")[2]
        if name not in s3_backends.bucket_accounts:
            raise S3ClientError("InvalidRequest", "Destination bucket must exist.")
        if name in self.buckets and not self.buckets[name].is_versioned:
            raise S3ClientError("InvalidRequest", "Destination bucket must have versioning enabled.")
    original(self, bucket_name, replication)


def _get_replication(original: Any, self: Any) -> Any:
    from moto.core.responses import ActionResult

    replication = self.backend.get_bucket_replication(self.bucket_name)
    if not replication:
        return original(self)
    self.data["Action"] = "GetBucketReplication"
    rules = [rule | {"Filter": _rule_filter(rule.get("Filter"))} if "Filter" in rule else rule for rule in replication["Rule"]]
    return self.serialized(ActionResult({"ReplicationConfiguration": {"Role": replication["Role"], "Rules": rules}}))


def _rule_filter(stored: dict[str, Any] | None) -> dict[str, Any]:
    """Turn a filter from the XML's shape, with one tag or a list of `Tag`, into the model's."""
    if not stored:
        return {"Prefix": ""}
    result = {key: value if value is not None else "" for key, value in stored.items()}
    if isinstance(both := result.get("And"), dict):
        tags = both.get("Tag", [])
        result["And"] = {"Prefix": both.get("Prefix") or "", "Tags": tags if isinstance(tags, list) else [tags]}
    return result


def _log_permission(target_bucket: Any, target_prefix: str | None) -> bool:
    """Return whether the policy of `target_bucket` lets S3 write access logs under the prefix."""
    statements = json.loads(target_bucket.policy or "{}").get("Statement", [])
    arn = f"arn:{target_bucket.partition}:s3:::{target_bucket.name}"
    for statement in statements if isinstance(statements, list) else [statements]:
        principal, actions, resources = (statement.get(key, {}) for key in ("Principal", "Action", "Resource"))
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") != "Allow" or "logging.s3.amazonaws.com" not in services:
            continue
        if {"s3:PutObject", "s3:*", "*"} & {*([actions] if isinstance(actions, str) else actions)}:
            wanted = {f"{arn}/*", f"{arn}/{target_prefix or ''}*"}
            if wanted & {*([resources] if isinstance(resources, str) else resources)}:
                return True
    return False


def _object_lock(original: Any, self: Any, bucket_name: str) -> tuple[Any, Any, Any, Any]:
    enabled, mode, days, years = original(self, bucket_name)
    return enabled, mode, days or None, years or None


def _get_notification(original: Any, self: Any) -> Any:
    configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
    serialized = self.serialized
    if configuration and configuration.event_bridge is not None:
        self.serialized = lambda answer: serialized(type(answer)({**answer.result, "EventBridgeConfiguration": {}}))
    try:
        return original(self)
    finally:
        self.serialized = serialized


_TIERS = {"ARCHIVE_ACCESS": 90, "DEEP_ARCHIVE_ACCESS": 180}


def _tierings(response: Any) -> dict[str, dict[str, Any]]:
    bucket = response.backend.get_bucket(response.bucket_name)
    table: dict[str, dict[str, Any]] = bucket.__dict__.setdefault("tierings", {})
    return table


def _put_tiering(response: Any) -> None:
    import xmltodict
    from moto.s3.exceptions import S3ClientError

    given = xmltodict.parse(response.body)["IntelligentTieringConfiguration"]
    tiers = given.get("Tiering") or []
    tiers = [{"AccessTier": tier["AccessTier"], "Days": int(tier["Days"])} for tier in (tiers if isinstance(tiers, list) else [tiers])]
    if not tiers or any(not _TIERS[tier["AccessTier"]] <= tier["Days"] <= 730 for tier in tiers):
        raise S3ClientError("InvalidArgument", "Days must be between 90 and 730 for ARCHIVE_ACCESS, and from 180 for DEEP_ARCHIVE_ACCESS")
    configuration = {"Id": given["Id"], "Status": given["Status"], "Tierings": tiers}
    if given.get("Filter"):
        configuration["Filter"] = _rule_filter(given["Filter"])
    _tierings(response)[given["Id"]] = configuration


def _tiering(method: str) -> Any:
    """Answer what is about intelligent tiering, and leave the rest to moto."""

    def respond(original: Any, self: Any, *args: Any) -> Any:
        from moto.core.responses import ActionResult
        from moto.s3.exceptions import S3ClientError

        query = args[-1]
        if "intelligent-tiering" not in query:
            return original(self, *args)
        identifier = (query.get("id") or [None])[0]
        if method == "PUT":
            _put_tiering(self)
            return 200, {}, ""
        held = _tierings(self)
        if identifier is not None and identifier not in held:
            raise S3ClientError("NoSuchConfiguration", "The specified configuration does not exist.")
        if method == "DELETE":
            del held[identifier]
            return 204, {}, ""
        if identifier is None:
            self.data["Action"] = "ListBucketIntelligentTieringConfigurations"
            return self.serialized(ActionResult({"IsTruncated": False, "IntelligentTieringConfigurationList": list(held.values())}))
        self.data["Action"] = "GetBucketIntelligentTieringConfiguration"
        return self.serialized(ActionResult({"IntelligentTieringConfiguration": held[identifier]}))

    return respond


def install() -> None:
    """Apply the corrections."""
    from moto.s3.models import FakeBucket, S3Backend
    from moto.s3.responses import S3Response

    wrap(FakeBucket, "__init__", _init)
    wrap(FakeBucket, "get_permission", _permission)
    put(FakeBucket, "_log_permissions_enabled_policy", staticmethod(_log_permission))
    wrap(S3Backend, "delete_bucket_encryption", _delete_encryption)
    wrap(S3Backend, "put_bucket_replication", _put_replication)
    wrap(S3Response, "get_bucket_replication", _get_replication)
    wrap(S3Backend, "get_object_lock_configuration", _object_lock)
    wrap(S3Response, "get_bucket_notification", _get_notification)
    for method in ("GET", "PUT", "DELETE"):
        wrap(S3Response, f"_bucket_response_{method.lower()}", _tiering(method))
