# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images and snapshots of a host and a database, and both back from them, in the emulator. The tests follow one another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.emulator import process
from tests.emulator.fixtures import Emulator

from .compose_stack import REGION, STACK, ComposeStack

pytestmark = [pytest.mark.slow, pytest.mark.integration, pytest.mark.xdist_group("backup_restore")]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """The small stack, converged."""
    folder = tmp_path_factory.mktemp("stack")
    account = Emulator(process.start(folder.name + "-backup", {}))
    try:
        one = ComposeStack(account, folder)
        one.run("site.yml").check()
        yield one
    finally:
        account.stop()
        process.forget(account.name)


def test_check_saves_nothing(stack: ComposeStack) -> None:
    report = stack.run("playbooks/backup.yml", "--check").check().report("backup", "small", "test")
    assert [item["kind"] for item in report["saved"]] == ["image", "snapshot"]
    assert (stack.images(), stack.snapshots()) == ([], [])


def made_like(stack: ComposeStack, image: str, snapshot: str) -> str:
    """Make what one more backup would between two of the tests', and return the image's id."""
    ec2, rds = stack.client("ec2"), stack.client("rds")
    (saved,) = ec2.describe_images(Owners=["self"], Filters=[{"Name": "name", "Values": [image]}])["Images"]
    (host,) = stack.instances("compose_host")
    between = ec2.create_image(InstanceId=host["InstanceId"], Name=f"{image}-and-one", NoReboot=True)["ImageId"]
    ec2.create_tags(Resources=[between], Tags=saved["Tags"])
    (taken,) = rds.describe_db_snapshots(DBSnapshotIdentifier=snapshot)["DBSnapshots"]
    named = {"DBSnapshotIdentifier": f"{snapshot}-and-one", "DBInstanceIdentifier": taken["DBInstanceIdentifier"]}
    rds.create_db_snapshot(**named, Tags=taken["TagList"])
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier=named["DBSnapshotIdentifier"], WaiterConfig={"Delay": 1})
    return str(between)


def test_two_newest_images_are_kept(stack: ComposeStack) -> None:
    def backed_up() -> dict[str, Any]:
        ran = stack.run("playbooks/backup.yml", compose_host_backup_kept_snapshots=2).check()
        return ran.report("backup", "small", "test")

    first = backed_up()["saved"]
    between = made_like(stack, *(one["name"] for one in first))
    last = backed_up()
    assert stack.images() == [between, last["saved"][0]["id"]]
    assert stack.snapshots() == [f"{first[1]['name']}-and-one", last["saved"][1]["name"]]
    assert last["removed"] == [first[0]["id"], first[1]["name"]]
    left = {one["SnapshotId"] for one in stack.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]}
    assert len(left) == 2, "the snapshot behind the image that went goes with it"


def test_backups_are_no_part_of_the_stack(stack: ComposeStack) -> None:
    """A plan would change nothing, and there are no orphans."""
    stack.run("playbooks/drift.yml").check()


def test_status_says_what_there_is(stack: ComposeStack) -> None:
    report = stack.run("playbooks/status.yml").check().report("status", "small", "test")
    assert report["backups"]["snapshots"][0] == stack.snapshots()[-1]
    assert len(report["backups"]["images"]) == 2
    assert report["hosts"] == {}


def test_host_is_not_rebooted_for_its_image(stack: ComposeStack) -> None:
    calls = [entry for entry in stack.account.log() if entry["operation"] == "CreateImage"]
    assert calls
    rebooted = [entry for entry in stack.account.log() if entry["operation"] in ("RebootInstances", "StopInstances")]
    assert rebooted == []


MEANT = "-e confirm={name} -e restore=host"
NONE_SAVED = "No volumes of {name} are saved (compose_host_backup_volumes). Nothing was changed."
NOT_SAVED = "dat is not among the volumes that are saved: data"
NO_HOST = "{name} has no compose host, so there is nothing that restore.yml can do for it."
REFUSED: dict[str, tuple[dict[str, object], str]] = {
    "unsaid": ({}, MEANT),
    "confirmed": ({"confirm": "confirmed"}, MEANT),
    "misspelt": ({"confirm": "mispelt", "restore": "host"}, MEANT),
    "unknown": ({"confirm": "unknown", "restore": "hots"}, MEANT),
    "volumeless": ({"confirm": "volumeless", "restore": "volumes"}, NONE_SAVED),
    "otherwise": (
        {"confirm": "otherwise", "restore": "volumes", "volume": "dat", "compose_host_backup_volumes": [{"name": "data"}]},
        NOT_SAVED,
    ),
    "hostless": ({"confirm": "hostless", "restore": "host", "stack_layers": ["network"]}, NO_HOST),
}
"""By stack: what was said of it, and what comes of that."""


def test_restore_has_to_be_meant_and_possible(stack: ComposeStack, tmp_path: Path) -> None:
    """All of them in one run: each stack is refused for itself."""
    shared = {"environment_name": "test", "aws_region": REGION}
    hosts = {name: STACK | shared | said for name, (said, _refusal) in REFUSED.items()}
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(yaml.safe_dump({"all": {"children": {"aws": {"hosts": hosts}}}}), encoding="utf-8")
    before = len(stack.account.writes())
    ran = stack.run("playbooks/restore.yml", "-i", str(inventory), limit=",".join(REFUSED)).check(2)
    said = " ".join(ran.output.split())
    assert [refusal.format(name=name) for name, (_said, refusal) in REFUSED.items() if refusal.format(name=name) not in said] == []
    assert said.count("fatal: ") == len(REFUSED)
    assert stack.account.writes()[before:] == []


@pytest.mark.parametrize("verb", ["backup", "deploy", "rollback", "status"])
def test_stack_without_host_says_so(stack: ComposeStack, verb: str) -> None:
    said = stack.run(f"playbooks/{verb}.yml", limit="other", tag="1", confirm="other", restore="host").check(2).output
    assert f"other has no compose host, so there is nothing that {verb}.yml can do for it." in said


def check_the_database(stack: ComposeStack, report: dict[str, Any], before: list[str], endpoint: str) -> None:
    """Fail unless the database is under its name again, as the inventory has it, and the old one beside it."""
    found = stack.client("rds").describe_db_instances(DBInstanceIdentifier="small-db")["DBInstances"][0]
    assert stack.databases() == sorted([*before, *(kept for kept in report["kept"] if kept.startswith("small-db"))])
    assert len(stack.databases()) == len(before) + 1
    assert found["Endpoint"]["Address"] == endpoint, "programs find it where it was"
    assert found["DeletionProtection"]
    assert found["BackupRetentionPeriod"] == 7


def endpoint_of_the_database(stack: ComposeStack) -> str:
    found = stack.client("rds").describe_db_instances(DBInstanceIdentifier="small-db")["DBInstances"][0]
    return str(found["Endpoint"]["Address"])


def test_host_and_database_come_back_from_their_newest(stack: ComposeStack) -> None:
    (old,) = stack.instances("compose_host")
    address = old["PublicIpAddress"]
    databases, endpoint, newest = stack.databases(), endpoint_of_the_database(stack), stack.snapshots()[-1]
    ran = stack.run("playbooks/restore.yml", confirm="small", restore="all").check()
    (new,) = stack.instances("compose_host")
    assert (new["ImageId"], new["PublicIpAddress"]) == (stack.images()[-1], address)
    (kept,) = stack.instances("compose_host_replaced")
    assert (kept["InstanceId"], kept["State"]["Name"]) == (old["InstanceId"], "stopped")
    report = ran.report("restore", "small", "test")
    assert old["InstanceId"] in report["kept"]
    assert len(report["kept"]) == 2
    assert report["database_from"] == newest
    assert report["within_objective"]
    steps = ["database", "room", "converge", "host"]
    assert (report["objective_seconds"], [item["step"] for item in report["steps"]]) == (1800, steps)
    check_the_database(stack, report, databases, endpoint)
    assert stack.planned() == {}


def test_database_alone_goes_back_to_a_time(stack: ComposeStack) -> None:
    databases, endpoint = stack.databases(), endpoint_of_the_database(stack)
    ran = stack.run("playbooks/restore.yml", confirm="small", restore="database", time="latest").check()
    report = ran.report("restore", "small", "test")
    assert (report["database_from"], report["objective_seconds"]) == ("latest", 900)
    check_the_database(stack, report, databases, endpoint)


def test_drift_reminds_of_what_was_kept(stack: ComposeStack) -> None:
    report = stack.run("playbooks/drift.yml", fail_on_drift=False).check().report("drift", "small", "test")
    assert len(report["orphans"]) == 3
    assert report["summary"]["change"] == report["summary"]["create"] == report["summary"]["delete"] == 0


def test_two_restores_of_a_database_are_not_mixed(stack: ComposeStack) -> None:
    rds = stack.client("rds")
    found = rds.describe_db_instances(DBInstanceIdentifier="small-db")["DBInstances"][0]
    group = found["DBSubnetGroup"]["DBSubnetGroupName"]
    rds.restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier="small-db-restored", DBSnapshotIdentifier=stack.snapshots()[-1], DBSubnetGroupName=group
    )
    before = stack.databases()
    said = " ".join(stack.run("playbooks/restore.yml", confirm="small", restore="database").check(2).output.split())
    assert "There is small-db-restored, of a restore that did not end. Delete it, and begin again. Nothing was changed." in said
    assert stack.databases() == before
    rds.delete_db_instance(DBInstanceIdentifier="small-db-restored", SkipFinalSnapshot=True)


def test_restore_says_when_there_is_nothing_to_restore_from(stack: ComposeStack) -> None:
    for image in stack.images():
        stack.client("ec2").deregister_image(ImageId=image)
    before = [one["InstanceId"] for one in stack.instances("compose_host")]
    said = " ".join(stack.run("playbooks/restore.yml", confirm="small", restore="host").check(2).output.split())
    assert "There is no image of small-host that backup.yml made." in said
    assert [one["InstanceId"] for one in stack.instances("compose_host")] == before


def test_restore_that_failed_in_the_middle_is_finished_by_another(stack: ComposeStack) -> None:
    """It fails when the old host has made room, and before the new one is run. There being no image, both begin from the base image."""
    (old,) = stack.instances("compose_host")
    kept = len(stack.instances("compose_host_replaced"))
    meant = {"confirm": "small", "restore": "host", "image": "base"}
    stack.run("playbooks/restore.yml", **meant, stack_layers=["compose_host", "absent"]).check(2)
    assert stack.instances("compose_host") == []
    assert {one["State"]["Name"] for one in stack.instances("compose_host_replaced")} == {"stopped"}
    report = stack.run("playbooks/restore.yml", **meant).check().report("restore", "small", "test")
    assert report["host_from"] == "the newest debian-13-amd64-*"
    assert [item["step"] for item in report["steps"]] == ["room", "converge", "host"]
    (new,) = stack.instances("compose_host")
    assert new["PublicIpAddress"] == old["PublicIpAddress"]
    assert len(stack.instances("compose_host_replaced")) == kept + 1
    assert stack.planned() == {}
