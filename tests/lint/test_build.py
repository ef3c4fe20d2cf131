# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection can be built, and the archive holds what users need and nothing else."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]

# One worker runs them all, so that the archive is built once.
pytestmark = [pytest.mark.lint, pytest.mark.slow, pytest.mark.xdist_group("build")]

SHIPPED = {
    "CHANGELOG.rst", "CONTRIBUTING.md", "FILES.json", "LICENSE", "MANIFEST.json", "README.md",
    "applications", "changelogs", "charts", "docs", "extensions", "group_vars", "inventories", "meta", "playbooks", "plugins",
    "requirements", "requirements.yml", "roles", "site.yml",
}  # fmt: skip


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    directory = tmp_path_factory.mktemp("build")
    command = ["ansible-galaxy", "collection", "build", "--output-path", str(directory), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (archive,) = directory.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        return opened.getnames()


def test_only_what_users_need_is_shipped(names: list[str]) -> None:
    assert {name.split("/")[0] for name in names} - SHIPPED == set()
    # Systems run what lies in applications/; its tests are ours.
    assert [name for name in names if name.startswith("applications/") and "tests" in name.split("/")] == []


@pytest.mark.parametrize("part", ["plugins/modules", "plugins/action/converge.py", "roles", "meta/runtime.yml", "LICENSE"])
def test_nothing_is_forgotten(names: list[str], part: str) -> None:
    assert part in names


def test_no_caches_are_shipped(names: list[str]) -> None:
    # A chart's .helmignore is part of it: Helm would read what it names as the chart's.
    ours = [name for name in names if not name.endswith("/.helmignore")]
    assert [name for name in ours if name.endswith((".pyc", "__pycache__")) or "/." in name] == []


def test_the_versions_of_other_collections_agree() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["dependencies"]
    required = yaml.safe_load((ROOT / "requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert {entry["name"]: entry["version"] for entry in required} == galaxy
