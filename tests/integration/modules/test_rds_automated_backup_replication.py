# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copies of a database's automated backups in another region over their whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.modules.running import RunModule

pytestmark = pytest.mark.integration

SOURCE = "arn:aws:rds:ca-central-1:123456789012:db:example"
COPIES: dict[str, Any] = {"source_arn": SOURCE, "region": "us-west-2", "retention_days": 7, "kms_key_id": "alias/aws/rds"}


def make_database(account: Any, days: int = 7) -> None:
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="example",
        Engine="postgres",
        DBInstanceClass="db.t3.medium",
        AllocatedStorage=20,
        StorageType="gp3",
        MasterUsername="example",
        MasterUserPassword="not-a-real-password",
        StorageEncrypted=True,
        BackupRetentionPeriod=days,
    )


def copied(account: Any) -> list[Any]:
    found: list[Any] = account.client("rds", region="us-west-2").describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"]
    return found


def test_the_copies_over_their_life(account: Any, run_module: RunModule) -> None:
    missing = run_module("rds_automated_backup_replication", COPIES)
    assert missing.failed
    assert "Create the database first" in missing.msg
    make_database(account)
    assert run_module("rds_automated_backup_replication", COPIES, check=True).changed
    assert copied(account) == []
    created = run_module("rds_automated_backup_replication", COPIES, diff=True)
    assert created.changed, created
    assert created["replication"]["status"] == "replicating"
    (backup,) = copied(account)
    assert (backup["DBInstanceArn"], backup["BackupRetentionPeriod"], backup["Region"]) == (SOURCE, 7, "ca-central-1")
    again = run_module("rds_automated_backup_replication", COPIES)
    assert not again.failed, again
    assert not again.changed, again
    longer = {**COPIES, "retention_days": 14}
    assert run_module("rds_automated_backup_replication", longer, check=True, diff=True)["diff"]["after"] == {"retention_days": 14}
    assert run_module("rds_automated_backup_replication", longer)["replication"]["retention_days"] == 14
    assert not run_module("rds_automated_backup_replication", longer).changed
    key = account.client("kms", region="us-west-2").create_key()["KeyMetadata"]["Arn"]
    other = run_module("rds_automated_backup_replication", {**longer, "kms_key_id": key})
    assert other.failed
    assert "cannot become" in other.msg
    gone = {"source_arn": SOURCE, "region": "us-west-2", "state": "absent"}
    assert run_module("rds_automated_backup_replication", gone, check=True).changed
    assert run_module("rds_automated_backup_replication", gone).changed
    assert [backup["Status"] for backup in copied(account)] == ["retained"]
    assert not run_module("rds_automated_backup_replication", gone).changed
    assert run_module("rds_automated_backup_replication", longer).changed
    assert run_module("rds_automated_backup_replication", {**gone, "delete_copies": True}).changed
    assert copied(account) == []


def test_what_cannot_be(account: Any, run_module: RunModule) -> None:
    make_database(account, days=0)
    without = run_module("rds_automated_backup_replication", COPIES)
    assert without.failed
    assert "have automated backups" in without.msg
    assert "from 1 to 35" in run_module("rds_automated_backup_replication", {**COPIES, "retention_days": 36}).msg
    assert "Give the ARN of a database" in run_module("rds_automated_backup_replication", {**COPIES, "source_arn": "example"}).msg
