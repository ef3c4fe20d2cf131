# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter that says when, within a maintenance window, a host is upgraded and when it reboots."""

from __future__ import annotations

import re
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: window_times
short_description: Say when a host is upgraded and when it reboots in a maintenance window
version_added: 0.3.0
description:
  - Takes a window as AWS writes it, C(sun:03:00-sun:04:00), or C(03:00-04:00) for every day, in UTC. It lasts from 30 minutes to a day.
  - Upgrades begin in its first half, at a moment that differs from host to host. What needs a reboot gets it when three quarters are over.
positional: _input
options:
  _input:
    description: The window.
    type: str
    required: true
author:
  - stratum.aws contributors
"""

EXAMPLES = r"""
- name: Show when upgrades begin
  ansible.builtin.debug:
    msg: "{{ ('sun:03:00-sun:04:00' | stratum.aws.window_times).start }}"
"""

RETURN = r"""
_value:
  description:
    - C(start) and C(reboot) as systemd's C(OnCalendar) takes them, without a time zone.
    - C(spread_seconds) is by how much the beginning may differ.
    - C(reboot_seconds) is how long a reboot may wait for an upgrade that still runs.
  type: dict
  sample: {"start": "Sun *-*-* 03:00:00", "spread_seconds": 1800, "reboot": "Sun *-*-* 03:45:00", "reboot_seconds": 900}
"""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
SHORTEST_MINUTES = 30
MOMENT = re.compile(r"(?:(?P<day>[a-z]{3}):)?(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)\Z")


def _moment(text: str, window: str) -> tuple[int | None, int]:
    """Return the day of the week, None for every day, and the minute of the day."""
    found = MOMENT.match(text.strip().lower())
    if not found or (found["day"] and found["day"] not in DAYS):
        raise AnsibleFilterError(f"The maintenance window {window!r} is not like sun:03:00-sun:04:00 or 03:00-04:00.")
    return DAYS.index(found["day"]) if found["day"] else None, int(found["hour"]) * 60 + int(found["minute"])


def _calendar(day: int | None, minute: int) -> str:
    """Return what systemd calls that moment; a minute past midnight belongs to the next day."""
    later, minute = divmod(minute, DAY_MINUTES)
    name = "" if day is None else f"{DAYS[(day + later) % len(DAYS)].capitalize()} "
    return f"{name}*-*-* {minute // 60:02}:{minute % 60:02}:00"


def window_times(window: str) -> dict[str, Any]:
    """Return the times of the window; see DOCUMENTATION."""
    first, separator, last = window.partition("-")
    if not separator:
        raise AnsibleFilterError(f"The maintenance window {window!r} has no end; it is like sun:03:00-sun:04:00 or 03:00-04:00.")
    (day, start), (last_day, end) = _moment(first, window), _moment(last, window)
    if (day is None) != (last_day is None):
        raise AnsibleFilterError(f"The maintenance window {window!r} names one day: it names both or none.")
    days = 0 if day is None or last_day is None else (last_day - day) % len(DAYS)
    length = days * DAY_MINUTES + end - start
    if day is None and length <= 0:
        length += DAY_MINUTES
    if not SHORTEST_MINUTES <= length <= DAY_MINUTES:
        raise AnsibleFilterError(
            f"The maintenance window {window!r} lasts {length} minutes; it lasts from {SHORTEST_MINUTES} minutes to a day."
        )
    reboot = length * 3 // 4
    return {
        "start": _calendar(day, start),
        "spread_seconds": length * 60 // 2,
        "reboot": _calendar(day, start + reboot),
        "reboot_seconds": (length - reboot) * 60,
    }


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        """Return the filters of this file by name."""
        return {"window_times": window_times}
