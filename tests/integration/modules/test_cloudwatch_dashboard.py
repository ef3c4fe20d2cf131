# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CloudWatch dashboard."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "cloudwatch_dashboard"
WIDGET: dict[str, Any] = {"type": "metric", "properties": {"region": "ca-central-1", "metrics": [["AWS/RDS", "CPUUtilization"]]}}
BOARD: dict[str, Any] = {"name": "app", "body": {"widgets": [WIDGET]}, "tags": {"Environment": "prod"}}


def names(account: Any) -> list[str]:
    return [entry["DashboardName"] for entry in account.client("cloudwatch").list_dashboards()["DashboardEntries"]]


def test_check_mode_creates_nothing(account: Any, run_module: RunModule) -> None:
    result = run_module(MODULE, BOARD, check=True)
    assert result.changed, result.msg
    assert result["dashboard"] == {"name": "app", "body": BOARD["body"], "tags": {"Environment": "prod"}}
    assert names(account) == []


def test_the_second_run_changes_nothing(account: Any, run_module: RunModule) -> None:
    first = run_module(MODULE, BOARD)
    assert first.changed, first.msg
    assert first["dashboard"]["tags"] == {"Environment": "prod"}
    for body in (BOARD["body"], json.dumps(BOARD["body"], indent=2)):
        second = run_module(MODULE, {**BOARD, "body": body})
        assert not second.changed
        assert second["dashboard"] == first["dashboard"]


def test_body_and_tags_change(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, BOARD)
    wanted = {**BOARD, "body": {"widgets": []}, "tags": {"Owner": "platform"}}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"]["before"] == {"body": BOARD["body"], "tags": {"Environment": "prod"}}
    assert checked["diff"]["after"] == {"body": {"widgets": []}, "tags": {"Owner": "platform"}}
    assert not run_module(MODULE, BOARD).changed
    assert run_module(MODULE, wanted)["dashboard"]["body"] == {"widgets": []}
    assert not run_module(MODULE, wanted).changed
    assert not run_module(MODULE, {"name": "app"}).changed


def test_absent_deletes_it_once(account: Any, run_module: RunModule) -> None:
    run_module(MODULE, BOARD)
    gone = {"name": "app", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert names(account) == ["app"]
    assert run_module(MODULE, gone).changed
    assert names(account) == []
    assert not run_module(MODULE, gone).changed


def test_bad_input(account: Any, run_module: RunModule) -> None:
    assert "a new dashboard needs body" in run_module(MODULE, {"name": "app"}).msg
    assert run_module(MODULE, {"name": "app", "body": "no json"}).failed
