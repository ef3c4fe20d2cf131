# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of one emulator and the environment that points clients at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .delays import Mode

ACCOUNT_ID: Final = "123456789012"
REGION: Final = "ca-central-1"


@dataclass(frozen=True, slots=True)
class Options:
    """How an emulator runs; `port` 0 means any free port."""

    port: int = 0
    delays: Mode = "none"
    time_scale: float = 1.0
    faults: str | None = None
    authorization: bool = False
    hosts: str | None = None
    kubernetes: bool = False
    functions: bool = False


def environment(port: int) -> dict[str, str]:
    """The variables that lead AWS clients to the emulator at `port`, with dummy credentials."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
