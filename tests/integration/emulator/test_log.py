# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fixtures, the request log and the reset."""

from __future__ import annotations

from tests.emulator.fixtures import Emulator


def test_requests_are_logged_with_service_operation_and_status(account: Emulator) -> None:
    ec2 = account.client("ec2")
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    ec2.describe_vpcs()
    log = account.log()
    assert [(entry["service"], entry["operation"], entry["status"]) for entry in log] == [
        ("ec2", "CreateVpc", 200),
        ("ec2", "DescribeVpcs", 200),
    ]
    assert [entry["operation"] for entry in account.writes()] == ["CreateVpc"]
    assert all(entry["region"] == "ca-central-1" and entry["milliseconds"] > 0 for entry in log)
    assert log[0]["time"] <= log[1]["time"]


def test_a_reset_empties_the_account_and_the_log(account: Emulator) -> None:
    s3 = account.client("s3", region="us-east-1")
    s3.create_bucket(Bucket="kept-not")
    account.reset()
    assert account.log() == []
    assert s3.list_buckets()["Buckets"] == []


def test_the_log_names_the_error_code_of_a_refusal(account: Emulator) -> None:
    rds = account.client("rds")
    iam = account.client("iam")
    kms = account.client("kms")
    for call, arguments in (
        (rds.describe_db_instances, {"DBInstanceIdentifier": "absent"}),
        (iam.get_role, {"RoleName": "absent"}),
        (kms.describe_key, {"KeyId": "absent"}),
    ):
        try:
            call(**arguments)
        except call.__self__.exceptions.ClientError:
            continue
        raise AssertionError("the call should have been refused")
    assert [entry["error"] for entry in account.log()] == [
        "DBInstanceNotFound",
        "NoSuchEntity",
        "NotFoundException",
    ]
