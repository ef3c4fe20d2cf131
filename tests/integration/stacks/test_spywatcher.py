# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spywatcher in production and in staging: network, rights, data and cluster of its specification, read back from the account by boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .spywatcher import REGION, ZONES, Spywatcher, called, groups_of, key_of, sources, subnets_of, tags_of, vpc_of

pytestmark = [pytest.mark.integration, pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(900)]

LAYERS = {"network", "security", "storage", "data_tier", "eks", "edge", "monitoring", "audit", "backup"}
HERE = "arn:aws:iam::123456789012"


# -- the runs --------------------------------------------------------------------------------------------


def test_the_plan_of_an_empty_account_creates_all_and_writes_nothing(spywatcher: Spywatcher) -> None:
    assert spywatcher.planned_writes == 0
    assert spywatcher.planned["summary"]["failed"] == 0
    assert spywatcher.planned["summary"]["create"] > 120


def test_the_second_run_changes_nothing(spywatcher: Spywatcher) -> None:
    assert spywatcher.created["summary"]["failed"] == 0
    second = spywatcher.run().check()
    assert second.changed == 0, second.output
    report = second.report("converge", "spywatcher", spywatcher.environment)
    assert [operation for node in report["nodes"] for operation in node["operations"]] == []


def test_everything_bears_the_tags_and_the_name_of_its_environment(spywatcher: Spywatcher) -> None:
    wanted = {"Environment": spywatcher.size["word"], "Project": "spywatcher", "ManagedBy": "ansible", "CostCenter": "engineering"}
    pages = spywatcher.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    resources = {item["ResourceARN"]: tags_of(item["Tags"]) for page in pages for item in page["ResourceTagMappingList"]}
    ours = {arn: tags for arn, tags in resources.items() if tags.get("stratum:stack") == "spywatcher"}
    assert len(ours) > 60
    assert {arn: tags for arn, tags in ours.items() if not wanted.items() <= tags.items()} == {}
    assert {tags["stratum:layer"] for tags in ours.values()} == LAYERS
    named = [tags["Name"] for tags in ours.values() if "Name" in tags]
    assert [name for name in named if not name.startswith(spywatcher.name) and not name.endswith(spywatcher.size["domain"])] == []


# -- network ---------------------------------------------------------------------------------------------


def test_three_zones_with_three_tiers(spywatcher: Spywatcher) -> None:
    assert vpc_of(spywatcher)["CidrBlock"] == "10.0.0.0/16"
    for tier in ("public", "private", "database"):
        assert set(subnets_of(spywatcher, tier)) == ZONES, tier


def test_nodes_reach_the_internet_through_gateways_and_data_reaches_nothing(spywatcher: Spywatcher) -> None:
    ec2 = spywatcher.client("ec2")
    gateways = [item for item in ec2.describe_nat_gateways()["NatGateways"] if item["State"] == "available"]
    assert len(gateways) == spywatcher.size["gateways"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_of(spywatcher)["VpcId"]]}])["RouteTables"]
    routes = {
        association["SubnetId"]: {route.get("DestinationCidrBlock"): route for route in table["Routes"]}
        for table in tables
        for association in table["Associations"]
        if "SubnetId" in association
    }
    for subnet in subnets_of(spywatcher, "private").values():
        assert routes[subnet["SubnetId"]]["0.0.0.0/0"]["NatGatewayId"] in {gateway["NatGatewayId"] for gateway in gateways}
    for subnet in subnets_of(spywatcher, "public").values():
        assert routes[subnet["SubnetId"]]["0.0.0.0/0"]["GatewayId"].startswith("igw-")
    for subnet in subnets_of(spywatcher, "database").values():
        assert "0.0.0.0/0" not in routes[subnet["SubnetId"]]


NETWORK = "10.0.0.0/16"
EVERYWHERE = "0.0.0.0/0"
ENTRIES: dict[str, tuple[set[tuple[str, str, Any]], set[tuple[str, str, Any]]]] = {
    "public": (
        {("6", EVERYWHERE, (443, 443)), ("6", EVERYWHERE, (80, 80)), ("6", EVERYWHERE, (1024, 65535)), ("-1", NETWORK, None)},
        {("-1", EVERYWHERE, None)},
    ),
    "private": ({("-1", NETWORK, None), ("6", EVERYWHERE, (1024, 65535))}, {("-1", EVERYWHERE, None)}),
    "database": ({("6", NETWORK, (5432, 5432)), ("6", NETWORK, (6379, 6379))}, {("6", NETWORK, (1024, 65535))}),
}
"""Tier: what may come in, what may go out; protocol, network, ports."""


@pytest.mark.parametrize("tier", ENTRIES)
def test_each_tier_has_its_network_acl(spywatcher: Spywatcher, tier: str) -> None:
    acl = called(spywatcher, spywatcher.client("ec2").describe_network_acls()["NetworkAcls"], f"{tier}-nacl")
    held = {association["SubnetId"] for association in acl["Associations"]}
    assert held == {subnet["SubnetId"] for subnet in subnets_of(spywatcher, tier).values()}
    for outward, entries in zip((False, True), ENTRIES[tier], strict=True):
        allowed = [entry for entry in acl["Entries"] if entry["Egress"] is outward and entry["RuleAction"] == "allow"]
        assert {(entry["Protocol"], entry["CidrBlock"], _ports(entry)) for entry in allowed} == entries


def _ports(entry: dict[str, Any]) -> tuple[int, int] | None:
    # Entries for all protocols have no ports.
    ports = entry.get("PortRange") or {}
    return (ports["From"], ports["To"]) if "From" in ports and entry["Protocol"] != "-1" else None


def test_the_traffic_is_logged(spywatcher: Spywatcher) -> None:
    (log,) = spywatcher.client("ec2").describe_flow_logs()["FlowLogs"]
    assert (log["ResourceId"], log["TrafficType"], log["LogDestinationType"]) == (vpc_of(spywatcher)["VpcId"], "ALL", "cloud-watch-logs")
    (group,) = spywatcher.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/vpc-flow-log/{spywatcher.name}")["logGroups"]
    assert group["retentionInDays"] == spywatcher.size["log_days"]


# -- who may what ----------------------------------------------------------------------------------------


def test_security_groups_let_in_no_more_than_is_needed(spywatcher: Spywatcher) -> None:
    groups = groups_of(spywatcher)
    assert sources(groups, "alb-sg") == {(443, "0.0.0.0/0"), (80, "0.0.0.0/0")}
    assert sources(groups, "rds-sg") == {(5432, "nodes-sg"), (5432, "rotation-sg")}
    assert sources(groups, "redis-sg") == {(6379, "nodes-sg")}
    assert sources(groups, "nodes-sg") == {(8080, "alb-sg"), (3000, "alb-sg")}
    assert groups["rds-sg"]["IpPermissionsEgress"] == groups["redis-sg"]["IpPermissionsEgress"] == []


def test_administrators_need_a_second_factor(spywatcher: Spywatcher) -> None:
    iam = spywatcher.client("iam")
    role = iam.get_role(RoleName=f"{spywatcher.name}-admin")["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["Bool"]["aws:MultiFactorAuthPresent"] in (True, "true")
    assert role["MaxSessionDuration"] == 3600
    attached = iam.list_attached_role_policies(RoleName=f"{spywatcher.name}-viewer")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["ViewOnlyAccess"]


ALLOWED_EVERYTHING = {"secretsmanager:GetRandomPassword", "cloudwatch:PutMetricData"}


def test_nobody_but_administrators_may_do_everything(spywatcher: Spywatcher) -> None:
    iam, found = spywatcher.client("iam"), {}
    names = [role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    for name in [name for name in names if name.startswith(spywatcher.name)]:
        attached = {each["PolicyName"] for each in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]}
        found[name.removeprefix(f"{spywatcher.name}-")] = attached
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            statements = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
            for statement in statements if isinstance(statements, list) else [statements]:
                assert "*" not in statement["Action"], name
    assert {name for name, attached in found.items() if "AdministratorAccess" in attached} == {"admin"}
    assert found["nodes-role"] == {"AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryReadOnly"}
    assert found["cluster-role"] == {"AmazonEKSClusterPolicy"}


def test_the_backend_reads_the_secrets_of_its_environment_and_no_others(spywatcher: Spywatcher) -> None:
    iam, name = spywatcher.client("iam"), f"{spywatcher.name}-backend"
    (policy,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    read, decrypt = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
    assert read["Resource"] == f"arn:aws:secretsmanager:{REGION}:*:secret:spywatcher/{spywatcher.size['word']}/*"
    assert (decrypt["Action"], decrypt["Condition"]["StringEquals"]) == (
        "kms:Decrypt",
        {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"},
    )
    assert decrypt["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": [f"alias/{spywatcher.name}"]}


def test_the_key_rotates_and_secrets_are_encrypted_with_it(spywatcher: Spywatcher) -> None:
    assert spywatcher.client("kms").get_key_rotation_status(KeyId=key_of(spywatcher))["KeyRotationEnabled"]
    secrets = spywatcher.client("secretsmanager")
    listed = {secret["Name"]: secret for secret in secrets.list_secrets()["SecretList"]}
    for name in ("database", "redis", "session", "grafana"):
        secret = secrets.describe_secret(SecretId=f"spywatcher/{spywatcher.size['word']}/{name}")
        assert secret["KmsKeyId"].endswith(key_of(spywatcher).rpartition("/")[2]), listed


# -- data ------------------------------------------------------------------------------------------------


def test_the_database(spywatcher: Spywatcher) -> None:
    (database,) = spywatcher.client("rds").describe_db_instances(DBInstanceIdentifier=spywatcher.name)["DBInstances"]
    instance_class, multi_az = spywatcher.size["database"]
    expected = {
        "Engine": "postgres",
        "EngineVersion": "15.3",
        "DBInstanceClass": instance_class,
        "MultiAZ": multi_az,
        "StorageEncrypted": True,
        "BackupRetentionPeriod": 7,
        "PreferredMaintenanceWindow": "sun:02:00-sun:04:00",
        "PreferredBackupWindow": "05:00-06:00",
        "StorageType": "gp3",
        "PubliclyAccessible": False,
        "DeletionProtection": spywatcher.size["protected"],
        "KmsKeyId": key_of(spywatcher),
        "DBInstanceStatus": "available",
    }
    assert {key: database[key] for key in expected} == expected
    assert [group["VpcSecurityGroupId"] for group in database["VpcSecurityGroups"]] == [groups_of(spywatcher)["rds-sg"]["GroupId"]]
    assert {subnet["SubnetIdentifier"] for subnet in database["DBSubnetGroup"]["Subnets"]} == {
        subnet["SubnetId"] for subnet in subnets_of(spywatcher, "database").values()
    }
    assert set(database["EnabledCloudwatchLogsExports"]) == {"postgresql", "upgrade"}
    parameters = spywatcher.client("rds").describe_db_parameters(DBParameterGroupName=f"{spywatcher.name}-postgres15")["Parameters"]
    assert {each["ParameterName"]: each.get("ParameterValue") for each in parameters}["rds.force_ssl"] == "1"


def test_the_databases_password_is_rotated(spywatcher: Spywatcher) -> None:
    secret = spywatcher.client("secretsmanager").describe_secret(SecretId=f"spywatcher/{spywatcher.size['word']}/database")
    assert secret["RotationEnabled"]
    assert secret["RotationLambdaARN"].endswith(f"function:{spywatcher.name}-rotate-database")
    assert secret["RotationRules"].get("ScheduleExpression") == "rate(30 days)" or secret["RotationRules"]["AutomaticallyAfterDays"] == 30
    function = spywatcher.client("lambda").get_function_configuration(FunctionName=f"{spywatcher.name}-rotate-database")
    assert function["VpcConfig"]["SecurityGroupIds"] == [groups_of(spywatcher)["rotation-sg"]["GroupId"]]


def test_the_cache(spywatcher: Spywatcher) -> None:
    elasticache = spywatcher.client("elasticache")
    (group,) = elasticache.describe_replication_groups(ReplicationGroupId=f"{spywatcher.name}-redis")["ReplicationGroups"]
    node_type, nodes, failover = spywatcher.size["cache"]
    assert (group["CacheNodeType"], len(group["MemberClusters"]), group["AutomaticFailover"]) == (node_type, nodes, failover)
    assert group["TransitEncryptionEnabled"]
    assert group["AtRestEncryptionEnabled"]
    assert group["AuthTokenEnabled"]
    (member,) = elasticache.describe_cache_clusters(CacheClusterId=group["MemberClusters"][0])["CacheClusters"]
    assert member["EngineVersion"].startswith("7.0")
    assert member["PreferredMaintenanceWindow"] == "sun:02:00-sun:04:00"
    assert group["MultiAZ"] == failover
    assert group["KmsKeyId"] == key_of(spywatcher)
    assert [each["SecurityGroupId"] for each in member["SecurityGroups"]] == [groups_of(spywatcher)["redis-sg"]["GroupId"]]
    (tier,) = elasticache.describe_cache_subnet_groups(CacheSubnetGroupName=member["CacheSubnetGroupName"])["CacheSubnetGroups"]
    assert {each["SubnetIdentifier"] for each in tier["Subnets"]} == {
        each["SubnetId"] for each in subnets_of(spywatcher, "database").values()
    }


# -- cluster ---------------------------------------------------------------------------------------------


def test_the_cluster(spywatcher: Spywatcher) -> None:
    eks, name = spywatcher.client("eks"), f"{spywatcher.name}-cluster"
    cluster = eks.describe_cluster(name=name)["cluster"]
    assert (cluster["version"], cluster["status"]) == ("1.28", "ACTIVE")
    assert set(cluster["resourcesVpcConfig"]["subnetIds"]) == {subnet["SubnetId"] for subnet in subnets_of(spywatcher, "private").values()}
    assert cluster["encryptionConfig"][0]["provider"]["keyArn"] == key_of(spywatcher)
    access = cluster["resourcesVpcConfig"]
    assert (access["endpointPrivateAccess"], access["endpointPublicAccess"], access["publicAccessCidrs"]) == (
        True,
        True,
        ["203.0.113.0/24"],
    )
    assert cluster["accessConfig"]["authenticationMode"] == "API"
    (logging,) = [each for each in cluster["logging"]["clusterLogging"] if each["enabled"]]
    assert set(logging["types"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    addons = set(eks.list_addons(clusterName=name)["addons"])
    assert addons == {"vpc-cni", "kube-proxy", "coredns", "metrics-server", "amazon-cloudwatch-observability"}


def test_the_nodes(spywatcher: Spywatcher) -> None:
    instance_type, scaling = spywatcher.size["nodes"]
    nodes = spywatcher.client("eks").describe_nodegroup(clusterName=f"{spywatcher.name}-cluster", nodegroupName=f"{spywatcher.name}-nodes")[
        "nodegroup"
    ]
    assert nodes["scalingConfig"] == scaling
    assert nodes["instanceTypes"] == [instance_type]
    assert set(nodes["subnets"]) == {subnet["SubnetId"] for subnet in subnets_of(spywatcher, "private").values()}
    template = nodes["launchTemplate"]
    (version,) = spywatcher.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=template["id"], Versions=[template["version"]]
    )["LaunchTemplateVersions"]
    data = version["LaunchTemplateData"]
    assert data["MetadataOptions"]["HttpTokens"] == "required"
    assert groups_of(spywatcher)["nodes-sg"]["GroupId"] in data["SecurityGroupIds"]
    (disk,) = [mapping["Ebs"] for mapping in data["BlockDeviceMappings"]]
    assert (disk["VolumeType"], disk["VolumeSize"], disk["Encrypted"]) == ("gp3", 50, True)


def test_people_log_in_to_the_cluster_by_two_roles(spywatcher: Spywatcher) -> None:
    eks = spywatcher.client("eks")
    found = {}
    for role in ("admin", "viewer"):
        named = {"clusterName": f"{spywatcher.name}-cluster", "principalArn": f"{HERE}:role/{spywatcher.name}-{role}"}
        (policy,) = eks.list_associated_access_policies(**named)["associatedAccessPolicies"]
        found[role] = (policy["policyArn"].rpartition("/")[2], policy["accessScope"]["type"])
    assert found == {"admin": ("AmazonEKSClusterAdminPolicy", "cluster"), "viewer": ("AmazonEKSViewPolicy", "namespace")}


def test_service_accounts_have_roles_of_their_own(spywatcher: Spywatcher) -> None:
    issuer = spywatcher.client("eks").describe_cluster(name=f"{spywatcher.name}-cluster")["cluster"]["identity"]["oidc"]["issuer"]
    for role in ("backend", "load-balancer-controller", "autoscaler", "cloudwatch-agent"):
        trust = spywatcher.client("iam").get_role(RoleName=f"{spywatcher.name}-{role}")["Role"]["AssumeRolePolicyDocument"]
        assert issuer.removeprefix("https://") in json.dumps(trust)
