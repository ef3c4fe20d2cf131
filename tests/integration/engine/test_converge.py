# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine end to end: one graph of upstream modules against an account."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.emulator import process
from tests.emulator.fixtures import Emulator, StartEmulator
from tests.playbooks import Ran

from .conftest import Converge, converging

pytestmark = pytest.mark.integration
# A third of the time that task by task takes is copying modules.
LINEAR = {"converge_engine": "linear", "ansible_pipelining": True}


def actions(report: dict[str, Any]) -> Counter[str]:
    return Counter(node["action"] for node in report["nodes"])


@dataclass
class Story:
    """What became of an account in which one run followed another."""

    account: Emulator
    ran: dict[str, Ran] = field(default_factory=dict)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    """How many each run made."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A plan, a converge, the same task by task and again as a graph, the plan of a change, and another change."""
    name = f"test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}-parts"
    account = Emulator(process.start(name, {}, owner=os.getpid()))
    converge = converging(tmp_path_factory.mktemp("parts"))
    told = Story(account)

    def run(step: str, *arguments: str, verb: str | None = "converge", **variables: Any) -> None:
        before = len(account.writes())
        told.ran[step] = converge(account, "parts", arguments=arguments, **variables).check()
        told.writes[step] = len(account.writes()) - before
        if verb:
            told.reports[step] = told.ran[step].report(verb)

    try:
        run("plan of all", "--check", verb="plan")
        run("all", "-vvv", "--diff")
        run("task by task", verb=None, **LINEAR)
        run("again")
        run("plan of a change", "--check", verb="plan", parts_owner="someone")
        run("one change", "--diff", parts_versioning=True)
        yield told
    finally:
        account.stop()
        process.forget(name)


# One worker has the story.
in_the_story = pytest.mark.xdist_group("converge-story")


@in_the_story
def test_create_then_no_change_then_one_change(story: Story) -> None:
    assert story.reports["all"]["summary"] == {"create": 7, "change": 0, "delete": 0, "unchanged": 1, "skipped": 0, "failed": 0}
    assert story.ran["all"].changed == 1
    ec2 = story.account.client("ec2")
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.0.0.0/16"]}])["Vpcs"]
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert {(subnet["CidrBlock"], subnet["AvailabilityZone"]) for subnet in subnets} == {
        ("10.0.1.0/24", "ca-central-1a"),
        ("10.0.2.0/24", "ca-central-1b"),
    }
    story.account.client("s3").head_bucket(Bucket="parts-bucket")

    assert story.reports["again"]["summary"]["unchanged"] == 8
    assert story.ran["again"].changed == 0

    report = story.reports["one change"]
    assert report["summary"] == {"create": 0, "change": 1, "delete": 0, "unchanged": 7, "skipped": 0, "failed": 0}
    assert "s3:PutBucketVersioning" in story.ran["one change"].output
    (changed,) = [node for node in report["nodes"] if node["action"] == "change"]
    assert changed["message"] == "old versions stay"
    assert story.ran["one change"].changed == 1


@in_the_story
def test_the_report_tells_of_every_resource_in_the_agreed_form(story: Story) -> None:
    report = story.reports["all"]
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


@in_the_story
def test_task_by_task_changes_nothing_of_what_the_graph_has_made(story: Story) -> None:
    assert story.ran["task by task"].changed == 0
    assert story.reports["again"]["summary"]["unchanged"] == 8


def test_the_graph_changes_nothing_of_what_task_by_task_has_made(account: Emulator, converge: Converge) -> None:
    converge(account, "parts", **LINEAR).check()
    assert converge(account, "parts").check().report()["summary"]["unchanged"] == 8


@in_the_story
def test_a_plan_writes_nothing_and_says_what_would_be_created(story: Story) -> None:
    assert story.writes["plan of all"] == 0
    report = story.reports["plan of all"]
    assert report["verb"] == "plan"
    assert actions(report)["create"] == 7
    bucket = next(node for node in report["nodes"] if node["name"] == "Create the bucket")
    assert bucket["operations"][0]["operation"] == "CreateBucket"
    subnet = next(node for node in report["nodes"] if node["name"] == "Create the subnets")
    assert subnet["unknown_inputs"] == ["__parts_vpc"]

    assert story.writes["plan of a change"] == 0
    assert actions(story.reports["plan of a change"]) == {"change": 3, "unchanged": 5}, story.ran["plan of a change"].output


@in_the_story
def test_module_defaults_of_the_play_reach_the_modules(story: Story) -> None:
    (rule,) = story.account.client("s3").get_bucket_ownership_controls(Bucket="parts-bucket")["OwnershipControls"]["Rules"]
    assert rule["ObjectOwnership"] == "BucketOwnerEnforced"


@in_the_story
def test_no_secret_is_shown_anywhere(story: Story) -> None:
    secret = json.loads(story.account.client("secretsmanager").get_secret_value(SecretId="parts/password")["SecretString"])
    parameter = story.account.client("ssm").get_parameter(Name="/parts/password", WithDecryption=True)["Parameter"]["Value"]
    assert len(parameter) >= 16
    assert parameter == secret["password"]
    assert [step for step, ran in story.ran.items() if parameter in ran.output] == []
    assert [step for step, report in story.reports.items() if parameter in json.dumps(report)] == []


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


def test_throttling_and_lost_connections_are_outlasted(start_emulator: StartEmulator, converge: Converge, tmp_path: Path) -> None:
    faults = tmp_path / "faults.yml"
    faults.write_text("seed: 3\nfaults:\n  - throttle: 0.15\n    error: 0.03\n    drop: 0.02\n")
    emulator = start_emulator(faults=faults)
    assert converge(emulator, "parts").check().report()["summary"]["create"] == 7
    assert converge(emulator, "parts").check().changed == 0


@pytest.mark.parametrize("engine", ["graph", "linear"])
def test_every_keyword_means_what_it_means_in_ansible(account: Emulator, converge: Converge, tmp_path: Path, engine: str) -> None:
    file = tmp_path / "file"
    converge(account, "keywords", words_file=str(file), converge_engine=engine).check()
    assert (tmp_path / "file.out").read_text() == (
        "fact=b=2 of stack\nskipped=True\ncount=3 attempts=3\nlooked=True\nrole=keywords\nsecret=none\n"
    )
    assert not (tmp_path / "file.copy").exists()
