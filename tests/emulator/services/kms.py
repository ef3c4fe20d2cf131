# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KMS: deletion and enabling by ARN fail in moto, key usage and the rotation period are not reported."""

from __future__ import annotations

import json
from typing import Any

from ._patching import wrap


def _create_key(original: Any, self: Any, policy: Any, key_usage: str | None, *args: Any, **kwargs: Any) -> Any:
    return original(self, policy, key_usage or "ENCRYPT_DECRYPT", *args, **kwargs)


def _by_any_id(original: Any, self: Any, key_id: str, *args: Any) -> Any:
    return original(self, self.any_id_to_key_id(key_id), *args)


def _schedule(original: Any, self: Any, key_id: str, *args: Any) -> Any:
    from moto.core.exceptions import JsonRESTError

    key = self.keys[self.any_id_to_key_id(key_id)]
    if key.key_state == "PendingDeletion":
        raise JsonRESTError("KMSInvalidStateException", f"{key.arn} is pending deletion.")
    return original(self, key.id, *args)


def _with_arn(original: Any, self: Any) -> str:
    """Answer with the key's ARN whatever name it was asked by, as these two operations do."""
    answer = json.loads(original(self))
    key_id = self.kms_backend.any_id_to_key_id(self._get_param("KeyId"))
    answer["KeyId"] = self.kms_backend.keys[key_id].arn
    if "DeletionDate" in answer:
        answer |= {"KeyState": "PendingDeletion", "PendingWindowInDays": self._get_param("PendingWindowInDays", 30)}
    return json.dumps(answer)


def _enable_rotation(original: Any, self: Any) -> str:
    answer: str = original(self)
    key_id = self.kms_backend.any_id_to_key_id(self._get_param("KeyId"))
    self.kms_backend.keys[key_id].rotation_period = self._get_param("RotationPeriodInDays") or 365
    return answer


def _rotation_status(original: Any, self: Any) -> str:
    answer = json.loads(original(self))
    key = self.kms_backend.keys[self.kms_backend.any_id_to_key_id(self._get_param("KeyId"))]
    answer["KeyId"] = key.arn
    if answer["KeyRotationEnabled"]:
        answer["RotationPeriodInDays"] = getattr(key, "rotation_period", 365)
    return json.dumps(answer)


def install() -> None:
    """Apply the corrections."""
    from moto.kms.models import KmsBackend
    from moto.kms.responses import KmsResponse

    wrap(KmsBackend, "create_key", _create_key)
    wrap(KmsBackend, "schedule_key_deletion", _schedule)
    for operation in ("cancel_key_deletion", "enable_key", "disable_key"):
        wrap(KmsBackend, operation, _by_any_id)
    wrap(KmsResponse, "schedule_key_deletion", _with_arn)
    wrap(KmsResponse, "cancel_key_deletion", _with_arn)
    wrap(KmsResponse, "enable_key_rotation", _enable_rotation)
    wrap(KmsResponse, "get_key_rotation_status", _rotation_status)
