# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says which phase of a system the numbers call for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: phase_advice
short_description: Say which phase the numbers call for
version_added: 0.5.0
description:
  - Compares what was measured with the triggers of a system's phases.
  - A trigger is met when what it measures was beyond its threshold in each of its C(sustained_days). Days are counted backwards from
    C(until), and a day without values is one in which it was not.
  - A trigger without a metric is met when its C(id) is among C(needs), which is for people to say.
positional: _input
options:
  _input:
    description:
      - The triggers, each with C(id), C(name), C(from) and C(to) (phases), and for those that are measured C(metric), C(threshold),
        C(sustained_days) (1) and C(of_day) - C(average), C(maximum) or C(peak), how often the average of the day the maximum is.
    type: list
    elements: dict
    required: true
  measured:
    description: What was measured, by the ids of the triggers, as in RV(stratum.aws.cloudwatch_metric_data_info#module:results).
    type: dict
    required: true
  until:
    description: The moment until which was measured.
    type: str
    required: true
  phase:
    description: The phase that the system is in.
    type: int
    required: true
  needs:
    description: The ids of those triggers without a metric that are met.
    type: list
    elements: str
    default: []
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show the advice
  ansible.builtin.debug:
    msg: "{{ triggers | stratum.aws.phase_advice(measured={'users': [{'timestamp': '2026-01-31T12:00:00+00:00', 'value': 1200}]},
      until='2026-01-31T13:00:00+00:00', phase=2) }}"
  vars:
    triggers:
      - {id: users, name: Registered users, from: 2, to: 3, metric: {}, threshold: 1000, of_day: maximum}
"""

RETURN = r"""
_value:
  description: The advice.
  type: dict
  contains:
    phase:
      description: The phase that the system is in.
      type: int
      sample: 2
    called_for:
      description: The phase that the met triggers call for; the present one if none does.
      type: int
      sample: 3
    next:
      description: The phase to go to next, as none can be skipped; null if there is no reason to go.
      type: int
      sample: 3
    triggers:
      description: The triggers that lead on from the present phase or a later one, with C(met) and what was C(seen).
      type: list
      elements: dict
      sample: [{id: users, name: Registered users, from: 2, to: 3, met: true, seen: "1200 on 1 day of 1, threshold 1000"}]
"""

DAY = 86400.0


def days(points: Sequence[Mapping[str, Any]], until: datetime, number: int) -> list[list[float]]:
    """Return the values of each of the last days, the newest first."""
    found: list[list[float]] = [[] for _each in range(number)]
    for point in points:
        age = (until - datetime.fromisoformat(str(point["timestamp"]))).total_seconds()
        if 0 <= age < number * DAY:
            found[int(age // DAY)].append(float(point["value"]))
    return found


def of_day(values: Sequence[float], kind: str) -> float | None:
    """Return the one value that stands for a day; None without values."""
    if not values:
        return None
    average = sum(values) / len(values)
    match kind:
        case "average":
            return average
        case "maximum":
            return max(values)
        case "peak":
            return max(values) / average if average else None
    raise AnsibleFilterError(f"of_day is {kind}, and can be average, maximum or peak")


def judged(trigger: Mapping[str, Any], points: Sequence[Mapping[str, Any]], until: datetime) -> dict[str, Any]:
    """Return whether a measured trigger is met, and what was seen."""
    number = int(trigger.get("sustained_days", 1))
    values = [of_day(each, trigger.get("of_day", "average")) for each in days(points, until, number)]
    threshold = float(trigger["threshold"])
    beyond = [value for value in values if value is not None and value > threshold]
    seen = [value for value in values if value is not None]
    if not seen:
        return {"met": False, "seen": "nothing was measured"}
    plural = "" if number == 1 else "s"
    text = f"{min(seen):g} to {max(seen):g}, beyond {threshold:g} on {len(beyond)} of {number} day{plural}"
    return {"met": len(beyond) == number, "seen": text}


def phase_advice(
    triggers: Sequence[Mapping[str, Any]],
    measured: Mapping[str, Sequence[Mapping[str, Any]]],
    until: str,
    phase: int,
    needs: Sequence[str] = (),
) -> dict[str, Any]:
    """Return which phase the numbers call for; see DOCUMENTATION."""
    moment = datetime.fromisoformat(until)
    known = {str(trigger["id"]) for trigger in triggers if not trigger.get("metric")}
    if unknown := sorted(set(needs) - known):
        raise AnsibleFilterError(f"there is no need {', '.join(unknown)}. There are: {', '.join(sorted(known)) or 'none'}")
    judgements = []
    for trigger in triggers:
        if int(trigger["from"]) < phase:
            continue
        told = {key: trigger[key] for key in ("id", "name", "from", "to")}
        if trigger.get("metric"):
            judgements.append({**told, "measured": True, **judged(trigger, measured.get(trigger["id"]) or [], moment)})
        else:
            met = trigger["id"] in needs
            judgements.append({**told, "measured": False, "met": met, "seen": "said to be needed" if met else "for people to judge"})
    called_for = max([phase, *(int(each["to"]) for each in judgements if each["met"])])
    return {"phase": phase, "called_for": called_for, "next": phase + 1 if called_for > phase else None, "triggers": judgements}


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"phase_advice": phase_advice}
