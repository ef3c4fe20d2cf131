# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spywatcher in production and in staging: every AWS value of its specification, read back from the account by boto3."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.emulator import process
from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

# One worker converges both environments, one after the other, once for the whole module.
pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("spywatcher"), pytest.mark.timeout(900)]

REGION = "us-east-1"
ZONES = {"us-east-1a", "us-east-1b", "us-east-1c"}
LAYERS = {"network", "security", "storage", "data_tier", "eks", "edge", "monitoring", "audit", "backup"}
HERE = "arn:aws:iam::123456789012"
SIZES: dict[str, dict[str, Any]] = {
    "prod": {
        "word": "production",
        "database": ("db.t3.large", True),
        "cache": ("cache.t3.medium", 2, "enabled"),
        "nodes": ("t3.large", {"minSize": 2, "desiredSize": 3, "maxSize": 10}),
        "gateways": 3,
        "domain": "spywatcher.example.com",
        "protected": True,
    },
    "staging": {
        "word": "staging",
        "database": ("db.t3.medium", False),
        "cache": ("cache.t3.small", 1, "disabled"),
        "nodes": ("t3.medium", {"minSize": 1, "desiredSize": 2, "maxSize": 4}),
        "gateways": 1,
        "domain": "staging.spywatcher.example.com",
        "protected": False,
    },
}
"""The rows of both tables of the specification."""


@dataclass
class Spywatcher:
    """A converged environment: what its size is to be, its account, and what the first runs said."""

    environment: str
    account: Emulator
    run: Callable[..., Ran]
    planned: Ran
    planned_writes: int
    first: Ran

    @property
    def size(self) -> dict[str, Any]:
        return SIZES[self.environment]

    @property
    def name(self) -> str:
        return f"spywatcher-{self.size['word']}"

    def client(self, service: str) -> Any:
        return self.account.client(service, region=REGION)


@pytest.fixture(scope="module", params=SIZES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Spywatcher]:
    """Plan an environment on an empty account, then converge it."""
    environment, reports = request.param, tmp_path_factory.mktemp(request.param)
    name = f"stack-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-{os.getpid()}-spywatcher-{environment}"
    account = Emulator(process.start(name, {}))

    def run(*arguments: str, playbook: str = "site.yml") -> Ran:
        inventory = f"inventories/{environment}"
        return play(account, playbook, "--limit", "spywatcher", *arguments, inventory=inventory, reports=reports, timeout=850)

    try:
        planned = run("--check").check()
        writes = len(account.writes())
        yield Spywatcher(environment, account, run, planned, writes, run().check())
    finally:
        account.stop()
        process.forget(name)


def tags_of(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def called(stack: Spywatcher, items: list[dict[str, Any]], resource: str) -> dict[str, Any]:
    (found,) = [item for item in items if tags_of(item.get("Tags", [])).get("Name") == f"{stack.name}-{resource}"]
    return found


# -- the runs --------------------------------------------------------------------------------------------


def test_the_plan_of_an_empty_account_creates_all_and_writes_nothing(stack: Spywatcher) -> None:
    assert stack.planned_writes == 0
    report = stack.planned.report("plan", "spywatcher", stack.environment)
    assert report["summary"]["failed"] == 0
    assert report["summary"]["create"] > 120


def test_the_second_run_changes_nothing(stack: Spywatcher) -> None:
    assert stack.first.report("converge", "spywatcher", stack.environment)["summary"]["failed"] == 0
    second = stack.run().check()
    assert second.changed == 0
    report = second.report("converge", "spywatcher", stack.environment)
    assert [operation for node in report["nodes"] for operation in node["operations"]] == []


def test_everything_bears_the_tags_and_the_name_of_its_environment(stack: Spywatcher) -> None:
    wanted = {"Environment": stack.size["word"], "Project": "spywatcher", "ManagedBy": "ansible", "CostCenter": "engineering"}
    pages = stack.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    resources = {item["ResourceARN"]: tags_of(item["Tags"]) for page in pages for item in page["ResourceTagMappingList"]}
    ours = {arn: tags for arn, tags in resources.items() if tags.get("stratum:stack") == "spywatcher"}
    assert len(ours) > 60
    assert {arn: tags for arn, tags in ours.items() if not wanted.items() <= tags.items()} == {}
    assert {tags["stratum:layer"] for tags in ours.values()} == LAYERS
    named = [tags["Name"] for tags in ours.values() if "Name" in tags]
    assert [name for name in named if not name.startswith(stack.name) and not name.endswith(stack.size["domain"])] == []


# -- network ---------------------------------------------------------------------------------------------


def vpc_of(stack: Spywatcher) -> dict[str, Any]:
    return dict(called(stack, stack.client("ec2").describe_vpcs()["Vpcs"], "vpc"))


def subnets_of(stack: Spywatcher, tier: str) -> dict[str, dict[str, Any]]:
    filters = [{"Name": "vpc-id", "Values": [vpc_of(stack)["VpcId"]]}]
    subnets = stack.client("ec2").describe_subnets(Filters=filters)["Subnets"]
    return {item["AvailabilityZone"]: item for item in subnets if f"-{tier}-" in tags_of(item["Tags"])["Name"]}


def test_three_zones_with_three_tiers(stack: Spywatcher) -> None:
    assert vpc_of(stack)["CidrBlock"] == "10.0.0.0/16"
    for tier in ("public", "private", "database"):
        assert set(subnets_of(stack, tier)) == ZONES, tier


def test_nodes_reach_the_internet_through_gateways_and_data_reaches_nothing(stack: Spywatcher) -> None:
    ec2 = stack.client("ec2")
    gateways = [item for item in ec2.describe_nat_gateways()["NatGateways"] if item["State"] == "available"]
    assert len(gateways) == stack.size["gateways"]
    tables = ec2.describe_route_tables(Filters=[{"Name": "vpc-id", "Values": [vpc_of(stack)["VpcId"]]}])["RouteTables"]
    routes = {
        association["SubnetId"]: {route.get("DestinationCidrBlock"): route for route in table["Routes"]}
        for table in tables
        for association in table["Associations"]
        if "SubnetId" in association
    }
    for subnet in subnets_of(stack, "private").values():
        assert routes[subnet["SubnetId"]]["0.0.0.0/0"]["NatGatewayId"] in {gateway["NatGatewayId"] for gateway in gateways}
    for subnet in subnets_of(stack, "public").values():
        assert routes[subnet["SubnetId"]]["0.0.0.0/0"]["GatewayId"].startswith("igw-")
    for subnet in subnets_of(stack, "database").values():
        assert "0.0.0.0/0" not in routes[subnet["SubnetId"]]


def test_each_tier_has_its_network_acl(stack: Spywatcher) -> None:
    acls = stack.client("ec2").describe_network_acls()["NetworkAcls"]
    for tier in ("public", "private", "database"):
        acl = called(stack, acls, f"{tier}-nacl")
        held = {association["SubnetId"] for association in acl["Associations"]}
        assert held == {subnet["SubnetId"] for subnet in subnets_of(stack, tier).values()}
    inward = [entry for entry in called(stack, acls, "database-nacl")["Entries"] if not entry["Egress"] and entry["RuleAction"] == "allow"]
    assert {(entry["PortRange"]["From"], entry["CidrBlock"]) for entry in inward} == {(5432, "10.0.0.0/16"), (6379, "10.0.0.0/16")}


def test_the_traffic_is_logged(stack: Spywatcher) -> None:
    (log,) = stack.client("ec2").describe_flow_logs()["FlowLogs"]
    assert (log["ResourceId"], log["TrafficType"], log["LogDestinationType"]) == (vpc_of(stack)["VpcId"], "ALL", "cloud-watch-logs")
    (group,) = stack.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/vpc-flow-log/{stack.name}")["logGroups"]
    assert group["retentionInDays"] > 0


# -- who may what ----------------------------------------------------------------------------------------


def groups_of(stack: Spywatcher) -> dict[str, dict[str, Any]]:
    groups = stack.client("ec2").describe_security_groups()["SecurityGroups"]
    return {group["GroupName"].removeprefix(f"{stack.name}-"): group for group in groups if group["GroupName"].startswith(stack.name)}


def sources(groups: dict[str, dict[str, Any]], name: str) -> set[tuple[int, str]]:
    names = {group["GroupId"]: short for short, group in groups.items()}
    return {
        (rule["FromPort"], source)
        for rule in groups[name]["IpPermissions"]
        for source in [
            *(names[pair["GroupId"]] for pair in rule["UserIdGroupPairs"] if pair["GroupId"] in names),
            *(block["CidrIp"] for block in rule["IpRanges"]),
        ]
    }


def test_security_groups_let_in_no_more_than_is_needed(stack: Spywatcher) -> None:
    groups = groups_of(stack)
    assert sources(groups, "alb-sg") == {(443, "0.0.0.0/0"), (80, "0.0.0.0/0")}
    assert sources(groups, "rds-sg") == {(5432, "nodes-sg"), (5432, "rotation-sg")}
    assert sources(groups, "redis-sg") == {(6379, "nodes-sg")}
    assert sources(groups, "nodes-sg") == {(8080, "alb-sg"), (3000, "alb-sg")}
    assert groups["rds-sg"]["IpPermissionsEgress"] == groups["redis-sg"]["IpPermissionsEgress"] == []


def test_administrators_need_a_second_factor(stack: Spywatcher) -> None:
    iam = stack.client("iam")
    role = iam.get_role(RoleName=f"{stack.name}-admin")["Role"]
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"]["Bool"]["aws:MultiFactorAuthPresent"] in (True, "true")
    assert role["MaxSessionDuration"] == 3600
    attached = iam.list_attached_role_policies(RoleName=f"{stack.name}-viewer")["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["ViewOnlyAccess"]


def key_of(stack: Spywatcher) -> str:
    return str(stack.client("kms").describe_key(KeyId=f"alias/{stack.name}")["KeyMetadata"]["Arn"])


def test_the_key_rotates_and_secrets_are_encrypted_with_it(stack: Spywatcher) -> None:
    assert stack.client("kms").get_key_rotation_status(KeyId=key_of(stack))["KeyRotationEnabled"]
    secrets = stack.client("secretsmanager")
    listed = {secret["Name"]: secret for secret in secrets.list_secrets()["SecretList"]}
    for name in ("database", "redis", "session"):
        secret = secrets.describe_secret(SecretId=f"spywatcher/{stack.size['word']}/{name}")
        assert secret["KmsKeyId"].endswith(key_of(stack).rpartition("/")[2]), listed


# -- data ------------------------------------------------------------------------------------------------


def test_the_database(stack: Spywatcher) -> None:
    (database,) = stack.client("rds").describe_db_instances(DBInstanceIdentifier=stack.name)["DBInstances"]
    instance_class, multi_az = stack.size["database"]
    expected = {
        "Engine": "postgres",
        "EngineVersion": "15.3",
        "DBInstanceClass": instance_class,
        "MultiAZ": multi_az,
        "StorageEncrypted": True,
        "BackupRetentionPeriod": 7,
        "PreferredMaintenanceWindow": "sun:02:00-sun:04:00",
        "PubliclyAccessible": False,
        "DeletionProtection": stack.size["protected"],
        "KmsKeyId": key_of(stack),
        "DBInstanceStatus": "available",
    }
    assert {key: database[key] for key in expected} == expected
    assert [group["VpcSecurityGroupId"] for group in database["VpcSecurityGroups"]] == [groups_of(stack)["rds-sg"]["GroupId"]]
    assert {subnet["SubnetIdentifier"] for subnet in database["DBSubnetGroup"]["Subnets"]} == {
        subnet["SubnetId"] for subnet in subnets_of(stack, "database").values()
    }
    parameters = stack.client("rds").describe_db_parameters(DBParameterGroupName=f"{stack.name}-postgres15")["Parameters"]
    assert {each["ParameterName"]: each.get("ParameterValue") for each in parameters}["rds.force_ssl"] == "1"


def test_the_databases_password_is_rotated(stack: Spywatcher) -> None:
    secret = stack.client("secretsmanager").describe_secret(SecretId=f"spywatcher/{stack.size['word']}/database")
    assert secret["RotationEnabled"]
    assert secret["RotationLambdaARN"].endswith(f"function:{stack.name}-rotate-database")
    assert secret["RotationRules"].get("ScheduleExpression") == "rate(30 days)" or secret["RotationRules"]["AutomaticallyAfterDays"] == 30
    function = stack.client("lambda").get_function_configuration(FunctionName=f"{stack.name}-rotate-database")
    assert function["VpcConfig"]["SecurityGroupIds"] == [groups_of(stack)["rotation-sg"]["GroupId"]]


def test_the_cache(stack: Spywatcher) -> None:
    elasticache = stack.client("elasticache")
    (group,) = elasticache.describe_replication_groups(ReplicationGroupId=f"{stack.name}-redis")["ReplicationGroups"]
    node_type, nodes, failover = stack.size["cache"]
    assert (group["CacheNodeType"], len(group["MemberClusters"]), group["AutomaticFailover"]) == (node_type, nodes, failover)
    assert group["TransitEncryptionEnabled"]
    assert group["AtRestEncryptionEnabled"]
    assert group["AuthTokenEnabled"]
    (member,) = elasticache.describe_cache_clusters(CacheClusterId=group["MemberClusters"][0])["CacheClusters"]
    assert member["EngineVersion"].startswith("7.0")
    assert member["PreferredMaintenanceWindow"] == "sun:02:00-sun:04:00"


# -- cluster ---------------------------------------------------------------------------------------------


def test_the_cluster(stack: Spywatcher) -> None:
    eks, name = stack.client("eks"), f"{stack.name}-cluster"
    cluster = eks.describe_cluster(name=name)["cluster"]
    assert (cluster["version"], cluster["status"]) == ("1.28", "ACTIVE")
    assert set(cluster["resourcesVpcConfig"]["subnetIds"]) == {subnet["SubnetId"] for subnet in subnets_of(stack, "private").values()}
    assert cluster["encryptionConfig"][0]["provider"]["keyArn"] == key_of(stack)
    (logging,) = [each for each in cluster["logging"]["clusterLogging"] if each["enabled"]]
    assert set(logging["types"]) == {"api", "audit", "authenticator", "controllerManager", "scheduler"}
    addons = set(eks.list_addons(clusterName=name)["addons"])
    assert addons == {"vpc-cni", "kube-proxy", "coredns", "metrics-server", "amazon-cloudwatch-observability"}


def test_the_nodes(stack: Spywatcher) -> None:
    instance_type, scaling = stack.size["nodes"]
    nodes = stack.client("eks").describe_nodegroup(clusterName=f"{stack.name}-cluster", nodegroupName=f"{stack.name}-nodes")["nodegroup"]
    assert nodes["scalingConfig"] == scaling
    assert nodes["instanceTypes"] == [instance_type]
    assert set(nodes["subnets"]) == {subnet["SubnetId"] for subnet in subnets_of(stack, "private").values()}


def test_people_log_in_to_the_cluster_by_two_roles(stack: Spywatcher) -> None:
    eks = stack.client("eks")
    found = {}
    for role in ("admin", "viewer"):
        named = {"clusterName": f"{stack.name}-cluster", "principalArn": f"{HERE}:role/{stack.name}-{role}"}
        (policy,) = eks.list_associated_access_policies(**named)["associatedAccessPolicies"]
        found[role] = (policy["policyArn"].rpartition("/")[2], policy["accessScope"]["type"])
    assert found == {"admin": ("AmazonEKSClusterAdminPolicy", "cluster"), "viewer": ("AmazonEKSViewPolicy", "namespace")}


def test_service_accounts_have_roles_of_their_own(stack: Spywatcher) -> None:
    issuer = stack.client("eks").describe_cluster(name=f"{stack.name}-cluster")["cluster"]["identity"]["oidc"]["issuer"]
    for role in ("backend", "load-balancer-controller", "autoscaler", "cloudwatch-agent"):
        trust = stack.client("iam").get_role(RoleName=f"{stack.name}-{role}")["Role"]["AssumeRolePolicyDocument"]
        assert issuer.removeprefix("https://") in json.dumps(trust)


# -- edge ------------------------------------------------------------------------------------------------


def balancer_of(stack: Spywatcher) -> dict[str, Any]:
    (balancer,) = stack.client("elbv2").describe_load_balancers(Names=[f"{stack.name}-alb"])["LoadBalancers"]
    return dict(balancer)


def test_the_load_balancer(stack: Spywatcher) -> None:
    elb, balancer = stack.client("elbv2"), balancer_of(stack)
    assert (balancer["Type"], balancer["Scheme"], balancer["State"]["Code"]) == ("application", "internet-facing", "active")
    assert {zone["ZoneName"] for zone in balancer["AvailabilityZones"]} == ZONES
    assert balancer["SecurityGroups"] == [groups_of(stack)["alb-sg"]["GroupId"]]
    listed = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]
    attributes = tags_of(listed)
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["deletion_protection.enabled"] == str(stack.size["protected"]).lower()


def test_tls_ends_at_the_load_balancer_and_http_is_sent_there(stack: Spywatcher) -> None:
    elb, domain = stack.client("elbv2"), stack.size["domain"]
    found = elb.describe_listeners(LoadBalancerArn=balancer_of(stack)["LoadBalancerArn"])["Listeners"]
    listeners = {listener["Port"]: listener for listener in found}
    assert set(listeners) == {80, 443}
    redirect = listeners[80]["DefaultActions"][0]["RedirectConfig"]
    assert (redirect["Protocol"], redirect["Port"], redirect["StatusCode"]) == ("HTTPS", "443", "HTTP_301")
    assert listeners[443]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    certificate = stack.client("acm").describe_certificate(CertificateArn=listeners[443]["Certificates"][0]["CertificateArn"])[
        "Certificate"
    ]
    assert certificate["Status"] == "ISSUED"
    assert set(certificate["SubjectAlternativeNames"]) == {domain, f"*.{domain}"}
    groups = {group["TargetGroupArn"]: group["TargetGroupName"] for group in elb.describe_target_groups()["TargetGroups"]}
    rules = elb.describe_rules(ListenerArn=listeners[443]["ListenerArn"])["Rules"]
    led = {rule["Priority"]: groups[rule["Actions"][0]["TargetGroupArn"]].removeprefix(f"{stack.name}-") for rule in rules}
    assert led == {"10": "backend", "20": "grafana", "30": "backend", "default": "frontend"}
    hosts = {rule["Priority"]: rule["Conditions"][0]["HostHeaderConfig"]["Values"] for rule in rules if rule["Priority"] in ("10", "20")}
    assert hosts == {"10": [f"api.{domain}"], "20": [f"grafana.{domain}"]}


@pytest.mark.parametrize(
    ("name", "port", "path"), [("backend", 8080, "/health"), ("frontend", 8080, "/"), ("grafana", 3000, "/api/health")]
)
def test_targets_are_pods_whose_health_is_checked(stack: Spywatcher, name: str, port: int, path: str) -> None:
    elb = stack.client("elbv2")
    (group,) = elb.describe_target_groups(Names=[f"{stack.name}-{name}"])["TargetGroups"]
    assert (group["TargetType"], group["Port"], group["HealthCheckPath"]) == ("ip", port, path)
    attributes = tags_of(elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"])
    assert attributes["deregistration_delay.timeout_seconds"] == "15"


def test_the_firewall(stack: Spywatcher) -> None:
    waf = stack.client("wafv2")
    (summary,) = waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    assert summary["Name"] == f"{stack.name}-waf"
    acl = waf.get_web_acl(Name=summary["Name"], Scope="REGIONAL", Id=summary["Id"])["WebACL"]
    limit, *groups = sorted(acl["Rules"], key=lambda rule: rule["Priority"])
    assert limit["Statement"]["RateBasedStatement"] == {"Limit": 2000, "EvaluationWindowSec": 300, "AggregateKeyType": "IP"}
    assert "Block" in limit["Action"]
    assert [rule["Statement"]["ManagedRuleGroupStatement"]["Name"] for rule in groups] == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    ]
    assert waf.get_web_acl_for_resource(ResourceArn=balancer_of(stack)["LoadBalancerArn"])["WebACL"]["ARN"] == summary["ARN"]
    logged = waf.get_logging_configuration(ResourceArn=summary["ARN"])["LoggingConfiguration"]["LogDestinationConfigs"]
    assert logged == [f"arn:aws:logs:{REGION}:123456789012:log-group:aws-waf-logs-{stack.name}"]
    (group,) = stack.client("logs").describe_log_groups(logGroupNamePrefix=f"aws-waf-logs-{stack.name}")["logGroups"]
    assert group["retentionInDays"] > 0


def test_names_lead_to_the_load_balancer(stack: Spywatcher) -> None:
    route53, domain = stack.client("route53"), stack.size["domain"]
    (zone,) = [zone for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == f"{domain}."]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    aliases = {record["Name"]: record["AliasTarget"]["DNSName"] for record in records if "AliasTarget" in record}
    target = f"{balancer_of(stack)['DNSName'].lower()}."
    assert aliases == {f"{domain}.": target, f"api.{domain}.": target, f"grafana.{domain}.": target}


# -- watching, recording, backing up ---------------------------------------------------------------------


def test_three_topics_reach_the_seeds_addresses(stack: Spywatcher) -> None:
    sns = stack.client("sns")
    found = {}
    for topic in sns.list_topics()["Topics"]:
        subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic["TopicArn"])["Subscriptions"]
        found[topic["TopicArn"].rpartition(":")[2]] = [(each["Protocol"], each["Endpoint"]) for each in subscriptions]
    assert found == {f"{stack.name}-{who}": [("email", f"{who}@spywatcher.example.com")] for who in ("oncall", "devops", "security")}


def test_critical_alarms_page_and_warnings_are_read_in_business_hours(stack: Spywatcher) -> None:
    pages = stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
    alarms = {alarm["AlarmName"].removeprefix(f"{stack.name}-"): alarm for page in pages for alarm in page["MetricAlarms"]}
    told: dict[str, set[str]] = {}
    for name, alarm in alarms.items():
        (action,) = alarm["AlarmActions"]
        told.setdefault(action.rpartition(f":{stack.name}-")[2], set()).add(name)
    assert told["oncall"] == {"backend-down", "frontend-down", "database-unavailable", "high-error-rate"}
    assert {"elevated-response-time", "database-cpu", "database-disk-space", "nodes-cpu", "nodes-memory", "cache-memory"} <= told["devops"]
    assert {"root-used", "sign-in-without-mfa"} <= told["security"]
    suffix = balancer_of(stack)["LoadBalancerArn"].partition(":loadbalancer/")[2]
    assert {"Name": "LoadBalancer", "Value": suffix} in alarms["backend-down"]["Dimensions"]


def test_dashboards(stack: Spywatcher) -> None:
    listed = stack.client("cloudwatch").list_dashboards()["DashboardEntries"]
    names = {entry["DashboardName"] for entry in listed}
    assert names == {f"{stack.name}-{about}" for about in ("application", "infrastructure", "business")}


def test_everything_done_in_the_account_is_recorded(stack: Spywatcher) -> None:
    cloudtrail = stack.client("cloudtrail")
    (trail,) = cloudtrail.describe_trails()["trailList"]
    assert trail["Name"] == f"{stack.name}-trail"
    assert trail["IsMultiRegionTrail"]
    assert trail["LogFileValidationEnabled"]
    assert cloudtrail.get_trail_status(Name=trail["TrailARN"])["IsLogging"]


def test_daily_backups_are_kept_for_seven_days(stack: Spywatcher) -> None:
    backup = stack.client("backup")
    (plan,) = backup.list_backup_plans()["BackupPlansList"]
    (rule,) = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
    assert (rule["TargetBackupVaultName"], rule["Lifecycle"]["DeleteAfterDays"]) == (f"{stack.name}-vault", 7)
    assert rule["ScheduleExpression"] == "cron(0 7 ? * * *)"
    (selection,) = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    chosen = backup.get_backup_selection(BackupPlanId=plan["BackupPlanId"], SelectionId=selection["SelectionId"])["BackupSelection"]
    assert [arn.rpartition(":")[2] for arn in chosen["Resources"]] == [stack.name]


def test_images_and_records_have_their_places(stack: Spywatcher) -> None:
    repositories = stack.client("ecr").describe_repositories()["repositories"]
    assert {each["repositoryName"] for each in repositories} == {f"{stack.name}-backend", f"{stack.name}-frontend"}
    assert all(each["imageScanningConfiguration"]["scanOnPush"] for each in repositories)
    assert stack.client("s3").get_bucket_versioning(Bucket=f"{stack.name}-runs")["Status"] == "Enabled"


# -- the end ---------------------------------------------------------------------------------------------


def test_a_destroy_leaves_nothing_but_what_is_to_stay(stack: Spywatcher) -> None:
    meant = ("-e", "confirm=spywatcher", "-e", "override_protection=true", "-e", "skip_final_snapshot=true")
    report = stack.run(*meant, playbook="playbooks/destroy.yml").check().report("destroy", "spywatcher", stack.environment)
    assert report["summary"]["failed"] == 0
    pages = stack.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate()
    tagged = {item["ResourceARN"]: tags_of(item["Tags"]) for page in pages for item in page["ResourceTagMappingList"]}
    left = {arn.split(":")[2] for arn, tags in tagged.items() if tags.get("stratum:stack") == "spywatcher"}
    # Secrets and the key wait for their end; production keeps its records.
    assert left <= {"secretsmanager", "kms", *(["s3"] if stack.environment == "prod" else [])}
