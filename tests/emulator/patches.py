# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our corrections to moto, one module per service, applied when the service is first used.

Importing every service of moto takes seconds; most stacks use a third of them. So the module
`services/<name>.py` (or package `services/<name>/`) is imported, and its `install()` called, before the first request that
reaches the moto service of that name. A module that corrects several services names them
in `SERVICES`, for example `SERVICES = ("lambda", "events")`.
"""

from __future__ import annotations

import ast
import importlib
from functools import cache
from pathlib import Path
from threading import RLock

_lock = RLock()
_installed: set[str] = set()
_FOLDER = Path(__file__).parent / "services"


@cache
def available() -> dict[str, tuple[str, ...]]:
    """Module names of services/ by the moto service that they correct, without importing any."""
    found: dict[str, list[str]] = {}
    for path in sorted([*_FOLDER.glob("*.py"), *_FOLDER.glob("*/__init__.py")]):
        name = path.parent.name if path.name == "__init__.py" else path.stem
        if not name.startswith("_") and name != _FOLDER.name:
            for service in _services_of(path, name):
                found.setdefault(service, []).append(name)
    return {service: tuple(names) for service, names in found.items()}


def _services_of(path: Path, name: str) -> tuple[str, ...]:
    source = path.read_text(encoding="utf-8")
    if "SERVICES" in source:
        for node in ast.parse(source).body:
            if not isinstance(node, ast.Assign):
                continue
            if any(isinstance(it, ast.Name) and it.id == "SERVICES" for it in node.targets):
                return tuple(ast.literal_eval(node.value))
    return (name,)


def install_for(service: str) -> None:
    """Apply the corrections for one moto service, once."""
    for name in available().get(service, ()):
        with _lock:
            if name not in _installed:
                module = importlib.import_module(f"{__package__}.services.{name}")
                module.install()
                _installed.add(name)


def installed() -> int:
    """Return how many modules have applied their corrections."""
    return len(_installed)


def install_all() -> None:
    """Apply every correction; for tests and for a complete start."""
    for service in available():
        install_for(service)
