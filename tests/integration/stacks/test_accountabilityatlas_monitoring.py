# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AccountabilityAtlas tells of itself from phase 2 on: alarms and who hears of them, dashboards and traces, read back by boto3.

The values stand here as the specification has them, not as the inventory does. In phase 4, a deployment moves tasks between blue and
green, so healthy hosts are counted over both.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from .phases import ALL, SERVICES, Grown, of, target_groups_of

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(1800)]

QUEUES = ("video-metadata", "moderation", "search-index", "notifications")
# Four fifths of what RDS takes by default: db.t3.medium 450, db.r6g.large 1802 connections.
CONNECTIONS = {"prod-2": 360, "prod-3": 1441, "prod-4": 1441, "staging-3": 360}
# Services that may be scaled down to one task: fewer than two healthy hosts of theirs are no trouble.
SMALL = ("moderation-service", "notification-service")


def alarms_of(grown: Grown) -> dict[str, dict[str, Any]]:
    """Return the alarms by what follows the environment in their names; those that the phase before has left are among them."""
    pages = grown.client("cloudwatch").get_paginator("describe_alarms").paginate()
    return {each["AlarmName"].removeprefix(f"{grown.name}-"): each for page in pages for each in page["MetricAlarms"]}


def hosts_of(grown: Grown) -> set[str]:
    """Return the alarms on too few healthy hosts."""
    return {f"healthy-hosts-{name}" for name in SERVICES if grown.phase < 4 or name not in SMALL}


def critical_of(grown: Grown) -> set[str]:
    """Return the alarms that are critical."""
    return {"high-error-rate", *hosts_of(grown), *(("search-red",) if grown.phase > 2 else ())}


def topics_of(grown: Grown) -> dict[str, str]:
    """Return the topics' ARNs by their names."""
    return {each["TopicArn"].rpartition(":")[2]: each["TopicArn"] for each in grown.client("sns").list_topics()["Topics"]}


def figures(alarm: dict[str, Any]) -> tuple[Any, ...]:
    """Return when an alarm on one metric goes off."""
    seconds = alarm["Period"] * alarm["EvaluationPeriods"]
    statistic = alarm.get("Statistic") or alarm["ExtendedStatistic"]
    return (alarm["Namespace"], alarm["MetricName"], statistic, alarm["ComparisonOperator"], alarm["Threshold"], seconds)


@of(*ALL)
def test_the_alarms(grown: Grown) -> None:
    alarms = alarms_of(grown)
    depths = {f"sqs-depth-{queue}" for queue in QUEUES}
    assert alarms.keys() >= critical_of(grown) | depths | {"high-latency", "rds-high-cpu", "rds-connections"}
    more = "GreaterThanThreshold"
    assert figures(alarms["high-latency"]) == ("AWS/ApplicationELB", "TargetResponseTime", "p95", more, 1, 300)
    assert figures(alarms["rds-high-cpu"]) == ("AWS/RDS", "CPUUtilization", "Average", more, 80, 600)
    connections = ("AWS/RDS", "DatabaseConnections", "Average", more, CONNECTIONS[grown.key], 300)
    assert figures(alarms["rds-connections"]) == connections
    for name in depths:
        assert figures(alarms[name]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", more, 1000, 300)
    if grown.phase > 2:
        red = ("AWS/ES", "ClusterStatus.red", "Maximum", "GreaterThanOrEqualToThreshold", 1, 60)
        assert figures(alarms["search-red"]) == red
        looked = {each["Name"]: each["Value"] for each in alarms["search-red"]["Dimensions"]}
        assert looked == {"DomainName": grown.name, "ClientId": "123456789012"}
    for name in ("rds-high-cpu", "rds-connections"):
        assert alarms[name]["Dimensions"] == [{"Name": "DBInstanceIdentifier", "Value": grown.name}]


@of(*ALL)
def test_more_than_five_per_cent_of_errors_in_five_minutes(grown: Grown) -> None:
    alarm = alarms_of(grown)["high-error-rate"]
    assert (alarm["Threshold"], alarm["ComparisonOperator"], alarm["EvaluationPeriods"]) == (5, "GreaterThanThreshold", 5)
    metrics = {each["Id"]: each for each in alarm["Metrics"]}
    assert "100 *" in metrics["rate"]["Expression"]
    stats = {each["MetricStat"]["Metric"]["MetricName"]: each["MetricStat"] for name, each in metrics.items() if name != "rate"}
    assert stats.keys() == {"HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count", "RequestCount"}
    assert {each["Period"] for each in stats.values()} == {60}


@of(*ALL)
def test_too_few_healthy_hosts_for_two_minutes(grown: Grown) -> None:
    alarms = alarms_of(grown)
    groups = {each["TargetGroupArn"].rpartition(":")[2]: name for name, each in target_groups_of(grown).items()}
    for name in hosts_of(grown):
        alarm, service = alarms[name], name.removeprefix("healthy-hosts-")
        assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1 if grown.phase == 2 else 2, "LessThanThreshold")
        assert alarm["TreatMissingData"] == "breaching"
        both = [each for each in alarm.get("Metrics", []) if "MetricStat" in each]
        assert len(both) == (2 if grown.phase == 4 else 0)
        watched = both or [{"MetricStat": {"Metric": alarm, "Period": alarm["Period"]}}]
        assert {each["MetricStat"]["Period"] * alarm["EvaluationPeriods"] for each in watched} == {120}
        dimensions = [{one["Name"]: one["Value"] for one in each["MetricStat"]["Metric"]["Dimensions"]} for each in watched]
        if "TargetGroup" in dimensions[0]:
            found = {groups[each["TargetGroup"]].rpartition("-")[2] for each in dimensions}
            assert found == ({"blue", "green"} if grown.phase == 4 else {"blue"})
            assert service.removesuffix("-service") in groups[dimensions[0]["TargetGroup"]]
        else:
            assert grown.phase < 4
            assert dimensions == [{"ClusterName": grown.name, "ServiceName": service}]


@of(*ALL)
def test_what_is_critical_comes_by_text_message_from_phase_3_on(grown: Grown) -> None:
    sns, topics = grown.client("sns"), topics_of(grown)
    warned = topics[f"accountabilityatlas-alerts-{grown.environment}"]
    protocols = {
        name: sorted(each["Protocol"] for each in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"])
        for name, arn in topics.items()
    }
    expected = {f"accountabilityatlas-alerts-{grown.environment}": ["email"]}
    if grown.phase > 2:
        expected[f"accountabilityatlas-critical-{grown.environment}"] = ["email", "sms"]
    assert protocols == expected
    critical = topics[f"accountabilityatlas-critical-{grown.environment}"] if grown.phase > 2 else warned
    warnings = {"high-latency", "rds-high-cpu", "rds-connections", *(f"sqs-depth-{queue}" for queue in QUEUES)}
    alarms = alarms_of(grown)
    for name in critical_of(grown) | warnings:
        told = warned if name in warnings else critical
        assert (alarms[name]["AlarmActions"], alarms[name]["OKActions"]) == ([told], [told]), name


@of(*ALL)
def test_one_dashboard_in_phase_2_and_three_from_phase_3_on(grown: Grown) -> None:
    cloudwatch = grown.client("cloudwatch")
    names = {each["DashboardName"].removeprefix(f"{grown.name}-") for each in cloudwatch.list_dashboards()["DashboardEntries"]}
    assert names == ({"overview"} if grown.phase == 2 else {"overview", "database", "search"})
    for name in names:
        body = cloudwatch.get_dashboard(DashboardName=f"{grown.name}-{name}")["DashboardBody"]
        assert len(json.loads(body)["widgets"]) >= 4
        # Nothing that AWS invents is missing.
        assert re.findall(r"<\w+:[^>]*>", body) == []


@of(*ALL)
def test_five_per_cent_of_the_requests_are_traced_from_phase_3_on(grown: Grown) -> None:
    xray = grown.client("xray")
    rules = {each["SamplingRule"]["RuleName"]: each["SamplingRule"] for each in xray.get_sampling_rules()["SamplingRuleRecords"]}
    if grown.phase == 2:
        assert grown.name not in rules
        return
    rule = rules[grown.name]
    assert (rule["FixedRate"], rule["Host"], rule["ServiceName"]) == (0.05, f"*{grown.domain}", "*")
    groups = {each["GroupName"] for each in xray.get_groups()["Groups"]}
    assert groups >= {grown.name, f"{grown.name}-slow"}


@of(*ALL)
def test_backups_are_kept_as_long_as_the_databases_own(grown: Grown) -> None:
    backup = grown.client("backup")
    (listed,) = backup.list_backup_plans()["BackupPlansList"]
    (rule,) = backup.get_backup_plan(BackupPlanId=listed["BackupPlanId"])["BackupPlan"]["Rules"]
    days = 30 if grown.environment == "prod" and grown.phase > 2 else 7
    assert (rule["ScheduleExpression"], rule["Lifecycle"]["DeleteAfterDays"]) == ("cron(0 5 ? * * *)", days)
