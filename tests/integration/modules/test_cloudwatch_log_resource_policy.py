# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A resource policy of CloudWatch Logs over its whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

STATEMENT: dict[str, Any] = {
    "Effect": "Allow",
    "Principal": {"Service": "es.amazonaws.com"},
    "Action": ["logs:PutLogEvents", "logs:CreateLogStream"],
    "Resource": "arn:aws:logs:ca-central-1:123456789012:log-group:/aws/opensearch/example/*",
}
POLICY: dict[str, Any] = {"name": "example", "policy": {"Version": "2012-10-17", "Statement": [STATEMENT]}}


def policies(account: Any) -> list[Any]:
    found: list[Any] = account.client("logs").describe_resource_policies()["resourcePolicies"]
    return found


def test_a_policy_over_its_life(account: Any, run_module: RunModule) -> None:
    assert run_module("cloudwatch_log_resource_policy", POLICY, check=True).changed
    assert policies(account) == []
    created = run_module("cloudwatch_log_resource_policy", POLICY, diff=True)
    assert created.changed, created
    assert created["policy"]["document"] == POLICY["policy"]
    again = run_module("cloudwatch_log_resource_policy", POLICY)
    assert not again.failed, again
    assert not again.changed, again
    turned = {**STATEMENT, "Action": STATEMENT["Action"][::-1]}
    assert not run_module("cloudwatch_log_resource_policy", {**POLICY, "policy": {**POLICY["policy"], "Statement": [turned]}}).changed
    less = {**POLICY, "policy": {**POLICY["policy"], "Statement": [{**STATEMENT, "Action": ["logs:PutLogEvents"]}]}}
    assert run_module("cloudwatch_log_resource_policy", less, check=True)["diff"]["after"] == {"document": less["policy"]}
    assert run_module("cloudwatch_log_resource_policy", less).changed
    assert not run_module("cloudwatch_log_resource_policy", less).changed
    gone = {"name": "example", "state": "absent"}
    assert run_module("cloudwatch_log_resource_policy", gone, check=True).changed
    assert len(policies(account)) == 1
    assert run_module("cloudwatch_log_resource_policy", gone).changed
    assert policies(account) == []
    assert not run_module("cloudwatch_log_resource_policy", gone).changed
    assert run_module("cloudwatch_log_resource_policy", {"name": "example"}).failed
