# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EC2 manager in dev, staging and prod: its edge, what watches, records and limits it, read back; and what a destroy leaves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .ec2_manager import ACCOUNT, EVERYWHERE, FUNCTIONS, REGION, Environment, alarms_of, api_of, distribution_of, retention_of

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.xdist_group("ec2_manager"), pytest.mark.timeout(1800)]


# -- edge ------------------------------------------------------------------------------------------------


def test_distribution(ec2_manager: Environment) -> None:
    config = distribution_of(ec2_manager)["DistributionConfig"]
    assert (config["Enabled"], config["DefaultRootObject"], config["PriceClass"]) == (True, "index.html", "PriceClass_100")
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    origins = {each["Id"]: each for each in config["Origins"]["Items"]}
    assert origins["web"]["DomainName"] == f"{ec2_manager.name}-web.s3.us-west-2.amazonaws.com"
    assert origins["api"]["DomainName"] == f"{api_of(ec2_manager)['id']}.execute-api.us-west-2.amazonaws.com"
    assert origins["api"]["OriginPath"] == f"/{ec2_manager.word}"
    assert [each["HeaderName"] for each in origins["api"]["CustomHeaders"]["Items"]] == ["Referer"]
    assert origins["api"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
    assert origins["api"]["CustomOriginConfig"]["OriginSslProtocols"]["Items"] == ["TLSv1.2"]
    default = config["DefaultCacheBehavior"]
    assert (default["TargetOriginId"], default["ViewerProtocolPolicy"], default["Compress"]) == ("web", "redirect-to-https", True)
    (api,) = config["CacheBehaviors"]["Items"]
    assert (api["PathPattern"], api["TargetOriginId"], api["ViewerProtocolPolicy"]) == ("/api/*", "api", "https-only")
    assert {"GET", "POST"} <= set(api["AllowedMethods"]["Items"])
    errors = {each["ErrorCode"]: (each["ResponseCode"], each["ResponsePagePath"]) for each in config["CustomErrorResponses"]["Items"]}
    assert errors == {403: ("200", "/index.html"), 404: ("200", "/index.html")}
    client = ec2_manager.client("cloudfront", EVERYWHERE)
    control = client.get_origin_access_control(Id=origins["web"]["OriginAccessControlId"])["OriginAccessControl"][
        "OriginAccessControlConfig"
    ]
    assert (control["OriginAccessControlOriginType"], control["SigningBehavior"], control["SigningProtocol"]) == ("s3", "always", "sigv4")
    policy = client.get_response_headers_policy(Id=default["ResponseHeadersPolicyId"])["ResponseHeadersPolicy"]
    headers = policy["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] == 31536000
    assert headers["FrameOptions"]["FrameOption"] == "DENY"
    assert {"ContentTypeOptions", "ReferrerPolicy", "ContentSecurityPolicy"} <= set(headers)


def test_the_name_leads_to_the_distribution(ec2_manager: Environment) -> None:
    route53, domain = ec2_manager.client("route53"), ec2_manager.size["domain"]
    (zone,) = [each for each in route53.list_hosted_zones()["HostedZones"] if each["Name"] == f"{domain}."]
    records = route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    aliases = {each["Type"]: each["AliasTarget"]["DNSName"].rstrip(".") for each in records if "AliasTarget" in each}
    assert aliases == dict.fromkeys(("A", "AAAA"), distribution_of(ec2_manager)["DomainName"])
    used = distribution_of(ec2_manager)["DistributionConfig"]["ViewerCertificate"]["ACMCertificateArn"]
    certificate = ec2_manager.client("acm", EVERYWHERE).describe_certificate(CertificateArn=used)["Certificate"]
    assert (certificate["DomainName"], certificate["Status"]) == (domain, "ISSUED")


# -- alarms, dashboards, traces --------------------------------------------------------------------------

ALARMS: dict[str, tuple[Any, ...]] = {
    "api-5xx": ("AWS/ApiGateway", "5XXError", "Sum", 600, "GreaterThanThreshold", 3.0),
    "authentication-failures": ("Ec2Manager/{word}", "AuthenticationFailures", "Sum", 300, "GreaterThanThreshold", 10.0),
    "api-latency": ("AWS/ApiGateway", "Latency", "Average", 300, "GreaterThanThreshold", 200.0),
    "availability": ("CloudWatchSynthetics", "SuccessPercent", "Average", 86400, "LessThanThreshold", 99.9),
    "unreachable": ("CloudWatchSynthetics", "SuccessPercent", "Average", 300, "LessThanThreshold", 50.0),
    "rollback-latency": ("AWS/ApiGateway", "Latency", "Average", 60, "GreaterThanThreshold", 2000.0),
    "backups": ("AWS/Backup", "NumberOfBackupJobsFailed", "Sum", 86400, "GreaterThanThreshold", 0.0),
    "denied-calls": ("Ec2Manager/{word}/Audit", "DeniedCalls", "Sum", 300, "GreaterThanThreshold", 10.0),
    "root-used": ("Ec2Manager/{word}/Audit", "RootUses", "Sum", 300, "GreaterThanThreshold", 0.0),
}
"""Alarms on one metric: its namespace, name, statistic and period, and what it is compared with."""
CALCULATED = {
    **{f"{name}-error-rate": (5.0, {"AWS/Lambda/Errors", "AWS/Lambda/Invocations"}) for name in FUNCTIONS},
    "dynamodb-throttles": (0.0, {"AWS/DynamoDB/ReadThrottleEvents", "AWS/DynamoDB/WriteThrottleEvents"}),
    "rollback-error-rate": (10.0, {"AWS/ApiGateway/5XXError", "AWS/ApiGateway/Count"}),
}
"""Alarms on a calculation: the threshold, and what it calculates with."""
CRITICAL = {"api-5xx", "authentication-failures", "dynamodb-throttles", "unreachable", "rollback-latency", "rollback-error-rate"} | {
    f"{name}-error-rate" for name in FUNCTIONS
}


def test_alarms(ec2_manager: Environment) -> None:
    alarms = alarms_of(ec2_manager)
    assert set(alarms) == set(ALARMS) | set(CALCULATED)
    for name, (namespace, *rest) in ALARMS.items():
        found = alarms[name]
        told = [found[key] for key in ("MetricName", "Statistic", "Period", "ComparisonOperator", "Threshold")]
        assert (found["Namespace"], told) == (namespace.format(word=ec2_manager.word), rest), name
    for name, (threshold, calculated) in CALCULATED.items():
        used = [each["MetricStat"]["Metric"] for each in alarms[name]["Metrics"] if "MetricStat" in each]
        assert alarms[name]["Threshold"] == threshold, name
        assert {f"{each['Namespace']}/{each['MetricName']}" for each in used} == calculated, name
    assert alarms["api-5xx"]["EvaluationPeriods"] == alarms["authentication-failures"]["EvaluationPeriods"] == 1


def test_whoever_is_on_call_hears_of_what_is_critical(ec2_manager: Environment) -> None:
    prefix, critical, rollback = f"arn:aws:sns:{REGION}:{ACCOUNT}:{ec2_manager.name}-", set(), set()
    cloudwatch = ec2_manager.client("cloudwatch")
    for name, alarm in alarms_of(ec2_manager).items():
        topics = {each.removeprefix(prefix) for each in alarm["AlarmActions"]}
        assert "alerts" in topics, name
        tags = {tag["Key"]: tag["Value"] for tag in cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]}
        assert (tags["Severity"] == "critical") is ("escalation" in topics), name
        critical |= {name} & ({name} if "escalation" in topics else set())
        rollback |= {name} if tags.get("Purpose") == "rollback" else set()
    assert critical == CRITICAL
    # Failed health checks, errors, and answers that take long.
    assert rollback == {"unreachable", "rollback-error-rate", "rollback-latency"}


def test_topics_reach_slack_and_people_and_are_encrypted(ec2_manager: Environment) -> None:
    sns, prefix = ec2_manager.client("sns"), f"arn:aws:sns:{REGION}:{ACCOUNT}:{ec2_manager.name}"
    key = ec2_manager.client("kms").describe_key(KeyId=f"alias/{ec2_manager.name}")["KeyMetadata"]
    subscribed = {}
    for kind in ("alerts", "escalation"):
        attributes = sns.get_topic_attributes(TopicArn=f"{prefix}-{kind}")["Attributes"]
        assert attributes["KmsMasterKeyId"].endswith((key["KeyId"], f"alias/{ec2_manager.name}"))
        found = sns.list_subscriptions_by_topic(TopicArn=f"{prefix}-{kind}")["Subscriptions"]
        subscribed[kind] = {each["Protocol"]: each["Endpoint"] for each in found}
    assert f":function:{ec2_manager.name}-slack" in subscribed["alerts"]["lambda"]
    assert subscribed["alerts"]["email"] == "team@ec2-manager.example.com"
    assert subscribed["escalation"] == {"email": "oncall@ec2-manager.example.com"}
    function = ec2_manager.client("lambda").get_function_configuration(FunctionName=f"{ec2_manager.name}-slack")
    assert function["Environment"]["Variables"]["WEBHOOK_SECRET"] == f"ec2-manager/{ec2_manager.word}/slack"


def test_dashboards(ec2_manager: Environment) -> None:
    cloudwatch, shown = ec2_manager.client("cloudwatch"), {}
    for kind in ("executive", "operations", "business"):
        body = cloudwatch.get_dashboard(DashboardName=f"{ec2_manager.name}-{kind}")["DashboardBody"]
        assert "<" not in body.replace("<=", "")
        shown[kind] = {widget["properties"].get("title"): json.dumps(widget) for widget in json.loads(body)["widgets"]}
    assert {"Alarms", "System health score", "Availability (%)"} <= set(shown["executive"])
    operations = shown["operations"]
    assert all(name in operations["API: requests and latency"] for name in ("Count", "Latency", "200"))
    assert all(name in operations["API: errors"] for name in ("4XXError", "5XXError", "AuthenticationFailures"))
    assert all(name in operations["Functions: duration, errors, cold starts"] for name in ("Duration", "Errors", "ColdStartMilliseconds"))
    assert all(name in operations["DynamoDB: capacity"] for name in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"))
    assert all(name in operations["DynamoDB: throttles"] for name in ("ReadThrottleEvents", "WriteThrottleEvents"))
    assert f"SOURCE '/aws/lambda/{ec2_manager.name}-instances'" in operations["What failed, and why"]
    assert f"SOURCE '/aws/apigateway/{ec2_manager.name}/{ec2_manager.word}'" in operations["The slowest requests"]
    assert {"Operations on instances: start, stop, reboot", "Failures by operation", "Sign-ins", "Use of the endpoints"} == set(
        shown["business"]
    )


def test_traces_and_metrics_of_logs(ec2_manager: Environment) -> None:
    groups = {each["GroupName"]: each["FilterExpression"] for each in ec2_manager.client("xray").get_groups()["Groups"]}
    assert groups[f"{ec2_manager.name}-slow"].endswith("responsetime > 0.2")
    logs = ec2_manager.client("logs")
    filters = logs.describe_metric_filters(logGroupName=f"/aws/apigateway/{ec2_manager.name}/{ec2_manager.word}")["metricFilters"]
    (transformation,) = filters[0]["metricTransformations"]
    assert (transformation["metricNamespace"], transformation["metricName"]) == (f"Ec2Manager/{ec2_manager.word}", "AuthenticationFailures")
    assert '$.status = "401"' in filters[0]["filterPattern"]


def test_canary(ec2_manager: Environment) -> None:
    canary = ec2_manager.client("synthetics").get_canary(Name=ec2_manager.name)["Canary"]
    assert (canary["Status"]["State"], canary["Schedule"]["Expression"]) == ("RUNNING", "rate(5 minutes)")
    assert canary["RunConfig"]["ActiveTracing"] is True


# -- schedules, audit, budget, backup --------------------------------------------------------------------


def test_the_stack_is_exported_every_night(ec2_manager: Environment) -> None:
    events, rule = ec2_manager.client("events"), f"{ec2_manager.name}-nightly-export"
    found = events.describe_rule(Name=rule)
    assert (found["ScheduleExpression"], found["State"]) == ("cron(0 9 * * ? *)", "ENABLED")
    (target,) = events.list_targets_by_rule(Rule=rule)["Targets"]
    assert f":function:{ec2_manager.name}-export" in target["Arn"]


def test_trail(ec2_manager: Environment) -> None:
    client, name = ec2_manager.client("cloudtrail"), ec2_manager.name
    trail = client.get_trail(Name=name)["Trail"]
    assert (trail["S3BucketName"], trail["LogFileValidationEnabled"], trail["IsMultiRegionTrail"]) == (f"{name}-cloudtrail", True, True)
    assert client.get_trail_status(Name=name)["IsLogging"] is True
    assert f":log-group:/ec2-manager/{ec2_manager.word}/cloudtrail" in trail["CloudWatchLogsLogGroupArn"]
    (rule,) = ec2_manager.client("s3").get_bucket_lifecycle_configuration(Bucket=f"{name}-cloudtrail")["Rules"]
    assert rule["Expiration"]["Days"] == 365
    assert retention_of(ec2_manager, f"/ec2-manager/{ec2_manager.word}/cloudtrail") == ec2_manager.size["log_days"]


def test_budget(ec2_manager: Environment) -> None:
    client, found = ec2_manager.client("budgets", EVERYWHERE), {}
    for kind in ("monthly", "daily"):
        named = {"AccountId": ACCOUNT, "BudgetName": f"{ec2_manager.name}-{kind}"}
        budget = client.describe_budget(**named)["Budget"]
        notifications = client.describe_notifications_for_budget(**named)["Notifications"]
        found[kind] = (budget["TimeUnit"], float(budget["BudgetLimit"]["Amount"]), budget["BudgetLimit"]["Unit"])
        wanted = ec2_manager.size["budget_alerts"] if kind == "monthly" else {100.0}
        assert {(each["Threshold"], each["ThresholdType"], each["NotificationType"]) for each in notifications} == {
            (percent, "PERCENTAGE", "ACTUAL") for percent in wanted
        }
        subscribers = client.describe_subscribers_for_notification(**named, Notification=notifications[0])["Subscribers"]
        assert {each["Address"] for each in subscribers} == {
            "finance@ec2-manager.example.com",
            f"arn:aws:sns:{REGION}:{ACCOUNT}:{ec2_manager.name}-alerts",
        }
    amount = ec2_manager.size["budget"]
    assert found == {"monthly": ("MONTHLY", float(amount), "USD"), "daily": ("DAILY", round(amount / 30, 2), "USD")}


def test_backups(ec2_manager: Environment) -> None:
    backup, days = ec2_manager.client("backup"), ec2_manager.size["recovery_days"]
    plans = [each for each in backup.list_backup_plans()["BackupPlansList"] if each["BackupPlanName"] == f"{ec2_manager.name}-daily"]
    assert len(plans) == (1 if days else 0)
    for plan in plans:
        (rule,) = backup.get_backup_plan(BackupPlanId=plan["BackupPlanId"])["BackupPlan"]["Rules"]
        assert (rule["TargetBackupVaultName"], rule["Lifecycle"]["DeleteAfterDays"]) == (ec2_manager.name, days)
        (selection,) = backup.list_backup_selections(BackupPlanId=plan["BackupPlanId"])["BackupSelectionsList"]
        chosen = backup.get_backup_selection(BackupPlanId=plan["BackupPlanId"], SelectionId=selection["SelectionId"])["BackupSelection"]
        assert chosen["Resources"] == [f"arn:aws:dynamodb:{REGION}:*:table/{ec2_manager.name}-audit"]


# -- destruction: the last tests of all --------------------------------------------------------------------


def answers(question: Any, **parameters: Any) -> bool:
    try:
        question(**parameters)
    except ClientError:
        return False
    return True


def test_a_destroy_leaves_what_the_removal_policy_says(ec2_manager: Environment) -> None:
    name = ec2_manager.name
    ec2_manager.run(playbook="playbooks/destroy.yml", variables={"confirm": "ec2_manager"}).check()
    pools = [each["Name"] for each in ec2_manager.client("cognito-idp").list_user_pools(MaxResults=60)["UserPools"]]
    buckets = {answers(ec2_manager.client("s3").head_bucket, Bucket=f"{name}-{kind}") for kind in ("web", "runs", "artifacts")}
    assert len(buckets) == 1
    left = {
        "table": answers(ec2_manager.client("dynamodb").describe_table, TableName=f"{name}-audit"),
        "pool": name in pools,
        "buckets": buckets.pop(),
        "logs": bool(ec2_manager.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}-health")["logGroups"]),
        "trail": answers(ec2_manager.client("s3").head_bucket, Bucket=f"{name}-cloudtrail"),
    }
    assert {kind for kind, stays in left.items() if stays} == ec2_manager.size["kept"]
    assert not answers(ec2_manager.client("lambda").get_function, FunctionName=f"{name}-health")
    assert [each["name"] for each in ec2_manager.client("apigateway").get_rest_apis(limit=500)["items"] if each["name"] == name] == []
    assert ec2_manager.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Name", "Values": [f"{name}-vpc"]}])["Vpcs"] == []
    assert alarms_of(ec2_manager) == {}
    filters = [{"Key": "stratum:stack", "Values": ["ec2_manager"]}, {"Key": "stratum:environment", "Values": [ec2_manager.word]}]
    pages = ec2_manager.client("resourcegroupstaggingapi").get_paginator("get_resources").paginate(TagFilters=filters)
    listed = [each for page in pages for each in page["ResourceTagMappingList"]]
    # Secrets and keys are there until their time to be brought back is over.
    kinds = {each["ResourceARN"].split(":")[2] for each in listed} - {"kms", "secretsmanager"}
    services = {"table": "dynamodb", "pool": "cognito-idp", "buckets": "s3", "logs": "logs", "trail": "s3"}
    assert kinds == {services[kind] for kind in ec2_manager.size["kept"]}, [each["ResourceARN"] for each in listed]
