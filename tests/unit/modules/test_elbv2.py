# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What load balancers, target groups, listeners and rules have against what their user wants."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.module_utils import _elbv2
from ansible_collections.stratum.aws.plugins.modules import elbv2_listener, elbv2_listener_rule, elbv2_load_balancer, elbv2_target_group

BLUE, GREEN = "arn:blue", "arn:green"
NOTHING: dict[str, Any] = {"forward": None, "redirect": None, "fixed_response": None, "keep_actions": False}
REDIRECT: dict[str, Any] = {"protocol": "HTTPS", "port": "443", "host": None, "path": None, "query": None, "status_code": "HTTP_301"}
FIXED: dict[str, Any] = {"status_code": "404", "content_type": "text/plain", "message_body": ""}


def forward(**weights: int) -> dict[str, Any]:
    return {**NOTHING, "forward": [{"target_group_arn": f"arn:{name}", "weight": weight} for name, weight in weights.items()]}


@pytest.mark.parametrize(
    "wanted",
    [forward(blue=1), forward(blue=90, green=10), {**NOTHING, "redirect": REDIRECT}, {**NOTHING, "fixed_response": FIXED}],
    ids=["one", "weighted", "redirect", "fixed"],
)
def test_what_is_written_is_read_again(wanted: dict[str, Any]) -> None:
    action = _elbv2.wanted_action(wanted)
    assert action is not None
    assert _elbv2.read_action(_elbv2.aws_actions(action)) == action
    assert _elbv2.action_changes({"action": action}, wanted) == {}


def test_aws_spells_one_target_group_in_two_ways_and_its_weight_decides_nothing() -> None:
    both = {"Type": "forward", "TargetGroupArn": BLUE, "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": BLUE, "Weight": 5}]}}
    assert _elbv2.action_changes({"action": _elbv2.read_action([both])}, forward(blue=1)) == {}
    assert _elbv2.read_action([{"Type": "authenticate-oidc", "Order": 1}, {**both, "Order": 2}])["type"] == "forward"


def test_what_a_deployment_turns_stays() -> None:
    current = {"action": _elbv2.wanted_action(forward(green=1))}
    assert _elbv2.action_changes(current, {**forward(blue=1), "keep_actions": True}) == {}
    assert _elbv2.action_changes(current, forward(blue=1)) == {"action": _elbv2.wanted_action(forward(blue=1))}
    assert _elbv2.action_changes(current, NOTHING) == {}


@pytest.mark.parametrize(("value", "text"), [(True, "true"), ("False", "false"), (60, "60"), ("append", "append")])
def test_attributes_are_texts(value: Any, text: str) -> None:
    assert _elbv2.texts({"key": value}) == {"key": text}
    assert _elbv2.differing_attributes({"key": text, "other": "1"}, {"key": value}) == {}


def test_a_load_balancer_is_compared_without_the_order_of_its_subnets() -> None:
    current = {
        "subnets": ["a", "b"],
        "security_groups": ["g"],
        "ip_address_type": "ipv4",
        "deletion_protection": False,
        "attributes": {"idle_timeout.timeout_seconds": "60"},
    }
    same = {"subnets": ["b", "a"], "security_groups": None, "attributes": {"idle_timeout.timeout_seconds": 60}, "deletion_protection": None}
    assert elbv2_load_balancer.differences(current, same) == {}
    other = {
        "subnets": ["a"],
        "attributes": {"idle_timeout.timeout_seconds": 75},
        "deletion_protection": True,
        "ip_address_type": "dualstack",
    }
    assert set(elbv2_load_balancer.differences(current, other)) == {"subnets", "attributes", "deletion_protection", "ip_address_type"}
    assert elbv2_load_balancer.wanted_attributes({"attributes": None, "deletion_protection": True}) == {"deletion_protection.enabled": True}


def test_only_the_first_certificate_of_a_listener_has_a_place() -> None:
    current = {"protocol": "HTTPS", "ssl_policy": "new", "certificates": ["one", "two", "three"], "action": {}}
    assert elbv2_listener.differences(current, {**NOTHING, "certificates": ["one", "three", "two"]}) == {}
    assert elbv2_listener.differences(current, {**NOTHING, "certificates": ["two", "one", "three"]}) == {
        "certificates": ["two", "one", "three"]
    }
    assert elbv2_listener.differences(current, {**NOTHING, "ssl_policy": "old"}) == {"ssl_policy": "old"}


def test_conditions_are_read_as_they_are_written() -> None:
    wanted = {"hosts": ["b", "a"], "paths": ["/*"], "methods": None, "source_ips": ["10.0.0.0/8"], "headers": {"X": "1"}}
    conditions = elbv2_listener_rule.wanted_conditions(wanted)
    assert conditions == {"hosts": ["a", "b"], "paths": ["/*"], "source_ips": ["10.0.0.0/8"], "headers": {"X": ["1"]}}
    assert elbv2_listener_rule.read_conditions(elbv2_listener_rule.aws_conditions(conditions)) == conditions
    assert elbv2_listener_rule.read_conditions([{"Field": "path-pattern", "Values": ["/old"]}]) == {"paths": ["/old"]}


def test_health_checks_keep_what_they_are_not_told() -> None:
    group = {"HealthCheckPath": "/", "HealthCheckIntervalSeconds": 30, "Matcher": {"HttpCode": "200"}}
    assert elbv2_target_group.health_of(group) == {"path": "/", "interval": 30, "matcher": "200"}
    assert elbv2_target_group.health_parameters({"path": "/x", "matcher": "0"}, grpc=True) == {
        "HealthCheckPath": "/x",
        "Matcher": {"GrpcCode": "0"},
    }
