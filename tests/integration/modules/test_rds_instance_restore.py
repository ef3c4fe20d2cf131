# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Databases that are made from a snapshot, and from backups that another region has copied before it was lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule
from tests.integration.modules.test_rds_automated_backup_replication import COPIES, make_database

pytestmark = pytest.mark.integration

PASSWORD = "not-that-of-the-source"
HERE = "us-west-2"
RESTORED: dict[str, Any] = {
    "db_instance_identifier": "example-dr",
    "backups_of": "example",
    "region": HERE,
    "db_instance_class": "db.t3.large",
    "storage_type": "gp3",
    "multi_az": True,
    "master_user_password": PASSWORD,
    "tags": {"Project": "example"},
}


def instances(account: Any, region: str) -> dict[str, Any]:
    return {each["DBInstanceIdentifier"]: each for each in account.client("rds", region=region).describe_db_instances()["DBInstances"]}


def test_a_database_comes_back_from_what_was_copied_before_its_region_was_lost(account: Any, run_module: RunModule) -> None:
    make_database(account)
    without = run_module("rds_instance_restore", RESTORED)
    assert without.failed
    assert "no automated backups of example in this region" in without.msg
    assert run_module("rds_automated_backup_replication", COPIES).changed
    account.client("rds").delete_db_instance(DBInstanceIdentifier="example", SkipFinalSnapshot=True)

    planned = run_module("rds_instance_restore", RESTORED, check=True, diff=True)
    assert planned.changed
    assert ":auto-backup:" in planned["diff"]["after"]["source"]
    assert instances(account, HERE) == {}

    created = run_module("rds_instance_restore", RESTORED)
    assert created.changed, created
    assert (created["instance"]["status"], created["instance"]["restoring"]) == ("available", False)
    found = instances(account, HERE)["example-dr"]
    assert found["DBInstanceArn"].split(":")[3] == HERE
    assert (found["Engine"], found["DBInstanceClass"], found["MultiAZ"]) == ("postgres", "db.t3.large", True)
    assert (found["StorageEncrypted"], found["KmsKeyId"].split(":")[3]) == (True, HERE)
    assert found["TagList"] == [{"Key": "Project", "Value": "example"}]
    assert PASSWORD not in str(created)
    again = run_module("rds_instance_restore", RESTORED)
    assert not again.failed, again
    assert not again.changed, again


def test_a_database_comes_from_a_snapshot_and_an_interrupted_restore_is_gone_on_with(account: Any, run_module: RunModule) -> None:
    make_database(account)
    rds = account.client("rds")
    rds.create_db_snapshot(DBInstanceIdentifier="example", DBSnapshotIdentifier="kept")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="kept", WaiterConfig={"Delay": 1})
    wanted = {"db_instance_identifier": "copy", "snapshot": "kept", "master_user_password": PASSWORD, "tags": {"Project": "example"}}
    assert run_module("rds_instance_restore", wanted).changed
    arn = rds.describe_db_instances(DBInstanceIdentifier="copy")["DBInstances"][0]["DBInstanceArn"]
    assert not run_module("rds_instance_restore", wanted).changed

    rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "stratum:restoring", "Value": "true"}])
    planned = run_module("rds_instance_restore", wanted, check=True, diff=True)
    assert planned["diff"] == {"before": {"restoring": True}, "after": {"restoring": False}}
    assert run_module("rds_instance_restore", wanted).changed
    assert rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "Project", "Value": "example"}]


def test_what_cannot_be(account: Any, run_module: RunModule) -> None:
    missing = run_module("rds_instance_restore", {"db_instance_identifier": "copy", "snapshot": "missing"})
    assert missing.failed
    assert "Give the identifier of a snapshot" in missing.msg
    wrong = run_module("rds_instance_restore", {**RESTORED, "restore_time": "yesterday"})
    assert "Give a moment such as 2026-11-21T09:30:00Z" in wrong.msg
