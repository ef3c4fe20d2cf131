# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images and snapshots of a host and a database, and both back from them, in the emulator. The tests follow one another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulator import process
from tests.emulator.fixtures import Emulator

from .compose_stack import ComposeStack

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


def test_two_newest_images_are_kept(stack: ComposeStack) -> None:
    seen: list[str] = []
    for _each in range(3):
        ran = stack.run("playbooks/backup.yml", compose_host_backup_kept_snapshots=2).check()
        report = ran.report("backup", "small", "test")
        seen.append(report["saved"][0]["id"])
    assert stack.images() == seen[1:]
    assert len(stack.snapshots()) == 2
    assert report["removed"][0] == seen[0]
    left = {one["SnapshotId"] for one in stack.client("ec2").describe_snapshots(OwnerIds=["self"])["Snapshots"]}
    assert len(left) == 2, "the snapshot behind the image that went goes with it"


def test_backups_are_no_part_of_the_stack(stack: ComposeStack) -> None:
    assert stack.planned() == {}
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


@pytest.mark.parametrize(
    "variables", [{}, {"confirm": "small"}, {"confirm": "smal", "restore": "host"}, {"confirm": "small", "restore": "hots"}]
)
def test_restore_has_to_be_meant(stack: ComposeStack, variables: dict[str, str]) -> None:
    before = [one["InstanceId"] for one in stack.instances("compose_host")]
    said = " ".join(stack.run("playbooks/restore.yml", **variables).check(2).output.split())
    assert "-e confirm=small -e restore=host" in said
    assert [one["InstanceId"] for one in stack.instances("compose_host")] == before


def test_restore_of_volumes_needs_some_that_are_saved(stack: ComposeStack) -> None:
    said = stack.run("playbooks/restore.yml", confirm="small", restore="volumes").check(2).output
    assert "No volumes of small are saved (compose_host_backup_volumes). Nothing was changed." in " ".join(said.split())
    saved = [{"name": "data"}]
    said = stack.run(
        "playbooks/restore.yml", confirm="small", restore="volumes", volume="dat", compose_host_backup_volumes=saved
    ).check(2).output  # fmt: skip
    assert "dat is not among the volumes that are saved: data" in " ".join(said.split())


@pytest.mark.parametrize("verb", ["backup", "restore", "deploy", "rollback", "status"])
def test_stack_without_host_says_so(stack: ComposeStack, verb: str) -> None:
    said = stack.run(f"playbooks/{verb}.yml", limit="other", tag="1", confirm="other", restore="host").check(2).output
    assert f"other has no compose host, so there is nothing that {verb}.yml can do for it." in said


def test_host_comes_back_from_its_newest_image(stack: ComposeStack) -> None:
    (old,) = stack.instances("compose_host")
    address = old["PublicIpAddress"]
    ran = stack.run("playbooks/restore.yml", confirm="small", restore="host").check()
    (new,) = stack.instances("compose_host")
    assert (new["ImageId"], new["PublicIpAddress"]) == (stack.images()[-1], address)
    (kept,) = stack.instances("compose_host_replaced")
    assert (kept["InstanceId"], kept["State"]["Name"]) == (old["InstanceId"], "stopped")
    report = ran.report("restore", "small", "test")
    assert report["kept"] == [old["InstanceId"]]
    assert report["within_objective"]
    assert (report["objective_seconds"], [item["step"] for item in report["steps"]]) == (1800, ["room", "converge", "host"])
    assert stack.planned() == {}


@pytest.mark.parametrize(("variables", "source"), [({"snapshot": "newest"}, "snapshot"), ({"time": "latest"}, "latest")])
def test_database_comes_back_under_its_name(stack: ComposeStack, variables: dict[str, str], source: str) -> None:
    before = stack.databases()
    endpoint = stack.client("rds").describe_db_instances(DBInstanceIdentifier="small-db")["DBInstances"][0]["Endpoint"]["Address"]
    newest = stack.snapshots()[-1]
    ran = stack.run("playbooks/restore.yml", confirm="small", restore="database", **variables).check()
    report = ran.report("restore", "small", "test")
    assert report["database_from"] == (newest if source == "snapshot" else source)
    assert report["objective_seconds"] == 900
    assert stack.databases() == sorted([*before, *report["kept"]])
    found = stack.client("rds").describe_db_instances(DBInstanceIdentifier="small-db")["DBInstances"][0]
    assert found["DeletionProtection"]
    assert found["BackupRetentionPeriod"] == 7
    assert found["Endpoint"]["Address"] == endpoint, "programs find it where it was"
    assert stack.planned() == {}


def test_drift_reminds_of_what_was_kept(stack: ComposeStack) -> None:
    report = stack.run("playbooks/drift.yml", fail_on_drift=False).check().report("drift", "small", "test")
    assert len(report["orphans"]) == 3
    assert report["summary"]["change"] == report["summary"]["create"] == 0


def test_restore_that_failed_in_the_middle_is_finished_by_another(stack: ComposeStack) -> None:
    """It fails when the old host has made room, and before the new one is run."""
    (old,) = stack.instances("compose_host")
    kept = len(stack.instances("compose_host_replaced"))
    stack.run("playbooks/restore.yml", confirm="small", restore="host", stack_layers=["compose_host", "absent"]).check(2)
    assert stack.instances("compose_host") == []
    assert {one["State"]["Name"] for one in stack.instances("compose_host_replaced")} == {"stopped"}
    stack.run("playbooks/restore.yml", confirm="small", restore="host").check()
    (new,) = stack.instances("compose_host")
    assert (new["ImageId"], new["PublicIpAddress"]) == (stack.images()[-1], old["PublicIpAddress"])
    assert len(stack.instances("compose_host_replaced")) == kept + 1
    assert stack.planned() == {}


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
    ran = stack.run("playbooks/restore.yml", confirm="small", restore="host", image="base").check()
    assert ran.report("restore", "small", "test")["host_from"] == "the newest debian-13-amd64-*"
