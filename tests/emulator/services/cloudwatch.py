# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CloudWatch: the state of alarms, tags, and percentiles.

- A new alarm has INSUFFICIENT_DATA, and PutMetricAlarm on an existing one leaves its state and its
  tags as they are; in moto every put makes a new alarm that is OK.
- Dashboards can be tagged; moto knows alarms only. What is deleted takes its tags with it.
- Metrics have percentiles (`p95`); moto has the five plain statistics.
"""

from __future__ import annotations

import re
from typing import Any

from ._patching import wrap

STATE = ("state_value", "state_reason", "state_reason_data", "state_updated_timestamp")


def _put_metric_alarm(original: Any, self: Any, *args: Any, tags: Any = None, **kwargs: Any) -> Any:
    previous = self.alarms.get(kwargs["name"])
    alarm = original(self, *args, tags=None if previous else tags, **kwargs)
    if previous is None:
        alarm.state_value = "INSUFFICIENT_DATA"
    else:
        for name in STATE:
            setattr(alarm, name, getattr(previous, name))
    return alarm


def _delete_alarms(original: Any, self: Any, alarm_names: list[str]) -> None:
    arns = [self.alarms[name].alarm_arn for name in alarm_names if name in self.alarms]
    original(self, alarm_names)
    for arn in arns:
        self.tagger.delete_all_tags_for_resource(arn)


def _delete_dashboards(original: Any, self: Any, dashboards: list[str]) -> Any:
    arns = [self.dashboards[name].arn for name in dashboards if name in self.dashboards]
    problem = original(self, dashboards)
    for arn in [] if problem else arns:
        self.tagger.delete_all_tags_for_resource(arn)
    return problem


def _tag_resource(original: Any, self: Any, arn: str, tags: dict[str, str]) -> None:
    if arn in {dashboard.arn for dashboard in self.dashboards.values()}:
        self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))
    else:
        original(self, arn, tags)


def _statistic(original: Any, self: Any, stat: str) -> Any:
    if not re.fullmatch(r"p\d{1,2}(\.\d+)?|p100", stat):
        return original(self, stat)
    values = sorted(float(value) for value in self.metric_single_values_list)
    place = (len(values) - 1) * float(stat[1:]) / 100
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)


def install() -> None:
    """Apply the corrections."""
    from moto.cloudwatch.models import CloudWatchBackend, Statistics

    wrap(CloudWatchBackend, "put_metric_alarm", _put_metric_alarm)
    wrap(CloudWatchBackend, "delete_alarms", _delete_alarms)
    wrap(CloudWatchBackend, "delete_dashboards", _delete_dashboards)
    wrap(CloudWatchBackend, "tag_resource", _tag_resource)
    wrap(Statistics, "get_statistics_for_type", _statistic)
