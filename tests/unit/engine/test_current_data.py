# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a write would change of tables, search domains, rotation, and what is copied to other regions."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, PRESENT

from tests.unit.engine.answering import refusal, told

TABLE = {
    "TableName": "audit",
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "DeletionProtectionEnabled": True,
    "SSEDescription": {"Status": "ENABLED", "KMSMasterKeyArn": "arn:old"},
    "GlobalSecondaryIndexes": [{"IndexName": "by-user", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}],
}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"BillingMode": "PAY_PER_REQUEST", "DeletionProtectionEnabled": False}, {"deletion_protection_enabled": (True, False)}),
        (
            {"SSESpecification": {"Enabled": True, "KMSMasterKeyId": "arn:new"}},
            {"sse_specification.kms_master_key_id": ("arn:old", "arn:new")},
        ),
        ({"TableClass": "STANDARD_INFREQUENT_ACCESS"}, {"table_class": ("STANDARD", "STANDARD_INFREQUENT_ACCESS")}),
        (
            {
                "GlobalSecondaryIndexUpdates": [
                    {"Create": {"IndexName": "by-time", "KeySchema": [], "Projection": {}}},
                    {"Delete": {"IndexName": "by-user"}},
                ]
            },
            {"index by-time": (ABSENT, PRESENT), "index by-user": (PRESENT, ABSENT)},
        ),
        (
            {
                "GlobalSecondaryIndexUpdates": [
                    {"Update": {"IndexName": "by-user", "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1}}}
                ]
            },
            {"index by-user.throughput.read_capacity_units": (1, 5)},
        ),
    ],
)
def test_a_table(parameters: dict[str, Any], expected: Any) -> None:
    assert told("dynamodb", "UpdateTable", {"TableName": "audit", **parameters}, DescribeTable={"Table": TABLE}) == expected


def test_what_a_table_keeps() -> None:
    named = {"TableName": "audit"}
    ttl = {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}}
    given = {**named, "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "ttl"}}
    assert told("dynamodb", "UpdateTimeToLive", given, DescribeTimeToLive=ttl) == {"ttl_attribute": ("expires", "ttl")}
    backups = {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"}}}
    given = {**named, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    found = told("dynamodb", "UpdateContinuousBackups", given, DescribeContinuousBackups=backups)
    assert found == {"point_in_time_recovery_days": (0, 35)}
    given = {**named, "ContributorInsightsAction": "ENABLE"}
    insights = {"ContributorInsightsStatus": "DISABLED"}
    found = told("dynamodb", "UpdateContributorInsights", given, DescribeContributorInsights=insights)
    assert found == {"contributor_insights": (False, True)}


DOMAIN = {
    "DomainStatus": {
        "EngineVersion": "OpenSearch_2.11",
        "ClusterConfig": {"InstanceType": "t3.small.search", "InstanceCount": 1},
        "EBSOptions": {"EBSEnabled": True, "VolumeSize": 10},
        "AutoTuneOptions": {"State": "DISABLED"},
        "AdvancedSecurityOptions": {"Enabled": True},
    }
}


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        (
            "UpdateDomainConfig",
            {"ClusterConfig": {"InstanceCount": 3}, "EBSOptions": {"VolumeSize": 10}, "AutoTuneOptions": {"DesiredState": "ENABLED"}},
            {"cluster_config.instance_count": (1, 3), "auto_tune_options.desired_state": ("DISABLED", "ENABLED")},
        ),
        (
            "UpdateDomainConfig",
            {"AdvancedSecurityOptions": {"MasterUserOptions": {"MasterUserName": "jo", "MasterUserPassword": "secret-12"}}},
            {"master_user": (PRESENT, PRESENT)},
        ),
        ("UpgradeDomain", {"TargetVersion": "OpenSearch_2.19"}, {"engine_version": ("OpenSearch_2.11", "OpenSearch_2.19")}),
    ],
)
def test_a_search_domain(operation: str, parameters: dict[str, Any], expected: Any) -> None:
    assert told("opensearch", operation, {"DomainName": "search", **parameters}, DescribeDomain=DOMAIN) == expected


def test_tags_of_a_search_domain() -> None:
    arn = "arn:aws:es:ca-central-1:123456789012:domain/search"
    there = {"TagList": [{"Key": "a", "Value": "1"}]}
    given: dict[str, Any] = {"ARN": arn, "TagList": [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]}
    assert told("opensearch", "AddTags", given, ListTags=there) == {"tags.a": ("1", "2"), "tags.b": (ABSENT, "3")}
    given = {"ARN": arn, "TagKeys": ["a", "never there"]}
    assert told("opensearch", "RemoveTags", given, ListTags=there) == {"tags.a": ("1", ABSENT)}


def test_what_is_copied_to_other_regions() -> None:
    def rule(*regions: str) -> dict[str, Any]:
        places = [{"registryId": "123456789012", "region": region} for region in regions]
        return {"destinations": places, "repositoryFilters": [{"filter": "shop/", "filterType": "PREFIX_MATCH"}]}

    found = told(
        "ecr",
        "PutReplicationConfiguration",
        {"replicationConfiguration": {"rules": [rule("us-west-2")]}},
        DescribeRegistry={"replicationConfiguration": {"rules": [rule("us-east-2")]}},
    )
    assert found == {"replication of shop/": (["123456789012/us-east-2"], ["123456789012/us-west-2"])}
    arn = "arn:aws:rds:ca-central-1:123456789012:db:shop"
    found = told("rds", "StartDBInstanceAutomatedBackupsReplication", {"SourceDBInstanceArn": arn, "BackupRetentionPeriod": 14})
    assert found == {"replication of backups": (ABSENT, "14 days")}
    found = told("rds", "StopDBInstanceAutomatedBackupsReplication", {"SourceDBInstanceArn": arn})
    assert found == {"replication of backups": (PRESENT, ABSENT)}


def test_rotation() -> None:
    given = {"SecretId": "shop/db", "RotationLambdaARN": "arn:f", "RotationRules": {"AutomaticallyAfterDays": 30}}
    off = {"Name": "shop/db"}
    assert told("secretsmanager", "RotateSecret", given, DescribeSecret=off) == {
        "rotation": (False, True),
        "automatically_after_days": (ABSENT, 30),
        "rotation_lambda_arn": (ABSENT, "arn:f"),
    }
    on = {"RotationEnabled": True, "RotationLambdaARN": "arn:f", "RotationRules": {"AutomaticallyAfterDays": 90}}
    assert told("secretsmanager", "RotateSecret", given, DescribeSecret=on) == {"automatically_after_days": (90, 30)}
    assert told("secretsmanager", "CancelRotateSecret", {"SecretId": "shop/db"}, DescribeSecret=on) == {"rotation": (True, False)}


def test_who_may_write_logs() -> None:
    policy = '{"Statement": [{"Sid": "Write", "Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]}'
    there = {"resourcePolicies": [{"policyName": "search", "policyDocument": policy}]}
    wider = policy.replace('"logs:PutLogEvents"', '["logs:PutLogEvents", "logs:CreateLogStream"]')
    found = told("logs", "PutResourcePolicy", {"policyName": "search", "policyDocument": wider}, DescribeResourcePolicies=there)
    assert found == {"policy.Write.Action": ("logs:PutLogEvents", ["logs:CreateLogStream", "logs:PutLogEvents"])}
    found = told("logs", "DeleteResourcePolicy", {"policyName": "search"}, DescribeResourcePolicies=there)
    assert found is not None
    assert next(iter(found.values()))[1] is ABSENT


def test_tiers_of_a_bucket() -> None:
    def tiers(days: int) -> dict[str, Any]:
        return {"Id": "cold", "Status": "Enabled", "Tierings": [{"Days": days, "AccessTier": "ARCHIVE_ACCESS"}]}

    given = {"Bucket": "shop", "Id": "cold", "IntelligentTieringConfiguration": tiers(180)}
    there = {"IntelligentTieringConfiguration": tiers(90)}
    found = told("s3", "PutBucketIntelligentTieringConfiguration", given, GetBucketIntelligentTieringConfiguration=there)
    assert found is not None
    assert list(found.values()) == [(90, 180)]


def test_an_object_is_told_by_its_hash() -> None:
    given = {
        "Bucket": "shop",
        "Key": "config.json",
        "ChecksumSHA256": "new=",
        "ContentType": "application/json",
        "CacheControl": "no-store",
    }
    there = {"ChecksumSHA256": "old=", "ContentType": "application/json"}
    assert told("s3", "PutObject", given, HeadObject=there) == {
        "object config.json": ("SHA-256 old=", "SHA-256 new="),
        "object config.json.cache_control": (ABSENT, "no-store"),
    }
    assert told("s3", "PutObject", given, HeadObject=refusal("404")) == {"object config.json": (ABSENT, PRESENT)}


def test_a_scaling_policy() -> None:
    def tracking(value: float) -> dict[str, Any]:
        return {"PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"}, "TargetValue": value}

    given = {"AutoScalingGroupName": "workers", "PolicyName": "cpu", "TargetTrackingConfiguration": tracking(70.0)}
    there = {"ScalingPolicies": [{"PolicyName": "cpu", "TargetTrackingConfiguration": tracking(60.0)}]}
    found = told("autoscaling", "PutScalingPolicy", given, DescribePolicies=there)
    assert found == {"target_tracking_configuration.target_value": (60.0, 70.0)}
