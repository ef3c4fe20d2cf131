# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings that the stage writes into the container, read anew when they have changed."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Settings:
    """Who the hosts are, where the emulator is, which names lead where, and what is cut off."""

    region: str = "us-east-1"
    account: str = "123456789012"
    address: str = ""  # of this container
    upstream: tuple[str, int] = ("127.0.0.1", 4566)
    suffixes: tuple[str, ...] = ("amazonaws.com",)  # names below these are this container
    records: dict[str, str] = field(default_factory=dict)  # name -> address
    cut: dict[str, str] = field(default_factory=dict)  # service -> refuse or hang
    hosts: dict[str, dict[str, str]] = field(default_factory=dict)  # address -> what the metadata service says


class Source:
    """Gives the settings as the file is now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._stamp: tuple[int, int] = (0, 0)
        self._settings = Settings()

    def __call__(self) -> Settings:
        """Return the settings; a file that is being replaced leaves the last ones in force."""
        with self._lock:
            try:
                status = self._path.stat()
                # Not the time of modification: whoever copies a file in sets that, in whole seconds.
                stamp = (status.st_ctime_ns, status.st_size)
                if stamp != self._stamp:
                    self._settings = parse(json.loads(self._path.read_text(encoding="utf-8")))
                    self._stamp = stamp
            except (OSError, ValueError):
                pass
            return self._settings


def parse(content: dict[str, Any]) -> Settings:
    """Make settings of the file's content."""
    content = dict(content)
    if "upstream" in content:
        host, port = content["upstream"]
        content["upstream"] = (host, int(port))
    if "suffixes" in content:
        content["suffixes"] = tuple(content["suffixes"])
    return Settings(**content)


def service_of(name: str, region: str) -> str:
    """Return the service that a host name belongs to: `logs` of `logs.us-east-1.amazonaws.com`, `ecr` of `api.ecr.…`."""
    stem = name.lower().rstrip(".").removesuffix(".amazonaws.com")
    labels = stem.removesuffix(f".{region}").split(".")
    return labels[-1]
