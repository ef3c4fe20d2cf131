# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that a bucket is to hold, and what it has against that, as pure functions.  Private to the collection."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import PurePosixPath
from typing import Any, Final

CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".gif": "image/gif",
    ".htm": "text/html; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
}
"""A table of our own: what a machine's own says differs from machine to machine, and with it what would be uploaded."""
ANY_TYPE: Final = "application/octet-stream"


@dataclass(frozen=True)
class File:
    """One file as it is to be."""

    content: bytes
    content_type: str
    cache_control: str

    @property
    def sha256(self) -> str:
        """The hash as S3 says it."""
        return b64encode(hashlib.sha256(self.content).digest()).decode()

    @property
    def described(self) -> dict[str, str]:
        """What is compared with S3."""
        return {"sha256": self.sha256, "content_type": self.content_type, "cache_control": self.cache_control}


def content_type(name: str, own: Mapping[str, str]) -> str:
    """Return the type of a file by the end of its name; `own` (end -> type) wins."""
    suffix = PurePosixPath(name).suffix.lower()
    return own.get(suffix) or own.get(suffix.removeprefix(".")) or CONTENT_TYPES.get(suffix, ANY_TYPE)


def cache_control(name: str, rules: list[Mapping[str, Any]], default: str | None) -> str:
    """Return the header of the first rule whose pattern the file's name matches."""
    for rule in rules:
        if fnmatch(name, rule["pattern"]):
            return str(rule["cache_control"])
    return default or ""


def text_of(content: Any) -> bytes:
    """Return a content as bytes: a text as it is, everything else as JSON that is the same for the same value."""
    if isinstance(content, str):
        return content.encode()
    return (json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def content_hash(described: Mapping[str, Mapping[str, Any]]) -> str:
    """Return one hash of all files, which is another one when any of them is."""
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def differences(current: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, File], purge: bool) -> tuple[list[str], list[str]]:
    """Return the keys to upload and the keys to delete, sorted."""
    upload = [key for key, file in wanted.items() if current.get(key) != file.described]
    return sorted(upload), sorted(set(current) - set(wanted)) if purge else []
