# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role's variables bear its name.

What a play registers or sets comes before what a task says under `vars`, so a plain name there may get the play's value.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from yaml.nodes import Node

from tests.playbooks import ROOT

FILES = sorted((ROOT / "roles").glob("*/tasks/**/*.yml"))
SHARED = ("ansible_", "converge_")
"""What names of Ansible's own and of the engine's hints begin with."""


class Loader(yaml.SafeLoader):
    """Reads Ansible's tags as nothing."""


def _nothing(_loader: Loader, _suffix: str, _node: Node) -> None:
    return None


Loader.add_multi_constructor("!", _nothing)


def names(tasks: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the variables that tasks set: in `vars`, by `register` and by set_fact."""
    for task in tasks:
        for part in ("block", "rescue", "always"):
            yield from names(task.get(part) or [])
        yield from task.get("vars") or {}
        if task.get("register"):
            yield task["register"]
        yield from (name for name in task.get("ansible.builtin.set_fact") or {} if name != "cacheable")


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT / "roles")) for path in FILES])
def test_variables_bear_the_name_of_their_role(path: Path) -> None:
    role = path.relative_to(ROOT / "roles").parts[0]
    tasks = yaml.load(path.read_text(encoding="utf-8"), Loader) or []
    assert [name for name in names(tasks) if not name.startswith((f"__{role}_", f"{role}_", *SHARED))] == []
