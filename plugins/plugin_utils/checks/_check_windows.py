# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Backup and maintenance windows: their form, their length, and that the two of one resource do not overlap. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ansible_collections.stratum.aws.plugins.plugin_utils.checks._findings import Finding, entries

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES: Final = 24 * 60
_WEEK_MINUTES: Final = 7 * _DAY_MINUTES
_TIME: Final = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY: Final = re.compile(rf"^{_TIME}-{_TIME}$")
_WEEKLY: Final = re.compile(rf"^({'|'.join(_DAYS)}):{_TIME}-({'|'.join(_DAYS)}):{_TIME}$", re.IGNORECASE)

_WINDOWS: Final = (
    # variable, what names the entry, daily window, weekly window, shortest minutes of each
    ("data_tier_databases", "identifier", "backup_window", "maintenance_window", 30, 30),
    ("data_tier_caches", "replication_group_id", "snapshot_window", "maintenance_window", 60, 60),
)


def check(values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what is wrong with the windows of databases and caches (UTC)."""
    for variable, name, daily_key, weekly_key, shortest_daily, shortest_weekly in _WINDOWS:
        for entry in entries(values, variable):
            who = entry.get(name)
            daily, weekly = entry.get(daily_key), entry.get(weekly_key)
            spans: dict[str, tuple[int, int]] = {}
            for key, text, form, parse, shortest in (
                (daily_key, daily, "hh:mm-hh:mm", parse_daily, shortest_daily),
                (weekly_key, weekly, "ddd:hh:mm-ddd:hh:mm", parse_weekly, shortest_weekly),
            ):
                if not text:
                    continue
                span = parse(str(text))
                if span is None:
                    yield Finding(variable, f'{key} "{text}" of {who} is no window', f"Write it as {form}, in UTC")
                elif span[1] < shortest:
                    yield Finding(variable, f"{key} {text} of {who} is {span[1]} minutes long", f"Make it at least {shortest} minutes")
                else:
                    spans[key] = span
            if len(spans) == 2 and _overlap(spans[daily_key], spans[weekly_key]):
                yield Finding(variable, f"{daily_key} {daily} and {weekly_key} {weekly} of {who} overlap", "Move one of them")


def parse_daily(text: str) -> tuple[int, int] | None:
    """Return start (minute of the day) and length in minutes of `hh:mm-hh:mm`; None when it is none."""
    found = _DAILY.match(text)
    if not found:
        return None
    first, second, third, fourth = (int(part) for part in found.groups())
    start, end = first * 60 + second, third * 60 + fourth
    return start, (end - start) % _DAY_MINUTES


def parse_weekly(text: str) -> tuple[int, int] | None:
    """Return start (minute of the week, from Monday) and length in minutes of `ddd:hh:mm-ddd:hh:mm`."""
    found = _WEEKLY.match(text)
    if not found:
        return None
    day, hour, minute, end_day, end_hour, end_minute = found.groups()
    start = _DAYS.index(day.lower()) * _DAY_MINUTES + int(hour) * 60 + int(minute)
    end = _DAYS.index(end_day.lower()) * _DAY_MINUTES + int(end_hour) * 60 + int(end_minute)
    return start, (end - start) % _WEEK_MINUTES


def _overlap(daily: tuple[int, int], weekly: tuple[int, int]) -> bool:
    """Return whether a window of every day meets one of the week; windows that only touch do not."""
    start, length = weekly
    for day in range(-1, 8):
        daily_start = day * _DAY_MINUTES + daily[0]
        for shift in (0, _WEEK_MINUTES):
            if daily_start < start + length - shift and start - shift < daily_start + daily[1]:
                return True
    return False
