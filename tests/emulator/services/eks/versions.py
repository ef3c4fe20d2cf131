# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes versions that EKS offers.

AWS has stopped creating clusters of the oldest ones.  Here all of them can be created, so that a
stack written years ago can be tried as it is; they are shown as being in extended support.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from tests.emulator.services.eks.store import EksStore
from tests.emulator.wire import Document, Operation, page

DEFAULT: Final = "1.34"

_RELEASES: Final[dict[str, tuple[str, int, str]]] = {
    "1.23": ("2022-08-11", 25, "1.23.17"),
    "1.24": ("2022-11-15", 28, "1.24.17"),
    "1.25": ("2023-02-22", 30, "1.25.16"),
    "1.26": ("2023-04-11", 31, "1.26.15"),
    "1.27": ("2023-05-24", 35, "1.27.16"),
    "1.28": ("2023-09-26", 41, "1.28.15"),
    "1.29": ("2024-01-23", 44, "1.29.15"),
    "1.30": ("2024-05-23", 36, "1.30.14"),
    "1.31": ("2024-09-26", 32, "1.31.13"),
    "1.32": ("2025-01-23", 27, "1.32.9"),
    "1.33": ("2025-05-29", 20, "1.33.5"),
    "1.34": ("2025-10-02", 12, "1.34.2"),
    "1.35": ("2026-01-28", 8, "1.35.3"),
    "1.36": ("2026-06-03", 4, "1.36.3"),
}
"""Version: release on EKS, newest platform build, newest patch."""

_STANDARD_SUPPORT: Final = 3
"""How many of the newest versions are in standard support."""


def offered() -> list[str]:
    """Return every version, oldest first."""
    return list(_RELEASES)


def minor(version: str) -> int:
    """Return the minor number of a version, to compare and step versions."""
    return int(version.partition(".")[2])


def platform(version: str) -> str:
    """Return the platform version of a cluster that is created today."""
    return f"eks.{_RELEASES[version][1]}"


def patch(version: str) -> str:
    """Return the newest patch release of `version`."""
    return _RELEASES[version][2]


def _describe(version: str) -> Document:
    release, build, newest = _RELEASES[version]
    released = datetime.fromisoformat(release)
    standard = version in offered()[-_STANDARD_SUPPORT:]
    return {
        "clusterVersion": version,
        "clusterType": "eks",
        "defaultPlatformVersion": f"eks.{build}",
        "defaultVersion": version == DEFAULT,
        "releaseDate": released,
        "endOfStandardSupportDate": released + timedelta(days=14 * 30),
        "endOfExtendedSupportDate": released + timedelta(days=26 * 30),
        "status": "standard-support" if standard else "extended-support",
        "versionStatus": "STANDARD_SUPPORT" if standard else "EXTENDED_SUPPORT",
        "kubernetesPatchVersion": newest,
    }


def describe_cluster_versions(_store: EksStore, parameters: Document) -> Document:
    """Return the versions that pass the filters, newest first."""
    found = [_describe(version) for version in reversed(_RELEASES)]
    if wanted := parameters.get("clusterVersions"):
        found = [item for item in found if item["clusterVersion"] in wanted]
    if parameters.get("defaultOnly"):
        found = [item for item in found if item["defaultVersion"]]
    for key in ("status", "versionStatus", "clusterType"):
        if value := parameters.get(key):
            found = [item for item in found if item[key] == value]
    items, token = page(found, parameters)
    return {"clusterVersions": items, "nextToken": token}


OPERATIONS: Final[dict[str, Operation]] = {"DescribeClusterVersions": describe_cluster_versions}
