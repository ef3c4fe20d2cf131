# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which writes are destructive, why, and that the sentence says what and how surely."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import botocore.session
import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _destructive, _destructive_rules, _doors
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._destructive import reasons
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier._operations import Effect, effect
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, Change

DB = {"DBInstanceIdentifier": "orders"}
NOW = {**DB, "ApplyImmediately": True}
CACHE = {"ReplicationGroupId": "sessions", "ApplyImmediately": True}


def rule(days: int, name: str = "old") -> dict[str, Any]:
    return {"ID": name, "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": days}}


def records(*actions: str, names: tuple[str, ...] = ("www.example.com.",)) -> dict[str, Any]:
    changes = [{"Action": action, "ResourceRecordSet": {"Name": name, "Type": "A"}} for action in actions for name in names]
    return {"HostedZoneId": "Z1", "ChangeBatch": {"Changes": changes}}


@pytest.mark.parametrize(
    ("call", "parameters", "before", "expected"),
    [
        # Deletions.
        ("ec2:DeleteVpc", {"VpcId": "vpc-1"}, None, ["the VPC vpc-1 is deleted"]),
        ("ec2:DeleteVpcEndpoints", {"VpcEndpointIds": ["vpce-1"]}, None, ["the VPC endpoints vpce-1 are deleted"]),
        (
            "ec2:TerminateInstances",
            {"InstanceIds": ["i-1", "i-2", "i-3", "i-4"]},
            None,
            ["the instances i-1, i-2, i-3 and 1 more are terminated"],
        ),
        ("iam:DeleteRole", {"RoleName": "app"}, None, ["the role app is deleted"]),
        ("logs:DeleteLogGroup", {"logGroupName": "/app"}, None, ["the log group /app is deleted with what it holds"]),
        ("ec2:DeleteRouteTable", {"RouteTableId": "rtb-1"}, None, ["the route table rtb-1 is deleted"]),
        ("dynamodb:DeleteTable", {"TableName": "orders"}, None, ["the table orders is deleted with what it holds"]),
        ("rds:DeleteDBInstance", DB, None, ["the DB instance orders is deleted with what it holds"]),
        (
            "rds:DeleteDBInstance",
            {**DB, "SkipFinalSnapshot": True},
            None,
            ["the DB instance orders is deleted with what it holds without a final snapshot"],
        ),
        ("kms:ScheduleKeyDeletion", {"KeyId": "k", "PendingWindowInDays": 7}, None, "the key k is deleted after 7 days"),
        ("secretsmanager:DeleteSecret", {"SecretId": "s"}, None, ["the secret s is deleted after 30 days"]),
        ("secretsmanager:DeleteSecret", {"SecretId": "s", "ForceDeleteWithoutRecovery": True}, None, "at once, beyond recovery"),
        ("s3:DeleteObject", {"Bucket": "b", "Key": "k"}, None, ["the bucket b loses the object k"]),
        ("s3:DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}] * 3}}, None, ["the bucket b loses 3 objects"]),
        ("elbv2:DeleteListener", {"ListenerArn": "arn:l"}, None, "the listener arn:l is deleted"),
        ("ssm:DeleteParameters", {"Names": ["/a", "/b"]}, None, ["the parameters /a, /b are deleted"]),
        # Deletions that destroy nothing.
        ("backup:DeleteBackupSelection", {"BackupPlanId": "p", "SelectionId": "s"}, None, []),
        ("ec2:DeleteFlowLogs", {"FlowLogIds": ["fl-1"]}, None, []),
        ("ec2:DeleteTags", {"Resources": ["vpc-1"]}, None, []),
        ("ec2:DeleteLaunchTemplateVersions", {"LaunchTemplateId": "lt"}, None, []),
        ("iam:DeletePolicyVersion", {"PolicyArn": "p", "VersionId": "v1"}, None, []),
        ("ecs:DeregisterTaskDefinition", {"taskDefinition": "t:1"}, None, []),
        ("logs:DeleteRetentionPolicy", {"logGroupName": "/app"}, None, []),
        # What is created or changed without harm.
        ("ec2:CreateVpc", {"CidrBlock": "10.0.0.0/16"}, None, []),
        ("ec2:DescribeVpcs", {}, None, []),
        ("rds:ModifyDBInstance", {**NOW, "MultiAZ": True, "AllocatedStorage": 200, "DBParameterGroupName": "g"}, None, []),
        ("rds:ModifyDBInstance", {**DB, "DBInstanceClass": "db.m6g.large"}, {"DBInstanceClass": "db.t4g.small"}, []),
        # Restarts of databases and caches.
        (
            "rds:ModifyDBInstance",
            {**NOW, "DBInstanceClass": "db.m6g.large"},
            {"DBInstanceClass": "db.t4g.small"},
            ["the DB instance orders restarts (DBInstanceClass db.t4g.small → db.m6g.large)"],
        ),
        (
            "rds:ModifyDBInstance",
            {**NOW, "DBInstanceClass": "db.m6g.large"},
            None,
            ["the DB instance orders may restart (DBInstanceClass to db.m6g.large)"],
        ),
        ("rds:ModifyDBInstance", {**NOW, "EngineVersion": "16.3"}, {}, ["the DB instance orders may restart (EngineVersion to 16.3)"]),
        ("rds:ModifyDBInstance", {**NOW, "DBInstanceClass": "db.m6g.large"}, {"DBInstanceClass": "db.m6g.large"}, []),
        ("rds:ModifyDBInstance", {**DB, "DBPortNumber": 5433}, {"DBPortNumber": 5432}, "restarts (DBPortNumber 5432 → 5433)"),
        ("rds:ModifyDBInstance", {**NOW, "StorageType": "gp3"}, {"StorageType": "gp2"}, []),
        ("rds:ModifyDBInstance", {**NOW, "StorageType": "gp3"}, {"StorageType": "standard"}, "is interrupted"),
        ("rds:ModifyDBInstance", {**NOW, "StorageType": "standard"}, {"StorageType": "gp2"}, "is interrupted"),
        ("rds:ModifyDBInstance", {**NOW, "StorageType": "gp3"}, None, "may be interrupted"),
        ("rds:ModifyDBInstance", {**DB, "CACertificateIdentifier": "rds-ca-rsa2048-g1"}, None, "may restart"),
        ("rds:ModifyDBInstance", {**DB, "CACertificateIdentifier": "x", "CertificateRotationRestart": False}, None, []),
        ("rds:RebootDBInstance", DB, None, ["the DB instance orders restarts"]),
        ("rds:StopDBCluster", {"DBClusterIdentifier": "c"}, None, ["the DB cluster c stops"]),
        ("rds:ModifyDBCluster", {"DBClusterIdentifier": "c", "ApplyImmediately": True, "EngineVersion": "16.3"}, None, "may restart"),
        (
            "elasticache:ModifyReplicationGroup",
            {**CACHE, "CacheNodeType": "cache.m7g.large"},
            {"CacheNodeType": "cache.t4g.small"},
            ["the replication group sessions restarts (CacheNodeType cache.t4g.small → cache.m7g.large)"],
        ),
        ("elasticache:ModifyReplicationGroup", {"ReplicationGroupId": "s", "CacheNodeType": "cache.m7g.large"}, None, []),
        (
            "elasticache:ModifyCacheCluster",
            {"CacheClusterId": "c", "ApplyImmediately": True, "NumCacheNodes": 1},
            {"NumCacheNodes": 2},
            "nodes",
        ),
        # Instances.
        ("ec2:StopInstances", {"InstanceIds": ["i-1"]}, None, ["the instances i-1 stop"]),
        (
            "ec2:ModifyInstanceAttribute",
            {"InstanceId": "i-1", "InstanceType": {"Value": "m6g.large"}},
            {"InstanceType": "t4g.small"},
            ["the instance i-1 restarts (InstanceType t4g.small → m6g.large)"],
        ),
        ("ec2:AssociateAddress", {"AllocationId": "eipalloc-1", "InstanceId": "i-2"}, {"InstanceId": None}, []),
        (
            "ec2:AssociateAddress",
            {"AllocationId": "eipalloc-1", "InstanceId": "i-2"},
            {"InstanceId": "i-1"},
            ["the address eipalloc-1 no longer leads to i-1"],
        ),
        ("ec2:AssociateAddress", {"AllocationId": "eipalloc-1", "InstanceId": "i-2", "AllowReassociation": True}, None, "may no longer"),
        ("ec2:AssociateAddress", {"AllocationId": "eipalloc-1", "InstanceId": "i-2"}, None, []),
        ("ec2:DisassociateAddress", {"AssociationId": "eipassoc-1"}, None, "no longer leads anywhere"),
        ("ec2:DeleteKeyPair", {"KeyName": "shop"}, None, ["the key pair shop is deleted"]),
        ("ecr:PutLifecyclePolicy", {"repositoryName": "shop/api", "lifecyclePolicyText": "{}"}, None, "shop/api may lose images"),
        ("ecr:DeleteRepository", {"repositoryName": "shop/api"}, None, "is deleted with what it holds"),
        ("sqs:DeleteQueue", {"QueueUrl": "u"}, None, "is deleted with what it holds"),
        ("ec2:ModifyInstanceAttribute", {"InstanceId": "i-1", "Attribute": "instanceType", "Value": "m6g.large"}, None, "may restart"),
        ("ec2:ModifyInstanceAttribute", {"InstanceId": "i-1", "DisableApiTermination": {"Value": False}}, None, "may lose its deletion"),
        ("ec2:ModifyInstanceAttribute", {"InstanceId": "i-1", "Attribute": "disableApiTermination", "Value": "False"}, None, "may lose"),
        ("ec2:ModifyInstanceAttribute", {"InstanceId": "i-1", "DisableApiTermination": {"Value": True}}, None, []),
        ("ec2:ModifyInstanceAttribute", {"InstanceId": "i-1", "Groups": ["sg-1"]}, None, []),
        (
            "ec2:ModifyInstanceAttribute",
            {"InstanceId": "i-1", "UserData": {"Value": b"secret"}},
            None,
            ["the instance i-1 may restart (UserData)"],
        ),
        ("ecs:UpdateService", {"service": "web", "desiredCount": 0}, {"desiredCount": 2}, ["the service web stops (desiredCount to 0)"]),
        ("ecs:UpdateService", {"service": "web", "desiredCount": 1}, {"desiredCount": 2}, []),
        # Loss of data.
        (
            "logs:PutRetentionPolicy",
            {"logGroupName": "/app", "retentionInDays": 7},
            {"retentionInDays": 30},
            "older log events (retentionInDays 30 → 7)",
        ),
        ("logs:PutRetentionPolicy", {"logGroupName": "/app", "retentionInDays": 30}, {"retentionInDays": 7}, []),
        (
            "logs:PutRetentionPolicy",
            {"logGroupName": "/app", "retentionInDays": 7},
            {"retentionInDays": None},
            "(retentionInDays unlimited → 7)",
        ),
        (
            "logs:PutRetentionPolicy",
            {"logGroupName": "/app", "retentionInDays": 7},
            None,
            ["the log group /app may lose older log events (retentionInDays to 7)"],
        ),
        ("rds:ModifyDBInstance", {**DB, "BackupRetentionPeriod": 0}, {"BackupRetentionPeriod": 7}, "loses automated backups"),
        ("rds:ModifyDBInstance", {**DB, "BackupRetentionPeriod": 14}, {"BackupRetentionPeriod": 7}, []),
        (
            "s3:PutBucketLifecycleConfiguration",
            {"Bucket": "b", "LifecycleConfiguration": {"Rules": [rule(7)]}},
            None,
            ["the bucket b may lose objects (lifecycle rule old)"],
        ),
        (
            "s3:PutBucketLifecycleConfiguration",
            {"Bucket": "b", "LifecycleConfiguration": {"Rules": [rule(7)]}},
            {"LifecycleConfiguration": {"Rules": [rule(7)]}},
            [],
        ),
        (
            "s3:PutBucketLifecycleConfiguration",
            {"Bucket": "b", "LifecycleConfiguration": {"Rules": [{"ID": "x", "Transitions": []}]}},
            None,
            [],
        ),
        (
            "dynamodb:UpdateTimeToLive",
            {"TableName": "t", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "at"}},
            None,
            "whose at has passed",
        ),
        (
            "dynamodb:UpdateTable",
            {"TableName": "t", "GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "i"}}]},
            None,
            ["the table t loses the index i"],
        ),
        (
            "sqs:SetQueueAttributes",
            {"QueueUrl": "u", "Attributes": {"MessageRetentionPeriod": "60"}},
            {"Attributes": {"MessageRetentionPeriod": "600"}},
            "loses older messages",
        ),
        ("sqs:SetQueueAttributes", {"QueueUrl": "u", "Attributes": {"Policy": "{}"}}, None, []),
        ("sqs:PurgeQueue", {"QueueUrl": "u"}, None, ["the queue u loses all its messages"]),
        # Loss of protection.
        (
            "rds:ModifyDBInstance",
            {**DB, "DeletionProtection": False},
            {"DeletionProtection": True},
            ["the DB instance orders loses its deletion protection"],
        ),
        ("rds:ModifyDBInstance", {**DB, "DeletionProtection": False}, {"DeletionProtection": False}, []),
        ("rds:ModifyDBInstance", {**DB, "DeletionProtection": True}, {"DeletionProtection": False}, []),
        (
            "s3:PutBucketVersioning",
            {"Bucket": "b", "VersioningConfiguration": {"Status": "Suspended"}},
            {"VersioningConfiguration": {"Status": "Enabled"}},
            "no longer keeps",
        ),
        (
            "s3:PutBucketVersioning",
            {"Bucket": "b", "VersioningConfiguration": {"Status": "Suspended"}},
            {"VersioningConfiguration": {}},
            [],
        ),
        ("s3:PutBucketVersioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "Suspended"}}, None, "may no longer keep"),
        ("s3:PutBucketVersioning", {"Bucket": "b", "VersioningConfiguration": {"Status": "Enabled"}}, None, []),
        (
            "dynamodb:UpdateContinuousBackups",
            {"TableName": "t", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False}},
            None,
            "may lose its continuous backups",
        ),
        (
            "dynamodb:UpdateContinuousBackups",
            {"TableName": "t", "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
            None,
            [],
        ),
        (
            "elbv2:ModifyLoadBalancerAttributes",
            {"LoadBalancerArn": "arn:lb", "Attributes": [{"Key": "deletion_protection.enabled", "Value": "false"}]},
            None,
            "the load balancer arn:lb may lose",
        ),
        (
            "elbv2:ModifyLoadBalancerAttributes",
            {"LoadBalancerArn": "arn:lb", "Attributes": [{"Key": "idle_timeout.timeout_seconds", "Value": "5"}]},
            None,
            [],
        ),
        (
            "eks:UpdateClusterConfig",
            {"name": "c", "deletionProtection": False},
            {"deletionProtection": True},
            ["the cluster c loses its deletion protection"],
        ),
        (
            "cognito-idp:UpdateUserPool",
            {"UserPoolId": "p", "DeletionProtection": "INACTIVE"},
            {"DeletionProtection": "ACTIVE"},
            ["the user pool p loses its deletion protection"],
        ),
        ("kms:DisableKey", {"KeyId": "k"}, None, "the key k is disabled"),
        ("cloudtrail:StopLogging", {"Name": "t"}, None, ["the trail t no longer records"]),
        # What serves or guards.
        ("cloudfront:UpdateDistribution", {"Id": "E1", "DistributionConfig": {"Enabled": False}}, {"enabled": True}, "no longer answers"),
        ("cloudfront:UpdateDistribution", {"Id": "E1", "DistributionConfig": {"Enabled": False}}, None, "may no longer answer"),
        ("cloudfront:UpdateDistribution", {"Id": "E1", "DistributionConfig": {"Enabled": False}}, {"comment": "x"}, []),
        ("apigateway:PutRestApi", {"restApiId": "a1"}, {"method GET /old": "", "method GET /new": None}, "a1 loses the method GET /old"),
        ("lambda:DeleteAlias", {"FunctionName": "f", "Name": "live"}, None, "is deleted"),
        ("lambda:PutFunctionConcurrency", {"FunctionName": "f", "ReservedConcurrentExecutions": 0}, None, "the function f no longer runs"),
        ("lambda:PutFunctionConcurrency", {"FunctionName": "f", "ReservedConcurrentExecutions": 5}, None, []),
        ("cognito-idp:SetUserPoolMfaConfig", {"UserPoolId": "p", "MfaConfiguration": "OFF"}, {"MfaConfiguration": "ON"}, "second factor"),
        ("cognito-idp:SetUserPoolMfaConfig", {"UserPoolId": "p", "MfaConfiguration": "ON"}, {"MfaConfiguration": "OFF"}, []),
        ("efs:PutBackupPolicy", {"FileSystemId": "fs-1", "BackupPolicy": {"Status": "DISABLED"}}, None, "no longer backed up"),
        ("opensearch:UpgradeDomain", {"DomainName": "d", "TargetVersion": "x"}, None, "the search domain d cannot go back"),
        ("secretsmanager:CancelRotateSecret", {"SecretId": "s"}, None, ["the secret s is no longer rotated"]),
        ("wafv2:DisassociateWebACL", {"ResourceArn": "arn:lb"}, None, ["the resource arn:lb is no longer behind a web ACL"]),
        (
            "application-autoscaling:RegisterScalableTarget",
            {"ResourceId": "service/c/s", "MaxCapacity": 2},
            {"MaxCapacity": 10},
            ["service/c/s may end what runs beyond it (MaxCapacity 10 → 2)"],
        ),
        ("application-autoscaling:RegisterScalableTarget", {"ResourceId": "service/c/s", "MaxCapacity": 2}, None, []),
        # Records.
        ("route53:ChangeResourceRecordSets", records("DELETE"), None, ["the record www.example.com A is deleted"]),
        ("route53:ChangeResourceRecordSets", records("DELETE", "CREATE"), None, []),
        ("route53:ChangeResourceRecordSets", records("UPSERT"), None, []),
    ],
)
def test_reasons(call: str, parameters: Mapping[str, Any], before: Mapping[str, Any] | None, expected: list[str] | str) -> None:
    service, operation = call.split(":")
    found = reasons(service, operation, parameters, before)
    if isinstance(expected, list):
        assert found == expected
    else:
        assert len(found) == 1
        assert expected in found[0]


def test_every_reason_is_told() -> None:
    parameters = {**NOW, "DBInstanceClass": "db.m6g.large", "BackupRetentionPeriod": 1, "DeletionProtection": False}
    before = {"DBInstanceClass": "db.t4g.small", "BackupRetentionPeriod": 7, "DeletionProtection": True}
    assert len(reasons("rds", "ModifyDBInstance", parameters, before)) == 3


def test_every_operation_that_the_tables_name_exists() -> None:
    session = botocore.session.get_session()
    for call in {*_destructive._HARMLESS_CALLS, *_destructive._ALWAYS, *_destructive_rules.RULES}:
        service, operation = call.split(":")
        assert operation in session.get_service_model(service).operation_names, call


def test_what_is_harmless_is_a_deletion_and_what_always_destroys_is_a_write() -> None:
    for call in _destructive._HARMLESS_CALLS:
        assert effect(*call.split(":")) is Effect.DELETE, call
    for call in _destructive._ALWAYS:
        assert effect(*call.split(":")) in (Effect.CHANGE, Effect.CREATE), f"{call} is told by its effect already"


def test_every_deletion_of_our_services_is_named_or_excepted() -> None:
    session = botocore.session.get_session()
    for service in ("ec2", "rds", "elasticache", "eks", "s3", "iam", "kms", "logs", "backup", "route53", "elbv2", "secretsmanager"):
        model = session.get_service_model(service)
        for operation in model.operation_names:
            if effect(service, operation) is not Effect.DELETE or f"{service}:{operation}" in _destructive._HARMLESS_CALLS:
                continue
            shape = model.operation_model(operation).input_shape
            given = {name: "probe" for name in shape.required_members if shape.members[name].type_name == "string"} if shape else {}
            said = reasons(service, operation, given, None)
            assert len(said) == 1, f"{service}:{operation}"
            assert not given or "probe" in said[0], said


# ---- what the rules are told of the account


QUEUE = {"QueueUrl": "u", "Attributes": {"MessageRetentionPeriod": "60", "VisibilityTimeout": "30"}}


def test_a_value_of_a_map_is_told_by_itself() -> None:
    changes = [Change("attributes.message_retention_period", "345600", "60")]
    before = _doors._before(QUEUE, changes)
    assert before == {"QueueUrl": "u", "Attributes": {"MessageRetentionPeriod": "345600", "VisibilityTimeout": "30"}}
    assert reasons("sqs", "SetQueueAttributes", QUEUE, before) == ["the queue u loses older messages (MessageRetentionPeriod 345600 → 60)"]
    longer = _doors._before(QUEUE, [Change("attributes.message_retention_period", "30", "60")])
    assert reasons("sqs", "SetQueueAttributes", QUEUE, longer) == []


def test_a_value_that_was_not_there_is_not_in_the_map() -> None:
    before = _doors._before(QUEUE, [Change("attributes.visibility_timeout", ABSENT, "30")])
    assert before == {"QueueUrl": "u", "Attributes": {"MessageRetentionPeriod": "60"}}


def test_what_a_property_leaves_out_of_its_name_is_told_under_its_own() -> None:
    parameters = {"Id": "E1", "DistributionConfig": {"Enabled": False}}
    before = _doors._before(parameters, [Change("enabled", True, False)])
    assert reasons("cloudfront", "UpdateDistribution", parameters, before) == ["the distribution E1 no longer answers requests"]
    before = _doors._before(parameters, [Change("comment", "old", "new")])
    assert reasons("cloudfront", "UpdateDistribution", parameters, before) == []


def test_deeper_parts_leave_a_parameter_unknown() -> None:
    parameters = {"Name": "x", "Options": {"Inner": {"Days": 1}}}
    assert _doors._before(parameters, [Change("options.inner.days", 2, 1)]) == {"Name": "x"}
    assert _doors._before(parameters, [Change("options.gone", 2, ABSENT)]) == {"Name": "x"}
