# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RDS: what a restored instance takes over from the one that its snapshot is of."""

from __future__ import annotations

import pytest

from tests.emulator.fixtures import Emulator

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("protect", [False, True])
def test_a_restored_instance_is_protected_only_on_request(account: Emulator, protect: bool) -> None:
    rds = account.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="one", Engine="postgres", EngineVersion="15.8", DBInstanceClass="db.t4g.micro", AllocatedStorage=20,
        MasterUsername="boss", MasterUserPassword="a-long-password", DBName="atlas", DeletionProtection=True, CopyTagsToSnapshot=True,
    )  # fmt: skip
    rds.describe_db_instances()
    rds.create_db_snapshot(DBInstanceIdentifier="one", DBSnapshotIdentifier="kept", Tags=[{"Key": "stratum:stack", "Value": "aa"}])
    more = {"DeletionProtection": True, "CopyTagsToSnapshot": True} if protect else {}
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="two", DBSnapshotIdentifier="kept", **more)
    restored = rds.describe_db_instances(DBInstanceIdentifier="two")["DBInstances"][0]
    assert (restored["DeletionProtection"], restored["CopyTagsToSnapshot"]) == (protect, protect)
    assert (restored["DBInstanceStatus"], restored["MasterUsername"], restored["DBName"]) == ("available", "boss", "atlas")
