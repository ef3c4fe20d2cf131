# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No role knows a system or an environment: what they are stands in inventories alone.

That of the systems which is called by a word of the trade (kubernetes) cannot be told from the word.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.playbooks import ROOT

ROLES = sorted(path for path in (ROOT / "roles").iterdir() if path.is_dir())
SYSTEMS = re.compile(r"speckle|ec2[_-]manager|spywatcher|accountability_?atlas|acct-atlas", re.IGNORECASE)
CHOICES = re.compile(
    r"\b(?:environment_name|stack_system|inventory_hostname)\s*(?:==|!=|\bin\b|\bnot in\b|\bis\b|\|\s*(?:regex_search|match|search))"
    r"|['\"](?:prod|staging|dev)['\"]\s*(?:==|!=|\bin\b)|(?:==|!=)\s*['\"](?:prod|staging|dev)['\"]"
)
"""A decision by what the environment, the system or the stack is called."""


def lines(role: Path) -> list[tuple[str, str]]:
    """Return the lines of all files of a role, each with where it stands."""
    found = []
    for path in sorted(path for path in role.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        where = path.relative_to(ROOT)
        found += [(f"{where}:{number}", line) for number, line in enumerate(text.splitlines(), 1)]
    return found


@pytest.mark.parametrize("role", ROLES, ids=[role.name for role in ROLES])
def test_a_role_names_no_system(role: Path) -> None:
    assert [f"{where}: {line.strip()}" for where, line in lines(role) if SYSTEMS.search(line)] == []


@pytest.mark.parametrize("role", ROLES, ids=[role.name for role in ROLES])
def test_a_role_decides_nothing_by_what_an_environment_is_called(role: Path) -> None:
    assert [f"{where}: {line.strip()}" for where, line in lines(role) if CHOICES.search(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        "when: environment_name == 'prod'",
        "when: environment_name in ['prod', 'staging']",
        "state: \"{{ 'a' if stack_system == 'shop' else 'b' }}\"",
        "x: \"{{ 'dev' == environment_name | default('dev') }}\"",
        "when: environment_name is match('prod')",
    ],
)
def test_what_would_be_such_a_decision(line: str) -> None:
    assert CHOICES.search(line)
