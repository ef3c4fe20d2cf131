# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a restore asks AWS for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.modules.rds_instance_restore import furthest, moment, placed


def test_the_backups_that_reach_furthest_are_taken() -> None:
    def backups(name: str, day: int | None) -> dict[str, Any]:
        window = {"LatestTime": dt.datetime(2026, 11, day, tzinfo=dt.UTC)} if day else {}
        return {"DBInstanceAutomatedBackupsArn": name, "RestoreWindow": window}

    assert furthest([]) is None
    found = furthest([backups("old", 3), backups("new", 20), backups("none", None)])
    assert found is not None
    assert found["DBInstanceAutomatedBackupsArn"] == "new"


def test_the_moment() -> None:
    assert moment("latest") == {"UseLatestRestorableTime": True}
    expected = {"RestoreTime": dt.datetime(2026, 11, 21, 9, 30, tzinfo=dt.UTC)}
    assert moment("2026-11-21T09:30:00Z") == moment("2026-11-21T10:30:00+01:00") == expected
    with pytest.raises(ValueError, match="yesterday"):
        moment("yesterday")


def test_what_the_instance_is_to_be() -> None:
    params = {
        "db_instance_class": "db.r6g.large",
        "storage_type": "gp3",
        "port": 5432,
        "multi_az": True,
        "availability_zone": None,
        "db_subnet_group_name": "data",
        "vpc_security_group_ids": ["sg-1"],
        "db_parameter_group_name": None,
        "publicly_accessible": False,
        "tags": {"Project": "example"},
    }
    assert placed(params) == {
        "DBInstanceClass": "db.r6g.large",
        "StorageType": "gp3",
        "Port": 5432,
        "MultiAZ": True,
        "AvailabilityZone": None,
        "DBSubnetGroupName": "data",
        "VpcSecurityGroupIds": ["sg-1"],
        "DBParameterGroupName": None,
        "PubliclyAccessible": False,
        "CopyTagsToSnapshot": True,
        "Tags": [{"Key": "Project", "Value": "example"}, {"Key": "stratum:restoring", "Value": "true"}],
    }
