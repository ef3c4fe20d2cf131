#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make an SQS queue be as its user says."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sqs_queue
version_added: 0.3.0
short_description: Manage an SQS queue with encryption, policy and dead-letter queue
description:
  - Creates, updates and deletes a queue of SQS.
  - What is not given is left as it is, or as SQS makes it when the queue is new.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name. V(.fifo) is appended to that of a FIFO queue where it is missing.
    type: str
    required: true
  state:
    description: Whether the queue exists. V(absent) deletes the messages too.
    type: str
    choices: [present, absent]
    default: present
  fifo:
    description: Whether messages keep their order. It cannot be changed.
    type: bool
    default: false
  content_based_deduplication:
    description: Whether a message with the same content as one of the last five minutes is dropped. Only for a FIFO queue.
    type: bool
  deduplication_scope:
    description: Within what messages are compared. Only for a FIFO queue.
    type: str
    choices: [queue, messageGroup]
  fifo_throughput_limit:
    description: What the limit of messages per second is for. Only for a FIFO queue.
    type: str
    choices: [perQueue, perMessageGroupId]
  visibility_timeout:
    description: How long a received message is hidden from others, in seconds up to 43200.
    type: int
  message_retention_period:
    description: How long a message is kept, in seconds from 60 to 1209600.
    type: int
  maximum_message_size:
    description: The size of the largest message, in bytes from 1024.
    type: int
  delay_seconds:
    description: How long a new message is held back, in seconds up to 900.
    type: int
  receive_message_wait_time_seconds:
    description: How long a receiver waits for a message, in seconds up to 20.
    type: int
  encryption:
    description:
      - How messages are encrypted at rest. V(sqs) is with keys of SQS's own, V(kms) with O(kms_master_key_id).
    type: str
    choices: [sqs, kms]
  kms_master_key_id:
    description: The ARN (best), id or alias of the KMS key. Give it in the same form in every run.
    type: str
  kms_data_key_reuse_period_seconds:
    description: How long SQS uses a data key before it asks KMS again, in seconds from 60 to 86400.
    type: int
  dead_letter_arn:
    description: The ARN of the queue that messages go to which cannot be processed; an empty string for none.
    type: str
  max_receive_count:
    description: How often a message is received before it goes to O(dead_letter_arn), from 1 to 1000.
    type: int
    default: 5
  require_tls:
    description: Whether the policy denies requests without TLS. With this or O(statements) the policy is replaced as a whole.
    type: bool
  statements:
    description:
      - The statements of the policy beside that. One without C(Resource) is for the queue, one without C(Effect) allows.
      - Together with O(require_tls=false) an empty list takes the policy away.
    type: list
    elements: dict
notes:
  - M(community.aws.sqs_queue) cannot say that SQS encrypts with keys of its own, does not encrypt an existing queue that was not,
    and gives tags, policy and dead-letter queue in later calls than the one that creates the queue.
  - SQS takes up to a minute to follow a change of an attribute everywhere, and refuses a name for a minute after its queue was deleted.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create a queue for what could not be processed
  stratum.aws.sqs_queue:
    name: video-events-dlq
    encryption: sqs
    message_retention_period: 1209600
    require_tls: true
  register: failed

- name: Create the queue
  stratum.aws.sqs_queue:
    name: video-events
    encryption: sqs
    receive_message_wait_time_seconds: 20
    dead_letter_arn: "{{ failed.queue.arn }}"
    max_receive_count: 3
    require_tls: true
    tags:
      Service: video

- name: Delete the queue
  stratum.aws.sqs_queue:
    name: video-events
    state: absent
"""

RETURN = r"""
queue:
  description: The queue, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the queue.
      returned: always
      type: str
      sample: arn:aws:sqs:us-east-1:123456789012:video-events
    kms_master_key_id:
      description: The KMS key, or an empty string.
      returned: always
      type: str
      sample: ""
    name:
      description: The name of the queue.
      returned: always
      type: str
      sample: video-events
    policy:
      description: The policy as a whole.
      returned: always
      type: dict
      sample: {}
    tags:
      description: The tags of the queue.
      returned: always
      type: dict
      sample: {"Service": "video"}
    url:
      description: The URL of the queue; null in check mode when the queue would be created.
      returned: always
      type: str
      sample: https://sqs.us-east-1.amazonaws.com/123456789012/video-events
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

NUMBERS = {
    "visibility_timeout": "VisibilityTimeout",
    "message_retention_period": "MessageRetentionPeriod",
    "maximum_message_size": "MaximumMessageSize",
    "delay_seconds": "DelaySeconds",
    "receive_message_wait_time_seconds": "ReceiveMessageWaitTimeSeconds",
}
FIFO = {
    "content_based_deduplication": "ContentBasedDeduplication",
    "deduplication_scope": "DeduplicationScope",
    "fifo_throughput_limit": "FifoThroughputLimit",
}
PERIOD = "kms_data_key_reuse_period_seconds"
ENCRYPTION = ("encryption", "kms_master_key_id", PERIOD)
REDRIVE = ("dead_letter_arn", "max_receive_count")


def queue_policy(arn: str, require_tls: bool, statements: Sequence[Document]) -> Document:
    """Return the policy that a queue is to have, empty for none."""
    tls: Document = {
        "Sid": "DenyRequestsWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": arn,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    own = [{"Effect": "Allow", **({} if "NotResource" in each else {"Resource": arn}), **each} for each in statements]
    whole = ([tls] if require_tls else []) + own
    return {"Version": "2012-10-17", "Statement": whole} if whole else {}


def described(attributes: Mapping[str, str]) -> Document:
    """Return the attributes of SQS, which are all texts, as the module's options."""
    redrive = json.loads(attributes.get("RedrivePolicy") or "{}")
    key = attributes.get("KmsMasterKeyId") or ""
    own = str(attributes.get("SqsManagedSseEnabled", "")).lower() == "true"
    period = attributes.get("KmsDataKeyReusePeriodSeconds")
    fifo = str(attributes.get("FifoQueue", "")).lower() == "true"
    return {
        "fifo": fifo,
        **{option: int(attributes[name]) for option, name in NUMBERS.items() if name in attributes},
        **({option: attributes[name] for option, name in FIFO.items() if name in attributes} if fifo else {}),
        **({"content_based_deduplication": str(attributes.get("ContentBasedDeduplication")).lower() == "true"} if fifo else {}),
        "encryption": "kms" if key else "sqs" if own else None,
        "kms_master_key_id": key,
        **({PERIOD: int(period)} if key and period else {}),
        "dead_letter_arn": redrive.get("deadLetterTargetArn", ""),
        # Some write it as a text.
        "max_receive_count": int(redrive["maxReceiveCount"]) if redrive else None,
        "policy": json.loads(attributes.get("Policy") or "{}"),
    }


def queue_changes(current: Mapping[str, Any], wanted: Mapping[str, Any], policy: Document | None) -> Document:
    """Return what differs between a queue and the options; `policy` is None where it is to be left alone."""
    changes = differing(current, {key: wanted[key] for key in (*NUMBERS, *FIFO, "encryption", "dead_letter_arn")})
    key = wanted["kms_master_key_id"]
    if wanted["encryption"] == "kms":
        if not (current["kms_master_key_id"] and same_key(current["kms_master_key_id"], key, "sqs")):
            changes["kms_master_key_id"] = key
        changes.update(differing(current, {PERIOD: wanted[PERIOD]}))
    elif wanted["encryption"] == "sqs" and current["kms_master_key_id"]:
        changes["kms_master_key_id"] = ""
    if wanted["dead_letter_arn"] and current["max_receive_count"] != wanted["max_receive_count"]:
        changes["max_receive_count"] = wanted["max_receive_count"]
    elif changes.get("dead_letter_arn") == "":
        changes["max_receive_count"] = None
    if policy is not None and compare_policies(current["policy"], policy):
        changes["policy"] = policy
    return changes


def attributes(document: Mapping[str, Any], changed: Sequence[str]) -> dict[str, str]:
    """Return the attributes of SQS that make the `changed` keys of a document so."""
    found = {name: str(document[option]) for option, name in NUMBERS.items() if option in changed}
    for option, name in FIFO.items():
        if option in changed:
            found[name] = str(document[option]).lower() if isinstance(document[option], bool) else document[option]
    if any(key in changed for key in ENCRYPTION):
        if document["encryption"] == "kms":
            found["KmsMasterKeyId"] = document["kms_master_key_id"]
            if document.get(PERIOD):
                found["KmsDataKeyReusePeriodSeconds"] = str(document[PERIOD])
        elif document["encryption"] == "sqs":
            found["SqsManagedSseEnabled"] = "true"
            if "kms_master_key_id" in changed and not document["kms_master_key_id"]:
                # SQS refuses two ways of encryption at a time.
                found["KmsMasterKeyId"] = ""
    if any(key in changed for key in REDRIVE):
        target = document["dead_letter_arn"]
        redrive = {"deadLetterTargetArn": target, "maxReceiveCount": document["max_receive_count"]}
        found["RedrivePolicy"] = json.dumps(redrive) if target else ""
    if "policy" in changed:
        found["Policy"] = json.dumps(document["policy"]) if document["policy"] else ""
    return found


class Queue(AwsResource):
    """A queue of SQS, known by its name."""

    service = "sqs"
    kind = "Queue"
    returns = "queue"
    missing = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
    # A queue that was deleted within the last minute has to be waited for.
    retried = ("ThrottlingException", "RequestThrottled", "AWS.SimpleQueueService.QueueDeletedRecently", "QueueDeletedRecently")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidAttributeValue": "Check ranges and policy, and that the dead-letter queue is FIFO if this one is.",
        "InvalidParameterValue": "Check the name: up to 80 letters, digits, hyphens and underscores.",
        "InvalidAttributeName": "Options for FIFO queues need fifo.",
    }

    @property
    def identity(self) -> str:
        name = str(self.params["name"])
        return f"{name}.fifo" if self.params["fifo"] and not name.endswith(".fifo") else name

    def _describe(self) -> Document | None:
        url = (self.find("get_queue_url", QueueName=self.identity) or {}).get("QueueUrl")
        answer = self.find("get_queue_attributes", QueueUrl=url, AttributeNames=["All"]) if url else None
        if answer is None:
            return None
        tags = self.call("list_queue_tags", QueueUrl=url).get("Tags", {})
        return {
            "arn": answer["Attributes"].get("QueueArn", ""),
            "url": url,
            "name": self.identity,
            **described(answer["Attributes"]),
            "tags": dict(tags),
        }

    def _policy(self, arn: str) -> Document | None:
        tls, statements = self.params["require_tls"], self.params["statements"]
        return None if tls is None and statements is None else queue_policy(arn, bool(tls), statements or [])

    def _changes(self, current: Document) -> Document:
        return {
            **queue_changes(current, self.params, self._policy(current["arn"])),
            **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"]),
        }

    def _predict(self) -> Document:
        wanted = self._wanted()
        return {"arn": self._own_arn(), "url": None, "name": self.identity, **wanted, "tags": text_tags(self.params["tags"]) or {}}

    def _own_arn(self) -> str:
        account, partition = get_aws_account_info(self.module)
        return f"arn:{partition}:sqs:{self.module.region}:{account}:{self.identity}"

    def _wanted(self) -> Document:
        """Return what a new queue is to be, as far as the options say."""
        options = given({key: self.params[key] for key in (*NUMBERS, *(FIFO if self.params["fifo"] else ()), PERIOD)})
        target = self.params["dead_letter_arn"] or ""
        policed = self.params["require_tls"] or self.params["statements"]
        return {
            "fifo": self.params["fifo"],
            **options,
            "encryption": self.params["encryption"] or "sqs",
            "kms_master_key_id": self.params["kms_master_key_id"] or "" if self.params["encryption"] == "kms" else "",
            "dead_letter_arn": target,
            "max_receive_count": self.params["max_receive_count"] if target else None,
            "policy": self._policy(self._own_arn()) if policed else {},
        }

    def _create(self) -> None:
        document = self._wanted()
        wanted = attributes(document, [key for key, value in document.items() if value not in (None, "", {})])
        if self.params["fifo"]:
            # SQS refuses the attribute for queues that are none, even when it is false.
            wanted["FifoQueue"] = "true"
        self.call("create_queue", QueueName=self.identity, Attributes=wanted, tags=text_tags(self.params["tags"]) or None)

    def _update(self, current: Document, changes: Document) -> None:
        queue = {"QueueUrl": current["url"]}
        after = {**current, **changes}
        if wanted := attributes(after, list(changes)):
            self.call("set_queue_attributes", **queue, Attributes=wanted)
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("tag_queue", **queue, Tags=tags),
            lambda keys: self.call("untag_queue", **queue, TagKeys=keys),
        )

    def _delete(self, current: Document) -> None:
        self.find("delete_queue", QueueUrl=current["url"])


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "name": {"required": True},
        "state": STATE,
        "fifo": {"type": "bool", "default": False},
        "content_based_deduplication": {"type": "bool"},
        "deduplication_scope": {"choices": ["queue", "messageGroup"]},
        "fifo_throughput_limit": {"choices": ["perQueue", "perMessageGroupId"]},
        **{name: {"type": "int"} for name in NUMBERS},
        "encryption": {"choices": ["sqs", "kms"]},
        "kms_master_key_id": {"no_log": False},
        PERIOD: {"type": "int", "no_log": False},
        "dead_letter_arn": {},
        "max_receive_count": {"type": "int", "default": 5},
        "require_tls": {"type": "bool"},
        "statements": {"type": "list", "elements": "dict"},
        **TAGS,
    }
    module = AnsibleAWSModule(
        argument_spec=spec,
        supports_check_mode=True,
        required_if=[("encryption", "kms", ["kms_master_key_id"])],
    )
    if not module.params["fifo"] and any(module.params[name] is not None for name in FIFO):
        module.fail_json(msg=f"{', '.join(FIFO)} need a FIFO queue: set fifo to true, or leave them out.")
    Queue(module).run()


if __name__ == "__main__":
    main()
