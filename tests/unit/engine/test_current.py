# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change, against answers that a test gives."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, SENSITIVE, Change

from tests.unit.engine.answering import Client, refusal, told

DATABASE = {
    "DBInstanceIdentifier": "db",
    "DBInstanceClass": "db.t4g.small",
    "BackupRetentionPeriod": 7,
    "MultiAZ": True,
    "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1", "Status": "active"}, {"VpcSecurityGroupId": "sg-2"}],
    "DBParameterGroups": [{"DBParameterGroupName": "main"}],
    "EnabledCloudwatchLogsExports": ["postgresql"],
}


def test_only_what_differs_is_told() -> None:
    wanted = {
        "DBInstanceIdentifier": "db",
        "ApplyImmediately": True,
        "BackupRetentionPeriod": 1,
        "DBInstanceClass": "db.t4g.small",
        "VpcSecurityGroupIds": ["sg-2", "sg-1"],
        "DBParameterGroupName": "other",
        "MultiAZ": True,
        "CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["upgrade"], "DisableLogTypes": ["postgresql"]},
    }
    assert told("rds", "ModifyDBInstance", wanted, DescribeDBInstances={"DBInstances": [DATABASE]}) == {
        "backup_retention_period": (7, 1),
        "db_parameter_group_name": ("main", "other"),
        "enabled_cloudwatch_logs_exports": (["postgresql"], ["upgrade"]),
    }


def test_a_secret_is_neither_read_nor_told() -> None:
    client = Client("secretsmanager", {})
    found = _current.changes(client, "UpdateSecret", {"SecretId": "s", "SecretString": "hunter2"})
    assert found == [Change("secret_string", SENSITIVE, SENSITIVE)]
    assert client.asked == []
    assert told("secretsmanager", "PutSecretValue", {"SecretId": "s", "SecretString": "hunter2"}) == {
        "secret_value": (SENSITIVE, SENSITIVE)
    }


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "answers", "property_"),
    [
        (
            "rds",
            "ModifyDBInstance",
            {"DBInstanceIdentifier": "db", "MasterUserPassword": "hunter2", "BackupRetentionPeriod": 7},
            {"DescribeDBInstances": {"DBInstances": [DATABASE]}},
            "master_user_password",
        ),
        (
            # ElastiCache's model does not mark it.
            "elasticache",
            "ModifyReplicationGroup",
            {"ReplicationGroupId": "r", "AuthToken": "hunter2", "AuthTokenUpdateStrategy": "ROTATE"},
            {"DescribeReplicationGroups": {"ReplicationGroups": [{"ReplicationGroupId": "r"}]}},
            "auth_token",
        ),
        (
            "ec2",
            "CreateLaunchTemplateVersion",
            {"LaunchTemplateId": "lt-1", "LaunchTemplateData": {"UserData": "hunter2"}},
            {"DescribeLaunchTemplateVersions": {"LaunchTemplateVersions": [{"LaunchTemplateData": {"UserData": "hunter1"}}]}},
            "user_data",
        ),
    ],
)
def test_secrets_among_other_parameters(
    service: str, operation: str, parameters: dict[str, Any], answers: dict[str, Any], property_: str
) -> None:
    found = told(service, operation, parameters, **answers)
    assert found == {property_: (SENSITIVE, SENSITIVE)}


def test_a_secret_that_an_answer_holds_is_told_only_when_it_changes() -> None:
    def plan(team: str, days: int) -> dict[str, Any]:
        rule = {"RuleName": "r", "TargetBackupVaultName": "v", "Lifecycle": {"DeleteAfterDays": days}, "RecoveryPointTags": {"team": team}}
        return {"BackupPlan": {"BackupPlanName": "p", "Rules": [rule]}}

    def found(team: str, days: int) -> Any:
        return told("backup", "UpdateBackupPlan", {"BackupPlanId": "p", **plan(team, days)}, GetBackupPlan=plan("core", 7))

    assert found("core", 30) == {"rules.r.lifecycle.delete_after_days": (7, 30)}
    assert found("other", 7) == {"rules.r.recovery_point_tags": (SENSITIVE, SENSITIVE)}


def test_a_secret_within_a_new_thing_is_hidden() -> None:
    rule = {"RuleName": "r", "TargetBackupVaultName": "v", "Lifecycle": {"DeleteAfterDays": 7}, "RecoveryPointTags": {"team": "hunter2"}}
    parameters = {"BackupPlanId": "p", "BackupPlan": {"BackupPlanName": "p", "Rules": [rule]}}
    changes = _current.changes(Client("backup", {"GetBackupPlan": {"BackupPlan": {"BackupPlanName": "p"}}}), "UpdateBackupPlan", parameters)
    assert changes is not None
    form = [change.as_dict() for change in changes]
    assert "hunter2" not in repr(changes)
    assert json.dumps(form[0]["new"]["RecoveryPointTags"]) == json.dumps(SENSITIVE)
    assert form[0]["new"]["RecoveryPointTags"] == SENSITIVE


def test_what_is_not_there_is_all_new() -> None:
    block = {"BlockPublicAcls": True, "RestrictPublicBuckets": False}
    parameters = {"Bucket": "b", "PublicAccessBlockConfiguration": block}
    missing = refusal("NoSuchPublicAccessBlockConfiguration")
    assert told("s3", "PutPublicAccessBlock", parameters, GetPublicAccessBlock=missing) == {
        "public_access_block.block_public_acls": (ABSENT, True)
    }


@pytest.mark.parametrize("answer", [refusal("AccessDenied"), refusal("Throttling"), OSError("the line is dead")])
def test_without_an_answer_nothing_is_known(answer: Exception) -> None:
    assert told("s3", "PutBucketPolicy", {"Bucket": "b", "Policy": "{}"}, GetBucketPolicy=answer) is None


def test_an_unknown_write_is_not_known() -> None:
    assert told("ec2", "RebootInstances", {"InstanceIds": ["i-1"]}) is None
    assert told("rds", "RebootDBInstance", {"DBInstanceIdentifier": "db"}) is None
    assert told("ec2", "ModifyVpcAttribute", {"no": "such parameter"}) == {}


def test_a_route_is_told_by_where_it_leads() -> None:
    routes = [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active", "Origin": "CreateRouteTable"},
        {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-1", "State": "active", "Origin": "CreateRoute"},
    ]
    answer = {"RouteTables": [{"RouteTableId": "rtb-1", "Routes": routes}]}
    there = {"RouteTableId": "rtb-1", "DestinationCidrBlock": "0.0.0.0/0"}
    assert told("ec2", "ReplaceRoute", {**there, "NatGatewayId": "nat-2"}, DescribeRouteTables=answer) == {
        "route 0.0.0.0/0": ("nat-1", "nat-2")
    }
    assert told("ec2", "DeleteRoute", there, DescribeRouteTables=answer) == {"route 0.0.0.0/0": ("nat-1", ABSENT)}
    new = {"RouteTableId": "rtb-1", "DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"}
    assert told("ec2", "CreateRoute", new, DescribeRouteTables=answer) == {"route ::/0": (ABSENT, "eigw-1")}


def test_a_replication_group_is_asked_for_with_its_first_member() -> None:
    group = {
        "ReplicationGroupId": "r",
        "Description": "sessions",
        "AutomaticFailover": "enabled",
        "SnapshotRetentionLimit": 5,
        "MemberClusters": ["r-001"],
        "LogDeliveryConfigurations": [{"LogType": "slow-log", "DestinationType": "cloudwatch-logs", "LogFormat": "text"}],
    }
    cluster = {
        "EngineVersion": "7.1.0",
        "SecurityGroups": [{"SecurityGroupId": "sg-1"}],
        "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
    }
    wanted = {
        "ReplicationGroupId": "r",
        "ApplyImmediately": True,
        "ReplicationGroupDescription": "sessions",
        "AutomaticFailoverEnabled": False,
        "SnapshotRetentionLimit": 7,
        "EngineVersion": "7.1",
        "SecurityGroupIds": ["sg-2"],
        "PreferredMaintenanceWindow": "sun:05:00-sun:06:00",
        "LogDeliveryConfigurations": [{"LogType": "slow-log", "DestinationType": "cloudwatch-logs", "LogFormat": "json", "Enabled": True}],
    }
    answers = {"DescribeReplicationGroups": {"ReplicationGroups": [group]}, "DescribeCacheClusters": {"CacheClusters": [cluster]}}
    assert told("elasticache", "ModifyReplicationGroup", wanted, **answers) == {
        "automatic_failover_enabled": (True, False),
        "snapshot_retention_limit": (5, 7),
        "security_group_ids": (["sg-1"], ["sg-2"]),
        "log_delivery.slow-log.LogFormat": ("text", "json"),
    }


def test_an_alarm_is_replaced_as_a_whole() -> None:
    now = {
        "AlarmName": "cpu",
        "AlarmArn": "arn",
        "ActionsEnabled": True,
        "OKActions": ["topic"],
        "Threshold": 80.0,
        "TreatMissingData": "missing",
        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "db"}],
    }
    wanted = {"AlarmName": "cpu", "Threshold": 90, "Dimensions": now["Dimensions"]}
    assert told("cloudwatch", "PutMetricAlarm", wanted, DescribeAlarms={"MetricAlarms": [now]}) == {
        "threshold": (80.0, 90),
        "ok_actions": (["topic"], ABSENT),
    }


def test_records_of_a_zone() -> None:
    now = [
        {"Name": "www.example.com.", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.1"}]},
        {"Name": "\\052.example.com.", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": "www.example.com"}]},
    ]
    changes = [
        {"Action": "UPSERT", "ResourceRecordSet": {**now[0], "Name": "www.example.com", "TTL": 300}},
        {"Action": "UPSERT", "ResourceRecordSet": {**now[1], "Name": "*.example.com"}},
        {
            "Action": "CREATE",
            "ResourceRecordSet": {"Name": "api.example.com", "Type": "A", "TTL": 5, "ResourceRecords": [{"Value": "10.0.0.2"}]},
        },
    ]
    parameters = {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": changes}}
    assert told("route53", "ChangeResourceRecordSets", parameters, ListResourceRecordSets={"ResourceRecordSets": now}) == {
        "record www.example.com A.ttl": (60, 300),
        "record api.example.com A": (ABSENT, {"ttl": 5, "values": ["10.0.0.2"]}),
    }
