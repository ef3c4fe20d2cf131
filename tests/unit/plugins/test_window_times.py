# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When, in a maintenance window, a host is upgraded and reboots."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.stratum.aws.plugins.filter.window_times import window_times


@pytest.mark.parametrize(
    ("window", "start", "spread", "reboot", "left"),
    [
        pytest.param("sun:03:00-sun:04:00", "Sun *-*-* 03:00:00", 1800, "Sun *-*-* 03:45:00", 900, id="an hour"),
        pytest.param("sun:23:30-mon:00:30", "Sun *-*-* 23:30:00", 1800, "Mon *-*-* 00:15:00", 900, id="over midnight, and the week's end"),
        pytest.param("Mon:04:00-Mon:04:30", "Mon *-*-* 04:00:00", 900, "Mon *-*-* 04:22:00", 480, id="the shortest"),
        pytest.param("03:00-05:00", "*-*-* 03:00:00", 3600, "*-*-* 04:30:00", 1800, id="every day"),
        pytest.param("23:00-01:00", "*-*-* 23:00:00", 3600, "*-*-* 00:30:00", 1800, id="every night"),
    ],
)
def test_times(window: str, start: str, spread: int, reboot: str, left: int) -> None:
    assert window_times(window) == {"start": start, "spread_seconds": spread, "reboot": reboot, "reboot_seconds": left}


@pytest.mark.parametrize(
    ("window", "message"),
    [
        ("sun:03:00", "has no end"),
        ("sunday", "has no end"),
        ("sun:3:00-sun:4:00", "is not like"),
        ("xyz:03:00-xyz:04:00", "is not like"),
        ("sun:03:00-04:00", "names one day"),
        ("sun:03:00-sun:03:20", "lasts 20 minutes"),
        ("sun:03:00-tue:03:00", "lasts 2880 minutes"),
        ("sun:04:00-sun:03:00", "lasts -60 minutes"),
    ],
)
def test_what_is_wrong_is_said(window: str, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        window_times(window)
