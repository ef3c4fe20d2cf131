# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine end to end: one graph of upstream modules against an account."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator, StartEmulator

from .conftest import Converge

pytestmark = pytest.mark.integration


def actions(report: dict[str, Any]) -> Counter[str]:
    return Counter(node["action"] for node in report["nodes"])


def test_create_then_no_change_then_one_change(account: Emulator, converge: Converge) -> None:
    first = converge(account, "parts").check()
    report = first.report()
    assert report["summary"] == {"create": 7, "change": 0, "delete": 0, "unchanged": 1, "skipped": 0, "failed": 0}
    assert first.changed == 1
    ec2 = account.client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert {(subnet["CidrBlock"], subnet["AvailabilityZone"]) for subnet in subnets} == {
        ("10.0.1.0/24", "ca-central-1a"),
        ("10.0.2.0/24", "ca-central-1b"),
    }
    account.client("s3").head_bucket(Bucket="parts-bucket")

    second = converge(account, "parts").check()
    assert second.report()["summary"]["unchanged"] == 8
    assert second.changed == 0

    third = converge(account, "parts", arguments=("--diff",), parts_versioning=True).check()
    assert third.report()["summary"] == {"create": 0, "change": 1, "delete": 0, "unchanged": 7, "skipped": 0, "failed": 0}
    assert "s3:PutBucketVersioning" in third.output
    (changed,) = [node for node in third.report()["nodes"] if node["action"] == "change"]
    assert changed["message"] == "old versions stay"
    assert third.changed == 1


def test_the_report_tells_of_every_resource_in_the_agreed_form(account: Emulator, converge: Converge) -> None:
    report = converge(account, "parts").check().report()
    assert (report["stack"], report["environment"], report["verb"], report["region"]) == ("stack", "default", "converge", "ca-central-1")
    vpc = next(node for node in report["nodes"] if node["name"] == "Create the VPC")
    assert vpc["layer"] == "parts"
    assert vpc["module"] == "amazon.aws.ec2_vpc_net"
    assert vpc["source"].endswith("roles/parts/tasks/graph.yml:2")
    create = vpc["operations"][0]
    assert (create["service"], create["operation"]) == ("ec2", "CreateVpc")
    assert create["parameters"]["CidrBlock"] == "10.0.0.0/16"
    items = {node["item"] for node in report["nodes"] if node["name"] == "Create the subnets"}
    assert items == {"10.0.1.0/24", "10.0.2.0/24"}
    names = report["critical_path"]["nodes"]
    assert names[0] == "parts: Create the VPC"
    assert report["critical_path"]["seconds"] <= report["seconds"]


def test_task_by_task_and_graph_lead_to_the_same_result(account: Emulator, converge: Converge, start_emulator: StartEmulator) -> None:
    converge(account, "parts").check()
    converge(account, "parts", converge_engine="linear").check()
    assert converge(account, "parts").check().changed == 0
    other = start_emulator()
    converge(other, "parts", converge_engine="linear").check()
    assert converge(other, "parts").check().report()["summary"]["unchanged"] == 8


def test_a_plan_writes_nothing_and_says_what_would_be_created(account: Emulator, converge: Converge) -> None:
    plan = converge(account, "parts", arguments=("--check",)).check()
    assert account.writes() == []
    report = plan.report("plan")
    assert report["verb"] == "plan"
    assert actions(report)["create"] == 7
    bucket = next(node for node in report["nodes"] if node["name"] == "Create the bucket")
    assert bucket["operations"][0]["operation"] == "CreateBucket"
    subnet = next(node for node in report["nodes"] if node["name"] == "Create the subnets")
    assert subnet["unknown_inputs"] == ["__parts_vpc"]

    converge(account, "parts").check()
    written = len(account.writes())
    plan = converge(account, "parts", arguments=("--check",), parts_owner="someone").check()
    assert len(account.writes()) == written
    report = plan.report("plan")
    assert actions(report) == {"change": 3, "unchanged": 5}, plan.output
    assert converge(account, "parts", arguments=("--check",)).check().changed == 0


def test_a_failure_stops_only_what_depends_on_it(account: Emulator, converge: Converge) -> None:
    ran = converge(account, "failing").check(2)
    by_name = {node["name"]: node for node in ran.report()["nodes"]}
    assert {name: node["action"] for name, node in by_name.items()} == {
        "Create one bucket": "create",
        "Create a subnet nowhere": "failed",
        "Use the subnet": "skipped",
        "Use the table": "skipped",
        "Create another bucket": "create",
    }
    assert "vpc-00000000" in by_name["Create a subnet nowhere"]["message"]
    assert by_name["Use the table"]["message"] == 'not run, because "Create a subnet nowhere" failed'
    assert "graph.yml:7" in ran.output
    assert {bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]} == {"failing-one", "failing-one-more"}


def test_a_part_of_the_graph_brings_what_it_needs(account: Emulator, converge: Converge) -> None:
    ran = converge(account, "parts", converge_target="Create the subnets").check()
    assert {node["name"] for node in ran.report()["nodes"]} == {"Create the VPC", "Create the subnets"}


def test_module_defaults_of_the_play_reach_the_modules(account: Emulator, converge: Converge) -> None:
    converge(account, "parts", converge_target="Create the bucket").check()
    (rule,) = account.client("s3").get_bucket_ownership_controls(Bucket="parts-bucket")["OwnershipControls"]["Rules"]
    assert rule["ObjectOwnership"] == "BucketOwnerEnforced"


def test_throttling_and_lost_connections_are_outlasted(start_emulator: StartEmulator, converge: Converge, tmp_path: Any) -> None:
    faults = tmp_path / "faults.yml"
    faults.write_text("seed: 3\nfaults:\n  - throttle: 0.15\n    error: 0.03\n    drop: 0.02\n")
    emulator = start_emulator(faults=faults)
    assert converge(emulator, "parts").check().report()["summary"]["create"] == 7
    assert converge(emulator, "parts").check().changed == 0


@pytest.mark.parametrize("engine", ["graph", "linear"])
def test_every_keyword_means_what_it_means_in_ansible(account: Emulator, converge: Converge, tmp_path: Any, engine: str) -> None:
    file = tmp_path / "file"
    converge(account, "keywords", words_file=str(file), converge_engine=engine).check()
    assert (tmp_path / "file.out").read_text() == (
        "fact=b=2 of stack\nskipped=True\ncount=3 attempts=3\nlooked=True\nrole=keywords\nsecret=none\n"
    )
    assert not (tmp_path / "file.copy").exists()


def test_no_secret_is_shown_anywhere(account: Emulator, converge: Converge, tmp_path: Any) -> None:
    ran = converge(account, "parts", arguments=("-vvv", "--diff")).check()
    secret = json.loads(account.client("secretsmanager").get_secret_value(SecretId="parts/password")["SecretString"])
    parameter = account.client("ssm").get_parameter(Name="/parts/password", WithDecryption=True)["Parameter"]["Value"]
    assert len(parameter) >= 16
    assert parameter == secret["password"]
    assert parameter not in ran.output
    assert parameter not in (tmp_path / "reports" / "default" / "stack" / "converge.json").read_text()
