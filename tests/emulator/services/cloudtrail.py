# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudTrail: what a trail needs before it can be made, which events it records, deletion by ARN, and tags.

Moto makes a trail again that is there, asks for nothing but its bucket, deletes by name only, adds insights to those
that are there and never takes one away, and leaves tags behind. AWS tries whether it may write to the bucket and
assume the role before it answers, and that is what breaks a run whose order is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ._patching import put, wrap


def _refused(code: str, message: str) -> Exception:
    from moto.core.exceptions import JsonRESTError

    return JsonRESTError(code, message)


def _allowed(statements: Any, action: str) -> bool:
    """Whether a policy says anything of CloudTrail and this action; conditions are left alone."""
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal") or {}
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        actions = statement.get("Action", [])
        named = "cloudtrail.amazonaws.com" in ([services] if isinstance(services, str) else services)
        if statement.get("Effect") == "Allow" and named and action in ([actions] if isinstance(actions, str) else actions):
            return True
    return False


def _check_bucket(trail: Any) -> None:
    from moto.s3.models import s3_backends

    bucket = s3_backends[trail.account_id][trail.partition].get_bucket(trail.bucket_name)
    text = bucket.policy.decode() if isinstance(bucket.policy, bytes) else bucket.policy
    statements = json.loads(text)["Statement"] if text else []
    if not (_allowed(statements, "s3:GetBucketAcl") and _allowed(statements, "s3:PutObject")):
        message = f"Incorrect S3 bucket policy is detected for bucket: {trail.bucket_name}"
        raise _refused("InsufficientS3BucketPolicyException", message)


def _check_log_group(trail: Any) -> None:
    if not trail.cw_log_group_arn:
        return
    from moto.iam.models import iam_backends
    from moto.logs.models import logs_backends

    if not trail.cw_log_group_arn.endswith(":*"):
        raise _refused("InvalidCloudWatchLogsLogGroupArnException", "CloudTrail cannot validate the specified log group ARN.")
    name = trail.cw_log_group_arn.split(":log-group:")[-1].removesuffix(":*")
    if name not in logs_backends[trail.account_id][trail.region_name].groups:
        raise _refused("InvalidCloudWatchLogsLogGroupArnException", "The specified log group does not exist.")
    roles = iam_backends[trail.account_id][trail.partition].roles.values()
    role = next((role for role in roles if role.arn == trail.cw_role_arn), None)
    trusted = role is not None and _allowed(json.loads(role.assume_role_policy_document)["Statement"], "sts:AssumeRole")
    if role is None or not trusted or not (role.policies or role.managed_policies):
        raise _refused("InvalidCloudWatchLogsRoleArnException", "Access denied. Verify in IAM that the role has adequate permissions.")


def _check_key(trail: Any) -> None:
    if not trail.kms_key_id:
        return
    from moto.kms.models import kms_backends

    backend = kms_backends[trail.account_id][trail.region_name]
    try:
        key = backend.describe_key(backend.any_id_to_key_id(trail.kms_key_id))
    except Exception as error:
        raise _refused("KmsKeyNotFoundException", f"KMS key {trail.kms_key_id} does not exist.") from error
    if "cloudtrail.amazonaws.com" not in str(key.policy):
        raise _refused("InsufficientEncryptionPolicyException", "Insufficient permissions to access S3 bucket or KMS key.")
    trail.kms_key_id = key.arn


def _check(trail: Any) -> None:
    trail.check_bucket_exists()
    _check_bucket(trail)
    _check_log_group(trail)
    _check_key(trail)


def _create_trail(original: Any, self: Any, name: str, *request: Any) -> Any:
    if name in self.trails:
        raise _refused("TrailAlreadyExistsException", f"Trail {name} already exists for customer: {self.account_id}")
    trail = original(self, name, *request)
    try:
        _check(trail)
    except Exception:
        self.delete_trail(name)
        raise
    return trail


def _update_trail(original: Any, self: Any, name: str, **request: Any) -> Any:
    trail = self.get_trail(name)
    before = dict(trail.__dict__)
    original(self, name, **request)
    # An empty text takes a setting away.
    for attribute in ("s3_key_prefix", "sns_topic_name", "cw_log_group_arn", "cw_role_arn", "kms_key_id"):
        if getattr(trail, attribute) == "":
            setattr(trail, attribute, None)
    try:
        _check(trail)
        trail.check_topic_exists()
    except Exception:
        trail.__dict__.update(before)
        raise
    return trail


def _delete_trail(original: Any, self: Any, name: str) -> None:
    trail = self.get_trail(name)
    original(self, trail.trail_name)
    self.tagging_service.delete_all_tags_for_resource(trail.arn)


def _topic_arn(self: Any) -> str | None:
    name: str | None = self.sns_topic_name
    if not name or name.startswith("arn:"):
        return name or None
    return f"arn:{self.partition}:sns:{self.region_name}:{self.account_id}:{name}"


def _description(original: Any, self: Any, include_region: bool = False) -> dict[str, Any]:
    described: dict[str, Any] = original(self, include_region)
    described["HasCustomEventSelectors"] = bool(self.event_selectors or self.advanced_event_selectors)
    described["HasInsightSelectors"] = bool(self.insight_selectors)
    if self.sns_topic_name:
        described["SnsTopicName"] = self.sns_topic_name.rpartition(":")[2]
    return {key: value for key, value in described.items() if value is not None}


def _put_event_selectors(self: Any, event_selectors: Any, advanced_event_selectors: Any) -> None:
    # The two kinds rule each other out.
    self.event_selectors, self.advanced_event_selectors = event_selectors or [], advanced_event_selectors or []


def _get_event_selectors(self: Any) -> tuple[Any, Any]:
    if self.event_selectors or self.advanced_event_selectors:
        return self.event_selectors, self.advanced_event_selectors
    usual = {"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [], "ExcludeManagementEventSources": []}
    return [usual], []


def _put_insight_selectors(self: Any, insight_selectors: list[dict[str, str]]) -> None:
    self.insight_selectors = list(insight_selectors)


def _get_insight_selectors(original: Any, self: Any, trail_name: str) -> Any:
    arn, selectors = original(self, trail_name)
    if not selectors:
        raise _refused("InsightNotEnabledException", f"Trail {arn} does not have Insights enabled.")
    return arn, selectors


def _responded(original: Any, self: Any) -> str:
    """Show only the trails that were asked for."""
    answer = json.loads(original(self))
    asked = self._get_param("trailNameList") or []
    if asked:
        answer["trailList"] = [trail for trail in answer["trailList"] if {trail["Name"], trail["TrailARN"]} & set(asked)]
    return json.dumps(answer)


def iter_tagged_resources(self: Any) -> Iterator[Any]:
    """Yield the trails with their tags."""
    from moto.core.resource_tagging import TaggedResource

    for trail in self.trails.values():
        yield TaggedResource(trail.arn, self.tagging_service.get_tag_dict_for_resource(trail.arn), "cloudtrail:trail")


def install() -> None:
    """Apply the corrections."""
    from moto.cloudtrail.models import CloudTrailBackend, Trail
    from moto.cloudtrail.responses import CloudTrailResponse
    from moto.core.resource_tagging import TaggableResourcesMixin

    wrap(CloudTrailBackend, "create_trail", _create_trail)
    wrap(CloudTrailBackend, "update_trail", _update_trail)
    wrap(CloudTrailBackend, "delete_trail", _delete_trail)
    wrap(CloudTrailBackend, "get_insight_selectors", _get_insight_selectors)
    wrap(CloudTrailResponse, "describe_trails", _responded)
    put(Trail, "topic_arn", property(_topic_arn))
    wrap(Trail, "description", _description)
    put(Trail, "put_event_selectors", _put_event_selectors)
    put(Trail, "get_event_selectors", _get_event_selectors)
    put(Trail, "put_insight_selectors", _put_insight_selectors)
    if not issubclass(CloudTrailBackend, TaggableResourcesMixin):
        put(CloudTrailBackend, "SERVICE_NAMESPACE", "cloudtrail")
        CloudTrailBackend.__bases__ = (*CloudTrailBackend.__bases__, TaggableResourcesMixin)
    put(CloudTrailBackend, "iter_tagged_resources", iter_tagged_resources)
