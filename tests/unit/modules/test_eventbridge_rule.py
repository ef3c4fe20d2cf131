# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A rule of EventBridge and its targets, compared by what they mean."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.filter.event_targets import event_targets
from ansible_collections.stratum.aws.plugins.filter.topic_subscriptions import topic_subscriptions
from ansible_collections.stratum.aws.plugins.module_utils import _eventbridge as pure

TARGET: dict[str, Any] = {
    **dict.fromkeys(("role_arn", "input", "input_path", "input_transformer", "dead_letter_arn", "message_group_id", "ecs")),
    **dict.fromkeys(("maximum_attempts", "maximum_age_seconds")),
    "id": "a",
    "arn": "arn:a",
}
FOUND = {"Name": "r", "Arn": "arn:r", "EventPattern": '{"source":["aws.ec2"]}', "State": "ENABLED"}
SILENT: dict[str, Any] = {
    **dict.fromkeys(("description", "schedule_expression", "role_arn", "event_pattern", "enabled", "targets")),
    "purge_targets": True,
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"input": {"a": [1, 2]}},
        {"input": "plain"},
        {"input_transformer": {"paths": {"x": "$.x"}, "template": "now <x>"}},
        {"input_transformer": {"paths": None, "template": '{"a": 1}'}},
        {"maximum_attempts": 0, "dead_letter_arn": "arn:q", "message_group_id": "g"},
        {
            "ecs": {
                "task_definition_arn": "arn:t",
                "task_count": 2,
                "launch_type": "FARGATE",
                "subnets": ["s2", "s1"],
                "security_groups": None,
                "assign_public_ip": False,
            }
        },
    ],
)
def test_a_target_comes_back_as_it_was_sent(change: dict[str, Any]) -> None:
    wanted = pure.wanted_target({**TARGET, **change})
    assert pure.target_document(pure.target_request(wanted)) == wanted


def test_a_rule_changes_in_what_is_mentioned_only() -> None:
    current = pure.rule_document(FOUND, [{"Id": "a", "Arn": "arn:a"}], {})
    assert pure.rule_changes(current, SILENT) == {}
    assert pure.rule_changes(current, {**SILENT, "event_pattern": {"source": ["aws.ec2"]}, "targets": [TARGET]}) == {}
    assert pure.rule_changes(current, {**SILENT, "enabled": False, "description": "x"}) == {"enabled": False, "description": "x"}
    assert pure.rule_changes(current, {**SILENT, "targets": []}) == {"targets": []}
    more = pure.rule_changes(current, {**SILENT, "targets": [{**TARGET, "id": "b"}], "purge_targets": False})
    assert [target["id"] for target in more["targets"]] == ["a", "b"]


def test_the_request_leaves_out_what_is_empty() -> None:
    rule = pure.rule_document(FOUND, [], {})
    assert pure.rule_request(rule) == {
        "Name": "r",
        "EventBusName": "default",
        "State": "ENABLED",
        "EventPattern": '{"source": ["aws.ec2"]}',
    }


def test_targets_by_name() -> None:
    arns = {"function": {"f": "arn:f"}, "topic": {"t": "arn:t"}, "queue": {"q": "arn:q"}, "role": {"r": "arn:r"}}
    assert event_targets([{"function": "f", "dead_letter_queue": "q"}, {"arn": "arn:x", "id": "x", "role": "r"}], arns) == [
        {"id": "f", "arn": "arn:f", "dead_letter_arn": "arn:q"},
        {"id": "x", "arn": "arn:x", "role_arn": "arn:r"},
    ]
    for wrong, words in (({}, "needs one of"), ({"function": "f", "topic": "t"}, "needs one of"), ({"arn": "arn:x"}, "needs an id")):
        with pytest.raises(Exception, match=words):
            event_targets([wrong], arns)
    with pytest.raises(Exception, match="there is no topic 'u'; there are t"):
        event_targets([{"topic": "u"}], arns)


def test_subscriptions_by_name() -> None:
    given = [{"protocol": "lambda", "function": "f"}, {"protocol": "sqs", "queue": "q"}, {"protocol": "email", "endpoint": "a@example.com"}]
    assert [item["endpoint"] for item in topic_subscriptions(given, {"f": "arn:f"}, {"q": "arn:q"})] == ["arn:f", "arn:q", "a@example.com"]
    with pytest.raises(Exception, match="there is no function 'g'"):
        topic_subscriptions([{"protocol": "lambda", "function": "g"}], {"f": "arn:f"}, {})
    with pytest.raises(Exception, match="needs one of endpoint"):
        topic_subscriptions([{"protocol": "email"}], {}, {})
