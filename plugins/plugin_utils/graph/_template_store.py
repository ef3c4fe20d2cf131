# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps compiled templates from run to run, as Python keeps the bytecode of modules: a stack has a thousand, and few of them change.

One file for each combination of Python, Jinja and Ansible, in the user's own Ansible directory. It may be deleted at any time. Nothing
in here fails a run: what cannot be read is compiled, what cannot be written is compiled again the next time.
"""

from __future__ import annotations

import contextlib
import hashlib
import marshal
import os
import stat
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import CodeType
from typing import Final

_MOST: Final = 10_000
"""More entries than this are no stack's: only those of the last run stay."""


class TemplateStore:
    """Code objects by the parts that tell two templates apart, in a file below `directory`; `versions` are of what makes the code."""

    def __init__(self, directory: Path, versions: Iterable[str]) -> None:
        self.path = directory / f"templates-{_digest(versions).hex()[:16]}"
        self._known = self._read()
        self._used: set[bytes] = set()
        self._new: dict[bytes, bytes] = {}

    def get(self, parts: Iterable[str]) -> CodeType | None:
        """Return the code of a template; None when it is not known."""
        key = _digest(parts)
        with contextlib.suppress(ValueError, EOFError, TypeError):
            code = marshal.loads(self._known[key]) if key in self._known else None
            if isinstance(code, CodeType):
                self._used.add(key)
                return code
        return None

    def put(self, parts: Iterable[str], code: CodeType) -> None:
        """Remember the code of a template for the next run."""
        with contextlib.suppress(ValueError):
            self._new[_digest(parts)] = marshal.dumps(code)

    def save(self) -> None:
        """Write what is new, beside what other runs have written meanwhile."""
        if not self._new:
            return
        entries = self._read() | self._new
        if len(entries) > _MOST:
            entries = {key: self._known[key] for key in self._used} | self._new
        self._new = {}
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made readable for its owner only, and never seen half written.
            with tempfile.TemporaryDirectory(dir=self.path.parent) as beside:
                file = Path(beside) / self.path.name
                file.touch(mode=0o600)
                file.write_bytes(marshal.dumps(entries))
                file.replace(self.path)

    def _read(self) -> dict[bytes, bytes]:
        """Return what the file holds; nothing when somebody else could have written it, since it is code."""
        with contextlib.suppress(OSError, ValueError, EOFError, TypeError), self.path.open("rb") as file:
            about = os.fstat(file.fileno())
            if about.st_uid == os.getuid() and not about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                entries = marshal.loads(file.read())
                if isinstance(entries, dict):
                    return entries
        return {}


def _digest(parts: Iterable[str]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "big") + encoded)
    return digest.digest()
