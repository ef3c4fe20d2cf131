# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Zip archives that do not depend on when and where they are made."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from ansible_collections.stratum.aws.plugins.module_utils._archive import files_of, packed


def written(folder: Path, names: list[str]) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}", encoding="utf-8")
    return folder


def test_the_same_files_give_the_same_archive_whatever_their_times_modes_and_order(tmp_path: Path) -> None:
    first = written(tmp_path / "first", ["b.mjs", "lib/a.mjs", "lib/__pycache__/a.pyc", ".hidden"])
    second = written(tmp_path / "second", ["lib/a.mjs", "b.mjs"])
    os.utime(second / "b.mjs", (1, 1))
    (second / "b.mjs").chmod(0o600)
    assert packed(first) == packed(second)
    assert packed(first).files == ("b.mjs", "lib/a.mjs")
    # The format is part of the promise: another hash would deploy every function again.
    assert packed(first).code_sha256 == "Mn9PNcI7pCGyTfv71WttkaUwcgZrv2E6WTLX3UyIxRA="


def test_other_content_another_name_or_an_executable_file_give_another_archive(tmp_path: Path) -> None:
    folder = written(tmp_path, ["main.mjs"])
    before = packed(folder).code_sha256
    (folder / "main.mjs").chmod(0o755)
    executable = packed(folder).code_sha256
    (folder / "main.mjs").write_text("other", encoding="utf-8")
    assert len({before, executable, packed(folder).code_sha256}) == 3


def test_extra_files_are_packed_over_those_of_the_directory(tmp_path: Path) -> None:
    folder = written(tmp_path, ["main.mjs", "zebra.txt"])
    archive = packed(folder, {"config.json": b"{}", "zebra.txt": b"other"})
    with zipfile.ZipFile(io.BytesIO(archive.content)) as read:
        assert read.namelist() == ["config.json", "main.mjs", "zebra.txt"]
        assert read.read("zebra.txt") == b"other"
        assert {entry.date_time for entry in read.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {oct(entry.external_attr >> 16) for entry in read.infolist()} == {"0o100644"}


def test_what_is_left_out_can_be_said(tmp_path: Path) -> None:
    folder = written(tmp_path, ["main.mjs", "tests/main.test.mjs", ".env"])
    assert list(files_of(folder, ("tests",))) == [".env", "main.mjs"]


def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="There is no directory"):
        packed(tmp_path / "none")
