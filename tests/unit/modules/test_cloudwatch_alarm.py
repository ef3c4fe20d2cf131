# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must be put so that an alarm is as its user wants."""

from __future__ import annotations

from typing import Any

from ansible_collections.stratum.aws.plugins.module_utils._cloudwatch_alarm import (
    alarm_changes,
    alarm_document,
    alarm_request,
    desired,
    lacking,
    normal,
)

CPU: dict[str, Any] = {
    "namespace": "AWS/RDS",
    "metric_name": "CPUUtilization",
    "statistic": "Average",
    "period": 300,
    "evaluation_periods": 3,
    "comparison_operator": "GreaterThanThreshold",
    "threshold": 80.0,
}
METRIC = {"namespace": "N", "metric_name": "E"}
REPORTED_METRIC = {"Namespace": "N", "MetricName": "E"}
RATE: dict[str, Any] = {
    "metrics": [
        {"id": "rate", "expression": "100 * errors", "metric_stat": None, "label": "Rate", "return_data": True},
        {
            "id": "errors",
            "metric_stat": {
                "metric": {"namespace": "N", "metric_name": "E", "dimensions": {"A": 1}},
                "period": 60,
                "stat": "Sum",
                "unit": None,
            },
            "return_data": False,
        },
    ],
}
REPORTED_RATE: list[dict[str, Any]] = [
    {
        "Id": "errors",
        "MetricStat": {
            "Metric": {"Namespace": "N", "MetricName": "E", "Dimensions": [{"Name": "A", "Value": "1"}]},
            "Period": 60,
            "Stat": "Sum",
        },
        "ReturnData": False,
    },
    {"Id": "rate", "Expression": "100 * errors", "Label": "Rate"},
]


def test_what_the_user_does_not_mention_is_put_again() -> None:
    assert desired({**CPU, "description": "by hand"}, {"threshold": 90.0}) == {**CPU, "threshold": 90.0, "description": "by hand"}


def test_equal_alarms_differ_in_nothing() -> None:
    assert alarm_changes({**CPU, "ok_actions": ["b", "a"]}, {**CPU, "ok_actions": ["a", "b"]}) == {}


def test_defaults_may_be_unreported() -> None:
    wanted = {"treat_missing_data": "missing", "actions_enabled": True, "datapoints_to_alarm": 3}
    assert alarm_changes(CPU, {**CPU, **wanted}) == {}
    assert alarm_changes(CPU, {"actions_enabled": False}) == {"actions_enabled": False}


def test_an_empty_list_removes_the_actions() -> None:
    assert alarm_changes({**CPU, "alarm_actions": ["a"]}, {"alarm_actions": []}) == {"alarm_actions": []}
    assert alarm_changes(CPU, {"alarm_actions": []}) == {}


def test_all_periods_stay_all_periods() -> None:
    assert "datapoints_to_alarm" not in desired({**CPU, "datapoints_to_alarm": 3}, {"evaluation_periods": 1})
    assert desired({**CPU, "datapoints_to_alarm": 2}, {"evaluation_periods": 5})["datapoints_to_alarm"] == 2


def test_metrics_replace_the_single_metric_and_back() -> None:
    assert alarm_changes(CPU, {"metrics": [{"id": "a"}]}) == {
        "metrics": [{"id": "a"}],
        **dict.fromkeys(("namespace", "metric_name", "statistic", "period")),
    }
    assert "metrics" not in desired({"metrics": [{"id": "a"}]}, CPU)


def test_one_statistic_replaces_the_other() -> None:
    assert alarm_changes(CPU, {"extended_statistic": "p95"}) == {"extended_statistic": "p95", "statistic": None}


def test_metric_math_is_compared_in_one_form() -> None:
    reported = alarm_document({"Metrics": REPORTED_RATE})
    assert reported == normal(RATE)
    assert alarm_changes(reported, normal(RATE)) == {}


def test_another_stat_of_metric_math_is_a_change() -> None:
    reported = alarm_document({"Metrics": [*REPORTED_RATE[1:], {**REPORTED_RATE[0], "MetricStat": None, "Expression": "e"}]})
    assert list(alarm_changes(reported, normal(RATE))) == ["metrics"]


def test_the_request_is_what_aws_reports() -> None:
    reported = {"AlarmDescription": "d", "OKActions": ["a"], "Metrics": REPORTED_RATE, "EvaluationWindow": {"SlidingWindow": {}}}
    request = alarm_request("n", alarm_document(reported))
    assert request.pop("AlarmName") == "n"
    request["Metrics"][1].pop("ReturnData")
    assert request == reported


def test_dimensions_become_names_and_values() -> None:
    assert alarm_request("n", {"dimensions": {"Port": 80}})["Dimensions"] == [{"Name": "Port", "Value": "80"}]


def test_a_new_alarm_says_what_it_lacks() -> None:
    assert lacking(CPU) == []
    assert lacking({"metric_name": "x", "threshold": 0.0, "comparison_operator": "GreaterThanThreshold"}) == [
        "evaluation_periods",
        "namespace",
        "period",
        "statistic or extended_statistic",
    ]
    assert lacking({}) == ["comparison_operator", "evaluation_periods", "threshold or threshold_metric_id", "metric_name or metrics"]
