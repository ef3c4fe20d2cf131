# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Spywatcher's load balancer and firewall, what watches it, records it and saves it, read back from the account by boto3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .spywatcher import REGION, ZONES, Spywatcher, balancer_of, groups_of, key_of, tags_of

pytestmark = [pytest.mark.integration, pytest.mark.kubernetes, pytest.mark.slow, pytest.mark.timeout(900)]


# -- edge ------------------------------------------------------------------------------------------------


def test_the_load_balancer(spywatcher: Spywatcher) -> None:
    elb, balancer = spywatcher.client("elbv2"), balancer_of(spywatcher)
    assert (balancer["Type"], balancer["Scheme"], balancer["State"]["Code"]) == ("application", "internet-facing", "active")
    assert {zone["ZoneName"] for zone in balancer["AvailabilityZones"]} == ZONES
    assert balancer["SecurityGroups"] == [groups_of(spywatcher)["alb-sg"]["GroupId"]]
    listed = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]
    attributes = tags_of(listed)
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["deletion_protection.enabled"] == str(spywatcher.size["protected"]).lower()


def test_tls_ends_at_the_load_balancer_and_http_is_sent_there(spywatcher: Spywatcher) -> None:
    elb, domain = spywatcher.client("elbv2"), spywatcher.size["domain"]
    found = elb.describe_listeners(LoadBalancerArn=balancer_of(spywatcher)["LoadBalancerArn"])["Listeners"]
    listeners = {listener["Port"]: listener for listener in found}
    assert set(listeners) == {80, 443}
    redirect = listeners[80]["DefaultActions"][0]["RedirectConfig"]
    assert (redirect["Protocol"], redirect["Port"], redirect["StatusCode"]) == ("HTTPS", "443", "HTTP_301")
    assert listeners[443]["SslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"
    certificate = spywatcher.client("acm").describe_certificate(CertificateArn=listeners[443]["Certificates"][0]["CertificateArn"])[
        "Certificate"
    ]
    assert certificate["Status"] == "ISSUED"
    assert set(certificate["SubjectAlternativeNames"]) == {domain, f"*.{domain}"}
    groups = {group["TargetGroupArn"]: group["TargetGroupName"] for group in elb.describe_target_groups()["TargetGroups"]}
    rules = elb.describe_rules(ListenerArn=listeners[443]["ListenerArn"])["Rules"]
    led = {rule["Priority"]: groups[rule["Actions"][0]["TargetGroupArn"]].removeprefix(f"{spywatcher.name}-") for rule in rules}
    assert led == {"10": "backend", "20": "grafana", "30": "backend", "default": "frontend"}
    hosts = {rule["Priority"]: rule["Conditions"][0]["HostHeaderConfig"]["Values"] for rule in rules if rule["Priority"] in ("10", "20")}
    assert hosts == {"10": [f"api.{domain}"], "20": [f"grafana.{domain}"]}


@pytest.mark.parametrize(
    ("name", "port", "path"), [("backend", 8080, "/health"), ("frontend", 8080, "/"), ("grafana", 3000, "/api/health")]
)
def test_targets_are_pods_whose_health_is_checked(spywatcher: Spywatcher, name: str, port: int, path: str) -> None:
    elb = spywatcher.client("elbv2")
    (group,) = elb.describe_target_groups(Names=[f"{spywatcher.name}-{name}"])["TargetGroups"]
    assert (group["TargetType"], group["Port"], group["HealthCheckPath"]) == ("ip", port, path)
    attributes = tags_of(elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"])
    assert attributes["deregistration_delay.timeout_seconds"] == "15"


def test_the_firewall(spywatcher: Spywatcher) -> None:
    waf = spywatcher.client("wafv2")
    (summary,) = waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    assert summary["Name"] == f"{spywatcher.name}-waf"
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
    assert waf.get_web_acl_for_resource(ResourceArn=balancer_of(spywatcher)["LoadBalancerArn"])["WebACL"]["ARN"] == summary["ARN"]
    logged = waf.get_logging_configuration(ResourceArn=summary["ARN"])["LoggingConfiguration"]["LogDestinationConfigs"]
    assert logged == [f"arn:aws:logs:{REGION}:123456789012:log-group:aws-waf-logs-{spywatcher.name}"]
    (group,) = spywatcher.client("logs").describe_log_groups(logGroupNamePrefix=f"aws-waf-logs-{spywatcher.name}")["logGroups"]
    assert group["retentionInDays"] == spywatcher.size["log_days"]


def test_names_lead_to_the_load_balancer(spywatcher: Spywatcher) -> None:
    route53, domain = spywatcher.client("route53"), spywatcher.size["domain"]
    (zone,) = [zone for zone in route53.list_hosted_zones()["HostedZones"] if zone["Name"] == f"{domain}."]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    aliases = {record["Name"]: record["AliasTarget"]["DNSName"] for record in records if "AliasTarget" in record}
    target = f"{balancer_of(spywatcher)['DNSName'].lower()}."
    assert aliases == {f"{domain}.": target, f"api.{domain}.": target, f"grafana.{domain}.": target}


# -- watching, recording, backing up ---------------------------------------------------------------------


def test_three_topics_reach_the_seeds_addresses(spywatcher: Spywatcher) -> None:
    sns = spywatcher.client("sns")
    found = {}
    for topic in sns.list_topics()["Topics"]:
        subscriptions = sns.list_subscriptions_by_topic(TopicArn=topic["TopicArn"])["Subscriptions"]
        found[topic["TopicArn"].rpartition(":")[2]] = [(each["Protocol"], each["Endpoint"]) for each in subscriptions]
    assert found == {f"{spywatcher.name}-{who}": [("email", f"{who}@spywatcher.example.com")] for who in ("oncall", "devops", "security")}


def alarms_of(stack: Spywatcher) -> dict[str, dict[str, Any]]:
    pages = stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return {alarm["AlarmName"].removeprefix(f"{stack.name}-"): alarm for page in pages for alarm in page["MetricAlarms"]}


def test_critical_alarms_page_and_warnings_are_read_in_business_hours(spywatcher: Spywatcher) -> None:
    alarms = alarms_of(spywatcher)
    told: dict[str, set[str]] = {}
    for name, alarm in alarms.items():
        (action,) = alarm["AlarmActions"]
        told.setdefault(action.rpartition(f":{spywatcher.name}-")[2], set()).add(name)
    assert told["oncall"] == {"backend-down", "frontend-down", "database-unavailable", "high-error-rate"}
    assert {"elevated-response-time", "database-cpu", "database-disk-space", "nodes-cpu", "nodes-memory", "cache-memory"} <= told["devops"]
    assert {"root-used", "sign-in-without-mfa"} <= told["security"]
    suffix = balancer_of(spywatcher)["LoadBalancerArn"].partition(":loadbalancer/")[2]
    assert {"Name": "LoadBalancer", "Value": suffix} in alarms["backend-down"]["Dimensions"]


WATCHED: dict[str, tuple[str, str, float]] = {
    "backend-down": ("HealthyHostCount", "LessThanThreshold", 1),
    "frontend-down": ("HealthyHostCount", "LessThanThreshold", 1),
    "database-unavailable": ("CPUUtilization", "LessThanThreshold", 1),
    "elevated-response-time": ("TargetResponseTime", "GreaterThanThreshold", 1),
    "database-cpu": ("CPUUtilization", "GreaterThanThreshold", 80),
    "cache-cpu": ("EngineCPUUtilization", "GreaterThanThreshold", 80),
    "cache-memory": ("DatabaseMemoryUsagePercentage", "GreaterThanThreshold", 80),
    "nodes-cpu": ("node_cpu_utilization", "GreaterThanThreshold", 80),
    "nodes-memory": ("node_memory_utilization", "GreaterThanThreshold", 85),
    "nodes-disk-space": ("node_filesystem_utilization", "GreaterThanThreshold", 80),
    "requests-blocked": ("BlockedRequests", "GreaterThanThreshold", 1000),
    "denied-calls": ("DeniedCalls", "GreaterThanThreshold", 10),
}


def test_alarms_have_their_thresholds(spywatcher: Spywatcher) -> None:
    alarms = alarms_of(spywatcher)
    found = {name: (alarms[name]["MetricName"], alarms[name]["ComparisonOperator"], alarms[name]["Threshold"]) for name in WATCHED}
    assert found == WATCHED
    assert alarms["high-error-rate"]["Threshold"] == 5
    (rate,) = [metric for metric in alarms["high-error-rate"]["Metrics"] if metric.get("ReturnData", True)]
    assert "100 *" in rate["Expression"]
    # A fifth of the disk, and 80 % of the connections that a class of so much memory allows.
    (database,) = spywatcher.client("rds").describe_db_instances(DBInstanceIdentifier=spywatcher.name)["DBInstances"]
    memory = {"db.t3.large": 8, "db.t3.medium": 4}[database["DBInstanceClass"]] * 1024**3
    assert alarms["database-disk-space"]["Threshold"] == database["AllocatedStorage"] * 1024**3 // 5
    assert alarms["database-connections"]["Threshold"] == int(0.8 * (memory // 9531392))


def test_what_the_database_says_of_itself_pages_and_what_is_due_is_told_before(spywatcher: Spywatcher) -> None:
    events, found = spywatcher.client("events"), {}
    for rule in events.list_rules(NamePrefix=spywatcher.name)["Rules"]:
        (target,) = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        found[rule["Name"].removeprefix(f"{spywatcher.name}-")] = (rule.get("ScheduleExpression"), target["Arn"].rpartition("-")[2])
    assert found == {
        "database-events": (None, "oncall"),
        # Seven days before the window of Sunday, 02:00 to 04:00 UTC.
        "maintenance-notice": ("cron(0 2 ? * SUN *)", "devops"),
        "access-review": ("cron(0 9 1 1,4,7,10 ? *)", "security"),
    }


def test_what_users_do_and_what_is_done_in_the_account_is_counted(spywatcher: Spywatcher) -> None:
    pages = spywatcher.client("logs").get_paginator("describe_metric_filters").paginate()
    metrics = {each["metricTransformations"][0]["metricName"] for page in pages for each in page["metricFilters"]}
    assert {"ActiveUsers", "ApiRequests", "FeatureUses", "UserSessions", "ApplicationErrors"} <= metrics
    assert {"RootUses", "SignInsWithoutMfa", "DeniedCalls", "PermissionChanges", "TrailChanges"} <= metrics


DASHBOARDS = {
    "application": {"Request rate and latency", "Error rate", "Active connections", "Cache hit rate"},
    "infrastructure": {"CPU utilization", "Memory utilization", "Network throughput", "Disk I/O"},
    "business": {"Active users", "API usage per tier", "Feature usage", "User sessions"},
}


def test_dashboards_show_the_metrics_of_the_specification(spywatcher: Spywatcher) -> None:
    cloudwatch = spywatcher.client("cloudwatch")
    names = {entry["DashboardName"] for entry in cloudwatch.list_dashboards()["DashboardEntries"]}
    assert names == {f"{spywatcher.name}-{about}" for about in DASHBOARDS}
    for about, wanted in DASHBOARDS.items():
        body = json.loads(cloudwatch.get_dashboard(DashboardName=f"{spywatcher.name}-{about}")["DashboardBody"])
        assert wanted <= {widget["properties"].get("title") for widget in body["widgets"]}


def test_everything_done_in_the_account_is_recorded(spywatcher: Spywatcher) -> None:
    cloudtrail = spywatcher.client("cloudtrail")
    (trail,) = cloudtrail.describe_trails()["trailList"]
    assert trail["Name"] == f"{spywatcher.name}-trail"
    assert trail["IsMultiRegionTrail"]
    assert trail["LogFileValidationEnabled"]
    assert cloudtrail.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
    assert (trail["S3BucketName"], trail["KmsKeyId"].rpartition("/")[2]) == (
        f"{spywatcher.name}-audit",
        key_of(spywatcher).rpartition("/")[2],
    )
    name = f"/spywatcher/{spywatcher.environment}/cloudtrail"
    (group,) = spywatcher.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    assert (group["retentionInDays"], group["logGroupName"] in trail["CloudWatchLogsLogGroupArn"]) == (90, True)
    closed = spywatcher.client("s3").get_public_access_block(Bucket=trail["S3BucketName"])["PublicAccessBlockConfiguration"]
    assert set(closed.values()) == {True}


def test_daily_backups_are_kept_for_seven_days(spywatcher: Spywatcher) -> None:
    backup = spywatcher.client("backup")
    (plan,) = backup.list_backup_plans()["BackupPlansList"]
    (rule,) = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
    assert (rule["TargetBackupVaultName"], rule["Lifecycle"]["DeleteAfterDays"]) == (f"{spywatcher.name}-vault", 7)
    assert rule["ScheduleExpression"] == "cron(0 7 ? * * *)"
    (selection,) = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
    chosen = backup.get_backup_selection(BackupPlanId=plan["BackupPlanId"], SelectionId=selection["SelectionId"])["BackupSelection"]
    assert [arn.rpartition(":")[2] for arn in chosen["Resources"]] == [spywatcher.name]
    vault = backup.describe_backup_vault(BackupVaultName=f"{spywatcher.name}-vault")
    assert vault["EncryptionKeyArn"] == key_of(spywatcher)
    told = backup.get_backup_vault_notifications(BackupVaultName=vault["BackupVaultName"])
    assert told["SNSTopicArn"].endswith(f":{spywatcher.name}-devops")


def test_images_and_records_have_their_places(spywatcher: Spywatcher) -> None:
    repositories = spywatcher.client("ecr").describe_repositories()["repositories"]
    assert {each["repositoryName"] for each in repositories} == {f"{spywatcher.name}-backend", f"{spywatcher.name}-frontend"}
    assert all(each["imageScanningConfiguration"]["scanOnPush"] for each in repositories)
    assert {each["imageTagMutability"] for each in repositories} == {"IMMUTABLE"}
    assert spywatcher.client("s3").get_bucket_versioning(Bucket=f"{spywatcher.name}-runs")["Status"] == "Enabled"
