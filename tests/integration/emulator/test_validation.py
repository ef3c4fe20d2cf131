# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that violate the service model get the service's own refusal."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.emulator.fixtures import Emulator

WITHOUT_CLIENT_CHECKS = Config(parameter_validation=False, retries={"max_attempts": 0})


def refusal(account: Emulator, service: str, operation: str, parameters: dict[str, Any]) -> tuple[str, str]:
    client = account.client(service, config=WITHOUT_CLIENT_CHECKS)
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_unknown_enum_value_names_the_allowed_ones(account: Emulator) -> None:
    code, message = refusal(account, "kms", "create_key", {"KeyUsage": "DRINK"})
    assert code == "ValidationException"
    assert message.startswith(
        "1 validation error detected: Value 'DRINK' at 'keyUsage' failed to satisfy constraint: Member must satisfy enum value set: ["
    )
    assert "ENCRYPT_DECRYPT" in message


def test_several_violations_are_counted(account: Emulator) -> None:
    parameters = {"RoleName": "with space", "AssumeRolePolicyDocument": "{}", "Description": "x" * 1001}
    code, message = refusal(account, "iam", "create_role", parameters)
    assert code == "ValidationError"
    assert message.startswith("2 validation errors detected: ")
    assert "Value 'with space' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern" in message
    assert "at 'description' failed to satisfy constraint: Member must have length less than or equal to 1000" in message


def test_a_range_is_checked_in_json_services(account: Emulator) -> None:
    arn = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    code, message = refusal(account, "kms", "schedule_key_deletion", {"KeyId": arn, "PendingWindowInDays": 366})
    assert code == "ValidationException"
    assert "Value '366' at 'pendingWindowInDays'" in message
    assert "Member must have value less than or equal to 365" in message


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code"),
    [
        ("logs", "create_log_group", {"logGroupName": "bad name"}, "InvalidParameterException"),
        ("eks", "create_cluster", {"name": "-x", "roleArn": "r", "resourcesVpcConfig": {}}, "InvalidParameterException"),
        ("route53", "create_hosted_zone", {"Name": "example.com", "CallerReference": ""}, "InvalidInput"),
        ("backup", "create_backup_vault", {"BackupVaultName": "a b"}, "InvalidParameterValueException"),
        ("elbv2", "create_load_balancer", {"Name": "a", "Type": "round"}, "ValidationError"),
        ("acm", "request_certificate", {"DomainName": "not a domain"}, "ValidationException"),
        ("s3", "put_bucket_acl", {"Bucket": "abc", "ACL": "everyone"}, "InvalidArgument"),
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16", "InstanceTenancy": "alone"}, "InvalidParameterValue"),
    ],
)
def test_each_service_has_its_own_code(account: Emulator, service: str, operation: str, parameters: dict[str, Any], code: str) -> None:
    assert refusal(account, service, operation, parameters)[0] == code
    assert account.log()[-1]["error"] == code


def test_instance_types_come_from_the_regions_catalogue(account: Emulator) -> None:
    parameters = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "InstanceType": "t9.colossal"}
    code, message = refusal(account, "ec2", "run_instances", parameters)
    assert (code, message) == ("InvalidParameterValue", "Invalid value 't9.colossal' for InstanceType.")


def test_an_operation_without_an_implementation_says_so(account: Emulator) -> None:
    code, message = refusal(account, "backup", "describe_region_settings", {})
    assert code == "NotImplemented"
    assert message == "The emulator has no backup:DescribeRegionSettings"
