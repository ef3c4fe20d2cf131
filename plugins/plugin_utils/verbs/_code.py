# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which code a plan was made with: a fingerprint of the layers' files, the modules of ours, and the versions below."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from ansible_collections.stratum.aws.plugins.plugin_utils.graph._layers import Layer

_PLUGINS: Final = Path(__file__).resolve().parents[2]
_PACKAGES: Final = ("ansible-core", "boto3", "botocore")


def fingerprint(layers: Iterable[Layer], modules: Iterable[Path]) -> str:
    """Return the fingerprint; it differs when a plan made with other code might mean something else.

    `modules` are the files of the modules that the layers use.
    """
    digest = hashlib.sha256()
    files = ((f"{path.parent.name}/{path.name}", path.read_bytes()) for path in {*_files(layers), *_with_collections(modules)})
    # In the same order wherever the collections are installed.
    for name, content in sorted(files):
        digest.update(f"{name} {len(content)}\0".encode())
        digest.update(content)
    for package in _PACKAGES:
        digest.update(f"{package} {_version(package)}\0".encode())
    return digest.hexdigest()


def _files(layers: Iterable[Layer]) -> Iterator[Path]:
    for layer in layers:
        for directory in ("tasks", "defaults", "vars", "meta", "templates", "files"):
            yield from (path for path in (layer.path / directory).rglob("*") if path.is_file())
    for directory in ("action", "filter", "lookup", "modules", "module_utils", "plugin_utils"):
        yield from (_PLUGINS / directory).rglob("*.py")


def _with_collections(modules: Iterable[Path]) -> Iterator[Path]:
    """Yield modules, and the manifests of their collections, which name every other file with its digest."""
    for module in modules:
        yield module
        yield from (parent / "FILES.json" for parent in module.parents if (parent / "FILES.json").is_file())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
