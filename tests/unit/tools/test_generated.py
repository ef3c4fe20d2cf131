# Copyright (c) 2026, stratum.aws contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is generated is up to date: the READMEs of roles and charts, the action group, and what ansible-test leaves out."""

from __future__ import annotations

import pytest
import yaml

from tools import action_group, generate


def test_generated_files_are_up_to_date() -> None:
    stale = [str(path.relative_to(generate.ROOT)) for path in generate.stale(generate.ROOT)]
    if stale:
        pytest.fail(f"run `make docs` and commit what it writes; out of date: {', '.join(stale)}", pytrace=False)


def test_the_action_group_names_every_module() -> None:
    runtime = yaml.safe_load((generate.ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    assert sorted(runtime["action_groups"]["aws"]) == action_group.modules(generate.ROOT)


def test_every_role_documents_its_options() -> None:
    roles = {path.parent.parent for path in (generate.ROOT / "roles").glob("*/tasks/main.yml")}
    assert [role.name for role in sorted(roles) if not (role / "meta/argument_specs.yml").exists()] == []
