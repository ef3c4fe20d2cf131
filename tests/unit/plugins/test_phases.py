# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which phase the numbers call for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.phase_advice import phase_advice
from ansible_collections.stratum.aws.plugins.filter.phase_queries import phase_queries
from ansible_collections.stratum.aws.plugins.modules.cloudwatch_metric_data_info import query, results

UNTIL = "2026-01-31T12:00:00+00:00"
CPU = {
    "id": "cpu",
    "name": "CPU",
    "from": 1,
    "to": 2,
    "metric": {"dimensions": {"InstanceId": "<instance>"}},
    "threshold": 70,
    "sustained_days": 7,
}
USERS = {"id": "users", "name": "Users", "from": 2, "to": 3, "metric": {"metric_name": "Users"}, "threshold": 1000, "of_day": "maximum"}
NEED = {"id": "recovery", "name": "Recovery", "from": 3, "to": 4}
SPIKES = {"id": "spikes", "name": "Spikes", "from": 3, "to": 4, "metric": {"metric_name": "Load"}, "threshold": 3, "of_day": "peak"}
TRIGGERS: list[dict[str, Any]] = [CPU, USERS, NEED]


def hours(*values: float, every: int = 1) -> list[dict[str, Any]]:
    """Return values of the last hours, the newest first."""
    until = datetime.fromisoformat(UNTIL)
    return [{"timestamp": (until - timedelta(hours=1 + index * every)).isoformat(), "value": value} for index, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "met"),
    [
        ([71.0] * 168, True),
        ([95.0] * 167 + [0.0], True),  # the average of a day counts
        ([71.0] * 144 + [69.0] * 24, False),
        ([71.0] * 143, False),  # a day without values
        ([70.0] * 168, False),
        ([], False),
    ],
)
def test_a_week_above_the_threshold(values: list[float], met: bool) -> None:
    advice = phase_advice(TRIGGERS, {"cpu": hours(*values)}, UNTIL, 1)
    assert advice["triggers"][0]["met"] is met
    assert advice["next"] == (2 if met else None)


def test_no_phase_is_skipped() -> None:
    advice = phase_advice(TRIGGERS, {"users": hours(900, 5001)}, UNTIL, 1)
    assert (advice["called_for"], advice["next"]) == (3, 2)
    assert advice["triggers"][0]["seen"] == "nothing was measured"
    assert advice["triggers"][1]["seen"] == "5001 to 5001, beyond 1000 on 1 of 1 day"


def test_triggers_of_earlier_phases_no_longer_count() -> None:
    advice = phase_advice(TRIGGERS, {"cpu": hours(*[99.0] * 168)}, UNTIL, 2)
    assert [trigger["id"] for trigger in advice["triggers"]] == ["users", "recovery"]
    assert (advice["called_for"], advice["next"]) == (2, None)


def test_people_judge_what_no_metric_measures() -> None:
    assert phase_advice(TRIGGERS, {}, UNTIL, 3)["next"] is None
    assert phase_advice(TRIGGERS, {}, UNTIL, 3, ["recovery"])["next"] == 4
    with pytest.raises(AnsibleFilterError, match="there is no need other"):
        phase_advice(TRIGGERS, {}, UNTIL, 3, ["other"])


def test_spikes_are_the_busiest_hour_against_the_average() -> None:
    assert phase_advice([SPIKES], {"spikes": hours(90, *[10.0] * 23)}, UNTIL, 3)["called_for"] == 4
    assert phase_advice([SPIKES], {"spikes": hours(*[40.0] * 24)}, UNTIL, 3)["called_for"] == 3


def test_what_is_asked_for() -> None:
    asked = phase_queries(TRIGGERS, 1, {"<instance>": "i-1"})
    assert asked == [
        {"id": "cpu", "dimensions": {"InstanceId": "i-1"}},
        {"id": "users", "metric_name": "Users", "dimensions": {}},
    ]
    assert [each["id"] for each in phase_queries(TRIGGERS, 1)] == ["users"]
    assert [each["id"] for each in phase_queries(TRIGGERS, 1, {"<instance>": ""})] == ["users"]
    assert phase_queries(TRIGGERS, 3) == []


def test_queries_and_answers() -> None:
    option = {"id": "a", "namespace": "N", "metric_name": "M", "dimensions": {"B": 2, "A": "x"}, "statistic": "p95", "period": 60}
    assert query(option) == {
        "Id": "a",
        "MetricStat": {
            "Metric": {"Namespace": "N", "MetricName": "M", "Dimensions": [{"Name": "A", "Value": "x"}, {"Name": "B", "Value": "2"}]},
            "Period": 60,
            "Stat": "p95",
        },
    }
    assert query({"id": "b", "expression": "a * 2", "period": 60}) == {"Id": "b", "Expression": "a * 2", "Period": 60}
    late, early = datetime.fromisoformat(UNTIL), datetime.fromisoformat(UNTIL) - timedelta(hours=1)
    pages = [{"MetricDataResults": [{"Id": "a", "Timestamps": [late, early], "Values": [2, 1]}]}]
    assert results(["a", "b"], pages) == {
        "a": [{"timestamp": early.isoformat(), "value": 1.0}, {"timestamp": late.isoformat(), "value": 2.0}],
        "b": [],
    }
