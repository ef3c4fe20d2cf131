# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rule of EventBridge and its targets in one form.  Private to the collection."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._compare import given

Document = dict[str, Any]

SETTINGS = {"description": "Description", "schedule_expression": "ScheduleExpression", "role_arn": "RoleArn"}
"""Options of a rule that are plain texts, where an empty one is none."""
PLAIN = {"id": "Id", "arn": "Arn", "role_arn": "RoleArn", "input_path": "InputPath"}
"""The same of a target."""
OURS = frozenset({*PLAIN.values(), "Input", "InputTransformer", "DeadLetterConfig", "RetryPolicy", "SqsParameters", "EcsParameters"})
"""What the options of a target can say; a target that has more is left with it."""
RETRIES = {"maximum_attempts": "MaximumRetryAttempts", "maximum_age_seconds": "MaximumEventAgeInSeconds"}
USUAL = {"maximum_attempts": 185, "maximum_age_seconds": 86400}
"""How EventBridge tries again when it is told nothing."""


def meaning(text: Any) -> Any:
    """Return what JSON says; text that is none is itself."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def text(value: Any) -> str:
    """Return an input as EventBridge wants it: valid JSON, always written the same way."""
    return json.dumps(meaning(value), sort_keys=True)


def settings(options: Mapping[str, Any]) -> Document:
    """Return what the options say of the rule itself; what they do not mention is left out."""
    pattern = options["event_pattern"]
    return given({**{key: options[key] for key in SETTINGS}, "event_pattern": pattern, "enabled": options["enabled"]})


def rule_document(rule: Mapping[str, Any], targets: Sequence[Mapping[str, Any]], tags: Mapping[str, str]) -> Document:
    """Return a rule of DescribeRule as the module returns it."""
    return {
        "name": rule["Name"],
        "arn": rule["Arn"],
        "event_bus": (rule.get("EventBusName") or "default").rpartition("/")[2],
        **{key: rule.get(name) or "" for key, name in SETTINGS.items()},
        "event_pattern": meaning(rule.get("EventPattern") or "{}"),
        "enabled": rule.get("State", "ENABLED") != "DISABLED",
        "targets": sorted(map(target_document, targets), key=lambda target: str(target["id"])),
        "tags": dict(tags),
    }


def rule_request(rule: Mapping[str, Any]) -> Document:
    """Return the parameters of PutRule, which replaces the whole rule."""
    pattern = rule.get("event_pattern")
    return {
        "Name": rule["name"],
        "EventBusName": rule["event_bus"],
        "State": "ENABLED" if rule.get("enabled", True) else "DISABLED",
        **{name: rule[key] for key, name in SETTINGS.items() if rule.get(key)},
        **({"EventPattern": json.dumps(pattern, sort_keys=True)} if pattern else {}),
    }


def target_document(target: Mapping[str, Any]) -> Document:
    """Return a target as AWS describes it, in the form that the module returns."""
    transformer, retries = target.get("InputTransformer"), target.get("RetryPolicy") or {}
    return {
        **{key: target.get(name, "") for key, name in PLAIN.items()},
        "input": meaning(target["Input"]) if "Input" in target else None,
        "input_transformer": transformer
        and {"paths": transformer.get("InputPathsMap") or {}, "template": meaning(transformer.get("InputTemplate", ""))},
        "dead_letter_arn": (target.get("DeadLetterConfig") or {}).get("Arn", ""),
        **{key: retries.get(name, USUAL[key]) for key, name in RETRIES.items()},
        "message_group_id": (target.get("SqsParameters") or {}).get("MessageGroupId", ""),
        "ecs": ecs_document(target["EcsParameters"]) if "EcsParameters" in target else None,
    }


def ecs_document(parameters: Mapping[str, Any]) -> Document:
    """Return the task of a target as AWS describes it, in the form that the module returns."""
    network = (parameters.get("NetworkConfiguration") or {}).get("awsvpcConfiguration") or {}
    return {
        "task_definition_arn": parameters["TaskDefinitionArn"],
        "task_count": parameters.get("TaskCount", 1),
        "launch_type": parameters.get("LaunchType", ""),
        "subnets": sorted(network.get("Subnets") or []),
        "security_groups": sorted(network.get("SecurityGroups") or []),
        "assign_public_ip": network.get("AssignPublicIp") == "ENABLED",
    }


def wanted_target(options: Mapping[str, Any]) -> Document:
    """Return a target of the options in the form that the module returns; a target is replaced as a whole."""
    transformer, ecs = options["input_transformer"], options["ecs"]
    return {
        **{key: options[key] or "" for key in PLAIN},
        "input": meaning(options["input"]) if options["input"] is not None else None,
        "input_transformer": transformer and {"paths": transformer["paths"] or {}, "template": meaning(transformer["template"])},
        "dead_letter_arn": options["dead_letter_arn"] or "",
        **{key: USUAL[key] if options[key] is None else options[key] for key in RETRIES},
        "message_group_id": options["message_group_id"] or "",
        "ecs": ecs
        and {
            "task_definition_arn": ecs["task_definition_arn"],
            "task_count": ecs["task_count"],
            "launch_type": ecs["launch_type"] or "",
            "subnets": sorted(ecs["subnets"] or []),
            "security_groups": sorted(ecs["security_groups"] or []),
            "assign_public_ip": ecs["assign_public_ip"],
        },
    }


def target_request(target: Mapping[str, Any]) -> Document:
    """Return a target as PutTargets takes it."""
    body: Document = {name: target[key] for key, name in PLAIN.items() if target[key]}
    if target["input"] is not None:
        body["Input"] = text(target["input"])
    if transformer := target["input_transformer"]:
        body["InputTransformer"] = {"InputPathsMap": transformer["paths"], "InputTemplate": text(transformer["template"])}
    if target["dead_letter_arn"]:
        body["DeadLetterConfig"] = {"Arn": target["dead_letter_arn"]}
    if any(target[key] != USUAL[key] for key in RETRIES):
        body["RetryPolicy"] = {name: target[key] for key, name in RETRIES.items()}
    if target["message_group_id"]:
        body["SqsParameters"] = {"MessageGroupId": target["message_group_id"]}
    if ecs := target["ecs"]:
        network = {"Subnets": ecs["subnets"], "SecurityGroups": ecs["security_groups"] or None}
        public = "ENABLED" if ecs["assign_public_ip"] else "DISABLED"
        vpc = {"awsvpcConfiguration": given({**network, "AssignPublicIp": public})} if ecs["subnets"] else None
        body["EcsParameters"] = given(
            {
                "TaskDefinitionArn": ecs["task_definition_arn"],
                "TaskCount": ecs["task_count"],
                "LaunchType": ecs["launch_type"] or None,
                "NetworkConfiguration": vpc,
            }
        )
    return body


def rule_changes(current: Mapping[str, Any], options: Mapping[str, Any]) -> Document:
    """Return the keys of the document that differ, with their new values; tags are not among them."""
    changes = {key: value for key, value in settings(options).items() if current[key] != value}
    if options["targets"] is not None:
        asked = [wanted_target(target) for target in options["targets"]]
        if not options["purge_targets"]:
            known = {target["id"] for target in asked}
            asked += [target for target in current["targets"] if target["id"] not in known]
        asked.sort(key=lambda target: str(target["id"]))
        if asked != current["targets"]:
            changes["targets"] = asked
    return changes
