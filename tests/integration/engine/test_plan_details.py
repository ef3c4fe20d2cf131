# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan and a converge say, write by write: what follows, what is unknown, what is refused, what is kept of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator

from .conftest import Converge

pytestmark = pytest.mark.integration


def node_of(report: dict[str, Any], name: str) -> dict[str, Any]:
    return next(node for node in report["nodes"] if node["name"] == name)


def journal_lines(tmp_path: Path) -> list[dict[str, Any]]:
    files = sorted((tmp_path / "reports" / "default" / "stack" / "journal").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_a_plan_of_new_things_says_what_follows_and_what_is_unknown(account: Emulator, converge: Converge, tmp_path: Path) -> None:
    """The modules of the VPC and the bucket poll for what they have made: a plan does not wait for them."""
    ran = converge(account, "plot", arguments=("--check",), fail_on_changes=True).check(2)
    assert "the plan has 10 changes, and fail_on_changes is set" in ran.output
    report = ran.report("plan")
    assert report["seconds"] < 30
    assert account.writes() == []
    assert journal_lines(tmp_path) == []
    group = node_of(report, "Create the log group")
    assert [each["operation"] for each in (*group["operations"], *group["follows"])] == ["CreateLogGroup", "PutRetentionPolicy"]
    assert node_of(report, "Create the subnets")["unknown_inputs"] == ["__plot_vpc"]
    assert {node["item"] for node in report["nodes"] if node["name"] == "Keep the words"} == {
        "1, hidden by no_log",
        "2, hidden by no_log",
    }


def test_changes_are_told_by_property_and_what_destroys_is_refused_alone(account: Emulator, converge: Converge, tmp_path: Path) -> None:
    """Also the journal of the converges, which tells of every write and of no secret."""
    converge(account, "plot", plot_retention=30, stack_run_bucket="no-such-bucket").check()
    lines = journal_lines(tmp_path)
    assert {"time", "run", "verb", "layer", "name", "item", "service", "operation", "resource", "seconds"} <= lines[0].keys()
    assert ("logs", "CreateLogGroup", "/plot/log") in {(line["service"], line["operation"], line["resource"]) for line in lines}
    made = [(entry["service"], entry["operation"]) for entry in account.writes() if entry["service"] != "ssm"]
    # The run bucket, which is not there, is asked for when the journal has ended.
    made = [each for each in made if each != ("s3", "PutObject")]
    assert sorted((line["service"], line["operation"]) for line in lines if line["service"] != "ssm") == sorted(made)
    assert not [secret for secret in ("tr0ub4dor", '"4711"', '"0815"') if secret in json.dumps(lines)]

    # Behind what is changed, dependents are planned for real.
    account.client("ec2").delete_tags(
        Resources=[account.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["plot"]}])["Vpcs"][0]["VpcId"]],
        Tags=[{"Key": "stratum:layer"}],
    )
    less = {"plot_retention": 7, "plot_versioning": False}
    plan = converge(account, "plot", arguments=("--check", "--diff"), **less).check()
    assert "retention_in_days: 30 → 7" in plan.output
    assert "versioning: Enabled → Suspended" in plan.output
    assert "tags.stratum:layer" in plan.output
    report = plan.report("plan")
    assert {node["name"] for node in report["nodes"] if node["action"] == "change"} == {
        "Create the VPC",
        "Create the bucket",
        "Create the log group",
    }
    assert node_of(report, "Create the subnets")["action"] == "unchanged"

    none = {**less, "plot_logs": "absent"}
    report = converge(account, "plot", **none).check(2).report()
    group = node_of(report, "Create the log group")
    assert group["action"] == "failed"
    assert "logs:DeleteLogGroup was not sent: this is destructive" in group["message"]
    assert "-e allow_destructive=true" in group["message"]
    assert [node_of(report, name)["action"] for name in ("Create the VPC", "Create the bucket")] == ["change", "change"]
    assert len(account.client("logs").describe_log_groups()["logGroups"]) == 1
    converge(account, "plot", allow_destructive=True, **none).check()
    assert account.client("logs").describe_log_groups()["logGroups"] == []


def test_reports_and_journals_go_to_the_run_bucket_and_stay_there(account: Emulator, converge: Converge) -> None:
    s3 = account.client("s3")
    where = {"CreateBucketConfiguration": {"LocationConstraint": "ca-central-1"}}
    s3.create_bucket(Bucket="runs", ObjectLockEnabledForBucket=True, **where)
    small: dict[str, Any] = {"plot_subnets": [], "plot_words": [], "stack_run_bucket": "runs", "stack_run_retention_days": 3}
    converge(account, "plot", arguments=("--check",), **small).check()
    assert "Contents" not in s3.list_objects_v2(Bucket="runs")
    converge(account, "plot", **small).check()
    objects = s3.list_objects_v2(Bucket="runs")["Contents"]
    assert sorted(each["Key"].rpartition(".")[2] for each in objects) == ["json", "jsonl"]
    assert all(each["Key"].startswith("default/stack/runs/") for each in objects)
    for each in objects:
        head = s3.head_object(Bucket="runs", Key=each["Key"])
        assert head["ObjectLockMode"] == "COMPLIANCE"
        assert 2 <= (head["ObjectLockRetainUntilDate"] - head["LastModified"]).total_seconds() / 86400 <= 3.1
    # A bucket that is not there is a warning, whatever else the run came to.
    ran = converge(account, "plot", **{**small, "stack_run_bucket": "no-such-bucket"}).check()
    assert "could not be stored in the run bucket no-such-bucket" in ran.output
