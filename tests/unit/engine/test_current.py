# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of writes against botocore's models, and what a write would change against answers that a test gives."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import boto3
import botocore.session
import pytest
from ansible_collections.stratum.aws.plugins.plugin_utils.barrier import _operations
from ansible_collections.stratum.aws.plugins.plugin_utils.changes import _current
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current import ABSENT, PRESENT, SENSITIVE, Change
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_compare import Manner, compare, words
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_rows import Fields, Part
from ansible_collections.stratum.aws.plugins.plugin_utils.changes._current_table import TABLE
from botocore.exceptions import ClientError

# ---- the table against the models of the services


@cache
def service_model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


ROWS = {key: row for key, row in TABLE.items() if isinstance(row, Fields | Part)}


@pytest.mark.parametrize("key", TABLE)
def test_rows_are_of_operations_that_exist_and_write(key: str) -> None:
    service, operation = key.split(":")
    assert operation in service_model(service).operation_names
    assert _operations.effect(service, operation) is not _operations.Effect.READ


@pytest.mark.parametrize("key", ROWS)
def test_rows_ask_by_a_read_and_by_its_own_parameters(key: str) -> None:
    service, operation = key.split(":")
    row = ROWS[key]
    assert _operations.effect(service, row.read) is _operations.Effect.READ
    asked = service_model(service).operation_model(row.read).input_shape
    given = service_model(service).operation_model(operation).input_shape
    assert set(asked.required_members) <= set(row.ask) <= set(asked.members)
    assert set(re.findall(r"\b(?<!')\w+", " ".join(row.ask.values()))) <= set(given.members)
    if isinstance(row, Part) and row.new and not row.new.startswith("`"):
        assert at(given, row.new) is not None


def at(shape: Any, expression: str) -> Any:
    """Return the shape that a path of names and `[0]` leads to, None where it leads nowhere; `@` is the shape itself."""
    for name in re.findall(r"\w+(?!\])", "" if expression == "@" else expression):
        while shape.type_name == "list":
            shape = shape.member
        shape = shape.members.get(name)
        if shape is None:
            return None
    return shape


@pytest.mark.parametrize("key", ROWS)
def test_what_a_row_compares_is_in_the_answer(key: str) -> None:
    service, operation = key.split(":")
    row = ROWS[key]
    if "&&" in row.current:
        return
    found = at(service_model(service).operation_model(row.read).output_shape, row.current)
    assert found is not None
    if row.pick:
        assert at(found, row.pick[0]) is not None
        assert row.then is None or at(found, row.then) is not None
    if isinstance(row, Fields):
        found = found.member if found.type_name == "list" else found
        given = service_model(service).operation_model(operation).input_shape
        assert row.apart | set(row.rename) <= set(given.members)
        known = {name for name, shape in given.members.items() if shape.metadata.get("sensitive")}
        plainly = set(given.members) - row.apart - set(row.rename) - known
        assert plainly <= set(found.members), "neither compared nor named as not to be"
        assert not [path for path in row.rename.values() if "==" not in path and "!=" not in path and at(found, path) is None]


# ---- a client that answers from a test


class Client:
    """A client with the models of botocore whose answers a test gives by operation."""

    def __init__(self, service: str, answers: Mapping[str, Any]) -> None:
        make: Any = boto3.client  # its stubs want the name of one service
        self._client = make(service, region_name="ca-central-1", aws_access_key_id="x", aws_secret_access_key="x")
        self.meta = self._client.meta
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self._answers = answers
        self._client.meta.events.register("before-call", self._refuse)

    def _refuse(self, **_event: Any) -> None:
        raise AssertionError("a test must not send")

    def can_paginate(self, _method: str) -> bool:
        return False

    def __getattr__(self, method: str) -> Callable[..., Any]:
        operation = self._client.meta.method_to_api_mapping[method]

        def call(**parameters: Any) -> Any:
            # The parameters must be ones that AWS takes.
            shape = self.meta.service_model.operation_model(operation).input_shape
            botocore.validate.validate_parameters(parameters, shape)
            self.asked.append((operation, parameters))
            answer = self._answers.get(operation, {})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Operation")


def told(service: str, operation: str, parameters: Mapping[str, Any], **answers: Any) -> dict[str, tuple[Any, Any]] | None:
    """Return old and new by property."""
    found = _current.changes(Client(service, answers), operation, parameters)
    return None if found is None else {each.property: (each.old, each.new) for each in found}


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


GROUP = {
    "GroupId": "sg-1",
    "IpPermissions": [
        {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "office"}]},
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "1"}]},
    ],
    "IpPermissionsEgress": [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
}
PORTS = {"IpProtocol": "tcp", "FromPort": 8000, "ToPort": 8010}


@pytest.mark.parametrize(
    ("operation", "permissions", "expected"),
    [
        (
            "AuthorizeSecurityGroupIngress",
            [{**PORTS, "IpRanges": [{"CidrIp": "0.0.0.0/0"}], "PrefixListIds": [{"PrefixListId": "pl-1", "Description": "CDN"}]}],
            {
                "ingress tcp 8000-8010 from 0.0.0.0/0": (ABSENT, PRESENT),
                "ingress tcp 8000-8010 from pl-1": (ABSENT, "CDN"),
            },
        ),
        (
            "RevokeSecurityGroupIngress",
            [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-2"}]}],
            {"ingress all from sg-2": (PRESENT, ABSENT)},
        ),
        (
            "RevokeSecurityGroupEgress",
            [{"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
            {"egress all to ::/0": (PRESENT, ABSENT)},
        ),
        (
            "UpdateSecurityGroupRuleDescriptionsIngress",
            [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "home"}]}],
            {"ingress tcp 22 from 10.0.0.0/8 description": ("office", "home")},
        ),
        # What is there already is no change.
        (
            "AuthorizeSecurityGroupIngress",
            [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
            {},
        ),
    ],
)
def test_security_group_rules(operation: str, permissions: list[Any], expected: Any) -> None:
    parameters = {"GroupId": "sg-1", "IpPermissions": permissions}
    assert told("ec2", operation, parameters, DescribeSecurityGroups={"SecurityGroups": [GROUP]}) == expected


def test_a_security_group_rule_by_its_id() -> None:
    rule = {
        "SecurityGroupRuleId": "sgr-1",
        "IpProtocol": "udp",
        "FromPort": 53,
        "ToPort": 53,
        "CidrIpv4": "10.0.0.0/8",
        "Description": "DNS",
    }
    parameters = {"GroupId": "sg-1", "SecurityGroupRuleIds": ["sgr-1"]}
    assert told("ec2", "RevokeSecurityGroupEgress", parameters, DescribeSecurityGroupRules={"SecurityGroupRules": [rule]}) == {
        "egress udp 53 to 10.0.0.0/8": ("DNS", ABSENT)
    }


TAGS_NOW = {"Name": "old", "gone": "x"}
PAIRS = [{"Key": key, "Value": value} for key, value in TAGS_NOW.items()]


@pytest.mark.parametrize(
    ("service", "tag", "untag", "named", "new", "gone", "answer"),
    [
        ("sns", "TagResource", "UntagResource", {"ResourceArn": "a"}, "Tags", "TagKeys", {"ListTagsForResource": {"Tags": PAIRS}}),
        ("cloudwatch", "TagResource", "UntagResource", {"ResourceARN": "a"}, "Tags", "TagKeys", {"ListTagsForResource": {"Tags": PAIRS}}),
        ("eks", "TagResource", "UntagResource", {"resourceArn": "a"}, "tags", "tagKeys", {"ListTagsForResource": {"tags": TAGS_NOW}}),
        ("logs", "TagResource", "UntagResource", {"resourceArn": "a"}, "tags", "tagKeys", {"ListTagsForResource": {"tags": TAGS_NOW}}),
        (
            "kms",
            "TagResource",
            "UntagResource",
            {"KeyId": "k"},
            "Tags",
            "TagKeys",
            {"ListResourceTags": {"Tags": [{"TagKey": key, "TagValue": value} for key, value in TAGS_NOW.items()]}},
        ),
        (
            "rds",
            "AddTagsToResource",
            "RemoveTagsFromResource",
            {"ResourceName": "a"},
            "Tags",
            "TagKeys",
            {"ListTagsForResource": {"TagList": PAIRS}},
        ),
        (
            "elasticache",
            "AddTagsToResource",
            "RemoveTagsFromResource",
            {"ResourceName": "a"},
            "Tags",
            "TagKeys",
            {"ListTagsForResource": {"TagList": PAIRS}},
        ),
        (
            "acm",
            "AddTagsToCertificate",
            "RemoveTagsFromCertificate",
            {"CertificateArn": "a" * 20},
            "Tags",
            "Tags",
            {"ListTagsForCertificate": {"Tags": PAIRS}},
        ),
        ("iam", "TagRole", "UntagRole", {"RoleName": "r"}, "Tags", "TagKeys", {"ListRoleTags": {"Tags": PAIRS}}),
        ("iam", "TagPolicy", "UntagPolicy", {"PolicyArn": "a" * 20}, "Tags", "TagKeys", {"ListPolicyTags": {"Tags": PAIRS}}),
        (
            "iam",
            "TagOpenIDConnectProvider",
            "UntagOpenIDConnectProvider",
            {"OpenIDConnectProviderArn": "a" * 20},
            "Tags",
            "TagKeys",
            {"ListOpenIDConnectProviderTags": {"Tags": PAIRS}},
        ),
        (
            "iam",
            "TagInstanceProfile",
            "UntagInstanceProfile",
            {"InstanceProfileName": "p"},
            "Tags",
            "TagKeys",
            {"ListInstanceProfileTags": {"Tags": PAIRS}},
        ),
        ("secretsmanager", "TagResource", "UntagResource", {"SecretId": "s"}, "Tags", "TagKeys", {"DescribeSecret": {"Tags": PAIRS}}),
        (
            "route53",
            "ChangeTagsForResource",
            "ChangeTagsForResource",
            {"ResourceType": "hostedzone", "ResourceId": "z"},
            "AddTags",
            "RemoveTagKeys",
            {"ListTagsForResource": {"ResourceTagSet": {"Tags": PAIRS}}},
        ),
        (
            "ssm",
            "AddTagsToResource",
            "RemoveTagsFromResource",
            {"ResourceType": "Parameter", "ResourceId": "p"},
            "Tags",
            "TagKeys",
            {"ListTagsForResource": {"TagList": PAIRS}},
        ),
        (
            "ec2",
            "CreateTags",
            "DeleteTags",
            {"Resources": ["vpc-1"]},
            "Tags",
            "Tags",
            {"DescribeTags": {"Tags": [{**pair, "ResourceId": "vpc-1"} for pair in PAIRS]}},
        ),
    ],
)
def test_tags_of_every_form(service: str, tag: str, untag: str, named: dict[str, Any], new: str, gone: str, answer: dict[str, Any]) -> None:
    shape = service_model(service).operation_model(tag).input_shape.members[new]
    wanted: Any = {"Name": "new", "added": "y"}
    if shape.type_name == "list":
        key, value = shape.member.members
        wanted = [{key: name, value: text} for name, text in wanted.items()]
    assert told(service, tag, {**named, new: wanted}, **answer) == {"tags.Name": ("old", "new"), "tags.added": (ABSENT, "y")}
    leaving: Any = ["gone", "never there"]
    if service_model(service).operation_model(untag).input_shape.members[gone].member.type_name == "structure":
        leaving = [{"Key": name} for name in leaving]
    assert told(service, untag, {**named, gone: leaving}, **answer) == {"tags.gone": ("x", ABSENT)}


def test_tags_that_a_service_takes_for_secrets() -> None:
    assert told("backup", "TagResource", {"ResourceArn": "a", "Tags": {"Name": "new"}}) == {"tags": (SENSITIVE, SENSITIVE)}
    assert told("backup", "UntagResource", {"ResourceArn": "a", "TagKeyList": ["Name"]}) == {"tags": (SENSITIVE, SENSITIVE)}


def test_tags_of_several_resources_are_told_apart() -> None:
    answer = {"Tags": [{"ResourceId": "a", "Key": "Name", "Value": "x"}]}
    parameters = {"Resources": ["a", "b"], "Tags": [{"Key": "Name", "Value": "x"}]}
    assert told("ec2", "CreateTags", parameters, DescribeTags=answer) == {"b tags.Name": (ABSENT, "x")}


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


ZONE = {"HostedZone": {"Id": "Z1", "Name": "x", "CallerReference": "1"}, "VPCs": [{"VPCRegion": "ca-central-1", "VPCId": "vpc-1"}]}
PROFILE = {"InstanceProfile": {"InstanceProfileName": "p", "Roles": [{"RoleName": "old"}]}}
PROVIDER = {"ClientIDList": ["sts.amazonaws.com"], "ThumbprintList": ["a" * 40]}
GROUP_OF_TWO = {"ReplicationGroups": [{"UserGroupIds": ["a"], "NodeGroups": [{"NodeGroupId": "0001", "NodeGroupMembers": [{}, {}]}]}]}
PROVIDER_ARN = {"OpenIDConnectProviderArn": "arn:aws:iam::1:oidc-provider/x"}
ENTRY = {"clusterName": "c", "principalArn": "arn:aws:iam::1:role/r"}
ADMIN = "arn:aws:eks::aws:cluster-access-policy/Admin"
ROLE_OF_DATABASE = {"DBInstanceIdentifier": "db", "FeatureName": "s3Import", "RoleArn": "arn:new"}
BLOCKS = {
    "CidrBlockAssociationSet": [{"AssociationId": "vpc-cidr-assoc-1", "CidrBlock": "10.1.0.0/16"}],
    "Ipv6CidrBlockAssociationSet": [{"AssociationId": "vpc-cidr-assoc-2", "Ipv6CidrBlock": "2600::/56"}],
}
ENCRYPTION = [{"resources": ["secrets"], "provider": {"keyArn": "arn:key"}}]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "answers", "expected"),
    [
        ("ec2", "AssociateVpcCidrBlock", {"VpcId": "v", "CidrBlock": "10.1.0.0/16"}, {}, {"address block 10.1.0.0/16": (ABSENT, PRESENT)}),
        (
            "ec2",
            "DisassociateVpcCidrBlock",
            {"AssociationId": "vpc-cidr-assoc-2"},
            {"DescribeVpcs": {"Vpcs": [BLOCKS]}},
            {"IPv6 address block 2600::/56": (PRESENT, ABSENT)},
        ),
        ("ec2", "DetachInternetGateway", {"InternetGatewayId": "igw", "VpcId": "v"}, {}, {"vpc_id": ("v", ABSENT)}),
        (
            "ec2",
            "EnableVgwRoutePropagation",
            {"GatewayId": "vgw-1", "RouteTableId": "rtb-1"},
            {"DescribeRouteTables": {"RouteTables": [{"PropagatingVgws": []}]}},
            {"routes of vgw-1": (ABSENT, PRESENT)},
        ),
        (
            "ec2",
            "ModifyVpcEndpoint",
            {"VpcEndpointId": "e", "AddSecurityGroupIds": ["sg-2"], "RemoveSecurityGroupIds": ["sg-1"], "PrivateDnsEnabled": True},
            {"DescribeVpcEndpoints": {"VpcEndpoints": [{"Groups": [{"GroupId": "sg-1"}], "PrivateDnsEnabled": False}]}},
            {"security_group_ids": (["sg-1"], ["sg-2"]), "private_dns_enabled": (False, True)},
        ),
        (
            "iam",
            "AddRoleToInstanceProfile",
            {"InstanceProfileName": "p", "RoleName": "new"},
            {"GetInstanceProfile": PROFILE},
            {"role": ("old", "new")},
        ),
        ("iam", "RemoveRoleFromInstanceProfile", {"InstanceProfileName": "p", "RoleName": "old"}, {}, {"role": ("old", ABSENT)}),
        (
            "iam",
            "AddClientIDToOpenIDConnectProvider",
            {**PROVIDER_ARN, "ClientID": "other"},
            {"GetOpenIDConnectProvider": PROVIDER},
            {"client other": (ABSENT, PRESENT)},
        ),
        (
            "iam",
            "UpdateOpenIDConnectProviderThumbprint",
            {**PROVIDER_ARN, "ThumbprintList": ["b" * 40]},
            {"GetOpenIDConnectProvider": PROVIDER},
            {"thumbprints": (["a" * 40], ["b" * 40])},
        ),
        (
            "iam",
            "DeleteRolePermissionsBoundary",
            {"RoleName": "r"},
            {"GetRole": {"Role": {"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:b"}}}},
            {"permissions_boundary": ("arn:b", ABSENT)},
        ),
        (
            "rds",
            "AddRoleToDBInstance",
            ROLE_OF_DATABASE,
            {"DescribeDBInstances": {"DBInstances": [{"AssociatedRoles": [{"FeatureName": "s3Import", "RoleArn": "arn:old"}]}]}},
            {"role for s3Import": ("arn:old", "arn:new")},
        ),
        (
            "rds",
            "ResetDBParameterGroup",
            {"DBParameterGroupName": "g", "ResetAllParameters": True},
            {
                "DescribeDBParameters": {
                    "Parameters": [{"ParameterName": "a", "ParameterValue": "1", "Source": "user"}, {"ParameterName": "b"}]
                }
            },
            {"parameters.a": ("1", ABSENT)},
        ),
        (
            "elasticache",
            "ModifyCacheParameterGroup",
            {
                "CacheParameterGroupName": "g",
                "ParameterNameValues": [{"ParameterName": "maxmemory-policy", "ParameterValue": "noeviction"}],
            },
            {"DescribeCacheParameters": {"Parameters": [{"ParameterName": "maxmemory-policy", "ParameterValue": "volatile-lru"}]}},
            {"parameters.maxmemory-policy": ("volatile-lru", "noeviction")},
        ),
        (
            "elasticache",
            "DecreaseReplicaCount",
            {"ReplicationGroupId": "r", "ApplyImmediately": True, "NewReplicaCount": 0},
            {"DescribeReplicationGroups": GROUP_OF_TWO},
            {"replicas": (1, 0)},
        ),
        (
            "elasticache",
            "ModifyReplicationGroup",
            {"ReplicationGroupId": "r", "UserGroupIdsToAdd": ["b"], "UserGroupIdsToRemove": ["a"]},
            {"DescribeReplicationGroups": GROUP_OF_TWO},
            {"user_group_ids": (["a"], ["b"])},
        ),
        (
            "sns",
            "Unsubscribe",
            {"SubscriptionArn": "arn:s"},
            {"GetSubscriptionAttributes": {"Attributes": {"Protocol": "email", "Endpoint": "a@b.c"}}},
            {"subscription email a@b.c": (PRESENT, ABSENT)},
        ),
        (
            "kms",
            "UpdateAlias",
            {"AliasName": "alias/a", "TargetKeyId": "arn:aws:kms:r:1:key/new"},
            {"ListAliases": {"Aliases": [{"AliasName": "alias/a", "TargetKeyId": "old"}]}},
            {"alias/a": ("old", "new")},
        ),
        (
            "rds",
            "StopDBInstance",
            {"DBInstanceIdentifier": "db"},
            {"DescribeDBInstances": {"DBInstances": [{"DBInstanceStatus": "available"}]}},
            {"status": ("available", "stopped")},
        ),
        (
            "kms",
            "RetireGrant",
            {"KeyId": "k", "GrantId": "g-1"},
            {"ListGrants": {"Grants": [{"GrantId": "g-1", "Operations": ["Decrypt"]}]}},
            {"grant g-1": (["Decrypt"], ABSENT)},
        ),
        (
            "s3",
            "DeleteBucketInventoryConfiguration",
            {"Bucket": "bucket", "Id": "all"},
            {"GetBucketInventoryConfiguration": {"InventoryConfiguration": {"Id": "all"}}},
            {"inventory all": ({"Id": "all"}, ABSENT)},
        ),
        (
            "kms",
            "CreateGrant",
            {"KeyId": "k", "GranteePrincipal": "arn:p", "Operations": ["Encrypt"], "Name": "g"},
            {"ListGrants": {"Grants": [{"Name": "g", "Operations": ["Decrypt"]}]}},
            {"grant g": (["Decrypt"], ["Encrypt"])},
        ),
        (
            "eks",
            "AssociateAccessPolicy",
            {**ENTRY, "policyArn": ADMIN, "accessScope": {"type": "namespace", "namespaces": ["b", "a"]}},
            {"ListAssociatedAccessPolicies": {"associatedAccessPolicies": [{"policyArn": ADMIN, "accessScope": {"type": "cluster"}}]}},
            {"access policy Admin": ("cluster", "namespaces a, b")},
        ),
        (
            "eks",
            "AssociateEncryptionConfig",
            {"clusterName": "c", "encryptionConfig": ENCRYPTION},
            {"DescribeCluster": {"cluster": {"name": "c"}}},
            {"encryption_config": (ABSENT, ENCRYPTION[0])},
        ),
        (
            "eks",
            "UpdateNodegroupConfig",
            {
                "clusterName": "c",
                "nodegroupName": "n",
                "taints": {"addOrUpdateTaints": [{"key": "a", "effect": "NO_SCHEDULE", "value": "new"}], "removeTaints": []},
            },
            {"DescribeNodegroup": {"nodegroup": {"taints": [{"key": "a", "effect": "NO_SCHEDULE", "value": "old"}]}}},
            {"taint a:NO_SCHEDULE": ("old", "new")},
        ),
        (
            "route53",
            "AssociateVPCWithHostedZone",
            {"HostedZoneId": "Z1", "VPC": {"VPCRegion": "ca-central-1", "VPCId": "vpc-2"}},
            {"GetHostedZone": ZONE},
            {"VPC vpc-2": (ABSENT, PRESENT)},
        ),
        (
            "route53",
            "EnableHostedZoneDNSSEC",
            {"HostedZoneId": "Z1"},
            {"GetDNSSEC": {"Status": {"ServeSignature": "NOT_SIGNING"}}},
            {"dnssec": ("NOT_SIGNING", "SIGNING")},
        ),
        (
            "backup",
            "PutBackupVaultLockConfiguration",
            {"BackupVaultName": "v", "MinRetentionDays": 7},
            {"DescribeBackupVault": {"BackupVaultName": "v", "MinRetentionDays": 1, "Locked": True}},
            {"lock.min_retention_days": (1, 7)},
        ),
        (
            "logs",
            "PutMetricFilter",
            {
                "logGroupName": "/a",
                "filterName": "f",
                "filterPattern": "ERROR",
                "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "1"}],
            },
            {
                "DescribeMetricFilters": {
                    "metricFilters": [
                        {"filterName": "f2", "filterPattern": "ERROR"},
                        {
                            "filterName": "f",
                            "filterPattern": "WARN",
                            "metricTransformations": [{"metricName": "m", "metricNamespace": "n", "metricValue": "2"}],
                        },
                    ]
                }
            },
            {"filter_pattern": ("WARN", "ERROR"), "metric_transformations.metric_value": ("2", "1")},
        ),
    ],
)
def test_writes_that_rows_cannot_say(
    service: str, operation: str, parameters: dict[str, Any], answers: dict[str, Any], expected: dict[str, tuple[Any, Any]]
) -> None:
    assert told(service, operation, parameters, **answers) == expected


# ---- the comparison


def differing(old: Any, new: Any, **manner: Any) -> Iterator[tuple[str, Any, Any]]:
    return ((each.property, each.old, each.new) for each in compare(old, new, "p", Manner(**manner)))


STATEMENT = {"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_policies_are_compared_statement_by_statement() -> None:
    tls = {"Sid": "TLS", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}
    old = policy(STATEMENT, {**tls, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}})
    spelled_otherwise = {"Statement": [{**tls, "Action": ["s3:*"], "Principal": {"AWS": ["123456789012"]}}, STATEMENT]}
    assert list(differing(old, spelled_otherwise)) == []
    new = policy({**STATEMENT, "Action": ["s3:PutObject", "s3:GetObject"]})
    assert [each[0] for each in differing(old, new)] == ["p.Read.Action", "p.TLS"]
    assert next(differing(old, new))[1:] == ("s3:GetObject", ["s3:GetObject", "s3:PutObject"])


def test_statements_without_names_come_and_go() -> None:
    one, other = ({key: value for key, value in {**STATEMENT, "Action": action}.items() if key != "Sid"} for action in ("a:B", "c:D"))
    assert list(differing(policy(one), policy(one, other))) == [("p.Statement", ABSENT, other)]
    assert list(differing(policy(one), policy(other))) == [("p.Statement.Action", "a:B", "c:D")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["b", "a"], ["a", "b"]),
        ("7", 7),
        (80.0, 80),
        ("true", True),
        (ABSENT, False),
        (None, ""),
        ([], None),
        ({"Value": True}, True),
        ('{"a": [1]}', '{ "a": [1] }'),
        ([{"Id": "x", "n": 1}, {"Id": "y"}], [{"Id": "y"}, {"Id": "x", "n": 1}]),
        ([{"n": 1}, {"n": 2}], [{"n": 2}, {"n": 1}]),
    ],
)
def test_what_is_the_same(old: Any, new: Any) -> None:
    assert list(differing(old, new)) == []


def test_things_with_names_are_told_by_them() -> None:
    old = [{"ID": "expire", "Days": 30}, {"ID": "abort", "Days": 7}]
    new = [{"ID": "expire", "Days": 60}, {"ID": "archive", "Days": 1}]
    assert list(differing(old, new)) == [("p.expire.Days", 30, 60), ("p.abort", {"Days": 7}, ABSENT), ("p.archive", ABSENT, {"Days": 1})]


def test_a_partial_write_leaves_the_rest() -> None:
    old = {"minSize": 1, "maxSize": 3}
    assert list(differing(old, {"maxSize": 5}, whole=False)) == [("p.maxSize", 3, 5)]
    assert list(differing(old, {"maxSize": 5})) == [("p.minSize", 1, ABSENT), ("p.maxSize", 3, 5)]


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("EnableIAMDatabaseAuthentication", "enable_iam_database_authentication"),
        ("DBInstanceClass", "db_instance_class"),
        ("MultiAZ", "multi_az"),
        ("KMSMasterKeyID", "kms_master_key_id"),
        ("OKActions", "ok_actions"),
        ("MapPublicIpOnLaunch", "map_public_ip_on_launch"),
        ("resourcesVpcConfig", "resources_vpc_config"),
    ],
)
def test_words(name: str, word: str) -> None:
    assert words(name) == word


def test_a_change_survives_pickling_and_json() -> None:
    for change in (Change("a", 1, ABSENT), Change("b", ABSENT, {"c": [None]}), Change("d", "x", "y")):
        assert pickle.loads(pickle.dumps(change)) == change
        assert Change.from_dict(json.loads(json.dumps(change.as_dict()))) == change
    assert Change("a", 1, ABSENT).as_dict() == {"property": "a", "old": 1}


# ---- instances, their addresses and volumes


def test_attributes_of_an_instance_are_asked_for_one_by_one() -> None:
    client = Client("ec2", {"DescribeInstanceAttribute": {"InstanceId": "i-1", "DisableApiTermination": {"Value": True}}})
    found = _current.changes(client, "ModifyInstanceAttribute", {"InstanceId": "i-1", "DisableApiTermination": {"Value": False}})
    assert found == [Change("disable_api_termination", True, False)]
    assert client.asked == [("DescribeInstanceAttribute", {"InstanceId": "i-1", "Attribute": "disableApiTermination"})]


@pytest.mark.parametrize(
    ("operation", "parameters", "answers", "expected"),
    [
        (
            "ModifyInstanceAttribute",
            {"InstanceId": "i-1", "Attribute": "instanceType", "Value": "t3.xlarge"},
            {"DescribeInstanceAttribute": {"InstanceType": {"Value": "t3.large"}}},
            # In this form it might be user data, which botocore's model says is sensitive.
            {"instance_type": (SENSITIVE, SENSITIVE)},
        ),
        (
            "ModifyInstanceAttribute",
            {"InstanceId": "i-1", "Groups": ["sg-1", "sg-2"]},
            {"DescribeInstanceAttribute": {"Groups": [{"GroupId": "sg-2"}, {"GroupId": "sg-1"}]}},
            {},
        ),
        (
            "ModifyInstanceAttribute",
            {"InstanceId": "i-1", "UserData": {"Value": b"#!/bin/sh"}},
            {},
            {"user_data": (SENSITIVE, SENSITIVE)},
        ),
        (
            "ModifyInstanceMetadataOptions",
            {"InstanceId": "i-1", "HttpTokens": "required", "HttpEndpoint": "enabled"},
            {
                "DescribeInstances": {
                    "Reservations": [{"Instances": [{"MetadataOptions": {"HttpTokens": "optional", "HttpEndpoint": "enabled"}}]}]
                }
            },
            {"metadata_options.http_tokens": ("optional", "required")},
        ),
        (
            "ModifyInstanceMaintenanceOptions",
            {"InstanceId": "i-1", "AutoRecovery": "default"},
            {"DescribeInstances": {"Reservations": [{"Instances": [{"MaintenanceOptions": {"AutoRecovery": "disabled"}}]}]}},
            {"maintenance_options.auto_recovery": ("disabled", "default")},
        ),
        (
            "MonitorInstances",
            {"InstanceIds": ["i-1"]},
            {"DescribeInstances": {"Reservations": [{"Instances": [{"InstanceId": "i-1", "Monitoring": {"State": "disabled"}}]}]}},
            {"monitoring": ("disabled", "enabled")},
        ),
        (
            "StopInstances",
            {"InstanceIds": ["i-1", "i-2"]},
            {
                "DescribeInstances": {
                    "Reservations": [
                        {"Instances": [{"InstanceId": each, "State": {"Name": state}}]}
                        for each, state in (("i-1", "running"), ("i-2", "stopped"))
                    ]
                }
            },
            {"state of i-1": ("running", "stopped")},
        ),
        (
            "ModifyVolume",
            {"VolumeId": "vol-1", "Size": 100, "VolumeType": "gp3"},
            {"DescribeVolumes": {"Volumes": [{"VolumeId": "vol-1", "Size": 50, "VolumeType": "gp3"}]}},
            {"size": (50, 100)},
        ),
        (
            "AssociateAddress",
            {"AllocationId": "eipalloc-1", "InstanceId": "i-2"},
            {"DescribeAddresses": {"Addresses": [{"AllocationId": "eipalloc-1", "InstanceId": "i-1"}]}},
            {"instance_id": ("i-1", "i-2")},
        ),
        (
            "AssociateAddress",
            {"AllocationId": "eipalloc-1", "InstanceId": "i-2"},
            {"DescribeAddresses": {"Addresses": [{"AllocationId": "eipalloc-1"}]}},
            {"instance_id": (ABSENT, "i-2")},
        ),
        (
            "DisassociateAddress",
            {"AssociationId": "eipassoc-1"},
            {"DescribeAddresses": {"Addresses": [{"AllocationId": "eipalloc-1", "InstanceId": "i-1"}]}},
            {"instance_id": ("i-1", ABSENT)},
        ),
        (
            "ReplaceIamInstanceProfileAssociation",
            {"AssociationId": "iip-1", "IamInstanceProfile": {"Name": "new"}},
            {
                "DescribeIamInstanceProfileAssociations": {
                    "IamInstanceProfileAssociations": [{"IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/old"}}]
                }
            },
            {"iam_instance_profile": ("old", "new")},
        ),
        (
            "AssociateIamInstanceProfile",
            {"InstanceId": "i-1", "IamInstanceProfile": {"Arn": "arn:aws:iam::123456789012:instance-profile/host"}},
            {"DescribeIamInstanceProfileAssociations": {"IamInstanceProfileAssociations": []}},
            {"iam_instance_profile": (ABSENT, "host")},
        ),
    ],
)
def test_an_instance(operation: str, parameters: dict[str, Any], answers: dict[str, Any], expected: dict[str, Any]) -> None:
    assert told("ec2", operation, parameters, **answers) == expected


# ---- queues and repositories


def test_attributes_of_a_queue() -> None:
    now = {"VisibilityTimeout": "30", "RedrivePolicy": '{"maxReceiveCount": 5}', "SqsManagedSseEnabled": "true"}
    given = {"VisibilityTimeout": "60", "RedrivePolicy": "", "KmsMasterKeyId": "k", "SqsManagedSseEnabled": "true"}
    assert told("sqs", "SetQueueAttributes", {"QueueUrl": "u", "Attributes": given}, GetQueueAttributes={"Attributes": now}) == {
        "attributes.visibility_timeout": ("30", "60"),
        "attributes.redrive_policy": ({"maxReceiveCount": 5}, ABSENT),
        "attributes.kms_master_key_id": (ABSENT, "k"),
    }


def test_a_repository() -> None:
    named = {"repositoryName": "shop/api"}
    now = {"repositories": [{"imageTagMutability": "MUTABLE", "imageScanningConfiguration": {"scanOnPush": False}}]}
    assert told("ecr", "PutImageTagMutability", {**named, "imageTagMutability": "IMMUTABLE"}, DescribeRepositories=now) == {
        "image_tag_mutability": ("MUTABLE", "IMMUTABLE")
    }
    scanning = {**named, "imageScanningConfiguration": {"scanOnPush": True}}
    assert told("ecr", "PutImageScanningConfiguration", scanning, DescribeRepositories=now) == {
        "image_scanning_configuration.scan_on_push": (False, True)
    }
    rules = '{"rules": [{"rulePriority": 1, "selection": {"countNumber": %d}}]}'
    lifecycle = told(
        "ecr", "PutLifecyclePolicy", {**named, "lifecyclePolicyText": rules % 10}, GetLifecyclePolicy={"lifecyclePolicyText": rules % 5}
    )
    assert lifecycle == {"lifecycle_policy.rules.selection.countNumber": (5, 10)}
    assert told("ecr", "DeleteLifecyclePolicy", named) == {}
