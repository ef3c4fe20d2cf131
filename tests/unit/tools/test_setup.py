# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up script where it needs no network: nothing to do, and nothing to do it with."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the script, a lock and no .venv, in a path with a space."""
    root = tmp_path / "a checkout"
    (root / "tools").mkdir(parents=True)
    (root / "requirements").mkdir()
    (root / "requirements/dev.txt").write_text("nothing==1.0\n", encoding="utf-8")
    shutil.copy(ROOT / "tools/setup", root / "tools/setup")
    return root


def _setup(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    basic = {"HOME": str(checkout.parent), "PATH": str(checkout.parent / "bin")}
    programs = ("awk", "bash", "cat", "cmp", "cp", "dirname", "env", "grep", "ln", "mkdir", "mktemp", "rm", "sed", "sleep", "tail")
    (checkout.parent / "bin").mkdir(exist_ok=True)
    for program in programs:
        link = checkout.parent / "bin" / program
        if not link.exists() and (found := shutil.which(program)):
            link.symlink_to(found)
    return subprocess.run(
        [checkout / "tools/setup"], env=basic | environment, capture_output=True, text=True, check=False, timeout=60, cwd=checkout.parent
    )


def _finished(checkout: Path) -> Path:
    """Make it look as if the set-up had been run there."""
    venv = checkout / ".venv"
    for packages, up in (("collections", 4), (f"lib/python3.{sys.version_info.minor}/site-packages", 6)):
        place = venv / packages / "ansible_collections/stratum"
        place.mkdir(parents=True)
        (place / "aws").symlink_to("/".join([".."] * up))
    (venv / "bin").mkdir()
    (venv / "bin/python").symlink_to(sys.executable)
    (venv / ".setup").mkdir()
    shutil.copy(checkout / "requirements/dev.txt", venv / ".setup/dev.txt")
    (venv / ".setup/place").write_text(f"{checkout}\n", encoding="utf-8")
    return venv


def test_nothing_to_do_is_quick_and_silent(checkout: Path) -> None:
    _finished(checkout)
    started = time.monotonic()
    result = _setup(checkout)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert time.monotonic() - started < 1


@pytest.mark.skipif(
    any(found for place in ("/usr/local/bin", "/opt/homebrew/bin") for found in Path(place).glob("python3.1[2-9]")),
    reason="it finds a Python where it looks without PATH",
)
def test_without_python_it_says_how_to_get_one(checkout: Path) -> None:
    result = _setup(checkout)
    assert result.returncode == 1
    assert result.stdout == ""
    assert "there is no Python 3.12 or newer here" in result.stderr
    assert "apt-get install python3 python3-venv" in result.stderr
    assert not (checkout / ".venv").exists()
    assert not (checkout / ".cache/setup.lock").exists(), "the next run must not wait"


def test_a_chosen_python_that_does_not_run_is_refused(checkout: Path) -> None:
    result = _setup(checkout, PYTHON="/nowhere/python3")
    assert result.returncode == 1
    assert "PYTHON=/nowhere/python3" in result.stderr


def test_an_old_environment_of_someone_is_left_alone(checkout: Path) -> None:
    venv = _finished(checkout)
    (checkout / "requirements/dev.txt").write_text("nothing==2.0\n", encoding="utf-8")
    python = venv / "bin/python"
    python.unlink()
    python.write_text('#!/bin/sh\ncase "$*" in --version) echo Python 3.9.1 ;; *version_info*) exit 1 ;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    result = _setup(checkout)
    assert result.returncode == 1
    assert ".venv has Python 3.9.1, but 3.12 or newer is needed. Remove .venv" in result.stderr
    assert venv.exists()
