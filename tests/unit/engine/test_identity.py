# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the journal calls the resource of a write."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._identity import resource_of


@pytest.mark.parametrize(
    ("operation", "request_", "answer", "expected"),
    [
        ("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": {"OwnerId": "1", "VpcId": "vpc-1"}}, "vpc-1"),
        (
            "CreateRole",
            {"RoleName": "web"},
            {"Role": {"Path": "/", "RoleId": "AROA1", "Arn": "arn:aws:iam::1:role/web"}},
            "arn:aws:iam::1:role/web",
        ),
        ("AttachRolePolicy", {"PolicyArn": "arn:p", "RoleName": "web"}, {}, "web"),
        ("CreateCluster", {"name": "main", "roleArn": "arn:r"}, None, "main"),
        ("CreateCluster", {"name": "main"}, {"cluster": {"name": "main", "arn": "arn:aws:eks:c"}}, "arn:aws:eks:c"),
        ("PutBackupVaultNotifications", {"BackupVaultName": "v", "SNSTopicArn": "arn:t"}, {}, "v"),
        ("PutRetentionPolicy", {"logGroupName": "/a/b", "retentionInDays": 3}, {}, "/a/b"),
        ("ModifyDBInstance", {"DBInstanceIdentifier": "db"}, {"DBInstance": {"DBInstanceArn": "arn:db"}}, "arn:db"),
        ("PutBucketVersioning", {"Bucket": "b"}, {}, "b"),
        ("CreateTags", {"Resources": ["vpc-1"]}, {}, ""),
        ("AllocateAddress", {"Domain": "vpc"}, {"AllocationId": "eipalloc-1"}, "eipalloc-1"),
        ("PutParameter", {"Name": "/a", "Value": "secret"}, {"Version": 1}, "/a"),
    ],
)
def test_a_write_is_told_by_what_names_its_resource(operation: str, request_: dict[str, Any], answer: Any, expected: str) -> None:
    assert resource_of(operation, request_, answer) == expected
