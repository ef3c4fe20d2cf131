# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A saved plan is applied exactly, or refused with what moved; the file gives nothing away.

The tests share an account: each finds the layer as the ones before have left it, and the first makes it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.playbooks import ROOT, Ran, play

from .conftest import LOCAL, PROJECT

# One worker makes the layer once.
pytestmark = [pytest.mark.integration, pytest.mark.xdist_group("saved-plan")]

WORDS = [{"name": "first", "value": "tr0ub4dor"}, {"name": "second", "value": "4711"}]
PIN = "0815"
SECRETS = {"plot_words": WORDS, "plot_pin": PIN}
Plot = Callable[..., Ran]


@pytest.fixture(scope="module")
def account(emulator: Emulator) -> Emulator:
    """An account that is empty before the first test."""
    emulator.reset()
    return emulator


@pytest.fixture
def plan_file(tmp_path: Path) -> Path:
    return tmp_path / "plan.json"


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the collection that nobody edits meanwhile: a plan is refused when the code has changed."""
    path = tmp_path_factory.mktemp("collections")
    copy = path / "ansible_collections" / "stratum" / "aws"
    for directory in ("plugins", "roles", "meta"):
        shutil.copytree(ROOT / directory, copy / directory)
    shutil.copy(ROOT / "galaxy.yml", copy)
    return path


@pytest.fixture
def plot(account: Emulator, tmp_path: Path, plan_file: Path, collections: Path) -> Plot:
    """Return `plot(*arguments, project=PROJECT, inventory="stack,", **variables)`, which runs the layer with the plan file."""

    def run(*arguments: str, project: Path = PROJECT, inventory: str = "stack,", **variables: Any) -> Ran:
        given = {**LOCAL, "test_layers": ["plot"], "plan_file": str(plan_file), **SECRETS, **variables}
        return play(
            account,
            project / "converge.yml",
            *arguments,
            inventory=inventory,
            reports=tmp_path / "reports",
            variables={name: value for name, value in given.items() if value is not None},
            environment={"ANSIBLE_COLLECTIONS_PATH": str(collections)},
            cwd=project,
        )

    return run


@pytest.fixture
def made(account: Emulator, plot: Plot) -> Emulator:
    """The account with the layer in it."""
    if not account.client("sns").list_topics()["Topics"]:
        plot(plan_file=None).check()
    return account


def other_versioning(account: Emulator) -> bool:
    """Return the `plot_versioning` that means a change."""
    return bool(account.client("s3").get_bucket_versioning(Bucket="plot-bucket").get("Status") != "Enabled")


def writes(account: Emulator) -> list[tuple[str, str]]:
    """Return the writes that reached the account, without those to SSM, where the lock is."""
    return sorted((entry["service"], entry["operation"]) for entry in account.writes() if entry["service"] != "ssm")


def told(report: Mapping[str, Any], *keys: str) -> list[tuple[str, str]]:
    calls = [each for node in report["nodes"] for key in keys for each in node[key] if each["service"] != "ssm"]
    return sorted((each["service"], each["operation"]) for each in calls)


def acts(report: Mapping[str, Any]) -> dict[str, str]:
    """Return what became of what was not left as it is."""
    return {
        f"{node['name']} {node['item'] or ''}".strip(): node["action"]
        for node in report["nodes"]
        if node["action"] not in ("unchanged", "skipped")
    }


def test_a_plan_is_applied_exactly_and_once_and_gives_nothing_away(account: Emulator, plot: Plot, plan_file: Path) -> None:
    plan = plot("--check").check()
    assert writes(account) == []
    assert plan_file.stat().st_mode & 0o777 == 0o600
    assert f"apply it with site.yml -e plan_file={plan_file}" in plan.output
    text = plan_file.read_text()
    secrets = [PIN, *(word["value"] for word in WORDS)]
    plain = [hashlib.new(kind, str(secret).encode()).hexdigest() for secret in secrets for kind in ("md5", "sha1", "sha256")]
    parameters = {"Name": "plot-topic", "Attributes": {"DisplayName": PIN}}
    assert not [each for each in [*map(json.dumps, secrets), *plain, json.dumps(parameters)] if each in text]
    assert "tr0ub4dor" not in text + plan.output

    applied = plot().check()
    assert acts(applied.report()) == acts(plan.report("plan"))
    assert writes(account) == told(applied.report(), "operations")
    # What was seen to follow was made; what could not be seen belongs to resources that are new.
    assert not set(told(plan.report("plan"), "operations", "follows")) - set(writes(account))

    made = writes(account)
    again = plot().check(2)
    assert "the account has changed since the plan was made" in again.output
    assert "plot: Create the VPC was planned as create and is unchanged now" in again.output
    assert writes(account) == made


def test_what_is_put_over_a_secret_is_a_change_in_plan_and_apply(made: Emulator, plot: Plot) -> None:
    def words(value: str) -> list[dict[str, str]]:
        return [*WORDS, {"name": "third", "value": value}]

    new = {"Keep the words 3, hidden by no_log": "create"}
    assert acts(plot("--check", plot_words=words("old")).check().report("plan")) == new
    assert acts(plot(plot_words=words("old")).check().report()) == new
    plan = plot("--check", plot_words=words("new")).check()
    assert acts(plan.report("plan")) == dict.fromkeys(new, "change")
    assert acts(plot(plot_words=words("new")).check().report()) == dict.fromkeys(new, "change")
    assert made.client("ssm").get_parameter(Name="/plot/third", WithDecryption=True)["Parameter"]["Value"] == "new"


def test_a_plan_of_few_changes_is_refused_when_anything_moved(made: Emulator, plot: Plot, plan_file: Path, tmp_path: Path) -> None:
    account = made
    project = tmp_path / "project"
    shutil.copytree(PROJECT, project)
    changed = {"plot_versioning": other_versioning(account), "project": project}
    plan = plot("--check", **changed).check()
    assert acts(plan.report("plan")) == {"Create the bucket": "change"}
    written = writes(account)

    def refused(*sentences: str, **more: Any) -> None:
        ran = plot(**{**changed, **more}).check(2)
        for sentence in sentences:
            assert sentence in ran.output, ran.output
        assert writes(account) == written

    good = plan_file.read_text()
    plan_file.write_text(good.replace('"action": "unchanged"', '"action": "create"', 1))
    refused("was altered after it was made")
    plan_file.write_text(good)
    refused("the plan is for the stack stack, not other", inventory="other,")
    refused("the plan is for the environment default, not dev", environment_name="dev")
    refused("the inventory has changed since the plan was made: plot_pin; plot_retention.", plot_retention=8, plot_pin="0816")
    vars_file = project / "roles" / "plot" / "vars" / "main.yml"
    vars_file.write_text(vars_file.read_text() + "# Touched.\n")
    refused("a layer's files have changed since the plan was made")
    shutil.copy(PROJECT / "roles" / "plot" / "vars" / "main.yml", vars_file)

    logs, sns, ec2 = (account.client(name) for name in ("logs", "sns", "ec2"))
    (topic,) = sns.list_topics()["Topics"]
    sns.set_topic_attributes(TopicArn=topic["TopicArn"], AttributeName="DisplayName", AttributeValue="theirs")
    (group,) = logs.describe_log_groups()["logGroups"]
    tags = logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"]
    logs.delete_log_group(logGroupName="/plot/log")
    written = writes(account)
    refused(
        "plot: Create the log group was planned as unchanged and is create now",
        "plot: Keep a word in the open was planned as unchanged and is change now",
    )
    logs.create_log_group(logGroupName="/plot/log", tags=tags)
    logs.put_retention_policy(logGroupName="/plot/log", retentionInDays=7)
    sns.set_topic_attributes(TopicArn=topic["TopicArn"], AttributeName="DisplayName", AttributeValue=PIN)
    written = writes(account)

    # All is as it was: now the plan is applied, and nothing else.
    applied = plot(**changed).check()
    assert acts(applied.report()) == {"Create the bucket": "change"}
    new = writes(account)
    for each in written:
        new.remove(each)
    assert new == [("s3", "PutBucketVersioning")]
    assert ec2.describe_vpcs(Filters=[{"Name": "cidr", "Values": ["10.7.0.0/16"]}])["Vpcs"]


MEDDLE = """
import boto3, pathlib, sys
count = pathlib.Path(sys.argv[1])
count.write_text(str(int(count.read_text()) + 1))
if count.read_text() == sys.argv[2]:
    boto3.client("logs", region_name="ca-central-1").put_retention_policy(logGroupName="/plot/log", retentionInDays=30)
"""


def test_a_write_that_was_not_reviewed_is_stopped_and_named(made: Emulator, plot: Plot, tmp_path: Path) -> None:
    """The account moves between the comparison at the start of the apply and the run of the resource."""
    account = made
    script, count = tmp_path / "meddle.py", tmp_path / "count"
    script.write_text(MEDDLE)
    count.write_text("0")
    meddling = {"plot_meddle": f"{sys.executable} {script} {count} 3", "plot_versioning": other_versioning(account)}
    plot("--check", **meddling).check()
    before = writes(account)
    ran = plot(**meddling).check(2)
    assert count.read_text() == "3", "the step runs in each run, and twice when a plan is applied"
    assert "plot: Create the log group: logs:PutRetentionPolicy was not sent: the saved plan has no change here" in ran.output
    report = ran.report()
    assert report["failure"].startswith("stopped: plot: Create the log group")
    (group,) = [node for node in report["nodes"] if node["name"] == "Create the log group"]
    assert (group["action"], group["operations"]) == ("failed", [])
    new = writes(account)
    for each in before:
        new.remove(each)
    # The one of the meddler, and at most the one that was reviewed.
    assert new.count(("logs", "PutRetentionPolicy")) == 1
    assert set(new) <= {("logs", "PutRetentionPolicy"), ("s3", "PutBucketVersioning")}


def test_an_ordinary_task_that_was_planned_unchanged_stays_so(plot: Plot, tmp_path: Path) -> None:
    note = tmp_path / "note"
    calm = {"plot_note_file": str(note), "converge_target": "Write a note"}
    note.write_text("a note\n")
    note.chmod(0o600)
    plot("--check", **calm).check()
    note.write_text("theirs")
    ran = plot(**calm).check(2)
    assert "plot: Write a note was planned as unchanged and is change now" in ran.output
    assert note.read_text() == "theirs"
    # A plan of the change makes it.
    plan = plot("--check", **calm).check()
    assert "(by its own check mode)" in plan.output
    plot(**calm).check()
    assert note.read_text() == "a note\n"


def test_what_cannot_be_a_plan_is_not_saved(account: Emulator, plot: Plot, plan_file: Path) -> None:
    before = writes(account)
    two = plot("--check", inventory="stack,other").check(2)
    assert "a plan is for one stack, and this run is for several" in two.output
    assert not plan_file.exists()
    failing = plot("--check", test_layers=["broken"]).check(2)
    assert "the plan was not saved" in failing.output
    assert not plan_file.exists()
    assert writes(account) == before
    assert "Make it with playbooks/plan.yml" in plot().check(2).output


def test_a_destructive_plan_wants_to_be_meant_when_it_is_applied(made: Emulator, plot: Plot) -> None:
    account = made
    plan = plot("--check", plot_logs="absent").check()
    (group,) = [node for node in plan.report("plan")["nodes"] if node["destructive"]]
    assert (group["name"], group["action"]) == ("Create the log group", "delete")
    before = writes(account)
    assert "the plan is destructive: plot: Create the log group" in plot(plot_logs="absent").check(2).output
    assert writes(account) == before
    plot(plot_logs="absent", allow_destructive=True).check()
    assert account.client("logs").describe_log_groups()["logGroups"] == []
