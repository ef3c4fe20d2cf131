# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQS: the limits of attributes, redrive policies, the two kinds of encryption, and names that were just deleted.

Moto takes any number for an attribute, any receive count in a redrive policy, a standard queue as the dead-letter queue of
a standard queue only by accident, both kinds of encryption at once, and gives a deleted name out again at once.
"""

from __future__ import annotations

import json
import time
from typing import Any, Final

from tests.emulator import delays

from ._patching import put, wrap

_LIMITS: Final = {
    "DelaySeconds": (0, 900),
    "KmsDataKeyReusePeriodSeconds": (60, 86400),
    "MaximumMessageSize": (1024, 1048576),
    "MessageRetentionPeriod": (60, 1209600),
    "ReceiveMessageWaitTimeSeconds": (0, 20),
    "VisibilityTimeout": (0, 43200),
}
_REDRIVE_LIMIT: Final = 1000


def _error(code: str, message: str) -> Exception:
    from moto.sqs.exceptions import SQSException

    return SQSException(code, message)


def _invalid(name: str, value: Any, reason: str = "") -> Exception:
    return _error("InvalidAttributeValue", f"Invalid value for the parameter {name}. Reason: {reason or 'Must be within limits.'}")


def _checked(attributes: dict[str, Any]) -> None:
    for name, (least, most) in _LIMITS.items():
        value = attributes.get(name)
        if value is None:
            continue
        if not str(value).isdigit() or not least <= int(value) <= most:
            raise _invalid(name, value)
    for name in ("Policy", "RedrivePolicy", "RedriveAllowPolicy"):
        text = attributes.get(name)
        if isinstance(text, str) and text:
            try:
                content = json.loads(text)
            except ValueError as error:
                raise _invalid(name, text, "It is not valid JSON.") from error
            if name == "RedrivePolicy" and content:
                _check_redrive(text, content)


def _check_redrive(text: str, content: dict[str, Any]) -> None:
    where = f"Value {text} for parameter RedrivePolicy is invalid. Reason: "
    count = str(content.get("maxReceiveCount", ""))
    if "deadLetterTargetArn" not in content or not count:
        missing = "deadLetterTargetArn" if "deadLetterTargetArn" not in content else "maxReceiveCount"
        raise _error("InvalidParameterValue", f"{where}Redrive policy does not contain mandatory attribute: {missing}.")
    if not count.isdigit() or not 1 <= int(count) <= _REDRIVE_LIMIT:
        raise _error("InvalidParameterValue", f"{where}Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000.")


def _encryption(queue: Any, attributes: dict[str, Any]) -> None:
    """Keep to one kind of encryption: the last one that was chosen."""
    managed = str(attributes.get("SqsManagedSseEnabled", "")).lower()
    if attributes.get("KmsMasterKeyId"):
        if managed == "true":
            raise _error(
                "InvalidAttributeValue",
                "You can use one type of server-side encryption (SSE) at one time.",
            )
        queue.sqs_managed_sse_enabled = "false"
    elif managed == "true":
        queue.kms_master_key_id = None
    if managed:
        queue.sqs_managed_sse_enabled = managed


def _create(original: Any, self: Any, name: str, tags: Any = None, **kwargs: Any) -> Any:
    _checked(kwargs)
    deleted: dict[str, float] = self.__dict__.setdefault("deleted_names", {})
    if name not in self.queues and time.time() - deleted.get(name, 0.0) < delays.duration("sqs.queue.forget"):
        raise _error(
            "AWS.SimpleQueueService.QueueDeletedRecently",
            "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
        )
    _check_dead_letter(self, name, kwargs)
    queue = original(self, name, tags, **kwargs)
    _encryption(queue, kwargs)
    return queue


def _set(original: Any, self: Any, queue_name: str, attributes: dict[str, Any]) -> Any:
    _checked(attributes)
    _check_dead_letter(self, queue_name, attributes)
    # Moto forgets the policy whenever something else is set.
    kept = {"Policy": self.get_queue(queue_name).policy} if "Policy" not in attributes else {}
    queue = original(self, queue_name, kept | attributes)
    _encryption(queue, attributes)
    return queue


def _check_dead_letter(backend: Any, name: str, attributes: dict[str, Any]) -> None:
    text = attributes.get("RedrivePolicy")
    content = json.loads(text) if isinstance(text, str) and text else text or {}
    arn = content.get("deadLetterTargetArn", "")
    if not arn:
        return
    where = f"Value {text} for parameter RedrivePolicy is invalid. Reason: "
    target = backend.queues.get(arn.rpartition(":")[2])
    if target is None or target.queue_arn != arn:
        raise _error("InvalidParameterValue", f"{where}Dead letter target does not exist.")
    if target.name.endswith(".fifo") != name.endswith(".fifo"):
        raise _error("InvalidParameterValue", f"{where}Dead-letter queue must be same type of queue as the source.")


def _delete(original: Any, self: Any, queue_name: str) -> None:
    original(self, queue_name)
    self.__dict__.setdefault("deleted_names", {})[queue_name] = time.time()


def install() -> None:
    """Apply the corrections."""
    from moto.sqs.models import Queue, SQSBackend

    wrap(SQSBackend, "create_queue", _create)
    wrap(SQSBackend, "set_queue_attributes", _set)
    wrap(SQSBackend, "delete_queue", _delete)
    if "RedriveAllowPolicy" not in Queue.BASE_ATTRIBUTES:
        put(Queue, "BASE_ATTRIBUTES", [*Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"])
        put(Queue, "redrive_allow_policy", None)
