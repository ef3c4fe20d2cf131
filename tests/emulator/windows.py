# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maintenance and backup windows, which RDS and ElastiCache share: `mon:04:00-mon:05:00`, `03:00-04:00`."""

from __future__ import annotations

import re
from typing import Final

from moto.moto_api._internal import mock_random

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = 24 * 60
_WEEK: Final = 7 * _DAY
_CLOCK: Final = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY: Final = re.compile(rf"{_CLOCK}-{_CLOCK}")
_WEEKLY: Final = re.compile(rf"({'|'.join(_DAYS)}):{_CLOCK}-({'|'.join(_DAYS)}):{_CLOCK}")

Window = tuple[int, int]
"""First minute and length in minutes; of the day for a daily window, of the week for a weekly one."""


def parse_daily(text: str) -> Window | None:
    """Return a backup window, or None if `text` is not one."""
    match = _DAILY.fullmatch(text)
    if match is None:
        return None
    hours = [int(group) for group in match.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    return start, (end - start) % _DAY


def parse_weekly(text: str) -> Window | None:
    """Return a maintenance window, or None if `text` is not one."""
    match = _WEEKLY.fullmatch(text.lower())
    if match is None:
        return None
    day, hour, minute, last_day, last_hour, last_minute = match.groups()
    start = _DAYS.index(day) * _DAY + int(hour) * 60 + int(minute)
    end = _DAYS.index(last_day) * _DAY + int(last_hour) * 60 + int(last_minute)
    return start, (end - start) % _WEEK


def overlap(daily: str, weekly: str) -> bool:
    """Return whether the two windows share a moment; one may begin when the other ends."""
    backup, maintenance = parse_daily(daily), parse_weekly(weekly)
    if backup is None or maintenance is None:
        return False
    for day in range(7):
        distance = (day * _DAY + backup[0] - maintenance[0]) % _WEEK
        if distance < maintenance[1] or _WEEK - distance < backup[1]:
            return True
    return False


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def choose_daily(minutes: int, avoid: str | None = None) -> str:
    """Return a free backup window, as AWS assigns one in the night of the region."""
    while True:
        start = mock_random.randint(3 * 60, 11 * 60)
        text = f"{_clock(start)}-{_clock(start + minutes)}"
        if avoid is None or not overlap(text, avoid):
            return text


def choose_weekly(minutes: int, avoid: str | None = None) -> str:
    """Return a free maintenance window."""
    while True:
        day = _DAYS[mock_random.randint(0, 6)]
        start = mock_random.randint(3 * 60, 11 * 60)
        text = f"{day}:{_clock(start)}-{day}:{_clock(start + minutes)}"
        if avoid is None or not overlap(avoid, text):
            return text
