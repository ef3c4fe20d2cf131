# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CloudWatch alarm in one form, and what must be put so that it is as its user wants.  Private to the collection.

PutMetricAlarm replaces the whole alarm, so what the user did not mention has to be put again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.dict_transformations import camel_dict_to_snake_dict, snake_dict_to_camel_dict
from ansible_collections.stratum.aws.plugins.module_utils._compare import given, same_items
from ansible_collections.stratum.aws.plugins.module_utils._tags import text_tags

Document = dict[str, Any]

NAMES = {"name": "AlarmName", "description": "AlarmDescription", "ok_actions": "OKActions"}
"""Our key -> AWS's, where it is not the same in CamelCase."""
ACTIONS = ("alarm_actions", "ok_actions", "insufficient_data_actions")
SINGLE = ("namespace", "metric_name", "dimensions", "statistic", "extended_statistic", "period", "unit")
"""What an alarm on one metric has, and one on `metrics` has not."""
OPTIONS = (
    *("description", "metrics", "comparison_operator", "threshold", "threshold_metric_id", "evaluation_periods"),
    *("datapoints_to_alarm", "treat_missing_data", "evaluate_low_sample_count_percentile", "actions_enabled", *ACTIONS, *SINGLE),
)
PRESERVED = ("evaluation_window", "warm_up_configuration", "evaluation_criteria", "evaluation_interval", "action_configuration")
"""What PutMetricAlarm also takes; an alarm that has it keeps it, in AWS's own form."""
EXCLUSIVE = (("statistic", "extended_statistic"), ("threshold", "threshold_metric_id"))
DEFAULTS = {"treat_missing_data": "missing", "evaluate_low_sample_count_percentile": "evaluate", "actions_enabled": True}
"""What CloudWatch does when it is told nothing; it may then report nothing."""


def normal_metric(query: Mapping[str, Any]) -> Document:
    """Return an element of `metrics`, ours or AWS's in snake_case, with defaults and without empty values."""
    result = {key: value for key, value in query.items() if value not in (None, "")}
    result.setdefault("return_data", True)
    if "metric_stat" in result:
        stat = given(result["metric_stat"])
        result["metric_stat"] = {**stat, "metric": given({**stat["metric"], "dimensions": _pairs(stat["metric"].get("dimensions"))})}
    return result


def _pairs(dimensions: Any) -> dict[str, str]:
    """Return dimensions as a dictionary of strings, from one or from AWS's list."""
    if isinstance(dimensions, list):
        return {item["name"]: item["value"] for item in dimensions}
    return text_tags(dimensions) or {}


def normal(alarm: Mapping[str, Any]) -> Document:
    """Return the settable part of an alarm, ours or AWS's in snake_case, in one form."""
    result = {key: alarm[key] for key in (*OPTIONS, *PRESERVED) if alarm.get(key) not in (None, "")}
    if "metrics" in result:
        result["metrics"] = sorted((normal_metric(query) for query in result["metrics"]), key=lambda query: str(query["id"]))
    if "dimensions" in result:
        result["dimensions"] = _pairs(result["dimensions"])
    return result


def desired(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return the alarm to put: what is there, with what the user set, without what that rules out."""
    kept = dict(current)
    dropped = {other for pair in EXCLUSIVE for one in pair if one in wanted for other in pair if other not in wanted}
    if wanted.get("metrics"):
        dropped.update(SINGLE)
    elif "metric_name" in wanted:
        dropped.add("metrics")
    if kept.get("datapoints_to_alarm") == kept.get("evaluation_periods"):
        # All of the periods: it follows them when only their number changes.
        dropped.add("datapoints_to_alarm")
    return {**{key: value for key, value in kept.items() if key not in dropped}, **wanted}


def alarm_changes(current: Mapping[str, Any], wanted: Mapping[str, Any]) -> Document:
    """Return the keys that differ once `wanted` is put, with their new values; None is "no longer"."""
    after = desired(current, wanted)
    result: Document = {}
    for key in {*current, *after}:
        old, new = (_value(key, alarm) for alarm in (current, after))
        if not (same_items(old or [], new or []) if key in ACTIONS else old == new):
            result[key] = after.get(key)
    return result


def _value(key: str, alarm: Mapping[str, Any]) -> Any:
    default = alarm.get("evaluation_periods") if key == "datapoints_to_alarm" else DEFAULTS.get(key)
    return alarm.get(key, default)


def alarm_document(found: Mapping[str, Any]) -> Document:
    """Return the settable part of an alarm as DescribeAlarms reports it."""
    document = {key: found.get(_api(key)) for key in (*OPTIONS, *PRESERVED)}
    document["metrics"] = [camel_dict_to_snake_dict(query) for query in found.get("Metrics") or []] or None
    document["dimensions"] = [camel_dict_to_snake_dict(item) for item in found.get("Dimensions") or []] or None
    return normal(document)


def lacking(alarm: Mapping[str, Any]) -> list[str]:
    """Return the options that a new alarm needs and has not."""
    needs = [("comparison_operator",), ("evaluation_periods",), ("threshold", "threshold_metric_id"), ("metric_name", "metrics")]
    if "metric_name" in alarm:
        needs += [("namespace",), ("period",), ("statistic", "extended_statistic")]
    return [" or ".join(names) for names in needs if not any(name in alarm for name in names)]


def alarm_request(name: str, alarm: Mapping[str, Any]) -> Document:
    """Return the parameters of PutMetricAlarm."""
    document = {"name": name, **normal(alarm)}
    body = {_api(key): value for key, value in document.items() if key not in ("metrics", "dimensions")}
    if "dimensions" in document:
        body["Dimensions"] = _name_values(document["dimensions"])
    if "metrics" in document:
        body["Metrics"] = [_query(query) for query in document["metrics"]]
    return body


def _api(key: str) -> str:
    return NAMES.get(key) or "".join(word.capitalize() for word in key.split("_"))


def _name_values(dimensions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": key, "Value": value} for key, value in sorted(dimensions.items())]


def _query(query: Mapping[str, Any]) -> Document:
    result: Document = snake_dict_to_camel_dict({key: value for key, value in query.items() if key != "metric_stat"}, capitalize_first=True)
    if "metric_stat" in query:
        stat = query["metric_stat"]
        metric = {"Namespace": stat["metric"].get("namespace"), "MetricName": stat["metric"].get("metric_name")}
        dimensions = _name_values(stat["metric"].get("dimensions") or {})
        shape = {"Metric": given({**metric, "Dimensions": dimensions or None}), "Period": stat["period"], "Stat": stat["stat"]}
        result["MetricStat"] = given({**shape, "Unit": stat.get("unit")})
    return result
