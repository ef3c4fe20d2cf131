# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loads a layer: its task file, its defaults, its derived variables and its argument specification."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.module_utils.common.yaml import yaml_load
from ansible_collections.stratum.aws.plugins.plugin_utils.checks._problems import Place, Problem
from ansible_collections.stratum.aws.plugins.plugin_utils.graph import _taskfile
from ansible_collections.stratum.aws.plugins.plugin_utils.graph._taskfile import Locate, Node
from yaml import YAMLError

OWN_ROLES = Path(__file__).resolve().parents[3] / "roles"
Load = Callable[[Path], Any]
"""Parses a YAML file (vault included), or raises ValueError with the parser's message."""


@dataclass(frozen=True)
class Layer:
    """One role: what `tasks/graph.yml`, `defaults/`, `vars/` and `meta/argument_specs.yml` hold."""

    name: str
    path: Path
    nodes: tuple[Node, ...] = ()
    defaults: Mapping[str, object] = field(default_factory=dict)
    variables: Mapping[str, object] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.path)

    @property
    def magic(self) -> dict[str, object]:
        """The variables that Ansible gives to a role's tasks."""
        return {
            "role_path": str(self.path),
            "role_name": self.name,
            "ansible_role_name": self.name,
            "ansible_search_path": [str(self.path), str(self.path / "tasks")],
        }


def load(names: Sequence[str], roles_paths: Iterable[Path], read_yaml: Load, locate: Locate) -> tuple[list[Layer], list[Problem]]:
    """Load the layers of these names from the first of `roles_paths` that has them, and say what is wrong with them."""
    layers: list[Layer] = []
    problems: list[Problem] = []
    paths = [*roles_paths, OWN_ROLES]
    for name in dict.fromkeys(names):
        short = name.rpartition(".")[2]
        path = next((each / short for each in paths if (each / short / "tasks" / "graph.yml").is_file()), None)
        if path is None:
            choices = sorted({graph.parents[1].name for each in paths for graph in each.glob("*/tasks/graph.yml")})
            problems.append(Problem(name, "there is no layer of this name", f"Choose from {', '.join(choices)}"))
            continue
        layer, wrong = _load_one(short, path, read_yaml, locate)
        layers.append(layer)
        problems.extend(wrong)
    return layers, problems


def _plain_yaml(file: Path, problems: list[Problem]) -> Any:
    """Parse a file that holds no templates and no secrets; a tenth of the time that Ansible's loader takes."""
    if not file.is_file():
        return None
    try:
        return yaml_load(file.read_text(encoding="utf-8"))
    except YAMLError as error:
        problems.append(Problem(str(file), f"the file is not valid YAML: {error}", "Mend the syntax", Place(str(file))))
        return None


def _load_one(name: str, path: Path, read_yaml: Load, locate: Locate) -> tuple[Layer, list[Problem]]:
    problems: list[Problem] = []

    def read(relative: str) -> Any:
        file = path / relative
        if not file.is_file():
            return None
        try:
            return read_yaml(file)
        except ValueError as error:
            problems.append(Problem(str(file), f"the file is not valid YAML: {error}", "Mend the syntax", Place(str(file))))
            return None

    graph = path / "tasks" / "graph.yml"
    nodes, wrong = _taskfile.read(name, read("tasks/graph.yml"), locate, str(graph))
    problems.extend(wrong)
    specs = (_plain_yaml(path / "meta" / "argument_specs.yml", problems) or {}).get("argument_specs", {})
    entry = specs.get("main") or specs.get("graph") or {}
    layer = Layer(
        name=name,
        path=path,
        nodes=tuple(nodes),
        defaults=read("defaults/main.yml") or {},
        variables=read("vars/main.yml") or {},
        options=entry.get("options") or {},
    )
    return layer, problems
