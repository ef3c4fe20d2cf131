# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Speckle's production: every AWS value of its specification, read back from the account by boto3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.playbooks import play

from .conftest import REGION, Stack

# One worker converges the stack once for the whole module.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("speckle"), pytest.mark.timeout(600)]

TAGS = {"Environment": "production", "Project": "speckle", "ManagedBy": "ansible"}


def tags_of(resource: dict[str, Any], key: str = "Tags") -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in resource.get(key, [])}


def name_of(resource: dict[str, Any]) -> str:
    return tags_of(resource).get("Name", "")


def assert_common_tags(tags: dict[str, str], layer: str) -> None:
    assert {**TAGS, "stratum:stack": "speckle", "stratum:layer": layer}.items() <= tags.items(), tags
    assert tags["CostCenter"]


# -- the run itself --------------------------------------------------------------------------------------


def test_the_first_run_creates_and_the_second_changes_nothing(speckle: Stack) -> None:
    first = speckle.first.report("converge", "speckle", "prod")
    assert first["summary"]["failed"] == 0
    assert first["summary"]["create"] > 50
    second = speckle.run().check()
    assert second.changed == 0
    report = second.report("converge", "speckle", "prod")
    assert {node["action"] for node in report["nodes"]} <= {"unchanged", "skipped"}
    assert [operation for node in report["nodes"] for operation in node["operations"]] == []


def test_a_plan_of_the_converged_stack_has_no_changes_and_writes_nothing(speckle: Stack) -> None:
    written = len(speckle.account.writes())
    plan = speckle.run("--check").check()
    assert plan.changed == 0
    assert len(speckle.account.writes()) == written


# Of a smaller stack, tests/integration/engine/test_converge.py asks the same.
@pytest.mark.long
def test_task_by_task_changes_nothing_either(speckle: Stack) -> None:
    assert speckle.run(variables={"converge_engine": "linear"}).check().changed == 0


def test_no_secret_of_the_stack_is_in_any_output_or_report(speckle: Stack) -> None:
    secrets = speckle.client("secretsmanager")
    names = [secret["Name"] for page in secrets.get_paginator("list_secrets").paginate() for secret in page["SecretList"]]
    assert names
    report = (speckle.first.reports / "prod" / "speckle" / "converge.json").read_text()
    for name in names:
        text = secrets.get_secret_value(SecretId=name)["SecretString"]
        values = json.loads(text) if text.startswith("{") else {"value": text}
        secret = [value for key, value in values.items() if key in ("password", "secret_access_key", "token", "value")]
        assert secret, name
        for value in secret:
            assert len(value) >= 16
            assert value not in speckle.first.output
            assert json.dumps(value)[1:-1] not in speckle.first.output
            assert value not in report


def test_nothing_was_made_outside_the_region(speckle: Stack) -> None:
    assert {entry["region"] for entry in speckle.account.writes() if entry["service"] not in ("iam", "route53")} == {REGION}


def test_the_plan_of_an_empty_account_has_no_failure_and_writes_nothing(account: Emulator, tmp_path: Path) -> None:
    plan = play(account, "site.yml", "--limit", "speckle", "--check", inventory="inventories/prod", reports=tmp_path).check()
    report = plan.report("plan", "speckle", "prod")
    assert report["summary"]["failed"] == 0
    assert report["summary"]["create"] > 60
    assert account.writes() == []


# -- VPC & networking ------------------------------------------------------------------------------------


def vpc_of(speckle: Stack) -> dict[str, Any]:
    (vpc,) = speckle.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["speckle-cluster-vpc"]}])["Vpcs"]
    return dict(vpc)


def subnets_of(speckle: Stack) -> dict[str, dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [vpc_of(speckle)["VpcId"]]}]
    return {subnet["CidrBlock"]: subnet for subnet in speckle.client("ec2").describe_subnets(Filters=filters)["Subnets"]}


def test_vpc(speckle: Stack) -> None:
    vpc = vpc_of(speckle)
    assert vpc["CidrBlock"] == "10.0.0.0/16"
    assert_common_tags(tags_of(vpc), "network")
    ec2 = speckle.client("ec2")
    for attribute in ("enableDnsSupport", "enableDnsHostnames"):
        answer = ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=attribute)
        assert answer[attribute[0].upper() + attribute[1:]]["Value"] is True


def test_subnets(speckle: Stack) -> None:
    subnets = subnets_of(speckle)
    zones = {cidr: subnet["AvailabilityZone"] for cidr, subnet in subnets.items()}
    first, second = zones["10.0.1.0/24"], zones["10.0.2.0/24"]
    assert first != second
    assert zones == {
        "10.0.1.0/24": first,
        "10.0.2.0/24": second,
        "10.0.10.0/24": first,
        "10.0.11.0/24": second,
        "10.0.20.0/24": first,
        "10.0.21.0/24": second,
    }
    for cidr, subnet in subnets.items():
        tags = tags_of(subnet)
        assert_common_tags(tags, "network")
        public = cidr in ("10.0.1.0/24", "10.0.2.0/24")
        assert subnet["MapPublicIpOnLaunch"] is public
        assert tags.get("kubernetes.io/role/elb") == ("1" if public else None)
        assert tags.get("kubernetes.io/role/internal-elb") == ("1" if cidr in ("10.0.10.0/24", "10.0.11.0/24") else None)


def test_internet_gateway(speckle: Stack) -> None:
    (gateway,) = speckle.client("ec2").describe_internet_gateways()["InternetGateways"]
    assert name_of(gateway) == "speckle-cluster-igw"
    assert gateway["Attachments"][0]["VpcId"] == vpc_of(speckle)["VpcId"]
    assert_common_tags(tags_of(gateway), "network")


def test_nat_gateways_and_their_addresses(speckle: Stack) -> None:
    ec2 = speckle.client("ec2")
    subnets = subnets_of(speckle)
    addresses = {name_of(address): address for address in ec2.describe_addresses()["Addresses"]}
    assert set(addresses) == {"speckle-cluster-nat-eip-1", "speckle-cluster-nat-eip-2"}
    gateways = {gateway["SubnetId"]: gateway for gateway in ec2.describe_nat_gateways()["NatGateways"]}
    assert len(gateways) == 2
    for number, cidr in ((1, "10.0.1.0/24"), (2, "10.0.2.0/24")):
        gateway = gateways[subnets[cidr]["SubnetId"]]
        assert gateway["State"] == "available"
        assert gateway["NatGatewayAddresses"][0]["AllocationId"] == addresses[f"speckle-cluster-nat-eip-{number}"]["AllocationId"]
        assert_common_tags(tags_of(gateway), "network")


def test_route_tables(speckle: Stack) -> None:
    ec2 = speckle.client("ec2")
    subnets = subnets_of(speckle)
    by_subnet = {
        association["SubnetId"]: table
        for table in ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_of(speckle)["VpcId"]]}])["RouteTables"]
        for association in table["Associations"]
        if "SubnetId" in association
    }
    nats = {gateway["SubnetId"]: gateway["NatGatewayId"] for gateway in ec2.describe_nat_gateways()["NatGateways"]}
    (igw,) = ec2.describe_internet_gateways()["InternetGateways"]

    def default_route(cidr: str) -> dict[str, Any]:
        table = by_subnet[subnets[cidr]["SubnetId"]]
        (route,) = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"]
        return dict(route)

    for cidr in ("10.0.1.0/24", "10.0.2.0/24"):
        assert default_route(cidr)["GatewayId"] == igw["InternetGatewayId"]
    assert by_subnet[subnets["10.0.1.0/24"]["SubnetId"]]["RouteTableId"] == by_subnet[subnets["10.0.2.0/24"]["SubnetId"]]["RouteTableId"]
    assert default_route("10.0.10.0/24")["NatGatewayId"] == nats[subnets["10.0.1.0/24"]["SubnetId"]]
    assert default_route("10.0.11.0/24")["NatGatewayId"] == nats[subnets["10.0.2.0/24"]["SubnetId"]]
    assert len({table["RouteTableId"] for table in by_subnet.values()}) == 3


# -- EKS -------------------------------------------------------------------------------------------------


def test_cluster(speckle: Stack) -> None:
    cluster = speckle.client("eks").describe_cluster(name="speckle-cluster")["cluster"]
    assert (cluster["version"], cluster["status"]) == ("1.29", "ACTIVE")
    access = cluster["resourcesVpcConfig"]
    assert access["endpointPrivateAccess"] is True
    assert access["endpointPublicAccess"] is True
    assert access["publicAccessCidrs"] == ["0.0.0.0/0"]
    subnets = subnets_of(speckle)
    wanted = ("10.0.1.0/24", "10.0.2.0/24", "10.0.10.0/24", "10.0.11.0/24")
    assert set(access["subnetIds"]) == {subnets[cidr]["SubnetId"] for cidr in wanted}
    assert cluster["roleArn"].endswith(":role/speckle-cluster-cluster-role")
    assert access["securityGroupIds"] == [group_of(speckle, "speckle-cluster-cluster-sg")["GroupId"]]
    assert_common_tags(cluster["tags"], "eks")


def test_node_group(speckle: Stack) -> None:
    nodes = speckle.client("eks").describe_nodegroup(clusterName="speckle-cluster", nodegroupName="speckle-cluster-nodes")["nodegroup"]
    subnets = subnets_of(speckle)
    assert nodes["status"] == "ACTIVE"
    assert nodes["scalingConfig"] == {"minSize": 1, "desiredSize": 2, "maxSize": 4}
    assert set(nodes["subnets"]) == {subnets["10.0.10.0/24"]["SubnetId"], subnets["10.0.11.0/24"]["SubnetId"]}
    assert nodes["nodeRole"].endswith(":role/speckle-cluster-nodes-role")
    assert_common_tags(nodes["tags"], "eks")
    template = launch_template(speckle, nodes)
    assert nodes.get("instanceTypes") or [template["InstanceType"]] == ["t3.medium"]
    if nodes.get("instanceTypes"):
        assert nodes["instanceTypes"] == ["t3.medium"]
    assert group_of(speckle, "speckle-cluster-nodes-sg")["GroupId"] in template["SecurityGroupIds"]
    assert template["MetadataOptions"]["HttpTokens"] == "required"
    (disk,) = template["BlockDeviceMappings"]
    assert disk["Ebs"]["Encrypted"] is True
    assert disk["Ebs"]["VolumeType"] == "gp3"


def launch_template(speckle: Stack, nodes: dict[str, Any]) -> dict[str, Any]:
    (version,) = speckle.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=nodes["launchTemplate"]["id"], Versions=[str(nodes["launchTemplate"]["version"])]
    )["LaunchTemplateVersions"]
    return dict(version["LaunchTemplateData"])


def test_oidc_provider_and_roles_of_service_accounts(speckle: Stack) -> None:
    cluster = speckle.client("eks").describe_cluster(name="speckle-cluster")["cluster"]
    issuer = cluster["identity"]["oidc"]["issuer"].removeprefix("https://")
    iam = speckle.client("iam")
    arns = [provider["Arn"] for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]
    assert [arn for arn in arns if arn.endswith(issuer)]
    trusting = [role["RoleName"] for role in iam.list_roles()["Roles"] if issuer in json.dumps(role["AssumeRolePolicyDocument"])]
    assert len([name for name in trusting if "load-balancer" in name or "alb" in name]) == 1
    assert len([name for name in trusting if "autoscaler" in name]) == 1


# -- database & storage ----------------------------------------------------------------------------------


def database_of(speckle: Stack) -> dict[str, Any]:
    (database,) = speckle.client("rds").describe_db_instances(DBInstanceIdentifier="speckle-cluster-postgres")["DBInstances"]
    return dict(database)


def test_database(speckle: Stack) -> None:
    database = database_of(speckle)
    expected = {
        "Engine": "postgres",
        "EngineVersion": "16.11",
        "DBInstanceClass": "db.t3.medium",
        "AllocatedStorage": 100,
        "MaxAllocatedStorage": 500,
        "StorageType": "gp3",
        "StorageEncrypted": True,
        "DBName": "speckle",
        "MasterUsername": "speckle",
        "BackupRetentionPeriod": 7,
        "PreferredBackupWindow": "03:00-04:00",
        "PreferredMaintenanceWindow": "mon:04:00-mon:05:00",
        "DeletionProtection": True,
        "MultiAZ": False,
        "PubliclyAccessible": False,
        "DBInstanceStatus": "available",
    }
    assert {key: database[key] for key in expected} == expected
    assert database["Endpoint"]["Port"] == 5432
    assert database["DBSubnetGroup"]["DBSubnetGroupName"] == "speckle-cluster-db-subnet-group"
    assert set(database["EnabledCloudwatchLogsExports"]) == {"postgresql", "upgrade"}
    assert [group["VpcSecurityGroupId"] for group in database["VpcSecurityGroups"]] == [
        group_of(speckle, "speckle-cluster-rds-sg")["GroupId"]
    ]
    assert_common_tags(tags_of(database, "TagList"), "data_tier")


def test_database_subnet_group_and_secret(speckle: Stack) -> None:
    (group,) = speckle.client("rds").describe_db_subnet_groups(DBSubnetGroupName="speckle-cluster-db-subnet-group")["DBSubnetGroups"]
    subnets = subnets_of(speckle)
    assert {subnet["SubnetIdentifier"] for subnet in group["Subnets"]} == {
        subnets["10.0.20.0/24"]["SubnetId"],
        subnets["10.0.21.0/24"]["SubnetId"],
    }
    secrets = speckle.client("secretsmanager")
    values = [secrets.get_secret_value(SecretId=secret["ARN"])["SecretString"] for secret in secrets.list_secrets()["SecretList"]]
    (master,) = [json.loads(value) for value in values if '"speckle"' in value and "5432" in value]
    assert master["username"] == "speckle"
    assert master["host"] == database_of(speckle)["Endpoint"]["Address"]


def test_cache(speckle: Stack) -> None:
    elasticache = speckle.client("elasticache")
    (group,) = elasticache.describe_replication_groups(ReplicationGroupId="speckle-cluster-redis")["ReplicationGroups"]
    assert group["Status"] == "available"
    assert group["AtRestEncryptionEnabled"] is True
    assert group["TransitEncryptionEnabled"] is False
    assert group["AutomaticFailover"] == "disabled"
    assert group["CacheNodeType"] == "cache.t3.micro"
    assert len(group["MemberClusters"]) == 1
    (member,) = elasticache.describe_cache_clusters(CacheClusterId=group["MemberClusters"][0], ShowCacheNodeInfo=True)["CacheClusters"]
    assert member["Engine"] == "redis"
    assert member["EngineVersion"].startswith("7.1")
    assert member["CacheSubnetGroupName"] == "speckle-cluster-redis-subnet-group"
    assert [each["SecurityGroupId"] for each in member["SecurityGroups"]] == [group_of(speckle, "speckle-cluster-redis-sg")["GroupId"]]
    assert member["CacheNodes"][0]["Endpoint"]["Port"] == 6379
    tags = tags_of(elasticache.list_tags_for_resource(ResourceName=group["ARN"]), "TagList")
    assert_common_tags(tags, "data_tier")
    (subnets_group,) = elasticache.describe_cache_subnet_groups(CacheSubnetGroupName="speckle-cluster-redis-subnet-group")[
        "CacheSubnetGroups"
    ]
    subnets = subnets_of(speckle)
    assert {subnet["SubnetIdentifier"] for subnet in subnets_group["Subnets"]} == {
        subnets["10.0.10.0/24"]["SubnetId"],
        subnets["10.0.11.0/24"]["SubnetId"],
    }


def test_bucket(speckle: Stack) -> None:
    s3, bucket = speckle.client("s3"), "speckle-cluster-storage-production"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert set(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values()) == {True}
    transitions = {
        (transition["Days"], transition["StorageClass"])
        for rule in s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
        for transition in rule.get("Transitions", [])
    }
    assert transitions == {(90, "STANDARD_IA"), (180, "GLACIER")}
    policy = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    assert any(statement["Effect"] == "Deny" and "aws:SecureTransport" in json.dumps(statement) for statement in policy["Statement"])
    assert_common_tags(tags_of(s3.get_bucket_tagging(Bucket=bucket), "TagSet"), "storage")


# -- security groups and roles ---------------------------------------------------------------------------


def group_of(speckle: Stack, name: str) -> dict[str, Any]:
    filters = [{"Name": "group-name", "Values": [name]}, {"Name": "vpc-id", "Values": [vpc_of(speckle)["VpcId"]]}]
    (group,) = speckle.client("ec2").describe_security_groups(Filters=filters)["SecurityGroups"]
    return dict(group)


@pytest.mark.parametrize(
    "name", ["speckle-cluster-cluster-sg", "speckle-cluster-nodes-sg", "speckle-cluster-rds-sg", "speckle-cluster-redis-sg"]
)
def test_security_groups_let_everything_out(speckle: Stack, name: str) -> None:
    group = group_of(speckle, name)
    (egress,) = group["IpPermissionsEgress"]
    assert egress["IpProtocol"] == "-1"
    assert [block["CidrIp"] for block in egress["IpRanges"]] == ["0.0.0.0/0"]
    assert_common_tags(tags_of(group), "security")


@pytest.mark.parametrize(("name", "port"), [("speckle-cluster-rds-sg", 5432), ("speckle-cluster-redis-sg", 6379)])
def test_data_is_reached_from_the_nodes_only(speckle: Stack, name: str, port: int) -> None:
    (rule,) = group_of(speckle, name)["IpPermissions"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", port, port)
    assert [pair["GroupId"] for pair in rule["UserIdGroupPairs"]] == [group_of(speckle, "speckle-cluster-nodes-sg")["GroupId"]]
    assert rule["IpRanges"] == []


@pytest.mark.parametrize(
    ("role", "service", "policies"),
    [
        ("speckle-cluster-cluster-role", "eks.amazonaws.com", {"AmazonEKSClusterPolicy", "AmazonEKSServicePolicy"}),
        (
            "speckle-cluster-nodes-role",
            "ec2.amazonaws.com",
            {"AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"},
        ),
    ],
)
def test_roles(speckle: Stack, role: str, service: str, policies: set[str]) -> None:
    iam = speckle.client("iam")
    assert {policy["PolicyName"] for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]} == policies
    trust = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"]["Service"] in (service, [service])
    assert_common_tags(tags_of(iam.list_role_tags(RoleName=role)), "eks")


def test_people_log_in_to_the_cluster_by_two_roles(speckle: Stack) -> None:
    iam, eks = speckle.client("iam"), speckle.client("eks")
    prefix, found = "arn:aws:iam::123456789012:role/speckle-cluster-", {}
    for name in ("operators", "viewers"):
        role = iam.get_role(RoleName=f"speckle-cluster-{name}")["Role"]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"]["AWS"] in ("arn:aws:iam::123456789012:root", ["arn:aws:iam::123456789012:root"])
        assert_common_tags(tags_of(iam.list_role_tags(RoleName=role["RoleName"])), "security")
        named = {"clusterName": "speckle-cluster", "principalArn": prefix + name}
        policies = eks.list_associated_access_policies(**named)["associatedAccessPolicies"]
        groups = eks.describe_access_entry(**named)["accessEntry"]["kubernetesGroups"]
        scopes = {policy["policyArn"].rpartition("/")[2]: policy["accessScope"] for policy in policies}
        found[name] = (groups, {policy: scope.get("namespaces") or scope["type"] for policy, scope in scopes.items()})
    assert found == {
        "operators": (["stratum:operators"], {"AmazonEKSAdminViewPolicy": ["kube-system"]}),
        "viewers": ([], {"AmazonEKSAdminViewPolicy": "cluster"}),
    }


def test_the_server_has_a_key_to_its_bucket_and_to_nothing_else(speckle: Stack) -> None:
    iam, user = speckle.client("iam"), {"UserName": "speckle-cluster-storage"}
    stored = json.loads(speckle.client("secretsmanager").get_secret_value(SecretId="speckle/production/storage")["SecretString"])
    (key,) = iam.list_access_keys(**user)["AccessKeyMetadata"]
    assert (key["AccessKeyId"], key["Status"]) == (stored["access_key_id"], "Active")
    (policy,) = iam.list_user_policies(**user)["PolicyNames"]
    statements = iam.get_user_policy(**user, PolicyName=policy)["PolicyDocument"]["Statement"]
    bucket = "arn:aws:s3:::speckle-cluster-storage-production"
    assert [resource for statement in statements for resource in statement["Resource"]] == [bucket, f"{bucket}/*"]
    assert {action.partition(":")[0] for statement in statements for action in statement["Action"]} == {"s3"}
    assert iam.list_attached_user_policies(**user)["AttachedPolicies"] == []
    assert_common_tags(tags_of(iam.list_user_tags(**user)), "security")


# -- edge, monitoring, backup ----------------------------------------------------------------------------


def test_zone_and_certificate(speckle: Stack) -> None:
    route53 = speckle.client("route53")
    zones = {zone["Name"]: zone["Id"] for zone in route53.list_hosted_zones()["HostedZones"]}
    assert "speckle.example.com." in zones
    acm = speckle.client("acm")
    arns = [
        each["CertificateArn"] for each in acm.list_certificates()["CertificateSummaryList"] if each["DomainName"] == "speckle.example.com"
    ]
    assert len(arns) == 1
    certificate = acm.describe_certificate(CertificateArn=arns[0])["Certificate"]
    assert certificate["Status"] == "ISSUED"
    record = certificate["DomainValidationOptions"][0]["ResourceRecord"]
    found = route53.list_resource_record_sets(HostedZoneId=zones["speckle.example.com."])["ResourceRecordSets"]
    assert record["Name"].rstrip(".") in {each["Name"].rstrip(".") for each in found if each["Type"] == "CNAME"}


def test_alarms_reach_a_topic(speckle: Stack) -> None:
    cloudwatch = speckle.client("cloudwatch")
    alarms = [alarm for page in cloudwatch.get_paginator("describe_alarms").paginate() for alarm in page["MetricAlarms"]]
    topics = {topic["TopicArn"] for topic in speckle.client("sns").list_topics()["Topics"]}
    assert topics
    for alarm in alarms:
        assert set(alarm["AlarmActions"]) <= topics
        assert alarm["AlarmActions"]
    watched = {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms if alarm.get("MetricName")}
    assert {
        ("AWS/RDS", "CPUUtilization"),
        ("AWS/RDS", "FreeableMemory"),
        ("AWS/RDS", "FreeStorageSpace"),
        ("AWS/RDS", "DatabaseConnections"),
    } <= watched
    cache = {metric for namespace, metric in watched if namespace == "AWS/ElastiCache"}
    assert "Evictions" in cache
    assert "CurrConnections" in cache
    assert cache & {"CPUUtilization", "EngineCPUUtilization"}
    assert cache & {"DatabaseMemoryUsagePercentage", "FreeableMemory"}


def test_log_groups_have_a_retention(speckle: Stack) -> None:
    logs = speckle.client("logs")
    groups = {group["logGroupName"]: group for page in logs.get_paginator("describe_log_groups").paginate() for group in page["logGroups"]}
    for name in (
        "/aws/rds/instance/speckle-cluster-postgres/postgresql",
        "/aws/rds/instance/speckle-cluster-postgres/upgrade",
        "/aws/eks/speckle-cluster/cluster",
    ):
        assert groups[name]["retentionInDays"] > 0


def test_backup_plan(speckle: Stack) -> None:
    backup = speckle.client("backup")
    plans = backup.list_backup_plans()["BackupPlansList"]
    assert len(plans) == 1
    plan = backup.get_backup_plan(BackupPlanId=plans[0]["BackupPlanId"])["BackupPlan"]
    vaults = {vault["BackupVaultName"] for vault in backup.list_backup_vaults()["BackupVaultList"]}
    assert {rule["TargetBackupVaultName"] for rule in plan["Rules"]} <= vaults
    assert backup.list_backup_selections(BackupPlanId=plans[0]["BackupPlanId"])["BackupSelectionsList"]
