# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Zip archives that are the same, byte for byte, whenever and wherever they are made of the same files.  Private to the collection."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip file can say."""
LEFT_OUT: Final = ("__pycache__", "*.pyc", ".*")
"""What a program's directory holds and the program does not need."""
_UNIX: Final = 3


@dataclass(frozen=True)
class Archive:
    """A zip file in memory."""

    content: bytes
    files: tuple[str, ...]
    """The names in it, sorted."""

    @property
    def code_sha256(self) -> str:
        """The hash as Lambda says it: SHA-256 in base64."""
        return b64encode(hashlib.sha256(self.content).digest()).decode()


def files_of(directory: str | Path, left_out: tuple[str, ...] = LEFT_OUT) -> dict[str, Path]:
    """Return the files below a directory by their names with slashes, sorted; patterns in `left_out` count for every part of a name."""
    root = Path(directory)
    if not root.is_dir():
        raise FileNotFoundError(f"There is no directory {directory}")
    found: dict[str, Path] = {}
    for folder, folders, names in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if not _matches(name, left_out)]
        for name in names:
            if not _matches(name, left_out):
                path = Path(folder) / name
                found[path.relative_to(root).as_posix()] = path
    return dict(sorted(found.items()))


def packed(directory: str | Path, extra: Mapping[str, bytes] | None = None, left_out: tuple[str, ...] = LEFT_OUT) -> Archive:
    """Return the zip of a directory's files and of `extra` (name -> content), which wins over a file of that name.

    Names are sorted, times are the epoch's, modes are 0644 or, where the owner may execute the file, 0755. Nothing is compressed: what
    a compressor makes of a file differs between its versions, and with it the hash.
    """
    contents = {name: (path.read_bytes(), bool(path.stat().st_mode & 0o100)) for name, path in files_of(directory, left_out).items()}
    contents |= {name: (content, False) for name, content in (extra or {}).items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, (content, executable) in sorted(contents.items()):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = _UNIX
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            archive.writestr(entry, content)
    return Archive(buffer.getvalue(), tuple(sorted(contents)))


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
