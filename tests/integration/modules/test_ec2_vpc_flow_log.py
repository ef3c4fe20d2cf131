# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A flow log of a VPC."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

MODULE = "ec2_vpc_flow_log"
ROLE = "arn:aws:iam::123456789012:role/flow-logs"


@pytest.fixture
def options(account: Any) -> dict[str, Any]:
    """Return the options of a flow log to an existing log group."""
    account.client("logs").create_log_group(logGroupName="/flow")
    vpc = account.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return {"resource_id": vpc, "log_group_name": "/flow", "role_arn": ROLE, "max_aggregation_interval": 60, "tags": {"Name": "flow"}}


def flow_logs(account: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.client("ec2").describe_flow_logs()["FlowLogs"]
    return found


def test_check_mode_creates_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    result = run_module(MODULE, options, check=True)
    assert result.changed, result.msg
    assert result["flow_log"]["traffic_type"] == "ALL"
    assert flow_logs(account) == []


def test_the_second_run_changes_nothing(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    first = run_module(MODULE, options)
    assert first.changed, first.msg
    assert first["flow_log"]["tags"] == {"Name": "flow"}
    assert first["flow_log"]["deliver_logs_status"] == "SUCCESS"
    second = run_module(MODULE, options)
    assert not second.changed
    assert second["flow_log"] == first["flow_log"]


def test_a_bucket_is_another_destination(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    account.client("s3").create_bucket(Bucket="flow", CreateBucketConfiguration={"LocationConstraint": "ca-central-1"})
    run_module(MODULE, options)
    to_s3 = {"resource_id": options["resource_id"], "destination_arn": "arn:aws:s3:::flow", "traffic_type": "REJECT"}
    assert run_module(MODULE, to_s3).changed
    assert not run_module(MODULE, to_s3).changed
    assert len(flow_logs(account)) == 2


def test_tags_change_in_place(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    before = run_module(MODULE, options)["flow_log"]
    changed = run_module(MODULE, {**options, "tags": {"Owner": "platform"}})
    assert changed.changed
    assert changed["replaced"] is False
    assert changed["flow_log"] == {**before, "tags": {"Owner": "platform"}}


def test_anything_else_replaces_it(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    before = run_module(MODULE, options)["flow_log"]
    wanted = {key: options[key] for key in ("resource_id", "log_group_name")} | {"traffic_type": "REJECT"}
    checked = run_module(MODULE, wanted, check=True, diff=True)
    assert checked["diff"] == {
        "before": {"traffic_type": "ALL", "flow_log_id": before["flow_log_id"]},
        "after": {"traffic_type": "REJECT", "flow_log_id": None},
        "replaced": True,
    }
    assert flow_logs(account)[0]["FlowLogId"] == before["flow_log_id"]
    after = run_module(MODULE, wanted)
    assert after["replaced"] is True
    assert after["flow_log"] == {**before, "traffic_type": "REJECT", "flow_log_id": after["flow_log"]["flow_log_id"]}
    assert len(flow_logs(account)) == 1
    assert not run_module(MODULE, wanted).changed


def test_absent_deletes_it_once(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    run_module(MODULE, options)
    gone = {"resource_id": options["resource_id"], "log_group_name": "/flow", "state": "absent"}
    assert run_module(MODULE, gone, check=True).changed
    assert len(flow_logs(account)) == 1
    assert run_module(MODULE, gone).changed
    assert flow_logs(account) == []
    assert not run_module(MODULE, gone).changed


def test_bad_input(account: Any, run_module: RunModule, options: dict[str, Any]) -> None:
    assert "is no VPC" in run_module(MODULE, {**options, "resource_id": "i-1"}).msg
    without_role = {key: value for key, value in options.items() if key != "role_arn"}
    assert "needs role_arn" in run_module(MODULE, without_role).msg
    missing = run_module(MODULE, {"resource_id": options["resource_id"], "destination_arn": "arn:aws:s3:::no-such-bucket"})
    assert missing.failed
    assert "does not exist" in missing.msg
