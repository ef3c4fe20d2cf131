# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renders a template of a role as the role would: with its defaults and derived variables, by Ansible's own lookup.

In a process of its own, because Ansible's plugin loader changes how collections are imported, for all tests that follow.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

ROLES = Path(__file__).resolve().parents[1] / "roles"


def render(role: str, template: str, variables: Mapping[str, Any]) -> str:
    """Return a rendered file of `roles/<role>/templates`; `variables` are those of the inventory."""
    return _renderer().submit(_render, role, template, dict(variables)).result(timeout=60)


@cache
def _renderer() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_load_plugins)


def _load_plugins() -> None:
    """Make Ansible find lookups and filters, ours among them."""
    from ansible.plugins.loader import init_plugin_loader

    init_plugin_loader([str(ROLES.parent / ".venv" / "collections")])


def _render(role: str, template: str, variables: dict[str, Any]) -> str:
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar, trust_as_template

    folder = ROLES / role
    loader = DataLoader()
    known: dict[str, Any] = {"role_path": str(folder)}
    for part in ("defaults", "vars"):
        known |= loader.load_from_file(str(folder / part / "main.yml"), trusted_as_template=True)
        if part == "defaults":
            known |= variables
    path = folder / "templates" / template
    expression = "{{ lookup('ansible.builtin.template', '" + str(path) + "') }}"
    # A plain string: what Ansible returns bears tags that mean nothing elsewhere.
    return str(Templar(loader=loader, variables=known).template(trust_as_template(expression)))
