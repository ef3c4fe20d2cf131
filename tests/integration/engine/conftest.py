# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A small project whose layers try every part of the engine, and a function that converges it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.fixtures import Emulator
from tests.playbooks import Ran, play

PROJECT = Path(__file__).parent / "project"
LOCAL = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}

Converge = Callable[..., Ran]


def converging(folder: Path) -> Converge:
    """Return the function that the fixture `converge` is; reports go into this folder."""

    def run(
        emulator: Emulator,
        *layers: str,
        arguments: tuple[str, ...] = (),
        inventory: str = "stack,",
        environment: dict[str, str] | None = None,
        playbook: str = "converge.yml",
        **variables: Any,
    ) -> Ran:
        return play(
            emulator,
            PROJECT / playbook,
            *arguments,
            inventory=inventory,
            environment=environment,
            reports=folder / "reports",
            variables={**LOCAL, "test_layers": list(layers), **variables},
            cwd=PROJECT,
        )

    return run


@pytest.fixture
def converge(tmp_path: Path) -> Converge:
    """Return `converge(emulator, *layers, arguments=(), inventory="stack,", environment=None, playbook="converge.yml", **variables)`."""
    return converging(tmp_path)
