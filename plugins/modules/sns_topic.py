#!/usr/bin/python
# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Manage an SNS topic with its encryption, policies and subscriptions."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sns_topic
version_added: 0.1.0
short_description: Manage an SNS topic
description:
  - Creates, changes and deletes a topic, with its encryption, access policy, delivery policy, subscriptions and tags.
  - What the options do not mention is left alone.
author:
  - stratum.aws contributors (@stratum-aws)
options:
  name:
    description: The name of the topic. That of a FIFO topic ends with C(.fifo), which is added if it is missing.
    type: str
    required: true
  state:
    description: Whether the topic is there.
    type: str
    choices: [present, absent]
    default: present
  fifo:
    description: Whether the topic keeps the order of messages.
    type: bool
    default: false
  content_based_deduplication:
    description: Whether a FIFO topic takes messages of the same content for the same message.
    type: bool
  display_name:
    description: The name that receivers of mail and text messages see.
    type: str
  kms_master_key_id:
    description:
      - The ARN (best), id or alias of the KMS key that encrypts messages; an empty string turns encryption off.
      - A topic that CloudWatch alarms or other AWS services publish to needs a key of your own whose policy allows them to use it.
    type: str
  policy:
    description: The access policy as a whole.
    type: dict
  delivery_policy:
    description: How deliveries over HTTP are tried again, in the form of SNS. Keys that are not mentioned stay.
    type: dict
  subscriptions:
    description: Who gets the messages. A subscription that waits for its confirmation is not asked for again.
    type: list
    elements: dict
    suboptions:
      protocol:
        description: The protocol.
        type: str
        choices: [email, email-json, http, https, sms, sqs, lambda, application, firehose]
        required: true
      endpoint:
        description: The address, number, URL or ARN.
        type: str
        required: true
      raw_message_delivery:
        description: Whether messages come without SNS's own envelope.
        type: bool
      filter_policy:
        description: Which messages come.
        type: dict
  purge_subscriptions:
    description: Whether confirmed subscriptions that are not in O(subscriptions) are removed. Only when O(subscriptions) is set.
    type: bool
    default: true
notes:
  - M(community.aws.sns_topic) cannot encrypt a topic, and fails in check mode when the topic does not exist yet.
  - A subscription that waits for its confirmation cannot be changed or removed; SNS forgets it after some days.
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.tags
  - amazon.aws.boto3
  - stratum.aws.attributes
"""

EXAMPLES = r"""
- name: Create the topic for alerts
  stratum.aws.sns_topic:
    name: speckle-production-alerts
    display_name: Speckle
    kms_master_key_id: arn:aws:kms:ca-central-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef
    subscriptions:
      - protocol: email
        endpoint: on-call@example.com
    tags:
      Environment: production

- name: Delete the topic and its subscriptions
  stratum.aws.sns_topic:
    name: speckle-production-alerts
    state: absent
"""

RETURN = r"""
topic:
  description: The topic, or null when there is none. Its other keys are the module's options of the same name.
  returned: always
  type: dict
  contains:
    arn:
      description: The ARN of the topic.
      returned: always
      type: str
      sample: arn:aws:sns:ca-central-1:123456789012:speckle-production-alerts
    kms_master_key_id:
      description: The KMS key, or an empty string.
      returned: always
      type: str
      sample: arn:aws:kms:ca-central-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef
    name:
      description: The name of the topic.
      returned: always
      type: str
      sample: speckle-production-alerts
    subscriptions:
      description: The subscriptions, sorted; C(arn) is V(PendingConfirmation) for one that waits for its confirmation.
      returned: when the topic exists
      type: list
      elements: dict
      sample: [{"protocol": "email", "endpoint": "on-call@example.com", "arn": "PendingConfirmation"}]
    tags:
      description: The tags of the topic.
      returned: always
      type: dict
      sample: {"Environment": "production"}
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.iam import get_aws_account_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import STATE, TAGS, AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._compare import differing, given
from ansible_collections.stratum.aws.plugins.module_utils._kms import same_key
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, tag_changes, text_tags

API = {
    "display_name": "DisplayName",
    "kms_master_key_id": "KmsMasterKeyId",
    "policy": "Policy",
    "delivery_policy": "DeliveryPolicy",
    "content_based_deduplication": "ContentBasedDeduplication",
}
SUBSCRIPTION_API = {"raw_message_delivery": "RawMessageDelivery", "filter_policy": "FilterPolicy"}
UNCONFIRMED = ("PendingConfirmation", "Deleted")


def attribute(value: Any) -> str:
    """Return the value of an attribute as SNS wants it."""
    if isinstance(value, bool):
        return str(value).lower()
    return json.dumps(value) if isinstance(value, dict) else str(value)


def topic_changes(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return the attributes of a topic that differ, with their new values."""
    changes = differing(current, {key: wanted.get(key) for key in ("display_name", "delivery_policy", "content_based_deduplication")})
    policy, key = wanted.get("policy"), wanted.get("kms_master_key_id")
    if policy is not None and compare_policies(current.get("policy") or {}, policy):
        changes["policy"] = policy
    now = current.get("kms_master_key_id") or ""
    if key is not None and key != now and not (key and same_key(now, key, "sns") and now):
        changes["kms_master_key_id"] = key
    return changes


def address(subscription: Mapping[str, Any]) -> tuple[str, str]:
    """Return what tells one subscription of a topic from another; SNS keeps bare phone numbers."""
    protocol, endpoint = subscription["protocol"], subscription["endpoint"]
    return protocol, re.sub(r"[^0-9+]", "", endpoint) if protocol == "sms" else endpoint


def subscriptions_after(
    current: Sequence[Mapping[str, Any]], wanted: Sequence[Mapping[str, Any]] | None, purge: bool
) -> list[Document] | None:
    """Return the subscriptions that the topic is to have if they differ, else None."""
    if wanted is None:
        return None
    asked = {address(item): given({key: item.get(key) for key in SUBSCRIPTION_API}) for item in wanted}
    kept = [item for item in current if not purge or address(item) in asked or item["arn"] in UNCONFIRMED]
    after = [dict(item) if item["arn"] in UNCONFIRMED else {**item, **differing(item, asked.get(address(item), {}))} for item in kept]
    there = {address(item) for item in current}
    new = [{"protocol": key[0], "endpoint": key[1], **options} for key, options in asked.items() if key not in there]
    after = sorted([*after, *new], key=address)
    return None if after == list(current) else after


class Topic(AwsResource):
    """An SNS topic, known by its name."""

    service = "sns"
    kind = "Topic"
    returns = "topic"
    missing = ("NotFound", "NotFoundException")
    retried = ("ThrottledException", "ConcurrentAccess", "ConcurrentAccessException")
    cures: ClassVar[Mapping[str, str]] = {
        "InvalidParameter": "Check the name, the policies and that each endpoint fits its protocol.",
        "KMSNotFound": "Create the KMS key first.",
        "KMSDisabled": "Enable the KMS key.",
        "SubscriptionLimitExceeded": "Remove subscriptions that are not used, or ask AWS for a higher quota.",
    }

    def __init__(self, module: Any) -> None:
        super().__init__(module)
        account, partition = get_aws_account_info(module)
        self.arn = f"arn:{partition}:sns:{module.region}:{account}:{self.identity}"

    @property
    def identity(self) -> str:
        name = str(self.params["name"])
        return f"{name}.fifo" if self.params["fifo"] and not name.endswith(".fifo") else name

    def _describe(self) -> Document | None:
        found = self.find("get_topic_attributes", TopicArn=self.arn)
        if found is None:
            return None
        attributes = found["Attributes"]
        tags = self.call("list_tags_for_resource", ResourceArn=self.arn)["Tags"]
        return {
            "arn": self.arn,
            "name": self.identity,
            "fifo": attributes.get("FifoTopic") == "true",
            "content_based_deduplication": attributes.get("ContentBasedDeduplication") == "true",
            "display_name": attributes.get("DisplayName", ""),
            "kms_master_key_id": attributes.get("KmsMasterKeyId", ""),
            "policy": json.loads(attributes.get("Policy") or "{}"),
            "delivery_policy": json.loads(attributes.get("DeliveryPolicy") or "{}"),
            "subscriptions": self._subscriptions(),
            "tags": boto3_tag_list_to_ansible_dict(tags),
        }

    def _subscriptions(self) -> list[Document]:
        compared = {address(item) for item in self.params["subscriptions"] or [] if any(item[key] is not None for key in SUBSCRIPTION_API)}
        documents = []
        for item in self.collect("list_subscriptions_by_topic", "Subscriptions", TopicArn=self.arn):
            document = {"protocol": item["Protocol"], "endpoint": item["Endpoint"], "arn": item["SubscriptionArn"]}
            if address(document) in compared and document["arn"] not in UNCONFIRMED:
                found = self.call("get_subscription_attributes", SubscriptionArn=document["arn"])["Attributes"]
                document["raw_message_delivery"] = found.get("RawMessageDelivery") == "true"
                document["filter_policy"] = json.loads(found.get("FilterPolicy") or "{}")
            documents.append(document)
        return sorted(documents, key=address)

    def _changes(self, current: Document) -> Document:
        after = subscriptions_after(current["subscriptions"], self.params["subscriptions"], self.params["purge_subscriptions"])
        return {
            **topic_changes(current, self.params),
            **({} if after is None else {"subscriptions": after}),
            **tag_changes(current["tags"], self.params["tags"], self.params["purge_tags"]),
        }

    def _predict(self) -> Document:
        attributes = given({key: self.params[key] for key in API})
        subscriptions = subscriptions_after([], self.params["subscriptions"], purge=False) or []
        shown = {"display_name": "", "kms_master_key_id": "", **attributes, "subscriptions": subscriptions}
        return {"arn": self.arn, "name": self.identity, "fifo": self.params["fifo"], **shown, "tags": text_tags(self.params["tags"]) or {}}

    def _create(self) -> None:
        attributes = {API[key]: attribute(self.params[key]) for key in API if self.params[key] not in (None, "")}
        if self.params["fifo"]:
            # Some regions do not know the attribute, so it is never set to false.
            attributes["FifoTopic"] = "true"
        tags = ansible_dict_to_boto3_tag_list(self.params["tags"])
        self.call("create_topic", Name=self.identity, Attributes=attributes, Tags=tags)
        self._subscribe([], self._predict()["subscriptions"])

    def _update(self, current: Document, changes: Document) -> None:
        for key, name in API.items():
            if key in changes:
                self.call("set_topic_attributes", TopicArn=self.arn, AttributeName=name, AttributeValue=attribute(changes[key]))
        after = {**current, **changes}
        self._subscribe(current["subscriptions"], after["subscriptions"])
        retag(
            current["tags"],
            after["tags"],
            lambda tags: self.call("tag_resource", ResourceArn=self.arn, Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("untag_resource", ResourceArn=self.arn, TagKeys=keys),
        )

    def _subscribe(self, current: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> None:
        there = {address(item): item for item in current}
        for item in after:
            options = {name: attribute(item[key]) for key, name in SUBSCRIPTION_API.items() if item.get(key) is not None}
            old = there.pop(address(item), None)
            if old is None:
                protocol, endpoint = address(item)
                self.call("subscribe", TopicArn=self.arn, Protocol=protocol, Endpoint=endpoint, Attributes=options or None)
            elif item != old:
                for name, value in options.items():
                    self.call("set_subscription_attributes", SubscriptionArn=old["arn"], AttributeName=name, AttributeValue=value)
        for gone in there.values():
            self.call("unsubscribe", SubscriptionArn=gone["arn"])

    def _delete(self, current: Document) -> None:
        self.call("delete_topic", TopicArn=self.arn)


def main() -> None:
    """Run the module."""
    protocols = ["email", "email-json", "http", "https", "sms", "sqs", "lambda", "application", "firehose"]
    subscription: dict[str, dict[str, Any]] = {
        "protocol": {"required": True, "choices": protocols},
        "endpoint": {"required": True},
        "raw_message_delivery": {"type": "bool"},
        "filter_policy": {"type": "dict"},
    }
    spec: dict[str, Any] = {
        "name": {"required": True},
        "state": STATE,
        "fifo": {"type": "bool", "default": False},
        "content_based_deduplication": {"type": "bool"},
        "display_name": {},
        "kms_master_key_id": {"no_log": False},
        "policy": {"type": "dict"},
        "delivery_policy": {"type": "dict"},
        "subscriptions": {"type": "list", "elements": "dict", "options": subscription},
        "purge_subscriptions": {"type": "bool", "default": True},
        **TAGS,
    }
    module = AnsibleAWSModule(argument_spec=spec, supports_check_mode=True)
    if module.params["content_based_deduplication"] and not module.params["fifo"]:
        module.fail_json(msg="content_based_deduplication needs a FIFO topic: set fifo to true, or leave it out.")
    Topic(module).run()


if __name__ == "__main__":
    main()
