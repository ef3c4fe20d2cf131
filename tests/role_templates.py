# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders a template of a role as the role would: with its defaults and derived variables, by Ansible's own lookup."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

ROLES = Path(__file__).resolve().parents[1] / "roles"


@cache
def _load_plugins() -> None:
    """Make Ansible find lookups and filters, ours among them; it complains when it is done twice."""
    init_plugin_loader([str(ROLES.parent / ".venv" / "collections")])


def render(role: str, template: str, variables: Mapping[str, Any]) -> str:
    """Return a rendered file of `roles/<role>/templates`; `variables` are those of the inventory."""
    _load_plugins()
    folder = ROLES / role
    loader = DataLoader()
    known: dict[str, Any] = {"role_path": str(folder)}
    for part in ("defaults", "vars"):
        known |= loader.load_from_file(str(folder / part / "main.yml"), trusted_as_template=True)
        if part == "defaults":
            known |= variables
    path = folder / "templates" / template
    expression = "{{ lookup('ansible.builtin.template', '" + str(path) + "') }}"
    rendered: str = Templar(loader=loader, variables=known).template(trust_as_template(expression))
    return rendered
