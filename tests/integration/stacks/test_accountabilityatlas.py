# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AccountabilityAtlas' production in phase 1: every AWS value of its specification, read back from the account by boto3.

The values stand here as the specification has them, not as the inventory does. What runs on the host is tested with hosts.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.playbooks import play

from .atlas import IMAGES, NAME, QUEUES, assert_common_tags, host_of, secret_of, tags_of
from .conftest import Stack

# One worker converges the stack once for the whole module.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("accountabilityatlas"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def instance(accountabilityatlas: Stack) -> dict[str, Any]:
    """The host."""
    return host_of(accountabilityatlas)


# -- The run itself --------------------------------------------------------------------------------------


def test_the_first_run_creates_and_the_second_changes_nothing(accountabilityatlas: Stack) -> None:
    first = accountabilityatlas.first.report("converge", "accountabilityatlas", "prod")
    assert first["summary"]["failed"] == 0
    assert first["summary"]["create"] > 60
    second = accountabilityatlas.run().check()
    assert second.changed == 0
    report = second.report("converge", "accountabilityatlas", "prod")
    assert {node["action"] for node in report["nodes"]} <= {"unchanged", "skipped"}
    assert [operation for node in report["nodes"] for operation in node["operations"]] == []


def test_a_plan_of_the_converged_stack_has_no_changes_and_writes_nothing(accountabilityatlas: Stack) -> None:
    written = len(accountabilityatlas.account.writes())
    assert accountabilityatlas.run("--check").check().changed == 0
    assert len(accountabilityatlas.account.writes()) == written


def test_the_run_stopped_after_the_cloud(accountabilityatlas: Stack) -> None:
    assert "Converge the stack" in accountabilityatlas.first.output
    assert "Connect to the host" not in accountabilityatlas.first.output
    assert "Configure the host]" not in accountabilityatlas.first.output


def test_nothing_was_made_outside_the_region(accountabilityatlas: Stack) -> None:
    made = accountabilityatlas.account.writes()
    assert {entry["region"] for entry in made if entry["service"] not in ("iam", "route53")} == {"us-east-1"}


def test_no_secret_of_the_stack_is_in_any_output_or_report(accountabilityatlas: Stack) -> None:
    report = (accountabilityatlas.first.reports / "prod" / "accountabilityatlas" / "converge.json").read_text(encoding="utf-8")
    hidden = [
        secret_of(accountabilityatlas, "database")["password"],
        secret_of(accountabilityatlas, "admin")["password"],
        secret_of(accountabilityatlas, "admin")["password_hash"],
        # A line of the middle: the first and the last are the same for every key.
        secret_of(accountabilityatlas, "jwt")["private_key"].splitlines()[5],
        secret_of(accountabilityatlas, "ssh")["private_key"].splitlines()[2],
    ]
    for value in hidden:
        assert len(value) >= 16
        assert value not in accountabilityatlas.first.output
        assert value not in report


def test_the_plan_of_an_empty_account_shows_every_resource_as_a_creation(account: Emulator, tmp_path: Path) -> None:
    arguments = ("--limit", "accountabilityatlas", "--check")
    plan = play(account, "site.yml", *arguments, inventory="inventories/prod", reports=tmp_path).check()
    report = plan.report("plan", "accountabilityatlas", "prod")
    assert report["summary"]["failed"] == report["summary"]["change"] == report["summary"]["delete"] == 0
    planned = {(node["name"], node["item"]) for node in report["nodes"] if node["action"] == "create"}
    assert {
        ("Create the VPC", None),
        ("Run the hosts", NAME),
        ("Import the key pairs", NAME),
        ("Give the hosts their addresses", NAME),
        ("Create the databases", NAME),
        ("Create the records", "accountabilityatlas.com A "),
        ("Create the records", "www.accountabilityatlas.com CNAME "),
        ("Create the alarms", f"{NAME}-ec2-high-cpu"),
        ("Create the alarms", f"{NAME}-ec2-status-check"),
    } <= planned
    assert account.writes() == []


# -- Networking ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def vpc(accountabilityatlas: Stack) -> dict[str, Any]:
    filters = [{"Name": "tag:stratum:stack", "Values": ["accountabilityatlas"]}]
    (one,) = accountabilityatlas.client("ec2").describe_vpcs(Filters=filters)["Vpcs"]
    return dict(one)


def test_the_vpc_has_three_subnets_and_no_nat_gateway(accountabilityatlas: Stack, vpc: dict[str, Any]) -> None:
    ec2 = accountabilityatlas.client("ec2")
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    assert_common_tags(tags_of(vpc), "network")
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]
    assert {subnet["CidrBlock"]: subnet["AvailabilityZone"] for subnet in subnets} == {
        "10.0.1.0/24": "us-east-1a",
        "10.0.20.0/24": "us-east-1a",
        "10.0.21.0/24": "us-east-1b",
    }
    assert {subnet["CidrBlock"] for subnet in subnets if subnet["MapPublicIpOnLaunch"]} == {"10.0.1.0/24"}
    assert ec2.describe_nat_gateways()["NatGateways"] == []
    assert accountabilityatlas.client("elbv2").describe_load_balancers()["LoadBalancers"] == []


def test_only_the_public_subnet_leads_to_the_internet(accountabilityatlas: Stack, vpc: dict[str, Any]) -> None:
    ec2 = accountabilityatlas.client("ec2")
    (gateway,) = ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}])["InternetGateways"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["RouteTables"]
    cidrs = {each["SubnetId"]: each["CidrBlock"] for each in ec2.describe_subnets()["Subnets"]}
    out = [table for table in tables if any(route.get("GatewayId") == gateway["InternetGatewayId"] for route in table["Routes"])]
    assert [[cidrs[each["SubnetId"]] for each in table["Associations"] if "SubnetId" in each] for table in out] == [["10.0.1.0/24"]]


def groups_of(stack: Stack, vpc: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the security groups by their Name tags: EC2 takes no name that begins with sg-."""
    filters = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
    return {tags_of(each).get("Name", ""): each for each in stack.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]}


def test_the_host_takes_web_traffic_from_everywhere_and_ssh_from_administrators(accountabilityatlas: Stack, vpc: dict[str, Any]) -> None:
    group = groups_of(accountabilityatlas, vpc)["sg-ec2-web"]
    rules = {(rule["IpProtocol"], rule["FromPort"], rule["ToPort"]): rule["IpRanges"] for rule in group["IpPermissions"]}
    assert {ports: [each["CidrIp"] for each in ranges] for ports, ranges in rules.items()} == {
        ("tcp", 80, 80): ["0.0.0.0/0"],
        ("tcp", 443, 443): ["0.0.0.0/0"],
        ("tcp", 22, 22): ["203.0.113.10/32"],
    }
    assert {ports[1]: ranges[0]["Description"] for ports, ranges in rules.items()} == {
        80: "HTTP (redirect to HTTPS)",
        443: "HTTPS",
        22: "SSH (deployment, maintenance)",
    }
    (egress,) = group["IpPermissionsEgress"]
    assert (egress["IpProtocol"], [each["CidrIp"] for each in egress["IpRanges"]]) == ("-1", ["0.0.0.0/0"])
    assert_common_tags(tags_of(group), "security")


def test_the_database_is_reached_from_the_host_only(accountabilityatlas: Stack, vpc: dict[str, Any]) -> None:
    groups = groups_of(accountabilityatlas, vpc)
    (rule,) = groups["sg-rds"]["IpPermissions"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule["IpRanges"]) == ("tcp", 5432, 5432, [])
    assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [groups["sg-ec2-web"]["GroupId"]]
    assert rule["UserIdGroupPairs"][0]["Description"] == "PostgreSQL from EC2 only"


def test_dns(accountabilityatlas: Stack, instance: dict[str, Any]) -> None:
    route53 = accountabilityatlas.client("route53")
    (zone,) = route53.list_hosted_zones()["HostedZones"]
    assert zone["Name"] == "accountabilityatlas.com."
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    values = {(each["Name"], each["Type"]): [value["Value"] for value in each["ResourceRecords"]] for each in records}
    (address,) = accountabilityatlas.client("ec2").describe_addresses()["Addresses"]
    assert values["accountabilityatlas.com.", "A"] == [address["PublicIp"]] == [instance["PublicIpAddress"]]
    assert [value.rstrip(".") for value in values["www.accountabilityatlas.com.", "CNAME"]] == ["accountabilityatlas.com"]


# -- The host --------------------------------------------------------------------------------------------


def test_the_host(accountabilityatlas: Stack, instance: dict[str, Any], vpc: dict[str, Any]) -> None:
    assert instance["InstanceType"] == "t3.xlarge"
    assert instance["State"]["Name"] == "running"
    assert instance["Placement"]["AvailabilityZone"] == "us-east-1a"
    assert [group["GroupId"] for group in instance["SecurityGroups"]] == [groups_of(accountabilityatlas, vpc)["sg-ec2-web"]["GroupId"]]
    assert instance["MetadataOptions"]["HttpTokens"] == "required"
    assert instance["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert tags_of(instance)["Name"] == NAME
    assert_common_tags(tags_of(instance), "compose_host")
    ec2 = accountabilityatlas.client("ec2")
    (image,) = ec2.describe_images(ImageIds=[instance["ImageId"]])["Images"]
    debian = ec2.describe_images(Owners=["136693071363"], Filters=[{"Name": "name", "Values": ["debian-13-amd64-*"]}])["Images"]
    assert image["ImageId"] == max(debian, key=lambda each: each["CreationDate"])["ImageId"]
    protected = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="disableApiTermination")
    assert protected["DisableApiTermination"]["Value"] is True


def test_the_hosts_disk_is_encrypted_and_of_the_type_gp3(accountabilityatlas: Stack, instance: dict[str, Any]) -> None:
    (volume,) = accountabilityatlas.client("ec2").describe_volumes()["Volumes"]
    assert (volume["Encrypted"], volume["VolumeType"], volume["Size"]) == (True, "gp3", 50)
    assert volume["Attachments"][0]["InstanceId"] == instance["InstanceId"]
    assert volume["Attachments"][0]["DeleteOnTermination"] is True
    assert_common_tags(tags_of(volume), "compose_host")


def test_the_host_has_the_elastic_ip_address(accountabilityatlas: Stack, instance: dict[str, Any]) -> None:
    (address,) = accountabilityatlas.client("ec2").describe_addresses()["Addresses"]
    assert address["InstanceId"] == instance["InstanceId"]
    assert_common_tags(tags_of(address), "compose_host")


def test_the_first_boot_makes_room_for_ansible_and_systems_manager(accountabilityatlas: Stack, instance: dict[str, Any]) -> None:
    ec2 = accountabilityatlas.client("ec2")
    data = ec2.describe_instance_attribute(InstanceId=instance["InstanceId"], Attribute="userData")["UserData"]["Value"]
    script = base64.b64decode(data).decode()
    assert script.startswith("#!/bin/sh\n")
    assert "python3" in script
    assert "amazon-ssm-us-east-1/latest/debian_amd64/amazon-ssm-agent.deb" in script
    assert "{" + "{" not in script


def test_administrators_log_in_with_the_key_that_was_generated(accountabilityatlas: Stack, instance: dict[str, Any]) -> None:
    (pair,) = accountabilityatlas.client("ec2").describe_key_pairs(IncludePublicKey=True)["KeyPairs"]
    assert instance["KeyName"] == pair["KeyName"] == NAME
    generated = secret_of(accountabilityatlas, "ssh")
    assert pair["PublicKey"].split()[:2] == generated["public_key"].split()[:2]
    assert generated["private_key"].startswith("-----BEGIN OPENSSH PRIVATE KEY-----")
    assert_common_tags(tags_of(pair), "compose_host")


def test_what_programs_on_the_host_may_do(accountabilityatlas: Stack, instance: dict[str, Any]) -> None:
    iam = accountabilityatlas.client("iam")
    profile = iam.get_instance_profile(InstanceProfileName=f"{NAME}-host")["InstanceProfile"]
    assert instance["IamInstanceProfile"]["Arn"] == profile["Arn"]
    (role,) = profile["Roles"]
    attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    assert {policy["PolicyName"] for policy in attached} == {"AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy"}
    (policy,) = iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"]
    document = iam.get_role_policy(RoleName=role["RoleName"], PolicyName=policy)["PolicyDocument"]
    statements = {statement["Sid"]: statement for statement in document["Statement"]}
    pulled = {arn.rpartition("/")[2] for arn in statements["PullTheImages"]["Resource"]}
    assert pulled == IMAGES
    assert "logs:PutLogEvents" in statements["WriteTheLogs"]["Action"]
    assert all(":log-group:/accountabilityatlas/prod" in arn for arn in statements["WriteTheLogs"]["Resource"])
    assert statements["PublishMetrics"]["Condition"]["StringEquals"]["cloudwatch:namespace"] == ["CWAgent", "Stratum/Host"]
    # The login to the registry and metrics know no resource; nothing else is for everything.
    assert {sid for sid, each in statements.items() if each.get("Resource") == "*"} == {"LogInToTheRegistry", "PublishMetrics"}
    # The managed policy would let it read every parameter of the account.
    assert statements["ReadNoParameters"]["Effect"] == "Deny"
    assert statements["ReadNoParameters"]["NotResource"] == "arn:aws:ssm:*::parameter/aws/*"


# -- Data ------------------------------------------------------------------------------------------------


def test_database(accountabilityatlas: Stack, vpc: dict[str, Any]) -> None:
    (database,) = accountabilityatlas.client("rds").describe_db_instances()["DBInstances"]
    assert database["DBInstanceIdentifier"] == NAME
    assert database["Engine"] == "postgres"
    expected = {
        "DBInstanceClass": "db.t4g.micro",
        "AllocatedStorage": 20,
        "StorageType": "gp3",
        "StorageEncrypted": True,
        "MultiAZ": False,
        "BackupRetentionPeriod": 7,
        "PubliclyAccessible": False,
        "DeletionProtection": True,
        "AvailabilityZone": "us-east-1a",
    }
    assert {key: database[key] for key in expected} == expected
    assert not database.get("PerformanceInsightsEnabled", False)
    assert database.get("ReadReplicaDBInstanceIdentifiers", []) == []
    assert [each["VpcSecurityGroupId"] for each in database["VpcSecurityGroups"]] == [
        groups_of(accountabilityatlas, vpc)["sg-rds"]["GroupId"]
    ]
    assert {each["SubnetAvailabilityZone"]["Name"] for each in database["DBSubnetGroup"]["Subnets"]} == {"us-east-1a", "us-east-1b"}
    assert_common_tags(tags_of(database, "TagList"), "data_tier")


def test_everything_that_the_services_need_is_a_secret(accountabilityatlas: Stack) -> None:
    database = secret_of(accountabilityatlas, "database")
    assert database.keys() >= {"username", "password", "engine", "dbname", "host", "port"}
    assert len(database["password"]) == 32
    jwt = secret_of(accountabilityatlas, "jwt")
    assert jwt["private_key"].startswith("-----BEGIN PRIVATE KEY-----")
    assert jwt["public_key"].startswith("-----BEGIN PUBLIC KEY-----")
    admin = secret_of(accountabilityatlas, "admin")
    assert admin["email"].endswith("@accountabilityatlas.com")
    assert re.fullmatch(r"\$2[aby]\$10\$[./A-Za-z0-9]{53}", admin["password_hash"])
    listed = accountabilityatlas.client("secretsmanager").list_secrets()["SecretList"]
    services = {secret["Name"]: tags_of(secret)["Service"] for secret in listed}
    assert services == {
        "accountabilityatlas/prod/database": "platform",
        "accountabilityatlas/prod/jwt": "user-service",
        "accountabilityatlas/prod/admin": "user-service",
        "accountabilityatlas/prod/mapbox": "web-app",
        "accountabilityatlas/prod/youtube": "video-service",
        "accountabilityatlas/prod/ssh": "platform",
    }


def test_queues_have_dead_letter_queues(accountabilityatlas: Stack) -> None:
    sqs = accountabilityatlas.client("sqs")
    urls = {url.rpartition("/")[2]: url for url in sqs.list_queues()["QueueUrls"]}
    assert urls.keys() == {*QUEUES, *(f"{name}-dlq" for name in QUEUES)}
    attributes = {name: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for name, url in urls.items()}
    for name, service in QUEUES.items():
        redrive = json.loads(attributes[name]["RedrivePolicy"])
        assert redrive["deadLetterTargetArn"] == attributes[f"{name}-dlq"]["QueueArn"]
        assert int(redrive["maxReceiveCount"]) == 5
        assert int(attributes[f"{name}-dlq"]["MessageRetentionPeriod"]) == 14 * 24 * 3600
        assert_common_tags(sqs.list_queue_tags(QueueUrl=urls[name])["Tags"], "storage", service)


def test_buckets_are_private_and_encrypted(accountabilityatlas: Stack) -> None:
    s3 = accountabilityatlas.client("s3")
    names = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert names == {"accountabilityatlas-backups-prod", "accountabilityatlas-assets-prod"}
    for name in names:
        assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {True}
        (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
        assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"


def test_repositories_scan_and_forget_old_images(accountabilityatlas: Stack) -> None:
    ecr = accountabilityatlas.client("ecr")
    repositories = {each["repositoryName"]: each for each in ecr.describe_repositories()["repositories"]}
    assert repositories.keys() == IMAGES
    for name, repository in repositories.items():
        assert repository["imageScanningConfiguration"]["scanOnPush"] is True
        assert repository["imageTagMutability"] == "IMMUTABLE"
        assert json.loads(ecr.get_lifecycle_policy(repositoryName=name)["lifecyclePolicyText"])["rules"]
        tags = tags_of(ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"]), "tags")
        assert_common_tags(tags, "storage", name.removeprefix("acct-atlas-"))


# -- Watching and keeping --------------------------------------------------------------------------------

ALARMS: dict[str, tuple[tuple[str, str], str, float, str, int, int]] = {
    # name: metric, statistic, threshold, comparison, period in seconds, periods
    "ec2-high-cpu": (("AWS/EC2", "CPUUtilization"), "Average", 70, "GreaterThanThreshold", 300, 2),
    "ec2-high-memory": (("CWAgent", "mem_used_percent"), "Average", 80, "GreaterThanThreshold", 300, 2),
    "ec2-low-disk": (("CWAgent", "disk_used_percent"), "Average", 85, "GreaterThanThreshold", 300, 1),
    "rds-high-cpu": (("AWS/RDS", "CPUUtilization"), "Average", 80, "GreaterThanThreshold", 300, 2),
    **{
        f"sqs-depth-{name.removeprefix('acct-atlas-prod-')}": (
            ("AWS/SQS", "ApproximateNumberOfMessagesVisible"),
            "Maximum",
            1000,
            "GreaterThanThreshold",
            300,
            1,
        )
        for name in QUEUES
    },
    "ec2-status-check": (("AWS/EC2", "StatusCheckFailed_System"), "Maximum", 0, "GreaterThanThreshold", 60, 5),
    "certificate": (("Stratum/Host", "CertificateDaysLeft"), "Minimum", 14, "LessThanThreshold", 3600, 3),
}


def alarms_of(stack: Stack) -> dict[str, dict[str, Any]]:
    pages = stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return {alarm["AlarmName"].removeprefix(f"{NAME}-"): alarm for page in pages for alarm in page["MetricAlarms"]}


def test_the_alarms_are_those_of_the_specification(accountabilityatlas: Stack) -> None:
    alarms = alarms_of(accountabilityatlas)
    keys = ("Statistic", "Threshold", "ComparisonOperator", "Period", "EvaluationPeriods")
    found = {name: ((each["Namespace"], each["MetricName"]), *(each[key] for key in keys)) for name, each in alarms.items()}
    assert found == ALARMS


def test_the_alarms_look_at_what_there_is(accountabilityatlas: Stack, instance: dict[str, Any]) -> None:
    alarms = alarms_of(accountabilityatlas)
    looked = {name: {each["Name"]: each["Value"] for each in alarm["Dimensions"]} for name, alarm in alarms.items()}
    host = {"InstanceId": instance["InstanceId"]}
    assert looked == {
        "ec2-high-cpu": host,
        "ec2-high-memory": host,
        "ec2-low-disk": {**host, "path": "/"},
        "ec2-status-check": host,
        "rds-high-cpu": {"DBInstanceIdentifier": NAME},
        "certificate": {"Certificate": "accountabilityatlas.com"},
        **{f"sqs-depth-{name.removeprefix('acct-atlas-prod-')}": {"QueueName": name} for name in QUEUES},
    }
    assert alarms["certificate"]["TreatMissingData"] == "breaching"


def test_alarms_write_to_a_mailbox_and_the_host_is_recovered(accountabilityatlas: Stack) -> None:
    sns = accountabilityatlas.client("sns")
    (topic,) = [each["TopicArn"] for each in sns.list_topics()["Topics"]]
    subscribed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [each["Protocol"] for each in subscribed] == ["email"]
    actions = {name: alarm["AlarmActions"] for name, alarm in alarms_of(accountabilityatlas).items()}
    assert sorted(actions.pop("ec2-status-check")) == sorted(["arn:aws:automate:us-east-1:ec2:recover", topic])
    assert set(map(tuple, actions.values())) == {(topic,)}


def test_logs_are_kept_for_a_while(accountabilityatlas: Stack) -> None:
    groups = {each["logGroupName"]: each for each in accountabilityatlas.client("logs").describe_log_groups()["logGroups"]}
    assert groups["/accountabilityatlas/prod"]["retentionInDays"] == 30


def test_backups_are_made_daily_and_kept_for_seven_days(accountabilityatlas: Stack) -> None:
    backup = accountabilityatlas.client("backup")
    (listed,) = backup.list_backup_plans()["BackupPlansList"]
    (rule,) = backup.get_backup_plan(BackupPlanId=listed["BackupPlanId"])["BackupPlan"]["Rules"]
    assert rule["ScheduleExpression"] == "cron(0 5 ? * * *)"
    assert rule["Lifecycle"]["DeleteAfterDays"] == 7
    (selection,) = backup.list_backup_selections(BackupPlanId=listed["BackupPlanId"])["BackupSelectionsList"]
    chosen = backup.get_backup_selection(BackupPlanId=listed["BackupPlanId"], SelectionId=selection["SelectionId"])["BackupSelection"]
    (database,) = accountabilityatlas.client("rds").describe_db_instances()["DBInstances"]
    assert chosen["Resources"] == [database["DBInstanceArn"]]


def test_workflows_of_one_repository_and_branch_may_push_images(accountabilityatlas: Stack) -> None:
    iam = accountabilityatlas.client("iam")
    role = iam.get_role(RoleName=f"{NAME}-deploy")["Role"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"]["Federated"].endswith(":oidc-provider/token.actions.githubusercontent.com")
    conditions = {key: value for test in trust["Condition"].values() for key, value in test.items()}
    subject = conditions["token.actions.githubusercontent.com:sub"]
    assert subject in (wanted := "repo:owner--to-be-named/AccountabilityAtlas:ref:refs/heads/master", [wanted])
    assert conditions["token.actions.githubusercontent.com:aud"] in ("sts.amazonaws.com", ["sts.amazonaws.com"])
    document = iam.get_role_policy(
        RoleName=role["RoleName"], PolicyName=iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"][0]
    )
    pushed = [each for each in document["PolicyDocument"]["Statement"] if "ecr:PutImage" in each["Action"]]
    assert {arn.rpartition("/")[2] for each in pushed for arn in each["Resource"]} == IMAGES
