# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What load balancers, target groups, listeners and their rules have in common.  Private to the collection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from ansible.module_utils.common.text.converters import to_native
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
from ansible_collections.stratum.aws.plugins.module_utils._base import AwsResource, Document
from ansible_collections.stratum.aws.plugins.module_utils._tags import retag, text_tags

_REDIRECT: Final = {"Protocol": "#{protocol}", "Port": "#{port}", "Host": "#{host}", "Path": "/#{path}", "Query": "#{query}"}
"""What a redirect leaves as it is in the request."""

ACTION_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "forward": {
        "type": "list",
        "elements": "dict",
        "options": {"target_group_arn": {"type": "str", "required": True}, "weight": {"type": "int", "default": 1}},
    },
    "redirect": {
        "type": "dict",
        "options": {
            "protocol": {"type": "str", "choices": ["HTTP", "HTTPS"]},
            "port": {"type": "str"},
            "host": {"type": "str"},
            "path": {"type": "str"},
            "query": {"type": "str"},
            "status_code": {"type": "str", "choices": ["HTTP_301", "HTTP_302"], "default": "HTTP_301"},
        },
    },
    "fixed_response": {
        "type": "dict",
        "options": {
            "status_code": {"type": "str", "default": "404"},
            "content_type": {"type": "str", "default": "text/plain"},
            "message_body": {"type": "str", "default": ""},
        },
    },
    "keep_actions": {"type": "bool", "default": False},
}
ONE_ACTION: Final = [("forward", "redirect", "fixed_response")]


def texts(attributes: Mapping[str, Any] | None) -> dict[str, str]:
    """Return attributes as AWS keeps them: truth is written in lower case."""
    return {
        str(key): str(value).lower() if isinstance(value, bool) or str(value) in ("True", "False") else to_native(value)
        for key, value in (attributes or {}).items()
    }


def differing_attributes(current: Mapping[str, str], wanted: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the attributes that are not as wanted."""
    return {key: value for key, value in texts(wanted).items() if current.get(key) != value}


def pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Return attributes as AWS takes them."""
    return [{"Key": key, "Value": value} for key, value in sorted(attributes.items())]


def wanted_action(params: Mapping[str, Any]) -> Document | None:
    """Return what the options say shall become of requests, in the form that `read_action` gives."""
    if params.get("forward") is not None:
        groups = {group["target_group_arn"]: group["weight"] for group in params["forward"]}
        return {"type": "forward", "target_groups": _groups(groups)}
    if (redirect := params.get("redirect")) is not None:
        given = {key.title(): redirect[key] for key in ("protocol", "port", "host", "path", "query") if redirect.get(key) is not None}
        return {"type": "redirect", **_snake({**_REDIRECT, **given}), "status_code": redirect["status_code"]}
    if (fixed := params.get("fixed_response")) is not None:
        return {"type": "fixed-response", **{key: fixed[key] for key in ("status_code", "content_type", "message_body")}}
    return None


def read_action(actions: Sequence[Mapping[str, Any]]) -> Document:
    """Return what becomes of requests in the end: the last action; those before it only ask who somebody is."""
    action = max(actions, key=lambda each: each.get("Order") or 0)
    match action["Type"]:
        case "forward":
            found = action.get("ForwardConfig", {}).get("TargetGroups") or [{"TargetGroupArn": action["TargetGroupArn"]}]
            weights = {group["TargetGroupArn"]: group.get("Weight", 1) for group in found}
            # A weight decides nothing where there is one group.
            return {"type": "forward", "target_groups": _groups(weights if len(weights) > 1 else dict.fromkeys(weights, 1))}
        case "redirect":
            config = action["RedirectConfig"]
            return {
                "type": "redirect",
                **_snake({key: config.get(key) or _REDIRECT[key] for key in _REDIRECT}),
                "status_code": config["StatusCode"],
            }
        case "fixed-response":
            config = action["FixedResponseConfig"]
            keys = {"status_code": "StatusCode", "content_type": "ContentType", "message_body": "MessageBody"}
            return {"type": "fixed-response", **{key: config.get(name) or "" for key, name in keys.items()}}
    return {"type": action["Type"]}


def aws_actions(action: Mapping[str, Any]) -> list[Document]:
    """Return an action as AWS takes it."""
    match action["type"]:
        case "forward":
            groups = [{"TargetGroupArn": group["target_group_arn"], "Weight": group["weight"]} for group in action["target_groups"]]
            if len(groups) == 1:
                return [{"Type": "forward", "TargetGroupArn": groups[0]["TargetGroupArn"]}]
            return [{"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}]
        case "redirect":
            config = {name: action[name.lower()] for name in _REDIRECT}
            return [{"Type": "redirect", "RedirectConfig": {**config, "StatusCode": action["status_code"]}}]
    config = {"StatusCode": action["status_code"], "ContentType": action["content_type"]}
    return [{"Type": "fixed-response", "FixedResponseConfig": {**config, "MessageBody": action["message_body"]}}]


def action_changes(current: Mapping[str, Any], params: Mapping[str, Any]) -> Document:
    """Return the action that must change; none where a deployment turns it."""
    wanted = wanted_action(params)
    if wanted is None or params["keep_actions"] or wanted == current["action"]:
        return {}
    return {"action": wanted}


def _groups(weights: Mapping[str, int]) -> list[Document]:
    if len(weights) == 1:
        weights = dict.fromkeys(weights, 1)
    return [{"target_group_arn": arn, "weight": weight} for arn, weight in sorted(weights.items())]


def _snake(config: Mapping[str, Any]) -> Document:
    return {key.lower(): value for key, value in config.items()}


class ElbResource(AwsResource):
    """A resource of Elastic Load Balancing: all kinds have their tags in the same place."""

    service = "elbv2"
    cures: ClassVar[Mapping[str, str]] = {
        "OperationNotPermitted": "Switch off deletion_protection first (with override_protection, a destroy does).",
        "ResourceInUse": "Take it out of the listeners and rules that name it, then run again.",
        "CertificateNotFound": "Give the ARN of a certificate in the region of the load balancer.",
        "SSLPolicyNotFound": "Correct ssl_policy.",
        "UnsupportedProtocol": "Give a protocol that the type of the load balancer knows.",
        "InvalidConfigurationRequest": "Correct what the message names.",
        "ValidationError": "Correct what the message names.",
    }

    def _tags(self, arn: str) -> dict[str, str]:
        described = self.call("describe_tags", ResourceArns=[arn])["TagDescriptions"]
        tags: dict[str, str] = boto3_tag_list_to_ansible_dict(described[0]["Tags"]) if described else {}
        return tags

    @property
    def _new_tags(self) -> list[dict[str, str]] | None:
        return ansible_dict_to_boto3_tag_list(text_tags(self.params["tags"])) or None

    def _retag(self, arn: str, current: Document, changes: Document) -> None:
        retag(
            current["tags"],
            changes.get("tags"),
            lambda tags: self.call("add_tags", ResourceArns=[arn], Tags=ansible_dict_to_boto3_tag_list(tags)),
            lambda keys: self.call("remove_tags", ResourceArns=[arn], TagKeys=keys),
        )

    def _immutable(self, current: Mapping[str, Any], names: Sequence[str]) -> None:
        for name in names:
            wanted = self.params.get(name)
            if wanted is not None and current.get(name) != wanted:
                self.fail(
                    f"its {name} is {current.get(name)}, which cannot become {wanted}. "
                    "Give the new one another name, or delete this one first."
                )
